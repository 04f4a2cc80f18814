/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading counts back: GET /v3/inventory/items for the ids of one kind at one location.
 *
 * `available_to_sell` is what the store sells from, on hand less its own safety stock; the texts
 * about total_inventory_onhand contradict each other, and it is not used.
 */
#include "base/buf.h"
#include "channels/bigcommerce/bigcommerce.h"

#define PATH_MAX_BYTES 16384

enum err bc_build_read(const struct account *account,
                       const struct push_item *items,
                       size_t count,
                       const struct step *step,
                       struct arena *arena,
                       struct http_request *out)
{
    (void)step;
    const struct bc_key *keys = NULL;
    ON_EXIT(buf_free) struct buf path;

    buf_init(&path, PATH_MAX_BYTES);
    count = count < BC_READ_MAX ? count : BC_READ_MAX;
    if (count == 0) {
        return ERR_USAGE;
    }
    enum err e = bc_keys_of(items, count, arena, &keys);
    if (e) {
        return e;
    }
    buf_printf(&path,
               "/v3/inventory/items?location_id:in=%.*s&limit=1000&%s:in=",
               SLICE_ARG(items[0].location),
               keys[0].variant ? "variant_id" : "product_id");
    for (size_t i = 0; i < count; i++) {
        if (i) {
            buf_char(&path, ',');
        }
        buf_int(&path, keys[i].variant ? keys[i].variant : keys[i].product);
    }
    struct slice text = arena_copy(arena, buf_view(&path));
    if (path.overflow) {
        return ERR_LIMIT;
    }
    return bc_request(account, "GET", text, (struct slice){0}, arena, out);
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

/* The count of one row at the item's location. */
static struct read_result count_read(struct json row, struct slice location)
{
    for (struct json_iter i = json_iter(json_get(row, "locations")); json_next(&i);) {
        int64_t id = 0;
        int64_t wanted = 0;
        int64_t count = 0;
        if (!bc_id(json_get(i.value, "location_id"), &id) || !slice_int(location, &wanted) ||
            id != wanted) {
            continue;
        }
        if (!json_int_loose(json_get(i.value, "available_to_sell"), &count) || count < -QTY_MAX ||
            count > QTY_MAX) {
            return result(READ_FAILED,
                          SLICE("available_to_sell is not a whole number within bounds"));
        }
        return (struct read_result){.outcome = READ_COUNT, .count = count};
    }
    return result(READ_MISSING,
                  SLICE("the item is not kept at this location: enter its first level there by "
                        "hand"));
}

static bool is_of(struct json row, const struct push_item *item)
{
    struct bc_key key = {0};
    int64_t id = 0;

    return bc_key_parse(item->stock_key, &key) &&
           bc_id(json_path(row, "identity", key.variant ? "variant_id" : "product_id", NULL),
                 &id) &&
           id == (key.variant ? key.variant : key.product);
}

/* A product counted as a whole may be told once for each of its variants, with one count. */
static struct read_result joined(struct read_result known, struct read_result now)
{
    if (known.outcome == READ_MISSING) {
        return now;
    }
    if (known.outcome == READ_COUNT && now.outcome == READ_COUNT && known.count != now.count) {
        return result(READ_UNMANAGED,
                      SLICE("the product is counted variant by variant: map its variants"));
    }
    return known;
}

static void rows_read(struct json rows,
                      const struct push_item *items,
                      size_t count,
                      bool is_whole,
                      struct read_result *out)
{
    size_t asked = count < BC_READ_MAX ? count : BC_READ_MAX;
    bool is_filtered = true;

    all_are(out, asked, READ_MISSING, SLICE("the store counts no such item"));
    all_are(out + asked, count - asked, READ_FAILED, SLICE("more items than one answer can hold"));
    for (struct json_iter r = json_iter(rows); json_next(&r);) {
        bool is_asked = false;
        for (size_t i = 0; i < asked; i++) {
            if (is_of(r.value, &items[i])) {
                out[i] = joined(out[i], count_read(r.value, items[i].location));
                is_asked = true;
            }
        }
        is_filtered = is_filtered && is_asked;
    }
    for (size_t i = 0; i < asked; i++) {
        if (out[i].outcome == READ_MISSING && !is_filtered) {
            out[i] = result(READ_FAILED, SLICE("the store answered with items nobody asked for"));
        } else if (out[i].outcome == READ_MISSING && !is_whole) {
            out[i] = result(READ_FAILED, SLICE("the item may be on a page that was not read"));
        }
    }
}

void bc_read_counts(const struct account *account,
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
    struct bc_answer answer = bc_answer_read(response, doc, arena, out_signal);
    struct json data = json_get(answer.root, "data");
    int64_t pages = 1;

    if (answer.verdict != BC_DONE) {
        all_are(out, count, READ_FAILED, answer.reason);
        return;
    }
    if (json_type(data) != JSON_ARRAY) {
        all_are(out, count, READ_FAILED, SLICE("the answer has no list of items"));
        return;
    }
    bool is_whole =
        !json_int(json_path(answer.root, "meta", "pagination", "total_pages", NULL), &pages) ||
        pages <= 1;
    rows_read(data, items, count, is_whole, out);
}
