/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What do the members of this JWK say?
 *
 * Key sets are read tolerantly where no security depends on it.  Each repair is
 * noted, with the member and what is odd about it; so is what is wrong.
 */
#ifndef AJWT_CORE_MEMBERS_H
#define AJWT_CORE_MEMBERS_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <jansson.h>

#include "core/bytes.h"
#include "core/reason.h"

typedef struct ajwt_members {
    const json_t *jwk;
    apr_array_header_t *repairs; /* const char *: what was repaired */
    const char *problem;         /* what is wrong; NULL: nothing so far */
    apr_pool_t *pool;
} ajwt_members;

/* What is odd about a member and does no harm */
typedef enum ajwt_oddity {
    AJWT_ODD_NULL,
    AJWT_ODD_PADDING,
    AJWT_ODD_ALPHABET,
    AJWT_ODD_INTEGER,
    AJWT_ODD_X5C_TYPE,
    AJWT_ODD_X5C_EMPTY,
    AJWT_ODD_X5C_BASE64,
    AJWT_ODD_X5C_PEM,
    AJWT_ODD_X5C_PUBLIC_KEY,
    AJWT_ODD_X5C_CONTENT,
    AJWT_ODDITY_COUNT /* also: nothing is odd */
} ajwt_oddity;

/** Nothing is repaired and nothing is wrong yet. */
void ajwt_members_open(ajwt_members *members, const json_t *jwk,
                       apr_pool_t *pool);

/** NULL when it is not there, or null: that is repaired. */
const json_t *ajwt_members_get(ajwt_members *members, const char *name);

/** The bytes of a member in base64url.  Refuses with KEY_MALFORMED. */
AJWT_MUST_USE ajwt_reason ajwt_members_decode(ajwt_bytes *bytes,
                                              ajwt_members *members,
                                              const char *name);

/** A value in strict base64url, where text is the same in another form; absent
 * if it is strict, or no base64 at all. */
ajwt_bytes ajwt_members_strict(ajwt_members *members, const char *name,
                               ajwt_bytes text);

/** In words, about a member. */
const char *ajwt_members_describe(const char *name, ajwt_oddity oddity,
                                  apr_pool_t *pool);

/** The same, and what is done about it. */
const char *ajwt_members_say_repair(const char *name, ajwt_oddity oddity,
                                    apr_pool_t *pool);

void ajwt_members_repair(ajwt_members *members, const char *name,
                         ajwt_oddity oddity);

/** All of them in one text; NULL: none. */
const char *ajwt_members_list_repairs(const ajwt_members *members);

/** Says what is wrong, in words as of printf; returns reason. */
AJWT_MUST_USE ajwt_reason ajwt_members_fail(ajwt_members *members,
                                            ajwt_reason reason,
                                            const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
