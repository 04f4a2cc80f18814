/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base - the few words every file of truecount uses.
 *
 * Knows nothing of stock. Everything here is plain data or a macro.
 */
#pragma once
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/banned.h"

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* Runs `fn(&variable)` when the variable leaves its scope. */
#define ON_EXIT(fn) __attribute__((cleanup(fn)))

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Every quantity of units lies within +-QTY_MAX; more is refused at the edge. */
#define QTY_MAX INT64_C(1000000000)

#define US_PER_MS INT64_C(1000)
#define US_PER_S INT64_C(1000000)

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A bug, not an input: prints one JSON line on stderr and aborts, in release builds too.
 * Better stopped than wrong.
 */
#define must(cond) ((cond) ? (void)0 : must_failed(#cond, __FILE__, __LINE__))
__attribute__((noreturn)) void must_failed(const char *cond, const char *file, int line);

/* Borrowed bytes: valid as long as their owner says. Not NUL-terminated. */
struct slice {
    const char *p;
    size_t n;
};

#define SLICE(literal) ((struct slice){("" literal), sizeof(literal) - 1})
#define SLICE_ARG(s) (int)(s).n, (s).p /* for printf's %.*s */

static inline struct slice slice_of(const char *text)
{
    return (struct slice){text, text ? strlen(text) : 0};
}

static inline bool slice_equal(struct slice a, struct slice b)
{
    /* A slice of n > 0 bytes has bytes, which no analyzer can know. */
    /* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker) */
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool slice_is(struct slice a, const char *text)
{
    return slice_equal(a, slice_of(text));
}

/* Byte order, shorter first among equal beginnings: below, equal or above zero. */
int slice_compare(struct slice a, struct slice b);
bool slice_equal_nocase(struct slice a, struct slice b); /* ASCII letters only */
bool slice_starts(struct slice s, const char *prefix);
bool slice_ends(struct slice s, const char *suffix);
struct slice slice_from(struct slice s, size_t start); /* start is cut to the length */
struct slice slice_trim(struct slice s);               /* ASCII white space at both ends */
/* Splits at the first `c`: out_head before it, *s after it. False, *s empty, head all, when absent.
 */
bool slice_cut(struct slice *s, char c, struct slice *out_head);
/* A whole decimal integer with optional '-', and nothing else; false on overflow or other bytes. */
MUST_USE bool slice_int(struct slice s, int64_t *out);

#ifdef __cplusplus
}
#endif
