/* SPDX-License-Identifier: Apache-2.0 */
/* count - what the files of the command `count` share. */
#pragma once
#include "cli/ask.h"

struct count {
    struct ask ask;
    const char *words[WORDS_MAX]; /* the first is the session's id, where there is one */
    const char *reference, *reason, *state;
    bool is_blind;
    struct table *table;
};

int count_show(struct count *count); /* the session in the last answer; the exit code */

/* A request with lines for the session: begin, count_line for each, send (ask_try's way). */
struct json_writer count_lines_begin(struct count *count);
void count_line(struct json_writer *w, struct slice sku, int64_t quantity);
MUST_USE int count_lines_send(struct count *count, struct json_writer *w);

/* Codes from stdin, one a line, each of which counts one more. The exit code. */
int count_scan(struct count *count);
