/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON parser and printer on top of jansson, with limits.
 *
 * Only this module calls jansson's parser. It refuses duplicate members (RFC
 * 7515 4, RFC 7519 4), limits depth and number of members, and refuses text
 * after the value. Values belong to the pool, which frees them.
 *
 * An integer beyond 64 bits becomes the largest finite real, with its sign. Its
 * digits are lost, so that no code can print or compare a rounded value.
 */
#ifndef AJWT_CORE_JSON_H
#define AJWT_CORE_JSON_H

#include <apr_pools.h>
#include <jansson.h>

#include "core/bytes.h"
#include "core/reason.h"

/**
 * Parses a JSON object. Refuses with DUPLICATE_MEMBER, OVER_LIMIT (depth,
 * members), NUMBER_RANGE (a number that no double can represent), otherwise
 * with `invalid`, which depends on whether the text is a header, a payload or a
 * document.
 */
AJWT_MUST_USE ajwt_reason ajwt_json_parse(const json_t **object,
                                          ajwt_bytes text, ajwt_reason invalid,
                                          apr_pool_t *pool);

/** Whether value contains no integer beyond 64 bits. */
int ajwt_json_is_exact(const json_t *value);

/**
 * Overwrites every string in value. Only for a value that is no longer needed.
 * Numbers and names are not overwritten.
 */
void ajwt_json_wipe(const json_t *value);

/** Removes value from the pool: the caller frees it with ajwt_json_free. */
void ajwt_json_take(const json_t *value, apr_pool_t *pool);

/** Wipes the strings of a value that was taken, and frees it. */
void ajwt_json_free(const json_t *value);

/**
 * Estimates the memory that a value takes, without the texts of its names and
 * strings. These texts are never longer than the JSON text that the value was
 * parsed from.
 */
apr_size_t ajwt_json_bytes(const json_t *value);

/**
 * The bytes of a string, which may contain NUL; absent if value is not a
 * string.
 */
ajwt_bytes ajwt_json_string(const json_t *value);

/** The string of a member; absent if there is none or it is not a string. */
ajwt_bytes ajwt_json_member(const json_t *object, const char *name);

/** Whether value is a string without NUL; it may be empty. */
int ajwt_json_is_text(const json_t *value);

/**
 * Prints compact JSON. A real is printed in the shortest form that parses to
 * the same value (if value contains several, with the number of digits that the
 * longest one needs). An integer beyond 64 bits is replaced by a string that
 * describes it: see ajwt_json_is_exact. Returns NULL only if memory is
 * exhausted.
 */
const char *ajwt_json_print(const json_t *value, apr_pool_t *pool);

/**
 * A string unchanged (it may contain NUL: use its len), any other value as
 * ajwt_json_print prints it.
 */
ajwt_bytes ajwt_json_text(const json_t *value, apr_pool_t *pool);

/** A string unchanged, an integer in decimal; absent for any other value. */
ajwt_bytes ajwt_json_name(const json_t *value, apr_pool_t *pool);

/**
 * Why text is not valid JSON, or which member is duplicated, with line and
 * column; NULL if the parser accepts it.
 */
const char *ajwt_json_locate(ajwt_bytes text, apr_pool_t *pool);

/**
 * Quotes a value for a message with core/quote; arrays and objects are only
 * named.
 */
const char *ajwt_json_quote(const json_t *value, apr_pool_t *pool);

#endif
