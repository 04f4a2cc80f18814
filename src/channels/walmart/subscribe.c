/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subscriptions: those that exist, then one call for each that is missing or differs, then a test.
 *
 *   cursor "s"                          GET /v3/webhooks/subscriptions
 *          "s <nonce> <job>[ <job>]"    the jobs one after the other, each "<event>+" (POST a new
 *                                       one) or "<event>=<subscriptionId>" (PATCH that one)
 *          "st"                         POST /v3/webhooks/test
 *
 * Deliveries are signed with secrets.webhook_secret. Where there is none it is made here, of the
 * client secret and fresh random bytes, which travel as the nonce ("-": there was one already). It
 * is reported before the first job, so that it is kept before anything is signed with it.
 */
#include "base/buf.h"
#include "base/crypto.h"
#include "base/json_write.h"
#include "channels/walmart/walmart.h"

#define BODY_MAX 8192
#define TEST_CURSOR "st"

static const struct wanted {
    const char *type, *resource, *topic, *what;
    bool is_vital;
} wanted[] = {
    {"ORDER_UPDATES", "ORDER", "order_updates", "webhook ORDER_UPDATES", true},
    {"INVENTORY_OOS", "INVENTORY", "inventory_oos", "webhook INVENTORY_OOS", false},
};

static struct slice
hook_url(const struct step *step, const struct wanted *event, struct arena *arena)
{
    return arena_printf(arena, "%.*s/%s", SLICE_ARG(step->hooks_url), event->topic);
}

/* The secret that subscriptions get: the kept one, or the one made of the nonce (hex). */
static struct slice
secret_of(const struct account *account, struct slice nonce, struct arena *arena)
{
    const struct wm_config *config = wm_config(account);
    uint8_t mac[SHA256_SIZE];

    if (slice_is(nonce, "-")) {
        return config->webhook_secret;
    }
    hmac_sha256(mac, config->client_secret, nonce);
    return hex_encode(arena, (struct slice){(const char *)mac, sizeof mac});
}

/* ---- the jobs of the cursor ---- */

struct job {
    const struct wanted *event;
    struct slice id; /* empty: a new subscription */
};
struct jobs {
    struct slice nonce, rest; /* rest: behind the first job */
    struct job first;
};

static bool job_parse(struct slice word, struct job *out)
{
    struct job job = {.id = slice_from(word, 2)};

    if (word.n < 2 || word.p[0] < '0' || word.p[0] >= '0' + (int)COUNT_OF(wanted)) {
        return false;
    }
    job.event = &wanted[word.p[0] - '0'];
    *out = job;
    return word.p[1] == '=' ? wm_is_id(job.id) : word.p[1] == '+' && job.id.n == 0;
}

static bool jobs_parse(struct slice cursor, struct jobs *out)
{
    struct jobs jobs = {0};
    struct job ignored;
    struct slice word;

    slice_cut(&cursor, ' ', &word);
    slice_cut(&cursor, ' ', &jobs.nonce);
    slice_cut(&cursor, ' ', &word);
    jobs.rest = cursor;
    if (!jobs.nonce.n || !job_parse(word, &jobs.first)) {
        return false;
    }
    while (cursor.n) {
        slice_cut(&cursor, ' ', &word);
        if (!job_parse(word, &ignored)) {
            return false;
        }
    }
    *out = jobs;
    return true;
}

/* ---- requests ---- */

static void event_put(struct json_writer *w,
                      const struct wanted *event,
                      struct slice url,
                      struct slice secret,
                      bool has_status)
{
    json_begin_object(w);
    json_field_str(w, "eventType", event->type);
    json_field_str(w, "eventVersion", "V1");
    json_field_str(w, "resourceName", event->resource);
    json_field_text(w, "eventUrl", url);
    if (has_status) {
        json_field_str(w, "status", "ACTIVE");
    }
    json_key(w, "authDetails");
    json_begin_object(w);
    json_field_str(w, "authMethod", "HMAC");
    json_field_str(w, "authHeaderName", WM_SIGNATURE_HEADER);
    json_field_text(w, "clientSecret", secret);
    json_end_object(w);
    json_key(w, "headers");
    json_begin_object(w);
    json_field_str(w, "content-type", WM_JSON);
    json_end_object(w);
    json_end_object(w);
}

static enum err body_send(const struct account *account,
                          const struct step *step,
                          struct wm_call *call,
                          const struct wanted *event,
                          struct slice secret,
                          struct arena *arena,
                          struct http_request *out)
{
    ON_EXIT(buf_free) struct buf body;
    struct slice url = hook_url(step, event, arena);
    bool is_new = slice_ends(call->path, "/subscriptions");

