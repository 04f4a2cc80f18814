/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf - bytes we own and append to, with the largest size it may ever reach.
 *
 * Appending beyond `max` (or out of memory) appends nothing and sets `overflow`, checked once at
 * the end. A zeroed buf with max == 0 holds nothing: always start with buf_init.
 */
#pragma once
#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

struct buf {
    char *p;
    size_t n, cap, max;
    bool overflow;
};

void buf_init(struct buf *buf, size_t max); /* allocates on first use */
void buf_free(struct buf *buf);  /* fits ON_EXIT once initialised; back to empty, same max */
void buf_clear(struct buf *buf); /* keeps the memory; clears overflow */
void buf_put(struct buf *buf, const void *bytes, size_t n);
void buf_char(struct buf *buf, char c);
void buf_slice(struct buf *buf, struct slice s);
void buf_text(struct buf *buf, const char *text);
void buf_int(struct buf *buf, int64_t value); /* decimal */
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
void buf_drop(struct buf *buf, size_t n); /* removes the first n bytes */
static inline struct slice buf_view(const struct buf *buf)
{
    return (struct slice){buf->p, buf->n};
}

#ifdef __cplusplus
}
#endif
