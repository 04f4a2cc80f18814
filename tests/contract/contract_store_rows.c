/* SPDX-License-Identifier: Apache-2.0 */
/* What a store keeps comes back as it was: the same claims for memory and SQLite. */
#include "testing.h"

#include "support/every_store.h"

/* ---- SKUs ---- */

#define SKU_INTS(X) X(id.v) X(buffer) X(stock_version) X(backorder) X(has_moved)
#define SKU_TEXTS(X) X(code) X(code_key) X(title) X(product) X(options) X(barcode)

static void assert_sku(const struct sku_row *got, struct sku_row row)
{
    assert_non_null(got);
    SKU_INTS(SAME_INT)
    SKU_TEXTS(SAME_TEXT)
    for (size_t i = 0; i < row.parts_count; i++) {
        assert_int_equal(got->parts[i].sku.v, row.parts[i].sku.v);
        assert_int_equal(got->parts[i].quantity, row.parts[i].quantity);
    }
}

static void test_skus_come_back_whole_in_the_order_of_their_keys(void **state)
{
    struct world *w = world_of(state);
    const struct component parts[] = {{{11}, 2}, {{12}, 3}, {{13}, 1}};
    int64_t n = 40;
    struct sku_row row = {0};
    SKU_INTS(FILL_INT)
    SKU_TEXTS(FILL_TEXT)
    row.backorder = row.has_moved = true;
    row.parts = parts;
    row.parts_count = 3;
    struct sku_row plain = sku_of(w, 1);
    WORLD_ADD(w, skus, row);
    WORLD_ADD(w, skus, plain);
    world_commit(w);
    struct sku_row *got[3];
    OK(w->ops->skus(w->store, (struct sku_id[]){plain.id, {999}, row.id}, 3, &w->arena, got));
    assert_sku(got[0], plain);
    assert_null(got[1]);
    assert_sku(got[2], row);
    const struct slice codes[] = {row.code_key, SLICE("no such"), plain.code_key};
    OK(w->ops->skus_by_code(w->store, codes, 3, &w->arena, got));
    assert_sku(got[0], row);
    assert_null(got[1]);
    assert_sku(got[2], plain);
}

static void test_a_saved_sku_replaces_its_recipe(void **state)
{
    struct world *w = world_of(state);
    const struct component one[] = {{{11}, 2}, {{12}, 3}}, two[] = {{{12}, 4}};
    struct sku_row a = sku_of(w, 1), b = sku_of(w, 2);
    a.parts = b.parts = one;
    a.parts_count = b.parts_count = 2;
    WORLD_ADD(w, skus, b);
    WORLD_ADD(w, skus, a);
    world_commit(w);
    struct rows bundles = {0};
    OK(w->ops->bundles_of(w->store, (struct sku_id){12}, &w->arena, &bundles));
    assert_int_equal(bundles.count, 2);
    assert_sku(bundles.items[0], a);
    assert_sku(bundles.items[1], b);

    a.parts = two;
    a.parts_count = 1;
    a.code = SLICE("New name");
    WORLD_ADD(w, skus, a);
    world_commit(w);
    bundles = (struct rows){0};
    OK(w->ops->bundles_of(w->store, (struct sku_id){11}, &w->arena, &bundles));
    assert_int_equal(bundles.count, 1);
    assert_sku(bundles.items[0], b);
    struct sku_row *got;
    OK(w->ops->skus(w->store, &a.id, 1, &w->arena, &got));
    assert_sku(got, a);
}

static void test_a_moved_sku_changes_nothing_but_its_version(void **state)
{
    struct world *w = world_of(state);
    struct sku_row row = sku_of(w, 1), *got;
    WORLD_ADD(w, skus, row);
    world_commit(w);
    struct sku_row moved = row;
    moved.stock_version = 7;
    moved.has_moved = true;
    moved.title = SLICE("not to be saved");
    moved.code_key = SLICE("neither");
    WORLD_ADD(w, skus_moved, moved);
    world_commit(w);
    row.stock_version = 7;
    row.has_moved = true;
    OK(w->ops->skus_by_code(w->store, &row.code_key, 1, &w->arena, &got));
    assert_sku(got, row);
}

