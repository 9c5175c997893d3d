/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/admin/lint.h"

#include <apr_strings.h>

#include "core/limits.h"
#include "core/export.h"
#include "httpd/admin/access.h"
#include "httpd/admin/bypass.h"
#include "httpd/admin/coverage.h"

typedef struct review {
    const ajwt_config_section *section;
    apr_array_header_t *risks;
    apr_pool_t *pool;
} review;

static ajwt_risk *add(review *of, const ap_directive_t *line, const char *text)
{
    ajwt_risk *risk = apr_array_push(of->risks);

    risk->line = line;
    risk->text = text;
    risk->is_open = 0;
    return risk;
}

static const apr_array_header_t *lines_of(const review *of, const char *name)
{
    return ajwt_sections_lines(of->section, name, of->pool);
}

static const ap_directive_t *line_at(const apr_array_header_t *lines, int i)
{
    return APR_ARRAY_IDX(lines, i, const ap_directive_t *);
}

static const char *word_at(const apr_array_header_t *words, int i)
{
    return APR_ARRAY_IDX(words, i, const char *);
}

/* The word of a line that begins so, in any case, or NULL */
static const char *find_beginning(const ap_directive_t *line,
                                  const char *beginning, apr_pool_t *pool)
{
    const apr_array_header_t *words = ajwt_sections_words(line, pool);
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
    const apr_array_header_t *words = ajwt_sections_words(line, pool);
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
    const apr_array_header_t *words = ajwt_sections_words(line, pool);

    return words->nelts == 1 && ap_cstr_casecmp(word_at(words, 0), word) == 0;
}

static int has_hmac(const ap_directive_t *line, apr_pool_t *pool)
{
    const char *algs = find_beginning(line, "algs=", pool);

    return find_beginning(line, "secret=", pool) != NULL ||
           (algs && ap_strcasestr(algs, "HS"));
}

static void review_issuer(review *of, const ap_directive_t *line)
{
    const char *name = word_at(ajwt_sections_words(line, of->pool), 0);
    const char *audience = find_beginning(line, "audience=", of->pool);

    if (strcmp(name, "*") == 0)
        add(of, line,
            "tokens of any issuer, and of none, are accepted: name the one "
            "whose keys these are");
    if (ap_cstr_casecmpn(name, "http:", 5) == 0)
        add(of, line,
            "the issuer is named by http: ask it for a name with https");
    if (has_hmac(line, of->pool))
        add(of, line,
            "whoever can verify HS tokens can also make them: let the issuer "
            "sign by RS256 or ES256, and write keys=PATH of its public key");
    if (find_beginning(line, "tenants=*", of->pool))
        add(of, line,
            "users of every tenant are accepted: write tenants=GUID,GUID");
    if (audience && strcmp(audience, "audience=*") == 0)
        add(of, line,
            "tokens that were made for any other application are accepted: "
            "name this one's audience");
}

static void review_trust(review *of)
{
    const apr_array_header_t *issuers = lines_of(of, "AuthJWTIssuer");
    const apr_array_header_t *audiences = lines_of(of, "AuthJWTAudience");
    int i, lack_audience = 0;

    for (i = 0; i < issuers->nelts; i++) {
        review_issuer(of, line_at(issuers, i));
        lack_audience |=
            !find_beginning(line_at(issuers, i), "audience=", of->pool);
    }
    if (ajwt_sections_asks(of->section, of->pool) && !issuers->nelts)
        add(of, NULL,
            "no issuer, so requests are answered 500: write AuthJWTIssuer "
            "ISSUER");
    else if (ajwt_sections_asks(of->section, of->pool) && !audiences->nelts &&
             lack_audience)
        add(of, NULL,
            "no audience, so requests are answered 500: write AuthJWTAudience "
            "VALUE");
    if (audiences->nelts && is_one_word(line_at(audiences, 0), "*", of->pool))
        add(of, line_at(audiences, 0),
            "tokens that were made for any other application are accepted: "
            "name this one's audience");
}

static apr_int64_t seconds_of(const ap_directive_t *line, apr_pool_t *pool)
{
    return apr_strtoi64(word_at(ajwt_sections_words(line, pool), 0), NULL, 10);
}

