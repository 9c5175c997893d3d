#include "support.h"

#include <openssl/err.h>

#include "core/base64url.h"
#include "core/json.h"

/* --- a set from members: KID names a key of the test, and its kid --- */

/** Adds a key to a JWK Set under this kid, NULL: none; for more changes. */
static json_t *add(json_t *jwks, const char *name, const char *kid,
                   apr_pool_t *pool)
{
    json_t *jwk = support_jwk(name, pool);

    if (kid)
        json_object_set_new(jwk, "kid", json_string(kid));
    json_array_append(json_object_get(jwks, "keys"), jwk);
    return jwk;
}

static json_t *make_jwks(apr_pool_t *pool)
{
    return support_own(json_pack("{s:[]}", "keys"), pool);
}

static ajwt_reason parse(const ajwt_keyset **keyset, const char *text,
                         ajwt_origin origin, apr_pool_t *pool)
{
    return ajwt_keyset_parse(keyset, ajwt_bytes_from_string(text), origin,
                             pool);
}

static const ajwt_keyset *parse_jwks(const json_t *jwks, apr_pool_t *pool)
{
    return support_parse_keys(support_print(jwks, pool), pool);
}

static void expect_note(const ajwt_keyset *keyset, int number, int index,
                        const char *kid, ajwt_reason reason)
{
    const ajwt_key_note *note;

    support_expect("there is a note", number < keyset->notes->nelts);
    if (number >= keyset->notes->nelts)
        return;
    note = &APR_ARRAY_IDX(keyset->notes, number, ajwt_key_note);
    support_expect("index", note->index == index);
    support_expect("kid", kid ? ajwt_bytes_equal_string(note->kid, kid)
                              : !note->kid.data);
    support_expect_reason("note", note->reason, reason);
}

/* --- reading one --- */

typedef struct document_case {
    const char *what;
    const char *text;
    ajwt_reason reason;
} document_case;

static const document_case documents[] = {
    {"nothing", "", AJWT_KEYSET_INVALID},
    {"a page", "<html><body>keys</body></html>", AJWT_KEYSET_INVALID},
    {"an array", "[]", AJWT_KEYSET_INVALID},
    {"a single JWK", "{\"kty\":\"RSA\"}", AJWT_KEYSET_INVALID},
    {"keys an object", "{\"keys\":{}}", AJWT_KEYSET_INVALID},
    {"keys null", "{\"keys\":null}", AJWT_KEYSET_INVALID},
    {"unfinished", "{\"keys\":[]", AJWT_KEYSET_INVALID},
    {"something after it", "{\"keys\":[]}x", AJWT_KEYSET_INVALID},
    {"byte order mark", "\xef\xbb\xbf{\"keys\":[]}", AJWT_KEYSET_INVALID},
    {"invalid UTF-8", "{\"keys\":[],\"x\":\"\xff\"}", AJWT_KEYSET_INVALID},
    {"duplicate", "{\"keys\":[],\"keys\":[]}", AJWT_DUPLICATE_MEMBER},
    {"duplicate in a key", "{\"keys\":[{\"kid\":\"a\",\"kid\":\"b\"}]}",
     AJWT_DUPLICATE_MEMBER},
    {"G4 empty set", "{\"keys\":[]}", AJWT_KEYSET_UNUSABLE},
    {"no key in it", "{\"keys\":[null,1,\"x\",[],{}]}", AJWT_KEYSET_UNUSABLE},
    {"B6 only unknown keys", "{\"keys\":[{\"kty\":\"AKP\"}]}",
     AJWT_KEYSET_UNUSABLE},
};

static void judges_documents(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(documents); i++) {
        const document_case *c = &documents[i];
        const ajwt_keyset *keyset;

        support_expect_reason(
            c->what, parse(&keyset, c->text, AJWT_FETCHED, *state), c->reason);
        support_expect_reason(
            c->what, parse(&keyset, c->text, AJWT_LOCAL, *state), c->reason);
        support_expect(c->what,
                       (keyset != NULL) == (c->reason == AJWT_KEYSET_UNUSABLE));
    }
}

