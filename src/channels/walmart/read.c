/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading counts back: inputQty, which is what we write.
 *
 * One SKU is asked for by name. For several there are two ways: the list of everything, 50 SKUs a
 * page, or each by name. The list's first page says how many SKUs there are, and the shorter way
 * is taken; what the list did not show is asked for by name after all, since a list that changes
 * while it is read proves no absence.
 *
 *   cursor = "w <calls> <seen>", then on a second line the list's own cursor: walking the list
 *            "r <calls> <seen>": one SKU after the other
 *   seen: one word an item, by commas: empty not seen yet, digits the count, M missing, S several
 *         nodes, F not readable
 */
#include "base/buf.h"
#include "base/crypto.h"
#include "channels/walmart/walmart.h"

#define PAGE 50
#define CALLS_MAX (2 * WM_READ_MAX + 2)
/* Reading shares the limit of 200 calls a minute with writing, and is less urgent. */
#define PACE_US (INT64_C(1200) * US_PER_MS)

enum seen_kind { SEEN_NOT, SEEN_COUNT, SEEN_MISSING, SEEN_SEVERAL, SEEN_FAILED };
struct seen {
    enum seen_kind kind;
    int64_t count;
};
struct reading {
    bool is_walk;
    int64_t calls;
    struct slice list_cursor;
    struct seen *seen; /* one an item */
    size_t count;
};

/* ---- the cursor ---- */

static bool word_parse(struct slice word, struct seen *out)
{
    *out = (struct seen){0};
    if (!word.n) {
        return true;
    }
    out->kind = slice_is(word, "M")   ? SEEN_MISSING
                : slice_is(word, "S") ? SEEN_SEVERAL
                : slice_is(word, "F") ? SEEN_FAILED
                                      : SEEN_COUNT;
    return out->kind != SEEN_COUNT ||
           (slice_int(word, &out->count) && out->count >= 0 && out->count <= QTY_MAX);
}

static bool
reading_parse(struct slice cursor, size_t count, struct arena *arena, struct reading *out)
{
    struct reading reading = {.count = count, .seen = ARENA_ARRAY(arena, count + 1, struct seen)};
    struct slice line, mode, calls, word;
    size_t n = 0;

    if (!reading.seen) {
        return false;
    }
    if (!cursor.n) {
        reading.is_walk = count > 1;
        *out = reading;
        return true;
    }
    slice_cut(&cursor, '\n', &line);
    slice_cut(&line, ' ', &mode);
    slice_cut(&line, ' ', &calls);
    reading.is_walk = slice_is(mode, "w");
    reading.list_cursor = cursor;
    if ((!reading.is_walk && !slice_is(mode, "r")) || !slice_int(calls, &reading.calls) ||
        reading.calls < 0 || reading.calls > CALLS_MAX || (reading.is_walk && !cursor.n)) {
        return false;
    }
    for (bool more = true; more && n < count; n++) {
        more = slice_cut(&line, ',', &word);
        if (!word_parse(word, &reading.seen[n])) {
            return false;
        }
    }
    *out = reading;
    return n == count;
}

static struct slice reading_cursor(const struct reading *reading, struct arena *arena)
{
    static const char *const words[] = {
        [SEEN_NOT] = "", [SEEN_MISSING] = "M", [SEEN_SEVERAL] = "S", [SEEN_FAILED] = "F"};
    ON_EXIT(buf_free) struct buf text;

    buf_init(&text, 16384);
    buf_printf(&text, "%c %" PRId64 " ", reading->is_walk ? 'w' : 'r', reading->calls);
    for (size_t i = 0; i < reading->count; i++) {
        buf_text(&text, i ? "," : "");
        if (reading->seen[i].kind == SEEN_COUNT) {
            buf_int(&text, reading->seen[i].count);
        } else {
            buf_text(&text, words[reading->seen[i].kind]);
        }
    }
    if (reading->is_walk) {
        buf_char(&text, '\n');
        buf_slice(&text, reading->list_cursor);
    }
    return text.overflow ? (struct slice){0} : arena_copy(arena, buf_view(&text));
}

