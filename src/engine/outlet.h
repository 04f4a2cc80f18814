/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outlet - the rules for telling the outside of incidents: what is told, to whom, and when again.
 *
 *   ACTIVE --message arrived--> ACTIVE (told moves on)
 *   ACTIVE --in vain--> ACTIVE (the same message again, later and later, the others behind it)
 *   ACTIVE --410, or nothing but failures for OUTLET_GIVEN_UP_US--> DISABLED, with an incident
 *   DISABLED --a person--> ACTIVE: goes on where it stopped
 *
 * A message is one event of kind "incident" for a webhook, all that wait for the mail. Its id is
 * made of what never changes, so that a receiver knows it again whatever happened to us meanwhile.
 */
#pragma once
#include "engine/engine.h"
#include "engine/request.h"
#include "engine/show.h"

#define OUTLETS_MAX 20          /* webhooks that are not gone */
#define OUTLET_PENDING_MAX 1000 /* more that wait are not counted */
#define OUTLET_GIVEN_UP_US (5 * 24 * 3600 * US_PER_S)
#define OUTLET_GIVEN_UP_ATTEMPTS 5 /* at least: a clock that jumps disables nothing */
#define OUTLET_ROTATION_US (24 * 3600 * US_PER_S)

/* What is told: bits of outlet_row.wants. */
#define TALE_OPENED 1
#define TALE_UPDATED 2
#define TALE_RESOLVED 4
#define TALES_ALL (TALE_OPENED | TALE_UPDATED | TALE_RESOLVED)

/* Which of them an event of kind "incident" tells, by its facts; 0: none that we know. */
int64_t tale_of(struct json_doc *parser, const struct event_row *event);
const char *tale_text(int64_t tale);   /* "incident.opened" */
int64_t tale_parse(struct slice text); /* 0: none */

/* How many events wait for it, OUTLET_PENDING_MAX at most. */
MUST_USE enum err outlet_pending(struct store *store, const struct outlet_row *row, size_t *out);

/* Between an attempt in vain, the nth, and the next: random 0 to 65535 spreads it by a fifth. */
int64_t outlet_retry_us(enum outlet_kind kind, int64_t attempts, uint16_t random);
/* How long it still waits; 0: it may be sent now. A clock that was put back holds nothing up. */
int64_t outlet_wait_us(const struct outlet_row *row, int64_t now_us);
/* Is it to be disabled after this failure? */
bool outlet_is_given_up(const struct outlet_row *row, int status, int64_t now_us);

/* The id of the message about an event. */
struct slice
outlet_message_id(const struct outlet_row *row, const struct event_row *event, struct arena *arena);

/* Keys at rest: the texts of one, and of the one before (may be empty). */
struct outlet_secrets {
    struct slice now, before;
};
MUST_USE enum err outlet_seal(const struct vault *vault,
                              int64_t id,
                              const uint8_t nonce[24],
                              const struct outlet_secrets *secrets,
                              struct arena *arena,
                              struct slice *out);
MUST_USE enum err outlet_open(const struct vault *vault,
                              const struct outlet_row *row,
                              struct arena *arena,
                              struct outlet_secrets *out);

/* As the API shows it. secret: once, or empty. */
void show_outlet(struct show *s, const struct outlet_row *row, size_t pending, struct slice secret);

/* What became of an attempt. */
struct outlet_report {
    int64_t outlet;
    bool arrived;
    bool is_trial; /* a test message: nothing of what waits */
    int64_t told;  /* the event that arrived, or the last of several */
    int status;    /* 0: no answer */
    int64_t retry_after_us;
    struct slice reason;
    int64_t at_us; /* wall */
};
/* Not routes, the sender's. turn->owner is the struct outlet_report, or begins with one. */
request_fn request_outlet_report;
/* Not a route: at start. args: {"on" or "off"}: are mails sent? From now on, when they were not. */
request_fn request_outlet_mail;

/* What became of a test message. */
struct outlet_trial {
    bool is_there, is_busy; /* busy: another message is under way to it */
    bool arrived;
    int status;
    const char *reason; /* NULL when it arrived */
    int64_t took_us;
};
typedef void outlet_trial_fn(void *arg, const struct outlet_trial *trial);
