/* SPDX-License-Identifier: Apache-2.0 */
/* Lists: pages, directions, filters: the same claims for memory and SQLite. */
#include "testing.h"

#include "support/every_store.h"

/* ---- pages: all lists alike ---- */

typedef enum err
list_fn(struct store *store, const struct store_query *q, struct arena *arena, struct rows *out);

static void assert_pages(struct world *w, list_fn *list, bool newest_first, size_t count)
{
    struct store_query q = query(7);
    q.newest_first = newest_first;
    size_t seen = 0;
    for (;;) {
        struct rows page = {0};
        OK(list(w->store, &q, &w->arena, &page));
        assert_true(page.count <= 7);
        for (size_t i = 0; i < page.count; i++, seen++) {
            int64_t id = id_of(page.items[i]);
            int64_t wanted = (int64_t)(newest_first ? count - seen : seen + 1);
            assert_int_equal(id, wanted);
            q.after = id;
        }
        if (page.count < 7) {
            break;
        }
    }
    assert_int_equal(seen, count);
}

#define ROWS 25

static void add_one_of_each(struct world *w, int64_t i)
{
    struct sku_row sku = sku_of(w, i);
    struct listing_row listing = listing_of(w, (struct channel_id){1}, sku.id, "k");
    listing.location = (struct location_id){i};
    struct order_row order = {.n = w->ops->next_id(w->store, ID_ORDER),
                              .order = {.channel = {1}, .id = world_text(w, "o%" PRId64, i)}};
    struct movement_row movement = {.n = w->ops->next_id(w->store, ID_MOVEMENT),
                                    .event = world_event(w, "movement", SLICE("x"), "{}"),
                                    .movement = {.sku = {1}, .quantity = 1}};
    struct delivery_row delivery = {.n = w->ops->next_id(w->store, ID_DELIVERY), .is_new = true};
    struct push_row push = {.n = w->ops->next_id(w->store, ID_PUSH)};
    struct incident_row incident = {.n = w->ops->next_id(w->store, ID_INCIDENT)};
    struct hold_row hold = {.n = w->ops->next_id(w->store, ID_HOLD), .state = HOLD_EXPIRED};
    WORLD_ADD(w, skus, sku);
    WORLD_ADD(w, listings, listing);
    WORLD_ADD(w, orders, order);
    WORLD_ADD(w, movements, movement);
    WORLD_ADD(w, deliveries, delivery);
    WORLD_ADD(w, pushes, push);
    WORLD_ADD(w, incidents, incident);
    WORLD_ADD(w, holds, hold);
}

static void test_every_list_pages_in_both_directions(void **state)
{
    struct world *w = world_of(state);
    for (int64_t i = 1; i <= ROWS; i++) {
        add_one_of_each(w, i);
    }
    world_commit(w);
    list_fn *const lists[] = {w->ops->list_skus,
                              w->ops->list_listings,
                              w->ops->list_orders,
                              w->ops->list_events,
                              w->ops->list_movements,
                              w->ops->list_deliveries,
                              w->ops->list_pushes,
                              w->ops->list_incidents,
                              w->ops->list_holds};
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        assert_pages(w, lists[i], false, ROWS);
        assert_pages(w, lists[i], true, ROWS);
    }
    int64_t events = 0, movements = 0;
    OK(w->ops->counts(w->store, &events, &movements));
    assert_int_equal(events, ROWS);
    assert_int_equal(movements, ROWS);
}

/* Those of rows 1 to 8 that a list shows, as the digits of their ids. */
static void
assert_shown(struct world *w, list_fn *list, struct store_query q, const char *wanted, int line)
{
    for (int down = 0; down < 2; down++) {
        struct rows rows = {0};
        char ids[16] = {0};
        q.newest_first = down;
        OK(list(w->store, &q, &w->arena, &rows));
        assert_true(rows.count < sizeof(ids));
        for (size_t i = 0; i < rows.count; i++) {
            ids[down ? rows.count - 1 - i : i] = (char)('0' + id_of(rows.items[i]));
        }
        if (strcmp(ids, wanted) != 0) {
            fail_msg("line %d: shows '%s', wanted '%s'", line, ids, wanted);
        }
    }
}
#define ANY (-1)
#define SHOWN(list, wanted, of_state, ...)                                                         \
    assert_shown(w,                                                                                \
                 w->ops->list,                                                                     \
                 (struct store_query){.limit = 9, .state = of_state, __VA_ARGS__},                 \
                 wanted,                                                                           \
                 __LINE__)