/* ---- locations, channels ---- */

#define LOCATION_TEXTS(X) X(code) X(name) X(country) X(region)

static void test_locations_come_back_whole(void **state)
{
    struct world *w = world_of(state);
    int64_t n = 0;
    struct location_row row = {.id = {w->ops->next_id(w->store, ID_LOCATION)}, .is_active = true};
    LOCATION_TEXTS(FILL_TEXT)
    new_location(w, "second");
    WORLD_ADD(w, locations, row);
    world_commit(w);
    row.is_active = false;
    row.name = SLICE("renamed");
    WORLD_ADD(w, locations, row);
    world_commit(w);
    struct rows rows = {0};
    OK(w->ops->locations(w->store, &w->arena, &rows));
    assert_int_equal(rows.count, 2);
    const struct location_row *got = rows.items[0];
    LOCATION_TEXTS(SAME_TEXT)
    assert_int_equal(got->id.v, row.id.v);
    assert_false(got->is_active);
    got = rows.items[1];
    assert_slice(got->code, "second");
    assert_true(got->is_active);
}

// clang-format off
#define CHANNEL_INTS(X) \
    X(buffer) X(percent) X(cap) X(opened_at_us) X(version) X(read_through_us) X(cutover_at_us) \
    X(watch_until_us) X(cutover_job)
// clang-format on
#define CHANNEL_TEXTS(X) X(code) X(connector) X(settings) X(secrets) X(route)

static void test_channels_come_back_whole(void **state)
{
    struct world *w = world_of(state);
    for (int round = 0; round < 2; round++) { /* inserted, then replaced */
        int64_t n = round * 100;
        struct channel_row row = {.id = {1}, .mode = MODE_LIVE, .paused = round == 0};
        CHANNEL_INTS(FILL_INT)
        CHANNEL_TEXTS(FILL_TEXT)
        row.secrets = (struct slice){"\0sealed\xff\0", 9};
        WORLD_ADD(w, channels, row);
        world_commit(w);
        struct rows rows = {0};
        OK(w->ops->channels(w->store, &w->arena, &rows));
        assert_int_equal(rows.count, 1);
        const struct channel_row *got = rows.items[0];
        CHANNEL_INTS(SAME_INT)
        CHANNEL_TEXTS(SAME_TEXT)
        assert_int_equal(got->id.v, 1);
        assert_int_equal(got->mode, row.mode);
        assert_int_equal(got->paused, row.paused);
    }
}

/* ---- listings ---- */

// clang-format off
#define LISTING_FIXED_INTS(X)                                                                      \
    X(channel.v) X(sku.v) X(location.v) X(buffer) X(percent) X(cap) X(min_to_list)                 \
    X(pack_size) X(version)
#define LISTING_FIXED_TEXTS(X) X(remote) X(key) X(stock_key)
#define LISTING_MOVED_INTS(X)                                                                      \
    X(expected.base.lo) X(expected.base.hi) X(expected.landed.lo) X(expected.landed.hi)            \
    X(expected.push_value) X(expected.push_compare) X(expected.left_at_us)                         \
    X(expected.synced_at_us) X(expected.seq) X(expected.read_at_us) X(expected.unexplained)        \
    X(expected.unexplained_at_us) X(expected.sold_units) X(expected.sold_since_us) X(push_n)       \
    X(sellable) X(computed_sku_version) X(computed_policy_version) X(published)                    \
    X(published_at_us) X(observed) X(observed_at_us) X(expected.doubted_at_us)                     \
    X(expected.open_until_us) X(open_units)
// clang-format on

