/* SPDX-License-Identifier: Apache-2.0 */
/* The stock model's rows: transfers, counts, other codes, past moments, items without a SKU: the
 * same claims for memory and SQLite. */
#include "testing.h"

#include "support/every_store.h"

static void test_a_transfer_is_kept_and_changed_as_one_row(void **state)
{
    struct world *w = world_of(state);
    struct transfer_row row = {.id = w->ops->next_id(w->store, ID_TRANSFER),
                               .from = {1},
                               .to = {2},
                               .reference = SLICE("T-1"),
                               .lines = SLICE("[]"),
                               .created_at_us = 5};
    WORLD_ADD(w, transfers, row);
    world_commit(w);
    row.state = TRANSFER_IN_TRANSIT;
    row.shipped_at_us = 7;
    row.lines = SLICE("[1]");
    WORLD_ADD(w, transfers, row);
    struct transfer_row other = row;
    other.id = w->ops->next_id(w->store, ID_TRANSFER);
    other.state = TRANSFER_CANCELLED;
    other.closed_at_us = 9;
    WORLD_ADD(w, transfers, other);
    world_commit(w);
    struct transfer_row *read = NULL;
    assert_int_equal(w->ops->transfer(w->store, row.id, &w->arena, &read), ERR_OK);
    assert_non_null(read);
    assert_int_equal(read->state, TRANSFER_IN_TRANSIT);
    assert_int_equal(read->from.v, 1);
    assert_int_equal(read->to.v, 2);
    assert_slice(read->reference, "T-1");
    assert_slice(read->lines, "[1]");
    assert_int_equal(read->created_at_us, 5);
    assert_int_equal(read->shipped_at_us, 7);
    assert_int_equal(read->closed_at_us, 0);
    assert_int_equal(w->ops->transfer(w->store, 99, &w->arena, &read), ERR_OK);
    assert_null(read);
    struct rows rows = {0};
    const struct store_query under_way = {.state = TRANSFER_IN_TRANSIT, .limit = 9};
    assert_int_equal(w->ops->list_transfers(w->store, &under_way, &w->arena, &rows), ERR_OK);
    assert_int_equal(rows.count, 1);
    const struct store_query newest = {.state = -1, .newest_first = true, .limit = 1};
    rows = (struct rows){0};
    assert_int_equal(w->ops->list_transfers(w->store, &newest, &w->arena, &rows), ERR_OK);
    assert_int_equal(rows.count, 1);
    assert_int_equal(((const struct transfer_row *)rows.items[0])->id, other.id);
    world_open_again((store_close(w->store), w));
    if (w->dir[0]) {
        assert_true(w->ops->next_id(w->store, ID_TRANSFER) > other.id);
    }
}

static void test_a_count_has_one_line_a_sku(void **state)
{
    struct world *w = world_of(state);
    struct count_row count = {.id = w->ops->next_id(w->store, ID_COUNT),
                              .location = {3},
                              .reference = SLICE("r"),
                              .reason = SLICE("yearly"),
                              .is_blind = true,
                              .created_at_us = 1};
    struct count_line_row lines[] = {
        {.count = count.id, .sku = {8}, .counted = POLICY_UNSET},
        {.count = count.id, .sku = {2}, .counted = 4, .counted_at_us = 6, .there = 5},
        {.count = count.id + 1, .sku = {2}, .counted = 9},
    };
    WORLD_ADD(w, counts, count);
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        WORLD_ADD(w, count_lines, lines[i]);
    }
    world_commit(w);
    lines[0].counted = 7;
    WORLD_ADD(w, count_lines, lines[0]);
    count.state = COUNT_POSTED;
    count.closed_at_us = 8;
    WORLD_ADD(w, counts, count);
    world_commit(w);
    struct count_row *read = NULL;
    assert_int_equal(w->ops->count(w->store, count.id, &w->arena, &read), ERR_OK);
    assert_int_equal(read->state, COUNT_POSTED);
    assert_int_equal(read->location.v, 3);
    assert_true(read->is_blind && !read->is_listed);
    assert_slice(read->reason, "yearly");
    assert_int_equal(read->closed_at_us, 8);
    struct rows rows = {0};
    assert_int_equal(w->ops->count_lines(w->store, count.id, &w->arena, &rows), ERR_OK);
    assert_int_equal(rows.count, 2);
    const struct count_line_row *first = rows.items[0], *second = rows.items[1];
    assert_int_equal(first->sku.v, 2);
    assert_int_equal(first->there, 5);
    assert_int_equal(second->counted, 7);
    rows = (struct rows){0};
    const struct store_query open = {.state = COUNT_OPEN, .limit = 9};
    assert_int_equal(w->ops->list_counts(w->store, &open, &w->arena, &rows), ERR_OK);
    assert_int_equal(rows.count, 0);
}

