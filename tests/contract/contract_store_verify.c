/* SPDX-License-Identifier: Apache-2.0 */
/* verify finds what is wrong and names it; the canonical dump says the same wherever it is kept. */
#include "testing.h"

#include "support/every_store.h"

#include "support/store_shop.h"

/* ---- one order and one hold on ten units ---- */

struct scene {
    struct shop shop;
    struct order_row order; /* 3 units, reserved at MAIN */
    struct hold_row hold;   /* 1 unit, held at MAIN */
    struct stock_set stock; /* as it is stored at the end */
};

static void
book_line(struct shop *s, const char *id, int64_t sku, int64_t units, struct order_row *out)
{
    struct world *w = s->w;
    struct component *parts = ARENA_NEW(&w->arena, struct component);
    struct order_line *line = ARENA_NEW(&w->arena, struct order_line);
    struct order_booking booking;
    struct shop_turn t;
    *parts = (struct component){s->skus[sku].id, 1};
    *line = (struct order_line){.id = SLICE("l1"),
                                .remote = world_text(w, "v%" PRId64, sku),
                                .now = {.ordered = units},
                                .sku = s->skus[sku].id,
                                .parts = parts,
                                .parts_count = 1};
    *out = (struct order_row){.n = w->ops->next_id(w->store, ID_ORDER),
                              .order = {.channel = s->channels[0].id,
                                        .id = slice_of(id),
                                        .version_text = SLICE("7"),
                                        .country = SLICE("DE"),
                                        .lines = line,
                                        .lines_count = 1}};
    turn_begin(s, &t, "order");
    OK(order_book(&out->order, s->stops, SHOP_PLACES, w->now_us, &t.ledger, &booking));
    WORLD_ADD(w, orders, *out);
    turn_end(s, &t);
}

static void load_scene_stock(struct scene *c)
{
    struct world *w = c->shop.w;
    stock_set_init(&c->stock, &w->arena);
    OK(w->ops->stock(w->store, &c->shop.skus[0].id, 1, &c->stock));
}

static void scene_open(struct scene *c, struct world *w)
{
    struct shop *s = &c->shop;
    struct shop_turn t;
    struct hold_row *hold = NULL;
    shop_open(s, w, 1);
    shop_receive(s, 0, 0, 10);
    turn_begin(s, &t, "movement");
    turn_move(&t,
              MOVE_DAMAGE,
              s->skus[0].id,
              in(s->places[0].id, BUCKET_AVAILABLE),
              in(s->places[0].id, BUCKET_UNAVAILABLE),
              "damaged",
              2);
    turn_end(s, &t);
    book_line(s, "#1001", 0, 3, &c->order);
    shop_hold(s, 0, 0);
    OK(w->ops->hold_of_owner(w->store, SLICE("cart-0"), &w->arena, &hold));
    c->hold = *hold;
    load_scene_stock(c);
}

static struct stock *scene_row(struct scene *c)
{
    struct stock *row = stock_set_first(&c->stock, c->shop.skus[0].id);
    row->changed = true;
    c->shop.w->changes.stock = &c->stock;
    return row;
}

static void test_verify_passes_a_sound_store_and_counts_it(void **state)
{
    struct world *w = world_of(state);
    struct verify_report report;
    struct scene c;
    OK(store_verify(w->store, &report, &w->note)); /* an empty one is sound */
    assert_int_equal(report.skus, 0);
    scene_open(&c, w);
    OK(store_verify(w->store, &report, &w->note));
    assert_int_equal(report.skus, SHOP_SKUS);
    assert_int_equal(report.orders, 1);
    assert_int_equal(report.events, 4);
    assert_int_equal(report.movements, 4);
    assert_int_equal(report.commits, 4);
    stock_set_free(&c.stock);
    shop_trade(&c.shop, 400); /* more than one page of everything */
    enum err e = store_verify(w->store, &report, &w->note);
    if (e) {
        fail_msg("%s", w->note.text);
    }
    assert_true(report.movements > 600);
    struct store *reader = NULL;
    OK(w->ops->reader(w->store, &reader, &w->note));
    OK(store_verify(reader, &report, &w->note));
    store_close(reader);
}

