/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real server among strangers: requests that are taken differently by two readers, sizes at
 * their limits, bombs, floods, slow clients, guessed signatures. Refused is what must be, honest
 * traffic goes on, memory stays what it was, nothing foreign is stored, `verify` finds nothing.
 */
#include "blackbox/smuggle.h"
#include "blackbox/strangers.h"

#include "base/crypto.h"
#include "base/standard_webhooks.h"
#include "drill/luck.h"

#define SECRET "whsec_c2NlbmFyaW8tc2VjcmV0LTAxMjM0NTY3"
#define MIB ((int64_t)1024 * 1024)

struct box {
    struct served_child server;
    struct arena arena;
    struct buf text;
    int64_t orders, faults;
};

static void PRINTF_LIKE(2, 3) fault(struct box *b, const char *what, ...)
{
    va_list args;
    va_start(args, what);
    fputs("FAULT: ", stdout);
    vprintf(what, args);
    putchar('\n');
    va_end(args);
    b->faults++;
}

/* ---- the server's memory ---- */

static int64_t status_kib(const struct box *b, const char *name)
{
    char path[64], *text;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)b->server.child);
    text = file_text(path);
    const char *line = strstr(text, name);
    int64_t kib = line ? strtol(line + strlen(name) + 1, NULL, 10) : -1;
    free(text);
    return kib;
}

static double rss_mib(const struct box *b)
{
    return (double)status_kib(b, "VmRSS") / 1024;
}

/* From here on the peak counts. */
static void peak_forget(const struct box *b)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/clear_refs", (int)b->server.child);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        (void)!write(fd, "5", 1);
        close(fd);
    }
}

static void memory_wants(struct box *b, const char *what, double before, double more_max)
{
    double peak = (double)status_kib(b, "VmHWM") / 1024;
    printf("  memory %.1f MiB before, %.1f at most, %.1f after\n", before, peak, rss_mib(b));
    if (peak > before + more_max) {
        fault(b, "%s: memory grew by %.1f MiB, more than %.0f", what, peak - before, more_max);
    }
}

/* ---- honest traffic ---- */

static int deliver(struct box *b, struct slice body, const char *id, bool is_forged)
{
    struct slice key = {0};
    char headers[1024], stamp[32];
    arena_clear(&b->arena);
    must(webhook_key_read(SLICE(SECRET), &b->arena, &key));
    snprintf(stamp, sizeof(stamp), "%" PRId64, (int64_t)time(NULL));
    struct slice signature =
        webhook_signature(&key, 1, slice_of(id), slice_of(stamp), body, &b->arena);
    size_t kept = signature.n - (is_forged ? 12 : 0); /* a guess has the right shape */
    snprintf(headers,
             sizeof(headers),
             "webhook-id: %s\r\nwebhook-timestamp: %s\r\nwebhook-signature: %.*s%s\r\n",
             id,
             stamp,
             (int)kept,
             signature.p,
             is_forged ? "AAAAAAAAAAA=" : "");
    return child_call(&b->server, "POST", "/hooks/own", headers, body);
}

static int honest_order(struct box *b)
{
    char body[256], id[32];
    int64_t nth = ++b->orders;
    int n = snprintf(body,
                     sizeof(body),
                     "{\"id\":\"o%" PRId64 "\",\"version\":\"1\",\"lines\":[{\"id\":\"1\","
                     "\"sku\":\"TEE\",\"ordered\":1}]}",
                     nth);
    snprintf(id, sizeof(id), "msg_%" PRId64, nth);
    return deliver(b, (struct slice){body, (size_t)n}, id, false);
}

