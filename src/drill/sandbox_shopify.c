/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_shopify - the endpoint: token, version, the cost bucket, one GraphQL request and its
 * answer. */
#include "drill/sandbox_shopify.h"

#define QUERY_COST_MAX 1000
#define THOUSANDTH 1000

static void shopify_init(struct shop *shop)
{
    struct arena *arena = &shop->sandbox->arena;
    shop->points_max = shop->points_max > 0 ? shop->points_max : 2000;
    shop->points_per_s = shop->points_per_s > 0 ? shop->points_per_s : 100;
    shop->points = shop->points_max * THOUSANDTH;
    shop->points_at_us = env_mono_us(shop->sandbox->env);
    shop->location_id = arena_printf(arena, "%" PRId64, shopify_location_number(shop, 0));
    shop->source = arena_printf(arena, "%.*s.myshopify.com", SLICE_ARG(shop->code));
    shopify_subscriptions_init(shop);
}

/* ---- the bucket ---- */

static void bucket_fill(struct shop *shop)
{
    int64_t now_us = env_mono_us(shop->sandbox->env);
    int64_t gained = (now_us - shop->points_at_us) * shop->points_per_s / (US_PER_S / THOUSANDTH);
    if (gained <= 0) {
        return;
    }
    shop->points += gained;
    shop->points_at_us = now_us;
    if (shop->points > shop->points_max * THOUSANDTH) {
        shop->points = shop->points_max * THOUSANDTH;
    }
}

static void
put_cost(struct json_writer *w, const struct shop *shop, int64_t requested, int64_t actual)
{
    json_key(w, "extensions");
    json_begin_object(w);
    json_key(w, "cost");
    json_begin_object(w);
    json_field_int(w, "requestedQueryCost", requested);
    if (actual < 0) {
        json_field_null(w, "actualQueryCost");
    } else {
        json_field_int(w, "actualQueryCost", actual);
    }
    json_key(w, "throttleStatus");
    json_begin_object(w);
    json_key(w, "maximumAvailable");
    json_put_raw(w, arena_printf(&shop->sandbox->turn, "%" PRId64 ".0", shop->points_max));
    json_field_int(w, "currentlyAvailable", shop->points / THOUSANDTH);
    json_key(w, "restoreRate");
    json_put_raw(w, arena_printf(&shop->sandbox->turn, "%" PRId64 ".0", shop->points_per_s));
    json_end_object(w);
    json_end_object(w);
    json_end_object(w);
}

static void answer_json(struct call *call, int status)
{
    char id[40];
    uuid_make(call->shop->sandbox, id);
    call->status = status;
    call->headers_count = 0;
    buf_clear(call->out);
    call_header(call, "Content-Type", SLICE("application/json; charset=utf-8"));
    call_header(call, "X-Request-Id", arena_copy(&call->shop->sandbox->turn, slice_of(id)));
    call_header(call, "X-Shopify-API-Version", SLICE(SHOPIFY_VERSION));
}

static void answer_text(struct call *call, int status, const char *body)
{
    answer_json(call, status);
    buf_text(call->out, body);
}

static void answer_throttled(struct call *call, int64_t requested)
{
    answer_json(call, 200);
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    json_key(&w, "errors");
    json_put_raw(&w,
                 SLICE("[{\"message\":\"Throttled\",\"extensions\":{\"code\":\"THROTTLED\"}}]"));
    put_cost(&w, call->shop, requested, -1);
    json_end_object(&w);
}

static void shopify_throttled(struct call *call)
{
    bucket_fill(call->shop);
    answer_throttled(call, call->shop->points_max);
}

static void answer_too_costly(struct call *call, int64_t cost)
{
    answer_json(call, 200);
    buf_printf(call->out,
               "{\"errors\":[{\"message\":\"Query cost is %" PRId64 ", which exceeds the single "
               "query max cost limit (%d).\",\"extensions\":{\"code\":\"MAX_COST_EXCEEDED\","
               "\"cost\":%" PRId64 ",\"maxCost\":%d}}]}",
               cost,
               QUERY_COST_MAX,
               cost,
               QUERY_COST_MAX);
}

/* ---- one request ---- */

static void answer_errors(struct call *call, struct gql_run *run, bool with_cost, int64_t actual)
{
    answer_json(call, 200);
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    json_key(&w, "errors");
    gql_write_errors(run, &w);
    if (with_cost) {
        put_cost(&w, call->shop, run->cost, actual);
    }
    json_end_object(&w);
}

static void answer_unparsed(struct call *call,
                            struct gql_run *run,
                            const struct err_note *note,
                            struct gql_spot spot)
{
    gql_error(run,
              spot,
              "parseError",
              arena_printf(run->arena, "%s at [%d, %d]", note->text, spot.line, spot.column));
    answer_errors(call, run, false, 0);
}

static void run_checked(struct call *call, struct gql_run *run)
{
    struct shop *shop = call->shop;
    int64_t requested = run->cost > 0 ? run->cost : 1;
    if (requested > QUERY_COST_MAX) {
        answer_too_costly(call, requested);
        return;
    }
    bucket_fill(shop);
    if (requested * THOUSANDTH > shop->points) {
        shop->stats.api_throttled++;
        answer_throttled(call, requested);
        return;
    }
    answer_json(call, 200);
    run->w = json_writer(call->out);
    json_begin_object(&run->w);
    json_key(&run->w, "data");
    gql_execute(run);
    int64_t actual = run->used < requested ? (run->used > 0 ? run->used : 1) : requested;
    shop->points -= actual * THOUSANDTH; /* what was not used is given back at once */
    if (run->errors_count > 0) {
        answer_errors(call, run, true, actual);
        return;
    }
    put_cost(&run->w, shop, requested, actual);
    json_end_object(&run->w);
}

