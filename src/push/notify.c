/* SPDX-License-Identifier: Apache-2.0 */
#include "push/notify.h"

#include "base/crypto.h"
#include "base/log.h"
#include "base/standard_webhooks.h"
#include "channels/reply.h"
#include "engine/autopsy.h"
#include "push/notify_inner.h"

#define LOOK_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define MESSAGE_MAX ((size_t)1024 * 1024)
#define NEWS_WAIT_US (20 * US_PER_MS) /* many commits, one look */
#define RECEIVER_US (20 * US_PER_S)

/* ---- when to look ---- */

void notify_later(struct notify *n, int64_t delay_us)
{
    int64_t due_us = env_mono_us(n->config.env) + delay_us;
    if (!n->is_stopping && (n->due_us < 0 || due_us < n->due_us)) {
        n->due_us = due_us;
        n->config.env->ops->timer_set(n->timer, delay_us);
    }
}

void notify_wake(struct notify *n)
{
    notify_later(n, NEWS_WAIT_US);
}

struct sender *notify_sender(struct notify *n, int64_t outlet)
{
    for (struct sender *s = n->senders; s; s = s->next) {
        if (s->report.outlet == outlet) {
            return s;
        }
    }
    struct sender *s = calloc(1, sizeof(*s));
    if (s) {
        *s = (struct sender){.report = {.outlet = outlet}, .notify = n, .next = n->senders};
        n->senders = s;
    }
    return s;
}

/* ---- what became of a message ---- */

static void pause_after_fault(struct sender *s)
{
    s->not_before_us = env_mono_us(s->notify->config.env) + NOTIFY_AGAIN_US;
    notify_later(s->notify, NOTIFY_AGAIN_US);
}

static void reported(struct turn *turn)
{
    struct sender *s = turn->owner;
    s->is_busy = false;
    if (turn->err) {
        LOG(LOG_ERROR,
            "what became of a message was not committed yet",
            LOG_INT("outlet", s->report.outlet),
            LOG_STR("err", err_name(turn->err)));
        s->is_unreported = true;
        pause_after_fault(s);
    } else {
        notify_later(s->notify, 0);
    }
    turn_free(turn);
}

static void submit_report(struct sender *s)
{
    struct turn *turn = turn_new(TURN_REQUEST, reported, s);
    if (turn) {
        turn->run = request_outlet_report;
    }
    if (!turn || !engine_submit(s->notify->config.engine, turn)) {
        turn_free(turn);
        s->is_busy = false;
        s->is_unreported = true;
        pause_after_fault(s);
    }
}

/* While the store refuses, a message that was taken must not be sent again each second. */
bool notify_report_again(struct sender *s, int64_t *out_wait_us)
{
    if (!s->is_unreported) {
        return false;
    }
    int64_t pause_us = s->not_before_us - env_mono_us(s->notify->config.env);
    *out_wait_us = pause_us > 0 ? pause_us : -1;
    if (pause_us <= 0) {
        s->is_unreported = false;
        s->is_busy = true;
        submit_report(s);
    }
    return true;
}

void notify_report(struct sender *s,
                   const struct env_reply *reply,
                   bool arrived,
                   int64_t retry_after_us)
{
    struct outlet_report *report = &s->report;
    int status = reply->response.status; /* a relay's also where it refused */
    s->reason[0] = 0;
    if (!arrived && reply->err) {
        (void)snprintf(s->reason, sizeof(s->reason), "%s", reply->note.text);
    } else if (!arrived) {
        (void)snprintf(s->reason, sizeof(s->reason), "it answered %d", status);
    }
    s->notify->sent += arrived;
    s->notify->failed += !arrived;
    report->arrived = arrived;
    report->status = status;
    report->retry_after_us = retry_after_us;
    report->reason = slice_of(s->reason);
    report->at_us = env_wall_us(s->notify->config.env);
    if (!arrived) {
        LOG(LOG_WARN,
            "a message about incidents was not taken",
            LOG_INT("outlet", report->outlet),
            LOG_INT("status", status),
            LOG_STR("reason", s->reason));
    }
    submit_report(s);
}

/* A fault before anything was sent, as if it had been tried. */
static void report_fault(struct sender *s, const char *why)
{
    struct env_reply reply = {.err = ERR_NET};
    err_note(&reply.note, ERR_NET, "%s", why);
    notify_report(s, &reply, false, 0);
}

