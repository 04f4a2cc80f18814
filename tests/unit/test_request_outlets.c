/* SPDX-License-Identifier: Apache-2.0 */
/* Webhooks as an administrator sets them up, and what reports of their messages make of them. */
#include "support/request_world.h"

#include "engine/outlet.h"

#define URL "https://hooks.example.com/in/s3cret-path?x=1"
#define KEY "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

static void report(struct world *w, struct outlet_report report)
{
    struct turn *turn = turn_new(TURN_REQUEST, world_kept, &report);
    report.at_us = report.at_us ? report.at_us : w->now_us;
    turn->run = request_outlet_report;
    assert_true(engine_submit(w->engine, turn));
    world_step(w);
    assert_int_equal(turn->err, ERR_OK);
    turn_free(turn);
}

static const struct outlet_row *row_of(struct world *w, int64_t id)
{
    struct rows rows = {0};
    assert_int_equal(w->reader->ops->outlets(w->reader, &w->arena, &rows), ERR_OK);
    for (size_t i = 0; i < rows.count; i++) {
        const struct outlet_row *row = rows.items[i];
        if (row->id == id) {
            return row;
        }
    }
    return NULL;
}

static size_t open_incidents(struct world *w, const char *code)
{
    const struct store_query q = {.state = 1, .limit = 100, .text = slice_of(code)};
    struct rows rows = {0};
    assert_int_equal(w->reader->ops->list_incidents(w->reader, &q, &w->arena, &rows), ERR_OK);
    return rows.count;
}

static void add(struct world *w)
{
    must_answer(w, 201, request_webhooks_create, NULL, "{\"url\":\"" URL "\"}");
}

static void test_a_webhook_is_shown_with_its_secret_once(void **state)
{
    struct world *w = *state;
    add(w);
    assert_slice(text_of(w->answer, "id"), "1");
    assert_slice(text_of(w->answer, "state"), "active");
    assert_slice(text_of(w->answer, "url"), URL);
    assert_int_equal(json_count(json_get(w->answer, "events")), 3);
    assert_true(slice_starts(text_of(w->answer, "secret"), "whsec_"));
    must_answer(w, 200, request_webhook_change, "1", "{\"events\":[\"incident.opened\"]}");
    assert_int_equal(json_count(json_get(w->answer, "events")), 1);
    assert_int_equal(json_type(json_get(w->answer, "secret")), JSON_NONE);
    must_answer(
        w, 201, request_webhooks_create, NULL, "{\"url\":\"" URL "\",\"secret\":\"" KEY "\"}");
    assert_slice(text_of(w->answer, "secret"), KEY);
}

static void test_addresses_and_keys_that_cannot_be_are_refused(void **state)
{
    struct world *w = *state;
    static const char *const bodies[] = {
        "{}",
        "{\"url\":\"\"}",
        "{\"url\":7}",
        "{\"url\":\"http://hooks.example.com/\"}", /* only with private channels */
        "{\"url\":\"ftp://hooks.example.com/\"}",
        "{\"url\":\"https://\"}",
        "{\"url\":\"https:///path\"}",
        "{\"url\":\"https://:443/\"}",
        "{\"url\":\"https://me:pass@hooks.example.com/\"}",
        "{\"url\":\"https://hooks.example.com/#part\"}",
        "{\"url\":\"https://hooks.example.com/a b\"}",
        "{\"url\":\"https://hooks.example.com/\\r\\nX: y\"}",
        "{\"url\":\"" URL "\",\"events\":[]}",
        "{\"url\":\"" URL "\",\"events\":[\"stock.updated\"]}",
        "{\"url\":\"" URL "\",\"secret\":\"plain\"}",
        "{\"url\":\"" URL "\",\"secret\":\"whsec_c2hvcnQ=\"}",
        "{\"url\":\"" URL "\",\"state\":\"active\"}",
    };
    int64_t before = events_of(w);
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        if (ask(w, request_webhooks_create, NULL, bodies[i]) != 400) {
            fail_msg("%s: %d", bodies[i], w->status);
        }
    }
    assert_int_equal(events_of(w), before);
    assert_null(row_of(w, 1));
    must_answer(w, 404, request_webhook_change, "1", "{}");
    must_answer(w, 404, request_webhook_rotate, "1", "");
    must_answer(w, 404, request_webhook_delete, "x", "");
}

