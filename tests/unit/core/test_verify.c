/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "core/base64url.h"
#include "core/jwk.h"
#include "core/signature.h"
#include "core/verify.h"

static const char *const alg_names[] = {
    "RS256", "RS384",  "RS512", "PS256",   "PS384", "PS512", "ES256", "ES384",
    "ES512", "ES256K", "EdDSA", "Ed25519", "Ed448", "HS256", "HS384", "HS512"};

#define ALGS SUPPORT_COUNT(alg_names)

static ajwt_alg_set meaning_of(const char *alg)
{
    return ajwt_alg_find(ajwt_bytes_from_string(alg))->algs;
}

static ajwt_reason verify(const char *compact, const ajwt_policy *policy,
                          const ajwt_keyset *keys, apr_pool_t *pool)
{
    ajwt_token token = support_parse_token(compact, pool);

    return ajwt_verify(&token, policy, keys, NULL, SUPPORT_NOW);
}

static const char *good_payload(apr_pool_t *pool)
{
    return support_print(support_claims(pool), pool);
}

/* --- the RFCs' own examples, typed in as values --- */

typedef struct rfc_example {
    const char *what;
    const char *alg;
    const char *jwk;
    const char *token;
    /* what the token is: two of them sign something that is no claims set */
    ajwt_reason reason;
} rfc_example;

static const rfc_example examples[] = {
    {"RFC 7515 A.1, RFC 7519 3.1", "HS256",
     "{\"kty\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJ"
     "QLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\"}",
     "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJ"
     "leHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp"
     "0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
     AJWT_ACCEPTED},
    {"RFC 7515 A.2", "RS256",
     "{\"kty\":\"RSA\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcy"
     "QoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-S"
     "Fd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf"
     "63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtd"
     "VMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9"
     "_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ\",\"e\":\"AQAB\""
     "}",
     "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODA"
     "sDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Ee"
     "tdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Q"
     "c_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--"
     "f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN"
     "9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6I"
     "eYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypG"
     "lUPQGe77Rw",
     AJWT_ACCEPTED},
    {"RFC 7515 A.3", "ES256",
     "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1"
     "gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCySt"
     "ikYjKIWI5a0\"}",
     "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODA"
     "sDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8"
     "L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqP"
     "P3-Kg6NU1Q",
     AJWT_ACCEPTED},
    {"RFC 7515 A.4", "ES512",
     "{\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"AekpBQ8ST8a8VcfVOTNl35"
     "3vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQ"
     "Gk\",\"y\":\"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1W"
     "DhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2\"}",
     "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJb"
     "LfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwF"
     "KdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9E"
     "RBXukOXolLzeO_Jn",
     AJWT_PAYLOAD_INVALID},
    {"RFC 8037 A.4", "EdDSA",
     "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQ"
     "HOg7hcvPapiMlrwIaaPcHURo\"}",
     "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il"
     "_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g"
     "7sVvpAr_MuM0KAg",
     AJWT_PAYLOAD_INVALID},
};

static ajwt_key example_key(const rfc_example *example, apr_pool_t *pool)
{
    ajwt_key key = {0};

    assert_int_equal(ajwt_jwk_parse(&key, support_json(example->jwk, pool),
                                    AJWT_LOCAL, pool),
                     AJWT_ACCEPTED);
    return key;
}

static void verifies_the_rfcs_signatures(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(examples); i++) {
        const rfc_example *c = &examples[i];
        ajwt_key key = example_key(c, *state);
        const char *last = strrchr(c->token, '.');
        ajwt_bytes signature, input = {(const unsigned char *)c->token,
                                       (apr_size_t)(last - c->token)};

        support_expect_reason(
            c->what,
            ajwt_base64url_decode(&signature, ajwt_bytes_from_string(last + 1),
                                  *state),
            AJWT_ACCEPTED);
        support_expect_reason(
            c->what,
            ajwt_signature_check(&key,
                                 ajwt_alg_find(ajwt_bytes_from_string(c->alg)),
                                 input, signature),
            AJWT_ACCEPTED);
    }
}

