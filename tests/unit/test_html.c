/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include "base/html.h"

static void assert_escaped(struct slice text, const char *wanted)
{
    struct buf out;
    buf_init(&out, 65536);
    html_text(&out, text, 0);
    assert_slice(buf_view(&out), wanted);
    buf_free(&out);
}
#define ESCAPED(literal, wanted) assert_escaped(SLICE(literal), wanted)
#define FFFD "\xef\xbf\xbd"

static void test_markup_in_a_text_is_text(void **state)
{
    (void)state;
    ESCAPED("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;");
    ESCAPED("\" onload='x' & more", "&quot; onload=&#39;x&#39; &amp; more");
    ESCAPED("&lt;", "&amp;lt;");
    ESCAPED("]]>--></style>", "]]&gt;--&gt;&lt;/style&gt;");
    ESCAPED("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x91\x95 \xe6\x97\xa5",
            "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x91\x95 \xe6\x97\xa5");
    ESCAPED("", "");
}

static void test_bytes_that_are_no_text_become_harmless(void **state)
{
    (void)state;
    ESCAPED("a\0b\x1b[31m\x7f", "a" FFFD "b" FFFD "[31m" FFFD);
    ESCAPED("tab\tline\n", "tab\tline\n");
    ESCAPED("\x80 \xc0\xbc \xff \xc3", FFFD " " FFFD FFFD " " FFFD " " FFFD); /* overlong '<' */
    ESCAPED("\xe0\x80\xbc", FFFD FFFD FFFD);
    ESCAPED("\xed\xa0\x80", FFFD FFFD FFFD);          /* a surrogate */
    ESCAPED("\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD); /* beyond Unicode */
    ESCAPED("abc\xe2\x80\xae"
            "fdp",
            "abc" FFFD "fdp"); /* turns the writing */
    ESCAPED("a\xe2\x80\x8b\xef\xbb\xbf"
            "b",
            "a" FFFD FFFD "b"); /* invisible */
    ESCAPED("\xc2\x85\xe2\x81\xa6", FFFD FFFD);
    ESCAPED("\xc3", FFFD);
    ESCAPED("\xc3<b>", FFFD "&lt;b&gt;"); /* a cut character does not swallow what follows */
}

static void test_no_byte_of_any_text_becomes_markup(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 1 << 20);
    uint32_t seed = 7;
    for (int round = 0; round < 20000; round++) {
        static const char pieces[] = "<>&\"'\xc3\xe2\x80\xae\xf0/ab\0\x1b";
        char text[12];
        for (size_t i = 0; i < sizeof(text); i++) {
            seed = seed * 1664525 + 1013904223;
            text[i] = seed >> 31 ? pieces[(seed >> 8) % sizeof(pieces)] : (char)(seed >> 16);
        }
        buf_clear(&out);
        html_text(&out, (struct slice){text, sizeof(text)}, 0);
        struct slice said = buf_view(&out);
        for (size_t i = 0; i < said.n; i++) {
            assert_null(memchr("<>\"'\0\x1b", said.p[i], 6));
        }
    }
    buf_free(&out);
}

static void test_a_long_text_ends_in_an_ellipsis_and_never_in_half_a_character(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 65536);
    html_text(&out, SLICE("\xc3\xbc\xc3\xbc\xc3\xbc&"), 2);
    assert_slice(buf_view(&out), "\xc3\xbc\xc3\xbc\xe2\x80\xa6");
    buf_clear(&out);
    html_text(&out, SLICE("a&b"), 3);
    assert_slice(buf_view(&out), "a&amp;b");
    buf_free(&out);
}

