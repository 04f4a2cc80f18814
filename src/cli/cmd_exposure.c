/* SPDX-License-Identifier: Apache-2.0 */
/* exposure: what other channels may sell before a listing shows it, the worst first. */
#include <stdlib.h>

#include "cli/ask.h"
#include "cli/cmd.h"

struct exposure_look {
    struct ask ask;
    const char *sku, *channel;
    int64_t limit;
    struct table *table;
};

static const struct column columns[] = {{"sku", false},
                                        {"channel", false},
                                        {"listing", true},
                                        {"at risk", true},
                                        {"sold meanwhile", true},
                                        {"chance", true},
                                        {"buffer", true},
                                        {"suggested", true},
                                        {"within", true},
                                        {"sellable", true}};

static double number(struct ask *ask, struct json object, const char *key)
{
    struct slice text = json_copy_text(json_get(object, key), &ask->arena);
    return text.n ? strtod(text.p, NULL) : 0;
}

static void put(struct exposure_look *look, struct json item, struct slice sku, const char *id)
{
    struct table *t = look->table;
    struct json e = json_get(item, "exposure");
    bool is_assumed = false;
    (void)json_bool(json_get(e, "propagation_assumed"), &is_assumed);
    table_text(t, sku);
    table_json(t, json_get(item, "channel"));
    table_json(t, json_get(item, id));
    table_printf(t, "%.3f", number(&look->ask, e, "units"));
    table_printf(t, "%.3f", number(&look->ask, e, "demand"));
    table_printf(t, "%.2f %%", 100 * number(&look->ask, e, "chance"));
    table_json(t, json_get(e, "buffer"));
    table_json(t, json_get(e, "suggested_buffer"));
    table_printf(
        t, "%s%.2f s", is_assumed ? "~" : "", number(&look->ask, e, "propagation_ms") / 1000);
    table_json(t, json_get(item, "sellable"));
}

static void put_item(void *arg, struct json item)
{
    put(arg, item, ask_text(item, "sku"), "listing");
}

static int list(struct exposure_look *look)
{
    struct ask *ask = &look->ask;
    ask_path(ask, "/v1/exposure");
    ask_query(ask, "channel", look->channel);
    look->table = table_new(columns, COUNT_OF(columns));
    int code = ask_list(ask, look->limit, put_item, look);
    if (code || ask->is_json) {
        table_free(look->table);
        return code;
    }
    return ask_table(ask,
                     look->table,
                     "No live listing whose SKU was sold in the last day: nothing is exposed.");
}

/* Of one SKU, with the reasons. */
static int show(struct exposure_look *look)
{
    struct ask *ask = &look->ask;
    ask_path(ask, "/v1/availability");
    ask_segment(ask, look->sku);
    int code = ask_get(ask);
    if (code) {
        return code;
    }
    if (ask->is_json) {
        ask_print_json(ask);
        return 0;
    }
    look->table = table_new(columns, COUNT_OF(columns));
    struct json listings = json_get(ask->said, "listings");
    for (struct json_iter i = json_iter(listings); json_next(&i);) {
        if (!look->channel || slice_is(ask_text(i.value, "channel"), look->channel)) {
            put(look, i.value, ask_text(ask->said, "sku"), "id");
        }
    }
    code = ask_table(ask, look->table, "No channel lists it.");
    for (struct json_iter i = json_iter(listings); json_next(&i) && !code;) {
        if (!look->channel || slice_is(ask_text(i.value, "channel"), look->channel)) {
            ask_say("\n", i.value, "channel");
            ask_say(": ", json_get(i.value, "exposure"), "reason");
            putchar('\n');
        }
    }
    return code;
}

int cmd_exposure(int argc, char **argv)
{
    struct exposure_look look = {0};
    struct words words = {.usage = "[SKU]", .max = 1, .items = &look.sku};
    const struct option options[] = {
        ASK_OPTIONS(&look.ask),
        {"channel", OPTION_TEXT, "CODE", "that channel alone", .text = &look.channel},
        {"limit",
         OPTION_NUMBER,
         "N",
         "so many (100 on a terminal, else all)",
         .min = 1,
         .max = INT32_MAX,
         .number = &look.limit}};
    enum options_result r = options_parse_words(
        argc,
        argv,
        "Which listings other channels may oversell before they show a sale, the worst first; with "
        "SKU its\nlistings, with the reasons. \"at risk\" is what is expected to be sold "
        "meanwhile, "
        "less the buffer;\n\"suggested\" the buffer that keeps the chance of more at 1 % or less. "
        "\"~\" marks an assumed time:\ntoo few pushes were measured. Nothing is changed.",
        options,
        COUNT_OF(options),
        &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    int code = ask_begin(&look.ask, argv[0]);
    return ask_end(&look.ask, code ? code : words.count ? show(&look) : list(&look));
}