/* The claims of A.1 to A.3 are joe's, until 1300819380. */
static void verifies_the_rfcs_tokens(void **state)
{
    ajwt_policy policy = support_policy(*state);
    size_t i;

    policy.issuer = "joe";
    policy.audiences = NULL;
    policy.algs = SUPPORT_ALGS_DEFAULT | AJWT_ALGS_HMAC;
    policy.leeway_s = 0;
    for (i = 0; i < SUPPORT_COUNT(examples); i++) {
        const rfc_example *c = &examples[i];
        const char *jwks =
            apr_pstrcat(*state, "{\"keys\":[", c->jwk, "]}", NULL);
        const ajwt_keyset *keys = support_parse_keys(jwks, *state);
        ajwt_token token;
        ajwt_reason reason =
            ajwt_token_parse(&token, ajwt_bytes_from_string(c->token), *state);

        support_expect_reason(c->what, reason, c->reason);
        if (reason != AJWT_ACCEPTED)
            continue;
        support_expect_reason(c->what,
                              ajwt_verify(&token, &policy, keys, NULL,
                                          apr_time_from_sec(1300819379)),
                              AJWT_ACCEPTED);
        support_expect_reason(c->what,
                              ajwt_verify(&token, &policy, keys, NULL,
                                          apr_time_from_sec(1300819380)),
                              AJWT_EXPIRED);
    }
}

/* --- grids --- */

typedef struct material {
    const char *name;
    const char *algs; /* names that a key of this type can verify */
} material;

static const material materials[] = {
    {"RSA", "RS256 RS384 RS512 PS256 PS384 PS512"},
    {"P-256", "ES256"},
    {"P-384", "ES384"},
    {"P-521", "ES512"},
    {"secp256k1", "ES256K"},
    {"Ed25519", "EdDSA Ed25519"},
    {"Ed448", "EdDSA Ed448"},
    {"oct-32", "HS256"},
    {"oct-48", "HS256 HS384"},
    {"oct", "HS256 HS384 HS512"},
};

static int names(const char *list, const char *alg)
{
    const char *at = strstr(list, alg);
    size_t len = strlen(alg);

    return at && (at == list || at[-1] == ' ') &&
           (at[len] == ' ' || at[len] == '\0');
}

/* Signed by this key where it can, by some other key where it cannot */
static const char *token_by(const material *m, const char *alg,
                            apr_pool_t *pool)
{
    const char *header =
        apr_psprintf(pool, "{\"alg\":\"%s\",\"kid\":\"k\"}", alg);

    return support_token(
        header, good_payload(pool), alg,
        names(m->algs, alg) ? support_key_named(m->name) : NULL, pool);
}

/* One key, which says that it is for alg; NULL when it is not usable */
static const ajwt_keyset *one_key(const material *m, const char *alg,
                                  apr_pool_t *pool)
{
    json_t *jwk = support_jwk(m->name, pool);
    const ajwt_keyset *keys;
    const char *text;

    json_object_set_new(jwk, "kid", json_string("k"));
    if (alg)
        json_object_set_new(jwk, "alg", json_string(alg));
    text =
        apr_pstrcat(pool, "{\"keys\":[", support_print(jwk, pool), "]}", NULL);
    return ajwt_keyset_parse(&keys, ajwt_bytes_from_string(text), AJWT_LOCAL,
                             pool) == AJWT_ACCEPTED
               ? keys
               : NULL;
}

static ajwt_policy any_alg(apr_pool_t *pool)
{
    ajwt_policy policy = support_policy(pool);

    policy.algs = SUPPORT_ALGS_DEFAULT | AJWT_ALGS_HMAC | AJWT_ALG_ES256K;
    return policy;
}

/* Key type x token alg, without alg in the key: what the type can verify */
static void type_and_token_agree(void **state)
{
    ajwt_policy policy = any_alg(*state);
    size_t m, t;

    for (m = 0; m < SUPPORT_COUNT(materials); m++) {
        const ajwt_keyset *keys = one_key(&materials[m], NULL, *state);

        assert_non_null(keys);
        for (t = 0; t < ALGS; t++)
            support_expect_reason(
                apr_psprintf(*state, "%s, token %s", materials[m].name,
                             alg_names[t]),
                verify(token_by(&materials[m], alg_names[t], *state), &policy,
                       keys, *state),
                names(materials[m].algs, alg_names[t]) ? AJWT_ACCEPTED
                                                       : AJWT_KEY_UNSUITABLE);
    }
}

/* EdDSA is a name for what Ed25519 and Ed448 name better (RFC 9864 2.2). */
static int mean_the_same(const char *a, const char *b)
{
    return strcmp(a, b) == 0 ||
           (strncmp(a, "Ed", 2) == 0 && strncmp(b, "Ed", 2) == 0 &&
            (strcmp(a, "EdDSA") == 0 || strcmp(b, "EdDSA") == 0));
}