/* ---- planted violations ---- */

static void plant_available(struct scene *c)
{
    scene_row(c)->available++;
}

static void plant_held(struct scene *c)
{
    scene_row(c)->held++;
}

static void plant_reserved(struct scene *c)
{
    scene_row(c)->reserved--;
}

static void plant_unavailable(struct scene *c)
{
    scene_row(c)->unavailable++;
}

static void plant_in_transit(struct scene *c)
{
    scene_row(c)->in_transit++;
}

static void plant_other_reason(struct scene *c)
{
    struct stock *row = scene_row(c);
    assert_true(stock_add_reason(&c->stock, row, SLICE("lost"), 1));
    row->reasons->changed = true;
    row->reasons->next->quantity--;
    row->reasons->next->changed = true;
}

static void plant_reason_without_units(struct scene *c)
{
    struct shop *s = &c->shop;
    struct stock *row = stock_set_at(&c->stock, s->skus[3].id, s->places[1].id);
    row->changed = true;
    assert_true(stock_add_reason(&c->stock, row, SLICE("ghost"), 1));
    row->reasons->changed = true;
    s->w->changes.stock = &c->stock;
}

static void plant_smaller_reservation(struct scene *c)
{
    c->order.order.allocations[0].reserved = 2;
    WORLD_ADD(c->shop.w, orders, c->order);
}

static void plant_reservation_of_nothing(struct scene *c)
{
    c->order.order.allocations[0].part = 1;
    WORLD_ADD(c->shop.w, orders, c->order);
}

static void plant_reservation_elsewhere(struct scene *c)
{
    struct order_row other = c->order;
    other.n++;
    other.order.id = SLICE("#1002");
    other.order.allocations[0].location = c->shop.places[2].id;
    WORLD_ADD(c->shop.w, orders, other);
}

static void plant_hold_ended(struct scene *c)
{
    c->hold.state = HOLD_EXPIRED;
    WORLD_ADD(c->shop.w, holds, c->hold);
}

static void plant_hold_unreadable(struct scene *c)
{
    c->hold.lines = SLICE("[{\"picks\":[{\"sku\":1}]}]");
    WORLD_ADD(c->shop.w, holds, c->hold);
}

/* A movement of one unit into MAIN, sound but for what the caller changes; the balance follows. */
static struct movement_row sound_movement(struct scene *c)
{
    struct world *w = c->shop.w;
    struct stock *row = scene_row(c);
    row->available++;
    return (struct movement_row){.n = w->ops->next_id(w->store, ID_MOVEMENT),
                                 .event = world_event(w, "movement", SLICE("x"), "{}"),
                                 .movement = {.kind = MOVE_RECEIVE,
                                              .sku = row->sku,
                                              .to = {row->location, BUCKET_AVAILABLE},
                                              .to_after = row->available,
                                              .quantity = 1}};
}

static void plant_nothing(struct scene *c)
{
    struct movement_row row = sound_movement(c);
    WORLD_ADD(c->shop.w, movements, row);
}

static void plant_balance_after(struct scene *c)
{
    struct movement_row row = sound_movement(c);
    row.movement.to_after = 77;
    WORLD_ADD(c->shop.w, movements, row);
}

static void plant_quantity(struct scene *c)
{
    struct movement_row row = sound_movement(c);
    row.movement.quantity = 2;
    WORLD_ADD(c->shop.w, movements, row);
}

static void plant_movement_without_event(struct scene *c)
{
    struct movement_row row = sound_movement(c);
    row.event += 5;
    WORLD_ADD(c->shop.w, movements, row);
}

static void plant_place_unknown(struct scene *c)
{
    struct movement_row row = sound_movement(c);
    row.movement.to.location = (struct location_id){99};
    WORLD_ADD(c->shop.w, movements, row);
}

