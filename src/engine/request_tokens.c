/* SPDX-License-Identifier: Apache-2.0 */
/* Access tokens: shown once, kept as a hash, revoked for good or over at their time. */
#include "base/crypto.h"
#include "engine/access.h"
#include "engine/request.h"
#include "engine/request_parts.h"

#define TOKEN_DAYS_MAX 3650

void token_hash(struct slice token, uint8_t out[32])
{
    blake2b(out, 32, &token, 1);
}

/* "tc_" and 32 random bytes as base64url without padding (RFC 4648, 5). */
static struct slice token_new(struct batch *b)
{
    uint8_t random[32];
    env_random(b->env, random, sizeof(random));
    struct slice text =
        base64_encode(&b->arena, (struct slice){(const char *)random, sizeof(random)});
    crypto_wipe(random, sizeof(random));
    char *p = (char *)(uintptr_t)text.p;
    while (text.n && p[text.n - 1] == '=') {
        text.n--;
    }
    for (size_t i = 0; i < text.n; i++) {
        p[i] = p[i] == '+' ? '-' : p[i] == '/' ? '_' : p[i];
    }
    return arena_printf(&b->arena, "tc_%.*s", SLICE_ARG(text));
}

/* 0: it never ends. */
static void read_expiry(const struct form *f, int64_t *out_us)
{
    const int64_t now_us = f->batch->now_us;
    int64_t days = 0, at_us = 0;
    form_int(f, "expires_in_days", 1, TOKEN_DAYS_MAX, &days);
    form_time(f, "expires_at", &at_us);
    if (form_ok(f) && days && at_us) {
        form_refuse(
            f, 400, "invalid", "expires_in_days", "expires_in_days or expires_at, not both");
    }
    if (form_ok(f) && at_us && at_us <= now_us) {
        form_refuse(f, 422, "in-the-past", "expires_at", "expires_at is over already");
    }
    *out_us = days ? now_us + days * 24 * 3600 * US_PER_S : at_us;
}

void request_tokens_create(struct batch *b, struct turn *turn)
{
    static const char *const fields[] = {"name", "scope", "expires_in_days", "expires_at"};
    struct json body;
    if (!form_body(b, turn, &body)) {
        return;
    }
    struct form f = form_begin(b, turn, body, "", fields, COUNT_OF(fields));
    struct slice scope = {0};
    struct token_row *row = ARENA_NEW(&b->arena, struct token_row);
    if (!row) {
        batch_fail(b, ERR_LIMIT, "a token");
        return;
    }
    form_needs(&f, "name");
    form_needs(&f, "scope");
    form_text(&f, "name", 1, &row->name);
    form_text(&f, "scope", 1, &scope);
    if (form_ok(&f) && !scope_parse(scope, &row->scope)) {
        form_refuse(&f, 400, "invalid", "scope", "scope is 'read', 'operate' or 'admin'");
    }
    read_expiry(&f, &row->expires_at_us);
    if (!form_ok(&f)) {
        return;
    }
    struct slice token = token_new(b);
    token_hash(token, row->hash);
    row->id = b->store->ops->next_id(b->store, ID_TOKEN);
    row->created_at_us = b->now_us;
    row->used_day = -1;
    row->made_by = arena_copy(&b->arena, turn->token_name);
    turn->object = row->name;
    request_change(b, &b->changes.tokens, row);
    request_event(b, turn, "token", (struct channel_id){0}, row->name, body, NULL);
    turn->status = 201;
    struct show s = request_show(b, turn);
    show_token(&s, row, token);
}

void request_token_delete(struct batch *b, struct turn *turn)
{
    int64_t id;
    struct rows rows = {0};
    struct token_row *found = NULL;
    batch_fail(b, b->store->ops->tokens(b->store, &b->arena, &rows), "load tokens");
    if (request_arg_id(turn, &id)) {
        for (size_t i = 0; i < rows.count; i++) {
            struct token_row *row = rows.items[i];
            found = row->id == id ? row : found;
        }
    }
    if (!found) {
        request_not_found(turn, "token");
        return;
    }
    found->is_revoked = true;
    turn->object = found->name;
    request_change(b, &b->changes.tokens, found);
    request_event(
        b, turn, "token_revoked", (struct channel_id){0}, found->name, (struct json){0}, NULL);
    turn->status = 204;
}

void request_token_used(struct batch *b, struct turn *turn)
{
    const struct token_order *order = turn->owner;
    struct rows rows = {0};
    batch_fail(b, b->store->ops->tokens(b->store, &b->arena, &rows), "load tokens");
    turn->status = 204;
    for (size_t i = 0; i < b->changes.tokens.count; i++) {
        if (((const struct token_row *)b->changes.tokens.items[i])->id == order->token) {
            return; /* this very commit changes it */
        }
    }
    for (size_t i = 0; i < rows.count; i++) {
        struct token_row *row = rows.items[i];
        if (row->id == order->token && row->used_day < order->day) {
            row->used_day = order->day;
            request_change(b, &b->changes.tokens, row);
        }
    }
}
