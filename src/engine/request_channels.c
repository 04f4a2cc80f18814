/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Channels: an account, its settings and its policy. Secrets go in and never come out: they are
 * sealed before they are kept, and left out of the log and of every answer. A change is kept only
 * when the connector can work with it.
 */
#include "base/crypto.h"
#include "engine/cutover.h"
#include "engine/request.h"
#include "engine/request_parts.h"

#define SETTINGS_MAX ((size_t)64 * 1024)

static const char *const fields[] = {"code",
                                     "connector",
                                     "mode",
                                     "paused",
                                     "settings",
                                     "secrets",
                                     "buffer",
                                     "percent",
                                     "cap",
                                     "route",
                                     "opened_at"};

static void doc_free(struct json_doc **doc)
{
    json_doc_free(*doc);
}

/* Members of `said` over those of the kept object: a new value replaces, null removes. */
static struct slice
merge_objects(struct batch *b, struct json said, struct slice kept, bool *out_is_large)
{
    ON_EXIT(buf_free) struct buf out;
    ON_EXIT(doc_free) struct json_doc *doc = json_doc_new();
    struct json old = {0};
    struct err_note note;
    buf_init(&out, SETTINGS_MAX);
    if (!doc || (kept.n && json_parse(doc, kept, &old, &note))) {
        batch_fail(b, doc ? ERR_CORRUPT : ERR_MEMORY, "a channel's settings");
        return kept;
    }
    struct json_writer w = json_writer(&out);
    json_begin_object(&w);
    for (struct json_iter i = json_iter(old); json_next(&i);) {
        char key[256];
        (void)snprintf(key, sizeof(key), "%.*s", SLICE_ARG(i.key));
        if (json_type(json_get(said, key)) == JSON_NONE) {
            json_key_slice(&w, i.key);
            json_put_raw(&w, json_copy_text(i.value, &b->arena));
        }
    }
    for (struct json_iter i = json_iter(said); json_next(&i);) {
        if (json_type(i.value) != JSON_NULL) {
            json_key_slice(&w, i.key);
            json_put_raw(&w, json_copy_text(i.value, &b->arena));
        }
    }
    json_end_object(&w);
    struct slice merged = arena_copy(&b->arena, buf_view(&out));
    *out_is_large = out.overflow;
    crypto_wipe(out.p, out.p ? out.n : 0);
    return merged;
}

static struct slice merge(const struct form *f, const char *field, struct slice kept)
{
    struct json said = form_json(f, field, JSON_OBJECT);
    bool is_large = false;
    if (json_type(said) == JSON_NONE || !form_ok(f)) {
        return kept;
    }
    for (struct json_iter i = json_iter(said); json_next(&i);) {
        if (i.key.n > 200 || memchr(i.key.p, 0, i.key.n)) {
            form_refuse(f, 400, "invalid", field, "%s: a name longer than 200 bytes", field);
            return kept;
        }
    }
    struct slice merged = merge_objects(f->batch, said, kept, &is_large);
    if (is_large) {
        form_refuse(f, 400, "invalid", field, "%s are larger than 64 KiB", field);
    }
    return merged;
}

static void read_route(const struct form *f, struct channel_row *row)
{
    static const char *const stop_fields[] = {
        "location", "priority", "cost", "fee", "countries", "regions"};
    struct json route = form_json(f, "route", JSON_ARRAY);
    if (!form_ok(f) || json_type(json_get(f->object, "route")) == JSON_NONE) {
        return;
    }
    if (json_count(route) > 1000) {
        form_refuse(f, 400, "invalid", "route", "route: at most 1000 locations");
    }
    size_t index = 0;
    for (struct json_iter i = json_iter(route); form_ok(f) && json_next(&i);) {
        int64_t ignored;
        struct slice where = arena_printf(&f->batch->arena, "route[%zu].", index++);
        struct form stop =
            form_begin(f->batch, f->turn, i.value, where.p, stop_fields, COUNT_OF(stop_fields));
        form_needs(&stop, "location");
        form_int(&stop, "priority", -QTY_MAX, QTY_MAX, &ignored);
        form_int(&stop, "cost", 0, QTY_MAX, &ignored);
        form_int(&stop, "fee", 0, QTY_MAX, &ignored);
        form_json(&stop, "countries", JSON_ARRAY);
        form_json(&stop, "regions", JSON_ARRAY);
    }
    row->route = json_count(route) ? json_copy_text(route, &f->batch->arena) : (struct slice){0};
}

