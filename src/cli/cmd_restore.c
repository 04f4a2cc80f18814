/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts a backup in the place of a data directory. It is copied beside its place, its sum and its
 * numbers are proven there, and the mark that it is behind the world lies there before it does.
 */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/times.h"
#include "cli/backup.h"
#include "cli/cmd.h"
#include "cli/data_dir.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/restored.h"

#define BESIDE "restoring"

struct restoring {
    const char *from, *data, *key_file;
    bool is_paused;
    char beside[BACKUP_PATH_MAX + 32]; /* where it is proven */
    struct backup_manifest manifest;
};

static void path_in(const char *directory, const char *name, char out[BACKUP_PATH_MAX + 64])
{
    (void)snprintf(out, BACKUP_PATH_MAX + 64, "%s/%s", directory, name);
}

static int64_t wall_us(void)
{
    struct timespec now;
    must(clock_gettime(CLOCK_REALTIME, &now) == 0);
    return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / 1000;
}

/* ---- the directory ---- */

static bool may_stay(const char *name)
{
    static const char *const names[] = {".", "..", "secrets.key", "lost+found", "restored", BESIDE};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Made when absent; nothing but a key may be in it, and what a restore that was killed left. */
static enum err look_at_directory(const char *data, struct err_note *note)
{
    const struct dirent *entry;
    enum err e = ERR_OK;
    if (strlen(data) >= BACKUP_PATH_MAX) {
        return err_note(note, ERR_USAGE, "'%.100s' is too long a path", data);
    }
    if (mkdir(data, 0700) != 0 && errno != EEXIST) {
        return err_note(note, ERR_IO, "cannot create '%.150s': %s", data, strerror(errno));
    }
    DIR *dir = opendir(data);
    if (!dir) {
        return err_note(note, ERR_IO, "cannot use '%.150s': %s", data, strerror(errno));
    }
    while (!e && (entry = readdir(dir))) {
        if (!may_stay(entry->d_name)) {
            e = err_note(note,
                         ERR_USAGE,
                         "'%.80s' has data in it ('%.40s'), and nothing is overwritten: stop its "
                         "server and move it away first, e.g. mv '%.40s' '%.40s.before'",
                         data,
                         entry->d_name,
                         data,
                         data);
        }
    }
    closedir(dir);
    return e;
}

static void remove_beside(const struct restoring *r)
{
    static const char *const files[] = {
        "truecount.db", "truecount.db-wal", "truecount.db-shm", "truecount.lock"};
    char path[BACKUP_PATH_MAX + 64];
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        path_in(r->beside, files[i], path);
        (void)unlink(path);
    }
    (void)rmdir(r->beside);
}

/* ---- the copy ---- */

static enum err prove_copy(struct restoring *r, const char *ledger, struct err_note *note)
{
    const struct backup_options prove = {0};
    struct backup_manifest found = {0};
    char sum[65];
    enum err e = backup_sum(ledger, false, sum, note);
    if (!e && strcmp(sum, r->manifest.sha256) != 0) {
        e = err_note(note,
                     ERR_CORRUPT,
                     "truecount.db is not what its manifest says (SHA-256 %.16s..., not %.16s...): "
                     "it is damaged, take another backup",
                     sum,
                     r->manifest.sha256);
    }
    e = e ? e : backup_prove(r->beside, &prove, &found, note);
    if (!e && (found.head != r->manifest.head || strcmp(found.chain, r->manifest.chain) != 0)) {
        e = err_note(note, ERR_CORRUPT, "its log ends elsewhere than its manifest says");
    }
    return e;
}

/* The key of the backup, unless one lies there already. */
static enum err place_key(const struct restoring *r, struct err_note *note)
{
    char from[BACKUP_PATH_MAX + 64], to[BACKUP_PATH_MAX + 64], sum[65];
    path_in(r->from, "secrets.key", from);
    path_in(r->data, "secrets.key", to);
    if (!r->manifest.has_key || access(to, F_OK) == 0) {
        return ERR_OK;
    }
    enum err e = backup_sum(from, false, sum, note);
    if (!e && strcmp(sum, r->manifest.key_sha256) != 0) {
        e = err_note(note, ERR_CORRUPT, "its key file is not what its manifest says");
    }
    return e ? e : backup_copy_file(from, to, note);
}

/* The mark first: a ledger that lies there without it would be taken for one that knows the world. */
static enum err put_in_place(const struct restoring *r, struct err_note *note)
{
    char from[BACKUP_PATH_MAX + 64], to[BACKUP_PATH_MAX + 64];
    struct restored mark = {.made_at_us = r->manifest.made_at_us,
                            .restored_at_us = wall_us(),
                            .is_paused = r->is_paused};
    (void)snprintf(mark.from, sizeof(mark.from), "%s", r->manifest.name);
    path_in(r->beside, "truecount.db", from);
    path_in(r->data, "truecount.db", to);
    enum err e = backup_sync(from, note);
    e = e ? e : restored_mark(r->data, &mark, note);
    if (!e && rename(from, to) != 0) {
        e = err_note(note, ERR_IO, "cannot rename '%.150s': %s", from, strerror(errno));
    }
    return e ? e : backup_sync(r->data, note);
}

