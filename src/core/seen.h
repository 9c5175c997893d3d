/*
 * What does this process remember of tokens that it has accepted?
 *
 * What parsing brought, and the variables that it became: nothing that was
 * judged.  Threads find and keep without a lock.  A token is found again by
 * its fingerprint alone: its octets are not kept.  What makes room for another
 * is wiped.
 */
#ifndef AJWT_CORE_SEEN_H
#define AJWT_CORE_SEEN_H

#include "core/cache.h"
#include "core/token.h"
#include "core/variable.h"

typedef struct ajwt_seen ajwt_seen;

/* One token.  Read-only once it was kept; all of it belongs to pool. */
typedef struct ajwt_seen_token {
    apr_pool_t *pool;
    ajwt_token token;
    const ajwt_variables *variables; /* NULL: not made yet */
    struct ajwt_seen_place *place;   /* NULL: not kept */
} ajwt_seen_token;

/** Room for so many, until pool is destroyed. */
ajwt_seen *ajwt_seen_open(int entries, apr_pool_t *pool);

/**
 * The one of that fingerprint, which stays as it is until user is cleared; or
 * NULL.
 */
const ajwt_seen_token *ajwt_seen_find(ajwt_seen *seen,
                                      const ajwt_fingerprint *fingerprint,
                                      apr_time_t now, apr_pool_t *user);

/** A new one, to be filled; gone with user, unless it is kept. */
ajwt_seen_token *ajwt_seen_begin(apr_pool_t *user);

/** From now on it can be found, if there is room; until_s as in core/cache. */
void ajwt_seen_keep(ajwt_seen *seen, ajwt_seen_token *token,
                    const ajwt_fingerprint *fingerprint, apr_time_t now,
                    apr_uint32_t until_s);

#endif
