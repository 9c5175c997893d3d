/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "cache/signature_cache.h"
#include "core/verify.h"

#define ENTRIES 64
#define NEVER   UINT32_MAX

static ajwt_hits hits;

static const ajwt_proofs *make(apr_pool_t *pool)
{
    const ajwt_fingerprinter *by;

    support_expect_reason("make", ajwt_fingerprinter_make(&by, pool),
                          AJWT_ACCEPTED);
    return ajwt_proofs_open(apr_pcalloc(pool, ajwt_proofs_size(ENTRIES)),
                            ENTRIES, by, &hits, pool);
}

/* G5: what was proven by one key is not believed of another. */
static void is_of_one_key_alone(void **state)
{
    const ajwt_proof proof = {make(*state), {{1, 2}}, 3, 4};
    ajwt_proof other = proof;

    ajwt_proof_remember(&proof, 5, SUPPORT_NOW, NEVER);
    support_expect("it", ajwt_proof_is_known(&proof, 5, SUPPORT_NOW));
    support_expect("index", !ajwt_proof_is_known(&proof, 6, SUPPORT_NOW));
    other.token.word[1]++;
    support_expect("token", !ajwt_proof_is_known(&other, 5, SUPPORT_NOW));
    other = proof;
    other.source++;
    support_expect("source", !ajwt_proof_is_known(&other, 5, SUPPORT_NOW));
    other = proof;
    other.generation++;
    support_expect("generation", !ajwt_proof_is_known(&other, 5, SUPPORT_NOW));
    other.generation = proof.source;
    other.source = proof.generation;
    support_expect("swapped", !ajwt_proof_is_known(&other, 5, SUPPORT_NOW));
}

static void is_counted(void **state)
{
    const ajwt_proof proof = {make(*state), {{1, 2}}, 3, 4};

    hits = (ajwt_hits){0};
    (void)ajwt_proof_is_known(&proof, 0, SUPPORT_NOW);
    ajwt_proof_remember(&proof, 0, SUPPORT_NOW, NEVER);
    (void)ajwt_proof_is_known(&proof, 0, SUPPORT_NOW);
    (void)ajwt_proof_is_known(&proof, 0, SUPPORT_NOW);
    support_expect("hits", hits.hits == 2);
    support_expect("misses", hits.misses == 1);
}

/* Two processes that share the memory know the same. */
static void is_shared(void **state)
{
    void *memory = apr_pcalloc(*state, ajwt_proofs_size(ENTRIES));
    const ajwt_fingerprinter *by;
    ajwt_proof one = {NULL, {{1, 2}}, 3, 4}, other = one;

    support_expect_reason("make", ajwt_fingerprinter_make(&by, *state),
                          AJWT_ACCEPTED);
    one.among = ajwt_proofs_open(memory, ENTRIES, by, &hits, *state);
    other.among = ajwt_proofs_open(memory, ENTRIES, by, &hits, *state);
    ajwt_proof_remember(&one, 0, SUPPORT_NOW, NEVER);
    support_expect("known", ajwt_proof_is_known(&other, 0, SUPPORT_NOW));
}

/* --- core/verify with a proof: what is believed, and what is judged --- */

/* A token, one with its octets changed, and what judges both */
typedef struct scene {
    ajwt_token token, forged;
    const ajwt_keyset *keys;
    ajwt_policy policy;
    ajwt_proof proof;
    apr_time_t now;
} scene;

/* The signature of the other: whoever verifies it says no. */
static ajwt_token forge(ajwt_token token, apr_pool_t *pool)
{
    unsigned char *octets =
        apr_pmemdup(pool, token.signature.data, token.signature.len);

    octets[0] ^= 1;
    token.signature.data = octets;
    return token;
}

