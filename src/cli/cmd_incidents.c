/* SPDX-License-Identifier: Apache-2.0 */
/* incidents: what wants a person, what to do about it, and closing it with a reason. */
#include "cli/cmd.h"
#include "cli/evidence.h"
#include "engine/incident.h"

struct incidents {
    struct ask ask;
    const char *id;
    const char *state, *code, *channel, *reason;
    bool shows_end; /* of those that are over */
    int64_t limit;
    struct table *table;
};

/* ---- many ---- */

static void put_row(void *arg, struct json incident)
{
    static const char *const keys[] = {
        "id", "urgency", "code", "channel", "sku", "title", "times", "opened_at"};
    struct incidents *in = arg;
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        table_json(in->table, json_get(incident, keys[i]));
    }
    if (in->shows_end) {
        table_json(in->table, json_get(incident, "resolved_at"));
    }
}

static int list(struct incidents *in)
{
    /* Times are as wide as each other, and cut they say nothing: figures are never cut. */
    static const struct column columns[] = {{"id", true},
                                            {"look", false},
                                            {"code", false},
                                            {"channel", false},
                                            {"sku", false},
                                            {"title", false},
                                            {"times", true},
                                            {"since", true},
                                            {"until", true}};
    struct ask *ask = &in->ask;
    bool is_any = strcmp(in->state, "all") == 0;
    in->shows_end = strcmp(in->state, "open") != 0;
    in->table = table_new(columns, COUNT_OF(columns) - !in->shows_end);
    ask_path(ask, "/v1/incidents");
    ask_query(ask, "state", is_any ? NULL : in->state);
    ask_query(ask, "code", in->code);
    ask_query(ask, "channel", in->channel);
    int code = ask_list(ask, in->limit, put_row, in);
    if (code || ask->is_json) {
        table_free(in->table);
        return code;
    }
    return ask_table(
        ask, in->table, in->shows_end ? "There are none like that." : "Nothing wants a person.");
}

/* ---- one ---- */

static void say_head(struct json incident)
{
    ask_say("incident ", incident, "id");
    ask_say(": ", incident, "code");
    ask_say(", ", incident, "state");
    ask_say(", look: ", incident, "urgency");
    ask_say(", channel ", incident, "channel");
    ask_say(", SKU ", incident, "sku");
    ask_say(", order ", incident, "order");
    putchar('\n');
    ask_say("", incident, "title");
    putchar('\n');
}

static void say_times(struct json incident)
{
    int64_t times = ask_int(incident, "times");
    if (times > 1) {
        printf("Seen %" PRId64 " times,", times);
    } else {
        fputs("Seen once,", stdout);
    }
    ask_say(times > 1 ? " first " : " ", incident, "opened_at");
    if (times > 1) {
        ask_say(", last ", incident, "updated_at");
    }
    putchar('\n');
    if (ask_text(incident, "resolved_at").n) {
        ask_say("Over since ", incident, "resolved_at");
        ask_say(", closed by ", incident, "resolved_by");
        ask_say(": ", incident, "resolution");
        putchar('\n');
    }
}

static int show(struct incidents *in)
{
    static const struct {
        const char *label, *key;
    } parts[] = {{"What happened", "detail"},
                 {"What it means for stock", "meaning"},
                 {"What the server does", "doing"},
                 {"What you must do", "action"},
                 {"Until when", "until"}};
    struct ask *ask = &in->ask;
    ask_path(ask, "/v1/incidents");
    ask_segment(ask, in->id);
    int code = ask_get(ask);
    if (code) {
        return code;
    }
    if (ask->is_json) {
        ask_print_json(ask);
        return 0;
    }
    say_head(ask->said);
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        evidence_paragraph(parts[i].label, ask_text(ask->said, parts[i].key));
    }
    say_times(ask->said);
    struct json autopsies = json_get(ask->said, "autopsy");
    if (json_count(autopsies)) {
        putchar('\n');
        return evidence_autopsies(ask, autopsies);
    }
    return 0;
}

