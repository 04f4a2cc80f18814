/* SPDX-License-Identifier: Apache-2.0 */
/* What happened comes back as it was: the same claims for memory and SQLite. */
#include "testing.h"

#include "support/every_store.h"

/* ---- the log ---- */

#define EVENT_INTS(X) X(n) X(at_us) X(channel.v)
#define EVENT_TEXTS(X) X(kind) X(subject) X(facts)
// clang-format off
#define MOVEMENT_INTS(X)                                                                           \
    X(n) X(event) X(recorded_at_us) X(movement.sku.v) X(movement.from.location.v)                  \
    X(movement.to.location.v) X(movement.quantity) X(movement.channel.v)                           \
    X(movement.happened_at_us) X(movement.from_after) X(movement.to_after)
#define MOVEMENT_TEXTS(X)                                                                          \
    X(movement.reason) X(movement.reference) X(movement.order) X(movement.line)
// clang-format on

static void test_events_and_movements_come_back_whole(void **state)
{
    struct world *w = world_of(state);
    struct rows rows = {0};
    struct store_query q = query(9);
    int64_t n = 0;
    {
        struct event_row row;
        EVENT_INTS(FILL_INT)
        EVENT_TEXTS(FILL_TEXT)
        WORLD_ADD(w, events, row);
        world_commit(w);
        OK(w->ops->list_events(w->store, &q, &w->arena, &rows));
        assert_int_equal(rows.count, 1);
        const struct event_row *got = rows.items[0];
        EVENT_INTS(SAME_INT)
        EVENT_TEXTS(SAME_TEXT)
    }
    struct movement_row row;
    MOVEMENT_INTS(FILL_INT)
    MOVEMENT_TEXTS(FILL_TEXT)
    row.movement.kind = MOVE_TRANSFER_DAMAGED;
    row.movement.from.bucket = BUCKET_IN_TRANSIT;
    row.movement.to.bucket = BUCKET_UNAVAILABLE;
    WORLD_ADD(w, movements, row);
    world_commit(w);
    rows = (struct rows){0};
    OK(w->ops->list_movements(w->store, &q, &w->arena, &rows));
    assert_int_equal(rows.count, 1);
    const struct movement_row *got = rows.items[0];
    MOVEMENT_INTS(SAME_INT)
    MOVEMENT_TEXTS(SAME_TEXT)
    SAME_INT(movement.kind)
    SAME_INT(movement.from.bucket)
    SAME_INT(movement.to.bucket)
}

/* ---- deliveries, pushes, incidents, tokens, answers, holds, jobs ---- */

#define DELIVERY_INTS(X) X(n) X(channel.v) X(received_at_us)
#define DELIVERY_TEXTS(X) X(topic) X(reason) X(order) X(version)

static void test_deliveries_keep_key_and_body(void **state)
{
    struct world *w = world_of(state);
    int64_t n = 0;
    struct delivery_row row = {.state = DELIVERY_PARKED, .is_new = true, .key = {1, 2, 255}};
    DELIVERY_INTS(FILL_INT)
    DELIVERY_TEXTS(FILL_TEXT)
    row.body = (struct slice){"\0sealed\xff", 8};
    WORLD_ADD(w, deliveries, row);
    world_commit(w);
    struct delivery_row *got;
    OK(w->ops->delivery(w->store, row.n, &w->arena, &got));
    DELIVERY_INTS(SAME_INT)
    DELIVERY_TEXTS(SAME_TEXT)
    SAME_TEXT(body)
    SAME_INT(state)
    assert_memory_equal(got->key, row.key, sizeof(row.key));
    assert_false(got->is_new);

    bool seen = false;
    OK(w->ops->delivery_seen(w->store, row.key, &seen));
    assert_true(seen);
    uint8_t other[16] = {1, 2, 255};
    other[15] = 1; /* the other half of the key counts too */
    OK(w->ops->delivery_seen(w->store, other, &seen));
    assert_false(seen);

    got->state = DELIVERY_APPLIED;
    got->reason = SLICE("mapped");
    got->order = SLICE("#7");
    got->version = SLICE("8");
    got->body = (struct slice){0};
    WORLD_ADD(w, deliveries, *got);
    world_commit(w);
    struct delivery_row changed = *got;
    OK(w->ops->delivery(w->store, row.n, &w->arena, &got));
    assert_int_equal(got->state, DELIVERY_APPLIED);
    assert_true(slice_equal(got->reason, changed.reason));
    assert_slice(got->order, "#7");
    assert_slice(got->version, "8");
    SAME_TEXT(body) /* what arrived does not change */
    struct rows rows = {0};
    struct store_query q = query(9);
    OK(w->ops->list_deliveries(w->store, &q, &w->arena, &rows));
    assert_int_equal(((const struct delivery_row *)rows.items[0])->body.n, 0);
    OK(w->ops->delivery(w->store, 99, &w->arena, &got));
    assert_null(got);
}

