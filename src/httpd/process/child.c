/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/process/child.h"

static ajwt_child child;

ajwt_child *ajwt_child_get(void)
{
    return &child;
}
