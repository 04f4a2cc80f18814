/* SPDX-License-Identifier: Apache-2.0 */
/* SKUs and locations: created all or none, renamed, made of others, switched off. */
#include "support/request_world.h"

static const struct sku_row *sku_row_of(struct world *w, const char *code)
{
    struct sku_row *row = NULL;
    struct slice key = slice_of(code);
    assert_int_equal(w->reader->ops->skus_by_code(w->reader, &key, 1, &w->arena, &row), ERR_OK);
    return row;
}

static void test_a_sku_comes_back_as_it_was_given(void **state)
{
    struct world *w = *state;
    must_answer(w,
                201,
                request_skus_create,
                NULL,
                "{\"sku\":\" TEE-M-BLUE \",\"title\":\"Tee, blue\",\"product\":\"Tee\","
                "\"options\":{\"Size\":\"M\"},\"barcode\":\"4006381333931\",\"buffer\":2,"
                "\"oversell\":\"backorder\"}");
    assert_slice(text_of(w->answer, "sku"), "TEE-M-BLUE");
    assert_slice(text_of(w->answer, "title"), "Tee, blue");
    assert_slice(text_of(json_get(w->answer, "options"), "Size"), "M");
    assert_int_equal(int_of(w->answer, "buffer"), 2);
    assert_slice(text_of(w->answer, "oversell"), "backorder");
    assert_int_equal(json_count(json_get(w->answer, "components")), 0);
}

static void test_spellings_of_one_code_are_one_sku(void **state)
{
    struct world *w = *state;
    must_answer(w, 409, request_skus_create, NULL, "{\"sku\":\"tee \"}");
    must_answer(
        w, 409, request_skus_create, NULL, "{\"items\":[{\"sku\":\"A  B\"},{\"sku\":\"a b\"}]}");
    assert_null(sku_row_of(w, "A B"));
}

static void test_a_list_with_one_wrong_entry_creates_nothing_and_logs_nothing(void **state)
{
    struct world *w = *state;
    int64_t before = events_of(w);
    must_answer(w,
                400,
                request_skus_create,
                NULL,
                "{\"items\":[{\"sku\":\"GOOD\"},{\"sku\":\"BAD\",\"buffer\":-1}]}");
    assert_slice(text_of(w->answer, "field"), "items[1].buffer");
    assert_null(sku_row_of(w, "GOOD"));
    assert_int_equal(events_of(w), before);
}

static void test_each_wrong_field_is_refused_by_name(void **state)
{
    static const struct {
        const char *body, *field;
        int status;
    } cases[] = {
        {"{\"title\":\"x\"}", "sku", 400},
        {"{\"sku\":\"\"}", "sku", 400},
        {"{\"sku\":\"   \"}", "sku", 400},
        {"{\"sku\":\"a\\u0007b\"}", "sku", 400},
        {"{\"sku\":7}", "sku", 400},
        {"{\"sku\":\"X\",\"colour\":\"red\"}", "colour", 400},
        {"{\"sku\":\"X\",\"title\":1}", "title", 400},
        {"{\"sku\":\"X\",\"buffer\":1.5}", "buffer", 400},
        {"{\"sku\":\"X\",\"buffer\":1000000001}", "buffer", 400},
        {"{\"sku\":\"X\",\"options\":{\"Size\":1}}", "options", 400},
        {"{\"sku\":\"X\",\"options\":[]}", "options", 400},
        {"{\"sku\":\"X\",\"oversell\":\"maybe\"}", "oversell", 400},
        {"{\"sku\":\"X\",\"components\":[{\"sku\":\"TEE\"}]}", "components[0].quantity", 400},
        {"{\"sku\":\"X\",\"components\":[{\"sku\":\"TEE\",\"quantity\":0}]}",
         "components[0].quantity",
         400},
        {"{\"sku\":\"X\",\"components\":[{\"sku\":\"GONE\",\"quantity\":1}]}", "components", 422},
        {"{\"sku\":\"X\",\"components\":[{\"sku\":\"SET\",\"quantity\":1}]}", "components", 422},
        {"{\"sku\":\"X\",\"components\":[{\"sku\":\"TEE\",\"quantity\":1},{\"sku\":\"tee\","
         "\"quantity\":1}]}",
         "components",
         400},
    };
    struct world *w = *state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        must_answer(w, cases[i].status, request_skus_create, NULL, cases[i].body);
        assert_slice(text_of(w->answer, "field"), cases[i].field);
        assert_int_equal(int_of(w->answer, "status"), cases[i].status);
        assert_true(text_of(w->answer, "detail").n > 0);
    }
    assert_null(sku_row_of(w, "X"));
}

