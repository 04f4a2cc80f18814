/* SPDX-License-Identifier: Apache-2.0 */
/* export, import: what we keep as tables for spreadsheets, and back. */
#include "cli/cmd.h"
#include "cli/csv_file.h"
#include "engine/csv.h"

#define KINDS "skus, stock, listings, bundles or movements"

static bool is_kind(const char *command, const char *text)
{
    enum csv_kind kind;
    if (csv_kind_parse(slice_of(text), &kind)) {
        return true;
    }
    fprintf(stderr, "truecount %s: '%s' is no kind of table: say " KINDS "\n", command, text);
    return false;
}

/* ---- export ---- */

struct export
{
    struct ask ask;
    const char *kind, *file;
    bool with_mark;
};

static int export_table(struct export *e)
{
    struct ask *ask = &e->ask;
    char what[64];
    ask_path(ask, "/v1/csv");
    ask_segment(ask, e->kind);
    ask_query(ask, "bom", e->with_mark ? "true" : NULL);
    (void)snprintf(what, sizeof(what), "exporting %s", e->kind);
    return csv_file_fetch(ask, e->file, what);
}

/* "-o" is what everybody types. */
static void spell_out(int argc, char **argv)
{
    static char output[] = "--output";
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        argv[i] = strcmp(argv[i], "-o") == 0 ? output : argv[i];
    }
}

int cmd_export(int argc, char **argv)
{
    struct export e = {0};
    struct words words = {.usage = "KIND", .min = 1, .max = 1, .items = &e.kind};
    const struct option options[] = {
        {"data",
         OPTION_TEXT,
         "DIR",
         "the data directory",
         .is_required = true,
         .text = &e.ask.data},
        {"key-file",
         OPTION_TEXT,
         "FILE",
         "as truecount serve has it (secrets.key in DIR)",
         .text = &e.ask.key_file},
        {"output", OPTION_TEXT, "FILE", "also -o FILE: write it there (stdout)", .text = &e.file},
        {"bom",
         OPTION_SWITCH,
         NULL,
         "begin with a byte order mark, so that Excel sees UTF-8",
         .is_set = &e.with_mark}};
    spell_out(argc, argv);
    enum options_result r = options_parse_words(
        argc,
        argv,
        "Writes a table of one moment as CSV: " KINDS ".\n"
        "truecount import takes it back; docs/csv.md tells what each column means.",
        options,
        COUNT_OF(options),
        &words);
    if (r != OPTIONS_OK || !is_kind("export", e.kind)) {
        return r == OPTIONS_OK ? 2 : options_exit(r);
    }
    int code = ask_begin(&e.ask, "export");
    return ask_end(&e.ask, code ? code : export_table(&e));
}

/* ---- import ---- */

struct import {
    struct ask ask;
    const char *words[2]; /* kind, file */
    const char *name;     /* of the file, for people */
    bool is_dry;
};

static int print_changes(const struct import *im)
{
    static const struct column columns[] = {{"line", true},
                                            {"what", false},
                                            {"sku", false},
                                            {"at", false},
                                            {"before", false},
                                            {"after", false}};
    struct arena arena;
    struct table *table = table_new(columns, COUNT_OF(columns));
    arena_init(&arena, (size_t)64 << 20);
    for (struct json_iter i = json_iter(json_get(im->ask.said, "changes")); json_next(&i);) {
        struct slice at = ask_text(i.value, "location");
        table_int(table, ask_int(i.value, "line"));
        table_text(table, ask_text(i.value, "what"));
        table_text(table, ask_text(i.value, "sku"));
        table_text(table, at.n ? at : ask_text(i.value, "channel"));
        table_text(table, json_copy_text(json_get(i.value, "before"), &arena));
        table_text(table, json_copy_text(json_get(i.value, "after"), &arena));
    }
    int code = ask_table(&im->ask, table, "The file changes nothing.");
    arena_free(&arena);
    return code;
}

static int print_outcome(const struct import *im)
{
    struct json said = im->ask.said;
    int code = im->is_dry ? print_changes(im) : 0;
    int64_t created = ask_int(said, "created"), changed = ask_int(said, "changed");
    if (im->is_dry && created + changed > (int64_t)json_count(json_get(said, "changes"))) {
        puts("and more");
    }
    int64_t lines = ask_int(said, "lines");
    printf("%s: %" PRId64 " %s: %" PRId64 " created, %" PRId64 " changed, %" PRId64
           " unchanged%s\n",
           im->words[0],
           lines,
           lines == 1 ? "line" : "lines",
           created,
           changed,
           ask_int(said, "unchanged"),
           im->is_dry ? " (a dry run: nothing was kept)" : "");
    return code;
}

static int import_table(struct import *im)
{
    struct ask *ask = &im->ask;
    ask_path(ask, "/v1/csv");
    ask_segment(ask, im->words[0]);
    ask_query(ask, "dry_run", im->is_dry ? "true" : NULL);
    int code = csv_file_send(ask, im->words[1], im->name);
    if (code) {
        return code;
    }
    bool is_faulty = csv_file_has_errors(ask);
    if (ask->is_json) {
        ask_print_json(ask);
    } else if (is_faulty) {
        csv_file_print_errors(ask, im->name);
    } else {
        code = print_outcome(im);
    }
    return is_faulty ? 1 : code;
}

int cmd_import(int argc, char **argv)
{
    struct import im = {0};
    struct words words = {.usage = "KIND FILE", .min = 2, .max = 2, .items = im.words};
    const struct option options[] = {ASK_OPTIONS(&im.ask),
                                     {"dry-run",
                                      OPTION_SWITCH,
                                      NULL,
                                      "tell what it would change, and change nothing",
                                      .is_set = &im.is_dry}};
    enum options_result r =
        options_parse_words(argc,
                            argv,
                            "Takes a CSV file ('-': stdin) into " KINDS ":\nall of it or, when one "
                            "line is faulty, nothing. docs/csv.md tells what each column means.\n\n"
                            "Exit 0: done; 1: the file has errors, each printed as FILE:LINE: "
                            "column: what is wrong;\n2: it could not be asked, or not like this.",
                            options,
                            COUNT_OF(options),
                            &words);
    if (r != OPTIONS_OK || !is_kind("import", im.words[0])) {
        return r == OPTIONS_OK ? 2 : options_exit(r);
    }
    im.name = strcmp(im.words[1], "-") == 0 ? "stdin" : im.words[1];
    int code = ask_begin(&im.ask, "import");
    return ask_end(&im.ask, code ? code : import_table(&im));
}
