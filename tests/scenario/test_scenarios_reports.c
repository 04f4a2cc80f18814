/* SPDX-License-Identifier: Apache-2.0 */
/* The latency report and exposure, of the real server with shops that sell, against the pushes that
 * the API shows. */
#include "support/command.h"

#include "support/api_call.h"

#define LATE_MS 5000

static const char *const skus[] = {"TEE", "MUG", "CAP"};

struct shops {
    struct shop *web, *woo;
};

static struct shops open_shops(struct served *s)
{
    struct shops shops;
    served_start(s);
    served_location(s, "berlin");
    for (size_t i = 0; i < COUNT_OF(skus); i++) {
        served_sku(s, skus[i], 100);
    }
    shops.web = served_shop_of(
        s, (struct shop_options){.kind = SHOP_SHOPIFY, .code = "web", .retry_ms = 100});
    shops.woo = served_shop_of(
        s, (struct shop_options){.kind = SHOP_WOOCOMMERCE, .code = "woo", .retry_ms = 100});
    for (size_t i = 0; i < COUNT_OF(skus); i++) {
        served_listing(s, shops.web, skus[i], 100);
        served_listing(s, shops.woo, skus[i], 100);
    }
    UNTIL(s, 30, served_settled(s));
    return shops;
}

/* `left` of each SKU, when the shops have learned of it. */
static void sell_round(struct served *s, const struct shops *shops, int64_t left)
{
    for (size_t i = 0; i < COUNT_OF(skus); i++) {
        shop_sells_one(i % 2 ? shops->web : shops->woo, skus[i], 2);
    }
    for (size_t i = 0; i < COUNT_OF(skus); i++) {
        UNTIL(s, 30, served_stock(s, skus[i], "available") == left);
    }
    UNTIL(s, 30, served_settled(s));
}

/* ---- what the pushes of the API add up to ---- */

#define STRETCHES 4

struct sum {
    int64_t pushes, confirmed, failed, unknown, measured, late;
    double longest[STRETCHES];
};

static double real_of(struct json v)
{
    struct arena arena;
    arena_init(&arena, 4096);
    struct slice text = json_copy_text(v, &arena);
    double n = text.n ? strtod(text.p, NULL) : -1;
    arena_free(&arena);
    return n;
}

static void add_push(struct sum *sum, struct json push)
{
    static const char *const names[STRETCHES] = {
        "their_event_to_receipt", "receipt_to_commit", "commit_to_send", "send_to_confirmation"};
    struct slice state = said_text(push, "state");
    bool is_good = slice_is(state, "confirmed");
    sum->pushes++;
    sum->confirmed += is_good;
    sum->failed += slice_is(state, "failed");
    sum->unknown += slice_is(state, "unknown");
    if (!is_good || said_text(push, "happened_at").n == 0) {
        return;
    }
    int64_t happened = 0, answered = 0;
    assert_true(time_parse_rfc3339(said_text(push, "happened_at"), &happened));
    assert_true(time_parse_rfc3339(said_text(push, "answered_at"), &answered));
    sum->measured++;
    sum->late += answered - happened > LATE_MS * US_PER_MS;
    for (size_t i = 0; i < STRETCHES; i++) {
        double ms = real_of(json_get(json_get(push, "latency_ms"), names[i]));
        sum->longest[i] = ms > sum->longest[i] ? ms : sum->longest[i];
    }
}

/* All pushes of the channel in the range (its query, or ""), page by page. */
static struct sum sum_pushes(struct served *s, const char *channel, const char *range)
{
    struct sum sum = {0};
    char cursor[32] = "";
    do {
        GET(s,
            "/v1/pushes?channel=%s&limit=2%s%s%s",
            channel,
            range,
            cursor[0] ? "&cursor=" : "",
            cursor);
        for (struct json_iter i = json_iter(json_get(s->json, "items")); json_next(&i);) {
            add_push(&sum, i.value);
        }
        snprintf(cursor, sizeof(cursor), "%.*s", SLICE_ARG(said_text(s->json, "next")));
    } while (cursor[0]);
    return sum;
}

static struct json channel_in(struct json report, const char *code)
{
    for (struct json_iter i = json_iter(json_get(report, "channels")); json_next(&i);) {
        if (slice_is(said_text(i.value, "channel"), code)) {
            return i.value;
        }
    }
    return (struct json){0};
}

static struct json stage_in(struct json channel, const char *stage)
{
    for (struct json_iter i = json_iter(json_get(channel, "stages")); json_next(&i);) {
        if (slice_is(said_text(i.value, "stage"), stage)) {
            return i.value;
        }
    }
    fail_msg("no stage %s", stage);
    return (struct json){0};
}

