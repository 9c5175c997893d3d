/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Check of the modes of key and secret files.
 *
 * A user who can write a key file chooses whose tokens are accepted. A user who
 * can read a secret can make tokens. The result is a warning: the file is used
 * anyway.
 */
#ifndef AJWT_NET_PERMISSIONS_H
#define AJWT_NET_PERMISSIONS_H

#include <apr_pools.h>
#include <apr_tables.h>

typedef struct ajwt_permissions_of {
    const char *path;
    int is_secret;     /* other users must not read it either */
    const char *group; /* the group that needs to read it; NULL: none */
} ajwt_permissions_of;

/**
 * Adds to warnings (const char *) what is wrong with the mode of a file and of
 * its directory, with the command that fixes it.
 */
void ajwt_permissions_check(apr_array_header_t *warnings,
                            const ajwt_permissions_of *file, apr_pool_t *pool);

#endif