static void test_what_is_no_object_is_refused(void **state)
{
    struct world *w = *state;
    static const char *const bodies[] = {
        "", "nonsense", "[]", "{\"items\":[]}", "{\"items\":[1]}", "{\"items\":{},\"sku\":\"X\"}"};
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        must_answer(w, 400, request_skus_create, NULL, bodies[i]);
    }
}

static void test_a_bundle_may_name_skus_of_its_own_request(void **state)
{
    struct world *w = *state;
    must_answer(w,
                201,
                request_skus_create,
                NULL,
                "{\"items\":[{\"sku\":\"KIT\",\"components\":[{\"sku\":\"PART\",\"quantity\":3}]},"
                "{\"sku\":\"PART\"}]}");
    const struct sku_row *kit = sku_row_of(w, "KIT"), *part = sku_row_of(w, "PART");
    assert_int_equal(kit->parts_count, 1);
    assert_int_equal(kit->parts[0].sku.v, part->id.v);
    assert_int_equal(kit->parts[0].quantity, 3);
    must_answer(w,
                422,
                request_skus_create,
                NULL,
                "{\"items\":[{\"sku\":\"K1\",\"components\":[{\"sku\":\"K2\",\"quantity\":1}]},"
                "{\"sku\":\"K2\",\"components\":[{\"sku\":\"PART\",\"quantity\":1}]}]}");
}

static void test_parts_are_kept_in_ascending_order_of_their_ids(void **state)
{
    struct world *w = *state;
    const struct sku_row *set = sku_row_of(w, "SET");
    assert_int_equal(set->parts_count, 2);
    assert_true(set->parts[0].sku.v < set->parts[1].sku.v);
}

static void test_a_renamed_sku_is_the_same_sku(void **state)
{
    struct world *w = *state;
    int64_t id = sku_row_of(w, "TEE")->id.v;
    must_answer(w, 200, request_sku_change, "tee", "{\"sku\":\"TEE-2\",\"buffer\":4}");
    assert_true(slice_is(text_of(w->answer, "sku"), "TEE-2"));
    assert_int_equal(json_count(json_get(w->answer, "aliases")), 1);
    assert_null(sku_row_of(w, "TEE"));
    assert_int_equal(sku_row_of(w, "TEE-2")->id.v, id);
    must_answer(w, 200, request_sku_change, "TEE-2", "{\"buffer\":null}");
    assert_int_equal(sku_row_of(w, "TEE-2")->buffer, POLICY_UNSET);
    must_answer(w, 409, request_sku_change, "TEE-2", "{\"sku\":\"MUG\"}");
    must_answer(w, 200, request_sku_change, "tee", "{\"title\":\"found under its old code\"}");
    assert_true(slice_is(text_of(w->answer, "sku"), "TEE-2"));
    /* Back, and forth again: its own code is never another code of it. */
    must_answer(w, 200, request_sku_change, "TEE-2", "{\"sku\":\"TEE\"}");
    assert_true(slice_is(text_of(w->answer, "sku"), "TEE"));
    assert_int_equal(json_count(json_get(w->answer, "aliases")), 1);
    must_answer(w, 200, request_sku_change, "TEE", "{\"sku\":\"TEE-3\"}");
    assert_int_equal(json_count(json_get(w->answer, "aliases")), 2);
    /* Whoever creates a SKU under a code that another one had means the new one. */
    must_answer(w, 201, request_skus_create, NULL, "{\"sku\":\"TEE\"}");
    assert_true(sku_row_of(w, "TEE")->id.v != id);
    must_answer(w, 200, request_sku_change, "TEE-2", "{}");
    assert_true(slice_is(text_of(w->answer, "sku"), "TEE-3"));
    assert_int_equal(json_count(json_get(w->answer, "aliases")), 1);
}

