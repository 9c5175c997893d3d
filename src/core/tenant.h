/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Issuer templates with a placeholder for the tenant.
 *
 * The multi-tenant metadata of Entra ID contains {tenantid} in place of the
 * GUID of a tenant, and so does the member `issuer` of its keys.
 */
#ifndef AJWT_CORE_TENANT_H
#define AJWT_CORE_TENANT_H

#include "core/bytes.h"

/* The placeholder for a tenant in a template */
#define AJWT_TENANT_PLACE "{tenantid}"

/** Whether issuer contains the placeholder. */
int ajwt_tenant_is_template(ajwt_bytes issuer);

/** Whether text has 8-4-4-4-12 hexadecimal digits (RFC 9562 4). */
int ajwt_tenant_is_guid(ajwt_bytes text);

/**
 * The GUID in issuer at the placeholder's position; absent if issuer does not
 * match the template.
 */
ajwt_bytes ajwt_tenant_find(ajwt_bytes template, ajwt_bytes issuer);

/**
 * Whether issuer is equal to the first argument, or matches it as a template.
 */
int ajwt_tenant_covers(ajwt_bytes issuer_or_template, ajwt_bytes issuer);

#endif