/* A4, A5: Each key type x key alg x token alg */
static void key_and_token_agree(void **state)
{
    ajwt_policy policy = any_alg(*state);
    size_t m, k, t;

    for (m = 0; m < SUPPORT_COUNT(materials); m++) {
        for (k = 0; k < ALGS; k++) {
            const ajwt_keyset *keys =
                one_key(&materials[m], alg_names[k], *state);

            support_expect(apr_psprintf(*state, "%s for %s", materials[m].name,
                                        alg_names[k]),
                           (keys != NULL) ==
                               names(materials[m].algs, alg_names[k]));
            for (t = 0; keys && t < ALGS; t++)
                support_expect_reason(
                    apr_psprintf(*state, "%s for %s, token %s",
                                 materials[m].name, alg_names[k], alg_names[t]),
                    verify(token_by(&materials[m], alg_names[t], *state),
                           &policy, keys, *state),
                    names(materials[m].algs, alg_names[t]) &&
                            mean_the_same(alg_names[k], alg_names[t])
                        ? AJWT_ACCEPTED
                        : AJWT_KEY_UNSUITABLE);
        }
    }
}

/* Each allowed alg x token alg, where the key could do all of its type */
static void policy_and_token_agree(void **state)
{
    ajwt_policy policy = support_policy(*state);
    size_t m, p, t;

    for (m = 0; m < SUPPORT_COUNT(materials); m++) {
        const ajwt_keyset *keys = one_key(&materials[m], NULL, *state);

        for (t = 0; t < ALGS; t++) {
            const char *token;

            if (!names(materials[m].algs, alg_names[t]))
                continue;
            token = token_by(&materials[m], alg_names[t], *state);
            for (p = 0; p < ALGS; p++) {
                int same = mean_the_same(alg_names[p], alg_names[t]);

                /* EdDSA by a key of the curve that is not allowed */
                int other_curve =
                    same && !names(materials[m].algs, alg_names[p]);

                policy.algs = meaning_of(alg_names[p]);
                support_expect_reason(
                    apr_psprintf(*state, "%s allowed, %s by %s", alg_names[p],
                                 alg_names[t], materials[m].name),
                    verify(token, &policy, keys, *state),
                    other_curve ? AJWT_KEY_UNSUITABLE
                    : same      ? AJWT_ACCEPTED
                                : AJWT_ALGORITHM_REFUSED);
            }
        }
    }
}

/* --- which one comes first --- */

#define RS256 "{\"alg\":\"RS256\",\"kid\":\"RSA\"}"

static const char *token_of(const char *header, const char *payload,
                            apr_pool_t *pool)
{
    return support_token(header, payload, "RS256", NULL, pool);
}

static void judges_in_order(void **state)
{
    ajwt_policy policy = support_policy(*state), narrow = policy;
    const ajwt_keyset *keys =
        support_parse_keys(support_jwks(*state, "RSA", NULL), *state);
    const char *good = token_of(RS256, good_payload(*state), *state);
    const char *empty = token_of(RS256, "{}", *state);
    const char *typed = token_of(
        "{\"alg\":\"RS256\",\"typ\":\"x\",\"kid\":\"y\"}", "{}", *state);

    support_expect_reason("all well", verify(good, &policy, keys, *state),
                          AJWT_ACCEPTED);
    narrow.algs = AJWT_ALG_ES256;
    support_expect_reason("alg before typ",
                          verify(typed, &narrow, keys, *state),
                          AJWT_ALGORITHM_REFUSED);
    support_expect_reason("typ before key",
                          verify(typed, &policy, keys, *state),
                          AJWT_TYPE_REFUSED);
    support_expect_reason(
        "key before signature",
        verify(token_of("{\"alg\":\"RS256\",\"kid\":\"x\"}", "{}", *state),
               &policy, keys, *state),
        AJWT_KEY_UNKNOWN);
    support_expect_reason(
        "signature before claims",
        verify(support_token(RS256, "{}", "RS256",
                             support_key_named("RSA-other"), *state),
               &policy, keys, *state),
        AJWT_SIGNATURE_INVALID);
    support_expect_reason("claims", verify(empty, &policy, keys, *state),
                          AJWT_ISSUER_MISSING);
}

