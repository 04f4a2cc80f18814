/* SPDX-License-Identifier: Apache-2.0 */
#include "channels/api/api_order.h"
#include "base/times.h"

static bool wrong(struct err_note *note, const char *format, ...) PRINTF_LIKE(2, 3);

static bool wrong(struct err_note *note, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(note->text, sizeof(note->text), format, args);
    va_end(args);
    return false;
}

static bool is_absent(struct json v)
{
    return json_type(v) == JSON_NONE || json_type(v) == JSON_NULL;
}

static bool fields_known(struct json object,
                         const char *const *known,
                         size_t known_count,
                         const char *where,
                         struct err_note *note)
{
    for (struct json_iter i = json_iter(object); json_next(&i);) {
        bool found = false;
        for (size_t k = 0; k < known_count && !found; k++) {
            found = slice_is(i.key, known[k]);
        }
        if (!found) {
            int shown = i.key.n < 64 ? (int)i.key.n : 64;
            return wrong(note, "%s%.*s: there is no such field", where, shown, i.key.p);
        }
    }
    return true;
}

/* A text of 1 to API_TEXT_MAX bytes, copied; absent leaves *out empty. */
static bool text_field(struct json object,
                       const char *key,
                       const char *where,
                       struct arena *arena,
                       struct slice *out,
                       struct err_note *note)
{
    struct json v = json_get(object, key);
    struct slice text = {0};

    *out = (struct slice){0};
    if (is_absent(v)) {
        return true;
    }
    if (!json_text(v, &text)) {
        return wrong(note, "%s%s must be a text, not %s", where, key, json_type_name(json_type(v)));
    }
    if (text.n > API_TEXT_MAX) {
        return wrong(note, "%s%s is longer than %d bytes", where, key, API_TEXT_MAX);
    }
    *out = arena_copy(arena, text);
    return true;
}

/* An id: a text, or a whole number. Never absent or empty. */
static bool id_field(struct json object,
                     const char *key,
                     const char *where,
                     struct arena *arena,
                     struct slice *out,
                     struct err_note *note)
{
    int64_t number = 0;
    if (json_int(json_get(object, key), &number)) {
        *out = arena_printf(arena, "%" PRId64, number);
        return true;
    }
    if (!text_field(object, key, where, arena, out, note)) {
        return false;
    }
    return out->n > 0 || wrong(note, "%s%s is missing", where, key);
}

static bool count_field(struct json object,
                        const char *key,
                        const char *where,
                        int64_t absent,
                        int64_t *out,
                        struct err_note *note)
{
    struct json v = json_get(object, key);
    int64_t n = 0;

    *out = absent;
    if (is_absent(v)) {
        return true;
    }
    if (!json_int(v, &n) || n < 0 || n > QTY_MAX) {
        return wrong(note, "%s%s must be a whole number from 0 to %" PRId64, where, key, QTY_MAX);
    }
    *out = n;
    return true;
}

