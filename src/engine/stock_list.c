/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "engine/batch.h"
#include "engine/stock_list.h"

#define KEPT_MAX ((size_t)512 << 20)
#define PAGE_MAX_BYTES ((size_t)16 << 20)

struct found {
    struct sku_id sku;
    int64_t value;    /* what it is sorted by, or how well it fits */
    struct slice key; /* when it is sorted by code */
};

struct stock_list {
    struct stock_wish wish;
    struct slice typed; /* as a code */
    unsigned parts;
    struct sku_id after, last; /* last: 0 before the first step */
    bool has_begun;
    struct found *found;
    size_t count, room;
    struct sku_id *ids;
    struct arena kept, page;
};

static unsigned parts_of(const struct stock_wish *wish)
{
    static const unsigned of_filter[] = {
        [STOCK_ALL] = 0,
        [STOCK_LOW] = STOCK_LINE_UNITS,
        [STOCK_OWED] = STOCK_LINE_UNITS,
        [STOCK_DIFFERS] = STOCK_LINE_DIFFERS,
        [STOCK_UNLISTED] = STOCK_LINE_LISTINGS,
        [STOCK_STALE] = STOCK_LINE_LISTINGS | STOCK_LINE_SEEN,
        [STOCK_BUNDLE] = 0,
    };
    return of_filter[wish->filter] | (wish->order >= STOCK_BY_AVAILABLE ? STOCK_LINE_UNITS : 0);
}

enum err stock_list_new(const struct stock_wish *wish, struct stock_list **out)
{
    struct stock_list *list = calloc(1, sizeof(*list));
    if (!list) {
        return ERR_MEMORY;
    }
    *list = (struct stock_list){.wish = *wish, .parts = parts_of(wish)};
    arena_init(&list->kept, KEPT_MAX);
    arena_init(&list->page, PAGE_MAX_BYTES);
    list->typed = sku_code_key(wish->text, &list->kept);
    *out = list;
    return ERR_OK;
}

void stock_list_free(struct stock_list *list)
{
    if (list) {
        arena_free(&list->kept);
        arena_free(&list->page);
        free(list->found);
        free(list->ids);
        free(list);
    }
}

/* ---- who is wanted ---- */

static bool is_wanted(const struct stock_wish *wish, const struct stock_line *line)
{
    switch (wish->filter) {
    case STOCK_ALL:
        return true;
    case STOCK_LOW:
        return !line->is_bundle && line->available >= 0 && line->available <= STOCK_LIST_LOW;
    case STOCK_OWED:
        return line->available < 0;
    case STOCK_DIFFERS:
        return line->differs;
    case STOCK_UNLISTED:
        return line->listings == 0;
    case STOCK_STALE:
        return line->listings > 0 && line->seen_at_us < wish->now_us - STOCK_LIST_STALE_US;
    case STOCK_BUNDLE:
        return line->is_bundle;
    }
    must(false);
    return false;
}

/* The smaller, the better. */
static int64_t fit_of(const struct stock_list *list, const struct stock_line *line)
{
    struct slice key = line->code_key, typed = list->typed;
    if (typed.n == 0 || key.n < typed.n || memcmp(key.p, typed.p, typed.n) != 0) {
        return 2;
    }
    return key.n == typed.n ? 0 : 1;
}

static enum err keep(struct stock_list *list, const struct stock_line *line)
{
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 256;
        struct found *more = realloc(list->found, room * sizeof(*more));
        if (!more) {
            return ERR_MEMORY;
        }
        list->found = more;
        list->room = room;
    }
    struct found *found = &list->found[list->count++];
    *found = (struct found){.sku = line->sku};
    switch (list->wish.order) {
    case STOCK_BY_FIT:
        found->value = fit_of(list, line);
        break;
    case STOCK_BY_SKU:
        found->key = arena_copy(&list->kept, line->code_key);
        break;
    case STOCK_BY_AVAILABLE:
        found->value = line->available;
        break;
    case STOCK_BY_RESERVED:
        found->value = line->reserved;
        break;
    case STOCK_BY_ON_HAND:
        found->value = line->on_hand;
        break;
    }
    return list->kept.exhausted ? ERR_LIMIT : ERR_OK;
}

/* ---- their order ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Cuts the digits that a text begins with off, without leading zeros. */
static struct slice number_of(struct slice *text)
{
    size_t n = 0;
    while (n < text->n && is_digit(text->p[n])) {
        n++;
    }
    struct slice number = {text->p, n};
    *text = slice_from(*text, n);
    while (number.n > 1 && number.p[0] == '0') {
        number = slice_from(number, 1);
    }
    return number;
}

