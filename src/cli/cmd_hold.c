/* SPDX-License-Identifier: Apache-2.0 */
/* hold: units set apart for a while. */
#include "cli/actions.h"
#include "cli/ask.h"
#include "cli/cmd.h"
#include "cli/input.h"

struct hold {
    struct ask ask;
    const char *words[WORDS_MAX];
    const char *owner, *channel, *country, *region;
    int64_t expires_in, limit;
    struct table *table;
};

/* ---- what it looks like ---- */

/* "2 TEE, 1 MUG" */
static void put_lines(struct buf *out, struct json lines)
{
    for (struct json_iter i = json_iter(lines); json_next(&i);) {
        buf_printf(out, "%s%" PRId64 " ", out->n ? ", " : "", ask_int(i.value, "quantity"));
        buf_slice(out, ask_text(i.value, "sku"));
    }
}

static void put_row(void *arg, struct json hold)
{
    struct hold *h = arg;
    static const char *const keys[] = {"id", "state", "owner", "channel", "expires_at"};
    ON_EXIT(buf_free) struct buf lines;
    buf_init(&lines, (size_t)1 << 20);
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        table_json(h->table, json_get(hold, keys[i]));
    }
    put_lines(&lines, json_get(hold, "lines"));
    table_text(h->table, buf_view(&lines));
}

static int show(struct hold *h)
{
    static const struct column columns[] = {{"sku", false}, {"location", false}, {"held", true}};
    struct ask *ask = &h->ask;
    struct json said = ask->said;
    if (ask->is_json) {
        ask_print_json(ask);
        return 0;
    }
    if (ask->status == 204) { /* of a release: there is nothing left to show */
        printf("hold %s is released\n", h->words[0]);
        return 0;
    }
    ask_say("hold ", said, "id");
    ask_say(": ", said, "state");
    ask_say(", of ", said, "owner");
    ask_say(" on ", said, "channel");
    ask_say(", until ", said, "expires_at");
    putchar('\n');
    struct table *table = table_new(columns, COUNT_OF(columns));
    for (struct json_iter i = json_iter(json_get(said, "lines")); json_next(&i);) {
        for (struct json_iter k = json_iter(json_get(i.value, "picks")); json_next(&k);) {
            table_json(table, json_get(k.value, "sku"));
            table_json(table, json_get(k.value, "location"));
            table_json(table, json_get(k.value, "quantity"));
        }
    }
    return ask_table(ask, table, "It holds nothing any more.");
}

/* ---- the verbs ---- */

static int put_hold(struct hold *h, const char *command, const struct words *words)
{
    struct json_writer w = ask_body(&h->ask);
    const char *const keys[] = {"owner", "channel", "country", "region"};
    const char *const values[] = {h->owner, h->channel, h->country, h->region};
    json_begin_object(&w);
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        if (values[i]) {
            json_field_str(&w, keys[i], values[i]);
        }
    }
    if (h->expires_in) {
        json_field_int(&w, "expires_in", h->expires_in);
    }
    json_key(&w, "lines");
    json_begin_array(&w);
    for (size_t i = 0; i < words->count; i++) {
        struct slice sku, rest;
        int64_t quantity = 1;
        if (input_pair(h->words[i], &sku, &rest) && !slice_int(rest, &quantity)) {
            fprintf(stderr,
                    "truecount %s: '%s' is not of the form SKU=QUANTITY\n",
                    command,
                    h->words[i]);
            return 2;
        }
        json_begin_object(&w);
        json_field_text(&w, "sku", sku);
        json_field_int(&w, "quantity", quantity);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    return 0;
}

