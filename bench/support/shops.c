/* SPDX-License-Identifier: Apache-2.0 */
#include "support/shops.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/times.h"
#include "support/loopback.h"

#define ORDER_CONNECTIONS 32
#define PUSH_BYTES_MAX 65536
#define EVENTS 64
#define TICK_NS 500000
#define GRACE_US (20 * US_PER_S)
#define SKU_STEP 7919 /* shares no divisor with SHOPS_SKUS: they take turns, spread out */

enum peer_kind { PEER_LISTENER, PEER_TICK, PEER_PUSHES, PEER_ORDERS };

struct peer {
    enum peer_kind kind;
    int fd;
    int64_t sent_us;
    struct peer *next_free; /* PEER_ORDERS */
    struct peer *older;     /* of all that were ever opened */
    size_t n;
    char *in;
};

struct shops {
    int epoll, port;
    struct peer listener, tick, *newest;
    int32_t shown[SHOPS][SHOPS_SKUS]; /* quantities sold as each shop was told; -1: nothing yet */
    size_t silent;                    /* listings that were told nothing yet */
    uint16_t rank_of[SHOPS_SKUS];     /* SKU -> its place among each thousand orders */
    struct arena arena;
    struct slice key;
    /* of shops_sell */
    struct shops_result *out;
    int64_t *sent_us; /* by order */
    size_t orders_count, made, answered, told;
    int64_t began_us, period_ns;
    struct peer *free;
};

static void watch(struct shops *s, struct peer *peer)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
    must(epoll_ctl(s->epoll, EPOLL_CTL_ADD, peer->fd, &event) == 0);
}

static struct peer *peer_new(struct shops *s, enum peer_kind kind, int fd)
{
    struct peer *peer = calloc(1, sizeof(*peer));
    must(peer && (peer->in = malloc(PUSH_BYTES_MAX)));
    peer->kind = kind;
    peer->fd = fd;
    peer->older = s->newest;
    s->newest = peer;
    watch(s, peer);
    return peer;
}

static void peer_close(struct peer *peer)
{
    if (peer->fd >= 0) {
        close(peer->fd);
        peer->fd = -1;
    }
}

/* ---- orders ---- */

static size_t sku_of(size_t order)
{
    return order * SKU_STEP % SHOPS_SKUS;
}

static size_t shop_of(size_t order)
{
    return (order + order / SHOPS_SKUS) % SHOPS;
}

static struct slice signature(struct shops *s, size_t order, int64_t seconds, struct slice body)
{
    uint8_t mac[SHA256_SIZE];
    struct slice text =
        arena_printf(&s->arena, "order-%zu.%" PRId64 ".%.*s", order, seconds, SLICE_ARG(body));
    hmac_sha256(mac, s->key, text);
    return base64_encode(&s->arena, (struct slice){(const char *)mac, sizeof(mac)});
}

static struct slice order_text(struct shops *s, size_t order)
{
    struct timespec now;
    char time_text[TIME_TEXT_MAX];
    clock_gettime(CLOCK_REALTIME, &now);
    arena_clear(&s->arena);
    struct slice placed_at =
        time_format((int64_t)now.tv_sec * US_PER_S + now.tv_nsec / 1000, time_text);
    struct slice body = arena_printf(&s->arena,
                                     "{\"id\":\"order-%zu\",\"version\":\"1\","
                                     "\"placed_at\":\"%.*s\",\"country\":\"DE\","
                                     "\"lines\":[{\"id\":\"1\",\"sku\":\"SKU-%04zu\","
                                     "\"ordered\":1}]}",
                                     order,
                                     SLICE_ARG(placed_at),
                                     sku_of(order));
    struct slice mac = signature(s, order, now.tv_sec, body);
    return arena_printf(&s->arena,
                        "POST /hooks/shop-%zu/orders HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                        "Content-Type: application/json\r\nContent-Length: %zu\r\n"
                        "webhook-id: order-%zu\r\nwebhook-timestamp: %lld\r\n"
                        "webhook-signature: v1,%.*s\r\n\r\n%.*s",
                        shop_of(order),
                        body.n,
                        order,
                        (long long)now.tv_sec,
                        SLICE_ARG(mac),
                        SLICE_ARG(body));
}