static struct listing_row full_listing(struct world *w, int64_t n, bool flag)
{
    struct listing_row row = {.id = {1}, .paused = flag};
    LISTING_FIXED_INTS(FILL_INT)
    LISTING_FIXED_TEXTS(FILL_TEXT)
    LISTING_MOVED_INTS(FILL_INT)
    FILL_TEXT(fault_reason)
    row.expected.is_known = flag;
    row.expected.is_guarded = !flag;
    row.expected.is_explained = flag;
    row.expected.phase = flag ? EXPECTED_UNKNOWN : EXPECTED_IN_FLIGHT;
    row.fault = flag ? FAULT_PARENT_MANAGED : FAULT_REFUSED;
    memset(row.push_key, (int)n, sizeof(row.push_key));
    return row;
}

static void assert_fixed_part(const struct listing_row *got, struct listing_row row)
{
    LISTING_FIXED_INTS(SAME_INT)
    LISTING_FIXED_TEXTS(SAME_TEXT)
    assert_int_equal(got->paused, row.paused);
}

static void assert_moved_part(const struct listing_row *got, struct listing_row row)
{
    LISTING_MOVED_INTS(SAME_INT)
    SAME_TEXT(fault_reason)
    SAME_INT(fault)
    SAME_INT(expected.phase)
    SAME_INT(expected.is_known)
    SAME_INT(expected.is_guarded)
    SAME_INT(expected.is_explained)
    assert_memory_equal(got->push_key, row.push_key, sizeof(row.push_key));
}

static struct listing_row *get_listing(struct world *w, int64_t id)
{
    struct listing_row *got = NULL;
    OK(w->ops->listings(w->store, &(struct listing_id){id}, 1, &w->arena, &got));
    return got;
}

static void test_listings_come_back_whole(void **state)
{
    struct world *w = world_of(state);
    for (int round = 0; round < 2; round++) { /* inserted, then replaced */
        struct listing_row row = full_listing(w, round * 100, round == 0);
        WORLD_ADD(w, listings, row);
        world_commit(w);
        assert_fixed_part(get_listing(w, 1), row);
        assert_moved_part(get_listing(w, 1), row);
    }
    assert_null(get_listing(w, 2));
}

static void test_a_moved_listing_keeps_its_policy(void **state)
{
    struct world *w = world_of(state);
    struct listing_row row = full_listing(w, 0, true), moved = full_listing(w, 100, false);
    WORLD_ADD(w, listings, row);
    world_commit(w);
    WORLD_ADD(w, listings_moved, moved);
    world_commit(w);
    assert_fixed_part(get_listing(w, 1), row);
    assert_moved_part(get_listing(w, 1), moved);
}

static void test_listings_are_found_by_every_key(void **state)
{
    struct world *w = world_of(state);
    struct sku_row a = sku_of(w, 1), bundle = sku_of(w, 2);
    const struct component recipe[] = {{a.id, 2}};
    bundle.parts = recipe;
    bundle.parts_count = 1;
    WORLD_ADD(w, skus, a);
    WORLD_ADD(w, skus, bundle);
    struct listing_row rows[] = {listing_of(w, (struct channel_id){1}, a.id, "v1"),
                                 listing_of(w, (struct channel_id){1}, bundle.id, "v2"),
                                 listing_of(w, (struct channel_id){2}, a.id, "v1"),
                                 listing_of(w, (struct channel_id){1}, a.id, "v1"),
                                 listing_of(w, (struct channel_id){1}, a.id, "v11")};
    rows[0].location = (struct location_id){2};
    rows[3].location = (struct location_id){1};
    rows[1].stock_key = rows[4].stock_key = SLICE("shared");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        WORLD_ADD(w, listings, rows[i]);
    }
    world_commit(w);
    struct rows found = {0};
    OK(w->ops->listings_by_key(w->store, (struct channel_id){1}, SLICE("v1"), &w->arena, &found));
    assert_ids(&found, 2, 1, 4);
    found = (struct rows){0};
    OK(w->ops->listings_by_stock_key(
        w->store, (struct channel_id){1}, SLICE("shared"), &w->arena, &found));
    assert_ids(&found, 2, 2, 5);
    found = (struct rows){0};
    OK(w->ops->listings_of_sku(w->store, a.id, &w->arena, &found));
    assert_ids(&found, 4, 1, 3, 4, 5);
    found = (struct rows){0};
    OK(w->ops->listing_refs(w->store, a.id, &w->arena, &found));
    assert_ids(&found, 5, 1, 3, 4, 5, 2);
    assert_int_equal(((const struct listing_ref *)found.items[1])->channel.v, 2);
    found = (struct rows){0};
    OK(w->ops->walk_listings(w->store,
                             (struct channel_id){1},
                             SLICE("v1"),
                             (struct location_id){1},
                             9,
                             &w->arena,
                             &found));
    assert_ids(&found, 3, 1, 5, 2);

    WORLD_ADD(w, listings_gone, rows[0]);
    world_commit(w);
    found = (struct rows){0};
    OK(w->ops->listings_by_key(w->store, (struct channel_id){1}, SLICE("v1"), &w->arena, &found));
    assert_ids(&found, 1, 4);
    assert_null(get_listing(w, 1));
}

