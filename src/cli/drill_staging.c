/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rehearsal against a server that is there: one unit of one SKU less, then the same unit more,
 * and how long one channel takes to be told, out of the push log. Less comes first, so that nothing
 * is ever shown that is not there; and the count stands where it stood when it ends, also early.
 */
#include "base/json_read.h"
#include "cli/drill.h"
#include "drill/shown.h"
#include "env/env_uv.h"

#define LOOK_EVERY_US (50 * US_PER_MS)
/* Without compare-and-set a count is raised only with proof, which can take two minutes. */
#define PUSH_WAIT_US (180 * US_PER_S)
#define ANSWER_MAX ((size_t)4 * 1024 * 1024)

struct staging {
    const struct drill_staging *o;
    struct env_uv *uv;
    struct env *env;
    struct env_timer *timer;
    struct json_doc *doc;
    struct arena arena;
    bool is_interrupted;
    bool is_unknown; /* whether an adjustment happened that was never answered */
    int status;      /* of the last answer; 0: none */
    struct json json;
    int64_t off; /* what we took off the count and have not given back */
    uint64_t run;
    int64_t sent;                     /* adjustments */
    int64_t last_push;                /* number of the newest push of the listing */
    struct spread ours[2], theirs[2]; /* 0: one less; 1: one more */
    int64_t missing;                  /* adjustments that no confirmed push followed */
};

static void stop_loop(void *arg)
{
    struct staging *s = arg;
    env_uv_stop(s->uv);
}

static void on_signal(void *arg)
{
    struct staging *s = arg;
    s->is_interrupted = true;
}

static void on_reply(void *arg, const struct env_reply *reply)
{
    struct staging *s = arg;
    struct err_note note;
    s->status = reply->err ? 0 : reply->response.status;
    if (reply->err) {
        fprintf(stderr, "truecount drill: %s\n", reply->note.text);
    } else if (json_parse(s->doc, reply->response.body, &s->json, &note)) {
        s->json = (struct json){0};
    }
    env_uv_stop(s->uv);
}

/* One call, to its end. True: 2xx. Otherwise it says on stderr what the server said. */
static bool call(struct staging *s, const char *method, struct slice path, struct slice body)
{
    char bearer[300], key[64], url[600];
    snprintf(bearer, sizeof(bearer), "Bearer %s", s->o->token);
    snprintf(key, sizeof(key), "drill-%016" PRIx64 "-%" PRId64, s->run, s->sent);
    snprintf(url, sizeof(url), "%s%.*s", s->o->server, SLICE_ARG(path));
    const struct http_header headers[] = {{SLICE("Authorization"), slice_of(bearer)},
                                          {SLICE("Content-Type"), SLICE("application/json")},
                                          {SLICE("Idempotency-Key"), slice_of(key)}};
    const struct env_call c = {.request = {.method = slice_of(method),
                                           .url = slice_of(url),
                                           .headers = headers,
                                           .headers_count = body.n ? 3 : 2,
                                           .body = body},
                               .private_ok = true};
    s->status = -1;
    s->json = (struct json){0};
    s->env->ops->http(s->env, &c, on_reply, s);
    while (s->status == -1) {
        env_uv_run(s->uv);
    }
    if (s->status >= 200 && s->status <= 299) {
        return true;
    }
    struct slice detail = SLICE("no answer");
    json_text(json_get(s->json, "detail"), &detail);
    fprintf(
        stderr, "truecount drill: %s %s: %d, %.*s\n", method, url, s->status, SLICE_ARG(detail));
    return false;
}

static void pause_for(struct staging *s, int64_t us)
{
    int64_t until_us = env_mono_us(s->env) + us;
    while (env_mono_us(s->env) < until_us) {
        s->env->ops->timer_set(s->timer, until_us - env_mono_us(s->env));
        env_uv_run(s->uv);
    }
}

/* As it stands in a query or a path. */
static struct slice encoded(struct staging *s, const char *text)
{
    struct buf out;
    buf_init(&out, 4096);
    for (const char *c = text; *c; c++) {
        bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                     (*c >= '0' && *c <= '9') || *c == '-' || *c == '_' || *c == '.';
        if (plain) {
            buf_char(&out, *c);
        } else {
            buf_printf(&out, "%%%02X", (unsigned)(unsigned char)*c);
        }
    }
    struct slice copy = arena_copy(&s->arena, buf_view(&out));
    buf_free(&out);
    return copy;
}

/* ---- the push log ---- */

