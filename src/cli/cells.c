/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cells.h"

struct span {
    uint32_t first, last;
};

/* Two columns: East Asian Wide and Fullwidth (UAX #11), and what terminals draw as emoji. */
static const struct span wide[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x23e9, 0x23ec},
    {0x25fd, 0x25fe},   {0x2614, 0x2615},   {0x26a1, 0x26a1},   {0x2705, 0x2705},
    {0x2728, 0x2728},   {0x274c, 0x274c},   {0x2753, 0x2755},   {0x2795, 0x2797},
    {0x2b50, 0x2b50},   {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},
    {0x4e00, 0x9fff},   {0xa000, 0xa4cf},   {0xa960, 0xa97f},   {0xac00, 0xd7a3},
    {0xf900, 0xfaff},   {0xfe10, 0xfe19},   {0xfe30, 0xfe6f},   {0xff01, 0xff60},
    {0xffe0, 0xffe6},   {0x16fe0, 0x18cff}, {0x1b000, 0x1b2ff}, {0x1f004, 0x1f004},
    {0x1f0cf, 0x1f0cf}, {0x1f18e, 0x1f18e}, {0x1f191, 0x1f19a}, {0x1f200, 0x1f265},
    {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f7e0, 0x1f7eb}, {0x1f900, 0x1faff},
    {0x20000, 0x3fffd},
};

/* No column of their own: they change the character before them. */
static const struct span combining[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x0610, 0x061a}, {0x064b, 0x065f},
    {0x06d6, 0x06dc}, {0x0900, 0x0902}, {0x093c, 0x093c}, {0x0941, 0x0948}, {0x0e31, 0x0e31},
    {0x0e34, 0x0e3a}, {0x0e47, 0x0e4e}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200c, 0x200d},
    {0x20d0, 0x20ff}, {0x3099, 0x309a}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xe0100, 0xe01ef},
};

/* Unseen, or turning what stands around them: never printed as they are. */
static const struct span hostile[] = {
    {0x00, 0x1f},
    {0x7f, 0x9f},
    {0x00ad, 0x00ad},
    {0x061c, 0x061c},
    {0x115f, 0x1160},
    {0x180e, 0x180e},
    {0x200b, 0x200b},
    {0x200e, 0x200f},
    {0x2028, 0x202e},
    {0x2060, 0x206f},
    {0x3164, 0x3164},
    {0xd800, 0xdfff},
    {0xfeff, 0xfeff},
    {0xfff9, 0xfffb},
    {0xe0000, 0xe007f},
};

static bool is_in(const struct span *spans, size_t count, uint32_t c)
{
    for (size_t i = 0; i < count; i++) {
        if (c >= spans[i].first && c <= spans[i].last) {
            return true;
        }
    }
    return false;
}

/* One character: its bytes; 0 when they are no UTF-8 (RFC 3629: shortest form only). */
static size_t decode(struct slice s, uint32_t *out)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)s.p;
    size_t n = p[0] < 0x80             ? 1
               : (p[0] & 0xe0) == 0xc0 ? 2
               : (p[0] & 0xf0) == 0xe0 ? 3
               : (p[0] & 0xf8) == 0xf0 ? 4
                                       : 0;
    if (n == 0 || n > s.n) {
        return 0;
    }
    uint32_t c = n == 1 ? p[0] : p[0] & (0x7fU >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
        c = c << 6 | (p[i] & 0x3f);
    }
    *out = c;
    return c < smallest[n] || c > 0x10ffff ? 0 : n;
}

static size_t width_of(uint32_t c)
{
    if (c < 0x300) {
        return 1;
    }
    return is_in(combining, COUNT_OF(combining), c) ? 0 : is_in(wide, COUNT_OF(wide), c) ? 2 : 1;
}

size_t cells_put(struct buf *out, struct slice text)
{
    size_t width = 0, before = 0;
    while (text.n) {
        uint32_t c = 0;
        size_t n = decode(text, &c);
        before = out->n;
        if (n == 0) {
            buf_printf(out, "\\x%02x", (unsigned char)text.p[0]);
            n = 1;
            width += out->n - before;
        } else if (is_in(hostile, COUNT_OF(hostile), c)) {
            buf_printf(out, c < 0x100 ? "\\x%02" PRIx32 : "\\u%04" PRIx32, c);
            width += out->n - before;
        } else {
            buf_put(out, text.p, n);
            width += width_of(c);
        }
        text = slice_from(text, n);
    }
    return width;
}

size_t cells_fit(struct slice harmless, size_t columns, size_t *out_width)
{
    size_t bytes = 0, width = 0;
    while (bytes < harmless.n) {
        uint32_t c = 0;
        size_t n = decode(slice_from(harmless, bytes), &c);
        must(n);
        if (width + width_of(c) > columns) {
            break;
        }
        bytes += n;
        width += width_of(c);
    }
    *out_width = width;
    return bytes;
}

void cells_print(FILE *out, struct slice text)
{
    ON_EXIT(buf_free) struct buf harmless;
    buf_init(&harmless, 6 * text.n + 1);
    cells_put(&harmless, text);
    (void)fwrite(harmless.p, 1, harmless.n, out);
}
