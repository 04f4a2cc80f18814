/* SPDX-License-Identifier: Apache-2.0 */
/* move: movements by hand, one or a list of lines that is booked whole or not at all. */
#include "cli/ask.h"
#include "cli/cmd.h"
#include "cli/input.h"

#define LINES_MAX 10000 /* as the API takes them */

struct move {
    struct ask ask;
    const char *words[4];
    const char *reason, *reference, *at;
    struct json_writer w;
    size_t *numbers; /* of the lines of stdin, by movement; NULL: none were read */
    size_t count;
};

/* False: the quantity is no whole number. reason, reference: NULL for the command's own. */
static bool put_movement(struct move *m, const struct slice fields[6], size_t count)
{
    int64_t quantity;
    if (!slice_int(fields[3], &quantity)) {
        return false;
    }
    json_begin_object(&m->w);
    json_field_text(&m->w, "kind", fields[0]);
    json_field_text(&m->w, "sku", fields[1]);
    json_field_text(&m->w, "location", fields[2]);
    json_field_int(&m->w, "quantity", quantity);
    struct slice reason = count > 4 && fields[4].n ? fields[4] : slice_of(m->reason);
    struct slice reference = count > 5 && fields[5].n ? fields[5] : slice_of(m->reference);
    if (reason.n) {
        json_field_text(&m->w, "reason", reason);
    }
    if (reference.n) {
        json_field_text(&m->w, "reference", reference);
    }
    if (m->at) {
        json_field_str(&m->w, "happened_at", m->at);
    }
    json_end_object(&m->w);
    return true;
}

static int wrong_line(size_t number, const char *what)
{
    fprintf(stderr, "truecount move: line %zu: %s; nothing was booked\n", number, what);
    return 2;
}

static int read_lines(struct move *m)
{
    ON_EXIT(input_free) struct input input = {.in = stdin};
    struct slice line, fields[6];
    m->numbers = calloc(LINES_MAX, sizeof(*m->numbers));
    must(m->numbers);
    while (input_line(&input, &line)) {
        size_t count = input_fields(line, fields, COUNT_OF(fields));
        if (count < 4 || count > COUNT_OF(fields)) {
            return wrong_line(input.number,
                              "a line is KIND SKU LOCATION QUANTITY [REASON [REFERENCE]], with "
                              "spaces or tabs between");
        }
        if (m->count == LINES_MAX) {
            return wrong_line(input.number, "one request takes at most 10,000 lines");
        }
        if (!put_movement(m, fields, count)) {
            return wrong_line(input.number, "the quantity is no whole number");
        }
        m->numbers[m->count++] = input.number;
    }
    if (m->count == 0) {
        fprintf(stderr, "truecount move: there was no line on stdin\n");
        return 2;
    }
    return 0;
}

static int put_movements(struct move *m, const struct words *words)
{
    int code = 0;
    m->w = ask_body(&m->ask);
    json_begin_object(&m->w);
    json_key(&m->w, "movements");
    json_begin_array(&m->w);
    if (words->count == 1) {
        code = read_lines(m);
    } else {
        struct slice fields[6] = {{0}};
        for (size_t i = 0; i < 4; i++) {
            fields[i] = slice_of(m->words[i]);
        }
        if (!put_movement(m, fields, 4)) {
            fprintf(stderr, "truecount move: '%s' is no whole number\n", m->words[3]);
            code = 2;
        }
    }
    json_end_array(&m->w);
    json_end_object(&m->w);
    return code;
}

/* The API names the movement at fault by its place in the list; people think in lines. */
static void print_line_at_fault(const struct move *m)
{
    struct slice field = ask_text(m->ask.said, "field"), rest = field, number;
    int64_t nth;
    if (!m->numbers || !slice_starts(field, "movements[")) {
        return;
    }
    rest = slice_from(rest, strlen("movements["));
    slice_cut(&rest, ']', &number);
    if (slice_int(number, &nth) && nth >= 0 && (size_t)nth < m->count) {
        fprintf(stderr, "truecount move: it is line %zu\n", m->numbers[nth]);
    }
}

static int book(struct move *m)
{
    static const struct column columns[] = {{"kind", false},
                                            {"sku", false},
                                            {"location", false},
                                            {"quantity", true},
                                            {"available", true},
                                            {"on hand", true}};
    static const char *const keys[] = {
        "kind", "sku", "location", "quantity", "available", "on_hand"};
    struct ask *ask = &m->ask;
    ask_path(ask, "/v1/movements");
    int code = ask_try(ask, "POST", buf_view(&ask->body));
    if (code) {
        return code;
    }
    if (ask->status >= 400) {
        code = ask_refused(ask);
        print_line_at_fault(m);
        return code;
    }
    if (ask->is_json) {
        ask_print_json(ask);
        return 0;
    }
    struct table *table = table_new(columns, COUNT_OF(columns));
    for (struct json_iter i = json_iter(json_get(ask->said, "movements")); json_next(&i);) {
        for (size_t c = 0; c < COUNT_OF(keys); c++) {
            table_json(table, json_get(i.value, keys[c]));
        }
    }
    return ask_table(ask, table, "");
}

int cmd_move(int argc, char **argv)
{
    struct move m = {0};
    struct words words = {
        .usage = "KIND SKU LOCATION QUANTITY", .min = 1, .max = 4, .items = m.words};
    const struct option options[] = {
        ASK_OPTIONS(&m.ask),
        {"reason",
         OPTION_TEXT,
         "WORD",
         "of damage, set_aside, restore, write_off",
         .text = &m.reason},
        {"reference", OPTION_TEXT, "TEXT", "a delivery note, a name", .text = &m.reference},
        {"at", OPTION_TEXT, "TIME", "when it happened (now)", .text = &m.at}};
    enum options_result r = options_parse_words(
        argc,
        argv,
        "Books units that move: receive, adjust (a signed quantity), count (what was counted), "
        "damage,\nset_aside, restore, write_off, return, restock, scrap, ship. Prints what is "
        "there afterwards.\n\ntruecount move - reads lines from stdin (kind sku location quantity "
        "[reason [reference]], spaces or\ntabs between) and books all of them or none.\n\n"
        "Exit 1: refused, nothing was booked; missing units are listed.",
        options,
        COUNT_OF(options),
        &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    if (words.count != 4 && (words.count != 1 || strcmp(m.words[0], "-") != 0)) {
        fprintf(stderr,
                "truecount move: say truecount move KIND SKU LOCATION QUANTITY, or truecount move "
                "-\n");
        return 2;
    }
    int code = ask_begin(&m.ask, argv[0]);
    code = code ? code : put_movements(&m, &words);
    code = ask_end(&m.ask, code ? code : book(&m));
    free(m.numbers);
    return code;
}
