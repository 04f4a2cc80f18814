/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Status lines, Retry-After and Date of a platform's answer: what is said is within bounds, and
 * agrees with the status. The first two bytes are the status; the lines behind them are Retry-After
 * and Date.
 */
#include "base/times.h"
#include "channels/reply.h"
#include "fuzz.h"

#define DAY_US (86400 * US_PER_S)

static int64_t retry_after(struct slice text, struct slice date, int status, struct arena *arena)
{
    const struct http_header headers[] = {{SLICE("retry-after"), text}, {SLICE("DATE"), date}};
    const struct http_response response = {
        .status = status, .headers = headers, .headers_count = COUNT_OF(headers)};
    struct channel_signal signal;
    (void)reply_read(&response, arena, &signal);
    return signal.retry_after_us;
}

/* Seconds that we know of mean what they say, and so does the date that they lead to. */
static void check_known(uint8_t seconds, struct arena *arena)
{
    const struct slice date = SLICE("Mon, 23 Nov 2026 05:45:31 GMT");
    char text[TIME_TEXT_MAX];
    int64_t at_us;
    must(time_parse_http(date, &at_us));
    const int64_t wanted = seconds * US_PER_S;
    must(retry_after(arena_printf(arena, " %u ", seconds), date, 429, arena) == wanted);
    must(retry_after(arena_printf(arena, "%u.5", seconds), date, 429, arena) == wanted + US_PER_S);
    must(retry_after(time_format_http(at_us + wanted, text), date, 503, arena) == wanted);
    must(retry_after(time_format_http(at_us - wanted, text), date, 503, arena) == 0);
    must(retry_after(time_format_http(at_us + wanted, text), SLICE(""), 503, arena) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    struct slice rest = {(const char *)data + 2, size - 2}, after;
    struct channel_signal signal;
    struct arena arena;
    int status = data[0] * 256 + data[1];
    int64_t at_us;

    arena_init(&arena, (size_t)1 << 16);
    slice_cut(&rest, '\n', &after);
    const struct http_header headers[] = {{SLICE("Retry-After"), after}, {SLICE("Date"), rest}};
    const struct http_response response = {
        .status = status, .headers = headers, .headers_count = COUNT_OF(headers)};
    enum reply_class class = reply_read(&response, &arena, &signal);
    must((class == REPLY_OK) == (status >= 200 && status <= 299));
    must(signal.retry_after_us >= 0 && signal.retry_after_us <= DAY_US);
    must(signal.retry_after_us % US_PER_S == 0);
    must(class != REPLY_OK || signal.retry_after_us == 0);
    must(signal.throttled == (status == 429));
    must(signal.unauthorised == (status == 401 || status == 403));
    must(signal.throttled + signal.unauthorised + signal.down <= 1);
    must(class == REPLY_OK ||
         (signal.reason.n > 0 && memchr(signal.reason.p, '\n', signal.reason.n) == NULL));
    must(signal.points_left == -1 && signal.day_left == -1);
    must(signal.server_time_us == (time_parse_http(rest, &at_us) ? at_us : 0));
    check_known(data[0], &arena);
    arena_free(&arena);
    return 0;
}