static size_t first_unseen(const struct reading *reading)
{
    size_t i = 0;

    while (i < reading->count && reading->seen[i].kind != SEEN_NOT) {
        i++;
    }
    return i;
}

/* ---- the request ---- */

enum err wm_build_read(const struct account *account,
                       const struct push_item *items,
                       size_t count,
                       const struct step *step,
                       struct arena *arena,
                       struct http_request *out)
{
    struct reading reading;

    count = count < WM_READ_MAX ? count : WM_READ_MAX;
    if (count == 0 || !reading_parse(step->cursor, count, arena, &reading)) {
        return arena->exhausted ? ERR_LIMIT : ERR_USAGE;
    }
    for (size_t i = 0; i < count; i++) {
        if (!wm_key_sku(items[i].stock_key).n) {
            return ERR_USAGE;
        }
    }
    if (reading.is_walk) {
        struct slice from = percent_encode(arena, reading.list_cursor);
        struct slice path = arena_printf(arena,
                                         "/v3/inventories?limit=%d%s%.*s",
                                         PAGE,
                                         from.n ? "&nextCursor=" : "",
                                         (int)from.n,
                                         from.n ? from.p : "");
        return wm_get(account, path, step, arena, out);
    }
    size_t at = first_unseen(&reading);
    if (at == count) {
        return ERR_USAGE;
    }
    struct slice sku = percent_encode(arena, wm_key_sku(items[at].stock_key));
    struct slice path = arena_printf(arena, "/v3/inventories/%.*s", SLICE_ARG(sku));
    return sku.p ? wm_get(account, path, step, arena, out) : ERR_LIMIT;
}

/* ---- one SKU's nodes ---- */

static struct seen node_seen(struct json node)
{
    struct seen seen = {.kind = SEEN_COUNT};

    if (!wm_quantity(json_path(node, "inputQty", "amount", NULL), &seen.count)) {
        return (struct seen){.kind = SEEN_FAILED};
    }
    return seen;
}

/* A node that is not listed keeps nothing of the SKU: none, until the first write. Without ship
 * nodes in the settings nobody says which of several is the default one. */
static struct seen
nodes_seen(struct json nodes, const struct account *account, const struct push_item *item)
{
    struct json_iter i = json_iter(nodes);

    if (!account->has_locations) {
        if (json_count(nodes) > 1) {
            return (struct seen){.kind = SEEN_SEVERAL};
        }
        return json_next(&i) ? node_seen(i.value) : (struct seen){.kind = SEEN_COUNT};
    }
    while (json_next(&i)) {
        struct slice id = {0};
        if (json_text(json_get(i.value, "shipNode"), &id) && slice_equal(id, item->location)) {
            return node_seen(i.value);
        }
    }
    return (struct seen){.kind = SEEN_COUNT};
}

static void sku_seen(struct json row,
                     const struct account *account,
                     const struct push_item *items,
                     struct reading *reading)
{
    struct slice sku = {0};

    if (!json_text(json_get(row, "sku"), &sku)) {
        return;
    }
    for (size_t i = 0; i < reading->count; i++) {
        if (reading->seen[i].kind == SEEN_NOT && slice_equal(sku, wm_key_sku(items[i].stock_key))) {
            struct json nodes = json_get(row, "nodes");
            reading->seen[i] = json_type(nodes) == JSON_ARRAY
                                   ? nodes_seen(nodes, account, &items[i])
                                   : (struct seen){.kind = SEEN_FAILED};
        }
    }
}

/* ---- the answer ---- */

