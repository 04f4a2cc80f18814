/* SPDX-License-Identifier: Apache-2.0 */
/* A ledger moves: from a data directory into PostgreSQL, and back. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/options.h"
#include "cli/store_place.h"
#include "store/copy.h"

#define SHOW_EACH 100000

struct shown {
    bool is_terminal;
    int64_t at; /* rows of the table that was last told of */
    const char *table;
};

static void show(void *arg, const char *table, int64_t rows)
{
    struct shown *shown = arg;
    if (shown->is_terminal) {
        fprintf(stderr, "\r%-16s %12" PRId64 " rows", table, rows);
    } else if (shown->table != table || rows - shown->at >= SHOW_EACH) {
        fprintf(stderr, "%s: %" PRId64 " rows\n", table, rows);
        shown->at = rows;
    }
    shown->table = table;
}

static enum err
open_place(const char *place, bool may_create, struct store **out, struct err_note *note)
{
    if (store_place_is_postgres(place)) {
        return store_postgres_open(place, out, note);
    }
    if (strncmp(place, "sqlite:", 7) != 0 || !place[7]) {
        return err_note(note,
                        ERR_USAGE,
                        "'%s' is no store: give sqlite:DIR, or postgresql://HOST/DATABASE",
                        place);
    }
    char path[1100];
    (void)snprintf(path, sizeof(path), "%s/truecount.db", place + 7);
    if (may_create && mkdir(place + 7, 0700) != 0 && errno != EEXIST) {
        return err_note(note, ERR_IO, "cannot make '%s': %s", place + 7, strerror(errno));
    }
    if (!may_create && access(path, R_OK) != 0) {
        return err_note(note, ERR_USAGE, "there is no ledger in '%s'", place + 7);
    }
    return store_sqlite_open(place + 7, NULL, out, note);
}

static int copy(const char *command, const char *from_place, const char *to_place)
{
    struct store *from = NULL, *to = NULL;
    struct err_note note = {""};
    struct shown shown = {.is_terminal = isatty(STDERR_FILENO)};
    struct store_copy what = {.tell = show, .arg = &shown};
    enum err e = open_place(from_place, false, &from, &note);
    e = e ? e : open_place(to_place, true, &to, &note);
    e = e ? e : store_copy(from, to, &what, &note);
    store_close(to);
    store_close(from);
    if (shown.is_terminal && shown.table) {
        fputs("\r\033[K", stderr);
    }
    if (e) {
        fprintf(stderr, "truecount %s: %s\n", command, note.text[0] ? note.text : err_text(e));
        return e == ERR_CORRUPT ? 1 : 2;
    }
    printf("ok: %" PRId64 " rows", what.rows);
    if (what.before) {
        printf(", %" PRId64 " of them from a copy that was cut off before", what.before);
    }
    printf(
        "; both say the same, byte for byte\n"
        "Secrets stay sealed with the key they had: give truecount serve the same --key-file.\n");
    return 0;
}

int cmd_copy(int argc, char **argv)
{
    const char *from = NULL, *to = NULL;
    const struct option options[] = {
        {"from",
         OPTION_TEXT,
         "STORE",
         "sqlite:DIR or postgresql://HOST/DATABASE; nobody uses it meanwhile",
         .is_required = true,
         .text = &from},
        {"to",
         OPTION_TEXT,
         "STORE",
         "the same; empty, or what an earlier copy left when it was cut off",
         .is_required = true,
         .text = &to}};
    enum options_result r = options_parse(
        argc,
        argv,
        "Moves a ledger to another kind of store. Stop the server first. A copy that\n"
        "was cut off goes on where it was when the command is given again, and no\n"
        "server starts on it before it is whole. At the end the canonical dumps of\n"
        "both are compared.\n\n"
        "Exit 0: both say the same; 1: they do not; 2: it could not be done.",
        options,
        COUNT_OF(options));
    return r == OPTIONS_OK ? copy(argv[0], from, to) : options_exit(r);
}
