/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

void must_failed(const char *cond, const char *file, int line)
{
    fputs("{\"level\":\"fatal\",\"msg\":\"a condition of the program does not hold\",\"cond\":\"",
          stderr);
    for (const char *c = cond; *c; c++) {
        if (*c == '"' || *c == '\\') {
            fputc('\\', stderr);
        }
        fputc((unsigned char)*c < ' ' ? ' ' : *c, stderr);
    }
    fprintf(stderr, "\",\"at\":\"%s:%d\"}\n", file, line);
    fflush(stderr);
    abort();
}

int slice_compare(struct slice a, struct slice b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n == 0 ? 0 : memcmp(a.p, b.p, n);
    if (order != 0) {
        return order;
    }
    return (a.n > b.n) - (a.n < b.n);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool slice_equal_nocase(struct slice a, struct slice b)
{
    if (a.n != b.n) {
        return false;
    }
    for (size_t i = 0; i < a.n; i++) {
        if (lower(a.p[i]) != lower(b.p[i])) {
            return false;
        }
    }
    return true;
}

bool slice_starts(struct slice s, const char *prefix)
{
    struct slice want = slice_of(prefix);
    return s.n >= want.n && slice_equal((struct slice){s.p, want.n}, want);
}

bool slice_ends(struct slice s, const char *suffix)
{
    struct slice want = slice_of(suffix);
    return s.n >= want.n && slice_equal(slice_from(s, s.n - want.n), want);
}

struct slice slice_from(struct slice s, size_t start)
{
    if (start > s.n) {
        start = s.n;
    }
    if (start == 0) {
        return s; /* also keeps a NULL pointer out of the arithmetic */
    }
    return (struct slice){s.p + start, s.n - start};
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct slice slice_trim(struct slice s)
{
    while (s.n > 0 && is_space(s.p[s.n - 1])) {
        s.n--;
    }
    while (s.n > 0 && is_space(s.p[0])) {
        s = slice_from(s, 1);
    }
    return s;
}

bool slice_cut(struct slice *s, char c, struct slice *out_head)
{
    struct slice all = *s;
    const char *at = all.n == 0 ? NULL : memchr(all.p, c, all.n);
    if (!at) {
        *out_head = all;
        *s = slice_from(all, all.n);
        return false;
    }
    *out_head = (struct slice){all.p, (size_t)(at - all.p)};
    *s = slice_from(all, out_head->n + 1);
    return true;
}

bool slice_int(struct slice s, int64_t *out)
{
    bool negative = s.n > 0 && s.p[0] == '-';
    int64_t value = 0;

    if (negative) {
        s = slice_from(s, 1);
    }
    if (s.n == 0) {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return false;
        }
        int digit = s.p[i] - '0';
        /* Counting downwards for negatives reaches INT64_MIN without a special case. */
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, negative ? -digit : digit, &value)) {
            return false;
        }
    }
    *out = value;
    return true;
}