static void reads_a_set(void **state)
{
    const ajwt_keyset *keyset = support_parse_keys(
        apr_pstrcat(*state, " \r\n\t",
                    support_jwks(*state, "RSA", "P-256", "Ed25519", NULL), "\n",
                    NULL),
        *state);

    assert_int_equal(keyset->keys->nelts, 3);
    assert_int_equal(keyset->notes->nelts, 0);
    assert_int_equal(keyset->unnamed->nelts, 0);
    assert_int_equal(apr_hash_count(keyset->by_kid), 3);
}

static void expect_look(const ajwt_keyset *keyset, int index, const char *kty,
                        const char *crv, int bits)
{
    const ajwt_key_note *note =
        &APR_ARRAY_IDX(keyset->notes, index, ajwt_key_note);
    const char *what = apr_itoa(keyset->notes->pool, index);

    support_expect_text(what, note->kty, kty);
    support_expect_text(what, note->crv, crv);
    support_expect(what, note->bits == bits);
}

/* B6: what is not understood is left out, and the others serve. */
static void leaves_out_what_it_does_not_know(void **state)
{
    json_t *jwks = make_jwks(*state), *keys = json_object_get(jwks, "keys");
    const ajwt_keyset *keyset;
    int i;

    add(jwks, "RSA", "good", *state);
    json_object_set_new(add(jwks, "RSA-other", "enc", *state), "use",
                        json_string("enc"));
    json_array_append(
        keys, support_json("{\"kty\":\"AKP\",\"kid\":\"new\"}", *state));
    json_array_append(keys, support_rsa_jwk(1024, "010001", *state));
    json_array_append_new(keys, json_null());
    json_object_set_new(add(jwks, "P-256", "private", *state), "d",
                        json_string("x"));
    add(jwks, "oct", "secret", *state);
    json_object_del(add(jwks, "P-384", "half", *state), "y");
    assert_int_equal(
        parse(&keyset, support_print(jwks, *state), AJWT_FETCHED, *state),
        AJWT_ACCEPTED);
    assert_int_equal(keyset->keys->nelts, 2);
    assert_int_equal(keyset->notes->nelts, 7);
    expect_note(keyset, 0, 1, "enc", AJWT_KEY_PURPOSE);
    expect_note(keyset, 1, 2, "new", AJWT_KEY_TYPE_UNKNOWN);
    expect_note(keyset, 2, 3, NULL, AJWT_KEY_SIZE);
    expect_note(keyset, 3, 4, NULL, AJWT_KEY_MALFORMED);
    expect_note(keyset, 4, 5, "private", AJWT_KEY_PRIVATE);
    expect_note(keyset, 5, 6, "secret", AJWT_KEY_SYMMETRIC);
    expect_note(keyset, 6, 7, "half", AJWT_KEY_MALFORMED);
    for (i = 0; i < keyset->notes->nelts; i++)
        support_expect("of a key that serves",
                       APR_ARRAY_IDX(keyset->notes, i, ajwt_key_note).is_used ==
                           (i == 4));
    expect_look(keyset, 0, "RSA", NULL, 2048);
    expect_look(keyset, 1, NULL, NULL, 0);
    expect_look(keyset, 2, "RSA", NULL, 1024);
    expect_look(keyset, 3, NULL, NULL, 0);
    expect_look(keyset, 4, "EC", "P-256", 256);
    expect_look(keyset, 5, "oct", NULL, 0);
    expect_look(keyset, 6, "EC", NULL, 0);
}

static void keeps_the_notes_of_an_unusable_set(void **state)
{
    json_t *jwks = make_jwks(*state);
    const ajwt_keyset *keyset;

    add(jwks, "oct", "secret", *state);
    add(jwks, "X25519", "exchange", *state);
    assert_int_equal(
        parse(&keyset, support_print(jwks, *state), AJWT_FETCHED, *state),
        AJWT_KEYSET_UNUSABLE);
    assert_non_null(keyset);
    assert_int_equal(keyset->keys->nelts, 0);
    expect_note(keyset, 0, 0, "secret", AJWT_KEY_SYMMETRIC);
    expect_note(keyset, 1, 1, "exchange", AJWT_KEY_TYPE_UNKNOWN);
}

