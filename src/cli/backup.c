/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/times.h"
#include "cli/store_place.h"
#include "store/rebuild.h"

#define NAME_FIRST "truecount-"
#define NAME_BYTES (sizeof("truecount-2026-11-27T20-15-00Z") - 1)
#define KEPT_MAX 10000

struct making {
    const struct backup_options *o;
    char partial[BACKUP_PATH_MAX + 2 * BACKUP_NAME_MAX], whole[BACKUP_PATH_MAX + BACKUP_NAME_MAX];
    char ledger[BACKUP_PATH_MAX + 3 * BACKUP_NAME_MAX]; /* in partial */
    int lock;
};

static void path_in(const char *directory, const char *name, char *out, size_t size)
{
    int n = snprintf(out, size, "%s/%s", directory, name);
    must(n > 0 && (size_t)n < size);
}

/* ---- the copying, at half the speed ---- */

/* The store asks whether to stop without saying whom: one copy a thread. */
static _Thread_local struct {
    const struct backup_options *o;
    struct timespec last;
} pace;

static bool pause_or_stop(void)
{
    struct timespec now;
    must(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    int64_t ns =
        (int64_t)(now.tv_sec - pace.last.tv_sec) * 1000000000 + now.tv_nsec - pace.last.tv_nsec;
    const struct timespec pause = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
    nanosleep(&pause, NULL);
    must(clock_gettime(CLOCK_MONOTONIC, &pace.last) == 0);
    return pace.o->must_stop && pace.o->must_stop(pace.o->arg);
}

static enum err copy_ledger(const struct making *m, struct err_note *note)
{
    pace.o = m->o;
    must(clock_gettime(CLOCK_MONOTONIC, &pace.last) == 0);
    return store_sqlite_copy(m->o->data, NULL, m->partial, pause_or_stop, note);
}

/* ---- proving it ---- */

/* Where SQLite's file format keeps the number of the schema. */
static int64_t schema_of(const char *ledger)
{
    uint8_t b[4] = {0};
    int fd = open(ledger, O_RDONLY | O_CLOEXEC);
    bool is_read = fd >= 0 && pread(fd, b, sizeof(b), 60) == (ssize_t)sizeof(b);
    if (fd >= 0) {
        close(fd);
    }
    return is_read ? (int64_t)b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3] : -1;
}

static enum err older(struct err_note *note, int64_t schema)
{
    return err_note(note,
                    ERR_USAGE,
                    "the ledger is of an older truecount (schema %" PRId64 ", this one writes %d): "
                    "use that one's binary for the backup, or upgrade the server first",
                    schema,
                    store_sqlite_schema());
}

static enum err elsewhere(struct err_note *note, const char *data)
{
    return err_note(
        note,
        ERR_USAGE,
        "the ledger of '%.100s' is in PostgreSQL: back that up with its own tools, and the "
        "key file too",
        data);
}

enum err backup_may_open(const char *data, struct err_note *note)
{
    char ledger[BACKUP_PATH_MAX + BACKUP_NAME_MAX];
    int n = snprintf(ledger, sizeof(ledger), "%s/truecount.db", data);
    if (store_place_is_there(data) && !store_place_is_file(data)) {
        return elsewhere(note, data);
    }
    int64_t schema = n > 0 && (size_t)n < sizeof(ledger) ? schema_of(ledger) : -1;
    /* 0: all of it is in the write-ahead log still, so a server of some release is at it. */
    return schema > 0 && schema < store_sqlite_schema() ? older(note, schema) : ERR_OK;
}

static enum err describe(struct store *store,
                         const struct backup_options *o,
                         struct backup_manifest *out,
                         struct err_note *note)
{
    struct verify_report report = {0};
    uint8_t hash[32];
    enum err e = store->ops->chain_check(store, -1, &out->head, hash, note);
    e = e ? e : store->ops->counts(store, &out->events, &out->movements);
    for (size_t i = 0; !e && i < sizeof(hash); i++) {
        (void)snprintf(out->chain + 2 * i, 3, "%02x", hash[i]);
    }
    if (!e && !o->is_unproven) {
        if (o->on_proving) {
            o->on_proving(o->arg, store);
        }
        e = store_verify(store, &report, note);
        if (o->on_proving) {
            o->on_proving(o->arg, NULL);
        }
        out->is_proven = !e;
        out->commits = report.commits;
        out->orders = report.orders;
        out->skus = report.skus;
    }
    return e;
}

enum err backup_prove(const char *directory,
                      const struct backup_options *options,
                      struct backup_manifest *out,
                      struct err_note *note)
{
    char ledger[BACKUP_PATH_MAX + 3 * BACKUP_NAME_MAX], lock[sizeof(ledger)];
    struct store *store = NULL, *reader = NULL; /* a reader's work can be interrupted */
    path_in(directory, "truecount.db", ledger, sizeof(ledger));
    path_in(directory, "truecount.lock", lock, sizeof(lock));
    out->schema = schema_of(ledger);
    enum err e = store_sqlite_open(directory, NULL, &store, note);
    e = e ? e : store->ops->reader(store, &reader, note);
    e = e ? e : describe(reader, options, out, note);
    store_close(reader);
    store_close(store);
    (void)unlink(lock);
    return e;
}

