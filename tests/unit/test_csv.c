/* SPDX-License-Identifier: Apache-2.0 */
#include "base/csv.h"
#include "testing.h"

static void expect_record(struct csv_reader *r, int64_t line, size_t count, ...)
{
    va_list wanted;
    enum csv_result result = csv_read(r);
    if (result == CSV_FAULT) {
        fail_msg("line %" PRId64 ": %s", r->fault_line, r->fault);
    }
    assert_int_equal(result, CSV_RECORD);
    assert_int_equal(r->count, count);
    assert_int_equal(r->fields[0].line, line);
    va_start(wanted, count);
    for (size_t i = 0; i < count; i++) {
        const char *text = va_arg(wanted, const char *);
        if (!slice_is(r->fields[i].text, text)) {
            fail_msg("field %zu is '%.*s', not '%s'", i, SLICE_ARG(r->fields[i].text), text);
        }
    }
    va_end(wanted);
}

static void expect_fault(struct csv_reader *r, int64_t line, const char *part)
{
    assert_int_equal(csv_read(r), CSV_FAULT);
    assert_int_equal(r->fault_line, line);
    if (!strstr(r->fault, part)) {
        fail_msg("'%s' does not say '%s'", r->fault, part);
    }
}

static void test_reader_takes_every_line_end_quotes_and_a_byte_order_mark(void **state)
{
    (void)state;
    ON_EXIT(csv_reader_free) struct csv_reader r;
    csv_reader_init(&r,
                    SLICE("\xEF\xBB\xBFsku,title\r\nA,\"a, \"\"b\"\"\"\nB,\"\"\rC,5\" pipe\n"
                          "\"D\"\"\",\"\"\"\"\r\n\r\n,\r\nE,last"));
    expect_record(&r, 1, 2, "sku", "title");
    expect_record(&r, 2, 2, "A", "a, \"b\"");
    expect_record(&r, 3, 2, "B", "");
    expect_record(&r, 4, 2, "C", "5\" pipe");
    expect_record(&r, 5, 2, "D\"", "\"");
    expect_record(&r, 8, 2, "E", "last");
    assert_int_equal(csv_read(&r), CSV_END);
    assert_int_equal(csv_read(&r), CSV_END);
}

static void test_reader_tells_the_separator_from_the_first_line(void **state)
{
    static const struct {
        const char *text;
        char separator;
    } cases[] = {{"sku;title;a,b\n1;2;3", ';'},
                 {"sku\ttitle\n", '\t'},
                 {"sku\n1;2", ','},
                 {"", ','},
                 {"\"a;b;c\",d\n", ','},
                 {"sep=;\r\nsku,title;x\n", ';'},
                 {"sep=|\nsku|title\n", '|'}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        ON_EXIT(csv_reader_free) struct csv_reader r;
        csv_reader_init(&r, slice_of(cases[i].text));
        assert_int_equal(r.separator, cases[i].separator);
    }
    ON_EXIT(csv_reader_free) struct csv_reader r;
    csv_reader_init(&r, SLICE("sep=;\r\nsku;title\r\nA;b"));
    expect_record(&r, 2, 2, "sku", "title");
    expect_record(&r, 3, 2, "A", "b");
}

static void test_reader_counts_lines_through_fields_with_line_breaks(void **state)
{
    (void)state;
    ON_EXIT(csv_reader_free) struct csv_reader r;
    csv_reader_init(
        &r, SLICE("a,b,c\r\n\"1\r\n2\",\"3\n4\r5\",x\r\n\"\"\"\n\",y,z\n\"q\"w,1,2\nend,,"));
    expect_record(&r, 1, 3, "a", "b", "c");
    expect_record(&r, 2, 3, "1\r\n2", "3\n4\r5", "x");
    assert_int_equal(r.fields[1].line, 3);
    assert_int_equal(r.fields[2].line, 5);
    expect_record(&r, 6, 3, "\"\n", "y", "z");
    expect_fault(&r, 8, "behind a closing quote");
    expect_record(&r, 9, 3, "end", "", "");
}

static void test_reader_names_each_fault_and_reads_on(void **state)
{
    static const char text[] = "ok,1\n"
                               "\"a\" b,2\n"
                               "\xE4,3\n"       /* Latin-1 */
                               "\xED\xA0\x80\n" /* a surrogate */
                               "\xC0\x80\n"     /* overlong */
                               "a\0b,4\n"
                               "fine,5\n"
                               "\"open,6\nmore\n";
    (void)state;
    ON_EXIT(csv_reader_free) struct csv_reader r;
    csv_reader_init(&r, (struct slice){text, sizeof(text) - 1});
    expect_record(&r, 1, 2, "ok", "1");
    expect_fault(&r, 2, "behind a closing quote");
    expect_fault(&r, 3, "not UTF-8");
    expect_fault(&r, 4, "not UTF-8");
    expect_fault(&r, 5, "not UTF-8");
    expect_fault(&r, 6, "NUL");
    expect_record(&r, 7, 2, "fine", "5");
    expect_fault(&r, 8, "never closed");
    assert_int_equal(csv_read(&r), CSV_END);
}

