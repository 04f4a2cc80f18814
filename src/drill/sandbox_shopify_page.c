/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_shopify_page - connections: cursors, first and last, edges, pageInfo. */
#include "drill/sandbox_shopify.h"

#include "base/crypto.h"

static struct slice cursor_text(struct arena *arena, int64_t at)
{
    return base64_encode(arena, arena_printf(arena, "{\"last_id\":%" PRId64 "}", at));
}

bool shopify_cursor_read(struct arena *arena, struct slice text, int64_t *out)
{
    struct slice plain;
    if (!base64_decode(arena, text, &plain) || !slice_starts(plain, "{\"last_id\":")) {
        return false;
    }
    plain = slice_from(plain, sizeof("{\"last_id\":") - 1);
    plain.n -= plain.n > 0;
    return slice_int(plain, out);
}

/* Of a list numbered 0 to count-1: which part first, after, last, before ask for. */
bool shopify_ids_page(struct gql_run *run,
                      const struct gql_selection *field,
                      int64_t count,
                      int64_t *out_start,
                      int64_t *out_end)
{
    struct slice text;
    int64_t n;
    int64_t at;
    *out_start = 0;
    *out_end = count;
    if (gql_arg_text(field, "after", &text)) {
        if (!shopify_cursor_read(run->arena, text, &at)) {
            gql_error(run,
                      field->spot,
                      "BAD_REQUEST",
                      SLICE("Invalid cursor for current pagination sort."));
            return false;
        }
        *out_start = at + 1;
    }
    if (gql_arg_text(field, "before", &text)) {
        if (!shopify_cursor_read(run->arena, text, &at)) {
            gql_error(run,
                      field->spot,
                      "BAD_REQUEST",
                      SLICE("Invalid cursor for current pagination sort."));
            return false;
        }
        *out_end = at;
    }
    if (*out_start < 0 || *out_start > count) {
        *out_start = count;
    }
    if (*out_end > count || *out_end < *out_start) {
        *out_end = *out_start > count ? *out_start : count;
    }
    if (gql_arg_int(field, "first", &n) && *out_end - *out_start > n) {
        *out_end = *out_start + n;
    } else if (gql_arg_int(field, "last", &n) && *out_end - *out_start > n) {
        *out_start = *out_end - n;
    }
    return true;
}

struct edge {
    const struct shopify_page *page;
    size_t at;
};

void shopify_put_page(struct gql_run *run,
                      const struct gql_selection *field,
                      const char *type,
                      struct shopify_page *page)
{
    gql_put_object(run, field, type, page);
}

static void resolve_page(struct gql_run *run,
                         const struct shopify_page *page,
                         const struct gql_selection *field)
{
    struct slice edge_type = arena_printf(run->arena, "%sEdge", page->node_type);
    if (field->field->id == F_PAGE_INFO) {
        gql_put_object(run, field, "PageInfo", page);
        return;
    }
    json_begin_array(&run->w);
    for (size_t i = 0; i < page->count; i++) {
        if (field->field->id == F_NODES) {
            gql_put_object(run, field, page->node_type, page->nodes[i]);
        } else {
            struct edge edge = {.page = page, .at = i};
            gql_put_object(run, field, edge_type.p, &edge);
        }
    }
    json_end_array(&run->w);
}

static void put_cursor(struct gql_run *run, const struct shopify_page *page, size_t at)
{
    if (at >= page->count) {
        json_put_null(&run->w);
        return;
    }
    json_put_text(&run->w, cursor_text(run->arena, page->cursors[at]));
}

static void resolve_page_info(struct gql_run *run, const struct shopify_page *page, int id)
{
    if (id == F_HAS_NEXT) {
        json_put_bool(&run->w, page->has_next);
    } else if (id == F_HAS_PREVIOUS) {
        json_put_bool(&run->w, page->has_previous);
    } else {
        put_cursor(run, page, id == F_START_CURSOR ? 0 : page->count - 1);
    }
}

void shopify_resolve_page(struct gql_run *run,
                          const struct gql_type *type,
                          const void *self,
                          const struct gql_selection *field)
{
    struct slice name = slice_of(type->name);
    const struct edge *edge = self;
    if (slice_ends(name, "Connection")) {
        resolve_page(run, self, field);
    } else if (slice_is(name, "PageInfo")) {
        resolve_page_info(run, self, field->field->id);
    } else if (field->field->id == F_NODE) {
        gql_put_object(run, field, edge->page->node_type, edge->page->nodes[edge->at]);
    } else {
        put_cursor(run, edge->page, edge->at);
    }
}
