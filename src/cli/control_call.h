/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control_call - asks the server that runs on a data directory, through its socket (control.h).
 *
 * Blocking, one request after the other on one connection; for the commands. Nothing that does not
 * look like the answer that was asked for is taken for one.
 */
#pragma once
#include "base/buf.h"
#include "base/err.h"

#define CONTROL_FILE "control.sock"

struct control_call;

/* ERR_NOT_FOUND: nobody listens there. ERR_NET: somebody does, but has not said within 10 s that he
 * is at home. ERR_AUTH: the socket is somebody else's. */
MUST_USE enum err
control_connect(const char *data, struct control_call **out, struct err_note *note);
struct control_request {
    const char *method;
    const char *path; /* with its query, percent-encoded */
    const char *type; /* Content-Type of the body; NULL: not said */
    const char *key;  /* Idempotency-Key; NULL: none */
    struct slice body;
};

/*
 * Sends one request and waits for the end of the answer, however long it takes. The body of a 200
 * goes to `sink` piece by piece, if there is one; any other body to out_body (initialised, at most
 * its max: an answer of the API may be as long as 64 MiB). ERR_UNKNOWN: no whole answer came; what
 * the sink got is then worth nothing, and a write has happened or not: the same key finds out.
 */
MUST_USE enum err control_ask(struct control_call *call,
                              const struct control_request *request,
                              FILE *sink,
                              int *out_status,
                              struct buf *out_body,
                              struct err_note *note);
void control_close(struct control_call *call); /* NULL is fine */
