/* SPDX-License-Identifier: Apache-2.0 */
#include "base/crypto.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <sodium.h>
#include <sys/random.h>

#define NONCE_SIZE ((size_t)crypto_aead_xchacha20poly1305_ietf_NPUBBYTES)
#define TAG_SIZE ((size_t)crypto_aead_xchacha20poly1305_ietf_ABYTES)

_Static_assert(NONCE_SIZE + TAG_SIZE == SEAL_OVERHEAD, "what the header promises");
_Static_assert(SEAL_KEY_SIZE == crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
               "what libsodium wants");

/* The libraries read lengths of zero, but not through a NULL pointer. */
static const uint8_t *bytes_of(struct slice s)
{
    return (const uint8_t *)(s.n > 0 ? s.p : "");
}

enum err crypto_init(void)
{
    return sodium_init() < 0 ? ERR_IO : ERR_OK;
}

void blake2b(void *out, size_t out_size, const struct slice *parts, size_t parts_count)
{
    crypto_generichash_state state;

    must(out_size >= crypto_generichash_BYTES_MIN && out_size <= crypto_generichash_BYTES_MAX);
    must(crypto_generichash_init(&state, NULL, 0, out_size) == 0);
    for (size_t i = 0; i < parts_count; i++) {
        must(crypto_generichash_update(&state, bytes_of(parts[i]), parts[i].n) == 0);
    }
    must(crypto_generichash_final(&state, out, out_size) == 0);
}

void sha256(uint8_t out[SHA256_SIZE], struct slice data)
{
    must(SHA256(bytes_of(data), data.n, out));
}

/* The library's own context under a name of ours. */
static EVP_MD_CTX *context_of(struct sha256_stream *stream)
{
    return (EVP_MD_CTX *)stream;
}

struct sha256_stream *sha256_begin(void)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) {
        EVP_MD_CTX_free(context);
        context = NULL;
    }
    return (struct sha256_stream *)context;
}

void sha256_add(struct sha256_stream *stream, struct slice data)
{
    must(EVP_DigestUpdate(context_of(stream), bytes_of(data), data.n) == 1);
}

void sha256_end(struct sha256_stream *stream, uint8_t out[SHA256_SIZE])
{
    unsigned n = 0;
    must(EVP_DigestFinal_ex(context_of(stream), out, &n) == 1 && n == SHA256_SIZE);
    EVP_MD_CTX_free(context_of(stream));
}

static void
hmac(const EVP_MD *digest, uint8_t *out, size_t out_size, struct slice key, struct slice data)
{
    unsigned n = 0;

    must(key.n <= INT32_MAX);
    must(HMAC(digest, bytes_of(key), (int)key.n, bytes_of(data), data.n, out, &n));
    must(n == out_size);
}

void hmac_sha256(uint8_t out[SHA256_SIZE], struct slice key, struct slice data)
{
    hmac(EVP_sha256(), out, SHA256_SIZE, key, data);
}

void hmac_sha1(uint8_t out[SHA1_SIZE], struct slice key, struct slice data)
{
    hmac(EVP_sha1(), out, SHA1_SIZE, key, data);
}

void md5(uint8_t out[MD5_SIZE], struct slice data)
{
    unsigned n = 0;

    must(EVP_Digest(bytes_of(data), data.n, out, &n, EVP_md5(), NULL) == 1);
    must(n == MD5_SIZE);
}

static bool is_p256(EVP_PKEY *key)
{
    char group[64];
    size_t n = 0;

    return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
           EVP_PKEY_get_group_name(key, group, sizeof(group), &n) == 1 &&
           strcmp(group, "prime256v1") == 0;
}

bool ecdsa_p256_sha1_verify(struct slice key, struct slice data, struct slice signature)
{
    const uint8_t *at = bytes_of(key);

    if (key.n == 0 || key.n > 4096 || signature.n == 0 || signature.n > 4096) {
        return false;
    }
    EVP_PKEY *public = d2i_PUBKEY(NULL, &at, (long)key.n);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_whole = public && at == bytes_of(key) + key.n;
    bool fits =
        is_whole && context && is_p256(public) &&
        EVP_DigestVerifyInit(context, NULL, EVP_sha1(), NULL, public) == 1 &&
        EVP_DigestVerify(context, bytes_of(signature), signature.n, bytes_of(data), data.n) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(public);
    ERR_clear_error(); /* the queue is the thread's: nobody else shall find our faults in it */
    return fits;
}

