#include "httpd/verdict.h"

#include <http_request.h>

ajwt_verdict *ajwt_verdict_make(request_rec *r)
{
    ajwt_verdict *verdict = apr_pcalloc(r->pool, sizeof *verdict);

    verdict->reason = AJWT_INTERNAL;
    ap_set_module_config(r->request_config, &auth_jwt_module, verdict);
    return verdict;
}

ajwt_verdict *ajwt_verdict_of(const request_rec *r)
{
    return ap_get_module_config(r->request_config, &auth_jwt_module);
}

static ajwt_verdict *find(const request_rec *r)
{
    ajwt_verdict *verdict = NULL;

    for (; r && !verdict; r = r->prev ? r->prev : r->main)
        verdict = ajwt_verdict_of(r);
    return verdict;
}

ajwt_verdict *ajwt_verdict_accepted(const request_rec *r)
{
    ajwt_verdict *verdict = find(r);

    if (!verdict || verdict->reason != AJWT_ACCEPTED || !r->user ||
        strcmp(r->user, verdict->user) != 0 || !ajwt_is_bearer(r->ap_auth_type))
        return NULL;
    return verdict;
}
