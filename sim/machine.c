/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/buf.h"
#include "sim/machine_inner.h"

#define LISTENERS_MAX 8
#define HEADERS_MAX 100
#define LINK_MIN_US 100
#define TIMEOUT_US (30 * US_PER_S)
#define MESSAGE_MAX ((size_t)64 * 1024 * 1024)

struct env_listener {
    struct machine *machine; /* NULL: free */
    int port;
    struct env_conn_events (*on_accept)(void *arg, struct env_conn *conn, struct slice peer);
    void *arg;
};

struct network {
    struct clock *clock;
    struct env_listener listeners[LISTENERS_MAX];
    struct link_faults links[MACHINES][MACHINES];
    struct network_figures figures;
    struct env_conn *conns; /* all, for a machine that dies */
    struct call *calls;
    struct machine *machines; /* the dead ones too: what they sent may still be on its way */
    int next_port;
    struct luck chances; /* apart from all other luck: what does not use it runs as ever */
    bool has_chances;
    void (*watch)(void *arg, int from, int to, struct slice request, int status);
    void (*watch_calls)(void *arg, int from, int to);
    void *watch_arg;
};

/* An outbound call, from the moment it is asked for to its answer. */
struct call {
    struct call *next, *prev;
    struct machine *from;
    int from_place, to_place;
    env_reply_fn *fn; /* NULL: answered, or nobody is there to hear it */
    void *arg;
    struct buf request, answer;
    size_t method_n;
    bool is_head, answer_lost;
    struct env_conn *conn; /* NULL: not there yet, or gone */
    struct sim_event *event, *timeout;
    int64_t sent_us;
    int port;
};

/* The other end of a call. */
struct env_conn {
    struct env_conn *next, *prev;
    struct machine *machine;
    struct env_conn_events events;
    struct call *call; /* NULL: the caller is gone */
    struct buf waiting;
    struct sim_event *event; /* closing, or bytes that wait for a reader */
    bool is_paused, is_closing;
};

/* ---- listeners ---- */

static enum err
sim_listen(struct env *env,
           const char *host,
           int port,
           struct env_conn_events (*on_accept)(void *arg, struct env_conn *conn, struct slice peer),
           void *arg,
           struct env_listener **out,
           int *out_port,
           struct err_note *note)
{
    struct machine *m = machine_of(env);
    struct network *network = m->network;
    struct env_listener *free_one = NULL;
    if (slice_starts(slice_of(host), "unix:")) { /* nobody in this world calls it */
        port = -1;
    } else if (port == 0) {
        port = network->next_port++;
    }
    for (size_t i = 0; i < LISTENERS_MAX; i++) {
        struct env_listener *l = &network->listeners[i];
        if (l->machine && l->port == port && port > 0) {
            return err_note(note, ERR_CONFLICT, "port %d is in use", port);
        }
        free_one = l->machine ? free_one : l;
    }
    must(free_one);
    *free_one = (struct env_listener){m, port, on_accept, arg};
    *out = free_one;
    if (out_port) {
        *out_port = port > 0 ? port : 0;
    }
    return ERR_OK;
}

static void sim_listener_free(struct env_listener *listener)
{
    listener->machine = NULL;
}

/* ---- the caller's end ---- */

static void conn_unlist(struct env_conn *conn)
{
    struct network *network = conn->machine->network;
    *(conn->prev ? &conn->prev->next : &network->conns) = conn->next;
    if (conn->next) {
        conn->next->prev = conn->prev;
    }
    if (conn->event) {
        clock_cancel(conn->event);
    }
    buf_free(&conn->waiting);
    free(conn);
}

/* The peer is gone: told to whoever owns this end, unless its machine is dead. */
static void conn_gone(void *arg)
{
    struct env_conn *conn = arg;
    conn->event = NULL;
    if (conn->call) {
        conn->call->conn = NULL;
        conn->call = NULL;
    }
    if (!conn->machine->is_dead && conn->events.on_closed) {
        conn->events.on_closed(conn->events.arg, conn);
    }
    conn_unlist(conn);
}