#define ARGON_KIB 47104
#define ARGON_HASH_SIZE 32

enum err password_hash(struct slice password,
                       const uint8_t salt[PASSWORD_SALT_SIZE],
                       char out[PASSWORD_TEXT_MAX])
{
    uint8_t hash[ARGON_HASH_SIZE];
    char salt_text[32], hash_text[64];
    _Static_assert(PASSWORD_SALT_SIZE == crypto_pwhash_SALTBYTES, "what libsodium wants");
    if (crypto_pwhash(hash,
                      sizeof(hash),
                      password.p ? password.p : "",
                      password.n,
                      salt,
                      1,
                      (size_t)ARGON_KIB * 1024,
                      crypto_pwhash_ALG_ARGON2ID13) != 0) {
        return ERR_MEMORY;
    }
    sodium_bin2base64(salt_text,
                      sizeof(salt_text),
                      salt,
                      PASSWORD_SALT_SIZE,
                      sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    sodium_bin2base64(hash_text,
                      sizeof(hash_text),
                      hash,
                      sizeof(hash),
                      sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    (void)snprintf(out,
                   PASSWORD_TEXT_MAX,
                   "$argon2id$v=19$m=%d,t=1,p=1$%s$%s",
                   ARGON_KIB,
                   salt_text,
                   hash_text);
    sodium_memzero(hash, sizeof(hash));
    return ERR_OK;
}

bool password_verify(struct slice password, struct slice kept)
{
    char text[crypto_pwhash_STRBYTES] = "";
    if (kept.n == 0 || kept.n >= sizeof(text)) {
        return false;
    }
    memcpy(text, kept.p, kept.n);
    return crypto_pwhash_str_verify(text, password.p ? password.p : "", password.n) == 0;
}

bool crypto_equal(struct slice a, struct slice b)
{
    return a.n == b.n && sodium_memcmp(bytes_of(a), bytes_of(b), a.n) == 0;
}

void crypto_wipe(void *p, size_t n)
{
    sodium_memzero(p, n);
}

void crypto_random(void *out, size_t n)
{
    char *p = out;

    while (n > 0) {
        ssize_t got = getrandom(p, n, 0);
        if (got < 0) {
            continue; /* interrupted: with these arguments there is no other fault */
        }
        p += got;
        n -= (size_t)got;
    }
}

enum err crypto_seal(const uint8_t key[SEAL_KEY_SIZE],
                     const uint8_t nonce[24],
                     struct slice plain,
                     struct slice bound,
                     struct arena *arena,
                     struct slice *out)
{
    if (plain.n > SIZE_MAX - SEAL_OVERHEAD) {
        return ERR_LIMIT;
    }
    uint8_t *sealed = arena_alloc(arena, plain.n + SEAL_OVERHEAD);
    if (!sealed) {
        return ERR_LIMIT;
    }
    memcpy(sealed, nonce, NONCE_SIZE);
    must(crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + NONCE_SIZE,
                                                    NULL,
                                                    bytes_of(plain),
                                                    plain.n,
                                                    bytes_of(bound),
                                                    bound.n,
                                                    NULL,
                                                    nonce,
                                                    key) == 0);
    *out = (struct slice){(const char *)sealed, plain.n + SEAL_OVERHEAD};
    return ERR_OK;
}

enum err crypto_open(const uint8_t key[SEAL_KEY_SIZE],
                     struct slice sealed,
                     struct slice bound,
                     struct arena *arena,
                     struct slice *out)
{
    if (sealed.n < SEAL_OVERHEAD) {
        return ERR_AUTH;
    }
    size_t plain_n = sealed.n - SEAL_OVERHEAD;
    uint8_t *plain = arena_alloc(arena, plain_n + 1); /* NUL behind, as arena_copy does */
    if (!plain) {
        return ERR_LIMIT;
    }
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain,
                                                   NULL,
                                                   NULL,
                                                   bytes_of(sealed) + NONCE_SIZE,
                                                   plain_n + TAG_SIZE,
                                                   bytes_of(bound),
                                                   bound.n,
                                                   bytes_of(sealed),
                                                   key) != 0) {
        return ERR_AUTH;
    }
    *out = (struct slice){(const char *)plain, plain_n};
    return ERR_OK;
}

