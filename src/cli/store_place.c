/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/store_place.h"
#include "store/copy.h"

#define URL_MAX 1024
#define FREE_PAUSE_NS 200000000

bool store_place_is_postgres(const char *url)
{
    return strncmp(url, "postgresql://", 13) == 0 || strncmp(url, "postgres://", 11) == 0;
}

static void place_path(const char *data, const char *suffix, char out[1200])
{
    (void)snprintf(out, 1200, "%s/store%s", data, suffix);
}

/* Empty when the directory names none. */
static enum err place_read(const char *data, char out[URL_MAX], struct err_note *note)
{
    char path[1200];
    place_path(data, "", path);
    out[0] = '\0';
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT || errno == ENOTDIR
                   ? ERR_OK
                   : err_note(note, ERR_IO, "cannot read %s: %s", path, strerror(errno));
    }
    ssize_t n = read(fd, out, URL_MAX - 1);
    close(fd);
    if (n < 0 || n == URL_MAX - 1) {
        return err_note(note, ERR_IO, "%s does not hold the address of a store", path);
    }
    out[n] = '\0';
    out[strcspn(out, "\r\n")] = '\0';
    return ERR_OK;
}

static enum err place_write(const char *data, const char *url, struct err_note *note)
{
    char path[1200], fresh[1200];
    place_path(data, "", path);
    place_path(data, ".new", fresh);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    size_t n = strlen(url);
    bool ok = fd >= 0 && write(fd, url, n) == (ssize_t)n && write(fd, "\n", 1) == 1 && !fsync(fd);
    if (fd >= 0) {
        ok = !close(fd) && ok;
    }
    ok = ok && rename(fresh, path) == 0;
    return ok ? ERR_OK : err_note(note, ERR_IO, "cannot write %s: %s", path, strerror(errno));
}

bool store_place_is_file(const char *data)
{
    char path[1200];
    struct stat st;
    (void)snprintf(path, sizeof(path), "%s/truecount.db", data);
    return stat(path, &st) == 0;
}

bool store_place_is_there(const char *data)
{
    char path[1200];
    struct stat st;
    place_path(data, "", path);
    return stat(path, &st) == 0 || store_place_is_file(data);
}

/* What was copied in part is no ledger. */
static enum err whole(enum err e, struct store **store, struct err_note *note)
{
    bool is_partial = false;
    if (e) {
        return e;
    }
    e = store_copy_is_partial(*store, &is_partial);
    if (!e && is_partial) {
        e = err_note(note,
                     ERR_USAGE,
                     "a copy into this store was cut off: give the same truecount copy again");
    }
    if (e) {
        store_close(*store);
        *store = NULL;
    }
    return e;
}

enum err store_place_open(
    const char *data, const char *url, const char *vfs, struct store **out, struct err_note *note)
{
    char kept[URL_MAX];
    enum err e = place_read(data, kept, note);
    if (e) {
        return e;
    }
    if (url && !store_place_is_postgres(url) && strcmp(url, "sqlite") != 0) {
        return err_note(
            note, ERR_USAGE, "'%s' is no store: give sqlite, or postgresql://HOST/DATABASE", url);
    }
    bool wants_file = url ? !store_place_is_postgres(url) : !kept[0];
    if (wants_file && kept[0]) {
        return err_note(
            note, ERR_USAGE, "the ledger of '%s' is in PostgreSQL, as its file 'store' says", data);
    }
    if (wants_file) {
        return whole(store_sqlite_open(data, vfs, out, note), out, note);
    }
    if (store_place_is_file(data)) {
        return err_note(note,
                        ERR_USAGE,
                        "'%s' has a ledger of its own: move it with truecount copy, or give --data "
                        "another directory",
                        data);
    }
    e = whole(store_postgres_open(url ? url : kept, out, note), out, note);
    if (!e && url && strcmp(url, kept) != 0) {
        e = place_write(data, url, note);
        if (e) {
            store_close(*out);
        }
    }
    return e;
}

enum err store_place_open_when_free(
    const char *data, const char *url, const char *vfs, struct store **out, struct err_note *note)
{
    const struct timespec pause = {.tv_nsec = FREE_PAUSE_NS};
    bool is_told = false;
    enum err e;
    while ((e = store_place_open(data, url, vfs, out, note)) == ERR_CONFLICT &&
           (url ? store_place_is_postgres(url) : !store_place_is_file(data))) {
        if (!is_told) {
            LOG(LOG_INFO,
                "another server decides on this database: this one stands by, and listens when it "
                "takes over",
                LOG_STR("data", data));
            is_told = true;
        }
        nanosleep(&pause, NULL);
    }
    return e;
}