static void on_reply(void *arg, const struct env_reply *reply)
{
    struct sender *s = arg;
    struct channel_signal signal = {0};
    struct arena arena;
    arena_init(&arena, (size_t)64 * 1024);
    int status = reply->err ? 0 : reply->response.status;
    if (status == 429 || status == 503) { /* only these say when to come again */
        (void)reply_read(&reply->response, &arena, &signal);
    }
    bool arrived = status >= 200 && status < 300;
    outlet_trial_fn *trial = s->trial;
    notify_report(s, reply, arrived, signal.retry_after_us > 0 ? signal.retry_after_us : 0);
    if (trial) {
        s->trial = NULL;
        const struct outlet_trial outcome = {.is_there = true,
                                             .arrived = arrived,
                                             .status = status,
                                             .reason = arrived ? NULL : s->reason,
                                             .took_us = reply->answered_us - reply->sent_us};
        trial(s->trial_arg, &outcome);
    }
    arena_free(&arena);
}

/* ---- sending ---- */

/* The signature's keys: one, or two while the older one is still good. 0: they do not open. */
static size_t
keys_of(struct notify *n, const struct outlet_row *row, int64_t now_us, struct slice out[2])
{
    struct outlet_secrets secrets = {.now = {0}};
    size_t count = 0;
    if (outlet_open(&n->config.vault, row, &n->arena, &secrets) ||
        !webhook_key_read(secrets.now, &n->arena, &out[0])) {
        return 0;
    }
    count = 1;
    if (secrets.before.n && now_us < row->old_secret_until_us &&
        webhook_key_read(secrets.before, &n->arena, &out[1])) {
        count = 2;
    }
    return count;
}

/* False: it could not even be tried, and that was reported. */
static bool post(struct sender *s, const struct outlet_row *row, struct slice id, struct slice body)
{
    struct notify *n = s->notify;
    int64_t now_us = env_wall_us(n->config.env);
    struct slice keys[2];
    size_t count = keys_of(n, row, now_us, keys);
    s->is_busy = true;
    s->is_unreported = false;
    if (!count) {
        report_fault(s, "its secret does not open with this key file: rotate it");
        return false;
    }
    struct slice stamp = arena_printf(&n->arena, "%" PRId64, now_us / US_PER_S);
    const struct http_header headers[] = {
        {SLICE("Content-Type"), SLICE("application/json")},
        {SLICE("webhook-id"), id},
        {SLICE("webhook-timestamp"), stamp},
        {SLICE("webhook-signature"), webhook_signature(keys, count, id, stamp, body, &n->arena)}};
    const struct env_call call = {.request = {.method = SLICE("POST"),
                                              .url = row->url,
                                              .headers = headers,
                                              .headers_count = COUNT_OF(headers),
                                              .body = body},
                                  .timeout_us = RECEIVER_US,
                                  .private_ok = n->config.private_ok};
    n->config.env->ops->http(n->config.env, &call, on_reply, s);
    return true;
}

const struct incident_row *
notify_incident(struct notify *n, const struct event_row *event, enum err *out_err)
{
    struct incident_row *row = NULL;
    int64_t number = 0;
    *out_err = slice_int(event->subject, &number)
                   ? n->reader->ops->incident(n->reader, number, &n->arena, &row)
                   : ERR_OK;
    return row;
}

static struct slice sku_code_of(void *arg, struct sku_id id)
{
    struct notify *n = arg;
    struct sku_row *row = NULL;
    bool is_there = n->reader->ops->skus(n->reader, &id, 1, &n->arena, &row) == ERR_OK && row;
    return is_there ? row->code : (struct slice){0};
}

static void put_message(struct notify *n,
                        const char *type,
                        int64_t at_us,
                        const struct incident_row *incident,
                        const struct rows *autopsies,
                        struct buf *out)
{
    struct show show = {
        .w = json_writer(out), .config = n->channels, .sku_code = sku_code_of, .arg = n};
    json_begin_object(&show.w);
    json_field_str(&show.w, "type", type);
    json_field_time(&show.w, "timestamp", at_us);
    json_key(&show.w, "data");
    if (incident) {
        show_incident(&show, incident, autopsies);
    } else {
        json_begin_object(&show.w);
        json_field_str(&show.w, "says", "truecount reaches this address");
        json_end_object(&show.w);
    }
    json_end_object(&show.w);
}

