/* SPDX-License-Identifier: Apache-2.0 */
/* opening: what everyone says of first figures; a file of counts; booking what was chosen. */
#include "cli/cmd.h"
#include "cli/csv_file.h"

static const struct column columns[] = {{"sku", false},
                                        {"state", false},
                                        {"agreed", true},
                                        {"on hand", true},
                                        {"said", false},
                                        {"why", false}};

struct opening {
    struct ask ask;
    const char *location, *state, *csv, *file, *choice, *reason;
    int64_t limit;
    bool with_mark;
    struct table *table;
};

/* "shopify-eu 12, file 13, amazon ?" */
static void put_said(struct table *table, struct json said)
{
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, (size_t)64 << 10);
    for (struct json_iter i = json_iter(said); json_next(&i);) {
        int64_t quantity = 0;
        struct slice channel = ask_text(i.value, "channel");
        buf_text(&text, text.n ? ", " : "");
        buf_slice(&text, channel.n ? channel : ask_text(i.value, "by"));
        if (json_int(json_get(i.value, "quantity"), &quantity)) {
            buf_printf(&text, " %" PRId64, quantity);
        } else {
            buf_text(&text, " ?");
        }
    }
    table_text(table, buf_view(&text));
}

static void put_row(void *arg, struct json row)
{
    struct opening *o = arg;
    bool has_moved = false;
    (void)json_bool(json_get(row, "has_moved"), &has_moved);
    table_text(o->table, ask_text(row, "sku"));
    table_text(o->table, has_moved ? SLICE("moved") : ask_text(row, "state"));
    table_json(o->table, json_get(row, "quantity"));
    table_json(o->table, json_get(row, "on_hand"));
    put_said(o->table, json_get(row, "said"));
    table_text(o->table, ask_text(row, "why"));
}

static void set_path(struct opening *o, const char *path)
{
    ask_path(&o->ask, path);
    ask_query(&o->ask, "location", o->location);
}

static int show(struct opening *o)
{
    set_path(o, "/v1/opening");
    ask_query(&o->ask, "state", o->state);
    o->table = table_new(columns, COUNT_OF(columns));
    int code = ask_list(&o->ask, o->limit, put_row, o);
    if (code || o->ask.is_json) {
        table_free(o->table);
        return code;
    }
    return ask_table(&o->ask, o->table, "There is no such SKU.");
}

static int fetch(struct opening *o)
{
    set_path(o, "/v1/opening.csv");
    ask_query(&o->ask, "state", o->state);
    ask_query(&o->ask, "bom", o->with_mark ? "true" : NULL);
    return csv_file_fetch(&o->ask, o->csv, "exporting first figures");
}

static int send_file(struct opening *o)
{
    const char *name = strcmp(o->file, "-") == 0 ? "stdin" : o->file;
    set_path(o, "/v1/opening/file");
    int code = csv_file_send(&o->ask, o->file, name);
    if (code) {
        return code;
    }
    if (csv_file_has_errors(&o->ask)) {
        csv_file_print_errors(&o->ask, name);
        return 1;
    }
    if (o->ask.is_json) {
        ask_print_json(&o->ask);
    } else {
        printf("%s: %" PRId64 " figures are kept until they are booked\n",
               name,
               ask_int(o->ask.said, "created"));
    }
    return 0;
}

/* Some thousand SKUs a request, each of which is booked whole. */
static int book(struct opening *o)
{
    char cursor[24] = "";
    int64_t booked = 0, units = 0;
    do {
        struct json_writer w = ask_body(&o->ask);
        json_begin_object(&w);
        json_field_str(&w, "location", o->location);
        json_field_str(&w, "from", o->choice);
        json_field_str(&w, "reason", o->reason);
        if (cursor[0]) {
            json_field_str(&w, "cursor", cursor);
        }
        json_end_object(&w);
        ask_path(&o->ask, "/v1/opening");
        int code = ask_send(&o->ask, "POST");
        if (code) {
            return code;
        }
        if (o->ask.is_json) {
            ask_print_json(&o->ask);
        }
        booked += ask_int(o->ask.said, "booked");
        units += ask_int(o->ask.said, "units");
        struct slice next = ask_text(o->ask.said, "next");
        (void)snprintf(cursor, sizeof(cursor), "%.*s", SLICE_ARG(next));
    } while (cursor[0]);
    if (!o->ask.is_json) {
        printf("%s: %" PRId64 " %s opened with %" PRId64 " %s; the others are left as they are\n",
               o->location,
               booked,
               booked == 1 ? "SKU is" : "SKUs are",
               units,
               units == 1 ? "unit" : "units");
    }
    return 0;
}

static int run(struct opening *o)
{
    int code = o->file ? send_file(o) : 0;
    if (!code && o->choice) {
        code = book(o);
    }
    if (!code && o->csv) {
        code = fetch(o);
    }
    return code || o->file || o->choice || o->csv ? code : show(o);
}

/* False after saying what does not go together. */
static bool is_sensible(const struct opening *o)
{
    const char *wrong = (o->file || o->choice) && !o->location
                            ? "--file and --book want --location: where is it that this lies?"
                        : o->reason && !o->choice ? "--reason belongs to --book"
                                                  : NULL;
    if (wrong) {
        fprintf(stderr, "truecount opening: %s\n", wrong);
    }
    return !wrong;
}

int cmd_opening(int argc, char **argv)
{
    struct opening o = {0};
    const struct option options[] = {
        ASK_OPTIONS(&o.ask),
        {"location",
         OPTION_TEXT,
         "CODE",
         "where; needed when there are several",
         .text = &o.location},
        {"state", OPTION_TEXT, "STATE", "agree, disagree or missing alone", .text = &o.state},
        {"csv", OPTION_TEXT, "FILE", "all of it as a table ('-': stdout)", .text = &o.csv},
        {"bom",
         OPTION_SWITCH,
         NULL,
         "with --csv: begin with a byte order mark, so that Excel sees UTF-8",
         .is_set = &o.with_mark},
        {"file",
         OPTION_TEXT,
         "FILE",
         "keep a table of sku,quantity as what was counted there ('-': stdin)",
         .text = &o.file},
        {"book",
         OPTION_TEXT,
         "WHAT",
         "agreed, file or channel:CODE: book that figure for every SKU that has it and never "
         "moved there",
         .text = &o.choice},
        {"reason", OPTION_TEXT, "TEXT", "with --book: why, for the log", .text = &o.reason},
        {"limit",
         OPTION_NUMBER,
         "N",
         "so many SKUs (100 on a terminal, else all)",
         .min = 1,
         .max = INT32_MAX,
         .number = &o.limit}};
    enum options_result r = options_parse(
        argc,
        argv,
        "First figures of SKUs at a location: what each channel, a file and the ledger say, and\n"
        "where they disagree. Nothing is picked by itself: choose with --book, or count.\n"
        "docs/opening.md tells more.",
        options,
        COUNT_OF(options));
    if (r != OPTIONS_OK || !is_sensible(&o)) {
        return r == OPTIONS_OK ? 2 : options_exit(r);
    }
    int code = ask_begin(&o.ask, argv[0]);
    return ask_end(&o.ask, code ? code : run(&o));
}
