/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "core/base64url.h"

#define HEADER  "{\"alg\":\"RS256\"}"
#define PAYLOAD "{\"iss\":\"i\",\"sub\":\"s\",\"aud\":[\"a\"]}"

/* A token with this header and payload, and a signature that is none */
static ajwt_reason parse_parts(ajwt_token *token, const char *header,
                               const char *payload, apr_pool_t *pool)
{
    const char *compact = apr_pstrcat(
        pool, support_signing_input(header, payload, pool), ".c2ln", NULL);

    return ajwt_token_parse(token, ajwt_bytes_from_string(compact), pool);
}

static ajwt_reason parse(const char *compact, apr_pool_t *pool)
{
    ajwt_token token;

    return ajwt_token_parse(&token, ajwt_bytes_from_string(compact), pool);
}

static void reads_everything(void **state)
{
    ajwt_token token;
    const char *header = "{\"alg\":\"ES256\",\"kid\":\"k\",\"x5t\":\"t\","
                         "\"x5t#S256\":\"u\",\"typ\":\"at+jwt\",\"jku\":1}";
    const char *input = support_signing_input(header, PAYLOAD, *state);

    support_expect_reason("it", parse_parts(&token, header, PAYLOAD, *state),
                          AJWT_ACCEPTED);
    support_expect("signing input",
                   ajwt_bytes_equal_string(token.signing_input, input));
    support_expect("signature",
                   ajwt_bytes_equal_string(token.signature, "sig"));
    support_expect("header", json_is_object(token.header));
    support_expect("claims", json_is_object(token.claims));
    support_expect("alg", token.alg && !strcmp(token.alg->name, "ES256"));
    support_expect("alg's name",
                   ajwt_bytes_equal_string(token.alg_name, "ES256"));
    support_expect("kid", ajwt_bytes_equal_string(token.kid, "k"));
    support_expect("x5t", ajwt_bytes_equal_string(token.x5t, "t"));
    support_expect("x5t#S256", ajwt_bytes_equal_string(token.x5t_s256, "u"));
    support_expect("typ", ajwt_bytes_equal_string(token.typ, "at+jwt"));
    support_expect("iss", ajwt_bytes_equal_string(token.issuer, "i"));
}

static void says_what_is_absent(void **state)
{
    ajwt_token token;

    support_expect_reason("it", parse_parts(&token, HEADER, "{}", *state),
                          AJWT_ACCEPTED);
    support_expect("kid", !token.kid.data);
    support_expect("x5t", !token.x5t.data);
    support_expect("x5t#S256", !token.x5t_s256.data);
    support_expect("typ", !token.typ.data);
    support_expect("iss", !token.issuer.data);
}

static void empty_is_not_absent(void **state)
{
    ajwt_token token;

    support_expect_reason(
        "it",
        parse_parts(&token, "{\"alg\":\"RS256\",\"kid\":\"\",\"typ\":\"\"}",
                    "{\"iss\":\"\"}", *state),
        AJWT_ACCEPTED);
    support_expect("kid", token.kid.data && token.kid.len == 0);
    support_expect("typ", token.typ.data && token.typ.len == 0);
    support_expect("iss", token.issuer.data && token.issuer.len == 0);
}

/* H, P, S stand for a header, a payload and a signature that are well. */
typedef struct form_case {
    const char *form;
    ajwt_reason reason;
} form_case;

