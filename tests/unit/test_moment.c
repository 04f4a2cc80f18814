/* SPDX-License-Identifier: Apache-2.0 */
/* The stock of a past instant, against what was noted then and against a plain fold of all rows. */
#include "support/request_world.h"

#include "engine/moment.h"

#define PLACES 2
#define STEPS 900

static const char *const places[PLACES] = {"berlin", "paris"};

struct vector {
    int64_t available, held, reserved, unavailable, in_transit, damaged;
};

struct noted {
    int64_t at_us;
    struct vector at[PLACES];
};

struct seen {
    struct noted steps[STEPS];
    size_t count;
};

static uint32_t draw(struct world *w, uint32_t n)
{
    uint32_t r;
    world_random(&w->env, &r, sizeof(r));
    return r % n;
}

static struct vector vector_of(const struct stock *row)
{
    return (struct vector){.available = row->available,
                           .held = row->held,
                           .reserved = row->reserved,
                           .unavailable = row->unavailable,
                           .in_transit = row->in_transit,
                           .damaged = stock_reason_quantity(row, SLICE("damaged"))};
}

static void note(struct world *w, struct seen *seen)
{
    struct noted *n = &seen->steps[seen->count++];
    n->at_us = w->now_us;
    for (size_t p = 0; p < PLACES; p++) {
        struct sku_row *sku = NULL;
        struct slice key = SLICE("TEE");
        struct rows locations = {0};
        struct stock_set set;
        assert_int_equal(w->reader->ops->skus_by_code(w->reader, &key, 1, &w->arena, &sku), ERR_OK);
        assert_int_equal(w->reader->ops->locations(w->reader, &w->arena, &locations), ERR_OK);
        stock_set_init(&set, &w->arena);
        assert_int_equal(w->reader->ops->stock(w->reader, &sku->id, 1, &set), ERR_OK);
        const struct location_row *at = locations.items[p];
        const struct stock *row = stock_set_find(&set, sku->id, at->id);
        n->at[p] = row ? vector_of(row) : (struct vector){0};
        stock_set_free(&set);
    }
}

/* One thing happens; what is dated lies up to two hours back, or a little ahead. */
static void happen(struct world *w, int i)
{
    static const char *const kinds[] = {"receive", "ship", "damage", "restore", "adjust", "count"};
    char body[512], dated[64] = "", stamp[TIME_TEXT_MAX];
    const char *place = places[draw(w, PLACES)];
    if (draw(w, 8) == 0) {
        (void)snprintf(body,
                       sizeof(body),
                       "{\"channel\":\"shop\",\"id\":\"%d\",\"version\":%d,\"lines\":[{\"id\":"
                       "\"1\",\"sku\":\"TEE\",\"ordered\":%u,\"fulfilled\":%u}]}",
                       i / 3,
                       i,
                       1 + draw(w, 3),
                       draw(w, 2));
        (void)ask(w, request_orders_create, NULL, body);
        return;
    }
    uint32_t when = draw(w, 4);
    if (when < 2) {
        int64_t ago_us = when == 0 ? draw(w, 7200) * US_PER_S : -(int64_t)draw(w, 240) * US_PER_S;
        struct slice text = time_format(w->now_us - ago_us, stamp);
        (void)snprintf(dated, sizeof(dated), ",\"happened_at\":\"%.*s\"", SLICE_ARG(text));
    }
    (void)snprintf(body,
                   sizeof(body),
                   "{\"movements\":[{\"kind\":\"%s\",\"sku\":\"TEE\",\"location\":\"%s\","
                   "\"quantity\":%u%s}]}",
                   kinds[draw(w, COUNT_OF(kinds))],
                   place,
                   1 + draw(w, 9),
                   dated);
    (void)ask(w, request_movements_create, NULL, body); /* refused or not: both are answers */
}

static struct sku_id shirt(struct world *w)
{
    struct sku_row *sku = NULL;
    struct slice key = SLICE("TEE");
    assert_int_equal(w->reader->ops->skus_by_code(w->reader, &key, 1, &w->arena, &sku), ERR_OK);
    return sku->id;
}

