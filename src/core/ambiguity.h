/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which keys of a set cannot be told apart?
 *
 * At most AJWT_MAX_CANDIDATE_KEYS are tried for a token; where more could have
 * signed it, it is refused.
 */
#ifndef AJWT_CORE_AMBIGUITY_H
#define AJWT_CORE_AMBIGUITY_H

#include "core/keyset.h"

/**
 * NULL, or in printable ASCII how many keys of one kid, or without a kid, could
 * have signed one token.
 */
const char *ajwt_ambiguity_find(const ajwt_keyset *keyset, apr_pool_t *pool);

#endif
