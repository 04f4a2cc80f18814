/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading counts back: POST /product/202309/inventory/search for up to TT_READ_MAX SKUs of any
 * products.
 *
 * available_quantity of the warehouse is what a write sets: for sale now, without what is ordered
 * and not yet shipped (committed), with what is set aside for campaigns and creators. Without a
 * warehouse it is the total of all.
 */
#include "base/json_write.h"
#include "channels/tiktok/tiktok.h"

#define BODY_MAX 65536

enum err tt_build_read(const struct account *account,
                       const struct push_item *items,
                       size_t count,
                       const struct step *step,
                       struct arena *arena,
                       struct http_request *out)
{
    ON_EXIT(buf_free) struct buf body;

    buf_init(&body, BODY_MAX);
    count = count < TT_READ_MAX ? count : TT_READ_MAX;
    if (count == 0) {
        return ERR_USAGE;
    }
    struct json_writer w = json_writer(&body);
    json_begin_object(&w);
    json_key(&w, "sku_ids");
    json_begin_array(&w);
    for (size_t i = 0; i < count; i++) {
        struct slice sku = tt_sku_of_key(items[i].stock_key);
        bool is_new = true; /* one SKU in two warehouses is asked for once */
        for (size_t k = 0; k < i && is_new; k++) {
            is_new = !slice_equal(items[k].stock_key, items[i].stock_key);
        }
        if (!sku.n || (account->has_locations && !tt_is_id(items[i].location))) {
            return ERR_USAGE;
        }
        if (is_new) {
            json_put_text(&w, sku);
        }
    }
    json_end_array(&w);
    json_end_object(&w);
    struct tt_call call = {.method = "POST",
                           .path = SLICE("/product/202309/inventory/search"),
                           .body = arena_copy(arena, buf_view(&body))};
    if (body.overflow || !call.body.p) {
        return ERR_LIMIT;
    }
    return tt_request(account, &call, step, arena, out);
}

static struct read_result result(enum read_outcome outcome, struct slice reason)
{
    return (struct read_result){.outcome = outcome, .reason = reason};
}

static void
all_are(struct read_result *out, size_t count, enum read_outcome outcome, struct slice reason)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = result(outcome, reason);
    }
}

static struct read_result count_of(struct json v)
{
    int64_t count = 0;

    if (!json_int_loose(v, &count) || count < -QTY_MAX || count > QTY_MAX) {
        return result(READ_FAILED,
                      SLICE("the available quantity is not a whole number within bounds"));
    }
    return (struct read_result){.outcome = READ_COUNT, .count = count};
}

static struct read_result sku_read(struct json sku, struct slice warehouse, bool has_locations)
{
    struct json list = json_get(sku, "warehouse_inventory");

    if (!warehouse.n || (!has_locations && json_type(list) != JSON_ARRAY)) {
        return count_of(json_get(sku, "total_available_quantity"));
    }
    for (struct json_iter i = json_iter(list); json_next(&i);) {
        if (tt_id_same(json_get(i.value, "warehouse_id"), warehouse)) {
            return count_of(json_get(i.value, "available_quantity"));
        }
    }
    return result(READ_MISSING, SLICE("the SKU is not kept in this warehouse"));
}

void tt_read_counts(const struct account *account,
                    const struct push_item *items,
                    size_t count,
                    const struct step *step,
                    const struct http_response *response,
                    struct json_doc *doc,
                    struct arena *arena,
                    struct read_result *out,
                    struct channel_signal *out_signal)
{
    (void)step;
    struct tt_answer answer = tt_answer_read(response, doc, arena, out_signal);
    struct json inventory = json_get(answer.data, "inventory");
    size_t asked = count < TT_READ_MAX ? count : TT_READ_MAX;

    if (answer.verdict != TT_DONE) {
        all_are(out, count, READ_FAILED, answer.reason);
        return;
    }
    if (json_type(inventory) != JSON_ARRAY) {
        all_are(out, count, READ_FAILED, SLICE("the answer has no list of counts"));
        return;
    }
    all_are(out, asked, READ_MISSING, SLICE("the shop has no such SKU"));
    all_are(out + asked, count - asked, READ_FAILED, SLICE("more SKUs than one answer can hold"));
    for (struct json_iter p = json_iter(inventory); json_next(&p);) {
        for (struct json_iter s = json_iter(json_get(p.value, "skus")); json_next(&s);) {
            struct json id = json_get(s.value, "id");
            for (size_t i = 0; i < asked; i++) {
                if (tt_id_same(id, tt_sku_of_key(items[i].stock_key))) {
                    out[i] =
                        sku_read(s.value, tt_warehouse(account, &items[i]), account->has_locations);
                }
            }
        }
    }
}