    buf_init(&body, BODY_MAX);
    struct json_writer w = json_writer(&body);
    if (is_new) {
        json_begin_object(&w);
        json_key(&w, "events");
        json_begin_array(&w);
    }
    event_put(&w, event, url, secret, !slice_ends(call->path, "/test"));
    if (is_new) {
        json_end_array(&w);
        json_end_object(&w);
    }
    call->body = arena_copy(arena, buf_view(&body));
    call->content_type = SLICE(WM_JSON);
    return body.overflow || arena->exhausted ? ERR_LIMIT
                                             : wm_request(account, call, step, arena, out);
}

enum err wm_build_subscribe(const struct account *account,
                            const struct step *step,
                            struct arena *arena,
                            struct http_request *out)
{
    struct jobs jobs;
    struct wm_call call = {.method = "POST"};

    if (slice_is(step->cursor, "s")) {
        return wm_get(account, SLICE("/v3/webhooks/subscriptions"), step, arena, out);
    }
    if (!step->hooks_url.n) {
        return ERR_USAGE;
    }
    if (slice_is(step->cursor, TEST_CURSOR)) {
        call.path = SLICE("/v3/webhooks/test");
        return body_send(
            account, step, &call, &wanted[0], wm_config(account)->webhook_secret, arena, out);
    }
    if (!slice_starts(step->cursor, "s ") || !jobs_parse(step->cursor, &jobs)) {
        return ERR_USAGE;
    }
    struct slice secret = secret_of(account, jobs.nonce, arena);
    call.path = SLICE("/v3/webhooks/subscriptions");
    if (jobs.first.id.n) {
        call.method = "PATCH";
        call.path =
            arena_printf(arena, "/v3/webhooks/subscriptions/%.*s", SLICE_ARG(jobs.first.id));
    }
    return secret.n ? body_send(account, step, &call, jobs.first.event, secret, arena, out)
                    : ERR_LIMIT;
}

/* ---- what there is ---- */

struct found {
    struct slice id; /* empty: there is none */
    bool is_right;   /* as we would make it */
};

static bool text_is(struct json object, const char *name, struct slice wanted_text)
{
    struct slice text = {0};

    return json_text(json_get(object, name), &text) && slice_equal_nocase(text, wanted_text);
}

/* The list repeats secrets in clear; where it hides one, nothing is known against it. */
static bool is_right(struct json v, struct slice secret)
{
    struct json auth = json_get(v, "authDetails");
    struct slice given = {0};

    bool is_told =
        json_text(json_get(auth, "clientSecret"), &given) && given.n && given.p[0] != '*';
    return secret.n && text_is(v, "status", SLICE("ACTIVE")) &&
           text_is(auth, "authMethod", SLICE("HMAC")) &&
           text_is(auth, "authHeaderName", SLICE(WM_SIGNATURE_HEADER)) &&
           (!is_told || crypto_equal(given, secret));
}

static void found_read(struct json list,
                       const struct wanted *event,
                       struct slice url,
                       struct slice secret,
                       struct arena *arena,
                       struct found *out)
{
    for (struct json_iter i = json_iter(list); json_next(&i);) {
        struct slice at = {0};
        struct slice id = {0};
        bool is_ours = text_is(i.value, "eventType", slice_of(event->type)) &&
                       json_text(json_get(i.value, "eventUrl"), &at) && slice_equal(at, url) &&
                       wm_id_text(json_get(i.value, "subscriptionId"), arena, &id);
        if (is_ours && !out->is_right) {
            *out = (struct found){.id = id, .is_right = is_right(i.value, secret)};
        }
    }
}

/* {"events":[event, ...]}, as the examples have it, or {"events":[{"event":[...]}]}. */
static struct found found_in(struct json root,
                             const struct wanted *event,
                             struct slice url,
                             struct slice secret,
                             struct arena *arena)
{
    struct json events = json_get(root, "events");
    struct found found = {0};

    found_read(events, event, url, secret, arena, &found);
    for (struct json_iter i = json_iter(events); json_next(&i);) {
        found_read(json_get(i.value, "event"), event, url, secret, arena, &found);
    }
    return found;
}

/* ---- what is left to a person ---- */

static struct slice
by_hand(const struct step *step, const struct wanted *event, struct slice why, struct arena *arena)
{
    return arena_printf(
        arena,
        "subscribe by hand in the developer portal: event %s, version V1, resource %s, URL "
        "%.*s/%s, authentication HMAC with the header " WM_SIGNATURE_HEADER
        " and a long random secret, which is also set as secrets.webhook_secret.%s%s%.*s",
        event->type,
        event->resource,
        (int)(step->hooks_url.n ? step->hooks_url.n : strlen("{public-url}/hooks/{channel}")),
        step->hooks_url.n ? step->hooks_url.p : "{public-url}/hooks/{channel}",
        event->topic,
        event->is_vital ? "" : " It may be left out: counts are read back anyway.",
        why.n ? " Walmart says: " : "",
        (int)why.n,
        why.n ? why.p : "");
}

