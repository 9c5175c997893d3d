/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may the worst request cost?  tests/check/check_bounds.py runs this under
 * callgrind and compares; by itself it only says how much memory each case has
 * at its end, and whether it was checked as meant.
 *
 * From the Authorization header to the exported variables, without httpd.
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <valgrind/callgrind.h>

#include "core/base64url.h"
#include "core/authorization_header.h"
#include "core/export.h"
#include "core/limits.h"
#include "core/require.h"
#include "core/verify.h"

/* Of JSON, so that the token is just short enough */
#define LARGEST_PAYLOAD 11700

#define CLAIMS                                                             \
    "\"iss\":\"" SUPPORT_ISSUER "\",\"sub\":\"alice\",\"iat\":1700000000," \
    "\"exp\":1700000600"
#define AUDIENCE "\"aud\":\"" SUPPORT_AUDIENCE "\","

/* What comes in, and what is configured */
typedef struct request {
    const char *authorization;
    ajwt_policy policy;
    const ajwt_keyset *keys;
    const ajwt_require *require;    /* NULL: none */
    const ajwt_export_rules *rules; /* NULL: nothing is exported */
    ajwt_export_format format;
} request;

typedef struct cost_bound {
    const char *name;
    int times; /* as many instructions as the first case, at most */
    int kib;   /* at the end, at most */
    ajwt_reason wanted;
    void (*prepare)(request *made, apr_pool_t *pool);
} cost_bound;

static ajwt_reason check(const request *made, apr_pool_t *pool)
{
    ajwt_bytes compact;
    ajwt_token token;
    ajwt_reason reason =
        ajwt_authorization_header_parse(&compact, made->authorization);

    if (reason == AJWT_ACCEPTED)
        reason = ajwt_token_parse(&token, compact, pool);
    if (reason == AJWT_ACCEPTED)
        reason =
            ajwt_verify(&token, &made->policy, made->keys, NULL, SUPPORT_NOW);
    if (reason == AJWT_ACCEPTED && made->require)
        reason =
            ajwt_require_match(made->require, token.claims, SUPPORT_NOW, pool);
    if (reason == AJWT_ACCEPTED && made->rules)
        ajwt_export_make_all(token.claims, made->rules, "JWT_CLAIM_",
                             made->format, pool);
    return reason;
}

/* --- pieces of tokens --- */

/* As many units with commas between them as fit into so many bytes */
static const char *fill(const char *unit, int raw, apr_pool_t *pool)
{
    return apr_pstrcat(pool,
                       support_repeat(apr_pstrcat(pool, unit, ",", NULL),
                                      raw / ((int)strlen(unit) + 1) - 1, pool),
                       unit, NULL);
}

/* "p0":0,"p1":0, ... */
static const char *members(const char *prefix, int count, apr_pool_t *pool)
{
    apr_array_header_t *parts = apr_array_make(pool, count, sizeof(char *));
    int i;

    for (i = 0; i < count; i++)
        APR_ARRAY_PUSH(parts, const char *) =
            apr_psprintf(pool, "\"%s%d\":0", prefix, i);
    return apr_array_pstrcat(pool, parts, ',');
}

static void bear(request *made, const char *header, const char *payload,
                 const char *alg, apr_pool_t *pool)
{
    made->authorization = apr_pstrcat(
        pool, "Bearer ", support_token(header, payload, alg, NULL, pool), NULL);
}

/* By alg, with the key's name as its kid */
static void bear_by(request *made, const char *alg, const char *payload,
                    apr_pool_t *pool)
{
    const char *kid = support_key_for(alg)->name;

    made->keys = support_parse_keys(support_jwks(pool, kid, NULL), pool);
    made->policy.algs |= AJWT_ALGS_HMAC;
    bear(made, apr_psprintf(pool, "{\"alg\":\"%s\",\"kid\":\"%s\"}", alg, kid),
         payload, alg, pool);
}