static void test_skus_and_listings_are_found_by_what_is_asked(void **state)
{
    struct world *w = world_of(state);
    static const char *const titles[] = {"Blue", "Red", "Dark blue", ""};
    for (int64_t i = 1; i <= 4; i++) {
        struct sku_row row = sku_of(w, i);
        row.title = slice_of(titles[i - 1]);
        row.product = i == 4 ? SLICE("Blues") : SLICE("");
        struct listing_row listing =
            listing_of(w, (struct channel_id){1 + i % 2}, (struct sku_id){1 + i / 3}, "k");
        listing.key = world_text(w, "k%" PRId64, i);
        WORLD_ADD(w, skus, row);
        WORLD_ADD(w, listings, listing);
    }
    world_commit(w);
    SHOWN(list_skus, "1234", ANY, .after = 0);
    SHOWN(list_skus, "134", ANY, .text = SLICE("Blue")); /* whatever its case */
    SHOWN(list_skus, "3", ANY, .text = SLICE("sku-3"));
    SHOWN(list_skus, "", ANY, .text = SLICE("sku-3x"));
    SHOWN(list_listings, "24", ANY, .channel = {1});
    SHOWN(list_listings, "12", ANY, .sku = {1});
    SHOWN(list_listings, "3", ANY, .sku = {2}, .channel = {2});
    SHOWN(list_listings, "", ANY, .sku = {9});
}

static void test_skus_are_found_by_a_part_of_any_of_their_texts(void **state)
{
    struct world *w = world_of(state);
    struct sku_row shirt = sku_of(w, 1), mug = sku_of(w, 2), cap = sku_of(w, 3);
    shirt.title = SLICE("Hemd, gr\xC3\xBCn, Gr\xC3\xB6\xC3\x9F"
                        "e M"); /* grün, Größe M */
    shirt.product = SLICE("Oxford-Hemd");
    mug.title = SLICE("Mug,  enamel");
    mug.barcode = SLICE("036000291452");
    cap.title = SLICE("\xD0\x9A\xD0\x95\xD0\x9F\xD0\x9A\xD0\x90"); /* in Cyrillic capitals */
    struct alias_row alias = {
        .code = SLICE("Tasse-Alt"), .code_key = SLICE("TASSE-ALT"), .sku = mug.id, .since_us = 5};
    WORLD_ADD(w, skus, shirt);
    WORLD_ADD(w, skus, mug);
    WORLD_ADD(w, skus, cap);
    WORLD_ADD(w, aliases, alias);
    world_commit(w);
    SHOWN(list_skus, "123", ANY, .text = SLICE("SKU-"));
    SHOWN(list_skus, "123", ANY, .text = SLICE(" \t "));
    SHOWN(list_skus, "1", ANY, .text = SLICE("GR\xC3\x9CN"));
    SHOWN(list_skus, "1", ANY, .text = SLICE("grosse grun"));
    SHOWN(list_skus, "1", ANY, .text = SLICE("oxford m sku-1"));
    SHOWN(list_skus, "2", ANY, .text = SLICE("mug, enamel"));
    SHOWN(list_skus, "2", ANY, .text = SLICE("00036000291452"));
    SHOWN(list_skus, "2", ANY, .text = SLICE("02914"));
    SHOWN(list_skus, "2", ANY, .text = SLICE("tasse-a"));
    SHOWN(list_skus, "2", ANY, .text = SLICE("alt enamel"));
    SHOWN(list_skus, "3", ANY, .text = SLICE("\xD0\xBA\xD0\xB5\xD0\xBF"));
    SHOWN(list_skus, "", ANY, .text = SLICE("mug shirt"));
    SHOWN(list_skus, "", ANY, .text = SLICE("%"));
}

