/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading counts. One item is asked by its own address, seen on a real shop, also for a variation
 * through /products/{id}. More go through `include` of the list: part of every wc/v3 collection,
 * but not among the exchanges recorded from a real shop; so an answer that shows items nobody asked
 * for is taken as "include was not understood", and nothing is concluded from what it lacks.
 */
#include "channels/woocommerce/woo.h"

#define FIELDS "id,parent_id,type,manage_stock,stock_quantity,stock_status"

static struct slice id_list(const struct woo_key *keys, size_t count, struct arena *arena)
{
    struct slice list = {0};

    for (size_t i = 0; i < count; i++) {
        list = arena_printf(
            arena, "%.*s%s%" PRId64, SLICE_ARG(list), i ? "," : "", woo_key_id(keys[i]));
    }
    return list;
}

enum err woo_build_read(const struct account *account,
                        const struct push_item *items,
                        size_t count,
                        const struct step *step,
                        struct arena *arena,
                        struct http_request *out)
{
    struct woo_call call = {.method = "GET"};
    const struct woo_key *keys;

    if (count == 0) {
        return ERR_USAGE;
    }
    count = count < WOO_PAGE ? count : WOO_PAGE;
    enum err e = woo_keys_of(items, count, arena, &keys);
    if (e) {
        return e;
    }
    call.path = woo_group_path(arena, keys[0]);
    if (count == 1) {
        call.path = arena_printf(arena, "%.*s/%" PRId64, SLICE_ARG(call.path), woo_key_id(keys[0]));
    } else {
        woo_param(&call, "include", id_list(keys, count, arena));
        woo_param(&call, "per_page", SLICE("100"));
        woo_param(&call, "status", SLICE("any"));
    }
    woo_param(&call, "_fields", SLICE(FIELDS));
    return woo_request(account, &call, step->now_us, step->nonce, arena, out);
}

static struct read_result result(enum read_outcome outcome, struct slice reason)
{
    return (struct read_result){.outcome = outcome, .reason = reason};
}

static struct read_result count_read(struct json row)
{
    struct woo_stock stock = woo_stock_read(row);

    if (json_type(json_get(row, "manage_stock")) == JSON_NONE) {
        return result(READ_FAILED, SLICE("the answer does not show the item's stock"));
    }
    if (stock.parent_managed) {
        return result(READ_PARENT, SLICE("parent_managed: the stock is the parent product's"));
    }
    if (!stock.is_managed) {
        return result(READ_UNMANAGED,
                      SLICE("unmanaged: the shop does not track this item's stock"));
    }
    if (!stock.is_known) {
        return result(READ_FAILED, SLICE("stock_quantity is not a whole number within bounds"));
    }
    struct slice status;
    bool is_sold_out = json_text(json_get(row, "stock_status"), &status) &&
                       slice_is(status, "outofstock") && stock.count > 0;
    if (is_sold_out) { /* a shop's threshold, or a mark that stayed: nobody can buy it */
        return (struct read_result){
            .outcome = READ_COUNT,
            .is_flagged = true,
            .reason = SLICE("stock_status is outofstock although stock_quantity is above zero")};
    }
    return (struct read_result){.outcome = READ_COUNT, .count = stock.count};
}

static void
all_are(struct read_result *out, size_t count, enum read_outcome outcome, struct slice reason)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = result(outcome, reason);
    }
}

/* The item a row speaks of, or `count`. */
static size_t item_of(const struct push_item *items, size_t count, struct json row)
{
    struct woo_key key;
    int64_t id = 0;

    if (!woo_id(json_get(row, "id"), &id)) {
        return count;
    }
    for (size_t i = 0; i < count; i++) {
        if (woo_key_parse(items[i].stock_key, &key) && woo_key_id(key) == id) {
            return i;
        }
    }
    return count;
}

static void
list_read(struct json rows, const struct push_item *items, size_t count, struct read_result *out)
{
    size_t asked = count < WOO_PAGE ? count : WOO_PAGE;
    bool is_filtered = true;
    size_t seen = 0;

    all_are(out, asked, READ_MISSING, SLICE("the shop knows no such item"));
    all_are(out + asked, count - asked, READ_FAILED, SLICE("more items than one answer can hold"));
    for (struct json_iter i = json_iter(rows); json_next(&i) && seen < 2 * WOO_PAGE; seen++) {
        size_t at = item_of(items, asked, i.value);
        if (at < asked) {
            out[at] = count_read(i.value);
        } else {
            is_filtered = false;
        }
    }
    for (size_t i = 0; !is_filtered && i < asked; i++) {
        if (out[i].outcome == READ_MISSING) {
            out[i] = result(READ_FAILED, SLICE("the shop answered with items nobody asked for"));
        }
    }
}

void woo_read_counts(const struct account *account,
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
    (void)account;
    struct woo_answer answer = woo_answer_read(response, doc, arena, out_signal);

    if (answer.verdict != WOO_JSON) {
        bool is_missing = answer.verdict == WOO_REFUSED && answer.status == 404 && count == 1;
        all_are(out, count, is_missing ? READ_MISSING : READ_FAILED, answer.reason);
        return;
    }
    if (count > 1) {
        if (json_type(answer.root) == JSON_ARRAY) {
            list_read(answer.root, items, count, out);
        } else {
            all_are(out, count, READ_FAILED, SLICE("the answer is not a list"));
        }
        return;
    }
    if (count == 1) {
        out[0] = item_of(items, 1, answer.root) == 0
                     ? count_read(answer.root)
                     : result(READ_FAILED, SLICE("the answer does not name this item"));
    }
}