/* By RS256, with one claim beside the usual ones: "name":value */
static void bear_claim(request *made, const char *name, const char *value,
                       apr_pool_t *pool)
{
    bear_by(made, "RS256",
            apr_pstrcat(pool, "{" AUDIENCE CLAIMS ",\"", name, "\":", value,
                        "}", NULL),
            pool);
}

static void bear_header(request *made, const char *header, apr_pool_t *pool)
{
    bear_claim(made, "one", "1", pool);
    bear(made, header, "{" AUDIENCE CLAIMS "}", "RS256", pool);
}

static void trust_keys(request *made, const char *jwks, apr_pool_t *pool)
{
    made->keys = support_parse_keys(jwks, pool);
}

/* --- the cases --- */

static void prepare_ordinary(request *made, apr_pool_t *pool)
{
    bear_claim(made, "scope", "\"orders.read\"", pool);
}

static const char *long_string(apr_pool_t *pool)
{
    return apr_pstrcat(pool, "\"", support_repeat("x", LARGEST_PAYLOAD, pool),
                       "\"", NULL);
}

#define PREPARE_LONG(alg)                                           \
    static void prepare_long_##alg(request *made, apr_pool_t *pool) \
    {                                                               \
        bear_by(made, #alg,                                         \
                apr_pstrcat(pool, "{" AUDIENCE CLAIMS ",\"long\":", \
                            long_string(pool), "}", NULL),          \
                pool);                                              \
    }
PREPARE_LONG(RS256)
PREPARE_LONG(RS512)
PREPARE_LONG(PS256)
PREPARE_LONG(HS256)
PREPARE_LONG(ES256)
PREPARE_LONG(ES384)
PREPARE_LONG(ES512)
PREPARE_LONG(EdDSA)

static void prepare_deep(request *made, apr_pool_t *pool)
{
    bear_claim(made, "deep", support_repeat("[", LARGEST_PAYLOAD, pool), pool);
}

static void prepare_many_deep(request *made, apr_pool_t *pool)
{
    const char *deep =
        apr_pstrcat(pool, support_repeat("[", AJWT_MAX_JSON_DEPTH - 2, pool),
                    support_repeat("]", AJWT_MAX_JSON_DEPTH - 2, pool), NULL);

    bear_claim(
        made, "deep",
        apr_pstrcat(pool, "[", fill(deep, LARGEST_PAYLOAD, pool), "]", NULL),
        pool);
}

static void prepare_many_claims(request *made, apr_pool_t *pool)
{
    bear_by(made, "RS256",
            apr_pstrcat(pool, "{" AUDIENCE CLAIMS ",", members("", 1350, pool),
                        "}", NULL),
            pool);
}

static void prepare_many_names(request *made, apr_pool_t *pool)
{
    const char *object =
        apr_pstrcat(pool, "{", members("", 255, pool), "}", NULL);

    bear_claim(
        made, "objects",
        apr_pstrcat(pool, "[", fill(object, LARGEST_PAYLOAD, pool), "]", NULL),
        pool);
}

static void prepare_twice(request *made, apr_pool_t *pool)
{
    bear_by(made, "RS256",
            apr_pstrcat(pool, "{" AUDIENCE CLAIMS ",", members("", 1340, pool),
                        ",\"0\":0}", NULL),
            pool);
}

static void prepare_digits(request *made, apr_pool_t *pool)
{
    bear_claim(made, "number",
               apr_pstrcat(pool, "1.",
                           support_repeat("9", LARGEST_PAYLOAD, pool), NULL),
               pool);
}

/* Each of them has the token parsed again, once. */
static void prepare_wide_integers(request *made, apr_pool_t *pool)
{
    bear_claim(made, "numbers",
               apr_pstrcat(pool, "[",
                           support_repeat("9999999999999999999,",
                                          LARGEST_PAYLOAD / 20 - 1, pool),
                           "1]", NULL),
               pool);
}

