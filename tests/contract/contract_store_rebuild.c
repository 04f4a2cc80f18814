/* SPDX-License-Identifier: Apache-2.0 */
/* Balances made anew from the log are those that were kept; what is not, is named. */
#include "testing.h"

#include "support/every_store.h"

#include "store/rebuild.h"
#include "support/store_shop.h"

struct seen {
    struct rebuild_report report;
    int phases;
};

static void on_phase(void *arg, enum rebuild_phase phase)
{
    struct seen *seen = arg;
    assert_int_equal(phase, seen->phases);
    seen->phases++;
}

static enum err rebuild(struct world *w, struct seen *seen)
{
    FILE *aside = tmpfile();
    assert_non_null(aside);
    *seen = (struct seen){.phases = 0};
    const struct rebuild_options options = {.aside = aside, .on_phase = on_phase, .arg = seen};
    enum err e = store_rebuild(w->store, &options, &seen->report, &w->note);
    (void)fclose(aside);
    return e;
}

/* What the engine would have kept of its SKUs. */
static void mark_moved(struct world *w)
{
    struct rows skus = {0};
    struct store_query q = query(10000);
    OK(w->ops->list_skus(w->store, &q, &w->arena, &skus));
    for (size_t i = 0; i < skus.count; i++) {
        struct sku_row *row = skus.items[i];
        struct rows movements = {0};
        struct store_query of = query(1);
        of.sku = row->id;
        OK(w->ops->list_movements(w->store, &of, &w->arena, &movements));
        row->has_moved = movements.count > 0;
        row->stock_version = 1;
        assert_true(rows_add(&w->changes.skus_moved, &w->arena, row));
    }
    world_commit(w);
}

static struct shop trade(struct world *w, int turns)
{
    struct shop s;
    shop_open(&s, w, 3);
    shop_receive(&s, 0, 0, 10);
    shop_trade(&s, turns);
    mark_moved(w);
    return s;
}

static void put_line(void *arg, struct slice text)
{
    buf_slice(arg, text);
    buf_char(arg, '\n');
}

static struct slice dump_of(struct world *w)
{
    ON_EXIT(buf_free) struct buf out;
    buf_init(&out, (size_t)1 << 26);
    OK(store_dump(w->store, put_line, &out, &w->note));
    return arena_copy(&w->arena, buf_view(&out));
}

static void test_a_sound_store_comes_out_as_it_was(void **state)
{
    struct world *w = world_of(state);
    struct seen seen;
    struct verify_report verified;
    uint8_t hash[SHA256_SIZE];
    (void)trade(w, 400);
    struct slice before = dump_of(w);
    if (rebuild(w, &seen)) {
        fail_msg("%s\n%s\n%s", w->note.text, seen.report.line_before, seen.report.line_after);
    }
    assert_int_equal(seen.phases, 4);
    assert_true(seen.report.movements > 600);
    assert_true(seen.report.orders >= 10);
    assert_true(slice_equal(dump_of(w), before));
    sha256(hash, before);
    assert_memory_equal(seen.report.before, hash, sizeof(hash));
    assert_memory_equal(seen.report.after, hash, sizeof(hash));
    OK(store_verify(w->store, &verified, &w->note));
    OK(rebuild(w, &seen)); /* and once more */
}

static void test_an_empty_store_is_sound(void **state)
{
    struct seen seen;
    OK(rebuild(world_of(state), &seen));
}

/* ---- faults ---- */

static struct stock *
row_of(struct world *w, struct shop *s, struct stock_set *set, int64_t sku, int64_t place)
{
    stock_set_init(set, &w->arena);
    OK(w->ops->stock(w->store, &s->skus[sku].id, 1, set));
    struct stock *row = stock_set_at(set, s->skus[sku].id, s->places[place].id);
    row->changed = true;
    w->changes.stock = set;
    return row;
}

static void test_a_balance_that_nobody_moved_is_shown_and_made_right(void **state)
{
    struct world *w = world_of(state);
    struct stock_set set;
    struct seen seen;
    struct shop s = trade(w, 100);
    struct slice sound = dump_of(w);
    row_of(w, &s, &set, 0, 0)->available += 7;
    world_commit(w);
    assert_int_equal(rebuild(w, &seen), ERR_CORRUPT);
    assert_string_equal(w->note.text, "what is kept is not what the movements make");
    assert_non_null(strstr(seen.report.line_before, "\"sku\":\"TEE-100\""));
    assert_non_null(strstr(seen.report.line_after, "\"sku\":\"TEE-100\""));
    assert_string_not_equal(seen.report.line_before, seen.report.line_after);
    assert_true(slice_equal(dump_of(w), sound));
    stock_set_free(&set);
}

