/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>

#include "cli/evidence.h"

#define PARAGRAPH_BYTES_MAX ((size_t)1 << 20)
#define INDENT 2
#define DAY_BYTES 10
#define LOOK_AGAIN_NS (500 * 1000 * 1000)

/* ---- words ---- */

/* As much as fits, and ends where a word does; all of it when it fits or is a single word. */
static size_t line_end(struct slice text, size_t columns)
{
    size_t width, n = cells_fit(text, columns, &width);
    if (columns == 0 || n == text.n) {
        return text.n;
    }
    for (size_t i = n; i > 0; i--) {
        if (text.p[i] == ' ') {
            return i;
        }
    }
    const char *space = memchr(text.p + n, ' ', text.n - n);
    return space ? (size_t)(space - text.p) : text.n;
}

void evidence_paragraph(const char *label, struct slice text)
{
    size_t width = table_style_of(stdout).width;
    size_t columns = width > 4 * INDENT ? width - INDENT : 0;
    ON_EXIT(buf_free) struct buf harmless;
    buf_init(&harmless, PARAGRAPH_BYTES_MAX);
    (void)cells_put(&harmless, slice_trim(text));
    struct slice rest = buf_view(&harmless);
    if (rest.n == 0) {
        return;
    }
    puts(label);
    while (rest.n) {
        size_t n = line_end(rest, columns);
        printf("%*s%.*s\n", INDENT, "", (int)n, rest.p);
        rest = slice_trim(slice_from(rest, n));
    }
}

void evidence_number(struct ask *ask, struct table *table, struct json number)
{
    bool is_number = json_type(number) == JSON_INT || json_type(number) == JSON_REAL;
    table_text(table, is_number ? json_copy_text(number, &ask->arena) : SLICE("-"));
}

void evidence_day(struct table *table, struct json time)
{
    struct slice text = {0};
    (void)json_text(time, &text);
    table_text(table, (struct slice){text.p, text.n < DAY_BYTES ? text.n : DAY_BYTES});
}

/* ---- units that were sold twice ---- */

static void put_moment(struct table *table, struct json autopsy, struct json moment)
{
    static const struct {
        const char *what, *text;
    } words[] = {{"received", "its event is here"},
                 {"committed", "it is booked"},
                 {"push_sent", "the push that tells of it leaves"},
                 {"push_confirmed", "the push is confirmed"},
                 {"second_committed", "that is booked, as owed"}};
    struct slice what = ask_text(moment, "what");
    struct json first = json_get(autopsy, "first");
    table_int(table, ask_int(moment, "ms"));
    table_text(table, ask_text(moment, "at")); /* with its milliseconds: they are the point */
    table_json(table, json_get(moment, "channel"));
    if (slice_is(what, "first_sale")) {
        struct slice order = ask_text(first, "order"), kind = ask_text(first, "kind");
        struct slice name = order.n ? order : kind;
        table_printf(
            table, "%s %.*s takes the last unit", order.n ? "order" : "a line of", SLICE_ARG(name));
        return;
    }
    if (slice_is(what, "second_sale")) {
        table_printf(table, "order %.*s takes it again", SLICE_ARG(ask_text(autopsy, "order")));
        return;
    }
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (slice_is(what, words[i].what)) {
            table_str(table, words[i].text);
            return;
        }
    }
    table_text(table, what); /* one that came later than this program */
}

static void say_blame(struct json autopsy)
{
    int64_t took = ask_int(autopsy, "stage_ms"), window = ask_int(autopsy, "window_ms");
    ask_say("To blame: ", autopsy, "stage");
    if (took) {
        printf(", %" PRId64 " ms", took);
    }
    ask_say(": ", autopsy, "blame");
    puts(".");
    if (window > 0) {
        printf("Between both sales: %" PRId64 " ms.\n", window);
    } else if (window < 0) {
        printf("It was sold %" PRId64 " ms before the unit that was booked first.\n", -window);
    }
}

static void say_buffer(struct json autopsy)
{
    int64_t buffer = ask_int(autopsy, "smallest_buffer"),
            taken = ask_int(autopsy, "taken_by_others");
    struct json shown = json_get(autopsy, "shown");
    if (json_type(shown) == JSON_INT) {
        printf("It had confirmed a count of %" PRId64 " last; since then others had taken %" PRId64
               ".\n",
               ask_int(autopsy, "shown"),
               taken);
    } else {
        puts("It had not confirmed any count yet.");
    }
    if (buffer) {
        printf("The smallest buffer that would have prevented it: %" PRId64 " on ", buffer);
        cells_print(stdout, ask_text(autopsy, "channel"));
        puts(".");
    } else {
        puts("No buffer would have prevented it: nobody else had taken a unit.");
    }
}

static int show_autopsy(struct ask *ask, struct json autopsy)
{
    static const struct column columns[] = {
        {"ms", true}, {"at", false}, {"channel", false}, {"what happened", false}};
    struct table *table = table_new(columns, COUNT_OF(columns));
    printf("%" PRId64 " of ", ask_int(autopsy, "units"));
    ask_say("", autopsy, "sku");
    ask_say(" sold by ", autopsy, "channel");
    ask_say(" that was not there: order ", autopsy, "order");
    ask_say(", line ", autopsy, "line");
    ask_say(", at ", autopsy, "location");
    putchar('\n');
    for (struct json_iter i = json_iter(json_get(autopsy, "timeline")); json_next(&i);) {
        put_moment(table, autopsy, i.value);
    }
    int code = ask_table(ask, table, "Nothing is known of when.");
    say_blame(autopsy);
    say_buffer(autopsy);
    return code;
}

int evidence_autopsies(struct ask *ask, struct json list)
{
    int code = 0;
    size_t shown = 0;
    for (struct json_iter i = json_iter(list); json_next(&i) && !code;) {
        printf("%s", shown++ ? "\n" : "");
        code = show_autopsy(ask, i.value);
    }
    return code;
}

/* ---- jobs ---- */

static int ended(struct ask *ask, bool is_failed)
{
    struct slice error = ask_text(ask->said, "error");
    if (ask->is_json) {
        ask_print_json(ask);
    }
    if (is_failed) {
        fflush(stdout);
        fprintf(stderr, "truecount %s: it ended: ", ask->command);
        cells_print(stderr, error.n ? error : SLICE("it failed, without saying why"));
        fputc('\n', stderr);
    }
    return is_failed;
}

int evidence_follow(struct ask *ask,
                    const char *job,
                    void (*tell)(void *arg, struct json job),
                    void *arg)
{
    const struct timespec pause = {.tv_nsec = LOOK_AGAIN_NS};
    for (;;) {
        ask_path(ask, "/v1/jobs");
        ask_segment(ask, job);
        int code = ask_get(ask);
        if (code) {
            return code;
        }
        struct slice state = ask_text(ask->said, "state");
        if (tell && !ask->is_json) {
            tell(arg, ask->said);
        }
        if (slice_is(state, "done") || slice_is(state, "failed")) {
            return ended(ask, slice_is(state, "failed"));
        }
        if (ask->dir.lone) { /* it stopped meanwhile; to wait here would keep it from starting */
            fprintf(stderr,
                    "truecount %s: no server runs any more: job %s goes on when truecount serve "
                    "does\n",
                    ask->command,
                    job);
            return 2;
        }
        (void)fflush(stdout);
        (void)nanosleep(&pause, NULL);
    }
}