static void prepare_long_integers(request *made, apr_pool_t *pool)
{
    const char *number =
        apr_pstrcat(pool, support_repeat("9", 308, pool), ",", NULL);

    bear_claim(
        made, "numbers",
        apr_pstrcat(pool, "[",
                    support_repeat(number, LARGEST_PAYLOAD / 309 - 1, pool),
                    "1]", NULL),
        pool);
}

static void prepare_overflow(request *made, apr_pool_t *pool)
{
    bear_claim(made, "number", support_repeat("9", LARGEST_PAYLOAD, pool),
               pool);
}

static void prepare_escapes(request *made, apr_pool_t *pool)
{
    bear_claim(made, "text",
               apr_pstrcat(pool, "\"",
                           support_repeat("\\u20ac", LARGEST_PAYLOAD / 6, pool),
                           "\"", NULL),
               pool);
}

static void prepare_dots(request *made, apr_pool_t *pool)
{
    prepare_ordinary(made, pool);
    made->authorization =
        apr_pstrcat(pool, "Bearer x", support_repeat(".", 100000, pool), NULL);
}

static void prepare_fewer_dots(request *made, apr_pool_t *pool)
{
    prepare_ordinary(made, pool);
    made->authorization =
        apr_pstrcat(pool, "Bearer x",
                    support_repeat(".", AJWT_MAX_TOKEN_BYTES - 1, pool), NULL);
}

static void prepare_blanks(request *made, apr_pool_t *pool)
{
    prepare_ordinary(made, pool);
    made->authorization = apr_pstrcat(
        pool, "Bearer", support_repeat(" ", 64 * 1024, pool), "x", NULL);
}

static void prepare_long_kid(request *made, apr_pool_t *pool)
{
    bear_header(made,
                apr_pstrcat(pool, "{\"alg\":\"RS256\",\"kid\":",
                            long_string(pool), "}", NULL),
                pool);
}

/* A kid that a set names but cannot serve */
static void prepare_unusable(request *made, int bits, const char *exponent,
                             apr_pool_t *pool)
{
    json_t *jwk = support_rsa_jwk(bits, exponent, pool);
    json_t *good = support_jwk("P-256", pool);
    json_t *jwks;

    bear_header(made, "{\"alg\":\"RS256\",\"kid\":\"large\"}", pool);
    json_object_set_new(jwk, "kid", json_string("large"));
    jwks = support_own(json_pack("{s:[O,O]}", "keys", jwk, good), pool);
    trust_keys(made, support_print(jwks, pool), pool);
}

static void prepare_large_modulus(request *made, apr_pool_t *pool)
{
    prepare_unusable(made, 16384, "010001", pool);
}

static void prepare_large_exponent(request *made, apr_pool_t *pool)
{
    prepare_unusable(made, 2048, support_repeat("ff", 2048 / 8 - 1, pool),
                     pool);
}

/* The largest that is taken, and a signature as long as its own */
static void prepare_largest_key(request *made, apr_pool_t *pool)
{
    const char *input = support_signing_input(
        "{\"alg\":\"RS256\",\"kid\":\"large\"}", "{" CLAIMS "}", pool);

    prepare_unusable(made, AJWT_MAX_RSA_BITS, "01ffffffff", pool);
    made->authorization = apr_pstrcat(
        pool, "Bearer ", input, ".AAAA",
        support_repeat("_", (AJWT_MAX_RSA_BITS / 8 * 4 + 2) / 3 - 5, pool), "w",
        NULL);
}

/* Equal keys count once: each has an exponent of its own. */
static json_t *make_unnamed_rsa(int index, apr_pool_t *pool)
{
    const unsigned char exponent[] = {1, 0, (unsigned char)(1 + 2 * index)};
    const ajwt_bytes bytes = {exponent, sizeof exponent};
    json_t *jwk = json_deep_copy(support_jwk("RSA-other", pool));

    json_object_del(jwk, "kid");
    json_object_set_new(jwk, "e",
                        json_string(ajwt_base64url_encode(bytes, pool)));
    return jwk;
}