static void conn_gone_soon(struct env_conn *conn)
{
    if (conn->event) {
        clock_cancel(conn->event);
    }
    conn->event = clock_after(conn->machine->clock, LINK_MIN_US, conn_gone, conn);
}

static void call_free(struct call *call)
{
    struct network *network = call->from->network;
    *(call->prev ? &call->prev->next : &network->calls) = call->next;
    if (call->next) {
        call->next->prev = call->prev;
    }
    if (call->event) {
        clock_cancel(call->event);
    }
    if (call->timeout) {
        clock_cancel(call->timeout);
    }
    if (call->conn) {
        call->conn->call = NULL;
        conn_gone_soon(call->conn);
    }
    buf_free(&call->request);
    buf_free(&call->answer);
    free(call);
}

/* The caller is told, and the call is over. */
static void call_ends(struct call *call, struct env_reply *reply)
{
    struct machine *m = call->from;
    env_reply_fn *fn = m->is_dead ? NULL : call->fn;
    void *arg = call->arg;
    struct buf answer = call->answer; /* what the reply borrows */
    buf_init(&call->answer, 1);
    reply->sent_us = call->sent_us;
    reply->answered_us = m->clock->now_us;
    call_free(call);
    if (fn) {
        fn(arg, reply);
    }
    buf_free(&answer);
}

static void call_fails(struct call *call, enum err e, const char *why)
{
    struct env_reply reply = {0};
    reply.err = err_note(&reply.note, e, "%s", why);
    call_ends(call, &reply);
}

static void call_times_out(void *arg)
{
    struct call *call = arg;
    call->timeout = NULL;
    call_fails(call, ERR_UNKNOWN, "no answer in time");
}

/* Reads head and body of an answer; false while it is not whole. */
static bool answer_read(const struct call *call,
                        struct http_response *out,
                        struct http_header headers[HEADERS_MAX])
{
    struct slice text = buf_view(&call->answer), line, name;
    const char *end = memmem(text.p, text.n, "\r\n\r\n", 4);
    int64_t status, length = -1;
    size_t count = 0;
    if (!text.n || !end) {
        return false;
    }
    size_t head_n = (size_t)(end - text.p) + 4;
    struct slice head = {text.p, head_n - 2};
    must(slice_cut(&head, '\n', &line) && line.n > 12 &&
         slice_int((struct slice){line.p + 9, 3}, &status));
    while (head.n && count < HEADERS_MAX) {
        must(slice_cut(&head, '\n', &line) && slice_cut(&line, ':', &name));
        headers[count++] = (struct http_header){name, slice_trim(line)};
        if (slice_equal_nocase(name, SLICE("content-length"))) {
            must(slice_int(slice_trim(line), &length));
        }
    }
    *out = (struct http_response){(int)status, headers, count, slice_from(text, head_n)};
    if (call->is_head || status == 204 || status == 304) {
        return true;
    }
    return length >= 0 && out->body.n >= (size_t)length; /* without a length it ends by closing */
}

static void call_hears(void *arg)
{
    struct call *call = arg;
    struct http_header headers[HEADERS_MAX];
    struct env_reply reply = {0};
    call->event = NULL;
    if (answer_read(call, &reply.response, headers)) {
        clock_trace(call->from->clock, "answer", (struct slice){call->answer.p, 12});
        call_ends(call, &reply);
    }
}

static void call_reset(void *arg)
{
    struct call *call = arg;
    call->event = NULL;
    call->from->network->figures.resets++;
    call_fails(call, ERR_UNKNOWN, "the connection was reset");
}

static void call_refused(void *arg)
{
    struct call *call = arg;
    call->event = NULL;
    call_fails(call, ERR_NET, "the connection was refused");
}

static int64_t link_delay(struct network *network, int from, int to)
{
    int64_t most = network->links[from][to].delay_us_max;
    return LINK_MIN_US + clock_noise(network->clock, 0, most > 0 ? most : 400);
}

/* ---- the other end ---- */