static struct alias_row alias_of(const char *code, int64_t sku, int64_t since_us)
{
    return (struct alias_row){
        .code = slice_of(code), .code_key = slice_of(code), .sku = {sku}, .since_us = since_us};
}

static void test_another_code_leads_to_one_sku(void **state)
{
    struct world *w = world_of(state);
    struct alias_row rows[] = {alias_of("B", 1, 20), alias_of("A", 1, 30), alias_of("C", 2, 10)};
    rows[1].is_former = true;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        WORLD_ADD(w, aliases, rows[i]);
    }
    world_commit(w);
    struct alias_row *found = NULL;
    assert_int_equal(w->ops->alias(w->store, SLICE("C"), &w->arena, &found), ERR_OK);
    assert_int_equal(found->sku.v, 2);
    assert_false(found->is_former);
    struct rows list = {0};
    assert_int_equal(w->ops->aliases_of(w->store, (struct sku_id){1}, &w->arena, &list), ERR_OK);
    assert_int_equal(list.count, 2); /* the oldest first */
    assert_slice(((const struct alias_row *)list.items[0])->code, "B");
    assert_true(((const struct alias_row *)list.items[1])->is_former);
    struct alias_row moved = alias_of("C", 1, 40);
    WORLD_ADD(w, aliases_gone, rows[0]);
    WORLD_ADD(w, aliases, moved);
    world_commit(w);
    assert_int_equal(w->ops->alias(w->store, SLICE("C"), &w->arena, &found), ERR_OK);
    assert_int_equal(found->sku.v, 1);
    assert_int_equal(w->ops->alias(w->store, SLICE("B"), &w->arena, &found), ERR_OK);
    assert_null(found);
}

/* One movement, recorded now. */
static int64_t record(struct world *w, int64_t sku, int64_t at_us, int64_t happened_at_us)
{
    struct movement_row row = {
        .n = w->ops->next_id(w->store, ID_MOVEMENT),
        .event = world_event(w, "movement", SLICE("x"), "{}"),
        .recorded_at_us = at_us,
        .movement = {.sku = {sku},
                     .kind = MOVE_RECEIVE,
                     .to = {.location = {1}, .bucket = BUCKET_AVAILABLE},
                     .quantity = 1,
                     .happened_at_us = happened_at_us},
    };
    WORLD_ADD(w, movements, row);
    w->now_us = at_us;
    world_commit(w);
    return row.n;
}

static void quiet(struct world *w, int64_t at_us)
{
    world_event(w, "note", SLICE("x"), "{}");
    w->now_us = at_us;
    world_commit(w);
}

