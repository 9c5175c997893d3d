/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does this JSON text say, and may it say so much?
 *
 * The only caller of jansson's parser.  Duplicate members are refused (RFC
 * 7515 4, RFC 7519 4), depth and members are bounded, text after the value is
 * refused.  Values belong to the pool; nobody else frees them.
 *
 * An integer beyond 64 bits becomes the largest finite real, with its sign.
 * Its digits are lost, so that nothing can print or compare a rounded value.
 */
#ifndef AJWT_CORE_JSON_H
#define AJWT_CORE_JSON_H

#include <apr_pools.h>
#include <jansson.h>

#include "core/bytes.h"
#include "core/reason.h"

/**
 * A JSON object.  Refuses with DUPLICATE_MEMBER, OVER_LIMIT (depth, members),
 * NUMBER_RANGE (a number beyond any double), else with `invalid`: the caller
 * knows whether it was a header, a payload or a document.
 */
AJWT_MUST_USE ajwt_reason ajwt_json_parse(const json_t **object,
                                          ajwt_bytes text, ajwt_reason invalid,
                                          apr_pool_t *pool);

/** Whether no number in value stands for an integer beyond 64 bits. */
int ajwt_json_is_exact(const json_t *value);

/**
 * Overwrites every string in it.  Only for one that nobody reads any more; what
 * was parsed keeps its numbers and names.
 */
void ajwt_json_wipe(const json_t *value);

/** Takes a value from its pool: the caller frees it with ajwt_json_free. */
void ajwt_json_take(const json_t *value, apr_pool_t *pool);

/** Wipes the strings of a value that was taken, and frees it. */
void ajwt_json_free(const json_t *value);

/**
 * About how many bytes of memory a value takes, without the texts of its
 * names and strings.  These take no more than the JSON text that it was parsed
 * from is long.
 */
apr_size_t ajwt_json_bytes(const json_t *value);

/** The bytes of a string, which may hold NUL; absent if it is none. */
ajwt_bytes ajwt_json_string(const json_t *value);

/** The member's string; absent if there is no such member or it is none. */
ajwt_bytes ajwt_json_member(const json_t *object, const char *name);

/** Whether it is a string without NUL, non-empty or not. */
int ajwt_json_is_text(const json_t *value);

/**
 * Compact JSON text; a real in the shortest form that reads back the same
 * (several in one value with as many digits as the longest needs).  A string
 * that says so replaces an integer beyond 64 bits: see ajwt_json_is_exact.
 * NULL only when memory is out.
 */
const char *ajwt_json_print(const json_t *value, apr_pool_t *pool);

/**
 * A string as it is (it may hold NUL: see its len), anything else as
 * ajwt_json_print has it.
 */
ajwt_bytes ajwt_json_text(const json_t *value, apr_pool_t *pool);

/** A string as it is, an integer in decimal; absent for any other value. */
ajwt_bytes ajwt_json_name(const json_t *value, apr_pool_t *pool);

/**
 * Why text is no JSON, or which member is there twice, with line and column;
 * NULL when the parser accepts it.
 */
const char *ajwt_json_locate(ajwt_bytes text, apr_pool_t *pool);

/** For a message, as core/quote has it; arrays and objects are only named. */
const char *ajwt_json_quote(const json_t *value, apr_pool_t *pool);

#endif
