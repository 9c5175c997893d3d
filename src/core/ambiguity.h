/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Detection of key sets in which too many keys match one token.
 *
 * A token is refused if more than AJWT_MAX_CANDIDATE_KEYS keys could verify it.
 */
#ifndef AJWT_CORE_AMBIGUITY_H
#define AJWT_CORE_AMBIGUITY_H

#include <apr_hash.h>
#include <apr_tables.h>

#include "core/key.h"

/**
 * NULL, or a message in printable ASCII: how many keys with one kid, or without
 * a kid, can verify the same token. unnamed: const ajwt_key *, the keys without
 * kid; by_kid: maps a kid to such an array.
 */
const char *ajwt_ambiguity_find(const apr_array_header_t *unnamed,
                                apr_hash_t *by_kid, apr_pool_t *pool);

#endif
