/* SPDX-License-Identifier: Apache-2.0 */
/* export, import: what we keep as tables for spreadsheets, and back. */
#include <errno.h>

#include "cli/ask.h"
#include "cli/cmd.h"
#include "cli/progress.h"
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

static int cannot_write(const struct export *e)
{
    fprintf(stderr,
            "truecount export: cannot write %s: %s\n",
            e->file ? e->file : "to stdout",
            strerror(errno));
    return 1;
}

static int copy_out(const struct export *e, FILE *aside)
{
    char piece[65536];
    size_t n;
    FILE *out = e->file ? fopen(e->file, "we") : stdout;
    if (!out) {
        return cannot_write(e);
    }
    rewind(aside);
    while ((n = fread(piece, 1, sizeof(piece), aside)) > 0) {
        (void)fwrite(piece, 1, n, out); /* looked at in the end */
    }
    bool is_written = !ferror(aside) && fflush(out) == 0 && !ferror(out);
    if (e->file && fclose(out) != 0) {
        is_written = false;
    }
    return is_written ? 0 : cannot_write(e);
}

/* Kept aside until it is whole: what stands in the file is never the half of a table, and who reads
 * slowly does not keep the server's snapshot open. */
static int export_table(struct export *e)
{
    struct ask *ask = &e->ask;
    char what[64];
    FILE *aside = tmpfile();
    if (!aside) {
        fprintf(stderr, "truecount export: no temporary file: %s\n", strerror(errno));
        return 2;
    }
    ask_path(ask, "/v1/csv");
    ask_segment(ask, e->kind);
    ask_query(ask, "bom", e->with_mark ? "true" : NULL);
    buf_char(&ask->path, '\0');
    const struct control_request request = {.method = "GET", .path = ask->path.p};
    (void)snprintf(what, sizeof(what), "exporting %s", e->kind);
    struct progress *progress = progress_begin(what, aside);
    int code = data_dir_ask("export", &ask->dir, &request, aside, &ask->status, &ask->answer);
    progress_end(progress);
    if (!code && ask->status != 200) {
        code = data_dir_refused("export", ask->status, buf_view(&ask->answer));
    } else if (!code) {
        code = copy_out(e, aside);
    }
    (void)fclose(aside);
    return code;
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

/* The whole file, which must be one request. False after saying why not. */
static bool read_file(const struct import *im, struct buf *out)
{
    char piece[65536];
    size_t n;
    bool is_stdin = strcmp(im->words[1], "-") == 0;
    FILE *in = is_stdin ? stdin : fopen(im->words[1], "re");
    while (in && !out->overflow && (n = fread(piece, 1, sizeof(piece), in)) > 0) {
        buf_put(out, piece, n);
    }
    bool is_read = in && !ferror(in);
    if (!is_read) {
        fprintf(stderr, "truecount import: cannot read %s: %s\n", im->name, strerror(errno));
    } else if (out->overflow) {
        fprintf(stderr,
                "truecount import: %s is larger than %d MiB: split it\n",
                im->name,
                (int)(CSV_BODY_MAX >> 20));
    }
    if (in && !is_stdin) {
        (void)fclose(in);
    }
    return is_read && !out->overflow;
}

/* FILE:LINE: column: what is wrong */
static void print_errors(const struct import *im)
{
    size_t count = 0;
    for (struct json_iter i = json_iter(json_get(im->ask.said, "errors")); json_next(&i);) {
        struct slice column = ask_text(i.value, "column");
        fprintf(stderr, "%s:%" PRId64 ": ", im->name, ask_int(i.value, "line"));
        if (column.n) {
            cells_print(stderr, column);
            fputs(": ", stderr);
        }
        cells_print(stderr, ask_text(i.value, "detail"));
        fputc('\n', stderr);
        count++;
    }
    int64_t all = ask_int(im->ask.said, "errors_count");
    if (all > (int64_t)count) {
        fprintf(stderr, "truecount import: and %" PRId64 " more\n", all - (int64_t)count);
    }
    fputs("truecount import: nothing of the file was kept\n", stderr);
}

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
    printf("%s: %" PRId64 " lines: %" PRId64 " created, %" PRId64 " changed, %" PRId64
           " unchanged%s\n",
           im->words[0],
           ask_int(said, "lines"),
           created,
           changed,
           ask_int(said, "unchanged"),
           im->is_dry ? " (a dry run: nothing was kept)" : "");
    return code;
}

static int import_table(struct import *im)
{
    struct ask *ask = &im->ask;
    char what[64];
    ON_EXIT(buf_free) struct buf file;
    buf_init(&file, CSV_BODY_MAX);
    if (!read_file(im, &file)) {
        return 2;
    }
    ask->type = "text/csv";
    ask_path(ask, "/v1/csv");
    ask_segment(ask, im->words[0]);
    ask_query(ask, "dry_run", im->is_dry ? "true" : NULL);
    (void)snprintf(what, sizeof(what), "importing %.1f MB", (double)file.n / 1e6);
    struct progress *progress = progress_begin(what, NULL);
    int code = ask_try(ask, "POST", buf_view(&file));
    progress_end(progress);
    bool is_faulty = json_count(json_get(ask->said, "errors")) > 0;
    if (code || (ask->status >= 400 && !is_faulty)) {
        return code ? code : ask_refused(ask);
    }
    if (ask->is_json) {
        ask_print_json(ask);
    } else if (is_faulty) {
        print_errors(im);
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
