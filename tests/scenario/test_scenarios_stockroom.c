/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transfers, counts, bundles, holds and names, and locations that nobody mapped: each test answers a
 * failure that real shops met.
 */
#include "support/request_say.h"

static void t44_a_place_that_nobody_mapped_is_an_error_and_not_every_place(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 5, "");
    MOVE(w, 201, "receive", "TEE", "paris", 7, "");
    SAY(w,
        422,
        request_channels_create,
        NULL,
        "{'code':'web','connector':'api','mode':'live','route':[{'location':'atlantis'}]}");
    SAY(w,
        201,
        request_channels_create,
        NULL,
        "{'code':'web','connector':'shopify','mode':'shadow','settings':{'shop':'tees',"
        "'location_map':[{'location':'berlin','remote':'11'}]},'secrets':{'access_token':'x',"
        "'webhook_secret':'y'},'route':[{'location':'berlin'}]}");
    /* A channel with one place sells that place's units, never the sum. */
    SAY(w,
        201,
        request_listings_create,
        NULL,
        "{'channel':'web','sku':'TEE','remote':{'product_id':'1','variant_id':'2',"
        "'inventory_item_id':'3'}}");
    assert_int_equal(int_of(w->answer, "sellable"), 5);
    SAY(w,
        422,
        request_listings_create,
        NULL,
        "{'channel':'web','sku':'TEE','location':'atlantis','remote':{'product_id':'1',"
        "'variant_id':'4','inventory_item_id':'5'}}");
    /* An order that names an unknown place is booked by the route, and says so. */
    ORDER(w, 201, "1", 1, "{'id':'a','sku':'TEE','ordered':2,'location':'atlantis'}");
    WANT(w, "TEE", "berlin", .available = 3, .reserved = 2);
    WANT(w, "TEE", "paris", .available = 7);
    assert_int_equal(incidents_of(w, "PARKED"), 1);
}

/* ---- transfers ---- */

/* Units of TEE that are somewhere: at a place, or under way. */
static int64_t everywhere(struct world *w)
{
    int64_t sum = 0;
    static const char *const places[] = {"berlin", "paris"};
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        const struct stock row = stock_of(w, "TEE", places[i]);
        sum += stock_on_hand(&row) + row.in_transit;
    }
    return sum;
}

static void t53_units_of_a_transfer_are_in_one_place_at_every_instant(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 20, "");
    MOVE(w, 201, "receive", "MUG", "berlin", 1, "");
    SAY(w,
        201,
        request_transfers_create,
        NULL,
        "{'from':'berlin','to':'paris','lines':[{'sku':'TEE','quantity':12}]}");
    WANT(w, "TEE", "berlin", .available = 20); /* a draft moves nothing */
    SAY(w, 200, request_transfer_ship, "1", "{}");
    WANT(w, "TEE", "berlin", .available = 8);
    WANT(w, "TEE", "paris", .in_transit = 12);
    assert_int_equal(everywhere(w), 20);
    SAY(w, 409, request_transfer_ship, "1", "{}");
    SAY(w,
        200,
        request_transfer_receive,
        "1",
        "{'lines':[{'sku':'TEE','received':5,'damaged':2}]}");
    WANT(w, "TEE", "paris", .available = 5, .unavailable = 2, .in_transit = 5);
    assert_int_equal(everywhere(w), 20);
    /* More than is under way cannot arrive: nothing of it is booked. */
    SAY(w, 409, request_transfer_receive, "1", "{'lines':[{'sku':'TEE','received':5,'short':1}]}");
    assert_int_equal(everywhere(w), 20);
    SAY(w, 200, request_transfer_receive, "1", "{'lines':[{'sku':'TEE','received':2,'short':1}]}");
    assert_int_equal(everywhere(w), 19); /* the missing one is nowhere, once */
    SAY(w, 200, request_transfer_cancel, "1", "{}");
    WANT(w, "TEE", "berlin", .available = 10);
    WANT(w, "TEE", "paris", .available = 7, .unavailable = 2);
    SAY(w, 409, request_transfer_receive, "1", "{}");
    SAY(w, 409, request_transfer_cancel, "1", "{}");
    assert_int_equal(everywhere(w), 19);
}

