/* SPDX-License-Identifier: Apache-2.0 */
/* GET /v1/stream over real sockets: what is told, to whom, and when it ends. */
#include "support/api_call.h"
#include "support/served_shop.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>

struct listener {
    int fd;
    bool is_over; /* the server has closed it */
    size_t n;
    char text[1 << 20];
};

/* extra: header lines, each with its line end. */
static struct listener *listen_with(struct served *s, const char *extra, int receive_max)
{
    char request[600];
    struct listener *l = calloc(1, sizeof(*l));
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)s->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int n =
        snprintf(request, sizeof(request), "GET /v1/stream HTTP/1.1\r\nHost: x\r\n%s\r\n", extra);
    assert_non_null(l);
    l->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_max) {
        assert_int_equal(
            setsockopt(l->fd, SOL_SOCKET, SO_RCVBUF, &receive_max, sizeof(receive_max)), 0);
    }
    assert_int_equal(connect(l->fd, (const struct sockaddr *)&to, sizeof(to)), 0);
    assert_int_equal(write(l->fd, request, (size_t)n), n);
    assert_int_equal(fcntl(l->fd, F_SETFL, O_NONBLOCK), 0);
    return l;
}

static struct listener *listen_by(struct served *s, const char *token)
{
    char extra[400];
    const char *space = strchr(token, ' ');
    if (space) {
        (void)snprintf(
            extra, sizeof(extra), "Cookie: __Host-truecount=%.*s\r\n", (int)(space - token), token);
    } else {
        (void)snprintf(extra, sizeof(extra), "Authorization: Bearer %s\r\n", token);
    }
    return listen_with(s, extra, 0);
}

static void hear(struct listener *l)
{
    ssize_t got;
    while (!l->is_over && (got = read(l->fd, l->text + l->n, sizeof(l->text) - 1 - l->n)) != -1) {
        l->is_over = got == 0;
        l->n += (size_t)got;
        assert_true(l->n < sizeof(l->text) - 1);
    }
    l->is_over |= errno != EAGAIN && errno != EWOULDBLOCK;
}

static bool has_heard(struct listener *l, const char *text)
{
    hear(l);
    return strstr(l->text, text) != NULL;
}

static size_t times_heard(struct listener *l, const char *text)
{
    size_t times = 0;
    hear(l);
    for (const char *at = l->text; (at = strstr(at, text)); at++) {
        times++;
    }
    return times;
}

static bool is_over(struct listener *l)
{
    hear(l);
    return l->is_over;
}

static void stop_listening(struct listener *l)
{
    close(l->fd);
    free(l);
}

static void small_shop(struct served *s)
{
    WRITE(s, 201, "POST", "/v1/locations", "{'code':'berlin'}");
    WRITE(s, 201, "POST", "/v1/skus", "{'items':[{'sku':'TEE'},{'sku':'MUG'}]}");
}

static void receive(struct served *s, const char *sku, int units)
{
    WRITE(s,
          201,
          "POST",
          "/v1/movements",
          "{'movements':[{'kind':'receive','sku':'%s','location':'berlin','quantity':%d}]}",
          sku,
          units);
}

/* ---- what is told ---- */

static void test_stock_and_channels_are_told_as_they_are_now(void **state)
{
    struct served *s = *state;
    served_start(s);
    small_shop(s);
    struct listener *l = listen_by(s, CHILD_TOKEN);
    UNTIL(s, 5, has_heard(l, "\nretry: 2000\nid: "));
    assert_true(has_heard(l, "Content-Type: text/event-stream\r\n"));
    receive(s, "TEE", 5);
    UNTIL(s,
          5,
          has_heard(l, "event: stock\nid: ") &&
              has_heard(l, "\ndata: {\"sku\":\"TEE\",\"available\":5,\"version\":"));
    WRITE(s, 201, "POST", "/v1/channels", "{'code':'own','connector':'api'}");
    UNTIL(s, 5, has_heard(l, "data: {\"channel\":\"own\",\"mode\":\"shadow\",\"paused\":false}"));
    WRITE(s, 200, "PATCH", "/v1/channels/own", "{'mode':'live'}");
    UNTIL(s, 5, has_heard(l, "data: {\"channel\":\"own\",\"mode\":\"live\",\"paused\":false}"));
    assert_false(has_heard(l, "\"MUG\"")); /* it did not move */
    stop_listening(l);
    served_end(s);
}