/* All orders whose time has come, as far as there are connections. */
static void sell_due(struct shops *s)
{
    while (s->free && s->made < s->orders_count) {
        int64_t due_us = s->began_us + (int64_t)s->made * s->period_ns / 1000;
        int64_t now = bench_now_us();
        if (now < due_us) {
            return;
        }
        struct peer *peer = s->free;
        struct slice text = order_text(s, s->made);
        s->free = peer->next_free;
        s->out->latest_us = now - due_us > s->out->latest_us ? now - due_us : s->out->latest_us;
        peer->sent_us = s->sent_us[s->made++] = bench_now_us();
        loopback_write(peer->fd, text);
    }
}

static void on_order_answer(struct shops *s, struct peer *peer)
{
    struct loopback_answer answer;
    ssize_t n = read(peer->fd, peer->in + peer->n, PUSH_BYTES_MAX - peer->n);
    bench_need(n > 0, "the server closed a shop's connection");
    peer->n += (size_t)n;
    if (!loopback_answer_read((struct slice){peer->in, peer->n}, &answer)) {
        return;
    }
    bench_need(answer.status == 200, "an order was answered %d", answer.status);
    samples_add(&s->out->answers, bench_now_us() - peer->sent_us);
    s->answered++;
    peer->n = 0;
    peer->next_free = s->free;
    s->free = peer;
    sell_due(s);
}

/* ---- pushes ---- */

/* The shop heard that `sold` units of the SKU are gone: of which orders had it not heard before? */
static void told(struct shops *s, size_t shop, size_t sku, int64_t sold, int64_t now)
{
    int32_t *shown = &s->shown[shop][sku];
    if (*shown < 0) {
        s->silent--;
        *shown = 0;
    }
    for (; *shown < sold; (*shown)++) {
        size_t order = s->rank_of[sku] + (size_t)*shown * SHOPS_SKUS;
        bench_need(order < s->made, "a shop was told of an order that nobody sent");
        if (shop_of(order) != shop) {
            samples_add(&s->out->propagation, now - s->sent_us[order]);
            s->told++;
        }
    }
}

static void read_items(struct shops *s, size_t shop, struct slice body)
{
    static const char sku_key[] = "\"sku\":\"SKU-", quantity_key[] = "\"quantity\":";
    int64_t now = bench_now_us();
    const char *at = body.p, *end = body.p + body.n;
    while ((at = memmem(at, (size_t)(end - at), sku_key, sizeof(sku_key) - 1))) {
        int64_t sku = -1;
        at += sizeof(sku_key) - 1;
        bool is_read = slice_int((struct slice){at, 4}, &sku) && sku < SHOPS_SKUS;
        at = memmem(at, (size_t)(end - at), quantity_key, sizeof(quantity_key) - 1);
        bench_need(is_read && at, "a push cannot be read");
        told(s,
             shop,
             (size_t)sku,
             SHOPS_UNITS - strtol(at + sizeof(quantity_key) - 1, NULL, 10),
             now);
        if (s->out) {
            s->out->items++;
        }
    }
}

static void answer_push(const struct peer *peer)
{
    char text[160], date[TIME_TEXT_MAX];
    struct slice now = time_format_http((int64_t)time(NULL) * US_PER_S, date);
    int n = snprintf(text,
                     sizeof(text),
                     "HTTP/1.1 200 OK\r\nDate: %.*s\r\nContent-Length: 2\r\n\r\n{}",
                     SLICE_ARG(now));
    loopback_write(peer->fd, (struct slice){text, (size_t)n});
}

static void on_push(struct shops *s, struct peer *peer)
{
    static const char path[] = "POST /c";
    ssize_t n = read(peer->fd, peer->in + peer->n, PUSH_BYTES_MAX - peer->n);
    struct slice body;
    size_t size;
    if (n <= 0) {
        peer_close(peer);
        return;
    }
    peer->n += (size_t)n;
    while (peer->n && loopback_request_read((struct slice){peer->in, peer->n}, &body, &size)) {
        bench_need(slice_starts((struct slice){peer->in, peer->n}, path), "a push without a shop");
        read_items(s, (size_t)(peer->in[sizeof(path) - 1] - '0'), body);
        answer_push(peer);
        if (s->out) {
            s->out->requests++;
        }
        peer->n -= size;
        memmove(peer->in, peer->in + size, peer->n);
    }
    bench_need(peer->n < PUSH_BYTES_MAX, "a push is larger than %d bytes", PUSH_BYTES_MAX);
}