static void conn_hands_over(void *arg)
{
    struct env_conn *conn = arg;
    conn->event = NULL;
    if (conn->is_paused || conn->machine->is_dead || !conn->waiting.n) {
        return;
    }
    struct buf bytes = conn->waiting;
    buf_init(&conn->waiting, MESSAGE_MAX);
    /* Heads and bodies are cut anywhere. */
    size_t first = clock_noise(conn->machine->clock, 0, 3)
                       ? bytes.n
                       : (size_t)clock_noise(conn->machine->clock, 1, (int64_t)bytes.n);
    if (first < bytes.n) {
        buf_put(&conn->waiting, bytes.p + first, bytes.n - first);
        conn->event = clock_after(conn->machine->clock, LINK_MIN_US, conn_hands_over, conn);
    }
    conn->events.on_data(conn->events.arg, conn, (struct slice){bytes.p, first});
    buf_free(&bytes);
}

static void call_arrives(void *arg)
{
    struct call *call = arg;
    struct network *network = call->from->network;
    struct env_listener *found = NULL;
    call->event = NULL;
    for (size_t i = 0; i < LISTENERS_MAX; i++) {
        struct env_listener *l = &network->listeners[i];
        found = l->machine && !l->machine->is_dead && l->port == call->port ? l : found;
    }
    if (!found) {
        network->figures.refused++;
        call_fails(call, ERR_NET, "nobody listens there");
        return;
    }
    struct env_conn *conn = calloc(1, sizeof(*conn));
    must(conn);
    *conn = (struct env_conn){.machine = found->machine, .call = call, .next = network->conns};
    if (network->conns) {
        network->conns->prev = conn;
    }
    network->conns = conn;
    buf_init(&conn->waiting, MESSAGE_MAX);
    buf_slice(&conn->waiting, buf_view(&call->request));
    call->conn = conn;
    conn->events = found->on_accept(found->arg, conn, SLICE("127.0.0.1"));
    struct slice rest = buf_view(&call->request), line; /* signatures are drawn by OpenSSL */
    must(slice_cut(&rest, '\n', &line));
    clock_trace(network->clock, "request", line);
    const char *body = memmem(rest.p, rest.n, "\r\n\r\n", 4);
    clock_trace(network->clock, "body", slice_from(rest, (size_t)(body - rest.p)));
    conn->event = clock_after(network->clock, 1, conn_hands_over, conn);
}

static void sim_conn_write(struct env_conn *conn, struct slice bytes)
{
    struct call *call = conn->call;
    if (!call || conn->is_closing || conn->machine->is_dead) {
        return;
    }
    struct network *network = conn->machine->network;
    bool is_begin = call->answer.n == 0;
    buf_slice(&call->answer, bytes);
    must(!call->answer.overflow);
    if (is_begin && network->watch && call->answer.n > 12) {
        int64_t status = 0;
        must(slice_int((struct slice){call->answer.p + 9, 3}, &status));
        network->watch(network->watch_arg,
                       call->from_place,
                       conn->machine->place,
                       buf_view(&call->request),
                       (int)status);
    }
    if (!call->answer_lost && !call->event) {
        call->event = clock_after(network->clock,
                                  link_delay(network, conn->machine->place, call->from_place),
                                  call_hears,
                                  call);
    }
}

static size_t sim_conn_pending(struct env_conn *conn)
{
    (void)conn;
    return 0;
}

static void sim_conn_pause(struct env_conn *conn, bool paused)
{
    conn->is_paused = paused;
    if (!paused && conn->waiting.n && !conn->event && !conn->machine->is_dead) {
        conn->event = clock_after(conn->machine->clock, 1, conn_hands_over, conn);
    }
}

static void sim_conn_close(struct env_conn *conn)
{
    if (conn->is_closing || conn->machine->is_dead) {
        return;
    }
    struct call *call = conn->call;
    struct http_header headers[HEADERS_MAX];
    struct http_response response;
    conn->is_closing = true;
    if (call && !answer_read(call, &response, headers)) {
        if (call->event) {
            clock_cancel(call->event);
        }
        call->event = clock_after(conn->machine->clock, LINK_MIN_US, call_reset, call);
    }
    if (call) {
        call->conn = NULL;
        conn->call = NULL;
    }
    conn_gone_soon(conn);
}