static void test_a_balance_out_of_nothing_is_shown(void **state)
{
    struct world *w = world_of(state);
    struct stock_set set;
    struct seen seen;
    struct shop s;
    shop_open(&s, w, 3);
    shop_receive(&s, 0, 0, 10);
    mark_moved(w);
    row_of(w, &s, &set, 3, 1)->available = 5; /* TEE-97 never moved: the last line of two */
    world_commit(w);
    assert_int_equal(rebuild(w, &seen), ERR_CORRUPT);
    assert_true(seen.report.line_before[0] || seen.report.line_after[0]);
    stock_set_free(&set);
}

static void test_a_movement_that_states_another_balance_is_named(void **state)
{
    struct world *w = world_of(state);
    struct stock_set set;
    struct seen seen;
    struct shop s = trade(w, 50);
    struct stock *row = row_of(w, &s, &set, 0, 0);
    row->available++;
    const struct movement_row movement = {.n = w->ops->next_id(w->store, ID_MOVEMENT),
                                          .event = world_event(w, "movement", SLICE("x"), "{}"),
                                          .movement = {.kind = MOVE_RECEIVE,
                                                       .sku = row->sku,
                                                       .to = {row->location, BUCKET_AVAILABLE},
                                                       .to_after = row->available + 1,
                                                       .quantity = 1}};
    WORLD_ADD(w, movements, movement);
    world_commit(w);
    assert_int_equal(rebuild(w, &seen), ERR_CORRUPT);
    assert_non_null(strstr(w->note.text, "of SKU 'TEE-100' says that available is "));
    stock_set_free(&set);
}

static void test_a_sku_marked_wrongly_is_named(void **state)
{
    struct world *w = world_of(state);
    struct seen seen;
    struct shop s = trade(w, 50);
    struct sku_row *row = NULL;
    OK(w->ops->skus(w->store, &s.skus[0].id, 1, &w->arena, &row));
    row->has_moved = false;
    assert_true(rows_add(&w->changes.skus_moved, &w->arena, row));
    world_commit(w);
    assert_int_equal(rebuild(w, &seen), ERR_CORRUPT);
    assert_non_null(strstr(w->note.text, "SKU 'TEE-100' is kept as never moved"));
}

