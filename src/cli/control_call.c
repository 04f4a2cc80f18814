/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/control_call.h"

#define AT_HOME_S 10
#define LINE_MAX_BYTES 1024
#define HEADERS_MAX 64
#define HEAD_MAX_BYTES ((size_t)64 << 10)

struct control_call {
    int fd;   /* to write */
    FILE *in; /* to read; the same socket, closed with it */
};

/* ---- the connection ---- */

static enum err reach(const char *data, int *out, struct err_note *note)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int n = snprintf(address.sun_path, sizeof(address.sun_path), "%s/" CONTROL_FILE, data);
    if (n < 0 || (size_t)n >= sizeof(address.sun_path)) {
        return ERR_NOT_FOUND; /* no server can have made it under this name */
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return err_note(note, ERR_IO, "no socket: %s", strerror(errno));
    }
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0) {
        *out = fd;
        return ERR_OK;
    }
    int why = errno;
    close(fd);
    if (why == ENOENT || why == ENOTDIR || why == ECONNREFUSED) {
        return ERR_NOT_FOUND;
    }
    return err_note(note,
                    why == EACCES || why == EPERM ? ERR_AUTH : ERR_NET,
                    "%s/" CONTROL_FILE ": %s",
                    data,
                    strerror(why));
}

static void wait_at_most(const struct control_call *call, time_t seconds)
{
    const struct timeval limit = {.tv_sec = seconds}; /* 0: for ever */
    must(setsockopt(call->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0);
    must(setsockopt(call->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0);
}

enum err control_connect(const char *data, struct control_call **out, struct err_note *note)
{
    int fd = -1;
    enum err e = reach(data, &fd, note);
    if (e) {
        return e;
    }
    struct control_call *call = calloc(1, sizeof(*call));
    FILE *in = call ? fdopen(fd, "r") : NULL;
    if (!in) {
        free(call);
        close(fd);
        return err_note(note, ERR_MEMORY, "no memory to ask the server");
    }
    *call = (struct control_call){fd, in};
    ON_EXIT(buf_free) struct buf body;
    buf_init(&body, LINE_MAX_BYTES);
    int status = 0;
    wait_at_most(call, AT_HOME_S);
    const struct control_request ping = {.method = "GET", .path = "/ping"};
    e = control_ask(call, &ping, NULL, &status, &body, note);
    if (e || status != 204) {
        control_close(call);
        return err_note(note, ERR_NET, "%s/" CONTROL_FILE " does not answer", data);
    }
    wait_at_most(call, 0);
    *out = call;
    return ERR_OK;
}

void control_close(struct control_call *call)
{
    if (call) {
        (void)fclose(call->in);
        free(call);
    }
}

/* ---- the request ---- */

static bool send_all(int fd, struct slice bytes)
{
    while (bytes.n) {
        ssize_t n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        bytes = slice_from(bytes, n > 0 ? (size_t)n : 0);
    }
    return true;
}

static bool send_request(const struct control_call *call, const struct control_request *request)
{
    ON_EXIT(buf_free) struct buf head;
    buf_init(&head, HEAD_MAX_BYTES);
    buf_printf(&head,
               "%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n",
               request->method,
               request->path,
               request->body.n);
    if (request->type) {
        buf_printf(&head, "Content-Type: %s\r\n", request->type);
    }
    if (request->key) {
        buf_printf(&head, "Idempotency-Key: %s\r\n", request->key);
    }
    buf_text(&head, "\r\n");
    if (head.overflow || !send_all(call->fd, buf_view(&head))) {
        return false;
    }
    (void)send_all(call->fd, request->body); /* a refusal may come before it has left: read that */
    return true;
}

/* ---- the answer ---- */

/* One line without its end; false when there is none, or no whole one. */
static bool read_line(FILE *in, char line[LINE_MAX_BYTES], struct slice *out)
{
    if (!fgets(line, LINE_MAX_BYTES, in)) {
        return false;
    }
    *out = slice_of(line);
    if (!slice_ends(*out, "\r\n")) {
        return false;
    }
    out->n -= 2;
    return true;
}

struct head {
    int64_t status, length; /* of the body; -1: chunked */
};

static bool read_head(FILE *in, struct head *out)
{
    char text[LINE_MAX_BYTES];
    struct slice line, name;
    *out = (struct head){0};
    if (!read_line(in, text, &line) || !slice_starts(line, "HTTP/1.1 ") || line.n < 12 ||
        !slice_int((struct slice){line.p + 9, 3}, &out->status)) {
        return false;
    }
    for (int i = 0; i < HEADERS_MAX; i++) {
        if (!read_line(in, text, &line)) {
            return false;
        }
        if (line.n == 0) {
            return true;
        }
        bool has_value = slice_cut(&line, ':', &name);
        struct slice value = slice_trim(line);
        if (has_value && slice_equal_nocase(name, SLICE("Transfer-Encoding"))) {
            out->length = -1;
        } else if (has_value && slice_equal_nocase(name, SLICE("Content-Length")) &&
                   (!slice_int(value, &out->length) || out->length < 0)) {
            return false;
        }
    }
    return false;
}

/* So many bytes, to the sink or the buf. */
static bool pass_on(FILE *in, int64_t length, FILE *sink, struct buf *body)
{
    char piece[16384];
    while (length > 0) {
        size_t wanted = length < (int64_t)sizeof(piece) ? (size_t)length : sizeof(piece);
        size_t n = fread(piece, 1, wanted, in);
        if (n == 0) {
            return false;
        }
        length -= (int64_t)n;
        if (!sink) {
            buf_put(body, piece, n);
        } else if (fwrite(piece, 1, n, sink) != n) {
            return false;
        }
    }
    return !body->overflow;
}

/* The size in front of a chunk: hexadecimal digits alone. */
static bool read_chunk_size(FILE *in, int64_t *out)
{
    char text[LINE_MAX_BYTES];
    struct slice line;
    *out = 0;
    if (!read_line(in, text, &line) || line.n == 0 || line.n > 8) {
        return false;
    }
    for (size_t i = 0; i < line.n; i++) {
        char c = line.p[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0) {
            return false;
        }
        *out = *out * 16 + digit;
    }
    return true;
}

static bool pass_on_chunks(FILE *in, FILE *sink, struct buf *body)
{
    char text[LINE_MAX_BYTES];
    struct slice line;
    int64_t size = 0;
    do {
        if (!read_chunk_size(in, &size) || !pass_on(in, size, sink, body) ||
            !read_line(in, text, &line) || line.n) {
            return false;
        }
    } while (size);
    return true;
}

enum err control_ask(struct control_call *call,
                     const struct control_request *request,
                     FILE *sink,
                     int *out_status,
                     struct buf *out_body,
                     struct err_note *note)
{
    struct head head = {0};
    buf_clear(out_body);
    bool is_whole = send_request(call, request) && read_head(call->in, &head);
    if (is_whole) {
        FILE *to = head.status == 200 ? sink : NULL;
        is_whole = head.length < 0 ? pass_on_chunks(call->in, to, out_body)
                                   : pass_on(call->in, head.length, to, out_body);
    }
    if (!is_whole) {
        return err_note(
            note, ERR_UNKNOWN, "the answer of the server broke off: see its log, then try again");
    }
    *out_status = (int)head.status;
    return ERR_OK;
}
