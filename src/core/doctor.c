/* SPDX-License-Identifier: Apache-2.0 */
#include "core/doctor.h"

/* ---- kinds ---- */

static const struct {
    const char *code, *about, *todo;
} kinds[FINDING_KINDS] = {
#define X(NAME, code, about, todo) [FINDING_##NAME] = {code, about, todo},
    FINDING_MAP(X)
#undef X
};

const char *finding_code(enum finding_kind kind)
{
    return kinds[kind].code;
}

const char *finding_about(enum finding_kind kind)
{
    return kinds[kind].about;
}

const char *finding_todo(enum finding_kind kind)
{
    return kinds[kind].todo;
}

bool finding_parse(struct slice code, enum finding_kind *out)
{
    for (int i = 0; i < FINDING_KINDS; i++) {
        if (slice_is(code, kinds[i].code)) {
            *out = (enum finding_kind)i;
            return true;
        }
    }
    return false;
}

bool finding_of_verdict(enum link_verdict verdict, enum finding_kind *out)
{
    /* Linking's reasons and ours are the same words. */
    const char *reason = link_reason(verdict);
    return reason && finding_parse(slice_of(reason), out);
}

bool finding_ends_when_listed(enum finding_kind kind)
{
    for (int v = 0; v < LINK_VERDICTS; v++) {
        enum finding_kind of;
        if (finding_of_verdict((enum link_verdict)v, &of) && of == kind) {
            return kind != FINDING_PARENT_MANAGED && kind != FINDING_UNMANAGED;
        }
    }
    return kind == FINDING_BARCODE_KNOWN;
}

/* ---- packs ---- */

#define PACK_MAX 1000
#define WORDS_MAX 64

/* A run of letters and digits; × counts as an x. */
struct word {
    struct slice text;
    char before; /* the byte in front of it; 0 at the beginning */
};

static bool is_word_byte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (unsigned char)c >= 0x80;
}

/* A blank of two bytes, which strangers' texts are full of. */
static bool is_nbsp(struct slice text, size_t i)
{
    return i + 1 < text.n && (unsigned char)text.p[i] == 0xC2 &&
           (unsigned char)text.p[i + 1] == 0xA0;
}

