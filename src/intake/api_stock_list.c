/* SPDX-License-Identifier: Apache-2.0 */
/* The stock list: which SKUs, in their order (a report, made in steps), and lines of some of them. */
#include "engine/stock_list.h"
#include "intake/api_inner.h"

#define SCHEMA(fields_) .fields = (fields_), .fields_count = COUNT_OF(fields_)
#define QUERY(parameters) .query = (parameters), .query_count = COUNT_OF(parameters)
#define LINES_MAX 200

/* ---- what it takes and gives ---- */

static const struct schema_field line_fields[] = {
    {"id", FIELD_ID, SHOWN, .about = "its id"},
    {"sku", FIELD_TEXT, SHOWN, .about = "its code"},
    {"title", FIELD_TEXT, SHOWN, .about = "as set"},
    {"product", FIELD_TEXT, SHOWN, .about = "as set"},
    {"barcode", FIELD_TEXT, SHOWN, .about = "as set"},
    {"buffer", FIELD_INT, SHOWN | NULL_OUT, .about = "as set"},
    {"is_bundle", FIELD_BOOL, SHOWN, .about = "it owns no stock"},
    {"available", FIELD_INT, SHOWN, .about = "at all locations"},
    {"reserved", FIELD_INT, SHOWN, .about = "at all locations"},
    {"on_hand", FIELD_INT, SHOWN, .about = "at all locations"},
    {"listings", FIELD_INT, SHOWN, .about = "how many sell it"},
    {"confirmed_at",
     FIELD_TIME,
     SHOWN | NULL_OUT,
     .about = "when the listing that waits the longest was confirmed or read; null: one never was"},
    {"differs", FIELD_BOOL, SHOWN, .about = "a listing shows something else than it should"},
};
static const struct schema schema_line = {
    .name = "StockLine", .about = "a SKU in the stock list", SCHEMA(line_fields)};
static const struct schema_field list_fields[] = {
    {"total", FIELD_INT, SHOWN, .about = "how many SKUs are wanted"},
    {"items", FIELD_LIST, SHOWN, .about = "lines of the first of them", .of = &schema_line},
    {"ids", FIELD_TEXTS, SHOWN | MAYBE, .about = "of all of them, in their order; when asked for"},
};
static const struct schema schema_stock_list = {
    .name = "StockList", .about = "the SKUs that are wanted", SCHEMA(list_fields)};
static const struct schema_field lines_fields[] = {
    {"items", FIELD_LIST, SHOWN, .about = "in the order of the ids", .of = &schema_line},
};
static const struct schema schema_lines = {
    .name = "StockLines", .about = "lines of the stock list", SCHEMA(lines_fields)};

static const struct schema_field list_query[] = {
    {"q", FIELD_TEXT, ASKED, .about = "part of the code, title, product or barcode"},
    {"is",
     FIELD_TEXT,
     ASKED,
     .about = "all when left out; low: 5 units or fewer available; stale: not confirmed for a day",
     .values = STOCK_FILTERS},
    {"sort",
     FIELD_TEXT,
     ASKED,
     .about = "by what; left out, fit: codes that begin with q first, else by age",
     .values = STOCK_ORDERS},
    {"down", FIELD_BOOL, ASKED, .about = "the largest first"},
    {"limit",
     FIELD_INT,
     ASKED,
     .about = "the most lines; 50 when left out",
     .min = 1,
     .max = LINES_MAX},
    {"ids", FIELD_BOOL, ASKED, .about = "true: all ids too"},
};
const struct route_doc doc_api_stock_list = {.id = "findStock",
                                             .summary =
                                                 "SKUs by text and state, with a line about each",
                                             QUERY(list_query),
                                             .gives = &schema_stock_list,
                                             .done = 200};
static const struct schema_field lines_query[] = {
    {"ids",
     FIELD_TEXT,
     ASKED | MUST,
     .about = "of at most 200 SKUs, with commas between",
     .min = 1,
     .max = (int64_t)LINES_MAX * 20},
};
const struct route_doc doc_read_stock_lines = {.id = "listStockLines",
                                               .summary = "Lines of the stock list",
                                               QUERY(lines_query),
                                               .gives = &schema_lines,
                                               .done = 200};

/* ---- lines ---- */

static int refuse_ids(struct reading *r)
{
    return reading_problem(
        r, 400, "bad request", "ids are at most %d numbers with commas between", LINES_MAX);
}

int read_stock_lines(struct reading *r)
{
    struct slice rest, one;
    struct sku_id *ids = ARENA_ARRAY(r->arena, LINES_MAX, struct sku_id);
    size_t count = 0;
    reading_query(r, "ids", &rest);
    for (bool more = ids != NULL; more; count++) {
        more = slice_cut(&rest, ',', &one);
        if (count == LINES_MAX || !slice_int(one, &ids[count].v) || ids[count].v <= 0) {
            return refuse_ids(r);
        }
    }
    json_begin_object(&r->show.w);
    json_key(&r->show.w, "items");
    json_begin_array(&r->show.w);
    enum err e = stock_list_show(&r->show, r->store, r->arena, ids, count);
    json_end_array(&r->show.w);
    json_end_object(&r->show.w);
    return e ? reading_problem(r, 503, "the store cannot be read", "%s", err_text(e)) : 200;
}

/* ---- the list ---- */

static bool query(struct http_exchange *x, const char *name, struct slice *out)
{
    *out = (struct slice){0};
    return http_query_get(x->request.query, name, &x->arena, out) && out->n > 0;
}

/* Which of "a|b|c"; the first when it is left out. */
static int query_choice(struct http_exchange *x, const char *name, const char *choices)
{
    struct slice wanted, rest = slice_of(choices), one;
    if (!query(x, name, &wanted)) {
        return 0;
    }
    for (int i = 0;; i++) {
        bool more = slice_cut(&rest, '|', &one);
        if (slice_equal(one, wanted)) {
            return i;
        }
        must(more); /* the route's description says which there are */
    }
}

static bool query_bool(struct http_exchange *x, const char *name)
{
    struct slice text;
    return query(x, name, &text) && slice_is(text, "true");
}

void api_stock_list(struct api *api, struct http_exchange *x, const struct slice *args)
{
    struct slice text;
    struct stock_wish wish = {
        .filter = (enum stock_filter)query_choice(x, "is", STOCK_FILTERS),
        .order = (enum stock_order)query_choice(x, "sort", STOCK_ORDERS),
        .is_down = query_bool(x, "down"),
        .now_us = env_wall_us(api->config.env),
    };
    int64_t limit = 50;
    struct stock_list *list;
    (void)args;
    query(x, "q", &wish.text); /* lives as long as the exchange, and the list no longer */
    bool is_right = !query(x, "limit", &text) || slice_int(text, &limit);
    must(is_right);
    if (stock_list_new(&wish, &list)) {
        api_problem(x, 503, "no memory", SLICE("try again"));
        return;
    }
    api_report_stock_list(api, x, list, (size_t)limit, query_bool(x, "ids"));
}
