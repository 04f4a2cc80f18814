/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connect - connecting a channel: its job, from the request to the report (docs/connecting.md).
 *
 * The channel's lane (push/lane_connect.c) does the work and reports each check as it is made; here
 * the job is created, shown and ended. A later connecting of the same channel takes the place of
 * the one before.
 */
#pragma once
#include "engine/request.h"

struct connect_order {
    struct channel_id channel;
    int64_t job;
};

/* What the job shows from now on. */
struct connect_step {
    void *owner; /* the submitter's */
    int64_t job;
    int64_t checks;      /* made so far */
    struct slice result; /* JSON object */
    bool is_end;
    struct slice error; /* at the end: why it could not go on; empty: it did */
};

/* args: {channel}. Answers 202 and leaves the order in turn->connect. */
request_fn request_connect_create;
/* Not a route. turn->owner is a struct connect_step. */
request_fn request_connect_step;