/* The listing's newest push; false when there is none or the log cannot be read. */
static bool newest_push(struct staging *s, struct json *out, int64_t *out_id)
{
    arena_clear(&s->arena);
    struct slice channel = encoded(s, s->o->channel), sku = encoded(s, s->o->sku);
    struct slice path = arena_printf(
        &s->arena, "/v1/pushes?channel=%.*s&sku=%.*s&limit=1", SLICE_ARG(channel), SLICE_ARG(sku));
    if (!call(s, "GET", path, (struct slice){0})) {
        return false;
    }
    for (struct json_iter i = json_iter(json_get(s->json, "items")); json_next(&i);) {
        *out = i.value;
        return json_int_loose(json_get(i.value, "id"), out_id);
    }
    return false;
}

static int64_t part_us(struct staging *s, struct json push, const char *key)
{
    struct slice text = json_copy_text(json_path(push, "latency_ms", key, NULL), &s->arena);
    return text.p ? (int64_t)(strtod(text.p, NULL) * 1000) : 0;
}

/* Waits until the channel has confirmed a push that came after the adjustment. */
static bool await_push(struct staging *s, size_t kind)
{
    int64_t until_us = env_mono_us(s->env) + PUSH_WAIT_US, id = 0;
    struct json push;
    while (!s->is_interrupted && env_mono_us(s->env) < until_us) {
        struct slice state;
        if (newest_push(s, &push, &id) && id > s->last_push &&
            json_text(json_get(push, "state"), &state) && slice_is(state, "confirmed")) {
            s->last_push = id;
            spread_add(&s->ours[kind], part_us(s, push, "commit_to_send"));
            spread_add(&s->theirs[kind], part_us(s, push, "send_to_confirmation"));
            return true;
        }
        pause_for(s, LOOK_EVERY_US);
    }
    return false;
}

/* ---- the adjustments ---- */

static bool adjust(struct staging *s, int64_t units)
{
    struct buf body;
    buf_init(&body, 4096);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w);
    json_key(&w, "movements");
    json_begin_array(&w);
    json_begin_object(&w);
    json_field_str(&w, "kind", "adjust");
    json_field_str(&w, "sku", s->o->sku);
    json_field_str(&w, "location", s->o->location);
    json_field_int(&w, "quantity", units);
    json_field_str(&w, "reason", "drill");
    json_end_object(&w);
    json_end_array(&w);
    json_end_object(&w);
    s->sent++;
    bool done = call(s, "POST", SLICE("/v1/movements"), buf_view(&body));
    /* An answer that never came: the same key again has the same effect once. */
    for (int again = 0; !done && s->status == 0 && again < 5; again++) {
        pause_for(s, US_PER_S);
        done = call(s, "POST", SLICE("/v1/movements"), buf_view(&body));
    }
    buf_free(&body);
    s->off -= done ? units : 0;
    s->is_unknown |= !done && s->status == 0;
    return done;
}

static bool rehearse(struct staging *s)
{
    struct json push;
    bool good = true;
    if (!newest_push(s, &push, &s->last_push)) {
        s->last_push = 0;
    }
    for (int64_t i = 0; good && !s->is_interrupted && i < s->o->times; i++) {
        size_t kind = (size_t)(i % 2);
        good = adjust(s, kind == 0 ? -1 : 1);
        if (good && !await_push(s, kind)) {
            s->missing++;
        }
    }
    if (s->off > 0 && !adjust(s, s->off)) {
        fprintf(stderr,
                "truecount drill: %" PRId64 " unit of '%s' at '%s' could not be given back: do it "
                "by hand\n",
                s->off,
                s->o->sku,
                s->o->location);
        good = false;
    }
    return good && s->off == 0 && !s->is_unknown && s->missing == 0 && !s->is_interrupted;
}

