/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logging in and out, the setup, another password, a second factor taken away: what compares a
 * password, off the loop, before the writer decides.
 *
 * A stranger learns nothing from an answer or its time: an unknown name costs the same comparison.
 * Each try counts before it is compared, so that many at once are no way round the limit; one that
 * was right is taken back.
 */
#include "base/crypto.h"
#include "base/log.h"
#include "base/password.h"
#include "base/totp.h"
#include "engine/problem.h"
#include "intake/api_inner.h"

#define COOKIE_TAIL "; Path=/; Secure; HttpOnly; SameSite=Lax"
#define SETUP_GOOD_US (24 * 3600 * US_PER_S)

/* ---- bodies ---- */

struct wanted {
    const char *name;
    bool is_needed;
    struct slice *out;
};

/* Texts of 1 to 255 bytes, copied; false: it was refused. */
static bool
read_texts(struct api *api, struct http_exchange *x, const struct wanted *wanted, size_t count)
{
    struct json root;
    struct err_note note = {""};
    if (json_parse(api->parser, x->request.body, &root, &note) || json_type(root) != JSON_OBJECT) {
        api_problem(x,
                    400,
                    "the body is not a JSON object",
                    arena_printf(&x->arena, "send an object; %s", note.text));
        return false;
    }
    for (struct json_iter i = json_iter(root); json_next(&i);) {
        bool is_known = false;
        for (size_t k = 0; k < count; k++) {
            is_known |= slice_is(i.key, wanted[k].name);
        }
        if (!is_known) {
            api_refuse_field(x,
                             "unknown-field",
                             i.key,
                             "there is no field '%.*s'",
                             i.key.n < 100 ? (int)i.key.n : 100,
                             i.key.p);
            return false;
        }
    }
    for (size_t k = 0; k < count; k++) {
        struct json v = json_get(root, wanted[k].name);
        struct slice text = {0};
        bool is_absent = json_type(v) == JSON_NONE || json_type(v) == JSON_NULL;
        if (is_absent && !wanted[k].is_needed) {
            continue;
        }
        if (!json_text(v, &text) || text.n < 1 || text.n > PASSWORD_MAX) {
            api_refuse_field(x,
                             "invalid",
                             slice_of(wanted[k].name),
                             "%s must be a text of 1 to 255 bytes",
                             wanted[k].name);
            return false;
        }
        *wanted[k].out = arena_copy(&x->arena, text);
    }
    return true;
}

static void refuse_kind(
    struct http_exchange *x, int status, const char *kind, const char *detail, const char *field)
{
    ON_EXIT(buf_free) struct buf out;
    buf_init(&out, (size_t)64 * 1024);
    problem_write(&out, status, kind, slice_of(detail), field);
    api_answer_json(x, status, buf_view(&out));
}

static void refuse_memory(struct http_exchange *x)
{
    api_problem(x, 503, "out of memory", SLICE("try again"));
}

/* ---- the answer about a session ---- */

static void put_session(struct api *api,
                        struct http_exchange *x,
                        int status,
                        const struct session_row *session,
                        struct slice cookie,
                        bool is_new)
{
    const struct user_row *user = access_user(api->access, session->user);
    ON_EXIT(buf_free) struct buf out;
    buf_init(&out, (size_t)64 * 1024);
    struct show s = {.w = json_writer(&out)};
    must(user);
    json_begin_object(&s.w);
    json_key(&s.w, "user");
    show_user(&s, user, NULL);
    json_field_text(&s.w, "csrf", access_csrf(cookie, &x->arena));
    json_field_time(&s.w, "expires_at", session->created_at_us + SESSION_WHOLE_US);
    json_end_object(&s.w);
    const struct http_header set = {SLICE("Set-Cookie"),
                                    arena_printf(&x->arena,
                                                 ACCESS_COOKIE "=%.*s" COOKIE_TAIL
                                                               "; Max-Age=%" PRId64,
                                                 SLICE_ARG(cookie),
                                                 SESSION_WHOLE_US / US_PER_S)};
    api_answer_with(x, status, &set, is_new ? 1 : 0, buf_view(&out));
}

/* It was committed just now. */
static void
answer_new_session(struct api *api, struct http_exchange *x, int status, struct slice cookie)
{
    const struct http_header header = {
        SLICE("Cookie"), arena_printf(&x->arena, ACCESS_COOKIE "=%.*s", SLICE_ARG(cookie))};
    const struct http_request head = {.headers = &header, .headers_count = 1};
    struct caller caller;
    access_changed(api->access);
    const struct session_row *session = access_find(api->access, &head, &caller)
                                            ? NULL
                                            : access_session(api->access, caller.session);
    if (session) {
        put_session(api, x, status, session, cookie, true);
    } else {
        api_problem(x, 503, "the session cannot be read", SLICE("log in again"));
    }
}

