/* SPDX-License-Identifier: Apache-2.0 */
/* Who may log in: made, changed and taken away by administrators; the first one by the setup. */
#include "base/crypto.h"
#include "base/password.h"
#include "engine/access.h"
#include "engine/access_rows.h"
#include "engine/request_parts.h"

static void read_name(const struct form *f, struct slice *out)
{
    struct slice name = {0};
    form_text(f, "name", 1, &name);
    if (form_ok(f) && name.n && !user_name_is_sound(name)) {
        form_refuse(f,
                    400,
                    "invalid",
                    "name",
                    "name is 1 to 64 letters, digits, '.', '_' and '-', without spaces");
        return;
    }
    *out = name;
}

static void read_role(const struct form *f, enum token_scope *out)
{
    struct slice text = {0};
    form_text(f, "role", 1, &text);
    if (form_ok(f) && text.n && !scope_parse(text, out)) {
        form_refuse(f, 400, "invalid", "role", "role is 'read', 'operate' or 'admin'");
    }
}

/* True: the form has one that will do, and the caller has hashed it. */
static bool read_password(const struct form *f,
                          const struct turn *turn,
                          struct slice name,
                          const char **out_advice)
{
    struct slice password = {0};
    if (json_type(json_get(f->object, "password")) == JSON_NONE) {
        return false;
    }
    form_text(f, "password", 1, &password);
    if (!form_ok(f)) {
        return false;
    }
    const char *fault = password_fault(password, name);
    if (fault) {
        form_refuse(f, 400, "weak-password", "password", "this password will not do: %s", fault);
        return false;
    }
    *out_advice = password_advice(password);
    if (turn->args[ACCESS_HASH].n == 0) {
        batch_fail(f->batch, ERR_MEMORY, "hash a password");
        return false;
    }
    return true;
}

void request_users_create(struct batch *b, struct turn *turn)
{
    static const char *const fields[] = {"name", "role", "password"};
    struct json body;
    const char *advice = NULL;
    struct user_row *row = ARENA_NEW(&b->arena, struct user_row);
    if (!row) {
        batch_fail(b, ERR_LIMIT, "a user");
        return;
    }
    if (!form_body(b, turn, &body)) {
        return;
    }
    struct form f = form_begin(b, turn, body, "", fields, COUNT_OF(fields));
    form_needs(&f, "name");
    form_needs(&f, "role");
    form_needs(&f, "password");
    *row = (struct user_row){.created_at_us = b->now_us};
    read_name(&f, &row->name);
    read_role(&f, &row->role);
    bool has_password = read_password(&f, turn, row->name, &advice);
    if (form_ok(&f) && user_copy_by_name(b, row->name)) {
        form_refuse(&f,
                    409,
                    "exists",
                    "name",
                    "there is a user '%.*s': choose another name, or change that one",
                    SLICE_ARG(row->name));
    }
    if (form_ok(&f) && users_count(b) >= USERS_MAX) {
        form_refuse(&f, 409, "too-many", NULL, "there are %d users: remove one", USERS_MAX);
    }
    if (!form_ok(&f) || !has_password) {
        return;
    }
    row->id = b->store->ops->next_id(b->store, ID_USER);
    row->password = arena_copy(&b->arena, turn->args[ACCESS_HASH]);
    request_change(b, &b->changes.users, row);
    turn->object = row->name;
    turn->detail = arena_printf(&b->arena, "role %s", scope_text(row->role));
    turn->status = 201;
    struct show s = request_show(b, turn);
    show_user(&s, row, advice);
}

/* Refuses what would leave nobody who may let others in. */
static bool keeps_an_admin(struct batch *b, struct turn *turn, const struct user_row *row)
{
    bool is_one = row->state == USER_ACTIVE && row->role == SCOPE_ADMIN;
    if (is_one || admins_without(b, row->id)) {
        return true;
    }
    request_refuse(turn,
                   409,
                   "last-admin",
                   NULL,
                   "'%.*s' is the last administrator who can log in: make another one first",
                   SLICE_ARG(row->name));
    return false;
}

