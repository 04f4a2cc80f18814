/* SPDX-License-Identifier: Apache-2.0 */
/* The real world: timers, wake-ups, signals and connections as struct env promises them. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "support/server_world.h"

/* ---- timers ---- */

struct clockwork {
    struct env_uv *uv;
    struct env *env;
    struct env_timer *timers[4];
    int order[8];
    size_t fired;
    int64_t begun_us, fired_us;
};

static void clockwork_start(struct clockwork *c)
{
    struct err_note note;
    *c = (struct clockwork){0};
    assert_int_equal(crypto_init(), ERR_OK);
    assert_int_equal(env_uv_new(&c->uv, &note), ERR_OK);
    c->env = env_uv_env(c->uv);
}

static void on_first(void *arg)
{
    struct clockwork *c = arg;
    c->order[c->fired++] = 1;
}

static void on_second(void *arg)
{
    struct clockwork *c = arg;
    c->order[c->fired++] = 2;
    if (c->fired == 2) {
        c->env->ops->timer_set(c->timers[1], 0); /* a timer may set itself again */
    }
}

static void on_never(void *arg)
{
    (void)arg;
    fail_msg("a stopped timer fired");
}

static void on_last(void *arg)
{
    struct clockwork *c = arg;
    c->fired_us = env_mono_us(c->env);
    c->env->ops->timer_free(c->timers[3]); /* a timer may end itself */
    env_uv_stop(c->uv);
}

static void test_timers_fire_once_in_order_and_not_early(void **state)
{
    (void)state;
    struct clockwork c;
    clockwork_start(&c);
    const struct env_ops *ops = c.env->ops;
    c.timers[0] = ops->timer_new(c.env, on_first, &c);
    c.timers[1] = ops->timer_new(c.env, on_second, &c);
    c.timers[2] = ops->timer_new(c.env, on_never, &c);
    c.timers[3] = ops->timer_new(c.env, on_last, &c);
    c.begun_us = env_mono_us(c.env);
    ops->timer_set(c.timers[0], 50 * US_PER_S);
    ops->timer_set(c.timers[0], 1); /* replaces */
    ops->timer_set(c.timers[1], 10 * US_PER_MS);
    ops->timer_set(c.timers[2], 5 * US_PER_MS);
    ops->timer_set(c.timers[2], -1);
    ops->timer_set(c.timers[3], 30 * US_PER_MS + 1);
    env_uv_run(c.uv);
    assert_int_equal(c.fired, 3);
    assert_int_equal(c.order[0], 1);
    assert_int_equal(c.order[1], 2);
    assert_int_equal(c.order[2], 2);
    assert_true(c.fired_us - c.begun_us >= 30 * US_PER_MS);
    ops->timer_free(c.timers[0]);
    ops->timer_free(c.timers[1]);
    env_uv_free(c.uv); /* finds the one that was forgotten */
}

static void test_clocks_and_random_are_the_systems(void **state)
{
    (void)state;
    struct clockwork c;
    uint8_t a[32] = {0}, b[32] = {0};
    clockwork_start(&c);
    assert_in_range(
        env_wall_us(c.env), INT64_C(1700000000) * US_PER_S, INT64_C(4000000000) * US_PER_S);
    int64_t before = env_mono_us(c.env);
    assert_true(env_mono_us(c.env) >= before);
    env_random(c.env, a, sizeof(a));
    env_random(c.env, b, sizeof(b));
    assert_memory_not_equal(a, b, sizeof(a));
    env_uv_free(c.uv);
}

static void on_term(void *arg)
{
    struct clockwork *c = arg;
    c->fired++;
    env_uv_stop(c->uv);
}

static void test_signals_are_told_on_the_loop(void **state)
{
    (void)state;
    struct clockwork c;
    clockwork_start(&c);
    env_uv_on_signal(c.uv, on_term, &c);
    raise(SIGTERM);
    assert_int_equal(c.fired, 0); /* not in the signal's own context */
    env_uv_run(c.uv);
    assert_int_equal(c.fired, 1);
    raise(SIGINT);
    env_uv_run(c.uv);
    assert_int_equal(c.fired, 2);
    env_uv_free(c.uv);
}

/* ---- wake-ups ---- */

#define SENDERS 4
#define SENDS 1000

struct post {
    struct clockwork clock;
    struct env_wake *wake;
    pthread_mutex_t lock;
    int posted, seen;
};

static void *post_from_thread(void *arg)
{
    struct post *post = arg;
    for (int i = 0; i < SENDS; i++) {
        pthread_mutex_lock(&post->lock);
        post->posted++;
        pthread_mutex_unlock(&post->lock);
        post->clock.env->ops->wake_send(post->wake);
    }
    return NULL;
}

