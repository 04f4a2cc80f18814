/* SPDX-License-Identifier: Apache-2.0 */
/* transfer: goods on their way from one location to another. */
#include "cli/actions.h"
#include "cli/ask.h"
#include "cli/cmd.h"
#include "cli/input.h"

struct transfer {
    struct ask ask;
    const char *words[WORDS_MAX];
    const char *reference, *state;
    int64_t limit;
    struct table *table;
};

/* ---- what it looks like ---- */

static int show(struct transfer *t)
{
    static const struct column columns[] = {{"sku", false},
                                            {"quantity", true},
                                            {"in transit", true},
                                            {"received", true},
                                            {"damaged", true},
                                            {"short", true}};
    static const char *const keys[] = {
        "sku", "quantity", "in_transit", "received", "damaged", "short"};
    const struct ask *ask = &t->ask;
    struct json said = ask->said;
    if (ask->is_json) {
        ask_print_json(ask);
        return 0;
    }
    ask_say("transfer ", said, "id");
    ask_say(": ", said, "state");
    ask_say(", from ", said, "from");
    ask_say(" to ", said, "to");
    ask_say(", reference ", said, "reference");
    ask_say(", shipped ", said, "shipped_at");
    ask_say(", closed ", said, "closed_at");
    putchar('\n');
    struct table *table = table_new(columns, COUNT_OF(columns));
    for (struct json_iter i = json_iter(json_get(said, "lines")); json_next(&i);) {
        for (size_t c = 0; c < COUNT_OF(keys); c++) {
            table_json(table, json_get(i.value, keys[c]));
        }
    }
    return ask_table(ask, table, "It has no lines.");
}

/* 3 d 4 h, 5 h 10 min, 12 min */
static void put_age(struct table *table, struct json seconds)
{
    int64_t s;
    if (!json_int(seconds, &s)) {
        table_str(table, "-");
    } else if (s >= 86400) {
        table_printf(table, "%" PRId64 " d %" PRId64 " h", s / 86400, s % 86400 / 3600);
    } else if (s >= 3600) {
        table_printf(table, "%" PRId64 " h %" PRId64 " min", s / 3600, s % 3600 / 60);
    } else {
        table_printf(table, "%" PRId64 " min", s / 60);
    }
}

static void put_row(void *arg, struct json item)
{
    struct transfer *t = arg;
    static const char *const keys[] = {"id", "state", "from", "to", "reference"};
    int64_t units = 0, under_way = 0;
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        table_json(t->table, json_get(item, keys[i]));
    }
    for (struct json_iter i = json_iter(json_get(item, "lines")); json_next(&i);) {
        units += ask_int(i.value, "quantity");
        under_way += ask_int(i.value, "in_transit");
    }
    table_int(t->table, units);
    table_int(t->table, under_way);
    put_age(t->table, json_get(item, "in_transit_seconds"));
    table_json(t->table, json_get(item, "created_at"));
}

/* ---- the verbs ---- */

/* Begins, sends, shows: the way of all verbs about one transfer. */
static int act(struct transfer *t, const char *method, const char *verb)
{
    struct ask *ask = &t->ask;
    ask_path(ask, "/v1/transfers");
    if (t->words[0]) {
        ask_segment(ask, t->words[0]);
    }
    if (verb) {
        ask_segment(ask, verb);
    }
    int code = strcmp(method, "GET") == 0 ? ask_get(ask) : ask_send(ask, method);
    return code ? code : show(t);
}

static int bad_line(const char *command, const char *word, const char *form)
{
    fprintf(stderr, "truecount %s: '%s' is not of the form %s\n", command, word, form);
    return 2;
}

