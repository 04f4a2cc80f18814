/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#define CAP_FIRST 256

void buf_init(struct buf *buf, size_t max)
{
    *buf = (struct buf){.max = max};
}

void buf_free(struct buf *buf)
{
    free(buf->p);
    buf_init(buf, buf->max);
}

void buf_clear(struct buf *buf)
{
    buf->n = 0;
    buf->overflow = false;
}

/* Room for n more bytes, or false with the overflow flag set. */
static bool buf_reserve(struct buf *buf, size_t n)
{
    if (n <= buf->cap - buf->n) {
        return true;
    }
    if (n > buf->max - buf->n) {
        buf->overflow = true;
        return false;
    }
    size_t cap = buf->cap > 0 ? buf->cap : CAP_FIRST;
    while (cap < buf->n + n && cap <= SIZE_MAX / 2) {
        cap *= 2;
    }
    if (cap > buf->max || cap < buf->n + n) {
        cap = buf->max;
    }
    char *p = realloc(buf->p, cap);
    if (!p) {
        buf->overflow = true;
        return false;
    }
    buf->p = p;
    buf->cap = cap;
    return true;
}

void buf_put(struct buf *buf, const void *bytes, size_t n)
{
    if (n > 0 && buf_reserve(buf, n)) {
        memcpy(buf->p + buf->n, bytes, n);
        buf->n += n;
    }
}

void buf_char(struct buf *buf, char c)
{
    if (buf_reserve(buf, 1)) {
        buf->p[buf->n++] = c;
    }
}

void buf_slice(struct buf *buf, struct slice s)
{
    buf_put(buf, s.p, s.n);
}

void buf_text(struct buf *buf, const char *text)
{
    buf_put(buf, text, strlen(text));
}

void buf_int(struct buf *buf, int64_t value)
{
    char digits[20]; /* "-9223372036854775808" */
    size_t at = sizeof(digits);
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;

    do {
        digits[--at] = (char)('0' + (int)(rest % 10));
        rest /= 10;
    } while (rest > 0);
    if (value < 0) {
        digits[--at] = '-';
    }
    buf_put(buf, digits + at, sizeof(digits) - at);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    char text[512];

    va_start(args, format);
    int n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    must(n >= 0);
    if ((size_t)n < sizeof(text)) {
        buf_put(buf, text, (size_t)n);
        return;
    }
    /* vsnprintf wants room for a NUL, which the bound does not count: it goes through memory of its
     * own. */
    char *longer = malloc((size_t)n + 1);
    if (!longer) {
        buf->overflow = true;
        return;
    }
    va_start(args, format);
    vsnprintf(longer, (size_t)n + 1, format, args);
    va_end(args);
    buf_put(buf, longer, (size_t)n);
    free(longer);
}

void buf_drop(struct buf *buf, size_t n)
{
    must(n <= buf->n);
    if (n > 0) {
        memmove(buf->p, buf->p + n, buf->n - n);
        buf->n -= n;
    }
}
