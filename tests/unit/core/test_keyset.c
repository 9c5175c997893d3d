/* SPDX-License-Identifier: Apache-2.0 */
#include "support_source.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "core/base64url.h"

static ajwt_reason parse(const ajwt_keyset **keyset, const char *text,
                         ajwt_origin origin, apr_pool_t *pool)
{
    return ajwt_keyset_parse(keyset, ajwt_bytes_from_string(text), origin,
                             pool);
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
    json_t *jwks = support_make_jwks(*state),
           *keys = json_object_get(jwks, "keys");
    const ajwt_keyset *keyset;
    int i;

    support_add_jwk(jwks, "RSA", "good", *state);
    json_object_set_new(support_add_jwk(jwks, "RSA-other", "enc", *state),
                        "use", json_string("enc"));
    json_array_append(
        keys, support_json("{\"kty\":\"AKP\",\"kid\":\"new\"}", *state));
    json_array_append(keys, support_rsa_jwk(1024, "010001", *state));
    json_array_append_new(keys, json_null());
    json_object_set_new(support_add_jwk(jwks, "P-256", "private", *state), "d",
                        json_string("x"));
    support_add_jwk(jwks, "oct", "secret", *state);
    json_object_del(support_add_jwk(jwks, "P-384", "half", *state), "y");
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

static const char *detail_of(const ajwt_keyset *keyset, int number)
{
    return number < keyset->notes->nelts
               ? APR_ARRAY_IDX(keyset->notes, number, ajwt_key_note).detail
               : NULL;
}

/* A key that is used may have notes, too, each with what it is about. */
static void notes_what_was_repaired(void **state)
{
    json_t *jwks = support_make_jwks(*state);
    const ajwt_keyset *keyset;

    json_object_set_new(support_add_jwk(jwks, "RSA", "good", *state), "alg",
                        json_null());
    json_object_set_new(support_add_jwk(jwks, "P-256", "private", *state), "d",
                        json_string("x"));
    json_object_set_new(support_add_jwk(jwks, "P-384", "empty", *state), "x5c",
                        json_array());
    json_object_set_new(support_add_jwk(jwks, "P-521", "bad", *state), "kid",
                        json_integer(7));
    assert_int_equal(
        parse(&keyset, support_print(jwks, *state), AJWT_FETCHED, *state),
        AJWT_ACCEPTED);
    assert_int_equal(keyset->keys->nelts, 3);
    assert_int_equal(keyset->remarks->nelts, 0);
    expect_note(keyset, 0, 0, "good", AJWT_KEY_REPAIRED);
    support_expect_text("good", detail_of(keyset, 0),
                        "alg is null: it is treated as absent");
    expect_note(keyset, 1, 1, "private", AJWT_KEY_PRIVATE);
    support_expect_text("private", detail_of(keyset, 1), NULL);
    expect_note(keyset, 2, 2, "empty", AJWT_KEY_REPAIRED);
    support_expect_text("empty", detail_of(keyset, 2),
                        "x5c is empty: it is ignored");
    expect_note(keyset, 3, 3, NULL, AJWT_KEY_MALFORMED);
    support_expect_text("bad", detail_of(keyset, 3), "kid is 7, not a string");
    support_expect_text("all", ajwt_keyset_describe_unused(keyset, *state),
                        "key 3: kid is 7, not a string");
    support_expect("places",
                   APR_ARRAY_IDX(keyset->keys, 0, ajwt_key).index == 0 &&
                       APR_ARRAY_IDX(keyset->keys, 2, ajwt_key).index == 2);
}

static void expect_remark(const char *what, const char *jwks,
                          ajwt_reason reason, const char *detail,
                          apr_pool_t *pool)
{
    const ajwt_keyset *keyset = support_parse_keys(jwks, pool);
    const ajwt_keyset_remark *remark;

    support_expect(what, keyset->remarks->nelts == (reason != AJWT_ACCEPTED));
    if (!keyset->remarks->nelts)
        return;
    remark = &APR_ARRAY_IDX(keyset->remarks, 0, ajwt_keyset_remark);
    support_expect_reason(what, remark->reason, reason);
    support_expect_text(what, remark->detail, detail);
}

/* so many keys of so many kids; NULL: without */
static const char *many(int count, const char *kid, apr_pool_t *pool)
{
    json_t *jwks = support_make_jwks(pool);
    int i;

    for (i = 0; i < count; i++) {
        const unsigned char bytes[32] = {(unsigned char)i};

        json_object_set_new(
            support_add_jwk(jwks, "Ed25519", kid, pool), "x",
            json_string(ajwt_base64url_encode((ajwt_bytes){bytes, 32}, pool)));
    }
    return support_print(jwks, pool);
}

#define TOO_MANY                                                              \
    " can verify EdDSA, and such tokens are refused, because at most 4 keys " \
    "are tried"

static void remarks_on_ambiguity(void **state)
{
    const char *pem = support_public_pem("P-256", *state);

    expect_remark("4 without", many(4, NULL, *state), AJWT_ACCEPTED, NULL,
                  *state);
    expect_remark("5 without", many(5, NULL, *state), AJWT_KEYSET_AMBIGUOUS,
                  "5 keys without kid" TOO_MANY, *state);
    expect_remark("4 of one kid", many(4, "k", *state), AJWT_ACCEPTED, NULL,
                  *state);
    expect_remark("6 of one kid", many(6, "k\n", *state), AJWT_KEYSET_AMBIGUOUS,
                  "6 keys with kid \"k%0A\"" TOO_MANY, *state);
    expect_remark("one in PEM, five times", support_repeat(pem, 5, *state),
                  AJWT_ACCEPTED, NULL, *state);
    expect_remark("of several types",
                  apr_pstrcat(*state, pem, support_public_pem("RSA", *state),
                              support_public_pem("Ed25519", *state),
                              support_public_pem("P-384", *state),
                              support_public_pem("P-521", *state), NULL),
                  AJWT_ACCEPTED, NULL, *state);
}

static void remarks_on_wide_integers(void **state)
{
    const char *jwks = support_jwks(*state, "RSA", NULL);

    expect_remark(
        "beside keys",
        apr_pstrcat(*state, "{\"id\":18446744073709551615,", jwks + 1, NULL),
        AJWT_KEYSET_REPAIRED,
        "id contains an integer beyond 64 bits: it is ignored", *state);
}

static void keeps_the_notes_of_an_unusable_set(void **state)
{
    json_t *jwks = support_make_jwks(*state);
    const ajwt_keyset *keyset;

    support_add_jwk(jwks, "oct", "secret", *state);
    support_add_jwk(jwks, "X25519", "exchange", *state);
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
    json_t *jwks = support_make_jwks(pool), *jwk = support_jwk("Ed25519", pool);
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

/* What any block has to hold, under labels of old and of other programs */
static const char *write_block(const char *label, ajwt_bytes der,
                               apr_pool_t *pool)
{
    BIO *bio = BIO_new(BIO_s_mem());
    const char *text;
    char *data;
    long len;

    assert_true(PEM_write_bio(bio, label, "", der.data, (long)der.len) > 0);
    len = BIO_get_mem_data(bio, &data);
    text = apr_pstrmemdup(pool, data, (apr_size_t)len);
    BIO_free(bio);
    return text;
}

static ajwt_bytes take_der(unsigned char *der, int len, apr_pool_t *pool)
{
    ajwt_bytes bytes = {apr_pmemdup(pool, der, (apr_size_t)len),
                        (apr_size_t)len};

    OPENSSL_free(der);
    return bytes;
}

static void expect_block(const char *label, ajwt_bytes der, const char *detail,
                         apr_pool_t *pool)
{
    const ajwt_keyset *keyset;
    const char *text = apr_pstrcat(pool, write_block(label, der, pool),
                                   support_public_pem("Ed25519", pool), NULL);

    support_expect_reason(label, parse(&keyset, text, AJWT_LOCAL, pool),
                          AJWT_ACCEPTED);
    support_expect(label, keyset->keys->nelts == (detail ? 1 : 2));
    support_expect_text(label, detail_of(keyset, 0), detail);
    support_expect("no error is left", ERR_peek_error() == 0);
}

static void reads_each_label(void **state)
{
    unsigned char *pkcs1 = NULL, *x509 = NULL, *private = NULL;
    EVP_PKEY *rsa = support_key_named("RSA")->pkey;
    int pkcs1_len = i2d_PublicKey(rsa, &pkcs1);
    int private_len = i2d_PrivateKey(rsa, &private);
    int x509_len = i2d_X509(support_certificate("RSA", *state), &x509);
    ajwt_bytes spki = support_public_der("RSA", *state);
    ajwt_bytes key = take_der(pkcs1, pkcs1_len, *state);
    ajwt_bytes certificate = take_der(x509, x509_len, *state);

    expect_block("PUBLIC KEY", spki, NULL, *state);
    expect_block("RSA PUBLIC KEY", key, NULL, *state);
    expect_block("CERTIFICATE", certificate, NULL, *state);
    expect_block("X509 CERTIFICATE", certificate, NULL, *state);
    expect_block("TRUSTED CERTIFICATE", certificate, NULL, *state);
    expect_block("RSA PUBLIC KEY", spki, NULL, *state);
    expect_block("RSA PUBLIC KEY", take_der(private, private_len, *state),
                 "the block does not hold a public key that OpenSSL knows",
                 *state);
    expect_block("PUBLIC KEY", key,
                 "the block does not hold a public key that OpenSSL knows",
                 *state);
    expect_block("CERTIFICATE", spki, "the block does not hold a certificate",
                 *state);
    expect_block("CERTIFICATE REQUEST", spki,
                 "the block is \"CERTIFICATE REQUEST\", not a public key or "
                 "certificate",
                 *state);
    expect_block("RSA PRIVATE KEY", spki, "the block is \"RSA PRIVATE KEY\"",
                 *state);
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

/* G8: A document of 500 KB takes 20 MB when it is parsed. */
static void keeps_its_keys_and_not_their_document(void **state)
{
    const char *keys = support_numbered_jwks(1, *state);
    const char *text =
        apr_pstrcat(*state, "{\"x\":[", support_repeat("[1],", 120000, *state),
                    "1],", keys + 1, NULL);
    const apr_size_t before = support_in_use();
    const ajwt_keyset *keyset;

    assert_int_equal(*keys, '{');
    assert_int_equal(ajwt_keyset_parse(&keyset, ajwt_bytes_from_string(text),
                                       AJWT_FETCHED, *state),
                     AJWT_ACCEPTED);
    assert_true(keyset->keys->nelts > 0);
    support_expect("memory", support_in_use() < before + 500000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(judges_documents),
        SUPPORT_TEST(reads_a_set),
        SUPPORT_TEST(leaves_out_what_it_does_not_know),
        SUPPORT_TEST(notes_what_was_repaired),
        SUPPORT_TEST(remarks_on_ambiguity),
        SUPPORT_TEST(remarks_on_wide_integers),
        SUPPORT_TEST(keeps_the_notes_of_an_unusable_set),
        SUPPORT_TEST(bounds_keys),
        SUPPORT_TEST(bounds_the_document),
        SUPPORT_TEST(reads_pem),
        SUPPORT_TEST(reads_each_label),
        SUPPORT_TEST(says_what_is_private),
        SUPPORT_TEST(bounds_pem),
        SUPPORT_TEST(takes_a_secret),
        SUPPORT_TEST(keeps_its_keys_and_not_their_document),
    };

    return SUPPORT_RUN(tests);
}
