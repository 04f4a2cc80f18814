/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalogue: searches of all listings, 20 a page, by the day they were made.
 *
 * A search gives 1,000 listings and no more. The next one then begins at the time of creation of
 * the last one; listings made at that very time come twice, which does no harm. Only when more
 * than 1,000 share one time is there no way on, and the import says so instead of leaving them out.
 *
 * Parents of variations are no offers and are left out. Listings that Amazon alone fulfils are
 * listed as not managed. Cursor: "<made after, or -> <seen in this search> <before it> <token, or
 * ->".
 */
#include "base/crypto.h"
#include "base/times.h"
#include "channels/amazon/amazon.h"

#define SEARCH_MAX 1000
#define TOKEN_MAX 16384

struct cursor {
    struct slice after, token;
    int64_t seen, before;
};

static bool cursor_read(struct slice text, struct cursor *out)
{
    struct slice seen, before;
    int64_t at_us = 0;

    *out = (struct cursor){0};
    if (!text.n) {
        return true;
    }
    slice_cut(&text, ' ', &out->after);
    slice_cut(&text, ' ', &seen);
    slice_cut(&text, ' ', &before);
    out->token = slice_is(text, "-") ? (struct slice){0} : text;
    if (slice_is(out->after, "-")) {
        out->after = (struct slice){0};
    }
    return (!out->after.n || time_parse_rfc3339(out->after, &at_us)) &&
           slice_int(seen, &out->seen) && out->seen >= 0 && out->seen <= QTY_MAX &&
           slice_int(before, &out->before) && out->before >= 0 && out->before <= QTY_MAX &&
           (!out->token.n || amazon_is_visible(out->token, TOKEN_MAX));
}

static struct slice cursor_text(struct arena *arena, const struct cursor *c)
{
    struct slice after = c->after.n ? c->after : SLICE("-");
    struct slice token = c->token.n ? c->token : SLICE("-");

    return arena_printf(arena,
                        "%.*s %" PRId64 " %" PRId64 " %.*s",
                        SLICE_ARG(after),
                        c->seen,
                        c->before,
                        SLICE_ARG(token));
}

enum err amazon_build_catalogue(const struct account *account,
                                const struct step *step,
                                struct arena *arena,
                                struct http_request *out)
{
    const struct amazon_config *config = amazon_config(account);
    struct cursor cursor;

    if (!config->marketplaces_text.n || !cursor_read(step->cursor, &cursor)) {
        return ERR_USAGE;
    }
    struct slice after = percent_encode(arena, cursor.after);
    struct slice token = percent_encode(arena, cursor.token);
    if (arena->exhausted) {
        return ERR_LIMIT;
    }
    struct slice path =
        arena_printf(arena,
                     "/listings/2021-08-01/items/%.*s?marketplaceIds=%.*s"
                     "&includedData=summaries,relationships,fulfillmentAvailability&pageSize=%d"
                     "&sortBy=createdDate&sortOrder=ASC%s%.*s%s%.*s",
                     SLICE_ARG(config->seller_id),
                     SLICE_ARG(config->marketplaces_text),
                     AMAZON_READ_MAX,
                     cursor.after.n ? "&createdAfter=" : "",
                     (int)after.n,
                     after.n ? after.p : "",
                     cursor.token.n ? "&pageToken=" : "",
                     (int)token.n,
                     token.n ? token.p : "");
    return amazon_request(account, "GET", path, (struct slice){0}, arena, out);
}

/* ---- items ---- */

/* The summary of one of our marketplaces; the first one when none is. */
static struct json summary_of(const struct amazon_config *config, struct json item)
{
    struct json first = {0};

    for (struct json_iter i = json_iter(json_get(item, "summaries")); json_next(&i);) {
        if (amazon_is_our_marketplace(config, amazon_text(json_get(i.value, "marketplaceId")))) {
            return i.value;
        }
        first = json_type(first) == JSON_NONE ? i.value : first;
    }
    return first;
}

/* The parent's SKU of a variation; *out_is_parent: it is one itself. */
static struct slice parent_of(struct json item, bool *out_is_parent)
{
    struct slice parent = {0};

    *out_is_parent = false;
    for (struct json_iter m = json_iter(json_get(item, "relationships")); json_next(&m);) {
        for (struct json_iter i = json_iter(json_get(m.value, "relationships")); json_next(&i);) {
            if (!slice_is(amazon_text(json_get(i.value, "type")), "VARIATION")) {
                continue;
            }
            struct json_iter first = json_iter(json_get(i.value, "parentSkus"));
            *out_is_parent = *out_is_parent || json_count(json_get(i.value, "childSkus")) > 0;
            if (!parent.n && json_next(&first)) {
                parent = amazon_text(first.value);
            }
        }
    }
    return parent;
}

/* False: nothing that is sold. */
static bool item_read(const struct amazon_config *config,
                      struct json item,
                      struct arena *arena,
                      struct catalogue_item *out)
{
    struct json summary = summary_of(config, item);
    struct slice sku = amazon_text(json_get(item, "sku"));
    struct slice asin = amazon_text(json_get(summary, "asin"));
    struct slice type = amazon_text(json_get(summary, "productType"));
    struct slice name = amazon_text(json_get(summary, "itemName"));
    bool is_parent = false;

