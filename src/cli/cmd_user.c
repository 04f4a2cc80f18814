/* SPDX-License-Identifier: Apache-2.0 */
/*
 * user: who may log in, for whoever has the data directory: also when nobody can log in any more.
 * A password comes from standard input, never from the command line, where others could read it.
 */
#include <termios.h>
#include <unistd.h>

#include "base/crypto.h"
#include "cli/actions.h"
#include "cli/ask.h"
#include "cli/cmd.h"

#define PASSWORD_ROOM 512

struct user {
    struct ask ask;
    const char *words[1], *role;
    struct table *table;
    bool may_have_role;
};

static const struct words one_name = {.usage = "NAME", .min = 1, .max = 1};

/* The options, the words, and the conversation's beginning; -1: go on. */
static int begin(struct user *u, int argc, char **argv, const char *summary, struct words words)
{
    const struct option options[] = {
        ASK_OPTIONS(&u->ask),
        {"role", OPTION_TEXT, "ROLE", "read, operate or admin (operate)", .text = &u->role}};
    words.items = u->words;
    enum options_result r = options_parse_words(
        argc, argv, summary, options, COUNT_OF(options) - !u->may_have_role, &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    int code = ask_begin(&u->ask, argv[0]);
    return code ? ask_end(&u->ask, code) : -1;
}

static void path_of(struct user *u)
{
    ask_path(&u->ask, "/v1/users");
    ask_segment(&u->ask, u->words[0]);
}

/* The first line of standard input; a terminal does not show it. False: there is none. */
static bool read_password(const struct user *u, char out[PASSWORD_ROOM])
{
    struct termios was, quiet;
    bool is_terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &was) == 0;
    if (is_terminal) {
        quiet = was;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        (void)fprintf(stderr, "password for %s: ", u->words[0]);
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    bool is_there = fgets(out, PASSWORD_ROOM, stdin) != NULL;
    if (is_terminal) {
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
        (void)fputc('\n', stderr);
    }
    if (is_there) {
        out[strcspn(out, "\r\n")] = '\0';
    }
    if (!is_there || !out[0]) {
        (void)fprintf(stderr,
                      "truecount %s: the password is read from standard input, and there is none\n",
                      u->ask.command);
        return false;
    }
    return true;
}

static int say(struct user *u, int code, const char *what)
{
    if (!code && u->ask.is_json) {
        ask_print_json(&u->ask);
    } else if (!code) {
        ask_say("User ", u->ask.said, "name");
        printf(" %s", what);
        ask_say(", role ", u->ask.said, "role");
        ask_say("\n", u->ask.said, "advice");
        putchar('\n');
    }
    return ask_end(&u->ask, code);
}

static int add_verb(int argc, char **argv)
{
    char password[PASSWORD_ROOM];
    struct user u = {.role = "operate", .may_have_role = true};
    int code = begin(&u,
                     argc,
                     argv,
                     "Lets a person in. The password is read from standard input; a terminal does "
                     "not show it.",
                     one_name);
    if (code >= 0) {
        return code;
    }
    if (!read_password(&u, password)) {
        return ask_end(&u.ask, 2);
    }
    struct json_writer w = ask_body(&u.ask);
    json_begin_object(&w);
    json_field_str(&w, "name", u.words[0]);
    json_field_str(&w, "role", u.role);
    json_field_str(&w, "password", password);
    json_end_object(&w);
    crypto_wipe(password, sizeof(password));
    ask_path(&u.ask, "/v1/users");
    return say(&u, ask_send(&u.ask, "POST"), "may log in");
}

static int password_verb(int argc, char **argv)
{
    char password[PASSWORD_ROOM];
    struct user u = {0};
    int code = begin(&u,
                     argc,
                     argv,
                     "Gives a user another password, read from standard input, and lets them in "
                     "again.\nTheir sessions end, and so does their second factor.",
                     one_name);
    if (code >= 0) {
        return code;
    }
    if (!read_password(&u, password)) {
        return ask_end(&u.ask, 2);
    }
    struct json_writer w = ask_body(&u.ask);
    json_begin_object(&w);
    json_field_str(&w, "password", password);
    json_field_bool(&w, "totp", false);
    json_field_bool(&w, "disabled", false);
    json_end_object(&w);
    crypto_wipe(password, sizeof(password));
    path_of(&u);
    return say(&u, ask_send(&u.ask, "PATCH"), "has another password");
}

static int disable_verb(int argc, char **argv)
{
    struct user u = {0};
    int code = begin(&u, argc, argv, "Shuts a user out. Their sessions end at once.", one_name);
    if (code >= 0) {
        return code;
    }
    struct json_writer w = ask_body(&u.ask);
    json_begin_object(&w);
    json_field_bool(&w, "disabled", true);
    json_end_object(&w);
    path_of(&u);
    return say(&u, ask_send(&u.ask, "PATCH"), "may not log in");
}

static void put_row(void *arg, struct json item)
{
    static const char *const keys[] = {
        "name", "role", "disabled", "totp", "created_at", "last_login_at"};
    struct user *u = arg;
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        table_json(u->table, json_get(item, keys[i]));
    }
}

static int list_verb(int argc, char **argv)
{
    static const struct column columns[] = {{"name", false},
                                            {"role", false},
                                            {"disabled", false},
                                            {"second factor", false},
                                            {"since", false},
                                            {"last login", false}};
    struct user u = {0};
    int code = begin(&u, argc, argv, "Lists who may log in.", (struct words){.usage = ""});
    if (code >= 0) {
        return code;
    }
    u.table = table_new(columns, COUNT_OF(columns));
    ask_path(&u.ask, "/v1/users");
    code = ask_list(&u.ask, 0, put_row, &u);
    if (code || u.ask.is_json) {
        table_free(u.table);
        return ask_end(&u.ask, code);
    }
    return ask_end(&u.ask,
                   ask_table(&u.ask, u.table, "There are none yet: truecount user add makes one."));
}

int cmd_user(int argc, char **argv)
{
    static const struct action actions[] = {
        {"list", "", "who may log in", list_verb},
        {"add", "NAME", "let a person in", add_verb},
        {"password", "NAME", "another password, for who is locked out", password_verb},
        {"disable", "NAME", "shut them out", disable_verb},
    };
    return actions_run(argc, argv, "Who may log in.", actions, COUNT_OF(actions));
}
