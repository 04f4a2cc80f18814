/* SPDX-License-Identifier: Apache-2.0 */
/*
 * At every point where the server touches its directory: it is killed there, that one call fails,
 * or all calls fail from there on until the disk is repaired. Behind each, what was answered is
 * there once, `verify` finds nothing wrong, and the next start works.
 */
#include "kill/load.h"
#include "kill/points.h"

#include "base/crypto.h"

#define BULK_LINES 300
#define BULK_REQUESTS 2
/* SQLite's log is folded into the database when a commit makes it this long (sqlite_db.c). */
#define LOG_PAGES_MAX 4000
#define LOG_PAGE_SIZE 4120

enum fault {
    FAULT_KILL,
    FAULT_EIO_ONCE,
    FAULT_ENOSPC_ONCE,
    FAULT_EIO_ON,
    FAULT_ENOSPC_ON,
    FAULT_GONE,
    FAULTS
};

static const char *const fault_names[FAULTS] = {
    "kill", "eio", "enospc", "eio-on", "enospc-on", "gone"};

enum template { TEMPLATE_NONE, TEMPLATE_STOPPED, TEMPLATE_KILLED, TEMPLATE_FULL, TEMPLATES };

struct trial {
    struct served_child server;
    struct points points;
    struct book book;
    struct load load;
    struct luck luck;
    char templates[TEMPLATES][128];
    enum fault fault;
    bool is_on; /* the calls fail, and go on failing */
    bool location_is_answered;
    int bulk_answered[BULK_REQUESTS];
    int64_t bulk_before; /* units of it in that template */
    const struct script *script;
    long at;
    /* Sums over all trials. */
    int64_t recovered, stayed_refusing, not_started, complaints;
};

#define COMPLAINTS_SHOWN 12

struct script {
    const char *name;
    enum template template;
    bool counts_at_once;
    void (*run)(struct trial *t), (*check)(struct trial *t);
};

static bool is_up(struct trial *t)
{
    return !child_is_over(&t->server);
}

/* What a disk that fails must not cause; the other points are still tried. */
static void PRINTF_LIKE(2, 3) complain(struct trial *t, const char *what, ...)
{
    va_list args;
    if (t->complaints++ >= COMPLAINTS_SHOWN) {
        return;
    }
    fprintf(stderr,
            "\n%s, %s at point %ld (%s): ",
            t->script->name,
            fault_names[t->fault],
            t->at,
            t->points.name);
    va_start(args, what);
    vfprintf(stderr, what, args);
    va_end(args);
    fputc('\n', stderr);
    if (t->complaints == 1) {
        child_print_log(&t->server);
    }
}

/* ---- the scripts: what the server is doing when it happens ---- */

static void script_first(struct trial *t)
{
    int status = child_call(&t->server,
                            "POST",
                            "/v1/locations",
                            BEARER,
                            SLICE("{\"code\":\"berlin\",\"name\":\"Berlin\"}"));
    t->location_is_answered = status == 201;
    if (status != 0 && status != 201 && status != 503) {
        fail_msg("a location: %d", status);
    }
}

static void check_first(struct trial *t)
{
    int status = child_get(&t->server, "/v1/locations/berlin");
    if (status != 200 && (status != 404 || t->location_is_answered)) {
        fail_msg("an answered location: %d", status);
    }
}

static void load_some(struct trial *t, int64_t answers)
{
    load_run(&t->load, &t->book, &t->server, &t->luck, (t->is_on ? 1 : 5) * US_PER_S, answers);
}

static void script_deliveries(struct trial *t)
{
    load_some(t, 24);
}

static int bulk_ask(struct trial *t, int64_t nth)
{
    ON_EXIT(buf_free) struct buf body;
    char key[128];
    buf_init(&body, 1 << 20);
    buf_text(&body, "{\"movements\":[");
    for (int i = 0; i < BULK_LINES; i++) {
        buf_printf(&body,
                   "%s{\"kind\":\"receive\",\"sku\":\"BULK\",\"location\":\"berlin\","
                   "\"quantity\":1,\"reference\":\"bulk-%" PRId64 "\"}",
                   i ? "," : "",
                   nth);
    }
    buf_text(&body, "]}");
    snprintf(key, sizeof(key), BEARER "Idempotency-Key: bulk-%" PRId64 "\r\n", nth);
    return child_call(&t->server, "POST", "/v1/movements", key, buf_view(&body));
}

