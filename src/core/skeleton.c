/* SPDX-License-Identifier: Apache-2.0 */
#include "core/skeleton.h"

enum look {
    LOOK_LETTER,    /* as `like`; itself when that is 0 */
    LOOK_SEPARATOR, /* a dash, stop, slash ... */
    LOOK_BLANK,
    LOOK_NOTHING,
};

struct glyph {
    uint32_t code_point;
    size_t bytes;
    enum look look;
    char like;       /* the plain character that it looks like; 0: it is its own */
    bool is_foreign; /* no ASCII, and looks like it */
};

/* Letters that cannot be told from Latin ones in most typefaces, ascending. */
static const struct {
    uint16_t code_point;
    char like;
} twins[] = {
    {0x0131, 'i'}, {0x0391, 'A'}, {0x0392, 'B'}, {0x0395, 'E'}, {0x0396, 'Z'}, {0x0397, 'H'},
    {0x0399, 'I'}, {0x039A, 'K'}, {0x039C, 'M'}, {0x039D, 'N'}, {0x039F, 'O'}, {0x03A1, 'P'},
    {0x03A4, 'T'}, {0x03A5, 'Y'}, {0x03A7, 'X'}, {0x03B1, 'a'}, {0x03B3, 'y'}, {0x03B9, 'i'},
    {0x03BD, 'v'}, {0x03BF, 'o'}, {0x03C1, 'p'}, {0x03C5, 'u'}, {0x03F2, 'c'}, {0x03F3, 'j'},
    {0x03F9, 'C'}, {0x0405, 'S'}, {0x0406, 'I'}, {0x0408, 'J'}, {0x0410, 'A'}, {0x0412, 'B'},
    {0x0415, 'E'}, {0x0417, '3'}, {0x041A, 'K'}, {0x041C, 'M'}, {0x041D, 'H'}, {0x041E, 'O'},
    {0x0420, 'P'}, {0x0421, 'C'}, {0x0422, 'T'}, {0x0423, 'Y'}, {0x0425, 'X'}, {0x042C, 'b'},
    {0x0430, 'a'}, {0x0435, 'e'}, {0x0437, '3'}, {0x043E, 'o'}, {0x0440, 'p'}, {0x0441, 'c'},
    {0x0443, 'y'}, {0x0445, 'x'}, {0x0455, 's'}, {0x0456, 'i'}, {0x0458, 'j'}, {0x04AE, 'Y'},
    {0x04AF, 'y'}, {0x04BB, 'h'}, {0x04C0, 'I'}, {0x04CF, 'l'}, {0x0501, 'd'}, {0x051A, 'Q'},
    {0x051B, 'q'}, {0x051C, 'W'}, {0x051D, 'w'}, {0x0555, 'O'}, {0x0578, 'n'}, {0x057D, 'u'},
    {0x0585, 'o'}, {0x2113, 'l'}, {0x2160, 'I'}, {0x2164, 'V'}, {0x2169, 'X'}, {0x216C, 'L'},
    {0x216D, 'C'}, {0x216E, 'D'}, {0x216F, 'M'}, {0x2170, 'i'}, {0x2174, 'v'}, {0x2179, 'x'},
    {0x217C, 'l'}, {0x217D, 'c'}, {0x217E, 'd'}, {0x217F, 'm'},
};

