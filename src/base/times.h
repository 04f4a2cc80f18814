/* SPDX-License-Identifier: Apache-2.0 */
/*
 * times - instants as microseconds since 1970-01-01 UTC, and their text.
 *
 * Parses RFC 3339 with any offset and up to 9 fraction digits, the zone-less stamps of WooCommerce
 * (taken as UTC), and HTTP dates (RFC 9110, 5.6.7, the IMF-fixdate form). No locale, no time zone.
 */
#pragma once
#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TIME_TEXT_MAX 32

MUST_USE bool time_parse_rfc3339(struct slice text, int64_t *out_us); /* offset or Z required */
MUST_USE bool time_parse_utc(struct slice text, int64_t *out_us);     /* as above; no zone = UTC */
MUST_USE bool time_parse_http(struct slice text,
                              int64_t *out_us); /* "Sun, 06 Nov 1994 08:49:37 GMT" */
/* "2026-11-23T05:45:31.123Z" */
struct slice time_format(int64_t time_us, char out[TIME_TEXT_MAX]);
/* "2026-11-23T05:45:31Z": whole seconds, rounded down, as platforms' filters want it */
struct slice time_format_s(int64_t time_us, char out[TIME_TEXT_MAX]);
struct slice time_format_http(int64_t time_us, char out[TIME_TEXT_MAX]);

#ifdef __cplusplus
}
#endif