// clang-format off
#define PUSH_INTS(X)                                                                               \
    X(n) X(listing.v) X(channel.v) X(sku.v) X(value) X(compare) X(happened_at_us)                  \
    X(received_at_us) X(committed_at_us) X(sent_at_us) X(answered_at_us)
// clang-format on

static void test_pushes_come_back_whole(void **state)
{
    struct world *w = world_of(state);
    for (int round = 0; round < 2; round++) {
        int64_t n = 100 * round;
        struct push_row row = {.state = round ? PUSH_LOST : PUSH_IN_FLIGHT, .key = {9, 8}};
        PUSH_INTS(FILL_INT)
        FILL_TEXT(reason)
        row.n = 1;
        WORLD_ADD(w, pushes, row);
        world_commit(w);
        struct rows rows = {0};
        struct store_query q = query(9);
        OK(w->ops->list_pushes(w->store, &q, &w->arena, &rows));
        assert_int_equal(rows.count, 1);
        const struct push_row *got = rows.items[0];
        PUSH_INTS(SAME_INT)
        SAME_TEXT(reason)
        SAME_INT(state)
        assert_memory_equal(got->key, row.key, sizeof(row.key));
    }
}

// clang-format off
#define INCIDENT_INTS(X) X(n) X(delivery) X(opened_at_us) X(resolved_at_us) X(times) X(updated_at_us) X(until_us)
#define INCIDENT_TEXTS(X) \
    X(code) X(subject) X(channel) X(sku) X(order) X(title) X(detail) X(action) X(resolution) X(resolved_by)
// clang-format on

static void test_one_incident_is_open_per_code_and_subject(void **state)
{
    struct world *w = world_of(state);
    int64_t n = 0;
    struct incident_row row = {.is_open = true}, *got;
    INCIDENT_INTS(FILL_INT)
    INCIDENT_TEXTS(FILL_TEXT)
    WORLD_ADD(w, incidents, row);
    world_commit(w);
    OK(w->ops->incident_open(w->store, row.code, row.subject, &w->arena, &got));
    assert_non_null(got);
    INCIDENT_INTS(SAME_INT)
    INCIDENT_TEXTS(SAME_TEXT)
    assert_true(got->is_open);
    OK(w->ops->incident_open(w->store, row.code, SLICE("other"), &w->arena, &got));
    assert_null(got);

    row.is_open = false;
    row.resolved_at_us = 99;
    struct incident_row again = row;
    again.n = 50;
    again.is_open = true;
    WORLD_ADD(w, incidents, again); /* opened before the old one is closed, in the same batch */
    WORLD_ADD(w, incidents, row);
    world_commit(w);
    OK(w->ops->incident_open(w->store, row.code, row.subject, &w->arena, &got));
    assert_int_equal(got->n, 50);
    OK(w->ops->incident(w->store, row.n, &w->arena, &got));
    assert_false(got->is_open);
    INCIDENT_INTS(SAME_INT)
    OK(w->ops->incident(w->store, 77, &w->arena, &got));
    assert_null(got);
}

// clang-format off
#define DIFFERENCE_INTS(X) \
    X(listing.v) X(channel.v) X(sku.v) X(shown) X(computed) X(began_at_us) X(seen_at_us) X(ended_at_us) X(times)
#define AGREEMENT_INTS(X) X(readings) X(agreed) X(waiting) X(differed) X(oversold) X(avoidable)
// clang-format on

static void test_differences_come_back_whole(void **state)
{
    struct world *w = world_of(state);
    int64_t n = 0;
    struct difference_row row = {
        .n = w->ops->next_id(w->store, ID_DIFFERENCE), .mode = MODE_SHADOW, .cause = CAUSE_FLAG};
    DIFFERENCE_INTS(FILL_INT)
    for (int round = 0; round < 2; round++) { /* inserted, then replaced */
        WORLD_ADD(w, differences, row);
        world_commit(w);
        struct rows rows = {0};
        const struct store_query q = query(9);
        OK(w->ops->list_differences(w->store, &q, &w->arena, &rows));
        assert_int_equal(rows.count, 1);
        const struct difference_row *got = rows.items[0];
        DIFFERENCE_INTS(SAME_INT)
        SAME_INT(n)
        SAME_INT(mode)
        SAME_INT(cause)
        row.cause = CAUSE_FOREIGN;
        row.mode = MODE_LIVE;
        row.shown = -5;
        row.ended_at_us = 900;
        row.times = 17;
    }
}

