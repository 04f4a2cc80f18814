/* SPDX-License-Identifier: Apache-2.0 */
/* cidr - numeric internet addresses and ranges of them. An IPv4 address mapped into IPv6 is itself. */
#pragma once
#include "base/base.h"

struct cidr {
    uint8_t address[16]; /* IPv4: mapped (::ffff:0:0/96) */
    int bits;            /* of the 128 */
};

/* "10.0.0.0/8", "::1/128", or one address. False for anything else. */
MUST_USE bool cidr_parse(struct slice text, struct cidr *out);
bool cidr_has(const struct cidr *range, const struct cidr *address);
bool cidr_is_loopback(const struct cidr *address);
