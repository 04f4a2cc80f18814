/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exhaust - every interleaving, to a depth, of one hub and two channels that sell one SKU.
 *
 *   exhaust [--steps N] [--seconds S] [--break RULE]
 *
 * Both channels show the same 0 to 3 units, and the hub knows. From there everything that can happen
 * next is tried, in every order (model.h): buyers, cancels, news that arrives in any order or late,
 * writes as core/expected decides them, which land now, late or never, answers that are lost, counts
 * taken at one moment and told at another, goods, restarts, time that passes. Both channels take
 * compare-and-set, or one, or none. A write or a
 * reading that nothing interrupts is one step, too: so what needs several of them is reached.
 *
 * In every state:
 *
 * 1. What a channel shows, plus its own unrecorded sales less restocks that no landed write or
 *    reading has swallowed, is within what is expected. Not asked where a compare passed because an
 *    unknown sale and an unknown restock cancelled out, until both are recorded.
 *
 * 2. No write sells again what was sold, if that could have been known. A write sells again when it
 *    lands above what the channel shows, while own sales of the channel (less restocks) had not been
 *    recorded when it was decided: so many units as it raises, and no more than it did not know of.
 *    It could not be known
 *      - without compare-and-set, of sales after the channel took the count that the write rests
 *        on: between that moment and the landing nothing can be seen. Where nothing was read first,
 *        of sales after the write left;
 *      - with compare-and-set, when news of the channel had been on its way for longer than the
 *        event delay. That nothing takes longer is what waiting for it rests on. Without
 *        compare-and-set this is no excuse: there orders are read before every raise.
 *    Not a matter of any write, and so not asked at all: two channels that sell the same last unit
 *    before either could be told.
 *
 * 3. When nobody buys any more, all news arrives and all is answered (what is on the wire lands, or
 *    never does), it becomes quiet, and both channels show exactly what may be sold.
 *
 * States that behave alike are looked at once (canonical.c). They are known by 60 bits of a hash:
 * among a hundred million states, one in two hundred runs may overlook one. What is found is told
 * step by step, by a shortest way; exit 1.
 *
 * --break replaces a rule of the hub by a wrong one, to see that it is noticed.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "model.h"

#define STEPS_MAX 15 /* four bits say how many were left */

struct search {
    enum broken_rule broken;
    uint64_t *seen; /* hash of a state, with the steps that were left in its low bits; 0: free */
    size_t seen_max, seen_count;
    uint64_t transitions, settled;
    size_t cut;
    struct action path[STEPS_MAX];
    int depth;
    const char *wrong;
    bool wrong_lands; /* and how it was settled, when it was that */
    bool wrong_settled;
};

/* ---- states seen ---- */

static uint64_t hash_of(const struct world *w)
{
    uint64_t words[sizeof(*w) / sizeof(uint64_t)], h = UINT64_C(0x9E3779B97F4A7C15);
    _Static_assert(sizeof(*w) % sizeof(uint64_t) == 0, "hashed by words");
    memcpy(words, w, sizeof(words));
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        h = (h ^ words[i]) * UINT64_C(0xD6E8FEB86659FD93);
        h ^= h >> 32;
    }
    return (h * UINT64_C(0xD6E8FEB86659FD93)) | 16;
}

static void table_grow(struct search *s)
{
    uint64_t *old = s->seen;
    size_t old_max = s->seen_max;
    s->seen_max = old_max ? old_max * 2 : (size_t)1 << 20;
    s->seen = calloc(s->seen_max, sizeof(*s->seen));
    must(s->seen);
    for (size_t i = 0; i < old_max; i++) {
        size_t at = (old[i] >> 8) & (s->seen_max - 1);
        while (old[i] && s->seen[at]) {
            at = (at + 1) & (s->seen_max - 1);
        }
        s->seen[at] = old[i] ? old[i] : s->seen[at];
    }
    free(old);
}

/* False when it was seen before with as many steps left. *out_is_new: it was never seen. */
static bool is_news(struct search *s, const struct world *w, uint64_t left, bool *out_is_new)
{
    const uint64_t key = hash_of(w) & ~UINT64_C(15);
    if (s->seen_count * 4 >= s->seen_max * 3) {
        table_grow(s);
    }
    size_t at = (key >> 8) & (s->seen_max - 1);
    while (s->seen[at] && (s->seen[at] & ~UINT64_C(15)) != key) {
        at = (at + 1) & (s->seen_max - 1);
    }
    *out_is_new = s->seen[at] == 0;
    if (!*out_is_new && (s->seen[at] & 15) >= left) {
        return false;
    }
    s->seen_count += *out_is_new;
    s->seen[at] = key | left;
    return true;
}

/* ---- the search ---- */

static bool settles(struct search *s, const struct world *w)
{
    s->settled++;
    for (int lands = 0; lands <= 1; lands++) {
        struct world end = *w;
        s->wrong = world_settle(&end, s->broken, lands);
        if (s->wrong) {
            s->wrong_settled = true;
            s->wrong_lands = lands;
            return false;
        }
    }
    return true;
}

/* False when something is wrong: the path leads there. */
static bool explore(struct search *s, const struct world *w, int left)
{
    struct action actions[ACTIONS_MAX];
    size_t count = world_actions(w, s->broken, actions, &s->cut);
    for (size_t i = 0; i < count; i++) {
        struct world next;
        bool is_new;
        memcpy(&next, w, sizeof(next)); /* its gaps are compared, too */
        s->path[s->depth++] = actions[i];
        s->transitions++;
        s->wrong = world_act(&next, s->broken, actions[i]);
        s->wrong = s->wrong ? s->wrong : world_check(&next);
        if (s->wrong) {
            return false;
        }
        world_canonical(&next);
        if (is_news(s, &next, (uint64_t)left - 1, &is_new) &&
            ((is_new && !settles(s, &next)) || (left > 1 && !explore(s, &next, left - 1)))) {
            return false;
        }
        s->depth--;
    }
    return true;
}