static void on_post(void *arg)
{
    struct post *post = arg;
    pthread_mutex_lock(&post->lock);
    post->seen = post->posted;
    pthread_mutex_unlock(&post->lock);
    if (post->seen == SENDERS * SENDS) {
        env_uv_stop(post->clock.uv);
    }
}

static void test_wakes_from_many_threads_are_not_lost(void **state)
{
    (void)state;
    struct post post = {.lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t threads[SENDERS];
    clockwork_start(&post.clock);
    post.wake = post.clock.env->ops->wake_new(post.clock.env, on_post, &post);
    for (size_t i = 0; i < SENDERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, post_from_thread, &post), 0);
    }
    env_uv_run(post.clock.uv); /* ends when the last post has been seen */
    for (size_t i = 0; i < SENDERS; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(post.seen, SENDERS * SENDS);
    post.clock.env->ops->wake_free(post.wake);
    env_uv_free(post.clock.uv);
}

/* ---- connections, with the test as the owner ---- */

enum wire_manner { WIRE_ECHO, WIRE_FLOOD, WIRE_PAUSE, WIRE_CLOSE_AT_ONCE };

/* More than the kernel buffers of both ends. */
#define FLOOD_MIB 24

struct wire_world {
    struct env_uv *uv;
    struct env *env;
    struct env_listener *listener;
    int port;
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    struct env_conn *conn;
    char peer[64];
    size_t received;
    int pieces, drained, closed, flooded;
    enum wire_manner manner;
    size_t pending;
};

static void wire_data(void *arg, struct env_conn *conn, struct slice bytes)
{
    static char flood[1 << 20];
    struct wire_world *w = arg;
    const struct env_ops *ops = w->env->ops;
    if (w->manner == WIRE_PAUSE) {
        ops->conn_pause(conn, true);
    }
    pthread_mutex_lock(&w->lock);
    w->received += bytes.n;
    w->pieces++;
    pthread_mutex_unlock(&w->lock);
    switch (w->manner) {
    case WIRE_ECHO:
        ops->conn_write(conn, bytes);
        break;
    case WIRE_FLOOD:
        for (int i = 0; i < FLOOD_MIB; i++) {
            memset(flood, 'a' + i, sizeof(flood));
            ops->conn_write(conn, (struct slice){flood, sizeof(flood)});
        }
        pthread_mutex_lock(&w->lock);
        w->flooded++;
        w->pending = ops->conn_pending(conn);
        pthread_mutex_unlock(&w->lock);
        break;
    case WIRE_PAUSE:
    case WIRE_CLOSE_AT_ONCE:
        break;
    }
}

static void wire_drained(void *arg, struct env_conn *conn)
{
    struct wire_world *w = arg;
    pthread_mutex_lock(&w->lock);
    must(w->env->ops->conn_pending(conn) == 0);
    w->drained++;
    pthread_mutex_unlock(&w->lock);
}

static void wire_closed(void *arg, struct env_conn *conn)
{
    struct wire_world *w = arg;
    (void)conn;
    pthread_mutex_lock(&w->lock);
    w->closed++;
    pthread_mutex_unlock(&w->lock);
}

static struct env_conn_events wire_accept(void *arg, struct env_conn *conn, struct slice peer)
{
    struct wire_world *w = arg;
    pthread_mutex_lock(&w->lock);
    w->conn = conn;
    snprintf(w->peer, sizeof(w->peer), "%.*s", SLICE_ARG(peer));
    pthread_mutex_unlock(&w->lock);
    if (w->manner == WIRE_CLOSE_AT_ONCE) {
        w->env->ops->conn_write(conn, SLICE("go away"));
        w->env->ops->conn_close(conn);
    }
    return (struct env_conn_events){
        .arg = w, .on_data = wire_data, .on_drained = wire_drained, .on_closed = wire_closed};
}

static void *wire_thread(void *arg)
{
    env_uv_run(((struct wire_world *)arg)->uv);
    return NULL;
}

static void on_wire_stop(void *arg)
{
    env_uv_stop(((struct wire_world *)arg)->uv);
}

