/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_read.h"
#include "cli/demo.h"

struct demo_compare {
    const struct demo_world *world;
    bool all_platforms, is_running, is_stopped;
    size_t shop, disagreeing;
    int64_t shown[DEMO_SKUS], last;
    size_t shown_count, listing_at;
    char cursor[64];
    struct json_doc *parser;
    char example[400];
};

enum err
demo_compare_new(const struct demo_world *world, bool all_platforms, struct demo_compare **out)
{
    struct demo_compare *c = calloc(1, sizeof(*c));
    if (!c) {
        return ERR_MEMORY;
    }
    c->world = world;
    c->all_platforms = all_platforms;
    c->last = -1;
    c->parser = json_doc_new();
    *out = c;
    return c->parser ? ERR_OK : ERR_MEMORY;
}

void demo_compare_free(struct demo_compare *c)
{
    if (c) {
        json_doc_free(c->parser);
        free(c);
    }
}

static void compare_page(struct demo_compare *c);

static void compare_shop(struct demo_compare *c)
{
    c->shown_count = demo_shops_counts(c->world->shops, c->shop, c->shown, DEMO_SKUS);
    c->listing_at = 0;
    c->cursor[0] = '\0';
    if (c->shown_count == 0) {
        c->is_running = false;
        c->last = (int64_t)c->disagreeing;
    } else {
        compare_page(c);
    }
}

static void note_example(struct demo_compare *c, struct json listing)
{
    struct slice channel = {0}, sku = {0}, state = {0};
    int64_t sellable = 0;
    json_text(json_get(listing, "channel"), &channel);
    json_text(json_get(listing, "sku"), &sku);
    json_text(json_get(listing, "state"), &state);
    json_int(json_get(listing, "sellable"), &sellable);
    snprintf(c->example,
             sizeof(c->example),
             "'%.*s' on '%.*s' shows %" PRId64 ", should show %" PRId64 ", state %.*s",
             SLICE_ARG(sku),
             SLICE_ARG(channel),
             c->listing_at < c->shown_count ? c->shown[c->listing_at] : -1,
             sellable,
             SLICE_ARG(state));
}

static void on_page(void *arg, const struct env_reply *reply)
{
    struct demo_compare *c = arg;
    struct json root;
    struct err_note note;
    if (c->is_stopped) {
        return;
    }
    if (reply->err || reply->response.status != 200 ||
        json_parse(c->parser, reply->response.body, &root, &note)) {
        c->is_running = false; /* asked again at the next tick */
        return;
    }
    for (struct json_iter i = json_iter(json_get(root, "items")); json_next(&i);) {
        int64_t sellable;
        bool known = json_int(json_get(i.value, "sellable"), &sellable);
        bool agrees =
            known && c->listing_at < c->shown_count && c->shown[c->listing_at] == sellable;
        c->disagreeing += !agrees;
        if (!agrees) {
            note_example(c, i.value);
        }
        c->listing_at++;
    }
    struct slice next;
    if (json_text(json_get(root, "next"), &next) && next.n < sizeof(c->cursor)) {
        snprintf(c->cursor, sizeof(c->cursor), "%.*s", SLICE_ARG(next));
        compare_page(c);
        return;
    }
    c->disagreeing += c->listing_at < c->shown_count ? c->shown_count - c->listing_at : 0;
    c->shop++;
    compare_shop(c);
}

static void compare_page(struct demo_compare *c)
{
    char path[160];
    snprintf(path,
             sizeof(path),
             "/v1/listings?channel=%s&limit=1000%s%s",
             demo_shops_code(c->all_platforms, c->shop),
             c->cursor[0] ? "&cursor=" : "",
             c->cursor);
    demo_call(
        c->world->env, server_port(c->world->server), "GET", path, (struct slice){0}, on_page, c);
}

void demo_compare_start(struct demo_compare *c)
{
    if (!c->is_running && !c->is_stopped) {
        c->is_running = true;
        c->shop = 0;
        c->disagreeing = 0;
        compare_shop(c);
    }
}

void demo_compare_stop(struct demo_compare *c)
{
    c->is_stopped = true;
}

bool demo_compare_runs(const struct demo_compare *c)
{
    return c->is_running;
}

int64_t demo_compare_disagreeing(const struct demo_compare *c)
{
    return c->last;
}

void demo_compare_forget(struct demo_compare *c)
{
    c->last = -1;
}

const char *demo_compare_example(const struct demo_compare *c)
{
    return c->example;
}