static scene set(const char *alg, apr_pool_t *pool)
{
    const support_key *key = support_key_for(alg);
    const char *header =
        apr_psprintf(pool, "{\"typ\":\"JWT\",\"alg\":\"%s\",\"kid\":\"%s\"}",
                     alg, key->name);
    scene made = {.now = SUPPORT_NOW};

    made.token = support_parse_token(
        support_token(header, support_print(support_claims(pool), pool), alg,
                      key, pool),
        pool);
    made.forged = forge(made.token, pool);
    made.keys = support_parse_keys(support_jwks(pool, key->name, NULL), pool);
    made.policy = support_policy(pool);
    made.policy.algs |= AJWT_ALGS_HMAC;
    made.proof.among = make(pool);
    return made;
}

static void expect(const char *what, const scene *in, const ajwt_token *token,
                   ajwt_reason wanted)
{
    support_expect_reason(
        what, ajwt_verify(token, &in->policy, in->keys, &in->proof, in->now),
        wanted);
}

/* That the forged one passes shows that nothing is verified twice; for its
 * fingerprint is said to be that of the other. */
static void a_good_signature_is_verified_once(void **state)
{
    static const char *const algs[] = {"RS256", "PS256", "ES256", "EdDSA",
                                       "HS256"};
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(algs); i++) {
        scene in = set(algs[i], *state);

        expect(algs[i], &in, &in.forged, AJWT_SIGNATURE_INVALID);
        expect(algs[i], &in, &in.forged, AJWT_SIGNATURE_INVALID);
        expect(algs[i], &in, &in.token, AJWT_ACCEPTED);
        expect(algs[i], &in, &in.forged, AJWT_ACCEPTED);
    }
}

/* G5: a key that is gone, or that came with another set, proves nothing. */
static void dies_with_its_keys(void **state)
{
    scene in = set("ES256", *state);

    expect("first", &in, &in.token, AJWT_ACCEPTED);
    in.proof.generation++;
    expect("another generation", &in, &in.forged, AJWT_SIGNATURE_INVALID);
    in.proof.generation--;
    in.keys =
        support_parse_keys(support_jwks(*state, "P-256-other", NULL), *state);
    expect("withdrawn", &in, &in.forged, AJWT_KEY_UNKNOWN);
    in.keys = NULL;
    expect("no keys", &in, &in.forged, AJWT_KEYS_UNAVAILABLE);
}

/* G5: times and policy are judged each time. */
static void says_nothing_of_the_rest(void **state)
{
    scene in = set("ES256", *state), at_first = in;

    expect("first", &in, &in.token, AJWT_ACCEPTED);
    in.now += apr_time_from_sec(86400);
    expect("later", &in, &in.token, AJWT_EXPIRED);
    in = at_first;
    in.policy.audiences = support_words(*state, "another", NULL);
    expect("audience", &in, &in.token, AJWT_AUDIENCE_REFUSED);
    in = at_first;
    in.policy.issuer = "https://another.example";
    expect("issuer", &in, &in.token, AJWT_ISSUER_UNKNOWN);
    in = at_first;
    in.policy.algs = AJWT_ALG_RS256;
    expect("algorithm", &in, &in.token, AJWT_ALGORITHM_REFUSED);
    in = at_first;
    in.policy.types = support_words(*state, "at+jwt", NULL);
    expect("type", &in, &in.token, AJWT_TYPE_REFUSED);
}

/* Only what was accepted is remembered. */
static void is_not_of_what_was_refused(void **state)
{
    scene in = set("ES256", *state);

    in.now += apr_time_from_sec(86400);
    expect("expired", &in, &in.token, AJWT_EXPIRED);
    in.now = SUPPORT_NOW;
    expect("in time", &in, &in.forged, AJWT_SIGNATURE_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(is_of_one_key_alone),
        SUPPORT_TEST(is_counted),
        SUPPORT_TEST(is_shared),
        SUPPORT_TEST(a_good_signature_is_verified_once),
        SUPPORT_TEST(dies_with_its_keys),
        SUPPORT_TEST(says_nothing_of_the_rest),
        SUPPORT_TEST(is_not_of_what_was_refused),
    };

    return SUPPORT_RUN(tests);
}
