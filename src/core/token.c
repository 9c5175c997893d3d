/* SPDX-License-Identifier: Apache-2.0 */
#include "core/token.h"

#include "core/base64url.h"
#include "core/json.h"
#include "core/limits.h"

/* RFC 7515 7.1: a JWS has three segments; RFC 7516 9: a JWE has five. */
static ajwt_reason find_segments(ajwt_bytes segments[3], ajwt_bytes compact)
{
    const unsigned char *start = compact.data, *end = start + compact.len, *dot;
    int dots = 0;

    while (start < end && dots < 5 &&
           (dot = memchr(start, '.', (apr_size_t)(end - start)))) {
        if (dots < 2) {
            segments[dots].data = start;
            segments[dots].len = (apr_size_t)(dot - start);
        }
        start = dot + 1;
        dots++;
    }
    if (dots != 2)
        return dots == 4 ? AJWT_ENCRYPTED : AJWT_NOT_COMPACT;
    segments[2].data = start;
    segments[2].len = (apr_size_t)(end - start);
    return segments[0].len && segments[1].len ? AJWT_ACCEPTED
                                              : AJWT_NOT_COMPACT;
}

static ajwt_reason decode_object(const json_t **object, ajwt_bytes segment,
                                 ajwt_reason invalid, apr_pool_t *pool)
{
    ajwt_bytes text;
    ajwt_reason reason = ajwt_base64url_decode(&text, segment, pool);

    if (reason != AJWT_ACCEPTED)
        return reason;
    reason = ajwt_json_parse(object, text, invalid, pool);
    /*
     * the text is wiped because the pool may outlive the request; the object is
     * wiped when it is freed
     */
    ajwt_bytes_wipe(text);
    return reason;
}

/* A parameter may be absent; otherwise it must be a string. */
static ajwt_reason read_parameter(ajwt_bytes *parameter, const json_t *header,
                                  const char *name)
{
    const json_t *value = json_object_get(header, name);

    *parameter = ajwt_json_string(value);
    return value && !parameter->data ? AJWT_PARAMETER_TYPE : AJWT_ACCEPTED;
}

static ajwt_reason read_names(ajwt_token *token)
{
    const struct {
        const char *name;
        ajwt_bytes *parameter;
    } names[] = {{"alg", &token->alg_name},
                 {"kid", &token->kid},
                 {"x5t", &token->x5t},
                 {"x5t#S256", &token->x5t_s256},
                 {"typ", &token->typ}};
    ajwt_reason reason = AJWT_ACCEPTED;
    unsigned i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (read_parameter(names[i].parameter, token->header, names[i].name) !=
            AJWT_ACCEPTED)
            reason = AJWT_PARAMETER_TYPE;
    }
    if (token->kid.len > AJWT_MAX_KID_BYTES)
        return AJWT_OVER_LIMIT;
    return reason;
}

/*
 * Refuses parameters that change how a token must be processed, because none of
 * them is implemented: RFC 7516 4.1.2 and 4.1.3, RFC 7797 7, RFC 7515 4.1.11.
 */
static ajwt_reason refuse_extensions(const json_t *header)
{
    const json_t *b64 = json_object_get(header, "b64");

    if (json_object_get(header, "enc"))
        return AJWT_ENCRYPTED;
    if (json_object_get(header, "zip"))
        return AJWT_COMPRESSED;
    if (b64 && !json_is_true(b64))
        return AJWT_UNENCODED_PAYLOAD;
    if (json_object_get(header, "crit"))
        return AJWT_CRITICAL_PARAMETER;
    return AJWT_ACCEPTED;
}

static ajwt_reason find_alg(ajwt_token *token)
{
    if (token->alg_name.len == 4 &&
        strncasecmp((const char *)token->alg_name.data, "none", 4) == 0)
        return AJWT_ALGORITHM_NONE;
    token->alg = ajwt_alg_find(token->alg_name);
    return token->alg ? AJWT_ACCEPTED : AJWT_ALGORITHM_UNKNOWN;
}

/*
 * The segments are kept undecoded, because they are the signing input (RFC 7515
 * 5.2 step 8).
 */
static ajwt_reason read_header(ajwt_token *token, ajwt_bytes segment,
                               apr_pool_t *pool)
{
    ajwt_reason reason =
        decode_object(&token->header, segment, AJWT_HEADER_INVALID, pool);

    if (reason)
        return reason;
    reason = read_names(token);
    if (reason)
        return reason;
    reason = refuse_extensions(token->header);
    if (reason)
        return reason;
    return find_alg(token);
}

/* RFC 7519 5.3: a claim replicated in the header must have the same value */
static ajwt_reason compare_replicated(const ajwt_token *token)
{
    static const char *const names[] = {"iss", "sub", "aud"};
    unsigned i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        json_t *replica = json_object_get(token->header, names[i]);

        if (replica &&
            (!ajwt_json_is_exact(replica) ||
             !json_equal(replica, json_object_get(token->claims, names[i]))))
            return AJWT_REPLICATED_CLAIM;
    }
    return AJWT_ACCEPTED;
}

static ajwt_reason read_payload(ajwt_token *token, ajwt_bytes segment,
                                apr_pool_t *pool)
{
    ajwt_reason reason =
        decode_object(&token->claims, segment, AJWT_PAYLOAD_INVALID, pool);
    const json_t *issuer;

    if (reason != AJWT_ACCEPTED)
        return reason;
    issuer = json_object_get(token->claims, "iss");
    token->issuer = ajwt_json_string(issuer);
    if (issuer && !token->issuer.data)
        return AJWT_CLAIM_TYPE;
    return compare_replicated(token);
}

/* Refuses tokens that are too long before any other processing. */
static ajwt_reason split_compact(ajwt_bytes segments[3], ajwt_token *token,
                                 ajwt_bytes compact)
{
    ajwt_reason reason;

    if (compact.len > AJWT_MAX_TOKEN_BYTES)
        return AJWT_TOKEN_TOO_LONG;
    reason = find_segments(segments, compact);
    if (reason != AJWT_ACCEPTED)
        return reason;
    token->signing_input.data = compact.data;
    token->signing_input.len = segments[0].len + 1 + segments[1].len;
    return AJWT_ACCEPTED;
}

int ajwt_token_has_form(ajwt_bytes compact)
{
    ajwt_bytes segments[3] = {{NULL, 0}};

    return compact.len <= AJWT_MAX_TOKEN_BYTES &&
           find_segments(segments, compact) == AJWT_ACCEPTED;
}

ajwt_reason ajwt_token_parse(ajwt_token *token, ajwt_bytes compact,
                             apr_pool_t *pool)
{
    ajwt_bytes segments[3] = {{NULL, 0}};
    ajwt_reason reason;

    memset(token, 0, sizeof *token);
    reason = split_compact(segments, token, compact);
    if (reason)
        return reason;
    reason = read_header(token, segments[0], pool);
    if (reason)
        return reason;
    reason = read_payload(token, segments[1], pool);
    if (reason)
        return reason;
    return ajwt_base64url_decode(&token->signature, segments[2], pool);
}

ajwt_reason ajwt_token_parse_again(ajwt_token *token, const ajwt_token *parsed,
                                   ajwt_bytes compact, apr_pool_t *pool)
{
    ajwt_bytes segments[3] = {{NULL, 0}};
    ajwt_reason reason;

    *token = *parsed;
    reason = split_compact(segments, token, compact);
    if (reason)
        return reason;
    return ajwt_base64url_decode(&token->signature, segments[2], pool);
}

int ajwt_token_is_for_graph(const ajwt_token *token)
{
    return json_object_get(token->header, "nonce") != NULL;
}