void api_session(struct api *api, struct http_exchange *x, const struct slice *args)
{
    (void)args;
    const struct session_row *session = access_session(api->access, api->asking.session);
    must(session); /* it was found just now */
    put_session(api, x, 200, session, access_cookie(&x->request), false);
}

/* ---- logging in ---- */

struct login {
    struct login_order order; /* first */
    struct api *api;
    struct http_exchange *x;
    struct slice name, password, code, cookie;
    struct slice address;
};

static struct slice name_key(struct slice name, struct arena *arena)
{
    struct slice copy = arena_copy(arena, name);
    char *p = (char *)(uintptr_t)copy.p;
    for (size_t i = 0; i < copy.n; i++) {
        p[i] = p[i] >= 'A' && p[i] <= 'Z' ? (char)(p[i] + ('a' - 'A')) : p[i];
    }
    return copy;
}

/* Whoever has one address of an IPv6 network has all of it. */
static struct slice address_key(struct slice address, struct arena *arena)
{
    struct cidr parsed;
    if (address.n == 0 || !memchr(address.p, ':', address.n) || !cidr_parse(address, &parsed)) {
        return address;
    }
    return arena_copy(arena, (struct slice){(const char *)parsed.address, 8});
}

/* True: too often, and it was refused. Else this try is counted. */
static bool
must_wait(struct api *api, struct http_exchange *x, struct slice name, struct slice address)
{
    int64_t now_us = env_mono_us(api->config.env);
    struct slice keys[] = {name_key(name, &x->arena), address_key(address, &x->arena)};
    int64_t name_us = name.n ? attempts_wait_us(api->by_name, keys[0], now_us) : 0;
    int64_t address_us = address.n ? attempts_wait_us(api->by_address, keys[1], now_us) : 0;
    int64_t wait_us = name_us > address_us ? name_us : address_us;
    if (wait_us) {
        api_refuse_waiting(x, wait_us);
        return true;
    }
    if (name.n) {
        attempts_add(api->by_name, keys[0], now_us);
    }
    if (address.n) {
        attempts_add(api->by_address, keys[1], now_us);
    }
    return false;
}

static void
was_right(struct api *api, struct http_exchange *x, struct slice name, struct slice address)
{
    if (name.n) {
        attempts_clear(api->by_name, name_key(name, &x->arena));
    }
    if (address.n) {
        attempts_take_back(api->by_address, address_key(address, &x->arena));
    }
}

/* The same for an unknown name, a wrong password and a wrong code. */
static void refuse_login(struct login *login)
{
    const struct user_row *user = access_user_by_name(login->api->access, login->name);
    struct slice known = user ? arena_copy(&login->x->arena, user->name) : (struct slice){0};
    api_note_login(login->api, login->x, known);
    refuse_kind(login->x, 401, "wrong-login", "name, password or code is not right", NULL);
}

static void logged_in(struct turn *turn)
{
    struct login *login = turn->owner;
    if (turn->err) {
        api_not_committed(login->x, turn);
    } else if (turn->status != 200) {
        refuse_login(login);
    } else {
        was_right(login->api, login->x, login->name, login->address);
        answer_new_session(login->api, login->x, 200, login->cookie);
    }
    turn_free(turn);
}

/* The code's step; 0: it is none. */
static int64_t step_of(struct login *login, const struct user_row *user)
{
    struct api *api = login->api;
    struct slice key = {0};
    if (totp_open(api->config.vault, user->id, user->totp, &login->x->arena, &key)) {
        return 0;
    }
    return totp_find(key, login->code, env_wall_us(api->config.env), user->totp_used);
}

