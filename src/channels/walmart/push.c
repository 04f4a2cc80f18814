/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing one count: PUT /v3/inventory at the default node, PUT /v3/inventories/{sku} at a ship
 * node. Absolute, without a compare and without a key: a repeat writes the same number again.
 *
 * The answer repeats what was written, or gives a verdict per node; both are held against what was
 * asked. Many rows travel as a file (feed.c).
 */
#include "base/buf.h"
#include "base/crypto.h"
#include "base/json_write.h"
#include "channels/walmart/walmart.h"

#define BODY_MAX 8192

static void quantity_put(struct json_writer *w, const char *name, int64_t value)
{
    json_key(w, name);
    json_begin_object(w);
    json_field_str(w, "unit", "EACH");
    json_field_int(w, "amount", value);
    json_end_object(w);
}

static void node_body(struct json_writer *w, const struct push_item *item)
{
    json_begin_object(w);
    json_key(w, "inventories");
    json_begin_object(w);
    json_key(w, "nodes");
    json_begin_array(w);
    json_begin_object(w);
    json_field_text(w, "shipNode", item->location);
    quantity_put(w, "inputQty", item->value);
    json_end_object(w);
    json_end_array(w);
    json_end_object(w);
    json_end_object(w);
}

static void plain_body(struct json_writer *w, struct slice sku, int64_t value)
{
    json_begin_object(w);
    json_field_text(w, "sku", sku);
    quantity_put(w, "quantity", value);
    json_end_object(w);
}

enum err wm_build_push(const struct account *account,
                       const struct push_item *items,
                       size_t count,
                       const struct step *step,
                       struct arena *arena,
                       struct http_request *out)
{
    ON_EXIT(buf_free) struct buf body;

    buf_init(&body, BODY_MAX);
    if (count == 0) {
        return ERR_USAGE;
    }
    if (count > 1) {
        return wm_build_feed(account, items, count, step, arena, out);
    }
    struct slice sku = wm_key_sku(items[0].stock_key);
    if (!sku.n || items[0].value < 0 || items[0].value > QTY_MAX ||
        (account->has_locations && !wm_is_id(items[0].location))) {
        return ERR_USAGE;
    }
    struct json_writer w = json_writer(&body);
    struct slice encoded = percent_encode(arena, sku);
    struct wm_call call = {.method = "PUT", .content_type = SLICE(WM_JSON)};
    if (account->has_locations) {
        node_body(&w, &items[0]);
        call.path = arena_printf(arena, "/v3/inventories/%.*s", SLICE_ARG(encoded));
    } else {
        plain_body(&w, sku, items[0].value);
        call.path = arena_printf(arena, "/v3/inventory?sku=%.*s", SLICE_ARG(encoded));
    }
    call.body = arena_copy(arena, buf_view(&body));
    if (body.overflow || !encoded.p || !call.body.p) {
        return ERR_LIMIT;
    }
    return wm_request(account, &call, step, arena, out);
}

/* ---- the answer ---- */

static struct push_result result(enum push_outcome outcome, struct slice reason)
{
    return (struct push_result){.outcome = outcome, .reason = reason};
}

static bool is_sku_of(struct json object, const struct push_item *item)
{
    struct slice sku = {0};

    return json_text(json_get(object, "sku"), &sku) &&
           slice_equal(sku, wm_key_sku(item->stock_key));
}

static struct push_result plain_read(struct json root, const struct push_item *item)
{
    int64_t amount = 0;

    if (is_sku_of(root, item) &&
        wm_quantity(json_path(root, "quantity", "amount", NULL), &amount) &&
        amount == item->value) {
        return result(PUSH_CONFIRMED, (struct slice){0});
    }
    return result(PUSH_UNKNOWN, SLICE("the answer does not repeat the SKU and the count written"));
}

static struct push_result
node_result(struct json node, struct arena *arena, struct channel_signal *signal)
{
    struct slice status = {0};
    struct wm_errors errors = wm_errors_read(json_get(node, "errors"), arena);

    json_text(json_get(node, "status"), &status);
    if (slice_equal_nocase(status, SLICE("Success")) && !errors.is_severe) {
        return result(PUSH_CONFIRMED, (struct slice){0});
    }
    if (!errors.text.n) {
        return result(PUSH_UNKNOWN, SLICE("the node's status is not Success, and nobody says why"));
    }
    if (errors.is_system) {
        signal->reason = errors.text; /* one node's failure: the account goes on */
        return result(PUSH_UNKNOWN, errors.text);
    }
    return result(PUSH_REFUSED, errors.text);
}

static struct push_result nodes_read(struct json root,
                                     const struct push_item *item,
                                     struct arena *arena,
                                     struct channel_signal *signal)
{
    for (struct json_iter i = json_iter(json_get(root, "nodes")); json_next(&i);) {
        struct slice node = {0};
        if (is_sku_of(root, item) && json_text(json_get(i.value, "shipNode"), &node) &&
            slice_equal(node, item->location)) {
            return node_result(i.value, arena, signal);
        }
    }
    return result(PUSH_UNKNOWN, SLICE("the answer says nothing of this SKU at this ship node"));
}

void wm_read_push(const struct account *account,
                  const struct push_item *items,
                  size_t count,
                  const struct step *step,
                  const struct http_response *response,
                  struct json_doc *doc,
                  struct arena *arena,
                  struct push_result *out,
                  struct channel_signal *out_signal)
{
    if (count > 1) {
        wm_read_feed(account, items, count, step, response, doc, arena, out, out_signal);
        return;
    }
    struct wm_answer answer = wm_answer_read(response, step, doc, arena, out_signal);
    if (count == 0) {
        return;
    }
    switch (answer.verdict) {
    case WM_REFUSED:
        /* One small row too large: that is not the row's fault. */
        out_signal->down |= answer.status == 413;
        out[0] = result(answer.status == 413 ? PUSH_LATER : PUSH_REFUSED, answer.reason);
        return;
    case WM_LATER:
        out[0] = result(PUSH_LATER, answer.reason);
        return;
    case WM_MAYBE:
        out[0] = result(PUSH_UNKNOWN, answer.reason);
        return;
    case WM_DONE:
        out[0] = account->has_locations ? nodes_read(answer.root, &items[0], arena, out_signal)
                                        : plain_read(answer.root, &items[0]);
        return;
    }
}
