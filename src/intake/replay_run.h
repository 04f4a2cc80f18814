/* SPDX-License-Identifier: Apache-2.0 */
/* replay_run - one replay under way; shared by replays.c (the loop's side) and replay_run.c (the
 * thread's). */
#pragma once
#include <pthread.h>

#include "engine/rehearsal.h"
#include "engine/replay_report.h"
#include "intake/replays.h"

struct replay_tally {
    int64_t seen, outcomes[REPLAY_SKIPPED + 1];
    int64_t without_body; /* erased after its time */
    int64_t failed;       /* could not be applied, whatever the reason */
    int64_t fetches;      /* orders asked for again */
    int64_t pushes;       /* listings looked at again */
    int64_t through;      /* the last delivery or push that was looked at */
};

struct replay_run {
    const struct replays_config *config;
    struct replay_order order;
    struct replay_run *older; /* the loop's, and the next */
    bool is_joined;
    pthread_t thread;

    pthread_mutex_t lock;
    pthread_cond_t woken;
    /* under the lock */
    struct turn *finished; /* applied, to be counted by the thread; oldest first */
    size_t under_way;
    size_t steps;      /* turns that show progress, under way */
    enum err step_err; /* of the last of them */
    bool is_stopping, is_closed;
    struct store *reader;

    /* the thread's */
    struct config *channels;
    struct json_doc *parser;
    struct arena page;
    struct rehearsal *alone, *together; /* of a dry run: against the present; one after the other */
    bool is_full;                       /* together has no room left, or failed */
    struct replay_report report;
    struct replay_tally tally;
    int64_t total, shown_at_us;
    int64_t last; /* what arrives behind it is no past any more */
    struct err_note error;

    int64_t fetches_left; /* the loop's */
};

/* The thread: all of it. */
void *replay_run_all(void *run);
/* On the loop: a turn of it has ended. */
void replay_run_applied(struct turn *turn);
void replay_run_stepped(struct turn *turn);
