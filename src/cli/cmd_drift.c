/* SPDX-License-Identifier: Apache-2.0 */
/* drift: listings that show something else than they should, and why. */
#include "cli/ask.h"
#include "cli/cmd.h"

struct drift {
    struct ask ask;
    const char *channel, *sku, *state, *kind;
    int64_t limit;
    struct table *table;
};

static void put_row(void *arg, struct json difference)
{
    static const char *const keys[] = {"channel",
                                       "sku",
                                       "shown",
                                       "computed",
                                       "cause",
                                       "times",
                                       "began_at",
                                       "ended_at",
                                       "mode",
                                       "about"};
    struct drift *d = arg;
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        table_json(d->table, json_get(difference, keys[i]));
    }
}

static int list(struct drift *d)
{
    static const struct column columns[] = {{"channel", false},
                                            {"sku", false},
                                            {"shown", true},
                                            {"should be", true},
                                            {"cause", false},
                                            {"times", true},
                                            {"since", false},
                                            {"until", false},
                                            {"mode", false},
                                            {"what it means", false}};
    struct ask *ask = &d->ask;
    bool is_open = !d->state || strcmp(d->state, "open") == 0;
    d->table = table_new(columns, COUNT_OF(columns));
    ask_path(ask, "/v1/drift");
    ask_query(ask, "channel", d->channel);
    ask_query(ask, "sku", d->sku);
    ask_query(ask, "state", d->state);
    ask_query(ask, "kind", d->kind);
    int code = ask_list(ask, d->limit, put_row, d);
    if (code || ask->is_json) {
        table_free(d->table);
        return code;
    }
    return ask_table(ask,
                     d->table,
                     is_open ? "None: as far as was read, every listing shows what it should."
                             : "There are none like that.");
}

int cmd_drift(int argc, char **argv)
{
    struct drift d = {0};
    struct words words = {.usage = "", .items = &d.sku};
    const struct option options[] = {
        ASK_OPTIONS(&d.ask),
        {"channel", OPTION_TEXT, "CODE", "of that channel alone", .text = &d.channel},
        {"sku", OPTION_TEXT, "SKU", "of that SKU alone", .text = &d.sku},
        {"state", OPTION_TEXT, "STATE", "open (the default), ended or any", .text = &d.state},
        {"kind",
         OPTION_TEXT,
         "CAUSE",
         "unknown, foreign_write, late_write, flag, late_shop or late_event",
         .text = &d.kind},
        {"limit",
         OPTION_NUMBER,
         "N",
         "so many (100 on a terminal, else all)",
         .min = 1,
         .max = INT32_MAX,
         .number = &d.limit}};
    enum options_result r = options_parse_words(
        argc,
        argv,
        "Listings that show something else than they should, as far as was read, and why; the "
        "newest first.\nFind the other writer: docs/drift.md says where to look.",
        options,
        COUNT_OF(options),
        &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    int code = ask_begin(&d.ask, argv[0]);
    return ask_end(&d.ask, code ? code : list(&d));
}
