/* SPDX-License-Identifier: Apache-2.0 */
/* A backup is made by this process, out of a snapshot of its own, whether a server writes the ledger
 * or not. */
#include <signal.h>
#include <sys/resource.h>
#include <time.h>

#include "cli/backup.h"
#include "cli/cmd.h"
#include "cli/data_dir.h"
#include "cli/options.h"
#include "cli/progress.h"

#define NICENESS 10
#define ANSWER_MAX ((size_t)64 << 10)

static volatile sig_atomic_t is_interrupted;
static struct store *volatile proving;

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    is_interrupted = 1;
    if (proving) {
        store_interrupt(proving);
    }
}

static bool must_stop(void *arg)
{
    (void)arg;
    return is_interrupted;
}

static void on_proving(void *arg, struct store *store)
{
    (void)arg;
    proving = store;
    if (is_interrupted && store) {
        store_interrupt(store);
    }
}

static int64_t wall_us(void)
{
    struct timespec now;
    must(clock_gettime(CLOCK_REALTIME, &now) == 0);
    return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / 1000;
}

static void print_made(const struct backup_options *o, const struct backup_manifest *m)
{
    printf("backup %s/%s\n%.1f MB, commit %" PRId64 ", chain %s\n",
           o->to,
           m->name,
           (double)m->bytes / 1e6,
           m->head,
           m->chain);
    if (m->is_proven) {
        printf("proven: %" PRId64 " events, %" PRId64 " movements, %" PRId64 " orders, %" PRId64
               " SKUs\n",
               m->events,
               m->movements,
               m->orders,
               m->skus);
    } else {
        printf("not proven: truecount restore will do it\n");
    }
    if (m->has_key) {
        printf("the key is in it: whoever has this backup has every channel's secrets\n");
    } else {
        printf("THE KEY IS NOT IN IT: keep the key file (id %s) apart, and keep it. Without it the "
               "secrets of\nchannels and webhooks in this backup can never be read.\n",
               m->key_id[0] ? m->key_id : "unknown: it was not found, see --key-file");
    }
}

static int print_json(const struct backup_manifest *m)
{
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, ANSWER_MAX);
    backup_manifest_write(m, &text);
    printf("%.*s\n", (int)text.n, text.p);
    return 0;
}

static int back_up(const char *command, const struct backup_options *o, bool is_json)
{
    struct data_dir dir;
    struct backup_manifest manifest;
    struct err_note note = {""};
    int64_t removed = 0;
    const struct sigaction action = {.sa_handler = on_interrupt};
    if (backup_may_open(o->data, &note)) {
        fprintf(stderr, "truecount %s: %s\n", command, note.text);
        return 2;
    }
    int code = data_dir_open(command, o->data, false, &dir);
    if (code) {
        return code;
    }
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)setpriority(PRIO_PROCESS, 0, NICENESS);
    struct progress *progress = progress_begin("backing up the ledger", NULL);
    enum err e = backup_make(o, &manifest, &removed, &note);
    progress_end(progress);
    data_dir_close(&dir);
    if (e) {
        fprintf(stderr,
                "truecount %s: %s; nothing was kept\n",
                command,
                is_interrupted ? "stopped"
                : note.text[0] ? note.text
                               : err_text(e));
        return e == ERR_CORRUPT && !is_interrupted ? 1 : 2;
    }
    if (is_json) {
        return print_json(&manifest);
    }
    print_made(o, &manifest);
    if (removed) {
        printf("%" PRId64 " older ones were removed\n", removed);
    }
    return 0;
}

int cmd_backup(int argc, char **argv)
{
    struct backup_options o = {.must_stop = must_stop, .on_proving = on_proving};
    bool is_json = false;
    const struct option options[] = {
        {"data", OPTION_TEXT, "DIR", "the data directory", .is_required = true, .text = &o.data},
        {"to",
         OPTION_TEXT,
         "DIR",
         "where backups are kept, each in a directory named after its time; made when absent",
         .is_required = true,
         .text = &o.to},
        {"keep",
         OPTION_NUMBER,
         "N",
         "remove this ledger's older ones there, but the newest N; without it all stay",
         .min = 1,
         .max = 1000,
         .number = &o.keep},
        {"with-key",
         OPTION_SWITCH,
         NULL,
         "put the key file into it, which opens every channel's secrets",
         .is_set = &o.has_key},
        {"key-file",
         OPTION_TEXT,
         "FILE",
         "as truecount serve has it (secrets.key in the data directory)",
         .text = &o.key_file},
        {"no-verify", OPTION_SWITCH, NULL, "do not prove its numbers", .is_set = &o.is_unproven},
        {"json", OPTION_SWITCH, NULL, "print its manifest", .is_set = &is_json}};
    enum options_result r = options_parse(
        argc,
        argv,
        "Makes a copy of the ledger as it is at this moment, and proves it. Works the same while "
        "a\n"
        "server runs on DIR, which goes on serving. What goes wrong leaves nothing behind.\n\n"
        "Exit 0: it is there and whole; 1: the ledger's numbers do not prove; 2: it could not be "
        "made.",
        options,
        COUNT_OF(options));
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    o.now_us = wall_us();
    return back_up(argv[0], &o, is_json);
}