static void test_a_days_agreement_is_one_row(void **state)
{
    struct world *w = world_of(state);
    int64_t n = 0;
    for (int64_t day = 3; day <= 6; day++) {
        struct agreement_row row = {.channel = {1 + (day == 5)}, .day = day};
        AGREEMENT_INTS(FILL_INT)
        WORLD_ADD(w, agreements, row);
    }
    world_commit(w);
    struct agreement_row row = {.channel = {1}, .day = 4, .readings = 1000, .agreed = 999};
    WORLD_ADD(w, agreements, row);
    world_commit(w);
    struct rows rows = {0};
    OK(w->ops->agreements(w->store, (struct channel_id){1}, 4, 6, &w->arena, &rows));
    assert_int_equal(rows.count, 2); /* the fifth day is another channel's */
    const struct agreement_row *got = rows.items[0];
    AGREEMENT_INTS(SAME_INT)
    SAME_INT(day)
    assert_int_equal(((const struct agreement_row *)rows.items[1])->day, 6);
    rows.count = 0;
    OK(w->ops->agreements(w->store, (struct channel_id){1}, 0, 3, &w->arena, &rows));
    assert_int_equal(rows.count, 1);
}

static void test_tokens_come_back_whole(void **state)
{
    struct world *w = world_of(state);
    struct token_row row = {.id = w->ops->next_id(w->store, ID_TOKEN),
                            .name = SLICE("till"),
                            .hash = {7, 0, 255},
                            .scope = SCOPE_OPERATE,
                            .created_at_us = 5};
    for (int round = 0; round < 2; round++) {
        row.is_revoked = round == 1;
        WORLD_ADD(w, tokens, row);
        world_commit(w);
        struct rows rows = {0};
        OK(w->ops->tokens(w->store, &w->arena, &rows));
        assert_int_equal(rows.count, 1);
        const struct token_row *got = rows.items[0];
        SAME_INT(id)
        SAME_TEXT(name)
        SAME_INT(scope)
        SAME_INT(created_at_us)
        SAME_INT(is_revoked)
        assert_memory_equal(got->hash, row.hash, sizeof(row.hash));
    }
}

static void test_answers_are_kept_by_key(void **state)
{
    struct world *w = world_of(state);
    struct answer_row row = {.key = {1, 0, 2}, .body_digest = {3}, .status = 201, .at_us = 77};
    struct answer_row *got;
    for (int round = 0; round < 2; round++) {
        row.status += round;
        row.body = round ? SLICE("") : (struct slice){"{\0}", 3};
        WORLD_ADD(w, answers, row);
        world_commit(w);
        OK(w->ops->answer(w->store, row.key, &w->arena, &got));
        assert_non_null(got);
        SAME_INT(status)
        SAME_INT(at_us)
        SAME_TEXT(body)
        assert_memory_equal(got->key, row.key, sizeof(row.key));
        assert_memory_equal(got->body_digest, row.body_digest, sizeof(row.body_digest));
    }
    row.key[31] = 1;
    OK(w->ops->answer(w->store, row.key, &w->arena, &got));
    assert_null(got);
}

#define HOLD_INTS(X) X(n) X(expires_at_us) X(created_at_us)
#define HOLD_TEXTS(X) X(owner) X(channel) X(lines)

