/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include "base/json_read.h"
#include "base/log.h"

static struct json_doc *doc;

static int setup(void **state)
{
    (void)state;
    doc = json_doc_new();
    return doc ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    json_doc_free(doc);
    return 0;
}

/* What one call of fn writes on stderr. */
static size_t logged(void (*fn)(void), char *out, size_t out_size)
{
    int pipe_ends[2];
    int stderr_was = dup(STDERR_FILENO);

    assert_int_equal(pipe(pipe_ends), 0);
    assert_true(stderr_was >= 0);
    assert_true(dup2(pipe_ends[1], STDERR_FILENO) >= 0);
    close(pipe_ends[1]);
    fn();
    assert_true(dup2(stderr_was, STDERR_FILENO) >= 0);
    close(stderr_was);
    size_t n = 0;
    for (ssize_t got; (got = read(pipe_ends[0], out + n, out_size - n)) > 0;) {
        n += (size_t)got;
    }
    close(pipe_ends[0]);
    return n;
}

static struct json parsed_line(const char *line, size_t n)
{
    struct json v = {0};
    struct err_note note;

    assert_true(n > 0 && line[n - 1] == '\n');
    assert_ptr_equal(memchr(line, '\n', n), line + n - 1); /* one line, whatever the fields hold */
    assert_int_equal(json_parse(doc, (struct slice){line, n}, &v, &note), ERR_OK);
    return v;
}

static void assert_field(struct json v, const char *key, const char *wanted)
{
    struct slice text = {0};
    assert_true(json_text(json_get(v, key), &text));
    assert_slice(text, wanted);
}

static void log_hostile_fields(void)
{
    LOG(LOG_WARN,
        "push refused",
        LOG_STR("channel", "shop\n{\"level\":\"error\"}\x1b[31m"),
        LOG_INT("tries", -3),
        LOG_TEXT("empty", SLICE("")));
}

static void test_a_line_is_one_json_object_whatever_it_holds(void **state)
{
    char line[4096];
    int64_t tries = 0;
    struct slice time = {0};
    (void)state;

    struct json v = parsed_line(line, logged(log_hostile_fields, line, sizeof(line)));
    assert_field(v, "level", "warn");
    assert_field(v, "msg", "push refused");
    assert_field(v, "channel", "shop\n{\"level\":\"error\"}\x1b[31m");
    assert_field(v, "empty", "");
    assert_true(json_int(json_get(v, "tries"), &tries));
    assert_int_equal(tries, -3);
    assert_true(json_text(json_get(v, "time"), &time));
    assert_int_equal(time.n, strlen("2026-11-23T05:45:31.123Z"));
}

static void log_debug(void)
{
    LOG(LOG_DEBUG, "detail");
}

static void log_info(void)
{
    LOG(LOG_INFO, "started");
}

static void test_lines_below_the_level_are_not_written(void **state)
{
    char line[4096];
    (void)state;

    assert_int_equal(logged(log_debug, line, sizeof(line)), 0);
    assert_field(parsed_line(line, logged(log_info, line, sizeof(line))), "msg", "started");
    log_set_level(LOG_DEBUG);
    assert_field(parsed_line(line, logged(log_debug, line, sizeof(line))), "level", "debug");
    log_set_level(LOG_ERROR);
    assert_int_equal(logged(log_info, line, sizeof(line)), 0);
    log_set_level(LOG_INFO);
}

static void log_too_much(void)
{
    static char text[100000];
    memset(text, 'x', sizeof(text));
    LOG(LOG_ERROR, "fault", LOG_TEXT("text", ((struct slice){text, sizeof(text)})));
}

static void test_a_line_is_bounded(void **state)
{
    char line[4096];
    (void)state;

    struct json v = parsed_line(line, logged(log_too_much, line, sizeof(line)));
    assert_field(v, "msg", "fault");
    assert_field(v, "fields", "too long to log");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line_is_one_json_object_whatever_it_holds),
        cmocka_unit_test(test_lines_below_the_level_are_not_written),
        cmocka_unit_test(test_a_line_is_bounded),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
