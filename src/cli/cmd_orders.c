/* SPDX-License-Identifier: Apache-2.0 */
/* orders: what channels told us of, and where its units come from. */
#include "cli/ask.h"
#include "cli/cmd.h"

struct orders {
    struct ask ask;
    const char *words[2];
    const char *channel, *sku;
    int64_t limit;
    struct table *table;
};

static void put_row(void *arg, struct json order)
{
    struct orders *o = arg;
    static const char *const keys[] = {"channel", "id", "placed_at", "country"};
    static const char *const sums[] = {"ordered", "cancelled", "fulfilled", "returned"};
    struct json lines = json_get(order, "lines");
    int64_t parked = 0;
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        table_json(o->table, json_get(order, keys[i]));
    }
    for (size_t i = 0; i < COUNT_OF(sums); i++) {
        int64_t sum = 0;
        for (struct json_iter line = json_iter(lines); json_next(&line);) {
            sum += ask_int(line.value, sums[i]);
        }
        table_int(o->table, sum);
    }
    for (struct json_iter line = json_iter(lines); json_next(&line);) {
        bool is_parked = false;
        parked += json_bool(json_get(line.value, "parked"), &is_parked) && is_parked;
    }
    table_int(o->table, (int64_t)json_count(lines));
    table_int(o->table, parked);
}

static int list(struct orders *o)
{
    static const struct column columns[] = {{"channel", false},
                                            {"order", false},
                                            {"placed", false},
                                            {"to", false},
                                            {"ordered", true},
                                            {"cancelled", true},
                                            {"fulfilled", true},
                                            {"returned", true},
                                            {"lines", true},
                                            {"parked", true}};
    struct ask *ask = &o->ask;
    o->table = table_new(columns, COUNT_OF(columns));
    ask_path(ask, "/v1/orders");
    ask_query(ask, "channel", o->channel);
    ask_query(ask, "sku", o->sku);
    int code = ask_list(ask, o->limit, put_row, o);
    if (code || ask->is_json) {
        table_free(o->table);
        return code;
    }
    return ask_table(ask, o->table, "There are no orders like that.");
}

/* "3 berlin, 1 paris": reserved or shipped units, by where they come from. */
static void put_places(struct table *table, struct json allocations, const char *key)
{
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, (size_t)64 << 10);
    for (struct json_iter i = json_iter(allocations); json_next(&i);) {
        int64_t quantity = ask_int(i.value, key);
        if (quantity) {
            buf_printf(&text, "%s%" PRId64 " ", text.n ? ", " : "", quantity);
            buf_slice(&text, ask_text(i.value, "location"));
        }
    }
    table_text(table, buf_view(&text));
}

static void put_line(struct table *table, struct json line)
{
    static const char *const keys[] = {
        "id", "sku", "ordered", "cancelled", "fulfilled", "returned"};
    bool is_parked = false;
    (void)json_bool(json_get(line, "parked"), &is_parked);
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        table_json(table, json_get(line, keys[i]));
    }
    put_places(table, json_get(line, "allocations"), "reserved");
    put_places(table, json_get(line, "allocations"), "shipped");
    table_str(table, is_parked ? "parked: no listing sells it" : "");
}

static int show(struct orders *o)
{
    static const struct column columns[] = {{"line", false},
                                            {"sku", false},
                                            {"ordered", true},
                                            {"cancelled", true},
                                            {"fulfilled", true},
                                            {"returned", true},
                                            {"reserved", false},
                                            {"shipped", false},
                                            {"", false}};
    struct ask *ask = &o->ask;
    ask_path(ask, "/v1/orders");
    ask_segment(ask, o->words[0]);
    ask_segment(ask, o->words[1]);
    int code = ask_get(ask);
    if (code) {
        return code;
    }
    if (ask->is_json) {
        ask_print_json(ask);
        return 0;
    }
    ask_say("", ask->said, "channel");
    ask_say(" order ", ask->said, "id");
    ask_say(", placed ", ask->said, "placed_at");
    ask_say(", version ", ask->said, "version");
    ask_say(", to ", ask->said, "country");
    ask_say(" ", ask->said, "region");
    putchar('\n');
    struct table *table = table_new(columns, COUNT_OF(columns));
    for (struct json_iter i = json_iter(json_get(ask->said, "lines")); json_next(&i);) {
        put_line(table, i.value);
    }
    return ask_table(ask, table, "It has no lines.");
}

int cmd_orders(int argc, char **argv)
{
    struct orders o = {0};
    struct words words = {.usage = "[CHANNEL ID]", .max = 2, .items = o.words};
    const struct option options[] = {
        ASK_OPTIONS(&o.ask),
        {"channel", OPTION_TEXT, "CODE", "of that channel alone", .text = &o.channel},
        {"sku", OPTION_TEXT, "SKU", "with that SKU alone", .text = &o.sku},
        {"limit",
         OPTION_NUMBER,
         "N",
         "so many (100 on a terminal, else all)",
         .min = 1,
         .max = INT32_MAX,
         .number = &o.limit}};
    enum options_result r = options_parse_words(
        argc,
        argv,
        "Lists orders as they are booked; with CHANNEL and ID one order, and where its units come "
        "from.",
        options,
        COUNT_OF(options),
        &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    if (words.count == 1) {
        fprintf(stderr, "truecount orders: say truecount orders CHANNEL ID, or --channel CODE\n");
        return 2;
    }
    int code = ask_begin(&o.ask, argv[0]);
    if (!code) {
        code = words.count ? show(&o) : list(&o);
    }
    return ask_end(&o.ask, code);
}
