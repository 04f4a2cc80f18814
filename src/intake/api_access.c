/* SPDX-License-Identifier: Apache-2.0 */
/* Who asked, for the log and the audit; refusals that come in bursts; users; the audit itself. */
#include "base/log.h"
#include "base/password.h"
#include "intake/api_inner.h"

#define LOGIN_NOTES_MAX                                                                            \
    200 /* entries about failed logins within a window; the others are counted */

/* ---- who asked ---- */

/* What changes how the server works though an operator may do it. Stock has its own book. */
static const char *const kept[] = {
    "pausePushes",
    "resumePushes",
    "rollBack",
    "replayDelivery",
    "replayDeliveries",
    "auditChannel",
    "resolveIncident",
    "cancelJob",
    "bookOpening",
    "importTable",
    "deleteListing",
    "beginTotp",
    "confirmTotp",
};

const char *api_action_of(const struct route *route)
{
    bool is_kept = route->scope == SCOPE_ADMIN;
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        is_kept |= strcmp(route->doc->id, kept[i]) == 0;
    }
    return is_kept && strcmp(route->method, "GET") != 0 ? route->doc->id : NULL;
}

void api_turn_ask(struct api *api,
                  struct turn *turn,
                  const struct http_exchange *x,
                  const struct caller *caller,
                  const char *action)
{
    turn->token_id = caller->token;
    turn->token_name = arena_copy(&turn->arena, caller->name);
    turn->asker = (struct asker){
        .via = caller->via, .user = caller->user, .session = caller->session, .action = action};
    if (action && caller->via != VIA_CLI) {
        turn->asker.address = access_address(api->access, &x->request, x->peer, &turn->arena);
    }
}

struct slice api_address(const struct api *api, struct http_exchange *x)
{
    return access_address(api->access, &x->request, x->peer, &x->arena);
}

/* ---- entries that belong to no change ---- */

static void noted(struct turn *turn)
{
    if (turn->err) {
        LOG(LOG_ERROR,
            "an entry of the audit was not kept",
            LOG_STR("action", turn->asker.action),
            LOG_STR("err", err_name(turn->err)));
    }
    turn_free(turn);
}

void api_note(struct api *api,
              struct http_exchange *x,
              const struct caller *caller,
              const char *action,
              struct slice object,
              const char *detail)
{
    struct turn *turn = turn_new(TURN_REQUEST, noted, NULL);
    struct note_order *order = turn ? ARENA_NEW(&turn->arena, struct note_order) : NULL;
    if (!order) {
        turn_free(turn);
        return;
    }
    *order = (struct note_order){arena_copy(&turn->arena, object), slice_of(detail)};
    turn->run = request_audit_note;
    turn->owner = order;
    api_turn_ask(api, turn, x, caller, action);
    if (!engine_submit(api->config.engine, turn)) {
        turn_free(turn);
    }
}

void api_note_login(struct api *api, struct http_exchange *x, struct slice name)
{
    int64_t now_us = env_mono_us(api->config.env);
    api->logins_failed++;
    if (now_us - api->login_notes_us >= LOGIN_WINDOW_US || api->login_notes_us == 0) {
        api->login_notes_us = now_us;
        api->login_notes = 0;
    }
    if (++api->login_notes > LOGIN_NOTES_MAX) {
        return; /* somebody guesses at large: the metric counts on, the disk does not fill */
    }
    /* A name that nobody has may be a password in the wrong field. */
    const struct caller caller = {.name = name, .via = VIA_SESSION};
    api_note(api,
             x,
             &caller,
             "logInFailed",
             name,
             api->login_notes == LOGIN_NOTES_MAX ? "and more, which are only counted" : "");
}

void api_note_refusal(struct api *api, struct http_exchange *x, int status)
{
    int64_t now_us = env_mono_us(api->config.env);
    const struct caller caller = {.via = VIA_TOKEN};
    struct slice address = api_address(api, x);
    api->refused_401 += status == 401;
    api->refused_403 += status == 403;
    if (attempts_add(api->refusals, address, now_us) < ATTEMPTS_MAX ||
        attempts_wait_us(api->told, address, now_us)) {
        return;
    }
    attempts_add(api->told, address, now_us);
    api_note(api,
             x,
             &caller,
             "refused",
             SLICE("many requests"),
             "20 within a minute had no valid token or reached too far");
}

void api_refuse_waiting(struct http_exchange *x, int64_t wait_us)
{
    char seconds[24];
    (void)snprintf(seconds, sizeof(seconds), "%" PRId64, wait_us / US_PER_S + 1);
    const struct http_header retry = {SLICE("Retry-After"), slice_of(seconds)};
    struct slice body = arena_printf(
        &x->arena,
        "{\"type\":\"urn:truecount:problem:too-many-tries\",\"title\":\"too many tries\","
        "\"status\":429,\"detail\":\"try again in %s seconds\"}",
        seconds);
    api_answer_with(x, 429, &retry, 1, body);
}

/* ---- writes with a password ---- */

struct waiting_write {
    struct api *api;
    const struct route *route;
    struct slice args[ARGS_MAX];
    struct caller caller;
};