/* Without keys, what needs none is checked, and nothing is accepted. */
static void judges_without_keys(void **state)
{
    ajwt_policy policy = support_policy(*state), narrow = policy;
    const char *good = token_of(RS256, good_payload(*state), *state);

    support_expect_reason("good", verify(good, &policy, NULL, *state),
                          AJWT_KEYS_UNAVAILABLE);
    narrow.algs = AJWT_ALG_ES256;
    support_expect_reason("alg", verify(good, &narrow, NULL, *state),
                          AJWT_ALGORITHM_REFUSED);
    narrow = policy;
    narrow.types = support_words(*state, "at+jwt", NULL);
    support_expect_reason("typ", verify(good, &narrow, NULL, *state),
                          AJWT_TYPE_REFUSED);
}

static void tries_each_candidate(void **state)
{
    ajwt_policy policy = support_policy(*state);
    const ajwt_keyset *keys = support_parse_keys(
        support_jwks(*state, "RSA-other", "P-256", "RSA", NULL), *state);
    const char *header = "{\"alg\":\"RS256\"}";

    support_expect_reason("the second one",
                          verify(token_of(header, good_payload(*state), *state),
                                 &policy, keys, *state),
                          AJWT_ACCEPTED);
    support_expect_reason(
        "the first one",
        verify(support_token(header, good_payload(*state), "RS256",
                             support_key_named("RSA-other"), *state),
               &policy, keys, *state),
        AJWT_ACCEPTED);
    support_expect_reason(
        "none of them",
        verify(support_token(header, good_payload(*state), "RS256",
                             support_key_named("RSA-3072"), *state),
               &policy, keys, *state),
        AJWT_SIGNATURE_INVALID);
}

/* What was signed is the text, not what it means (RFC 7515 5.2 step 8). */
static void signs_the_text(void **state)
{
    ajwt_policy policy = support_policy(*state);
    const ajwt_keyset *keys =
        support_parse_keys(support_jwks(*state, "RSA", NULL), *state);
    const char *spaced = " {\n \"kid\" : \"RSA\" ,\"alg\": \"RS256\"\r\n} ";
    const char *good = token_of(RS256, good_payload(*state), *state);
    const char *respelled = apr_pstrcat(
        *state, support_signing_input(spaced, good_payload(*state), *state),
        strrchr(good, '.'), NULL);

    support_expect_reason("white space",
                          verify(token_of(spaced, good_payload(*state), *state),
                                 &policy, keys, *state),
                          AJWT_ACCEPTED);
    support_expect_reason("white space that was not signed",
                          verify(respelled, &policy, keys, *state),
                          AJWT_SIGNATURE_INVALID);
}

/* Who ignores what ajwt_token_parse said gets nothing for it. */
static void refuses_half_a_token(void **state)
{
    ajwt_policy policy = support_policy(*state);
    const ajwt_keyset *keys =
        support_parse_keys(support_jwks(*state, "RSA", NULL), *state);
    ajwt_token token = support_parse_token(
        token_of(RS256, good_payload(*state), *state), *state);
    ajwt_token half = token, nothing;

    half.alg = NULL;
    support_expect_reason("no alg",
                          ajwt_verify(&half, &policy, keys, NULL, SUPPORT_NOW),
                          AJWT_INTERNAL);
    half = token;
    half.claims = NULL;
    support_expect_reason("no claims",
                          ajwt_verify(&half, &policy, keys, NULL, SUPPORT_NOW),
                          AJWT_INTERNAL);
    support_expect("is no token", ajwt_token_parse(&nothing, SUPPORT_BYTES("x"),
                                                   *state) != AJWT_ACCEPTED);
    support_expect_reason(
        "nothing", ajwt_verify(&nothing, &policy, keys, NULL, SUPPORT_NOW),
        AJWT_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(verifies_the_rfcs_signatures),
        SUPPORT_TEST(verifies_the_rfcs_tokens),
        SUPPORT_TEST(type_and_token_agree),
        SUPPORT_TEST(key_and_token_agree),
        SUPPORT_TEST(policy_and_token_agree),
        SUPPORT_TEST(judges_in_order),
        SUPPORT_TEST(judges_without_keys),
        SUPPORT_TEST(tries_each_candidate),
        SUPPORT_TEST(signs_the_text),
        SUPPORT_TEST(refuses_half_a_token),
    };

    return SUPPORT_RUN(tests);
}