static ajwt_reason parse_many(int count, apr_pool_t *pool)
{
    json_t *jwks = make_jwks(pool), *jwk = support_jwk("Ed25519", pool);
    const ajwt_keyset *keyset;
    int i;

    for (i = 0; i < count; i++) {
        json_object_set_new(jwk, "kid", json_string(apr_itoa(pool, i)));
        json_array_append_new(json_object_get(jwks, "keys"), json_copy(jwk));
    }
    return parse(&keyset, support_print(jwks, pool), AJWT_FETCHED, pool);
}

/* D4 */
static void bounds_keys(void **state)
{
    support_expect_reason("1000", parse_many(1000, *state), AJWT_ACCEPTED);
    support_expect_reason("1001", parse_many(1001, *state), AJWT_OVER_LIMIT);
}

/* D4 */
static void bounds_the_document(void **state)
{
    const char *jwks = support_jwks(*state, "P-256", NULL);
    int room = 512 * 1024 - (int)strlen(jwks);
    const ajwt_keyset *keyset;

    support_expect_reason(
        "512 KiB",
        parse(
            &keyset,
            apr_pstrcat(*state, jwks, support_repeat(" ", room, *state), NULL),
            AJWT_FETCHED, *state),
        AJWT_ACCEPTED);
    support_expect_reason(
        "one more",
        parse(&keyset,
              apr_pstrcat(*state, jwks, support_repeat(" ", room + 1, *state),
                          NULL),
              AJWT_FETCHED, *state),
        AJWT_OVER_LIMIT);
    support_expect_reason(
        "D4 deep",
        parse(&keyset,
              apr_pstrcat(*state, "{\"keys\":", support_repeat("[", 32, *state),
                          NULL),
              AJWT_FETCHED, *state),
        AJWT_OVER_LIMIT);
}

/* --- PEM --- */

typedef struct pem_case {
    const char *what;
    const char *text; /* an upper-case name in braces stands for PEM of RSA */
    ajwt_reason reason;
    int keys, notes;
} pem_case;

static const pem_case pems[] = {
    {"public", "{RSA}", AJWT_ACCEPTED, 1, 0},
    {"public EC", "{P-256}", AJWT_ACCEPTED, 1, 0},
    {"public Ed25519", "{Ed25519}", AJWT_ACCEPTED, 1, 0},
    {"certificate", "{certificate}", AJWT_ACCEPTED, 1, 0},
    {"several", "{RSA}{certificate}{P-256}{Ed25519}", AJWT_ACCEPTED, 4, 0},
    {"words around", "key of today\n{RSA}\nkey of tomorrow\n{P-256}end\n",
     AJWT_ACCEPTED, 2, 0},
    {"private beside public", "{private}{RSA}", AJWT_ACCEPTED, 1, 1},
    {"private alone", "{private}", AJWT_KEYSET_UNUSABLE, 0, 1},
    {"X25519", "{X25519}", AJWT_KEYSET_UNUSABLE, 0, 1},
    {"X25519 beside another", "{X25519}{RSA}", AJWT_ACCEPTED, 1, 1},
    {"a block that is no key",
     "-----BEGIN PARAMETERS-----\nAAAA\n-----END PARAMETERS-----\n{RSA}",
     AJWT_ACCEPTED, 1, 1},
    {"a certificate that is none",
     "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
     AJWT_KEYSET_UNUSABLE, 0, 1},
    {"a public key that is none",
     "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n{RSA}",
     AJWT_ACCEPTED, 1, 1},
    {"garbage", "not a key\n", AJWT_KEYSET_INVALID, 0, 0},
    {"beginning without end", "-----BEGIN PUBLIC KEY-----\nAAAA\n",
     AJWT_KEYSET_INVALID, 0, 0},
    {"broken base64",
     "-----BEGIN PUBLIC KEY-----\n!!!!\n-----END PUBLIC KEY-----\n",
     AJWT_KEYSET_INVALID, 0, 0},
    {"good, then broken",
     "{RSA}-----BEGIN PUBLIC KEY-----\n!!!!\n-----END PUBLIC KEY-----\n",
     AJWT_KEYSET_INVALID, 0, 0},
};

