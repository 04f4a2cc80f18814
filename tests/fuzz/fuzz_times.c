/* SPDX-License-Identifier: Apache-2.0 */
/* Time stamps: what is accepted comes back as the same instant; any number has a text. */
#include "base/times.h"
#include "fuzz.h"

static void check_text(struct slice s)
{
    char text[TIME_TEXT_MAX];
    int64_t us, again;

    if (time_parse_rfc3339(s, &us)) {
        must(time_parse_utc(s, &again) && again == us);
    }
    if (time_parse_utc(s, &us) && slice_starts(s, "2")) {
        must(time_parse_rfc3339(time_format(us, text), &again));
        must(us - again >= 0 && us - again < US_PER_MS);
    }
    /* The leap second of year 9999 has no text of its own; nothing else of ours lies so far ahead.
     */
    if (time_parse_http(s, &us) && us < INT64_C(253370764800000000)) {
        must(time_parse_http(time_format_http(us, text), &again) && again == us);
    }
}

static void check_number(int64_t us)
{
    char text[TIME_TEXT_MAX];
    int64_t parsed;

    must(time_parse_rfc3339(time_format(us, text), &parsed));
    must(time_parse_rfc3339(time_format_s(us, text), &parsed));
    must(time_parse_http(time_format_http(us, text), &parsed));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t us;

    check_text((struct slice){(const char *)data, size});
    if (size >= sizeof(us)) {
        memcpy(&us, data, sizeof(us));
        check_number(us);
    }
    return 0;
}
