/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify - tells the outside of incidents: webhooks that others subscribed, and mail.
 *
 *   commit -> look: which outlet has something behind its cursor that is due -> send -> report
 *                                                                (a turn: the cursor moves, or waits)
 *
 * Nothing is remembered here: what waits is read from the store at each look, so a stop at any
 * moment loses nothing. A message whose report was not committed is sent again under the same id:
 * at least once, and receivers drop what they know.
 *
 * At most one message is under way to each outlet, in the order of the log. What fails is tried
 * again by the rules of engine/outlet.h, and holds up only its own outlet.
 *
 * Runs on the loop's thread, in struct env: no sockets or clocks of its own.
 */
#pragma once
#include "engine/engine.h"
#include "engine/outlet.h"

struct notify;

#define MAIL_TO_MAX 20

/* How mails leave. The texts are the caller's and live as long as the sender. */
struct mail_config {
    const char *url;             /* smtps:// or smtp:// */
    const char *user, *password; /* NULL: it asks for none */
    const char *from;
    const char *to[MAIL_TO_MAX];
    size_t to_count;
    bool plain_ok; /* smtp: without TLS where there is none */
};

struct notify_config {
    struct env *env;
    struct engine *engine;
    struct store *reader; /* the loop's; borrowed */
    bool private_ok;      /* receivers may live on private addresses and plain http */
    struct vault vault;
    const struct mail_config *mail; /* borrowed; NULL: no mail is sent */
};

MUST_USE enum err notify_new(const struct notify_config *config, struct notify **out);
/* The channels as they are now; valid until the next call. */
void notify_set_config(struct notify *notify, const struct config *config);
/* The server's own address, for mails; copied. */
void notify_set_address(struct notify *notify, const char *url);
/* Goes on where the last stop left it. */
MUST_USE enum err notify_start(struct notify *notify);
/* Something was committed. Cheap, and may be called as often as that happens. */
void notify_wake(struct notify *notify);
/* Sends a test message to a webhook, also to one that is disabled; fn is called once, now or later. */
void notify_test(struct notify *notify, int64_t outlet, outlet_trial_fn *fn, void *arg);
/* Appends Prometheus lines: messages and mails that were taken, tries that failed, messages that wait
 * for webhooks, and webhooks that are disabled. */
void notify_metrics(struct notify *notify, struct buf *out);
void notify_stop(struct notify *notify); /* starts nothing new */
void notify_free(struct notify *notify); /* after the loop has ended */
