/* SPDX-License-Identifier: Apache-2.0 */
/* count: sessions in which people count what is on the shelves; the scanner is in count_scan.c. */
#include <unistd.h>

#include "cli/actions.h"
#include "cli/cmd.h"
#include "cli/count.h"
#include "cli/input.h"

/* ---- what it looks like ---- */

int count_show(struct count *c)
{
    static const struct column columns[] = {{"sku", false},
                                            {"counted", true},
                                            {"expected", true},
                                            {"difference", true},
                                            {"counted at", false}};
    static const char *const keys[] = {"sku", "counted", "expected", "difference", "counted_at"};
    const struct ask *ask = &c->ask;
    if (ask->is_json) {
        ask_print_json(ask);
        return 0;
    }
    bool is_blind = false;
    (void)json_bool(json_get(ask->said, "blind"), &is_blind);
    ask_say("count ", ask->said, "id");
    ask_say(": ", ask->said, "state");
    ask_say(", at ", ask->said, "location");
    ask_say(", reference ", ask->said, "reference");
    puts(is_blind ? ", blind" : "");
    struct table *table = table_new(columns, COUNT_OF(columns));
    for (struct json_iter i = json_iter(json_get(ask->said, "lines")); json_next(&i);) {
        for (size_t k = 0; k < COUNT_OF(keys); k++) {
            table_json(table, json_get(i.value, keys[k]));
        }
    }
    return ask_table(ask, table, "Nothing is counted yet.");
}

/* ---- start ---- */

static void put_count(struct count *c, const struct words *words)
{
    struct json_writer w = ask_body(&c->ask);
    json_begin_object(&w);
    json_field_str(&w, "location", c->words[0]);
    if (c->reference) {
        json_field_str(&w, "reference", c->reference);
    }
    if (c->reason) {
        json_field_str(&w, "reason", c->reason);
    }
    json_field_bool(&w, "blind", c->is_blind);
    if (words->count > 1) {
        json_key(&w, "skus");
        json_begin_array(&w);
        for (size_t i = 1; i < words->count; i++) {
            json_put_text(&w, slice_of(c->words[i]));
        }
        json_end_array(&w);
    }
    json_end_object(&w);
}

