/* SPDX-License-Identifier: Apache-2.0 */
/* Files of backups: what they say of themselves, sums, copies that are on the disk. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/times.h"
#include "cli/backup.h"

#define MANIFEST_MAX ((size_t)64 * 1024)
#define PIECE ((size_t)1 << 20)
#define FORMAT 1
#define ROOM_KEPT ((int64_t)16 << 20)

static enum err failed(struct err_note *note, const char *doing, const char *path)
{
    int why = errno;
    return err_note(note,
                    why == ENOSPC || why == EDQUOT ? ERR_FULL : ERR_IO,
                    "cannot %s '%.150s': %s",
                    doing,
                    path,
                    strerror(why));
}

static void hex_text(const uint8_t *bytes, size_t n, char *out)
{
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    }
}

/* ---- what a backup says ---- */

static void write_file(struct json_writer *w, const char *name, const char *sum)
{
    json_begin_object(w);
    json_field_str(w, "name", name);
    json_field_str(w, "sha256", sum);
    json_end_object(w);
}

void backup_manifest_write(const struct backup_manifest *m, struct buf *out)
{
    struct json_writer w = json_writer(out);
    json_begin_object(&w);
    json_field_int(&w, "format", FORMAT);
    json_field_str(&w, "name", m->name);
    json_field_str(&w, "data", m->data);
    json_field_time(&w, "made_at", m->made_at_us);
    json_field_int(&w, "schema", m->schema);
    json_field_int(&w, "head", m->head);
    json_field_str(&w, "chain", m->chain);
    json_field_bool(&w, "proven", m->is_proven);
    json_field_int(&w, "commits", m->commits);
    json_field_int(&w, "events", m->events);
    json_field_int(&w, "movements", m->movements);
    json_field_int(&w, "orders", m->orders);
    json_field_int(&w, "skus", m->skus);
    json_field_str(&w, "key_id", m->key_id[0] ? m->key_id : NULL);
    json_field_bool(&w, "has_key", m->has_key);
    json_field_int(&w, "bytes", m->bytes);
    json_key(&w, "files");
    json_begin_array(&w);
    write_file(&w, "truecount.db", m->sha256);
    if (m->has_key) {
        write_file(&w, "secrets.key", m->key_sha256);
    }
    json_end_array(&w);
    json_end_object(&w);
}

static bool read_text(struct json from, const char *key, char *out, size_t size)
{
    struct slice text;
    if (!json_text(json_get(from, key), &text) || text.n >= size) {
        return false;
    }
    (void)snprintf(out, size, "%.*s", SLICE_ARG(text));
    return true;
}

static bool read_sum(struct json files, const char *name, char out[65])
{
    for (struct json_iter i = json_iter(files); json_next(&i);) {
        struct slice text;
        if (json_text(json_get(i.value, "name"), &text) && slice_is(text, name)) {
            return read_text(i.value, "sha256", out, 65) && strlen(out) == 64;
        }
    }
    return false;
}

static bool read_manifest(struct json said, struct backup_manifest *m)
{
    struct slice made;
    struct json files = json_get(said, "files");
    if (!read_text(said, "key_id", m->key_id, sizeof(m->key_id))) {
        m->key_id[0] = '\0';
    }
    return read_text(said, "name", m->name, sizeof(m->name)) &&
           read_text(said, "data", m->data, sizeof(m->data)) &&
           json_text(json_get(said, "made_at"), &made) &&
           time_parse_rfc3339(made, &m->made_at_us) &&
           json_int(json_get(said, "schema"), &m->schema) &&
           json_int(json_get(said, "head"), &m->head) &&
           read_text(said, "chain", m->chain, sizeof(m->chain)) &&
           json_bool(json_get(said, "proven"), &m->is_proven) &&
           json_int(json_get(said, "commits"), &m->commits) &&
           json_int(json_get(said, "events"), &m->events) &&
           json_int(json_get(said, "movements"), &m->movements) &&
           json_int(json_get(said, "orders"), &m->orders) &&
           json_int(json_get(said, "skus"), &m->skus) &&
           json_bool(json_get(said, "has_key"), &m->has_key) &&
           json_int(json_get(said, "bytes"), &m->bytes) &&
           read_sum(files, "truecount.db", m->sha256) &&
           (!m->has_key || read_sum(files, "secrets.key", m->key_sha256));
}

static void doc_free(struct json_doc **doc)
{
    json_doc_free(*doc);
}

