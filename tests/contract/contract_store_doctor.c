/* SPDX-License-Identifier: Apache-2.0 */
/* Findings and first figures: the same claims for memory and SQLite. */
#include "testing.h"

#include "support/every_store.h"

static struct rows
found(struct world *w, int64_t channel, const char *kind, int64_t after, size_t n)
{
    struct rows rows = {0};
    const struct store_query q = {
        .after = after, .limit = n, .channel = {channel}, .text = slice_of(kind), .state = -1};
    assert_int_equal(w->ops->list_findings(w->store, &q, &w->arena, &rows), ERR_OK);
    return rows;
}

static int64_t add_finding(struct world *w, int64_t channel, int64_t job, const char *kind)
{
    struct finding_row row = {.id = w->ops->next_id(w->store, ID_FINDING),
                              .channel = {channel},
                              .job = job,
                              .kind = slice_of(kind),
                              .key = SLICE("v:1"),
                              .code = SLICE("TEE-0"),
                              .title = SLICE("Tee"),
                              .remote = SLICE("{\"id\":\"1\"}"),
                              .other = SLICE("TEE-O"),
                              .detail = SLICE("why"),
                              .units = 6,
                              .at_us = 77};
    WORLD_ADD(w, findings, row);
    return row.id;
}

static void forget_others(struct world *w, int64_t channel, int64_t job)
{
    struct finding_row row = {.channel = {channel}, .job = job};
    WORLD_ADD(w, findings_gone, row);
}

static void test_findings_come_back_whole_by_channel_and_kind(void **state)
{
    struct world *w = world_of(state);
    int64_t first = add_finding(w, 1, 5, "blank"), second = add_finding(w, 2, 6, "blank");
    int64_t third = add_finding(w, 1, 5, "unknown"), ours = add_finding(w, 0, 6, "look_alike");
    assert_true(first < second && second < third && third < ours);
    world_commit(w);
    assert_int_equal(found(w, 0, NULL, 0, 9).count, 4);
    assert_int_equal(found(w, 0, "blank", 0, 9).count, 2);
    assert_int_equal(found(w, 1, "blank", 0, 9).count, 1);
    struct rows rows = found(w, 1, NULL, 0, 9);
    assert_int_equal(rows.count, 2);
    const struct finding_row *row = rows.items[1];
    assert_int_equal(row->id, third);
    assert_int_equal(row->channel.v, 1);
    assert_int_equal(row->job, 5);
    assert_int_equal(row->units, 6);
    assert_int_equal(row->at_us, 77);
    assert_slice(row->kind, "unknown");
    assert_slice(row->key, "v:1");
    assert_slice(row->code, "TEE-0");
    assert_slice(row->title, "Tee");
    assert_slice(row->remote, "{\"id\":\"1\"}");
    assert_slice(row->other, "TEE-O");
    assert_slice(row->detail, "why");
    /* Page by page. */
    rows = found(w, 1, NULL, 0, 1);
    assert_int_equal(rows.count, 1);
    assert_int_equal(((const struct finding_row *)rows.items[0])->id, first);
    rows = found(w, 1, NULL, first, 1);
    assert_int_equal(((const struct finding_row *)rows.items[0])->id, third);
    assert_int_equal(found(w, 1, NULL, third, 1).count, 0);
    assert_int_equal(found(w, 0, NULL, third, 9).count, 1);
}

static void test_what_another_import_found_gives_way_on_its_channel_alone(void **state)
{
    struct world *w = world_of(state);
    add_finding(w, 1, 5, "blank");
    add_finding(w, 2, 5, "blank");
    add_finding(w, 0, 5, "look_alike");
    world_commit(w);
    forget_others(w, 1, 7);
    add_finding(w, 1, 7, "unknown"); /* of the same commit: stays */
    world_commit(w);
    struct rows rows = found(w, 1, NULL, 0, 9);
    assert_int_equal(rows.count, 1);
    assert_slice(((const struct finding_row *)rows.items[0])->kind, "unknown");
    assert_int_equal(found(w, 2, NULL, 0, 9).count, 1);
    forget_others(w, 0, 7);
    world_commit(w);
    assert_int_equal(found(w, 0, NULL, 0, 9).count, 2); /* 0 asks for all: ours is gone */
    assert_int_equal(found(w, 0, "look_alike", 0, 9).count, 0);
}

/* ---- first figures ---- */

static struct rows lines_of(struct world *w, int64_t location, int64_t after, size_t n)
{
    struct rows rows = {0};
    enum err e = w->ops->opening_lines(
        w->store, (struct location_id){location}, (struct sku_id){after}, n, &w->arena, &rows);
    assert_int_equal(e, ERR_OK);
    return rows;
}

static void put_line(struct world *w, int64_t location, int64_t sku, int64_t quantity)
{
    struct opening_line_row row = {{location}, {sku}, quantity, 5};
    WORLD_ADD(w, opening_lines, row);
}

static void test_first_figures_are_one_a_sku_and_place_until_they_are_booked(void **state)
{
    struct world *w = world_of(state);
    put_line(w, 1, 12, 0);
    put_line(w, 1, 10, 7);
    put_line(w, 2, 10, 8);
    world_commit(w);
    put_line(w, 1, 10, 9); /* replaces */
    world_commit(w);
    struct rows rows = lines_of(w, 1, 0, 9);
    assert_int_equal(rows.count, 2);
    const struct opening_line_row *row = rows.items[0];
    assert_int_equal(row->sku.v, 10);
    assert_int_equal(row->quantity, 9);
    assert_int_equal(row->at_us, 5);
    assert_int_equal(lines_of(w, 1, 10, 9).count, 1);
    assert_int_equal(lines_of(w, 1, 0, 1).count, 1);
    struct opening_line_row gone = {.location = {1}, .sku = {10}};
    WORLD_ADD(w, opening_lines_gone, gone);
    world_commit(w);
    assert_int_equal(lines_of(w, 1, 0, 9).count, 1);
    assert_int_equal(lines_of(w, 2, 0, 9).count, 1);
}

static void test_a_new_file_of_first_figures_takes_the_place_of_the_old_one(void **state)
{
    struct world *w = world_of(state);
    put_line(w, 1, 10, 7);
    put_line(w, 1, 11, 7);
    put_line(w, 2, 10, 8);
    world_commit(w);
    struct opening_line_row gone = {.location = {1}};
    WORLD_ADD(w, opening_files_gone, gone);
    put_line(w, 1, 12, 3);
    world_commit(w);
    struct rows rows = lines_of(w, 1, 0, 9);
    assert_int_equal(rows.count, 1);
    assert_int_equal(((const struct opening_line_row *)rows.items[0])->sku.v, 12);
    assert_int_equal(lines_of(w, 2, 0, 9).count, 1);
}

// clang-format off
#define EACH(X, open) \
    X(test_findings_come_back_whole_by_channel_and_kind, open), \
    X(test_what_another_import_found_gives_way_on_its_channel_alone, open), \
    X(test_first_figures_are_one_a_sku_and_place_until_they_are_booked, open), \
    X(test_a_new_file_of_first_figures_takes_the_place_of_the_old_one, open)
// clang-format on

RUN_ON_EVERY_STORE(EACH)