static int compare_codes(struct slice a, struct slice b)
{
    const struct slice whole_a = a, whole_b = b;
    while (a.n && b.n) {
        if (is_digit(a.p[0]) && is_digit(b.p[0])) {
            struct slice x = number_of(&a), y = number_of(&b);
            int order = x.n != y.n ? (x.n < y.n ? -1 : 1) : slice_compare(x, y);
            if (order) {
                return order;
            }
            continue;
        }
        if (a.p[0] != b.p[0]) {
            return (unsigned char)a.p[0] < (unsigned char)b.p[0] ? -1 : 1;
        }
        a = slice_from(a, 1);
        b = slice_from(b, 1);
    }
    return a.n || b.n ? (a.n ? 1 : -1) : slice_compare(whole_a, whole_b);
}

static int compare(const struct found *a, const struct found *b)
{
    int order = a->key.n || b->key.n ? compare_codes(a->key, b->key)
                                     : (a->value > b->value) - (a->value < b->value);
    return order;
}

static int by_wish_up(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    int order = compare(x, y);
    return order ? order : (x->sku.v > y->sku.v) - (x->sku.v < y->sku.v);
}

static int by_wish_down(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    int order = compare(y, x);
    return order ? order : (x->sku.v > y->sku.v) - (x->sku.v < y->sku.v);
}

/* ---- steps ---- */

static enum err begin(struct stock_list *list, struct store *store)
{
    const struct store_query newest = {.limit = 1, .newest_first = true, .state = -1};
    struct rows rows = {0};
    enum err e = store->ops->list_skus(store, &newest, &list->page, &rows);
    if (!e && rows.count) {
        list->last = ((const struct sku_row *)rows.items[0])->id;
    }
    list->has_begun = !e;
    return e;
}

static enum err end(struct stock_list *list)
{
    list->ids = calloc(list->count + 1, sizeof(*list->ids));
    if (!list->ids) {
        return ERR_MEMORY;
    }
    if (list->count) {
        qsort(list->found,
              list->count,
              sizeof(*list->found),
              list->wish.is_down ? by_wish_down : by_wish_up);
    }
    for (size_t i = 0; i < list->count; i++) {
        list->ids[i] = list->found[i].sku;
    }
    return ERR_OK;
}

enum err stock_list_step(struct stock_list *list, struct store *store, bool *out_done)
{
    struct rows rows = {0};
    enum err e = list->has_begun ? ERR_OK : begin(list, store);
    const struct stock_line_query q = {.after = list->after,
                                       .through = {list->after.v + STOCK_LIST_AT_ONCE},
                                       .text = list->wish.text,
                                       .parts = list->parts};
    arena_clear(&list->page);
    e = e ? e : store->ops->stock_lines(store, &q, &list->page, &rows);
    for (size_t i = 0; !e && i < rows.count; i++) {
        if (is_wanted(&list->wish, rows.items[i])) {
            e = keep(list, rows.items[i]);
        }
    }
    list->after = q.through;
    *out_done = !e && list->after.v >= list->last.v;
    return *out_done ? end(list) : e;
}

const struct sku_id *stock_list_ids(const struct stock_list *list, size_t *out_count)
{
    *out_count = list->count;
    return list->ids;
}

/* ---- lines ---- */

static void show_line(struct show *s, const struct sku_row *sku, const struct stock_line *line)
{
    struct json_writer *w = &s->w;
    json_begin_object(w);
    show_id(s, "id", sku->id.v);
    json_field_text(w, "sku", sku->code);
    json_field_text(w, "title", sku->title);
    json_field_text(w, "product", sku->product);
    json_field_text(w, "barcode", sku->barcode);
    show_limit(s, "buffer", sku->buffer);
    json_field_bool(w, "is_bundle", line->is_bundle);
    json_field_int(w, "available", line->available);
    json_field_int(w, "reserved", line->reserved);
    json_field_int(w, "on_hand", line->on_hand);
    json_field_int(w, "listings", line->listings);
    json_field_time(w, "confirmed_at", line->seen_at_us);
    json_field_bool(w, "differs", line->differs);
    json_end_object(w);
}

enum err stock_list_show(struct show *s,
                         struct store *store,
                         struct arena *arena,
                         const struct sku_id *ids,
                         size_t ids_count)
{
    struct sku_row **skus = ARENA_ARRAY(arena, ids_count + 1, struct sku_row *);
    enum err e = skus ? store->ops->skus(store, ids, ids_count, arena, skus) : ERR_LIMIT;
    for (size_t i = 0; !e && i < ids_count; i++) {
        struct rows rows = {0};
        const struct stock_line_query q = {.after = {ids[i].v - 1},
                                           .through = ids[i],
                                           .parts = STOCK_LINE_UNITS | STOCK_LINE_LISTINGS |
                                                    STOCK_LINE_SEEN | STOCK_LINE_DIFFERS};
        e = skus[i] ? store->ops->stock_lines(store, &q, arena, &rows) : ERR_OK;
        if (!e && rows.count) {
            show_line(s, skus[i], rows.items[0]);
        }
    }
    return e;
}
