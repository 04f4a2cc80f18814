/* SPDX-License-Identifier: Apache-2.0 */
#include "base/http_types.h"

#include "base/crypto.h"

struct slice http_header_get(const struct http_header *headers, size_t count, const char *name)
{
    struct slice wanted = slice_of(name);

    for (size_t i = 0; i < count; i++) {
        if (slice_equal_nocase(headers[i].name, wanted)) {
            return headers[i].value;
        }
    }
    return (struct slice){0};
}

/* A form-encoded piece: plus is a space, then percent-decoding. False when malformed or no room. */
static bool form_decode(struct slice raw, struct arena *arena, struct slice *out)
{
    char *text = arena_alloc(arena, raw.n + 1);

    if (!text) {
        return false;
    }
    for (size_t i = 0; i < raw.n; i++) {
        text[i] = raw.p[i] == '+' ? ' ' : raw.p[i];
    }
    return percent_decode(arena, (struct slice){text, raw.n}, out);
}

bool http_query_get(struct slice query, const char *name, struct arena *arena, struct slice *out)
{
    bool more = query.n > 0;

    while (more) {
        struct slice pair, raw_name, decoded;
        more = slice_cut(&query, '&', &pair);
        slice_cut(&pair, '=', &raw_name);
        bool is_plain =
            !memchr(raw_name.p, '%', raw_name.n) && !memchr(raw_name.p, '+', raw_name.n);
        if (is_plain) {
            decoded = raw_name;
        } else if (!form_decode(raw_name, arena, &decoded)) {
            continue;
        }
        if (slice_is(decoded, name)) {
            return form_decode(pair, arena, out);
        }
    }
    return false;
}
