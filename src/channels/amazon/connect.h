/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connect - the steps of connecting a seller account, one request each.
 *
 *   p  which marketplaces             l  may we see its listings     o  may we see its orders
 *   then, with a queue:
 *   g  a token of the application's own    d  its destinations     c  ours is made
 *   s  who gets ORDER_CHANGE               n  it is subscribed
 *   m  who gets the quantity changes       k  they are subscribed
 *   q  may we read the queue               a  may Amazon write into it
 */
#pragma once
#include "channels/amazon/amazon.h"

#define CHECKS_MAX 8
#define CONNECT_TEXT_MAX 4096 /* of what a person is told */

/* What the steps know so far. Cursor: "<letter> <marketplace> <destination> <bridge> <token>", "-"
 * for what is not known. */
struct connect_cursor {
    char step;
    struct slice marketplace; /* to try the rights with */
    struct slice destination; /* of the queue */
    struct slice bridge;      /* of EventBridge */
    struct slice token;       /* of the application */
};
bool amazon_connect_cursor_read(struct slice text, struct connect_cursor *out);

/* One answer being read. */
struct connecting {
    const struct account *account;
    const struct amazon_config *config;
    struct connect_cursor cursor;
    const struct http_response *response;
    struct json_doc *doc;
    struct arena *arena;
    struct channel_signal *signal;
    struct err_note *note;
    struct connect_check *checks;
    size_t checks_count;
    struct slice settings;
};
void amazon_check(struct connecting *c,
                  enum connect_state state,
                  const char *what,
                  struct slice detail);
/* The exchange goes on with this step. */
void amazon_connect_next(struct connecting *c, char step);

/* ---- the queue's steps (connect_queue.c) ---- */

MUST_USE enum err amazon_queue_step_build(const struct account *account,
                                          const struct connect_cursor *cursor,
                                          const struct step *step,
                                          struct arena *arena,
                                          struct http_request *out);
MUST_USE enum err amazon_queue_step_read(struct connecting *c, const struct step *step);
/* What is to be told when there is no queue yet. */
void amazon_no_queue_check(struct connecting *c);
/* That the client secret ends by itself. */
void amazon_secret_check(struct connecting *c);