static const form_case forms[] = {
    {"H.P.S", AJWT_ACCEPTED},
    {"H.P.", AJWT_ACCEPTED}, /* verify's business: nothing signs nothing */
    {"", AJWT_NOT_COMPACT},
    {".", AJWT_NOT_COMPACT},
    {"..", AJWT_NOT_COMPACT},
    {"H", AJWT_NOT_COMPACT},
    {"H.P", AJWT_NOT_COMPACT},
    {"H.P.S.", AJWT_NOT_COMPACT},
    {".H.P.S", AJWT_NOT_COMPACT},
    {"H.P.S.S", AJWT_NOT_COMPACT},
    {".P.S", AJWT_NOT_COMPACT},
    {"H..S", AJWT_NOT_COMPACT},
    {"H.P.S.S.S.S", AJWT_NOT_COMPACT},
    {"H.P.S.S.S", AJWT_ENCRYPTED},
    {"H....", AJWT_ENCRYPTED},
    {"....", AJWT_ENCRYPTED},
    {"H=.P.S", AJWT_BASE64URL_INVALID},
    {"H.P=.S", AJWT_BASE64URL_INVALID},
    {"H.P.S=", AJWT_BASE64URL_INVALID},
    {"H.P.S ", AJWT_BASE64URL_INVALID},
    {" H.P.S", AJWT_BASE64URL_INVALID},
    {"H.P.S\n", AJWT_BASE64URL_INVALID},
    {"H.P\n.S", AJWT_BASE64URL_INVALID},
    {"H.P.S~", AJWT_BASE64URL_INVALID},
    {"H.P.S~eyJhIjoxfQ~", AJWT_BASE64URL_INVALID},
    {"H.P.S+/", AJWT_BASE64URL_INVALID},
    {"H.P.c2lnc", AJWT_BASE64URL_INVALID},
    {"H.P.c2lnZh", AJWT_BASE64URL_INVALID},
    {"H.%50.S", AJWT_BASE64URL_INVALID},
    {"{\"payload\":\"P\",\"protected\":\"H\",\"signature\":\"S\"}",
     AJWT_NOT_COMPACT},
    {"{\"x\":\".\",\"protected\":\"H.P.S\"}", AJWT_NOT_COMPACT},
};

static const char *fill_in(const char *form, apr_pool_t *pool)
{
    const char *text = "", *part;

    for (; *form; form++) {
        switch (*form) {
        case 'H':
            part = ajwt_base64url_encode(SUPPORT_BYTES(HEADER), pool);
            break;
        case 'P':
            part = ajwt_base64url_encode(SUPPORT_BYTES(PAYLOAD), pool);
            break;
        case 'S':
            part = "c2ln";
            break;
        default:
            part = apr_pstrndup(pool, form, 1);
        }
        text = apr_pstrcat(pool, text, part, NULL);
    }
    return text;
}

/* D1 */
static void judges_forms(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(forms); i++)
        support_expect_reason(forms[i].form,
                              parse(fill_in(forms[i].form, *state), *state),
                              forms[i].reason);
}

typedef struct part_case {
    const char *part;
    ajwt_reason reason;
} part_case;