/* As GET /v1/incidents/{id} shows it: an oversold one with its autopsy. */
static struct slice
message_of(struct notify *n, const char *type, int64_t at_us, const struct incident_row *incident)
{
    ON_EXIT(buf_free) struct buf out;
    struct rows autopsies = {0};
    bool is_oversold = incident && slice_is(incident->code, "OVERSOLD");
    const struct channel_config *channel =
        is_oversold && n->channels ? config_channel_by_code(n->channels, incident->channel) : NULL;
    if (channel &&
        autopsy_of_order(n->reader, channel->row.id, incident->order, &n->arena, &autopsies)) {
        autopsies = (struct rows){0}; /* the incident itself is what matters */
    }
    buf_init(&out, MESSAGE_MAX);
    put_message(n, type, at_us, incident, is_oversold ? &autopsies : NULL, &out);
    if (out.overflow) {
        buf_clear(&out);
        put_message(n, type, at_us, incident, NULL, &out);
    }
    return out.overflow ? (struct slice){0} : arena_copy(&n->arena, buf_view(&out));
}

/* The next event that it wants. NULL: none, or a fault. */
static const struct event_row *next_event(struct notify *n,
                                          struct sender *s,
                                          const struct outlet_row *row,
                                          int64_t *out_tale,
                                          enum err *out_err)
{
    s->passed = s->passed > row->told ? s->passed : row->told;
    for (;;) {
        struct rows events = {0};
        *out_err = n->reader->ops->events_of_incidents(
            n->reader, s->passed, NOTIFY_PAGE, &n->arena, &events);
        for (size_t i = 0; !*out_err && i < events.count; i++) {
            const struct event_row *event = events.items[i];
            *out_tale = tale_of(n->parser, event);
            if (*out_tale & row->wants) {
                return event;
            }
            s->passed = event->n;
        }
        if (*out_err || events.count < NOTIFY_PAGE) {
            return NULL;
        }
    }
}

static int64_t webhook_look(struct notify *n, const struct outlet_row *row)
{
    struct sender *s = notify_sender(n, row->id);
    if (!s || s->is_busy) {
        return s ? -1 : NOTIFY_AGAIN_US;
    }
    int64_t report_us;
    if (notify_report_again(s, &report_us)) {
        return report_us;
    }
    int64_t wait_us = outlet_wait_us(row, env_wall_us(n->config.env));
    int64_t pause_us = s->not_before_us - env_mono_us(n->config.env);
    wait_us = pause_us > wait_us ? pause_us : wait_us;
    if (wait_us > 0) {
        return wait_us;
    }
    int64_t tale = 0;
    enum err e = ERR_OK;
    const struct event_row *event;
    const struct incident_row *incident = NULL;
    while ((event = next_event(n, s, row, &tale, &e)) &&
           !(incident = notify_incident(n, event, &e)) && !e) {
        s->passed = event->n; /* about nothing that is there */
    }
    if (e) {
        return NOTIFY_AGAIN_US;
    }
    if (!event) {
        return -1;
    }
    struct slice body = message_of(n, tale_text(tale), event->at_us, incident);
    if (!body.p) {
        return NOTIFY_AGAIN_US;
    }
    s->report.is_trial = false;
    s->report.told = event->n;
    (void)post(s, row, outlet_message_id(row, event, &n->arena), body);
    return -1;
}

static void look(void *arg)
{
    struct notify *n = arg;
    struct rows rows = {0};
    int64_t next_us = -1;
    n->due_us = -1;
    if (n->is_stopping) {
        return;
    }
    arena_clear(&n->arena);
    enum err e = n->reader->ops->outlets(n->reader, &n->arena, &rows);
    if (e) {
        notify_later(n, NOTIFY_AGAIN_US);
        return;
    }
    for (size_t i = 0; i < rows.count; i++) {
        const struct outlet_row *row = rows.items[i];
        if (row->state != OUTLET_ACTIVE) {
            continue;
        }
        int64_t wait_us =
            row->kind == OUTLET_MAIL ? notify_mail_look(n, row) : webhook_look(n, row);
        if (wait_us >= 0 && (next_us < 0 || wait_us < next_us)) {
            next_us = wait_us;
        }
    }
    if (n->arena.exhausted) { /* what was read is too much: with less waiting it will do */
        arena_free(&n->arena);
        next_us = NOTIFY_AGAIN_US;
    }
    if (next_us >= 0) {
        notify_later(n, next_us);
    }
}

/* ---- figures ---- */

void notify_metrics(struct notify *n, struct buf *out)
{
    struct rows rows = {0};
    size_t waiting = 0, disabled = 0;
    arena_clear(&n->arena);
    if (n->reader->ops->outlets(n->reader, &n->arena, &rows)) {
        rows = (struct rows){0};
    }
    for (size_t i = 0; i < rows.count; i++) {
        const struct outlet_row *row = rows.items[i];
        size_t pending = 0;
        if (row->state == OUTLET_ACTIVE && row->kind == OUTLET_WEBHOOK &&
            outlet_pending(n->reader, row, &pending) == ERR_OK) {
            waiting += pending;
        }
        disabled += row->state == OUTLET_DISABLED;
    }
    buf_printf(
        out,
        "# TYPE truecount_messages_sent_total counter\ntruecount_messages_sent_total %" PRIu64
        "\n# TYPE truecount_messages_failed_total counter"
        "\ntruecount_messages_failed_total %" PRIu64
        "\n# TYPE truecount_messages_waiting gauge\ntruecount_messages_waiting %zu"
        "\n# TYPE truecount_webhooks_disabled gauge\ntruecount_webhooks_disabled %zu\n",
        n->sent,
        n->failed,
        waiting,
        disabled);
}