/* {"from","to","reference","lines":[...]} out of FROM TO SKU=QTY... */
static int put_transfer(struct transfer *t, const char *command, const struct words *words)
{
    struct json_writer w = ask_body(&t->ask);
    json_begin_object(&w);
    json_field_str(&w, "from", t->words[0]);
    json_field_str(&w, "to", t->words[1]);
    if (t->reference) {
        json_field_str(&w, "reference", t->reference);
    }
    json_key(&w, "lines");
    json_begin_array(&w);
    for (size_t i = 2; i < words->count; i++) {
        struct slice sku, rest;
        int64_t quantity;
        if (!input_pair(t->words[i], &sku, &rest) || !slice_int(rest, &quantity)) {
            return bad_line(command, t->words[i], "SKU=QUANTITY");
        }
        json_begin_object(&w);
        json_field_text(&w, "sku", sku);
        json_field_int(&w, "quantity", quantity);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    t->words[0] = NULL;
    return 0;
}

static int create(int argc, char **argv)
{
    struct transfer t = {0};
    struct words words = {
        .usage = "FROM TO SKU=QUANTITY...", .min = 3, .max = WORDS_MAX, .items = t.words};
    const struct option options[] = {
        ASK_OPTIONS(&t.ask),
        {"reference", OPTION_TEXT, "TEXT", "a note, a name", .text = &t.reference}};
    enum options_result r =
        options_parse_words(argc,
                            argv,
                            "Writes down a transfer. It is a draft: nothing moves before it is "
                            "shipped.",
                            options,
                            COUNT_OF(options),
                            &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    int code = ask_begin(&t.ask, argv[0]);
    code = code ? code : put_transfer(&t, argv[0], &words);
    return ask_end(&t.ask, code ? code : act(&t, "POST", NULL));
}

/* {"lines":[...]} out of SKU=RECEIVED[:DAMAGED[:SHORT]]...; without any: {}, all arrives well. */
static int put_arrival(struct transfer *t, const char *command, const struct words *words)
{
    static const char *const keys[] = {"received", "damaged", "short"};
    struct json_writer w = ask_body(&t->ask);
    json_begin_object(&w);
    if (words->count > 1) {
        json_key(&w, "lines");
        json_begin_array(&w);
    }
    for (size_t i = 1; i < words->count; i++) {
        struct slice sku, rest;
        bool is_right = input_pair(t->words[i], &sku, &rest);
        json_begin_object(&w);
        json_field_text(&w, "sku", sku);
        for (size_t k = 0; k < COUNT_OF(keys) && is_right && (k == 0 || rest.n); k++) {
            struct slice part;
            int64_t quantity = 0;
            slice_cut(&rest, ':', &part);
            is_right = slice_int(part, &quantity);
            json_field_int(&w, keys[k], quantity);
        }
        json_end_object(&w);
        if (!is_right || rest.n) {
            return bad_line(command, t->words[i], "SKU=RECEIVED[:DAMAGED[:SHORT]]");
        }
    }
    if (words->count > 1) {
        json_end_array(&w);
    }
    json_end_object(&w);
    return 0;
}

static int receive(int argc, char **argv)
{
    struct transfer t = {0};
    struct words words = {.usage = "ID [SKU=RECEIVED[:DAMAGED[:SHORT]]...]",
                          .min = 1,
                          .max = WORDS_MAX,
                          .items = t.words};
    const struct option options[] = {ASK_OPTIONS(&t.ask)};
    enum options_result r = options_parse_words(
        argc,
        argv,
        "Takes in what arrived: TEE=8:1:1 says that 8 are well, 1 is damaged and 1 will never "
        "come. Without\nlines all that is under way arrives well.",
        options,
        COUNT_OF(options),
        &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    int code = ask_begin(&t.ask, argv[0]);
    code = code ? code : put_arrival(&t, argv[0], &words);
    return ask_end(&t.ask, code ? code : act(&t, "POST", "receive"));
}

/* A verb that takes the id alone. */
static int with_id(int argc, char **argv, const char *method, const char *verb, const char *summary)
{
    struct transfer t = {0};
    struct words words = {.usage = "ID", .min = 1, .max = 1, .items = t.words};
    const struct option options[] = {ASK_OPTIONS(&t.ask)};
    enum options_result r =
        options_parse_words(argc, argv, summary, options, COUNT_OF(options), &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    int code = ask_begin(&t.ask, argv[0]);
    if (!code) {
        struct json_writer w = ask_body(&t.ask);
        json_begin_object(&w);
        json_end_object(&w);
        code = act(&t, method, verb);
    }
    return ask_end(&t.ask, code);
}

static int ship(int argc, char **argv)
{
    return with_id(argc,
                   argv,
                   "POST",
                   "ship",
                   "Sends the goods off: from available here to in transit there. Refused whole "
                   "(exit 1) when units are\nmissing.");
}

static int cancel(int argc, char **argv)
{
    return with_id(argc,
                   argv,
                   "POST",
                   "cancel",
                   "Ends it. What is still under way goes back to where it came from.");
}

static int show_one(int argc, char **argv)
{
    return with_id(argc, argv, "GET", NULL, "Shows a transfer with its lines.");
}

static int list(int argc, char **argv)
{
    static const struct column columns[] = {{"id", true},
                                            {"state", false},
                                            {"from", false},
                                            {"to", false},
                                            {"reference", false},
                                            {"units", true},
                                            {"in transit", true},
                                            {"since", true},
                                            {"created", false}};
    struct transfer t = {0};
    struct words words = {.usage = "", .items = t.words};
    const struct option options[] = {ASK_OPTIONS(&t.ask),
                                     {"state",
                                      OPTION_TEXT,
                                      "STATE",
                                      "draft, in_transit, received or cancelled",
                                      .text = &t.state},
                                     {"limit",
                                      OPTION_NUMBER,
                                      "N",
                                      "so many (100 on a terminal, else all)",
                                      .min = 1,
                                      .max = INT32_MAX,
                                      .number = &t.limit}};
    enum options_result r = options_parse_words(
        argc, argv, "Lists transfers, the newest first.", options, COUNT_OF(options), &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    int code = ask_begin(&t.ask, argv[0]);
    if (code) {
        return ask_end(&t.ask, code);
    }
    t.table = table_new(columns, COUNT_OF(columns));
    ask_path(&t.ask, "/v1/transfers");
    ask_query(&t.ask, "state", t.state);
    code = ask_list(&t.ask, t.limit, put_row, &t);
    if (code || t.ask.is_json) {
        table_free(t.table);
        return ask_end(&t.ask, code);
    }
    return ask_end(&t.ask, ask_table(&t.ask, t.table, "There are no transfers like that."));
}

int cmd_transfer(int argc, char **argv)
{
    static const struct action actions[] = {
        {"create", "FROM TO SKU=QUANTITY...", "a draft", create},
        {"ship", "ID", "it leaves", ship},
        {"receive", "ID [SKU=RECEIVED...]", "it arrives, in part or whole", receive},
        {"cancel", "ID", "it ends; what is under way goes back", cancel},
        {"show", "ID", "one, with its lines", show_one},
        {"list", "", "all, the newest first", list},
    };
    return actions_run(argc,
                       argv,
                       "Goods on their way between two locations: counted in neither's available, "
                       "and never lost.",
                       actions,
                       COUNT_OF(actions));
}
