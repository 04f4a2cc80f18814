/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connecting: what the token may do, where the shop keeps stock, and the webhooks. Nothing is ever
 * deleted or changed; what is missing is made.
 *
 *   rights --> places --> hooks (page by page) --> make, one webhook a call --> done
 *
 * Cursors: "places M", "hooks M PAGE AFTER", "make M", where M are the topics still wanted, a bit
 * each, in hexadecimal. Topics whose right is missing are not wanted: Shopify would refuse them.
 *
 * Bodies of orders are asked for without names, addresses and contacts: of the destination only
 * country and region. Every selection holds a field that differs with each change, for Shopify
 * drops a delivery that equals the one before.
 */
#include "channels/connect.h"
#include "base/buf.h"
#include "channels/shopify/graphql.h"
#include "channels/shopify/shopify.h"

#define HOOKS_PAGES_MAX 50
#define PLACES_MAX 100

static const char *const fields_order[] = {"id",
                                           "admin_graphql_api_id",
                                           "created_at",
                                           "processed_at",
                                           "updated_at",
                                           "cancelled_at",
                                           "test",
                                           "line_items",
                                           "fulfillments",
                                           "refunds",
                                           "shipping_address.country_code",
                                           "shipping_address.province_code",
                                           NULL};
static const char *const fields_shipment[] = {
    "id", "admin_graphql_api_id", "order_id", "status", "created_at", "updated_at", NULL};
static const char *const fields_refund[] = {
    "id", "admin_graphql_api_id", "order_id", "created_at", "processed_at", NULL};
static const char *const fields_shop[] = {"id", "myshopify_domain", "updated_at", NULL};

/* What webhook.c reads. `scope`: without it Shopify refuses the subscription. */
static const struct hook_topic {
    const char *topic, *what, *scope;
    const char *const *fields; /* NULL: the whole body */
} topics[] = {
    {"orders/create", "webhook orders/create", "read_orders", fields_order},
    {"orders/updated", "webhook orders/updated", "read_orders", fields_order},
    {"orders/cancelled", "webhook orders/cancelled", "read_orders", fields_order},
    {"orders/paid", "webhook orders/paid", "read_orders", fields_order},
    {"orders/fulfilled", "webhook orders/fulfilled", "read_orders", fields_order},
    {"orders/partially_fulfilled",
     "webhook orders/partially_fulfilled",
     "read_orders",
     fields_order},
    {"orders/edited", "webhook orders/edited", "read_orders", NULL},
    {"orders/delete", "webhook orders/delete", "read_orders", NULL},
    {"fulfillments/create", "webhook fulfillments/create", "read_fulfillments", fields_shipment},
    {"fulfillments/update", "webhook fulfillments/update", "read_fulfillments", fields_shipment},
    {"refunds/create", "webhook refunds/create", "read_orders", fields_refund},
    {"returns/process", "webhook returns/process", "read_returns", NULL},
    {"returns/close", "webhook returns/close", "read_returns", NULL},
    {"reverse_fulfillment_orders/dispose",
     "webhook reverse_fulfillment_orders/dispose",
     "read_returns",
     NULL},
    {"inventory_levels/update", "webhook inventory_levels/update", "read_inventory", NULL},
    {"inventory_levels/connect", "webhook inventory_levels/connect", "read_inventory", NULL},
    {"inventory_levels/disconnect", "webhook inventory_levels/disconnect", "read_inventory", NULL},
    {"app/uninstalled", "webhook app/uninstalled", "", fields_shop},
};
#define TOPICS_ALL ((UINT64_C(1) << COUNT_OF(topics)) - 1)

static const char read_rights[] = "query Rights { shop { name myshopifyDomain }"
                                  " currentAppInstallation { accessScopes { handle } } }";

static const char read_places[] =
    "query Places { locations(first: 100, includeInactive: true) {"
    " nodes { id name isActive } pageInfo { hasNextPage endCursor } } }";

static const char read_hooks[] = "query Hooks($cursor: String) {"
                                 " webhookSubscriptions(first: 50, after: $cursor) {"
                                 " nodes { topic uri format filter }"
                                 " pageInfo { hasNextPage endCursor } } }";

static const char write_hook[] =
    "mutation Subscribe($topic: WebhookSubscriptionTopic!, $hook: WebhookSubscriptionInput!) {"
    " webhookSubscriptionCreate(topic: $topic, webhookSubscription: $hook) {"
    " webhookSubscription { id } userErrors { field message } } }";

/* ---- where the exchange is ---- */