static const part_case headers[] = {
    {"{\"alg\":\"RS256\",\"x\":{\"y\":1},\"cty\":\"x\"}", AJWT_ACCEPTED},
    /* what would bring its own key is not looked at, whatever it is */
    {"{\"alg\":\"RS256\",\"jwk\":1,\"jku\":[],\"x5u\":{},\"x5c\":0}",
     AJWT_ACCEPTED},

    {"", AJWT_NOT_COMPACT},
    {" ", AJWT_HEADER_INVALID},
    {"x", AJWT_HEADER_INVALID},
    {"[\"RS256\"]", AJWT_HEADER_INVALID},
    {"null", AJWT_HEADER_INVALID},
    {"{\"alg\":\"RS256\"", AJWT_HEADER_INVALID},
    {"{\"alg\":\"RS256\"}}", AJWT_HEADER_INVALID},
    {"\xef\xbb\xbf{\"alg\":\"RS256\"}", AJWT_HEADER_INVALID},
    {"{\"alg\":\"RS256\",\"kid\":\"\xff\"}", AJWT_HEADER_INVALID},

    {"{\"alg\":\"none\",\"alg\":\"RS256\"}", AJWT_DUPLICATE_MEMBER},
    {"{\"alg\":\"RS256\",\"\\u0061lg\":\"RS256\"}", AJWT_DUPLICATE_MEMBER},

    {"{\"alg\":[\"RS256\"]}", AJWT_PARAMETER_TYPE},
    {"{\"alg\":256}", AJWT_PARAMETER_TYPE},
    {"{\"alg\":null}", AJWT_PARAMETER_TYPE},
    {"{\"alg\":true}", AJWT_PARAMETER_TYPE},
    {"{\"alg\":{}}", AJWT_PARAMETER_TYPE},
    {"{\"alg\":\"RS256\",\"kid\":1}", AJWT_PARAMETER_TYPE},
    {"{\"alg\":\"RS256\",\"kid\":null}", AJWT_PARAMETER_TYPE},
    {"{\"alg\":\"RS256\",\"kid\":[\"k\"]}", AJWT_PARAMETER_TYPE},
    {"{\"alg\":\"RS256\",\"x5t\":{}}", AJWT_PARAMETER_TYPE},
    {"{\"alg\":\"RS256\",\"x5t#S256\":false}", AJWT_PARAMETER_TYPE},
    {"{\"alg\":\"RS256\",\"typ\":1}", AJWT_PARAMETER_TYPE},
    {"{\"alg\":\"RS256\",\"typ\":null}", AJWT_PARAMETER_TYPE},

    {"{}", AJWT_ALGORITHM_UNKNOWN},
    {"{\"alg\":\"\"}", AJWT_ALGORITHM_UNKNOWN},
    {"{\"alg\":\"rs256\"}", AJWT_ALGORITHM_UNKNOWN},
    {"{\"alg\":\"RS256 \"}", AJWT_ALGORITHM_UNKNOWN},
    {"{\"alg\":\"RS256\\u0000\"}", AJWT_ALGORITHM_UNKNOWN},
    {"{\"alg\":\"RSA-OAEP\"}", AJWT_ALGORITHM_UNKNOWN},
    {"{\"Alg\":\"RS256\"}", AJWT_ALGORITHM_UNKNOWN},
    {"{\"alg\":\" none\"}", AJWT_ALGORITHM_UNKNOWN},
    {"{\"alg\":\"none\\u0000\"}", AJWT_ALGORITHM_UNKNOWN},
    {"{\"alg\":\"none\"}", AJWT_ALGORITHM_NONE},
    {"{\"alg\":\"None\"}", AJWT_ALGORITHM_NONE},
    {"{\"alg\":\"NONE\"}", AJWT_ALGORITHM_NONE},
    {"{\"alg\":\"nOnE\"}", AJWT_ALGORITHM_NONE},

    {"{\"alg\":\"RS256\",\"crit\":[]}", AJWT_CRITICAL_PARAMETER},
    {"{\"alg\":\"RS256\",\"crit\":[\"exp\"],\"exp\":1}",
     AJWT_CRITICAL_PARAMETER},
    {"{\"alg\":\"RS256\",\"crit\":[\"alg\"]}", AJWT_CRITICAL_PARAMETER},
    {"{\"alg\":\"RS256\",\"crit\":\"exp\"}", AJWT_CRITICAL_PARAMETER},
    {"{\"alg\":\"RS256\",\"crit\":null}", AJWT_CRITICAL_PARAMETER},
    {"{\"alg\":\"RS256\",\"crit\":[\"x\"]}", AJWT_CRITICAL_PARAMETER},
    {"{\"alg\":\"RS256\",\"crit\":[\"b64\"],\"b64\":true}",
     AJWT_CRITICAL_PARAMETER},
    {"{\"alg\":\"RS256\",\"b64\":false}", AJWT_UNENCODED_PAYLOAD},
    {"{\"alg\":\"RS256\",\"b64\":false,\"crit\":[\"b64\"]}",
     AJWT_UNENCODED_PAYLOAD},
    {"{\"alg\":\"RS256\",\"b64\":\"true\"}", AJWT_UNENCODED_PAYLOAD},
    {"{\"alg\":\"RS256\",\"b64\":null}", AJWT_UNENCODED_PAYLOAD},
    {"{\"alg\":\"RS256\",\"b64\":true}", AJWT_ACCEPTED},
    {"{\"alg\":\"RS256\",\"zip\":\"DEF\"}", AJWT_COMPRESSED},
    {"{\"alg\":\"RS256\",\"zip\":null}", AJWT_COMPRESSED},
    {"{\"alg\":\"RSA-OAEP\",\"enc\":\"A128GCM\"}", AJWT_ENCRYPTED},
    {"{\"alg\":\"RS256\",\"enc\":null}", AJWT_ENCRYPTED},
};

/* B1, D6 */
static void judges_headers(void **state)
{
    ajwt_token token;
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(headers); i++)
        support_expect_reason(
            headers[i].part,
            parse_parts(&token, headers[i].part, PAYLOAD, *state),
            headers[i].reason);
}