static const struct stock_line *
only_line(struct world *w, int64_t id, struct slice text, unsigned parts, struct rows *rows)
{
    const struct stock_line_query q = {
        .after = {id - 1}, .through = {id}, .text = text, .parts = parts};
    *rows = (struct rows){0};
    OK(w->ops->stock_lines(w->store, &q, &w->arena, rows));
    return rows->count == 1 ? rows->items[0] : NULL;
}

static void test_lines_of_the_stock_list_sum_up_what_is_asked(void **state)
{
    struct world *w = world_of(state);
    struct rows rows;
    struct stock_set set;
    stock_set_init(&set, &w->arena);
    for (int64_t i = 1; i <= 3; i++) {
        struct sku_row row = sku_of(w, i);
        WORLD_ADD(w, skus, row);
    }
    for (int64_t i = 1; i <= 2; i++) {
        struct stock *stock = stock_set_at(&set, (struct sku_id){1}, (struct location_id){i});
        stock->available = i == 1 ? -3 : 10;
        stock->held = 1;
        stock->reserved = 2;
        stock->unavailable = 4;
        stock->changed = true;
        struct listing_row listing = listing_of(w, (struct channel_id){i}, (struct sku_id){1}, "k");
        struct difference_row ended = {.n = w->ops->next_id(w->store, ID_DIFFERENCE),
                                       .listing = listing.id,
                                       .channel = {i},
                                       .sku = {1},
                                       .began_at_us = 1,
                                       .ended_at_us = i == 1 ? 7 : 0};
        listing.published_at_us = 100 * i;
        listing.observed_at_us = i == 1 ? 150 : 0;
        WORLD_ADD(w, listings, listing);
        WORLD_ADD(w, differences, ended);
    }
    w->changes.stock = &set;
    world_commit(w);
    stock_set_free(&set);
    const unsigned all = STOCK_LINE_UNITS | STOCK_LINE_LISTINGS | STOCK_LINE_SEEN;
    const struct stock_line *line = only_line(w, 1, SLICE(""), all | STOCK_LINE_DIFFERS, &rows);
    assert_non_null(line);
    assert_int_equal(line->available, 7);
    assert_int_equal(line->reserved, 4);
    assert_int_equal(line->on_hand, 7 + 2 + 4 + 8);
    assert_int_equal(line->listings, 2);
    assert_int_equal(line->seen_at_us, 150);
    assert_true(line->differs);
    line = only_line(w, 1, SLICE(""), 0, &rows);
    assert_int_equal(line->available, 0);
    assert_int_equal(line->listings, 0);
    assert_int_equal(line->seen_at_us, 0);
    assert_false(line->differs);
    line = only_line(w, 2, SLICE(""), all | STOCK_LINE_DIFFERS, &rows);
    assert_int_equal(line->on_hand, 0);
    assert_int_equal(line->listings, 0);
    assert_int_equal(line->seen_at_us, 0);
    assert_false(line->differs);
    assert_null(only_line(w, 2, SLICE("sku-3"), all, &rows));
    const struct stock_line_query some = {.after = {1}, .through = {3}};
    rows = (struct rows){0};
    OK(w->ops->stock_lines(w->store, &some, &w->arena, &rows));
    assert_int_equal(rows.count, 2);
    assert_int_equal(((const struct stock_line *)rows.items[1])->sku.v, 3);
}

