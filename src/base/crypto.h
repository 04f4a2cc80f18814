/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto - digests, signatures, sealing and the text forms of bytes.
 *
 * libsodium and OpenSSL behind one header. crypto_init once before use. Comparisons of anything
 * secret go through crypto_equal, which takes the same time whatever the bytes are.
 */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MD5_SIZE 16
#define SHA1_SIZE 20
#define SHA256_SIZE 32
#define SEAL_KEY_SIZE 32
#define SEAL_OVERHEAD (24 + 16) /* nonce in front, tag behind */

MUST_USE enum err crypto_init(void);

/* Digest of the parts one after the other. BLAKE2b (RFC 7693) of 16 to 64 bytes. */
void blake2b(void *out, size_t out_size, const struct slice *parts, size_t parts_count);
void sha256(uint8_t out[SHA256_SIZE], struct slice data);
/* The same of data that comes piece by piece. NULL: out of memory. */
struct sha256_stream;
struct sha256_stream *sha256_begin(void);
void sha256_add(struct sha256_stream *stream, struct slice data);
void sha256_end(struct sha256_stream *stream, uint8_t out[SHA256_SIZE]); /* and frees it */
void hmac_sha256(uint8_t out[SHA256_SIZE], struct slice key, struct slice data);
void hmac_sha1(uint8_t out[SHA1_SIZE], struct slice key, struct slice data);
/* For protocols that ask for it, and nothing else: it proves little. */
void md5(uint8_t out[MD5_SIZE], struct slice data);
/* ECDSA on P-256 over SHA-1. Key: DER (SubjectPublicKeyInfo); signature: DER. False for another
 * curve's key, and for any bytes that are neither. */
MUST_USE bool ecdsa_p256_sha1_verify(struct slice key, struct slice data, struct slice signature);

/*
 * argon2id (RFC 9106) with 47,104 KiB, one pass, one lane: some 50 ms and as much memory, so for a
 * thread of its own. The text form "$argon2id$v=19$m=...$SALT$HASH" is what is kept.
 */
#define PASSWORD_SALT_SIZE 16
#define PASSWORD_TEXT_MAX 128 /* of the text form, with its NUL */
MUST_USE enum err password_hash(struct slice password,
                                const uint8_t salt[PASSWORD_SALT_SIZE],
                                char out[PASSWORD_TEXT_MAX]);
/* False also when there is no memory: who cannot be checked is not let in. */
MUST_USE bool password_verify(struct slice password, struct slice kept);

bool crypto_equal(struct slice a, struct slice b); /* false at once only when the lengths differ */
void crypto_wipe(void *p, size_t n);
void crypto_random(void *out, size_t n); /* getrandom; only struct env may call it */

/* XChaCha20-Poly1305 (IETF). `bound` is authenticated but not stored: the row the secret belongs
 * to. `nonce` is 24 fresh random bytes. Result: nonce, ciphertext, tag. */
MUST_USE enum err crypto_seal(const uint8_t key[SEAL_KEY_SIZE],
                              const uint8_t nonce[24],
                              struct slice plain,
                              struct slice bound,
                              struct arena *arena,
                              struct slice *out);
/* ERR_AUTH when the key, the bytes or `bound` are not those of the sealing. */
MUST_USE enum err crypto_open(const uint8_t key[SEAL_KEY_SIZE],
                              struct slice sealed,
                              struct slice bound,
                              struct arena *arena,
                              struct slice *out);

/* Text forms. Encoders return {NULL,0} when the arena is exhausted; decoders are strict. */
struct slice hex_encode(struct arena *arena, struct slice bytes); /* lower case */
MUST_USE bool hex_decode(struct arena *arena, struct slice text, struct slice *out);
struct slice base64_encode(struct arena *arena, struct slice bytes); /* with padding, RFC 4648 4 */
MUST_USE bool base64_decode(struct arena *arena, struct slice text, struct slice *out);
struct slice percent_encode(struct arena *arena, struct slice text); /* RFC 3986 unreserved kept */
MUST_USE bool percent_decode(struct arena *arena, struct slice text, struct slice *out);
/* 16 random bytes as a version 4 UUID (RFC 9562). */
struct slice uuid_text(struct arena *arena, const uint8_t random[16]);

#ifdef __cplusplus
}
#endif
