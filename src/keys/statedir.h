/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which key sets outlive a stop of the server?
 *
 * One file a source in the folder of AuthJWTStateDir: the last good set, when
 * it was fetched, and its validator.  Written beside the old file and renamed
 * over it.  Whoever may write there chooses keys, so folder and files must
 * belong to whom the children run as, and be writable by nobody else.
 */
#ifndef AJWT_KEYS_STATEDIR_H
#define AJWT_KEYS_STATEDIR_H

#include <apr_user.h>

#include "keys/load.h"

typedef struct ajwt_saved {
    ajwt_bytes text; /* absent: nothing was saved */
    apr_time_t fetched_at;
    ajwt_validator validator;
} ajwt_saved;

/** NULL, or what is wrong with the folder, in words. */
const char *ajwt_statedir_check(const char *folder, apr_uid_t owner,
                                apr_pool_t *pool);

/**
 * What was saved of source; the text is as it was fetched, and still to be
 * checked.  Refuses with STATE_UNUSABLE; *detail says why, in words.
 */
AJWT_MUST_USE ajwt_reason ajwt_statedir_read(ajwt_saved *saved,
                                             const char **detail,
                                             const char *folder,
                                             const ajwt_source *source,
                                             apr_pool_t *pool);

/** Refuses with STATE_UNWRITABLE; *detail says why, in words. */
AJWT_MUST_USE ajwt_reason ajwt_statedir_write(const ajwt_saved *saved,
                                              const char **detail,
                                              const char *folder,
                                              const ajwt_source *source,
                                              apr_pool_t *pool);

#endif