/* ---- stock ---- */

static void add_reason(struct stock_set *set, struct stock *row, const char *reason, int64_t n)
{
    assert_true(stock_add_reason(set, row, slice_of(reason), n));
    row->reasons->changed = true;
    row->unavailable += n;
}

static void test_stock_comes_back_with_its_reasons(void **state)
{
    struct world *w = world_of(state);
    ON_EXIT(stock_set_free) struct stock_set set;
    stock_set_init(&set, &w->arena);
    for (int64_t sku = 1; sku <= 2; sku++) {
        for (int64_t at = 3; at >= 1; at--) {
            struct stock *row = stock_set_at(&set, (struct sku_id){sku}, (struct location_id){at});
            row->available = -10 * sku - at;
            row->held = 100 * sku + at;
            row->reserved = 200 * sku + at;
            row->in_transit = 300 * sku + at;
            row->changed = at != 2; /* a row that did not change is not saved */
            add_reason(&set, row, "damaged", 5 * at);
            add_reason(&set, row, "a person's own words", sku);
        }
    }
    w->changes.stock = &set;
    world_commit(w);

    ON_EXIT(stock_set_free) struct stock_set got;
    stock_set_init(&got, &w->arena);
    OK(w->ops->stock(w->store, (struct sku_id[]){{2}, {7}, {1}}, 3, &got));
    assert_int_equal(got.rows.live_count, 4);
    assert_null(stock_set_find(&got, (struct sku_id){1}, (struct location_id){2}));
    for (int64_t sku = 1; sku <= 2; sku++) {
        const struct stock *row = stock_set_first(&got, (struct sku_id){sku});
        for (int64_t at = 1; at <= 3; at += 2, row = row->next_of_sku) {
            assert_int_equal(row->location.v, at);
            assert_int_equal(row->available, -10 * sku - at);
            assert_int_equal(row->held, 100 * sku + at);
            assert_int_equal(row->reserved, 200 * sku + at);
            assert_int_equal(row->in_transit, 300 * sku + at);
            assert_int_equal(row->unavailable, 5 * at + sku);
            assert_int_equal(stock_reason_quantity(row, SLICE("damaged")), 5 * at);
            assert_int_equal(stock_reason_quantity(row, SLICE("a person's own words")), sku);
            assert_false(row->changed);
        }
    }
}

/* ---- orders ---- */

// clang-format off
#define ORDER_INTS(X)                                                                              \
    X(n) X(order.channel.v) X(order.version) X(order.placed_at_us) X(order.decided_at_us)          \
    X(order.version_is_time) X(order.is_test) X(order.is_baseline)
#define ORDER_TEXTS(X) X(order.id) X(order.version_text) X(order.country) X(order.region)
#define LINE_INTS(X)                                                                               \
    X(now.ordered) X(now.cancelled) X(now.fulfilled) X(now.returned) X(now.restocked)              \
    X(now.no_restock) X(baseline.ordered) X(baseline.cancelled) X(baseline.fulfilled)              \
    X(baseline.returned) X(baseline.restocked) X(baseline.no_restock) X(taken) X(sku.v)            \
    X(location.v) X(channel_fulfilled)
