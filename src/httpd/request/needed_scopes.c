/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/needed_scopes.h"

#include <stdatomic.h>

#include <http_request.h>

#include "httpd/request/auth_state.h"
#include "httpd/request/request_state.h"

/* A Require line that was collected */
typedef struct needed_line {
    const ajwt_require *require;
    const ap_directive_t *use;
} needed_line;

/* Per process; set while the configuration or a .htaccess file is read */
static atomic_int has_scope_rules;

void ajwt_needed_scopes_expect(void)
{
    atomic_store(&has_scope_rules, 1);
}

int ajwt_needed_scopes_is_collecting(const request_rec *r)
{
    const ajwt_request_state *state = ajwt_request_state_of(r);

    return state && state->needed_lines;
}

static int has_name(const ap_directive_t *line, const char *name)
{
    return ap_cstr_casecmp(line->directive, name) == 0;
}

static int is_combination(const ap_directive_t *line)
{
    return has_name(line, "<RequireAll") || has_name(line, "<RequireAny") ||
           has_name(line, "<RequireNone") || has_name(line, "<Limit") ||
           has_name(line, "<LimitExcept");
}

/*
 * The section that a line is in; NULL: none, the line is at the top level of
 * its file
 */
static const ap_directive_t *find_section(const ap_directive_t *line)
{
    do {
        line = line->parent;
    } while (line && is_combination(line));
    return line;
}

static int is_within(const ap_directive_t *line, const ap_directive_t *outer)
{
    while (line && line != outer)
        line = line->parent;
    return line != NULL;
}

/*
 * Whether one of the lines suffices: the innermost block around both is not a
 * <RequireAll>.  AuthMerging combines lines of two sections; then both are
 * needed.
 */
static int are_alternatives(const ap_directive_t *a, const ap_directive_t *b)
{
    const ap_directive_t *around;

    if (!a || !b || a == b || find_section(a) != find_section(b))
        return 0;
    for (around = a->parent; around && is_combination(around);
         around = around->parent) {
        if (is_within(b, around))
            return !has_name(around, "<RequireAll");
    }
    return 1;
}

static int has_alternative(const apr_array_header_t *lines,
                           const ap_directive_t *use)
{
    int i;

    for (i = 0; i < lines->nelts; i++) {
        if (are_alternatives(APR_ARRAY_IDX(lines, i, needed_line).use, use))
            return 1;
    }
    return 0;
}

/*
 * mod_authz_core continues after AUTHZ_DENIED_NO_USER in <RequireAll> and
 * <RequireAny>, and does not log that result; under a `not` it becomes
 * neutral.  A line that grants ends a <RequireAny>.
 */
authz_status ajwt_needed_scopes_collect(request_rec *r,
                                        const ajwt_require *require,
                                        const ap_directive_t *use)
{
    apr_array_header_t *lines = ajwt_request_state_of(r)->needed_lines;
    needed_line *added;

    if (!require || !ajwt_require_scopes(require))
        return AUTHZ_DENIED_NO_USER;
    if (!has_alternative(lines, use)) {
        added = apr_array_push(lines);
        added->require = require;
        added->use = use;
    }
    return AUTHZ_GRANTED;
}

char *ajwt_needed_scopes_user(const request_rec *r)
{
    return ajwt_request_state_of(r)->needed_user;
}

static void collect_lines(request_rec *r, apr_array_header_t *lines)
{
    ajwt_request_state *state = ajwt_request_state_make(r);

    state->needed_lines = lines;
    state->needed_user = r->user;
    r->user = NULL;
    (void)ap_run_access_checker_ex(r);
    r->user = state->needed_user;
    state->needed_lines = NULL;
}

static int contains_word(const apr_array_header_t *words, const char *word)
{
    int i;

    for (i = 0; i < words->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(words, i, const char *), word) == 0)
            return 1;
    }
    return 0;
}

static void add_scopes(apr_array_header_t *names, const ajwt_require *require)
{
    const apr_array_header_t *scopes = ajwt_require_scopes(require);
    int i;

    for (i = 0; i < scopes->nelts; i++) {
        const char *name = APR_ARRAY_IDX(scopes, i, const char *);

        if (!contains_word(names, name))
            APR_ARRAY_PUSH(names, const char *) = name;
    }
}

/* Whether the accepted token lacks one of them; true without a token */
static int lacks_scope(const apr_array_header_t *names, const request_rec *r)
{
    const ajwt_auth_state *auth = ajwt_auth_state_accepted(r);
    int i;

    for (i = 0; i < names->nelts; i++) {
        if (!auth ||
            !ajwt_require_grants_scope(auth->token.claims,
                                       APR_ARRAY_IDX(names, i, const char *)))
            return 1;
    }
    return 0;
}

void ajwt_needed_scopes_find(ajwt_needed_scopes *found, request_rec *r)
{
    apr_array_header_t *lines, *names;
    int i;

    memset(found, 0, sizeof *found);
    if (!atomic_load(&has_scope_rules))
        return;
    lines = apr_array_make(r->pool, 2, sizeof(needed_line));
    names = apr_array_make(r->pool, 4, sizeof(const char *));
    collect_lines(r, lines);
    for (i = 0; i < lines->nelts; i++)
        add_scopes(names, APR_ARRAY_IDX(lines, i, needed_line).require);
    found->is_lacking = lacks_scope(names, r);
    if (names->nelts)
        found->text = apr_array_pstrcat(r->pool, names, ' ');
}
