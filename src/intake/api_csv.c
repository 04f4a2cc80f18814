/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables as downloads: page by page between the loop's other work, from one snapshot of a reader of
 * their own, no faster than the client takes them. Chunked, so that a download that broke off is
 * seen to have done so.
 */
#include "base/log.h"
#include "engine/csv.h"
#include "engine/report.h"
#include "intake/api_inner.h"

#define DOWNLOADS_MAX 4
#define PAGE_BYTES_MAX ((size_t)64 << 20)
#define STUCK_MAX_US (30 * US_PER_S) /* the snapshot keeps the write-ahead log from shrinking */
#define RETRY_US (2 * US_PER_MS)

struct csv_download {
    struct api *api;
    struct http_exchange *x;
    struct csv_export *export; /* or */
    struct report *report;
    struct env_wake *wake;   /* the next page, when the loop has looked at the others */
    struct env_timer *timer; /* while the client does not take it */
    struct buf page, chunk;
    bool is_begun, is_done, has_end;
    int64_t stuck_since_us; /* 0: the client takes what comes */
    struct csv_download *next;
};

static void download_free(struct csv_download *d)
{
    struct csv_download **at = &d->api->downloads;
    while (*at && *at != d) {
        at = &(*at)->next;
    }
    if (*at) {
        *at = d->next;
        d->api->downloads_count--;
    }
    csv_export_free(d->export);
    report_free(d->report);
    if (d->timer) {
        d->api->config.env->ops->timer_free(d->timer);
    }
    if (d->wake) {
        d->api->config.env->ops->wake_free(d->wake);
    }
    buf_free(&d->page);
    buf_free(&d->chunk);
    free(d);
}

static void download_end(struct csv_download *d)
{
    if (d->is_begun) {
        http_stream_end(d->x);
    } else {
        api_problem(d->x, 503, "the table cannot be read", SLICE("try again"));
    }
    download_free(d);
}

void api_csv_stop(struct api *api)
{
    while (api->downloads) {
        download_end(api->downloads);
    }
}

/* The next page, or the end, as a chunk. False: it cannot be read. */
static bool fill(struct csv_download *d)
{
    if (d->is_done) {
        buf_text(&d->chunk, "0\r\n\r\n");
        d->has_end = true;
        return true;
    }
    buf_clear(&d->page);
    enum err e = d->report ? report_step(d->report, &d->page, &d->is_done)
                           : csv_export_step(d->export, &d->page, &d->is_done);
    if (d->page.n) {
        buf_printf(&d->chunk, "%zx\r\n", d->page.n);
        buf_slice(&d->chunk, buf_view(&d->page));
        buf_text(&d->chunk, "\r\n");
    }
    if (e || d->chunk.overflow) {
        LOG(LOG_ERROR, "a table was not read to its end", LOG_STR("err", err_name(e)));
        return false;
    }
    return true;
}

static void begin(struct csv_download *d, const char *kind)
{
    const struct http_header headers[] = {
        {SLICE("Content-Type"), SLICE("text/csv; charset=utf-8")},
        {SLICE("Content-Disposition"),
         arena_printf(&d->x->arena, "attachment; filename=\"%s.csv\"", kind)},
        {SLICE("Cache-Control"), SLICE("no-store")},
        {SLICE("X-Content-Type-Options"), SLICE("nosniff")},
        {SLICE("Transfer-Encoding"), SLICE("chunked")}};
    http_stream_begin(d->x, 200, headers, COUNT_OF(headers));
    d->is_begun = true;
}

/* False when the client does not take it now. */
static bool send_chunk(struct csv_download *d, int64_t now_us)
{
    if (d->chunk.n && !http_stream_write(d->x, buf_view(&d->chunk))) {
        d->stuck_since_us = d->stuck_since_us ? d->stuck_since_us : now_us;
        return false;
    }
    buf_clear(&d->chunk);
    d->stuck_since_us = 0;
    return true;
}

static void on_step(void *arg)
{
    struct csv_download *d = arg;
    const struct env_ops *ops = d->api->config.env->ops;
    int64_t now_us = env_mono_us(d->api->config.env);
    if (d->x->is_gone || (d->stuck_since_us && now_us - d->stuck_since_us > STUCK_MAX_US)) {
        download_end(d);
    } else if (!send_chunk(d, now_us)) {
        ops->timer_set(d->timer, RETRY_US);
    } else if (d->has_end || !fill(d)) {
        download_end(d);
    } else {
        ops->wake_send(d->wake);
    }
}

/* A table of the kind; or the report that is wished for, when it is not NULL. */
static struct csv_download *download_new(struct api *api,
                                         struct http_exchange *x,
                                         enum csv_kind kind,
                                         bool with_mark,
                                         const struct report_wish *wish)
{
    struct csv_download *d = api->downloads_count < DOWNLOADS_MAX ? calloc(1, sizeof(*d)) : NULL;
    struct store *reader = NULL;
    struct err_note note = {""};
    if (!d) {
        return NULL;
    }
    *d = (struct csv_download){.api = api, .x = x};
    buf_init(&d->page, PAGE_BYTES_MAX);
    buf_init(&d->chunk, PAGE_BYTES_MAX + 64);
    d->timer = api->config.env->ops->timer_new(api->config.env, on_step, d);
    d->wake = api->config.env->ops->wake_new(api->config.env, on_step, d);
    enum err e =
        d->timer && d->wake ? engine_reader(api->config.engine, &reader, &note) : ERR_MEMORY;
    if (!e && wish) {
        e = report_new(wish, reader, api->config.vault, &d->report);
    } else if (!e) {
        e = csv_export_new(kind, reader, api->config.vault, with_mark, &d->export);
    }
    if (e) {
        download_free(d);
        return NULL;
    }
    return d;
}

/* ?name=true or false. False after a refusal. */
static bool query_bool(struct http_exchange *x, const char *name, bool *out)
{
    struct slice text = {0};
    *out = false;
    if (!http_query_get(x->request.query, name, &x->arena, &text)) {
        return true;
    }
    *out = slice_is(text, "true") || slice_is(text, "1");
    if (*out || slice_is(text, "false") || slice_is(text, "0")) {
        return true;
    }
    api_problem(x, 400, "a parameter is off", arena_printf(&x->arena, "%s is true or false", name));
    return false;
}

static void
download(struct csv_download *d, struct api *api, struct http_exchange *x, const char *name)
{
    if (!d) {
        api_problem(x, 503, "too busy", SLICE("other tables are on their way: try again"));
        return;
    }
    d->next = api->downloads;
    api->downloads = d;
    api->downloads_count++;
    begin(d, name);
    api->config.env->ops->wake_send(d->wake);
}

void api_csv_report(struct api *api,
                    struct http_exchange *x,
                    struct report_wish wish,
                    const char *name)
{
    if (query_bool(x, "bom", &wish.with_mark)) {
        download(download_new(api, x, CSV_KINDS, wish.with_mark, &wish), api, x, name);
    }
}

bool api_csv_dry_run(struct http_exchange *x, bool *out)
{
    return query_bool(x, "dry_run", out);
}

void api_csv(struct api *api, struct http_exchange *x, const struct slice *args)
{
    enum csv_kind kind;
    bool with_mark;
    if (!csv_kind_parse(args[0], &kind)) {
        api_problem(x,
                    404,
                    "no such kind of table",
                    SLICE("there are skus, stock, listings, bundles and movements"));
        return;
    }
    if (!query_bool(x, "bom", &with_mark)) {
        return;
    }
    download(download_new(api, x, kind, with_mark, NULL), api, x, csv_kind_text(kind));
}
