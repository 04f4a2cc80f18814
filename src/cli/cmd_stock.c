/* SPDX-License-Identifier: Apache-2.0 */
/* stock: where the units of a SKU are, now or at a past moment; or of all SKUs. */
#include "cli/ask.h"
#include "cli/cmd.h"

#define COLUMNS(first)                                                                             \
    {                                                                                              \
        {first, false}, {"available", true}, {"held", true}, {"reserved", true},                   \
            {"unavailable", true}, {"transit", true}, {"on hand", true},                           \
        {                                                                                          \
            "reasons", false                                                                       \
        }                                                                                          \
    }
static const struct column by_sku[] = COLUMNS("sku"), by_location[] = COLUMNS("location");
static const char *const buckets[] = {
    "available", "held", "reserved", "unavailable", "in_transit", "on_hand"};

struct stock_look {
    struct ask ask;
    const char *sku, *location, *at, *as;
    int64_t limit;
    struct table *table;
};

/* "damaged 2, quality_hold 1" */
static void put_reasons(struct table *table, struct json by_reason)
{
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, (size_t)64 << 10);
    for (struct json_iter i = json_iter(by_reason); json_next(&i);) {
        int64_t quantity = 0;
        (void)json_int(i.value, &quantity);
        buf_text(&text, text.n ? ", " : "");
        buf_slice(&text, i.key);
        buf_printf(&text, " %" PRId64, quantity);
    }
    table_text(table, buf_view(&text));
}

static void put_vector(struct table *table, struct slice name, struct json vector)
{
    table_text(table, name);
    for (size_t i = 0; i < COUNT_OF(buckets); i++) {
        table_int(table, ask_int(vector, buckets[i]));
    }
    put_reasons(table, json_get(vector, "unavailable_by"));
}

/* The figures of one location; absent when the SKU has never been there. */
static struct json at_location(struct json stock, const char *location)
{
    for (struct json_iter i = json_iter(json_get(stock, "locations")); json_next(&i);) {
        if (slice_is(ask_text(i.value, "location"), location)) {
            return i.value;
        }
    }
    return (struct json){0};
}

static void put_sku(void *arg, struct json stock)
{
    struct stock_look *look = arg;
    put_vector(look->table,
               ask_text(stock, "sku"),
               look->location ? at_location(stock, look->location) : stock);
}

static void put_locations(struct stock_look *look, struct json stock)
{
    size_t shown = 0;
    for (struct json_iter i = json_iter(json_get(stock, "locations")); json_next(&i);) {
        struct slice location = ask_text(i.value, "location");
        if (!look->location || slice_is(location, look->location)) {
            put_vector(look->table, location, i.value);
            shown++;
        }
    }
    if (!look->location) {
        put_vector(look->table, SLICE("total"), stock);
    } else if (!shown) {
        put_vector(look->table, slice_of(look->location), (struct json){0});
    }
}

/* A location that nobody knows has no zero stock: it is a slip of the pen. */
static int check_location(struct stock_look *look)
{
    if (!look->location) {
        return 0;
    }
    ask_path(&look->ask, "/v1/locations");
    int code = ask_get(&look->ask);
    if (code) {
        return code;
    }
    for (struct json_iter i = json_iter(json_get(look->ask.said, "items")); json_next(&i);) {
        if (slice_is(ask_text(i.value, "code"), look->location)) {
            return 0;
        }
    }
    fprintf(stderr, "truecount stock: there is no location '%s'\n", look->location);
    return 1;
}

static int show_one(struct stock_look *look)
{
    struct ask *ask = &look->ask;
    ask_path(ask, "/v1/stock");
    ask_segment(ask, look->sku);
    ask_query(ask, "at", look->at);
    ask_query(ask, "as", look->as);
    int code = ask_get(ask);
    if (code) {
        return code;
    }
    if (ask->is_json) {
        ask_print_json(ask);
        return 0;
    }
    cells_print(stdout, ask_text(ask->said, "sku"));
    printf("%s%s\n", look->at ? " at " : "", look->at ? look->at : "");
    look->table = table_new(by_location, COUNT_OF(by_location));
    put_locations(look, ask->said);
    return ask_table(ask, look->table, "");
}

static int show_all(struct stock_look *look)
{
    look->table = table_new(by_sku, COUNT_OF(by_sku));
    ask_path(&look->ask, "/v1/stock");
    int code = ask_list(&look->ask, look->limit, put_sku, look);
    if (code || look->ask.is_json) {
        table_free(look->table);
        return code;
    }
    return ask_table(&look->ask, look->table, "There are no SKUs yet.");
}

/* False after saying what does not go together. */
static bool is_sensible(const struct stock_look *look)
{
    const char *wrong = !look->sku && look->at     ? "--at wants a SKU"
                        : look->as && !look->at    ? "--as wants --at"
                        : look->sku && look->limit ? "--limit is for the list of all SKUs"
                        : look->location && look->ask.is_json
                            ? "--json has all locations: leave --location out"
                            : NULL;
    if (wrong) {
        fprintf(stderr, "truecount stock: %s\n", wrong);
    }
    return !wrong;
}

int cmd_stock(int argc, char **argv)
{
    struct stock_look look = {0};
    struct words words = {.usage = "[SKU]", .max = 1, .items = &look.sku};
    const struct option options[] = {
        ASK_OPTIONS(&look.ask),
        {"at", OPTION_TEXT, "TIME", "at that moment (2026-11-23T05:45:00Z)", .text = &look.at},
        {"as",
         OPTION_TEXT,
         "HOW",
         "with --at: as it was recorded by then, or as it had happened by then",
         .text = &look.as},
        {"location", OPTION_TEXT, "CODE", "that location alone", .text = &look.location},
        {"limit",
         OPTION_NUMBER,
         "N",
         "so many SKUs (100 on a terminal, else all)",
         .min = 1,
         .max = INT32_MAX,
         .number = &look.limit}};
    enum options_result r =
        options_parse_words(argc,
                            argv,
                            "Where the units are: of one SKU by location, or one line per SKU.\n\n"
                            "on hand = available + held + reserved + unavailable. Below zero, "
                            "available is what is owed.",
                            options,
                            COUNT_OF(options),
                            &words);
    if (r != OPTIONS_OK || !is_sensible(&look)) {
        return r == OPTIONS_OK ? 2 : options_exit(r);
    }
    int code = ask_begin(&look.ask, argv[0]);
    code = code ? code : check_location(&look);
    if (!code) {
        code = look.sku ? show_one(&look) : show_all(&look);
    }
    return ask_end(&look.ask, code);
}
