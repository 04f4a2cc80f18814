/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports over many rows: read a little at a time between the loop's other work, and answered when
 * they are whole. Each step has a snapshot of its own: what a report is about lies in the past.
 */
#include "base/log.h"
#include "base/times.h"
#include "engine/latency_report.h"
#include "engine/stock_list.h"
#include "intake/api_inner.h"

#define REPORTS_MAX 16
#define PUSHES_AT_ONCE 500

struct api_report {
    struct api *api;
    struct http_exchange *x;
    struct env_wake *wake; /* the next step, when the loop has looked at the others */
    enum err (*step)(struct api_report *r, bool *out_done);
    void (*answer)(struct api_report *r);
    struct api_report *next;
    /* Of latency: */
    struct latency_report latency;
    bool is_html;
    /* Of exposure: */
    struct channel_id channel;
    size_t limit, after;
    /* Of the stock list: */
    struct stock_list *stock;
    bool with_ids;
};

static void report_free(struct api_report *r)
{
    struct api_report **at = &r->api->reports;
    while (*at && *at != r) {
        at = &(*at)->next;
    }
    if (*at) {
        *at = r->next;
        r->api->reports_count--;
    }
    if (r->wake) {
        r->api->config.env->ops->wake_free(r->wake);
    }
    latency_report_free(&r->latency);
    stock_list_free(r->stock);
    free(r);
}

static void report_fail(struct api_report *r, const char *why)
{
    api_problem(r->x, 503, "the report cannot be made", slice_of(why));
    report_free(r);
}

void api_reports_stop(struct api *api)
{
    while (api->reports) {
        report_fail(api->reports, "the server is stopping: ask again");
    }
}

static void on_step(void *arg)
{
    struct api_report *r = arg;
    struct store *store = r->api->config.reader;
    bool is_done = false;
    if (r->x->is_gone) {
        report_fail(r, "nobody waits for it");
        return;
    }
    enum err e = store->ops->begin(store);
    if (!e) {
        e = r->step(r, &is_done);
        if (!e && is_done) {
            r->answer(r);
        }
        store->ops->rollback(store); /* a snapshot that nothing was written to */
    }
    if (e) {
        LOG(LOG_ERROR, "a report was not read to its end", LOG_STR("err", err_name(e)));
        report_fail(r, err_text(e));
    } else if (is_done) {
        report_free(r);
    } else {
        r->api->config.env->ops->wake_send(r->wake);
    }
}

/* NULL after a refusal. */
static struct api_report *report_begin(struct api *api, struct http_exchange *x)
{
    struct api_report *r = api->reports_count < REPORTS_MAX ? calloc(1, sizeof(*r)) : NULL;
    struct env_wake *wake = r ? api->config.env->ops->wake_new(api->config.env, on_step, r) : NULL;
    if (!wake) {
        free(r);
        api_problem(x, 503, "too busy", SLICE("other reports are being made: try again"));
        return NULL;
    }
    *r = (struct api_report){.api = api, .x = x, .wake = wake, .next = api->reports};
    api->reports = r;
    api->reports_count++;
    api->config.env->ops->wake_send(wake);
    return r;
}

/* ---- what is asked for ---- */

static bool query(struct http_exchange *x, const char *name, struct slice *out)
{
    *out = (struct slice){0};
    return http_query_get(x->request.query, name, &x->arena, out) && out->n > 0;
}

/* False: it was refused. */
static bool query_channel(struct api *api, struct http_exchange *x, struct channel_id *out)
{
    struct slice code;
    *out = (struct channel_id){0};
    if (!query(x, "channel", &code)) {
        return true;
    }
    const struct channel_config *channel = config_channel_by_code(api->channels, code);
    if (!channel) {
        api_problem(x,
                    404,
                    "no such channel",
                    arena_printf(&x->arena, "there is no channel '%.*s'", SLICE_ARG(code)));
        return false;
    }
    *out = channel->row.id;
    return true;
}

