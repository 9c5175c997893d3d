#include "httpd/export.h"

#include <http_core.h>

#include "core/fold.h"
#include "httpd/log.h"

/* Those that were made when this process first accepted the token, if they are
 * what this section would have. */
static const ajwt_variables *variables_of(const request_rec *r,
                                          const ajwt_verdict *verdict,
                                          const ajwt_section *section)
{
    const ajwt_variables *made =
        verdict->seen ? verdict->seen->variables : verdict->variables;

    return made && ajwt_variables_fit(made, section->export_rules,
                                      section->export_prefix,
                                      *section->export_format)
               ? made
               : ajwt_variable_make_all(
                     verdict->token.claims, section->export_rules,
                     section->export_prefix, *section->export_format, r->pool);
}

void ajwt_export_set(request_rec *r, ajwt_verdict *verdict,
                     const ajwt_section *section)
{
    const apr_array_header_t *list = variables_of(r, verdict, section)->list;
    int i;

    /* so that each can be added without a look at all the others */
    ajwt_fold_unset_prefix(r->subprocess_env, section->export_prefix);
    for (i = 0; i < list->nelts; i++) {
        const ajwt_variable *variable = &APR_ARRAY_IDX(list, i, ajwt_variable);

        if (variable->value)
            apr_table_addn(r->subprocess_env, variable->name, variable->value);
        else
            ajwt_log_not_exported(r, variable);
    }
}

int ajwt_export_clear(request_rec *r)
{
    ajwt_section section;

    if (!ajwt_is_bearer(ap_auth_type(r)))
        return DECLINED;
    ajwt_config_get(&section, r);
    ajwt_fold_unset_prefix(r->subprocess_env, section.export_prefix);
    ajwt_fold_unset(r->subprocess_env, "REMOTE_USER");
    ajwt_fold_unset(r->subprocess_env, "AUTH_TYPE");
    return DECLINED;
}

int ajwt_export_fixups(request_rec *r)
{
    ajwt_verdict *verdict = ajwt_verdict_accepted(r);

    if (verdict && verdict != ajwt_verdict_of(r)) {
        ajwt_section section;

        ajwt_config_get(&section, r);
        ajwt_export_set(r, verdict, &section);
    }
    return DECLINED;
}