enum stage { STAGE_RIGHTS, STAGE_PLACES, STAGE_HOOKS, STAGE_MAKE };
struct place {
    enum stage stage;
    uint64_t wanted; /* topics, a bit each */
    int64_t page;
    struct slice after;
};

static bool hex_read(struct slice text, uint64_t *out)
{
    uint64_t value = 0;

    for (size_t i = 0; i < text.n; i++) {
        const char *digits = "0123456789abcdef";
        const char *at = text.p[i] ? strchr(digits, text.p[i]) : NULL;
        if (!at) {
            return false;
        }
        value = value << 4 | (uint64_t)(at - digits);
    }
    *out = value;
    return text.n > 0 && text.n <= 15 && (value & ~TOPICS_ALL) == 0;
}

static bool place_read(struct slice cursor, struct place *out)
{
    struct slice stage, wanted, page;

    *out = (struct place){.wanted = TOPICS_ALL};
    if (!cursor.n) {
        return true;
    }
    slice_cut(&cursor, ' ', &stage);
    slice_cut(&cursor, ' ', &wanted);
    if (!hex_read(wanted, &out->wanted)) {
        return false;
    }
    if (slice_is(stage, "places")) {
        out->stage = STAGE_PLACES;
        return !cursor.n;
    }
    if (slice_is(stage, "make")) {
        out->stage = STAGE_MAKE;
        return !cursor.n && out->wanted != 0;
    }
    out->stage = STAGE_HOOKS;
    slice_cut(&cursor, ' ', &page);
    out->after = cursor;
    return slice_is(stage, "hooks") && slice_int(page, &out->page) && out->page >= 0 &&
           out->page < HOOKS_PAGES_MAX;
}

static void go_on(struct channel_signal *signal, struct slice cursor)
{
    signal->next = (struct next_request){.is_wanted = cursor.p != NULL, .cursor = cursor};
}

static void go_to_hooks(struct channel_signal *signal, uint64_t wanted, struct arena *arena)
{
    go_on(signal, arena_printf(arena, "hooks %" PRIx64 " 0 ", wanted));
}

static void go_to_make(struct channel_signal *signal, uint64_t wanted, struct arena *arena)
{
    if (wanted) {
        go_on(signal, arena_printf(arena, "make %" PRIx64, wanted));
    }
}

static size_t first_wanted(uint64_t wanted)
{
    return (size_t)__builtin_ctzll(wanted);
}

/* ---- requests ---- */

/* "orders/create" is ORDERS_CREATE in GraphQL. */
static void topic_put(struct json_writer *w, const char *key, const char *topic)
{
    char name[64];
    size_t n = 0;

    for (; topic[n] && n < sizeof name; n++) {
        char c = topic[n];
        name[n] = c;
        if (c >= 'a' && c <= 'z') {
            name[n] = (char)(c - 'a' + 'A');
        } else if (c == '/') {
            name[n] = '_';
        }
    }
    json_field_text(w, key, (struct slice){name, n});
}

static void hook_put(struct json_writer *w, const struct hook_topic *topic, struct slice url)
{
    topic_put(w, "topic", topic->topic);
    json_key(w, "hook");
    json_begin_object(w);
    json_field_text(w, "uri", url);
    json_field_str(w, "format", "JSON");
    if (topic->fields) {
        json_key(w, "includeFields");
        json_begin_array(w);
        for (const char *const *field = topic->fields; *field; field++) {
            json_put_text(w, slice_of(*field));
        }
        json_end_array(w);
    }
    json_end_object(w);
}

enum err shopify_build_connect(const struct account *account,
                               const struct step *step,
                               struct arena *arena,
                               struct http_request *out)
{
    struct buf variables;
    struct place at;
    const char *query = read_rights;

    if (!place_read(step->cursor, &at)) {
        return ERR_USAGE;
    }
    buf_init(&variables, GRAPHQL_BODY_MAX);
    struct json_writer w = json_writer(&variables);
    json_begin_object(&w);
    if (at.stage == STAGE_PLACES) {
        query = read_places;
    } else if (at.stage == STAGE_HOOKS) {
        query = read_hooks;
        if (at.after.n) {
            json_field_text(&w, "cursor", at.after);
        } else {
            json_field_null(&w, "cursor");
        }
    } else if (at.stage == STAGE_MAKE) {
        const struct hook_topic *topic = &topics[first_wanted(at.wanted)];
        query = write_hook;
        hook_put(&w, topic, connect_hook_url(step, slice_of(topic->topic), arena));
    }
    json_end_object(&w);
    return graphql_request(account, query, &variables, arena, out);
}