/* The last day, unless it is said otherwise. False: it was refused. */
static bool
query_range(struct http_exchange *x, int64_t now_us, int64_t *out_from_us, int64_t *out_to_us)
{
    struct slice text;
    int64_t from_us, to_us = now_us;
    bool is_right = !query(x, "to", &text) || time_parse_rfc3339(text, &to_us);
    from_us = to_us - LATENCY_DAY_US;
    is_right = is_right && (!query(x, "from", &text) || time_parse_rfc3339(text, &from_us));
    must(is_right); /* the route's description says that they are times */
    if (from_us >= to_us) {
        api_refuse_field(x, "invalid", SLICE("from"), "from must lie before to (left out: now)");
        return false;
    }
    if (to_us - from_us > LATENCY_DAYS_MAX * LATENCY_DAY_US) {
        api_refuse_field(x,
                         "invalid",
                         SLICE("from"),
                         "a report covers at most %d days: move from or to, and ask for the rest "
                         "in a report of its own",
                         LATENCY_DAYS_MAX);
        return false;
    }
    *out_from_us = from_us;
    *out_to_us = to_us;
    return true;
}

bool api_wants_page(struct http_exchange *x)
{
    struct slice format;
    if (query(x, "format", &format)) {
        return slice_is(format, "html");
    }
    struct slice accept = http_header_get(x->request.headers, x->request.headers_count, "Accept");
    return accept.n && memmem(accept.p, accept.n, "text/html", 9) != NULL;
}

/* ---- latency ---- */

static enum err step_latency(struct api_report *r, bool *out_done)
{
    return latency_report_step(&r->latency, r->api->config.reader, PUSHES_AT_ONCE, out_done);
}

void api_answer_page(struct http_exchange *x, struct slice page)
{
    const struct http_header headers[] = {
        {SLICE("Content-Type"), SLICE("text/html; charset=utf-8")},
        {SLICE("Content-Security-Policy"),
         SLICE("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")},
        {SLICE("Cache-Control"), SLICE("no-store")},
        {SLICE("X-Content-Type-Options"), SLICE("nosniff")}};
    http_answer(x, 200, headers, COUNT_OF(headers), page);
}

static void answer_latency(struct api_report *r)
{
    ON_EXIT(buf_free) struct buf out;
    buf_init(&out, ANSWER_MAX);
    if (r->is_html) {
        latency_report_html(&r->latency, r->api->channels, env_wall_us(r->api->config.env), &out);
    } else {
        struct json_writer w = json_writer(&out);
        latency_report_json(&r->latency, r->api->channels, &w);
    }
    if (out.overflow) {
        api_problem(r->x, 503, "the report is too large", SLICE("ask for fewer days"));
    } else if (r->is_html) {
        api_answer_page(r->x, buf_view(&out));
    } else {
        api_answer_json(r->x, 200, buf_view(&out));
    }
}

void api_report_latency(struct api *api, struct http_exchange *x, const struct slice *args)
{
    struct channel_id channel;
    int64_t from_us, to_us;
    (void)args;
    if (!query_range(x, env_wall_us(api->config.env), &from_us, &to_us) ||
        !query_channel(api, x, &channel)) {
        return;
    }
    struct api_report *r = report_begin(api, x);
    if (r) {
        latency_report_init(&r->latency, from_us, to_us, channel);
        r->is_html = api_wants_page(x);
        r->step = step_latency;
        r->answer = answer_latency;
    }
}

/* ---- exposure ---- */

static enum err step_exposure(struct api_report *r, bool *out_done)
{
    struct api *api = r->api;
    return exposed_step(
        api->exposed, api->config.reader, api->channels, env_wall_us(api->config.env), out_done);
}

static struct slice load_sku_code(void *arg, struct sku_id id)
{
    struct api_report *r = arg;
    struct store *store = r->api->config.reader;
    struct sku_row *row = NULL;
    bool found = store->ops->skus(store, &id, 1, &r->x->arena, &row) == ERR_OK && row;
    return found ? row->code : (struct slice){0};
}