static void test_the_log_holds_neither_the_secret_nor_the_path(void **state)
{
    struct world *w = *state;
    const struct store_query q = {.limit = 100, .newest_first = true};
    struct rows rows = {0};
    size_t seen = 0;
    must_answer(
        w, 201, request_webhooks_create, NULL, "{\"url\":\"" URL "\",\"secret\":\"" KEY "\"}");
    must_answer(w, 200, request_webhook_change, "1", "{\"url\":\"" URL "&y=2\"}");
    must_answer(w, 200, request_webhook_rotate, "1", "{\"secret\":\"" KEY "\"}");
    must_answer(w, 204, request_webhook_delete, "1", "");
    assert_int_equal(w->reader->ops->list_events(w->reader, &q, &w->arena, &rows), ERR_OK);
    for (size_t i = 0; i < rows.count; i++) {
        const struct event_row *event = rows.items[i];
        assert_null(memmem(event->facts.p, event->facts.n, "whsec", 5));
        assert_null(memmem(event->facts.p, event->facts.n, "s3cret", 6));
        seen += memmem(event->facts.p, event->facts.n, "hooks.example.com", 17) != NULL;
    }
    assert_int_equal(seen, 4);
}

static void test_there_is_a_bound_and_room_again_when_one_goes(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < OUTLETS_MAX; i++) {
        add(w);
    }
    must_answer(w, 409, request_webhooks_create, NULL, "{\"url\":\"" URL "\"}");
    must_answer(w, 204, request_webhook_delete, "20", "");
    add(w);
    assert_slice(text_of(w->answer, "id"), "21"); /* a number is never another's */
    assert_int_equal(row_of(w, 20)->secrets.n, 0);
    assert_int_equal(row_of(w, 20)->url.n, 0);
}

static void test_changes_that_share_a_commit_do_not_undo_each_other(void **state)
{
    struct world *w = *state;
    add(w);
    struct turn *one =
        world_turn(w, request_webhook_change, "1", "{\"events\":[\"incident.resolved\"]}");
    struct turn *two = world_turn(w, request_webhook_change, "1", "{\"state\":\"disabled\"}");
    assert_true(engine_submit(w->engine, one));
    assert_true(engine_submit(w->engine, two));
    world_step(w);
    assert_int_equal(one->status, 200);
    assert_int_equal(two->status, 200);
    turn_free(one);
    turn_free(two);
    assert_int_equal(row_of(w, 1)->wants, TALE_RESOLVED);
    assert_int_equal(row_of(w, 1)->state, OUTLET_DISABLED);
}

static void test_a_message_that_arrives_moves_the_cursor_and_never_back(void **state)
{
    struct world *w = *state;
    add(w);
    int64_t told = row_of(w, 1)->told;
    assert_int_equal(told, events_of(w)); /* what was before it is not its business */
    report(w, (struct outlet_report){.outlet = 1, .status = 500, .reason = SLICE("no")});
    assert_int_equal(row_of(w, 1)->told, told);
    assert_int_equal(row_of(w, 1)->attempts, 1);
    assert_int_equal(row_of(w, 1)->failing_since_us, w->now_us);
    assert_in_range(row_of(w, 1)->next_at_us, w->now_us + 4 * US_PER_S, w->now_us + 6 * US_PER_S);
    report(
        w,
        (struct outlet_report){
            .outlet = 1, .status = 429, .retry_after_us = 3600 * US_PER_S, .reason = SLICE("no")});
    assert_int_equal(row_of(w, 1)->next_at_us, w->now_us + 3600 * US_PER_S);
    report(w,
           (struct outlet_report){.outlet = 1, .arrived = true, .status = 200, .told = told + 5});
    assert_int_equal(row_of(w, 1)->told, told + 5);
    assert_int_equal(row_of(w, 1)->attempts, 0);
    assert_int_equal(row_of(w, 1)->failing_since_us, 0);
    assert_int_equal(row_of(w, 1)->next_at_us, 0);
    report(w,
           (struct outlet_report){.outlet = 1, .arrived = true, .status = 200, .told = told + 4});
    assert_int_equal(row_of(w, 1)->told, told + 5);
}