static void read_totp(const struct form *f, struct user_row *row)
{
    bool totp = row->totp.n > 0;
    form_bool(f, "totp", &totp);
    if (form_ok(f) && totp && row->totp.n == 0) {
        form_refuse(f,
                    422,
                    "own-totp",
                    "totp",
                    "totp can only be taken away here: whose it is sets it up, in "
                    "POST /v1/session/totp");
    }
    if (form_ok(f) && !totp) {
        row->totp = row->totp_next = (struct slice){0};
    }
}

/* What an entry of the audit says of a change. */
static struct slice
change_text(struct batch *b, const struct user_row *was, const struct user_row *is, bool password)
{
    return arena_printf(&b->arena,
                        "role %s%s%s%s",
                        scope_text(is->role),
                        is->state == USER_DISABLED ? ", disabled" : "",
                        password ? ", new password" : "",
                        was->totp.n && !is->totp.n ? ", second factor taken away" : "");
}

void request_user_change(struct batch *b, struct turn *turn)
{
    static const char *const fields[] = {"role", "password", "disabled", "totp"};
    struct json body;
    const char *advice = NULL;
    struct user_row *row = user_copy_by_name(b, turn->args[0]);
    if (!row) {
        request_not_found(turn, "user");
        return;
    }
    struct show names = request_show(b, turn);
    etag_user(&names, row, turn->etag);
    if (!request_matches(turn, turn->etag) || !form_body(b, turn, &body)) {
        return;
    }
    const struct user_row was = *row;
    struct form f = form_begin(b, turn, body, "", fields, COUNT_OF(fields));
    bool is_disabled = row->state == USER_DISABLED;
    read_role(&f, &row->role);
    form_bool(&f, "disabled", &is_disabled);
    read_totp(&f, row);
    bool has_password = read_password(&f, turn, row->name, &advice);
    row->state = is_disabled ? USER_DISABLED : USER_ACTIVE;
    if (!form_ok(&f) || !keeps_an_admin(b, turn, row)) {
        return;
    }
    if (has_password) {
        row->password = arena_copy(&b->arena, turn->args[ACCESS_HASH]);
    }
    if (has_password || is_disabled) {
        sessions_end(b, row->id, 0);
    }
    request_change(b, &b->changes.users, row);
    turn->object = row->name;
    turn->detail = change_text(b, &was, row, has_password);
    turn->status = 200;
    struct show s = request_show(b, turn);
    show_user(&s, row, advice);
    etag_user(&names, row, turn->etag);
    etag_add_figures(turn->etag, buf_view(&turn->answer));
}

void request_user_delete(struct batch *b, struct turn *turn)
{
    struct user_row *row = user_copy_by_name(b, turn->args[0]);
    if (!row) {
        request_not_found(turn, "user");
        return;
    }
    row->state = USER_GONE;
    if (!keeps_an_admin(b, turn, row)) {
        return;
    }
    sessions_end(b, row->id, 0);
    turn->object = row->name;
    row->name = row->password = row->totp = row->totp_next = (struct slice){0};
    request_change(b, &b->changes.users, row);
    turn->status = 204;
}

void request_setup(struct batch *b, struct turn *turn)
{
    const struct setup_order *order = turn->owner;
    if (users_count(b)) {
        request_refuse(turn,
                       404,
                       "not-found",
                       NULL,
                       "there is a user already: log in, or ask an administrator");
        return;
    }
    struct user_row *row = ARENA_NEW(&b->arena, struct user_row);
    if (!row) {
        batch_fail(b, ERR_LIMIT, "a user");
        return;
    }
    *row = (struct user_row){.id = b->store->ops->next_id(b->store, ID_USER),
                             .name = arena_copy(&b->arena, order->name),
                             .role = SCOPE_ADMIN,
                             .password = arena_copy(&b->arena, order->password),
                             .created_at_us = b->now_us,
                             .last_login_at_us = b->now_us};
    request_change(b, &b->changes.users, row);
    session_add(b, row->id, order->hash);
    turn->object = row->name;
    turn->status = 201;
}