/* ---- the directory it is made in ---- */

static void remove_files(const char *directory)
{
    static const char *const files[] = {"truecount.db",
                                        "truecount.db-wal",
                                        "truecount.db-shm",
                                        "truecount.db-journal",
                                        "truecount.lock",
                                        "manifest.json",
                                        "secrets.key"};
    char path[BACKUP_PATH_MAX + 4 * BACKUP_NAME_MAX];
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        path_in(directory, files[i], path, sizeof(path));
        (void)unlink(path);
    }
    (void)rmdir(directory);
}

static bool is_name(const char *name)
{
    return strlen(name) == NAME_BYTES && strncmp(name, NAME_FIRST, sizeof(NAME_FIRST) - 1) == 0 &&
           name[NAME_BYTES - 1] == 'Z';
}

/* What an earlier one that was killed left; the lock says that nobody is at it. */
static void remove_partials(const char *to)
{
    char path[BACKUP_PATH_MAX + 2 * BACKUP_NAME_MAX];
    DIR *dir = opendir(to);
    const struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        size_t n = strlen(entry->d_name);
        if (n == NAME_BYTES + sizeof(".") - 1 + sizeof(".partial") - 1 &&
            strncmp(entry->d_name, "." NAME_FIRST, sizeof(NAME_FIRST)) == 0) {
            path_in(to, entry->d_name, path, sizeof(path));
            remove_files(path);
        }
    }
    if (dir) {
        closedir(dir);
    }
}

static void making_end(struct making *m)
{
    if (m->partial[0]) {
        remove_files(m->partial); /* nothing is there when it was renamed */
    }
    if (m->lock >= 0) {
        close(m->lock);
    }
}

static enum err begin(struct making *m, struct backup_manifest *out, struct err_note *note)
{
    char at[TIME_TEXT_MAX];
    struct stat st;
    const char *to = m->o->to;
    if (!store_place_is_file(m->o->data)) {
        return elsewhere(note, m->o->data);
    }
    if (strlen(to) >= BACKUP_PATH_MAX || strlen(m->o->data) >= BACKUP_PATH_MAX) {
        return err_note(note, ERR_USAGE, "'%.100s' is too long a path", to);
    }
    if (mkdir(to, 0700) != 0 && errno != EEXIST) {
        return err_note(note, ERR_IO, "cannot create '%.150s': %s", to, strerror(errno));
    }
    m->lock = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (m->lock < 0) {
        return err_note(note, ERR_IO, "cannot use '%.150s': %s", to, strerror(errno));
    }
    if (flock(m->lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        return err_note(
            note, ERR_CONFLICT, "another backup is being made in '%.150s': wait for it", to);
    }
    remove_partials(to);
    struct slice text = time_format_s(m->o->now_us, at);
    (void)snprintf(out->name, sizeof(out->name), NAME_FIRST "%.*s", SLICE_ARG(text));
    for (char *c = out->name; *c; c++) {
        *c = *c == ':' ? '-' : *c;
    }
    path_in(to, out->name, m->whole, sizeof(m->whole));
    if (lstat(m->whole, &st) == 0) {
        return err_note(note, ERR_CONFLICT, "'%.180s' is there already", m->whole);
    }
    (void)snprintf(m->partial, sizeof(m->partial), "%s/.%s.partial", to, out->name);
    path_in(m->partial, "truecount.db", m->ledger, sizeof(m->ledger));
    return mkdir(m->partial, 0700) == 0 ? ERR_OK
                                        : err_note(note,
                                                   errno == ENOSPC ? ERR_FULL : ERR_IO,
                                                   "cannot create '%.180s': %s",
                                                   m->partial,
                                                   strerror(errno));
}

/* ---- its files ---- */

static int64_t size_of(const char *directory, const char *name)
{
    char path[BACKUP_PATH_MAX + 3 * BACKUP_NAME_MAX];
    struct stat st;
    path_in(directory, name, path, sizeof(path));
    return stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
}

static enum err add_key(const struct making *m, struct backup_manifest *out, struct err_note *note)
{
    char own[BACKUP_PATH_MAX + BACKUP_NAME_MAX], copy[BACKUP_PATH_MAX + 3 * BACKUP_NAME_MAX];
    path_in(m->o->data, "secrets.key", own, sizeof(own));
    const char *path = m->o->key_file ? m->o->key_file : own;
    backup_key_id(path, out->key_id);
    if (!m->o->has_key) {
        return ERR_OK;
    }
    if (!out->key_id[0]) {
        return err_note(note, ERR_USAGE, "'%.150s' is no key file: give --key-file", path);
    }
    path_in(m->partial, "secrets.key", copy, sizeof(copy));
    enum err e = backup_copy_file(path, copy, note);
    out->has_key = !e;
    return e ? e : backup_sum(copy, false, out->key_sha256, note);
}

static enum err
add_manifest(const struct making *m, const struct backup_manifest *manifest, struct err_note *note)
{
    char path[BACKUP_PATH_MAX + 3 * BACKUP_NAME_MAX];
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, (size_t)64 * 1024);
    backup_manifest_write(manifest, &text);
    buf_char(&text, '\n');
    path_in(m->partial, "manifest.json", path, sizeof(path));
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool is_kept =
        fd >= 0 && !text.overflow && write(fd, text.p, text.n) == (ssize_t)text.n && fsync(fd) == 0;
    int why = errno;
    if (fd >= 0) {
        close(fd);
    }
    return is_kept ? ERR_OK
                   : err_note(note,
                              why == ENOSPC ? ERR_FULL : ERR_IO,
                              "cannot write '%.180s': %s",
                              path,
                              strerror(why));
}

