/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/export_env.h"

#include <http_core.h>

#include "config/header_rule.h"
#include "core/env_name.h"
#include "core/export.h"
#include "core/whitespace.h"
#include "httpd/request/input.h"
#include "httpd/request/request_log.h"
#include "httpd/request/request_state.h"

/*
 * Returns the variables made when this process first accepted the token, if
 * they are those of this section; otherwise makes new ones.
 */
static const ajwt_export_list *find_variables(const request_rec *r,
                                              const ajwt_auth_state *auth,
                                              const ajwt_section *section)
{
    const ajwt_export_list *made =
        auth->cached ? auth->cached->variables : auth->variables;

    return made && ajwt_export_list_fit(made, section->export_rules,
                                        section->export_prefix,
                                        *section->export_format)
               ? made
               : ajwt_export_make_all(auth->token.claims, section->export_rules,
                                      section->export_prefix,
                                      *section->export_format, r->pool);
}

void ajwt_export_env_set(request_rec *r, ajwt_auth_state *auth,
                         const ajwt_section *section)
{
    const apr_array_header_t *list = find_variables(r, auth, section)->list;
    int i;

    /* so that apr_table_addn suffices, which does not search the table */
    ajwt_env_name_unset_prefix(r->subprocess_env, section->export_prefix);
    for (i = 0; i < list->nelts; i++) {
        const ajwt_export_variable *variable =
            &APR_ARRAY_IDX(list, i, ajwt_export_variable);

        if (variable->value)
            apr_table_addn(r->subprocess_env, variable->name, variable->value);
        else
            ajwt_request_log_not_exported(r, variable);
    }
}

/*
 * A section with AuthType Bearer has its own export rules.  Any other section
 * uses those of the request that was authenticated.
 */
static const request_rec *find_request_with_rules(request_rec *r,
                                                  const ajwt_auth_state *auth)
{
    const request_rec *authenticated = r;

    if (ajwt_is_bearer(ap_auth_type(r)))
        return r;
    while (ajwt_auth_state_of(authenticated) != auth)
        authenticated = ajwt_request_origin(authenticated);
    return authenticated;
}

int ajwt_export_env_fixups(request_rec *r)
{
    ajwt_auth_state *auth = ajwt_auth_state_accepted(r);

    if (auth && auth != ajwt_auth_state_of(r)) {
        ajwt_section section;

        ajwt_config_get(&section, find_request_with_rules(r, auth));
        ajwt_export_env_set(r, auth, &section);
    }
    return DECLINED;
}

/* --- Request headers */

/*
 * Backends read user names from headers: a value that one of them trims could
 * be the name of another user.
 */
static int has_outer_blank(const char *value)
{
    return ajwt_whitespace_is_at_end(ajwt_bytes_from_string(value));
}

static void set_header(request_rec *r, const ajwt_header_rule *header,
                       const json_t *claim, ajwt_export_format format)
{
    const char *why;
    const char *value = ajwt_export_print(&why, claim, format, r->pool);

    if (value && has_outer_blank(value))
        why = "its value begins or ends with white space";
    if (why)
        ajwt_request_log_not_sent(r, header->path->text, header->name, why);
    else
        apr_table_setn(r->headers_in, header->name, value);
}

static void set_headers(request_rec *r, const ajwt_section *section)
{
    const ajwt_auth_state *auth = ajwt_auth_state_accepted(r);
    int i;

    for (i = 0; auth && i < section->headers->nelts; i++) {
        const ajwt_header_rule *header =
            &APR_ARRAY_IDX(section->headers, i, ajwt_header_rule);
        const json_t *claim =
            ajwt_claim_path_find(header->path, auth->token.claims);

        if (claim && !json_is_null(claim))
            set_header(r, header, claim, *section->export_format);
    }
}

int ajwt_export_env_headers(request_rec *r)
{
    ajwt_input *input = ajwt_input_of(r);

    if (!input || !input->section.headers ||
        input->headers_config == input->config)
        return DECLINED;
    input->headers_config = input->config;
    set_headers(r, &input->section);
    return DECLINED;
}