static void test_reader_bounds_fields_and_lines(void **state)
{
    (void)state;
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, (size_t)8 << 20);
    for (size_t i = 0; i <= CSV_FIELD_MAX; i++) {
        buf_char(&text, 'x');
    }
    buf_char(&text, '\n');
    for (int i = 0; i < CSV_FIELDS_MAX; i++) {
        buf_char(&text, ',');
    }
    buf_char(&text, '\n');
    for (size_t i = 0; i < 17; i++) {
        buf_char(&text, i ? ',' : 'y');
        for (size_t n = 0; n < CSV_FIELD_MAX; n++) {
            buf_char(&text, 'y');
        }
    }
    buf_text(&text, "\n\"");
    for (size_t i = 0; i <= CSV_RECORD_MAX; i++) {
        buf_text(&text, "\"\"");
    }
    buf_text(&text, "\"\nend");
    ON_EXIT(csv_reader_free) struct csv_reader r;
    csv_reader_init(&r, buf_view(&text));
    expect_fault(&r, 1, "longer than 64 KiB");
    expect_fault(&r, 2, "256 fields");
    expect_fault(&r, 3, "longer than");
    expect_fault(&r, 4, "longer than 1 MiB");
    expect_record(&r, 5, 1, "end");
}

static void test_writer_quotes_what_needs_it_and_disarms_formulas(void **state)
{
    (void)state;
    ON_EXIT(buf_free) struct buf out;
    buf_init(&out, 4096);
    struct csv_writer w = csv_writer(&out);
    static const char *const texts[] = {"plain",
                                        "a,b",
                                        "\"q\"",
                                        " x",
                                        "=1+1",
                                        "-5",
                                        "+a",
                                        "@x",
                                        "\tx",
                                        "'=1",
                                        "'plain",
                                        "a\r\nb",
                                        ""};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        csv_put_text(&w, slice_of(texts[i]));
    }
    csv_put_int(&w, -5);
    csv_put_empty(&w);
    csv_end_record(&w);
    csv_put_int(&w, 1);
    csv_end_record(&w);
    buf_char(&out, '\0');
    assert_string_equal(out.p,
                        "plain,\"a,b\",\"\"\"q\"\"\",\" x\",'=1+1,'-5,'+a,'@x,\"'\tx\",''=1,'plain,"
                        "\"a\r\nb\",,-5,\r\n1\r\n");
}

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 33;
}

/* Texts of what hurts: quotes, separators, line ends, apostrophes, formulas, other alphabets. */
static size_t hostile_text(uint64_t *seed, char *out)
{
    static const char *const bits[] = {"\"",   ",", ";",  "\t",   "\r",   "\n",   "'",
                                       "=",    "+", "-",  "@",    " ",    "a",    "0",
                                       "\r\n", "é", "漢", "🙂", "\"\"", "sep=", "\xEF\xBB\xBF",
                                       "x"};
    size_t n = 0, parts = next_random(seed) % 9;
    for (size_t i = 0; i < parts; i++) {
        const char *bit = bits[next_random(seed) % COUNT_OF(bits)];
        memcpy(out + n, bit, strlen(bit));
        n += strlen(bit);
    }
    return n;
}

static void test_what_the_writer_wrote_the_reader_gives_back(void **state)
{
    enum { FIELDS = 5, RECORDS = 20000 };
    static char texts[FIELDS][64];
    size_t sizes[FIELDS];
    uint64_t seed = 20261123;
    (void)state;
    ON_EXIT(buf_free) struct buf out;
    buf_init(&out, 64 * 1024);
    for (int record = 0; record < RECORDS; record++) {
        buf_clear(&out);
        struct csv_writer w = csv_writer(&out);
        for (int header = 0; header < FIELDS; header++) {
            csv_put_text(&w, SLICE("column"));
        }
        csv_end_record(&w);
        bool is_empty = true;
        for (size_t i = 0; i < FIELDS; i++) {
            sizes[i] = hostile_text(&seed, texts[i]);
            is_empty &= sizes[i] == 0;
            csv_put_text(&w, (struct slice){texts[i], sizes[i]});
        }
        csv_end_record(&w);
        ON_EXIT(csv_reader_free) struct csv_reader r;
        csv_reader_init(&r, buf_view(&out));
        assert_int_equal(csv_read(&r), CSV_RECORD);
        assert_int_equal(csv_read(&r), is_empty ? CSV_END : CSV_RECORD);
        for (size_t i = 0; i < FIELDS && !is_empty; i++) {
            struct slice said = csv_text_of(r.fields[i].text);
            struct slice raw = r.fields[i].text;
            if (!slice_equal(said, (struct slice){texts[i], sizes[i]})) {
                fail_msg("'%.*s' became '%.*s'", (int)sizes[i], texts[i], SLICE_ARG(said));
            }
            assert_true(raw.n == 0 || !memchr("=+-@\t\r", raw.p[0], 6));
        }
        assert_int_equal(csv_read(&r), CSV_END);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reader_takes_every_line_end_quotes_and_a_byte_order_mark),
        cmocka_unit_test(test_reader_tells_the_separator_from_the_first_line),
        cmocka_unit_test(test_reader_counts_lines_through_fields_with_line_breaks),
        cmocka_unit_test(test_reader_names_each_fault_and_reads_on),
        cmocka_unit_test(test_reader_bounds_fields_and_lines),
        cmocka_unit_test(test_writer_quotes_what_needs_it_and_disarms_formulas),
        cmocka_unit_test(test_what_the_writer_wrote_the_reader_gives_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
