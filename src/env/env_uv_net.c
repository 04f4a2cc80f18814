/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listeners and connections.
 *
 * A connection that is closed by us goes through: what was written leaves, then our end of the
 * stream is shut, then the peer's end is awaited for a moment while its bytes are thrown away.
 * Closing at once with unread bytes would reset the connection and could tear the answer out of the
 * peer's hands.
 */
#include "env/env_uv_internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/un.h>

#define BACKLOG 1024
#define KEEP_MAX ((size_t)64 << 10)    /* memory a connection keeps when all has left */
#define QUEUE_MAX ((size_t)256 << 20)  /* a reader that lets more wait is given up */
#define FLUSH_US (30 * US_PER_S)       /* for the last bytes to leave */
#define LINGER_US (2 * US_PER_S)       /* for the peer's end, afterwards */
#define DISCARD_MAX ((size_t)16 << 20) /* bytes thrown away meanwhile */
#define CLOSING_MAX 1024               /* connections in that state; then the oldest is cut off */
#define CLOSING_TICK_MS 250

#define UNIX_PREFIX "unix:"

/* What both begin with, so that the end of the loop can tell them apart. */
struct net_handle {
    union {
        uv_handle_t any;
        uv_stream_t stream; /* whichever of the two it is */
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
    bool is_listener;
};

struct env_listener {
    struct net_handle handle;
    struct env_uv *env;
    struct env_conn_events (*on_accept)(void *arg, struct env_conn *conn, struct slice peer);
    void *arg;
};

struct env_conn {
    struct net_handle handle;
    struct env_uv *env;
    struct env_conn_events events;
    struct env_conn *next, *prev; /* among the closing */
    uv_write_t write;
    uv_shutdown_t shutdown;
    struct buf sending, queued; /* with the kernel's writer; behind it */
    int64_t closing_us;         /* since when it is in the present part of closing */
    size_t discarded;
    bool is_reading, is_writing;
    bool is_closing; /* the owner asked for it */
    bool is_shut;    /* our end of the stream is */
    bool is_dead;    /* uv_close has been called */
};

/* ---- the end of a connection ---- */

static void closing_leave(struct env_conn *conn)
{
    struct env_uv *env = conn->env;
    if (conn->prev) {
        conn->prev->next = conn->next;
    } else {
        env->closing_first = conn->next;
    }
    if (conn->next) {
        conn->next->prev = conn->prev;
    } else {
        env->closing_last = conn->prev;
    }
    env->closing_count--;
}

static void conn_closed(uv_handle_t *handle)
{
    struct env_conn *conn = handle->data;
    if (conn->events.on_closed) {
        conn->events.on_closed(conn->events.arg, conn);
    }
    buf_free(&conn->sending);
    buf_free(&conn->queued);
    free(conn);
}

/* Whatever the reason, the owner hears of it later, from the loop. */
static void conn_kill(struct env_conn *conn)
{
    if (conn->is_dead) {
        return;
    }
    conn->is_dead = true;
    if (conn->is_closing) {
        closing_leave(conn);
    }
    uv_close(&conn->handle.uv.any, conn_closed);
}

static void on_shut(uv_shutdown_t *shutdown, int status)
{
    struct env_conn *conn = shutdown->data;
    if (status < 0) {
        conn_kill(conn);
    }
}

static void conn_shut(struct env_conn *conn)
{
    conn->is_shut = true;
    conn->closing_us = env_mono_us(&conn->env->env);
    conn->shutdown.data = conn;
    if (uv_shutdown(&conn->shutdown, &conn->handle.uv.stream, on_shut) != 0) {
        conn_kill(conn);
    }
}

static void on_closing_tick(uv_timer_t *timer)
{
    struct env_uv *env = timer->loop->data;
    int64_t now_us = env_mono_us(&env->env);

    for (struct env_conn *conn = env->closing_first, *next; conn; conn = next) {
        next = conn->next;
        if (now_us - conn->closing_us > (conn->is_shut ? LINGER_US : FLUSH_US)) {
            conn_kill(conn);
        }
    }
    if (!env->closing_first) {
        uv_timer_stop(timer);
    }
}

static void closing_join(struct env_conn *conn)
{
    struct env_uv *env = conn->env;

    conn->closing_us = env_mono_us(&env->env);
    conn->next = NULL;
    conn->prev = env->closing_last;
    if (conn->prev) {
        conn->prev->next = conn;
    } else {
        env->closing_first = conn;
    }
    env->closing_last = conn;
    if (++env->closing_count > CLOSING_MAX) {
        conn_kill(env->closing_first);
    }
    if (!uv_is_active((uv_handle_t *)&env->closing_timer)) {
        uv_timer_start(&env->closing_timer, on_closing_tick, CLOSING_TICK_MS, CLOSING_TICK_MS);
    }
}

/* ---- writing ---- */

static void on_written(uv_write_t *write, int status);

static void write_start(struct env_conn *conn)
{
    struct buf swap = conn->sending;
    conn->sending = conn->queued;
    conn->queued = swap;
    conn->write.data = conn;
    uv_buf_t bytes = uv_buf_init(conn->sending.p, (unsigned)conn->sending.n);
    if (uv_write(&conn->write, &conn->handle.uv.stream, &bytes, 1, on_written) != 0) {
        buf_clear(&conn->sending);
        conn_kill(conn);
        return;
    }
    conn->is_writing = true;
}

static void on_written(uv_write_t *write, int status)
{
    struct env_conn *conn = write->data;

    conn->is_writing = false;
    if (conn->sending.cap > KEEP_MAX) {
        buf_free(&conn->sending);
    } else {
        buf_clear(&conn->sending);
    }
    if (status < 0) {
        conn_kill(conn);
    } else if (conn->is_dead) {
        return;
    } else if (conn->queued.n) {
        write_start(conn);
    } else if (conn->is_closing) {
        conn_shut(conn);
    } else if (conn->events.on_drained) {
        conn->events.on_drained(conn->events.arg, conn);
    }
}

void net_conn_write(struct env_conn *conn, struct slice bytes)
{
    if (conn->is_dead || conn->is_closing || bytes.n == 0) {
        return;
    }
    if (!conn->is_writing) {
        union {
            const char *read;
            char *p; /* uv_buf_t knows no const; uv_try_write does not write to it */
        } borrowed = {.read = bytes.p};
        size_t part = bytes.n > UINT_MAX ? UINT_MAX : bytes.n;
        uv_buf_t uv_bytes = uv_buf_init(borrowed.p, (unsigned)part);
        int n = uv_try_write(&conn->handle.uv.stream, &uv_bytes, 1);
        if (n < 0 && n != UV_EAGAIN) {
            conn_kill(conn);
            return;
        }
        bytes = slice_from(bytes, n > 0 ? (size_t)n : 0);
        if (bytes.n == 0) {
            return;
        }
    }
    buf_slice(&conn->queued, bytes);
    if (conn->queued.overflow) {
        conn_kill(conn);
    } else if (!conn->is_writing) {
        write_start(conn);
    }
}

size_t net_conn_pending(struct env_conn *conn)
{
    if (conn->is_dead) {
        return 0;
    }
    return uv_stream_get_write_queue_size(&conn->handle.uv.stream) + conn->queued.n;
}

/* ---- reading ---- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    const struct env_conn *conn = handle->data;
    (void)suggested;
    *out = uv_buf_init(conn->env->read_bytes, (unsigned)ENV_READ_SIZE);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes)
{
    struct env_conn *conn = stream->data;

    if (n < 0) {
        conn_kill(conn);
    } else if (conn->is_closing) {
        conn->discarded += (size_t)n;
        if (conn->discarded > DISCARD_MAX) {
            conn_kill(conn);
        }
    } else if (n > 0) {
        conn->events.on_data(conn->events.arg, conn, (struct slice){bytes->base, (size_t)n});
    }
}

void net_conn_pause(struct env_conn *conn, bool paused)
{
    if (conn->is_dead || conn->is_closing || conn->is_reading == !paused) {
        return;
    }
    conn->is_reading = !paused;
    if (paused) {
        uv_read_stop(&conn->handle.uv.stream);
    } else if (uv_read_start(&conn->handle.uv.stream, on_alloc, on_read) != 0) {
        conn_kill(conn);
    }
}

void net_conn_close(struct env_conn *conn)
{
    if (conn->is_dead || conn->is_closing) {
        return;
    }
    net_conn_pause(conn, false); /* a paused one must still notice the peer's end */
    if (conn->is_dead) {
        return;
    }
    conn->is_closing = true;
    closing_join(conn);
    if (!conn->is_writing) {
        conn_shut(conn);
    }
}

