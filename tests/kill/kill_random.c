/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kill -9 at random moments under load, over and over: what was answered is there once, what was not
 * is there whole or not at all, and `truecount verify` finds nothing wrong. Every few kills the
 * directory is a new one, so that the checks stay short; at its end all of it is looked at.
 */
#include "kill/load.h"

#define KILLS_AN_EPOCH 10
#define THINGS_MAX 20000

struct options {
    int64_t kills, seconds;
    uint64_t seed;
};

static void usage(FILE *to)
{
    fputs(
        "usage: kill_random [--kills N] [--seed S] [--seconds N]\n"
        "  --kills N    how many (default 300)\n"
        "  --seed S     of what is asked and when; the moment itself is the machine's (default 1)\n"
        "  --seconds N  stop after so many seconds, whatever is left of the kills\n",
        to);
}

static bool options_read(int argc, char **argv, struct options *out)
{
    *out = (struct options){.kills = 300, .seed = 1, .seconds = INT64_MAX / US_PER_S / 2};
    for (int i = 1; i < argc; i += 2) {
        int64_t n = 0;
        if (i + 1 == argc || !slice_int(slice_of(argv[i + 1]), &n) || n < 0) {
            return false;
        }
        if (strcmp(argv[i], "--kills") == 0) {
            out->kills = n;
        } else if (strcmp(argv[i], "--seed") == 0) {
            out->seed = (uint64_t)n;
        } else if (strcmp(argv[i], "--seconds") == 0) {
            out->seconds = n;
        } else {
            return false;
        }
    }
    return true;
}

static void stop_cleanly(struct served_child *s)
{
    must(kill(s->child, SIGTERM) == 0);
    child_await_end(s, 40 * US_PER_S);
    if (s->exit_code != 0) {
        child_print_log(s);
        fail_msg("the server ended with %d", s->exit_code);
    }
}

/* Starts behind a kill, which may itself be killed on its way, and verifies: before the start or
 * beside the running server. */
static void rise(struct served_child *s, struct luck *luck, int64_t *starts_killed)
{
    if (luck_below(luck, 8) == 0) {
        child_begin(s);
        nap_us(luck_between(luck, 0, 40 * US_PER_MS));
        child_kill(s);
        ++*starts_killed;
    }
    bool before = luck_below(luck, 2) == 0;
    if (before) {
        child_verify(s);
    }
    child_start_whole(s);
    if (!before) {
        child_verify(s);
    }
}

struct run {
    struct served_child server;
    struct book book;
    struct load load;
    struct luck luck;
    char template[96];
    int64_t kills, starts_killed, start_us_sum, answers, refusals;
};

static void one_kill(struct run *r)
{
    struct luck *luck = &r->luck;
    bool by_count = luck_below(luck, 2) == 0;
    load_run(&r->load,
             &r->book,
             &r->server,
             luck,
             by_count ? 2 * US_PER_S : luck_between(luck, 0, 60 * US_PER_MS),
             by_count ? luck_between(luck, 1, 120) : INT64_MAX);
    child_kill(&r->server);
    load_drain(&r->load, &r->book, &r->server);
    r->kills++;
    rise(&r->server, luck, &r->starts_killed);
    r->start_us_sum += r->server.start_us;
    book_check(&r->book, &r->server, false);
    if (luck_below(luck, 4) == 0) { /* behind a clean stop deliveries share commits again */
        stop_cleanly(&r->server);
        child_start_whole(&r->server);
    }
}

static void epoch(struct run *r, int64_t nth, int64_t kills, int64_t until_us)
{
    directory_copy(r->template, r->server.data);
    book_begin(&r->book, nth);
    child_start_whole(&r->server);
    for (int64_t i = 0; i < kills && mono_us() < until_us; i++) {
        one_kill(r);
    }
    book_check(&r->book, &r->server, true);
    stop_cleanly(&r->server);
    child_verify(&r->server);
}

int main(int argc, char **argv)
{
    static struct run r;
    struct options o;
    if (!options_read(argc, argv, &o)) {
        usage(stderr);
        return 2;
    }
    must(crypto_init() == ERR_OK);
    child_init(&r.server);
    book_init(&r.book, THINGS_MAX);
    load_init(&r.load);
    r.luck.s = o.seed;
    snprintf(r.template, sizeof(r.template), "%s/template", r.server.directory);
    child_start_whole(&r.server);
    book_world(&r.server);
    stop_cleanly(&r.server);
    directory_copy(r.server.data, r.template);

    int64_t began_us = mono_us(), until_us = began_us + o.seconds * US_PER_S;
    for (int64_t nth = 0; r.kills < o.kills && mono_us() < until_us; nth++) {
        int64_t left = o.kills - r.kills;
        epoch(&r, nth, left < KILLS_AN_EPOCH ? left : KILLS_AN_EPOCH, until_us);
    }
    double seconds = (double)(mono_us() - began_us) / US_PER_S;
    printf("%" PRId64 " kills under load and %" PRId64 " during a start, in %.1f s: %.1f a second; "
           "%" PRId64 " answers, a start took %.0f ms\n",
           r.kills,
           r.starts_killed,
           seconds,
           (double)r.kills / seconds,
           r.load.answers,
           (double)r.start_us_sum / 1000 / (double)(r.kills ? r.kills : 1));
    tally_print(&r.book.tally);
    child_free(&r.server);
    book_free(&r.book);
    load_free(&r.load);
    return 0;
}