/* ---- a test message ---- */

void notify_test(struct notify *n, int64_t outlet, outlet_trial_fn *fn, void *arg)
{
    struct rows rows = {0};
    const struct outlet_row *row = NULL;
    struct outlet_trial trial = {0};
    arena_clear(&n->arena);
    if (n->reader->ops->outlets(n->reader, &n->arena, &rows) == ERR_OK) {
        for (size_t i = 0; i < rows.count; i++) {
            const struct outlet_row *one = rows.items[i];
            bool is_it = one->id == outlet && one->kind == OUTLET_WEBHOOK;
            row = is_it && one->state != OUTLET_GONE ? one : row;
        }
    }
    struct sender *s = row ? notify_sender(n, outlet) : NULL;
    trial.is_there = row != NULL;
    trial.is_busy = row && (!s || s->is_busy || n->is_stopping);
    if (!s || trial.is_busy) {
        fn(arg, &trial);
        return;
    }
    uint8_t random[16];
    env_random(n->config.env, random, sizeof(random));
    struct slice hex = hex_encode(&n->arena, (struct slice){(const char *)random, sizeof(random)});
    s->report.is_trial = true;
    struct slice id = arena_printf(&n->arena, "msg_%.*s", SLICE_ARG(hex));
    if (post(s, row, id, message_of(n, "webhook.test", env_wall_us(n->config.env), NULL))) {
        s->trial = fn;
        s->trial_arg = arg;
    } else {
        trial.reason = s->reason;
        fn(arg, &trial);
    }
}

/* ---- life ---- */

enum err notify_new(const struct notify_config *config, struct notify **out)
{
    struct notify *n = calloc(1, sizeof(*n));
    if (!n) {
        return ERR_MEMORY;
    }
    n->config = *config;
    n->reader = config->reader;
    n->due_us = -1;
    arena_init(&n->arena, LOOK_BYTES_MAX);
    n->parser = json_doc_new();
    n->timer = config->env->ops->timer_new(config->env, look, n);
    if (!n->parser) {
        notify_free(n);
        return ERR_MEMORY;
    }
    *out = n;
    return ERR_OK;
}

void notify_set_config(struct notify *n, const struct config *config)
{
    n->channels = config;
}

void notify_set_address(struct notify *n, const char *url)
{
    (void)snprintf(n->address, sizeof(n->address), "%s", url);
}

static void switched(struct turn *turn)
{
    if (turn->err) {
        LOG(LOG_ERROR, "mail could not be switched", LOG_STR("err", err_name(turn->err)));
    }
    turn_free(turn);
}

/* Whether mails are sent is said at each start, and kept: what happens while they are not is not
 * told later. */
enum err notify_start(struct notify *n)
{
    struct turn *turn = turn_new(TURN_REQUEST, switched, NULL);
    struct slice *args = turn ? ARENA_ARRAY(&turn->arena, 1, struct slice) : NULL;
    if (!args) {
        turn_free(turn);
        return ERR_MEMORY;
    }
    args[0] = n->config.mail ? SLICE("on") : SLICE("off");
    turn->args = args;
    turn->run = request_outlet_mail;
    if (!engine_submit(n->config.engine, turn)) {
        turn_free(turn);
        return ERR_LIMIT;
    }
    notify_later(n, 0);
    return ERR_OK;
}

void notify_stop(struct notify *n)
{
    n->is_stopping = true;
    n->config.env->ops->timer_set(n->timer, -1);
}

void notify_free(struct notify *n)
{
    if (!n) {
        return;
    }
    while (n->senders) {
        struct sender *s = n->senders;
        n->senders = s->next;
        if (s->trial) {
            const struct outlet_trial trial = {.is_there = true, .reason = "the server stops"};
            s->trial(s->trial_arg, &trial);
        }
        free(s);
    }
    n->config.env->ops->timer_free(n->timer);
    json_doc_free(n->parser);
    arena_free(&n->arena);
    crypto_wipe(&n->config.vault, sizeof(n->config.vault));
    free(n);
}