enum err
backup_manifest_read(const char *directory, struct backup_manifest *out, struct err_note *note)
{
    char path[BACKUP_PATH_MAX + 32], text[8192];
    ON_EXIT(doc_free) struct json_doc *doc = json_doc_new();
    struct json said = {0};
    int64_t format = 0;
    (void)snprintf(path, sizeof(path), "%s/manifest.json", directory);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return err_note(note,
                        ERR_NOT_FOUND,
                        "'%.180s' is no backup: there is no manifest.json in it",
                        directory);
    }
    ssize_t n = read(fd, text, sizeof(text));
    close(fd);
    if (n < 0 || !doc) {
        return doc ? failed(note, "read", path) : ERR_MEMORY;
    }
    *out = (struct backup_manifest){0};
    if (json_parse(doc, (struct slice){text, (size_t)n}, &said, note) ||
        !json_int(json_get(said, "format"), &format) || !read_manifest(said, out)) {
        return err_note(note,
                        ERR_PARSE,
                        format > FORMAT ? "'%.180s' is of a newer truecount: restore it with that"
                                        : "'%.180s' is no manifest of a backup",
                        path);
    }
    return ERR_OK;
}

/* ---- bytes ---- */

void backup_key_id(const char *path, char out[BACKUP_KEY_ID_MAX])
{
    uint8_t key[SEAL_KEY_SIZE], digest[16];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, key, sizeof(key));
    if (fd >= 0) {
        close(fd);
    }
    out[0] = '\0';
    if (n == SEAL_KEY_SIZE) {
        const struct slice parts[] = {SLICE("truecount key id"), {(const char *)key, sizeof(key)}};
        blake2b(digest, sizeof(digest), parts, COUNT_OF(parts));
        hex_text(digest, 8, out);
    }
    crypto_wipe(key, sizeof(key));
}

/* As long as it took to read, so that half the disk is left. */
static void pause_like(const struct timespec *begun)
{
    struct timespec now;
    must(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    int64_t ns = (now.tv_sec - begun->tv_sec) * 1000000000 + now.tv_nsec - begun->tv_nsec;
    const struct timespec pause = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
    nanosleep(&pause, NULL);
}

enum err backup_sum(const char *path, bool is_paced, char out[65], struct err_note *note)
{
    uint8_t sum[SHA256_SIZE];
    struct timespec begun;
    ssize_t n = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *piece = malloc(PIECE);
    struct sha256_stream *stream = fd >= 0 && piece ? sha256_begin() : NULL;
    if (!stream) {
        enum err e = fd < 0 ? failed(note, "read", path) : ERR_MEMORY;
        free(piece);
        if (fd >= 0) {
            close(fd);
        }
        return e;
    }
    do {
        must(clock_gettime(CLOCK_MONOTONIC, &begun) == 0);
        n = read(fd, piece, PIECE);
        if (n > 0) {
            sha256_add(stream, (struct slice){piece, (size_t)n});
        }
        if (is_paced) {
            pause_like(&begun);
        }
    } while (n > 0);
    enum err e = n < 0 ? failed(note, "read", path) : ERR_OK;
    sha256_end(stream, sum);
    hex_text(sum, sizeof(sum), out);
    free(piece);
    close(fd);
    return e;
}

enum err backup_sync(const char *path, struct err_note *note)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    enum err e = fd >= 0 && fsync(fd) == 0 ? ERR_OK : failed(note, "sync", path);
    if (fd >= 0) {
        close(fd);
    }
    return e;
}

static bool copy_bytes(int from, int to, const char **out_doing)
{
    char *piece = malloc(PIECE);
    ssize_t n = piece ? 1 : -1;
    *out_doing = "read";
    while (n > 0 && (n = read(from, piece, PIECE)) > 0) {
        for (ssize_t done = 0; done < n;) {
            ssize_t written = write(to, piece + done, (size_t)(n - done));
            if (written < 0) {
                *out_doing = "write";
                free(piece);
                return false;
            }
            done += written;
        }
    }
    free(piece);
    return n == 0;
}

enum err backup_copy_file(const char *from, const char *to, struct err_note *note)
{
    const char *doing = "read";
    int in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0) {
        return failed(note, doing, from);
    }
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    enum err e = ERR_OK;
    if (out < 0) {
        e = failed(note, "create", to);
    } else if (!copy_bytes(in, out, &doing)) {
        e = failed(note, doing, strcmp(doing, "read") == 0 ? from : to);
    } else if (fsync(out) != 0) {
        e = failed(note, "sync", to);
    }
    close(in);
    if (out >= 0) {
        close(out);
    }
    return e;
}

enum err backup_has_room(const char *directory, int64_t bytes, struct err_note *note)
{
    struct statvfs fs;
    if (statvfs(directory, &fs) != 0) {
        return failed(note, "look at", directory);
    }
    int64_t room = (int64_t)((double)fs.f_bavail * (double)fs.f_frsize);
    return room >= bytes + ROOM_KEPT ? ERR_OK
                                     : err_note(note,
                                                ERR_FULL,
                                                "'%.120s' has %" PRId64 " MB free, %" PRId64
                                                " MB are needed: make room, or choose another disk",
                                                directory,
                                                room / 1000000,
                                                (bytes + ROOM_KEPT) / 1000000 + 1);
}
