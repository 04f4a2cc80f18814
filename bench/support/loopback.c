/* SPDX-License-Identifier: Apache-2.0 */
#include "support/loopback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netinet/tcp.h>

#include "support/bench.h"

static void no_delay(int fd)
{
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

int loopback_listen(int *out_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bench_need(fd >= 0 && bind(fd, (const struct sockaddr *)&address, size) == 0 &&
                   listen(fd, 256) == 0 && getsockname(fd, (struct sockaddr *)&address, &size) == 0,
               "cannot listen on 127.0.0.1: %s",
               strerror(errno));
    *out_port = ntohs(address.sin_port);
    return fd;
}

int loopback_connect(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bench_need(fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0,
               "cannot connect to port %d: %s",
               port,
               strerror(errno));
    no_delay(fd);
    return fd;
}

int loopback_accept(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    bench_need(fd >= 0, "cannot accept: %s", strerror(errno));
    no_delay(fd);
    return fd;
}

void loopback_write(int fd, struct slice text)
{
    while (text.n) {
        ssize_t n = send(fd, text.p, text.n, MSG_NOSIGNAL);
        bench_need(n > 0, "a connection broke while writing: %s", strerror(errno));
        text = slice_from(text, (size_t)n);
    }
}

/* The head without its last empty line. */
static bool head_of(struct slice text, struct slice *out_head)
{
    const char *end = text.n ? memmem(text.p, text.n, "\r\n\r\n", 4) : NULL;
    *out_head = (struct slice){text.p, end ? (size_t)(end - text.p) : 0};
    return end != NULL;
}

static int64_t content_length(struct slice head)
{
    static const char name[] = "content-length:";
    struct slice line;
    bool more = true;
    while (more) {
        int64_t value = 0;
        more = slice_cut(&head, '\n', &line);
        if (line.n >= sizeof(name) - 1 &&
            slice_equal_nocase((struct slice){line.p, sizeof(name) - 1}, slice_of(name)) &&
            slice_int(slice_trim(slice_from(line, sizeof(name) - 1)), &value)) {
            return value;
        }
    }
    return 0;
}

static bool message_read(struct slice text, struct slice *out_body, size_t *out_size)
{
    struct slice head;
    if (!head_of(text, &head)) {
        return false;
    }
    size_t body_n = (size_t)content_length(head);
    *out_body = (struct slice){text.p + head.n + 4, body_n};
    *out_size = head.n + 4 + body_n;
    return text.n >= *out_size;
}

bool loopback_answer_read(struct slice text, struct loopback_answer *out)
{
    int64_t status = 0;
    if (!message_read(text, &out->body, &out->size)) {
        return false;
    }
    bench_need(slice_starts(text, "HTTP/1.1 ") && text.n > 12 &&
                   slice_int((struct slice){text.p + 9, 3}, &status),
               "not an HTTP answer: %.*s",
               (int)(text.n < 80 ? text.n : 80),
               text.p);
    out->status = (int)status;
    return true;
}

bool loopback_request_read(struct slice text, struct slice *out_body, size_t *out_size)
{
    return message_read(text, out_body, out_size);
}
