/* SPDX-License-Identifier: Apache-2.0 */
/* Where incidents go out to, and what waits for it: the same claims for memory and SQLite. */
#include "testing.h"

#include "support/every_store.h"

#define OUTLET_INTS(X)                                                                             \
    X(wants)                                                                                       \
    X(old_secret_until_us)                                                                         \
    X(told)                                                                                        \
    X(failing_since_us) X(attempts) X(next_at_us) X(last_status) X(last_at_us) X(created_at_us)
#define OUTLET_TEXTS(X) X(url) X(secrets) X(reason)

static void assert_outlet(const struct outlet_row *got, struct outlet_row row)
{
    assert_int_equal(got->id, row.id);
    assert_int_equal(got->kind, row.kind);
    assert_int_equal(got->state, row.state);
    OUTLET_INTS(SAME_INT)
    OUTLET_TEXTS(SAME_TEXT)
}

static void test_outlets_come_back_whole_and_are_replaced_by_id(void **state)
{
    struct world *w = world_of(state);
    int64_t n = 40;
    struct outlet_row row = {.id = w->ops->next_id(w->store, ID_OUTLET),
                             .kind = OUTLET_WEBHOOK,
                             .state = OUTLET_DISABLED};
    OUTLET_INTS(FILL_INT)
    OUTLET_TEXTS(FILL_TEXT)
    struct outlet_row mail = {.id = w->ops->next_id(w->store, ID_OUTLET), .kind = OUTLET_MAIL};
    WORLD_ADD(w, outlets, mail);
    WORLD_ADD(w, outlets, row);
    world_commit(w);
    struct rows rows = {0};
    OK(w->ops->outlets(w->store, &w->arena, &rows));
    assert_int_equal(rows.count, 2);
    assert_outlet(rows.items[0], row);
    assert_outlet(rows.items[1], mail);

    row.state = OUTLET_GONE;
    row.told += 7;
    row.secrets = (struct slice){0};
    WORLD_ADD(w, outlets, row);
    world_commit(w);
    rows = (struct rows){0};
    OK(w->ops->outlets(w->store, &w->arena, &rows));
    assert_int_equal(rows.count, 2);
    assert_outlet(rows.items[0], row);
}

static void test_an_outlets_id_is_never_given_again(void **state)
{
    struct world *w = world_of(state);
    struct outlet_row row = {.id = w->ops->next_id(w->store, ID_OUTLET), .state = OUTLET_GONE};
    WORLD_ADD(w, outlets, row);
    world_commit(w);
    if (w->dir[0]) {
        store_close(w->store);
        world_open_again(w);
    }
    assert_int_equal(w->ops->next_id(w->store, ID_OUTLET), row.id + 1);
}

static void test_events_of_incidents_are_found_among_all_others(void **state)
{
    struct world *w = world_of(state);
    int64_t wanted[5];
    for (int i = 0; i < 5; i++) {
        world_event(w, "movement", SLICE("TEE"), "{}");
        wanted[i] = world_event(w, "incident", SLICE("7"), "{\"state\":\"opened\"}");
        world_event(w, "incidents", SLICE("7"), "{}");
    }
    world_commit(w);
    struct rows rows = {0};
    OK(w->ops->events_of_incidents(w->store, 0, 100, &w->arena, &rows));
    assert_int_equal(rows.count, 5);
    rows = (struct rows){0};
    OK(w->ops->events_of_incidents(w->store, wanted[1], 2, &w->arena, &rows));
    assert_int_equal(rows.count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct event_row *event = rows.items[i];
        assert_int_equal(event->n, wanted[2 + i]);
        assert_true(slice_is(event->kind, "incident"));
        assert_true(slice_is(event->subject, "7"));
        assert_true(slice_is(event->facts, "{\"state\":\"opened\"}"));
        assert_int_equal(event->at_us, w->now_us);
    }
    rows = (struct rows){0};
    OK(w->ops->events_of_incidents(w->store, wanted[4], 100, &w->arena, &rows));
    assert_int_equal(rows.count, 0);
}

// clang-format off
#define EACH(X, open) \
    X(test_outlets_come_back_whole_and_are_replaced_by_id, open), \
    X(test_an_outlets_id_is_never_given_again, open), \
    X(test_events_of_incidents_are_found_among_all_others, open)
// clang-format on

RUN_ON_EVERY_STORE(EACH)