/* Other characters that are no letters: ranges, ascending. */
static const struct {
    uint32_t first, last;
    enum look look;
    char like;
} ranges[] = {
    {0x00A0, 0x00A0, LOOK_BLANK, ' '},     {0x00AD, 0x00AD, LOOK_NOTHING, 0},
    {0x00B7, 0x00B7, LOOK_SEPARATOR, '.'}, {0x00D7, 0x00D7, LOOK_LETTER, 'x'},
    {0x02D7, 0x02D7, LOOK_SEPARATOR, '-'}, {0x034F, 0x034F, LOOK_NOTHING, 0},
    {0x061C, 0x061C, LOOK_NOTHING, 0},     {0x1680, 0x1680, LOOK_BLANK, ' '},
    {0x180E, 0x180E, LOOK_NOTHING, 0},     {0x2000, 0x200A, LOOK_BLANK, ' '},
    {0x200B, 0x200F, LOOK_NOTHING, 0},     {0x2010, 0x2015, LOOK_SEPARATOR, '-'},
    {0x2022, 0x2022, LOOK_SEPARATOR, '.'}, {0x2024, 0x2024, LOOK_SEPARATOR, '.'},
    {0x2027, 0x2027, LOOK_SEPARATOR, '.'}, {0x2028, 0x2029, LOOK_BLANK, ' '},
    {0x202A, 0x202E, LOOK_NOTHING, 0},     {0x202F, 0x202F, LOOK_BLANK, ' '},
    {0x2043, 0x2043, LOOK_SEPARATOR, '-'}, {0x2044, 0x2044, LOOK_SEPARATOR, '/'},
    {0x205F, 0x205F, LOOK_BLANK, ' '},     {0x2060, 0x206F, LOOK_NOTHING, 0},
    {0x2212, 0x2212, LOOK_SEPARATOR, '-'}, {0x2215, 0x2215, LOOK_SEPARATOR, '/'},
    {0x3000, 0x3000, LOOK_BLANK, ' '},     {0xFE00, 0xFE0F, LOOK_NOTHING, 0},
    {0xFE58, 0xFE58, LOOK_SEPARATOR, '-'}, {0xFE63, 0xFE63, LOOK_SEPARATOR, '-'},
    {0xFEFF, 0xFEFF, LOOK_NOTHING, 0},
};

/* One character; of bytes that are no UTF-8 one byte, with the code point 0xFFFD. */
static uint32_t decode(struct slice text, size_t *out_bytes)
{
    const unsigned char *p = (const unsigned char *)text.p;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    uint32_t c = n == 1 ? p[0] : p[0] & (0x7Fu >> n);
    bool is_sound = n <= text.n && (p[0] < 0x80 || (p[0] >= 0xC2 && p[0] < 0xF5));
    for (size_t i = 1; is_sound && i < n; i++) {
        is_sound = (p[i] & 0xC0u) == 0x80u;
        c = (c << 6) | (p[i] & 0x3Fu);
    }
    is_sound = is_sound && c >= least[n] && c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
    *out_bytes = is_sound ? n : 1;
    return is_sound ? c : 0xFFFD;
}

static struct glyph ascii(unsigned char c)
{
    struct glyph g = {.code_point = c, .bytes = 1, .look = LOOK_LETTER, .like = (char)c};
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        g.look = LOOK_BLANK;
    } else if (c < ' ' || c == 0x7F) {
        g.look = LOOK_NOTHING;
    } else if (strchr("-_./\\,:;|'`#*", c)) {
        g.look = LOOK_SEPARATOR;
    }
    return g;
}

static char twin_of(uint32_t code_point)
{
    for (size_t i = 0; i < COUNT_OF(twins); i++) {
        if (twins[i].code_point == code_point) {
            return twins[i].like;
        }
    }
    return 0;
}