/* As many keys without a kid as a set may have, so many of them RSA */
static void trust_unnamed(request *made, int rsa, apr_pool_t *pool)
{
    json_t *keys = json_array();
    json_t *other = support_jwk("P-256", pool);
    int i;

    json_object_del(other, "kid");
    for (i = rsa; i < AJWT_MAX_KEYS; i++)
        json_array_append(keys, other);
    for (i = 0; i < rsa; i++)
        json_array_append_new(keys, make_unnamed_rsa(i, pool));
    trust_keys(made,
               support_print(
                   support_own(json_pack("{s:o}", "keys", keys), pool), pool),
               pool);
}

static void prepare_unnamed(request *made, apr_pool_t *pool)
{
    bear_header(made, "{\"alg\":\"RS256\"}", pool);
    trust_unnamed(made, AJWT_MAX_CANDIDATE_KEYS, pool);
}

static void prepare_too_many_unnamed(request *made, apr_pool_t *pool)
{
    bear_header(made, "{\"alg\":\"RS256\"}", pool);
    trust_unnamed(made, AJWT_MAX_CANDIDATE_KEYS + 1, pool);
}

static void require_claim(request *made, const char *term, apr_pool_t *pool)
{
    const char *error;

    made->require =
        ajwt_require_parse_claim(&error, support_words(pool, term, NULL), pool);
}

static void prepare_regex(request *made, apr_pool_t *pool)
{
    bear_claim(made, "text",
               apr_pstrcat(pool, "\"",
                           support_repeat("a", LARGEST_PAYLOAD - 1, pool),
                           "!\"", NULL),
               pool);
    require_claim(made, "text~^(a+)+$", pool);
}

/* Each of which takes a hundred times the steps that it may here */
static void prepare_many_regexes(request *made, apr_pool_t *pool)
{
    bear_claim(made, "text",
               apr_pstrcat(pool, "[",
                           fill("\"aaaaaaaaaaaaaa!\"", LARGEST_PAYLOAD, pool),
                           "]", NULL),
               pool);
    require_claim(made, "text~^(a+)+$", pool);
}

/* Each of which takes many steps, and still ends */
static void prepare_hard_regexes(request *made, apr_pool_t *pool)
{
    bear_claim(made, "text",
               apr_pstrcat(pool, "[",
                           fill("\"aaaaaa!\"", LARGEST_PAYLOAD, pool), "]",
                           NULL),
               pool);
    require_claim(made, "text~^(a+)+$", pool);
}

static void prepare_groups(request *made, apr_pool_t *pool)
{
    bear_claim(
        made, "groups",
        apr_pstrcat(pool, "[", fill("\"x\"", LARGEST_PAYLOAD, pool), "]", NULL),
        pool);
    require_claim(made, "groups~^orders-(reader|writer)$", pool);
}

static void prepare_scopes(request *made, apr_pool_t *pool)
{
    const char *error;

    bear_claim(made, "scope",
               apr_pstrcat(pool, "\"",
                           support_repeat("x ", LARGEST_PAYLOAD / 2 - 5, pool),
                           "a b c d\"", NULL),
               pool);
    made->require = ajwt_require_parse_scope(
        &error, support_words(pool, "a", "b", "c", "d", NULL), pool);
}

static void prepare_audiences(request *made, apr_pool_t *pool)
{
    apr_array_header_t *audiences = support_words(pool, NULL);
    int i;

    for (i = 0; i < 64; i++)
        APR_ARRAY_PUSH(audiences, const char *) = apr_psprintf(pool, "%d", i);
    made->policy.audiences = audiences;
    bear_by(made, "RS256",
            apr_pstrcat(pool, "{\"aud\":[",
                        fill("\"xx\"", LARGEST_PAYLOAD, pool), "]," CLAIMS "}",
                        NULL),
            pool);
}