static int start(int argc, char **argv)
{
    struct count c = {0};
    struct words words = {
        .usage = "LOCATION [SKU...]", .min = 1, .max = WORDS_MAX, .items = c.words};
    const struct option options[] = {
        ASK_OPTIONS(&c.ask),
        {"reference", OPTION_TEXT, "TEXT", "a sheet, a shelf", .text = &c.reference},
        {"reason", OPTION_TEXT, "TEXT", "why it is counted", .text = &c.reason},
        {"blind",
         OPTION_SWITCH,
         NULL,
         "who counts does not see what is expected",
         .is_set = &c.is_blind}};
    enum options_result r = options_parse_words(
        argc,
        argv,
        "Opens a count at a location, of these SKUs or, without any, of whatever is found there.",
        options,
        COUNT_OF(options),
        &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    int code = ask_begin(&c.ask, argv[0]);
    if (!code) {
        put_count(&c, &words);
        ask_path(&c.ask, "/v1/counts");
        code = ask_send(&c.ask, "POST");
    }
    return ask_end(&c.ask, code ? code : count_show(&c));
}

/* ---- enter ---- */

struct json_writer count_lines_begin(struct count *c)
{
    struct json_writer w = ask_body(&c->ask);
    json_begin_object(&w);
    json_key(&w, "lines");
    json_begin_array(&w);
    return w;
}

int count_lines_send(struct count *c, struct json_writer *w)
{
    json_end_array(w);
    json_end_object(w);
    ask_path(&c->ask, "/v1/counts");
    ask_segment(&c->ask, c->words[0]);
    ask_segment(&c->ask, "lines");
    return ask_try(&c->ask, "POST", buf_view(&c->ask.body));
}

void count_line(struct json_writer *w, struct slice sku, int64_t quantity)
{
    json_begin_object(w);
    json_field_text(w, "sku", sku);
    json_field_int(w, "quantity", quantity);
    json_end_object(w);
}

static int read_lines(struct json_writer *w)
{
    ON_EXIT(input_free) struct input input = {.in = stdin};
    struct slice line, fields[2];
    int64_t quantity;
    size_t lines = 0;
    while (input_line(&input, &line)) {
        if (input_fields(line, fields, 2) != 2 || !slice_int(fields[1], &quantity)) {
            fprintf(stderr,
                    "truecount count enter: line %zu: a line is SKU QUANTITY, with spaces or a tab "
                    "between (or say --scan); nothing was entered\n",
                    input.number);
            return 2;
        }
        count_line(w, fields[0], quantity);
        lines++;
    }
    if (!lines) {
        fprintf(stderr, "truecount count enter: there was no line on stdin\n");
        return 2;
    }
    return 0;
}

static int enter_lines(struct count *c, const struct words *words)
{
    struct json_writer w = count_lines_begin(c);
    int64_t quantity;
    if (words->count == 1) {
        int code = read_lines(&w);
        if (code) {
            return code;
        }
    } else if (slice_int(slice_of(c->words[2]), &quantity)) {
        count_line(&w, slice_of(c->words[1]), quantity);
    } else {
        fprintf(stderr, "truecount count enter: '%s' is no whole number\n", c->words[2]);
        return 2;
    }
    int code = count_lines_send(c, &w);
    if (code) {
        return code;
    }
    return c->ask.status >= 400 ? ask_refused(&c->ask) : count_show(c);
}

static int enter(int argc, char **argv)
{
    struct count c = {0};
    bool is_scan = false;
    struct words words = {.usage = "ID [SKU QUANTITY]", .min = 1, .max = 3, .items = c.words};
    const struct option options[] = {
        ASK_OPTIONS(&c.ask),
        {"scan",
         OPTION_SWITCH,
         NULL,
         "each line is one code, scanned or typed, and counts one more",
         .is_set = &is_scan}};
    enum options_result r = options_parse_words(
        argc,
        argv,
        "Enters what was counted: one SKU, or lines of SKU QUANTITY from stdin. A later figure of "
        "a SKU\nreplaces the earlier one.\n\nWith --scan every line is a code, as a barcode "
        "scanner "
        "types it, and adds one to what the session\nhas; each is kept at once, so that nothing is "
        "lost when you stop in the middle. A code that nobody\nknows is said, not counted, and the "
        "command ends with 1.",
        options,
        COUNT_OF(options),
        &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    if (words.count == 2 || (is_scan && words.count != 1)) {
        fprintf(stderr,
                "truecount count enter: say ID SKU QUANTITY, or ID and give lines on stdin\n");
        return 2;
    }
    int code = ask_begin(&c.ask, argv[0]);
    if (!code) {
        code = is_scan ? count_scan(&c) : enter_lines(&c, &words);
    }
    return ask_end(&c.ask, code);
}

/* ---- the other verbs ---- */

static int with_id(int argc,
                   char **argv,
                   const char *method,
                   const char *verb,
                   bool may_have_reason,
                   const char *summary)
{
    struct count c = {0};
    struct words words = {.usage = "ID", .min = 1, .max = 1, .items = c.words};
    const struct option options[] = {
        ASK_OPTIONS(&c.ask),
        {"reason", OPTION_TEXT, "TEXT", "why they differ, for the ledger", .text = &c.reason}};
    enum options_result r = options_parse_words(
        argc, argv, summary, options, COUNT_OF(options) - (may_have_reason ? 0 : 1), &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    int code = ask_begin(&c.ask, argv[0]);
    if (!code) {
        struct json_writer w = ask_body(&c.ask);
        json_begin_object(&w);
        if (c.reason) {
            json_field_str(&w, "reason", c.reason);
        }
        json_end_object(&w);
        ask_path(&c.ask, "/v1/counts");
        ask_segment(&c.ask, c.words[0]);
        if (verb) {
            ask_segment(&c.ask, verb);
        }
        code = strcmp(method, "GET") == 0 ? ask_get(&c.ask) : ask_send(&c.ask, method);
    }
    return ask_end(&c.ask, code ? code : count_show(&c));
}

static int review(int argc, char **argv)
{
    return with_id(argc,
                   argv,
                   "POST",
                   "review",
                   false,
                   "Ends the counting and shows what each line would change.");
}

static int post(int argc, char **argv)
{
    return with_id(argc,
                   argv,
                   "POST",
                   "post",
                   true,
                   "Books the differences: from now on the ledger says what was counted.");
}

static int cancel(int argc, char **argv)
{
    return with_id(argc, argv, "POST", "cancel", false, "Ends a count without any effect.");
}

static int show_one(int argc, char **argv)
{
    return with_id(argc, argv, "GET", NULL, false, "Shows a count with its lines.");
}

static void put_row(void *arg, struct json item)
{
    struct count *c = arg;
    static const char *const keys[] = {
        "id", "state", "location", "reference", "reason", "blind", "created_at", "closed_at"};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        table_json(c->table, json_get(item, keys[i]));
    }
}

static int list(int argc, char **argv)
{
    static const struct column columns[] = {{"id", true},
                                            {"state", false},
                                            {"location", false},
                                            {"reference", false},
                                            {"reason", false},
                                            {"blind", false},
                                            {"created", false},
                                            {"closed", false}};
    struct count c = {0};
    int64_t limit = 0;
    struct words words = {.usage = "", .items = c.words};
    const struct option options[] = {
        ASK_OPTIONS(&c.ask),
        {"state", OPTION_TEXT, "STATE", "open, review, posted or cancelled", .text = &c.state},
        {"limit",
         OPTION_NUMBER,
         "N",
         "so many (100 on a terminal, else all)",
         .min = 1,
         .max = INT32_MAX,
         .number = &limit}};
    enum options_result r = options_parse_words(
        argc, argv, "Lists counts, the newest first.", options, COUNT_OF(options), &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    int code = ask_begin(&c.ask, argv[0]);
    if (code) {
        return ask_end(&c.ask, code);
    }
    c.table = table_new(columns, COUNT_OF(columns));
    ask_path(&c.ask, "/v1/counts");
    ask_query(&c.ask, "state", c.state);
    code = ask_list(&c.ask, limit, put_row, &c);
    if (code || c.ask.is_json) {
        table_free(c.table);
        return ask_end(&c.ask, code);
    }
    return ask_end(&c.ask, ask_table(&c.ask, c.table, "There are no counts like that."));
}

int cmd_count(int argc, char **argv)
{
    static const struct action actions[] = {
        {"start", "LOCATION [SKU...]", "open one", start},
        {"enter", "ID [SKU QUANTITY]", "what was counted; --scan for a scanner", enter},
        {"review", "ID", "counting is over: what would change?", review},
        {"post", "ID", "book the differences", post},
        {"cancel", "ID", "end it without effect", cancel},
        {"show", "ID", "one, with its lines", show_one},
        {"list", "", "all, the newest first", list},
    };
    return actions_run(argc,
                       argv,
                       "Counting what is on the shelves, while people go on buying.",
                       actions,
                       COUNT_OF(actions));
}