static void test_the_log_is_found_by_what_is_asked(void **state)
{
    struct world *w = world_of(state);
    for (int64_t i = 1; i <= 4; i++) {
        struct event_row event = {.n = w->ops->next_id(w->store, ID_EVENT),
                                  .at_us = 10 * i,
                                  .kind = SLICE("movement"),
                                  .channel = {1 + i % 2}};
        struct movement_row row = {
            .n = w->ops->next_id(w->store, ID_MOVEMENT),
            .event = event.n,
            .recorded_at_us = 10 * i,
            .movement = {.sku = {1 + i % 2},
                         .from = {{i}, BUCKET_AVAILABLE},
                         .to = {{i + 1}, BUCKET_IN_TRANSIT},
                         .quantity = 1,
                         .channel = {1 + i / 3},
                         .order = i == 2 ? SLICE("") : world_text(w, "#%" PRId64, i)}};
        WORLD_ADD(w, events, event);
        WORLD_ADD(w, movements, row);
    }
    world_commit(w);
    SHOWN(list_events, "24", ANY, .channel = {1});
    SHOWN(list_events, "23", ANY, .from_us = 20, .to_us = 40);
    SHOWN(list_events, "3", ANY, .from_us = 21, .channel = {2});
    SHOWN(list_movements, "24", ANY, .sku = {1});
    SHOWN(list_movements, "23", ANY, .location = {3}); /* to it, from it */
    SHOWN(list_movements, "2", ANY, .location = {3}, .sku = {1});
    SHOWN(list_movements, "12", ANY, .channel = {1});
    SHOWN(list_movements, "3", ANY, .order = SLICE("#3"));
    SHOWN(list_movements, "34", ANY, .from_us = 30);
    SHOWN(list_movements, "3", ANY, .to_us = 40, .sku = {2}, .channel = {2});
}

static void test_the_rest_is_found_by_what_is_asked(void **state)
{
    struct world *w = world_of(state);
    for (int64_t i = 1; i <= 4; i++) {
        struct order_row order = {.n = i, .order = {.channel = {1 + i % 2}, .id = SLICE("same")}};
        order.order.id = world_text(w, "#%" PRId64, i);
        struct delivery_row delivery = {.n = i,
                                        .channel = {1 + i % 2},
                                        .received_at_us = 10 * i,
                                        .state = i < 3 ? DELIVERY_APPLIED : DELIVERY_PARKED,
                                        .order = world_text(w, "#%" PRId64, 1 + i / 4),
                                        .is_new = true};
        struct push_row push = {.n = i,
                                .listing = {1 + i / 4},
                                .channel = {1 + i % 2},
                                .sku = {1 + i / 3},
                                .state = i == 1 ? PUSH_IN_FLIGHT : PUSH_LOST,
                                .sent_at_us = 10 * i};
        struct incident_row incident = {
            .n = i, .code = i == 4 ? SLICE("DRIFT") : SLICE("PARKED"), .is_open = i > 2};
        incident.subject = world_text(w, "%" PRId64, i);
        struct difference_row difference = {.n = i,
                                            .listing = {1 + i / 4},
                                            .channel = {1 + i % 2},
                                            .sku = {1 + i / 3},
                                            .began_at_us = 10 * i,
                                            .ended_at_us = i == 2 ? 0 : 99};
        struct hold_row hold = {
            .n = i, .owner = world_text(w, "%" PRId64, i), .state = (enum hold_state)(i - 1)};
        WORLD_ADD(w, orders, order);
        WORLD_ADD(w, deliveries, delivery);
        WORLD_ADD(w, pushes, push);
        WORLD_ADD(w, incidents, incident);
        WORLD_ADD(w, differences, difference);
        WORLD_ADD(w, holds, hold);
    }
    world_commit(w);
    SHOWN(list_orders, "13", ANY, .channel = {2});
    SHOWN(list_deliveries, "24", ANY, .channel = {1});
    SHOWN(list_deliveries, "34", DELIVERY_PARKED, .after = 0);
    SHOWN(list_deliveries, "4", ANY, .order = SLICE("#2"));
    SHOWN(list_deliveries, "12", DELIVERY_APPLIED, .order = SLICE("#1"));
    SHOWN(list_deliveries, "23", ANY, .from_us = 20, .to_us = 40);
    SHOWN(list_pushes, "24", ANY, .channel = {1});
    SHOWN(list_pushes, "4", ANY, .listing = {2});
    SHOWN(list_pushes, "34", ANY, .sku = {2});
    SHOWN(list_pushes, "1", PUSH_IN_FLIGHT, .after = 0);
    SHOWN(list_pushes, "23", ANY, .from_us = 20, .to_us = 40);
    SHOWN(list_pushes, "4", ANY, .from_us = 31);
    SHOWN(list_pushes, "24", ANY, .channel = {1}, .from_us = 1);
    SHOWN(list_pushes, "1", ANY, .sku = {1}, .to_us = 20);
    SHOWN(list_pushes, "2", PUSH_LOST, .listing = {1}, .from_us = 11, .to_us = 30);
    SHOWN(list_incidents, "34", 1, .after = 0);
    SHOWN(list_incidents, "12", 0, .after = 0);
    SHOWN(list_incidents, "4", ANY, .text = SLICE("DRIFT"));
    SHOWN(list_differences, "24", ANY, .channel = {1});
    SHOWN(list_differences, "4", ANY, .listing = {2});
    SHOWN(list_differences, "4", ANY, .listing = {2}, .newest_first = true);
    SHOWN(list_differences, "34", ANY, .sku = {2});
    SHOWN(list_differences, "2", 1, .after = 0);
    SHOWN(list_differences, "134", 0, .after = 0);
    SHOWN(list_differences, "23", ANY, .from_us = 20, .to_us = 40);
    SHOWN(list_pushes, "4", ANY, .listing = {2}, .newest_first = true);
    SHOWN(list_incidents, "4", 1, .text = SLICE("DRIFT"));
    SHOWN(list_holds, "1", HOLD_OPEN, .after = 0);
    SHOWN(list_holds, "4", HOLD_COMMITTED, .after = 0);
}