static void export_all(request *made, apr_pool_t *pool)
{
    const char *error;

    made->rules =
        ajwt_export_parse_rules(&error, support_words(pool, "all", NULL), pool);
}

static void prepare_elements(request *made, apr_pool_t *pool)
{
    bear_claim(
        made, "list",
        apr_pstrcat(pool, "[", fill("1", LARGEST_PAYLOAD, pool), "]", NULL),
        pool);
    export_all(made, pool);
}

static void prepare_elements_as_json(request *made, apr_pool_t *pool)
{
    prepare_elements(made, pool);
    made->format = AJWT_EXPORT_JSON;
}

static void prepare_reals(request *made, apr_pool_t *pool)
{
    bear_claim(made, "list",
               apr_pstrcat(pool, "[", fill("0.1", LARGEST_PAYLOAD, pool),
                           ",0.30000000000000004]", NULL),
               pool);
    export_all(made, pool);
    made->format = AJWT_EXPORT_JSON;
}

static void prepare_reals_as_list(request *made, apr_pool_t *pool)
{
    prepare_reals(made, pool);
    made->format = AJWT_EXPORT_LIST;
}

static void prepare_names(request *made, apr_pool_t *pool)
{
    bear_by(made, "RS256",
            apr_pstrcat(pool, "{" AUDIENCE CLAIMS ",",
                        members("a_claim_with_a_rather_long_name-", 250, pool),
                        "}", NULL),
            pool);
    export_all(made, pool);
}

/*
 * Half as much again as it was measured.  Most of it is jansson's and
 * OpenSSL's. What a client can have without a key of the issuer's is in the
 * first half.
 */