static void begin_session(struct login *login, const struct user_row *user)
{
    struct api *api = login->api;
    struct http_exchange *x = login->x;
    struct turn *turn = turn_new(TURN_REQUEST, logged_in, login);
    if (!turn) {
        refuse_memory(x);
        return;
    }
    struct caller before, caller = {.token = API_TOKEN_OF_USER(user->id),
                                    .name = arena_copy(&x->arena, user->name),
                                    .via = VIA_SESSION,
                                    .user = user->id};
    login->cookie = access_secret(api->config.env, &x->arena);
    access_cookie_hash(login->cookie, login->order.hash);
    struct slice cookie = access_cookie(&x->request);
    struct http_header header = {SLICE("Cookie"),
                                 arena_printf(&x->arena, ACCESS_COOKIE "=%.*s", SLICE_ARG(cookie))};
    const struct http_request head = {.headers = &header, .headers_count = 1};
    if (cookie.n && access_find(api->access, &head, &before) == 0) {
        login->order.session_before = before.session;
    }
    turn->run = request_session_begin;
    api_turn_ask(api, turn, x, &caller, "logIn");
    if (!engine_submit(api->config.engine, turn)) {
        turn_free(turn);
        api_problem(x, 503, "too busy", SLICE("nothing was changed; send it again"));
    }
}

static void compared(struct hash_work *work)
{
    struct login *login = work->arg;
    const struct user_row *user = access_user(login->api->access, login->order.user);
    if (!work->is_right || !user || !slice_equal(user->password, login->order.password)) {
        refuse_login(login);
        return;
    }
    if (user->totp.n && login->code.n == 0) {
        attempts_take_back(login->api->by_name, name_key(login->name, &login->x->arena));
        attempts_take_back(login->api->by_address, address_key(login->address, &login->x->arena));
        refuse_kind(login->x,
                    401,
                    "totp-needed",
                    "totp_needed: send the code of your second factor too",
                    "totp");
        return;
    }
    login->order.step = user->totp.n ? step_of(login, user) : 0;
    if (user->totp.n && !login->order.step) {
        refuse_login(login);
        return;
    }
    begin_session(login, user);
}

void api_log_in(struct api *api, struct http_exchange *x, const struct slice *args)
{
    struct login *login = ARENA_NEW(&x->arena, struct login);
    struct hash_work *work = ARENA_NEW(&x->arena, struct hash_work);
    (void)args;
    if (!login || !work) {
        refuse_memory(x);
        return;
    }
    *login = (struct login){.api = api, .x = x, .address = api_address(api, x)};
    const struct wanted wanted[] = {{"name", true, &login->name},
                                    {"password", true, &login->password},
                                    {"totp", false, &login->code}};
    if (!read_texts(api, x, wanted, COUNT_OF(wanted)) ||
        must_wait(api, x, login->name, login->address)) {
        return;
    }
    const struct user_row *user = access_user_by_name(api->access, login->name);
    login->order.user = user ? user->id : 0;
    login->order.password = user ? arena_copy(&x->arena, user->password) : SLICE(HASHING_NOBODY);
    *work = (struct hash_work){.x = x,
                               .password = login->password,
                               .kept = login->order.password,
                               .then = compared,
                               .arg = login};
    hashing_start(api->hashing, work);
}

/* ---- logging out ---- */

struct leaving {
    struct session_order order; /* first */
    struct api *api;
    struct http_exchange *x;
};

static void logged_out(struct turn *turn)
{
    static const struct http_header gone = {
        {"Set-Cookie", 10},
        {ACCESS_COOKIE "=" COOKIE_TAIL "; Max-Age=0",
         sizeof(ACCESS_COOKIE "=" COOKIE_TAIL "; Max-Age=0") - 1}};
    const struct leaving *leaving = turn->owner;
    if (turn->err) {
        api_not_committed(leaving->x, turn);
    } else {
        access_changed(leaving->api->access);
        api_answer_with(leaving->x, 204, &gone, 1, (struct slice){0});
    }
    turn_free(turn);
}

void api_log_out(struct api *api, struct http_exchange *x, const struct slice *args)
{
    (void)args;
    struct turn *turn = turn_new(TURN_REQUEST, logged_out, NULL);
    struct leaving *leaving = turn ? ARENA_NEW(&turn->arena, struct leaving) : NULL;
    if (!leaving) {
        turn_free(turn);
        refuse_memory(x);
        return;
    }
    *leaving = (struct leaving){.order = {.session = api->asking.session}, .api = api, .x = x};
    turn->owner = leaving;
    turn->run = request_session_end;
    api_turn_ask(api, turn, x, &api->asking, "logOut");
    if (!engine_submit(api->config.engine, turn)) {
        turn_free(turn);
        api_problem(x, 503, "too busy", SLICE("nothing was changed; send it again"));
    }
}

/* ---- a password again, before something that matters ---- */

struct proof {
    struct secret_order order; /* first */
    struct api *api;
    struct http_exchange *x;
    struct caller caller;
    request_fn *run;
    const char *action, *field;
    const char *advice; /* on the new password */
};