static int64_t assert_report_agrees(struct served *s, const char *code, const char *range)
{
    static const char *const stages[STRETCHES] = {"theirs_in", "commit", "send", "theirs_out"};
    struct sum sum = sum_pushes(s, code, range);
    GET(s, "/v1/reports/latency?channel=%s%s", code, range);
    struct json channel = channel_in(s->json, code);
    assert_true(json_count(json_get(s->json, "channels")) == (sum.pushes > 0));
    if (sum.pushes == 0) {
        return 0;
    }
    assert_int_equal(said_int(channel, "pushes"), sum.pushes);
    assert_int_equal(said_int(channel, "confirmed"), sum.confirmed);
    assert_int_equal(said_int(channel, "failed"), sum.failed);
    assert_int_equal(said_int(channel, "unknown"), sum.unknown);
    assert_int_equal(said_int(channel, "late"), sum.late);
    assert_int_equal(said_int(stage_in(channel, "total"), "count"), sum.measured);
    for (size_t i = 0; i < STRETCHES && sum.measured; i++) {
        struct json stage = stage_in(channel, stages[i]);
        double longest = real_of(json_get(stage, "max"));
        assert_int_equal(said_int(stage, "count"), sum.measured);
        assert_true(longest == sum.longest[i]);
        assert_true(real_of(json_get(stage, "p50")) <= real_of(json_get(stage, "p95")));
        assert_true(real_of(json_get(stage, "p99")) <= longest);
    }
    return sum.pushes;
}

static void moment(struct served *s, char out[TIME_TEXT_MAX])
{
    served_run(s, 20 * US_PER_MS);
    time_format(env_wall_us(s->env), out);
    served_run(s, 20 * US_PER_MS);
}

static void test_the_report_agrees_with_the_pushes_and_honours_from_and_to(void **state)
{
    struct served *s = *state;
    struct shops shops = open_shops(s);
    char between[TIME_TEXT_MAX], from[64], to[64];
    static const char *const codes[] = {"web", "woo"};
    sell_round(s, &shops, 98);
    moment(s, between);
    sell_round(s, &shops, 96);
    snprintf(from, sizeof(from), "&from=%s", between);
    snprintf(to, sizeof(to), "&to=%s", between);
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        int64_t before = assert_report_agrees(s, codes[i], to);
        int64_t after = assert_report_agrees(s, codes[i], from);
        int64_t all = assert_report_agrees(s, codes[i], "");
        assert_true(before > 0 && after > 0);
        assert_int_equal(before + after, all);
    }
    GET(s, "/v1/reports/latency?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z");
    assert_int_equal(json_count(json_get(s->json, "channels")), 0);
    GET(s, "/v1/reports/latency");
    assert_int_equal(json_count(json_get(s->json, "channels")), 2);
    assert_int_equal(json_count(json_get(channel_in(s->json, "web"), "days")), 0);
    char week[TIME_TEXT_MAX];
    time_format(env_wall_us(s->env) - 7 * 24 * 3600 * US_PER_S, week);
    GET(s, "/v1/reports/latency?from=%s", week);
    assert_in_range(json_count(json_get(channel_in(s->json, "web"), "days")), 1, 2);
    served_end(s);
}

static void test_times_that_cannot_be_are_refused_by_name(void **state)
{
    struct served *s = *state;
    static const struct {
        const char *query, *field, *detail;
        int status;
    } wrong[] = {
        {"from=yesterday", "from", "RFC 3339", 400},
        {"to=2026-13-01T00:00:00Z", "to", "RFC 3339", 400},
        {"from=", "from", "leave it out", 400},
        {"from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z", "from", "before to", 400},
        {"from=2026-11-01T00:00:00Z&to=2026-11-01T00:00:00Z", "from", "before to", 400},
        {"from=2100-01-01T00:00:00Z", "from", "before to", 400},
        {"from=2026-10-01T00:00:00Z&to=2026-11-01T00:00:00.001Z", "from", "at most 31 days", 400},
        {"format=pdf", "format", "json, html", 400},
        {"day=today", "day", "from, to, channel, format", 400},
        {"channel=nowhere", NULL, "no channel 'nowhere'", 404},
    };
    served_start(s);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        served_get(s, "/v1/reports/latency?%s", wrong[i].query);
        served_wanted(s, wrong[i].status, __FILE__, __LINE__);
        struct slice detail = said_text(s->json, "detail");
        if (!memmem(detail.p, detail.n, wrong[i].detail, strlen(wrong[i].detail))) {
            fail_msg("%s: %.*s", wrong[i].query, SLICE_ARG(detail));
        }
        assert_slice(said_text(s->json, "field"), wrong[i].field ? wrong[i].field : "");
    }
    GET(s, "/v1/reports/latency?from=2026-10-01T00:00:00Z&to=2026-11-01T00:00:00Z");
    served_get(s, "/v1/exposure?limit=0");
    served_wanted(s, 400, __FILE__, __LINE__);
    served_get(s, "/v1/exposure?channel=nowhere");
    served_wanted(s, 404, __FILE__, __LINE__);
    served_end(s);
}

