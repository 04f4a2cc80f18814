/* SPDX-License-Identifier: Apache-2.0 */
#include "env/env_address.h"

#include <arpa/inet.h>

struct v4_range {
    uint8_t address[4];
    int bits;
};
static const struct v4_range v4_special[] = {
    {{0, 0, 0, 0}, 8},       /* this network */
    {{10, 0, 0, 0}, 8},      /* private */
    {{100, 64, 0, 0}, 10},   /* carrier-grade NAT */
    {{127, 0, 0, 0}, 8},     /* loopback */
    {{169, 254, 0, 0}, 16},  /* link-local, clouds' metadata */
    {{172, 16, 0, 0}, 12},   /* private */
    {{192, 0, 0, 0}, 24},    /* protocol assignments */
    {{192, 0, 2, 0}, 24},    /* documentation */
    {{192, 88, 99, 0}, 24},  /* 6to4 relays */
    {{192, 168, 0, 0}, 16},  /* private */
    {{198, 18, 0, 0}, 15},   /* benchmarks */
    {{198, 51, 100, 0}, 24}, /* documentation */
    {{203, 0, 113, 0}, 24},  /* documentation */
    {{224, 0, 0, 0}, 4},     /* multicast */
    {{240, 0, 0, 0}, 4},     /* reserved, broadcast */
};

struct v6_range {
    uint8_t address[16];
    int bits;
};
/* Inside 2000::/3, the only public unicast space there is. */
static const struct v6_range v6_special[] = {
    {{0x20, 0x01, 0x00, 0x00}, 23}, /* protocol assignments: Teredo, ORCHID, benchmarks */
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
    {{0x20, 0x02}, 16},             /* 6to4: carries any v4 address */
    {{0x3f, 0xff}, 20},             /* documentation */
};

static bool within(const uint8_t *address, const uint8_t *range, int bits)
{
    for (; bits >= 8; bits -= 8) {
        if (*address++ != *range++) {
            return false;
        }
    }
    return bits == 0 || ((*address ^ *range) >> (8 - bits)) == 0;
}

bool address_v4_is_public(const uint8_t address[4])
{
    for (size_t i = 0; i < COUNT_OF(v4_special); i++) {
        if (within(address, v4_special[i].address, v4_special[i].bits)) {
            return false;
        }
    }
    return true;
}

bool address_v6_is_public(const uint8_t address[16])
{
    if ((address[0] & 0xe0) != 0x20) {
        return false; /* mapped v4, NAT64, unique local, link-local, multicast, loopback ... */
    }
    for (size_t i = 0; i < COUNT_OF(v6_special); i++) {
        if (within(address, v6_special[i].address, v6_special[i].bits)) {
            return false;
        }
    }
    return true;
}

bool address_text_is_public(const char *text)
{
    uint8_t address[16];

    if (inet_pton(AF_INET, text, address) == 1) {
        return address_v4_is_public(address);
    }
    return inet_pton(AF_INET6, text, address) == 1 && address_v6_is_public(address);
}
