/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of notify only. */
#pragma once
#include "push/notify.h"

#define NOTIFY_PAGE 500
#define NOTIFY_AGAIN_US (US_PER_S) /* after a fault of our own */

/* One outlet, while this server runs. */
struct sender {
    struct outlet_report report; /* first: the turn's owner */
    char reason[300];            /* of the report */
    struct notify *notify;
    struct sender *next;
    bool is_busy;
    bool is_unreported; /* what became of a message could not be committed yet: that comes first */
    int64_t passed;     /* events up to here are none that it wants */
    int64_t not_before_us; /* mono: after a fault of our own */
    outlet_trial_fn *trial;
    void *trial_arg;
};

struct notify {
    struct notify_config config;
    struct store *reader;
    struct env_timer *timer;
    int64_t due_us;     /* of the timer, mono; below 0: not set */
    struct arena arena; /* of one look */
    struct json_doc *parser;
    struct sender *senders;
    const struct config *channels; /* NULL: not known yet */
    char address[300];
    bool is_stopping;
    uint64_t sent, failed; /* tries: messages taken, and not */
};

/* -1: nothing to wait for; else look again after so long. */
/* False: nothing is left to report. True: it is busy with that; *out_wait_us: look again then, or -1. */
bool notify_report_again(struct sender *sender, int64_t *out_wait_us);
int64_t notify_mail_look(struct notify *n, const struct outlet_row *row);
struct sender *notify_sender(struct notify *n, int64_t outlet); /* NULL: out of memory */
void notify_later(struct notify *n, int64_t delay_us);
/* What became of the message under way: into a turn, then the next look. */
void notify_report(struct sender *sender,
                   const struct env_reply *reply,
                   bool arrived,
                   int64_t retry_after_us);
/* The incident that an event is about; NULL when it is not there. */
const struct incident_row *
notify_incident(struct notify *n, const struct event_row *event, enum err *out_err);