static void test_many_changes_at_once_are_told_once(void **state)
{
    struct served *s = *state;
    served_start(s);
    small_shop(s);
    struct listener *l = listen_by(s, CHILD_TOKEN);
    UNTIL(s, 5, has_heard(l, "id: "));
    buf_clear(&s->body);
    buf_text(&s->body, "{\"movements\":[");
    for (int i = 0; i < 300; i++) {
        buf_printf(
            &s->body,
            "%s{\"kind\":\"receive\",\"sku\":\"TEE\",\"location\":\"berlin\",\"quantity\":1}",
            i ? "," : "");
    }
    buf_text(&s->body, "]}");
    assert_int_equal(served_api(s, "POST", SLICE("/v1/movements")), 201);
    UNTIL(s, 5, has_heard(l, "\"available\":300,"));
    assert_int_equal(times_heard(l, "event: stock"), 1);
    stop_listening(l);
    served_end(s);
}

static void test_a_sale_is_told_from_the_delivery_to_the_push(void **state)
{
    struct served *s = *state;
    served_start(s);
    small_shop(s);
    receive(s, "TEE", 10);
    struct shop *shop = served_shop_of(
        s, (struct shop_options){.kind = SHOP_WOOCOMMERCE, .code = "woo", .retry_ms = 100});
    served_listing(s, shop, "TEE", 10);
    struct listener *l = listen_by(s, CHILD_TOKEN);
    UNTIL(s, 5, has_heard(l, "id: "));
    receive(s, "TEE", 5);
    UNTIL(s,
          30,
          has_heard(l, "event: push") && has_heard(l, "\"quantity\":15,\"state\":\"confirmed\""));
    shop_sells_one(shop, "TEE", 3);
    UNTIL(s, 30, has_heard(l, "event: delivery") && has_heard(l, "\"state\":\"applied\""));
    UNTIL(s, 30, has_heard(l, "\"sku\":\"TEE\",\"available\":12,"));
    assert_true(has_heard(l, "\"channel\":\"woo\""));
    assert_true(has_heard(l, "\"latency_ms\":"));
    stop_listening(l);
    served_end(s);
}

static void test_an_incident_is_told_and_its_end(void **state)
{
    struct served *s = *state;
    served_start(s);
    small_shop(s);
    WRITE(s, 201, "POST", "/v1/channels", "{'code':'own','connector':'api','mode':'live'}");
    WRITE(s, 201, "POST", "/v1/listings", "{'channel':'own','sku':'TEE'}");
    struct listener *l = listen_by(s, CHILD_TOKEN);
    UNTIL(s, 5, has_heard(l, "id: "));
    WRITE(s,
          201,
          "POST",
          "/v1/orders",
          "{'channel':'own','id':'A1','version':'1','lines':[{'id':'1','sku':'TEE','ordered':3}]}");
    UNTIL(s,
          5,
          has_heard(l, "event: incident") &&
              has_heard(l, "\"code\":\"OVERSOLD\",\"state\":\"open\""));
    receive(s, "TEE", 5);
    UNTIL(s, 30, has_heard(l, "\"code\":\"OVERSOLD\",\"state\":\"resolved\""));
    stop_listening(l);
    served_end(s);
}

/* ---- gaps ---- */

static void last_id(struct listener *l, char out[64])
{
    hear(l);
    const char *last = NULL;
    for (const char *at = l->text; (at = strstr(at, "\nid: ")); at++) {
        last = at + 5;
    }
    assert_non_null(last);
    (void)snprintf(out, 64, "%.*s", (int)strcspn(last, "\n"), last);
}

