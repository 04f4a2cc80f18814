/* SPDX-License-Identifier: Apache-2.0 */
/* A range of kept deliveries replayed: what the dry run shows is what is booked, and only once. */
#include "support/request_world.h"

#include "base/compress.h"
#include "engine/replay.h"
#include "intake/delivery_turn.h"
#include "intake/replays.h"

#define WAIT_MAX 20000 /* times half a millisecond */

struct stage {
    struct world *w; /* first: world_close frees it */
    struct replays *replays;
    struct json_doc *doc;
    struct compressor *compressor;
    size_t fetches;
    int64_t job; /* the last one */
};

static struct stage stage;

static const struct vault vault = {.key = {9}};

static void on_fetch(void *arg,
                     struct channel_id channel,
                     const struct fetch *fetches,
                     size_t count,
                     int64_t delay_us)
{
    (void)channel;
    (void)fetches;
    (void)delay_us;
    ((struct stage *)arg)->fetches += count;
}

static int furnish_on(void **state, bool in_memory)
{
    if (world_open_on(state, in_memory)) {
        return -1;
    }
    struct world *w = *state;
    must_answer(w,
                201,
                request_locations_create,
                NULL,
                "{\"items\":[{\"code\":\"berlin\"},{\"code\":\"paris\"}]}");
    must_answer(
        w, 201, request_skus_create, NULL, "{\"items\":[{\"sku\":\"TEE\"},{\"sku\":\"MUG\"}]}");
    must_answer(w,
                201,
                request_channels_create,
                NULL,
                "{\"code\":\"shop\",\"connector\":\"api\",\"mode\":\"live\","
                "\"secrets\":{\"webhook_secret\":\"whsec_MDEyMzQ1Njc4OWFiY2RlZg==\"}}");
    must_answer(w,
                201,
                request_movements_create,
                NULL,
                "{\"movements\":[{\"kind\":\"receive\",\"sku\":\"TEE\",\"location\":\"berlin\","
                "\"quantity\":3},{\"kind\":\"receive\",\"sku\":\"TEE\",\"location\":\"paris\","
                "\"quantity\":9}]}");
    stage = (struct stage){.w = w, .doc = json_doc_new(), .compressor = compressor_new()};
    const struct replays_config config = {
        .env = &w->env, .engine = w->engine, .vault = &vault, .on_fetch = on_fetch, .arg = &stage};
    assert_int_equal(replays_new(&config, &stage.replays), ERR_OK);
    return 0;
}

static int on_sqlite(void **state)
{
    return furnish_on(state, false);
}

static int on_memory(void **state)
{
    return furnish_on(state, true);
}

static int strike(void **state)
{
    struct world *w = stage.w;
    replays_stop(stage.replays);
    world_step(w);
    replays_free(stage.replays);
    json_doc_free(stage.doc);
    compressor_free(stage.compressor);
    return world_close(state);
}

/* ---- deliveries ---- */

enum reading { AS_IT_IS, BY_A_BLIND_CONNECTOR };

static void deliver(struct world *w, const char *body, enum reading reading)
{
    struct turn *turn = turn_new(TURN_DELIVERY, world_kept, NULL);
    struct config *config = NULL;
    assert_int_equal(config_load(w->reader, &vault, &config), ERR_OK);
    const struct delivery_maker maker = {
        .env = &w->env, .vault = &vault, .parser = stage.doc, .compressor = stage.compressor};
    const struct hook hook = {.method = SLICE("POST"),
                              .topic = SLICE("orders"),
                              .body = slice_of(body),
                              .received_at_us = w->now_us};
    assert_int_equal(delivery_turn_fill(&maker, &config->channels[0], &hook, SLICE("orders"), turn),
                     ERR_OK);
    if (reading == BY_A_BLIND_CONNECTOR) {
        turn->facts = (struct facts){.unreadable = "a field nobody knew"};
    }
    assert_true(engine_submit(w->engine, turn));
    world_step(w);
    assert_int_equal(turn->err, ERR_OK);
    turn_free(turn);
    config_free(config);
    w->now_us += US_PER_S;
}

#define ORDER(id, version, line)                                                                   \
    "{\"id\":\"" id "\",\"version\":\"" version "\",\"lines\":[{\"id\":\"1\"," line "}]}"

