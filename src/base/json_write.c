/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_write.h"

#include "base/times.h"

#define DEPTH_MAX 64

static uint64_t level_bit(const struct json_writer *w)
{
    return UINT64_C(1) << (w->depth - 1);
}

static bool in_object(const struct json_writer *w)
{
    return w->depth > 0 && (w->in_object & level_bit(w)) != 0;
}

/* The comma before an item of the current level, when it is not its first. */
static void separate(struct json_writer *w)
{
    if (w->depth == 0) {
        return;
    }
    if (w->has_item & level_bit(w)) {
        buf_char(w->out, ',');
    }
    w->has_item |= level_bit(w);
}

static void before_value(struct json_writer *w)
{
    if (in_object(w)) {
        must(w->after_key);
        w->after_key = false;
    } else {
        separate(w);
    }
}

static void begin(struct json_writer *w, char bracket, bool is_object)
{
    before_value(w);
    must(w->depth < DEPTH_MAX);
    w->depth++;
    w->has_item &= ~level_bit(w);
    w->in_object &= ~level_bit(w);
    if (is_object) {
        w->in_object |= level_bit(w);
    }
    buf_char(w->out, bracket);
}

void json_begin_object(struct json_writer *w)
{
    begin(w, '{', true);
}

void json_end_object(struct json_writer *w)
{
    must(in_object(w) && !w->after_key);
    w->depth--;
    buf_char(w->out, '}');
}

void json_begin_array(struct json_writer *w)
{
    begin(w, '[', false);
}

void json_end_array(struct json_writer *w)
{
    must(w->depth > 0 && !in_object(w));
    w->depth--;
    buf_char(w->out, ']');
}

/* Length of the well-formed UTF-8 sequence at p (Unicode 15, table 3-7), 0 when there is none. */
static size_t utf8_length(const unsigned char *p, size_t left)
{
    unsigned char low = 0x80, high = 0xBF;
    size_t n;

    if (p[0] < 0x80) {
        return 1;
    }
    if (p[0] >= 0xC2 && p[0] <= 0xDF) {
        n = 2;
    } else if (p[0] >= 0xE0 && p[0] <= 0xEF) {
        n = 3;
        low = p[0] == 0xE0 ? 0xA0 : low;   /* overlong */
        high = p[0] == 0xED ? 0x9F : high; /* surrogates */
    } else if (p[0] >= 0xF0 && p[0] <= 0xF4) {
        n = 4;
        low = p[0] == 0xF0 ? 0x90 : low;   /* overlong */
        high = p[0] == 0xF4 ? 0x8F : high; /* beyond U+10FFFF */
    } else {
        return 0;
    }
    if (n > left || p[1] < low || p[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < n; i++) {
        if (p[i] < 0x80 || p[i] > 0xBF) {
            return 0;
        }
    }
    return n;
}

static void put_escape(struct buf *out, unsigned char c)
{
    static const char names[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* the byte, then its letter */

    for (size_t i = 0; i + 1 < sizeof(names); i += 2) {
        if ((unsigned char)names[i] == c) {
            buf_char(out, '\\');
            buf_char(out, names[i + 1]);
            return;
        }
    }
    buf_printf(out, "\\u%04x", c);
}

static void put_quoted(struct buf *out, struct slice text)
{
    const unsigned char *bytes = (const unsigned char *)text.p;
    size_t clean = 0, at = 0; /* bytes from clean to at need no change */

    buf_char(out, '"');
    while (at < text.n) {
        unsigned char c = bytes[at];
        if (c >= ' ' && c < 0x7F && c != '"' && c != '\\') {
            at++;
            continue;
        }
        bool escape = c < 0x80;
        size_t n = escape ? 0 : utf8_length(bytes + at, text.n - at);
        if (n > 0) {
            at += n;
            continue;
        }
        buf_put(out, bytes + clean, at - clean);
        if (escape) {
            put_escape(out, c);
        } else {
            buf_text(out, "\xEF\xBF\xBD"); /* U+FFFD for a byte that is no UTF-8 */
        }
        at++;
        clean = at;
    }
    if (text.n > clean) {
        buf_put(out, bytes + clean, text.n - clean);
    }
    buf_char(out, '"');
}

void json_key(struct json_writer *w, const char *key)
{
    json_key_slice(w, slice_of(key));
}

void json_key_slice(struct json_writer *w, struct slice key)
{
    must(in_object(w) && !w->after_key);
    separate(w);
    put_quoted(w->out, key);
    buf_char(w->out, ':');
    w->after_key = true;
}

void json_put_text(struct json_writer *w, struct slice text)
{
    before_value(w);
    put_quoted(w->out, text);
}

void json_put_int(struct json_writer *w, int64_t value)
{
    before_value(w);
    buf_int(w->out, value);
}

void json_put_bool(struct json_writer *w, bool value)
{
    before_value(w);
    buf_text(w->out, value ? "true" : "false");
}

void json_put_null(struct json_writer *w)
{
    before_value(w);
    buf_text(w->out, "null");
}

void json_put_raw(struct json_writer *w, struct slice json)
{
    if (json.n == 0) {
        json_put_null(w);
        return;
    }
    before_value(w);
    buf_slice(w->out, json);
}

void json_put_time(struct json_writer *w, int64_t time_us)
{
    char text[TIME_TEXT_MAX];

    if (time_us == 0) {
        json_put_null(w);
        return;
    }
    json_put_text(w, time_format(time_us, text));
}

void json_put_ms(struct json_writer *w, int64_t duration_us)
{
    before_value(w);
    if (duration_us < 0) {
        buf_char(w->out, '-');
    }
    uint64_t us = duration_us < 0 ? -(uint64_t)duration_us : (uint64_t)duration_us;
    buf_printf(w->out, "%" PRIu64 ".%03" PRIu64, us / 1000, us % 1000);
}

void json_field_text(struct json_writer *w, const char *key, struct slice text)
{
    json_key(w, key);
    json_put_text(w, text);
}

void json_field_str(struct json_writer *w, const char *key, const char *text)
{
    json_key(w, key);
    if (text) {
        json_put_text(w, slice_of(text));
    } else {
        json_put_null(w);
    }
}

void json_field_int(struct json_writer *w, const char *key, int64_t value)
{
    json_key(w, key);
    json_put_int(w, value);
}

void json_field_bool(struct json_writer *w, const char *key, bool value)
{
    json_key(w, key);
    json_put_bool(w, value);
}

void json_field_null(struct json_writer *w, const char *key)
{
    json_key(w, key);
    json_put_null(w);
}

void json_field_raw(struct json_writer *w, const char *key, struct slice json)
{
    json_key(w, key);
    json_put_raw(w, json);
}

void json_field_time(struct json_writer *w, const char *key, int64_t time_us)
{
    json_key(w, key);
    json_put_time(w, time_us);
}

void json_field_ms(struct json_writer *w, const char *key, int64_t duration_us)
{
    json_key(w, key);
    json_put_ms(w, duration_us);
}
