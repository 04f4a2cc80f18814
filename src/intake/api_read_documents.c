/* SPDX-License-Identifier: Apache-2.0 */
/* Transfers and counts. */
#include "engine/past.h"
#include "intake/api_inner.h"

static int failed(struct reading *r, enum err e)
{
    return reading_problem(r, 503, "the store cannot be read", "%s", err_text(e));
}

static int missing(struct reading *r, const char *what)
{
    return reading_problem(r, 404, "not found", "there is no %s %.*s", what, SLICE_ARG(r->args[0]));
}

/* ---- transfers ---- */

static enum err show_one_transfer(struct reading *r, const struct transfer_row *row)
{
    struct transfer doc;
    enum err e = transfer_read(row, r->arena, &doc);
    if (!e) {
        show_transfer(&r->show, row, &doc, env_wall_us(r->api->config.env));
    }
    return e;
}

int read_transfers(struct reading *r)
{
    struct store_query q = {.state = -1, .newest_first = true};
    struct slice text;
    struct rows rows = {0};
    enum transfer_state state;
    if (!reading_page(r, &q)) {
        return 400;
    }
    if (reading_query(r, "state", &text)) {
        if (!transfer_state_parse(text, &state)) {
            return reading_problem(
                r, 400, "state is off", "state is draft, in_transit, received or cancelled");
        }
        q.state = (int)state;
    }
    enum err e = r->store->ops->list_transfers(r->store, &q, r->arena, &rows);
    int64_t last = 0;
    reading_begin_list(r);
    for (size_t i = 0; !e && i < rows.count; i++) {
        const struct transfer_row *row = rows.items[i];
        e = show_one_transfer(r, row);
        last = row->id;
    }
    return e ? failed(r, e) : reading_end_list(r, rows.count, q.limit, last);
}

int read_transfer(struct reading *r)
{
    struct transfer_row *row = NULL;
    int64_t id = 0;
    enum err e =
        slice_int(r->args[0], &id) ? r->store->ops->transfer(r->store, id, r->arena, &row) : ERR_OK;
    e = e || !row ? e : show_one_transfer(r, row);
    return e ? failed(r, e) : row ? 200 : missing(r, "transfer");
}

/* ---- counts ---- */

/* What the ledger has on hand, or had when the line was counted. */
static enum err there_at(struct reading *r,
                         const struct count_row *row,
                         const struct count_line_row *line,
                         int64_t *out)
{
    struct stock_set stock;
    struct past past = {0};
    int64_t start;
    stock_set_init(&stock, r->arena);
    enum err e = r->store->ops->stock(r->store, &line->sku, 1, &stock);
    if (!e && line->counted != POLICY_UNSET) {
        e = past_start_in(r->store, line->counted_at_us, &start);
        e = e ? e
              : past_after_in(
                    r->store,
                    start,
                    line->sku,
                    row->location,
                    past_end_of_stamp(line->counted_at_us, env_wall_us(r->api->config.env)),
                    &past);
    }
    const struct stock *here = e ? NULL : stock_set_find(&stock, line->sku, row->location);
    *out = (here ? stock_on_hand(here) : 0) - past.effect;
    stock_set_free(&stock);
    return e;
}

static enum err show_one_count(struct reading *r, const struct count_row *row)
{
    struct rows lines = {0};
    enum err e = r->store->ops->count_lines(r->store, row->id, r->arena, &lines);
    struct count_shown *shown = ARENA_ARRAY(r->arena, lines.count + 1, struct count_shown);
    bool hides = row->is_blind && row->state == COUNT_OPEN;
    bool is_open = row->state == COUNT_OPEN || row->state == COUNT_REVIEW;
    for (size_t i = 0; shown && !e && i < lines.count; i++) {
        const struct count_line_row *line = lines.items[i];
        bool is_posted = row->state == COUNT_POSTED && line->counted != POLICY_UNSET;
        shown[i] = (struct count_shown){
            .line = line, .there = line->there, .has_there = !hides && (is_open || is_posted)};
        if (is_open && !hides) {
            e = there_at(r, row, line, &shown[i].there);
        }
    }
    if (!e && shown) {
        show_count(&r->show, row, shown, lines.count);
    }
    return shown ? e : ERR_LIMIT;
}

int read_counts(struct reading *r)
{
    struct store_query q = {.state = -1, .newest_first = true};
    struct slice text;
    struct rows rows = {0};
    enum count_state state;
    if (!reading_page(r, &q)) {
        return 400;
    }
    if (reading_query(r, "state", &text)) {
        if (!count_state_parse(text, &state)) {
            return reading_problem(
                r, 400, "state is off", "state is open, review, posted or cancelled");
        }
        q.state = (int)state;
    }
    enum err e = r->store->ops->list_counts(r->store, &q, r->arena, &rows);
    int64_t last = 0;
    reading_begin_list(r);
    for (size_t i = 0; !e && i < rows.count; i++) { /* without their lines: read one for those */
        const struct count_row *row = rows.items[i];
        show_count(&r->show, row, NULL, 0);
        last = row->id;
    }
    return e ? failed(r, e) : reading_end_list(r, rows.count, q.limit, last);
}

int read_count(struct reading *r)
{
    struct count_row *row = NULL;
    int64_t id = 0;
    enum err e =
        slice_int(r->args[0], &id) ? r->store->ops->count(r->store, id, r->arena, &row) : ERR_OK;
    e = e || !row ? e : show_one_count(r, row);
    return e ? failed(r, e) : row ? 200 : missing(r, "count");
}