static const part_case payloads[] = {
    {"{}", AJWT_ACCEPTED},
    {"", AJWT_NOT_COMPACT},
    {"Payload", AJWT_PAYLOAD_INVALID},
    {"[]", AJWT_PAYLOAD_INVALID},
    {"\"{}\"", AJWT_PAYLOAD_INVALID},
    {"null", AJWT_PAYLOAD_INVALID},
    {"{} {}", AJWT_PAYLOAD_INVALID},
    {"{\"exp\":NaN}", AJWT_PAYLOAD_INVALID},
    {"{\"exp\":9223372036854775808}", AJWT_ACCEPTED},
    {"{\"exp\":1e400}", AJWT_NUMBER_RANGE},
    {"{\"sub\":\"\xc0\xaf\"}", AJWT_PAYLOAD_INVALID},
    {"{\"iss\":\"i\",\"iss\":\"j\"}", AJWT_DUPLICATE_MEMBER},
    {"{\"iss\":\"i\",\"is\\u0073\":\"i\"}", AJWT_DUPLICATE_MEMBER},
    {"{\"iss\":1}", AJWT_CLAIM_TYPE},
    {"{\"iss\":null}", AJWT_CLAIM_TYPE},
    {"{\"iss\":[\"i\"]}", AJWT_CLAIM_TYPE},
    {"{\"iss\":{}}", AJWT_CLAIM_TYPE},
    /* the others are for core/claims to check, after the signature */
    {"{\"aud\":1,\"exp\":\"x\"}", AJWT_ACCEPTED},
};

static void judges_payloads(void **state)
{
    ajwt_token token;
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(payloads); i++)
        support_expect_reason(
            payloads[i].part,
            parse_parts(&token, HEADER, payloads[i].part, *state),
            payloads[i].reason);
}

/* RFC 7519 5.3 */
static const part_case replicas[] = {
    {"\"iss\":\"i\",\"sub\":\"s\",\"aud\":[\"a\"]", AJWT_ACCEPTED},
    {"\"iss\":\"I\"", AJWT_REPLICATED_CLAIM},
    {"\"sub\":\"admin\"", AJWT_REPLICATED_CLAIM},
    {"\"aud\":\"a\"", AJWT_REPLICATED_CLAIM},
    {"\"aud\":[\"a\",\"b\"]", AJWT_REPLICATED_CLAIM},
    {"\"iss\":null", AJWT_REPLICATED_CLAIM},
};

/* E6 */
static void compares_replicas(void **state)
{
    ajwt_token token;
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(replicas); i++)
        support_expect_reason(
            replicas[i].part,
            parse_parts(&token,
                        apr_pstrcat(*state, "{\"alg\":\"RS256\",",
                                    replicas[i].part, "}", NULL),
                        PAYLOAD, *state),
            replicas[i].reason);
}

/* The token of exactly so many bytes that is well */
static const char *token_of_length(int bytes, apr_pool_t *pool)
{
    const char *start = fill_in("H.P.", pool);
    int missing = bytes - (int)strlen(start);

    return apr_pstrcat(pool, start, support_repeat("A", missing, pool), NULL);
}

/* D1, D4 */
static void bounds_length(void **state)
{
    /* lengths that are 1 modulo 4 in the last segment are no base64url */
    int start = (int)strlen(fill_in("H.P.", *state));
    int most = 16384 - ((16384 - start) % 4 == 1);

    support_expect_reason(
        "16 KiB", parse(token_of_length(most, *state), *state), AJWT_ACCEPTED);
    support_expect_reason("one more",
                          parse(token_of_length(16385, *state), *state),
                          AJWT_TOKEN_TOO_LONG);
    support_expect_reason("a megabyte",
                          parse(support_repeat("A", 1 << 20, *state), *state),
                          AJWT_TOKEN_TOO_LONG);
    /* CVE-2025-27144, CVE-2025-30204 */
    support_expect_reason("100000 dots",
                          parse(support_repeat(".", 100000, *state), *state),
                          AJWT_TOKEN_TOO_LONG);
    support_expect_reason("16000 dots",
                          parse(support_repeat(".", 16000, *state), *state),
                          AJWT_NOT_COMPACT);
}

