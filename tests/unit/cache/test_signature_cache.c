/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "cache/signature_cache.h"
#include "core/verify.h"

#define ENTRIES 64
#define NEVER   UINT32_MAX

static ajwt_lookup_counters lookups;

static const ajwt_signature_cache *make(apr_pool_t *pool)
{
    return ajwt_signature_cache_open(
        apr_pcalloc(pool, ajwt_signature_cache_size(ENTRIES)), ENTRIES,
        &lookups, pool);
}

static ajwt_signature_lookup make_lookup(const ajwt_signature_cache *cache)
{
    ajwt_signature_lookup lookup;

    ajwt_signature_lookup_make(&lookup, cache, (ajwt_mac){{1, 2}}, 3, 4);
    return lookup;
}

static int has(const ajwt_signature_lookup *lookup, apr_uint32_t key_index,
               apr_time_t now)
{
    return lookup->known.has(&lookup->known, key_index, now);
}

static void add(const ajwt_signature_lookup *lookup, apr_uint32_t key_index,
                apr_time_t now, apr_uint32_t until_s)
{
    lookup->known.add(&lookup->known, key_index, now, until_s);
}

/* G5: what was proven by one key is not believed of another. */
static void is_of_one_key_alone(void **state)
{
    const ajwt_signature_lookup lookup = make_lookup(make(*state));
    ajwt_signature_lookup other = lookup;

    add(&lookup, 5, SUPPORT_NOW, NEVER);
    support_expect("it", has(&lookup, 5, SUPPORT_NOW));
    support_expect("index", !has(&lookup, 6, SUPPORT_NOW));
    other.token.word[1]++;
    support_expect("token", !has(&other, 5, SUPPORT_NOW));
    other = lookup;
    other.source++;
    support_expect("source", !has(&other, 5, SUPPORT_NOW));
    other = lookup;
    other.generation++;
    support_expect("generation", !has(&other, 5, SUPPORT_NOW));
    other.generation = lookup.source;
    other.source = lookup.generation;
    support_expect("swapped", !has(&other, 5, SUPPORT_NOW));
}

/* A source whose index does not fit is not cached. */
static void is_of_no_source_beyond_its_bits(void **state)
{
    ajwt_signature_lookup lookup = make_lookup(make(*state));

    lookup.source = (1 << 22) - 1;
    add(&lookup, 0, SUPPORT_NOW, NEVER);
    support_expect("the last", has(&lookup, 0, SUPPORT_NOW));
    lookup.source++;
    add(&lookup, 0, SUPPORT_NOW, NEVER);
    support_expect("one more", !has(&lookup, 0, SUPPORT_NOW));
}

static void is_counted(void **state)
{
    const ajwt_signature_lookup lookup = make_lookup(make(*state));

    lookups = (ajwt_lookup_counters){0};
    (void)has(&lookup, 0, SUPPORT_NOW);
    add(&lookup, 0, SUPPORT_NOW, NEVER);
    (void)has(&lookup, 0, SUPPORT_NOW);
    (void)has(&lookup, 0, SUPPORT_NOW);
    support_expect("hits", lookups.hits == 2);
    support_expect("misses", lookups.misses == 1);
}

/* Two processes that share the memory know the same. */
static void is_shared(void **state)
{
    void *memory = apr_pcalloc(*state, ajwt_signature_cache_size(ENTRIES));
    ajwt_signature_lookup one, other;

    one = make_lookup(
        ajwt_signature_cache_open(memory, ENTRIES, &lookups, *state));
    other = make_lookup(
        ajwt_signature_cache_open(memory, ENTRIES, &lookups, *state));
    add(&one, 0, SUPPORT_NOW, NEVER);
    support_expect("known", has(&other, 0, SUPPORT_NOW));
}

/* --- core/verify with a proof: what is believed, and what is checked --- */

/* A token, one with its bytes changed, and what checks both */
typedef struct test_scene {
    ajwt_token token, forged;
    const ajwt_keyset *keys;
    ajwt_policy policy;
    ajwt_signature_lookup lookup;
    apr_time_t now;
} test_scene;

/* The signature of the other: whoever verifies it says no. */
static ajwt_token forge(ajwt_token token, apr_pool_t *pool)
{
    unsigned char *bytes =
        apr_pmemdup(pool, token.signature.data, token.signature.len);

    bytes[0] ^= 1;
    token.signature.data = bytes;
    return token;
}

