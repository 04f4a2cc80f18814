/* SPDX-License-Identifier: Apache-2.0 */
/*
 * incident - what an operator must see: opened once, followed, closed when it is cured.
 *
 *   OPEN --seen again--> OPEN (times, updated_at) --cured, or a person with a reason--> RESOLVED
 *
 * At most one is open per code and subject. Each opening, change and closing is an event of kind
 * "incident" in the same commit, with the incident's number as its subject: live streams, outgoing
 * webhooks and mail follow the log. Seen again within INCIDENT_QUIET_US, an incident is left as it
 * is: a flood of causes costs nothing.
 *
 * What a kind means for stock, what the server does about it and until when is the same for all
 * incidents of that kind and stands in one table (INCIDENT_KINDS); what happened and what the
 * operator must do is each incident's own.
 */
#pragma once
#include "engine/engine.h"

struct batch;

#define INCIDENT_QUIET_US (10 * US_PER_S)

enum incident_urgency { URGENCY_NOW, URGENCY_SOON, URGENCY_INFO };

struct incident_kind {
    const char *code;
    enum incident_urgency urgency;
    const char *meaning; /* for stock */
    const char *doing;   /* what the server does meanwhile */
    const char *until;   /* when it ends */
};
/* NULL when the code is not in the table. */
const struct incident_kind *incident_kind(struct slice code);
const char *incident_urgency_text(enum incident_urgency urgency);

struct incident_text {
    const char *code;
    struct slice subject, channel, sku, order, title, detail, action;
    int64_t delivery;
    int64_t until_us; /* wall; 0: nobody knows */
};
/* Opens it, or sees again the one of the same code and subject that is open. */
void batch_incident(struct batch *b, const struct incident_text *text);
/* Cured: it closes by itself. `why` says by what; may be NULL. */
void batch_incident_close(struct batch *b, const char *code, struct slice subject);
void batch_incident_over(struct batch *b, const char *code, struct slice subject, const char *why);
void batch_incident_cured(struct batch *b, struct incident_row *row, const char *why);
/* A person closes it, and says why. */
void batch_incident_resolve(struct batch *b,
                            struct incident_row *row,
                            struct slice by,
                            struct slice reason);

/* Not a route: a timer's. Closes what has been cured meanwhile, where no event of its own says so.
 */
void requests_close_incidents(struct batch *b, struct turn *turn);
