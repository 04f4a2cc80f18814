/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where incidents go out to. An address may hold a secret in its path, so the log names the host
 * alone; a key is shown once, sealed, and never logged.
 */
#include "base/crypto.h"
#include "base/standard_webhooks.h"
#include "engine/outlet.h"
#include "engine/request_parts.h"

#define URL_MAX 2000
#define MAIL_DOWN_US (900 * US_PER_S)

/* ---- the rows, as this commit leaves them ---- */

static struct outlet_row *row_new(struct batch *b)
{
    struct outlet_row *row = ARENA_NEW(&b->arena, struct outlet_row);
    if (!row) {
        batch_fail(b, ERR_LIMIT, "an outlet");
    }
    return row;
}

static void overlay(struct batch *b, struct rows *rows, void *changed)
{
    const struct outlet_row *row = changed;
    for (size_t i = 0; i < rows->count; i++) {
        if (((const struct outlet_row *)rows->items[i])->id == row->id) {
            rows->items[i] = changed;
            return;
        }
    }
    request_change(b, rows, changed);
}

static void outlets_now(struct batch *b, struct rows *out)
{
    batch_fail(b, b->store->ops->outlets(b->store, &b->arena, out), "load outlets");
    for (size_t i = 0; i < b->changes.outlets.count; i++) {
        overlay(b, out, b->changes.outlets.items[i]);
    }
}

/* A copy to change; NULL: there is none, or it is gone. */
static struct outlet_row *outlet_copy(struct batch *b, int64_t id)
{
    struct rows rows = {0};
    outlets_now(b, &rows);
    for (size_t i = 0; i < rows.count; i++) {
        const struct outlet_row *row = rows.items[i];
        if (row->id == id && row->state != OUTLET_GONE) {
            struct outlet_row *copy = row_new(b);
            if (copy) {
                *copy = *row;
            }
            return copy;
        }
    }
    return NULL;
}

/* The webhook that the path names; NULL after a refusal. */
static struct outlet_row *wanted_webhook(struct batch *b, struct turn *turn)
{
    int64_t id = 0;
    struct outlet_row *row = request_arg_id(turn, &id) ? outlet_copy(b, id) : NULL;
    if (!row || row->kind != OUTLET_WEBHOOK) {
        request_not_found(turn, "webhook");
        return NULL;
    }
    return row;
}

/* ---- fields ---- */

/* The host of a URL that we may call; false: it is none. */
static bool url_host(struct slice url, bool private_ok, struct slice *out)
{
    struct slice rest = url;
    bool is_plain = slice_starts(url, "http://");
    if (!slice_starts(url, "https://") && !(is_plain && private_ok)) {
        return false;
    }
    for (size_t i = 0; i < url.n; i++) {
        if (url.p[i] <= ' ' || url.p[i] >= 0x7f || strchr("#\\\"<>", url.p[i])) {
            return false;
        }
    }
    rest = slice_from(rest, strlen(is_plain ? "http://" : "https://"));
    size_t n = 0;
    while (n < rest.n && !strchr("/?", rest.p[n])) {
        n++;
    }
    *out = (struct slice){rest.p, n};
    return n > 0 && rest.p[0] != ':' && !memchr(rest.p, '@', n);
}

static void read_url(const struct form *f, struct slice *out)
{
    struct slice url = {0}, host;
    if (json_type(json_get(f->object, "url")) == JSON_NONE || !form_ok(f)) {
        return;
    }
    if (!json_text(json_get(f->object, "url"), &url) || url.n > URL_MAX ||
        !url_host(url, f->batch->vault->private_ok, &host)) {
        form_refuse(f,
                    400,
                    "invalid",
                    "url",
                    f->batch->vault->private_ok
                        ? "url is an https:// or http:// address of at most 2000 bytes, without "
                          "user or fragment"
                        : "url is an https:// address of at most 2000 bytes, without user or "
                          "fragment");
        return;
    }
    *out = arena_copy(&f->batch->arena, url);
}

