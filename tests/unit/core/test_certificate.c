/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "core/certificate.h"

typedef struct certificate_sketch {
    const char *subject, *key;
    const char *issuer, *issuer_key;
    const char *usage; /* of keyUsage; NULL: there is none */
} certificate_sketch;

static apr_status_t free_certificate(void *certificate)
{
    X509_free(certificate);
    return APR_SUCCESS;
}

static void set_name(X509_NAME *name, const char *text)
{
    assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                                (const unsigned char *)text, -1,
                                                -1, 0),
                     1);
}

static void set_usage(X509 *certificate, const char *usage)
{
    X509_EXTENSION *extension =
        X509V3_EXT_conf_nid(NULL, NULL, NID_key_usage, usage);

    assert_non_null(extension);
    assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static X509 *make(const certificate_sketch *sketch, apr_pool_t *pool)
{
    X509 *certificate = X509_new();

    assert_int_equal(X509_set_version(certificate, X509_VERSION_3), 1);
    set_name(X509_get_subject_name(certificate), sketch->subject);
    set_name(X509_get_issuer_name(certificate), sketch->issuer);
    assert_non_null(ASN1_TIME_set(X509_getm_notBefore(certificate), 0));
    assert_non_null(ASN1_TIME_set(X509_getm_notAfter(certificate), 86400));
    assert_int_equal(
        X509_set_pubkey(certificate, support_key_named(sketch->key)->pkey), 1);
    if (sketch->usage)
        set_usage(certificate, sketch->usage);
    assert_true(X509_sign(certificate,
                          support_key_named(sketch->issuer_key)->pkey,
                          EVP_sha256()) > 0);
    apr_pool_cleanup_register(pool, certificate, free_certificate,
                              apr_pool_cleanup_null);
    return certificate;
}

#define NO_SIGNATURE " has neither digitalSignature nor nonRepudiation"

typedef struct file_case {
    const char *what;
    certificate_sketch sketches[3];
    const char *problems[3]; /* NULL: it is used */
} file_case;

static const file_case files[] = {
    {"one, self-signed", {{"a", "RSA", "a", "RSA"}}, {NULL}},
    {"leaf and its issuer",
     {{"leaf", "P-256", "CA", "RSA"}, {"CA", "RSA", "CA", "RSA"}},
     {NULL, "the certificate \"CN=CA\" issued \"CN=leaf\" of the same file"}},
    {"a chain, the root first",
     {{"root", "RSA", "root", "RSA"},
      {"middle", "RSA-other", "root", "RSA"},
      {"leaf", "P-256", "middle", "RSA-other"}},
     {"the certificate \"CN=root\" issued \"CN=middle\" of the same file",
      "the certificate \"CN=middle\" issued \"CN=leaf\" of the same file",
      NULL}},
    {"leaf of an issuer that is not there",
     {{"a", "P-256", "CA", "RSA"}, {"b", "P-384", "CA", "RSA"}},
     {NULL, NULL}},
    {"two of one name, each self-signed",
     {{"a", "RSA", "a", "RSA"}, {"a", "RSA-other", "a", "RSA-other"}},
     {NULL, NULL}},
    {"one renewed, with its key",
     {{"a", "RSA", "a", "RSA"}, {"a", "RSA", "a", "RSA"}},
     {NULL, NULL}},
    {"one that only claims its issuer",
     {{"leaf", "P-256", "CA", "P-384"}, {"CA", "RSA", "CA", "RSA"}},
     {NULL, NULL}},
    {"keyUsage of signatures",
     {{"a", "RSA", "a", "RSA", "digitalSignature"},
      {"b", "RSA-other", "b", "RSA-other", "nonRepudiation"},
      {"c", "P-256", "c", "P-256", "keyCertSign,digitalSignature"}},
     {NULL, NULL, NULL}},
    {"keyUsage of other things",
     {{"a", "RSA", "a", "RSA", "keyCertSign,cRLSign"},
      {"b", "RSA-other", "b", "RSA-other", "keyEncipherment"},
      {"c,\xc3\xa9\"", "P-256", "c", "P-256", "keyAgreement"}},
     {"the keyUsage of the certificate \"CN=a\"" NO_SIGNATURE,
      "the keyUsage of the certificate \"CN=b\"" NO_SIGNATURE,
      "the keyUsage of the certificate "
      "\"CN=c%5C,%5CC3%5CA9%5C%22\"" NO_SIGNATURE}},
};

/* B3: what a CA signs is no token. */
static void finds_those_that_verify(void **state)
{
    size_t i, j;

    for (i = 0; i < SUPPORT_COUNT(files); i++) {
        const file_case *c = &files[i];
        apr_array_header_t *certificates =
            apr_array_make(*state, 3, sizeof(X509 *));

        for (j = 0; j < 3 && c->sketches[j].subject; j++)
            APR_ARRAY_PUSH(certificates, X509 *) =
                make(&c->sketches[j], *state);
        for (j = 0; j < (size_t)certificates->nelts; j++)
            support_expect_text(
                apr_psprintf(*state, "%s: %d", c->what, (int)j),
                ajwt_certificate_check(APR_ARRAY_IDX(certificates, j, X509 *),
                                       certificates, *state),
                c->problems[j]);
        support_expect("no error is left", ERR_peek_error() == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(finds_those_that_verify),
    };

    return SUPPORT_RUN(tests);
}
