#include "httpd/request.h"

ajwt_request_state *ajwt_request_find(const request_rec *r)
{
    return ap_get_module_config(r->request_config, &auth_jwt_module);
}

ajwt_request_state *ajwt_request_get(request_rec *r)
{
    ajwt_request_state *state = ajwt_request_find(r);

    if (!state) {
        state = apr_pcalloc(r->pool, sizeof *state);
        ap_set_module_config(r->request_config, &auth_jwt_module, state);
    }
    return state;
}

ajwt_input *ajwt_request_input(const request_rec *r)
{
    const ajwt_request_state *state = ajwt_request_find(r);

    return state ? state->input : NULL;
}

const request_rec *ajwt_request_origin(const request_rec *r)
{
    return r->prev ? r->prev : r->main;
}
