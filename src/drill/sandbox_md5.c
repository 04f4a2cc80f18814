/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_md5 - MD5 (RFC 1321), only because platforms still state it. */
#include "drill/sandbox_rest.h"

#include <math.h>

static uint32_t turn_left(uint32_t x, unsigned n)
{
    return (x << n) | (x >> (32 - n));
}

static void block(uint32_t state[4], const uint8_t *bytes)
{
    static const unsigned turns[4][4] = {
        {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    uint32_t x[16];
    uint32_t a = state[0];
    uint32_t b = state[1];
    uint32_t c = state[2];
    uint32_t d = state[3];
    for (size_t i = 0; i < 16; i++) {
        x[i] = (uint32_t)bytes[4 * i] | (uint32_t)bytes[4 * i + 1] << 8 |
               (uint32_t)bytes[4 * i + 2] << 16 | (uint32_t)bytes[4 * i + 3] << 24;
    }
    for (unsigned i = 0; i < 64; i++) {
        unsigned round = i / 16;
        uint32_t f = round == 0   ? (b & c) | (~b & d)
                     : round == 1 ? (d & b) | (~d & c)
                     : round == 2 ? b ^ c ^ d
                                  : c ^ (b | ~d);
        unsigned at = round == 0   ? i
                      : round == 1 ? (5 * i + 1) % 16
                      : round == 2 ? (3 * i + 5) % 16
                                   : 7 * i % 16;
        uint32_t k = (uint32_t)floor(fabs(sin((double)i + 1)) * 4294967296.0);
        uint32_t next = b + turn_left(a + f + k + x[at], turns[round][i % 4]);
        a = d;
        d = c;
        c = b;
        b = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
}

struct slice md5_hex(struct arena *arena, struct slice data)
{
    uint32_t state[4] = {0x67452301U, 0xefcdab89U, 0x98badcfeU, 0x10325476U};
    uint8_t last[128] = {0};
    size_t whole = data.n / 64 * 64;
    size_t rest = data.n - whole;
    size_t last_n = rest < 56 ? 64 : 128;
    uint64_t bits = (uint64_t)data.n * 8;
    for (size_t i = 0; i < whole; i += 64) {
        block(state, (const uint8_t *)data.p + i);
    }
    if (rest > 0) {
        memcpy(last, data.p + whole, rest);
    }
    last[rest] = 0x80;
    for (size_t i = 0; i < 8; i++) {
        last[last_n - 8 + i] = (uint8_t)(bits >> (8 * i));
    }
    for (size_t i = 0; i < last_n; i += 64) {
        block(state, last + i);
    }
    char text[33];
    for (size_t i = 0; i < 16; i++) {
        snprintf(text + 2 * i, 3, "%02x", (unsigned)(state[i / 4] >> (8 * (i % 4))) & 0xffU);
    }
    return arena_copy(arena, slice_of(text));
}