static void read_mode(const struct form *f, struct channel_row *row)
{
    struct slice mode = {0};
    form_text(f, "mode", 1, &mode);
    if (form_ok(f) && mode.n && !channel_mode_parse(mode, &row->mode)) {
        form_refuse(f, 400, "invalid", "mode", "mode is 'off', 'shadow' or 'live'");
    }
}

static void read_fields(const struct form *f, struct channel_row *row)
{
    read_mode(f, row);
    form_bool(f, "paused", &row->paused);
    row->settings = merge(f, "settings", row->settings);
    form_limit(f, "buffer", QTY_MAX, &row->buffer);
    form_limit(f, "percent", 100, &row->percent);
    form_limit(f, "cap", QTY_MAX, &row->cap);
    read_route(f, row);
    form_time(f, "opened_at", &row->opened_at_us);
    row->opened_at_us -= row->opened_at_us % US_PER_S;
}

static void wipe(struct slice secret)
{
    crypto_wipe((char *)(uintptr_t)secret.p, secret.p ? secret.n : 0);
}

/* Asks the connector whether all of it does. */
static bool does(const struct form *f, const struct channel_row *row, struct slice plain)
{
    struct batch *b = f->batch;
    struct err_note note = {""};
    struct channel_config checked;
    enum err e = channel_configure(b->config, b->vault, row, plain, &b->arena, &checked, &note);
    if (e == ERR_LIMIT || e == ERR_MEMORY) {
        batch_fail(b, e, "configure a channel");
    } else if (e) {
        request_refuse(f->turn,
                       422,
                       "settings",
                       NULL,
                       "%s",
                       note.text[0] ? note.text : "these settings do not do");
    }
    return form_ok(f);
}

/* The same secrets without some of them. */
static struct slice
without(struct batch *b, struct slice plain, const char *const *names, size_t names_count)
{
    ON_EXIT(buf_free) struct buf out;
    ON_EXIT(doc_free) struct json_doc *doc = json_doc_new();
    struct json old;
    struct err_note note;
    buf_init(&out, SETTINGS_MAX);
    if (!doc || json_parse(doc, plain, &old, &note)) {
        batch_fail(b, doc ? ERR_CORRUPT : ERR_MEMORY, "a channel's secrets");
        return plain;
    }
    struct json_writer w = json_writer(&out);
    json_begin_object(&w);
    for (struct json_iter i = json_iter(old); json_next(&i);) {
        bool stays = true;
        for (size_t k = 0; k < names_count; k++) {
            stays = stays && !slice_is(i.key, names[k]);
        }
        if (stays) {
            json_key_slice(&w, i.key);
            json_put_raw(&w, json_copy_text(i.value, &b->arena));
        }
    }
    json_end_object(&w);
    struct slice kept = arena_copy(&b->arena, buf_view(&out));
    wipe((struct slice){out.p, out.n});
    return kept;
}

static bool has_bought_token(struct batch *b, struct slice plain)
{
    ON_EXIT(doc_free) struct json_doc *doc = json_doc_new();
    struct json secrets;
    struct err_note note;
    if (!doc || json_parse(doc, plain, &secrets, &note)) {
        batch_fail(b, doc ? ERR_CORRUPT : ERR_MEMORY, "a channel's secrets");
        return false;
    }
    return json_type(json_get(secrets, SECRET_TOKEN_UNTIL)) != JSON_NONE;
}