/* ---- as a page ---- */

static bool has(struct slice text, const char *part)
{
    return memmem(text.p, text.n, part, strlen(part)) != NULL;
}

static void ask_as(struct served *s, const char *path, const char *accept)
{
    const struct http_header headers[] = {{SLICE("Authorization"), SLICE("Bearer " CHILD_TOKEN)},
                                          {SLICE("Accept"), slice_of(accept)}};
    served_send(s, "GET", slice_of(path), headers, COUNT_OF(headers), (struct slice){0});
    served_wanted(s, 200, __FILE__, __LINE__);
}

static void test_a_browser_gets_a_page_and_a_program_gets_json(void **state)
{
    struct served *s = *state;
    const char *browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    struct shops shops = open_shops(s);
    sell_round(s, &shops, 98);
    ask_as(s, "/v1/reports/latency", browser);
    assert_true(slice_starts(s->text, "<!doctype html>") && slice_ends(s->text, "</html>\n"));
    assert_true(has(s->text, "<h2>web</h2>") && has(s->text, "<h2>woo</h2>"));
    assert_true(has(s->text, "<svg") && !has(s->text, "<script") && !has(s->text, "://"));
    ask_as(s, "/v1/reports/latency?format=json", browser);
    assert_int_equal(json_count(json_get(s->json, "channels")), 2);
    ask_as(s, "/v1/reports/latency", "*/*");
    assert_int_equal(json_count(json_get(s->json, "channels")), 2);
    ask_as(s, "/v1/reports/latency?format=html&channel=woo", "application/json");
    assert_true(has(s->text, "<h2>woo</h2>") && !has(s->text, "<h2>web</h2>"));
    struct reply reply =
        call(s,
             (struct call){
                 .token = CHILD_TOKEN, .method = "GET", .path = "/v1/reports/latency?format=html"});
    assert_slice(reply.type, "text/html; charset=utf-8");
    ask_as(s, "/v1/reports/shadow/woo", browser);
    assert_true(slice_starts(s->text, "<!doctype html>") && slice_ends(s->text, "</html>\n"));
    assert_true(has(s->text, "not ready to be taken over: ") && !has(s->text, "<script"));
    ask_as(s, "/v1/reports/shadow/woo?format=json", browser);
    assert_non_null(said_text(s->json, "missing").p);
    ask_as(s, "/v1/reports/shadow/woo?format=html", "application/json");
    assert_true(has(s->text, "What shadow mode has shown of &#39;woo&#39;"));
    served_get(s, "/v1/reports/latency?format=html"); /* refusals stay problems */
    reply = call(s, (struct call){.method = "GET", .path = "/v1/reports/latency?format=html"});
    assert_problem(s, &reply, 401);
    served_end(s);
}

/* ---- exposure ---- */

static struct json exposure_of_channel(struct served *s, const char *sku, const char *channel)
{
    GET(s, "/v1/availability/%s", sku);
    for (struct json_iter i = json_iter(json_get(s->json, "listings")); json_next(&i);) {
        if (slice_is(said_text(i.value, "channel"), channel)) {
            return json_get(i.value, "exposure");
        }
    }
    fail_msg("'%s' does not list %s", channel, sku);
    return (struct json){0};
}