static void proven(struct turn *turn)
{
    const struct proof *proof = turn->owner;
    if (turn->err) {
        api_not_committed(proof->x, turn);
        turn_free(turn);
        return;
    }
    access_changed(proof->api->access);
    if (turn->status == 200 && turn->run == request_password_change) {
        const struct user_row *user = access_user(proof->api->access, proof->order.user);
        struct show s = {.w = json_writer(&turn->answer)};
        if (user) {
            show_user(&s, user, proof->advice);
        }
    }
    api_answer_json(proof->x, turn->status, buf_view(&turn->answer));
    turn_free(turn);
}

static void proof_compared(struct hash_work *work)
{
    struct proof *proof = work->arg;
    struct api *api = proof->api;
    struct http_exchange *x = proof->x;
    if (!work->is_right) {
        api_note_login(api, x, proof->caller.name);
        refuse_kind(x, 403, "wrong-password", "the password is not right", proof->field);
        return;
    }
    attempts_clear(api->by_name, name_key(proof->caller.name, &x->arena));
    if (work->fresh.n && !work->fresh_text[0]) {
        refuse_memory(x);
        return;
    }
    struct turn *turn = turn_new(TURN_REQUEST, proven, proof);
    if (!turn) {
        refuse_memory(x);
        return;
    }
    proof->order.fresh = slice_of(work->fresh_text);
    turn->run = proof->run;
    api_turn_ask(api, turn, x, &proof->caller, proof->action);
    if (!engine_submit(api->config.engine, turn)) {
        turn_free(turn);
        api_problem(x, 503, "too busy", SLICE("nothing was changed; send it again"));
    }
}

/* Compares the password of who asks, then runs the turn. fresh: hashed on the way; may be empty. */
static void
prove(struct api *api, const struct proof *wanted, struct slice password, struct slice fresh)
{
    struct http_exchange *x = wanted->x;
    const struct user_row *user = access_user(api->access, api->asking.user);
    struct proof *proof = ARENA_NEW(&x->arena, struct proof);
    struct hash_work *work = ARENA_NEW(&x->arena, struct hash_work);
    if (!user || !proof || !work) {
        refuse_memory(x);
        return;
    }
    struct slice kept = arena_copy(&x->arena, user->password);
    if (must_wait(api, x, api->asking.name, (struct slice){0})) {
        return;
    }
    *proof = *wanted;
    proof->api = api;
    proof->caller = api->asking;
    proof->order =
        (struct secret_order){.user = user->id, .session = api->asking.session, .password = kept};
    *work = (struct hash_work){.x = x,
                               .password = password,
                               .kept = kept,
                               .fresh = fresh,
                               .then = proof_compared,
                               .arg = proof};
    hashing_start(api->hashing, work);
}

/* False: it was refused. */
static bool
will_do(struct http_exchange *x, const char *field, struct slice password, struct slice name)
{
    const char *fault = password_fault(password, name);
    if (fault) {
        api_refuse_field(
            x, "weak-password", slice_of(field), "%s: this password will not do: %s", field, fault);
    }
    return !fault;
}

void api_password(struct api *api, struct http_exchange *x, const struct slice *args)
{
    struct slice old = {0}, fresh = {0};
    const struct wanted wanted[] = {{"old", true, &old}, {"new", true, &fresh}};
    (void)args;
    if (!read_texts(api, x, wanted, COUNT_OF(wanted)) ||
        !will_do(x, "new", fresh, api->asking.name)) {
        return;
    }
    const struct proof proof = {.x = x,
                                .run = request_password_change,
                                .action = "changePassword",
                                .field = "old",
                                .advice = password_advice(fresh)};
    prove(api, &proof, old, fresh);
}

void api_totp_remove(struct api *api, struct http_exchange *x, const struct slice *args)
{
    struct slice password = {0};
    const struct wanted wanted[] = {{"password", true, &password}};
    (void)args;
    if (!read_texts(api, x, wanted, COUNT_OF(wanted))) {
        return;
    }
    const struct proof proof = {
        .x = x, .run = request_totp_remove, .action = "removeTotp", .field = "password"};
    prove(api, &proof, password, (struct slice){0});
}

/* ---- the first administrator ---- */