static void t53_a_transfer_that_misses_one_unit_of_one_line_moves_none_of_them(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 5, "");
    MOVE(w, 201, "receive", "MUG", "berlin", 1, "");
    SAY(w,
        201,
        request_transfers_create,
        NULL,
        "{'from':'berlin','to':'paris','lines':[{'sku':'TEE','quantity':5},"
        "{'sku':'MUG','quantity':2}]}");
    int64_t before = movements_of(w);
    SAY(w, 409, request_transfer_ship, "1", "{}");
    struct json shortages = json_get(w->answer, "shortages");
    assert_int_equal(json_count(shortages), 1);
    assert_int_equal(int_of(entry(shortages, 0), "available"), 1);
    assert_int_equal(movements_of(w), before);
    WANT(w, "TEE", "berlin", .available = 5);
    WANT(w, "TEE", "paris", .available = 0);
}

/* Units under way are nobody's to sell, at neither end. */
static void t53_what_is_under_way_is_not_sold(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 5, "");
    SAY(w, 201, request_listings_create, NULL, "{'channel':'shop','sku':'TEE'}");
    SAY(w,
        201,
        request_transfers_create,
        NULL,
        "{'from':'berlin','to':'paris','lines':[{'sku':'TEE','quantity':4}]}");
    assert_int_equal(sellable_of(w, "1"), 5);
    SAY(w, 200, request_transfer_ship, "1", "{}");
    assert_int_equal(sellable_of(w, "1"), 1);
    SAY(w, 409, request_holds_create, NULL, "{'owner':'ann','lines':[{'sku':'TEE','quantity':2}]}");
    SAY(w, 200, request_transfer_receive, "1", "{}");
    assert_int_equal(sellable_of(w, "1"), 5);
}

/* ---- counts ---- */

static void t54_goods_that_move_while_somebody_counts_are_not_counted_away(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 10, "");
    MOVE(w, 201, "receive", "MUG", "berlin", 10, "");
    w->now_us += 60 * US_PER_S + 1000;
    SAY(w, 201, request_counts_create, NULL, "{'location':'berlin'}");
    SAY(w, 200, request_count_lines, "1", "{'lines':[{'sku':'TEE','quantity':9}]}");
    /* While the clerk walks on: two are sold and leave, five arrive. */
    w->now_us += 60 * US_PER_S;
    ORDER(w, 201, "1", 1, TEES("'ordered':2,'fulfilled':2"));
    MOVE(w, 201, "receive", "TEE", "berlin", 5, "");
    w->now_us += 60 * US_PER_S;
    SAY(w, 200, request_count_lines, "1", "{'lines':[{'sku':'MUG','quantity':11}]}");
    SAY(w, 200, request_count_review, "1", "{}");
    assert_int_equal(int_of(entry(json_get(w->answer, "lines"), 0), "difference"), -1);
    assert_int_equal(int_of(entry(json_get(w->answer, "lines"), 1), "difference"), 1);
    w->now_us += 60 * US_PER_S;
    ORDER(w, 201, "2", 1, TEES("'ordered':1,'fulfilled':1"));
    SAY(w, 200, request_count_post, "1", "{}");
    WANT(w, "TEE", "berlin", .available = 9 - 2 + 5 - 1);
    WANT(w, "MUG", "berlin", .available = 11);
}

static void t55_only_units_that_are_there_satisfy_a_backorder(void **state)
{
    struct world *w = *state;
    SAY(w, 200, request_sku_change, "TEE", "{'oversell':'backorder'}");
    SAY(w, 201, request_listings_create, NULL, "{'channel':'shop','sku':'TEE'}");
    MOVE(w, 201, "receive", "TEE", "berlin", 1, "");
    ORDER(w, 201, "1", 1, TEES("'ordered':3"));
    ORDER(w, 201, "2", 1, TEES("'ordered':2"));
    WANT(w, "TEE", "berlin", .available = -4, .reserved = 5);
    assert_int_equal(incidents_of(w, "OVERSOLD"), 0); /* agreed */
    /* Lowering one backorder frees no unit: there is none. */
    ORDER(w, 200, "1", 2, TEES("'ordered':3,'cancelled':2"));
    WANT(w, "TEE", "berlin", .available = -2, .reserved = 3);
    assert_int_equal(sellable_of(w, "1"), 0);
    MOVE(w, 201, "receive", "TEE", "berlin", 1, "");
    assert_int_equal(sellable_of(w, "1"), 0);
    MOVE(w, 201, "receive", "TEE", "berlin", 1, ""); /* from -1 to 0: nothing to sell yet */
    WANT(w, "TEE", "berlin", .available = 0, .reserved = 3);
    assert_int_equal(sellable_of(w, "1"), 0);
    /* Nor can units elsewhere be sold twice while some are owed. */
    ORDER(w, 200, "2", 2, TEES("'ordered':4"));
    MOVE(w, 201, "receive", "TEE", "paris", 3, "");
    assert_int_equal(sellable_of(w, "1"), 1);
    SAY(w, 409, request_holds_create, NULL, "{'owner':'ann','lines':[{'sku':'TEE','quantity':2}]}");
    ORDER(w, 200, "2", 3, "");
    assert_int_equal(sellable_of(w, "1"), 5);
}

