/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access to the members of a JWK, with tolerance for common deviations.
 *
 * A deviation is tolerated only if security does not depend on it. Each one is
 * recorded as a repair, with the member and the deviation. Errors are recorded
 * too.
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
    apr_array_header_t *repairs; /* const char *: what was tolerated */
    const char *problem;         /* the error; NULL: none so far */
    apr_pool_t *pool;
} ajwt_members;

/* Harmless deviations of a member */
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
    AJWT_ODDITY_COUNT /* also: no deviation */
} ajwt_oddity;

/** Initializes members without repairs and errors. */
void ajwt_members_open(ajwt_members *members, const json_t *jwk,
                       apr_pool_t *pool);

/**
 * Returns NULL if the member is absent or null; null is recorded as a repair.
 */
const json_t *ajwt_members_get(ajwt_members *members, const char *name);

/** Decodes a member from base64url. Refuses with KEY_MALFORMED. */
AJWT_MUST_USE ajwt_reason ajwt_members_decode(ajwt_bytes *bytes,
                                              ajwt_members *members,
                                              const char *name);

/**
 * Returns text in strict base64url if it is padded or in base64; absent if it
 * is already strict, or invalid.
 */
ajwt_bytes ajwt_members_strict(ajwt_members *members, const char *name,
                               ajwt_bytes text);

/** Describes the deviation of a member. */
const char *ajwt_members_describe(const char *name, ajwt_oddity oddity,
                                  apr_pool_t *pool);

/** The same, and how it is handled. */
const char *ajwt_members_describe_repair(const char *name, ajwt_oddity oddity,
                                         apr_pool_t *pool);

void ajwt_members_repair(ajwt_members *members, const char *name,
                         ajwt_oddity oddity);

/** Joins all repairs in one text; NULL if there are none. */
const char *ajwt_members_list_repairs(const ajwt_members *members);

/** Records an error, formatted as by printf; returns reason. */
AJWT_MUST_USE ajwt_reason ajwt_members_fail(ajwt_members *members,
                                            ajwt_reason reason,
                                            const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
