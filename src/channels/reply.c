/* SPDX-License-Identifier: Apache-2.0 */
#include "channels/reply.h"
#include "base/times.h"

#define RETRY_AFTER_MAX_S INT64_C(86400)

/* Seconds, with or without a fraction (Shopify writes "2.0"), or an HTTP date. 0 = unsaid. */
static int64_t retry_after_us(struct slice text, int64_t server_time_us)
{
    text = slice_trim(text);
    struct slice fraction = text;
    struct slice whole;
    slice_cut(&fraction, '.', &whole);
    int64_t seconds = 0;
    if (slice_int(whole, &seconds)) {
        /* A fraction is rounded up: later is always allowed, sooner is not. */
        seconds += fraction.n > 0 && seconds < RETRY_AFTER_MAX_S;
    } else {
        int64_t at_us = 0;
        if (!server_time_us || !time_parse_http(text, &at_us)) {
            return 0;
        }
        seconds = (at_us - server_time_us) / US_PER_S;
    }
    if (seconds < 0) {
        return 0;
    }
    return (seconds < RETRY_AFTER_MAX_S ? seconds : RETRY_AFTER_MAX_S) * US_PER_S;
}

static enum reply_class class_of(int status)
{
    if (status >= 200 && status <= 299) {
        return REPLY_OK;
    }
    if (status >= 300 && status <= 399) {
        return REPLY_LATER; /* redirects are not followed: nothing was done */
    }
    switch (status) {
    case 400:
    case 405:
    case 406:
    case 413:
    case 414:
    case 415:
    case 422:
        return REPLY_REFUSED;
    case 408:
        return REPLY_UNKNOWN;
    default:
        return status >= 400 && status <= 499 ? REPLY_LATER : REPLY_UNKNOWN;
    }
}

enum reply_class
reply_read(const struct http_response *response, struct arena *arena, struct channel_signal *out)
{
    const struct http_header *headers = response->headers;
    size_t count = response->headers_count;
    int status = response->status;
    enum reply_class class = class_of(status);

    *out = (struct channel_signal)SIGNAL_NONE;
    if (!time_parse_http(http_header_get(headers, count, "Date"), &out->server_time_us)) {
        out->server_time_us = 0;
    }
    if (class == REPLY_OK) {
        return class;
    }
    out->retry_after_us =
        retry_after_us(http_header_get(headers, count, "Retry-After"), out->server_time_us);
    out->throttled = status == 429;
    out->unauthorised = status == 401 || status == 403;
    out->down = class != REPLY_REFUSED && !out->throttled && !out->unauthorised;
    out->reason = arena_printf(arena, "HTTP %d", status);
    return class;
}