static void plant_sku_unknown(struct scene *c)
{
    struct movement_row row = sound_movement(c);
    row.movement.sku = (struct sku_id){99};
    row.movement.to_after = 1;
    scene_row(c)->available--;
    WORLD_ADD(c->shop.w, movements, row);
}

static void plant_kind_unknown(struct scene *c)
{
    struct movement_row row = sound_movement(c);
    row.movement.to.bucket = (enum bucket)6;
    WORLD_ADD(c->shop.w, movements, row);
}

static void plant_below_zero(struct scene *c)
{
    struct movement_row row = sound_movement(c);
    row.movement.from = (struct account_of){c->shop.places[0].id, BUCKET_HELD};
    row.movement.quantity = 2;
    row.movement.from_after = -1;
    WORLD_ADD(c->shop.w, movements, row);
}

static void plant_outside_with_a_balance(struct scene *c)
{
    struct movement_row row = sound_movement(c);
    row.movement.from_after = -1;
    WORLD_ADD(c->shop.w, movements, row);
}

static void plant_transfer_of_nothing(struct scene *c)
{
    struct transfer_row row = shop_transfer_row(&c->shop, 0, 1, 0);
    WORLD_ADD(c->shop.w, transfers, row);
}

static void plant_transfer_unreadable(struct scene *c)
{
    struct transfer_row row = shop_transfer_row(&c->shop, 0, 1, 0);
    row.lines = SLICE("[{\"sku\":1,\"quantity\":1,\"received\":2,\"damaged\":0,\"short\":0}]");
    WORLD_ADD(c->shop.w, transfers, row);
}

#define AT_MAIN "SKU 'TEE-100' at 'MAIN': "
static const struct {
    void (*plant)(struct scene *c);
    const char *said; /* NULL: sound */
} plants[] = {
    {plant_nothing, NULL},
    {plant_available, AT_MAIN "available is stored as 5, but its movements make 4"},
    {plant_held, AT_MAIN "held is stored as 2, but its movements make 1"},
    {plant_reserved, AT_MAIN "reserved is stored as 2, but its movements make 3"},
    {plant_unavailable, AT_MAIN "unavailable is stored as 3, but its movements make 2"},
    {plant_in_transit, AT_MAIN "in_transit is stored as 1, but its movements make 0"},
    {plant_other_reason, AT_MAIN "unavailable for '"},
    {plant_reason_without_units,
     "SKU 'TEE-97' at 'EAST': unavailable for 'ghost' is stored as 1, but its movements make 0"},
    {plant_smaller_reservation, AT_MAIN "reserved is stored as 3, but open orders reserve 2"},
    {plant_reservation_of_nothing,
     "order '#1001': reservation 1 names no line of it or is negative"},
    {plant_reservation_elsewhere,
     "SKU 'TEE-100' at 'STORE': reserved is stored as 0, but open orders reserve 3"},
    {plant_hold_ended, AT_MAIN "held is stored as 1, but open holds hold 0"},
    {plant_hold_unreadable, "hold 1: its picks cannot be read"},
    {plant_transfer_of_nothing,
     AT_MAIN "in_transit is stored as 0, but transfers have under way to it 1"},
    {plant_transfer_unreadable, "transfer 1: its lines cannot be read"},
    {plant_balance_after,
     AT_MAIN "available after movement 5 is stored as 77, but the movements up to it make 5"},
    {plant_quantity,
     AT_MAIN "available after movement 5 is stored as 5, but the movements up to it make 6"},
    {plant_movement_without_event, "movement 5 of SKU 'TEE-100' has no event: the log lacks it"},
    {plant_place_unknown, "movement 5 of SKU 'TEE-100' is at a location that does not exist"},
    {plant_sku_unknown, "SKU '#99' at 'MAIN': available is stored as 0, but its movements make 1"},
    {plant_kind_unknown, "movement 5 of SKU 'TEE-100' is of an unknown kind or bucket"},
    {plant_below_zero, "movement 5 of SKU 'TEE-100' takes a balance out of its bounds"},
    {plant_outside_with_a_balance,
     "movement 5 of SKU 'TEE-100' gives outside a place or a balance"},
};