static void review_claims(review *of)
{
    const apr_array_header_t *leeway = lines_of(of, "AuthJWTLeeway");
    const apr_array_header_t *required = lines_of(of, "AuthJWTRequiredClaims");

    if (leeway->nelts && seconds_of(line_at(leeway, leeway->nelts - 1),
                                    of->pool) > AJWT_LONG_LEEWAY_S)
        add(of, line_at(leeway, leeway->nelts - 1),
            "tokens are accepted long after their end: keep the clocks right, "
            "and write 60");
    if (required->nelts &&
        !has_word(line_at(required, required->nelts - 1), "exp", of->pool))
        add(of, line_at(required, required->nelts - 1),
            "tokens that never expire are accepted: add exp");
}

static void review_requests(review *of)
{
    const apr_array_header_t *sources = lines_of(of, "AuthJWTTokenSource");
    const apr_array_header_t *optional = lines_of(of, "AuthJWTOptional");

    if (sources->nelts && find_beginning(line_at(sources, sources->nelts - 1),
                                         "query:", of->pool))
        add(of, line_at(sources, sources->nelts - 1),
            "URLs are written into logs and histories, and tokens with them: "
            "have the client send Authorization, or use cookie:NAME");
    if (optional->nelts &&
        is_one_word(line_at(optional, optional->nelts - 1), "report", of->pool))
        add(of, line_at(optional, optional->nelts - 1),
            "nobody is kept out: take the line out when the log is quiet");
}

/* Two claims that would be one variable */
static void review_export(review *of)
{
    const apr_array_header_t *lines = lines_of(of, "AuthJWTExport");
    const ap_directive_t *line =
        lines->nelts ? line_at(lines, lines->nelts - 1) : NULL;
    const char *error;
    const ajwt_variable_rules *rules =
        line ? ajwt_variable_parse_rules(
                   &error, ajwt_sections_words(line, of->pool), of->pool)
             : NULL;
    int i, j;

    for (i = 0; rules && i < rules->items->nelts; i++) {
        const ajwt_variable_item *one =
            &APR_ARRAY_IDX(rules->items, i, ajwt_variable_item);

        for (j = 0; j < i; j++) {
            const ajwt_variable_item *other =
                &APR_ARRAY_IDX(rules->items, j, ajwt_variable_item);

            if (strcmp(one->name, other->name) == 0)
                add(of, line,
                    apr_psprintf(of->pool,
                                 "%s and %s are one variable: write %s=NAME "
                                 "with a name of its own",
                                 other->path->text, one->path->text,
                                 one->path->text));
        }
    }
}

/* suexec.c clears the environment but for HTTP_*, SSL_* and a fixed list. */
static void review_suexec(review *of)
{
    const ap_directive_t *suexec =
        ajwt_sections_line(of->section, "SuexecUserGroup", of->pool);
    const ap_directive_t *export =
        ajwt_sections_line(of->section, "AuthJWTExport", of->pool);

    if (suexec && ajwt_sections_asks(of->section, of->pool) &&
        !(export && is_one_word(export, "none", of->pool)) &&
        !lines_of(of, "AuthJWTHeader")->nelts)
        add(of, suexec,
            "suEXEC removes JWT_CLAIM_* variables before it runs a program: "
            "write AuthJWTHeader X-NAME CLAIM, and read HTTP_X_NAME");
}

static void review_access(review *of, const apr_array_header_t *all)
{
    apr_array_header_t *openings = ajwt_access_find(of->section, all, of->pool);
    int i;

    ajwt_coverage_find(openings, of->section, all, of->pool);
    ajwt_bypass_find(openings, of->section, all, of->pool);
    for (i = 0; i < openings->nelts; i++) {
        const ajwt_opening *opening = &APR_ARRAY_IDX(openings, i, ajwt_opening);

        add(of, opening->line, opening->text)->is_open = 1;
    }
}

const apr_array_header_t *ajwt_risk_find(const ajwt_config_section *section,
                                         const apr_array_header_t *all,
                                         apr_pool_t *pool)
{
    review of = {section, apr_array_make(pool, 2, sizeof(ajwt_risk)), pool};

    review_trust(&of);
    review_claims(&of);
    review_requests(&of);
    review_export(&of);
    review_suexec(&of);
    review_access(&of, all);
    return of.risks;
}
