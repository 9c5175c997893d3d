/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/admin/startup_warnings.h"

#include <apr_hash.h>
#include <http_core.h>
#include <http_main.h>

#include "httpd/admin/conf_tree.h"
#include "httpd/admin/lint.h"

/* A line that was logged, and the section that it was logged for */
typedef struct logged_opening {
    const ap_directive_t *line;
    const ajwt_conf_section *section;
} logged_opening;

/* Whether the same line was logged for a section around this one */
static int is_logged(const logged_opening *opening, apr_hash_t *logged)
{
    const apr_array_header_t *layers = opening->section->layers;
    int i;

    for (i = 0; i < layers->nelts; i++) {
        const logged_opening outer = {
            opening->line, APR_ARRAY_IDX(layers, i, const ajwt_conf_section *)};

        if (apr_hash_get(logged, &outer, sizeof outer))
            return 1;
    }
    return 0;
}

static void log_openings(server_rec *s, const ajwt_conf_section *section,
                         const ajwt_conf_tree *tree, apr_hash_t *logged,
                         apr_pool_t *scratch)
{
    apr_pool_t *pool = apr_hash_pool_get(logged);
    const apr_array_header_t *findings;
    int i;

    findings = ajwt_lint_find(section, tree, scratch);
    for (i = 0; i < findings->nelts; i++) {
        const ajwt_lint_finding *finding =
            &APR_ARRAY_IDX(findings, i, ajwt_lint_finding);
        logged_opening *opening = apr_palloc(pool, sizeof *opening);

        opening->line = finding->line;
        opening->section = section;
        if (!finding->is_broken &&
            (!finding->is_open || is_logged(opening, logged)))
            continue;
        if (finding->is_open)
            apr_hash_set(logged, opening, sizeof *opening, opening);
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, "%s",
                     ajwt_lint_text(finding, section, scratch));
    }
}

static void log_hints(server_rec *s, apr_pool_t *pool)
{
    const apr_array_header_t *hints = ajwt_lint_find_hints(ap_conftree, pool);
    int i;

    for (i = 0; i < hints->nelts; i++)
        ap_log_error(
            APLOG_MARK, APLOG_WARNING, 0, s, "%s",
            ajwt_lint_hint_text(&APR_ARRAY_IDX(hints, i, ajwt_hint), pool));
}

static void log_warnings(server_rec *s, apr_pool_t *pool)
{
    const ajwt_conf_tree *tree = ajwt_conf_tree_read(ap_conftree, pool);
    apr_hash_t *logged = apr_hash_make(pool);
    apr_pool_t *scratch;
    int i;

    apr_pool_create(&scratch, pool);
    log_hints(s, pool);
    for (i = 0; i < tree->sections->nelts; i++) {
        const ajwt_conf_section *section =
            APR_ARRAY_IDX(tree->sections, i, const ajwt_conf_section *);

        if (ajwt_lint_is_concerned(section, scratch))
            log_openings(s, section, tree, logged, scratch);
        apr_pool_clear(scratch);
    }
    apr_pool_destroy(scratch);
}

/* The dump prints the warnings itself. */
int ajwt_startup_warnings_check_config(apr_pool_t *pconf, apr_pool_t *plog,
                                       apr_pool_t *ptemp, server_rec *s)
{
    (void)pconf, (void)plog;
    if (ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_TEST &&
        !ap_exists_config_define("DUMP_AUTH_JWT"))
        log_warnings(s, ptemp);
    return OK;
}

int ajwt_startup_warnings_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                                      apr_pool_t *ptemp, server_rec *s)
{
    (void)pconf, (void)plog;
    if (ap_state_query(AP_SQ_MAIN_STATE) != AP_SQ_MS_CREATE_PRE_CONFIG)
        log_warnings(s, ptemp);
    return OK;
}
