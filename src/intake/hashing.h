/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hashing - passwords, compared and hashed on threads of their own: two at once, since each takes
 * 46 MB, and the others wait in a bounded queue.
 */
#pragma once
#include "base/crypto.h"
#include "intake/http_server.h"

#define HASHING_AT_ONCE 2
#define HASHING_WAITING_MAX 64

struct hashing;

/*
 * One piece of work for one request. It lies in the exchange's arena. Set what is to be done; when
 * it is, `then` is called on the loop and answers the exchange. When the server ends meanwhile, or
 * too many wait, the exchange is answered 503 and `then` is not called.
 */
struct hash_work {
    struct http_exchange *x;
    struct slice password, kept; /* compared, when kept is set; the same time for any */
    struct slice fresh;          /* hashed, when it is set and the comparison holds */
    void (*then)(struct hash_work *work);
    void *arg;
    /* out */
    bool is_right;                      /* the comparison */
    char fresh_text[PASSWORD_TEXT_MAX]; /* empty: it was not hashed */
    /* hashing's own */
    struct hashing *hashing;
    struct hash_work *next;
    uint8_t salt[PASSWORD_SALT_SIZE];
};

/* What nobody's password is: comparing with it takes the time that comparing takes. */
#define HASHING_NOBODY                                                                             \
    "$argon2id$v=19$m=47104,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$"                                       \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

MUST_USE enum err hashing_new(struct env *env, struct hashing **out);
void hashing_free(struct hashing *hashing); /* NULL is fine; what waits is answered 503 */
void hashing_start(struct hashing *hashing, struct hash_work *work);
