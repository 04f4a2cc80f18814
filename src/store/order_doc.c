/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An order's lines and allocations as one small JSON text: read with the order, written with it,
 * and readable by a person with any SQL tool. Arrays keep it short: there is one such text per
 * order for ever.
 */
#include "base/json_write.h"
#include "store/store.h"

static void write_counts(struct json_writer *w, const struct order_counts *c)
{
    json_begin_array(w);
    json_put_int(w, c->ordered);
    json_put_int(w, c->cancelled);
    json_put_int(w, c->fulfilled);
    json_put_int(w, c->returned);
    json_put_int(w, c->restocked);
    json_put_int(w, c->no_restock);
    json_end_array(w);
}

static bool is_zero(const struct order_counts *c)
{
    return !c->ordered && !c->cancelled && !c->fulfilled && !c->returned && !c->restocked &&
           !c->no_restock;
}

static void write_line(struct json_writer *w, const struct order_line *line)
{
    json_begin_object(w);
    json_field_text(w, "id", line->id);
    json_field_text(w, "remote", line->remote);
    if (line->remote_other.n) {
        json_field_text(w, "other", line->remote_other);
    }
    json_key(w, "now");
    write_counts(w, &line->now);
    if (!is_zero(&line->baseline)) {
        json_key(w, "baseline");
        write_counts(w, &line->baseline);
    }
    json_field_int(w, "taken", line->taken);
    if (line->channel_fulfilled) {
        json_field_bool(w, "elsewhere", true);
    }
    if (line->location_text.n) {
        json_field_text(w, "place", line->location_text);
    }
    if (line->location.v) {
        json_field_int(w, "location", line->location.v);
    }
    if (line->parts_count) {
        json_field_int(w, "sku", line->sku.v);
        json_key(w, "parts");
        json_begin_array(w);
        for (size_t i = 0; i < line->parts_count; i++) {
            json_put_int(w, line->parts[i].sku.v);
            json_put_int(w, line->parts[i].quantity);
        }
        json_end_array(w);
    }
    json_end_object(w);
}

void order_doc_write(const struct order *order, struct buf *out)
{
    struct json_writer w = json_writer(out);
    json_begin_object(&w);
    if (order->country.n) {
        json_field_text(&w, "country", order->country);
    }
    if (order->region.n) {
        json_field_text(&w, "region", order->region);
    }
    json_field_bool(&w, "timed", order->version_is_time);
    if (order->is_test) {
        json_field_bool(&w, "test", true);
    }
    if (order->is_baseline) {
        json_field_bool(&w, "before", true);
    }
    json_key(&w, "lines");
    json_begin_array(&w);
    for (size_t i = 0; i < order->lines_count; i++) {
        write_line(&w, &order->lines[i]);
    }
    json_end_array(&w);
    json_key(&w, "allocations");
    json_begin_array(&w);
    for (size_t i = 0; i < order->allocations_count; i++) {
        const struct allocation *a = &order->allocations[i];
        json_begin_array(&w);
        json_put_int(&w, (int64_t)a->line);
        json_put_int(&w, (int64_t)a->part);
        json_put_int(&w, a->location.v);
        json_put_int(&w, a->reserved);
        json_put_int(&w, a->shipped);
        json_put_int(&w, a->no_restock);
        json_put_int(&w, a->returned);
        json_put_int(&w, a->restocked);
        json_end_array(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
}

static struct slice text_of(struct json object, const char *key, struct arena *arena)
{
    struct slice text = {0};
    return json_text(json_get(object, key), &text) ? arena_copy(arena, text) : (struct slice){0};
}

static int64_t int_of(struct json object, const char *key)
{
    int64_t value = 0;
    return json_int(json_get(object, key), &value) ? value : 0;
}

static bool bool_of(struct json object, const char *key)
{
    bool value = false;
    return json_bool(json_get(object, key), &value) && value;
}

/* Fills up to `max` numbers; false when there are others. */
static bool ints_of(struct json array, int64_t *out, size_t max)
{
    if (json_type(array) == JSON_NONE) {
        memset(out, 0, max * sizeof(*out));
        return true;
    }
    size_t n = 0;
    for (struct json_iter i = json_iter(array); json_next(&i);) {
        if (n == max || !json_int(i.value, &out[n++])) {
            return false;
        }
    }
    return n == max;
}

static bool counts_of(struct json array, struct order_counts *out)
{
    int64_t n[6];
    if (!ints_of(array, n, COUNT_OF(n))) {
        return false;
    }
    *out = (struct order_counts){n[0], n[1], n[2], n[3], n[4], n[5]};
    return true;
}

static bool read_line(struct json v, struct arena *arena, struct order_line *line)
{
    struct json parts = json_get(v, "parts");
    size_t numbers = json_count(parts);
    *line = (struct order_line){.id = text_of(v, "id", arena),
                                .remote = text_of(v, "remote", arena),
                                .remote_other = text_of(v, "other", arena),
                                .location_text = text_of(v, "place", arena),
                                .taken = int_of(v, "taken"),
                                .channel_fulfilled = bool_of(v, "elsewhere"),
                                .location = {int_of(v, "location")},
                                .sku = {int_of(v, "sku")},
                                .parts_count = numbers / 2};
    if (!counts_of(json_get(v, "now"), &line->now) ||
        !counts_of(json_get(v, "baseline"), &line->baseline)) {
        return false;
    }
    if (numbers) {
        struct component *made = ARENA_ARRAY(arena, numbers / 2 + 1, struct component);
        int64_t *flat = ARENA_ARRAY(arena, numbers, int64_t);
        if (!made || !flat || !ints_of(parts, flat, numbers)) {
            return false;
        }
        for (size_t i = 0; i < line->parts_count; i++) {
            made[i] = (struct component){{flat[2 * i]}, flat[2 * i + 1]};
        }
        line->parts = made;
    }
    return true;
}

enum err
order_doc_read(struct slice doc, struct json_doc *parser, struct arena *arena, struct order *out)
{
    struct json root;
    struct err_note note;
    if (json_parse(parser, doc, &root, &note) != ERR_OK) {
        return ERR_CORRUPT;
    }
    out->country = text_of(root, "country", arena);
    out->region = text_of(root, "region", arena);
    out->version_is_time = bool_of(root, "timed");
    out->is_test = bool_of(root, "test");
    out->is_baseline = bool_of(root, "before");
    struct json lines = json_get(root, "lines"), allocations = json_get(root, "allocations");
    out->lines_count = json_count(lines);
    out->allocations_count = json_count(allocations);
    out->lines = ARENA_ARRAY(arena, out->lines_count + 1, struct order_line);
    out->allocations = ARENA_ARRAY(arena, out->allocations_count + 1, struct allocation);
    if (!out->lines || !out->allocations) {
        return ERR_LIMIT;
    }
    size_t n = 0;
    for (struct json_iter i = json_iter(lines); json_next(&i); n++) {
        if (!read_line(i.value, arena, &out->lines[n])) {
            return ERR_CORRUPT;
        }
    }
    n = 0;
    for (struct json_iter i = json_iter(allocations); json_next(&i); n++) {
        int64_t v[8];
        if (!ints_of(i.value, v, COUNT_OF(v))) {
            return ERR_CORRUPT;
        }
        out->allocations[n] =
            (struct allocation){(size_t)v[0], (size_t)v[1], {v[2]}, v[3], v[4], v[5], v[6], v[7]};
    }
    return arena->exhausted ? ERR_LIMIT : ERR_OK;
}