/* The log is nearly full: one request more, and what is in it goes back into the database. */
static void script_bulk(struct trial *t)
{
    for (int nth = 0; nth < BULK_REQUESTS && is_up(t); nth++) {
        int status = bulk_ask(t, nth);
        t->bulk_answered[nth] = status == 201;
        if (status != 0 && status != 201 && status != 503) {
            fail_msg("a bulk receipt: %d %.*s", status, SLICE_ARG(t->server.wire.body));
        }
    }
}

static void check_bulk(struct trial *t)
{
    int64_t sum = 0, answered = 0, open = 0;
    must(child_get(&t->server, "/v1/stock/BULK") == 200);
    sum = said_number(t->server.json, "available") - t->bulk_before;
    for (int i = 0; i < BULK_REQUESTS; i++) {
        answered += t->bulk_answered[i] ? BULK_LINES : 0;
        open += t->bulk_answered[i] ? 0 : BULK_LINES;
    }
    if (sum % BULK_LINES || sum < answered || sum > answered + open) {
        fail_msg("%" PRId64 " units of requests of %d lines; %" PRId64 " were answered",
                 sum,
                 BULK_LINES,
                 answered);
    }
}

static void script_restart(struct trial *t)
{
    load_some(t, 6);
}

/* What is under way is answered or not, and the end is clean: its points are those counted here. */
static void script_shutdown(struct trial *t)
{
    load_some(t, 8);
    if (is_up(t)) {
        atomic_store(&t->points.is_counting, true);
        load_run(&t->load, &t->book, &t->server, &t->luck, 2000, INT64_MAX);
        (void)kill(t->server.child, SIGTERM);
        child_await_end(&t->server, 60 * US_PER_S);
    }
}

static const struct script scripts[] = {
    {"first-start", TEMPLATE_NONE, true, script_first, check_first},
    {"deliveries", TEMPLATE_STOPPED, true, script_deliveries, NULL},
    {"restart", TEMPLATE_KILLED, true, script_restart, NULL},
    {"shutdown", TEMPLATE_STOPPED, false, script_shutdown, NULL},
    {"checkpoint", TEMPLATE_FULL, true, script_bulk, check_bulk},
};

/* ---- the templates ---- */

/* Killed when its log is so long that the next commit but one folds it. */
static void template_full(struct trial *t)
{
    char log[160];
    struct stat st = {0};
    snprintf(log, sizeof(log), "%s/truecount.db-wal", t->server.data);
    directory_copy(t->templates[TEMPLATE_STOPPED], t->server.data);
    child_start_whole(&t->server);
    t->bulk_before = 1;
    for (int64_t nth = 1000, grown = 0; st.st_size + grown < LOG_PAGES_MAX * LOG_PAGE_SIZE; nth++) {
        int64_t before = st.st_size;
        must(bulk_ask(t, nth) == 201 && stat(log, &st) == 0);
        grown = (st.st_size - before) * 3 / 2;
        t->bulk_before += BULK_LINES;
    }
    child_kill(&t->server);
    directory_copy(t->server.data, t->templates[TEMPLATE_FULL]);
}

static void templates_make(struct trial *t)
{
    struct served_child *s = &t->server;
    for (int i = 0; i < TEMPLATES; i++) {
        snprintf(t->templates[i], sizeof(t->templates[i]), "%s/template%d", s->directory, i);
    }
    child_start_whole(s);
    book_world(s);
    child_write(s, "/v1/skus", "{'sku':'BULK','title':'many'}");
    child_write(s,
                "/v1/movements",
                "{'movements':[{'kind':'receive','sku':'BULK','location':'berlin','quantity':1}]}");
    must(kill(s->child, SIGTERM) == 0);
    child_await_end(s, 40 * US_PER_S);
    directory_copy(s->data, t->templates[TEMPLATE_STOPPED]);
    child_start_whole(s); /* killed with its log full, before anything is in the book */
    for (int i = 0; i < 20; i++) {
        child_write(s, "/v1/skus", "{'sku':'LATE-%d','title':'late'}", i);
    }
    child_kill(s);
    directory_copy(s->data, t->templates[TEMPLATE_KILLED]);
    template_full(t);
}

static void trial_prepare(struct trial *t, const struct script *script)
{
    if (script->template == TEMPLATE_NONE) {
        directory_remove(t->server.data);
    } else {
        directory_copy(t->templates[script->template], t->server.data);
    }
    t->book.epoch++;
    book_begin(&t->book, t->book.epoch);
    memset(t->bulk_answered, 0, sizeof(t->bulk_answered));
    t->location_is_answered = false;
    t->is_on = false;
    t->luck.s = 5; /* every trial asks for the same things */
}