static struct env_wake *wire_start(struct wire_world *w, const char *host, enum wire_manner manner)
{
    struct err_note note;
    *w = (struct wire_world){.lock = PTHREAD_MUTEX_INITIALIZER};
    w->manner = manner;
    assert_int_equal(crypto_init(), ERR_OK);
    assert_int_equal(env_uv_new(&w->uv, &note), ERR_OK);
    w->env = env_uv_env(w->uv);
    assert_int_equal(
        w->env->ops->listen(w->env, host, 0, wire_accept, w, &w->listener, &w->port, &note),
        ERR_OK);
    struct env_wake *stop = w->env->ops->wake_new(w->env, on_wire_stop, w);
    assert_int_equal(pthread_create(&w->thread, NULL, wire_thread, w), 0);
    return stop;
}

static void wire_stop(struct wire_world *w, struct env_wake *stop)
{
    w->env->ops->wake_send(stop);
    pthread_join(w->thread, NULL);
    env_uv_free(w->uv);
}

static int wire_get(struct wire_world *w, const int *field)
{
    pthread_mutex_lock(&w->lock);
    int value = *field;
    pthread_mutex_unlock(&w->lock);
    return value;
}

static void await(struct wire_world *w, const int *field, int wanted)
{
    int64_t spent_us = 0;
    while (wire_get(w, field) < wanted && soon(&spent_us)) {
    }
    assert_int_equal(wire_get(w, field), wanted);
}

static void test_a_peer_of_a_dual_stack_socket_is_written_as_ipv4(void **state)
{
    (void)state;
    struct wire_world w;
    struct env_wake *stop = wire_start(&w, "::", WIRE_ECHO);
    ON_EXIT(buf_free) struct buf in;
    buf_init(&in, 1000);
    int fd = client_connect(w.port);
    client_send(fd, "ping");
    assert_true(client_read(fd, &in, 4));
    assert_true(slice_is(buf_view(&in), "ping"));
    assert_string_equal(w.peer, "127.0.0.1");
    close(fd);
    await(&w, &w.closed, 1);
    assert_int_equal(w.drained, 0); /* nothing ever waited */
    wire_stop(&w, stop);
}

static void test_writes_that_wait_arrive_in_order_and_are_told(void **state)
{
    (void)state;
    struct wire_world w;
    struct env_wake *stop = wire_start(&w, "127.0.0.1", WIRE_FLOOD);
    ON_EXIT(buf_free) struct buf in;
    buf_init(&in, (size_t)(FLOOD_MIB + 1) << 20);
    int fd = client_connect(w.port);
    client_send(fd, "x");
    await(&w, &w.flooded, 1); /* a client that reads meanwhile could leave nothing to wait */
    assert_true(client_read(fd, &in, (size_t)FLOOD_MIB << 20));
    for (size_t i = 0; i < in.n; i++) {
        assert_int_equal(in.p[i], 'a' + (int)(i >> 20));
    }
    await(&w, &w.drained, 1);
    pthread_mutex_lock(&w.lock);
    assert_in_range(w.pending, 1, (size_t)FLOOD_MIB << 20);
    pthread_mutex_unlock(&w.lock);
    close(fd);
    await(&w, &w.closed, 1);
    wire_stop(&w, stop);
}

static void test_a_paused_connection_reads_nothing(void **state)
{
    (void)state;
    struct wire_world w;
    struct env_wake *stop = wire_start(&w, "127.0.0.1", WIRE_PAUSE);
    char part[65536];
    memset(part, 'x', sizeof(part));
    int fd = client_connect(w.port);
    client_send(fd, "x");
    await(&w, &w.pieces, 1);
    size_t sent = 1;
    for (ssize_t n; (n = send(fd, part, sizeof(part), MSG_NOSIGNAL | MSG_DONTWAIT)) > 0;) {
        sent += (size_t)n;
        must(sent < (size_t)512 << 20); /* the kernel's buffers end long before */
    }
    pthread_mutex_lock(&w.lock);
    assert_int_equal(w.received, 1);
    pthread_mutex_unlock(&w.lock);
    close(fd);
    wire_stop(&w, stop);
    assert_int_equal(w.closed, 1); /* the end of the loop tells those who do not know yet */
}

static void test_a_connection_closed_while_accepted_gets_its_last_words(void **state)
{
    (void)state;
    struct wire_world w;
    struct env_wake *stop = wire_start(&w, "127.0.0.1", WIRE_CLOSE_AT_ONCE);
    ON_EXIT(buf_free) struct buf in;
    buf_init(&in, 1000);
    int fd = client_connect(w.port);
    client_send(fd, "unread bytes");
    assert_false(client_read(fd, &in, 100));
    assert_true(slice_is(buf_view(&in), "go away"));
    close(fd);
    await(&w, &w.closed, 1);
    assert_int_equal(w.received, 0);
    wire_stop(&w, stop);
}