static void test_a_sku_is_found_under_every_code_it_was_given(void **state)
{
    struct world *w = *state;
    must_answer(
        w, 200, request_sku_change, "TEE", "{\"aliases\":[\"4006381333931\",\" tee  blue \"]}");
    assert_true(slice_is(text_of(w->answer, "sku"), "TEE"));
    must_answer(w, 200, request_sku_change, "Tee Blue", "{\"title\":\"x\"}");
    assert_true(slice_is(text_of(w->answer, "sku"), "TEE"));
    must_answer(w,
                201,
                request_movements_create,
                NULL,
                "{\"movements\":[{\"kind\":\"receive\",\"sku\":\"4006381333931\",\"location\":"
                "\"berlin\",\"quantity\":3}]}");
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 3);
    /* One code, one SKU. */
    must_answer(w, 409, request_skus_create, NULL, "{\"sku\":\"TEE BLUE\"}");
    assert_true(strstr(w->text.p, "aliases") != NULL);
    must_answer(w, 409, request_sku_change, "MUG", "{\"aliases\":[\"tee blue\"]}");
    must_answer(w, 409, request_sku_change, "MUG", "{\"aliases\":[\"poster\"]}");
    must_answer(w, 409, request_sku_change, "MUG", "{\"sku\":\"TEE BLUE\"}");
    must_answer(w,
                409,
                request_skus_create,
                NULL,
                "{\"items\":[{\"sku\":\"A\"},{\"sku\":\"B\",\"aliases\":[\"a\"]}]}");
    must_answer(w, 400, request_sku_change, "MUG", "{\"aliases\":[\"x\",\"X \"]}");
    must_answer(w, 400, request_sku_change, "MUG", "{\"aliases\":[\" \"]}");
    /* Taken off, it is free. */
    must_answer(w, 200, request_sku_change, "TEE", "{\"aliases\":[\"4006381333931\"]}");
    must_answer(w, 201, request_skus_create, NULL, "{\"sku\":\"TEE BLUE\",\"aliases\":[\"TB\"]}");
    /* Another code becomes its own, and the other way round. */
    must_answer(w, 200, request_sku_change, "tb", "{\"sku\":\"TB\"}");
    assert_int_equal(json_count(json_get(w->answer, "aliases")), 1);
}

static void test_a_line_that_waits_for_a_code_finds_it_in_any_spelling(void **state)
{
    struct world *w = *state;
    static const char order[] = "{\"channel\":\"shop\",\"id\":\"%s\",\"version\":1,\"lines\":"
                                "[{\"id\":\"1\",\"sku\":\"%s\",\"ordered\":2}]}";
    char body[256];
    (void)snprintf(body, sizeof(body), order, "A", "new  hat ");
    must_answer(w, 201, request_orders_create, NULL, body);
    (void)snprintf(body, sizeof(body), order, "B", "cap");
    must_answer(w, 201, request_orders_create, NULL, body);
    must_answer(w, 201, request_skus_create, NULL, "{\"sku\":\"NEW HAT\"}");
    assert_int_equal(stock_of(w, "NEW HAT", "berlin").reserved, 2);
    must_answer(w, 200, request_sku_change, "new hat", "{\"aliases\":[\"CAP\"]}");
    assert_int_equal(stock_of(w, "NEW HAT", "berlin").reserved, 4);
}

static void test_a_rename_and_the_old_code_meet_in_one_commit(void **state)
{
    struct world *w = *state;
    struct turn *turns[] = {
        world_turn(w, request_sku_change, "TEE", "{\"sku\":\"SHIRT\"}"),
        world_turn(w, request_sku_change, "TEE", "{\"title\":\"late\"}"),
        world_turn(w, request_skus_create, NULL, "{\"sku\":\"tee\"}"),
    };
    static const int wanted[] = {200, 200, 201};
    for (size_t i = 0; i < COUNT_OF(turns); i++) {
        assert_true(engine_submit(w->engine, turns[i]));
    }
    world_step(w);
    for (size_t i = 0; i < COUNT_OF(turns); i++) {
        assert_int_equal(turns[i]->err, ERR_OK);
        assert_int_equal(turns[i]->status, wanted[i]);
        turn_free(turns[i]);
    }
    assert_true(sku_row_of(w, "TEE")->id.v > sku_row_of(w, "SHIRT")->id.v);
}