static struct read_result seen_result(struct seen seen, struct slice reason)
{
    switch (seen.kind) {
    case SEEN_COUNT:
        return (struct read_result){.outcome = READ_COUNT, .count = seen.count};
    case SEEN_MISSING:
        return (struct read_result){
            .outcome = READ_MISSING,
            .reason = SLICE("Walmart knows no count of this SKU: it is no item of this seller")};
    case SEEN_SEVERAL:
        return (struct read_result){
            .outcome = READ_FAILED,
            .reason =
                SLICE("the SKU lies at several ship nodes: name them in settings.ship_nodes")};
    case SEEN_FAILED:
        return (struct read_result){
            .outcome = READ_FAILED,
            .reason = SLICE("the answer holds no inputQty that is a whole number within bounds")};
    case SEEN_NOT:
        break;
    }
    return (struct read_result){.outcome = READ_FAILED, .reason = reason};
}

static void results(const struct reading *reading, struct slice reason, struct read_result *out)
{
    for (size_t i = 0; i < reading->count; i++) {
        out[i] = seen_result(reading->seen[i], reason);
    }
}

/* Walks on, or goes to names, or has the choice between them after the first page. */
static void page_seen(const struct wm_answer *answer,
                      const struct account *account,
                      const struct push_item *items,
                      struct reading *reading)
{
    struct json list = json_path(answer->root, "elements", "inventories", NULL);
    struct json meta = json_get(answer->root, "meta");
    struct slice next = {0};
    int64_t total = 0;

    for (struct json_iter i = json_iter(list); json_next(&i);) {
        sku_seen(i.value, account, items, reading);
    }
    json_text(json_get(meta, "nextCursor"), &next);
    bool is_short = reading->calls > 1 || (json_int_loose(json_get(meta, "totalCount"), &total) &&
                                           total >= 0 && total / PAGE <= (int64_t)reading->count);
    bool is_usable = next.n > 0 && next.n <= 1024 && !memchr(next.p, '\n', next.n);
    reading->is_walk = answer->verdict == WM_DONE && json_count(list) > 0 && is_usable &&
                       is_short && reading->calls < (int64_t)WM_READ_MAX + 1;
    reading->list_cursor = next;
}

static void row_seen(const struct wm_answer *answer,
                     const struct account *account,
                     const struct push_item *items,
                     struct reading *reading)
{
    size_t at = first_unseen(reading);

    if (at == reading->count) {
        return;
    }
    if (answer->verdict == WM_DONE) {
        sku_seen(answer->root, account, items, reading);
    }
    if (reading->seen[at].kind == SEEN_NOT) {
        bool is_absent =
            answer->verdict == WM_REFUSED && (answer->status == 404 || answer->is_empty);
        reading->seen[at].kind = is_absent ? SEEN_MISSING : SEEN_FAILED;
    }
}

void wm_read_counts(const struct account *account,
                    const struct push_item *items,
                    size_t count,
                    const struct step *step,
                    const struct http_response *response,
                    struct json_doc *doc,
                    struct arena *arena,
                    struct read_result *out,
                    struct channel_signal *out_signal)
{
    struct wm_answer answer = wm_answer_read(response, step, doc, arena, out_signal);
    size_t asked = count < WM_READ_MAX ? count : WM_READ_MAX;
    struct reading reading;

    for (size_t i = 0; i < count; i++) {
        out[i] = (struct read_result){.outcome = READ_FAILED,
                                      .reason = SLICE("more items than one exchange can hold")};
    }
    if (asked == 0 || !reading_parse(step->cursor, asked, arena, &reading)) {
        return;
    }
    if (answer.verdict == WM_LATER || answer.verdict == WM_MAYBE) {
        results(&reading, answer.reason, out);
        return;
    }
    reading.calls++;
    if (reading.is_walk) {
        page_seen(&answer, account, items, &reading);
    } else {
        row_seen(&answer, account, items, &reading);
    }
    results(&reading, SLICE("the SKU could not be read"), out);
    if (first_unseen(&reading) == asked || reading.calls >= CALLS_MAX) {
        return;
    }
    struct slice cursor = reading_cursor(&reading, arena);
    if (cursor.p) {
        out_signal->next =
            (struct next_request){.is_wanted = true, .cursor = cursor, .after_us = PACE_US};
    }
}
