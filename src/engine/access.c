/* SPDX-License-Identifier: Apache-2.0 */
/* Users and sessions as this commit leaves them, and how they are shown. */
#include "engine/access.h"
#include "base/crypto.h"
#include "engine/access_rows.h"
#include "engine/request_parts.h"

bool session_is_over(const struct session_row *row, int64_t now_us)
{
    return now_us - row->seen_at_us >= SESSION_IDLE_US ||
           now_us - row->created_at_us >= SESSION_WHOLE_US;
}

bool user_name_is_sound(struct slice name)
{
    if (name.n == 0 || name.n > 64) {
        return false;
    }
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '.' || c == '_' || c == '-')) {
            return false;
        }
    }
    return true;
}

enum err totp_open(const struct vault *vault,
                   int64_t user,
                   struct slice sealed,
                   struct arena *arena,
                   struct slice *out)
{
    struct slice bound = arena_printf(arena, "totp:%" PRId64, user);
    return crypto_open(vault->key, sealed, bound, arena, out);
}

static void time_or_null(struct json_writer *w, const char *key, int64_t at_us)
{
    if (at_us) {
        json_field_time(w, key, at_us);
    } else {
        json_field_null(w, key);
    }
}

void show_user(struct show *s, const struct user_row *row, const char *advice)
{
    struct json_writer *w = &s->w;
    json_begin_object(w);
    json_field_text(w, "name", row->name);
    json_field_str(w, "role", scope_text(row->role));
    json_field_bool(w, "totp", row->totp.n > 0);
    json_field_bool(w, "disabled", row->state == USER_DISABLED);
    json_field_time(w, "created_at", row->created_at_us);
    time_or_null(w, "last_login_at", row->last_login_at_us);
    if (advice) {
        json_field_str(w, "advice", advice);
    }
    json_end_object(w);
}

/* ---- users ---- */

static void overlay(struct batch *b, struct rows *rows, struct user_row *changed)
{
    for (size_t i = 0; i < rows->count; i++) {
        if (((const struct user_row *)rows->items[i])->id == changed->id) {
            rows->items[i] = changed;
            return;
        }
    }
    request_change(b, rows, changed);
}

static void users_now(struct batch *b, struct rows *out)
{
    batch_fail(b, b->store->ops->users(b->store, &b->arena, out), "load users");
    for (size_t i = 0; i < b->changes.users.count; i++) {
        overlay(b, out, b->changes.users.items[i]);
    }
}

static struct user_row *copy_of(struct batch *b, const struct user_row *row)
{
    struct user_row *copy = ARENA_NEW(&b->arena, struct user_row);
    if (!copy) {
        batch_fail(b, ERR_LIMIT, "a user");
        return NULL;
    }
    *copy = *row;
    return copy;
}

struct user_row *user_copy(struct batch *b, int64_t id)
{
    struct rows rows = {0};
    users_now(b, &rows);
    for (size_t i = 0; i < rows.count; i++) {
        const struct user_row *row = rows.items[i];
        if (row->id == id && row->state != USER_GONE) {
            return copy_of(b, row);
        }
    }
    return NULL;
}

struct user_row *user_copy_by_name(struct batch *b, struct slice name)
{
    struct rows rows = {0};
    users_now(b, &rows);
    for (size_t i = 0; i < rows.count; i++) {
        const struct user_row *row = rows.items[i];
        if (row->state != USER_GONE && slice_equal_nocase(row->name, name)) {
            return copy_of(b, row);
        }
    }
    return NULL;
}

size_t users_count(struct batch *b)
{
    struct rows rows = {0};
    size_t count = 0;
    users_now(b, &rows);
    for (size_t i = 0; i < rows.count; i++) {
        count += ((const struct user_row *)rows.items[i])->state != USER_GONE;
    }
    return count;
}

size_t admins_without(struct batch *b, int64_t id)
{
    struct rows rows = {0};
    size_t count = 0;
    users_now(b, &rows);
    for (size_t i = 0; i < rows.count; i++) {
        const struct user_row *row = rows.items[i];
        count += row->id != id && row->state == USER_ACTIVE && row->role == SCOPE_ADMIN;
    }
    return count;
}

/* ---- sessions ---- */

static bool is_gone(const struct batch *b, int64_t id)
{
    for (size_t i = 0; i < b->changes.sessions_gone.count; i++) {
        if (((const struct session_row *)b->changes.sessions_gone.items[i])->id == id) {
            return true;
        }
    }
    return false;
}

void sessions_now(struct batch *b, struct rows *out)
{
    struct rows kept = {0};
    batch_fail(b, b->store->ops->sessions(b->store, &b->arena, &kept), "load sessions");
    for (size_t i = 0; i < kept.count; i++) {
        if (!is_gone(b, ((const struct session_row *)kept.items[i])->id)) {
            request_change(b, out, kept.items[i]);
        }
    }
    for (size_t i = 0; i < b->changes.sessions.count; i++) {
        struct session_row *row = b->changes.sessions.items[i];
        bool is_known = is_gone(b, row->id);
        for (size_t k = 0; k < out->count && !is_known; k++) {
            if (((const struct session_row *)out->items[k])->id == row->id) {
                out->items[k] = row;
                is_known = true;
            }
        }
        if (!is_known) {
            request_change(b, out, row);
        }
    }
}

void session_end(struct batch *b, struct session_row *row)
{
    request_change(b, &b->changes.sessions_gone, row);
}

void sessions_end(struct batch *b, int64_t user, int64_t but)
{
    struct rows rows = {0};
    sessions_now(b, &rows);
    for (size_t i = 0; i < rows.count; i++) {
        struct session_row *row = rows.items[i];
        if (row->user == user && row->id != but) {
            session_end(b, row);
        }
    }
}

void session_add(struct batch *b, int64_t user, const uint8_t hash[32])
{
    struct rows rows = {0};
    size_t own = 0;
    sessions_now(b, &rows);
    for (size_t i = rows.count; i-- > 0;) { /* the newest first */
        struct session_row *row = rows.items[i];
        own += row->user == user;
        if (session_is_over(row, b->now_us) || (row->user == user && own >= SESSIONS_PER_USER)) {
            session_end(b, row);
        }
    }
    struct session_row *row = ARENA_NEW(&b->arena, struct session_row);
    if (row) {
        *row = (struct session_row){.id = b->store->ops->next_id(b->store, ID_SESSION),
                                    .user = user,
                                    .created_at_us = b->now_us,
                                    .seen_at_us = b->now_us};
        memcpy(row->hash, hash, sizeof(row->hash));
    }
    request_change(b, &b->changes.sessions, row);
}

#define FORGET_MAX 500

void requests_forget_audits(struct batch *b, struct turn *turn)
{
    int64_t before_us = 0;
    size_t gone = 0;
    struct rows rows = {0};
    const struct store_query q = {.limit = FORGET_MAX + 1, .state = -1};
    must(slice_int(turn->args[0], &before_us));
    batch_fail(b, b->store->ops->list_audits(b->store, &q, &b->arena, &rows), "load the audit");
    for (; !b->err && gone + 1 < rows.count; gone++) { /* the last of them is not looked at */
        struct audit_row *row = rows.items[gone];
        if (row->at_us >= before_us) {
            break;
        }
        request_change(b, &b->changes.audits_gone, row);
    }
    turn->status = gone == FORGET_MAX ? 200 : 204;
}
