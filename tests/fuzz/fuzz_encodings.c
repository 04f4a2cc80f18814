/* SPDX-License-Identifier: Apache-2.0 */
/* Text forms of bytes and query strings, as signature headers and forms bring them. */
#include "base/compress.h"
#include "base/crypto.h"
#include "base/http_types.h"
#include "fuzz.h"

static void check_decoders(struct arena *arena, struct slice s)
{
    struct slice bytes, again;

    if (base64_decode(arena, s, &bytes)) {
        must(slice_equal(base64_encode(arena, bytes), s)); /* strict: one text for the same bytes */
    }
    if (hex_decode(arena, s, &bytes)) {
        must(slice_equal_nocase(hex_encode(arena, bytes), s));
    }
    if (percent_decode(arena, s, &bytes)) {
        must(percent_decode(arena, percent_encode(arena, bytes), &again) &&
             slice_equal(again, bytes));
    }
    if (http_query_get(s, "host", arena, &bytes)) {
        must(bytes.n <= s.n);
    }
    enum err e = decompress(arena, s, 65536, &bytes);
    must(e || bytes.n <= 65536);
}

static void check_encoders(struct arena *arena, struct slice s)
{
    struct slice bytes;

    must(base64_decode(arena, base64_encode(arena, s), &bytes) && slice_equal(bytes, s));
    must(hex_decode(arena, hex_encode(arena, s), &bytes) && slice_equal(bytes, s));
    must(percent_decode(arena, percent_encode(arena, s), &bytes) && slice_equal(bytes, s));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice s = {(const char *)data, size};
    struct arena arena;

    arena_init(&arena, (size_t)64 << 20);
    check_decoders(&arena, s);
    check_encoders(&arena, s);
    must(!arena.exhausted);
    arena_free(&arena);
    return 0;
}
