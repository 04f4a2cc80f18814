/* SPDX-License-Identifier: Apache-2.0 */
#include "channels/shopify/graphql.h"
#include "channels/shopify/shopify.h"

#define REASON_MAX 160

enum err graphql_request(const struct account *account,
                         const char *query,
                         struct buf *variables,
                         struct arena *arena,
                         struct http_request *out)
{
    ON_EXIT(buf_free) struct buf body = {0};
    const struct shopify_config *config = shopify_config(account);

    buf_init(&body, GRAPHQL_BODY_MAX);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w);
    json_field_str(&w, "query", query);
    json_field_raw(&w, "variables", buf_view(variables));
    json_end_object(&w);
    bool fits = !variables->overflow && !body.overflow;
    buf_free(variables);
    if (!config->access_token.n) {
        return ERR_AUTH;
    }
    struct http_header *headers = ARENA_ARRAY(arena, 3, struct http_header);
    struct slice text = arena_copy(arena, buf_view(&body));
    if (!fits || !headers || !text.p) {
        return ERR_LIMIT;
    }
    headers[0] = (struct http_header){SLICE("Content-Type"), SLICE("application/json")};
    headers[1] = (struct http_header){SLICE("Accept"), SLICE("application/json")};
    headers[2] = (struct http_header){SLICE("X-Shopify-Access-Token"), config->access_token};
    *out = (struct http_request){.method = SLICE("POST"),
                                 .url = config->endpoint,
                                 .headers = headers,
                                 .headers_count = 3,
                                 .body = text};
    return ERR_OK;
}

void graphql_put_gid(struct json_writer *w, const char *key, const char *type, struct slice id)
{
    char gid[96];
    int n = snprintf(gid, sizeof(gid), "gid://shopify/%s/%.*s", type, SLICE_ARG(id));
    must(n > 0 && (size_t)n < sizeof(gid));
    json_field_text(w, key, (struct slice){gid, (size_t)n});
}

/* Costs are whole points, but some of them are written as reals ("restoreRate": 100.0). */
static int64_t points(struct json v, struct arena *arena)
{
    int64_t n = -1;
    if (json_type(v) == JSON_REAL) {
        struct slice text = json_copy_text(v, arena);
        struct slice whole;
        slice_cut(&text, '.', &whole);
        if (!slice_int(whole, &n)) {
            return -1;
        }
    } else if (!json_int(v, &n)) {
        return -1;
    }
    return n >= 0 && n <= QTY_MAX ? n : -1;
}

static void cost_read(struct json cost, struct arena *arena, struct channel_signal *signal)
{
    struct json status = json_get(cost, "throttleStatus");
    int64_t requested = points(json_get(cost, "requestedQueryCost"), arena);
    int64_t actual = points(json_get(cost, "actualQueryCost"), arena);

    signal->points_left = points(json_get(status, "currentlyAvailable"), arena);
    signal->points_per_s = points(json_get(status, "restoreRate"), arena);
    signal->points_cost = actual >= 0 ? actual : requested;
    if (signal->throttled && requested > signal->points_left && signal->points_left >= 0 &&
        signal->points_per_s > 0) {
        int64_t missing = requested - signal->points_left;
        int64_t wait_us = (missing * US_PER_S + signal->points_per_s - 1) / signal->points_per_s;
        if (wait_us > signal->retry_after_us) {
            signal->retry_after_us = wait_us;
        }
    }
}

/* What a code means for what was asked. Codes that we do not know, with no data: the text was
 * refused. */
static enum reply_class class_of_code(struct slice code, struct channel_signal *signal)
{
    if (slice_is(code, "THROTTLED")) {
        signal->throttled = true;
        return REPLY_LATER;
    }
    if (slice_is(code, "ACCESS_DENIED") || slice_is(code, "UNAUTHORIZED")) {
        signal->unauthorised = true;
        return REPLY_LATER;
    }
    if (slice_is(code, "SHOP_INACTIVE")) {
        signal->down = true;
        return REPLY_LATER;
    }
    if (slice_is(code, "INTERNAL_SERVER_ERROR") || slice_is(code, "TIMEOUT") ||
        slice_is(code, "SERVICE_UNAVAILABLE")) {
        signal->down = true;
        return REPLY_UNKNOWN;
    }
    return REPLY_REFUSED;
}

static struct slice cut(struct slice s)
{
    return s.n > REASON_MAX ? (struct slice){s.p, REASON_MAX} : s;
}