static void test_an_owner_has_one_open_hold(void **state)
{
    struct world *w = world_of(state);
    int64_t n = 0;
    struct hold_row row = {.state = HOLD_OPEN}, *got;
    HOLD_INTS(FILL_INT)
    HOLD_TEXTS(FILL_TEXT)
    WORLD_ADD(w, holds, row);
    world_commit(w);
    OK(w->ops->hold_of_owner(w->store, row.owner, &w->arena, &got));
    assert_non_null(got);
    HOLD_INTS(SAME_INT)
    HOLD_TEXTS(SAME_TEXT)

    struct hold_row next = row;
    next.n = 9;
    row.state = HOLD_RELEASED;
    WORLD_ADD(w, holds, next); /* opened before the old one is closed, in the same batch */
    WORLD_ADD(w, holds, row);
    world_commit(w);
    OK(w->ops->hold_of_owner(w->store, row.owner, &w->arena, &got));
    assert_int_equal(got->n, 9);
    OK(w->ops->hold(w->store, row.n, &w->arena, &got));
    assert_int_equal(got->state, HOLD_RELEASED);
    next.state = HOLD_COMMITTED;
    WORLD_ADD(w, holds, next);
    world_commit(w);
    OK(w->ops->hold_of_owner(w->store, row.owner, &w->arena, &got));
    assert_null(got);
    OK(w->ops->hold(w->store, 77, &w->arena, &got));
    assert_null(got);
}

static void test_due_holds_come_earliest_first(void **state)
{
    struct world *w = world_of(state);
    static const int64_t expires[] = {30, 10, 20, 10, 5, 40};
    for (size_t i = 0; i < COUNT_OF(expires); i++) {
        struct hold_row row = {.n = (int64_t)i + 1,
                               .owner = world_text(w, "cart %" PRId64, (int64_t)i),
                               .state = i == 4 ? HOLD_EXPIRED : HOLD_OPEN,
                               .expires_at_us = expires[i]};
        WORLD_ADD(w, holds, row);
    }
    world_commit(w);
    struct rows rows = {0};
    OK(w->ops->holds_due(w->store, 30, 9, &w->arena, &rows));
    assert_ids(&rows, 4, 2, 4, 3, 1);
    rows = (struct rows){0};
    OK(w->ops->holds_due(w->store, 29, 2, &w->arena, &rows));
    assert_ids(&rows, 2, 2, 4);
    rows = (struct rows){0};
    OK(w->ops->holds_due(w->store, 9, 9, &w->arena, &rows));
    assert_ids(&rows, 0);
}

#define JOB_INTS(X) X(id) X(channel.v) X(done) X(total) X(created_at_us)
#define JOB_TEXTS(X) X(kind) X(state) X(error) X(result) X(review)

static void test_jobs_come_back_whole(void **state)
{
    struct world *w = world_of(state);
    struct job_row *got;
    for (int round = 0; round < 2; round++) {
        int64_t n = 100 * round;
        struct job_row row;
        JOB_INTS(FILL_INT)
        JOB_TEXTS(FILL_TEXT)
        row.id = 1;
        WORLD_ADD(w, jobs, row);
        world_commit(w);
        OK(w->ops->job(w->store, 1, &w->arena, &got));
        JOB_INTS(SAME_INT)
        JOB_TEXTS(SAME_TEXT)
    }
    OK(w->ops->job(w->store, 2, &w->arena, &got));
    assert_null(got);
}

static void test_open_jobs_are_those_that_have_not_ended(void **state)
{
    static const char *const states[] = {"queued", "done", "running", "failed"};
    struct world *w = world_of(state);
    struct rows rows = {0};
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        struct job_row row = {
            .id = (int64_t)i + 1, .kind = SLICE("import"), .state = slice_of(states[i])};
        WORLD_ADD(w, jobs, row);
    }
    world_commit(w);
    OK(w->ops->jobs_open(w->store, &w->arena, &rows));
    assert_ids(&rows, 2, 1, 3);
    assert_slice(((const struct job_row *)rows.items[1])->state, "running");
    struct job_row row = {.id = 1, .kind = SLICE("import"), .state = SLICE("done")};
    WORLD_ADD(w, jobs, row);
    world_commit(w);
    rows = (struct rows){0};
    OK(w->ops->jobs_open(w->store, &w->arena, &rows));
    assert_ids(&rows, 1, 3);
}

// clang-format off
#define EACH(X, open) \
    X(test_events_and_movements_come_back_whole, open), \
    X(test_deliveries_keep_key_and_body, open), \
    X(test_pushes_come_back_whole, open), \
    X(test_one_incident_is_open_per_code_and_subject, open), \
    X(test_differences_come_back_whole, open), \
    X(test_a_days_agreement_is_one_row, open), \
    X(test_tokens_come_back_whole, open), \
    X(test_answers_are_kept_by_key, open), \
    X(test_an_owner_has_one_open_hold, open), \
    X(test_due_holds_come_earliest_first, open), \
    X(test_jobs_come_back_whole, open), \
    X(test_open_jobs_are_those_that_have_not_ended, open)
// clang-format on

RUN_ON_EVERY_STORE(EACH)
