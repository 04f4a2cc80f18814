/* SPDX-License-Identifier: Apache-2.0 */
#include "base/totp.h"

#include "base/crypto.h"

#define DIGITS 6

int64_t totp_at(struct slice key, int64_t step, int digits)
{
    uint8_t count[8], mac[SHA1_SIZE];
    int64_t bound = 1;
    for (int i = 0; i < 8; i++) {
        count[i] = (uint8_t)((uint64_t)step >> (56 - 8 * i));
    }
    hmac_sha1(mac, key, (struct slice){(const char *)count, sizeof(count)});
    const uint8_t *at = mac + (mac[SHA1_SIZE - 1] & 0xf);
    int64_t value = ((int64_t)(at[0] & 0x7f) << 24) | ((int64_t)at[1] << 16) |
                    ((int64_t)at[2] << 8) | (int64_t)at[3];
    for (int i = 0; i < digits; i++) {
        bound *= 10;
    }
    return value % bound;
}

int64_t totp_find(struct slice key, struct slice text, int64_t now_us, int64_t used)
{
    int64_t now = now_us / US_PER_S / TOTP_STEP_S, found = 0;
    if (text.n != DIGITS) {
        return 0;
    }
    for (int64_t step = now - 1; step <= now + 1; step++) { /* all three, whichever it is */
        char code[16];
        (void)snprintf(code, sizeof(code), "%06" PRId64, totp_at(key, step, DIGITS));
        bool is_it = crypto_equal(text, (struct slice){code, DIGITS});
        found = is_it && step > used ? step : found;
    }
    return found;
}

struct slice base32_encode(struct arena *arena, struct slice bytes)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    size_t n = 0, size = (bytes.n * 8 + 4) / 5;
    char *text = ARENA_ARRAY(arena, size + 1, char);
    uint32_t bits = 0;
    int held = 0;
    if (!text) {
        return (struct slice){0};
    }
    for (size_t i = 0; i < bytes.n; i++) {
        bits = (bits << 8 | (uint8_t)bytes.p[i]) & 0xffff;
        held += 8;
        while (held >= 5) {
            held -= 5;
            text[n++] = letters[bits >> held & 31];
        }
    }
    if (held) {
        text[n++] = letters[bits << (5 - held) & 31];
    }
    must(n == size);
    return (struct slice){text, n};
}