static void t56_a_bundle_is_what_its_parts_allow_and_reserves_only_them(void **state)
{
    struct world *w = *state; /* SET = 2 MUG + 1 TEE */
    MOVE(w, 201, "receive", "MUG", "berlin", 9, "");
    MOVE(w, 201, "receive", "TEE", "berlin", 3, "");
    SAY(w,
        201,
        request_listings_create,
        NULL,
        "{'items':[{'channel':'shop','sku':'SET'},{'channel':'shop','sku':'MUG'},"
        "{'channel':'shop','sku':'TEE'}]}");
    assert_int_equal(sellable_of(w, "1"), 3);
    ORDER(w, 201, "1", 1, "{'id':'a','sku':'MUG','ordered':4}"); /* sold alone */
    assert_int_equal(sellable_of(w, "1"), 2);
    /* The set and its part in one order: no line is lost, nothing subtracted twice. */
    ORDER(w,
          201,
          "2",
          1,
          "{'id':'a','sku':'SET','ordered':1},{'id':'b','sku':'MUG','ordered':1},"
          "{'id':'c','sku':'TEE','ordered':1}");
    WANT(w, "MUG", "berlin", .available = 2, .reserved = 7);
    WANT(w, "TEE", "berlin", .available = 1, .reserved = 2);
    assert_int_equal(sellable_of(w, "1"), 1);
    assert_int_equal(sellable_of(w, "2"), 2);
    assert_int_equal(sellable_of(w, "3"), 1);
    WANT(w, "SET", "berlin", .available = 0);
    ORDER(w, 200, "2", 2, "{'id':'b','sku':'MUG','ordered':1},{'id':'c','sku':'TEE','ordered':1}");
    WANT(w, "MUG", "berlin", .available = 4, .reserved = 5);
    assert_int_equal(sellable_of(w, "1"), 2);
    MOVE(w, 422, "receive", "SET", "berlin", 1, ""); /* it owns no stock */
}

/* ---- holds ---- */

static void t57_a_hold_without_a_time_has_the_stated_default_and_never_lasts_for_ever(void **state)
{
    static const char *const wrong[] = {"0", "-1", "''", "'900'", "86401", "1.5", "true"};
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 5, "");
    SAY(w, 201, request_holds_create, NULL, "{'owner':'a','lines':[{'sku':'TEE','quantity':1}]}");
    assert_slice(text_of(w->answer, "created_at"), "2026-11-23T04:29:07.000Z");
    assert_slice(text_of(w->answer, "expires_at"), "2026-11-23T04:44:07.000Z");
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        SAY(w,
            400,
            request_holds_create,
            NULL,
            "{'owner':'b','lines':[{'sku':'TEE','quantity':1}],'expires_in':%s}",
            wrong[i]);
    }
    WANT(w, "TEE", "berlin", .available = 4, .held = 1);
    /* Limits that nobody set are null, and an explicit nothing is 0: both are shown. */
    SAY(w, 201, request_listings_create, NULL, "{'channel':'shop','sku':'TEE','buffer':0}");
    assert_int_equal(json_type(json_get(w->answer, "cap")), JSON_NULL);
    assert_int_equal(int_of(w->answer, "buffer"), 0);
    SAY(w, 200, request_channel_change, "shop", "{'buffer':3}");
    assert_int_equal(sellable_of(w, "1"), 4); /* its own 0 wins */
    SAY(w, 200, request_listing_change, "1", "{'buffer':null}");
    assert_int_equal(int_of(w->answer, "sellable"), 1);
    assert_int_equal(json_type(json_get(w->answer, "buffer")), JSON_NULL);
}