static void test_a_peer_that_never_ends_is_cut_off(void **state)
{
    (void)state;
    struct wire_world w;
    struct env_wake *stop = wire_start(&w, "127.0.0.1", WIRE_CLOSE_AT_ONCE);
    int fd = client_connect(w.port); /* neither reads nor closes */
    await(&w, &w.closed, 1);         /* within the 2 s that we linger */
    close(fd);
    wire_stop(&w, stop);
}

/* ---- socket files ---- */

static int unix_connect(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    must(fd >= 0);
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        close(fd);
        return -1;
    }
    socket_bound_waits(fd);
    return fd;
}

static void test_a_socket_file_serves_its_owner_and_replaces_a_dead_one(void **state)
{
    (void)state;
    struct wire_world w;
    char directory[] = "/tmp/tc-unix-XXXXXX", path[64], host[80];
    struct stat st;
    must(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/sock", directory);
    snprintf(host, sizeof(host), "unix:%s", path);
    struct sockaddr_un dead = {.sun_family = AF_UNIX};
    snprintf(dead.sun_path, sizeof(dead.sun_path), "%s", path);
    int left = socket(AF_UNIX, SOCK_STREAM, 0);
    must(left >= 0 && bind(left, (const struct sockaddr *)&dead, sizeof(dead)) == 0);
    close(left);
    assert_int_equal(unix_connect(path), -1);

    struct env_wake *stop = wire_start(&w, host, WIRE_ECHO);
    assert_int_equal(w.port, 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    ON_EXIT(buf_free) struct buf in;
    buf_init(&in, 1000);
    int fd = unix_connect(path);
    assert_true(fd >= 0);
    client_send(fd, "ping");
    assert_true(client_read(fd, &in, 4));
    assert_true(slice_is(buf_view(&in), "ping"));
    assert_string_equal(w.peer, "unix");
    close(fd);
    await(&w, &w.closed, 1);
    wire_stop(&w, stop);
    assert_int_equal(stat(path, &st), -1); /* removed with its listener */
    rmdir(directory);
}

static struct env_conn_events nobody_comes(void *arg, struct env_conn *conn, struct slice peer)
{
    (void)arg;
    (void)conn;
    (void)peer;
    fail_msg("nobody can have connected");
    return (struct env_conn_events){0};
}

static void test_a_socket_file_is_refused_where_it_cannot_be(void **state)
{
    (void)state;
    struct clockwork c;
    struct env_listener *listener = NULL;
    struct err_note note = {""};
    char directory[] = "/tmp/tc-unix-XXXXXX", path[64], host[300];
    struct stat st;
    clockwork_start(&c);
    must(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/file", directory);
    FILE *file = fopen(path, "w");
    must(file && fclose(file) == 0);
    snprintf(host, sizeof(host), "unix:%s", path);
    const struct env_ops *ops = c.env->ops;
    assert_int_equal(ops->listen(c.env, host, 0, nobody_comes, NULL, &listener, NULL, &note),
                     ERR_IO);
    assert_int_equal(stat(path, &st), 0);
    assert_true(S_ISREG(st.st_mode)); /* nothing but a socket is ever removed */
    snprintf(host, sizeof(host), "unix:%s/%0100d", directory, 0);
    assert_int_equal(ops->listen(c.env, host, 0, nobody_comes, NULL, &listener, NULL, &note),
                     ERR_USAGE);
    assert_non_null(strstr(note.text, "the limit is 107"));
    assert_int_equal(ops->listen(c.env, "unix:", 0, nobody_comes, NULL, &listener, NULL, &note),
                     ERR_USAGE);
    assert_null(listener);
    env_uv_free(c.uv);
    unlink(path);
    rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_timers_fire_once_in_order_and_not_early),
        cmocka_unit_test(test_clocks_and_random_are_the_systems),
        cmocka_unit_test(test_signals_are_told_on_the_loop),
        cmocka_unit_test(test_wakes_from_many_threads_are_not_lost),
        cmocka_unit_test(test_a_peer_of_a_dual_stack_socket_is_written_as_ipv4),
        cmocka_unit_test(test_writes_that_wait_arrive_in_order_and_are_told),
        cmocka_unit_test(test_a_paused_connection_reads_nothing),
        cmocka_unit_test(test_a_connection_closed_while_accepted_gets_its_last_words),
        cmocka_unit_test(test_a_peer_that_never_ends_is_cut_off),
        cmocka_unit_test(test_a_socket_file_serves_its_owner_and_replaces_a_dead_one),
        cmocka_unit_test(test_a_socket_file_is_refused_where_it_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