static void whole_path(const char *data, char out[BACKUP_PATH_MAX])
{
    char *whole = realpath(data, NULL);
    (void)snprintf(out, BACKUP_PATH_MAX, "%s", whole ? whole : data);
    free(whole);
}

static enum err fill(struct making *m, struct backup_manifest *out, struct err_note *note)
{
    out->made_at_us = m->o->now_us;
    whole_path(m->o->data, out->data);
    enum err e = backup_has_room(m->o->to,
                                 size_of(m->o->data, "truecount.db") +
                                     size_of(m->o->data, "truecount.db-wal"),
                                 note);
    e = e ? e : copy_ledger(m, note);
    e = e ? e : backup_prove(m->partial, m->o, out, note);
    if (!e && schema_of(m->ledger) != out->schema) { /* opening the copy has migrated it */
        e = older(note, out->schema);
    }
    e = e ? e : backup_sync(m->ledger, note);
    e = e ? e : backup_sum(m->ledger, true, out->sha256, note);
    out->bytes = size_of(m->partial, "truecount.db");
    e = e ? e : add_key(m, out, note);
    e = e ? e : add_manifest(m, out, note);
    return e ? e : backup_sync(m->partial, note);
}

/* ---- the old ones ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

typedef char backup_name[BACKUP_NAME_MAX];

/* The names of those that say they are of this ledger, the oldest first; the caller frees it. */
static backup_name *own_names(const char *to, const char *data, int64_t *out_count)
{
    backup_name *names = calloc(KEPT_MAX, sizeof(*names));
    char path[BACKUP_PATH_MAX + BACKUP_NAME_MAX];
    struct backup_manifest manifest;
    struct err_note silence;
    const struct dirent *entry;
    int64_t count = 0;
    DIR *dir = names ? opendir(to) : NULL;
    while (dir && (entry = readdir(dir)) && count < KEPT_MAX) {
        if (!is_name(entry->d_name)) {
            continue;
        }
        path_in(to, entry->d_name, path, sizeof(path));
        if (backup_manifest_read(path, &manifest, &silence) == ERR_OK &&
            strcmp(manifest.data, data) == 0) {
            memcpy(names[count++], entry->d_name, NAME_BYTES + 1);
        }
    }
    if (dir) {
        closedir(dir);
    }
    if (count) {
        qsort(names, (size_t)count, sizeof(*names), by_name);
    }
    *out_count = count;
    return names;
}

static int64_t remove_old(const struct making *m, const struct backup_manifest *newest)
{
    char path[BACKUP_PATH_MAX + BACKUP_NAME_MAX];
    int64_t count = 0, removed = 0;
    backup_name *names = own_names(m->o->to, newest->data, &count);
    for (; m->o->keep && removed < count - m->o->keep; removed++) {
        path_in(m->o->to, names[removed], path, sizeof(path));
        remove_files(path);
    }
    free(names);
    return removed;
}

void backup_newest(const char *to, const char *data, int64_t *out_made_at_us, int64_t *out_bytes)
{
    char own[BACKUP_PATH_MAX], path[BACKUP_PATH_MAX + BACKUP_NAME_MAX];
    struct backup_manifest manifest = {0};
    struct err_note silence;
    int64_t count = 0;
    whole_path(data, own);
    backup_name *names = strlen(to) < BACKUP_PATH_MAX ? own_names(to, own, &count) : NULL;
    if (count) {
        path_in(to, names[count - 1], path, sizeof(path));
        if (backup_manifest_read(path, &manifest, &silence)) {
            manifest = (struct backup_manifest){0};
        }
    }
    free(names);
    *out_made_at_us = manifest.made_at_us;
    *out_bytes = manifest.bytes;
}

enum err backup_make(const struct backup_options *options,
                     struct backup_manifest *out,
                     int64_t *out_removed,
                     struct err_note *note)
{
    ON_EXIT(making_end) struct making m = {.o = options, .lock = -1};
    *out = (struct backup_manifest){0};
    *out_removed = 0;
    enum err e = begin(&m, out, note);
    e = e ? e : fill(&m, out, note);
    if (e) {
        return e;
    }
    if (rename(m.partial, m.whole) != 0) {
        return err_note(note, ERR_IO, "cannot rename '%.180s': %s", m.partial, strerror(errno));
    }
    m.partial[0] = '\0';
    e = backup_sync(options->to, note);
    *out_removed = e ? 0 : remove_old(&m, out);
    return e;
}