static int create(int argc, char **argv)
{
    struct hold h = {0};
    struct words words = {
        .usage = "SKU[=QUANTITY]...", .min = 1, .max = WORDS_MAX, .items = h.words};
    const struct option options[] = {
        ASK_OPTIONS(&h.ask),
        {"owner",
         OPTION_TEXT,
         "NAME",
         "whose it is; a newer one of the same owner replaces it",
         .is_required = true,
         .text = &h.owner},
        {"channel", OPTION_TEXT, "CODE", "units from that channel's route", .text = &h.channel},
        {"country", OPTION_TEXT, "CC", "for the route: where it will go", .text = &h.country},
        {"region", OPTION_TEXT, "CODE", "for the route: where it will go", .text = &h.region},
        {"expires-in",
         OPTION_NUMBER,
         "SECONDS",
         "how long (900)",
         .min = 1,
         .max = 86400,
         .number = &h.expires_in}};
    enum options_result r = options_parse_words(
        argc,
        argv,
        "Sets units apart for a while: every listing shows that many less. All lines or none (exit "
        "1).",
        options,
        COUNT_OF(options),
        &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    int code = ask_begin(&h.ask, argv[0]);
    code = code ? code : put_hold(&h, argv[0], &words);
    ask_path(&h.ask, "/v1/holds");
    code = code ? code : ask_send(&h.ask, "POST");
    return ask_end(&h.ask, code ? code : show(&h));
}

static int extend(int argc, char **argv)
{
    struct hold h = {.expires_in = 900};
    struct words words = {.usage = "ID", .min = 1, .max = 1, .items = h.words};
    const struct option options[] = {ASK_OPTIONS(&h.ask),
                                     {"expires-in",
                                      OPTION_NUMBER,
                                      "SECONDS",
                                      "from now (900)",
                                      .min = 1,
                                      .max = 86400,
                                      .number = &h.expires_in}};
    enum options_result r =
        options_parse_words(argc, argv, "Lets a hold live on.", options, COUNT_OF(options), &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    int code = ask_begin(&h.ask, argv[0]);
    if (!code) {
        struct json_writer w = ask_body(&h.ask);
        json_begin_object(&w);
        json_field_int(&w, "expires_in", h.expires_in);
        json_end_object(&w);
        ask_path(&h.ask, "/v1/holds");
        ask_segment(&h.ask, h.words[0]);
        ask_segment(&h.ask, "extend");
        code = ask_send(&h.ask, "POST");
    }
    return ask_end(&h.ask, code ? code : show(&h));
}

static int with_id(int argc, char **argv, const char *method, const char *summary)
{
    struct hold h = {0};
    struct words words = {.usage = "ID", .min = 1, .max = 1, .items = h.words};
    const struct option options[] = {ASK_OPTIONS(&h.ask)};
    enum options_result r =
        options_parse_words(argc, argv, summary, options, COUNT_OF(options), &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    int code = ask_begin(&h.ask, argv[0]);
    if (!code) {
        ask_path(&h.ask, "/v1/holds");
        ask_segment(&h.ask, h.words[0]);
        code = strcmp(method, "GET") == 0 ? ask_get(&h.ask) : ask_send(&h.ask, method);
    }
    return ask_end(&h.ask, code ? code : show(&h));
}

static int show_one(int argc, char **argv)
{
    return with_id(argc, argv, "GET", "Shows a hold and where its units lie.");
}

static int let_go(int argc, char **argv)
{
    return with_id(argc, argv, "DELETE", "Ends a hold: its units can be sold again.");
}

static int list(int argc, char **argv)
{
    static const struct column columns[] = {{"id", true},
                                            {"state", false},
                                            {"owner", false},
                                            {"channel", false},
                                            {"until", false},
                                            {"units", false}};
    struct hold h = {0};
    struct words words = {.usage = "", .items = h.words};
    const struct option options[] = {ASK_OPTIONS(&h.ask),
                                     {"limit",
                                      OPTION_NUMBER,
                                      "N",
                                      "so many (100 on a terminal, else all)",
                                      .min = 1,
                                      .max = INT32_MAX,
                                      .number = &h.limit}};
    enum options_result r = options_parse_words(
        argc, argv, "Lists holds, open and ended.", options, COUNT_OF(options), &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    int code = ask_begin(&h.ask, argv[0]);
    if (code) {
        return ask_end(&h.ask, code);
    }
    h.table = table_new(columns, COUNT_OF(columns));
    ask_path(&h.ask, "/v1/holds");
    code = ask_list(&h.ask, h.limit, put_row, &h);
    if (code || h.ask.is_json) {
        table_free(h.table);
        return ask_end(&h.ask, code);
    }
    return ask_end(&h.ask, ask_table(&h.ask, h.table, "There are no holds."));
}

int cmd_hold(int argc, char **argv)
{
    static const struct action actions[] = {
        {"create", "SKU[=QUANTITY]... --owner NAME", "set units apart", create},
        {"extend", "ID", "for longer", extend},
        {"release", "ID", "end it", let_go},
        {"show", "ID", "one, and where its units lie", show_one},
        {"list", "", "all", list},
    };
    return actions_run(argc,
                       argv,
                       "Units set apart for a while, for a checkout or a friend.",
                       actions,
                       COUNT_OF(actions));
}
