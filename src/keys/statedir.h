/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Saved key sets, which remain available after httpd is stopped.
 *
 * There is one file for each source in AuthJWTStateDir: the last good set, when
 * it was fetched, and its validator. It is written as a temporary file and
 * renamed. A user who can write there chooses keys, so the directory and the
 * files must belong to the user of httpd's children, and must not be writable
 * by others.
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

/** NULL, or what is wrong with the directory. */
const char *ajwt_statedir_check(const char *folder, apr_uid_t owner,
                                apr_pool_t *pool);

/**
 * Reads the saved set of source. The text is as it was fetched and must be
 * checked. Refuses with STATE_UNUSABLE; *detail contains the error.
 */
AJWT_MUST_USE ajwt_reason ajwt_statedir_read(ajwt_saved *saved,
                                             const char **detail,
                                             const char *folder,
                                             const ajwt_source *source,
                                             apr_pool_t *pool);

/** Refuses with STATE_UNWRITABLE; *detail contains the error. */
AJWT_MUST_USE ajwt_reason ajwt_statedir_write(const ajwt_saved *saved,
                                              const char **detail,
                                              const char *folder,
                                              const ajwt_source *source,
                                              apr_pool_t *pool);

#endif
