/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/admin/lint.h"

#include <apr_strings.h>

#include "core/export.h"
#include "core/limits.h"
#include "httpd/admin/require_gap.h"
#include "httpd/admin/bypass.h"
#include "httpd/admin/coverage.h"
#include "httpd/admin/early_expression.h"
#include "httpd/admin/trust_gap.h"

typedef struct lint_review {
    const ajwt_conf_section *section;
    apr_array_header_t *findings;
    apr_pool_t *pool;
} lint_review;

static ajwt_lint_finding *add_finding(lint_review *review,
                                      const ap_directive_t *line,
                                      const char *text)
{
    ajwt_lint_finding *finding = apr_array_push(review->findings);

    finding->line = line;
    finding->text = text;
    finding->is_open = 0;
    finding->is_broken = 0;
    return finding;
}

static const apr_array_header_t *find_lines(const lint_review *review,
                                            const char *name)
{
    return ajwt_conf_tree_lines(review->section, name, review->pool);
}

static const ap_directive_t *line_at(const apr_array_header_t *lines, int i)
{
    return APR_ARRAY_IDX(lines, i, const ap_directive_t *);
}

static const char *word_at(const apr_array_header_t *words, int i)
{
    return APR_ARRAY_IDX(words, i, const char *);
}

/*
 * Returns the word of a line that begins with beginning, ignoring case, or
 * NULL.
 */
static const char *find_beginning(const ap_directive_t *line,
                                  const char *beginning, apr_pool_t *pool)
{
    const apr_array_header_t *words = ajwt_conf_tree_words(line, pool);
    int i;

    for (i = 0; i < words->nelts; i++) {
        if (ap_cstr_casecmpn(word_at(words, i), beginning, strlen(beginning)) ==
            0)
            return word_at(words, i);
    }
    return NULL;
}

static int has_word(const ap_directive_t *line, const char *word,
                    apr_pool_t *pool)
{
    const apr_array_header_t *words = ajwt_conf_tree_words(line, pool);
    int i;

    for (i = 0; i < words->nelts; i++) {
        if (strcmp(word_at(words, i), word) == 0)
            return 1;
    }
    return 0;
}

static int is_one_word(const ap_directive_t *line, const char *word,
                       apr_pool_t *pool)
{
    const apr_array_header_t *words = ajwt_conf_tree_words(line, pool);

    return words->nelts == 1 && ap_cstr_casecmp(word_at(words, 0), word) == 0;
}

static int has_hmac(const ap_directive_t *line, apr_pool_t *pool)
{
    const char *algs = find_beginning(line, "algs=", pool);

    return find_beginning(line, "secret=", pool) != NULL ||
           (algs && ap_strcasestr(algs, "HS"));
}

static void review_issuer(lint_review *review, const ap_directive_t *line)
{
    const char *name = word_at(ajwt_conf_tree_words(line, review->pool), 0);
    const char *audience = find_beginning(line, "audience=", review->pool);

    if (strcmp(name, "*") == 0)
        add_finding(
            review, line,
            "tokens with any issuer, or without one, are accepted: write the "
            "issuer that has these keys");
    if (ap_cstr_casecmpn(name, "http:", 5) == 0)
        add_finding(
            review, line,
            "the issuer begins with http: ask its operator for an issuer with "
            "https");
    if (has_hmac(line, review->pool))
        add_finding(
            review, line,
            "every system that can verify HS tokens can also create them: let "
            "the issuer sign with RS256 or ES256, and write keys=PATH with its "
            "public key");
    if (find_beginning(line, "tenants=*", review->pool))
        add_finding(
            review, line,
            "users of every tenant are accepted: write tenants=GUID,GUID");
    if (audience && strcmp(audience, "audience=*") == 0)
        add_finding(
            review, line,
            "tokens for any other application are accepted: write the audience "
            "of this one");
}