static int compare_us(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The p99 of an honest order, from request to answer, in ms. */
static double honest_p99_ms(struct box *b, int64_t for_us, size_t *out_count)
{
    enum { MOST = 20000 };
    static int64_t took[MOST];
    size_t n = 0;
    for (int64_t until_us = mono_us() + for_us; n < MOST && mono_us() < until_us; n++) {
        int64_t began_us = mono_us();
        int status = honest_order(b);
        if (status != 200) {
            fault(b, "an honest order was answered with %d", status);
            break;
        }
        took[n] = mono_us() - began_us;
    }
    must(n > 0 || b->faults);
    qsort(took, n, sizeof(took[0]), compare_us);
    *out_count = n;
    return n ? (double)took[n * 99 / 100] / 1000 : 0;
}

static int64_t deliveries(struct box *b)
{
    int64_t count = 0;
    char cursor[32] = "";
    do {
        must(child_get(&b->server,
                       "/v1/deliveries?limit=1000%s%s",
                       cursor[0] ? "&cursor=" : "",
                       cursor) == 200);
        count += (int64_t)json_count(json_get(b->server.json, "items"));
        snprintf(cursor, sizeof(cursor), "%.*s", SLICE_ARG(said(b->server.json, "next")));
    } while (cursor[0]);
    return count;
}

/* ---- raw requests ---- */

/* All that comes back within two seconds, or until the server hangs up. */
static bool raw(struct box *b, struct slice bytes, struct buf *out)
{
    struct wire w;
    char part[4096];
    bool is_closed = false;
    wire_init(&w);
    buf_clear(out);
    must(wire_open(&w, b->server.port));
    buf_slice(&w.out, bytes);
    w.state = WIRE_BUSY;
    wire_write(&w);
    for (int64_t until_us = mono_us() + 2 * US_PER_S; !is_closed && mono_us() < until_us;) {
        struct pollfd p = {.fd = w.fd, .events = POLLIN};
        if (w.sent < w.out.n && w.state == WIRE_BUSY) {
            p.events |= POLLOUT;
            wire_write(&w);
        }
        (void)poll(&p, 1, 20);
        ssize_t n = recv(w.fd, part, sizeof(part), 0);
        is_closed = n == 0 || (n < 0 && errno != EAGAIN);
        buf_put(out, part, n > 0 ? (size_t)n : 0);
    }
    wire_free(&w);
    return is_closed;
}

static int answers_in(const struct buf *text, int *out_first)
{
    int count = 0;
    int64_t status = 0;
    for (size_t i = 0; i + 12 <= text->n; i++) {
        if (memcmp(text->p + i, "HTTP/1.1 ", 9) == 0 &&
            slice_int((struct slice){text->p + i + 9, 3}, &status) && count++ == 0) {
            *out_first = (int)status;
        }
    }
    return count;
}

static void wants_one_answer(struct box *b, const char *what, struct slice bytes, int wanted)
{
    int status = 0;
    bool is_closed = raw(b, bytes, &b->text);
    int answers = answers_in(&b->text, &status);
    if (answers != 1 || status != wanted || !is_closed) {
        fault(b,
              "%s: %d answers, the first %d (wanted one of %d), %s",
              what,
              answers,
              status,
              wanted,
              is_closed ? "closed" : "left open");
    }
}

/* ---- the cases ---- */

static void case_smuggling(struct box *b)
{
    for (size_t i = 0; i < COUNT_OF(smuggled); i++) {
        wants_one_answer(b, smuggled[i].what, slice_of(smuggled[i].text), smuggled[i].status);
    }
    printf("  %zu requests that two readers take differently: each refused\n", COUNT_OF(smuggled));
}

static void head_of(struct buf *out, size_t fields, size_t size)
{
    buf_clear(out);
    buf_text(out, "GET /healthz HTTP/1.1\r\n" HOST "Connection: close\r\n");
    for (size_t i = 2; i < fields; i++) {
        buf_printf(out, "X-%zu: a\r\n", i);
    }
    if (size) {
        buf_text(out, "X-Long: ");
        while (out->n + 4 < size) {
            buf_char(out, 'a');
        }
        buf_text(out, "\r\n");
    }
    buf_text(out, "\r\n");
}

static void case_sizes(struct box *b)
{
    static const size_t head_max = 16 * 1024, fields_max = 100;
    struct buf head, body;
    buf_init(&head, 1 << 20);
    buf_init(&body, (size_t)4 << 20);
    for (size_t less = 2; less-- > 0;) {
        head_of(&head, 3, head_max - less);
        wants_one_answer(b, "a head of 16 KiB, or one byte less", buf_view(&head), 200);
        head_of(&head, fields_max - less, 0);
        wants_one_answer(b, "a hundred fields, or one less", buf_view(&head), 200);
    }
    head_of(&head, 3, head_max + 1);
    wants_one_answer(b, "a head of 16 KiB and a byte", buf_view(&head), 431);
    head_of(&head, fields_max + 1, 0);
    wants_one_answer(b, "101 fields", buf_view(&head), 431);
    for (int more = -1; more <= 1; more++) {
        size_t n = (size_t)(2 * MIB + more);
        buf_clear(&body);
        buf_text(&body, "{\"id\":\"big\",\"version\":\"1\",\"lines\":[]}");
        while (body.n < n) {
            buf_put(&body, "                ", n - body.n < 16 ? n - body.n : 16);
        }
        char id[32];
        snprintf(id, sizeof(id), "big_%d", more);
        int status = deliver(b, buf_view(&body), id, false);
        if (status != (more > 0 ? 413 : 200)) {
            fault(b, "a body of 2 MiB %+d: %d", more, status);
        }
    }
    buf_free(&head);
    buf_free(&body);
    puts("  heads, fields and bodies at their limits: n-1, n, n+1 as stated");
}

static void case_depth(struct box *b)
{
    double before = rss_mib(b);
    struct buf body;
    buf_init(&body, (size_t)4 << 20);
    peak_forget(b);
    for (int kind = 0; kind < 2; kind++) {
        buf_clear(&body);
        for (int i = 0; i < 1000000 && body.n < (size_t)(2 * MIB - 8); i++) {
            buf_text(&body, kind ? "[" : "{\"a\":");
        }
        char id[32];
        snprintf(id, sizeof(id), "deep_%d", kind);
        int hook = deliver(b, buf_view(&body), id, false);
        bool is_parked = slice_is(said(b->server.json, "state"), "parked");
        int api = child_call(&b->server, "POST", "/v1/skus", BEARER, buf_view(&body));
        if (hook != 200 || !is_parked || api != 400) {
            fault(b, "a million levels deep: %d (parked: %d) and %d", hook, is_parked, api);
        }
    }
    buf_free(&body);
    puts("  JSON a million levels deep: a signed one is kept and parked, the API says 400");
    memory_wants(b, "depth", before, 32);
}

static void case_guesses(struct box *b)
{
    enum { GUESSES = 5000 };
    double before = rss_mib(b);
    int64_t stored = deliveries(b), began_us = mono_us();
    peak_forget(b);
    for (int i = 0; i < GUESSES; i++) {
        char id[32];
        snprintf(id, sizeof(id), "guess_%d", i);
        int status = deliver(b,
                             SLICE("{\"id\":\"forged\",\"version\":\"1\",\"lines\":[{\"id\":\"1\","
                                   "\"sku\":\"TEE\",\"ordered\":1}]}"),
                             id,
                             true);
        if (status != 401) {
            fault(b, "a guessed signature: %d", status);
            break;
        }
    }
    printf("  %d guessed signatures, %.0f a second: 401, nothing stored\n",
           GUESSES,
           GUESSES / ((double)(mono_us() - began_us) / US_PER_S));
    if (deliveries(b) != stored || child_get(&b->server, "/v1/orders/own/forged") != 404) {
        fault(b, "a guessed signature left something behind");
    }
    memory_wants(b, "guessed signatures", before, 16);
}

static void case_drips(struct box *b)
{
    static struct drips drips;
    size_t calm, busy;
    double before = rss_mib(b), alone = honest_p99_ms(b, 3 * US_PER_S, &calm);
    peak_forget(b);
    drips_start(&drips, b->server.port);
    for (int64_t until_us = mono_us() + 10 * US_PER_S;
         atomic_load(&drips.connected) < DRIPS && mono_us() < until_us;) {
        nap_us(20 * US_PER_MS);
    }
    double among = honest_p99_ms(b, 6 * US_PER_S, &busy),
           then = honest_p99_ms(b, 6 * US_PER_S, &busy);
    drips_stop(&drips);
    printf("  %ld slow clients (%ld were told off): honest p99 %.1f ms alone, %.1f and %.1f among "
           "them: %.2f times\n",
           atomic_load(&drips.connected),
           atomic_load(&drips.told_off),
           alone,
           among,
           then,
           (among < then ? among : then) / alone);
    /* The machine is shared: the better of two stretches, and 30 ms that anything may cost. */
    if ((among < then ? among : then) > 2 * alone + 30) {
        fault(b, "honest traffic waits for slow clients");
    }
    if (atomic_load(&drips.connected) < DRIPS || atomic_load(&drips.told_off) == 0) {
        fault(b, "slow clients: not enough of them, or none was told off");
    }
    memory_wants(b, "slow clients", before, 96);
}

/* More connections than there may be at once: the server says 503 to the rest, and goes on. */
static void case_connections(struct box *b)
{
    enum { MANY = 5000 };
    static int fds[MANY];
    double before = rss_mib(b);
    int refused = 0, open_count = 0, not_connected = 0;
    if (!strangers_fit(MANY)) {
        puts("  connections: skipped, this system gives a process too few descriptors");
        return;
    }
    peak_forget(b);
    int64_t began_us = mono_us();
    for (int i = 0; i < MANY; i++) {
        fds[i] = stranger_connect(b->server.port);
        not_connected += fds[i] < 0;
        if (i % 200 == 199) {
            nap_us(5 * US_PER_MS); /* the listen queue has an end */
        }
    }
    double took_s = (double)(mono_us() - began_us) / US_PER_S;
    nap_us(US_PER_S);
    for (int i = 0; i < MANY; i++) {
        char answer[512];
        ssize_t n = fds[i] < 0 ? -1 : recv(fds[i], answer, sizeof(answer), 0);
        refused += n > 12 && memcmp(answer + 9, "503", 3) == 0;
        open_count += n < 0 && errno == EAGAIN;
    }
    printf("  %d connections, %.0f a second: %d stay, %d got 503\n",
           MANY - not_connected,
           (MANY - not_connected) / took_s,
           open_count,
           refused);
    if (open_count > 4096 || refused == 0) {
        fault(b, "more connections than 4,096, or nobody was told");
    }
    for (int i = 0; i < MANY; i++) {
        if (fds[i] >= 0) {
            close(fds[i]);
        }
    }
    int status = 0;
    for (int i = 0; i < 100 && status != 200; i++) {
        nap_us(50 * US_PER_MS);
        status = honest_order(b);
    }
    if (status != 200) {
        fault(b, "after a flood of connections an honest order gets %d", status);
    }
    memory_wants(b, "connections", before, 96);
}

/* ---- few descriptors ---- */

static bool few_descriptors(void *arg)
{
    const rlim_t *most = arg;
    struct rlimit limit = {.rlim_cur = 1024, .rlim_max = *most};
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

/* 1,024 is what most systems give a process that does not ask for more; so many clients must lock
 * nobody out. Where more cannot be had, the rest is told 503 while there are descriptors to do so. */
static void descriptors_flood(struct box *b, const char *what, rlim_t most, bool told_wanted)
{
    enum { MANY = 1500 };
    static int fds[MANY];
    int told = 0, cut = 0;
    struct served_child s;
    child_init(&s);
    s.before_exec = few_descriptors;
    s.before_exec_arg = &most;
    child_start_whole(&s);
    if (child_get(&s, "/healthz") != 200) { /* and keeps its connection */
        fault(b, "%s: no answer before the flood", what);
    }
    for (int i = 0; i < MANY; i++) {
        fds[i] = stranger_connect(s.port);
        if (i % 100 == 99) {
            nap_us(5 * US_PER_MS);
        }
    }
    nap_us(US_PER_S / 2);
    for (int i = 0; i < MANY; i++) {
        char answer[512];
        ssize_t n = fds[i] < 0 ? 0 : recv(fds[i], answer, sizeof(answer), 0);
        told += n > 12 && memcmp(answer + 9, "503", 3) == 0;
        cut += n == 0 || (n < 0 && errno != EAGAIN);
    }
    int64_t began_us = mono_us();
    int write = child_call(
        &s, "POST", "/v1/locations", BEARER, SLICE("{\"code\":\"berlin\",\"name\":\"Berlin\"}"));
    printf("  %s: %d connections, %d told 503, %d cut off; who was there writes: %d in %.1f ms\n",
           what,
           MANY,
           told,
           cut,
           write,
           (double)(mono_us() - began_us) / 1000);
    if (write != 201 || (cut > 0 && !told_wanted) || (told > 0) != told_wanted) {
        fault(b, "%s: somebody was locked out without a word", what);
    }
    for (int i = 0; i < MANY; i++) {
        if (fds[i] >= 0) {
            close(fds[i]);
        }
    }
    child_free(&s);
}

static void case_descriptors(struct box *b)
{
    struct rlimit limit;
    must(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    if (limit.rlim_max >= 4096 + 256) {
        descriptors_flood(b, "1,024 descriptors, more to be had", limit.rlim_max, false);
    }
    descriptors_flood(b, "1,024 descriptors and no more", 1024, true);
}

/* Bodies that nobody ends: together they may take 256 MiB, then 503. */
static int bodies_flood(struct box *b, struct slice request)
{
    enum { MANY = 200 };
    static struct wire wires[MANY];
    int refused = 0;
    for (int i = 0; i < MANY; i++) {
        wire_init(&wires[i]);
        must(wire_open(&wires[i], b->server.port));
        buf_slice(&wires[i].out, request);
        wires[i].state = WIRE_BUSY;
    }
    bool is_sending = true;
    for (int64_t until_us = mono_us() + 5 * US_PER_S; is_sending && mono_us() < until_us;) {
        is_sending = false;
        for (int i = 0; i < MANY; i++) {
            wire_read(&wires[i]);
            is_sending |= wires[i].state == WIRE_BUSY && wires[i].sent < wires[i].out.n;
        }
        nap_us(US_PER_MS);
    }
    int honest = honest_order(b);
    if (honest == 503) { /* told at once, to come again */
        b->orders--;
    } else if (honest != 200) {
        fault(b, "while bodies fill the memory for them an honest order gets %d", honest);
    }
    if (child_get(&b->server, "/v1/stock/TEE") != 200) {
        fault(b, "while bodies fill the memory for them reading gets %d", b->server.wire.status);
    }
    for (int i = 0; i < MANY; i++) {
        wire_read(&wires[i]);
        refused += wires[i].state == WIRE_ANSWERED && wires[i].status == 503;
        wire_free(&wires[i]);
    }
    printf("  %d unfinished bodies of 2 MiB: %d got 503; an honest order meanwhile: %d\n",
           MANY,
           refused,
           honest);
    return refused;
}

static void case_bodies(struct box *b)
{
    static char part[1 << 16];
    double before = rss_mib(b), first = 0;
    struct buf request;
    buf_init(&request, (size_t)4 << 20);
    buf_printf(&request,
               "POST /hooks/own HTTP/1.1\r\n" HOST "Content-Length: %" PRId64 "\r\n\r\n",
               2 * MIB);
    memset(part, ' ', sizeof(part));
    while (request.n < (size_t)(2 * MIB - 1)) {
        buf_put(&request, part, sizeof(part));
    }
    request.n = (size_t)(2 * MIB - 1);
    peak_forget(b);
    for (int nth = 0; nth < 2; nth++) {
        if (bodies_flood(b, buf_view(&request)) == 0) {
            fault(b, "all bodies were taken");
        }
        memory_wants(b, "bodies", before, 256 + 64);
        double peak = (double)status_kib(b, "VmHWM") / 1024;
        if (nth && peak > first + 16) {
            fault(b, "each flood of bodies leaves more behind: %.1f MiB, %.1f", first, peak);
        }
        first = nth ? first : peak;
    }
    buf_free(&request);
}

/* Pipelined and never read: answers must not pile up in the server. */
static void case_requests(struct box *b)
{
    struct wire w;
    double before = rss_mib(b);
    int64_t began_us = mono_us();
    size_t sent = 0;
    wire_init(&w);
    must(wire_open(&w, b->server.port));
    peak_forget(b);
    for (int i = 0; i < 100000; i++) {
        buf_text(&w.out, "GET /openapi.json HTTP/1.1\r\n" HOST "\r\n");
    }
    w.state = WIRE_BUSY;
    for (int64_t until_us = began_us + 2 * US_PER_S; mono_us() < until_us; nap_us(US_PER_MS)) {
        wire_write(&w);
        sent = w.sent;
    }
    if (honest_order(b) != 200) {
        fault(b, "an honest order beside a flood of requests: %d", b->server.wire.status);
    }
    wire_free(&w);
    printf("  a flood of requests whose answers nobody reads: %zu KiB were taken\n", sent / 1024);
    memory_wants(b, "requests", before, 32);
}

static void case_bombs(struct box *b)
{
    static struct bomber bomber;
    double before = rss_mib(b);
    bomber_start(&bomber);
    peak_forget(b);
    child_write(&b->server,
                "/v1/channels",
                "{'code':'bomb','connector':'woocommerce','mode':'shadow',"
                "'settings':{'base_url':'http://127.0.0.1:%d'},'secrets':{'consumer_key':'ck_1',"
                "'consumer_secret':'cs_1','webhook_secret':'a-secret-0123456789'}}",
                bomber.port);
    (void)child_call(&b->server, "POST", "/v1/channels/bomb/import", BEARER, SLICE("{}"));
    for (int64_t until_us = mono_us() + 8 * US_PER_S;
         atomic_load(&bomber.asked) < 4 && mono_us() < until_us;) {
        nap_us(50 * US_PER_MS);
    }
    if (honest_order(b) != 200) {
        fault(b, "an honest order beside a shop that answers with bombs");
    }
    bomber_stop(&bomber);
    printf("  a shop whose answers are bombs was asked %ld times and sent %ld KiB\n",
           atomic_load(&bomber.asked),
           atomic_load(&bomber.sent_bytes) / 1024);
    if (atomic_load(&bomber.asked) < 2) {
        fault(b, "the shop with the bombs was not asked");
    }
    memory_wants(b, "bombs", before, 48);
}

static void world(struct box *b)
{
    child_start_whole(&b->server);
    child_write(&b->server, "/v1/locations", "{'code':'berlin','name':'Berlin'}");
    child_write(&b->server, "/v1/skus", "{'sku':'TEE','title':'a shirt'}");
    child_write(&b->server,
                "/v1/channels",
                "{'code':'own','connector':'api','mode':'live',"
                "'secrets':{'webhook_secret':'" SECRET "'}}");
    child_write(&b->server, "/v1/listings", "{'channel':'own','sku':'TEE'}");
    child_write(&b->server,
                "/v1/movements",
                "{'movements':[{'kind':'receive','sku':'TEE','location':'berlin',"
                "'quantity':1000000}]}");
}

static void finish(struct box *b, double before)
{
    int64_t reserved;
    must(child_get(&b->server, "/v1/stock/TEE") == 200);
    reserved = said_number(b->server.json, "reserved");
    if (reserved != b->orders) {
        fault(b, "%" PRId64 " units reserved of %" PRId64 " honest orders", reserved, b->orders);
    }
    double after = rss_mib(b);
    printf("memory of the whole run: %.1f MiB before, %.1f after; %" PRId64 " honest orders\n",
           before,
           after,
           b->orders);
    if (after > before + 256 + 64) { /* what the bodies took may stay with the allocator */
        fault(b, "memory did not come back");
    }
    must(kill(b->server.child, SIGTERM) == 0);
    child_await_end(&b->server, 40 * US_PER_S);
    if (b->server.exit_code != 0) {
        fault(b, "the server ended with %d", b->server.exit_code);
    }
    child_verify(&b->server);
}

static const struct {
    const char *name;
    void (*run)(struct box *b);
} cases[] = {{"smuggling", case_smuggling},
             {"sizes", case_sizes},
             {"depth", case_depth},
             {"signatures", case_guesses},
             {"drips", case_drips},
             {"connections", case_connections},
             {"descriptors", case_descriptors},
             {"bodies", case_bodies},
             {"requests", case_requests},
             {"bombs", case_bombs}};

int main(int argc, char **argv)
{
    static struct box b;
    bool is_known = argc == 1;
    for (size_t i = 0; argc == 2 && i < COUNT_OF(cases); i++) {
        is_known |= strcmp(argv[1], cases[i].name) == 0;
    }
    if (!is_known) {
        fputs("usage: blackbox [CASE]\ncases:", stderr);
        for (size_t i = 0; i < COUNT_OF(cases); i++) {
            fprintf(stderr, " %s", cases[i].name);
        }
        fputc('\n', stderr);
        return 2;
    }
    must(crypto_init() == ERR_OK);
    (void)strangers_fit(0);
    child_init(&b.server);
    arena_init(&b.arena, (size_t)16 << 20);
    buf_init(&b.text, (size_t)8 << 20);
    world(&b);
    double before = rss_mib(&b);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t began_us = mono_us();
        if (argc == 1 || strcmp(argv[1], cases[i].name) == 0) {
            printf("%s\n", cases[i].name);
            cases[i].run(&b);
            printf("  %.1f s\n", (double)(mono_us() - began_us) / US_PER_S);
            fflush(stdout);
        }
    }
    finish(&b, before);
    child_free(&b.server);
    arena_free(&b.arena);
    buf_free(&b.text);
    printf("%" PRId64 " faults\n", b.faults);
    return b.faults ? 1 : 0;
}
