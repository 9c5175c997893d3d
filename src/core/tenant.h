/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which tenant of a template does this issuer name?
 *
 * Entra ID's documents for several tenants have {tenantid} where each tenant's
 * issuer has its GUID; so have the members `issuer` of its keys.
 */
#ifndef AJWT_CORE_TENANT_H
#define AJWT_CORE_TENANT_H

#include "core/bytes.h"

/* What stands for a tenant in a template */
#define AJWT_TENANT_PLACE "{tenantid}"

/** Whether issuer has a place for a tenant. */
int ajwt_tenant_is_template(ajwt_bytes issuer);

/** 8-4-4-4-12 hexadecimal digits (RFC 9562 4) */
int ajwt_tenant_is_guid(ajwt_bytes text);

/** The GUID in issuer's place for it; absent if it is not of the template. */
ajwt_bytes ajwt_tenant_find(ajwt_bytes template, ajwt_bytes issuer);

/** Whether issuer is this one, or one of this template. */
int ajwt_tenant_covers(ajwt_bytes issuer_or_template, ajwt_bytes issuer);

#endif