static const char *write_pem(const char *text, apr_pool_t *pool)
{
    const char *written = "", *close, *name;

    for (; *text; text++) {
        if (*text != '{') {
            written = apr_psprintf(pool, "%s%c", written, *text);
            continue;
        }
        close = strchr(text, '}');
        name = apr_pstrmemdup(pool, text + 1, (apr_size_t)(close - text - 1));
        if (strcmp(name, "private") == 0)
            name = support_private_pem("RSA", pool);
        else if (strcmp(name, "certificate") == 0)
            name = support_certificate_pem("RSA-other", pool);
        else
            name = support_public_pem(name, pool);
        written = apr_pstrcat(pool, written, name, NULL);
        text = close;
    }
    return written;
}

static void reads_pem(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(pems); i++) {
        const pem_case *c = &pems[i];
        const char *text = write_pem(c->text, *state);
        const ajwt_keyset *keyset;

        support_expect_reason(c->what, parse(&keyset, text, AJWT_LOCAL, *state),
                              c->reason);
        if (keyset) {
            support_expect(c->what, keyset->keys->nelts == c->keys);
            support_expect(c->what, keyset->notes->nelts == c->notes);
        }
        support_expect_reason("fetched",
                              parse(&keyset, text, AJWT_FETCHED, *state),
                              AJWT_KEYSET_INVALID);
        support_expect("no error is left", ERR_peek_error() == 0);
    }
}

static void says_what_is_private(void **state)
{
    const ajwt_keyset *keyset;

    assert_int_equal(parse(&keyset, support_private_pem("P-256", *state),
                           AJWT_LOCAL, *state),
                     AJWT_KEYSET_UNUSABLE);
    expect_note(keyset, 0, 0, NULL, AJWT_KEY_PRIVATE);
}

static void bounds_pem(void **state)
{
    const char *pem = support_public_pem("Ed25519", *state);
    const ajwt_keyset *keyset;

    support_expect_reason(
        "1000",
        parse(&keyset, support_repeat(pem, 1000, *state), AJWT_LOCAL, *state),
        AJWT_ACCEPTED);
    support_expect_reason(
        "1001",
        parse(&keyset, support_repeat(pem, 1001, *state), AJWT_LOCAL, *state),
        AJWT_OVER_LIMIT);
}

static void takes_a_secret(void **state)
{
    const ajwt_keyset *keyset;

    support_expect_reason(
        "32",
        ajwt_keyset_from_secret(&keyset, support_key_named("oct-32")->secret,
                                *state),
        AJWT_ACCEPTED);
    support_expect("one key", keyset && keyset->keys->nelts == 1 &&
                                  keyset->unnamed->nelts == 1);
    support_expect_reason(
        "A3 short",
        ajwt_keyset_from_secret(&keyset, SUPPORT_BYTES("too short"), *state),
        AJWT_KEY_SIZE);
    support_expect("nothing", keyset == NULL);
}

/* --- finding one --- */

/* The kids of what is found, joined; kty where they have none */
static const char *find_for(const ajwt_keyset *keyset, const char *header,
                            const char *payload, ajwt_alg_set algs,
                            apr_pool_t *pool)
{
    const char *compact = apr_pstrcat(
        pool, support_signing_input(header, payload, pool), ".AA", NULL);
    ajwt_token token = support_parse_token(compact, pool);
    ajwt_candidates candidates;
    ajwt_reason reason =
        ajwt_keyset_find(&candidates, keyset, &token, token.alg->means & algs);
    const char *found = "";
    int i;

    if (reason != AJWT_ACCEPTED)
        return ajwt_reason_describe(reason)->name;
    for (i = 0; i < candidates.count; i++) {
        const ajwt_key *key = candidates.keys[i];

        found = apr_pstrcat(
            pool, found, i ? " " : "",
            key->kid.data ? apr_pstrmemdup(pool, (const char *)key->kid.data,
                                           key->kid.len)
                          : key->kty,
            NULL);
    }
    return found;
}

static const char *find(const ajwt_keyset *keyset, const char *header,
                        ajwt_alg_set algs, apr_pool_t *pool)
{
    return find_for(keyset, header, "{}", algs, pool);
}

