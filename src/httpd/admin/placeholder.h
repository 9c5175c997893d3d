/* SPDX-License-Identifier: Apache-2.0 */
/* Recognizes placeholders of examples that are left in a value. */
#ifndef AJWT_HTTPD_ADMIN_PLACEHOLDER_H
#define AJWT_HTTPD_ADMIN_PLACEHOLDER_H

#include "core/bytes.h"

/**
 * Returns the placeholder in value: CLIENT-ID, your-tenant, <host>; absent:
 * none.
 */
ajwt_bytes ajwt_placeholder_find(const char *value);

#endif
