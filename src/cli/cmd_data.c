/* SPDX-License-Identifier: Apache-2.0 */
/* Commands on a data directory that no server runs on: verify, dump, token. */
#include <sys/stat.h>

#include "base/crypto.h"
#include "cli/cmd.h"
#include "cli/options.h"
#include "store/store.h"

/* Opens what is there; these commands create nothing. */
static int open_store(const char *command, const char *data, struct store **out)
{
    struct err_note note = {""};
    char path[1100];
    struct stat st;
    must(data); /* --data is required */
    snprintf(path, sizeof(path), "%s/truecount.db", data);
    if (stat(path, &st) != 0) {
        fprintf(stderr,
                "truecount %s: there is no ledger in '%s'; start truecount serve --data %s first\n",
                command,
                data,
                data);
        return 2;
    }
    enum err e = store_sqlite_open(data, NULL, out, &note);
    if (e) {
        fprintf(stderr, "truecount %s: %s\n", command, note.text[0] ? note.text : err_text(e));
        return e == ERR_CORRUPT || e == ERR_IO ? 1 : 2;
    }
    return 0;
}

int cmd_verify(int argc, char **argv)
{
    const char *data = NULL;
    const struct option options[] = {
        {"data", OPTION_TEXT, "DIR", "the data directory", .is_required = true, .text = &data}};
    enum options_result r =
        options_parse(argc,
                      argv,
                      "Checks the hash chain and every balance. Exit 0: all is well; 1: it is not.",
                      options,
                      COUNT_OF(options));
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    struct store *store = NULL;
    int code = open_store(argv[0], data, &store);
    if (code) {
        return code;
    }
    struct verify_report report = {0};
    struct err_note note = {""};
    enum err e = store_verify(store, &report, &note);
    store_close(store);
    if (e) {
        fprintf(stderr, "truecount verify: %s\n", note.text[0] ? note.text : err_text(e));
        return 1;
    }
    printf("ok: %" PRId64 " commits, %" PRId64 " events, %" PRId64 " movements, %" PRId64
           " orders, %" PRId64 " SKUs\nchain ",
           report.commits,
           report.events,
           report.movements,
           report.orders,
           report.skus);
    for (size_t i = 0; i < sizeof(report.chain); i++) {
        printf("%02x", report.chain[i]);
    }
    putchar('\n');
    return 0;
}

static void print_line(void *arg, struct slice text)
{
    (void)arg;
    printf("%.*s\n", SLICE_ARG(text));
}

int cmd_dump(int argc, char **argv)
{
    const char *data = NULL;
    bool canonical = false;
    const struct option options[] = {
        {"data", OPTION_TEXT, "DIR", "the data directory", .is_required = true, .text = &data},
        {"canonical",
         OPTION_SWITCH,
         NULL,
         "the canonical dump: equal states give equal bytes",
         .is_set = &canonical}};
    enum options_result r = options_parse(
        argc, argv, "Prints the state, one line per row, sorted.", options, COUNT_OF(options));
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    if (!canonical) {
        fprintf(stderr, "truecount dump: say --canonical; it is the only kind there is\n");
        return 2;
    }
    struct store *store = NULL;
    int code = open_store(argv[0], data, &store);
    if (code) {
        return code;
    }
    struct err_note note = {""};
    enum err e = store_dump(store, print_line, NULL, &note);
    store_close(store);
    if (e) {
        fprintf(stderr, "truecount dump: %s\n", note.text[0] ? note.text : err_text(e));
        return 1;
    }
    return 0;
}
