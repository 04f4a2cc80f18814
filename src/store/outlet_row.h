/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outlet_row - where incidents go out to: an endpoint of a webhook, or this server's own mail.
 *
 * Nothing is queued for it: what waits are the incidents' events behind `told` that it wants. One
 * that was taken away stays as a row that is gone, so that its number is never another's.
 */
#pragma once
#include "base/base.h"

enum outlet_kind { OUTLET_WEBHOOK, OUTLET_MAIL };
enum outlet_state { OUTLET_ACTIVE, OUTLET_DISABLED, OUTLET_GONE };
struct outlet_row {
    int64_t id;
    enum outlet_kind kind;
    enum outlet_state state;
    struct slice url;
    int64_t wants;                   /* bits (engine/outlet.h) */
    struct slice secrets;            /* sealed, bound to "webhook:<id>" */
    int64_t old_secret_until_us;     /* the one before signs too until then; 0: there is none */
    int64_t told;                    /* the last event that it was told of, or that is not for it */
    int64_t failing_since_us;        /* 0: the last attempt did not fail */
    int64_t attempts;                /* in vain, of the message that is next */
    int64_t next_at_us;              /* which is not sent before then (wall); 0: at once */
    int64_t last_status, last_at_us; /* of the last attempt; status 0: it had no answer */
    struct slice reason;             /* why it failed */
    int64_t created_at_us;
};
