/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys of a set that cannot be told apart.
 *
 * At most AJWT_MAX_CANDIDATE_KEYS are tried for a token; where more could have
 * signed it, it is refused.
 */
#ifndef AJWT_CORE_AMBIGUITY_H
#define AJWT_CORE_AMBIGUITY_H

#include <apr_hash.h>
#include <apr_tables.h>

#include "core/key.h"

/**
 * NULL, or in printable ASCII how many keys of one kid, or without a kid, could
 * have signed one token.  unnamed: const ajwt_key *, the keys without kid;
 * by_kid: kid to such an array.
 */
const char *ajwt_ambiguity_find(const apr_array_header_t *unnamed,
                                apr_hash_t *by_kid, apr_pool_t *pool);

#endif
