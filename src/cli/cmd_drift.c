/* SPDX-License-Identifier: Apache-2.0 */
/* drift: listings that show something else than they should, and why. */
#include "cli/ask.h"
#include "cli/cmd.h"

struct drift {
    struct ask ask;
    const char *channel, *sku, *state, *kind;
    int64_t limit;
    bool is_open; /* only those that last */
    struct table *table;
    struct buf legend; /* "cause: what it means", a line for each that is in the table */
};

#define LEGEND_BYTES_MAX ((size_t)64 << 10)

static void explain(struct drift *d, struct json difference)
{
    struct slice cause = ask_text(difference, "cause"), about = ask_text(difference, "about");
    struct slice line =
        arena_printf(&d->ask.arena, "%.*s: %.*s\n", SLICE_ARG(cause), SLICE_ARG(about));
    if (!memmem(d->legend.p, d->legend.n, line.p, line.n)) {
        buf_slice(&d->legend, line);
    }
}

static void put_row(void *arg, struct json difference)
{
    static const char *const keys[] = {
        "channel", "sku", "shown", "computed", "cause", "times", "began_at", "ended_at"};
    struct drift *d = arg;
    for (size_t i = 0; i < COUNT_OF(keys) - d->is_open; i++) {
        table_json(d->table, json_get(difference, keys[i]));
    }
    explain(d, difference);
}

static int list(struct drift *d)
{
    /* Times are as wide as each other, and cut they say nothing: figures are never cut. */
    static const struct column columns[] = {{"channel", false},
                                            {"sku", false},
                                            {"shown", true},
                                            {"should be", true},
                                            {"cause", false},
                                            {"times", true},
                                            {"since", true},
                                            {"until", true}};
    struct ask *ask = &d->ask;
    d->is_open = !d->state || strcmp(d->state, "open") == 0;
    d->table = table_new(columns, COUNT_OF(columns) - d->is_open);
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
    code = ask_table(ask,
                     d->table,
                     d->is_open ? "None: as far as was read, every listing shows what it should."
                                : "There are none like that.");
    if (!code && d->legend.n) {
        putchar('\n');
        (void)fwrite(d->legend.p, 1, d->legend.n, stdout);
    }
    return code;
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
    buf_init(&d.legend, LEGEND_BYTES_MAX);
    int code = ask_begin(&d.ask, argv[0]);
    code = ask_end(&d.ask, code ? code : list(&d));
    buf_free(&d.legend);
    return code;
}