    struct slice parent = parent_of(item, &is_parent);
    if (is_parent || !amazon_is_sku(sku)) {
        return false;
    }
    struct slice key = amazon_sku_key(arena, sku);
    *out = (struct catalogue_item){
        .remote = amazon_remote_text(arena,
                                     sku,
                                     amazon_is_asin(asin) ? asin : (struct slice){0},
                                     amazon_is_product_type(type) ? type : (struct slice){0}),
        .key = key,
        .stock_key = key,
        .sku = arena_copy(arena, sku),
        .title = arena_copy(arena, name),
        .product = arena_copy(arena, parent.n ? parent : name),
    };
    enum amazon_offer offer = amazon_offer_of(item, &out->count);
    out->is_managed = offer != AMAZON_OFFER_BY_AMAZON;
    out->count_known = offer == AMAZON_OFFER_COUNT;
    return true;
}

/* ---- pages ---- */

/* When the page's last listing was made: the earliest of its marketplaces, so that none is passed
 * over. */
static struct slice last_made(struct json items)
{
    struct slice last = {0};

    for (struct json_iter i = json_iter(items); json_next(&i);) {
        struct slice earliest = {0};
        int64_t earliest_us = 0;
        for (struct json_iter s = json_iter(json_get(i.value, "summaries")); json_next(&s);) {
            struct slice made = amazon_text(json_get(s.value, "createdDate"));
            int64_t at_us = 0;
            if (made.n <= 64 && time_parse_rfc3339(made, &at_us) &&
                (!earliest.n || at_us < earliest_us)) {
                earliest = made;
                earliest_us = at_us;
            }
        }
        last = earliest.n ? earliest : last;
    }
    return last;
}

static enum err next_read(const struct cursor *now,
                          struct json root,
                          struct arena *arena,
                          struct catalogue_page *page,
                          struct err_note *note)
{
    struct json items = json_get(root, "items");
    struct cursor next = *now;
    int64_t found = 0;

    next.token = amazon_text(json_path(root, "pagination", "nextToken", NULL));
    next.seen += (int64_t)json_count(items);
    if (!json_int(json_get(root, "numberOfResults"), &found) || found < 0 || found > QTY_MAX) {
        found = 0;
    }
    page->total = found ? now->before + found : 0;
    if (!json_count(items)) {
        return ERR_OK;
    }
    if (next.token.n && next.seen < SEARCH_MAX) {
        if (!amazon_is_visible(next.token, TOKEN_MAX) || slice_equal(next.token, now->token)) {
            return err_note(
                note, ERR_PARSE, "the token of the catalogue's next page is not usable");
        }
        page->next = cursor_text(arena, &next);
        return ERR_OK;
    }
    if (!next.token.n && (next.seen < SEARCH_MAX || found <= next.seen)) {
        return ERR_OK;
    }
    next = (struct cursor){.after = last_made(items), .before = now->before + next.seen};
    if (!next.after.n) {
        return err_note(note, ERR_PARSE, "listings without the time they were made");
    }
    if (slice_equal(next.after, now->after)) {
        return err_note(note,
                        ERR_LIMIT,
                        "more than %d listings were made at %.*s, and Amazon lists no more of "
                        "them: bring the rest in by CSV",
                        SEARCH_MAX,
                        SLICE_ARG(next.after));
    }
    page->next = cursor_text(arena, &next);
    return ERR_OK;
}

enum err amazon_read_catalogue(const struct account *account,
                               const struct step *step,
                               const struct http_response *response,
                               struct json_doc *doc,
                               struct arena *arena,
                               struct catalogue_page *out,
                               struct channel_signal *out_signal,
                               struct err_note *note)
{
    struct amazon_answer answer = amazon_answer_read(response, doc, arena, out_signal);
    struct json rows = json_get(answer.root, "items");
    struct catalogue_page page = {0};
    struct cursor cursor;

    if (!cursor_read(step->cursor, &cursor)) {
        return err_note(note, ERR_USAGE, "not a cursor of this catalogue");
    }
    if (answer.verdict != AMAZON_DONE) {
        return amazon_answer_fault(&answer, out_signal, note);
    }
    if (json_type(rows) != JSON_ARRAY) {
        return err_note(note, ERR_PARSE, "the page of the catalogue has no list of listings");
    }
    struct catalogue_item *items = ARENA_ARRAY(arena, json_count(rows) + 1, struct catalogue_item);
    for (struct json_iter i = json_iter(rows); items && json_next(&i);) {
        page.items_count +=
            item_read(amazon_config(account), i.value, arena, &items[page.items_count]);
    }
    enum err e = next_read(&cursor, answer.root, arena, &page, note);
    if (e) {
        return e;
    }
    if (!items || arena->exhausted) {
        return err_note(note, ERR_LIMIT, "a page of the catalogue larger than an answer may be");
    }
    page.items = items;
    *out = page;
    return ERR_OK;
}