static void test_verify_names_every_planted_violation(void **state)
{
    struct world *like = world_of(state);
    for (size_t i = 0; i < COUNT_OF(plants); i++) {
        void *fresh = NULL;
        struct verify_report report;
        struct scene c;
        assert_int_equal(like->dir[0] ? open_sqlite(&fresh) : open_mem(&fresh), 0);
        struct world *w = fresh;
        scene_open(&c, w);
        plants[i].plant(&c);
        world_commit(w);
        enum err e = store_verify(w->store, &report, &w->note);
        const char *said = plants[i].said;
        if (e != (said ? ERR_CORRUPT : ERR_OK) ||
            (said && strncmp(w->note.text, said, strlen(said)) != 0)) {
            fail_msg("plant %zu: %s, '%s'", i, err_name(e), w->note.text);
        }
        stock_set_free(&c.stock);
        close_world(&fresh);
    }
}

/* ---- the canonical dump ---- */

static void keep_line(void *arg, struct slice text)
{
    struct buf *out = arg;
    buf_slice(out, text);
    buf_char(out, '\n');
}

static struct buf dump_of(struct world *w)
{
    struct buf out;
    buf_init(&out, (size_t)64 * 1024 * 1024);
    OK(store_dump(w->store, keep_line, &out, &w->note));
    assert_false(out.overflow);
    buf_char(&out, '\0');
    return out;
}

static void test_the_dump_names_everything_by_its_code(void **state)
{
    struct world *w = world_of(state);
    struct scene c;
    scene_open(&c, w);
    const struct parked_row waits = {c.shop.channels[0].id, SLICE("v77"), c.order.n};
    WORLD_ADD(w, parked, waits);
    struct listing_row *listing;
    OK(w->ops->listings(w->store, &(struct listing_id){13}, 1, &w->arena, &listing));
    listing->sellable = 4;
    listing->location = c.shop.places[0].id;
    WORLD_ADD(w, listings, *listing);
    world_commit(w);
    ON_EXIT(buf_free) struct buf dump = dump_of(w);
    static const char *const lines[] = {
        "{\"row\":\"balance\",\"sku\":\"TEE-100\",\"location\":\"MAIN\",\"available\":4,\"held\":1,"
        "\"reserved\":3,\"unavailable\":2,\"in_transit\":0,\"unavailable_by\":{\"damaged\":2}}\n",
        "{\"row\":\"order\",\"channel\":\"shop-eu\",\"order\":\"#1001\",\"version\":\"7\","
        "\"country\":\"DE\",\"region\":\"\",\"is_test\":false,\"is_baseline\":false}\n",
        "{\"row\":\"line\",\"channel\":\"shop-eu\",\"order\":\"#1001\",\"line\":\"l1\","
        "\"remote\":\"v0\",\"remote_other\":null,\"location\":null,\"channel_fulfilled\":false,"
        "\"now\":{\"ordered\":3,\"cancelled\":0,\"fulfilled\":0,\"returned\":0,\"restocked\":0,"
        "\"no_restock\":0},\"baseline\":{\"ordered\":0,\"cancelled\":0,\"fulfilled\":0,"
        "\"returned\":0,\"restocked\":0,\"no_restock\":0},\"sku\":\"TEE-100\","
        "\"parts\":[{\"sku\":\"TEE-100\",\"quantity\":1}]}\n",
        "{\"row\":\"reservation\",\"channel\":\"shop-eu\",\"order\":\"#1001\",\"line\":\"l1\","
        "\"sku\":\"TEE-100\",\"location\":\"MAIN\",\"reserved\":3,\"shipped\":0,\"no_restock\":0,"
        "\"returned\":0,\"restocked\":0}\n",
        "{\"row\":\"listing\",\"channel\":\"amazon-us\",\"key\":\"v0\",\"location\":\"MAIN\","
        "\"sku\":\"TEE-100\",\"sellable\":4}\n",
        "{\"row\":\"parked\",\"channel\":\"shop-eu\",\"key\":\"v77\",\"order\":\"#1001\"}\n",
    };
    const char *at = dump.p;
    for (size_t i = 0; i < COUNT_OF(lines); i++) { /* and in this order */
        at = strstr(at, lines[i]);
        if (!at) {
            fail_msg("no line %zu in:\n%s", i, dump.p);
        }
    }
    stock_set_free(&c.stock);
}

