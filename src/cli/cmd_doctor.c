/* SPDX-License-Identifier: Apache-2.0 */
/* doctor: what the last imports found wrong with SKUs, as a list to work through. */
#include "cli/cmd.h"
#include "cli/csv_file.h"

static const struct column columns[] = {
    {"channel", false}, {"kind", false}, {"sku", false}, {"title", false}, {"what", false}};

struct look {
    struct ask ask;
    const char *channel, *kind, *file;
    int64_t limit;
    bool with_mark;
    struct table *table;
};

static void put_row(void *arg, struct json finding)
{
    struct look *look = arg;
    struct slice channel = ask_text(finding, "channel");
    table_text(look->table, channel.n ? channel : SLICE("(yours)"));
    table_text(look->table, ask_text(finding, "kind"));
    table_text(look->table, ask_text(finding, "sku"));
    table_text(look->table, ask_text(finding, "title"));
    table_text(look->table, ask_text(finding, "detail"));
}

static void set_path(struct look *look, const char *path)
{
    ask_path(&look->ask, path);
    ask_query(&look->ask, "channel", look->channel);
    ask_query(&look->ask, "kind", look->kind);
}

static int show(struct look *look)
{
    if (look->file) {
        set_path(look, "/v1/doctor.csv");
        ask_query(&look->ask, "bom", look->with_mark ? "true" : NULL);
        return csv_file_fetch(&look->ask, look->file, "exporting findings");
    }
    set_path(look, "/v1/doctor");
    look->table = table_new(columns, COUNT_OF(columns));
    int code = ask_list(&look->ask, look->limit, put_row, look);
    if (code || look->ask.is_json) {
        table_free(look->table);
        return code;
    }
    return ask_table(&look->ask,
                     look->table,
                     "Nothing is found wrong. What is looked at is what an import sees: "
                     "POST /v1/channels/CODE/import.");
}

int cmd_doctor(int argc, char **argv)
{
    struct look look = {0};
    const struct option options[] = {
        ASK_OPTIONS(&look.ask),
        {"channel", OPTION_TEXT, "CODE", "of that channel alone", .text = &look.channel},
        {"kind", OPTION_TEXT, "KIND", "such as duplicate or look_alike", .text = &look.kind},
        {"csv",
         OPTION_TEXT,
         "FILE",
         "all of it as a table, with what to do about each ('-': stdout)",
         .text = &look.file},
        {"bom",
         OPTION_SWITCH,
         NULL,
         "with --csv: begin with a byte order mark, so that Excel sees UTF-8",
         .is_set = &look.with_mark},
        {"limit",
         OPTION_NUMBER,
         "N",
         "so many (100 on a terminal, else all)",
         .min = 1,
         .max = INT32_MAX,
         .number = &look.limit}};
    enum options_result r = options_parse(
        argc,
        argv,
        "What the last import of each channel found wrong with SKUs: blank or there twice, easily\n"
        "taken for another, managed by a parent, a pack counted as one, barcodes that disagree.\n"
        "Nothing is changed or linked by it. docs/doctor.md tells what each kind means.",
        options,
        COUNT_OF(options));
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    int code = ask_begin(&look.ask, argv[0]);
    return ask_end(&look.ask, code ? code : show(&look));
}