static const struct delivery_row *delivery(struct world *w, int64_t n)
{
    struct delivery_row *row = NULL;
    assert_int_equal(w->reader->ops->delivery(w->reader, n, &w->arena, &row), ERR_OK);
    assert_non_null(row);
    return row;
}

/* ---- jobs ---- */

static struct job_row *job_of(struct world *w)
{
    struct job_row *job = NULL;
    assert_int_equal(w->reader->ops->job(w->reader, stage.job, &w->arena, &job), ERR_OK);
    assert_non_null(job);
    return job;
}

static bool is_open(const struct job_row *job)
{
    return slice_is(job->state, "queued") || slice_is(job->state, "running");
}

/* Asks for it; the answer's status. */
static int begin(struct world *w, const char *body)
{
    struct turn *turn = world_turn(w, request_replays_create, NULL, body);
    turn->token_name = SLICE("ana");
    assert_true(engine_submit(w->engine, turn));
    world_step(w);
    world_read_answer(w, turn);
    if (turn->replay) {
        stage.job = turn->replay->job;
        replays_start(stage.replays, turn->replay);
    }
    turn_free(turn);
    return w->status;
}

/* To its end; its result is the world's answer. */
static struct json run(struct world *w, const char *body)
{
    struct err_note note;
    if (begin(w, body) != 202) {
        fail_msg("refused: %.*s", SLICE_ARG(w->text));
    }
    for (int i = 0; i < WAIT_MAX && is_open(job_of(w)); i++) {
        world_step(w);
        usleep(500);
    }
    const struct job_row *job = job_of(w);
    if (!slice_is(job->state, "done")) {
        fail_msg("the job is %.*s: %.*s", SLICE_ARG(job->state), SLICE_ARG(job->error));
    }
    assert_int_equal(json_parse(w->doc, job->result, &w->answer, &note), ERR_OK);
    return w->answer;
}

static void put_line(void *arg, struct slice text)
{
    buf_slice(arg, text);
    buf_char(arg, '\n');
}

static char *canonical(struct world *w)
{
    struct buf out;
    struct err_note note;
    buf_init(&out, (size_t)1 << 24);
    assert_int_equal(store_dump(w->reader, put_line, &out, &note), ERR_OK);
    struct slice copy = arena_copy(&w->arena, buf_view(&out));
    buf_free(&out);
    return (char *)(uintptr_t)copy.p;
}

/* ---- tests ---- */

#define EVERYTHING "\"channel\":\"shop\""

static void test_replaying_everything_twice_changes_nothing(void **state)
{
    struct world *w = *state;
    deliver(w, ORDER("o1", "1", "\"sku\":\"TEE\",\"ordered\":2"), AS_IT_IS);
    deliver(w, ORDER("o2", "1", "\"sku\":\"TEE\",\"ordered\":1"), AS_IT_IS);
    deliver(w, ORDER("o1", "2", "\"sku\":\"TEE\",\"ordered\":2,\"fulfilled\":2"), AS_IT_IS);
    deliver(w, ORDER("o1", "1", "\"sku\":\"TEE\",\"ordered\":2"), AS_IT_IS); /* the same bytes */
    const char *before = canonical(w);
    for (int i = 0; i < 2; i++) {
        struct json result = run(w, "{" EVERYTHING ",\"reason\":\"after a fix\"}");
        assert_int_equal(int_of(result, "seen"), 4);
        assert_int_equal(int_of(result, "unchanged"), 4);
        assert_int_equal(int_of(result, "movements"), 0);
        assert_string_equal(canonical(w), before);
    }
    assert_int_equal(delivery(w, 1)->state, DELIVERY_APPLIED); /* what it did is not forgotten */
    assert_int_equal(delivery(w, 4)->state, DELIVERY_DUPLICATE);
}

