/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_woo_lists - lists with their filters, order and paging headers. */
#include "drill/sandbox_woo.h"

#include "base/crypto.h"
#include "base/times.h"

bool woo_query(const struct call *call, const char *name, struct slice *out)
{
    return http_query_get(call->x->request.query, name, &call->shop->sandbox->turn, out);
}

void woo_invalid_param(struct call *call, const char *param, const char *message)
{
    woo_answer(call, 400);
    struct json_writer w = json_writer(call->out);
    struct slice text = arena_printf(&call->shop->sandbox->turn, "Invalid parameter(s): %s", param);
    json_begin_object(&w);
    json_field_str(&w, "code", "rest_invalid_param");
    json_field_text(&w, "message", text);
    json_key(&w, "data");
    json_begin_object(&w);
    json_field_int(&w, "status", 400);
    json_key(&w, "params");
    json_begin_object(&w);
    json_field_str(&w, param, message);
    json_end_object(&w);
    json_end_object(&w);
    json_end_object(&w);
}

static bool number_param(struct call *call,
                         const char *name,
                         int64_t lo,
                         int64_t hi,
                         const char *message,
                         int64_t *inout)
{
    struct slice text;
    if (!woo_query(call, name, &text)) {
        return true;
    }
    if (!slice_int(text, inout) || *inout < lo || *inout > hi) {
        woo_invalid_param(call, name, message);
        return false;
    }
    return true;
}

bool woo_paging(struct call *call, int64_t *out_page, int64_t *out_size)
{
    *out_page = 1;
    *out_size = 10;
    return number_param(call,
                        "per_page",
                        1,
                        100,
                        "per_page must be between 1 (inclusive) and 100 (inclusive)",
                        out_size) &&
           number_param(
               call, "page", 1, INT32_MAX, "page must be greater than or equal to 1", out_page);
}

static bool
choice_param(struct call *call, const char *name, const char *choices, struct slice *inout)
{
    struct slice rest = slice_of(choices);
    struct slice one;
    if (!woo_query(call, name, inout)) {
        return true;
    }
    while (rest.n > 0) {
        slice_cut(&rest, ' ', &one);
        if (slice_equal(one, *inout)) {
            return true;
        }
    }
    struct slice message =
        arena_printf(&call->shop->sandbox->turn, "%s is not one of %s.", name, choices);
    woo_invalid_param(call, name, message.p);
    return false;
}

/* Dates without a zone are the site's local time, which is UTC here. */
static bool date_param(struct call *call, const char *name, int64_t *out_us)
{
    struct slice text;
    *out_us = 0;
    if (!woo_query(call, name, &text)) {
        return true;
    }
    if (!time_parse_utc(text, out_us)) {
        woo_invalid_param(call, name, "Invalid date.");
        return false;
    }
    return true;
}

/* The request's own query with another page, for Link. */
static struct slice page_link(struct call *call, int64_t page, const char *rel)
{
    struct arena *arena = &call->shop->sandbox->turn;
    struct slice query = call->x->request.query;
    struct slice part;
    struct buf out;
    buf_init(&out, 8192);
    buf_printf(&out, "<%.*s%.*s?", SLICE_ARG(call->shop->base_url), SLICE_ARG(call->path));
    while (query.n > 0) {
        slice_cut(&query, '&', &part);
        if (!slice_starts(part, "page=")) {
            buf_slice(&out, part);
            buf_char(&out, '&');
        }
    }
    buf_printf(&out, "page=%" PRId64 ">; rel=\"%s\"", page, rel);
    struct slice text = arena_copy(arena, buf_view(&out));
    buf_free(&out);
    return text;
}

void woo_paging_headers(struct call *call, int64_t page, int64_t size, int64_t total)
{
    struct arena *arena = &call->shop->sandbox->turn;
    int64_t pages = (total + size - 1) / size;
    call_header(call, "X-WP-Total", arena_printf(arena, "%" PRId64, total));
    call_header(call, "X-WP-TotalPages", arena_printf(arena, "%" PRId64, pages));
    struct slice before = page > 1 ? page_link(call, page - 1, "prev") : (struct slice){0};
    struct slice next = page < pages ? page_link(call, page + 1, "next") : (struct slice){0};
    if (before.n + next.n > 0) {
        call_header(call,
                    "Link",
                    arena_printf(arena,
                                 "%.*s%s%.*s",
                                 SLICE_ARG(before),
                                 before.n && next.n ? ", " : "",
                                 SLICE_ARG(next)));
    }
}

static struct woo_out out_start(struct call *call)
{
    struct woo_out o = {
        .w = json_writer(call->out), .shop = call->shop, .arena = &call->shop->sandbox->turn};
    woo_query(call, "_fields", &o.fields);
    return o;
}

/* ---- products and variations ---- */

