/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_write - JSON out, streaming onto a buf, keys in the order they are written.
 *
 * Commas are placed by the writer. Text is escaped (control bytes, quotes, backslash); bytes that
 * are not UTF-8 become U+FFFD, so what leaves is always valid. Misuse (a key in an array, an end
 * without a begin) is a bug and aborts. The buf's overflow flag tells whether all of it fitted.
 */
#pragma once
#include "base/buf.h"

#ifdef __cplusplus
extern "C" {
#endif

struct json_writer {
    struct buf *out;
    uint64_t in_object, has_item; /* one bit a level */
    int depth;
    bool after_key;
};

static inline struct json_writer json_writer(struct buf *out)
{
    return (struct json_writer){out, 0, 0, 0, false};
}

void json_begin_object(struct json_writer *w);
void json_end_object(struct json_writer *w);
void json_begin_array(struct json_writer *w);
void json_end_array(struct json_writer *w);
void json_key(struct json_writer *w, const char *key);
void json_key_slice(struct json_writer *w, struct slice key);
void json_put_text(struct json_writer *w, struct slice text);
void json_put_int(struct json_writer *w, int64_t value);
void json_put_bool(struct json_writer *w, bool value);
void json_put_null(struct json_writer *w);
void json_put_raw(struct json_writer *w,
                  struct slice json); /* must be one JSON value; empty = null */
void json_put_time(struct json_writer *w, int64_t time_us);   /* RFC 3339 with ms; 0 = null */
void json_put_ms(struct json_writer *w, int64_t duration_us); /* as milliseconds with 3 decimals */

/* Key and value in one. */
void json_field_text(struct json_writer *w, const char *key, struct slice text);
void json_field_str(struct json_writer *w, const char *key, const char *text); /* NULL = null */
void json_field_int(struct json_writer *w, const char *key, int64_t value);
void json_field_bool(struct json_writer *w, const char *key, bool value);
void json_field_null(struct json_writer *w, const char *key);
void json_field_raw(struct json_writer *w, const char *key, struct slice json);
void json_field_time(struct json_writer *w, const char *key, int64_t time_us);
void json_field_ms(struct json_writer *w, const char *key, int64_t duration_us);

#ifdef __cplusplus
}
#endif
