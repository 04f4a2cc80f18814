/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that read a data directory, whether a server runs on it or not: verify and dump. */
#include "cli/cmd.h"
#include "cli/data_dir.h"
#include "cli/options.h"
#include "cli/rebuild_verify.h"

#define ANSWER_MAX ((size_t)64 << 10)

/* ---- verify ---- */

/* The end of both ways: what was found, as text, and the exit code. */
static int print_report(const struct verify_report *report, const char *fault, struct slice chain)
{
    if (fault) {
        fprintf(stderr, "truecount verify: %s\n", fault);
        return 1;
    }
    printf("ok: %" PRId64 " commits, %" PRId64 " events, %" PRId64 " movements, %" PRId64
           " orders, %" PRId64 " SKUs\nchain %.*s\n",
           report->commits,
           report->events,
           report->movements,
           report->orders,
           report->skus,
           SLICE_ARG(chain));
    return 0;
}

static int verify_store(struct store *store)
{
    struct verify_report report = {0};
    struct err_note note = {""};
    char chain[2 * sizeof(report.chain) + 1];
    enum err e = store_verify(store, &report, &note);
    for (size_t i = 0; i < sizeof(report.chain); i++) {
        snprintf(chain + 2 * i, 3, "%02x", report.chain[i]);
    }
    return print_report(&report,
                        !e             ? NULL
                        : note.text[0] ? note.text
                                       : err_text(e),
                        slice_of(chain));
}

/* False when it is not what a server says about verify. */
static bool read_report(struct json said,
                        struct verify_report *out,
                        bool *out_ok,
                        struct slice *out_detail,
                        struct slice *out_chain)
{
    return json_bool(json_get(said, "ok"), out_ok) &&
           (*out_ok || json_text(json_get(said, "detail"), out_detail)) &&
           json_int(json_get(said, "commits"), &out->commits) &&
           json_int(json_get(said, "events"), &out->events) &&
           json_int(json_get(said, "movements"), &out->movements) &&
           json_int(json_get(said, "orders"), &out->orders) &&
           json_int(json_get(said, "skus"), &out->skus) &&
           json_text(json_get(said, "chain"), out_chain);
}

static int print_answer(struct slice body)
{
    struct json_doc *doc = json_doc_new();
    struct json said = {0};
    struct err_note note = {""};
    struct verify_report report = {0};
    struct slice detail = {0}, chain = {0};
    bool ok = false;
    int code = 2;
    if (!doc || json_parse(doc, body, &said, &note) ||
        !read_report(said, &report, &ok, &detail, &chain)) {
        fprintf(stderr, "truecount verify: the server's answer makes no sense to this truecount\n");
    } else {
        char fault[sizeof(note.text)];
        snprintf(fault, sizeof(fault), "%.*s", SLICE_ARG(detail));
        code = print_report(&report, ok ? NULL : fault, chain);
    }
    json_doc_free(doc);
    return code;
}

static int verify_server(const char *command, struct data_dir *dir)
{
    ON_EXIT(buf_free) struct buf body;
    buf_init(&body, ANSWER_MAX);
    int status = 0;
    const struct control_request request = {.method = "POST", .path = "/verify"};
    int code = data_dir_ask(command, dir, &request, NULL, &status, &body);
    if (code) {
        return code;
    }
    return status == 200 ? print_answer(buf_view(&body))
                         : data_dir_refused(command, status, buf_view(&body));
}

int cmd_verify(int argc, char **argv)
{
    const char *data = NULL, *into = NULL;
    bool is_rebuild = false;
    const struct option options[] = {
        {"data", OPTION_TEXT, "DIR", "the data directory", .is_required = true, .text = &data},
        {"rebuild",
         OPTION_SWITCH,
         NULL,
         "make all balances anew from the log, in a copy, and compare",
         .is_set = &is_rebuild},
        {"into",
         OPTION_TEXT,
         "DIR",
         "with --rebuild: where the copy is made, and stays",
         .text = &into}};
    enum options_result r =
        options_parse(argc,
                      argv,
                      "Checks the hash chain and every balance. Works the same while a server runs "
                      "on DIR: the\nserver then checks its latest commit and goes on serving.\n"
                      "With --rebuild a copy of the ledger is made, which takes as much space "
                      "again.\n\n"
                      "Exit 0: all is well; 1: it is not; 2: it could not be checked.",
                      options,
                      COUNT_OF(options));
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    must(data); /* it is required */
    if (into && !is_rebuild) {
        fprintf(stderr, "truecount verify: --into goes with --rebuild\n");
        return 2;
    }
    if (is_rebuild) {
        return rebuild_verify(argv[0], data, into);
    }
    struct data_dir dir;
    int code = data_dir_open(argv[0], data, false, &dir);
    if (code) {
        return code;
    }
    code = dir.server ? verify_server(argv[0], &dir) : verify_store(dir.store);
    data_dir_close(&dir);
    return code;
}

/* ---- dump ---- */

static void print_line(void *arg, struct slice text)
{
    (void)arg;
    (void)fwrite(text.p, 1, text.n, stdout);
    putchar('\n');
}

static int dump_store(const char *command, struct store *store)
{
    struct err_note note = {""};
    enum err e = store_dump(store, print_line, NULL, &note);
    if (e) {
        fprintf(stderr, "truecount %s: %s\n", command, note.text[0] ? note.text : err_text(e));
        return 1;
    }
    return 0;
}

static bool copy_from(FILE *aside)
{
    char piece[16384];
    size_t n;
    rewind(aside);
    while ((n = fread(piece, 1, sizeof(piece), aside)) > 0) {
        (void)fwrite(piece, 1, n, stdout); /* stdout is looked at in the end */
    }
    return !ferror(aside);
}

/*
 * The dump is kept aside until it is whole: what is printed is never the half of one, and who reads
 * it slowly does not keep the server's snapshot open.
 */
static int dump_server(const char *command, struct data_dir *dir)
{
    ON_EXIT(buf_free) struct buf body;
    buf_init(&body, ANSWER_MAX);
    int status = 0;
    FILE *aside = tmpfile();
    if (!aside) {
        fprintf(stderr, "truecount %s: no temporary file for the server's answer\n", command);
        return 2;
    }
    const struct control_request request = {.method = "GET", .path = "/dump"};
    int code = data_dir_ask(command, dir, &request, aside, &status, &body);
    if (!code && status != 200) {
        code = data_dir_refused(command, status, buf_view(&body));
    } else if (!code && !copy_from(aside)) {
        fprintf(
            stderr, "truecount %s: the server's answer got lost in a temporary file\n", command);
        code = 1;
    }
    (void)fclose(aside);
    return code;
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
    enum options_result r =
        options_parse(argc,
                      argv,
                      "Prints the state, one line per row, sorted. Works the same while a server "
                      "runs on DIR: it\nthen prints the state of one commit.",
                      options,
                      COUNT_OF(options));
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    if (!canonical) {
        fprintf(stderr, "truecount dump: say --canonical; it is the only kind there is\n");
        return 2;
    }
    must(data); /* it is required */
    struct data_dir dir;
    int code = data_dir_open(argv[0], data, false, &dir);
    if (code) {
        return code;
    }
    code = dir.server ? dump_server(argv[0], &dir) : dump_store(argv[0], dir.store);
    data_dir_close(&dir);
    if (!code && (fflush(stdout) != 0 || ferror(stdout))) {
        fprintf(stderr, "truecount dump: the dump could not be printed\n");
        code = 1;
    }
    return code;
}
