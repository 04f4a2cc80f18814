/* SPDX-License-Identifier: Apache-2.0 */
/* route: which locations would serve an order, and why. Nothing is booked. */
#include "cli/ask.h"
#include "cli/cmd.h"
#include "cli/input.h"

struct route_try {
    struct ask ask;
    const char *words[WORDS_MAX];
    const char *country, *region;
};

static int put_order(struct route_try *t, const struct words *words)
{
    struct json_writer w = ask_body(&t->ask);
    json_begin_object(&w);
    json_field_str(&w, "channel", t->words[0]);
    if (t->country) {
        json_field_str(&w, "country", t->country);
    }
    if (t->region) {
        json_field_str(&w, "region", t->region);
    }
    json_key(&w, "lines");
    json_begin_array(&w);
    for (size_t i = 1; i < words->count; i++) {
        struct slice sku, rest;
        int64_t quantity = 1;
        if (input_pair(t->words[i], &sku, &rest) && !slice_int(rest, &quantity)) {
            fprintf(stderr, "truecount route: '%s' is not of the form SKU=QUANTITY\n", t->words[i]);
            return 2;
        }
        json_begin_object(&w);
        json_field_text(&w, "sku", sku);
        json_field_int(&w, "quantity", quantity);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    return 0;
}

static const char *verdict_words(struct slice verdict)
{
    static const char *const words[][2] = {{"serves_all", "serves all of it"},
                                           {"serves_part", "serves a part"},
                                           {"unused", "is not needed"},
                                           {"elsewhere", "is not for that destination"},
                                           {"inactive", "is closed"}};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (slice_is(verdict, words[i][0])) {
            return words[i][1];
        }
    }
    return NULL;
}

static int show(struct route_try *t)
{
    static const struct column serves[] = {
        {"sku", false}, {"location", false}, {"quantity", true}, {"short", true}};
    static const struct column why[] = {
        {"location", false}, {"verdict", false}, {"because", false}};
    struct ask *ask = &t->ask;
    if (ask->is_json) {
        ask_print_json(ask);
        return 0;
    }
    struct table *table = table_new(serves, COUNT_OF(serves));
    for (struct json_iter i = json_iter(json_get(ask->said, "serves")); json_next(&i);) {
        for (size_t c = 0; c < COUNT_OF(serves); c++) {
            table_json(table, json_get(i.value, serves[c].title));
        }
    }
    int code = ask_table(ask, table, "No location serves it.");
    putchar('\n');
    table = table_new(why, COUNT_OF(why));
    for (struct json_iter i = json_iter(json_get(ask->said, "why")); json_next(&i);) {
        const char *words = verdict_words(ask_text(i.value, "verdict"));
        table_json(table, json_get(i.value, "location"));
        table_text(table, words ? slice_of(words) : ask_text(i.value, "verdict"));
        table_json(table, json_get(i.value, "detail"));
    }
    return code ? (table_free(table), code) : ask_table(ask, table, "The route is empty.");
}

int cmd_route(int argc, char **argv)
{
    struct route_try t = {0};
    struct words words = {
        .usage = "CHANNEL SKU[=QUANTITY]...", .min = 2, .max = WORDS_MAX, .items = t.words};
    const struct option options[] = {
        ASK_OPTIONS(&t.ask),
        {"country", OPTION_TEXT, "CC", "where the order goes: two letters", .text = &t.country},
        {"region", OPTION_TEXT, "CODE", "where the order goes: its region", .text = &t.region}};
    enum options_result r =
        options_parse_words(argc,
                            argv,
                            "Tries a channel's route: which locations would serve this order now, "
                            "and why. Nothing is booked.",
                            options,
                            COUNT_OF(options),
                            &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    int code = ask_begin(&t.ask, argv[0]);
    code = code ? code : put_order(&t, &words);
    if (!code) {
        ask_path(&t.ask, "/v1/routing/try");
        code = ask_send(&t.ask, "POST");
    }
    return ask_end(&t.ask, code ? code : show(&t));
}
