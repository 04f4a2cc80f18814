/* SPDX-License-Identifier: Apache-2.0 */
/* What the server knows of a run, read as anybody could: its push log, its orders, its stock. */
#include "base/json_read.h"
#include "base/times.h"
#include "cli/drill.h"

#define TURN_MAX ((size_t)1024 * 1024)

enum part { PART_PUSHES, PART_ORDERS, PART_STOCK, PART_DONE };

struct drill_read {
    const struct demo_world *world;
    struct report_scenario *s;
    const int64_t *stock;
    int64_t since_us;
    drill_read_fn *fn;
    void *arg;
    enum part part;
    size_t channel;
    char cursor[64];
    struct json_doc *parser;
    struct arena arena;
};

/* ---- the push log ---- */

/* A part of a latency, in microseconds; false when it is not known. */
static bool part_us(struct drill_read *r, struct json latency, const char *key, int64_t *out)
{
    struct json v = json_get(latency, key);
    if (json_type(v) != JSON_REAL && json_type(v) != JSON_INT) {
        return false;
    }
    struct slice text = json_copy_text(v, &r->arena);
    *out = text.p ? (int64_t)(strtod(text.p, NULL) * 1000) : 0;
    return text.p != NULL;
}

static void
take_stages(struct drill_read *r, struct report_channel *c, struct json latency, struct json push)
{
    int64_t in = 0, commit = 0, send = 0, out = 0, received_us = 0;
    struct slice received;
    bool has_in = part_us(r, latency, "their_event_to_receipt", &in);
    bool has_ours = part_us(r, latency, "receipt_to_commit", &commit) &&
                    part_us(r, latency, "commit_to_send", &send);
    bool has_out = part_us(r, latency, "send_to_confirmation", &out);
    if (!has_ours || !has_out || !json_text(json_get(push, "received_at"), &received) ||
        !time_parse_rfc3339(received, &received_us)) {
        return;
    }
    spread_add(&c->stages[STAGE_OURS], commit + send);
    spread_add(&c->stages[STAGE_OUT], out);
    if (has_in) {
        spread_add(&c->stages[STAGE_IN], in);
        spread_add(&c->stages[STAGE_TOTAL], in + commit + send + out);
    }
    if (r->s->outage_channel[0]) {
        int64_t at_us = received_us - r->since_us;
        spread_add(at_us < r->s->outage_from_us ? &c->calm : &c->out, commit + send);
    }
}

static void take_push(struct drill_read *r, struct json push)
{
    struct report_channel *c = &r->s->channels[r->channel];
    struct slice state;
    c->pushes++;
    if (json_text(json_get(push, "state"), &state) && slice_is(state, "confirmed")) {
        take_stages(r, c, json_get(push, "latency_ms"), push);
    }
}

/* ---- units ---- */

struct sku_sold {
    struct slice sku;
    size_t index;
    int64_t sold;
    bool is_there;
};

static void sold_there(void *arg, struct env *env, struct sandbox *sandbox)
{
    struct sku_sold *q = arg;
    struct shop *shop;
    struct shop_item item;
    (void)env;
    for (size_t i = 0; (shop = sandbox_shop_at(sandbox, i)); i++) {
        if (shop_item_find(shop, q->sku, &item)) {
            q->is_there = true;
            q->index = item.index;
            q->sold += item.sold;
        }
    }
}

static void take_stock(struct drill_read *r, struct json row)
{
    struct sku_sold q = {.sku = {0}};
    int64_t available = 0;
    if (!json_text(json_get(row, "sku"), &q.sku) ||
        !json_int(json_get(row, "available"), &available)) {
        return;
    }
    demo_shops_do(r->world->shops, sold_there, &q);
    if (q.is_there) {
        int64_t off = r->stock[q.index] - available - q.sold;
        r->s->units_wrong += off < 0 ? -off : off;
    }
}

/* ---- page after page ---- */

static void ask(struct drill_read *r);

static void end(struct drill_read *r, enum err e, const char *why)
{
    struct err_note note = {""};
    if (e) {
        e = err_note(&note, e, "%s", why);
    }
    r->part = PART_DONE;
    r->fn(r->arg, e, &note);
}

static void next_part(struct drill_read *r)
{
    r->cursor[0] = '\0';
    if (r->part == PART_PUSHES && ++r->channel < r->s->shops) {
        ask(r);
        return;
    }
    r->part++;
    if (r->part == PART_DONE) {
        end(r, ERR_OK, NULL);
    } else {
        ask(r);
    }
}

static void on_page(void *arg, const struct env_reply *reply)
{
    struct drill_read *r = arg;
    struct json root;
    struct err_note note;
    struct slice next;
    if (reply->err || reply->response.status != 200 ||
        json_parse(r->parser, reply->response.body, &root, &note)) {
        end(r, ERR_NET, "the server's lists could not be read");
        return;
    }
    for (struct json_iter i = json_iter(json_get(root, "items")); json_next(&i);) {
        arena_clear(&r->arena);
        if (r->part == PART_PUSHES) {
            take_push(r, i.value);
        } else if (r->part == PART_ORDERS) {
            r->s->orders_booked++;
        } else {
            take_stock(r, i.value);
        }
    }
    if (json_text(json_get(root, "next"), &next) && next.n < sizeof(r->cursor)) {
        snprintf(r->cursor, sizeof(r->cursor), "%.*s", SLICE_ARG(next));
        ask(r);
    } else {
        next_part(r);
    }
}

static void ask(struct drill_read *r)
{
    static const char *const lists[] = {"pushes", "orders", "stock"};
    char path[240], filter[120] = "", from[TIME_TEXT_MAX];
    if (r->part == PART_PUSHES) {
        time_format(r->since_us, from);
        snprintf(
            filter, sizeof(filter), "&channel=%s&from=%s", r->s->channels[r->channel].code, from);
    }
    snprintf(path,
             sizeof(path),
             "/v1/%s?limit=1000%s%s%s",
             lists[r->part],
             filter,
             r->cursor[0] ? "&cursor=" : "",
             r->cursor);
    demo_call(
        r->world->env, server_port(r->world->server), "GET", path, (struct slice){0}, on_page, r);
}

enum err drill_read_start(const struct demo_world *world,
                          struct report_scenario *s,
                          const int64_t *stock,
                          int64_t since_us,
                          drill_read_fn *fn,
                          void *arg,
                          struct drill_read **out)
{
    struct drill_read *r = calloc(1, sizeof(*r));
    if (!r) {
        return ERR_MEMORY;
    }
    *r = (struct drill_read){.world = world,
                             .s = s,
                             .stock = stock,
                             .since_us = since_us,
                             .fn = fn,
                             .arg = arg,
                             .parser = json_doc_new()};
    arena_init(&r->arena, TURN_MAX);
    *out = r;
    if (!r->parser) {
        return ERR_MEMORY;
    }
    ask(r);
    return ERR_OK;
}

void drill_read_free(struct drill_read *r)
{
    if (r) {
        json_doc_free(r->parser);
        arena_free(&r->arena);
        free(r);
    }
}
