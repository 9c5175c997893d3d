/* What does the signature alone cost?  N times EVP verify, RSA-2048, SHA-256.
 */
#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>

static const unsigned char text[600];

static size_t sign(EVP_PKEY *key, unsigned char *signature, size_t size)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    if (EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) != 1 ||
        EVP_DigestSign(context, signature, &size, text, sizeof text) != 1)
        size = 0;
    EVP_MD_CTX_free(context);
    return size;
}

/* by itself, so that callgrind can count it alone */
__attribute__((noinline)) static int verify(EVP_PKEY *key, const EVP_MD *digest,
                                            const unsigned char *signature,
                                            size_t size)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int verified =
        EVP_DigestVerifyInit(context, NULL, digest, NULL, key) == 1 &&
        EVP_DigestVerify(context, signature, size, text, sizeof text) == 1;

    EVP_MD_CTX_free(context);
    return verified;
}

int main(int argc, char **argv)
{
    EVP_PKEY *key = EVP_RSA_gen(2048);
    EVP_MD *digest = EVP_MD_fetch(NULL, "SHA256", NULL);
    unsigned char signature[256];
    size_t size = sign(key, signature, sizeof signature);
    int times = argc > 1 ? atoi(argv[1]) : 1, i, failed = 0;

    for (i = 0; i < times; i++)
        failed += !verify(key, digest, signature, size);
    EVP_MD_free(digest);
    EVP_PKEY_free(key);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
