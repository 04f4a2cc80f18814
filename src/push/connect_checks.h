/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connect_checks - what connecting a channel has found so far, as the job shows it.
 *
 * Rows are only added, so that whoever prints them as they come prints each once. One exception:
 * while nothing answers, the last row says so, as a failed check with what to do. It stays until
 * something answers, when it says that, or until it is given up.
 */
#pragma once
#include "base/buf.h"
#include "channels/connector.h"

struct connect_checks {
    struct buf rows; /* JSON objects with commas between */
    int64_t count;
    bool is_wrong, has_made;
    bool is_unsaid; /* the job does not show all of it yet; whoever shows it takes this back */
    bool is_trying; /* the last row says that nothing answers */
    size_t trying_from;
};

void connect_checks_init(struct connect_checks *checks, size_t bytes_max);
void connect_checks_free(struct connect_checks *checks);
void connect_checks_say(struct connect_checks *checks,
                        enum connect_state state,
                        const char *what,
                        struct slice detail);
/* Nothing usable came from base_url, and it is tried again: the address may be wrong. */
void connect_checks_trying(struct connect_checks *checks, struct slice base_url, const char *why);
void connect_checks_answers(struct connect_checks *checks); /* something does, if it had not */
void connect_checks_give_up(struct connect_checks *checks); /* nothing did: the row stays */
/* The row goes: what the caller says next takes its place. */
void connect_checks_take_back(struct connect_checks *checks);