static struct listener *come_back(struct served *s, const char *id)
{
    char extra[300];
    (void)snprintf(
        extra, sizeof(extra), "Authorization: Bearer " CHILD_TOKEN "\r\nLast-Event-ID: %s\r\n", id);
    struct listener *l = listen_with(s, extra, 0);
    UNTIL(s, 5, has_heard(l, "\nid: "));
    return l;
}

static void test_whoever_missed_something_is_told_to_load_again(void **state)
{
    struct served *s = *state;
    char id[64];
    served_start(s);
    small_shop(s);
    struct listener *l = listen_by(s, CHILD_TOKEN), *back;
    UNTIL(s, 5, has_heard(l, "id: "));
    assert_false(has_heard(l, "event: reset")); /* who comes first has missed nothing */
    receive(s, "TEE", 1);
    UNTIL(s, 5, has_heard(l, "event: stock"));
    last_id(l, id);
    back = come_back(s, id); /* in time */
    assert_false(has_heard(back, "event: reset"));
    stop_listening(back);
    receive(s, "TEE", 1);
    UNTIL(s, 5, times_heard(l, "event: stock") == 2);
    back = come_back(s, id);
    assert_true(has_heard(back, "event: reset\ndata: {}\n\n"));
    stop_listening(back);
    last_id(l, id);
    stop_listening(l);
    served_run(s, 2 * US_PER_S); /* nobody listens any more */
    receive(s, "TEE", 1);
    back = come_back(s, id);
    assert_true(has_heard(back, "event: reset\n"));
    last_id(back, id);
    stop_listening(back);
    served_kill(s);
    served_start(s);
    back = come_back(s, id);
    assert_true(has_heard(back, "event: reset\n"));
    stop_listening(back);
    served_end(s);
}

static void test_too_much_at_once_is_a_reset(void **state)
{
    struct served *s = *state;
    served_start(s);
    small_shop(s);
    struct listener *l = listen_by(s, CHILD_TOKEN);
    UNTIL(s, 5, has_heard(l, "id: "));
    buf_clear(&s->body);
    buf_text(&s->body, "{\"items\":[");
    for (int i = 0; i < 2000; i++) {
        buf_printf(&s->body, "%s{\"sku\":\"S%d\"}", i ? "," : "", i);
    }
    buf_text(&s->body, "]}");
    assert_int_equal(served_api(s, "POST", SLICE("/v1/skus")), 201);
    UNTIL(s, 10, has_heard(l, "event: reset\nid: "));
    assert_false(has_heard(l, "event: stock"));
    receive(s, "TEE", 7); /* and on it goes */
    UNTIL(s, 5, has_heard(l, "\"available\":7,"));
    stop_listening(l);
    served_end(s);
}

/* ---- its end ---- */

static void test_a_stream_ends_with_what_began_it(void **state)
{
    struct served *s = *state;
    char session[160], token[64];
    served_start(s);
    small_shop(s);
    new_user(s, "anna", "read");
    log_in(s, "anna", session);
    new_token(s, "read", token);
    struct listener *a = listen_by(s, session), *b = listen_by(s, token);
    struct listener *c = listen_by(s, CHILD_TOKEN);
    UNTIL(s, 5, has_heard(a, "id: ") && has_heard(b, "id: ") && has_heard(c, "id: "));
    call(s, (struct call){.method = "DELETE", .path = "/v1/session", .token = session});
    served_wanted(s, 204, __FILE__, __LINE__);
    UNTIL(s, 5, is_over(a));
    assert_false(is_over(b));
    WRITE(s, 204, "DELETE", "/v1/tokens/1", "%s", "");
    UNTIL(s, 5, is_over(b));
    assert_false(is_over(c));
    served_stop(s); /* and with the server, which does not wait for it */
    UNTIL(s, 5, is_over(c));
    stop_listening(a);
    stop_listening(b);
    stop_listening(c);
    struct listener *nobody;
    served_start(s);
    nobody = listen_by(s, token);
    UNTIL(s, 5, has_heard(nobody, "HTTP/1.1 401"));
    stop_listening(nobody);
    served_end(s);
}