/* Ids are given when a push is decided; it may leave after one that was decided later. */
static void test_pushes_of_a_range_come_in_the_order_they_left(void **state)
{
    struct world *w = world_of(state);
    static const int64_t sent[] = {50, 10, 30, 30, 90, 30, 20, 70};
    for (size_t i = 0; i < COUNT_OF(sent); i++) {
        struct push_row push = {
            .n = w->ops->next_id(w->store, ID_PUSH), .channel = {1}, .sent_at_us = sent[i]};
        WORLD_ADD(w, pushes, push);
    }
    world_commit(w);
    static const struct {
        bool down;
        const char *ids;
    } wanted[] = {{false, "73461"}, {true, "16437"}};
    for (size_t k = 0; k < COUNT_OF(wanted); k++) {
        struct store_query q = {.limit = 2, .state = -1, .from_us = 20, .to_us = 70};
        char ids[16] = "";
        q.newest_first = wanted[k].down;
        for (size_t n = 0; n < 8;) {
            struct rows page = {0};
            OK(w->ops->list_pushes(w->store, &q, &w->arena, &page));
            for (size_t i = 0; i < page.count; i++) {
                q.after = id_of(page.items[i]);
                ids[n++] = (char)('0' + q.after);
            }
            if (page.count < q.limit) {
                break;
            }
        }
        assert_string_equal(ids, wanted[k].ids);
        q.after = 99;
        struct rows none = {0};
        OK(w->ops->list_pushes(w->store, &q, &w->arena, &none));
        assert_int_equal(none.count, 0);
    }
}

// clang-format off
#define EACH(X, open) \
    X(test_every_list_pages_in_both_directions, open), \
    X(test_skus_and_listings_are_found_by_what_is_asked, open), \
    X(test_skus_are_found_by_a_part_of_any_of_their_texts, open), \
    X(test_lines_of_the_stock_list_sum_up_what_is_asked, open), \
    X(test_the_log_is_found_by_what_is_asked, open), \
    X(test_the_rest_is_found_by_what_is_asked, open), \
    X(test_pushes_of_a_range_come_in_the_order_they_left, open)
// clang-format on

RUN_ON_EVERY_STORE(EACH)