static void t58_a_hold_shows_its_clock_is_extended_released_and_ends_by_itself(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 5, "");
    SAY(w,
        201,
        request_holds_create,
        NULL,
        "{'owner':'a','lines':[{'sku':'TEE','quantity':2}],'expires_in':60}");
    assert_slice(text_of(w->answer, "expires_at"), "2026-11-23T04:30:07.000Z");
    SAY(w,
        201,
        request_holds_create,
        NULL,
        "{'owner':'b','lines':[{'sku':'TEE','quantity':3}],'expires_in':60}");
    w->now_us += 59 * US_PER_S;
    SAY(w, 200, request_hold_extend, "1", "{'expires_in':120}");
    assert_slice(text_of(w->answer, "expires_at"), "2026-11-23T04:32:06.000Z");
    w->now_us += US_PER_S; /* the other one's time is over */
    SAY(w, 409, request_hold_extend, "2", "{'expires_in':120}");
    SAY(w, 200, requests_expire_holds, NULL, "%s", "");
    WANT(w, "TEE", "berlin", .available = 3, .held = 2);
    SAY(w, 200, requests_expire_holds, NULL, "%s", ""); /* ends once */
    SAY(w, 204, request_hold_delete, "2", "%s", "");
    SAY(w, 204, request_hold_delete, "1", "%s", "");
    SAY(w, 204, request_hold_delete, "1", "%s", "");
    w->now_us += 3600 * US_PER_S;
    SAY(w, 200, requests_expire_holds, NULL, "%s", "");
    WANT(w, "TEE", "berlin", .available = 5);
}

/* ---- time ---- */

static void t59_a_late_fact_is_a_new_row_with_both_times_and_changes_no_old_one(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 5, "");
    w->now_us += 3600 * US_PER_S;
    MOVE(w, 201, "ship", "TEE", "berlin", 2, "");
    const struct rows before = movements_after(w, 0);
    const struct movement_row first = *(const struct movement_row *)before.items[0],
                              second = *(const struct movement_row *)before.items[1];
    assert_int_equal(before.count, 2);
    w->now_us += 3600 * US_PER_S;
    MOVE(w, 201, "receive", "TEE", "berlin", 4, ",'happened_at':'2026-11-23T04:45:00.000Z'");
    const struct rows after = movements_after(w, 0);
    assert_int_equal(after.count, 3);
    const struct movement_row *rows[3] = {after.items[0], after.items[1], after.items[2]};
    assert_int_equal(rows[0]->n, first.n);
    assert_int_equal(rows[0]->movement.to_after, first.movement.to_after);
    assert_int_equal(rows[1]->n, second.n);
    assert_int_equal(rows[1]->movement.from_after, second.movement.from_after);
    assert_int_equal(rows[1]->recorded_at_us, second.recorded_at_us);
    /* Behind them in the ledger, before them in time. */
    assert_true(rows[2]->n > second.n);
    assert_int_equal(rows[2]->movement.to_after, 7);
    assert_int_equal(rows[2]->recorded_at_us, w->now_us);
    assert_true(rows[2]->movement.happened_at_us < second.movement.happened_at_us);
    MOVE(w, 400, "receive", "TEE", "berlin", 1, ",'happened_at':'2026-11-24T00:00:00Z'");
}

/* ---- names ---- */