/* ---- one trial ---- */

static int ready(struct trial *t)
{
    return child_get(&t->server, "/readyz");
}

/* Something that must be written; true when the server says that it was. */
static bool probe(struct trial *t)
{
    static int64_t nth;
    char body[128];
    int n =
        snprintf(body, sizeof(body), "{\"sku\":\"PROBE-%" PRId64 "\",\"title\":\"probe\"}", nth++);
    int status =
        child_call(&t->server, "POST", "/v1/skus", BEARER, (struct slice){body, (size_t)n});
    if (status != 0 && status != 201 && status != 503) {
        fail_msg("with a bad disk: %d %.*s", status, SLICE_ARG(t->server.wire.body));
    }
    return status == 201;
}

/* While every call fails nothing can be durable, so nothing may be said to be done. */
static void while_it_fails(struct trial *t)
{
    for (int i = 0; i < 4 && is_up(t); i++) {
        if (probe(t)) {
            complain(t, "a write was answered as done while the disk takes nothing");
        }
    }
}

/* The disk works again. A full one is forgiven; one that failed to sync may keep the server
 * refusing until it is restarted, and then it says so. */
static void after_it_failed(struct trial *t)
{
    bool is_done = false, is_said;
    points_lift(&t->points);
    for (int i = 0; i < 40 && is_up(t) && !is_done; i++) {
        is_done = probe(t);
        if (!is_done) {
            nap_us(50 * US_PER_MS);
        }
        if (!is_done && ready(t) == 503) {
            break;
        }
    }
    if (!is_up(t)) {
        return;
    }
    if (is_done) {
        t->recovered++;
        if (ready(t) != 200) {
            complain(t, "it writes again, and /readyz says %d", t->server.wire.status);
        }
        return;
    }
    char *log = file_text(t->server.log);
    is_said = strstr(log, "\"level\":\"error\"") || strstr(log, "\"error\"");
    free(log);
    t->stayed_refusing++;
    if (ready(t) != 503 || !is_said || t->fault == FAULT_ENOSPC_ON ||
        t->fault == FAULT_ENOSPC_ONCE) {
        complain(t,
                 "the disk works again, nothing is written, and /readyz says %d",
                 t->server.wire.status);
    }
}

static void ended_by_itself(struct trial *t)
{
    if (t->server.exit_code > 2) {
        complain(t, "the server ended with %d", t->server.exit_code);
    }
    char *log = file_text(t->server.log);
    if (t->server.exit_code != 0 && log[0] == '\0') {
        complain(t, "the server ended without a word");
    }
    free(log);
}

/* Behind the fault: whatever became of the server, the directory is whole. */
static void trial_look(struct trial *t, const struct script *script)
{
    struct served_child *s = &t->server;
    child_kill(s);
    points_end(&t->points);
    if (script->template != TEMPLATE_NONE) {
        child_verify(s);
    }
    child_start_whole(s);
    if (script->template == TEMPLATE_NONE) {
        child_verify(s);
    } else {
        book_check(&t->book, s, true);
    }
    if (script->check) {
        script->check(t);
    }
    child_kill(s);
}

/* from 0: nothing happens. Gives how many points there were. */
static long trial_run(struct trial *t, const struct script *script, enum fault fault, long from)
{
    static const int errors[FAULTS] = {0, EIO, ENOSPC, EIO, ENOSPC, EIO};
    bool stays = fault == FAULT_EIO_ON || fault == FAULT_ENOSPC_ON || fault == FAULT_GONE;
    trial_prepare(t, script);
    t->fault = fault;
    t->script = script;
    t->at = from;
    t->is_on = stays && from;
    t->points.opens_fail = fault == FAULT_GONE;
    points_begin(&t->points,
                 &t->server,
                 from,
                 stays ? INT64_MAX : from,
                 errors[fault],
                 script->counts_at_once);
    if (child_listens(&t->server)) {
        script->run(t);
        load_drain(&t->load, &t->book, &t->server);
    }
    long hits = atomic_load(&t->points.hits), count = atomic_load(&t->points.count);
    if (is_up(t) && hits && fault != FAULT_KILL) {
        if (stays) {
            while_it_fails(t);
        }
        after_it_failed(t);
    }
    if (!is_up(t) && fault != FAULT_KILL) {
        t->not_started += t->server.port == 0;
        ended_by_itself(t);
    }
    trial_look(t, script);
    return from && !hits ? 0 : count;
}