typedef struct find_case {
    const char *header;
    const char *found; /* kids or, without one, kty; or a reason */
} find_case;

static void expect_found(const ajwt_keyset *keyset, const find_case *cases,
                         size_t count, apr_pool_t *pool)
{
    size_t i;

    for (i = 0; i < count; i++)
        support_expect_text(
            cases[i].header,
            find(keyset, cases[i].header, SUPPORT_ALGS_DEFAULT, pool),
            cases[i].found);
}

/* B2 */
static void finds_by_kid(void **state)
{
    static const find_case cases[] = {
        {"{\"alg\":\"RS256\",\"kid\":\"a\"}", "a"},
        {"{\"alg\":\"PS512\",\"kid\":\"a\"}", "a"},
        {"{\"alg\":\"RS256\",\"kid\":\"b\"}", "b"},
        {"{\"alg\":\"ES256\",\"kid\":\"c\"}", "c"},
        {"{\"alg\":\"RS256\",\"kid\":\"A\"}", "KEY_UNKNOWN"},
        {"{\"alg\":\"RS256\",\"kid\":\"\"}", "KEY_UNKNOWN"},
        {"{\"alg\":\"RS256\",\"kid\":\"a \"}", "KEY_UNKNOWN"},
        {"{\"alg\":\"RS256\",\"kid\":\"a\\u0000\"}", "KEY_UNKNOWN"},
        {"{\"alg\":\"RS256\",\"kid\":\"../a\"}", "KEY_UNKNOWN"},
        {"{\"alg\":\"RS256\",\"kid\":\"\\u0430\"}", "KEY_UNKNOWN"},
        {"{\"alg\":\"RS256\",\"kid\":\"c\"}", "KEY_UNSUITABLE"},
        {"{\"alg\":\"ES256\",\"kid\":\"a\"}", "KEY_UNSUITABLE"},
        {"{\"alg\":\"ES384\",\"kid\":\"c\"}", "KEY_UNSUITABLE"},
        {"{\"alg\":\"EdDSA\",\"kid\":\"c\"}", "KEY_UNSUITABLE"},
        /* no name: each that fits */
        {"{\"alg\":\"ES256\"}", "c"},
        {"{\"alg\":\"RS256\"}", "a b"},
        {"{\"alg\":\"ES384\"}", "KEY_UNKNOWN"},
        /* a name that is not a kid's is none either */
        {"{\"alg\":\"ES256\",\"x5t\":\"zz\"}", "KEY_UNKNOWN"},
    };
    json_t *jwks = make_jwks(*state);

    add(jwks, "RSA", "a", *state);
    add(jwks, "RSA-other", "b", *state);
    add(jwks, "P-256", "c", *state);
    expect_found(parse_jwks(jwks, *state), cases, SUPPORT_COUNT(cases), *state);
}

/* A JWK with a kid never serves another one; one without serves any. */
static void tries_unnamed_keys(void **state)
{
    static const find_case cases[] = {
        {"{\"alg\":\"RS256\",\"kid\":\"a\"}", "a"},
        {"{\"alg\":\"RS256\",\"kid\":\"x\"}", "RSA"},
        {"{\"alg\":\"ES256\",\"kid\":\"x\"}", "EC"},
        {"{\"alg\":\"EdDSA\",\"kid\":\"x\"}", "KEY_UNKNOWN"},
        {"{\"alg\":\"ES256\",\"kid\":\"a\"}", "KEY_UNSUITABLE"},
        {"{\"alg\":\"RS256\",\"x5t\":\"x\"}", "RSA"},
        {"{\"alg\":\"RS256\"}", "a RSA"},
    };
    json_t *jwks = make_jwks(*state);

    add(jwks, "RSA", "a", *state);
    add(jwks, "RSA-other", NULL, *state);
    add(jwks, "P-256", NULL, *state);
    expect_found(parse_jwks(jwks, *state), cases, SUPPORT_COUNT(cases), *state);
}