/* A token that was bought with other credentials, or that is replaced, is not ours to use. */
static struct slice forget_bought_token(const struct form *f, struct slice plain)
{
    static const char *const names[] = {SECRET_TOKEN_UNTIL, "access_token"};
    struct json said = json_get(f->object, "secrets");
    bool says_token = json_type(json_get(said, "access_token")) != JSON_NONE;
    static const char *const buyers[] = {
        "client_id", "client_secret", "refresh_token", "app_key", "app_secret", "keystring"};
    bool says_buyer = false;
    for (size_t i = 0; i < COUNT_OF(buyers); i++) {
        says_buyer = says_buyer || json_type(json_get(said, buyers[i])) != JSON_NONE;
    }
    if ((!says_token && !says_buyer) || !has_bought_token(f->batch, plain)) {
        return plain;
    }
    return without(f->batch, plain, names, says_token ? 1 : COUNT_OF(names));
}

/* Merges the secrets into those that are kept, checks, seals. */
static void take_secrets(const struct form *f, struct channel_row *row)
{
    struct batch *b = f->batch;
    struct slice kept = {0}, plain = SLICE("{}");
    if (!form_ok(f)) {
        return;
    }
    if (row->secrets.n) {
        enum err e = secrets_open(b->vault, row->id, row->secrets, &b->arena, &kept);
        if (e != ERR_AUTH) { /* else sealed with a key file that is gone: they are given anew */
            batch_fail(b, e, "open a channel's secrets");
            plain = kept;
        }
    }
    bool says_secrets = form_has(f, "secrets");
    plain = merge(f, "secrets", plain);
    plain = says_secrets && form_ok(f) ? forget_bought_token(f, plain) : plain;
    if (form_ok(f) && does(f, row, plain) && says_secrets) {
        uint8_t nonce[24];
        env_random(b->env, nonce, sizeof(nonce));
        batch_fail(b,
                   secrets_seal(b->vault, row->id, nonce, plain, &b->arena, &row->secrets),
                   "seal a channel's secrets");
    }
    if (says_secrets && form_ok(f)) {
        wipe(plain);
    }
    wipe(kept);
}

static void keep(struct batch *b, struct turn *turn, struct channel_row *row, struct json said)
{
    row->version++;
    request_change(b, &b->changes.channels, row);
    request_event(b, turn, "channel", row->id, row->code, said, "secrets");
    b->config_changed = true;
    struct show s = request_show(b, turn);
    show_channel(&s, row);
}

void request_channels_create(struct batch *b, struct turn *turn)
{
    struct json body;
    if (!form_body(b, turn, &body)) {
        return;
    }
    struct form f = form_begin(b, turn, body, "", fields, COUNT_OF(fields));
    struct channel_row *row = ARENA_NEW(&b->arena, struct channel_row);
    if (!row) {
        batch_fail(b, ERR_LIMIT, "a channel");
        return;
    }
    *row = (struct channel_row){.mode = MODE_SHADOW,
                                .settings = SLICE("{}"),
                                .buffer = POLICY_UNSET,
                                .percent = POLICY_UNSET,
                                .cap = POLICY_UNSET,
                                .opened_at_us = b->now_us};
    form_needs(&f, "code");
    form_needs(&f, "connector");
    form_code(&f, "code", &row->code);
    form_text(&f, "connector", 1, &row->connector);
    read_fields(&f, row);
    if (form_ok(&f) && config_channel_by_code(b->config, row->code)) {
        form_refuse(&f,
                    409,
                    "exists",
                    "code",
                    "code: the channel '%.*s' exists already",
                    SLICE_ARG(row->code));
    }
    if (form_ok(&f)) {
        row->id = (struct channel_id){b->store->ops->next_id(b->store, ID_CHANNEL)};
    }
    take_secrets(&f, row);
    if (form_ok(&f)) {
        turn->status = 201;
        keep(b, turn, row, body);
    }
}

