/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Query strings, forms and the numbers in them (limits, cursors): what is written is read back,
 * a reader that takes the string apart by hand finds the same first value, and whole numbers have
 * one text each.
 */
#include "base/crypto.h"
#include "base/http_types.h"
#include "fuzz.h"

static int digit_of(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* False when it is malformed. */
static bool decode(struct slice raw, struct arena *arena, struct slice *out)
{
    char *text = arena_alloc(arena, raw.n + 1);
    size_t n = 0;
    must(text);
    for (size_t i = 0; i < raw.n; i++) {
        if (raw.p[i] != '%') {
            text[n++] = raw.p[i] == '+' ? ' ' : raw.p[i];
            continue;
        }
        int high = i + 2 < raw.n ? digit_of(raw.p[i + 1]) : -1;
        int low = i + 2 < raw.n ? digit_of(raw.p[i + 2]) : -1;
        if (high < 0 || low < 0) {
            return false;
        }
        text[n++] = (char)(high * 16 + low);
        i += 2;
    }
    *out = (struct slice){text, n};
    return true;
}

static bool
get_by_hand(struct slice query, const char *name, struct arena *arena, struct slice *out)
{
    bool more = query.n > 0;
    while (more) {
        struct slice pair, key, decoded;
        more = slice_cut(&query, '&', &pair);
        slice_cut(&pair, '=', &key);
        if (decode(key, arena, &decoded) && slice_is(decoded, name)) {
            return decode(pair, arena, out);
        }
    }
    return false;
}

static void check_reading(struct slice query, struct arena *arena)
{
    static const char *const names[] = {"cursor", "limit", "sku", "a b", ""};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct slice ours = {0}, theirs = {0};
        bool has = http_query_get(query, names[i], arena, &ours);
        must(has == get_by_hand(query, names[i], arena, &theirs));
        must(!has || slice_equal(ours, theirs));
    }
}

static void check_writing(struct slice value, struct arena *arena)
{
    struct slice encoded = percent_encode(arena, value), back = {0};
    struct slice query = arena_printf(
        arena, "limit=5&%%63ursor=%.*s&cursor=no", (int)encoded.n, encoded.p ? encoded.p : "");
    must(query.p && http_query_get(query, "cursor", arena, &back) && slice_equal(back, value));
}

/* A cursor is a whole number: the text that we gave, or none of ours. */
static void check_number(struct slice text, struct arena *arena)
{
    int64_t n, again;
    if (slice_int(text, &n)) {
        struct slice written = arena_printf(arena, "%" PRId64, n);
        must(slice_int(written, &again) && again == n && written.n <= text.n);
        for (size_t i = 0; i < text.n; i++) {
            must((text.p[i] >= '0' && text.p[i] <= '9') || (i == 0 && text.p[i] == '-'));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice s = {(const char *)data, size};
    struct arena arena;
    if (size > 8192) {
        return 0;
    }
    arena_init(&arena, (size_t)8 << 20);
    check_reading(s, &arena);
    check_writing(s, &arena);
    check_number(s, &arena);
    must(!arena.exhausted);
    arena_free(&arena);
    return 0;
}