/* ---- rights ---- */

/* A right to write brings that to read. */
static bool is_granted(struct json scopes, struct slice scope)
{
    struct slice thing = slice_starts(scope, "read_") ? slice_from(scope, strlen("read_")) : scope;

    for (struct json_iter i = json_iter(scopes); json_next(&i);) {
        struct slice handle = shopify_text(json_get(i.value, "handle"));
        if (slice_equal(handle, scope) ||
            (slice_starts(scope, "read_") && slice_starts(handle, "write_") &&
             slice_equal(slice_from(handle, strlen("write_")), thing))) {
            return true;
        }
    }
    return false;
}

static void scopes_check(struct json scopes, struct findings *f)
{
    ON_EXIT(buf_free) struct buf missing;
    struct slice rest = SLICE(SHOPIFY_SCOPES);

    buf_init(&missing, 1024);
    for (bool more = true; more;) {
        struct slice scope;
        more = slice_cut(&rest, ',', &scope);
        if (!is_granted(scopes, scope)) {
            buf_text(&missing, missing.n ? ", " : "");
            buf_slice(&missing, scope);
        }
    }
    if (missing.n) {
        finding_printf(f,
                       CONNECT_WRONG,
                       "rights",
                       "the token lacks %.*s: add them to the app's scopes, release that version, "
                       "install it in the shop again, and connect again",
                       SLICE_ARG(buf_view(&missing)));
    } else {
        finding_add(f, CONNECT_OK, "rights", SLICE("all that is needed is granted"));
    }
}

static void rights_read(const struct account *account,
                        const struct step *step,
                        struct json data,
                        struct findings *f,
                        struct channel_signal *signal)
{
    struct json scopes = json_path(data, "currentAppInstallation", "accessScopes", NULL);
    uint64_t wanted = 0;

    finding_printf(
        f,
        CONNECT_OK,
        "credentials",
        "%.*s (%.*s)",
        SLICE_ARG(connect_short(shopify_text(json_path(data, "shop", "name", NULL)))),
        SLICE_ARG(connect_short(shopify_text(json_path(data, "shop", "myshopifyDomain", NULL)))));
    scopes_check(scopes, f);
    if (shopify_config(account)->hook_secrets_count == 0) {
        finding_add(f,
                    CONNECT_WRONG,
                    "webhook secret",
                    SLICE("deliveries cannot be told from forgeries and are refused: set "
                          "secrets.webhook_secret to the API secret key of the app"));
    }
    for (size_t i = 0; i < COUNT_OF(topics); i++) {
        if (!topics[i].scope[0] || is_granted(scopes, slice_of(topics[i].scope))) {
            wanted |= UINT64_C(1) << i;
        }
    }
    if (!connect_can_subscribe(account, step, true, f)) {
        wanted = 0;
    }
    if (is_granted(scopes, SLICE("read_locations"))) {
        go_on(signal, arena_printf(f->arena, "places %" PRIx64, wanted));
    } else if (wanted) {
        go_to_hooks(signal, wanted, f->arena);
    }
}

/* ---- places ---- */

static void places_read(const struct account *account,
                        const struct place *at,
                        struct json data,
                        struct findings *f,
                        struct channel_signal *signal)
{
    struct connect_place places[PLACES_MAX];
    struct graphql_nodes nodes = graphql_nodes(json_get(data, "locations"));
    struct json node;
    size_t count = 0;

    while (count < PLACES_MAX && graphql_next(&nodes, &node)) {
        struct connect_place place = {.name = shopify_text(json_get(node, "name")),
                                      .is_active = shopify_true(json_get(node, "isActive"))};
        if (shopify_id(json_get(node, "id"), "Location", f->arena, &place.id)) {
            places[count++] = place;
        }
    }
    connect_places(account, places, count, f);
    if (at->wanted) {
        go_to_hooks(signal, at->wanted, f->arena);
    }
}

/* ---- webhooks ---- */

static void hook_found(const struct hook_topic *topic, struct json node, struct findings *f)
{
    struct slice format = shopify_text(json_get(node, "format"));
    struct slice filter = shopify_text(json_get(node, "filter"));

    if ((format.n && !slice_is(format, "JSON")) || filter.n) {
        finding_add(f,
                    CONNECT_WRONG,
                    topic->what,
                    SLICE("it is there with a filter or another format than JSON: delete it in "
                          "the app and connect again"));
    } else {
        finding_add(f, CONNECT_OK, topic->what, (struct slice){0});
    }
}

