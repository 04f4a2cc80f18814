/* SPDX-License-Identifier: Apache-2.0 */
#include "channels/amazon/sigv4.h"

#include "base/buf.h"
#include "base/crypto.h"
#include "base/times.h"

#define CANONICAL_MAX 16384
#define DAY_CHARS 8 /* of "20260101T000000Z" */

struct slice sigv4_date(struct arena *arena, int64_t now_us)
{
    char text[TIME_TEXT_MAX];
    char date[TIME_TEXT_MAX];
    struct slice stamp = time_format_s(now_us, text);
    size_t n = 0;

    for (size_t i = 0; i < stamp.n; i++) {
        if (stamp.p[i] != '-' && stamp.p[i] != ':') {
            date[n++] = stamp.p[i];
        }
    }
    return arena_copy(arena, (struct slice){date, n});
}

static struct slice hash_text(struct slice text, struct arena *arena)
{
    uint8_t digest[SHA256_SIZE];

    sha256(digest, text);
    return hex_encode(arena, (struct slice){(const char *)digest, sizeof digest});
}

static void names_put(struct buf *to, const struct sigv4 *request)
{
    for (size_t i = 0; i < request->headers_count; i++) {
        if (i) {
            buf_char(to, ';');
        }
        buf_slice(to, request->headers[i].name);
    }
}

static struct slice canonical_hash(const struct sigv4 *request, struct arena *arena)
{
    ON_EXIT(buf_free) struct buf text;

    buf_init(&text, CANONICAL_MAX);
    buf_slice(&text, request->method);
    buf_char(&text, '\n');
    buf_slice(&text, request->path);
    buf_text(&text, "\n\n"); /* no query */
    for (size_t i = 0; i < request->headers_count; i++) {
        buf_slice(&text, request->headers[i].name);
        buf_char(&text, ':');
        buf_slice(&text, slice_trim(request->headers[i].value));
        buf_char(&text, '\n');
    }
    buf_char(&text, '\n');
    names_put(&text, request);
    buf_char(&text, '\n');
    buf_slice(&text, hash_text(request->body, arena));
    return text.overflow ? (struct slice){0} : hash_text(buf_view(&text), arena);
}

/* The key of a day, a region and a service: each step signs the next word. */
static void signing_key(const struct sigv4 *request,
                        struct slice day,
                        struct slice secret,
                        uint8_t out[SHA256_SIZE])
{
    uint8_t step[SHA256_SIZE];
    const struct slice key = {(const char *)step, sizeof step};
    const struct slice words[] = {request->region, request->service, SLICE("aws4_request")};

    hmac_sha256(step, secret, day);
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        uint8_t next[SHA256_SIZE];
        hmac_sha256(next, key, words[i]);
        memcpy(step, next, sizeof step);
        crypto_wipe(next, sizeof next);
    }
    memcpy(out, step, sizeof step);
    crypto_wipe(step, sizeof step);
}

struct slice sigv4_authorization(const struct sigv4 *request, struct arena *arena)
{
    uint8_t key[SHA256_SIZE];
    uint8_t mac[SHA256_SIZE];
    ON_EXIT(buf_free) struct buf names;
    struct slice date = http_header_get(request->headers, request->headers_count, "x-amz-date");

    buf_init(&names, 1024);
    names_put(&names, request);
    struct slice secret = arena_printf(arena, "AWS4%.*s", SLICE_ARG(request->secret));
    struct slice canonical = canonical_hash(request, arena);
    struct slice day = {date.p, DAY_CHARS};
    if (date.n < DAY_CHARS || !canonical.p || !secret.p || names.overflow) {
        return (struct slice){0};
    }
    struct slice scope = arena_printf(arena,
                                      "%.*s/%.*s/%.*s/aws4_request",
                                      SLICE_ARG(day),
                                      SLICE_ARG(request->region),
                                      SLICE_ARG(request->service));
    struct slice text = arena_printf(arena,
                                     "AWS4-HMAC-SHA256\n%.*s\n%.*s\n%.*s",
                                     SLICE_ARG(date),
                                     (int)scope.n,
                                     scope.p ? scope.p : "",
                                     SLICE_ARG(canonical));
    if (!scope.p || !text.p) {
        return (struct slice){0};
    }
    signing_key(request, day, secret, key);
    hmac_sha256(mac, (struct slice){(const char *)key, sizeof key}, text);
    crypto_wipe(key, sizeof key);
    struct slice signature = hex_encode(arena, (struct slice){(const char *)mac, sizeof mac});
    if (!signature.p) {
        return (struct slice){0};
    }
    return arena_printf(arena,
                        "AWS4-HMAC-SHA256 Credential=%.*s/%.*s, SignedHeaders=%.*s, Signature=%.*s",
                        SLICE_ARG(request->key_id),
                        SLICE_ARG(scope),
                        SLICE_ARG(buf_view(&names)),
                        SLICE_ARG(signature));
}