/* The first order that has something reserved, or shipped. */
static struct order_row *order_with(struct world *w, bool is_shipped, size_t *out_allocation)
{
    struct rows rows = {0};
    struct store_query q = query(10000);
    OK(w->ops->list_orders(w->store, &q, &w->arena, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        struct order_row *row = rows.items[i];
        for (size_t a = 0; a < row->order.allocations_count; a++) {
            const struct allocation *at = &row->order.allocations[a];
            if (is_shipped ? at->shipped > 0 : at->reserved > 0) {
                *out_allocation = a;
                return row;
            }
        }
    }
    fail_msg("no such order");
    return NULL;
}

static void wants_order_named(struct world *w, const struct order_row *row, const char *what)
{
    struct seen seen;
    char name[128];
    WORLD_ADD(w, orders, *row);
    world_commit(w);
    assert_int_equal(rebuild(w, &seen), ERR_CORRUPT);
    assert_int_equal(seen.phases, 4);
    (void)snprintf(name, sizeof(name), "order '%.*s' of ", SLICE_ARG(row->order.id));
    if (!strstr(w->note.text, name) || !strstr(w->note.text, what)) {
        fail_msg("%s does not name %s%s", w->note.text, name, what);
    }
}

static void test_an_order_that_keeps_other_units_than_moved_is_named(void **state)
{
    size_t at = 0;
    struct world *w = world_of(state);
    (void)trade(w, 200);
    struct order_row *row = order_with(w, false, &at);
    row->order.allocations[at].reserved++;
    wants_order_named(w, row, " as reserved");
    row->order.allocations[at].reserved--;
    WORLD_ADD(w, orders, *row);
    world_commit(w);
    row = order_with(w, true, &at);
    row->order.allocations[at].shipped--;
    wants_order_named(w, row, " as shipped");
    row->order.allocations[at].shipped++;
    row->order.allocations[at].returned = 1000;
    wants_order_named(w, row, " as returned");
}

static void test_movements_of_no_order_are_named(void **state)
{
    struct world *w = world_of(state);
    struct stock_set set;
    struct seen seen;
    struct shop s = trade(w, 50);
    struct stock *row = row_of(w, &s, &set, 0, 0);
    row->available--;
    row->reserved++;
    const struct movement_row movement = {.n = w->ops->next_id(w->store, ID_MOVEMENT),
                                          .event = world_event(w, "movement", SLICE("x"), "{}"),
                                          .movement = {.kind = MOVE_RESERVE,
                                                       .sku = row->sku,
                                                       .from = {row->location, BUCKET_AVAILABLE},
                                                       .from_after = row->available,
                                                       .to = {row->location, BUCKET_RESERVED},
                                                       .to_after = row->reserved,
                                                       .channel = s.channels[0].id,
                                                       .order = SLICE("#nobody"),
                                                       .quantity = 1}};
    WORLD_ADD(w, movements, movement);
    world_commit(w);
    assert_int_equal(rebuild(w, &seen), ERR_CORRUPT);
    assert_non_null(strstr(w->note.text, "there are movements of an order '#nobody' of 'shop-eu'"));
    stock_set_free(&set);
}

/* ---- the store's part ---- */

struct walk {
    int64_t count, last;
    struct channel_id channel;
    char order[128];
};

static enum err by_number(void *arg, const struct movement_row *row)
{
    struct walk *walk = arg;
    assert_true(row->n > walk->last);
    walk->last = row->n;
    walk->count++;
    return ERR_OK;
}

static enum err by_order(void *arg, const struct movement_row *row)
{
    struct walk *walk = arg;
    const struct movement *m = &row->movement;
    assert_true(m->order.n > 0 && m->quantity > 0 && m->sku.v > 0);
    bool follows =
        m->channel.v > walk->channel.v ||
        (m->channel.v == walk->channel.v && slice_compare(m->order, slice_of(walk->order)) >= 0);
    assert_true(follows);
    walk->channel = m->channel;
    (void)snprintf(walk->order, sizeof(walk->order), "%.*s", SLICE_ARG(m->order));
    walk->count++;
    return ERR_OK;
}

static enum err no_more(void *arg, const struct movement_row *row)
{
    (void)row;
    ++*(int *)arg;
    return ERR_LIMIT;
}

static void test_movements_are_walked_by_number_and_by_order(void **state)
{
    struct world *w = world_of(state);
    struct walk all = {0}, of_orders = {0};
    int calls = 0;
    int64_t events, movements;
    (void)trade(w, 200);
    OK(w->ops->counts(w->store, &events, &movements));
    OK(w->ops->begin(w->store));
    OK(w->ops->walk_movements(w->store, false, by_number, &all));
    OK(w->ops->walk_movements(w->store, true, by_order, &of_orders));
    assert_int_equal(w->ops->walk_movements(w->store, false, no_more, &calls), ERR_LIMIT);
    w->ops->rollback(w->store);
    assert_int_equal(all.count, movements);
    assert_true(of_orders.count > 100 && of_orders.count < movements);
    assert_int_equal(calls, 1);
}

static void test_what_is_forgotten_is_what_movements_make(void **state)
{
    struct world *w = world_of(state);
    struct stock_set set;
    struct shop s = trade(w, 50);
    row_of(w, &s, &set, 0, 0)->counted_at_us = 12345;
    const struct checkpoint_row checkpoint = {
        .sku = s.skus[0].id, .movement = 1, .balances = SLICE("[]")};
    WORLD_ADD(w, checkpoints, checkpoint);
    world_commit(w);
    stock_set_free(&set);
    OK(w->ops->begin(w->store));
    OK(w->ops->forget_balances(w->store));
    OK(w->ops->commit(w->store, w->now_us));

    struct checkpoint_row *found = NULL;
    struct sku_row *sku = NULL;
    stock_set_init(&set, &w->arena);
    OK(w->ops->stock(w->store, &s.skus[0].id, 1, &set));
    const struct stock *row = stock_set_find(&set, s.skus[0].id, s.places[0].id);
    assert_int_equal(row->available, 0);
    assert_int_equal(row->reserved, 0);
    assert_null(row->reasons);
    assert_int_equal(row->counted_at_us, 12345);
    stock_set_free(&set);
    OK(w->ops->skus(w->store, &s.skus[0].id, 1, &w->arena, &sku));
    assert_false(sku->has_moved);
    OK(w->ops->checkpoint(w->store, s.skus[0].id, 100, &w->arena, &found));
    assert_null(found);
}

// clang-format off
#define EACH(X, open) \
    X(test_a_sound_store_comes_out_as_it_was, open), \
    X(test_an_empty_store_is_sound, open), \
    X(test_a_balance_that_nobody_moved_is_shown_and_made_right, open), \
    X(test_a_balance_out_of_nothing_is_shown, open), \
    X(test_a_movement_that_states_another_balance_is_named, open), \
    X(test_a_sku_marked_wrongly_is_named, open), \
    X(test_an_order_that_keeps_other_units_than_moved_is_named, open), \
    X(test_movements_of_no_order_are_named, open), \
    X(test_movements_are_walked_by_number_and_by_order, open), \
    X(test_what_is_forgotten_is_what_movements_make, open)
// clang-format on

RUN_ON_EVERY_STORE(EACH)