#define LINE_TEXTS(X) X(id) X(remote) X(remote_other) X(location_text)
#define ALLOCATION_INTS(X)                                                                         \
    X(line) X(part) X(location.v) X(reserved) X(shipped) X(no_restock) X(returned)                 \
    X(restocked)
// clang-format on

static void assert_line(const struct order_line *got, struct order_line row)
{
    LINE_INTS(SAME_INT)
    LINE_TEXTS(SAME_TEXT)
    assert_int_equal(got->parts_count, row.parts_count);
    for (size_t i = 0; i < row.parts_count; i++) {
        assert_int_equal(got->parts[i].sku.v, row.parts[i].sku.v);
        assert_int_equal(got->parts[i].quantity, row.parts[i].quantity);
    }
}

static void assert_allocation(const struct allocation *got, struct allocation row)
{
    ALLOCATION_INTS(SAME_INT)
}

static void assert_order(const struct order_row *got, struct order_row row)
{
    assert_non_null(got);
    ORDER_INTS(SAME_INT)
    ORDER_TEXTS(SAME_TEXT)
    assert_memory_equal(got->digest, row.digest, sizeof(row.digest));
    SAME_INT(order.lines_count)
    SAME_INT(order.allocations_count)
    for (size_t i = 0; i < row.order.lines_count; i++) {
        assert_line(&got->order.lines[i], row.order.lines[i]);
    }
    for (size_t i = 0; i < row.order.allocations_count; i++) {
        assert_allocation(&got->order.allocations[i], row.order.allocations[i]);
    }
}

static struct order_line full_line(struct world *w, int64_t n)
{
    static const struct component parts[] = {{{5}, 2}, {{6}, 1}};
    struct order_line row = {0};
    LINE_INTS(FILL_INT)
    LINE_TEXTS(FILL_TEXT)
    row.channel_fulfilled = n % 2;
    row.id = SLICE("line \"1\" \\ \n\x01");
    row.parts = parts;
    row.parts_count = 2;
    return row;
}

static struct order_row full_order(struct world *w, int64_t n)
{
    struct order_row row = {0};
    ORDER_INTS(FILL_INT)
    ORDER_TEXTS(FILL_TEXT)
    row.order.version_is_time = row.order.is_test = row.order.is_baseline = true;
    row.order.lines = ARENA_ARRAY(&w->arena, 2, struct order_line);
    row.order.lines[0] = full_line(w, n + 20);
    row.order.lines[1] = (struct order_line){.id = SLICE("2"), .remote = SLICE("unmapped")};
    row.order.lines_count = 2;
    row.order.allocations = ARENA_ARRAY(&w->arena, 2, struct allocation);
    row.order.allocations[0] = (struct allocation){0, 1, {1}, 2, 3, 4, 5, 6};
    row.order.allocations[1] = (struct allocation){0, 0, {7}, 8, 9, 10, 11, 12};
    row.order.allocations_count = 2;
    memset(row.digest, (int)n, sizeof(row.digest));
    return row;
}

static void test_orders_come_back_whole(void **state)
{
    struct world *w = world_of(state);
    struct order_row row = full_order(w, 100), *got;
    struct order_row bare = {.n = 1, .order = {.channel = {1}, .id = SLICE("bare")}};
    WORLD_ADD(w, orders, row);
    WORLD_ADD(w, orders, bare);
    world_commit(w);
    OK(w->ops->order(w->store, row.order.channel, row.order.id, &w->arena, &got));
    assert_order(got, row);
    OK(w->ops->order_by_n(w->store, 1, &w->arena, &got));
    assert_order(got, bare);
    OK(w->ops->order(w->store, (struct channel_id){1}, row.order.id, &w->arena, &got));
    assert_null(got);
    OK(w->ops->order_by_n(w->store, 2, &w->arena, &got));
    assert_null(got);

    struct order_row newer = full_order(w, 500);
    newer.n = row.n;
    newer.order.channel = row.order.channel;
    newer.order.id = row.order.id;
    newer.order.is_test = newer.order.is_baseline = newer.order.version_is_time = false;
    newer.order.allocations_count = 0;
    WORLD_ADD(w, orders, newer);
    world_commit(w);
    OK(w->ops->order_by_n(w->store, row.n, &w->arena, &got));
    assert_order(got, newer);
}

