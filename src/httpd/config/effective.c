/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/config/effective.h"

void ajwt_effective_at(ajwt_section *section, const ajwt_section *defaults,
                       const ajwt_section *inner, const server_rec *server)
{
    ajwt_section outer;

    ajwt_section_merge(
        &outer, defaults,
        ap_get_module_config(server->lookup_defaults, &auth_jwt_module));
    ajwt_section_merge(section, &outer, inner);
}