static struct glyph next_glyph(struct slice *rest)
{
    size_t bytes;
    uint32_t c = decode(*rest, &bytes);
    struct glyph g = {.code_point = c, .bytes = bytes};
    *rest = slice_from(*rest, bytes);
    if (c < 0x80) {
        return ascii((unsigned char)c);
    }
    if (c >= 0xFF01 && c <= 0xFF5E) { /* full-width forms, in the order of ASCII */
        g = ascii((unsigned char)(c - 0xFEE0));
        g.code_point = c;
        g.bytes = bytes;
        g.is_foreign = true;
        return g;
    }
    for (size_t i = 0; i < COUNT_OF(ranges); i++) {
        if (c >= ranges[i].first && c <= ranges[i].last) {
            g.look = ranges[i].look;
            g.like = ranges[i].like;
            g.is_foreign = g.look == LOOK_SEPARATOR || g.look == LOOK_LETTER;
            return g;
        }
    }
    g.like = twin_of(c);
    g.is_foreign = g.like != 0;
    return g;
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* As it stands in a skeleton. */
static char folded(char like)
{
    char c = upper(like);
    return c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
}

/* Digits, and the letters that pass for one where no other letter is: not L, a size. */
static bool is_digit_like(char like)
{
    char c = upper(like);
    return (c >= '0' && c <= '9') || c == 'O' || c == 'I';
}

/* Upper case for letters of the scripts that codes are written in; two bytes each. */
static uint32_t big(uint32_t c)
{
    bool is_latin = c >= 0xE0 && c <= 0xFE && c != 0xF7;
    bool is_greek = c >= 0x3B1 && c <= 0x3C9 && c != 0x3C2;
    bool is_cyrillic = c >= 0x430 && c <= 0x44F;
    return is_latin || is_greek || is_cyrillic ? c - 0x20 : c >= 0x450 && c <= 0x45F ? c - 0x50 : c;
}

struct skeleton {
    char *p;
    size_t n;
    bool was_digit, waits; /* a separator after a digit waits for what follows */
};

static void put(struct skeleton *s, const struct glyph *g, const char *bytes)
{
    if (g->look == LOOK_NOTHING) {
        return;
    }
    if (g->look != LOOK_LETTER) {
        s->waits = s->was_digit;
        return;
    }
    bool is_digit = is_digit_like(g->like);
    if (s->waits && is_digit) {
        s->p[s->n++] = '-';
    }
    s->waits = false;
    s->was_digit = is_digit;
    uint32_t c = big(g->code_point);
    char like = c == g->code_point ? g->like : twin_of(c);
    like = like ? like : g->like;
    if (like) {
        s->p[s->n++] = folded(like);
    } else if (c != g->code_point) {
        s->p[s->n++] = (char)(0xC0u | (c >> 6));
        s->p[s->n++] = (char)(0x80u | (c & 0x3Fu));
    } else {
        memcpy(s->p + s->n, bytes, g->bytes);
        s->n += g->bytes;
    }
}

struct slice skeleton_of(struct slice code, struct arena *arena)
{
    /* No character becomes longer, and a separator stands for one. */
    struct skeleton s = {.p = arena_alloc(arena, code.n + 1)};
    for (struct slice rest = code; s.p && rest.n;) {
        const char *bytes = rest.p;
        const struct glyph g = next_glyph(&rest);
        put(&s, &g, bytes);
    }
    return (struct slice){s.p, s.n};
}

/* ---- oddities ---- */

struct oddity oddity_hidden(struct slice code)
{
    size_t at = 0;
    while (code.n) {
        const struct glyph g = next_glyph(&code);
        at++;
        if (g.look == LOOK_NOTHING || (g.look == LOOK_BLANK && g.code_point != ' ')) {
            return (struct oddity){g.code_point ? g.code_point : 0xFFFD, at, g.like};
        }
    }
    return (struct oddity){0};
}

struct oddity oddity_foreign(struct slice code)
{
    struct oddity first = {0};
    bool has_plain = false, has_own = false;
    for (size_t at = 1; code.n; at++) {
        const struct glyph g = next_glyph(&code);
        char c = upper(g.like);
        if (g.is_foreign && !first.code_point) {
            first = (struct oddity){g.code_point, at, g.like};
        }
        has_plain |= !g.is_foreign && g.look == LOOK_LETTER && c >= 'A' && c <= 'Z';
        has_own |= g.look == LOOK_LETTER && !g.like;
    }
    return has_plain || !has_own ? first : (struct oddity){0};
}