/* ---- closing ---- */

static int resolve(struct incidents *in)
{
    struct ask *ask = &in->ask;
    struct json_writer w = ask_body(ask);
    json_begin_object(&w);
    json_field_str(&w, "reason", in->reason);
    json_end_object(&w);
    ask_path(ask, "/v1/incidents");
    ask_segment(ask, in->id);
    ask_segment(ask, "resolve");
    int code = ask_send(ask, "POST");
    if (code) {
        return code;
    }
    if (ask->is_json) {
        ask_print_json(ask);
        return 0;
    }
    ask_say("incident ", ask->said, "id");
    ask_say(" is over since ", ask->said, "resolved_at");
    ask_say(", closed by ", ask->said, "resolved_by");
    ask_say(": ", ask->said, "resolution");
    putchar('\n');
    return 0;
}

static int resolve_verb(int argc, char **argv)
{
    struct incidents in = {0};
    struct words words = {.usage = "ID", .min = 1, .max = 1, .items = &in.id};
    const struct option options[] = {ASK_OPTIONS(&in.ask),
                                     {"reason",
                                      OPTION_TEXT,
                                      "TEXT",
                                      "why it is over; kept with it and in the log",
                                      .is_required = true,
                                      .text = &in.reason}};
    enum options_result r = options_parse_words(
        argc,
        argv,
        "Says that an incident is over. Most close by themselves, and one whose cause lasts opens "
        "again.\nOne that was over already stays as it was.",
        options,
        COUNT_OF(options),
        &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    int code = ask_begin(&in.ask, argv[0]);
    return ask_end(&in.ask, code ? code : resolve(&in));
}

/* ---- the command ---- */

/* A code that is misspelt must not look like good news. */
static int check_filters(const struct incidents *in, const char *command)
{
    const char *const states[] = {"open", "resolved", "all"};
    bool is_state = false;
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        is_state |= strcmp(in->state, states[i]) == 0;
    }
    if (!is_state) {
        fprintf(stderr,
                "truecount %s: --state is open, resolved or all, not '%s'\n",
                command,
                in->state);
        return 2;
    }
    if (in->code && !incident_kind(slice_of(in->code))) {
        fprintf(stderr,
                "truecount %s: there is no code '%s'; codes are in capitals, such as OVERSOLD: "
                "docs/incidents.md has all of them\n",
                command,
                in->code);
        return 2;
    }
    return 0;
}

int cmd_incidents(int argc, char **argv)
{
    static char title[] = "incidents resolve";
    struct incidents in = {.state = "open"};
    if (argc > 1 && strcmp(argv[1], "resolve") == 0) {
        argv[1] = title;
        return resolve_verb(argc - 1, argv + 1);
    }
    struct words words = {.usage = "[ID | resolve ID --reason TEXT]", .max = 1, .items = &in.id};
    const struct option options[] = {
        ASK_OPTIONS(&in.ask),
        {"state", OPTION_TEXT, "STATE", "open (the default), resolved or all", .text = &in.state},
        {"code", OPTION_TEXT, "CODE", "of that kind alone, such as OVERSOLD", .text = &in.code},
        {"channel", OPTION_TEXT, "CODE", "of that channel alone", .text = &in.channel},
        {"limit",
         OPTION_NUMBER,
         "N",
         "so many (100 on a terminal, else all)",
         .min = 1,
         .max = INT32_MAX,
         .number = &in.limit}};
    enum options_result r = options_parse_words(
        argc,
        argv,
        "What wants a person, the newest first; with ID one incident: what happened, what it means "
        "for stock,\nwhat the server does about it, what you must do, and when it ends. Look: now, "
        "soon, or for information.",
        options,
        COUNT_OF(options),
        &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    int code = check_filters(&in, argv[0]);
    if (code) {
        return code;
    }
    code = ask_begin(&in.ask, argv[0]);
    if (!code) {
        code = words.count ? show(&in) : list(&in);
    }
    return ask_end(&in.ask, code);
}
