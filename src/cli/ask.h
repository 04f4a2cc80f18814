/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ask - one command's conversation with the API of a data directory (data_dir_serve).
 *
 * A command sets up its options (ASK_OPTIONS), begins, asks, draws what was said or prints it as it
 * came (--json), and ends. Every write carries a fresh Idempotency-Key, so that a connection that
 * breaks, or a server that stops in the middle, is asked again without doing anything twice.
 *
 * Exit codes: 0; 1 refused, nothing was changed (what was named is not there, units are missing);
 * 2 it could not be asked, or not like this. What is wrong goes to stderr in a line that begins
 * with the command's name; missing units follow as a table. With --json the problem goes to stdout.
 */
#pragma once
#include "base/json_write.h"
#include "cli/data_dir.h"
#include "cli/options.h"
#include "cli/table.h"

struct ask {
    const char *data, *key_file; /* from the options, and the next */
    bool is_json;
    const char *type; /* of the bodies it sends; NULL: JSON */
    const char *command;
    struct data_dir dir;
    struct json_doc *doc;
    struct arena arena; /* for what must outlive the next answer */
    struct buf path, body, answer;
    int status;
    struct json said; /* the last answer; lives until the next request */
};

/* The first entries of a command's table of options. */
#define ASK_OPTIONS(ask)                                                                           \
    {"data", OPTION_TEXT, "DIR", "the data directory", .is_required = true, .text = &(ask)->data}, \
        {"key-file",                                                                               \
         OPTION_TEXT,                                                                              \
         "FILE",                                                                                   \
         "as truecount serve has it (secrets.key in DIR)",                                         \
         .text = &(ask)->key_file},                                                                \
    {                                                                                              \
        "json", OPTION_SWITCH, NULL, "print the API's JSON instead of tables",                     \
            .is_set = &(ask)->is_json                                                              \
    }

/* 0, or the exit code after saying why. ask_end either way. */
MUST_USE int ask_begin(struct ask *ask, const char *command);
/* Gives back `code`, or 1 when stdout did not take what was printed. */
int ask_end(struct ask *ask, int code);

/* The path of the next request: ask_path(a, "/v1/stock"), then segments, then the query. */
void ask_path(struct ask *ask, const char *path);
void ask_segment(struct ask *ask, const char *text);                  /* percent-encoded */
void ask_query(struct ask *ask, const char *name, const char *value); /* NULL leaves it out */
/* The body of the next request: empty and ready for one value. */
struct json_writer ask_body(struct ask *ask);

/* Sends it. 0 and the answer in ask->said, or the exit code after saying what is wrong. */
MUST_USE int ask_get(struct ask *ask);
MUST_USE int ask_send(struct ask *ask, const char *method); /* with the body */
/* The same, but a refusal is for the caller to say: ask_refused. */
MUST_USE int ask_try(struct ask *ask, const char *method, struct slice body);
int ask_refused(struct ask *ask);

/* The last answer as it came, on a line. */
void ask_print_json(const struct ask *ask);

/*
 * All pages of the list at the path, or rows up to `limit` (0: all of it when stdout is no
 * terminal, else 100), each given to `row`, or printed when --json is set: a page a line. Where it
 * stopped early, stderr says how to go on.
 */
MUST_USE int
ask_list(struct ask *ask, int64_t limit, void (*row)(void *arg, struct json item), void *arg);
/* Prints the table on stdout, or `nothing` when it is empty, and frees it. The exit code. */
int ask_table(const struct ask *ask, struct table *table, const char *nothing);

/* Members of an answer. */
struct slice ask_text(struct json object, const char *key); /* empty when it is none */
int64_t ask_int(struct json object, const char *key);       /* 0 when it is none */
/* Prints `before` and the member on stdout; nothing when there is none. */
void ask_say(const char *before, struct json object, const char *key);
struct slice ask_keep(struct ask *ask, struct json object, const char *key);