static void read_events(const struct form *f, int64_t *out)
{
    struct json events = form_json(f, "events", JSON_ARRAY);
    int64_t wants = 0;
    if (!form_ok(f) || json_type(events) != JSON_ARRAY) {
        return;
    }
    for (struct json_iter i = json_iter(events); json_next(&i);) {
        struct slice text = {0};
        int64_t tale = json_text(i.value, &text) ? tale_parse(text) : 0;
        if (!tale) {
            wants = 0;
            break;
        }
        wants |= tale;
    }
    if (!wants) {
        form_refuse(f,
                    400,
                    "invalid",
                    "events",
                    "events is a list of 'incident.opened', 'incident.updated' and "
                    "'incident.resolved'");
        return;
    }
    *out = wants;
}

static struct slice new_secret(struct batch *b)
{
    uint8_t random[32];
    env_random(b->env, random, sizeof(random));
    struct slice text =
        webhook_key_text((struct slice){(const char *)random, sizeof(random)}, &b->arena);
    crypto_wipe(random, sizeof(random));
    return text;
}

/* The caller's own key, or a new one. */
static struct slice read_secret(const struct form *f)
{
    struct batch *b = f->batch;
    struct slice text = {0}, key = {0};
    if (!form_has(f, "secret")) {
        return new_secret(b);
    }
    form_text(f, "secret", 1, &text);
    if (form_ok(f) && (!webhook_key_read(text, &b->arena, &key) || key.n < WEBHOOK_KEY_MIN ||
                       key.n > WEBHOOK_KEY_MAX)) {
        form_refuse(f,
                    400,
                    "invalid",
                    "secret",
                    "secret is whsec_ and the base64 of 24 to 64 bytes; left out, one is made");
    }
    return text;
}

static void seal(struct batch *b, struct outlet_row *row, const struct outlet_secrets *secrets)
{
    uint8_t nonce[24];
    env_random(b->env, nonce, sizeof(nonce));
    batch_fail(b,
               outlet_seal(b->vault, row->id, nonce, secrets, &b->arena, &row->secrets),
               "seal a webhook's secret");
}

/* ---- what is kept ---- */

static struct slice id_text(struct batch *b, const struct outlet_row *row)
{
    return arena_printf(&b->arena, "%" PRId64, row->id);
}

/* The event's number. */
static int64_t
log_change(struct batch *b, const struct turn *turn, const char *kind, const struct outlet_row *row)
{
    ON_EXIT(buf_free) struct buf facts;
    struct slice host = {0};
    buf_init(&facts, 4096);
    (void)url_host(row->url, true, &host);
    struct json_writer w = json_writer(&facts);
    json_begin_object(&w);
    json_field_int(&w, "token", turn->token_id);
    json_field_text(&w, "host", host);
    json_field_str(&w, "state", row->state == OUTLET_ACTIVE ? "active" : "disabled");
    json_end_object(&w);
    return batch_event(b, kind, (struct channel_id){0}, id_text(b, row), buf_view(&facts));
}

static void answer(struct batch *b, struct turn *turn, struct outlet_row *row, struct slice secret)
{
    size_t pending = 0;
    request_change(b, &b->changes.outlets, row);
    batch_fail(b, outlet_pending(b->store, row, &pending), "count what waits for a webhook");
    struct show s = request_show(b, turn);
    show_outlet(&s, row, pending, secret);
}

void request_webhooks_create(struct batch *b, struct turn *turn)
{
    static const char *const fields[] = {"url", "events", "secret"};
    struct json body;
    struct rows rows = {0};
    size_t count = 0;
    if (!form_body(b, turn, &body)) {
        return;
    }
    struct form f = form_begin(b, turn, body, "", fields, COUNT_OF(fields));
    struct outlet_row *row = row_new(b);
    if (!row) {
        return;
    }
    *row =
        (struct outlet_row){.kind = OUTLET_WEBHOOK, .wants = TALES_ALL, .created_at_us = b->now_us};
    form_needs(&f, "url");
    read_url(&f, &row->url);
    read_events(&f, &row->wants);
    struct outlet_secrets secrets = {.now = read_secret(&f)};
    outlets_now(b, &rows);
    for (size_t i = 0; i < rows.count; i++) {
        const struct outlet_row *other = rows.items[i];
        count += other->kind == OUTLET_WEBHOOK && other->state != OUTLET_GONE;
    }
    if (form_ok(&f) && count >= OUTLETS_MAX) {
        form_refuse(&f, 409, "too-many", NULL, "there are %d webhooks: remove one", OUTLETS_MAX);
    }
    if (!form_ok(&f)) {
        return;
    }
    row->id = b->store->ops->next_id(b->store, ID_OUTLET);
    seal(b, row, &secrets);
    row->told = log_change(b, turn, "webhook", row); /* it hears of what comes behind this */
    turn->status = 201;
    answer(b, turn, row, secrets.now);
}

