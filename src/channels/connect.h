/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connect - what connectors share when they connect an account: what one answer found, in the words
 * of people, and the addresses and secrets that subscriptions are made with.
 *
 * Findings are collected as an answer is read and become its report at the end; the arena holds all
 * of it. A full arena or more findings than FINDINGS_MAX end the exchange with ERR_LIMIT: nothing
 * is left out silently.
 */
#pragma once
#include "base/buf.h"
#include "channels/connector.h"

#define FINDINGS_MAX 64

struct findings {
    struct arena *arena;
    struct connect_check list[FINDINGS_MAX];
    size_t count;
    bool overflow;
};

static inline void findings_init(struct findings *f, struct arena *arena)
{
    *f = (struct findings){.arena = arena};
}
/* `what` stays as it is: a constant, or text in the arena. `detail` is kept as it is, too. */
void finding_add(struct findings *f,
                 enum connect_state state,
                 const char *what,
                 struct slice detail);
/* The same with a printed detail. */
void finding_printf(struct findings *f,
                    enum connect_state state,
                    const char *what,
                    const char *detail,
                    ...) PRINTF_LIKE(4, 5);
/* Hands the findings over to the report. */
MUST_USE enum err
findings_report(struct findings *f, struct connect_report *out, struct err_note *note);

/* A text that a platform gave, cut to what fits into a line. */
struct slice connect_short(struct slice text);

/* Is there an address for deliveries, and an https one where the platform insists on it
 * (https_only; not for a platform that is on plain http itself, in tests)? Otherwise a finding says
 * what to do. */
bool connect_can_subscribe(const struct account *account,
                           const struct step *step,
                           bool https_only,
                           struct findings *f);
/* step.hooks_url "/" topic; {NULL,0} when the arena is full. */
struct slice connect_hook_url(const struct step *step, struct slice topic, struct arena *arena);

/* A place of the platform's that holds stock. */
struct connect_place {
    struct slice id, name;
    bool is_active;
};
/* What a finding about one place of theirs is called; its detail is the id, a blank, and the name.
 * People choose from these which of our locations each of them is. */
#define CONNECT_PLACE "place of theirs"
/* Findings about settings.location_map: every mapped id must be an active place; when nothing is
 * mapped, the text to set it to. Behind them each active place by itself. */
void connect_places(const struct account *account,
                    const struct connect_place *places,
                    size_t count,
                    struct findings *f);

/* A secret for signing deliveries, of 64 hexadecimal digits: HMAC-SHA256 of the step's nonce with a
 * credential; wants both. The nonce alone may have been seen: it is part of signed requests. {NULL,0} when the
 * arena is full. */
struct slice
connect_new_secret(const struct step *step, struct slice credential, struct arena *arena);
/* {"name":"value"}; {NULL,0} when the arena is full. */
struct slice connect_object(const char *name, struct slice value, struct arena *arena);

/* The lifetime of a token that does not end: a century. */
#define CONNECT_LASTING_US (INT64_C(36500) * 86400 * US_PER_S)
/* A credential out of an answer: visible ASCII of at most CREDENTIAL_MAX bytes, fit for a header. */
#define CREDENTIAL_MAX 2048
bool connect_credential(struct json v, struct slice *out);

/* scheme://host[:port] of an address; all of it when there is no path. */
struct slice connect_origin(struct slice url);

/* "?a=1&b=2" piece by piece: `sep` in front, the value percent-encoded. */
void connect_put_param(
    struct buf *out, char sep, const char *name, struct slice value, struct arena *arena);