/* B3 */
static void tries_all_of_one_kid(void **state)
{
    static const find_case cases[] = {
        {"{\"alg\":\"RS256\",\"kid\":\"k\"}", "k k"},
        {"{\"alg\":\"ES256\",\"kid\":\"k\"}", "k"},
        {"{\"alg\":\"Ed448\",\"kid\":\"k\"}", "KEY_UNSUITABLE"},
    };
    json_t *jwks = make_jwks(*state);

    add(jwks, "RSA", "k", *state);
    add(jwks, "P-256", "k", *state);
    add(jwks, "RSA-other", "k", *state);
    expect_found(parse_jwks(jwks, *state), cases, SUPPORT_COUNT(cases), *state);
}

/* B2 */
static void distinguishes_empty_from_absent(void **state)
{
    static const find_case cases[] = {
        {"{\"alg\":\"RS256\",\"kid\":\"\"}", ""},
        {"{\"alg\":\"RS256\",\"kid\":\"x\"}", "KEY_UNKNOWN"},
    };
    json_t *jwks = make_jwks(*state);

    add(jwks, "RSA", "", *state);
    expect_found(parse_jwks(jwks, *state), cases, SUPPORT_COUNT(cases), *state);
}

static void finds_by_thumbprint(void **state)
{
    static const find_case cases[] = {
        {"{\"alg\":\"RS256\",\"x5t\":\"ta\"}", "a"},
        {"{\"alg\":\"RS256\",\"x5t\":\"tb\"}", "b"},
        {"{\"alg\":\"RS256\",\"x5t#S256\":\"sb\"}", "b"},
        {"{\"alg\":\"RS256\",\"x5t#S256\":\"sb\",\"x5t\":\"ta\"}", "b"},
        {"{\"alg\":\"RS256\",\"x5t#S256\":\"ta\"}", "KEY_UNKNOWN"},
        {"{\"alg\":\"RS256\",\"x5t\":\"sa\"}", "KEY_UNKNOWN"},
        {"{\"alg\":\"ES256\",\"x5t\":\"ta\"}", "KEY_UNSUITABLE"},
        /* kid comes first */
        {"{\"alg\":\"RS256\",\"kid\":\"a\",\"x5t\":\"tb\"}", "a"},
        {"{\"alg\":\"RS256\",\"kid\":\"x\",\"x5t\":\"tb\"}", "KEY_UNKNOWN"},
    };
    json_t *jwks = make_jwks(*state);
    json_t *a = add(jwks, "RSA", "a", *state);
    json_t *b = add(jwks, "RSA-other", "b", *state);

    json_object_set_new(a, "x5t", json_string("ta"));
    json_object_set_new(a, "x5t#S256", json_string("sa"));
    json_object_set_new(b, "x5t", json_string("tb"));
    json_object_set_new(b, "x5t#S256", json_string("sb"));
    expect_found(parse_jwks(jwks, *state), cases, SUPPORT_COUNT(cases), *state);
}

static void finds_certificates_by_thumbprint(void **state)
{
    const ajwt_keyset *keyset = support_parse_keys(
        apr_pstrcat(*state, support_certificate_pem("RSA", *state),
                    support_certificate_pem("RSA-other", *state), NULL),
        *state);
    const ajwt_key *second = &APR_ARRAY_IDX(keyset->keys, 1, ajwt_key);
    const char *header =
        apr_psprintf(*state, "{\"alg\":\"RS256\",\"x5t#S256\":\"%s\"}",
                     (const char *)second->x5t_s256.data);
    const char *compact = apr_pstrcat(
        *state, support_signing_input(header, "{}", *state), ".AA", NULL);
    ajwt_token token = support_parse_token(compact, *state);
    ajwt_candidates candidates;

    assert_int_equal(
        ajwt_keyset_find(&candidates, keyset, &token, AJWT_ALG_RS256),
        AJWT_ACCEPTED);
    assert_int_equal(candidates.count, 1);
    assert_ptr_equal(candidates.keys[0], second);
}

static const char *find_among(int count, const char *kid, const char *header,
                              apr_pool_t *pool)
{
    json_t *jwks = make_jwks(pool);
    int i;

    for (i = 0; i < count; i++)
        add(jwks, "Ed25519", kid, pool);
    return find(parse_jwks(jwks, pool), header, SUPPORT_ALGS_DEFAULT, pool);
}