/* ---- calls ---- */

static int port_of(struct slice url, struct slice *out_path)
{
    struct slice host, scheme;
    int64_t port = 0;
    must(slice_cut(&url, ':', &scheme) && slice_starts(url, "//"));
    url = slice_from(url, 2);
    const char *slash = memchr(url.p, '/', url.n);
    struct slice place = {url.p, slash ? (size_t)(slash - url.p) : url.n};
    *out_path = slash ? slice_from(url, place.n) : SLICE("/");
    if (!slice_cut(&place, ':', &host) || !slice_int(place, &port)) {
        return 0; /* a host of the real world */
    }
    return (int)port;
}

static void request_write(struct call *call, const struct http_request *r, struct slice path)
{
    struct buf *b = &call->request;
    buf_printf(b,
               "%.*s %.*s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n",
               SLICE_ARG(r->method),
               SLICE_ARG(path),
               call->port);
    for (size_t i = 0; i < r->headers_count; i++) {
        buf_printf(
            b, "%.*s: %.*s\r\n", SLICE_ARG(r->headers[i].name), SLICE_ARG(r->headers[i].value));
    }
    if (r->body.n || !slice_is(r->method, "GET")) {
        buf_printf(b, "Content-Length: %zu\r\n", r->body.n);
    }
    buf_text(b, "\r\n");
    buf_slice(b, r->body);
    must(!b->overflow);
}

/* Who serves a port, now or when it lived. */
static int place_of_port(const struct network *network, int port)
{
    for (size_t i = 0; i < LISTENERS_MAX; i++) {
        const struct env_listener *l = &network->listeners[i];
        if (l->machine && l->port == port) {
            return l->machine->place;
        }
    }
    return MACHINE_SERVER;
}

static void sim_http(struct env *env, const struct env_call *asked, env_reply_fn *fn, void *arg)
{
    struct machine *m = machine_of(env);
    struct network *network = m->network;
    if (m->is_dead) {
        return;
    }
    struct call *call = calloc(1, sizeof(*call));
    struct slice path;
    must(call);
    *call = (struct call){.from = m,
                          .from_place = m->place,
                          .fn = fn,
                          .arg = arg,
                          .sent_us = m->clock->now_us,
                          .is_head = slice_is(asked->request.method, "HEAD"),
                          .next = network->calls};
    if (network->calls) {
        network->calls->prev = call;
    }
    network->calls = call;
    buf_init(&call->request, MESSAGE_MAX);
    buf_init(&call->answer, MESSAGE_MAX);
    call->port = port_of(asked->request.url, &path);
    request_write(call, &asked->request, path);
    call->to_place = place_of_port(network, call->port);
    network->figures.calls++;
    if (network->watch_calls) {
        network->watch_calls(network->watch_arg, m->place, call->to_place);
    }
    const struct link_faults *link = &network->links[m->place][call->to_place];
    int64_t delay = link_delay(network, m->place, call->to_place);
    if (call->port == 0 || luck_permille(&network->clock->luck, link->refuse)) {
        network->figures.refused++;
        call->event = clock_after(m->clock, delay, call_refused, call);
        return;
    }
    int64_t timeout = asked->timeout_us ? asked->timeout_us : TIMEOUT_US;
    call->timeout = clock_after(m->clock, timeout, call_times_out, call);
    call->answer_lost = luck_permille(&network->clock->luck, link->lose_answer);
    network->figures.lost_answers += call->answer_lost;
    if (luck_permille(&network->clock->luck, link->lose_request)) {
        network->figures.lost_requests++;
        return;
    }
    call->event = clock_after(m->clock, delay, call_arrives, call);
}

static const char *sim_vfs(struct env *env)
{
    return machine_of(env)->vfs;
}

/* ---- chance ---- */