/* The listing is there, and there is a unit to take off. */
static bool check(struct staging *s)
{
    int64_t available = 0;
    struct slice channel = encoded(s, s->o->channel), sku = encoded(s, s->o->sku);
    struct slice path = arena_printf(
        &s->arena, "/v1/listings?channel=%.*s&sku=%.*s", SLICE_ARG(channel), SLICE_ARG(sku));
    if (!call(s, "GET", path, (struct slice){0})) {
        return false;
    }
    if (json_count(json_get(s->json, "items")) == 0) {
        fprintf(stderr,
                "truecount drill: '%s' does not sell '%s' on that server\n",
                s->o->channel,
                s->o->sku);
        return false;
    }
    sku = encoded(s, s->o->sku);
    if (!call(s,
              "GET",
              arena_printf(&s->arena, "/v1/stock/%.*s", SLICE_ARG(sku)),
              (struct slice){0})) {
        return false;
    }
    for (struct json_iter i = json_iter(json_get(s->json, "locations")); json_next(&i);) {
        struct slice code;
        if (json_text(json_get(i.value, "location"), &code) && slice_is(code, s->o->location)) {
            json_int(json_get(i.value, "available"), &available);
        }
    }
    if (available < 1) {
        fprintf(stderr,
                "truecount drill: '%s' has no unit available at '%s': put one there first\n",
                s->o->sku,
                s->o->location);
    }
    return available >= 1;
}

/* ---- telling ---- */

static const char *const kind_texts[] = {"one less", "one more"};

static void tell_text(const struct staging *s)
{
    printf("%s of %s on %s: %" PRId64 " adjustments, %" PRId64 " without a confirmed push%s\n",
           s->o->sku,
           s->o->server,
           s->o->channel,
           s->sent,
           s->missing,
           s->is_unknown ? "; ONE WAS NEVER ANSWERED: look at the count"
           : s->off == 0 ? ", count restored"
                         : "");
    printf("%-38s %5s %9s %9s %9s\n", "", "n", "p50", "p95", "max");
    for (size_t i = 0; i < 2; i++) {
        const struct spread *parts[] = {&s->ours[i], &s->theirs[i]};
        static const char *const texts[] = {"commit to request", "request to confirmation"};
        for (size_t k = 0; k < 2; k++) {
            printf("%-9s %-28s %5" PRIu64 " %9.1f %9.1f %9.1f ms\n",
                   kind_texts[i],
                   texts[k],
                   parts[k]->latency.total,
                   (double)spread_at(parts[k], 500) / 1000,
                   (double)spread_at(parts[k], 950) / 1000,
                   (double)parts[k]->max_us / 1000);
        }
    }
}

static void tell_json(const struct staging *s)
{
    struct buf out;
    buf_init(&out, 65536);
    struct json_writer w = json_writer(&out);
    json_begin_object(&w);
    json_field_str(&w, "report", "truecount drill of a server");
    json_field_int(&w, "version", 1);
    json_field_str(&w, "channel", s->o->channel);
    json_field_str(&w, "sku", s->o->sku);
    json_field_int(&w, "adjustments", s->sent);
    json_field_int(&w, "without_push", s->missing);
    for (size_t i = 0; i < 2; i++) {
        const struct spread *parts[] = {&s->ours[i], &s->theirs[i]};
        static const char *const keys[] = {"commit_to_send", "send_to_confirmation"};
        json_key(&w, i == 0 ? "one_less" : "one_more");
        json_begin_object(&w);
        json_field_int(&w, "count", (int64_t)parts[0]->latency.total);
        for (size_t k = 0; k < 2; k++) {
            json_key(&w, keys[k]);
            json_begin_object(&w);
            json_field_ms(&w, "p50_ms", spread_at(parts[k], 500));
            json_field_ms(&w, "p95_ms", spread_at(parts[k], 950));
            json_field_ms(&w, "max_ms", parts[k]->max_us);
            json_end_object(&w);
        }
        json_end_object(&w);
    }
    json_end_object(&w);
    printf("%.*s\n", SLICE_ARG(buf_view(&out)));
    buf_free(&out);
}

int drill_staging(const struct drill_staging *o)
{
    struct staging s = {.o = o, .doc = json_doc_new()};
    struct err_note note = {""};
    enum err e = env_uv_new(&s.uv, &note);
    if (e || !s.doc) {
        fprintf(stderr, "truecount drill: %s\n", note.text[0] ? note.text : err_text(e));
        return 2;
    }
    s.env = env_uv_env(s.uv);
    s.timer = s.env->ops->timer_new(s.env, stop_loop, &s);
    arena_init(&s.arena, ANSWER_MAX);
    env_random(s.env, &s.run, sizeof(s.run));
    env_uv_on_signal(s.uv, on_signal, &s);
    bool asked = check(&s), good = asked && rehearse(&s);
    if (asked && o->json) {
        tell_json(&s);
    } else if (asked) {
        tell_text(&s);
    }
    s.env->ops->timer_free(s.timer);
    env_uv_free(s.uv);
    arena_free(&s.arena);
    json_doc_free(s.doc);
    return !asked ? 2 : good ? 0 : 1;
}