static void test_exposure_follows_what_other_channels_sell(void **state)
{
    struct served *s = *state;
    struct shops shops = open_shops(s);
    struct json e = exposure_of_channel(s, "TEE", "web");
    assert_int_equal(said_int(e, "others_sold"), 0);
    assert_true(real_of(json_get(e, "units")) == 0);
    assert_int_equal(said_int(e, "suggested_buffer"), 0);
    shop_sells_one(shops.woo, "TEE", 60);
    shop_sells_one(shops.web, "MUG", 5);
    UNTIL(s, 30, served_stock(s, "TEE", "available") == 40 && served_settled(s));
    UNTIL(s, 30, served_stock(s, "MUG", "available") == 95 && served_settled(s));
    e = exposure_of_channel(s, "TEE", "web");
    assert_int_equal(said_int(e, "others_sold"), 60);
    assert_int_equal(said_int(e, "window_s"), 3600); /* a young SKU: its first hour */
    assert_int_equal(said_int(e, "suggested_buffer"), 1);
    double demand = real_of(json_get(e, "demand"));
    double wanted = 60.0 / 3600 * real_of(json_get(e, "propagation_ms")) / 1000;
    assert_true(demand > wanted * 0.999 && demand < wanted * 1.001);
    assert_true(has(said_text(e, "reason"), "Other channels sold 60"));
    assert_int_equal(said_int(exposure_of_channel(s, "TEE", "woo"), "others_sold"), 0);

    GET(s, "/v1/exposure?limit=1");
    struct json first = said_at(json_get(s->json, "items"), 0);
    assert_slice(said_text(first, "sku"), "TEE");
    assert_slice(said_text(first, "channel"), "web");
    assert_slice(said_text(s->json, "next"), "1");
    GET(s, "/v1/exposure?limit=1&cursor=1");
    assert_slice(said_text(said_at(json_get(s->json, "items"), 0), "sku"), "MUG");
    assert_slice(said_text(said_at(json_get(s->json, "items"), 0), "channel"), "woo");
    GET(s, "/v1/exposure?channel=woo");
    for (struct json_iter i = json_iter(json_get(s->json, "items")); json_next(&i);) {
        assert_slice(said_text(i.value, "channel"), "woo");
    }
    assert_int_equal(json_count(json_get(s->json, "items")), 2);
    /* Nothing of it is applied by itself. */
    GET(s, "/v1/skus/TEE");
    assert_int_equal(json_type(json_get(s->json, "buffer")), JSON_NULL);
    WRITE(s, 200, "PATCH", "/v1/skus/TEE", "{'buffer':1}");
    e = exposure_of_channel(s, "TEE", "web");
    assert_int_equal(said_int(e, "buffer"), 1);
    assert_true(real_of(json_get(e, "units")) == 0);
    assert_true(real_of(json_get(e, "demand")) == demand);
    served_end(s);
}

/* ---- commands: with a server and without ---- */

static void want_commands(struct command *c)
{
    char file[128];
    snprintf(file, sizeof(file), "%s/latency.html", c->s->directory);
    (void)unlink(file);
    WANT_RUN(c, 0, "web: ", NULL, "report", "latency");
    assert_non_null(strstr(c->out, "theirs_out"));
    WANT_RUN(c, 0, "Nothing was pushed", NULL, "report", "latency", "--to", "2020-01-01T00:00:00Z");
    WANT_RUN(c, 0, "{\"from\":\"", NULL, "report", "latency", "--json", "--channel", "woo");
    WANT_RUN(c, 0, "", NULL, "report", "latency", "--html", file);
    char *page = file_text(file);
    assert_true(slice_starts(slice_of(page), "<!doctype html>"));
    assert_true(slice_ends(slice_of(page), "</html>\n"));
    free(page);
    WANT_RUN(c, 0, "<h2>web</h2>", NULL, "report", "latency", "--html", "-");
    WANT_RUN(c, 2, NULL, "RFC 3339", "report", "latency", "--from", "noon");
    WANT_RUN(c, 2, NULL, "RFC 3339", "report", "latency", "--from", "noon", "--html", file);
    WANT_RUN(c, 1, NULL, "cannot write", "report", "latency", "--html", "/nowhere/at/all");
    WANT_RUN(c, 2, NULL, "exclude", "report", "latency", "--html", file, "--json");
    WANT_RUN(c, 2, NULL, "there is no 'sales'", "report", "sales");
    WANT_RUN(c, 0, "suggested", NULL, "exposure");
    assert_non_null(strstr(c->out, "CAP"));
    WANT_RUN(c, 0, "{\"items\":[{\"listing\":", NULL, "exposure", "--json", "--channel", "web");
    WANT_RUN(c, 0, "Other channels sold", NULL, "exposure", "CAP", "--channel", "web");
    WANT_RUN(c, 1, NULL, "no SKU", "exposure", "NOPE");
}

static void test_commands_show_the_same_with_a_server_and_without(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    struct shops shops = open_shops(s);
    sell_round(s, &shops, 98);
    want_commands(&c);
    served_stop(s);
    want_commands(&c);
    command_free(&c);
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_the_report_agrees_with_the_pushes_and_honours_from_and_to),
        SCENARIO(test_times_that_cannot_be_are_refused_by_name),
        SCENARIO(test_a_browser_gets_a_page_and_a_program_gets_json),
        SCENARIO(test_exposure_follows_what_other_channels_sell),
        SCENARIO(test_commands_show_the_same_with_a_server_and_without),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
