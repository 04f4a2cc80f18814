/* SPDX-License-Identifier: Apache-2.0 */
/* channel: connects one, shows them, and says whether they may be written. */
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "channels/connector.h"
#include "cli/actions.h"
#include "cli/ask.h"
#include "cli/channel_verbs.h"
#include "cli/cmd.h"
#include "cli/input.h"

#define FIELD_MAX 8192

struct channel {
    struct ask ask;
    const char *words[WORDS_MAX];
    size_t words_count;
    const char *connector;
    bool is_new;
    struct table *table;
};

/* ---- fields ---- */

static const struct connector_field *field_named(const struct connector *c, struct slice name)
{
    for (size_t i = 0; i < c->fields_count; i++) {
        if (slice_is(name, c->fields[i].name)) {
            return &c->fields[i];
        }
    }
    return NULL;
}

/* The value of NAME=VALUE among the words; false: it is not there. */
static bool word_of(const struct channel *ch, const char *name, const char **out)
{
    size_t n = strlen(name);
    for (size_t i = 1; i < ch->words_count; i++) {
        if (strncmp(ch->words[i], name, n) == 0 && ch->words[i][n] == '=') {
            *out = ch->words[i] + n + 1;
            return true;
        }
    }
    return false;
}

/* Asked on the terminal; a secret is not shown while it is typed. False: nothing was said. */
static bool asked(const struct connector_field *field, char out[FIELD_MAX])
{
    struct termios before, silent;
    bool is_hidden = field->is_secret && tcgetattr(STDIN_FILENO, &before) == 0;
    fprintf(stderr,
            "%s%s\n  %s: ",
            field->help,
            field->is_optional ? " (may be left empty)" : "",
            field->name);
    if (is_hidden) {
        silent = before;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    bool is_there = fgets(out, FIELD_MAX, stdin) != NULL;
    if (is_hidden) {
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        fputc('\n', stderr);
    }
    out[is_there ? strcspn(out, "\r\n") : 0] = 0;
    return is_there && out[0];
}

/* JSON as it is where it is JSON (lists and objects), else a text. */
static void put_value(struct channel *ch, struct json_writer *w, const char *name, const char *text)
{
    struct json parsed;
    struct err_note note;
    bool is_json = (text[0] == '[' || text[0] == '{') && ch->ask.doc &&
                   json_parse(ch->ask.doc, slice_of(text), &parsed, &note) == ERR_OK;
    json_key(w, name);
    if (is_json) {
        json_put_raw(w, slice_of(text));
    } else {
        json_put_text(w, slice_of(text));
    }
}

/* One of the two objects, out of the words and, for a new channel on a terminal, of questions. */
static int put_fields(struct channel *ch,
                      struct json_writer *w,
                      const struct connector *c,
                      bool secrets,
                      const char *command)
{
    char said[FIELD_MAX];
    json_key(w, secrets ? "secrets" : "settings");
    json_begin_object(w);
    for (size_t i = 0; i < c->fields_count; i++) {
        const struct connector_field *field = &c->fields[i];
        const char *value = NULL;
        if (field->is_secret != secrets) {
            continue;
        }
        if (!word_of(ch, field->name, &value) && ch->is_new && isatty(STDIN_FILENO)) {
            value = asked(field, said) ? said : NULL;
        }
        if (value) {
            put_value(ch, w, field->name, value);
        } else if (ch->is_new && !field->is_optional) {
            fprintf(stderr,
                    "truecount %s: %s is missing: add %s=VALUE (%s)\n",
                    command,
                    field->name,
                    field->name,
                    field->help);
            return 2;
        }
    }
    json_end_object(w);
    return 0;
}

static int check_words(const struct channel *ch, const struct connector *c, const char *command)
{
    for (size_t i = 1; i < ch->words_count; i++) {
        struct slice rest = slice_of(ch->words[i]), name;
        bool is_pair = memchr(rest.p, '=', rest.n) != NULL;
        slice_cut(&rest, '=', &name);
        if (!is_pair || !field_named(c, name)) {
            fprintf(stderr,
                    "truecount %s: '%.*s' is no field of %s: see truecount channel fields %s\n",
                    command,
                    SLICE_ARG(name),
                    c->name,
                    c->name);
            return 2;
        }
    }
    return 0;
}

/* ---- connecting ---- */

/* The channel as the server has it: *out_there tells. */
static int look_up(struct channel *ch, bool *out_there)
{
    struct ask *ask = &ch->ask;
    ask_path(ask, "/v1/channels");
    ask_segment(ask, ch->words[0]);
    int code = ask_try(ask, "GET", (struct slice){0});
    *out_there = !code && ask->status == 200;
    return code || *out_there || ask->status == 404 ? code : ask_refused(ask);
}

static int save(struct channel *ch, const struct connector *c, const char *command)
{
    struct ask *ask = &ch->ask;
    struct json_writer w = ask_body(ask);
    json_begin_object(&w);
    if (ch->is_new) {
        json_field_str(&w, "code", ch->words[0]);
        json_field_str(&w, "connector", c->name);
    }
    int code = put_fields(ch, &w, c, false, command);
    code = code ? code : put_fields(ch, &w, c, true, command);
    json_end_object(&w);
    if (code) {
        return code;
    }
    ask_path(ask, "/v1/channels");
    if (!ch->is_new) {
        ask_segment(ask, ch->words[0]);
    }
    return ask_send(ask, ch->is_new ? "POST" : "PATCH");
}

static void say_check(struct json check)
{
    struct slice state = ask_text(check, "state"), what = ask_text(check, "what"),
                 detail = ask_text(check, "detail");
    const char *mark = slice_is(state, "ok")        ? "ok     "
                       : slice_is(state, "made")    ? "made   "
                       : slice_is(state, "by_hand") ? "by hand"
                                                    : "WRONG  ";
    printf("%s  %.*s%s%.*s\n",
           mark,
           SLICE_ARG(what),
           detail.n ? ": " : "",
           (int)detail.n,
           detail.p ? detail.p : "");
    (void)fflush(stdout);
}

/* Follows the job to its end, saying each check once. */
static int follow(struct channel *ch, const char *job)
{
    struct ask *ask = &ch->ask;
    size_t said = 0;
    bool is_wrong = false, has_opened = false;
    for (;;) {
        ask_path(ask, "/v1/jobs");
        ask_segment(ask, job);
        int code = ask_get(ask);
        if (code) {
            return code;
        }
        struct json result = json_get(ask->said, "result");
        struct slice open = ask_text(result, "open"), state = ask_text(ask->said, "state");
        size_t n = 0;
        is_wrong = false; /* what nothing had answered to may have come right since */
        for (struct json_iter i = json_iter(json_get(result, "checks")); json_next(&i); n++) {
            is_wrong |= slice_is(ask_text(i.value, "state"), "wrong");
            if (n >= said && !ask->is_json) {
                say_check(i.value);
            }
        }
        said = n > said ? n : said;
        if (open.n && !has_opened) {
            has_opened = true;
            fprintf(stderr, "Open this address:\n\n  %.*s\n\n", SLICE_ARG(open));
        }
        if (slice_is(state, "done") || slice_is(state, "failed")) {
            if (ask->is_json) {
                ask_print_json(ask);
            } else {
                ask_say("it ended: ", ask->said, "error");
                putchar('\n');
            }
            return is_wrong || slice_is(state, "failed");
        }
        const struct timespec pause = {.tv_nsec = 300 * 1000 * 1000};
        (void)nanosleep(&pause, NULL);
    }
}

static int connect_it(struct channel *ch, const char *command)
{
    struct ask *ask = &ch->ask;
    bool is_there = false;
    if (ask->dir.lone) {
        fprintf(stderr,
                "truecount %s: no server runs on this data directory: start truecount serve first, "
                "channels call it back\n",
                command);
        return 2;
    }
    int code = look_up(ch, &is_there);
    if (code) {
        return code;
    }
    struct slice kept = is_there ? ask_keep(ask, ask->said, "connector") : (struct slice){0};
    struct slice name = ch->connector ? slice_of(ch->connector) : kept;
    const struct connector *c = connector_find(name);
    if (!c || (is_there && !slice_equal(kept, name))) {
        fprintf(stderr,
                "truecount %s: %s: see truecount channel fields\n",
                command,
                is_there ? "a channel keeps its connector"
                : name.n ? "there is no such connector"
                         : "a new channel needs --connector NAME");
        return 2;
    }
    ch->is_new = !is_there;
    code = check_words(ch, c, command);
    if (!code && (ch->is_new || ch->words_count > 1)) {
        code = save(ch, c, command);
    }
    if (!code) {
        struct json_writer w = ask_body(ask);
        json_begin_object(&w);
        json_end_object(&w);
        ask_path(ask, "/v1/channels");
        ask_segment(ask, ch->words[0]);
        ask_segment(ask, "connect");
        code = ask_send(ask, "POST");
    }
    struct slice job = code ? (struct slice){0} : ask_keep(ask, ask->said, "job");
    return code ? code : follow(ch, job.p ? job.p : "");
}

static int connect_verb(int argc, char **argv)
{
    struct channel ch = {0};
    struct words words = {
        .usage = "CODE [FIELD=VALUE...]", .min = 1, .max = WORDS_MAX, .items = ch.words};
    const struct option options[] = {
        ASK_OPTIONS(&ch.ask),
        {"connector",
         OPTION_TEXT,
         "NAME",
         "the platform, for a new channel: truecount channel fields lists them",
         .text = &ch.connector}};
    enum options_result r = options_parse_words(
        argc,
        argv,
        "Connects a shop: takes its credentials, checks what they may do, subscribes to its "
        "deliveries and\nproves that they arrive. On a terminal it asks for what is missing; a new "
        "channel begins in shadow.\nMay be run again at any time. Exit 1 when something is wrong.",
        options,
        COUNT_OF(options),
        &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    ch.words_count = words.count;
    int code = ask_begin(&ch.ask, argv[0]);
    return ask_end(&ch.ask, code ? code : connect_it(&ch, argv[0]));
}

/* ---- what there is ---- */

static int fields_verb(int argc, char **argv)
{
    static const struct column platforms[] = {{"connector", false}, {"platform", false}};
    static const struct column columns[] = {
        {"field", false}, {"kind", false}, {"where it is found", false}};
    const char *names[1] = {0};
    struct words words = {.usage = "[CONNECTOR]", .max = 1, .items = names};
    enum options_result r = options_parse_words(
        argc, argv, "Lists the connectors, or what one of them asks for.", NULL, 0, &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    const struct connector *c = words.count ? connector_find(slice_of(names[0])) : NULL;
    if (words.count && !c) {
        fprintf(stderr, "truecount %s: there is no connector '%s'\n", argv[0], names[0]);
        return 2;
    }
    struct table *table =
        c ? table_new(columns, COUNT_OF(columns)) : table_new(platforms, COUNT_OF(platforms));
    for (const char *const *name = connector_names(); !c && *name; name++) {
        const struct connector *one = connector_find(slice_of(*name));
        table_str(table, *name);
        table_str(table, one && one->title ? one->title : *name);
    }
    for (size_t i = 0; c && i < c->fields_count; i++) {
        const struct connector_field *field = &c->fields[i];
        table_str(table, field->name);
        table_printf(table,
                     "%s%s",
                     field->is_secret ? "secret" : "setting",
                     field->is_optional ? ", optional" : "");
        table_str(table, field->help);
    }
    struct ask none = {0};
    return ask_table(&none, table, "It asks for nothing.");
}

static void put_row(void *arg, struct json item)
{
    static const char *const keys[] = {"code", "connector", "mode", "paused", "opened_at"};
    struct channel *ch = arg;
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        table_json(ch->table, json_get(item, keys[i]));
    }
    struct slice at = ask_text(json_get(item, "settings"), "connected_at");
    table_printf(ch->table, "%.*s", (int)at.n, at.p ? at.p : "");
}

static int list_verb(int argc, char **argv)
{
    static const struct column columns[] = {{"code", false},
                                            {"connector", false},
                                            {"mode", false},
                                            {"paused", false},
                                            {"opened", false},
                                            {"connected", false}};
    struct channel ch = {0};
    struct words words = {.usage = "", .items = ch.words};
    const struct option options[] = {ASK_OPTIONS(&ch.ask)};
    enum options_result r =
        options_parse_words(argc, argv, "Lists the channels.", options, COUNT_OF(options), &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    int code = ask_begin(&ch.ask, argv[0]);
    if (code) {
        return ask_end(&ch.ask, code);
    }
    ch.table = table_new(columns, COUNT_OF(columns));
    ask_path(&ch.ask, "/v1/channels");
    code = ask_list(&ch.ask, 0, put_row, &ch);
    if (code || ch.ask.is_json) {
        table_free(ch.table);
        return ask_end(&ch.ask, code);
    }
    return ask_end(
        &ch.ask,
        ask_table(&ch.ask, ch.table, "There are none yet: truecount channel connect makes one."));
}

static int mode_verb(int argc, char **argv)
{
    struct channel ch = {0};
    struct words words = {.usage = "CODE MODE", .min = 2, .max = 2, .items = ch.words};
    const struct option options[] = {ASK_OPTIONS(&ch.ask)};
    enum options_result r = options_parse_words(
        argc,
        argv,
        "off: deliveries are kept, nothing is applied; shadow: orders are applied, its stock is "
        "never written;\nlive: its stock is written too.",
        options,
        COUNT_OF(options),
        &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    int code = ask_begin(&ch.ask, argv[0]);
    if (!code) {
        struct json_writer w = ask_body(&ch.ask);
        json_begin_object(&w);
        json_field_str(&w, "mode", ch.words[1]);
        json_end_object(&w);
        ask_path(&ch.ask, "/v1/channels");
        ask_segment(&ch.ask, ch.words[0]);
        code = ask_send(&ch.ask, "PATCH");
    }
    if (!code && ch.ask.is_json) {
        ask_print_json(&ch.ask);
    } else if (!code) {
        ask_say("", ch.ask.said, "code");
        ask_say(" is ", ch.ask.said, "mode");
        putchar('\n');
    }
    return ask_end(&ch.ask, code);
}

int cmd_channel(int argc, char **argv)
{
    static const struct action actions[] = {
        {"connect", "CODE [FIELD=VALUE...]", "credentials, rights, deliveries", connect_verb},
        {"fields", "[CONNECTOR]", "the platforms, and what each asks for", fields_verb},
        {"mode", "CODE MODE", "off, shadow or live", mode_verb},
        {"list", "", "all of them", list_verb},
        {"audit", "CODE", "read all its counts back now", channel_audit},
        {"shadow", "CODE", "what shadow mode has shown", channel_shadow},
        {"checklist", "CODE", "may it be taken over", channel_checklist},
        {"cutover", "CODE [--at TIME]", "from shadow to live, watched", channel_cutover},
        {"rollback", "CODE", "back to shadow", channel_rollback},
        {"pause", "CODE | --all", "no count leaves from now on", channel_pause},
        {"resume", "CODE | --all", "they leave again", channel_resume},
    };
    return actions_run(argc,
                       argv,
                       "Connected shops and marketplaces: one channel for each account.",
                       actions,
                       COUNT_OF(actions));
}
