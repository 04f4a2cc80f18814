/* SPDX-License-Identifier: Apache-2.0 */
/* crypto_ecdsa - a key pair on P-256 that signs over SHA-1, as eBay does: for look-alikes and tests. */
#pragma once
#include "base/arena.h"

struct ecdsa_key;

struct ecdsa_key *ecdsa_key_new(void); /* a new one each time */
void ecdsa_key_free(struct ecdsa_key *key);
/* SubjectPublicKeyInfo, DER. */
struct slice ecdsa_key_public(const struct ecdsa_key *key, struct arena *arena);
/* Over SHA-1 of the data; DER. */
struct slice ecdsa_key_sign(const struct ecdsa_key *key, struct arena *arena, struct slice data);
bool ecdsa_fits(struct slice public, struct slice data, struct slice signature);
