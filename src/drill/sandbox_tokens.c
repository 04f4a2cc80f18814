/* SPDX-License-Identifier: Apache-2.0 */
#include "drill/sandbox_tokens.h"

void hex_random(struct sandbox *sandbox, char *out, size_t n)
{
    must(n <= 64);
    for (size_t i = 0; i < n; i++) {
        out[i] = "0123456789abcdef"[dice_next(&sandbox->dice) % 16];
    }
    out[n] = '\0';
}

static struct token *place_new(struct tokens *tokens, struct sandbox *sandbox, int64_t life_us)
{
    struct token *token = &tokens->ring[tokens->made++ % TOKENS_MAX];
    token->dies_us = env_mono_us(sandbox->env) + life_us;
    token->is_spent = false;
    return token;
}

struct slice
tokens_make(struct sandbox *sandbox, struct tokens *tokens, const char *prefix, int64_t life_us)
{
    char random[41];
    hex_random(sandbox, random, 40);
    struct token *token = place_new(tokens, sandbox, life_us);
    snprintf(token->text, sizeof(token->text), "%s%s", prefix, random);
    return slice_of(token->text);
}

void tokens_put(struct sandbox *sandbox, struct tokens *tokens, struct slice text, int64_t life_us)
{
    struct token *token = place_new(tokens, sandbox, life_us);
    snprintf(token->text, sizeof(token->text), "%.*s", SLICE_ARG(text));
}

static const struct token *token_find(const struct tokens *tokens, struct slice text)
{
    size_t count = tokens->made < TOKENS_MAX ? tokens->made : TOKENS_MAX;
    for (size_t i = 0; i < count && text.n > 0; i++) {
        if (slice_is(text, tokens->ring[i].text)) {
            return &tokens->ring[i];
        }
    }
    return NULL;
}

enum token_state
tokens_check(struct sandbox *sandbox, const struct tokens *tokens, struct slice text)
{
    const struct token *token = token_find(tokens, text);
    if (!token) {
        return TOKEN_UNKNOWN;
    }
    bool is_dead = token->is_spent || token->dies_us <= env_mono_us(sandbox->env);
    return is_dead ? TOKEN_DEAD : TOKEN_GOOD;
}

enum token_state tokens_spend(struct sandbox *sandbox, struct tokens *tokens, struct slice text)
{
    enum token_state state = tokens_check(sandbox, tokens, text);
    if (state == TOKEN_GOOD) {
        tokens->ring[token_find(tokens, text) - tokens->ring].is_spent = true;
    }
    return state;
}

void tokens_end(struct tokens *tokens)
{
    for (size_t i = 0; i < TOKENS_MAX; i++) {
        tokens->ring[i].is_spent = true;
    }
}

struct slice tokens_newest(const struct tokens *tokens)
{
    if (tokens->made == 0) {
        return (struct slice){0};
    }
    return slice_of(tokens->ring[(tokens->made - 1) % TOKENS_MAX].text);
}
