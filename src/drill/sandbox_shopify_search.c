/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_shopify_search - productVariants(...) and orders(...): search terms, order, pages.
 *
 * Shopify passes over search fields it does not know, and then finds too much; here they are
 * refused.
 */
#include "drill/sandbox_shopify.h"

#include "base/times.h"

/* ---- searching ---- */

bool shopify_term_next(struct slice *query, struct shopify_term *out)
{
    *out = (struct shopify_term){0};
    *query = slice_trim(*query);
    if (slice_starts(*query, "AND ")) {
        *query = slice_trim(slice_from(*query, 4));
    }
    if (query->n == 0 || !slice_cut(query, ':', &out->name)) {
        return false;
    }
    if (slice_starts(*query, ">")) {
        out->is_greater = true;
        *query = slice_from(*query, 1);
    }
    if (slice_starts(*query, "=")) {
        out->is_equal = true;
        *query = slice_from(*query, 1);
    }
    char quote = query->n > 0 ? query->p[0] : '\0';
    if (quote == '\'' || quote == '"') {
        *query = slice_from(*query, 1);
        return slice_cut(query, quote, &out->value);
    }
    slice_cut(query, ' ', &out->value);
    return true;
}

/* ---- variants, by id ---- */

struct variant_filter {
    struct slice sku;
    int64_t id_after, changed_from_us;
    bool is_exclusive;
};

static bool variant_filter_read(struct gql_run *run,
                                const struct gql_selection *field,
                                struct variant_filter *out)
{
    struct slice query = {0};
    struct shopify_term term;
    *out = (struct variant_filter){0};
    gql_arg_text(field, "query", &query);
    while (slice_trim(query).n > 0) {
        bool is_good = shopify_term_next(&query, &term);
        if (is_good && slice_is(term.name, "sku")) {
            out->sku = term.value;
        } else if (is_good && slice_is(term.name, "id") && term.is_greater) {
            is_good = slice_int(term.value, &out->id_after);
        } else if (is_good && slice_is(term.name, "updated_at") && term.is_greater) {
            is_good = time_parse_utc(term.value, &out->changed_from_us);
            out->is_exclusive = !term.is_equal;
        } else {
            is_good = false;
        }
        if (!is_good) {
            gql_error(run, field->spot, "BAD_REQUEST", SLICE("Invalid search field or value"));
            return false;
        }
    }
    return true;
}

static bool variant_passes(const struct variant_filter *filter, const struct item *item)
{
    int64_t floor_us = item->changed_us - item->changed_us % US_PER_S;
    bool is_late = floor_us > filter->changed_from_us ||
                   (!filter->is_exclusive && floor_us == filter->changed_from_us);
    return (filter->sku.n == 0 || slice_equal(filter->sku, item->sku)) &&
           item->id > filter->id_after && (filter->changed_from_us == 0 || is_late);
}

void shopify_variants(struct gql_run *run, const struct gql_selection *field)
{
    struct shop *shop = shopify_shop(run);
    struct variant_filter filter;
    struct slice after;
    int64_t at = -1;
    int64_t first = 0;
    bool is_good = variant_filter_read(run, field, &filter);
    if (is_good && gql_arg_text(field, "after", &after) &&
        !shopify_cursor_read(run->arena, after, &at)) {
        gql_error(
            run, field->spot, "BAD_REQUEST", SLICE("Invalid cursor for current pagination sort."));
        is_good = false;
    }
    if (is_good && (!gql_arg_int(field, "first", &first) || gql_arg(field, "reverse")->flag)) {
        gql_error(
            run, field->spot, "BAD_REQUEST", SLICE("the sandbox pages variants forward only"));
        is_good = false;
    }
    const void **nodes = ARENA_ARRAY(run->arena, (size_t)first + 1, const void *);
    int64_t *cursors = ARENA_ARRAY(run->arena, (size_t)first + 1, int64_t);
    if (!is_good || !nodes || !cursors) {
        json_put_null(&run->w);
        return;
    }
    struct shopify_page page = {.node_type = "ProductVariant", .nodes = nodes, .cursors = cursors};
    page.has_previous = at >= 0;
    for (int64_t i = at + 1; i < (int64_t)shop->items_count; i++) {
        if (!variant_passes(&filter, shop->items[i])) {
            continue;
        }
        if ((int64_t)page.count == first) {
            page.has_next = true;
            break;
        }
        cursors[page.count] = i;
        nodes[page.count++] = shop->items[i];
    }
    shopify_put_page(run, field, "ProductVariantConnection", &page);
}

void shopify_variants_count(struct gql_run *run, const struct gql_selection *field)
{
    const struct shop *shop = shopify_shop(run);
    struct variant_filter filter;
    struct shopify_count count = {.limit = 10000};
    if (!variant_filter_read(run, field, &filter)) {
        json_put_null(&run->w);
        return;
    }
    gql_arg_int(field, "limit", &count.limit);
    for (size_t i = 0; i < shop->items_count && count.n <= count.limit; i++) {
        count.n += variant_passes(&filter, shop->items[i]);
    }
    gql_put_object(run, field, "Count", &count);
}

/* ---- orders(...): by the last change, or by age ---- */

struct order_filter {
    int64_t changed_from_us, created_from_us;
    bool changed_exclusive, created_exclusive;
};

