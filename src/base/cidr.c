/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cidr.h"

#include <arpa/inet.h>

#define MAPPED_BITS 96

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool is_v4(const uint8_t address[16])
{
    return memcmp(address, mapped, sizeof(mapped)) == 0;
}

bool cidr_parse(struct slice text, struct cidr *out)
{
    char host[INET6_ADDRSTRLEN + 1];
    struct slice rest = text, address;
    struct cidr range = {.bits = 128};
    bool has_bits = slice_cut(&rest, '/', &address);
    int64_t bits = 0;
    if (address.n == 0 || address.n >= sizeof(host) || memchr(address.p, '\0', address.n)) {
        return false;
    }
    memcpy(host, address.p, address.n);
    host[address.n] = '\0';
    bool is_four = inet_pton(AF_INET, host, range.address + sizeof(mapped)) == 1;
    if (is_four) {
        memcpy(range.address, mapped, sizeof(mapped));
    } else if (inet_pton(AF_INET6, host, range.address) != 1) {
        return false;
    }
    if (has_bits && (!slice_int(rest, &bits) || bits < 0 || bits > (is_four ? 32 : 128))) {
        return false;
    }
    if (has_bits) {
        range.bits = (int)bits + (is_four ? MAPPED_BITS : 0);
    }
    *out = range;
    return true;
}

bool cidr_has(const struct cidr *range, const struct cidr *address)
{
    int whole = range->bits / 8, rest = range->bits % 8;
    if (memcmp(range->address, address->address, (size_t)whole) != 0) {
        return false;
    }
    return rest == 0 || (range->address[whole] ^ address->address[whole]) >> (8 - rest) == 0;
}

bool cidr_is_loopback(const struct cidr *address)
{
    static const uint8_t six[16] = {[15] = 1};
    return is_v4(address->address) ? address->address[12] == 127
                                   : memcmp(address->address, six, sizeof(six)) == 0;
}