static void review_trust(lint_review *review)
{
    const apr_array_header_t *issuers = find_lines(review, "AuthJWTIssuer");
    const apr_array_header_t *audiences = find_lines(review, "AuthJWTAudience");
    int i;

    for (i = 0; i < issuers->nelts; i++)
        review_issuer(review, line_at(issuers, i));
    if (audiences->nelts &&
        is_one_word(line_at(audiences, 0), "*", review->pool))
        add_finding(
            review, line_at(audiences, 0),
            "tokens for any other application are accepted: write the audience "
            "of this one");
}

static void review_gap(lint_review *review, const ajwt_conf_tree *tree)
{
    const ajwt_reason gap =
        ajwt_trust_gap_find(review->section, tree, review->pool);

    if (gap == AJWT_ISSUER_UNCONFIGURED)
        add_finding(
            review, review->section->node,
            "no issuer, so requests are answered 500: write AuthJWTIssuer "
            "ISSUER there")
            ->is_broken = 1;
    if (gap == AJWT_AUDIENCE_UNCONFIGURED)
        add_finding(
            review, review->section->node,
            "no audience, so requests are answered 500: write AuthJWTAudience "
            "VALUE there, or audience= in AuthJWTIssuer")
            ->is_broken = 1;
}

static apr_int64_t parse_seconds(const ap_directive_t *line, apr_pool_t *pool)
{
    return apr_strtoi64(word_at(ajwt_conf_tree_words(line, pool), 0), NULL, 10);
}

static void review_claims(lint_review *review)
{
    const apr_array_header_t *leeway = find_lines(review, "AuthJWTLeeway");
    const apr_array_header_t *required =
        find_lines(review, "AuthJWTRequiredClaims");

    if (leeway->nelts && parse_seconds(line_at(leeway, leeway->nelts - 1),
                                       review->pool) > AJWT_LONG_LEEWAY_S)
        add_finding(
            review, line_at(leeway, leeway->nelts - 1),
            "tokens are accepted long after they expire: synchronize the "
            "clocks, and write 60");
    if (required->nelts &&
        !has_word(line_at(required, required->nelts - 1), "exp", review->pool))
        add_finding(review, line_at(required, required->nelts - 1),
                    "tokens that never expire are accepted: add exp");
}

static void review_requests(lint_review *review)
{
    const apr_array_header_t *sources =
        find_lines(review, "AuthJWTTokenSource");
    const apr_array_header_t *optional = find_lines(review, "AuthJWTOptional");

    if (sources->nelts && find_beginning(line_at(sources, sources->nelts - 1),
                                         "query:", review->pool))
        add_finding(
            review, line_at(sources, sources->nelts - 1),
            "tokens in URLs appear in logs and browser histories: let the "
            "client send Authorization, or use cookie:NAME");
    if (optional->nelts && is_one_word(line_at(optional, optional->nelts - 1),
                                       "report", review->pool))
        add_finding(
            review, line_at(optional, optional->nelts - 1),
            "no request is refused: remove this line when the log shows no "
            "more refusals");
}

/* Warns if two claims are exported as the same variable. */
static void review_export(lint_review *review)
{
    const apr_array_header_t *lines = find_lines(review, "AuthJWTExport");
    const ap_directive_t *line =
        lines->nelts ? line_at(lines, lines->nelts - 1) : NULL;
    const char *error;
    const ajwt_export_rules *rules =
        line ? ajwt_export_parse_rules(&error,
                                       ajwt_conf_tree_words(line, review->pool),
                                       review->pool)
             : NULL;
    int i, j;

    for (i = 0; rules && i < rules->items->nelts; i++) {
        const ajwt_export_item *one =
            &APR_ARRAY_IDX(rules->items, i, ajwt_export_item);

        for (j = 0; j < i; j++) {
            const ajwt_export_item *other =
                &APR_ARRAY_IDX(rules->items, j, ajwt_export_item);

            if (strcmp(one->name, other->name) == 0)
                add_finding(
                    review, line,
                    apr_psprintf(review->pool,
                                 "%s and %s have the same variable name: write "
                                 "%s=NAME with another name",
                                 other->path->text, one->path->text,
                                 one->path->text));
        }
    }
}