static void test_an_instant_lies_behind_one_movement(void **state)
{
    struct world *w = world_of(state);
    int64_t found = -1;
    assert_int_equal(w->ops->movement_at(w->store, 100, &found), ERR_OK);
    assert_int_equal(found, 0);
    quiet(w, 1000);
    int64_t n[40];
    for (int i = 0; i < 40; i++) {
        n[i] = record(w, 1, 2000 + 10 * i, 1);
        quiet(w, 2000 + 10 * i + 5);
    }
    for (int i = 0; i < 40; i++) {
        for (int d = 0; d < 10; d++) {
            assert_int_equal(w->ops->movement_at(w->store, 2000 + 10 * i + d, &found), ERR_OK);
            assert_int_equal(found, n[i]);
        }
    }
    assert_int_equal(w->ops->movement_at(w->store, 1999, &found), ERR_OK);
    assert_int_equal(found, 0);
}

static void test_movements_told_late_or_ahead_are_found_among_many(void **state)
{
    struct world *w = world_of(state);
    const int64_t hour = 3600 * US_PER_S, t = 100 * hour;
    record(w, 1, t, t);
    record(w, 1, t, t - LATE_US); /* not more than that */
    int64_t late = record(w, 1, t + 1, t - LATE_US);
    record(w, 2, t + 2, t - hour);
    int64_t later = record(w, 1, t + 3, t - hour);
    int64_t ahead = record(w, 1, t + 4, t + hour);
    struct rows rows = {0};
    struct sku_id sku = {1};
    assert_int_equal(w->ops->movements_late(w->store, sku, 0, t, 9, &w->arena, &rows), ERR_OK);
    assert_int_equal(rows.count, 2);
    assert_int_equal(((const struct movement_row *)rows.items[0])->n, late);
    assert_int_equal(((const struct movement_row *)rows.items[1])->n, later);
    rows = (struct rows){0};
    assert_int_equal(w->ops->movements_late(w->store, sku, late, t - hour, 9, &w->arena, &rows),
                     ERR_OK);
    assert_int_equal(rows.count, 1);
    rows = (struct rows){0};
    assert_int_equal(w->ops->movements_late(w->store, sku, 0, t, 1, &w->arena, &rows), ERR_OK);
    assert_int_equal(rows.count, 1);
    rows = (struct rows){0};
    assert_int_equal(w->ops->movements_early(w->store, sku, 0, ahead, t + 5, 9, &w->arena, &rows),
                     ERR_OK);
    assert_int_equal(rows.count, 1);
    assert_int_equal(((const struct movement_row *)rows.items[0])->n, ahead);
    rows = (struct rows){0};
    assert_int_equal(
        w->ops->movements_early(w->store, sku, 0, ahead, t + hour, 9, &w->arena, &rows), ERR_OK);
    assert_int_equal(rows.count, 0);
    assert_int_equal(w->ops->movements_early(w->store, sku, 0, ahead - 1, t, 9, &w->arena, &rows),
                     ERR_OK);
    assert_int_equal(rows.count, 0);
}

static void test_the_last_checkpoint_before_a_movement_is_found(void **state)
{
    struct world *w = world_of(state);
    const struct checkpoint_row rows[] = {
        {{1}, 10, SLICE("ten")}, {{1}, 20, SLICE("twenty")}, {{2}, 15, SLICE("other")}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        WORLD_ADD(w, checkpoints, rows[i]);
    }
    world_commit(w);
    static const struct {
        int64_t movement;
        const char *found;
    } asked[] = {{9, NULL}, {10, "ten"}, {19, "ten"}, {20, "twenty"}, {INT64_MAX, "twenty"}};
    for (size_t i = 0; i < COUNT_OF(asked); i++) {
        struct checkpoint_row *found = NULL;
        struct sku_id sku = {1};
        assert_int_equal(w->ops->checkpoint(w->store, sku, asked[i].movement, &w->arena, &found),
                         ERR_OK);
        assert_int_equal(found != NULL, asked[i].found != NULL);
        if (found) {
            assert_slice(found->balances, asked[i].found);
        }
    }
}

static size_t waiting(struct world *w, const char *code_key)
{
    struct rows rows = {0};
    assert_int_equal(w->ops->unlinked(w->store, slice_of(code_key), &w->arena, &rows), ERR_OK);
    return rows.count;
}

