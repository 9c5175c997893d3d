/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/request_state.h"

ajwt_request_state *ajwt_request_state_make(request_rec *r)
{
    ajwt_request_state *state = ajwt_request_state_of(r);

    if (!state) {
        state = apr_pcalloc(r->pool, sizeof *state);
        ap_set_module_config(r->request_config, &auth_jwt_module, state);
    }
    return state;
}