static void test_five_days_of_failure_disable_a_webhook_with_an_incident(void **state)
{
    struct world *w = *state;
    const struct outlet_report failure = {
        .outlet = 1, .status = 500, .reason = SLICE("it answered 500")};
    add(w);
    int64_t begun_us = w->now_us;
    size_t attempts = 0;
    while (row_of(w, 1)->state == OUTLET_ACTIVE) {
        assert_int_equal(open_incidents(w, "WEBHOOK-DISABLED"), 0);
        report(w, failure);
        attempts++;
        assert_true(attempts < 30);
        if (row_of(w, 1)->state == OUTLET_ACTIVE) {
            w->now_us = row_of(w, 1)->next_at_us;
        }
    }
    assert_true(w->now_us - begun_us >= OUTLET_GIVEN_UP_US);
    assert_in_range(attempts, 9, 14);
    assert_int_equal(open_incidents(w, "WEBHOOK-DISABLED"), 1);
    report(w, failure); /* one that was under way changes nothing any more */
    assert_int_equal(row_of(w, 1)->state, OUTLET_DISABLED);
    must_answer(w, 200, request_webhook_change, "1", "{\"state\":\"active\"}");
    assert_int_equal(open_incidents(w, "WEBHOOK-DISABLED"), 0);
    assert_int_equal(row_of(w, 1)->attempts, 0);
    assert_int_equal(json_type(json_get(w->answer, "failing_since")), JSON_NULL);
}

static void test_a_trial_lets_what_waits_go_but_never_counts_against_it(void **state)
{
    struct world *w = *state;
    add(w);
    report(w, (struct outlet_report){.outlet = 1, .status = 500, .reason = SLICE("no")});
    report(w,
           (struct outlet_report){
               .outlet = 1, .is_trial = true, .status = 410, .reason = SLICE("no")});
    assert_int_equal(row_of(w, 1)->state, OUTLET_ACTIVE);
    assert_int_equal(row_of(w, 1)->attempts, 1);
    int64_t told = row_of(w, 1)->told;
    report(w,
           (struct outlet_report){
               .outlet = 1, .is_trial = true, .arrived = true, .status = 200, .told = 99});
    assert_int_equal(row_of(w, 1)->told, told);
    assert_int_equal(row_of(w, 1)->next_at_us, 0);
    report(w,
           (struct outlet_report){.outlet = 77, .arrived = true, .status = 200}); /* it is gone */
}

static void test_mail_is_told_of_what_happens_while_it_is_on(void **state)
{
    struct world *w = *state;
    must_answer(w, 200, request_outlet_mail, "off", "");
    assert_null(row_of(w, 1));
    must_answer(w, 200, request_outlet_mail, "on", "");
    int64_t told = row_of(w, 1)->told;
    assert_int_equal(told, events_of(w));
    add(w);
    must_answer(w, 200, request_outlet_mail, "on", ""); /* a restart: it goes on where it was */
    assert_int_equal(row_of(w, 1)->told, told);
    must_answer(w, 200, request_outlet_mail, "off", "");
    must_answer(w, 200, request_outlet_mail, "on", "");
    assert_true(row_of(w, 1)->told > told);
    must_answer(w, 404, request_webhook_change, "1", "{}"); /* it is no webhook */
    /* A quarter of an hour in vain is worth an incident; the first mail that leaves ends it. */
    const struct outlet_report failure = {.outlet = 1, .reason = SLICE("refused")};
    report(w, failure);
    w->now_us += 899 * US_PER_S;
    report(w, failure);
    assert_int_equal(open_incidents(w, "MAIL-DOWN"), 0);
    w->now_us += US_PER_S;
    report(w, failure);
    assert_int_equal(open_incidents(w, "MAIL-DOWN"), 1);
    report(w,
           (struct outlet_report){.outlet = 1, .arrived = true, .status = 250, .told = told + 9});
    assert_int_equal(open_incidents(w, "MAIL-DOWN"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_a_webhook_is_shown_with_its_secret_once),
        world_test(test_addresses_and_keys_that_cannot_be_are_refused),
        world_test(test_the_log_holds_neither_the_secret_nor_the_path),
        world_test(test_there_is_a_bound_and_room_again_when_one_goes),
        world_test(test_changes_that_share_a_commit_do_not_undo_each_other),
        world_test(test_a_message_that_arrives_moves_the_cursor_and_never_back),
        world_test(test_five_days_of_failure_disable_a_webhook_with_an_incident),
        world_test(test_a_trial_lets_what_waits_go_but_never_counts_against_it),
        world_test(test_mail_is_told_of_what_happens_while_it_is_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