void request_channel_change(struct batch *b, struct turn *turn)
{
    struct json body;
    const struct channel_config *known = config_channel_by_code(b->config, turn->args[0]);
    if (!known) {
        request_not_found(turn, "channel");
        return;
    }
    struct show names = request_show(b, turn);
    etag_channel(&names, &known->row, turn->etag);
    if (!request_matches(turn, turn->etag) || !form_body(b, turn, &body)) {
        return;
    }
    struct form f = form_begin(b, turn, body, "", fields, COUNT_OF(fields));
    struct channel_row *row = ARENA_NEW(&b->arena, struct channel_row);
    if (!row) {
        batch_fail(b, ERR_LIMIT, "a channel");
        return;
    }
    *row = known->row;
    struct slice code = row->code, connector = row->connector;
    form_code(&f, "code", &code);
    form_text(&f, "connector", 1, &connector);
    if (form_ok(&f) && (!slice_equal(code, row->code) || !slice_equal(connector, row->connector))) {
        form_refuse(&f,
                    422,
                    "immutable",
                    slice_equal(code, row->code) ? "connector" : "code",
                    "a channel keeps its code and its connector: create another channel");
    }
    read_fields(&f, row);
    take_secrets(&f, row);
    if (form_ok(&f)) {
        turn->status = 200;
        if (row->mode != known->row.mode && row->cutover_job) {
            cutover_forget(b, row);
        }
        keep(b, turn, row, body);
        etag_channel(&names, row, turn->etag);
        etag_add_figures(turn->etag, buf_view(&turn->answer));
        request_hint_channel(b, row->id);
    }
}

/* One object of what a channel taught us over what is kept of it. */
static struct slice learn(struct batch *b, struct slice kept, struct slice said, const char *what)
{
    ON_EXIT(doc_free) struct json_doc *doc = json_doc_new();
    struct json object;
    struct err_note note;
    bool is_large = false;
    if (said.n == 0 || b->err) {
        return kept;
    }
    if (!doc || json_parse(doc, said, &object, &note) || json_type(object) != JSON_OBJECT) {
        batch_fail(b, doc ? ERR_CORRUPT : ERR_MEMORY, what);
        return kept;
    }
    struct slice merged = merge_objects(b, object, kept, &is_large);
    batch_fail(b, is_large ? ERR_LIMIT : ERR_OK, what);
    return merged;
}

/* Does the connector work with it? What a platform says is checked like what a person says. */
static bool
is_workable(struct batch *b, struct turn *turn, const struct channel_row *row, struct slice plain)
{
    struct channel_config checked;
    enum err e =
        channel_configure(b->config, b->vault, row, plain, &b->arena, &checked, &turn->note);
    if (e == ERR_LIMIT || e == ERR_MEMORY) {
        batch_fail(b, e, "configure a channel");
    }
    return e == ERR_OK;
}

void request_channel_learn(struct batch *b, struct turn *turn)
{
    const struct channel_config *channel = config_channel(b->config, turn->channel);
    struct channel_row *row = channel ? ARENA_NEW(&b->arena, struct channel_row) : NULL;
    struct slice kept = {0};
    uint8_t nonce[24];
    turn->status = 200;
    if (!channel) {
        return; /* it is gone meanwhile */
    }
    if (!row) {
        batch_fail(b, ERR_LIMIT, "a channel");
        return;
    }
    *row = channel->row;
    batch_fail(b,
               secrets_open(b->vault, row->id, row->secrets, &b->arena, &kept),
               "open a channel's secrets");
    row->settings = learn(b, row->settings, turn->args[0], "a channel's settings");
    struct slice plain = learn(b, kept, turn->args[1], "a channel's secrets");
    if (b->err) {
        return;
    }
    if (!is_workable(b, turn, row, plain)) {
        turn->status = 422;
        wipe(plain);
        return;
    }
    env_random(b->env, nonce, sizeof(nonce));
    batch_fail(b,
               secrets_seal(b->vault, row->id, nonce, plain, &b->arena, &row->secrets),
               "seal a channel's secrets");
    wipe(plain);
    wipe(kept);
    bool was_idle = !channel_has_credentials(channel) || channel->account_error;
    row->version += turn->args[0].n > 0;
    request_change(b, &b->changes.channels, row);
    batch_event_text(b,
                     turn->args[0].n ? "channel_learned" : "channel_token",
                     row->id,
                     row->code,
                     "settings",
                     turn->args[0].n ? turn->args[0] : SLICE("{}"));
    if (was_idle || turn->args[0].n) {
        request_hint_channel(b, row->id); /* nothing could be pushed until now */
    }
    b->config_changed = true;
}