static void close_disabled(struct batch *b, const struct outlet_row *row)
{
    batch_incident_close(b, "WEBHOOK-DISABLED", id_text(b, row));
}

/* A new beginning: what failed before says nothing any more. */
static void begin_again(struct outlet_row *row)
{
    row->attempts = 0;
    row->failing_since_us = 0;
    row->next_at_us = 0;
    row->reason = (struct slice){0};
}

void request_webhook_change(struct batch *b, struct turn *turn)
{
    static const char *const fields[] = {"url", "events", "state"};
    struct json body;
    struct slice state = {0};
    struct outlet_row *row = wanted_webhook(b, turn);
    if (!row) {
        return;
    }
    struct show names = request_show(b, turn);
    etag_outlet(&names, row, turn->etag);
    if (!request_matches(turn, turn->etag) || !form_body(b, turn, &body)) {
        return;
    }
    struct form f = form_begin(b, turn, body, "", fields, COUNT_OF(fields));
    struct slice url = row->url;
    read_url(&f, &url);
    read_events(&f, &row->wants);
    form_text(&f, "state", 1, &state);
    if (form_ok(&f) && state.n && !slice_is(state, "active") && !slice_is(state, "disabled")) {
        form_refuse(&f, 400, "invalid", "state", "state is 'active' or 'disabled'");
    }
    if (!form_ok(&f)) {
        return;
    }
    if (!slice_equal(url, row->url) || slice_is(state, "active")) {
        begin_again(row);
    }
    row->url = url;
    if (state.n) {
        row->state = slice_is(state, "active") ? OUTLET_ACTIVE : OUTLET_DISABLED;
    }
    if (row->state == OUTLET_ACTIVE) {
        close_disabled(b, row);
    }
    (void)log_change(b, turn, "webhook", row);
    turn->status = 200;
    answer(b, turn, row, (struct slice){0});
    etag_outlet(&names, row, turn->etag);
    etag_add_figures(turn->etag, buf_view(&turn->answer));
}

void request_webhook_delete(struct batch *b, struct turn *turn)
{
    struct outlet_row *row = wanted_webhook(b, turn);
    if (!row) {
        return;
    }
    (void)log_change(b, turn, "webhook_removed", row);
    close_disabled(b, row);
    row->state = OUTLET_GONE;
    row->url = row->secrets = row->reason = (struct slice){0};
    request_change(b, &b->changes.outlets, row);
    turn->status = 204;
}

void request_webhook_rotate(struct batch *b, struct turn *turn)
{
    static const char *const fields[] = {"secret"};
    struct json body;
    struct outlet_secrets kept = {.now = {0}}, secrets = {.now = {0}};
    struct outlet_row *row = wanted_webhook(b, turn);
    if (!row) {
        return;
    }
    if (turn->body.n == 0) {
        secrets.now = new_secret(b);
    } else if (form_body(b, turn, &body)) {
        struct form f = form_begin(b, turn, body, "", fields, COUNT_OF(fields));
        secrets.now = read_secret(&f);
    }
    if (request_refused(turn)) {
        return;
    }
    enum err e = outlet_open(b->vault, row, &b->arena, &kept);
    batch_fail(b, e == ERR_AUTH ? ERR_OK : e, "open a webhook's secret");
    if (!e) { /* else it was sealed with a key file that is gone */
        secrets.before = kept.now;
        row->old_secret_until_us = b->now_us + OUTLET_ROTATION_US;
    }
    seal(b, row, &secrets);
    (void)log_change(b, turn, "webhook_rotated", row);
    turn->status = 200;
    answer(b, turn, row, secrets.now);
}

/* ---- what became of a message ---- */

