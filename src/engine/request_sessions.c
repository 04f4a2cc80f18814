/* SPDX-License-Identifier: Apache-2.0 */
/* What people do about themselves: logging in and out, another password, a second factor. */
#include "base/crypto.h"
#include "base/totp.h"
#include "engine/access.h"
#include "engine/access_rows.h"
#include "engine/request_parts.h"

/* Between the comparing of a password and this turn somebody was faster. */
static void changed_meanwhile(struct turn *turn)
{
    request_refuse(turn, 409, "changed-meanwhile", NULL, "it was changed meanwhile: try again");
}

/* ---- sessions ---- */

static struct session_row *session_copy(struct batch *b, int64_t id)
{
    struct rows rows = {0};
    sessions_now(b, &rows);
    for (size_t i = 0; i < rows.count; i++) {
        const struct session_row *row = rows.items[i];
        struct session_row *copy = row->id == id ? ARENA_NEW(&b->arena, struct session_row) : NULL;
        if (copy) {
            *copy = *row;
            return copy;
        }
    }
    return NULL;
}

void request_session_begin(struct batch *b, struct turn *turn)
{
    const struct login_order *order = turn->owner;
    struct user_row *row = user_copy(b, order->user);
    bool is_same = row && row->state == USER_ACTIVE && slice_equal(row->password, order->password);
    if (!is_same || (row->totp.n ? order->step <= row->totp_used : order->step != 0)) {
        changed_meanwhile(turn);
        return;
    }
    row->totp_used = order->step ? order->step : row->totp_used;
    row->last_login_at_us = b->now_us;
    struct session_row *before = session_copy(b, order->session_before);
    if (before) {
        session_end(b, before);
    }
    session_add(b, row->id, order->hash);
    request_change(b, &b->changes.users, row);
    turn->object = row->name;
    turn->status = 200;
}

void request_session_end(struct batch *b, struct turn *turn)
{
    const struct session_order *order = turn->owner;
    struct session_row *row = session_copy(b, order->session);
    if (row) {
        session_end(b, row);
    }
    turn->object = turn->token_name;
    turn->status = 204;
}

void request_session_seen(struct batch *b, struct turn *turn)
{
    const struct session_order *order = turn->owner;
    struct session_row *row = session_copy(b, order->session);
    if (row && row->seen_at_us < order->seen_at_us) {
        row->seen_at_us = order->seen_at_us;
        request_change(b, &b->changes.sessions, row);
    }
    turn->status = 204;
}

/* ---- a password ---- */

void request_password_change(struct batch *b, struct turn *turn)
{
    const struct secret_order *order = turn->owner;
    struct user_row *row = user_copy(b, order->user);
    if (!row || !slice_equal(row->password, order->password)) {
        changed_meanwhile(turn);
        return;
    }
    row->password = arena_copy(&b->arena, order->fresh);
    sessions_end(b, row->id, order->session);
    request_change(b, &b->changes.users, row);
    turn->object = row->name;
    turn->status = 200;
}

/* ---- the second factor ---- */

/* Who asks, a person; NULL after a refusal. */
static struct user_row *asking_user(struct batch *b, struct turn *turn)
{
    struct user_row *row = turn->asker.user ? user_copy(b, turn->asker.user) : NULL;
    if (!row) {
        request_refuse(
            turn, 403, "only-people", NULL, "this is a person's own: log in with POST /v1/session");
    }
    return row;
}

static void seal_next(struct batch *b, struct user_row *row, struct slice key)
{
    uint8_t nonce[24];
    env_random(b->env, nonce, sizeof(nonce));
    struct slice bound = arena_printf(&b->arena, "totp:%" PRId64, row->id);
    batch_fail(b,
               crypto_seal(b->vault->key, nonce, key, bound, &b->arena, &row->totp_next),
               "seal a second factor");
}

void request_totp_begin(struct batch *b, struct turn *turn)
{
    uint8_t random[TOTP_KEY_SIZE];
    struct user_row *row = asking_user(b, turn);
    if (row && row->totp.n) {
        request_refuse(turn,
                       409,
                       "exists",
                       NULL,
                       "there is a second factor: take it away first, with its owner's password");
    }
    if (!row || request_refused(turn)) {
        return;
    }
    env_random(b->env, random, sizeof(random));
    const struct slice key = {(const char *)random, sizeof(random)};
    seal_next(b, row, key);
    request_change(b, &b->changes.users, row);
    struct slice secret = base32_encode(&b->arena, key);
    crypto_wipe(random, sizeof(random));
    struct json_writer w = json_writer(&turn->answer);
    json_begin_object(&w);
    json_field_text(&w, "secret", secret);
    json_field_text(&w,
                    "uri",
                    arena_printf(&b->arena,
                                 "otpauth://totp/truecount:%.*s?secret=%.*s&issuer=truecount",
                                 SLICE_ARG(row->name),
                                 SLICE_ARG(secret)));
    json_end_object(&w);
    turn->object = row->name;
    turn->status = 200;
}

void request_totp_confirm(struct batch *b, struct turn *turn)
{
    static const char *const fields[] = {"code"};
    struct json body;
    struct slice code = {0}, key = {0};
    if (!form_body(b, turn, &body)) {
        return;
    }
    struct form f = form_begin(b, turn, body, "", fields, COUNT_OF(fields));
    form_needs(&f, "code");
    form_text(&f, "code", 1, &code);
    struct user_row *row = form_ok(&f) ? asking_user(b, turn) : NULL;
    if (!row || !form_ok(&f)) {
        return;
    }
    if (row->totp_next.n == 0) {
        request_refuse(turn, 409, "not-begun", NULL, "begin with POST /v1/session/totp");
        return;
    }
    batch_fail(b,
               totp_open(b->vault, row->id, row->totp_next, &b->arena, &key),
               "open a second factor's key");
    int64_t step = b->err ? 0 : totp_find(key, code, b->now_us, 0);
    if (!step) {
        form_refuse(&f,
                    422,
                    "wrong-code",
                    "code",
                    "code is not the one of this moment: look at the clocks of both sides");
        return;
    }
    row->totp = row->totp_next;
    row->totp_next = (struct slice){0};
    row->totp_used = step;
    request_change(b, &b->changes.users, row);
    turn->object = row->name;
    turn->status = 200;
    struct show s = request_show(b, turn);
    show_user(&s, row, NULL);
}

void request_totp_remove(struct batch *b, struct turn *turn)
{
    const struct secret_order *order = turn->owner;
    struct user_row *row = user_copy(b, order->user);
    if (!row || !slice_equal(row->password, order->password)) {
        changed_meanwhile(turn);
        return;
    }
    row->totp = row->totp_next = (struct slice){0};
    request_change(b, &b->changes.users, row);
    turn->object = row->name;
    turn->status = 200;
    struct show s = request_show(b, turn);
    show_user(&s, row, NULL);
}

/* ---- the audit alone ---- */

void request_audit_note(struct batch *b, struct turn *turn)
{
    const struct note_order *order = turn->owner;
    turn->object = arena_copy(&b->arena, order->object);
    turn->detail = arena_copy(&b->arena, order->detail);
    turn->status = 204;
}