/* ---- all of them ---- */

struct options {
    const char *script, *fault;
    int64_t seconds, every;
};

static void usage(FILE *to)
{
    fputs(
        "usage: kill_points [--script NAME] [--fault NAME] [--every N] [--seconds N]\n"
        "  --script NAME  first-start, deliveries, restart, shutdown or checkpoint (default all)\n"
        "  --fault NAME   kill; eio, enospc: that one call fails; eio-on, enospc-on: all calls\n"
        "                 from there on fail until they are repaired (default: these five);\n"
        "                 gone: so does opening what is there, as of a disk that dropped out\n"
        "  --every N      one point of N (default 1: all)\n"
        "  --seconds N    at most so long for each script, its points taken from all over it\n",
        to);
}

static bool options_read(int argc, char **argv, struct options *out)
{
    *out = (struct options){.every = 1, .seconds = INT64_MAX / US_PER_S / 2};
    for (int i = 1; i < argc; i += 2) {
        int64_t *number = NULL;
        if (i + 1 == argc) {
            return false;
        } else if (strcmp(argv[i], "--script") == 0) {
            out->script = argv[i + 1];
        } else if (strcmp(argv[i], "--fault") == 0) {
            out->fault = argv[i + 1];
        } else if (strcmp(argv[i], "--seconds") == 0) {
            number = &out->seconds;
        } else if (strcmp(argv[i], "--every") == 0) {
            number = &out->every;
        } else {
            return false;
        }
        if (number && (!slice_int(slice_of(argv[i + 1]), number) || *number < 1)) {
            return false;
        }
    }
    return true;
}

/* The nth of count in an order in which any beginning is spread over all of them. */
static long spread(long nth, long count)
{
    long step = (long)((double)count * 0.6180339887) | 1;
    for (long a = step, b = count; b;) { /* until it has no divisor in common with count */
        long r = a % b;
        a = b;
        b = r;
        if (b == 0 && a != 1) {
            a = step += 2;
            b = count;
        }
    }
    return (long)(((__int128)nth * step) % count);
}

static void script_go(struct trial *t, const struct script *script, const struct options *o)
{
    int64_t began_us = mono_us();
    long points = trial_run(t, script, FAULT_KILL, 0), tried = 0, missed = 0;
    must(points > 0);
    enum fault faults[FAULTS];
    long faults_count = 0;
    for (int i = 0; i < FAULTS; i++) {
        if (o->fault ? strcmp(o->fault, fault_names[i]) == 0 : i != FAULT_GONE) {
            faults[faults_count++] = (enum fault)i;
        }
    }
    long places = (points + o->every - 1) / o->every, all = places * faults_count;
    for (long i = 0; i < all && mono_us() - began_us < o->seconds * US_PER_S; i++) {
        long at = 1 + spread(i / faults_count, places) * (long)o->every;
        enum fault fault = faults[i % faults_count];
        if (getenv("KILL_POINTS_SAY")) {
            fprintf(stderr, "%s at %ld of %ld, %s\n", script->name, at, points, fault_names[fault]);
        }
        missed += trial_run(t, script, fault, at) == 0;
        tried++;
    }
    printf("%-12s %5ld points, %5ld of %ld trials in %.1f s (%ld came too late to be met)\n",
           script->name,
           points,
           tried,
           points * faults_count,
           (double)(mono_us() - began_us) / US_PER_S,
           missed);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static struct trial t;
    struct options o;
    bool is_known = false;
    if (!options_read(argc, argv, &o)) {
        usage(stderr);
        return 2;
    }
    must(crypto_init() == ERR_OK);
    child_init(&t.server);
    book_init(&t.book, 4000);
    load_init(&t.load);
    points_init(&t.points, &t.server);
    templates_make(&t);
    for (size_t i = 0; i < COUNT_OF(scripts); i++) {
        if (!o.script || strcmp(o.script, scripts[i].name) == 0) {
            script_go(&t, &scripts[i], &o);
            is_known = true;
        }
    }
    printf("with a bad disk: recovered %" PRId64 ", refused until restarted %" PRId64
           ", did not start %" PRId64 "\n",
           t.recovered,
           t.stayed_refusing,
           t.not_started);
    tally_print(&t.book.tally);
    points_free(&t.points);
    child_free(&t.server);
    book_free(&t.book);
    load_free(&t.load);
    if (t.complaints) {
        printf("%" PRId64 " complaints\n", t.complaints);
    }
    return !is_known ? 2 : t.complaints ? 1 : 0;
}