static size_t words_of(struct slice text, struct word out[WORDS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < text.n && count < WORDS_MAX;) {
        size_t from = i;
        while (i < text.n && is_word_byte(text.p[i]) && !is_nbsp(text, i)) {
            i++;
        }
        if (i > from) {
            out[count++] = (struct word){{text.p + from, i - from}, from ? text.p[from - 1] : '\0'};
        } else {
            i += is_nbsp(text, i) ? 2 : 1;
        }
    }
    return count;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digits_of(struct slice text)
{
    size_t n = 0;
    while (n < text.n && is_digit(text.p[n])) {
        n++;
    }
    return n;
}

/* Text without its number in front; false when there is none that a pack could have. */
static bool take_number(struct slice *text, int64_t *out)
{
    size_t n = digits_of(*text);
    if (n == 0 || n > 4 || text->p[0] == '0' || !slice_int((struct slice){text->p, n}, out) ||
        *out < 2 || *out > PACK_MAX) {
        return false;
    }
    *text = slice_from(*text, n);
    return true;
}

static bool is_one_of(struct slice text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal_nocase(text, slice_of(words[i]))) {
            return true;
        }
    }
    return false;
}
#define IS_ONE_OF(text, ...)                                                                       \
    is_one_of((text),                                                                              \
              (const char *const[]){__VA_ARGS__},                                                  \
              sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* What stands behind the number: 6PK, 6 pcs, 6er. */
static bool is_pack_unit(struct slice word)
{
    return IS_ONE_OF(word,
                     "pk",
                     "pack",
                     "packs",
                     "pcs",
                     "stk",
                     "stück",
                     "stueck",
                     "er",
                     "erpack",
                     "ct",
                     "count");
}

/* What stands in front of it, with a word between: pack of 6, lot de 6. */
static bool is_container(struct slice word)
{
    return IS_ONE_OF(
        word, "pack", "set", "box", "case", "lot", "bundle", "paquet", "carton", "packung");
}

static bool is_x(struct slice word)
{
    return IS_ONE_OF(word, "x", "×");
}

static bool is_measure(struct slice word)
{
    return IS_ONE_OF(word, "ml", "cl", "l", "g", "kg", "oz", "lb");
}

/* "x6", "×6": all of the word. */
static bool is_times(struct slice word, int64_t *out)
{
    struct slice rest = slice_starts(word, "×") ? slice_from(word, 2) : slice_from(word, 1);
    bool has_x = slice_starts(word, "x") || slice_starts(word, "X") || slice_starts(word, "×");
    return has_x && take_number(&rest, out) && rest.n == 0;
}

/* "PK6", "PACK6". */
static bool is_unit_first(struct slice word, int64_t *out)
{
    for (size_t i = 1; i < word.n; i++) {
        struct slice rest = slice_from(word, i);
        if (is_digit(word.p[i])) {
            return IS_ONE_OF(((struct slice){word.p, i}), "pk", "pack") &&
                   take_number(&rest, out) && rest.n == 0;
        }
    }
    return false;
}

/* "6PK", "6er", "6 pack", "2-pack": the word at i, or it and the next. */
static bool is_number_first(const struct word *words, size_t count, size_t i, int64_t *out)
{
    struct slice rest = words[i].text;
    bool is_decimal = i > 0 && (words[i].before == '.' || words[i].before == ',') &&
                      is_digit(words[i - 1].text.p[words[i - 1].text.n - 1]);
    if (is_decimal || !take_number(&rest, out)) {
        return false;
    }
    return rest.n ? is_pack_unit(rest) : i + 1 < count && is_pack_unit(words[i + 1].text);
}

int64_t pack_of_code(struct slice code)
{
    struct word words[WORDS_MAX];
    size_t count = words_of(code, words);
    int64_t n = 0;
    if (count < 2) {
        return 0; /* all of the code: a name, not a pack of something */
    }
    const struct word *last = &words[count - 1];
    if (is_times(last->text, &n) || is_unit_first(last->text, &n) ||
        is_number_first(words, count, count - 1, &n) ||
        (count > 2 && is_number_first(words, count, count - 2, &n))) {
        return n;
    }
    return 0;
}

struct slice pack_base(struct slice code)
{
    struct word words[WORDS_MAX];
    size_t count = words_of(code, words);
    int64_t n = 0;
    if (!pack_of_code(code)) {
        return (struct slice){0};
    }
    const struct word *last = &words[count - 1];
    bool is_one = is_times(last->text, &n) || is_unit_first(last->text, &n) ||
                  is_number_first(words, count, count - 1, &n);
    const struct word *end = is_one ? last - 1 : last - 2;
    return (struct slice){code.p, (size_t)(end->text.p + end->text.n - code.p)};
}

/* "pack of 6", "set à 6", "lot de 6". */
static bool is_container_of(const struct word *words, size_t count, size_t i, int64_t *out)
{
    if (i + 2 >= count || !is_container(words[i].text) ||
        !IS_ONE_OF(words[i + 1].text, "of", "de", "à", "mit", "van")) {
        return false;
    }
    struct slice rest = words[i + 2].text;
    return take_number(&rest, out) && rest.n == 0;
}

/* Only blanks stand between the word and the next one. */
static bool is_beside(const struct word *words, size_t i)
{
    const char *end = words[i].text.p + words[i].text.n;
    while (end < words[i + 1].text.p && *end == ' ') {
        end++;
    }
    return end == words[i + 1].text.p;
}

/* "6x Beer", "6 x 330 ml", but not "10x15 cm" and not the size 2X. */
static bool is_times_of(const struct word *words, size_t count, size_t i, int64_t *out)
{
    struct slice rest = words[i].text;
    if (!take_number(&rest, out)) {
        return false;
    }
    size_t next = rest.n ? i + 1 : i + 2;
    bool has_x = rest.n ? is_x(rest) : i + 1 < count && is_x(words[i + 1].text);
    if (!has_x || next >= count || !is_beside(words, next - 1)) {
        return false;
    }
    struct slice what = words[next].text;
    size_t digits = digits_of(what);
    if (digits == 0) {
        return i == 0 && what.n > 1; /* a word: what there are six of */
    }
    what = slice_from(what, digits);
    return what.n ? is_measure(what) : next + 1 < count && is_measure(words[next + 1].text);
}

static int64_t pack_word(const struct word *words, size_t count, size_t i)
{
    static const struct {
        const char *first, *second;
        int64_t n;
    } said[] = {{"twin", "pack", 2},
                {"double", "pack", 2},
                {"triple", "pack", 3},
                {"doppelpack", NULL, 2},
                {"dreierpack", NULL, 3},
                {"dozen", NULL, 12}};
    for (size_t k = 0; k < COUNT_OF(said); k++) {
        if (slice_equal_nocase(words[i].text, slice_of(said[k].first)) &&
            (!said[k].second ||
             (i + 1 < count && slice_equal_nocase(words[i + 1].text, slice_of(said[k].second))))) {
            return said[k].n;
        }
    }
    return 0;
}

int64_t pack_of_title(struct slice title)
{
    struct word words[WORDS_MAX];
    size_t count = words_of(title, words);
    for (size_t i = 0; i < count; i++) {
        int64_t n = 0;
        if (is_container_of(words, count, i, &n) || is_number_first(words, count, i, &n) ||
            is_times_of(words, count, i, &n)) {
            return n;
        }
        if (i > 0 && is_times(words[i].text, &n) &&
            (i + 1 == count || words[i].before == '(' || words[i].before == ' ')) {
            return n;
        }
        if ((n = pack_word(words, count, i)) > 0) {
            return n;
        }
    }
    return 0;
}

/* ---- barcodes ---- */

#define GTIN_DIGITS 14

/* The digits without blanks and dashes; 0 when there is anything else, or too many. */
static size_t plain_digits(struct slice barcode, char out[GTIN_DIGITS])
{
    size_t n = 0;
    for (size_t i = 0; i < barcode.n; i++) {
        char c = barcode.p[i];
        if (c == ' ' || c == '-') {
            continue;
        }
        if (!is_digit(c) || n == GTIN_DIGITS) {
            return 0;
        }
        out[n++] = c;
    }
    return n;
}

/* The last digit against the others; zeros in front change nothing. */
static bool is_check_right(const char *digits, size_t n)
{
    int sum = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        int weight = (n - 1 - i) % 2 == 1 ? 3 : 1;
        sum += weight * (digits[i] - '0');
    }
    return (10 - sum % 10) % 10 == digits[n - 1] - '0';
}