/* ---- listening ---- */

/* An unused handle of ours, on the loop but not yet connected or bound. */
static void handle_init(struct env_uv *env, struct net_handle *handle, bool is_pipe)
{
    must(is_pipe ? uv_pipe_init(&env->loop, &handle->uv.pipe, 0) == 0
                 : uv_tcp_init(&env->loop, &handle->uv.tcp) == 0);
}

/* Numeric, without the port; an IPv4 peer of a dual-stack socket is written as IPv4. */
static struct slice peer_text(const struct net_handle *handle, char out[64])
{
    const uv_tcp_t *tcp = &handle->uv.tcp;
    struct sockaddr_storage address;
    int size = (int)sizeof(address);

    if (handle->uv.any.type == UV_NAMED_PIPE) {
        return SLICE("unix");
    }
    if (uv_tcp_getpeername(tcp, (struct sockaddr *)&address, &size) != 0 ||
        uv_ip_name((const struct sockaddr *)&address, out, 64) != 0) {
        return SLICE("unknown");
    }
    struct slice text = slice_of(out);
    return slice_starts(text, "::ffff:") && memchr(text.p, '.', text.n) ? slice_from(text, 7)
                                                                        : text;
}

static struct env_conn *conn_accept(struct env_listener *listener)
{
    struct env_conn *conn = calloc(1, sizeof(*conn));
    if (!conn) {
        return NULL;
    }
    conn->env = listener->env;
    buf_init(&conn->sending, QUEUE_MAX);
    buf_init(&conn->queued, QUEUE_MAX);
    bool is_pipe = listener->handle.uv.any.type == UV_NAMED_PIPE;
    handle_init(conn->env, &conn->handle, is_pipe);
    conn->handle.uv.any.data = conn;
    if (uv_accept(&listener->handle.uv.stream, &conn->handle.uv.stream) != 0) {
        conn_kill(conn);
        return NULL;
    }
    if (!is_pipe) {
        /* Answers are written whole: there is nothing to wait for. A peer that vanished without a
         * word is found by probes. Neither can fail in a way that matters. */
        (void)uv_tcp_nodelay(&conn->handle.uv.tcp, 1);
        (void)uv_tcp_keepalive(&conn->handle.uv.tcp, 1, 60);
    }
    return conn;
}

