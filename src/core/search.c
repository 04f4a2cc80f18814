/* SPDX-License-Identifier: Apache-2.0 */
#include "core/search.h"

#define NUMBER_MIN                                                                                 \
    11 /* digits of a number whose leading zeros say nothing: a UPC without its first */

/* U+00C0 to U+017F without case and marks; ' ' for what is written as two letters, or is none. */
static const char latin[] = "aaaaaa ceeeeiiiidnooooo ouuuuy  aaaaaa ceeeeiiiidnooooo ouuuuy y"
                            "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii  jjkkklllllll"
                            "lllnnnnnnnnnoooooo  rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

static const char *two_letters(uint32_t c)
{
    switch (c) {
    case 0xC6:
    case 0xE6:
        return "ae";
    case 0xDF:
        return "ss";
    case 0xDE:
    case 0xFE:
        return "th";
    case 0x132:
    case 0x133:
        return "ij";
    case 0x152:
    case 0x153:
        return "oe";
    default:
        return NULL;
    }
}

static bool shows_nothing(uint32_t c)
{
    return c == 0xAD || (c >= 0x300 && c <= 0x36F) || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

static bool is_blank(uint32_t c)
{
    return c <= ' ' || c == 0x7F || c == 0xA0 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
           c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

/* Greek and Cyrillic capitals, and the Cyrillic io as the e that it is often written as. */
static uint32_t small(uint32_t c)
{
    bool is_greek = c >= 0x391 && c <= 0x3A9;
    bool is_cyrillic = c >= 0x410 && c <= 0x42F;
    if (c == 0x3C2) {
        return 0x3C3; /* the sigma at a word's end */
    }
    if (c == 0x401 || c == 0x451) {
        return 0x435;
    }
    return is_greek || is_cyrillic ? c + 0x20 : c >= 0x400 && c <= 0x40F ? c + 0x50 : c;
}

/* One character of at most three bytes, as all that are folded; 0: it stays as it is, one byte. */
static uint32_t decode(const unsigned char *p, size_t n, size_t *out_bytes)
{
    *out_bytes = 1;
    if (n >= 2 && p[0] >= 0xC2 && p[0] < 0xE0 && (p[1] & 0xC0u) == 0x80) {
        *out_bytes = 2;
        return ((p[0] & 0x1Fu) << 6) | (p[1] & 0x3Fu);
    }
    if (n >= 3 && (p[0] & 0xF0u) == 0xE0 && (p[1] & 0xC0u) == 0x80 && (p[2] & 0xC0u) == 0x80) {
        *out_bytes = 3;
        return ((p[0] & 0x0Fu) << 12) | ((p[1] & 0x3Fu) << 6) | (p[2] & 0x3Fu);
    }
    return 0;
}

struct folded {
    char *p;
    size_t n;
};

static void put_blank(struct folded *f)
{
    if (f->n > 0 && f->p[f->n - 1] != ' ') {
        f->p[f->n++] = ' ';
    }
}

/* A character beyond ASCII: never longer than it was. */
static void put(struct folded *f, uint32_t c, const unsigned char *bytes, size_t bytes_count)
{
    const char *two = two_letters(c);
    if (shows_nothing(c)) {
        return;
    }
    if (two) {
        f->p[f->n++] = two[0];
        f->p[f->n++] = two[1];
    } else if (is_blank(c)) {
        put_blank(f);
    } else if (c >= 0xC0 && c <= 0x17F && latin[c - 0xC0] != ' ') {
        f->p[f->n++] = latin[c - 0xC0];
    } else if (c >= 0xFF01 && c <= 0xFF5E) { /* full-width forms, in the order of ASCII */
        char plain = (char)(c - 0xFEE0);
        f->p[f->n++] = plain >= 'A' && plain <= 'Z' ? (char)(plain + ('a' - 'A')) : plain;
    } else if (small(c) != c) {
        c = small(c);
        f->p[f->n++] = (char)(0xC0u | (c >> 6));
        f->p[f->n++] = (char)(0x80u | (c & 0x3Fu));
    } else {
        memcpy(f->p + f->n, bytes, bytes_count);
        f->n += bytes_count;
    }
}

/* `out` has room for as many bytes as the text has. */
static struct slice fold(struct slice text, char *out)
{
    struct folded f = {.p = out};
    const unsigned char *p = (const unsigned char *)text.p;
    for (size_t i = 0; i < text.n;) {
        size_t bytes = 1;
        uint32_t c = p[i] < 0x80 ? p[i] : decode(p + i, text.n - i, &bytes);
        if (p[i] >= 'A' && p[i] <= 'Z') {
            f.p[f.n++] = (char)(p[i] + ('a' - 'A'));
        } else if (p[i] < 0x80) {
            if (is_blank(c)) {
                put_blank(&f);
            } else {
                f.p[f.n++] = (char)p[i];
            }
        } else if (c == 0) {
            f.p[f.n++] = (char)p[i];
        } else {
            put(&f, c, p + i, bytes);
        }
        i += bytes;
    }
    return (struct slice){f.p, f.n};
}

static struct slice without_zeros(struct slice word)
{
    for (size_t i = 0; i < word.n; i++) {
        if (word.p[i] < '0' || word.p[i] > '9') {
            return word;
        }
    }
    while (word.n >= NUMBER_MIN && word.p[0] == '0') {
        word = slice_from(word, 1);
    }
    return word;
}

void search_init(struct search *search, struct slice typed)
{
    typed.n = typed.n < SEARCH_TYPED_MAX ? typed.n : SEARCH_TYPED_MAX;
    struct slice rest = fold(typed, search->typed), word;
    search->words_count = 0;
    for (bool more = true; more && search->words_count < SEARCH_WORDS_MAX;) {
        more = slice_cut(&rest, ' ', &word);
        if (word.n) {
            search->words[search->words_count++] = without_zeros(word);
        }
    }
}

bool search_finds(const struct search *search, const struct slice *texts, size_t texts_count)
{
    char folded[SEARCH_TEXT_MAX];
    uint32_t missing = ((uint32_t)1 << search->words_count) - 1;
    must(texts_count <= SEARCH_TEXTS_MAX);
    for (size_t i = 0; missing && i < texts_count; i++) {
        struct slice text = texts[i];
        text.n = text.n < SEARCH_TEXT_MAX ? text.n : SEARCH_TEXT_MAX;
        text = fold(text, folded);
        for (size_t w = 0; w < search->words_count; w++) {
            const struct slice *word = &search->words[w];
            if ((missing >> w & 1) && memmem(text.p, text.n, word->p, word->n)) {
                missing &= ~((uint32_t)1 << w);
            }
        }
    }
    return missing == 0;
}
