/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing stock: absolute quantities of the SKUs of one product, in one request.
 *
 * Success is code 0 *and* an empty data.errors: a SKU that failed is told only there. One that is
 * not named there was written. Where an error names nobody, or somebody else, every row that is not
 * named may have been written or not, and is read.
 */
#include "base/json_write.h"
#include "channels/tiktok/tiktok.h"

#define BODY_MAX 65536

/* The product of all items and the SKU of each. */
static enum err items_check(const struct account *account,
                            const struct push_item *items,
                            size_t count,
                            struct arena *arena,
                            struct slice *out_product)
{
    *out_product = count ? tt_push_group(account, &items[0], arena) : (struct slice){0};
    if (!out_product->n || count > TT_PUSH_MAX) {
        return ERR_USAGE;
    }
    for (size_t i = 0; i < count; i++) {
        struct slice warehouse = tt_warehouse(account, &items[i]);
        bool has_place = tt_is_id(warehouse) || (!account->has_locations && !warehouse.n);
        if (items[i].value < 0 || items[i].value > QTY_MAX || !has_place ||
            !tt_sku_of_key(items[i].stock_key).n ||
            !slice_equal(tt_push_group(account, &items[i], arena), *out_product)) {
            return ERR_USAGE;
        }
    }
    return ERR_OK;
}

static bool is_first_of_sku(const struct push_item *items, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (slice_equal(items[i].stock_key, items[at].stock_key)) {
            return false;
        }
    }
    return true;
}

static void sku_write(const struct account *account,
                      const struct push_item *items,
                      size_t count,
                      size_t at,
                      struct json_writer *w)
{
    json_begin_object(w);
    json_field_text(w, "id", tt_sku_of_key(items[at].stock_key));
    json_key(w, "inventory");
    json_begin_array(w);
    for (size_t i = at; i < count; i++) {
        if (slice_equal(items[i].stock_key, items[at].stock_key)) {
            struct slice warehouse = tt_warehouse(account, &items[i]);
            int64_t value = items[i].value < TT_SHOWN_MAX ? items[i].value : TT_SHOWN_MAX;
            json_begin_object(w);
            if (warehouse.n) {
                json_field_text(w, "warehouse_id", warehouse);
            }
            json_field_int(w, "quantity", value);
            json_end_object(w);
        }
    }
    json_end_array(w);
    json_end_object(w);
}

enum err tt_build_push(const struct account *account,
                       const struct push_item *items,
                       size_t count,
                       const struct step *step,
                       struct arena *arena,
                       struct http_request *out)
{
    ON_EXIT(buf_free) struct buf body;
    struct slice product = {0};

    buf_init(&body, BODY_MAX);
    enum err e = items_check(account, items, count, arena, &product);
    if (e) {
        return e;
    }
    struct json_writer w = json_writer(&body);
    json_begin_object(&w);
    json_key(&w, "skus");
    json_begin_array(&w);
    for (size_t i = 0; i < count; i++) {
        if (is_first_of_sku(items, i)) {
            sku_write(account, items, count, i, &w);
        }
    }
    json_end_array(&w);
    json_end_object(&w);
    struct tt_call call = {
        .method = "POST",
        .path = arena_printf(
            arena, "/product/202309/products/%.*s/inventory/update", SLICE_ARG(product)),
        .body = arena_copy(arena, buf_view(&body)),
    };
    if (body.overflow || !call.path.p || !call.body.p) {
        return ERR_LIMIT;
    }
    return tt_request(account, &call, step, arena, out);
}

static void
all_are(struct push_result *out, size_t count, enum push_outcome outcome, struct slice reason)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = (struct push_result){.outcome = outcome, .reason = reason};
    }
}

/* ---- code 0, and what data.errors says ---- */

struct rows {
    const struct account *account;
    const struct push_item *items;
    size_t count;
    struct push_result *out;
    struct arena *arena;
    bool is_open; /* an error named nobody of ours */
};

static enum push_outcome outcome_of(int64_t code)
{
    switch (tt_code_verdict(code)) {
    case TT_LATER:
        return PUSH_LATER;
    case TT_MAYBE:
    case TT_DONE: /* an error of code 0 says nothing */
        return PUSH_UNKNOWN;
    case TT_REFUSED:
        break;
    }
    return PUSH_REFUSED;
}

