/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connect_page - where a platform sends a person back to who has allowed us there, or has not:
 * /connect/{channel}, and where it posts keys that it hands over.
 *
 * Open to anybody: what came back is believed only with the random text that connecting gave out
 * (push/lane_connect.c), for half an hour. The page says what came of it, in plain HTML that loads
 * nothing.
 */
#pragma once
#include "engine/config.h"
#include "intake/http_server.h"

struct connect_page {
    const struct config *channels;
    /* A person came back. done is called once, now or later: why_not is NULL when all is well. */
    void (*on_consent)(void *arg,
                       struct channel_id channel,
                       struct slice query,
                       struct slice body,
                       void (*done)(void *done_arg, const char *why_not),
                       void *done_arg);
    void *arg;
};

/* Wants a request whose path starts with "/connect/". Answers it, now or later. */
void connect_page_handle(const struct connect_page *page, struct http_exchange *x);