static bool
order_filter_read(struct gql_run *run, const struct gql_selection *field, struct order_filter *out)
{
    struct slice query = {0};
    struct shopify_term term;
    *out = (struct order_filter){0};
    gql_arg_text(field, "query", &query);
    while (slice_trim(query).n > 0) {
        bool is_good = shopify_term_next(&query, &term);
        if (is_good && slice_is(term.name, "updated_at") && term.is_greater) {
            is_good = time_parse_utc(term.value, &out->changed_from_us);
            out->changed_exclusive = !term.is_equal;
        } else if (is_good && slice_is(term.name, "created_at") && term.is_greater) {
            is_good = time_parse_utc(term.value, &out->created_from_us);
            out->created_exclusive = !term.is_equal;
        } else if (is_good && slice_is(term.name, "status")) {
            is_good = slice_is(term.value, "any");
        } else if (is_good && slice_is(term.name, "test")) {
            is_good = slice_is(term.value, "false");
        } else {
            is_good = false;
        }
        if (!is_good) {
            gql_error(run, field->spot, "BAD_REQUEST", SLICE("Invalid search field or value"));
            return false;
        }
    }
    return true;
}

/* Stamps are compared as they are shown: whole seconds. */
static bool is_from(int64_t stamp_us, int64_t from_us, bool is_exclusive)
{
    int64_t floor_us = stamp_us - stamp_us % US_PER_S;
    return from_us == 0 || floor_us > from_us || (!is_exclusive && floor_us == from_us);
}

struct order_walk {
    const struct shop *shop;
    struct order_filter filter;
    bool by_change, is_reverse, has_after;
    int64_t after;
};

static int64_t walk_stamp(const struct order_walk *walk, const struct order *order)
{
    return walk->by_change ? order->changed_us : order->number;
}

static const struct order *walk_step(const struct order_walk *walk, const struct order *order)
{
    if (walk->by_change) {
        return walk->is_reverse ? order->older : order->newer;
    }
    int64_t step = walk->is_reverse ? -2 : 2;
    return order_find(walk->shop, order->id + step);
}

/* The page's first order: near the end in practice, so walk back from there. */
static const struct order *walk_start(const struct order_walk *walk)
{
    const struct shop *shop = walk->shop;
    const struct order *newest =
        walk->by_change ? shop->newest_change
                        : order_find(shop, shop->order_base + 2 * (shop->orders_made - 1));
    const struct order *order = newest;
    if (walk->is_reverse) {
        while (order && walk->has_after && walk_stamp(walk, order) >= walk->after) {
            order = walk_step(walk, order);
        }
        return order;
    }
    struct order_walk back = *walk;
    back.is_reverse = true;
    const struct order *start = NULL;
    while (order && (!walk->has_after || walk_stamp(walk, order) > walk->after)) {
        if (walk->by_change && !is_from(order->changed_us,
                                        walk->filter.changed_from_us,
                                        walk->filter.changed_exclusive)) {
            break;
        }
        start = order;
        order = walk_step(&back, order);
    }
    return start;
}

static bool walk_passes(const struct order_walk *walk, const struct order *order)
{
    const struct order_filter *f = &walk->filter;
    return is_from(order->changed_us, f->changed_from_us, f->changed_exclusive) &&
           is_from(order->placed_us, f->created_from_us, f->created_exclusive);
}

static bool walk_read(struct gql_run *run,
                      const struct gql_selection *field,
                      struct order_walk *out,
                      int64_t *out_first)
{
    struct slice text;
    *out = (struct order_walk){.shop = shopify_shop(run)};
    if (!order_filter_read(run, field, &out->filter)) {
        return false;
    }
    out->by_change = gql_arg_text(field, "sortKey", &text) && slice_is(text, "UPDATED_AT");
    out->is_reverse = gql_arg(field, "reverse")->flag;
    out->has_after = gql_arg_text(field, "after", &text);
    if (out->has_after && !shopify_cursor_read(run->arena, text, &out->after)) {
        gql_error(
            run, field->spot, "BAD_REQUEST", SLICE("Invalid cursor for current pagination sort."));
        return false;
    }
    if (!gql_arg_int(field, "first", out_first)) {
        gql_error(run, field->spot, "BAD_REQUEST", SLICE("the sandbox pages orders forward only"));
        return false;
    }
    return true;
}

void shopify_orders(struct gql_run *run, const struct gql_selection *field)
{
    struct order_walk walk;
    int64_t first = 0;
    bool is_good = walk_read(run, field, &walk, &first);
    const void **nodes = ARENA_ARRAY(run->arena, (size_t)first + 1, const void *);
    int64_t *cursors = ARENA_ARRAY(run->arena, (size_t)first + 1, int64_t);
    if (!is_good || !nodes || !cursors) {
        json_put_null(&run->w);
        return;
    }
    struct shopify_page page = {.node_type = "Order", .nodes = nodes, .cursors = cursors};
    page.has_previous = walk.has_after;
    for (const struct order *order = walk_start(&walk); order; order = walk_step(&walk, order)) {
        if (!walk_passes(&walk, order)) {
            continue;
        }
        if ((int64_t)page.count == first) {
            page.has_next = true;
            break;
        }
        cursors[page.count] = walk_stamp(&walk, order);
        nodes[page.count++] = order;
    }
    shopify_put_page(run, field, "OrderConnection", &page);
}