static void want(struct channel_signal *signal, struct slice cursor)
{
    if (cursor.n) {
        signal->next = (struct next_request){.is_wanted = true, .cursor = cursor};
    }
}

static void secret_report(struct slice secret, struct arena *arena, struct connect_report *out)
{
    out->secrets = arena_printf(arena, "{\"webhook_secret\":\"%.*s\"}", SLICE_ARG(secret));
}

/* ---- the answers ---- */

static void list_read(const struct account *account,
                      const struct step *step,
                      const struct wm_answer *answer,
                      struct wm_checks *checks,
                      struct connect_report *out,
                      struct channel_signal *signal)
{
    struct arena *arena = checks->arena;
    struct slice secret = wm_config(account)->webhook_secret;
    struct slice nonce = SLICE("-");
    struct slice jobs = {0};

    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        struct slice url = hook_url(step, &wanted[i], arena);
        bool can_ask = step->hooks_url.n && (answer->verdict == WM_DONE || answer->is_empty);
        if (!can_ask) {
            wm_check(checks,
                     CONNECT_BY_HAND,
                     wanted[i].what,
                     by_hand(step, &wanted[i], answer->reason, arena));
            continue;
        }
        struct found found = found_in(answer->root, &wanted[i], url, secret, arena);
        if (found.is_right) {
            wm_check(checks, CONNECT_OK, wanted[i].what, (struct slice){0});
            continue;
        }
        jobs = arena_printf(arena,
                            "%.*s %zu%c%.*s",
                            (int)jobs.n,
                            jobs.n ? jobs.p : "",
                            i,
                            found.id.n ? '=' : '+',
                            (int)found.id.n,
                            found.id.n ? found.id.p : "");
    }
    if (jobs.n && !secret.n) {
        nonce = step->nonce ? hex_encode(arena, (struct slice){(const char *)step->nonce, 16})
                            : (struct slice){0};
        if (!nonce.n) {
            return;
        }
        secret_report(secret_of(account, nonce, arena), arena, out);
    }
    if (jobs.n) {
        want(signal, arena_printf(arena, "s %.*s%.*s", SLICE_ARG(nonce), SLICE_ARG(jobs)));
    } else if (secret.n && step->hooks_url.n && answer->verdict == WM_DONE) {
        want(signal, SLICE(TEST_CURSOR));
    }
}

static void job_read(const struct account *account,
                     const struct step *step,
                     const struct jobs *jobs,
                     const struct wm_answer *answer,
                     struct wm_checks *checks,
                     struct connect_report *out,
                     struct channel_signal *signal)
{
    struct arena *arena = checks->arena;
    const struct wanted *event = jobs->first.event;
    bool is_kept = wm_config(account)->webhook_secret.n > 0;

    if (answer->verdict == WM_DONE) {
        wm_check(checks, CONNECT_MADE, event->what, (struct slice){0});
    } else {
        wm_check(checks, CONNECT_BY_HAND, event->what, by_hand(step, event, answer->reason, arena));
    }
    if (!is_kept) {
        secret_report(secret_of(account, jobs->nonce, arena), arena, out);
    }
    if (jobs->rest.n) {
        want(signal,
             arena_printf(arena, "s %.*s %.*s", SLICE_ARG(jobs->nonce), SLICE_ARG(jobs->rest)));
    } else if (is_kept && answer->verdict == WM_DONE) {
        want(signal, SLICE(TEST_CURSOR)); /* it comes signed with the secret that is kept */
    }
}

static void
test_read(const struct step *step, const struct wm_answer *answer, struct wm_checks *checks)
{
    if (answer->verdict == WM_DONE) {
        wm_check(checks, CONNECT_OK, "webhook test delivery", (struct slice){0});
        return;
    }
    wm_check(checks,
             CONNECT_BY_HAND,
             "webhook test delivery",
             arena_printf(checks->arena,
                          "Walmart did not get a 2xx from %.*s/%s: it must be reachable from the "
                          "internet over https with a public certificate. Walmart says: %.*s",
                          SLICE_ARG(step->hooks_url),
                          wanted[0].topic,
                          SLICE_ARG(answer->reason)));
}

enum err wm_read_subscribe(const struct account *account,
                           const struct step *step,
                           const struct wm_answer *answer,
                           struct wm_checks *checks,
                           struct connect_report *out,
                           struct channel_signal *out_signal,
                           struct err_note *note)
{
    struct jobs jobs;

    if (slice_is(step->cursor, "s")) {
        list_read(account, step, answer, checks, out, out_signal);
    } else if (slice_is(step->cursor, TEST_CURSOR)) {
        test_read(step, answer, checks);
    } else if (slice_starts(step->cursor, "s ") && jobs_parse(step->cursor, &jobs)) {
        job_read(account, step, &jobs, answer, checks, out, out_signal);
    } else {
        return err_note(note, ERR_USAGE, "not a cursor of connecting");
    }
    return ERR_OK;
}