/* suexec.c clears the environment except HTTP_*, SSL_* and a fixed list. */
static void review_suexec(lint_review *review)
{
    const ap_directive_t *suexec =
        ajwt_conf_tree_line(review->section, "SuexecUserGroup", review->pool);
    const ap_directive_t *export =
        ajwt_conf_tree_line(review->section, "AuthJWTExport", review->pool);

    if (suexec &&
        ajwt_conf_tree_requires_token(review->section, review->pool) &&
        !(export && is_one_word(export, "none", review->pool)) &&
        !find_lines(review, "AuthJWTHeader")->nelts)
        add_finding(
            review, suexec,
            "suEXEC removes JWT_CLAIM_* variables before it runs a program: "
            "write AuthJWTHeader X-NAME CLAIM, and read HTTP_X_NAME");
}

static void review_access(lint_review *review, const ajwt_conf_tree *tree)
{
    apr_array_header_t *openings =
        ajwt_require_gap_find(review->section, tree, review->pool);
    int i;

    ajwt_coverage_find(openings, review->section, tree, review->pool);
    ajwt_bypass_find(openings, review->section, tree, review->pool);
    for (i = 0; i < openings->nelts; i++) {
        const ajwt_opening *opening = &APR_ARRAY_IDX(openings, i, ajwt_opening);

        add_finding(review, opening->line, opening->text)->is_open = 1;
    }
}

const apr_array_header_t *ajwt_lint_find(const ajwt_conf_section *section,
                                         const ajwt_conf_tree *tree,
                                         apr_pool_t *pool)
{
    lint_review review = {
        section, apr_array_make(pool, 2, sizeof(ajwt_lint_finding)), pool};

    review_gap(&review, tree);
    review_trust(&review);
    review_claims(&review);
    review_requests(&review);
    review_export(&review);
    review_suexec(&review);
    review_access(&review, tree);
    return review.findings;
}

const char *ajwt_lint_text(const ajwt_lint_finding *finding,
                           const ajwt_conf_section *section, apr_pool_t *pool)
{
    if (!finding->line)
        return apr_psprintf(pool, "%s: %s",
                            ajwt_conf_tree_section_place(section, pool),
                            finding->text);
    return apr_psprintf(pool, "%s: %s: %s",
                        ajwt_conf_tree_place(finding->line, pool),
                        finding->line == section->node
                            ? ajwt_conf_tree_title(section, pool)
                            : ajwt_conf_tree_text(finding->line, pool),
                        finding->text);
}

const char *ajwt_lint_hint_text(const ajwt_hint *hint, apr_pool_t *pool)
{
    return apr_psprintf(pool, "%s: %s: %s",
                        ajwt_conf_tree_place(hint->line, pool),
                        ajwt_conf_tree_text(hint->line, pool), hint->text);
}

const apr_array_header_t *ajwt_lint_find_hints(const ap_directive_t *tree,
                                               apr_pool_t *pool)
{
    apr_array_header_t *hints = ajwt_hint_find(tree, pool);

    ajwt_early_expression_find(hints, tree);
    return hints;
}

/* Whether this section or one around it requires tokens */
static int requires_tokens(const ajwt_conf_section *section, apr_pool_t *pool)
{
    ajwt_conf_section part = *section;

    for (part.layers = apr_array_copy(pool, section->layers);
         part.layers->nelts; part.layers->nelts--) {
        if (ajwt_conf_tree_requires_token(&part, pool))
            return 1;
    }
    return 0;
}

int ajwt_lint_is_concerned(const ajwt_conf_section *section, apr_pool_t *pool)
{
    const ap_directive_t *line = ajwt_conf_tree_first(section);
    int is_protected = ajwt_conf_tree_requires_token(section, pool);
    int trusts = is_protected ||
                 ajwt_conf_tree_lines(section, "AuthJWTIssuer", pool)->nelts;

    for (; line; line = line->next) {
        if ((trusts && ap_cstr_casecmpn(line->directive, "AuthJWT", 7) == 0) ||
            (is_protected && ajwt_conf_tree_is_access_rule(line)) ||
            (ajwt_conf_tree_is(line, "AuthType") &&
             requires_tokens(section, pool)))
            return 1;
    }
    return 0;
}