void network_has_chances(struct network *network, uint64_t seed)
{
    network->chances.s = seed ^ UINT64_C(0x3c6ef372fe94f82b);
    network->chances.s = luck_next(&network->chances);
    network->has_chances = luck_permille(&network->chances, 250);
}

void network_no_chances(struct network *network)
{
    network->has_chances = false;
}

bool machine_chance(struct env *env, const char *where)
{
    struct network *network = machine_of(env)->network;
    bool is_yes = network->has_chances && luck_permille(&network->chances, 250);
    if (is_yes) {
        network->figures.chances++;
        clock_trace(network->clock, "chance", slice_of(where));
    }
    return is_yes;
}

/* ---- life ---- */

struct network *network_new(struct clock *clock)
{
    struct network *network = calloc(1, sizeof(*network));
    must(network);
    network->clock = clock;
    network->next_port = 9000;
    return network;
}

void network_free(struct network *network)
{
    while (network->calls) {
        network->calls->fn = NULL;
        call_free(network->calls);
    }
    while (network->conns) {
        conn_unlist(network->conns);
    }
    while (network->machines) {
        struct machine *m = network->machines;
        network->machines = m->next;
        free(m);
    }
    free(network);
}

struct link_faults *network_link(struct network *network, int from, int to)
{
    return &network->links[from][to];
}

const struct network_figures *network_figures(const struct network *network)
{
    return &network->figures;
}

void network_watch(struct network *network,
                   void (*fn)(void *arg, int from, int to, struct slice request, int status),
                   void *arg)
{
    network->watch = fn;
    network->watch_arg = arg;
}

void network_watch_calls(struct network *network, void (*fn)(void *arg, int from, int to))
{
    network->watch_calls = fn; /* with network_watch's arg */
}

struct machine *machine_new(struct network *network, int place, const char *vfs)
{
    static const struct env_ops ops = {
        .mono_us = machine_mono_us,
        .wall_us = machine_wall_us,
        .random = machine_random,
        .timer_new = machine_timer_new,
        .timer_set = machine_timer_set,
        .timer_free = machine_timer_free,
        .wake_new = machine_wake_new,
        .wake_send = machine_wake_send,
        .wake_free = machine_wake_free,
        .listen = sim_listen,
        .listener_free = sim_listener_free,
        .conn_write = sim_conn_write,
        .conn_pending = sim_conn_pending,
        .conn_pause = sim_conn_pause,
        .conn_close = sim_conn_close,
        .http = sim_http,
        .work = machine_work,
        .sqlite_vfs = sim_vfs,
        .chance = machine_chance,
    };
    struct machine *m = calloc(1, sizeof(*m));
    must(m);
    *m = (struct machine){.env = {.ops = &ops, .is_alone = true},
                          .network = network,
                          .clock = network->clock,
                          .vfs = vfs,
                          .place = place,
                          .luck = {luck_next(&network->clock->luck)},
                          .next = network->machines};
    network->machines = m;
    return m;
}

struct env *machine_env(struct machine *machine)
{
    return &machine->env;
}

void machine_wall_jump(struct machine *machine, int64_t by_us)
{
    machine->wall_offset_us += by_us;
}

void machine_kill(struct machine *machine)
{
    struct network *network = machine->network;
    machine->is_dead = true;
    for (size_t i = 0; i < LISTENERS_MAX; i++) {
        if (network->listeners[i].machine == machine) {
            network->listeners[i].machine = NULL;
        }
    }
    for (struct env_conn *conn = network->conns, *next; conn; conn = next) {
        next = conn->next;
        if (conn->machine == machine && conn->call) { /* its caller finds the line dead */
            struct call *call = conn->call;
            if (call->event) {
                clock_cancel(call->event);
            }
            call->event = clock_after(machine->clock, LINK_MIN_US, call_reset, call);
            call->conn = NULL;
            conn->call = NULL;
        }
    }
}

void machine_bury(struct machine *machine)
{
    must(machine->is_dead);
    must(machine->things == 0);
}
