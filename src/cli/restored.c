/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/restored.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/json_read.h"
#include "base/json_write.h"
#include "base/times.h"

#define PATH_BYTES 1100
#define MARK_MAX ((size_t)8192)

static enum err sync_directory(const char *data)
{
    int fd = open(data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_synced = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return is_synced ? ERR_OK : ERR_IO;
}

enum err restored_mark(const char *data, const struct restored *restored, struct err_note *note)
{
    char path[PATH_BYTES];
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, MARK_MAX);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    json_field_str(&w, "from", restored->from);
    json_field_time(&w, "made_at", restored->made_at_us);
    json_field_time(&w, "restored_at", restored->restored_at_us);
    json_field_bool(&w, "paused", restored->is_paused);
    json_field_bool(&w, "begun", restored->is_begun);
    json_end_object(&w);
    buf_char(&text, '\n');
    (void)snprintf(path, sizeof(path), "%s/restored", data);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool is_kept =
        fd >= 0 && !text.overflow && write(fd, text.p, text.n) == (ssize_t)text.n && fsync(fd) == 0;
    if (fd >= 0) {
        close(fd);
    }
    enum err e = is_kept ? sync_directory(data) : ERR_IO;
    return e ? err_note(note, e, "cannot write '%.150s': %s", path, strerror(errno)) : ERR_OK;
}

static void doc_free(struct json_doc **doc)
{
    json_doc_free(*doc);
}

static bool read_time(struct json said, const char *key, int64_t *out_us)
{
    struct slice text;
    return json_text(json_get(said, key), &text) && time_parse_rfc3339(text, out_us);
}

enum err restored_read(const char *data, struct restored *out, struct err_note *note)
{
    char path[PATH_BYTES], text[MARK_MAX];
    struct json said;
    struct slice from;
    (void)snprintf(path, sizeof(path), "%s/restored", data);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT
                   ? ERR_NOT_FOUND
                   : err_note(note, ERR_IO, "cannot read '%.150s': %s", path, strerror(errno));
    }
    ssize_t n = read(fd, text, sizeof(text));
    close(fd);
    ON_EXIT(doc_free) struct json_doc *doc = json_doc_new();
    *out = (struct restored){0};
    /* Half of it is still a mark: what is not said is not known. */
    if (!doc || n < 0 || json_parse(doc, (struct slice){text, (size_t)n}, &said, note) ||
        !read_time(said, "made_at", &out->made_at_us) ||
        !read_time(said, "restored_at", &out->restored_at_us)) {
        (void)snprintf(out->from, sizeof(out->from), "a backup");
        return ERR_OK;
    }
    if (json_text(json_get(said, "from"), &from)) {
        (void)snprintf(out->from, sizeof(out->from), "%.*s", SLICE_ARG(from));
    }
    (void)json_bool(json_get(said, "paused"), &out->is_paused);
    (void)json_bool(json_get(said, "begun"), &out->is_begun);
    return ERR_OK;
}

void restored_over(const char *data)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof(path), "%s/restored", data);
    if (unlink(path) == 0) {
        (void)sync_directory(data);
    }
}