static void hooks_read(const struct step *step,
                       const struct place *at,
                       struct json data,
                       struct findings *f,
                       struct channel_signal *signal)
{
    struct graphql_nodes nodes = graphql_nodes(json_get(data, "webhookSubscriptions"));
    uint64_t wanted = at->wanted;
    struct json node;

    while (graphql_next(&nodes, &node)) {
        struct slice uri = shopify_text(json_get(node, "uri"));
        for (size_t i = 0; i < COUNT_OF(topics); i++) {
            uint64_t bit = UINT64_C(1) << i;
            if (!(wanted & bit) || !slice_ends(uri, topics[i].topic)) {
                continue;
            }
            if (slice_equal(uri, connect_hook_url(step, slice_of(topics[i].topic), f->arena))) {
                hook_found(&topics[i], node, f);
                wanted &= ~bit;
            }
        }
    }
    if (nodes.next.n && at->page + 1 < HOOKS_PAGES_MAX && wanted) {
        go_on(signal,
              arena_printf(f->arena,
                           "hooks %" PRIx64 " %" PRId64 " %.*s",
                           wanted,
                           at->page + 1,
                           SLICE_ARG(nodes.next)));
    } else {
        go_to_make(signal, wanted, f->arena);
    }
}

/* A subscription of the app's own configuration is in nobody's list, but holds its address. */
static bool is_taken(struct slice message)
{
    static const char taken[] = "already been taken";
    return message.n && memmem(message.p, message.n, taken, sizeof taken - 1) != NULL;
}

static void made_read(const struct place *at,
                      const struct graphql_answer *answer,
                      struct findings *f,
                      struct channel_signal *signal)
{
    size_t i = first_wanted(at->wanted);
    struct json made = json_get(answer->data, "webhookSubscriptionCreate");
    struct json_iter errors = json_iter(json_get(made, "userErrors"));
    struct slice message = answer->class == REPLY_OK ? SLICE("no reason given") : answer->reason;
    bool is_refused = json_next(&errors);

    if (is_refused) {
        message = shopify_text(json_get(errors.value, "message"));
    }
    if (is_refused && is_taken(message)) {
        finding_add(
            f, CONNECT_OK, topics[i].what, SLICE("it is there, by the app's configuration"));
    } else if (!is_refused &&
               json_type(json_path(made, "webhookSubscription", "id", NULL)) == JSON_TEXT) {
        finding_add(f, CONNECT_MADE, topics[i].what, (struct slice){0});
    } else {
        finding_printf(f,
                       CONNECT_WRONG,
                       topics[i].what,
                       "Shopify refuses it: %.*s",
                       SLICE_ARG(connect_short(message)));
    }
    go_to_make(signal, at->wanted & (at->wanted - 1), f->arena);
}

enum err shopify_read_connect(const struct account *account,
                              const struct step *step,
                              const struct http_response *response,
                              struct json_doc *doc,
                              struct arena *arena,
                              struct connect_report *out,
                              struct channel_signal *out_signal,
                              struct err_note *note)
{
    struct graphql_answer answer;
    struct findings f;
    struct place at;

    findings_init(&f, arena);
    graphql_read(response, doc, arena, &answer, out_signal);
    if (!place_read(step->cursor, &at)) {
        return err_note(note, ERR_USAGE, "shopify: a cursor that is not of this exchange");
    }
    /* A topic that this version does not know is refused with the whole request. */
    bool is_one_refused = at.stage == STAGE_MAKE && answer.class == REPLY_REFUSED;
    enum err e = is_one_refused ? ERR_OK : graphql_err(&answer, out_signal, note);
    if (e) {
        return e;
    }
    switch (at.stage) {
    case STAGE_RIGHTS:
        if (json_type(json_path(answer.data, "currentAppInstallation", "accessScopes", NULL)) !=
            JSON_ARRAY) {
            return err_note(note, ERR_UNKNOWN, "shopify: the answer does not say what is granted");
        }
        rights_read(account, step, answer.data, &f, out_signal);
        break;
    case STAGE_PLACES:
        places_read(account, &at, answer.data, &f, out_signal);
        break;
    case STAGE_HOOKS:
        hooks_read(step, &at, answer.data, &f, out_signal);
        break;
    case STAGE_MAKE:
        made_read(&at, &answer, &f, out_signal);
        break;
    }
    *out = (struct connect_report){0};
    e = findings_report(&f, out, note);
    if (e) {
        out_signal->next = (struct next_request){0};
    }
    return e;
}
