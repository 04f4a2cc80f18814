/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The copy is made by this process, out of a snapshot of its own, whether a server writes the ledger
 * or not; all else happens in the copy. What it takes in time, memory and space is printed.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "cli/data_dir.h"
#include "cli/progress.h"
#include "cli/rebuild_verify.h"
#include "store/rebuild.h"

struct verifying {
    const char *command, *data;
    char copy[1024];
    bool is_kept; /* the copy stays */
    struct progress *progress;
    enum rebuild_phase phase;
    double began_s;
    double seconds[REBUILD_ORDERS + 1]; /* that each phase took */
};

static volatile sig_atomic_t is_interrupted;

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    is_interrupted = 1;
}

static bool must_stop(void)
{
    return is_interrupted;
}

static double now_s(void)
{
    struct timespec now;
    must(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The most memory this process ever had, in MB; 0: not said. */
static double memory_mb(void)
{
    FILE *f = fopen("/proc/self/status", "r");
    char line[256];
    double kb = 0;
    while (f && fgets(line, sizeof(line), f)) {
        if (strncmp(line, "VmHWM:", 6) == 0) {
            kb = strtod(line + 6, NULL);
        }
    }
    if (f) {
        (void)fclose(f);
    }
    return kb / 1000;
}

/* ---- the copy ---- */

static double file_size(const char *directory, const char *name)
{
    char path[1100];
    struct stat st;
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    return stat(path, &st) == 0 ? (double)st.st_size : 0;
}

static bool is_ledger_there(const char *directory)
{
    char path[1100];
    snprintf(path, sizeof(path), "%s/truecount.db", directory);
    return access(path, F_OK) == 0;
}

/* The directory of the copy; 0 or the exit code. */
static int make_directory(struct verifying *v, const char *into)
{
    v->is_kept = into != NULL;
    int n = into ? snprintf(v->copy, sizeof(v->copy), "%s", into)
                 : snprintf(v->copy, sizeof(v->copy), "%s/rebuild-XXXXXX", v->data);
    const char *why = n < 0 || (size_t)n >= sizeof(v->copy) ? "its path is too long" : NULL;
    if (!why && into && is_ledger_there(v->copy)) {
        why = "there is a ledger in it";
    }
    bool is_made = why    ? false
                   : into ? mkdir(v->copy, 0700) == 0 || errno == EEXIST
                          : mkdtemp(v->copy) != NULL;
    if (!why && !is_made) {
        why = strerror(errno);
    }
    struct statvfs fs;
    double wanted = file_size(v->data, "truecount.db") + file_size(v->data, "truecount.db-wal");
    if (!why && statvfs(v->copy, &fs) == 0 &&
        (double)fs.f_bavail * (double)fs.f_frsize < wanted * 1.25) {
        why = "there is not space for a copy of the ledger: give --into another disk";
        if (!into) {
            (void)rmdir(v->copy);
        }
    }
    if (why) {
        fprintf(stderr, "truecount %s: '%s' does not do: %s\n", v->command, v->copy, why);
        return 2;
    }
    return 0;
}

static void remove_copy(const struct verifying *v)
{
    static const char *const files[] = {
        "truecount.db", "truecount.db-wal", "truecount.db-shm", "truecount.lock"};
    char path[1100];
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        snprintf(path, sizeof(path), "%s/%s", v->copy, files[i]);
        (void)unlink(path);
    }
    (void)rmdir(v->copy);
}

static int failed(struct verifying *v, enum err e, const struct err_note *note)
{
    progress_end(v->progress);
    v->progress = NULL;
    fprintf(stderr,
            "truecount %s: %s\n",
            v->command,
            is_interrupted  ? "stopped"
            : note->text[0] ? note->text
                            : err_text(e));
    return e == ERR_CORRUPT ? 1 : 2;
}

/* Whoever has the lock may go on; without a server it is ours meanwhile. */
static int make_copy(struct verifying *v)
{
    struct err_note note = {""};
    struct data_dir dir;
    int code = data_dir_open(v->command, v->data, false, &dir);
    if (code) {
        return code;
    }
    double began_s = now_s();
    v->progress = progress_begin("copying the ledger", NULL);
    enum err e = store_sqlite_copy(v->data, NULL, v->copy, must_stop, &note);
    progress_end(v->progress);
    v->progress = NULL;
    data_dir_close(&dir);
    if (e) {
        return failed(v, e, &note);
    }
    printf(
        "copied %.1f MB in %.1f s\n", file_size(v->copy, "truecount.db") / 1e6, now_s() - began_s);
    return 0;
}

/* ---- the rebuild ---- */

static void on_phase(void *arg, enum rebuild_phase phase)
{
    static const char *const texts[] = {[REBUILD_DUMPING] = "reading the state",
                                        [REBUILD_FOLDING] = "folding movements",
                                        [REBUILD_COMPARING] = "comparing the state",
                                        [REBUILD_ORDERS] = "comparing orders"};
    struct verifying *v = arg;
    double now = now_s();
    if (v->began_s > 0) {
        v->seconds[v->phase] = now - v->began_s;
    }
    v->began_s = now;
    v->phase = phase;
    progress_end(v->progress);
    v->progress = progress_begin(texts[phase], NULL);
}

static void print_hash(const char *what, const uint8_t hash[32])
{
    printf("%s ", what);
    for (size_t i = 0; i < 32; i++) {
        printf("%02x", hash[i]);
    }
    putchar('\n');
}

static double per_second(int64_t n, double seconds)
{
    return seconds > 0 ? (double)n / seconds : 0;
}

static void print_report(const struct verifying *v, const struct rebuild_report *r)
{
    double fold_s = v->seconds[REBUILD_FOLDING], orders_s = v->seconds[REBUILD_ORDERS];
    printf("folded %" PRId64 " movements of %" PRId64 " events in %.1f s: %.0f movements/s\n",
           r->movements,
           r->events,
           fold_s,
           per_second(r->movements, fold_s));
    if (v->phase == REBUILD_ORDERS) {
        printf("compared %" PRId64 " orders with their movements in %.1f s\n", r->orders, orders_s);
    }
    print_hash("dump before", r->before);
    if (v->phase >= REBUILD_COMPARING) {
        print_hash("dump after ", r->after);
    }
    printf("memory %.1f MB at most\n", memory_mb());
}

static void print_difference(const struct rebuild_report *r)
{
    if (r->line_before[0] || r->line_after[0]) {
        fprintf(stderr,
                "the first line that differs:\n  kept     %s\n  rebuilt  %s\n",
                r->line_before[0] ? r->line_before : "(none)",
                r->line_after[0] ? r->line_after : "(none)");
    }
}

static int rebuild(struct verifying *v, FILE *aside)
{
    struct err_note note = {""};
    struct rebuild_report report = {0};
    struct store *store = NULL;
    const struct rebuild_options options = {
        .aside = aside, .must_stop = must_stop, .on_phase = on_phase, .arg = v};
    enum err e = store_sqlite_open(v->copy, NULL, &store, &note);
    if (e) {
        return failed(v, e, &note);
    }
    e = store_rebuild(store, &options, &report, &note);
    v->seconds[v->phase] = now_s() - v->began_s;
    progress_end(v->progress);
    v->progress = NULL;
    store_close(store);
    if (!e || e == ERR_CORRUPT) {
        print_report(v, &report);
    }
    if (e) {
        (void)fflush(stdout);
        int code = failed(v, e, &note);
        print_difference(&report);
        return code;
    }
    printf("ok: %" PRId64 " SKUs, %" PRId64 " orders, %" PRId64
           " lines of state are what the log makes of them\n",
           report.skus,
           report.orders,
           report.lines);
    return 0;
}

/* The dump before lies beside the copy, under no name: it is gone with us. */
static FILE *open_aside(const struct verifying *v)
{
    int fd = open(v->copy, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    FILE *f = fd < 0 ? tmpfile() : fdopen(fd, "w+");
    if (!f) {
        fprintf(stderr, "truecount %s: no temporary file in '%s'\n", v->command, v->copy);
    }
    return f;
}

int rebuild_verify(const char *command, const char *data, const char *into)
{
    struct verifying v = {.command = command, .data = data};
    const struct sigaction action = {.sa_handler = on_interrupt};
    if (!is_ledger_there(data)) {
        fprintf(stderr, "truecount %s: there is no ledger in '%s'\n", command, data);
        return 2;
    }
    int code = make_directory(&v, into);
    if (code) {
        return code;
    }
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)setenv("SQLITE_TMPDIR", v.copy, 1); /* sorting 10 million rows takes a gigabyte */
    code = make_copy(&v);
    FILE *aside = code ? NULL : open_aside(&v);
    code = code ? code : aside ? rebuild(&v, aside) : 2;
    if (aside) {
        (void)fclose(aside);
    }
    if (!v.is_kept) {
        remove_copy(&v);
    }
    return code;
}
