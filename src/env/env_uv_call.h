/* SPDX-License-Identifier: Apache-2.0 */
/*
 * env_uv_call - one outbound call: curl's settings, what curl asks on the way, and the outcome.
 *
 * What matters most is to say truly whether a request may have arrived. curl would silently repeat
 * a request whose kept-alive connection broke; the pre-request callback, which curl calls before
 * each attempt, lets that happen only while nothing has left.
 *
 * Knows nothing of the loop; a run keeps its curl handle and its buffers for the next call.
 */
#pragma once
#include <curl/curl.h>

#include "base/buf.h"
#include "base/env.h"

#define REPLY_HEADERS_MAX 200

struct call_run {
    struct env *env;
    CURL *curl;
    struct curl_slist *headers;
    struct call_run *next, *prev;
    env_reply_fn *fn;
    void *arg;
    struct buf body;              /* of the request: curl borrows it */
    struct buf reply_head, reply; /* of the response, as it came */
    int64_t sent_us;
    int attempts;
    bool private_ok;
    bool repeat_refused; /* curl wanted to send again what may have arrived */
    bool address_refused;
    bool head_ended, reply_too_large;
    const char *failed; /* could not even start: why */
    char curl_note[CURL_ERROR_SIZE];
    struct http_header headers_read[REPLY_HEADERS_MAX];
};

struct call_run *run_new(struct env *env); /* NULL when out of memory */
void run_free(struct call_run *run);
void run_clear(struct call_run *run); /* ready for another call */

/* Settings and a copy of the request; false with run->failed when the call cannot even start. */
bool run_build(struct call_run *run, const struct env_call *call);
/* Tells the owner what became of it. */
void run_answer(struct call_run *run, CURLcode code);
