/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing stock: absolute adjustments, many rows of one location in one request.
 *
 * 200 means accepted, not shown: the store carries the write out a little later, in an order that
 * nobody sees, and no endpoint tells what became of it. So a write is PUSH_ACCEPTED: a sale may
 * still come before it and be swallowed, and a second write sent now may land before the first.
 * Lower counts are written meanwhile; the listing is read once the window is over.
 *
 * Errors refuse the request as a whole. A row at fault is named only in the text of the error, by
 * its id or by its place in the request; when neither is found the request is cut in halves.
 */
#include "base/buf.h"
#include "base/json_write.h"
#include "channels/bigcommerce/bigcommerce.h"

#define BODY_MAX 65536

enum err bc_build_push(const struct account *account,
                       const struct push_item *items,
                       size_t count,
                       const struct step *step,
                       struct arena *arena,
                       struct http_request *out)
{
    const struct bc_key *keys = NULL;
    ON_EXIT(buf_free) struct buf body;

    buf_init(&body, BODY_MAX);
    if (count == 0 || count > BC_PUSH_MAX) {
        return ERR_USAGE;
    }
    for (size_t i = 0; i < count; i++) {
        if (items[i].value < 0 || items[i].value > QTY_MAX) {
            return ERR_USAGE;
        }
    }
    enum err e = bc_keys_of(items, count, arena, &keys);
    if (e) {
        return e;
    }
    struct json_writer w = json_writer(&body);
    json_begin_object(&w);
    /* The merchant's stock history shows it: from there each change leads to our push. */
    struct slice reason = arena_printf(arena,
                                       "truecount push %.*s",
                                       (int)(step->key.n < 64 ? step->key.n : 64),
                                       step->key.p ? step->key.p : "");
    json_field_text(&w, "reason", reason);
    json_key(&w, "items");
    json_begin_array(&w);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(&w);
        json_field_raw(&w, "location_id", items[i].location); /* checked: digits */
        if (keys[i].variant) {
            json_field_int(&w, "variant_id", keys[i].variant);
        } else {
            json_field_int(&w, "product_id", keys[i].product);
        }
        json_field_int(&w, "quantity", items[i].value);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    struct slice text = arena_copy(arena, buf_view(&body));
    if (body.overflow || !text.p) {
        return ERR_LIMIT;
    }
    return bc_request(
        account, "PUT", SLICE("/v3/inventory/adjustments/absolute"), text, arena, out);
}

static void
all_are(struct push_result *out, size_t count, enum push_outcome outcome, struct slice reason)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = (struct push_result){.outcome = outcome, .reason = reason};
    }
}

/* ---- which row a refusal names ---- */

/* The number behind a word: "variant_id 106", "variant_id: 106", "items.3.quantity". */
static bool number_behind(struct slice *text, const char *word, int64_t *out)
{
    size_t n = strlen(word);
    const char *at = text->n >= n ? memmem(text->p, text->n, word, n) : NULL;

    if (!at) {
        return false;
    }
    *text = slice_from(*text, (size_t)(at - text->p) + n);
    size_t skipped = 0;
    while (skipped < 3 && skipped < text->n && (text->p[skipped] < '0' || text->p[skipped] > '9')) {
        skipped++;
    }
    *text = slice_from(*text, skipped);
    size_t digits = 0;
    while (digits < text->n && text->p[digits] >= '0' && text->p[digits] <= '9') {
        digits++;
    }
    if (!slice_int((struct slice){text->p, digits}, out)) {
        *out = -1; /* no number behind this one: go on behind it */
    }
    *text = slice_from(*text, digits);
    return true;
}

struct refusal {
    const struct push_item *items;
    size_t count;
    struct push_result *out;
    struct slice reason;
    size_t named;
};

static bool has_words(struct slice text, const char *words)
{
    return text.n && memmem(text.p, text.n, words, strlen(words)) != NULL;
}

static void refuse(struct refusal *r, size_t row, struct slice why)
{
    struct bc_key key = {0};
    bool is_variant = bc_key_parse(r->items[row].stock_key, &key) && key.variant;

    struct push_result *out = &r->out[row];
    r->named++;
    out->outcome = PUSH_REFUSED;
    out->reason = r->reason;
    /* Named twice, what either mention says holds. */
    out->parent_managed |= is_variant && has_words(why, "tracked by product");
    out->unmanaged |= has_words(why, "not tracked");
}

static void ids_named(struct refusal *r, struct slice text)
{
    static const char *const words[] = {"variant_id", "product_id"};

    for (size_t k = 0; k < COUNT_OF(words); k++) {
        struct slice rest = text;
        int64_t id = 0;
        while (number_behind(&rest, words[k], &id)) {
            for (size_t i = 0; i < r->count; i++) {
                struct bc_key key = {0};
                if (bc_key_parse(r->items[i].stock_key, &key) && id > 0 &&
                    (k == 0 ? key.variant : key.product) == id) {
                    refuse(r, i, text);
                }
            }
        }
    }
}

static void rows_named(struct refusal *r, struct json root)
{
    struct slice title = {0};

    if (json_text(json_get(root, "title"), &title)) {
        ids_named(r, title);
    }
    for (struct json_iter i = json_iter(json_get(root, "errors")); json_next(&i);) {
        struct slice why = {0};
        struct slice place = i.key;
        int64_t row = -1;
        json_text(i.value, &why);
        if (i.is_object && slice_starts(place, "items.") && number_behind(&place, "items.", &row) &&
            row >= 0 && (uint64_t)row < r->count) {
            refuse(r, (size_t)row, why.n ? why : title);
        }
        ids_named(r, why);
    }
}

static void refusal_read(const struct bc_answer *answer,
                         const struct push_item *items,
                         size_t count,
                         struct push_result *out,
                         struct channel_signal *signal)
{
    struct refusal r = {.items = items, .count = count, .out = out, .reason = answer->reason};

    all_are(out, count, PUSH_AGAIN, SLICE("another row of the same request was refused"));
    if (answer->status == 422 || answer->status == 400) {
        rows_named(&r, answer->root);
    }
    if (r.named) {
        return;
    }
    if (count > 1) {
        all_are(out, count, PUSH_SPLIT, answer->reason);
    } else if (answer->status == 413) {
        signal->down = true; /* one small row is too much: that is not the row's fault */
        all_are(out, count, PUSH_LATER, answer->reason);
    } else if (count == 1) {
        struct slice title = {0};
        json_text(json_get(answer->root, "title"), &title);
        refuse(&r, 0, title);
    }
}

void bc_read_push(const struct account *account,
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
    (void)account;
    struct bc_answer answer = bc_answer_read(response, doc, arena, out_signal);

    switch (answer.verdict) {
    case BC_REFUSED:
        refusal_read(&answer, items, count, out, out_signal);
        return;
    case BC_LATER:
        all_are(out, count, PUSH_LATER, answer.reason);
        return;
    case BC_MAYBE:
        all_are(out, count, PUSH_UNKNOWN, answer.reason);
        return;
    case BC_DONE:
        all_are(out,
                count,
                PUSH_ACCEPTED,
                SLICE("accepted: BigCommerce carries it out later, and it is read after that"));
        return;
    }
}
