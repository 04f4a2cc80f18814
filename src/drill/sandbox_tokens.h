/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_tokens - texts that open a door for a while: access tokens, refresh tokens, codes. */
#pragma once
#include "drill/sandbox_inner.h"

#define TOKENS_MAX 32
#define TOKEN_TEXT_MAX 96
struct tokens { /* a ring: the oldest gives way */
    struct token {
        char text[TOKEN_TEXT_MAX];
        int64_t dies_us; /* monotonic */
        bool is_spent;
    } ring[TOKENS_MAX];
    size_t made;
};

enum token_state { TOKEN_UNKNOWN, TOKEN_DEAD, TOKEN_GOOD };

/* A new one, prefix and 40 random hex digits; the text lives as long as its place in the ring. */
struct slice
tokens_make(struct sandbox *sandbox, struct tokens *tokens, const char *prefix, int64_t life_us);
/* One of a known text. */
void tokens_put(struct sandbox *sandbox, struct tokens *tokens, struct slice text, int64_t life_us);
enum token_state
tokens_check(struct sandbox *sandbox, const struct tokens *tokens, struct slice text);
/* For single use: good once, dead from then on. */
enum token_state tokens_spend(struct sandbox *sandbox, struct tokens *tokens, struct slice text);
/* All of them are dead now. */
void tokens_end(struct tokens *tokens);
/* The newest that was made; empty before the first. */
struct slice tokens_newest(const struct tokens *tokens);
/* `n` random lower-case hex digits; n <= 64. */
void hex_random(struct sandbox *sandbox, char *out, size_t n);