/* 4.00638E+12 */
static bool is_rounded(struct slice barcode)
{
    struct slice mantissa, rest = slice_trim(barcode);
    bool has_e = false;
    for (size_t i = 0; i < rest.n && !has_e; i++) {
        has_e = rest.p[i] == 'E' || rest.p[i] == 'e';
        if (has_e) {
            mantissa = (struct slice){rest.p, i};
            rest = slice_from(rest, i + 1);
        } else if (!is_digit(rest.p[i]) && rest.p[i] != '.' && rest.p[i] != ',') {
            return false;
        }
    }
    if (!has_e || mantissa.n < 2 || !slice_starts(rest, "+")) {
        return false;
    }
    rest = slice_from(rest, 1);
    return rest.n > 0 && digits_of(rest) == rest.n;
}

enum gtin gtin_check(struct slice barcode)
{
    char digits[GTIN_DIGITS];
    size_t n = plain_digits(barcode, digits);
    if (n == 0) {
        return is_rounded(barcode) ? GTIN_ROUNDED : GTIN_NONE;
    }
    bool is_right = n >= 7 && is_check_right(digits, n);
    if (n == 8 || n >= 12) {
        return is_right ? GTIN_RIGHT : GTIN_WRONG;
    }
    return is_right && (n == 7 || n == 10 || n == 11) ? GTIN_ZERO_LOST : GTIN_NONE;
}

struct slice barcode_key(struct slice barcode, struct arena *arena)
{
    char digits[GTIN_DIGITS];
    enum gtin gtin = gtin_check(barcode);
    if (gtin == GTIN_RIGHT || gtin == GTIN_ZERO_LOST || gtin == GTIN_WRONG) {
        size_t n = plain_digits(barcode, digits);
        return arena_printf(arena, "%0*d%.*s", (int)(GTIN_DIGITS + 1 - n), 0, (int)n, digits);
    }
    char *out = arena_alloc(arena, barcode.n + 1);
    size_t n = 0;
    for (size_t i = 0; out && i < barcode.n; i++) {
        char c = barcode.p[i];
        if (c != ' ' && c != '\t') {
            out[n++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
        }
    }
    return (struct slice){out, n};
}

/* ---- marks ---- */

static int compare(const void *a, const void *b)
{
    const struct mark *x = a, *y = b;
    if (x->shared != y->shared) {
        return x->shared < y->shared ? -1 : 1;
    }
    return x->self < y->self ? -1 : x->self > y->self;
}

void marks_sort(struct mark *marks, size_t count)
{
    if (count) {
        qsort(marks, count, sizeof(*marks), compare);
    }
}

static size_t lower_bound(const struct mark *sorted, size_t count, uint64_t shared)
{
    size_t from = 0, to = count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (sorted[middle].shared < shared) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from;
}

size_t marks_others(
    const struct mark *sorted, size_t count, uint64_t shared, uint64_t self, uint64_t *out_other)
{
    size_t others = 0;
    size_t at = lower_bound(sorted, count, shared);
    for (size_t i = at; i < count && sorted[i].shared == shared; i++) {
        bool is_same = sorted[i].self == self;
        bool is_again = i > at && sorted[i].self == sorted[i - 1].self;
        if (!is_same && !is_again) {
            *out_other = others ? *out_other : sorted[i].self;
            others++;
        }
    }
    return others;
}
