#include "httpd/export.h"

#include "httpd/answer.h"
#include "httpd/log.h"

/* Made once for a token, and again only where other rules hold. */
static void make_variables(request_rec *r, ajwt_verdict *verdict,
                           const ajwt_section *section)
{
    int i;

    verdict->variables_of = r->per_dir_config;
    verdict->variables = ajwt_export_variables(
        verdict->token.claims, section->export_rules, section->export_prefix,
        *section->export_format, r->pool);
    for (i = 0; i < verdict->variables->nelts; i++) {
        const ajwt_variable *variable =
            &APR_ARRAY_IDX(verdict->variables, i, ajwt_variable);

        if (!variable->value)
            ajwt_log_not_exported(r, variable);
    }
}

void ajwt_export_set(request_rec *r, ajwt_verdict *verdict,
                     const ajwt_section *section)
{
    int i;

    if (verdict->variables_of != r->per_dir_config)
        make_variables(r, verdict, section);
    for (i = 0; i < verdict->variables->nelts; i++) {
        const ajwt_variable *variable =
            &APR_ARRAY_IDX(verdict->variables, i, ajwt_variable);

        if (variable->value)
            apr_table_setn(r->subprocess_env, variable->name, variable->value);
    }
}

int ajwt_export_fixups(request_rec *r)
{
    ajwt_verdict *verdict = ajwt_verdict_accepted(r);

    if (verdict) {
        ajwt_section section;

        ajwt_config_get(&section, r);
        ajwt_export_set(r, verdict, &section);
    }
    ajwt_answer_carry_reason(r);
    return DECLINED;
}
