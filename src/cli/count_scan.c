/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scanner: it types a code and Enter, over and over. The session knows one figure per SKU, so
 * each scan sends that SKU's new figure. Several codes may mean one SKU (a barcode, a former code):
 * the first scan of a code asks which one, and the figures are kept by SKU. Two scanners need two
 * sessions, for each would overwrite the other's figure of a SKU that both scan.
 */
#include <unistd.h>

#include "base/map.h"
#include "cli/count.h"
#include "cli/input.h"

struct tally {
    struct slice sku;
    int64_t counted;
};

struct scan {
    struct count *count;
    struct map by_sku;  /* -> struct tally */
    struct map by_code; /* the same, by what was scanned */
    size_t scans, refused;
};

static struct tally *tally_of(struct scan *s, struct slice sku)
{
    struct tally *tally = map_get(&s->by_sku, sku);
    if (!tally) {
        struct arena *arena = &s->count->ask.arena;
        tally = ARENA_NEW(arena, struct tally);
        must(tally);
        tally->sku = arena_copy(arena, sku);
        must(map_set(&s->by_sku, tally->sku, tally));
    }
    return tally;
}

static int ask_session(struct count *count)
{
    ask_path(&count->ask, "/v1/counts");
    ask_segment(&count->ask, count->words[0]);
    return ask_get(&count->ask);
}

/* What the session has already: a break in the counting loses nothing. */
static int load(struct scan *s)
{
    struct ask *ask = &s->count->ask;
    int code = ask_session(s->count);
    if (code) {
        return code;
    }
    struct slice state = ask_text(ask->said, "state");
    if (!slice_is(state, "open")) {
        fprintf(stderr,
                "truecount count enter: count %s is not open any more: it is ",
                s->count->words[0]);
        cells_print(stderr, state);
        fputc('\n', stderr);
        return 1;
    }
    for (struct json_iter i = json_iter(json_get(ask->said, "lines")); json_next(&i);) {
        tally_of(s, ask_text(i.value, "sku"))->counted = ask_int(i.value, "counted");
    }
    return 0;
}

/* 0 and the tally, NULL for a code that nobody knows; or the exit code. */
static int find(struct scan *s, struct slice code, struct tally **out)
{
    struct ask *ask = &s->count->ask;
    *out = map_get(&s->by_code, code);
    if (*out) {
        return 0;
    }
    struct slice kept = arena_copy(&ask->arena, code);
    must(kept.p);
    ask_path(ask, "/v1/skus");
    ask_segment(ask, kept.p);
    int exit_code = ask_try(ask, "GET", (struct slice){0});
    if (exit_code || ask->status == 404) {
        return exit_code;
    }
    if (ask->status >= 400) {
        return ask_refused(ask);
    }
    *out = tally_of(s, ask_text(ask->said, "sku"));
    must(map_set(&s->by_code, kept, *out));
    return 0;
}

/* A person with a scanner looks at the shelf, not at the screen. */
static void ring(void)
{
    if (isatty(STDERR_FILENO)) {
        fputc('\a', stderr);
    }
}

static int scan_one(struct scan *s, struct slice code)
{
    struct ask *ask = &s->count->ask;
    struct tally *tally = NULL;
    int exit_code = find(s, code, &tally);
    if (exit_code) {
        return exit_code;
    }
    if (!tally) {
        s->refused++;
        ring();
        fputs("truecount count enter: there is no SKU '", stderr);
        cells_print(stderr, code);
        fputs("': it was not counted\n", stderr);
        return 0;
    }
    struct json_writer w = count_lines_begin(s->count);
    count_line(&w, tally->sku, tally->counted + 1);
    exit_code = count_lines_send(s->count, &w);
    if (exit_code) {
        return exit_code;
    }
    if (ask->status >= 400) {
        s->refused++;
        ring();
        exit_code = ask_refused(ask);
        return exit_code == 2 ? 2 : 0; /* a SKU that is not in this count: the next one may be */
    }
    tally->counted++;
    s->scans++;
    if (!ask->is_json) {
        cells_print(stdout, tally->sku);
        printf(" %" PRId64 "\n", tally->counted);
        fflush(stdout);
    }
    return 0;
}

int count_scan(struct count *count)
{
    ON_EXIT(input_free) struct input input = {.in = stdin};
    struct scan scan = {.count = count};
    struct slice code;
    map_init(&scan.by_sku);
    map_init(&scan.by_code);
    int exit_code = load(&scan);
    while (!exit_code && input_line(&input, &code)) {
        exit_code = scan_one(&scan, code);
    }
    map_free(&scan.by_sku);
    map_free(&scan.by_code);
    exit_code = exit_code ? exit_code : ask_session(count);
    exit_code = exit_code ? exit_code : count_show(count);
    return exit_code ? exit_code : scan.refused ? 1 : 0;
}