/* The cursor is a place in the table. */
static void answer_exposure(struct api_report *r)
{
    ON_EXIT(buf_free) struct buf out;
    size_t count, shown = 0, at = r->after;
    const struct exposed_row *table = exposed_table(r->api->exposed, &count);
    buf_init(&out, ANSWER_MAX);
    struct show show = {
        .w = json_writer(&out), .config = r->api->channels, .sku_code = load_sku_code, .arg = r};
    json_begin_object(&show.w);
    json_key(&show.w, "items");
    json_begin_array(&show.w);
    for (; at < count && shown < r->limit; at++) {
        if (r->channel.v == 0 || table[at].channel.v == r->channel.v) {
            exposed_show_item(&show, &table[at]);
            shown++;
        }
    }
    json_end_array(&show.w);
    if (at < count) {
        char next[24];
        int n = snprintf(next, sizeof(next), "%zu", at);
        json_field_text(&show.w, "next", (struct slice){next, (size_t)n});
    } else {
        json_field_null(&show.w, "next");
    }
    json_end_object(&show.w);
    if (out.overflow || r->x->arena.exhausted) {
        api_problem(r->x, 503, "the answer is too large", SLICE("ask for fewer with ?limit="));
    } else {
        api_answer_json(r->x, 200, buf_view(&out));
    }
}

void api_report_exposure(struct api *api, struct http_exchange *x, const struct slice *args)
{
    struct channel_id channel;
    struct slice text;
    int64_t limit = PAGE_DEFAULT, after = 0;
    (void)args;
    bool is_right = (!query(x, "limit", &text) || slice_int(text, &limit)) &&
                    (!query(x, "cursor", &text) || slice_int(text, &after));
    must(is_right); /* the route's description says that they are numbers */
    if (!query_channel(api, x, &channel)) {
        return;
    }
    struct api_report *r = report_begin(api, x);
    if (r) {
        r->limit = (size_t)limit;
        r->after = (size_t)after;
        r->channel = channel;
        r->step = step_exposure;
        r->answer = answer_exposure;
    }
}

/* ---- the stock list ---- */

static enum err step_stock_list(struct api_report *r, bool *out_done)
{
    return stock_list_step(r->stock, r->api->config.reader, out_done);
}

static void answer_stock_list(struct api_report *r)
{
    ON_EXIT(buf_free) struct buf out;
    size_t count;
    const struct sku_id *ids = stock_list_ids(r->stock, &count);
    buf_init(&out, ANSWER_MAX);
    struct show show = {
        .w = json_writer(&out), .config = r->api->channels, .sku_code = load_sku_code, .arg = r};
    json_begin_object(&show.w);
    json_field_int(&show.w, "total", (int64_t)count);
    json_key(&show.w, "items");
    json_begin_array(&show.w);
    enum err e = stock_list_show(
        &show, r->api->config.reader, &r->x->arena, ids, count < r->limit ? count : r->limit);
    json_end_array(&show.w);
    if (r->with_ids) {
        json_key(&show.w, "ids");
        json_begin_array(&show.w);
        for (size_t i = 0; i < count; i++) {
            char text[24];
            int n = snprintf(text, sizeof(text), "%" PRId64, ids[i].v);
            json_put_text(&show.w, (struct slice){text, (size_t)n});
        }
        json_end_array(&show.w);
    }
    json_end_object(&show.w);
    if (e || out.overflow || r->x->arena.exhausted) {
        api_problem(r->x, 503, "the list cannot be made", slice_of(err_text(e ? e : ERR_LIMIT)));
    } else {
        api_answer_json(r->x, 200, buf_view(&out));
    }
}

void api_report_stock_list(
    struct api *api, struct http_exchange *x, struct stock_list *list, size_t limit, bool with_ids)
{
    struct api_report *r = report_begin(api, x);
    if (!r) {
        stock_list_free(list);
        return;
    }
    r->stock = list;
    r->limit = limit;
    r->with_ids = with_ids;
    r->step = step_stock_list;
    r->answer = answer_stock_list;
}
