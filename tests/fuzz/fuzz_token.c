/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a token that was taken apart three segments of the one spelling, with all
 * in it that was checked and nothing that changes how it is to be read?
 *
 * First line: `raw`, and the token follows; else what stands for the signature,
 * then a line that is the header, then the payload, not yet encoded.
 */
#include "fuzz.h"

#include "core/base64url.h"
#include "core/limits.h"

static const char *encode(ajwt_bytes bytes, apr_pool_t *pool)
{
    return bytes.len ? ajwt_base64url_encode(bytes, pool) : "";
}

static ajwt_bytes make_compact(ajwt_bytes input, apr_pool_t *pool)
{
    ajwt_bytes signature = fuzz_line(&input), header;

    if (ajwt_bytes_equal_string(signature, "raw"))
        return input;
    header = fuzz_line(&input);
    return ajwt_bytes_from_string(
        apr_pstrcat(pool, encode(header, pool), ".", encode(input, pool), ".",
                    fuzz_string(signature, pool), NULL));
}

/* What stands before the next dot, or before the end */
static ajwt_bytes next_segment(ajwt_bytes *rest)
{
    ajwt_bytes segment = *rest;
    const unsigned char *dot = memchr(rest->data, '.', rest->len);

    if (dot)
        segment.len = (apr_size_t)(dot - rest->data);
    rest->data += segment.len + (dot != NULL);
    rest->len -= segment.len + (dot != NULL);
    return segment;
}

static apr_size_t count_dots(ajwt_bytes text)
{
    apr_size_t i, count = 0;

    for (i = 0; i < text.len; i++)
        count += text.data[i] == '.';
    return count;
}

static void check_form(const ajwt_token *token, ajwt_bytes compact,
                       apr_pool_t *pool)
{
    ajwt_bytes rest = compact, header, payload;

    FUZZ_CHECK(compact.len <= AJWT_MAX_TOKEN_BYTES);
    FUZZ_CHECK(count_dots(compact) == 2);
    header = next_segment(&rest);
    payload = next_segment(&rest);
    FUZZ_CHECK(header.len && fuzz_is_base64url(header));
    FUZZ_CHECK(payload.len && fuzz_is_base64url(payload));
    FUZZ_CHECK(fuzz_is_base64url(rest));
    FUZZ_CHECK(token->signing_input.data == compact.data);
    FUZZ_CHECK(token->signing_input.len + 1 + rest.len == compact.len);
    FUZZ_CHECK(ajwt_bytes_equal_string(
        rest, ajwt_base64url_encode(token->signature, pool)));
}

static int says(const json_t *object, const char *name, ajwt_bytes text)
{
    const json_t *value = json_object_get(object, name);

    if (!value)
        return !text.data;
    return json_is_string(value) && json_string_length(value) == text.len &&
           memcmp(json_string_value(value), text.data, text.len) == 0;
}

static void check_content(const ajwt_token *token)
{
    const json_t *b64 = json_object_get(token->header, "b64");

    FUZZ_CHECK(json_is_object(token->header) && json_is_object(token->claims));
    FUZZ_CHECK(token->alg_name.data && token->alg);
    FUZZ_CHECK(ajwt_bytes_equal_string(token->alg_name, token->alg->name));
    FUZZ_CHECK(says(token->header, "alg", token->alg_name));
    FUZZ_CHECK(says(token->header, "kid", token->kid));
    FUZZ_CHECK(says(token->header, "x5t", token->x5t));
    FUZZ_CHECK(says(token->header, "x5t#S256", token->x5t_s256));
    FUZZ_CHECK(says(token->header, "typ", token->typ));
    FUZZ_CHECK(says(token->claims, "iss", token->issuer));
    FUZZ_CHECK(token->kid.len <= AJWT_MAX_KID_BYTES);
    FUZZ_CHECK(!json_object_get(token->header, "enc"));
    FUZZ_CHECK(!json_object_get(token->header, "zip"));
    FUZZ_CHECK(!json_object_get(token->header, "crit"));
    FUZZ_CHECK(!b64 || json_is_true(b64));
}

void fuzz_one(ajwt_bytes input, apr_pool_t *pool)
{
    ajwt_bytes compact = make_compact(input, pool);
    ajwt_token token;
    ajwt_reason reason = ajwt_token_parse(&token, compact, pool);

    FUZZ_CHECK(fuzz_is_among(
        reason, AJWT_ACCEPTED, AJWT_TOKEN_TOO_LONG, AJWT_NOT_COMPACT,
        AJWT_ENCRYPTED, AJWT_BASE64URL_INVALID, AJWT_HEADER_INVALID,
        AJWT_PAYLOAD_INVALID, AJWT_DUPLICATE_MEMBER, AJWT_OVER_LIMIT,
        AJWT_NUMBER_RANGE, AJWT_PARAMETER_TYPE, AJWT_CRITICAL_PARAMETER,
        AJWT_UNENCODED_PAYLOAD, AJWT_COMPRESSED, AJWT_ALGORITHM_NONE,
        AJWT_ALGORITHM_UNKNOWN, AJWT_REPLICATED_CLAIM, AJWT_CLAIM_TYPE,
        AJWT_REASON_COUNT));
    if (reason != AJWT_ACCEPTED)
        return;
    check_form(&token, compact, pool);
    check_content(&token);
}