static void on_connection(uv_stream_t *stream, int status)
{
    struct env_listener *listener = stream->data;
    char text[64];

    if (status < 0) {
        return; /* out of files: libuv has turned the caller away */
    }
    struct env_conn *conn = conn_accept(listener);
    if (!conn) {
        return;
    }
    struct slice peer = peer_text(&conn->handle, text);
    conn->events = listener->on_accept(listener->arg, conn, peer);
    if (!conn->is_closing) {
        net_conn_pause(conn, false);
    }
}

static void listener_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void net_listener_free(struct env_listener *listener)
{
    if (listener) {
        uv_close(&listener->handle.uv.any, listener_closed);
    }
}

static int bound_port(const struct net_handle *handle)
{
    struct sockaddr_storage address;
    int size = (int)sizeof(address);

    if (handle->uv.any.type == UV_NAMED_PIPE) {
        return 0;
    }
    must(uv_tcp_getsockname(&handle->uv.tcp, (struct sockaddr *)&address, &size) == 0);
    if (address.ss_family == AF_INET6) {
        return ntohs(((const struct sockaddr_in6 *)&address)->sin6_port);
    }
    return ntohs(((const struct sockaddr_in *)&address)->sin_port);
}

/*
 * libuv's code, or 0. What a dead server left behind is in the way of bind, and nothing but a
 * socket is ever removed. The mode is set before listen: until then nobody can connect. libuv
 * removes the file on close.
 */