static void graphql(struct call *call)
{
    struct sandbox *sandbox = call->shop->sandbox;
    struct json root;
    struct err_note note;
    struct slice query;
    struct slice name = {0};
    if (json_parse(sandbox->doc, call->x->request.body, &root, &note)) {
        answer_text(
            call, 400, "{\"errors\":{\"query\":\"Required parameter missing or invalid\"}}");
        return;
    }
    if (!json_text(json_get(root, "query"), &query)) {
        answer_text(
            call, 400, "{\"errors\":{\"query\":\"Required parameter missing or invalid\"}}");
        return;
    }
    json_text(json_get(root, "operationName"), &name);

    struct gql_document document;
    struct gql_spot spot;
    struct gql_run *run = ARENA_NEW(&sandbox->turn, struct gql_run);
    must(run != NULL);
    run->schema = &shopify_schema;
    run->arena = &sandbox->turn;
    run->document = &document;
    run->variables = json_get(root, "variables");
    run->user = call;
    run->resolve = shopify_resolve;
    if (gql_parse(query, &sandbox->turn, &document, &note, &spot)) {
        answer_unparsed(call, run, &note, spot);
    } else if (!gql_check(run, name)) {
        answer_errors(call, run, false, 0);
    } else {
        run_checked(call, run);
    }
}

/* ---- tokens for an app on the merchant's own store ---- */

static void access_token(struct call *call)
{
    struct shop *shop = call->shop;
    struct json root;
    struct err_note note;
    struct slice id = {0};
    struct slice secret = {0};
    struct slice grant = {0};
    if (json_parse(shop->sandbox->doc, call->x->request.body, &root, &note)) {
        answer_text(call, 400, "{\"error\":\"invalid_request\"}");
        return;
    }
    json_text(json_get(root, "client_id"), &id);
    json_text(json_get(root, "client_secret"), &secret);
    json_text(json_get(root, "grant_type"), &grant);
    if (!slice_is(grant, "client_credentials")) {
        answer_text(call, 400, "{\"error\":\"unsupported_grant_type\"}");
        return;
    }
    if (!slice_equal(id, shop->token_secret) || !slice_equal(secret, shop->secret)) {
        answer_text(call, 400, "{\"error\":\"application_cannot_be_found\"}");
        return;
    }
    answer_json(call, 200);
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    json_field_text(&w, "access_token", shop->token);
    json_field_str(&w, "scope", SHOPIFY_GRANTED);
    json_field_int(&w, "expires_in", 86399);
    json_end_object(&w);
}

static void shopify_call(struct call *call)
{
    bool is_post = slice_is(call->x->request.method, "POST");
    struct slice type = call_request_header(call, "Content-Type");
    if (is_post && slice_is(call->path, "/admin/oauth/access_token")) {
        access_token(call);
        return;
    }
    if (!slice_is(call->path, "/admin/api/" SHOPIFY_VERSION "/graphql.json") || !is_post) {
        answer_text(call, 404, "{\"errors\":\"Not Found\"}");
        return;
    }
    if (call->shop->token.n == 0 ||
        !slice_equal(call_request_header(call, "X-Shopify-Access-Token"), call->shop->token)) {
        answer_text(call,
                    401,
                    "{\"errors\":\"[API] Invalid API key or access token (unrecognized login or "
                    "wrong password)\"}");
        return;
    }
    if (!slice_starts(type, "application/json")) {
        answer_text(
            call, 400, "{\"errors\":{\"query\":\"Required parameter missing or invalid\"}}");
        return;
    }
    graphql(call);
}

/* ---- the platform ---- */

static void shopify_settings(const struct shop *shop, const char *location, struct json_writer *w)
{
    json_field_text(w, "shop", shop->code);
    json_key(w, "location_map");
    json_begin_array(w);
    json_begin_object(w);
    json_field_str(w, "location", location);
    json_field_text(w, "remote", shop->location_id);
    json_end_object(w);
    json_end_array(w);
}

static void shopify_secrets(const struct shop *shop, struct json_writer *w)
{
    json_field_text(w, "webhook_secret", shop->secret);
    json_field_text(w, "access_token", shop->token);
}

static size_t shopify_remote(const struct item *item,
                             struct arena *arena,
                             struct shop_remote_field out[SHOP_REMOTE_MAX])
{
    out[0] = remote_id(arena, "product_id", item->product->id);
    out[1] = remote_id(arena, "variant_id", item->id);
    out[2] = remote_id(arena, "inventory_item_id", item->inventory_id);
    return 3;
}

/* Ids far apart, odd and beyond 2^53: a reader that keeps ids as doubles mixes neighbours up. */
const struct platform platform_shopify = {
    .name = "shopify",
    .prefix = "shopify",
    .what = "look like Shopify",
    .shops = 1,
    .ids = {.product = INT64_C(788032119674292001),
            .item = INT64_C(642667041472714001),
            .inventory = INT64_C(271878346596884001),
            .order = INT64_C(820982911946154501),
            .row = INT64_C(487817672276298501),
            .step = 2,
            .apart = INT64_C(10000000000000)},
    .trade = TRADE_EDITS | TRADE_CANCELS_UNITS | TRADE_SHIPS_PARTS,
    .init = shopify_init,
    .free = shopify_free,
    .call = shopify_call,
    .throttled = shopify_throttled,
    .order_event = shopify_order_event,
    .count_event = shopify_sells_event,
    .hook_head = shopify_hook_head,
    .hook_url = shopify_hook_url,
    .settings = shopify_settings,
    .secrets = shopify_secrets,
    .remote = shopify_remote,
};