enum err api_setup_code(struct api *api, const char **out)
{
    bool has_users = true;
    struct arena arena;
    enum err e = access_has_users(api->access, &has_users);
    *out = NULL;
    if (e || has_users) {
        return e;
    }
    arena_init(&arena, 4096);
    struct slice code = access_secret(api->config.env, &arena);
    if (code.n != ACCESS_SECRET_TEXT) {
        arena_free(&arena);
        return ERR_MEMORY;
    }
    memcpy(api->setup_code, code.p, code.n);
    access_cookie_hash(code, api->setup_hash);
    api->setup_until_us = env_wall_us(api->config.env) + SETUP_GOOD_US;
    arena_free(&arena);
    *out = api->setup_code;
    return ERR_OK;
}

int read_setup(struct reading *r)
{
    bool has_users = true;
    enum err e = access_has_users(r->api->access, &has_users);
    if (e) {
        return reading_problem(r, 503, "the store cannot be read", "%s", err_text(e));
    }
    json_begin_object(&r->show.w);
    json_field_bool(&r->show.w, "needed", !has_users);
    json_end_object(&r->show.w);
    return 200;
}

struct setup {
    struct setup_order order; /* first */
    struct api *api;
    struct http_exchange *x;
    struct slice cookie, address;
};

static void is_set_up(struct turn *turn)
{
    struct setup *setup = turn->owner;
    if (turn->err) {
        api_not_committed(setup->x, turn);
    } else if (turn->status != 201) {
        api_answer_json(setup->x, turn->status, buf_view(&turn->answer));
    } else {
        setup->api->setup_until_us = 0; /* it was good once */
        answer_new_session(setup->api, setup->x, 201, setup->cookie);
    }
    turn_free(turn);
}

static void setup_hashed(struct hash_work *work)
{
    struct setup *setup = work->arg;
    struct api *api = setup->api;
    struct turn *turn = work->fresh_text[0] ? turn_new(TURN_REQUEST, is_set_up, setup) : NULL;
    if (!turn) {
        refuse_memory(setup->x);
        return;
    }
    const struct caller caller = {.name = setup->order.name, .via = VIA_SETUP};
    setup->order.password = slice_of(work->fresh_text);
    setup->cookie = access_secret(api->config.env, &setup->x->arena);
    access_cookie_hash(setup->cookie, setup->order.hash);
    turn->run = request_setup;
    api_turn_ask(api, turn, setup->x, &caller, "setUp");
    if (!engine_submit(api->config.engine, turn)) {
        turn_free(turn);
        api_problem(setup->x, 503, "too busy", SLICE("nothing was changed; send it again"));
    }
}

static bool is_setup_code(const struct api *api, struct slice code)
{
    uint8_t hash[32];
    access_cookie_hash(code, hash);
    bool is_it = crypto_equal((struct slice){(const char *)hash, sizeof(hash)},
                              (struct slice){(const char *)api->setup_hash, sizeof(hash)});
    return is_it && env_wall_us(api->config.env) < api->setup_until_us;
}

void api_setup(struct api *api, struct http_exchange *x, const struct slice *args)
{
    struct slice code = {0}, password = {0};
    struct setup *setup = ARENA_NEW(&x->arena, struct setup);
    struct hash_work *work = ARENA_NEW(&x->arena, struct hash_work);
    bool has_users = true;
    (void)args;
    if (!setup || !work || access_has_users(api->access, &has_users)) {
        refuse_memory(x);
        return;
    }
    if (has_users) {
        refuse_kind(
            x, 404, "not-found", "there is a user already: log in, or ask one of them", NULL);
        return;
    }
    *setup = (struct setup){.api = api, .x = x, .address = api_address(api, x)};
    const struct wanted wanted[] = {
        {"code", true, &code}, {"name", true, &setup->order.name}, {"password", true, &password}};
    if (!read_texts(api, x, wanted, COUNT_OF(wanted)) ||
        must_wait(api, x, (struct slice){0}, setup->address)) {
        return;
    }
    if (!is_setup_code(api, code)) {
        api_note_login(api, x, (struct slice){0});
        refuse_kind(
            x,
            403,
            "wrong-code",
            "this code is not the one of the last start, or its 24 hours are over: start the "
            "server again for another",
            "code");
        return;
    }
    was_right(api, x, (struct slice){0}, setup->address);
    if (!user_name_is_sound(setup->order.name)) {
        api_refuse_field(x,
                         "invalid",
                         SLICE("name"),
                         "name is 1 to 64 letters, digits, '.', '_' and '-', without spaces");
        return;
    }
    if (will_do(x, "password", password, setup->order.name)) {
        *work = (struct hash_work){.x = x, .fresh = password, .then = setup_hashed, .arg = setup};
        hashing_start(api->hashing, work);
    }
}