static test_scene set(const char *alg, apr_pool_t *pool)
{
    const support_key *key = support_key_for(alg);
    const char *header =
        apr_psprintf(pool, "{\"typ\":\"JWT\",\"alg\":\"%s\",\"kid\":\"%s\"}",
                     alg, key->name);
    test_scene made = {.now = SUPPORT_NOW};

    made.token = support_parse_token(
        support_token(header, support_print(support_claims(pool), pool), alg,
                      key, pool),
        pool);
    made.forged = forge(made.token, pool);
    made.keys = support_parse_keys(support_jwks(pool, key->name, NULL), pool);
    made.policy = support_policy(pool);
    made.policy.algs |= AJWT_ALGS_HMAC;
    made.lookup = make_lookup(make(pool));
    return made;
}

static void expect(const char *what, const test_scene *scene,
                   const ajwt_token *token, ajwt_reason wanted)
{
    support_expect_reason(what,
                          ajwt_verify(token, &scene->policy, scene->keys,
                                      &scene->lookup.known, scene->now),
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
        test_scene scene = set(algs[i], *state);

        expect(algs[i], &scene, &scene.forged, AJWT_SIGNATURE_INVALID);
        expect(algs[i], &scene, &scene.forged, AJWT_SIGNATURE_INVALID);
        expect(algs[i], &scene, &scene.token, AJWT_ACCEPTED);
        expect(algs[i], &scene, &scene.forged, AJWT_ACCEPTED);
    }
}

/* G5: a key that is gone, or that came with another set, proves nothing. */
static void dies_with_its_keys(void **state)
{
    test_scene scene = set("ES256", *state);

    expect("first", &scene, &scene.token, AJWT_ACCEPTED);
    scene.lookup.generation++;
    expect("another generation", &scene, &scene.forged, AJWT_SIGNATURE_INVALID);
    scene.lookup.generation--;
    scene.keys =
        support_parse_keys(support_jwks(*state, "P-256-other", NULL), *state);
    expect("withdrawn", &scene, &scene.forged, AJWT_KEY_UNKNOWN);
    scene.keys = NULL;
    expect("no keys", &scene, &scene.forged, AJWT_KEYS_UNAVAILABLE);
}

/* G5: times and policy are checked each time. */
static void says_nothing_of_the_rest(void **state)
{
    test_scene scene = set("ES256", *state), at_first = scene;

    expect("first", &scene, &scene.token, AJWT_ACCEPTED);
    scene.now += apr_time_from_sec(86400);
    expect("later", &scene, &scene.token, AJWT_EXPIRED);
    scene = at_first;
    scene.policy.audiences = support_words(*state, "another", NULL);
    expect("audience", &scene, &scene.token, AJWT_AUDIENCE_REFUSED);
    scene = at_first;
    scene.policy.issuer = "https://another.example";
    expect("issuer", &scene, &scene.token, AJWT_ISSUER_UNKNOWN);
    scene = at_first;
    scene.policy.algs = AJWT_ALG_RS256;
    expect("algorithm", &scene, &scene.token, AJWT_ALGORITHM_REFUSED);
    scene = at_first;
    scene.policy.types = support_words(*state, "at+jwt", NULL);
    expect("type", &scene, &scene.token, AJWT_TYPE_REFUSED);
}

/* Only what was accepted is remembered. */
static void is_not_of_what_was_refused(void **state)
{
    test_scene scene = set("ES256", *state);

    scene.now += apr_time_from_sec(86400);
    expect("expired", &scene, &scene.token, AJWT_EXPIRED);
    scene.now = SUPPORT_NOW;
    expect("in time", &scene, &scene.forged, AJWT_SIGNATURE_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(is_of_one_key_alone),
        SUPPORT_TEST(is_of_no_source_beyond_its_bits),
        SUPPORT_TEST(is_counted),
        SUPPORT_TEST(is_shared),
        SUPPORT_TEST(a_good_signature_is_verified_once),
        SUPPORT_TEST(dies_with_its_keys),
        SUPPORT_TEST(says_nothing_of_the_rest),
        SUPPORT_TEST(is_not_of_what_was_refused),
    };

    return SUPPORT_RUN(tests);
}
