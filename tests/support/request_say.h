/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request_say - a request_world in short sentences: a request with single quotes for double ones and
 * the status it wants, and the whole vector of a SKU at a place.
 */
#pragma once
#include "support/request_world.h"

static inline int PRINTF_LIKE(4, 5)
    say(struct world *w, request_fn *run, const char *arg, const char *body, ...)
{
    char text[8192];
    va_list args;
    va_start(args, body);
    int n = vsnprintf(text, sizeof(text), body, args);
    va_end(args);
    assert_in_range(n, 0, sizeof(text) - 1);
    for (char *c = text; *c; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    arena_clear(&w->arena);
    return ask(w, run, arg, text);
}

#define SAY(w, wanted, run, arg, ...)                                                              \
    do {                                                                                           \
        if (say((w), (run), (arg), __VA_ARGS__) != (wanted)) {                                     \
            fail_msg("wanted %d: %d %.*s", (wanted), (w)->status, SLICE_ARG((w)->text));           \
        }                                                                                          \
    } while (0)

/* MOVE(w, 201, "receive", "TEE", "berlin", 3, ",'reason':'found'"): one movement by hand. */
#define MOVE(w, wanted, kind, sku, at, units, more)                                                \
    SAY((w),                                                                                       \
        (wanted),                                                                                  \
        request_movements_create,                                                                  \
        NULL,                                                                                      \
        "{'movements':[{'kind':'%s','sku':'%s','location':'%s','quantity':%d%s}]}",                \
        (kind),                                                                                    \
        (sku),                                                                                     \
        (at),                                                                                      \
        (units),                                                                                   \
        (more))

/* ORDER(w, 201, "7", 1, "{'id':'a','sku':'TEE','ordered':2}"): a snapshot of the shop's. */
#define ORDER(w, wanted, id, version, lines)                                                       \
    SAY((w),                                                                                       \
        (wanted),                                                                                  \
        request_orders_create,                                                                     \
        NULL,                                                                                      \
        "{'channel':'shop','id':'%s','version':%d,'lines':[%s]}",                                  \
        (id),                                                                                      \
        (version),                                                                                 \
        (lines))

/* One line 'a' of TEE with those counts. */
#define TEES(counts) "{'id':'a','sku':'TEE'," counts "}"

struct figures {
    int64_t available, held, reserved, unavailable, in_transit;
};

#define WANT(w, sku, at, ...)                                                                      \
    want_figures((w), (sku), (at), (struct figures){__VA_ARGS__}, __FILE__, __LINE__)

static inline void want_figures(struct world *w,
                                const char *sku,
                                const char *at,
                                struct figures wanted,
                                const char *file,
                                int line)
{
    struct stock s = stock_of(w, sku, at);
    const struct figures got = {s.available, s.held, s.reserved, s.unavailable, s.in_transit};
    if (memcmp(&got, &wanted, sizeof(got)) != 0) {
        print_error("%s at %s: available %" PRId64 " held %" PRId64 " reserved %" PRId64
                    " unavailable %" PRId64 " in_transit %" PRId64 "\n",
                    sku,
                    at,
                    s.available,
                    s.held,
                    s.reserved,
                    s.unavailable,
                    s.in_transit);
        _fail(file, line);
    }
}

static inline int64_t movements_of(struct world *w)
{
    int64_t events = 0, movements = 0;
    assert_int_equal(w->reader->ops->counts(w->reader, &events, &movements), ERR_OK);
    return movements;
}

/* The movements behind number `after`; in the world's arena. */
static inline struct rows movements_after(struct world *w, int64_t after)
{
    struct rows rows = {0};
    const struct store_query q = {.after = after, .limit = 500};
    assert_int_equal(w->reader->ops->list_movements(w->reader, &q, &w->arena, &rows), ERR_OK);
    return rows;
}

/* Units that movements of that kind behind `after` moved. */
static inline int64_t moved(struct world *w, int64_t after, enum movement_kind kind)
{
    int64_t units = 0;
    const struct rows rows = movements_after(w, after);
    for (size_t i = 0; i < rows.count; i++) {
        const struct movement_row *row = rows.items[i];
        units += row->movement.kind == kind ? row->movement.quantity : 0;
    }
    return units;
}

/* Open incidents of that code. */
static inline size_t incidents_of(struct world *w, const char *code)
{
    size_t count = 0;
    struct rows rows = {0};
    const struct store_query q = {.limit = 500, .state = -1};
    assert_int_equal(w->reader->ops->list_incidents(w->reader, &q, &w->arena, &rows), ERR_OK);
    for (size_t i = 0; i < rows.count; i++) {
        const struct incident_row *row = rows.items[i];
        count += row->is_open && slice_is(row->code, code);
    }
    return count;
}

/* What the listing with that id shows now. */
static inline int64_t sellable_of(struct world *w, const char *listing)
{
    SAY(w, 202, request_listing_push, listing, "%s", "");
    return int_of(w->answer, "sellable");
}