static const cost_bound bounds[] = {
    {"an ordinary RS256 token", 1, 16, AJWT_ACCEPTED, prepare_ordinary},
    {"16 KiB, RS256", 10, 32, AJWT_ACCEPTED, prepare_long_RS256},
    {"16 KiB, RS512", 10, 32, AJWT_ACCEPTED, prepare_long_RS512},
    {"16 KiB, PS256", 10, 32, AJWT_ACCEPTED, prepare_long_PS256},
    {"16 KiB, HS256", 10, 32, AJWT_ACCEPTED, prepare_long_HS256},
    {"16 KiB, ES256", 15, 32, AJWT_ACCEPTED, prepare_long_ES256},
    {"16 KiB, ES384", 45, 32, AJWT_ACCEPTED, prepare_long_ES384},
    {"16 KiB, ES512", 40, 32, AJWT_ACCEPTED, prepare_long_ES512},
    {"16 KiB, EdDSA", 15, 32, AJWT_ACCEPTED, prepare_long_EdDSA},
    {"JSON 12,000 deep", 2, 32, AJWT_OVER_LIMIT, prepare_deep},
    {"JSON 32 deep, many times", 20, 1024, AJWT_ACCEPTED, prepare_many_deep},
    {"1,350 claims", 15, 256, AJWT_OVER_LIMIT, prepare_many_claims},
    {"1,350 members of several objects", 20, 256, AJWT_ACCEPTED,
     prepare_many_names},
    {"1,350 claims, one of them twice", 15, 256, AJWT_DUPLICATE_MEMBER,
     prepare_twice},
    {"a number of 12,000 digits", 10, 32, AJWT_ACCEPTED, prepare_digits},
    {"580 integers beyond 64 bits", 25, 128, AJWT_ACCEPTED,
     prepare_wide_integers},
    {"36 integers of 308 digits", 25, 64, AJWT_ACCEPTED, prepare_long_integers},
    {"an integer of 12,000 digits", 25, 64, AJWT_NUMBER_RANGE,
     prepare_overflow},
    {"a string of escapes", 10, 32, AJWT_ACCEPTED, prepare_escapes},
    {"100,000 dots", 2, 16, AJWT_TOKEN_TOO_LONG, prepare_dots},
    {"16,000 dots", 2, 16, AJWT_NOT_COMPACT, prepare_fewer_dots},
    {"a header of 64 KiB", 2, 16, AJWT_NOT_COMPACT, prepare_blanks},
    {"a kid of 12,000 bytes", 8, 32, AJWT_OVER_LIMIT, prepare_long_kid},
    {"an RSA key of 16384 bits", 1, 16, AJWT_KEY_UNKNOWN,
     prepare_large_modulus},
    {"an RSA exponent of 2040 bits", 1, 16, AJWT_KEY_UNKNOWN,
     prepare_large_exponent},
    {"the largest RSA key allowed", 40, 32, AJWT_SIGNATURE_INVALID,
     prepare_largest_key},
    {"1,000 keys without kid, 4 fit", 5, 16, AJWT_SIGNATURE_INVALID,
     prepare_unnamed},
    {"1,000 keys without kid, 5 fit", 1, 16, AJWT_KEY_AMBIGUOUS,
     prepare_too_many_unnamed},
    {"a regex that gives up", 65, 32, AJWT_INTERNAL, prepare_regex},
    {"a regex that gives up, 600 times", 15, 128, AJWT_INTERNAL,
     prepare_many_regexes},
    {"a regex of many steps, 1,100 times", 100, 256, AJWT_CLAIM_RULE,
     prepare_hard_regexes},
    {"a regex, 2,900 elements", 25, 512, AJWT_CLAIM_RULE, prepare_groups},
    {"5,800 scopes, 4 wanted", 15, 32, AJWT_ACCEPTED, prepare_scopes},
    {"2,300 audiences, 64 taken", 45, 512, AJWT_AUDIENCE_REFUSED,
     prepare_audiences},
    {"5,800 elements exported", 40, 512, AJWT_ACCEPTED, prepare_elements},
    {"the same as JSON", 70, 512, AJWT_ACCEPTED, prepare_elements_as_json},
    {"2,900 reals exported", 170, 256, AJWT_ACCEPTED, prepare_reals},
    {"the same as a list", 85, 256, AJWT_ACCEPTED, prepare_reals_as_list},
    {"256 claims exported", 15, 128, AJWT_ACCEPTED, prepare_names},
};

static apr_size_t allocated(void)
{
#ifdef __GLIBC__
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
#else
    return 0; /* other C libraries do not say */
#endif
}

/* Once to have everything loaded that is loaded once, and once to measure */
static void measure(const cost_bound *bound, apr_pool_t *pool)
{
    request made = {.policy = support_policy(pool)};
    apr_pool_t *first, *second;
    apr_size_t before;
    ajwt_reason reason;

    bound->prepare(&made, pool);
    before = allocated();
    apr_pool_create_unmanaged_ex(&first, NULL, NULL); /* takes no old memory */
    reason = check(&made, first);
    printf("%s;%d;%d;%" APR_SIZE_T_FMT ";%s;%s\n", bound->name, bound->times,
           bound->kib, allocated() - before, ajwt_reason_describe(reason)->name,
           ajwt_reason_describe(bound->wanted)->name);
    apr_pool_destroy(first);
    apr_pool_create(&second, pool);
    CALLGRIND_START_INSTRUMENTATION;
    CALLGRIND_ZERO_STATS;
    check(&made, second);
    CALLGRIND_DUMP_STATS_AT(bound->name);
    CALLGRIND_STOP_INSTRUMENTATION;
}

int main(void)
{
    void *pool = NULL;
    unsigned i;

    if (support_open(&pool) != 0)
        return EXIT_FAILURE;
    for (i = 0; i < SUPPORT_COUNT(bounds); i++) {
        support_make_pool(&pool);
        measure(&bounds[i], pool);
        apr_pool_destroy(pool);
    }
    return support_close(NULL) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