static void test_a_dry_run_shows_what_applying_the_range_then_books(void **state)
{
    struct world *w = *state;
    deliver(w, ORDER("o1", "1", "\"sku\":\"TEE\",\"ordered\":2"), BY_A_BLIND_CONNECTOR);
    deliver(w, ORDER("o2", "1", "\"sku\":\"TEE\",\"ordered\":3"), BY_A_BLIND_CONNECTOR);
    deliver(w, ORDER("o1", "2", "\"sku\":\"TEE\",\"ordered\":3"), BY_A_BLIND_CONNECTOR);
    deliver(w, ORDER("o3", "1", "\"sku\":\"MUG\",\"ordered\":1"), BY_A_BLIND_CONNECTOR);
    const char *before = canonical(w);
    int64_t events = events_of(w);
    struct json result = run(w, "{" EVERYTHING ",\"dry_run\":true}");
    struct slice shown = job_of(w)->review;
    assert_int_equal(int_of(result, "movements"), 4);
    assert_int_equal(int_of(result, "orders"), 3);
    assert_slice(json_copy_text(json_get(result, "skus"), &w->arena),
                 "[{\"sku\":\"TEE\",\"available\":-6,\"reserved\":6,\"unavailable\":0},"
                 "{\"sku\":\"MUG\",\"available\":-1,\"reserved\":1,\"unavailable\":0}]");
    assert_string_equal(canonical(w), before);
    assert_int_equal(events_of(w), events + 2); /* that it was asked for, and ended */
    assert_int_equal(delivery(w, 1)->state, DELIVERY_PARKED);

    result = run(w, "{" EVERYTHING ",\"reason\":\"the connector reads it now\"}");
    assert_int_equal(int_of(result, "applied"), 4);
    assert_slice(shown, job_of(w)->review.p);
    assert_int_equal(stock_of(w, "TEE", "berlin").reserved + stock_of(w, "TEE", "paris").reserved,
                     6);
    assert_int_equal(delivery(w, 1)->state, DELIVERY_APPLIED);
    result = run(w, "{" EVERYTHING ",\"dry_run\":true}");
    assert_int_equal(int_of(result, "movements"), 0);
}

/* Neither is decisive: the order is asked for again, and nothing is booked twice. */
static void test_two_contents_of_one_version_stay_a_tie_and_book_nothing(void **state)
{
    struct world *w = *state;
    deliver(w, ORDER("o1", "1", "\"sku\":\"TEE\",\"ordered\":2"), AS_IT_IS);
    deliver(w, ORDER("o1", "1", "\"sku\":\"TEE\",\"ordered\":3"), AS_IT_IS);
    const char *before = canonical(w);
    stage.fetches = 0;
    struct json result = run(w, "{" EVERYTHING ",\"reason\":\"a tie\"}");
    assert_int_equal(int_of(result, "unchanged"), 2);
    assert_int_equal(int_of(result, "fetches"), (int64_t)stage.fetches);
    assert_string_equal(canonical(w), before);
    result = run(w, "{" EVERYTHING ",\"dry_run\":true}");
    assert_int_equal(int_of(result, "unchanged"), 2);
}

static void test_a_line_that_waits_for_a_listing_goes_on_waiting(void **state)
{
    struct world *w = *state;
    deliver(w, ORDER("o1", "1", "\"sku\":\"NEW\",\"ordered\":2"), AS_IT_IS);
    assert_int_equal(delivery(w, 1)->state, DELIVERY_PARKED);
    (void)run(w, "{\"state\":\"parked\",\"reason\":\"perhaps\"}");
    assert_int_equal(delivery(w, 1)->state, DELIVERY_PARKED);
    must_answer(w, 201, request_skus_create, NULL, "{\"sku\":\"NEW\"}"); /* books it */
    assert_int_equal(delivery(w, 1)->state, DELIVERY_APPLIED);
    const char *before = canonical(w);
    struct json result = run(w, "{" EVERYTHING ",\"reason\":\"to be sure\"}");
    assert_int_equal(int_of(result, "unchanged"), 1);
    assert_string_equal(canonical(w), before);
}