struct post *woo_post(const struct shop *shop, int64_t id)
{
    int64_t n = id - shop->product_base;
    return n >= 0 && n < (int64_t)shop->posts_count ? &shop->posts[n] : NULL;
}

static int64_t post_id(const struct post *post)
{
    return post->item ? post->item->id : post->product->id;
}

static int64_t post_changed_us(const struct post *post)
{
    return post->item ? post->item->changed_us : post->product->changed_us;
}

static int by_id(const void *a, const void *b)
{
    const struct post *const *x = a;
    const struct post *const *y = b;
    return post_id(*x) < post_id(*y) ? -1 : post_id(*x) > post_id(*y);
}

static int by_change(const void *a, const void *b)
{
    const struct post *const *x = a;
    const struct post *const *y = b;
    int64_t p = post_changed_us(*x);
    int64_t q = post_changed_us(*y);
    return p != q ? (p < q ? -1 : 1) : by_id(a, b);
}

struct post_list {
    struct post **posts;
    size_t count;
};

static bool is_changed_after(int64_t changed_us, int64_t after_us)
{
    return after_us == 0 || changed_us / US_PER_S > after_us / US_PER_S;
}

static struct post *item_post(const struct shop *shop, const struct item *item)
{
    return woo_post(shop, item->id);
}

/* sku= finds products and variations, exactly; the rest lists products only. */
static void posts_by_sku(struct call *call, struct slice skus, struct post_list *out)
{
    struct slice one;
    while (skus.n > 0) {
        slice_cut(&skus, ',', &one);
        struct item *item = item_find(call->shop, slice_trim(one));
        if (item) {
            out->posts[out->count++] = item_post(call->shop, item);
        }
    }
}

static void posts_by_id(struct call *call, struct slice ids, struct post_list *out)
{
    struct slice one;
    int64_t id;
    while (ids.n > 0) {
        slice_cut(&ids, ',', &one);
        struct post *post = slice_int(slice_trim(one), &id) ? woo_post(call->shop, id) : NULL;
        if (post && !post->item) {
            out->posts[out->count++] = post;
        }
    }
}

static void posts_all(const struct shop *shop, struct post_list *out)
{
    for (size_t i = 0; i < shop->posts_count; i++) {
        if (!shop->posts[i].item) {
            out->posts[out->count++] = &shop->posts[i];
        }
    }
}

static void posts_put(struct call *call, struct post_list *list, bool is_descending)
{
    int64_t page;
    int64_t size;
    if (!woo_paging(call, &page, &size)) {
        return;
    }
    woo_answer(call, 200);
    woo_paging_headers(call, page, size, (int64_t)list->count);
    struct woo_out o = out_start(call);
    json_begin_array(&o.w);
    for (int64_t i = (page - 1) * size; i < page * size && i < (int64_t)list->count; i++) {
        size_t at = is_descending ? list->count - 1 - (size_t)i : (size_t)i;
        struct post *post = list->posts[at];
        if (post->item) {
            woo_put_variation(&o, post->item, true);
        } else {
            woo_put_product(&o, post->product);
        }
    }
    json_end_array(&o.w);
}

static size_t commas(struct slice text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        n += text.p[i] == ',';
    }
    return n;
}

void woo_list_products(struct call *call)
{
    struct slice orderby = SLICE("date");
    struct slice order = SLICE("desc");
    struct slice status = SLICE("any");
    struct slice list = {0};
    int64_t after_us;
    if (!choice_param(call, "orderby", "date id include title slug modified price", &orderby) ||
        !choice_param(call, "order", "asc desc", &order) ||
        !choice_param(call, "status", "any future trash draft pending private publish", &status) ||
        !date_param(call, "modified_after", &after_us)) {
        return;
    }
    bool has_sku = woo_query(call, "sku", &list);
    bool has_ids = !has_sku && woo_query(call, "include", &list);
    size_t max = has_sku || has_ids ? commas(list) + 1 : call->shop->posts_count;
    struct post_list posts = {.posts =
                                  ARENA_ARRAY(&call->shop->sandbox->turn, max + 1, struct post *)};
    if (!posts.posts) {
        woo_error(call, 500, "internal_server_error", "There is not enough memory.");
        return;
    }
    if (has_sku) {
        posts_by_sku(call, list, &posts);
    } else if (has_ids) {
        posts_by_id(call, list, &posts);
    } else {
        posts_all(call->shop, &posts);
    }
    size_t kept = 0;
    bool is_hidden = !slice_is(status, "any") && !slice_is(status, "publish");
    for (size_t i = 0; i < posts.count && !is_hidden; i++) {
        if (is_changed_after(post_changed_us(posts.posts[i]), after_us)) {
            posts.posts[kept++] = posts.posts[i];
        }
    }
    posts.count = kept;
    qsort(posts.posts,
          posts.count,
          sizeof(struct post *),
          slice_is(orderby, "modified") ? by_change : by_id);
    posts_put(call, &posts, slice_is(order, "desc"));
}

