/* SPDX-License-Identifier: Apache-2.0 */
/* Check of the typ parameter (RFC 7515 4.1.9, RFC 8725 3.11). */
#ifndef AJWT_CORE_TYP_H
#define AJWT_CORE_TYP_H

#include "core/bytes.h"
#include "core/policy.h"
#include "core/reason.h"

/** NULL, or why an administrator must not accept this typ. */
const char *ajwt_typ_refusal(const char *type);

/** Refuses with TYPE_REFUSED. */
AJWT_MUST_USE ajwt_reason ajwt_typ_check(ajwt_bytes typ,
                                         const ajwt_policy *policy);

#endif