static void test_a_replay_keeps_to_its_filter(void **state)
{
    struct world *w = *state;
    char body[128], stamp[TIME_TEXT_MAX];
    deliver(w, ORDER("o1", "1", "\"sku\":\"TEE\",\"ordered\":1"), BY_A_BLIND_CONNECTOR);
    struct slice at = time_format(w->now_us, stamp);
    deliver(w, ORDER("o2", "1", "\"sku\":\"TEE\",\"ordered\":1"), BY_A_BLIND_CONNECTOR);
    deliver(w, ORDER("o3", "1", "\"sku\":\"TEE\",\"ordered\":1"), AS_IT_IS);
    assert_int_equal(int_of(run(w, "{\"order\":\"o3\",\"dry_run\":true}"), "seen"), 1);
    assert_int_equal(int_of(run(w, "{\"state\":\"parked\",\"dry_run\":true}"), "seen"), 2);
    assert_int_equal(int_of(run(w, "{\"delivery\":\"2\",\"dry_run\":true}"), "seen"), 1);
    assert_int_equal(
        int_of(run(w, "{" EVERYTHING ",\"topic\":\"refunds\",\"dry_run\":true}"), "seen"), 0);
    (void)snprintf(body, sizeof(body), "{\"from\":\"%.*s\",\"dry_run\":true}", SLICE_ARG(at));
    assert_int_equal(int_of(run(w, body), "seen"), 2);
    (void)snprintf(body, sizeof(body), "{\"to\":\"%.*s\",\"reason\":\"half\"}", SLICE_ARG(at));
    assert_int_equal(int_of(run(w, body), "applied"), 1);
    assert_int_equal(delivery(w, 2)->state, DELIVERY_PARKED);
}

static void test_what_was_erased_is_counted_and_left_alone(void **state)
{
    struct world *w = *state;
    deliver(w, ORDER("o1", "1", "\"sku\":\"TEE\",\"ordered\":1"), BY_A_BLIND_CONNECTOR);
    must_answer(w, 204, requests_erase_bodies, "9999999999999999", "");
    struct json result = run(w, "{" EVERYTHING ",\"reason\":\"too late\"}");
    assert_int_equal(int_of(result, "without_body"), 1);
    assert_int_equal(delivery(w, 1)->state, DELIVERY_PARKED);
}

static void test_a_channel_that_is_off_is_passed_over(void **state)
{
    struct world *w = *state;
    deliver(w, ORDER("o1", "1", "\"sku\":\"TEE\",\"ordered\":1"), BY_A_BLIND_CONNECTOR);
    must_answer(w, 200, request_channel_change, "shop", "{\"mode\":\"off\"}");
    assert_int_equal(int_of(run(w, "{" EVERYTHING ",\"reason\":\"off\"}"), "skipped"), 1);
    assert_int_equal(stock_of(w, "TEE", "berlin").reserved, 0);
}

static void test_the_log_says_who_replayed_what_and_why(void **state)
{
    struct world *w = *state;
    deliver(w, ORDER("o1", "1", "\"sku\":\"TEE\",\"ordered\":1"), AS_IT_IS);
    (void)run(w, "{" EVERYTHING ",\"reason\":\"a lost morning\"}");
    struct rows rows = {0};
    const struct store_query q = {.limit = 2, .newest_first = true, .state = -1};
    assert_int_equal(w->reader->ops->list_events(w->reader, &q, &w->arena, &rows), ERR_OK);
    const struct event_row *ended = rows.items[0], *asked = rows.items[1];
    assert_slice(ended->kind, "replay_ended");
    assert_slice(asked->kind, "replay");
    assert_slice(asked->facts,
                 "{\"token\":7,\"name\":\"ana\",\"request\":{\"channel\":\"shop\","
                 "\"reason\":\"a lost morning\"}}");
}

static void test_a_replay_wants_a_range_and_a_reason(void **state)
{
    static const char *const wrong[] = {
        "{\"reason\":\"all of it\"}",
        "{" EVERYTHING "}",
        "{" EVERYTHING ",\"dry_run\":true,\"until\":\"2026-01-01T00:00:00Z\"}",
        "{\"from\":\"2026-01-02T00:00:00Z\",\"to\":\"2026-01-01T00:00:00Z\",\"dry_run\":true}",
        "{\"state\":\"lost\",\"dry_run\":true}",
        "{\"order\":\"o1\",\"pushes\":true,\"reason\":\"both\"}",
    };
    struct world *w = *state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        if (begin(w, wrong[i]) != 400) {
            fail_msg("%s: %d", wrong[i], w->status);
        }
    }
    assert_int_equal(begin(w, "{\"channel\":\"none\",\"dry_run\":true}"), 422);
    assert_int_equal(begin(w, "{\"delivery\":\"77\",\"dry_run\":true}"), 422);
}