/* Elements are balanced, and each is one that a report may have. */
static void assert_page_is_sound(struct slice page)
{
    static const char *const empty[] = {"!doctype", "meta", "rect", "line"};
    static const char *const known[] = {"html",  "head",  "title",     "style", "body", "h1",
                                        "h2",    "h3",    "h4",        "p",     "span", "table",
                                        "thead", "tbody", "tr",        "th",    "td",   "figure",
                                        "svg",   "text",  "figcaption"};
    char open[32][16];
    size_t depth = 0;
    for (size_t i = 0; i < page.n; i++) {
        if (page.p[i] != '<') {
            continue;
        }
        bool is_end = page.p[i + 1] == '/', is_empty = false, is_known = false;
        char name[16] = "";
        size_t n = 0;
        for (size_t k = i + 1 + is_end;
             page.p[k] != '>' && page.p[k] != ' ' && page.p[k] != '/' && n + 1 < sizeof(name);
             k++) {
            name[n++] = page.p[k];
        }
        for (size_t k = 0; k < COUNT_OF(empty); k++) {
            is_empty |= strcmp(name, empty[k]) == 0;
        }
        for (size_t k = 0; k < COUNT_OF(known); k++) {
            is_known |= strcmp(name, known[k]) == 0;
        }
        if (!is_empty && !is_known) {
            fail_msg("a report has no <%s>", name);
        }
        if (is_end) {
            assert_true(depth > 0);
            assert_string_equal(open[--depth], name);
        } else if (!is_empty) {
            assert_true(depth < COUNT_OF(open));
            memcpy(open[depth++], name, sizeof(name));
        }
    }
    assert_int_equal(depth, 0);
}

static void test_a_page_stands_alone_whatever_its_texts(void **state)
{
    (void)state;
    static const struct html_column columns[] = {{"sku <b>", false}, {"units", true}};
    const struct slice hostile = SLICE("</td></svg><script src=//x>\"'\xff\x1b");
    const struct html_bar bars[] = {{hostile, 0, hostile, HTML_GOOD},
                                    {hostile, INT64_MAX / 2, hostile, HTML_BAD}};
    struct buf out;
    buf_init(&out, 1 << 20);
    struct html h = html_begin(&out, hostile);
    html_heading(&h, 2, hostile);
    html_paragraph(&h, "%s of %.*s", "<i>", SLICE_ARG(hostile));
    html_status(&h, HTML_WARN, hostile);
    html_table_begin(&h, columns, COUNT_OF(columns));
    html_cell(&h, hostile);
    html_cell_printf(&h, "%d", 7);
    html_cell_mark(&h, HTML_BAD, hostile);
    html_cell_printf(&h, "%s", "<td>");
    html_table_end(&h);
    html_bars(&h, hostile, bars, COUNT_OF(bars), 5, hostile);
    html_bars(&h, hostile, bars, 0, 0, hostile);
    html_end(&h);
    struct slice page = buf_view(&out);
    assert_false(out.overflow);
    assert_page_is_sound(page);
    assert_null(memmem(page.p, page.n, "<script", 7));
    assert_null(memmem(page.p, page.n, "url(", 4));
    assert_null(memmem(page.p, page.n, "href", 4));
    assert_non_null(memmem(page.p, page.n, "default-src 'none'", 18));
    assert_non_null(memmem(page.p, page.n, "prefers-color-scheme:dark", 25));
    assert_non_null(memmem(page.p, page.n, "size:A4", 7));
    buf_free(&out);
}

static void cell_without_table(void)
{
    struct buf out;
    buf_init(&out, 1024);
    struct html h = {.out = &out};
    html_cell(&h, SLICE("x"));
}

static void table_ends_within_a_row(void)
{
    static const struct html_column columns[] = {{"a", false}, {"b", false}};
    struct buf out;
    buf_init(&out, 4096);
    struct html h = {.out = &out};
    html_table_begin(&h, columns, 2);
    html_cell(&h, SLICE("x"));
    html_table_end(&h);
}

static void test_misuse_is_a_bug(void **state)
{
    (void)state;
    assert_aborts(cell_without_table);
    assert_aborts(table_ends_within_a_row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_markup_in_a_text_is_text),
        cmocka_unit_test(test_bytes_that_are_no_text_become_harmless),
        cmocka_unit_test(test_no_byte_of_any_text_becomes_markup),
        cmocka_unit_test(test_a_long_text_ends_in_an_ellipsis_and_never_in_half_a_character),
        cmocka_unit_test(test_a_page_stands_alone_whatever_its_texts),
        cmocka_unit_test(test_misuse_is_a_bug),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