void woo_list_variations(struct call *call, struct product *product)
{
    struct slice orderby = SLICE("date");
    struct slice order = SLICE("desc");
    int64_t after_us;
    int64_t page;
    int64_t size;
    if (!choice_param(call, "orderby", "date id include title slug modified", &orderby) ||
        !choice_param(call, "order", "asc desc", &order) ||
        !date_param(call, "modified_after", &after_us) || !woo_paging(call, &page, &size)) {
        return;
    }
    size_t count = product->is_simple ? 0 : product->items_count;
    struct item **items = ARENA_ARRAY(&call->shop->sandbox->turn, count + 1, struct item *);
    size_t kept = 0;
    for (size_t i = 0; items && i < count; i++) {
        bool is_descending = slice_is(order, "desc");
        struct item *item = product->items[is_descending ? count - 1 - i : i];
        if (is_changed_after(item->changed_us, after_us)) {
            items[kept++] = item;
        }
    }
    woo_answer(call, 200);
    woo_paging_headers(call, page, size, (int64_t)kept);
    struct woo_out o = out_start(call);
    json_begin_array(&o.w);
    for (int64_t i = (page - 1) * size; i < page * size && i < (int64_t)kept; i++) {
        woo_put_variation(&o, items[i], false);
    }
    json_end_array(&o.w);
}

/* ---- orders ---- */

struct order_query {
    int64_t changed_after_us, placed_after_us;
    struct slice status;
    bool by_change, is_descending;
};

static bool status_fits(const struct order_query *q, const struct order *order)
{
    struct slice rest = q->status;
    struct slice one;
    if (slice_is(rest, "any")) {
        return order->state != ORDER_TRASHED;
    }
    while (rest.n > 0) {
        slice_cut(&rest, ',', &one);
        if (slice_is(one, woo_status(order))) {
            return true;
        }
    }
    return false;
}

static bool order_fits(const struct order_query *q, const struct order *order)
{
    return status_fits(q, order) && is_changed_after(order->changed_us, q->changed_after_us) &&
           is_changed_after(order->placed_us, q->placed_after_us);
}

/* Newest first: by the last change, or by id. */
static struct order *order_before(const struct order_query *q, const struct order *order)
{
    return q->by_change ? order->older : order_find(order->shop, order->id - 1);
}

static struct order *order_newest(const struct order_query *q, const struct shop *shop)
{
    return q->by_change ? shop->newest_change
                        : order_find(shop, shop->order_base + shop->orders_made - 1);
}

/* All that fit, newest first. Changes are ordered by time, so the walk ends at the first too old
 * one. */
static size_t orders_collect(const struct order_query *q,
                             const struct shop *shop,
                             const struct order **out,
                             size_t max)
{
    size_t count = 0;
    const struct order *order = order_newest(q, shop);
    for (; order && count < max; order = order_before(q, order)) {
        bool is_old = !is_changed_after(order->changed_us, q->changed_after_us);
        if (q->by_change && is_old) {
            break;
        }
        if (order_fits(q, order)) {
            out[count++] = order;
        }
    }
    return count;
}

static bool order_query_read(struct call *call, struct order_query *out)
{
    struct slice orderby = SLICE("date");
    struct slice order = SLICE("desc");
    *out = (struct order_query){.status = SLICE("any")};
    if (!choice_param(call, "orderby", "date id include title slug modified", &orderby) ||
        !choice_param(call, "order", "asc desc", &order) ||
        !date_param(call, "modified_after", &out->changed_after_us) ||
        !date_param(call, "after", &out->placed_after_us)) {
        return false;
    }
    woo_query(call, "status", &out->status);
    out->by_change = slice_is(orderby, "modified");
    out->is_descending = slice_is(order, "desc");
    return true;
}

void woo_list_orders(struct call *call)
{
    struct shop *shop = call->shop;
    struct order_query q;
    int64_t page;
    int64_t size;
    if (!order_query_read(call, &q) || !woo_paging(call, &page, &size)) {
        return;
    }
    size_t max = shop->orders_made < (int64_t)shop->sandbox->orders_max ? (size_t)shop->orders_made
                                                                        : shop->sandbox->orders_max;
    const struct order **orders = ARENA_ARRAY(&shop->sandbox->turn, max + 1, const struct order *);
    size_t count = orders ? orders_collect(&q, shop, orders, max) : 0;
    woo_answer(call, 200);
    woo_paging_headers(call, page, size, (int64_t)count);
    struct woo_out o = out_start(call);
    json_begin_array(&o.w);
    for (int64_t i = (page - 1) * size; i < page * size && i < (int64_t)count; i++) {
        woo_put_order(&o, orders[q.is_descending ? (size_t)i : count - 1 - (size_t)i]);
    }
    json_end_array(&o.w);
}
