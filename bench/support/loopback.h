/* SPDX-License-Identifier: Apache-2.0 */
/* loopback - sockets on this machine and the little of HTTP/1.1 that a client of our own server
 * needs. */
#pragma once
#include "base/base.h"

int loopback_listen(int *out_port);             /* on 127.0.0.1, a port of the kernel's choice */
int loopback_connect(int port);                 /* blocking, TCP_NODELAY */
int loopback_accept(int listener);              /* TCP_NODELAY */
void loopback_write(int fd, struct slice text); /* all of it */

struct loopback_answer {
    int status;
    struct slice body;
    size_t size; /* of head and body */
};
/* A request or an answer with a Content-Length; false while it is not whole yet. */
MUST_USE bool loopback_answer_read(struct slice text, struct loopback_answer *out);
MUST_USE bool loopback_request_read(struct slice text, struct slice *out_body, size_t *out_size);
