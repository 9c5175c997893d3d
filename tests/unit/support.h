/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What do all unit tests share?
 *
 * A pool for each test, keys made once for each program, tokens signed on the
 * spot, a policy to start from, and comparisons that name the case.  Signs
 * with OpenSSL alone and asks core for nothing that it is to check, but for
 * base64url, which has a test of its own.
 */
#ifndef AJWT_TESTS_SUPPORT_H
#define AJWT_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_pools.h>
#include <apr_strings.h>
#include <apr_tables.h>
#include <apr_time.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "core/bytes.h"
#include "core/keyset.h"
#include "core/policy.h"
#include "core/reason.h"
#include "core/token.h"

/* What AuthJWTAlgorithms accepts by default */
#define SUPPORT_ALGS_DEFAULT                                            \
    (AJWT_ALGS_RSA | AJWT_ALG_ES256 | AJWT_ALG_ES384 | AJWT_ALG_ES512 | \
     AJWT_ALGS_EDDSA)

/* All that there are, as messages name them */
#define SUPPORT_ALGS_NAMED                                          \
    "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 ES256K " \
    "EdDSA Ed25519 Ed448 HS256 HS384 HS512"

/* The clock of every test that needs one */
#define SUPPORT_NOW_S        1700000000
#define SUPPORT_NOW          apr_time_from_sec(SUPPORT_NOW_S)

#define SUPPORT_ISSUER       "https://issuer.example"
#define SUPPORT_AUDIENCE     "api://orders"

#define SUPPORT_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Bytes of a literal, which may hold NUL */
#define SUPPORT_BYTES(literal) \
    ((ajwt_bytes){(const unsigned char *)(literal), sizeof(literal) - 1})

/* --- a program: support.c --- */

/** One test with a pool of its own, which is *state. */
#define SUPPORT_TEST(test) \
    cmocka_unit_test_setup_teardown(test, support_make_pool, support_free_pool)

/** Runs an array of SUPPORT_TEST; what main returns. */
#define SUPPORT_RUN(tests) \
    cmocka_run_group_tests(tests, support_open, support_close)

int support_open(void **state);       /* APR, and core/signature */
int support_open_pools(void **state); /* APR alone */
int support_close(void **state);
int support_make_pool(void **state);
int support_free_pool(void **state); /* fails when an expectation did */

/** As long as the program. */
apr_pool_t *support_root(void);

/*
 * An expectation that fails says so, in the name of its case, and lets the
 * rest of the table run; the test fails at its end.
 */
void support_expect(const char *what, int holds);
void support_expect_reason(const char *what, ajwt_reason got,
                           ajwt_reason wanted);
void support_expect_text(const char *what, const char *got, const char *wanted);

/** Bytes that malloc has given away; constant where that is not known, as with
 * a sanitizer. */
size_t support_in_use(void);

/* --- values: support.c --- */

/** const char * words, ended by NULL. */
apr_array_header_t *support_words(apr_pool_t *pool, ...);

/** The same from one string that spaces separate. */
apr_array_header_t *support_split(const char *words, apr_pool_t *pool);

/** One string, with | between them; NULL of NULL. */
const char *support_join(const apr_array_header_t *words, apr_pool_t *pool);

const char *support_repeat(const char *text, int times, apr_pool_t *pool);

/** JSON text of any value, which the test knows to be right. */
json_t *support_json(const char *text, apr_pool_t *pool);

/** Frees value with pool. */
json_t *support_own(json_t *value, apr_pool_t *pool);

/** Compact text; for messages and for what is signed. */
const char *support_print(const json_t *value, apr_pool_t *pool);

/** SUPPORT_ISSUER, SUPPORT_AUDIENCE, the defaults of the directives. */
ajwt_policy support_policy(apr_pool_t *pool);

/* --- keys: support_key.c --- */

typedef struct support_key {
    const char *name;
    const char *kty;
    const char *crv; /* NULL for RSA and oct */
    int bits;        /* of RSA and oct */
    EVP_PKEY *pkey;  /* NULL for oct */
    ajwt_bytes secret;
} support_key;

/**
 * RSA, RSA-other, RSA-3072, P-256, P-256-other, P-384, P-521, secp256k1,
 * Ed25519, Ed25519-other, Ed448, X25519, oct (64 bytes), oct-other, oct-48,
 * oct-32: made when first asked for.
 */
const support_key *support_key_named(const char *name);

/** The key that a token of this alg is signed with unless said otherwise. */
const support_key *support_key_for(const char *alg);

/** A JWK of the public members (of oct: the secret), to be changed freely. */
json_t *support_jwk(const char *name, apr_pool_t *pool);

/** A JWK Set of these keys, each with its name as its kid; ended by NULL. */
const char *support_jwks(apr_pool_t *pool, ...);

/** A JWK Set without any, to be changed freely. */
json_t *support_make_jwks(apr_pool_t *pool);

/** One more in it, to be changed freely, under this kid; NULL: none. */
json_t *support_add_jwk(json_t *jwks, const char *name, const char *kid,
                        apr_pool_t *pool);

/** An RSA JWK of as many bits that nobody has the private key of. */
json_t *support_rsa_jwk(int bits, const char *exponent_hex, apr_pool_t *pool);

/** PEM: the public key, the private key, a certificate. */
const char *support_public_pem(const char *name, apr_pool_t *pool);
const char *support_private_pem(const char *name, apr_pool_t *pool);
const char *support_certificate_pem(const char *name, apr_pool_t *pool);

/** A self-signed certificate, owned by pool; the same one each time. */
X509 *support_certificate(const char *name, apr_pool_t *pool);

/** Its DER in base64, as x5c has it. */
const char *support_x5c(const char *name, apr_pool_t *pool);

/** SubjectPublicKeyInfo in DER. */
ajwt_bytes support_public_der(const char *name, apr_pool_t *pool);

/** As JWS has it: R and S side by side for ECDSA. */
ajwt_bytes support_sign(const support_key *key, const char *alg,
                        ajwt_bytes input, apr_pool_t *pool);

/* --- tokens: support_token.c --- */

/** Raw texts, so that malformed ones can be made; key NULL: alg's own. */
const char *support_token(const char *header, const char *payload,
                          const char *alg, const support_key *key,
                          apr_pool_t *pool);

/** Header and payload in base64url with a dot between them. */
const char *support_signing_input(const char *header, const char *payload,
                                  apr_pool_t *pool);

/** Claims that support_policy accepts at SUPPORT_NOW, to be changed freely. */
json_t *support_claims(apr_pool_t *pool);

/** Fails the test when core knows none of that name. */
const ajwt_alg *support_alg(const char *name);

/** The public half, as core has it. */
ajwt_key support_public_key(const char *name, apr_pool_t *pool);

/** By that half of it; no error of OpenSSL's may be left. */
ajwt_reason support_check_signature(const char *name, const char *alg,
                                    ajwt_bytes input, ajwt_bytes signature,
                                    apr_pool_t *pool);

/** Parses, or fails the test. */
ajwt_token support_parse_token(const char *compact, apr_pool_t *pool);
const ajwt_keyset *support_parse_keys(const char *jwks, apr_pool_t *pool);

#endif
