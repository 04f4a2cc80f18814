/* SPDX-License-Identifier: Apache-2.0 */
/* csv_world - tables into and out of the engine of a request_world. */
#pragma once
#include "support/request_world.h"

#include "base/csv.h"
#include "engine/csv.h"

static inline int import(struct world *w, const char *kind, struct slice body, bool is_dry)
{
    struct turn *turn = world_turn(w, request_csv_import, kind, "");
    turn->body = body;
    turn->is_dry_run = is_dry;
    assert_true(engine_submit(w->engine, turn));
    world_step(w);
    world_read_answer(w, turn);
    turn_free(turn);
    return w->status;
}

static inline void
must_import(struct world *w, const char *kind, const char *body, int created, int changed, int same)
{
    if (import(w, kind, slice_of(body), false) != 200 || int_of(w->answer, "created") != created ||
        int_of(w->answer, "changed") != changed || int_of(w->answer, "unchanged") != same) {
        fail_msg("%d %.*s", w->status, SLICE_ARG(w->text));
    }
}

/* 422, and the nth error stands on that line and column and says that. */
static inline void must_refuse(struct world *w,
                               const char *kind,
                               const char *body,
                               size_t n,
                               int64_t line,
                               const char *column,
                               const char *part)
{
    int64_t events = events_of(w);
    int status = import(w, kind, slice_of(body), false);
    struct json error = entry(json_get(w->answer, "errors"), n);
    struct slice detail = text_of(error, "detail");
    struct slice text = arena_copy(&w->arena, detail);
    if (status != 422 || int_of(error, "line") != line ||
        !slice_is(text_of(error, "column"), column) || !strstr(text.p ? text.p : "", part)) {
        fail_msg("%d %.*s", status, SLICE_ARG(w->text));
    }
    assert_int_equal(int_of(w->answer, "created"), 0);
    assert_int_equal(json_count(json_get(w->answer, "changes")), 0);
    assert_int_equal(events_of(w), events);
}

static inline struct slice export(struct world *w, enum csv_kind kind)
{
    struct store *reader = NULL;
    struct csv_export *x = NULL;
    struct err_note note = {""};
    const struct vault vault = {.key = {9}};
    bool is_done = false;
    ON_EXIT(buf_free) struct buf out;
    buf_init(&out, (size_t)64 << 20);
    assert_int_equal(engine_reader(w->engine, &reader, &note), ERR_OK);
    assert_int_equal(csv_export_new(kind, reader, &vault, false, &x), ERR_OK);
    while (!is_done) {
        assert_int_equal(csv_export_step(x, &out, &is_done), ERR_OK);
    }
    csv_export_free(x);
    return arena_copy(&w->arena, buf_view(&out));
}

static inline void dump_line(void *arg, struct slice text)
{
    buf_slice(arg, text);
    buf_char(arg, '\n');
}

static inline struct slice dump(struct world *w)
{
    struct err_note note = {""};
    ON_EXIT(buf_free) struct buf out;
    buf_init(&out, (size_t)64 << 20);
    assert_int_equal(store_dump(w->reader, dump_line, &out, &note), ERR_OK);
    return arena_copy(&w->arena, buf_view(&out));
}

static inline struct json sku_shown(struct world *w, const char *code)
{
    must_answer(w, 200, request_sku_change, code, "{}");
    return w->answer;
}

/* The canonical dump tells of units alone: with it, what SKUs, recipes and listings are. */
static inline struct slice state_of(struct world *w)
{
    struct slice units = dump(w), skus = export(w, CSV_SKUS), bundles = export(w, CSV_BUNDLES);
    struct slice listings = export(w, CSV_LISTINGS);
    return arena_printf(&w->arena,
                        "%.*s\n%.*s\n%.*s\n%.*s",
                        SLICE_ARG(units),
                        SLICE_ARG(skus),
                        SLICE_ARG(bundles),
                        SLICE_ARG(listings));
}
