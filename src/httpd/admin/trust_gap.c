/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/admin/trust_gap.h"

#include "httpd/admin/merging.h"

#define ISSUER   "AuthJWTIssuer"
#define AUDIENCE "AuthJWTAudience"

static const ajwt_conf_section *section_at(const apr_array_header_t *sections,
                                           int i)
{
    return APR_ARRAY_IDX(sections, i, const ajwt_conf_section *);
}

/* Whether the line of that name that is in effect has a word */
static int has_word(const ajwt_conf_section *section, const char *name,
                    const char *word, apr_pool_t *pool)
{
    const ap_directive_t *line = ajwt_conf_tree_line(section, name, pool);
    const apr_array_header_t *words;
    int i;

    if (!line)
        return 0;
    words = ajwt_conf_tree_words(line, pool);
    for (i = 0; i < words->nelts; i++) {
        if (ap_cstr_casecmp(APR_ARRAY_IDX(words, i, const char *), word) == 0)
            return 1;
    }
    return 0;
}

/* --- The settings of the section and of those around it */

static int has_audience(const ap_directive_t *issuer, apr_pool_t *pool)
{
    static const char option[] = "audience=";
    const apr_array_header_t *words = ajwt_conf_tree_words(issuer, pool);
    int i;

    for (i = 1; i < words->nelts; i++) {
        if (ap_cstr_casecmpn(APR_ARRAY_IDX(words, i, const char *), option,
                             sizeof option - 1) == 0)
            return 1;
    }
    return 0;
}

/* The same conditions as ajwt_trust_check */
static ajwt_reason check_settings(const ajwt_conf_section *section,
                                  apr_pool_t *pool)
{
    const apr_array_header_t *issuers =
        ajwt_conf_tree_lines(section, ISSUER, pool);
    int i;

    if (!issuers->nelts)
        return AJWT_ISSUER_UNCONFIGURED;
    if (ajwt_conf_tree_line(section, AUDIENCE, pool))
        return AJWT_ACCEPTED;
    for (i = 0; i < issuers->nelts; i++) {
        if (!has_audience(APR_ARRAY_IDX(issuers, i, const ap_directive_t *),
                          pool))
            return AJWT_AUDIENCE_UNCONFIGURED;
    }
    return AJWT_ACCEPTED;
}

/* --- Other sections */

static int has_own(const ajwt_conf_section *section, const char *name,
                   apr_pool_t *pool)
{
    return ajwt_conf_tree_own_lines(section, name, pool)->nelts != 0;
}

static const ajwt_conf_section *outermost(const ajwt_conf_section *section)
{
    while (section->outer)
        section = section->outer;
    return section;
}

static int is_layer(const ajwt_conf_section *other,
                    const ajwt_conf_section *section)
{
    int i;

    for (i = 0; i < section->layers->nelts; i++) {
        if (section_at(section->layers, i) == other)
            return 1;
    }
    return 0;
}

/*
 * Whether other may apply to all requests of section, as far as is known
 * without a request.  It does not if it is about a path inside section's or
 * beside it.
 */
static int may_always_apply(const ajwt_conf_section *other,
                            const ajwt_conf_section *section)
{
    const ajwt_conf_section *here = outermost(section),
                            *there = outermost(other);

    return ajwt_conf_tree_share_host(section, other) &&
           (here == there || here->kind != there->kind || !here->path ||
            !there->path || ajwt_conf_tree_has_path(there, here->path));
}

/* Another AuthJWTIssuer may have audience=. */
static int has_what_lacks(const ajwt_conf_section *section, ajwt_reason gap,
                          apr_pool_t *pool)
{
    return has_own(section, ISSUER, pool) ||
           (gap == AJWT_AUDIENCE_UNCONFIGURED &&
            has_own(section, AUDIENCE, pool));
}

static int may_be_filled(ajwt_reason gap, const ajwt_conf_section *section,
                         const ajwt_conf_tree *tree, apr_pool_t *pool)
{
    const apr_array_header_t *near = ajwt_conf_tree_near(section, tree, pool);
    int i;

    for (i = 0; i < near->nelts; i++) {
        const ajwt_conf_section *other = section_at(near, i);

        if (!is_layer(other, section) && has_what_lacks(other, gap, pool) &&
            may_always_apply(other, section))
            return 1;
    }
    return 0;
}

/* --- Requests that need a token */

/* Whether the result of a Require line may depend on the user */
static int is_about_users(const ajwt_clause *clause)
{
    int i;

    if (clause->kind == AJWT_CLAUSE_UNKNOWN)
        return 1;
    if (clause->kind == AJWT_CLAUSE_LINE)
        return !ajwt_clause_grants_to(clause) ||
               strcmp(clause->provider, "expr") == 0;
    for (i = 0; i < clause->parts->nelts; i++) {
        if (is_about_users(APR_ARRAY_IDX(clause->parts, i, ajwt_clause *)))
            return 1;
    }
    return 0;
}

static int is_authenticated(const ajwt_conf_section *section,
                            const ajwt_conf_tree *tree, apr_pool_t *pool)
{
    const ajwt_clause *clause = ajwt_merging_clause(
        section, ajwt_merging_find(section, tree, pool), pool);

    return has_word(section, "AuthJWTOptional", "On", pool) || !clause ||
           is_about_users(clause);
}

/*
 * Whether the section's own settings are used to check tokens.  An alias of the
 * provider jwt may have settings of its own.
 */
static int checks_tokens(const ajwt_conf_section *section, apr_pool_t *pool)
{
    return ajwt_conf_tree_requires_token(section, pool) &&
           (has_word(section, "AuthType", "Bearer", pool) ||
            has_word(section, "AuthBasicProvider", "jwt", pool));
}

/* In report mode, a section without trust lets each request through. */
static ajwt_reason find_gap(const ajwt_conf_section *section,
                            const ajwt_conf_tree *tree, apr_pool_t *pool)
{
    const ajwt_reason gap = checks_tokens(section, pool)
                                ? check_settings(section, pool)
                                : AJWT_ACCEPTED;

    return gap != AJWT_ACCEPTED && !may_be_filled(gap, section, tree, pool) &&
                   !has_word(section, "AuthJWTOptional", "report", pool) &&
                   is_authenticated(section, tree, pool)
               ? gap
               : AJWT_ACCEPTED;
}

ajwt_reason ajwt_trust_gap_find(const ajwt_conf_section *section,
                                const ajwt_conf_tree *tree, apr_pool_t *pool)
{
    const ajwt_reason gap = find_gap(section, tree, pool);
    int i;

    for (i = 0; gap != AJWT_ACCEPTED && i < section->layers->nelts; i++) {
        const ajwt_conf_section *outer = section_at(section->layers, i);

        if (outer != section && find_gap(outer, tree, pool) == gap)
            return AJWT_ACCEPTED;
    }
    return gap;
}