static void test_a_batch_of_256_orders_is_one_commit(void **state)
{
    struct world *w = world_of(state);
    for (int64_t i = 0; i < 256; i++) {
        struct order_row row = full_order(w, 1000 + 300 * i);
        row.order.channel = (struct channel_id){1};
        row.order.id = world_text(w, "#%" PRId64, 1000 + i);
        world_event(w, "order", row.order.id, "{\"id\":1}");
        WORLD_ADD(w, orders, row);
    }
    world_commit(w);
    struct rows rows = {0};
    struct store_query q = query(1000);
    OK(w->ops->list_orders(w->store, &q, &w->arena, &rows));
    assert_int_equal(rows.count, 256);
    rows = (struct rows){0};
    OK(w->ops->walk_orders(w->store, (struct channel_id){1}, SLICE("#1200"), 9, &w->arena, &rows));
    assert_int_equal(rows.count, 9);
    assert_slice(((const struct order_row *)rows.items[0])->order.id, "#1201");
    int64_t head = 0;
    uint8_t hash[32];
    OK(w->ops->chain_check(w->store, 0, &head, hash, &w->note));
    assert_int_equal(head, 1);
}

static void test_parked_lines_wait_once_until_taken(void **state)
{
    struct world *w = world_of(state);
    const struct parked_row rows[] = {{{1}, SLICE("v9"), 7},
                                      {{1}, SLICE("v9"), 3},
                                      {{1}, SLICE("v90"), 1},
                                      {{2}, SLICE("v9"), 0},
                                      {{1}, SLICE("v9"), 7}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        WORLD_ADD(w, parked, rows[i]);
    }
    world_commit(w);
    struct rows got = {0};
    OK(w->ops->parked(w->store, (struct channel_id){1}, SLICE("v9"), &w->arena, &got));
    assert_int_equal(got.count, 2);
    const struct parked_row *first = got.items[0], *second = got.items[1];
    assert_int_equal(first->order, 3);
    assert_int_equal(second->order, 7);
    assert_slice(first->key, "v9");
    assert_int_equal(first->channel.v, 1);
    got = (struct rows){0};
    OK(w->ops->walk_parked(w->store, (struct channel_id){1}, SLICE("v9"), 3, 9, &w->arena, &got));
    assert_int_equal(got.count, 2);
    assert_slice(((const struct parked_row *)got.items[1])->key, "v90");

    WORLD_ADD(w, parked_gone, rows[0]);
    WORLD_ADD(w, parked_gone, rows[0]); /* gone is gone */
    world_commit(w);
    got = (struct rows){0};
    OK(w->ops->parked(w->store, (struct channel_id){1}, SLICE("v9"), &w->arena, &got));
    assert_int_equal(got.count, 1);
}

// clang-format off
#define EACH(X, open) \
    X(test_skus_come_back_whole_in_the_order_of_their_keys, open), \
    X(test_a_saved_sku_replaces_its_recipe, open), \
    X(test_a_moved_sku_changes_nothing_but_its_version, open), \
    X(test_locations_come_back_whole, open), \
    X(test_channels_come_back_whole, open), \
    X(test_listings_come_back_whole, open), \
    X(test_a_moved_listing_keeps_its_policy, open), \
    X(test_listings_are_found_by_every_key, open), \
    X(test_stock_comes_back_with_its_reasons, open), \
    X(test_orders_come_back_whole, open), \
    X(test_a_batch_of_256_orders_is_one_commit, open), \
    X(test_parked_lines_wait_once_until_taken, open)
// clang-format on

RUN_ON_EVERY_STORE(EACH)
