/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/json_write.h"

#define LINE_MAX_BYTES ((size_t)16 * 1024)

/* The one setting that is no constant: every thread logs, none carries a context for it. */
static _Atomic int level_min = LOG_INFO;

void log_set_level(enum log_level level)
{
    atomic_store(&level_min, (int)level);
}

static const char *level_name(enum log_level level)
{
    switch (level) {
    case LOG_DEBUG:
        return "debug";
    case LOG_INFO:
        return "info";
    case LOG_WARN:
        return "warn";
    case LOG_ERROR:
        return "error";
    }
    return "unknown";
}

/* The log stamps itself, outside struct env: a line's time is for its reader and decides nothing.
 */
static int64_t now_us(void)
{
    struct timespec now;
    must(clock_gettime(CLOCK_REALTIME, &now) == 0);
    return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / 1000;
}

static void line_build(struct buf *line,
                       enum log_level level,
                       const char *msg,
                       const struct log_field *fields,
                       size_t count)
{
    struct json_writer w = json_writer(line);

    json_begin_object(&w);
    json_field_time(&w, "time", now_us());
    json_field_str(&w, "level", level_name(level));
    json_field_str(&w, "msg", msg);
    for (size_t i = 0; i < count; i++) {
        if (fields[i].text.p) {
            json_field_text(&w, fields[i].key, fields[i].text);
        } else {
            json_field_int(&w, fields[i].key, fields[i].number);
        }
    }
    json_end_object(&w);
    buf_char(line, '\n');
}

/* One write for a line, so that lines of several threads do not mix. A lost line stops nothing. */
static void line_write(struct slice line)
{
    while (line.n > 0) {
        ssize_t n = write(STDERR_FILENO, line.p, line.n);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return;
        }
        line = slice_from(line, (size_t)n);
    }
}

void log_line(enum log_level level, const char *msg, const struct log_field *fields, size_t count)
{
    if ((int)level < atomic_load(&level_min)) {
        return;
    }
    ON_EXIT(buf_free) struct buf line;
    buf_init(&line, LINE_MAX_BYTES);
    line_build(&line, level, msg, fields, count);
    if (line.overflow) { /* the fields are too long: say so instead of half a line */
        buf_clear(&line);
        line_build(&line, level, msg, &LOG_STR("fields", "too long to log"), 1);
    }
    line_write(buf_view(&line));
}