/* B3: Nobody buys CPU time with a token. */
static void bounds_candidates(void **state)
{
    static const char named[] = "{\"alg\":\"EdDSA\",\"kid\":\"k\"}";
    static const char unnamed[] = "{\"alg\":\"EdDSA\"}";

    support_expect_text("4 of one kid", find_among(4, "k", named, *state),
                        "k k k k");
    support_expect_text("5 of one kid", find_among(5, "k", named, *state),
                        "KEY_AMBIGUOUS");
    support_expect_text("4 without", find_among(4, NULL, unnamed, *state),
                        "OKP OKP OKP OKP");
    support_expect_text("5 without", find_among(5, NULL, unnamed, *state),
                        "KEY_AMBIGUOUS");
    support_expect_text("1000 without", find_among(1000, NULL, unnamed, *state),
                        "KEY_AMBIGUOUS");
    support_expect_text("5 for any kid", find_among(5, NULL, named, *state),
                        "KEY_AMBIGUOUS");
    support_expect_text("5 named, none asked for",
                        find_among(5, "k", unnamed, *state), "KEY_AMBIGUOUS");
    support_expect_text("5 of another type",
                        find_among(5, "k", "{\"alg\":\"RS256\"}", *state),
                        "KEY_UNKNOWN");
}

/* What the issuer is not allowed, no key can do. */
static void heeds_the_algorithms(void **state)
{
    const ajwt_keyset *keyset = support_parse_keys(
        support_jwks(*state, "RSA", "Ed25519", "oct", NULL), *state);

    support_expect_text("allowed",
                        find(keyset, "{\"alg\":\"RS256\",\"kid\":\"RSA\"}",
                             AJWT_ALG_RS256, *state),
                        "RSA");
    support_expect_text("not allowed",
                        find(keyset, "{\"alg\":\"PS256\",\"kid\":\"RSA\"}",
                             AJWT_ALG_RS256, *state),
                        "KEY_UNSUITABLE");
    support_expect_text("EdDSA where only Ed448 is",
                        find(keyset, "{\"alg\":\"EdDSA\",\"kid\":\"Ed25519\"}",
                             AJWT_ALG_ED448, *state),
                        "KEY_UNSUITABLE");
    support_expect_text(
        "A2 a secret among others",
        find(keyset, "{\"alg\":\"HS256\"}", AJWT_ALGS_HMAC, *state), "oct");
    support_expect_text("A2 a public key is no secret",
                        find(keyset, "{\"alg\":\"HS256\",\"kid\":\"RSA\"}",
                             AJWT_ALGS_HMAC, *state),
                        "KEY_UNSUITABLE");
}

/* --- keys that name their issuer --- */

#define A       "https://login.example/0a1b2c3f-1111-4222-8333-00000000abc7/v2.0"
#define B       "https://login.example/fedcba98-1111-4222-8333-00000000abcd/v2.0"
#define ANY     "https://login.example/{tenantid}/v2.0"
#define V1      "https://sts.example/0a1b2c3f-1111-4222-8333-00000000abc7/"

#define RS(kid) "{\"alg\":\"RS256\",\"kid\":\"" kid "\"}"
#define ES(kid) "{\"alg\":\"ES256\",\"kid\":\"" kid "\"}"

/* iss NULL: the token has none */
static const char *find_of_issuer(const ajwt_keyset *keyset, const char *header,
                                  const char *iss, apr_pool_t *pool)
{
    const char *payload =
        iss ? apr_psprintf(pool, "{\"iss\":\"%s\"}", iss) : "{}";

    return find_for(keyset, header, payload, SUPPORT_ALGS_DEFAULT, pool);
}

static void add_of(json_t *jwks, const char *name, const char *kid,
                   const char *issuer, apr_pool_t *pool)
{
    json_object_set_new(add(jwks, name, kid, pool), "issuer",
                        json_string(issuer));
}