/* ---- the loop ---- */

static void step(struct shops *s)
{
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(s->epoll, events, EVENTS, 1000);
    for (int i = 0; i < ready; i++) {
        struct peer *peer = events[i].data.ptr;
        uint64_t ticks;
        switch (peer->kind) {
        case PEER_LISTENER:
            peer_new(s, PEER_PUSHES, loopback_accept(peer->fd));
            break;
        case PEER_TICK:
            must(read(peer->fd, &ticks, sizeof(ticks)) == (ssize_t)sizeof(ticks));
            break;
        case PEER_PUSHES:
            on_push(s, peer);
            break;
        case PEER_ORDERS:
            on_order_answer(s, peer);
            break;
        }
    }
}

struct shops *shops_new(void)
{
    struct shops *s = calloc(1, sizeof(*s));
    must(s && crypto_init() == ERR_OK);
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    s->listener = (struct peer){.kind = PEER_LISTENER, .fd = loopback_listen(&s->port)};
    s->tick = (struct peer){.kind = PEER_TICK, .fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)};
    const struct itimerspec pace = {{0, TICK_NS}, {0, TICK_NS}};
    must(s->epoll >= 0 && s->tick.fd >= 0 && timerfd_settime(s->tick.fd, 0, &pace, NULL) == 0);
    watch(s, &s->listener);
    watch(s, &s->tick);
    memset(s->shown, -1, sizeof(s->shown));
    s->silent = (size_t)SHOPS * SHOPS_SKUS;
    for (size_t i = 0; i < SHOPS_SKUS; i++) {
        s->rank_of[sku_of(i)] = (uint16_t)i;
    }
    arena_init(&s->arena, 65536);
    static char key[64];
    must(base64_decode(&s->arena, slice_from(SLICE(SHOPS_SECRET), strlen("whsec_")), &s->key) &&
         s->key.n <= sizeof(key));
    memcpy(key, s->key.p, s->key.n); /* the arena is cleared for each order */
    s->key.p = key;
    return s;
}

void shops_free(struct shops *s)
{
    while (s->newest) {
        struct peer *peer = s->newest;
        s->newest = peer->older;
        peer_close(peer);
        free(peer->in);
        free(peer);
    }
    close(s->listener.fd);
    close(s->tick.fd);
    close(s->epoll);
    arena_free(&s->arena);
    free(s);
}

int shops_port(const struct shops *s)
{
    return s->port;
}

void shops_await_first(struct shops *s)
{
    int64_t end_us = bench_now_us() + 60 * US_PER_S;
    while (s->silent) {
        step(s);
        bench_need(bench_now_us() < end_us, "%zu listings were never pushed", s->silent);
    }
}

void shops_sell(
    struct shops *s, int port, size_t orders_per_s, size_t orders, struct shops_result *out)
{
    struct peer *peers[ORDER_CONNECTIONS];
    *out = (struct shops_result){.orders = orders};
    samples_init(&out->propagation, orders * (SHOPS - 1));
    samples_init(&out->answers, orders);
    s->out = out;
    s->sent_us = calloc(orders, sizeof(s->sent_us[0]));
    must(s->sent_us);
    s->orders_count = orders;
    s->made = s->answered = s->told = 0;
    s->free = NULL;
    for (size_t i = 0; i < ORDER_CONNECTIONS; i++) {
        peers[i] = peer_new(s, PEER_ORDERS, loopback_connect(port));
        peers[i]->next_free = s->free;
        s->free = peers[i];
    }
    s->began_us = bench_now_us();
    s->period_ns = (int64_t)(1000000000 / orders_per_s);
    int64_t end_us = s->began_us + (int64_t)orders * s->period_ns / 1000 + GRACE_US;
    while (s->answered < orders || s->told < orders * (SHOPS - 1)) {
        sell_due(s);
        step(s);
        bench_need(bench_now_us() < end_us,
                   "after %d s more, %zu of %zu orders are answered and %zu of %zu shops told",
                   (int)(GRACE_US / US_PER_S),
                   s->answered,
                   orders,
                   s->told,
                   orders * (SHOPS - 1));
    }
    for (size_t i = 0; i < ORDER_CONNECTIONS; i++) {
        peer_close(peers[i]);
    }
    free(s->sent_us);
    s->sent_us = NULL;
    s->out = NULL;
}