static void errors_read(struct json errors,
                        bool has_data,
                        struct arena *arena,
                        struct graphql_answer *out,
                        struct channel_signal *signal)
{
    struct json_iter i = json_iter(errors);
    struct json first = json_next(&i) ? i.value : (struct json){0};
    struct slice code = shopify_text(json_path(first, "extensions", "code", NULL));
    struct slice message = shopify_text(json_get(first, "message"));

    if (!message.n) {
        message = shopify_text(errors); /* {"errors":"[API] Invalid API key ..."} */
    }
    if (!message.n) {
        message = SLICE("an error without a text");
    }
    out->class = class_of_code(code, signal);
    if (out->class == REPLY_REFUSED && (has_data || json_type(first) != JSON_OBJECT)) {
        out->class = REPLY_UNKNOWN; /* a query error has no data: this ran, at least in part */
    }
    out->reason =
        code.n ? arena_printf(arena, "%.*s: %.*s", SLICE_ARG(cut(code)), SLICE_ARG(cut(message)))
               : arena_copy(arena, cut(message));
}

static struct slice status_text(int status)
{
    switch (status) {
    case 401:
        return SLICE("HTTP 401: the access token is refused; the app was uninstalled or the token "
                     "revoked or expired");
    case 402:
        return SLICE("HTTP 402: the shop is frozen for its bill");
    case 403:
        return SLICE("HTTP 403: the access token lacks a scope, or the shop forbids the app");
    case 404:
        return SLICE("HTTP 404: there is no such shop or API version");
    case 423:
        return SLICE("HTTP 423: the shop is locked");
    default:
        return (struct slice){0};
    }
}

void graphql_read(const struct http_response *response,
                  struct json_doc *doc,
                  struct arena *arena,
                  struct graphql_answer *out,
                  struct channel_signal *signal)
{
    struct json root = {0};
    struct err_note note;

    *out = (struct graphql_answer){.class = reply_read(response, arena, signal)};
    bool is_json =
        json_parse(doc, response->body, &root, &note) == ERR_OK && json_type(root) == JSON_OBJECT;
    if (out->class != REPLY_OK) {
        struct slice text = status_text(response->status);
        out->reason = signal->reason = text.n ? text : signal->reason;
        return;
    }
    if (!is_json) {
        out->class = REPLY_UNKNOWN;
        signal->down = true;
        out->reason = signal->reason = SLICE("the answer is not JSON");
        return;
    }
    struct json data = json_get(root, "data");
    struct json errors = json_get(root, "errors");
    bool has_data = json_type(data) == JSON_OBJECT;
    if (json_count(errors) > 0 || json_type(errors) == JSON_TEXT) {
        errors_read(errors, has_data, arena, out, signal);
    } else if (!has_data) {
        out->class = REPLY_UNKNOWN;
        signal->down = true;
        out->reason = SLICE("the answer has neither data nor errors");
    }
    cost_read(json_path(root, "extensions", "cost", NULL), arena, signal);
    signal->reason = out->reason;
    out->data = data;
}

enum err graphql_err(const struct graphql_answer *answer,
                     const struct channel_signal *signal,
                     struct err_note *note)
{
    enum err e = ERR_UNKNOWN;
    if (answer->class == REPLY_OK) {
        return ERR_OK;
    }
    if (signal->throttled) {
        e = ERR_THROTTLED;
    } else if (signal->unauthorised) {
        e = ERR_AUTH;
    } else if (answer->class == REPLY_REFUSED) {
        e = ERR_USAGE;
    }
    return err_note(note, e, "shopify: %.*s", SLICE_ARG(answer->reason));
}

struct graphql_nodes graphql_nodes(struct json connection)
{
    struct json list = json_get(connection, "nodes");
    struct graphql_nodes nodes = {0};
    if (json_type(list) != JSON_ARRAY) {
        list = json_get(connection, "edges");
        nodes.is_edges = true;
    }
    struct json page = json_get(connection, "pageInfo");
    bool has_next = shopify_true(json_get(page, "hasNextPage"));
    nodes.iter = json_iter(list);
    nodes.count = json_count(list);
    nodes.is_whole = json_type(list) == JSON_ARRAY && !has_next;
    nodes.next = has_next ? shopify_text(json_get(page, "endCursor")) : (struct slice){0};
    return nodes;
}

bool graphql_next(struct graphql_nodes *nodes, struct json *out)
{
    if (!json_next(&nodes->iter)) {
        return false;
    }
    *out = nodes->is_edges ? json_get(nodes->iter.value, "node") : nodes->iter.value;
    return true;
}