static bool is_of(const struct rows *rows, size_t i, struct json sku_id)
{
    return tt_id_same(sku_id, tt_sku_of_key(rows->items[i].stock_key));
}

/* A SKU written to several warehouses: which of its rows the error means. */
static void warehouse_read(struct rows *rows, struct json sku_id, struct json extra)
{
    struct json warehouse = json_get(extra, "warehouse_id");
    struct slice message = {0};
    int64_t code = 0;

    json_int_loose(json_get(extra, "code"), &code);
    json_text(json_get(extra, "message"), &message);
    for (size_t i = 0; i < rows->count; i++) {
        struct slice own = tt_warehouse(rows->account, &rows->items[i]);
        if (is_of(rows, i, sku_id) && own.n && tt_id_same(warehouse, own)) {
            rows->out[i] = (struct push_result){
                .outcome = outcome_of(code), .reason = tt_error_text(code, message, rows->arena)};
        }
    }
}

static void error_read(struct rows *rows, struct json error)
{
    struct json detail = json_get(error, "detail");
    struct json sku_id = json_get(detail, "sku_id");
    struct slice message = {0};
    int64_t code = 0;
    bool is_warehouse_named = false;
    bool is_named = false;

    json_int_loose(json_get(error, "code"), &code);
    json_text(json_get(error, "message"), &message);
    struct slice reason = tt_error_text(code, message, rows->arena);
    for (size_t i = 0; i < rows->count; i++) {
        if (is_of(rows, i, sku_id)) {
            rows->out[i] = (struct push_result){.outcome = outcome_of(code), .reason = reason};
            is_named = true;
        }
    }
    rows->is_open = rows->is_open || !is_named;
    /* Warehouses that are not named may have been written all the same. */
    for (struct json_iter i = json_iter(json_get(detail, "extra_errors")); json_next(&i);) {
        struct json warehouse = json_get(i.value, "warehouse_id");
        if (!is_warehouse_named && json_type(warehouse) == JSON_TEXT) {
            for (size_t k = 0; k < rows->count; k++) {
                if (rows->account->has_locations && is_of(rows, k, sku_id)) {
                    rows->out[k].outcome = PUSH_UNKNOWN;
                }
            }
            is_warehouse_named = true;
        }
        warehouse_read(rows, sku_id, i.value);
    }
}

static void errors_read(struct json errors, struct rows *rows)
{
    for (struct json_iter i = json_iter(errors); json_next(&i);) {
        error_read(rows, i.value);
    }
    for (size_t i = 0; rows->is_open && i < rows->count; i++) {
        if (rows->out[i].outcome == PUSH_CONFIRMED) {
            rows->out[i] = (struct push_result){
                .outcome = PUSH_UNKNOWN,
                .reason = SLICE("an error that names none of the SKUs written: it is read")};
        }
    }
}

static void done_read(struct json data, struct rows *rows)
{
    struct json errors = json_get(data, "errors");
    enum json_type type = json_type(errors);

    all_are(rows->out, rows->count, PUSH_CONFIRMED, (struct slice){0});
    if (type == JSON_ARRAY) {
        errors_read(errors, rows);
    } else if ((type != JSON_NONE && type != JSON_NULL) ||
               (json_type(data) != JSON_NONE && json_type(data) != JSON_NULL &&
                json_type(data) != JSON_OBJECT)) {
        all_are(rows->out,
                rows->count,
                PUSH_UNKNOWN,
                SLICE("an answer of another form than the API's: it is read"));
    }
}

void tt_read_push(const struct account *account,
                  const struct push_item *items,
                  size_t count,
                  const struct step *step,
                  const struct http_response *response,
                  struct json_doc *doc,
                  struct arena *arena,
                  struct push_result *out,
                  struct channel_signal *out_signal)
{
    (void)step;
    struct tt_answer answer = tt_answer_read(response, doc, arena, out_signal);
    struct rows rows = {
        .account = account, .items = items, .count = count, .out = out, .arena = arena};

    switch (answer.verdict) {
    case TT_DONE:
        done_read(answer.data, &rows);
        return;
    case TT_REFUSED:
        all_are(out, count, count > 1 ? PUSH_SPLIT : PUSH_REFUSED, answer.reason);
        return;
    case TT_LATER:
        all_are(out, count, PUSH_LATER, answer.reason);
        return;
    case TT_MAYBE:
        all_are(out, count, PUSH_UNKNOWN, answer.reason);
        return;
    }
}