static void test_what_owns_stock_or_is_a_part_does_not_become_a_bundle(void **state)
{
    struct world *w = *state;
    const char *recipe = "{\"components\":[{\"sku\":\"POSTER\",\"quantity\":1}]}";
    must_answer(w, 422, request_sku_change, "TEE", recipe); /* a part of SET */
    must_answer(w,
                201,
                request_movements_create,
                NULL,
                "{\"movements\":[{\"kind\":\"receive\",\"sku\":\"POSTER\",\"location\":\"berlin\","
                "\"quantity\":1}]}");
    must_answer(w,
                422,
                request_sku_change,
                "POSTER",
                "{\"components\":[{\"sku\":\"TEE\",\"quantity\":1}]}");
    must_answer(
        w, 422, request_sku_change, "SET", "{\"components\":[{\"sku\":\"SET\",\"quantity\":1}]}");
    must_answer(w, 200, request_sku_change, "SET", recipe);
    assert_int_equal(sku_row_of(w, "SET")->parts_count, 1);
}

/* ---- locations ---- */

static void test_a_location_code_is_taken_once(void **state)
{
    struct world *w = *state;
    must_answer(w, 409, request_locations_create, NULL, "{\"code\":\"berlin\"}");
    must_answer(w, 400, request_locations_create, NULL, "{\"code\":\"ber lin\"}");
    must_answer(
        w, 400, request_locations_create, NULL, "{\"code\":\"rome\",\"country\":\"Italy\"}");
    must_answer(
        w, 409, request_locations_create, NULL, "{\"items\":[{\"code\":\"x\"},{\"code\":\"x\"}]}");
    must_answer(w, 422, request_location_change, "berlin", "{\"code\":\"munich\"}");
    must_answer(w, 404, request_location_change, "rome", "{\"name\":\"Rome\"}");
}

static void test_two_locations_of_one_code_in_one_commit_are_one(void **state)
{
    struct world *w = *state;
    struct turn *turns[] = {world_turn(w, request_locations_create, NULL, "{\"code\":\"rome\"}"),
                            world_turn(w, request_locations_create, NULL, "{\"code\":\"rome\"}")};
    assert_true(engine_submit(w->engine, turns[0]));
    assert_true(engine_submit(w->engine, turns[1]));
    world_step(w);
    assert_int_equal(turns[0]->status, 201);
    assert_int_equal(turns[1]->status, 409);
    turn_free(turns[0]);
    turn_free(turns[1]);
}

static void test_a_location_with_stock_is_not_switched_off(void **state)
{
    struct world *w = *state;
    must_answer(w,
                201,
                request_movements_create,
                NULL,
                "{\"movements\":[{\"kind\":\"receive\",\"sku\":\"MUG\",\"location\":\"paris\","
                "\"quantity\":2}]}");
    must_answer(w, 409, request_location_change, "paris", "{\"active\":false}");
    assert_non_null(memmem(w->text.p, w->text.n, "MUG", 3));
    must_answer(w, 200, request_location_change, "berlin", "{\"active\":false,\"name\":\"Old\"}");
    must_answer(w,
                422,
                request_movements_create,
                NULL,
                "{\"movements\":[{\"kind\":\"receive\",\"sku\":\"MUG\",\"location\":\"berlin\","
                "\"quantity\":2}]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_a_sku_comes_back_as_it_was_given),
        world_test(test_spellings_of_one_code_are_one_sku),
        world_test(test_a_list_with_one_wrong_entry_creates_nothing_and_logs_nothing),
        world_test(test_each_wrong_field_is_refused_by_name),
        world_test(test_what_is_no_object_is_refused),
        world_test(test_a_bundle_may_name_skus_of_its_own_request),
        world_test(test_parts_are_kept_in_ascending_order_of_their_ids),
        world_test(test_a_renamed_sku_is_the_same_sku),
        world_test(test_a_sku_is_found_under_every_code_it_was_given),
        world_test(test_a_line_that_waits_for_a_code_finds_it_in_any_spelling),
        world_test(test_a_rename_and_the_old_code_meet_in_one_commit),
        world_test(test_what_owns_stock_or_is_a_part_does_not_become_a_bundle),
        world_test(test_a_location_code_is_taken_once),
        world_test(test_two_locations_of_one_code_in_one_commit_are_one),
        world_test(test_a_location_with_stock_is_not_switched_off),
    };
    if (crypto_init()) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