static void test_items_wait_for_a_code_until_a_later_import_forgets_them(void **state)
{
    struct world *w = world_of(state);
    struct unlinked_row rows[] = {{{1}, SLICE("p:1"), SLICE("HAT"), 5, SLICE("{}")},
                                  {{2}, SLICE("p:1"), SLICE("HAT"), 5, SLICE("{}")},
                                  {{1}, SLICE("p:2"), SLICE("CAP"), 5, SLICE("{}")}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        WORLD_ADD(w, unlinked, rows[i]);
    }
    world_commit(w);
    assert_int_equal(waiting(w, "HAT"), 2);
    rows[0].job = 6; /* seen again */
    WORLD_ADD(w, unlinked, rows[0]);
    struct unlinked_row than = {.channel = {1}, .job = 6};
    WORLD_ADD(w, unlinked_older, than);
    world_commit(w);
    assert_int_equal(waiting(w, "HAT"), 2);
    assert_int_equal(waiting(w, "CAP"), 0);
    WORLD_ADD(w, unlinked_gone, rows[0]);
    world_commit(w);
    assert_int_equal(waiting(w, "HAT"), 1);
}

static size_t bodies_left(struct world *w)
{
    size_t left = 0;
    for (int64_t n = 1; n <= 5; n++) {
        struct delivery_row *row = NULL;
        assert_int_equal(w->ops->delivery(w->store, n, &w->arena, &row), ERR_OK);
        assert_non_null(row);
        assert_slice(row->topic, "orders/create");
        left += row->body.n > 0;
    }
    return left;
}

static bool erase_before(struct world *w, int64_t before_us, size_t limit)
{
    bool more = false;
    assert_int_equal(w->ops->begin(w->store), ERR_OK);
    assert_int_equal(w->ops->erase_bodies(w->store, before_us, limit, &more), ERR_OK);
    assert_int_equal(w->ops->commit(w->store, w->now_us), ERR_OK);
    return more;
}

static void test_bodies_are_erased_by_age_and_nothing_else_of_a_delivery_is(void **state)
{
    struct world *w = world_of(state);
    for (int64_t i = 1; i <= 5; i++) {
        struct delivery_row row = {.n = w->ops->next_id(w->store, ID_DELIVERY),
                                   .channel = {1},
                                   .topic = SLICE("orders/create"),
                                   .received_at_us = 100 * i,
                                   .key = {(uint8_t)i},
                                   .state = DELIVERY_APPLIED,
                                   .body = SLICE("sealed"),
                                   .is_new = true};
        WORLD_ADD(w, deliveries, row);
    }
    world_commit(w);
    assert_false(erase_before(w, 100, 9));
    assert_int_equal(bodies_left(w), 5);
    (void)erase_before(w, 301, 2);
    assert_int_equal(bodies_left(w), 3);
    while (erase_before(w, 401, 2)) {
    }
    assert_int_equal(bodies_left(w), 1);
    while (erase_before(w, 1000, 2)) {
    }
    assert_int_equal(bodies_left(w), 0);
    assert_false(erase_before(w, 1000, 2));
    struct verify_report report;
    assert_int_equal(store_verify(w->store, &report, &w->note), ERR_OK);
}

// clang-format off
#define EACH(X, open) \
    X(test_a_transfer_is_kept_and_changed_as_one_row, open), \
    X(test_a_count_has_one_line_a_sku, open), \
    X(test_another_code_leads_to_one_sku, open), \
    X(test_an_instant_lies_behind_one_movement, open), \
    X(test_movements_told_late_or_ahead_are_found_among_many, open), \
    X(test_the_last_checkpoint_before_a_movement_is_found, open), \
    X(test_items_wait_for_a_code_until_a_later_import_forgets_them, open), \
    X(test_bodies_are_erased_by_age_and_nothing_else_of_a_delivery_is, open)
// clang-format on

RUN_ON_EVERY_STORE(EACH)