static void test_a_cancelled_replay_ends_and_makes_room_for_another(void **state)
{
    struct world *w = *state;
    char id[24];
    for (int i = 0; i < 200; i++) {
        char body[200];
        (void)snprintf(body, sizeof(body), ORDER("o%d", "1", "\"sku\":\"TEE\",\"ordered\":1"), i);
        deliver(w, body, BY_A_BLIND_CONNECTOR);
    }
    assert_int_equal(begin(w, "{" EVERYTHING ",\"reason\":\"all\"}"), 202);
    assert_int_equal(begin(w, "{" EVERYTHING ",\"reason\":\"again\"}"), 409);
    (void)snprintf(id, sizeof(id), "%" PRId64, stage.job);
    must_answer(w, 200, request_job_cancel, id, "");
    assert_slice(text_of(w->answer, "state"), "cancelled");
    must_answer(w, 200, request_job_cancel, id, "");
    assert_slice(text_of(w->answer, "state"), "cancelled");
    struct json result = run(w, "{" EVERYTHING ",\"reason\":\"again\"}");
    assert_int_equal(int_of(result, "seen"), 200);
    assert_int_equal(int_of(result, "failed"), 0);
    assert_int_equal(stock_of(w, "TEE", "berlin").reserved + stock_of(w, "TEE", "paris").reserved,
                     200);
}

static void test_a_stop_ends_the_job_and_says_where(void **state)
{
    struct world *w = *state;
    deliver(w, ORDER("o1", "1", "\"sku\":\"TEE\",\"ordered\":1"), BY_A_BLIND_CONNECTOR);
    assert_int_equal(begin(w, "{" EVERYTHING ",\"reason\":\"all\"}"), 202);
    replays_stop(stage.replays); /* before the writer has done anything of it */
    world_step(w);
    const struct job_row *job = job_of(w);
    assert_slice(job->state, "failed");
    assert_true(slice_starts(job->error, "the server stopped after "));
}

static void test_pushes_of_a_range_are_looked_at_again(void **state)
{
    struct world *w = *state;
    struct turn *turn = world_turn(w, request_replay_pushes, NULL, "");
    struct replay_listings *listings = ARENA_NEW(&turn->arena, struct replay_listings);
    must_answer(w, 201, request_listings_create, NULL, "{\"channel\":\"shop\",\"sku\":\"TEE\"}");
    *listings = (struct replay_listings){.ids = {1, 77}, .count = 2};
    turn->owner = listings;
    w->hints = 0;
    assert_true(engine_submit(w->engine, turn));
    world_step(w);
    assert_int_equal(turn->err, ERR_OK);
    assert_int_equal(listings->hinted, 1); /* the other is gone */
    assert_int_equal(w->hints, 1);
    turn_free(turn);
    assert_int_equal(int_of(run(w, "{" EVERYTHING ",\"pushes\":true,\"dry_run\":true}"), "seen"),
                     0); /* nothing was pushed yet */
}

#define ON_BOTH(test)                                                                              \
    {#test ", SQLite", (test), on_sqlite, strike, NULL},                                           \
    {                                                                                              \
#test ", memory", (test), on_memory, strike, NULL                                          \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_replaying_everything_twice_changes_nothing),
        ON_BOTH(test_a_dry_run_shows_what_applying_the_range_then_books),
        ON_BOTH(test_two_contents_of_one_version_stay_a_tie_and_book_nothing),
        ON_BOTH(test_a_line_that_waits_for_a_listing_goes_on_waiting),
        ON_BOTH(test_a_replay_keeps_to_its_filter),
        ON_BOTH(test_what_was_erased_is_counted_and_left_alone),
        ON_BOTH(test_a_channel_that_is_off_is_passed_over),
        ON_BOTH(test_the_log_says_who_replayed_what_and_why),
        ON_BOTH(test_a_replay_wants_a_range_and_a_reason),
        ON_BOTH(test_a_cancelled_replay_ends_and_makes_room_for_another),
        ON_BOTH(test_a_stop_ends_the_job_and_says_where),
        ON_BOTH(test_pushes_of_a_range_are_looked_at_again),
    };
    if (crypto_init()) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