static void tell(const struct search *s, struct world w)
{
    char text[200], state[200];
    world_tell(&w, state, sizeof(state));
    printf("    %-70s %s\n", "", state);
    for (int i = 0; i < s->depth; i++) {
        world_tell_action(&w, s->path[i], text, sizeof(text));
        (void)world_act(&w, s->broken, s->path[i]);
        world_tell(&w, state, sizeof(state));
        world_canonical(&w);
        printf("%2d. %-70s %s\n", i + 1, text, state);
    }
    if (s->wrong_settled) {
        (void)world_settle(&w, s->broken, s->wrong_lands);
        world_tell(&w, state, sizeof(state));
        (void)snprintf(text,
                       sizeof(text),
                       "nobody buys, all else arrives; what is on the wire %s",
                       s->wrong_lands ? "lands" : "never lands");
        printf("    %-70s %s\n", text, state);
    }
    printf("    => %s\n", s->wrong);
}

static const bool kinds[][CHANNELS] = {{false, false}, {true, true}, {true, false}};

static const char *kind_text(const bool compares[CHANNELS])
{
    return compares[0] && compares[1] ? "both compare"
           : compares[0]              ? "A compares, B does not"
                                      : "neither compares";
}

/* All worlds to this depth. */
static bool search_depth(struct search *s, int steps)
{
    for (size_t k = 0; k < COUNT_OF(kinds); k++) {
        for (int64_t stock = 0; stock <= STOCK_MAX; stock++) {
            struct world w;
            world_start(&w, stock, kinds[k]);
            struct world first = w;
            world_canonical(&w);
            s->depth = 0;
            if (!explore(s, &w, steps)) {
                printf("%s, %" PRId64 " in stock:\n", kind_text(kinds[k]), stock);
                tell(s, first);
                return false;
            }
        }
    }
    return true;
}

static double seconds_now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static const char *const rules[BREAKS] = {
    [BREAK_NONE] = "none",
    [BREAK_SINGLE_RANGE] = "single-range",
    [BREAK_LATE_BELIEVED] = "late-believed",
    [BREAK_RAISE_UNPROVEN] = "raise-unproven",
    [BREAK_BASE_KEPT] = "base-kept",
    [BREAK_READING_TRUSTED] = "reading-trusted",
    [BREAK_CANCEL_SILENT] = "cancel-silent",
};

static int usage(const char *why, const char *what)
{
    (void)fprintf(stderr,
                  "exhaust: %s%s\n"
                  "usage: exhaust [--steps 1..%d] [--seconds S] [--break RULE]\n"
                  "rules:",
                  why,
                  what,
                  STEPS_MAX);
    for (int i = BREAK_NONE; i < BREAKS; i++) {
        (void)fprintf(stderr, " %s", rules[i]);
    }
    (void)fprintf(stderr, "\n");
    return 2;
}

/* Deeper and deeper: what is found is found by a shortest way. seconds: no depth is begun that
 * would hardly end within them; 0: no limit. */
static bool search_depths(struct search *s, int64_t steps, int64_t seconds)
{
    const double begun = seconds_now();
    double spent_before = 0, spent = 0;
    for (int depth = 1; depth <= steps; depth++) {
        double growth = spent_before > 0.01 ? spent / spent_before : 8;
        if (seconds && seconds_now() - begun + spent * growth > (double)seconds) {
            printf("deeper does not fit in %" PRId64 " s\n", seconds);
            return true;
        }
        const double at = seconds_now();
        memset(s->seen, 0, s->seen_max * sizeof(*s->seen));
        s->seen_count = 0;
        s->transitions = 0;
        s->cut = 0;
        if (!search_depth(s, depth)) {
            return false;
        }
        spent_before = spent;
        spent = seconds_now() - at;
        printf("%2d steps: %zu states, %" PRIu64 " transitions, %.1f s",
               depth,
               s->seen_count,
               s->transitions,
               spent);
        printf(s->cut ? "; %zu times a channel had no room for another order\n" : "\n", s->cut);
        (void)fflush(stdout);
    }
    return true;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"steps", required_argument, NULL, 's'},
                                            {"seconds", required_argument, NULL, 't'},
                                            {"break", required_argument, NULL, 'b'},
                                            {0}};
    struct search s = {.broken = BREAK_NONE};
    int64_t steps = 0, seconds = 0;
    for (int o; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        const struct slice value = slice_of(optarg);
        switch (o) {
        case 's':
            if (!slice_int(value, &steps) || steps < 1 || steps > STEPS_MAX) {
                return usage("so many steps cannot be taken: ", optarg);
            }
            break;
        case 't':
            if (!slice_int(value, &seconds) || seconds < 1) {
                return usage("no number of seconds: ", optarg);
            }
            break;
        case 'b':
            for (s.broken = BREAK_NONE; s.broken < BREAKS; s.broken++) {
                if (slice_is(value, rules[s.broken])) {
                    break;
                }
            }
            if (s.broken == BREAKS) {
                return usage("there is no rule ", optarg);
            }
            break;
        default:
            return usage("what is that?", "");
        }
    }
    if (optind < argc) {
        return usage("what is that? ", argv[optind]);
    }
    table_grow(&s);
    bool is_sound = search_depths(&s, steps ? steps : seconds ? STEPS_MAX : 8, seconds);
    free(s.seen);
    return is_sound ? 0 : 1;
}