static int bind_unix(struct env_listener *listener, const char *path)
{
    struct stat st;
    if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode) && unlink(path) != 0) {
        return uv_translate_sys_error(errno);
    }
    int e = uv_pipe_bind(&listener->handle.uv.pipe, path);
    return e == 0 && chmod(path, 0600) != 0 ? uv_translate_sys_error(errno) : e;
}

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* A path longer than the kernel's field would be cut short without a word. */
static enum err
check_host(const char *host, const char *path, int port, union address *out, struct err_note *note)
{
    const size_t path_max = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;
    if (path && (!path[0] || strlen(path) > path_max)) {
        return err_note(note,
                        ERR_USAGE,
                        "cannot listen on a socket file whose path has %zu bytes, the limit is "
                        "%zu: '%.120s'",
                        strlen(path),
                        path_max,
                        path);
    }
    if (!path && uv_ip4_addr(host, port, &out->v4) != 0 && uv_ip6_addr(host, port, &out->v6) != 0) {
        return err_note(note,
                        ERR_USAGE,
                        "cannot listen on '%s': write a numeric address, such as 127.0.0.1 or ::",
                        host);
    }
    return ERR_OK;
}

enum err
net_listen(struct env *env,
           const char *host,
           int port,
           struct env_conn_events (*on_accept)(void *arg, struct env_conn *conn, struct slice peer),
           void *arg,
           struct env_listener **out,
           int *out_port,
           struct err_note *note)
{
    union address address;
    const char *path =
        slice_starts(slice_of(host), UNIX_PREFIX) ? host + strlen(UNIX_PREFIX) : NULL;

    enum err refused = check_host(host, path, port, &address, note);
    if (refused) {
        return refused;
    }
    struct env_listener *listener = calloc(1, sizeof(*listener));
    if (!listener) {
        return err_note(note, ERR_MEMORY, "no memory for a listener");
    }
    listener->handle.is_listener = true;
    listener->env = env_uv_of(env);
    listener->on_accept = on_accept;
    listener->arg = arg;
    handle_init(listener->env, &listener->handle, path != NULL);
    listener->handle.uv.any.data = listener;
    int e =
        path ? bind_unix(listener, path) : uv_tcp_bind(&listener->handle.uv.tcp, &address.any, 0);
    if (e == 0) {
        e = uv_listen(&listener->handle.uv.stream, BACKLOG, on_connection);
    }
    if (e) {
        net_listener_free(listener);
        return path ? err_note(note, ERR_IO, "cannot listen on %s: %s", path, uv_strerror(e))
                    : err_note(note,
                               ERR_IO,
                               "cannot listen on %s port %d: %s",
                               host,
                               port,
                               uv_strerror(e));
    }
    *out = listener;
    if (out_port) {
        *out_port = bound_port(&listener->handle);
    }
    return ERR_OK;
}

/* ---- life ---- */

enum err net_init(struct env_uv *env, struct err_note *note)
{
    must(uv_timer_init(&env->loop, &env->closing_timer) == 0);
    env->read_bytes = malloc(ENV_READ_SIZE);
    if (!env->read_bytes) {
        return err_note(note, ERR_MEMORY, "no memory to read into");
    }
    return ERR_OK;
}

void net_handle_close(uv_handle_t *handle)
{
    const struct net_handle *ours = handle->data;
    if (ours->is_listener) {
        net_listener_free(handle->data);
    } else {
        conn_kill(handle->data);
    }
}

void net_free(struct env_uv *env)
{
    free(env->read_bytes);
}