static void hashed(struct hash_work *work)
{
    struct waiting_write *w = work->arg;
    w->args[ACCESS_HASH] = slice_of(work->fresh_text);
    api_write(w->api, work->x, w->route, w->args, &w->caller);
}

static bool is_field(const struct route *route, struct slice name)
{
    const struct schema *schema = route->doc->asks;
    unsigned form = route->doc->is_patch ? CHANGED : ASKED;
    for (size_t i = 0; i < schema->fields_count; i++) {
        if ((schema->fields[i].in & form) && slice_is(name, schema->fields[i].name)) {
            return true;
        }
    }
    return false;
}

/* The password, when the writer would not refuse the body for it, or for a field. */
static struct slice password_of(struct api *api, struct http_exchange *x, const struct route *route)
{
    struct json root;
    struct err_note note;
    struct slice password = {0};
    if (json_parse(api->parser, x->request.body, &root, &note) || json_type(root) != JSON_OBJECT) {
        return password;
    }
    for (struct json_iter i = json_iter(root); json_next(&i);) {
        if (!is_field(route, i.key)) {
            return (struct slice){0};
        }
    }
    if (!json_text(json_get(root, "password"), &password) ||
        password_fault(password, (struct slice){0})) {
        return (struct slice){0};
    }
    return arena_copy(&x->arena, password);
}

bool api_hash_first(struct api *api,
                    struct http_exchange *x,
                    const struct route *route,
                    const struct slice *args,
                    const struct caller *caller)
{
    if (route->write != request_users_create && route->write != request_user_change) {
        return false;
    }
    struct slice password = password_of(api, x, route);
    struct hash_work *work = password.n ? ARENA_NEW(&x->arena, struct hash_work) : NULL;
    struct waiting_write *w = work ? ARENA_NEW(&x->arena, struct waiting_write) : NULL;
    if (!w) {
        return false;
    }
    *w = (struct waiting_write){.api = api, .route = route, .caller = *caller};
    memcpy(w->args, args, sizeof(w->args));
    *work = (struct hash_work){.x = x, .fresh = password, .then = hashed, .arg = w};
    hashing_start(api->hashing, work);
    return true;
}

/* ---- reads ---- */

static int unreadable(struct reading *r, enum err e)
{
    return reading_problem(r, 503, "the store cannot be read", "%s", err_text(e));
}

int read_users(struct reading *r)
{
    struct rows rows = {0};
    struct store_query q = {0};
    size_t shown = 0;
    int64_t last = 0;
    if (!reading_page(r, &q)) {
        return 400;
    }
    enum err e = r->store->ops->users(r->store, r->arena, &rows);
    if (e) {
        return unreadable(r, e);
    }
    reading_begin_list(r);
    for (size_t i = 0; i < rows.count && shown < q.limit; i++) {
        const struct user_row *row = rows.items[i];
        if (row->id > q.after && row->state != USER_GONE) {
            show_user(&r->show, row, NULL);
            last = row->id;
            shown++;
        }
    }
    return reading_end_list(r, shown, q.limit, last);
}

int read_user(struct reading *r)
{
    struct rows rows = {0};
    enum err e = r->store->ops->users(r->store, r->arena, &rows);
    if (e) {
        return unreadable(r, e);
    }
    for (size_t i = 0; i < rows.count; i++) {
        const struct user_row *row = rows.items[i];
        if (row->state != USER_GONE && slice_equal_nocase(row->name, r->args[0])) {
            show_user(&r->show, row, NULL);
            etag_user(&r->show, row, r->etag);
            etag_add_figures(r->etag, buf_view(&r->out));
            return 200;
        }
    }
    return reading_problem(r, 404, "not found", "there is no user %.*s", SLICE_ARG(r->args[0]));
}

static void show_entry(struct show *s, const struct audit_row *row)
{
    struct json_writer *w = &s->w;
    json_begin_object(w);
    show_id(s, "id", row->n);
    json_field_time(w, "at", row->at_us);
    json_field_text(w, "actor", row->actor);
    json_field_str(w, "via", asked_via_text(row->via));
    json_field_text(w, "action", row->action);
    json_field_text(w, "object", row->object);
    json_field_text(w, "detail", row->detail);
    json_field_text(w, "address", row->address);
    show_id(s, "event", row->event);
    json_end_object(w);
}

int read_audit(struct reading *r)
{
    struct rows rows = {0};
    struct store_query q = {.newest_first = true};
    int64_t last = 0;
    if (!reading_page(r, &q)) {
        return 400;
    }
    (void)reading_query(r, "actor", &q.actor);
    (void)reading_query(r, "action", &q.text);
    enum err e = r->store->ops->list_audits(r->store, &q, r->arena, &rows);
    if (e) {
        return unreadable(r, e);
    }
    reading_begin_list(r);
    for (size_t i = 0; i < rows.count; i++) {
        const struct audit_row *row = rows.items[i];
        show_entry(&r->show, row);
        last = row->n;
    }
    return reading_end_list(r, rows.count, q.limit, last);
}