static void open_disabled(struct batch *b, const struct outlet_row *row)
{
    struct slice host = {0};
    (void)url_host(row->url, true, &host);
    batch_incident(
        b,
        &(struct incident_text){
            .code = "WEBHOOK-DISABLED",
            .subject = id_text(b, row),
            .title = arena_printf(
                &b->arena, "Webhook %" PRId64 " to %.*s is switched off", row->id, SLICE_ARG(host)),
            .detail = arena_printf(&b->arena,
                                   "%s; the last attempt: %.*s",
                                   row->last_status == 410
                                       ? "The receiver says that the address is gone for good"
                                       : "Nothing has arrived there for five days",
                                   SLICE_ARG(row->reason)),
            .action = arena_printf(&b->arena,
                                   "Mend the receiver or correct the address, then switch it on: "
                                   "PATCH /v1/webhooks/%" PRId64
                                   " {\"state\":\"active\"}. It goes on where it stopped.",
                                   row->id)});
}

static void follow_mail(struct batch *b, const struct outlet_row *row)
{
    const struct slice subject = SLICE("mail");
    if (!row->failing_since_us) {
        batch_incident_close(b, "MAIL-DOWN", subject);
    } else if (b->now_us - row->failing_since_us >= MAIL_DOWN_US) {
        batch_incident(b,
                       &(struct incident_text){
                           .code = "MAIL-DOWN",
                           .subject = subject,
                           .title = SLICE("The mail relay does not take our mails"),
                           .detail = row->reason,
                           .action = SLICE("Look at the --smtp- settings and at the relay. Open "
                                           "incidents are in GET /v1/incidents meanwhile.")});
    }
}

static void failed(struct batch *b, struct outlet_row *row, const struct outlet_report *report)
{
    uint16_t random;
    env_random(b->env, &random, sizeof(random));
    row->attempts++;
    row->failing_since_us = row->failing_since_us ? row->failing_since_us : report->at_us;
    int64_t wait_us = outlet_retry_us(row->kind, row->attempts, random);
    row->next_at_us =
        report->at_us + (wait_us > report->retry_after_us ? wait_us : report->retry_after_us);
    if (outlet_is_given_up(row, report->status, report->at_us)) {
        row->state = OUTLET_DISABLED;
        open_disabled(b, row);
    }
}

void request_outlet_report(struct batch *b, struct turn *turn)
{
    const struct outlet_report *report = turn->owner;
    struct outlet_row *row = outlet_copy(b, report->outlet);
    turn->status = 200;
    if (!row) {
        return; /* it was removed meanwhile */
    }
    row->last_status = report->status;
    row->last_at_us = report->at_us;
    row->reason = arena_copy(&b->arena, report->reason);
    if (report->arrived && !report->is_trial) {
        row->told = report->told > row->told ? report->told : row->told;
    }
    if (report->arrived && row->state == OUTLET_ACTIVE) {
        begin_again(row); /* after a trial what waits is tried at once */
    } else if (!report->is_trial && row->state == OUTLET_ACTIVE) {
        failed(b, row, report);
    }
    if (row->kind == OUTLET_MAIL) {
        follow_mail(b, row);
    }
    request_change(b, &b->changes.outlets, row);
}

void request_outlet_mail(struct batch *b, struct turn *turn)
{
    struct rows rows = {0};
    struct outlet_row *row = NULL;
    bool is_on = slice_is(turn->args[0], "on");
    turn->status = 200;
    outlets_now(b, &rows);
    for (size_t i = 0; i < rows.count; i++) {
        const struct outlet_row *one = rows.items[i];
        row = one->kind == OUTLET_MAIL ? outlet_copy(b, one->id) : row;
    }
    bool was_on = row && row->state == OUTLET_ACTIVE;
    if (is_on == was_on) {
        return;
    }
    if (!row) {
        row = row_new(b);
        if (!row) {
            return;
        }
        *row = (struct outlet_row){.id = b->store->ops->next_id(b->store, ID_OUTLET),
                                   .kind = OUTLET_MAIL,
                                   .wants = TALE_OPENED | TALE_RESOLVED,
                                   .created_at_us = b->now_us};
    }
    begin_again(row);
    row->state = is_on ? OUTLET_ACTIVE : OUTLET_DISABLED;
    row->told = log_change(b, turn, "mail", row); /* not what happened while it was off */
    follow_mail(b, row);
    request_change(b, &b->changes.outlets, row);
}