static int64_t within(int64_t v, int64_t lo, int64_t hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

/* What the counts of one line owe each other. */
static bool counts_agree(const struct snapshot_line *l, const char *where, struct err_note *note)
{
    if (l->cancelled + l->fulfilled > l->ordered) {
        return wrong(note, "%scancelled + fulfilled is more than ordered", where);
    }
    if (l->returned > l->fulfilled) {
        return wrong(note, "%sreturned is more than fulfilled", where);
    }
    if (l->restocked > l->returned) {
        return wrong(note, "%srestocked is more than returned", where);
    }
    if (l->no_restock > l->cancelled) {
        return wrong(note, "%sno_restock is more than cancelled", where);
    }
    return true;
}

static bool line_decode(struct json item,
                        size_t index,
                        struct arena *arena,
                        struct snapshot_line *out,
                        struct err_note *note)
{
    static const char *const fields[] = {"id",
                                         "sku",
                                         "ordered",
                                         "cancelled",
                                         "fulfilled",
                                         "returned",
                                         "restocked",
                                         "location",
                                         "taken",
                                         "no_restock"};
    char where[32];
    struct slice sku;

    (void)snprintf(where, sizeof(where), "lines[%zu].", index);
    if (json_type(item) != JSON_OBJECT) {
        return wrong(note, "lines[%zu] must be an object", index);
    }
    if (!fields_known(item, fields, COUNT_OF(fields), where, note) ||
        !id_field(item, "id", where, arena, &out->id, note) ||
        !text_field(item, "sku", where, arena, &sku, note) ||
        !text_field(item, "location", where, arena, &out->location, note) ||
        !count_field(item, "ordered", where, -1, &out->ordered, note) ||
        !count_field(item, "cancelled", where, 0, &out->cancelled, note) ||
        !count_field(item, "fulfilled", where, 0, &out->fulfilled, note) ||
        !count_field(item, "returned", where, 0, &out->returned, note) ||
        !count_field(item, "restocked", where, 0, &out->restocked, note) ||
        !count_field(item, "taken", where, TAKEN_UNSAID, &out->taken, note) ||
        !count_field(item, "no_restock", where, -1, &out->no_restock, note)) {
        return false;
    }
    if (sku.n == 0) {
        return wrong(note, "%ssku is missing", where);
    }
    if (out->ordered < 0) {
        return wrong(note, "%sordered is missing", where);
    }
    out->remote = arena_printf(arena, "sku:%.*s", SLICE_ARG(sku));
    if (out->no_restock < 0) {
        int64_t kept = out->taken - (out->ordered - out->cancelled - out->restocked);
        out->no_restock = out->taken == TAKEN_UNSAID ? 0 : within(kept, 0, out->cancelled);
    }
    return counts_agree(out, where, note);
}

static int by_text(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

static bool ids_differ(const struct snapshot_line *lines,
                       size_t count,
                       struct arena *arena,
                       struct err_note *note)
{
    struct slice *ids = ARENA_ARRAY(arena, count + 1, struct slice);
    if (!ids) {
        return wrong(note, "the order is too large");
    }
    for (size_t i = 0; i < count; i++) {
        ids[i] = lines[i].id;
    }
    qsort(ids, count, sizeof(*ids), by_text);
    for (size_t i = 1; i < count; i++) {
        if (slice_equal(ids[i], ids[i - 1])) {
            return wrong(note, "lines: the id '%.*s' is there twice", SLICE_ARG(ids[i]));
        }
    }
    return true;
}

static bool lines_decode(struct json list,
                         struct arena *arena,
                         struct order_snapshot *out,
                         struct err_note *note)
{
    size_t count = json_count(list);
    if (json_type(list) != JSON_ARRAY) {
        return wrong(note, "lines must be a list");
    }
    if (count > API_LINES_MAX) {
        return wrong(note, "lines: more than %d", API_LINES_MAX);
    }
    struct snapshot_line *lines = ARENA_ARRAY(arena, count + 1, struct snapshot_line);
    if (!lines) {
        return wrong(note, "the order is too large");
    }
    size_t n = 0;
    for (struct json_iter i = json_iter(list); json_next(&i); n++) {
        if (!line_decode(i.value, n, arena, &lines[n], note)) {
            return false;
        }
    }
    out->lines = lines;
    out->lines_count = n;
    return ids_differ(lines, n, arena, note);
}

/* An instant or a plain number: as text, or as a JSON integer. */
static bool version_decode(struct json body,
                           struct arena *arena,
                           struct order_snapshot *out,
                           struct err_note *note)
{
    if (!id_field(body, "version", "", arena, &out->version_text, note)) {
        return false;
    }
    out->version_is_time = false;
    if (slice_int(out->version_text, &out->version)) {
        return out->version >= 0 || wrong(note, "version must not be negative");
    }
    out->version_is_time = time_parse_rfc3339(out->version_text, &out->version);
    return out->version_is_time ||
           wrong(note, "version must be an RFC 3339 time or a decimal integer");
}

static bool destination_decode(struct json body,
                               struct arena *arena,
                               struct order_snapshot *out,
                               struct err_note *note)
{
    struct slice country;
    if (!text_field(body, "country", "", arena, &country, note) ||
        !text_field(body, "region", "", arena, &out->region, note)) {
        return false;
    }
    if (country.n == 0) {
        return true;
    }
    for (size_t i = 0; i < country.n; i++) {
        bool is_letter = (country.p[i] >= 'A' && country.p[i] <= 'Z') ||
                         (country.p[i] >= 'a' && country.p[i] <= 'z');
        if (country.n != 2 || !is_letter) {
            return wrong(note, "country must be two letters (ISO 3166-1 alpha-2)");
        }
    }
    out->country = arena_printf(arena, "%c%c", country.p[0] & ~0x20, country.p[1] & ~0x20);
    return true;
}

bool api_decode_order(struct json body,
                      struct arena *arena,
                      struct order_snapshot *out,
                      struct err_note *note)
{
    static const char *const fields[] = {
        "channel", "id", "version", "placed_at", "country", "region", "lines"};
    struct order_snapshot order = {0};
    struct slice placed_at;

    if (json_type(body) != JSON_OBJECT) {
        return wrong(note, "an order must be an object");
    }
    if (!fields_known(body, fields, COUNT_OF(fields), "", note) ||
        !id_field(body, "id", "", arena, &order.id, note) ||
        !version_decode(body, arena, &order, note) ||
        !text_field(body, "placed_at", "", arena, &placed_at, note) ||
        !destination_decode(body, arena, &order, note) ||
        !lines_decode(json_get(body, "lines"), arena, &order, note)) {
        return false;
    }
    if (placed_at.n && !time_parse_rfc3339(placed_at, &order.placed_at_us)) {
        return wrong(note, "placed_at must be an RFC 3339 time");
    }
    if (arena->exhausted) {
        return wrong(note, "the order is too large");
    }
    *out = order;
    return true;
}
