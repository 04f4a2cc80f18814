/* SPDX-License-Identifier: Apache-2.0 */
/* connect - what the two files of connecting share: requests (connect.c), answers
 * (connect_read.c). */
#pragma once
#include "channels/ebay/ebay.h"

#define CONNECT_TOPIC "ORDER_CONFIRMATION"
#define CONNECT_CHECKS_MAX 6 /* of one answer */
#define CONNECT_WHO 'i'      /* the first stage, which has no cursor */

struct connect_place {
    char stage;
    struct slice token; /* the application's; empty before it is bought */
    struct slice id;    /* of a destination or a subscription; may be empty */
};
bool connect_place_read(struct slice cursor, struct connect_place *out);

/* The address that deliveries go to: as kept, or as connecting was told. */
struct slice connect_endpoint(const struct account *account, const struct step *step);

/* One answer on the way. */
struct connecting {
    const struct account *account;
    const struct step *step;
    const struct http_response *response;
    struct json_doc *doc;
    struct arena *arena;
    struct channel_signal *signal;
    struct err_note *note;
    struct connect_place place;
    struct connect_check *checks;
    size_t count;
    struct slice settings, secrets;
};
void connect_next(struct connecting *c, char stage, struct slice id);
void connect_say(struct connecting *c,
                 enum connect_state state,
                 const char *what,
                 struct slice detail);