static void
moment_of(struct world *w, int64_t at_us, enum moment_time time, struct vector out[PLACES])
{
    struct stock_set set;
    struct arena arena;
    arena_init(&arena, (size_t)16 * 1024 * 1024);
    stock_set_init(&set, &arena);
    assert_int_equal(moment_stock(w->reader, shirt(w), at_us, time, &set), ERR_OK);
    for (size_t p = 0; p < PLACES; p++) {
        const struct stock *row =
            stock_set_find(&set, shirt(w), (struct location_id){(int64_t)p + 1});
        out[p] = row ? vector_of(row) : (struct vector){0};
    }
    stock_set_free(&set);
    arena_free(&arena);
}

static void
add_leg(struct vector v[PLACES], const struct movement *m, struct account_of a, int sign)
{
    if (a.bucket == BUCKET_OUTSIDE) {
        return;
    }
    struct vector *at = &v[a.location.v - 1];
    int64_t n = sign * m->quantity;
    at->available += a.bucket == BUCKET_AVAILABLE ? n : 0;
    at->held += a.bucket == BUCKET_HELD ? n : 0;
    at->reserved += a.bucket == BUCKET_RESERVED ? n : 0;
    at->in_transit += a.bucket == BUCKET_IN_TRANSIT ? n : 0;
    at->unavailable += a.bucket == BUCKET_UNAVAILABLE ? n : 0;
    bool is_damage = a.bucket == BUCKET_UNAVAILABLE && slice_is(m->reason, "damaged");
    at->damaged += is_damage ? n : 0;
}

/* Every row of the ledger that happened by then, in any order. */
static void fold(struct world *w, int64_t at_us, struct vector out[PLACES])
{
    struct rows rows = {0};
    const struct store_query q = {.sku = shirt(w), .limit = 100000};
    memset(out, 0, PLACES * sizeof(*out));
    assert_int_equal(w->reader->ops->list_movements(w->reader, &q, &w->arena, &rows), ERR_OK);
    for (size_t i = 0; i < rows.count; i++) {
        const struct movement_row *row = rows.items[i];
        if (row->movement.happened_at_us <= at_us) {
            add_leg(out, &row->movement, row->movement.from, -1);
            add_leg(out, &row->movement, row->movement.to, 1);
        }
    }
}

static void same(const struct vector *a, const struct vector *b, const char *what, size_t step)
{
    for (size_t p = 0; p < PLACES; p++) {
        if (memcmp(&a[p], &b[p], sizeof(*a)) != 0) {
            fail_msg("%s, step %zu at %s: available %" PRId64 " and %" PRId64,
                     what,
                     step,
                     places[p],
                     a[p].available,
                     b[p].available);
        }
    }
}

static void test_any_past_instant_is_answered_as_recorded_and_as_happened(void **state)
{
    struct world *w = *state;
    static struct seen seen;
    seen.count = 0;
    w->random = 20261127;
    for (int i = 0; i < STEPS; i++) {
        w->now_us += 1 + draw(w, 3) * 7 * US_PER_S + draw(w, 1000);
        happen(w, i);
        note(w, &seen);
    }
    struct checkpoint_row *checkpoint = NULL;
    assert_int_equal(
        w->reader->ops->checkpoint(w->reader, shirt(w), INT64_MAX, &w->arena, &checkpoint), ERR_OK);
    assert_non_null(checkpoint);
    assert_true(checkpoint->movement > CHECKPOINT_EVERY);
    for (size_t i = 0; i < seen.count; i++) {
        struct vector then[PLACES], truth[PLACES];
        moment_of(w, seen.steps[i].at_us, MOMENT_RECORDED, then);
        same(then, seen.steps[i].at, "recorded", i);
        if (i % 9 == 0) {
            int64_t at_us = seen.steps[i].at_us + draw(w, 600) * US_PER_S - 300 * US_PER_S;
            moment_of(w, at_us, MOMENT_HAPPENED, then);
            fold(w, at_us, truth);
            same(then, truth, "happened", i);
        }
    }
    struct vector before[PLACES], nothing[PLACES] = {{0}};
    moment_of(w, WORLD_START_US - 9000 * US_PER_S, MOMENT_RECORDED, before);
    same(before, nothing, "before the first", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_any_past_instant_is_answered_as_recorded_and_as_happened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