static void t60_codes_that_look_alike_are_one_sku_and_others_are_not(void **state)
{
    static const struct {
        const char *code;
        int status;
    } table[] = {
        {"SKU 1-a", 201},
        {"sku 1-A", 409},       /* case */
        {" SKU 1-a", 409},      /* before */
        {"SKU 1-a ", 409},      /* behind */
        {"\\tSKU 1-a", 409},    /* a tab around it is a space */
        {"SKU  1-a", 409},      /* several spaces are one */
        {"SKU\t 1-a", 400},     /* a tab within is no name */
        {"SKU1-a", 201},        /* without the space it is another one */
        {"SKU 1_a", 201},       /* and so is every other letter */
        {"SKU 01-a", 201},      /* digits are text */
        {"", 400},              /* blank */
        {"   ", 400},           /* blank too */
        {"SKU\\u00001-a", 400}, /* no control characters */
        {"SKU 1-\\u0007a", 400},
    };
    struct world *w = *state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        int status = say(w, request_skus_create, NULL, "{'sku':'%s'}", table[i].code);
        if (status != table[i].status) {
            fail_msg("'%s': %d, and not %d: %.*s",
                     table[i].code,
                     status,
                     table[i].status,
                     SLICE_ARG(w->text));
        }
    }
    /* Whatever it is called, the same units move. */
    MOVE(w, 201, "receive", " sku  1-A", "berlin", 3, "");
    WANT(w, "SKU 1-A", "berlin", .available = 3);
    /* Two spellings in one list are one code twice: nothing of the list is created. */
    SAY(w, 409, request_skus_create, NULL, "{'items':[{'sku':'X'},{'sku':'Y'},{'sku':' x '}]}");
    SAY(w, 404, request_sku_change, "Y", "{'title':'none'}");
    /* Several accounts may sell it; within one account a name means one thing. */
    SAY(w, 201, request_channels_create, NULL, "{'code':'till','connector':'api','mode':'live'}");
    SAY(w, 201, request_listings_create, NULL, "{'channel':'shop','sku':'sku 1-a'}");
    SAY(w, 201, request_listings_create, NULL, "{'channel':'till','sku':'SKU 1-a '}");
    SAY(w, 409, request_listings_create, NULL, "{'channel':'shop','sku':' SKU 1-a'}");
}

/* Orders that wait for a name are booked once, whichever way the name comes to mean something. */
static void t60_a_name_that_an_order_waits_for_may_come_in_every_way(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 9, "");
    ORDER(w, 201, "1", 1, "{'id':'a','sku':'as a  code ','ordered':1}");
    ORDER(w, 201, "2", 1, "{'id':'a','sku':'as another','ordered':1}");
    ORDER(w, 201, "3", 1, "{'id':'a','sku':'as a listing','ordered':1}");
    ORDER(w, 201, "4", 1, "{'id':'a','sku':'as a rename','ordered':1}");
    assert_int_equal(incidents_of(w, "PARKED"), 4);
    SAY(w, 201, request_skus_create, NULL, "{'sku':'AS A CODE'}");
    WANT(w, "AS A CODE", "berlin", .available = -1, .reserved = 1);
    SAY(w, 200, request_sku_change, "TEE", "{'aliases':['As Another']}");
    WANT(w, "TEE", "berlin", .available = 8, .reserved = 1);
    SAY(w,
        201,
        request_listings_create,
        NULL,
        "{'channel':'shop','sku':'TEE','pack_size':2,'remote':{'sku':'as a listing'}}");
    WANT(w, "TEE", "berlin", .available = 6, .reserved = 3);
    SAY(w, 200, request_sku_change, "MUG", "{'sku':'AS A RENAME'}");
    WANT(w, "AS A RENAME", "berlin", .available = -1, .reserved = 1);
    assert_int_equal(incidents_of(w, "PARKED"), 0);
    int64_t before = movements_of(w);
    SAY(w, 200, request_sku_change, "MUG", "{'sku':'MUG'}");
    SAY(w, 200, request_sku_change, "TEE", "{'aliases':[]}");
    SAY(w, 201, request_skus_create, NULL, "{'sku':'As Another'}");
    assert_int_equal(movements_of(w), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(t44_a_place_that_nobody_mapped_is_an_error_and_not_every_place),
        world_test(t53_units_of_a_transfer_are_in_one_place_at_every_instant),
        world_test(t53_a_transfer_that_misses_one_unit_of_one_line_moves_none_of_them),
        world_test(t53_what_is_under_way_is_not_sold),
        world_test(t54_goods_that_move_while_somebody_counts_are_not_counted_away),
        world_test(t55_only_units_that_are_there_satisfy_a_backorder),
        world_test(t56_a_bundle_is_what_its_parts_allow_and_reserves_only_them),
        world_test(t57_a_hold_without_a_time_has_the_stated_default_and_never_lasts_for_ever),
        world_test(t58_a_hold_shows_its_clock_is_extended_released_and_ends_by_itself),
        world_test(t59_a_late_fact_is_a_new_row_with_both_times_and_changes_no_old_one),
        world_test(t60_codes_that_look_alike_are_one_sku_and_others_are_not),
        world_test(t60_a_name_that_an_order_waits_for_may_come_in_every_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