struct slice hex_encode(struct arena *arena, struct slice bytes)
{
    char *text = bytes.n > SIZE_MAX / 4 ? NULL : arena_alloc(arena, bytes.n * 2 + 1);

    if (!text) {
        return (struct slice){0};
    }
    sodium_bin2hex(text, bytes.n * 2 + 1, bytes_of(bytes), bytes.n);
    return (struct slice){text, bytes.n * 2};
}

bool hex_decode(struct arena *arena, struct slice text, struct slice *out)
{
    size_t n = 0;
    uint8_t *bytes = arena_alloc(arena, text.n / 2 + 1);

    if (!bytes ||
        sodium_hex2bin(bytes, text.n / 2, (const char *)bytes_of(text), text.n, NULL, &n, NULL) !=
            0) {
        return false;
    }
    *out = (struct slice){(const char *)bytes, n};
    return true;
}

struct slice base64_encode(struct arena *arena, struct slice bytes)
{
    if (bytes.n > SIZE_MAX / 4) {
        return (struct slice){0};
    }
    size_t size = sodium_base64_ENCODED_LEN(bytes.n, sodium_base64_VARIANT_ORIGINAL);
    char *text = arena_alloc(arena, size);
    if (!text) {
        return (struct slice){0};
    }
    sodium_bin2base64(text, size, bytes_of(bytes), bytes.n, sodium_base64_VARIANT_ORIGINAL);
    return (struct slice){text, size - 1};
}

/* libsodium 1.0.18 takes some bytes beyond ASCII for letters of the alphabet. */
static bool is_ascii(struct slice text)
{
    for (size_t i = 0; i < text.n; i++) {
        if ((uint8_t)text.p[i] > 0x7F) {
            return false;
        }
    }
    return true;
}

bool base64_decode(struct arena *arena, struct slice text, struct slice *out)
{
    size_t n = 0, size = text.n / 4 * 3;
    uint8_t *bytes = arena_alloc(arena, size + 1);

    if (!bytes || !is_ascii(text) ||
        sodium_base642bin(bytes,
                          size,
                          (const char *)bytes_of(text),
                          text.n,
                          NULL,
                          &n,
                          NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0) {
        return false;
    }
    *out = (struct slice){(const char *)bytes, n};
    return true;
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

struct slice percent_encode(struct arena *arena, struct slice text)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++) {
        n += is_unreserved(text.p[i]) ? 1 : 3;
    }
    char *out = arena_alloc(arena, n + 1);
    if (!out) {
        return (struct slice){0};
    }
    char *at = out;
    for (size_t i = 0; i < text.n; i++) {
        uint8_t byte = (uint8_t)text.p[i];
        if (is_unreserved(text.p[i])) {
            *at++ = text.p[i];
        } else {
            *at++ = '%';
            *at++ = digits[byte >> 4];
            *at++ = digits[byte & 15];
        }
    }
    return (struct slice){out, n};
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

bool percent_decode(struct arena *arena, struct slice text, struct slice *out)
{
    size_t n = 0;
    char *bytes = arena_alloc(arena, text.n + 1);

    if (!bytes) {
        return false;
    }
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] != '%') {
            bytes[n++] = text.p[i];
            continue;
        }
        if (text.n - i < 3) {
            return false;
        }
        int high = hex_digit(text.p[i + 1]), low = hex_digit(text.p[i + 2]);
        if (high < 0 || low < 0) {
            return false;
        }
        bytes[n++] = (char)(high * 16 + low);
        i += 2;
    }
    *out = (struct slice){bytes, n};
    return true;
}

struct slice uuid_text(struct arena *arena, const uint8_t random[16])
{
    uint8_t b[16];

    memcpy(b, random, sizeof(b));
    b[6] = (uint8_t)((b[6] & 0x0F) | 0x40); /* version 4 */
    b[8] = (uint8_t)((b[8] & 0x3F) | 0x80); /* RFC 9562's variant */
    return arena_printf(arena,
                        "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                        b[0],
                        b[1],
                        b[2],
                        b[3],
                        b[4],
                        b[5],
                        b[6],
                        b[7],
                        b[8],
                        b[9],
                        b[10],
                        b[11],
                        b[12],
                        b[13],
                        b[14],
                        b[15]);
}