/* B5 */
static void keeps_keys_to_their_issuer(void **state)
{
    static const struct {
        const char *header, *iss, *found;
    } expected[] = {
        {RS("of-a"), A, "of-a"},
        {RS("of-a"), B, "KEY_ISSUER"},
        {RS("of-a"), A "/", "KEY_ISSUER"},
        {RS("of-a"), A "\\u0000", "KEY_ISSUER"},
        {RS("of-a"), ANY, "KEY_ISSUER"},
        {RS("of-a"), NULL, "KEY_ISSUER"},
        {RS("of-any"), A, "of-any"},
        {RS("of-any"), B, "of-any"},
        {RS("of-any"), V1, "KEY_ISSUER"},
        {RS("of-any"), "https://login.example/common/v2.0", "KEY_ISSUER"},
        {RS("free"), A, "free"},
        {RS("free"), V1, "free"},
        {RS("free"), NULL, "free"},
        /* the issuer first, then the algorithm */
        {ES("of-a"), A, "KEY_UNSUITABLE"},
        {ES("of-a"), B, "KEY_ISSUER"},
        /* two of one kid: that of the issuer */
        {RS("both"), A, "both"},
        {ES("both"), A, "KEY_UNSUITABLE"},
        {ES("both"), B, "both"},
        {RS("both"), B, "KEY_UNSUITABLE"},
        {RS("both"), V1, "KEY_ISSUER"},
        /* without a name: those that serve, by kty where they have no kid */
        {"{\"alg\":\"ES256\"}", B, "both"},
        {"{\"alg\":\"ES256\"}", A, "KEY_UNKNOWN"},
        {"{\"alg\":\"EdDSA\"}", A, "OKP"},
        {"{\"alg\":\"EdDSA\",\"kid\":\"x\"}", A, "OKP"},
        {"{\"alg\":\"EdDSA\",\"kid\":\"x\"}", B, "KEY_UNKNOWN"},
        {RS("x"), A, "KEY_UNKNOWN"},
    };
    json_t *jwks = make_jwks(*state);
    const ajwt_keyset *keyset;
    unsigned i;

    add_of(jwks, "RSA", "of-a", A, *state);
    add_of(jwks, "RSA", "of-any", ANY, *state);
    add(jwks, "RSA", "free", *state);
    add_of(jwks, "RSA-other", "both", A, *state);
    add_of(jwks, "P-256", "both", B, *state);
    add_of(jwks, "Ed25519", NULL, A, *state);
    keyset = parse_jwks(jwks, *state);
    for (i = 0; i < SUPPORT_COUNT(expected); i++)
        support_expect_text(
            apr_psprintf(*state, "%s %s", expected[i].header, expected[i].iss),
            find_of_issuer(keyset, expected[i].header, expected[i].iss, *state),
            expected[i].found);
}

/* Keys of others use up none of the four. */
static void counts_the_issuers_own_keys(void **state)
{
    json_t *jwks = make_jwks(*state);
    int i;

    for (i = 0; i < 4; i++)
        add_of(jwks, "Ed25519", "k", B, *state);
    add_of(jwks, "Ed25519-other", "k", A, *state);
    support_expect_text("one of five",
                        find_of_issuer(parse_jwks(jwks, *state),
                                       "{\"alg\":\"EdDSA\",\"kid\":\"k\"}", A,
                                       *state),
                        "k");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(judges_documents),
        SUPPORT_TEST(reads_a_set),
        SUPPORT_TEST(leaves_out_what_it_does_not_know),
        SUPPORT_TEST(keeps_the_notes_of_an_unusable_set),
        SUPPORT_TEST(bounds_keys),
        SUPPORT_TEST(bounds_the_document),
        SUPPORT_TEST(reads_pem),
        SUPPORT_TEST(says_what_is_private),
        SUPPORT_TEST(bounds_pem),
        SUPPORT_TEST(takes_a_secret),
        SUPPORT_TEST(finds_by_kid),
        SUPPORT_TEST(tries_unnamed_keys),
        SUPPORT_TEST(tries_all_of_one_kid),
        SUPPORT_TEST(distinguishes_empty_from_absent),
        SUPPORT_TEST(finds_by_thumbprint),
        SUPPORT_TEST(finds_certificates_by_thumbprint),
        SUPPORT_TEST(bounds_candidates),
        SUPPORT_TEST(heeds_the_algorithms),
        SUPPORT_TEST(keeps_keys_to_their_issuer),
        SUPPORT_TEST(counts_the_issuers_own_keys),
    };

    return SUPPORT_RUN(tests);
}
