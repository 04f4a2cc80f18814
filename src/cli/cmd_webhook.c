/* SPDX-License-Identifier: Apache-2.0 */
/* webhook: addresses that are told of incidents. */
#include "cli/actions.h"
#include "cli/ask.h"
#include "cli/cmd.h"

#define EVENTS_MAX 10

struct webhook {
    struct ask ask;
    const char *words[1 + EVENTS_MAX];
    size_t words_count;
    struct table *table;
};

/* The options, the words, and the conversation's beginning; -1: go on. */
static int begin(struct webhook *h, int argc, char **argv, const char *summary, struct words words)
{
    const struct option options[] = {ASK_OPTIONS(&h->ask)};
    words.items = h->words;
    enum options_result r =
        options_parse_words(argc, argv, summary, options, COUNT_OF(options), &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    h->words_count = words.count;
    int code = ask_begin(&h->ask, argv[0]);
    return code ? ask_end(&h->ask, code) : -1;
}

static void path_of(struct webhook *h, const char *last)
{
    ask_path(&h->ask, "/v1/webhooks");
    ask_segment(&h->ask, h->words[0]);
    if (last) {
        ask_segment(&h->ask, last);
    }
}

static void say_secret(struct webhook *h)
{
    struct ask *ask = &h->ask;
    if (ask->is_json) {
        ask_print_json(ask);
        return;
    }
    ask_say("Webhook ", ask->said, "id");
    ask_say(" to ", ask->said, "url");
    ask_say("\nIts secret, which is not shown again:\n", ask->said, "secret");
    putchar('\n');
}

static void put_row(void *arg, struct json item)
{
    static const char *const keys[] = {
        "id", "state", "pending", "failing_since", "last_at", "last_status", "url"};
    struct webhook *h = arg;
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        table_json(h->table, json_get(item, keys[i]));
    }
}

static int list_verb(int argc, char **argv)
{
    static const struct column columns[] = {{"id", true},
                                            {"state", false},
                                            {"waiting", true},
                                            {"failing since", false},
                                            {"last tried", false},
                                            {"answer", true},
                                            {"address", false}};
    struct webhook h = {0};
    int code = begin(
        &h, argc, argv, "Lists the webhooks, and how they fare.", (struct words){.usage = ""});
    if (code >= 0) {
        return code;
    }
    h.table = table_new(columns, COUNT_OF(columns));
    ask_path(&h.ask, "/v1/webhooks");
    code = ask_list(&h.ask, 0, put_row, &h);
    if (code || h.ask.is_json) {
        table_free(h.table);
        return ask_end(&h.ask, code);
    }
    return ask_end(
        &h.ask, ask_table(&h.ask, h.table, "There are none yet: truecount webhook add makes one."));
}

static int add_verb(int argc, char **argv)
{
    struct webhook h = {0};
    int code = begin(&h,
                     argc,
                     argv,
                     "Tells an address of incidents from now on, and prints the secret that signs "
                     "the messages.\nEVENT is incident.opened, incident.updated or "
                     "incident.resolved; without any, all of them.",
                     (struct words){.usage = "URL [EVENT...]", .min = 1, .max = 1 + EVENTS_MAX});
    if (code >= 0) {
        return code;
    }
    struct json_writer w = ask_body(&h.ask);
    json_begin_object(&w);
    json_field_str(&w, "url", h.words[0]);
    if (h.words_count > 1) {
        json_key(&w, "events");
        json_begin_array(&w);
        for (size_t i = 1; i < h.words_count; i++) {
            json_put_text(&w, slice_of(h.words[i]));
        }
        json_end_array(&w);
    }
    json_end_object(&w);
    ask_path(&h.ask, "/v1/webhooks");
    code = ask_send(&h.ask, "POST");
    if (!code) {
        say_secret(&h);
    }
    return ask_end(&h.ask, code);
}

static const struct words one_id = {.usage = "ID", .min = 1, .max = 1};

static int rotate_verb(int argc, char **argv)
{
    struct webhook h = {0};
    int code = begin(&h,
                     argc,
                     argv,
                     "Makes another secret and prints it. For a day each message is signed with "
                     "both.",
                     one_id);
    if (code >= 0) {
        return code;
    }
    (void)ask_body(&h.ask);
    path_of(&h, "rotate");
    code = ask_send(&h.ask, "POST");
    if (!code) {
        say_secret(&h);
    }
    return ask_end(&h.ask, code);
}

static int test_verb(int argc, char **argv)
{
    struct webhook h = {0};
    bool arrived = false;
    int code = begin(&h,
                     argc,
                     argv,
                     "Sends a test message now and says what became of it. Exit 1 when it did not "
                     "arrive.",
                     one_id);
    if (code >= 0) {
        return code;
    }
    (void)ask_body(&h.ask);
    path_of(&h, "test");
    code = ask_send(&h.ask, "POST");
    if (code) {
        return ask_end(&h.ask, code);
    }
    (void)json_bool(json_get(h.ask.said, "arrived"), &arrived);
    if (h.ask.is_json) {
        ask_print_json(&h.ask);
    } else if (arrived) {
        printf("It arrived: the answer was %" PRId64 ".\n", ask_int(h.ask.said, "status"));
    } else {
        ask_say("It did not arrive: ", h.ask.said, "error");
        putchar('\n');
    }
    return ask_end(&h.ask, arrived ? 0 : 1);
}

static int switch_to(int argc, char **argv, const char *summary, const char *state)
{
    struct webhook h = {0};
    int code = begin(&h, argc, argv, summary, one_id);
    if (code >= 0) {
        return code;
    }
    struct json_writer w = ask_body(&h.ask);
    json_begin_object(&w);
    json_field_str(&w, "state", state);
    json_end_object(&w);
    path_of(&h, NULL);
    code = ask_send(&h.ask, "PATCH");
    if (!code && h.ask.is_json) {
        ask_print_json(&h.ask);
    } else if (!code) {
        ask_say("Webhook ", h.ask.said, "id");
        ask_say(" is ", h.ask.said, "state");
        printf(", %" PRId64 " waiting\n", ask_int(h.ask.said, "pending"));
    }
    return ask_end(&h.ask, code);
}

static int enable_verb(int argc, char **argv)
{
    return switch_to(argc, argv, "Switches a webhook on. It goes on where it stopped.", "active");
}

static int disable_verb(int argc, char **argv)
{
    return switch_to(
        argc, argv, "Switches a webhook off. What happens meanwhile waits.", "disabled");
}

static int remove_verb(int argc, char **argv)
{
    struct webhook h = {0};
    int code = begin(&h, argc, argv, "Takes a webhook away.", one_id);
    if (code >= 0) {
        return code;
    }
    (void)ask_body(&h.ask);
    path_of(&h, NULL);
    code = ask_send(&h.ask, "DELETE");
    if (!code && !h.ask.is_json) {
        printf("Webhook %s is gone.\n", h.words[0]);
    }
    return ask_end(&h.ask, code);
}

int cmd_webhook(int argc, char **argv)
{
    static const struct action actions[] = {
        {"list", "", "all of them, and how they fare", list_verb},
        {"add", "URL [EVENT...]", "tell an address of incidents", add_verb},
        {"test", "ID", "send a test message", test_verb},
        {"rotate", "ID", "another secret", rotate_verb},
        {"disable", "ID", "switch it off", disable_verb},
        {"enable", "ID", "switch it on again", enable_verb},
        {"remove", "ID", "take it away", remove_verb},
    };
    return actions_run(
        argc, argv, "Addresses that are told of incidents.", actions, COUNT_OF(actions));
}
