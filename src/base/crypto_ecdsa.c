/* SPDX-License-Identifier: Apache-2.0 */
#include "base/crypto_ecdsa.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

struct ecdsa_key {
    EVP_PKEY *pair;
};

struct ecdsa_key *ecdsa_key_new(void)
{
    struct ecdsa_key *key = calloc(1, sizeof(*key));
    must(key != NULL);
    key->pair = EVP_EC_gen("P-256");
    must(key->pair != NULL);
    return key;
}

void ecdsa_key_free(struct ecdsa_key *key)
{
    if (key) {
        EVP_PKEY_free(key->pair);
        free(key);
    }
}

struct slice ecdsa_key_public(const struct ecdsa_key *key, struct arena *arena)
{
    unsigned char *der = NULL;
    int n = i2d_PUBKEY(key->pair, &der);
    must(n > 0);
    struct slice out = arena_copy(arena, (struct slice){(const char *)der, (size_t)n});
    OPENSSL_free(der);
    return out;
}

struct slice ecdsa_key_sign(const struct ecdsa_key *key, struct arena *arena, struct slice data)
{
    unsigned char signature[128];
    size_t n = sizeof(signature);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    must(context != NULL);
    must(EVP_DigestSignInit(context, NULL, EVP_sha1(), NULL, key->pair) == 1);
    must(EVP_DigestSign(context, signature, &n, (const unsigned char *)data.p, data.n) == 1);
    EVP_MD_CTX_free(context);
    return arena_copy(arena, (struct slice){(const char *)signature, n});
}

bool ecdsa_fits(struct slice public, struct slice data, struct slice signature)
{
    const unsigned char *at = (const unsigned char *)public.p;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)public.n);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool fits = key && context && EVP_DigestVerifyInit(context, NULL, EVP_sha1(), NULL, key) == 1 &&
                EVP_DigestVerify(context,
                                 (const unsigned char *)signature.p,
                                 signature.n,
                                 (const unsigned char *)data.p,
                                 data.n) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return fits;
}
