/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/cgi_name.h"

#include <string.h>

#include "core/env_name.h"

const char *ajwt_cgi_name_skip_redirects(const char *variable)
{
    while (strncmp(variable, "REDIRECT_", 9) == 0)
        variable += 9;
    return variable;
}

const char *ajwt_cgi_name_find_header(const char *variable)
{
    variable = ajwt_cgi_name_skip_redirects(variable);
    return ajwt_env_name_begins(variable, "HTTP_") ? variable + 5 : NULL;
}

int ajwt_cgi_name_is_header(const char *variable, const char *header)
{
    const char *name = ajwt_cgi_name_find_header(variable);

    return name && ajwt_env_name_equal(name, header);
}