static ajwt_reason parse_kid(int bytes, apr_pool_t *pool)
{
    ajwt_token token;
    const char *header =
        apr_pstrcat(pool, "{\"alg\":\"RS256\",\"kid\":\"",
                    support_repeat("k", bytes, pool), "\"}", NULL);

    return parse_parts(&token, header, PAYLOAD, pool);
}

/* D4 */
static void bounds_what_it_holds(void **state)
{
    ajwt_token token;
    const char *deep = apr_pstrcat(
        *state, "{\"a\":", support_repeat("[", 10000, *state), "}", NULL);

    support_expect_reason("kid of 256", parse_kid(256, *state), AJWT_ACCEPTED);
    support_expect_reason("kid of 257", parse_kid(257, *state),
                          AJWT_OVER_LIMIT);
    support_expect_reason("deep payload",
                          parse_parts(&token, HEADER, deep, *state),
                          AJWT_OVER_LIMIT);
    support_expect_reason("deep header",
                          parse_parts(&token, deep, PAYLOAD, *state),
                          AJWT_OVER_LIMIT);
}

/* The log tells iss, kid and alg as far as they were read. */
static void keeps_what_was_read(void **state)
{
    ajwt_token token;

    support_expect_reason(
        "alg that is not known",
        parse_parts(&token, "{\"alg\":\"XS1\",\"kid\":\"k\"}", PAYLOAD, *state),
        AJWT_ALGORITHM_UNKNOWN);
    support_expect("alg", ajwt_bytes_equal_string(token.alg_name, "XS1"));
    support_expect("kid", ajwt_bytes_equal_string(token.kid, "k"));
    support_expect("no row", token.alg == NULL);

    support_expect_reason(
        "kid of the wrong type",
        parse_parts(&token, "{\"alg\":\"RS256\",\"kid\":1}", PAYLOAD, *state),
        AJWT_PARAMETER_TYPE);
    support_expect("alg", ajwt_bytes_equal_string(token.alg_name, "RS256"));

    support_expect_reason("replica",
                          parse_parts(&token,
                                      "{\"alg\":\"RS256\",\"sub\":\"x\"}",
                                      PAYLOAD, *state),
                          AJWT_REPLICATED_CLAIM);
    support_expect("iss", ajwt_bytes_equal_string(token.issuer, "i"));

    support_expect_reason("no token at all",
                          ajwt_token_parse(&token, SUPPORT_BYTES("x"), *state),
                          AJWT_NOT_COMPACT);
    support_expect("nothing", !token.header && !token.claims && !token.alg &&
                                  !token.kid.data && !token.issuer.data);
}

/* Whatever it holds: Graph's own is a string. */
static void knows_tokens_for_graph(void **state)
{
    static const struct {
        const char *header;
        int is_for_graph;
    } cases[] = {
        {"{\"alg\":\"RS256\",\"nonce\":\"n\"}", 1},
        {"{\"alg\":\"RS256\",\"nonce\":\"\"}", 1},
        {"{\"alg\":\"RS256\",\"nonce\":null}", 1},
        {"{\"alg\":\"RS256\"}", 0},
        {"{\"alg\":\"RS256\",\"Nonce\":\"n\"}", 0},
    };
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(cases); i++) {
        ajwt_token token;

        support_expect_reason(
            cases[i].header,
            parse_parts(&token, cases[i].header, "{\"nonce\":\"n\"}", *state),
            AJWT_ACCEPTED);
        support_expect(cases[i].header, ajwt_token_is_for_graph(&token) ==
                                            cases[i].is_for_graph);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(reads_everything),       SUPPORT_TEST(says_what_is_absent),
        SUPPORT_TEST(empty_is_not_absent),    SUPPORT_TEST(judges_forms),
        SUPPORT_TEST(judges_headers),         SUPPORT_TEST(judges_payloads),
        SUPPORT_TEST(compares_replicas),      SUPPORT_TEST(bounds_length),
        SUPPORT_TEST(bounds_what_it_holds),   SUPPORT_TEST(keeps_what_was_read),
        SUPPORT_TEST(knows_tokens_for_graph),
    };

    return SUPPORT_RUN(tests);
}