static enum err restore(struct restoring *r, struct err_note *note)
{
    char from[BACKUP_PATH_MAX + 64], ledger[BACKUP_PATH_MAX + 64];
    enum err e = strlen(r->from) < BACKUP_PATH_MAX
                     ? backup_manifest_read(r->from, &r->manifest, note)
                     : err_note(note, ERR_USAGE, "'%.100s' is too long a path", r->from);
    e = e ? e : look_at_directory(r->data, note);
    e = e ? e : backup_has_room(r->data, r->manifest.bytes, note);
    if (e) {
        return e;
    }
    path_in(r->from, "truecount.db", from);
    (void)snprintf(r->beside, sizeof(r->beside), "%s/" BESIDE, r->data);
    path_in(r->beside, "truecount.db", ledger);
    remove_beside(r); /* of a restore that was killed */
    if (mkdir(r->beside, 0700) != 0) {
        return err_note(note, ERR_IO, "cannot create '%.150s': %s", r->beside, strerror(errno));
    }
    e = backup_copy_file(from, ledger, note);
    e = e ? e : prove_copy(r, ledger, note);
    e = e ? e : place_key(r, note);
    e = e ? e : put_in_place(r, note);
    remove_beside(r);
    return e;
}

/* ---- what is printed ---- */

static void print_key(const struct restoring *r)
{
    char own[BACKUP_PATH_MAX + 64], id[BACKUP_KEY_ID_MAX];
    path_in(r->data, "secrets.key", own);
    const char *path = r->key_file ? r->key_file : own;
    backup_key_id(path, id);
    if (!id[0]) {
        printf(
            "THERE IS NO KEY at '%s': put the key file with the id %s there before you start the "
            "server,\nor it makes a new one, and every channel must be given its secrets anew\n",
            path,
            r->manifest.key_id);
    } else if (strcmp(id, r->manifest.key_id) != 0) {
        printf(
            "THE KEY '%s' IS ANOTHER ONE (id %s, not %s): with it every channel must be given its "
            "secrets anew\n",
            path,
            id,
            r->manifest.key_id);
    }
}

static void print_restored(const struct restoring *r)
{
    char at[TIME_TEXT_MAX];
    struct slice made = time_format_s(r->manifest.made_at_us, at);
    printf("restored %s to %s: proven, commit %" PRId64 ", chain %s\n",
           r->manifest.name,
           r->data,
           r->manifest.head,
           r->manifest.chain);
    print_key(r);
    printf(
        "It knows nothing that happened after %.*s. Start the server: it reads the channels' "
        "orders "
        "again, and\nraises no count before it has; the incident RESTORED says what you must do.\n",
        SLICE_ARG(made));
}

static int failed(const char *command, enum err e, const struct err_note *note)
{
    fprintf(stderr, "truecount %s: %s\n", command, note->text[0] ? note->text : err_text(e));
    return e == ERR_CORRUPT ? 1 : 2;
}

/* ---- a directory that somebody else put back ---- */

static enum err last_event(struct store *store, int64_t *out_at_us)
{
    struct rows rows = {0};
    struct arena arena;
    const struct store_query query = {.limit = 1, .newest_first = true};
    arena_init(&arena, (size_t)16 << 20);
    enum err e = store->ops->list_events(store, &query, &arena, &rows);
    *out_at_us = !e && rows.count ? ((const struct event_row *)rows.items[0])->at_us : 0;
    arena_free(&arena);
    return e;
}

static int mark_in_place(const char *command, const char *data, bool is_paused)
{
    struct restored mark = {
        .restored_at_us = wall_us(), .is_paused = is_paused, .from = "the directory as it is"};
    struct verify_report report = {0};
    struct err_note note = {""};
    struct data_dir dir;
    int code = data_dir_open(command, data, false, &dir);
    if (code) {
        return code;
    }
    if (dir.server) {
        data_dir_close(&dir);
        fprintf(stderr, "truecount %s: a server runs on '%s': stop it first\n", command, data);
        return 2;
    }
    enum err e = store_verify(dir.store, &report, &note);
    e = e ? e : last_event(dir.store, &mark.made_at_us);
    e = e ? e : restored_mark(data, &mark, &note);
    data_dir_close(&dir);
    if (e) {
        return failed(command, e, &note);
    }
    printf("'%s' is proven, and marked: the next start takes it for a restored backup\n", data);
    return 0;
}

int cmd_restore(int argc, char **argv)
{
    struct restoring r = {0};
    struct err_note note = {""};
    bool is_in_place = false;
    const struct option options[] = {
        {"from",
         OPTION_TEXT,
         "DIR",
         "one backup: the directory with manifest.json",
         .text = &r.from},
        {"data",
         OPTION_TEXT,
         "DIR",
         "where the ledger is to live: absent, or empty but for a key",
         .is_required = true,
         .text = &r.data},
        {"key-file",
         OPTION_TEXT,
         "FILE",
         "as truecount serve will have it: only looked at",
         .text = &r.key_file},
        {"paused",
         OPTION_SWITCH,
         NULL,
         "every channel begins paused: no count leaves until truecount channel resume",
         .is_set = &r.is_paused},
        {"in-place",
         OPTION_SWITCH,
         NULL,
         "DIR was put back by other means (a snapshot, cp): prove it and mark it as restored",
         .is_set = &is_in_place}};
    enum options_result result = options_parse(
        argc,
        argv,
        "Puts a backup in the place of a data directory, after proving it. Overwrites nothing.\n\n"
        "Exit 0: it is there; 1: the backup is damaged; 2: it could not be done.",
        options,
        COUNT_OF(options));
    if (result != OPTIONS_OK) {
        return options_exit(result);
    }
    must(r.data); /* it is required */
    if (is_in_place == (r.from != NULL)) {
        fprintf(
            stderr,
            "truecount restore: say --from BACKUP, or --in-place; see truecount restore --help\n");
        return 2;
    }
    if (is_in_place) {
        return mark_in_place(argv[0], r.data, r.is_paused);
    }
    struct progress *progress = progress_begin("restoring the ledger", NULL);
    enum err e = restore(&r, &note);
    progress_end(progress);
    if (e) {
        return failed(argv[0], e, &note);
    }
    print_restored(&r);
    return 0;
}