/* Five orders with a line that waits, in the given order of arrival. */
static void five_orders(struct world *w, const int *arrival)
{
    static const char *const ids[] = {"#1", "#10", "#2", "#3", "#31"};
    struct shop s;
    shop_open(&s, w, 1);
    for (int64_t i = 0; i < 5; i++) {
        shop_receive(&s, arrival[i], 0, 100 + arrival[i]);
    }
    for (int64_t i = 0; i < 5; i++) {
        struct order_row order;
        book_line(&s, ids[arrival[i]], arrival[i], 1 + arrival[i], &order);
        const struct parked_row waits = {s.channels[0].id, SLICE("v77"), order.n};
        WORLD_ADD(w, parked, waits);
        world_commit(w);
    }
}

static void test_the_dump_does_not_tell_who_came_first(void **state)
{
    struct world *w = world_of(state);
    void *other = NULL;
    open_mem(&other);
    five_orders(w, (int[]){0, 1, 2, 3, 4});
    five_orders(other, (int[]){3, 0, 4, 2, 1});
    ON_EXIT(buf_free) struct buf mine = dump_of(w);
    ON_EXIT(buf_free) struct buf theirs = dump_of(other);
    assert_string_equal(mine.p, theirs.p);
    assert_non_null(strstr(mine.p, "\"key\":\"v77\",\"order\":\"#31\"}"));
    close_world(&other);
}

static void test_the_same_trade_gives_the_same_everywhere(void **state)
{
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct verify_report a, b;
        struct shop shop;
        void *mem = NULL, *others[2] = {NULL, NULL};
        open_mem(&mem);
        open_sqlite(&others[0]);
        open_postgres(&others[1]);
        shop_open(&shop, mem, seed);
        shop_trade(&shop, 300);
        OK(store_verify(((struct world *)mem)->store, &a, &((struct world *)mem)->note));
        ON_EXIT(buf_free) struct buf one = dump_of(mem);
        assert_true(one.n > 20000);
        for (size_t i = 0; i < COUNT_OF(others); i++) {
            struct world *other = others[i];
            shop_open(&shop, other, seed);
            shop_trade(&shop, 300);
            OK(store_verify(other->store, &b, &other->note));
            assert_memory_equal(&a, &b, sizeof(a));
            ON_EXIT(buf_free) struct buf two = dump_of(other);
            assert_string_equal(one.p, two.p);
            close_world(&others[i]);
        }
        close_world(&mem);
    }
    (void)state;
}

// clang-format off
#define EACH(X, open) \
    X(test_verify_passes_a_sound_store_and_counts_it, open), \
    X(test_verify_names_every_planted_violation, open), \
    X(test_the_dump_names_everything_by_its_code, open), \
    X(test_the_dump_does_not_tell_who_came_first, open)
// clang-format on

int main(void)
{
    const struct CMUnitTest in_memory[] = {EACH(STORE_TEST, open_mem)};
    const struct CMUnitTest on_sqlite[] = {EACH(STORE_TEST, open_sqlite)};
    const struct CMUnitTest all[] = {
        cmocka_unit_test(test_the_same_trade_gives_the_same_everywhere)};
    const struct CMUnitTest on_postgres[] = {EACH(STORE_TEST, open_postgres)};
    int failed = cmocka_run_group_tests_name("memory", in_memory, NULL, NULL);
    failed += cmocka_run_group_tests_name("SQLite", on_sqlite, NULL, NULL);
    if (wants_postgres()) {
        failed += cmocka_run_group_tests_name("PostgreSQL", on_postgres, NULL, NULL);
        failed += cmocka_run_group_tests_name("all", all, NULL, cluster_end);
    }
    return failed;
}