static bool open_streams(struct served *s, const char *count)
{
    char line[64];
    (void)snprintf(line, sizeof(line), "truecount_streams_open %s\n", count);
    GET(s, "/metrics");
    return memmem(s->text.p, s->text.n, line, strlen(line)) != NULL;
}

static void test_sixty_four_listen_and_no_more(void **state)
{
    struct served *s = *state;
    struct listener *all[64];
    served_start(s);
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        all[i] = listen_by(s, CHILD_TOKEN);
        UNTIL(s, 5, has_heard(all[i], "id: "));
    }
    struct listener *more = listen_by(s, CHILD_TOKEN);
    UNTIL(s, 5, has_heard(more, "HTTP/1.1 503"));
    stop_listening(more);
    stop_listening(all[7]); /* one goes, another may come */
    UNTIL(s, 5, open_streams(s, "63"));
    all[7] = listen_by(s, CHILD_TOKEN);
    UNTIL(s, 5, has_heard(all[7], "HTTP/1.1 200"));
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        stop_listening(all[i]);
    }
    UNTIL(s, 5, open_streams(s, "0"));
    served_end(s);
}

/* 400 SKUs move at once, again and again: some 30 KB each time. */
static void move_all(struct served *s, int count)
{
    buf_clear(&s->body);
    buf_text(&s->body, "{\"movements\":[");
    for (int i = 0; i < count; i++) {
        buf_printf(
            &s->body,
            "%s{\"kind\":\"receive\",\"sku\":\"A-RATHER-LONG-CODE-OF-A-SKU-THAT-FILLS-THE-STREAM-"
            "WITH-ITS-LETTERS-%d\",\"location\":\"berlin\",\"quantity\":1}",
            i ? "," : "",
            i);
    }
    buf_text(&s->body, "]}");
    assert_int_equal(served_api(s, "POST", SLICE("/v1/movements")), 201);
}

static void test_a_reader_that_does_not_keep_up_is_cut(void **state)
{
    enum { SKUS = 400 };
    struct served *s = *state;
    served_start(s);
    small_shop(s);
    buf_clear(&s->body);
    buf_text(&s->body, "{\"items\":[");
    for (int i = 0; i < SKUS; i++) {
        buf_printf(&s->body,
                   "%s{\"sku\":\"A-RATHER-LONG-CODE-OF-A-SKU-THAT-FILLS-THE-STREAM-WITH-ITS-"
                   "LETTERS-%d\"}",
                   i ? "," : "",
                   i);
    }
    buf_text(&s->body, "]}");
    assert_int_equal(served_api(s, "POST", SLICE("/v1/skus")), 201);
    struct listener *slow =
        listen_with(s, "Authorization: Bearer " CHILD_TOKEN "\r\n", 4096); /* it never reads */
    struct listener *quick = listen_by(s, CHILD_TOKEN);
    UNTIL(s, 5, has_heard(quick, "id: ") && open_streams(s, "2"));
    for (int i = 0; i < 200 && !open_streams(s, "1"); i++) {
        move_all(s, SKUS);
        hear(quick);
        quick->n = 0; /* it need not keep it all */
        served_run(s, 100 * US_PER_MS);
    }
    assert_true(open_streams(s, "1"));
    assert_false(is_over(quick));
    stop_listening(slow);
    stop_listening(quick);
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_stock_and_channels_are_told_as_they_are_now),
        SCENARIO(test_many_changes_at_once_are_told_once),
        SCENARIO(test_a_sale_is_told_from_the_delivery_to_the_push),
        SCENARIO(test_an_incident_is_told_and_its_end),
        SCENARIO(test_whoever_missed_something_is_told_to_load_again),
        SCENARIO(test_too_much_at_once_is_a_reset),
        SCENARIO(test_a_stream_ends_with_what_began_it),
        SCENARIO(test_sixty_four_listen_and_no_more),
        SCENARIO(test_a_reader_that_does_not_keep_up_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
