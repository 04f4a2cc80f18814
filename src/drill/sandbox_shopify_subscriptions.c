/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_shopify_subscriptions - what an app may do in the look-alike, and which webhooks it has.
 *
 * A shop that is started with an address for webhooks has six of them, as if the app had made them.
 * The app makes more; one topic may go to several addresses. includeFields cuts bodies, one level
 * deep ("shipping_address.country_code", also through lists). Strict as Shopify: https only (plain
 * http to loopback, which the sandbox needs), and one topic once at one address.
 */
#include "base/buf.h"
#include "drill/sandbox_shopify.h"

#define SUBSCRIPTIONS_MAX 128
#define FIELDS_MAX 64
#define BODY_MAX ((size_t)1 << 20)

struct subscription {
    int64_t id;
    struct slice topic; /* ORDERS_CREATE */
    struct slice uri, format, filter;
    struct slice fields[FIELDS_MAX];
    size_t fields_count;
    int64_t created_us;
};
struct subscriptions {
    struct subscription list[SUBSCRIPTIONS_MAX];
    size_t count;
    struct json_doc *doc; /* of bodies that are cut */
    struct buf cut;
};

static struct subscriptions *subscriptions_of(const struct shop *shop)
{
    return shop->state;
}

/* ORDERS_CREATE is orders/create: the address says it as well, but may be any. */
static bool is_topic(struct slice name, const char *topic)
{
    size_t n = strlen(topic);
    bool is_same = name.n == n;
    for (size_t i = 0; is_same && i < n; i++) {
        char c = topic[i] == '/' ? '_' : topic[i];
        c = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
        is_same = c == name.p[i];
    }
    return is_same;
}

static struct subscription *
subscription_add(struct shop *shop, struct slice topic, struct slice uri)
{
    struct subscriptions *s = subscriptions_of(shop);
    struct arena *arena = &shop->sandbox->arena;
    if (s->count == SUBSCRIPTIONS_MAX) {
        return NULL;
    }
    struct subscription *one = &s->list[s->count++];
    *one = (struct subscription){.id = INT64_C(1031285000001) + (int64_t)s->count,
                                 .topic = arena_copy(arena, topic),
                                 .uri = arena_copy(arena, uri),
                                 .format = SLICE("JSON"),
                                 .created_us = shop_now_us(shop)};
    return one;
}

void shopify_subscriptions_init(struct shop *shop)
{
    static const struct {
        const char *name, *topic;
    } first[] = {{"ORDERS_CREATE", "orders/create"},
                 {"ORDERS_UPDATED", "orders/updated"},
                 {"ORDERS_CANCELLED", "orders/cancelled"},
                 {"ORDERS_FULFILLED", "orders/fulfilled"},
                 {"REFUNDS_CREATE", "refunds/create"},
                 {"INVENTORY_LEVELS_UPDATE", "inventory_levels/update"}};
    struct subscriptions *s = calloc(1, sizeof(*s));
    must(s != NULL);
    s->doc = json_doc_new();
    must(s->doc != NULL);
    buf_init(&s->cut, BODY_MAX);
    shop->state = s;
    for (size_t i = 0; shop->hooks_url.n > 0 && i < COUNT_OF(first); i++) {
        struct arena *arena = &shop->sandbox->arena;
        subscription_add(
            shop,
            slice_of(first[i].name),
            arena_printf(arena, "%.*s/%s", SLICE_ARG(shop->hooks_url), first[i].topic));
    }
}

void shopify_subscriptions_free(struct shop *shop)
{
    struct subscriptions *s = subscriptions_of(shop);
    if (s) {
        json_doc_free(s->doc);
        buf_free(&s->cut);
        free(s);
        shop->state = NULL;
    }
}

/* ---- deliveries ---- */

/* "a" wants all of a; "a.b" wants b of a, of each of its rows when it is a list. */
static bool is_wanted(const struct subscription *one, struct slice key, bool *out_all)
{
    bool is_named = false;
    *out_all = false;
    for (size_t i = 0; i < one->fields_count; i++) {
        struct slice rest = one->fields[i];
        struct slice head;
        bool is_nested = slice_cut(&rest, '.', &head);
        if (slice_equal(head, key)) {
            is_named = true;
            *out_all = *out_all || !is_nested;
        }
    }
    return is_named;
}

static bool is_wanted_in(const struct subscription *one, struct slice outer, struct slice inner)
{
    for (size_t i = 0; i < one->fields_count; i++) {
        struct slice rest = one->fields[i];
        struct slice head;
        if (slice_cut(&rest, '.', &head) && slice_equal(head, outer) && slice_equal(rest, inner)) {
            return true;
        }
    }
    return false;
}

static void put_inner(struct json_writer *w,
                      const struct subscription *one,
                      struct slice outer,
                      struct json v,
                      struct arena *arena)
{
    if (json_type(v) == JSON_ARRAY) {
        json_begin_array(w);
        for (struct json_iter i = json_iter(v); json_next(&i);) {
            put_inner(w, one, outer, i.value, arena);
        }
        json_end_array(w);
        return;
    }
    if (json_type(v) != JSON_OBJECT) {
        json_put_raw(w, json_copy_text(v, arena));
        return;
    }
    json_begin_object(w);
    for (struct json_iter i = json_iter(v); json_next(&i);) {
        if (is_wanted_in(one, outer, i.key)) {
            json_key_slice(w, i.key);
            json_put_raw(w, json_copy_text(i.value, arena));
        }
    }
    json_end_object(w);
}

static struct slice body_cut(struct shop *shop, const struct subscription *one, struct slice body)
{
    struct subscriptions *s = subscriptions_of(shop);
    struct arena *arena = &shop->sandbox->hook_turn;
    struct json root;
    struct err_note note;
    if (one->fields_count == 0) {
        return body;
    }
    must(json_parse(s->doc, body, &root, &note) == ERR_OK);
    buf_clear(&s->cut);
    struct json_writer w = json_writer(&s->cut);
    json_begin_object(&w);
    for (struct json_iter i = json_iter(root); json_next(&i);) {
        bool is_all;
        if (is_wanted(one, i.key, &is_all)) {
            json_key_slice(&w, i.key);
            if (is_all) {
                json_put_raw(&w, json_copy_text(i.value, arena));
            } else {
                put_inner(&w, one, i.key, i.value, arena);
            }
        }
    }
    json_end_object(&w);
    must(!s->cut.overflow);
    return buf_view(&s->cut);
}

bool shopify_is_subscribed(const struct shop *shop)
{
    return subscriptions_of(shop)->count > 0;
}

void shopify_deliver(struct shop *shop, const char *topic, const char *event_id, struct slice body)
{
    const struct subscriptions *s = subscriptions_of(shop);
    for (size_t i = 0; i < s->count; i++) {
        if (is_topic(s->list[i].topic, topic)) {
            hook_send(shop, topic, event_id, body_cut(shop, &s->list[i], body), (int64_t)i);
        }
    }
}

struct slice shopify_hook_url(const struct hook_job *job, struct arena *arena)
{
    (void)arena;
    return subscriptions_of(job->shop)->list[job->id].uri;
}

/* ---- the API ---- */

static bool is_callable(struct slice uri)
{
    return slice_starts(uri, "https://") || slice_starts(uri, "http://127.0.0.1") ||
           slice_starts(uri, "http://localhost");
}

/* What is wrong with what the app wants; NULL when nothing is. */
static const char *
wrong_with(const struct shop *shop, struct slice topic, const struct gql_value *wish)
{
    const struct subscriptions *s = subscriptions_of(shop);
    struct slice uri = gql_member(wish, "uri")->text;
    if (!is_callable(uri)) {
        return "Address protocol is not supported";
    }
    for (size_t i = 0; i < s->count; i++) {
        if (slice_equal(s->list[i].topic, topic) && slice_equal(s->list[i].uri, uri)) {
            return "Address for this topic has already been taken";
        }
    }
    return s->count == SUBSCRIPTIONS_MAX ? "The sandbox keeps at most 128 subscriptions" : NULL;
}

struct made {
    const struct subscription *one;
    const char *wrong;
};

static void subscribe(struct gql_run *run, const struct gql_selection *field)
{
    struct shop *shop = shopify_shop(run);
    struct arena *arena = &shop->sandbox->arena;
    const struct gql_value *wish = gql_arg(field, "webhookSubscription");
    struct slice topic = gql_arg(field, "topic")->text;
    struct made made = {.wrong = wrong_with(shop, topic, wish)};
    if (!made.wrong) {
        struct subscription *one = subscription_add(shop, topic, gql_member(wish, "uri")->text);
        const struct gql_value *fields = gql_member(wish, "includeFields");
        must(one != NULL);
        for (size_t i = 0; i < fields->count && i < FIELDS_MAX; i++) {
            one->fields[one->fields_count++] = arena_copy(arena, fields->members[i].value.text);
        }
        if (gql_member(wish, "format")->text.n) {
            one->format = arena_copy(arena, gql_member(wish, "format")->text);
        }
        one->filter = arena_copy(arena, gql_member(wish, "filter")->text);
        made.one = one;
    }
    gql_put_object(run, field, "WebhookSubscriptionCreatePayload", &made);
}

static void list(struct gql_run *run, const struct gql_selection *field)
{
    const struct subscriptions *s = subscriptions_of(shopify_shop(run));
    const void *nodes[SUBSCRIPTIONS_MAX];
    int64_t cursors[SUBSCRIPTIONS_MAX];
    struct shopify_page page = {
        .node_type = "WebhookSubscription", .nodes = nodes, .cursors = cursors};
    int64_t start;
    int64_t end;
    if (!shopify_ids_page(run, field, (int64_t)s->count, &start, &end)) {
        json_put_null(&run->w);
        return;
    }
    for (int64_t i = start; i < end; i++) {
        cursors[page.count] = i;
        nodes[page.count++] = &s->list[i];
    }
    page.has_next = end < (int64_t)s->count;
    page.has_previous = start > 0;
    shopify_put_page(run, field, "WebhookSubscriptionConnection", &page);
}

static void put_subscription(struct gql_run *run, const struct subscription *one, int id)
{
    switch (id) {
    case F_ID:
        json_put_text(&run->w, shopify_gid_text(run->arena, "WebhookSubscription", one->id));
        break;
    case SUB_TOPIC:
        json_put_text(&run->w, one->topic);
        break;
    case SUB_URI:
        json_put_text(&run->w, one->uri);
        break;
    case SUB_FORMAT:
        json_put_text(&run->w, one->format);
        break;
    case SUB_FILTER:
        json_put_text(&run->w, one->filter);
        break;
    case SUB_FIELDS:
        json_begin_array(&run->w);
        for (size_t i = 0; i < one->fields_count; i++) {
            json_put_text(&run->w, one->fields[i]);
        }
        json_end_array(&run->w);
        break;
    default:
        shopify_time(run, one->created_us);
        break;
    }
}

static void
put_made(struct gql_run *run, const struct made *made, const struct gql_selection *field)
{
    if (field->field->id == SUB_MADE) {
        if (made->one) {
            gql_put_object(run, field, "WebhookSubscription", made->one);
        } else {
            json_put_null(&run->w);
        }
        return;
    }
    json_begin_array(&run->w);
    if (made->wrong) {
        gql_put_object(run, field, "UserError", made->wrong);
    }
    json_end_array(&run->w);
}

static void put_scopes(struct gql_run *run, const struct gql_selection *field)
{
    struct slice rest = SLICE(SHOPIFY_GRANTED);
    json_begin_array(&run->w);
    for (bool more = true; more;) {
        struct slice scope;
        more = slice_cut(&rest, ',', &scope);
        gql_put_object(run, field, "AccessScope", &scope);
    }
    json_end_array(&run->w);
}

void shopify_resolve_app(struct gql_run *run,
                         const struct gql_type *type,
                         const void *self,
                         const struct gql_selection *field)
{
    struct slice name = slice_of(type->name);
    int id = field->field->id;
    if (slice_is(name, "Mutation")) {
        subscribe(run, field);
    } else if (slice_is(name, "QueryRoot") && id == Q_APP) {
        gql_put_object(run, field, "AppInstallation", shopify_shop(run));
    } else if (slice_is(name, "QueryRoot")) {
        list(run, field);
    } else if (slice_is(name, "AppInstallation") && id == APP_SCOPES) {
        put_scopes(run, field);
    } else if (slice_is(name, "AppInstallation")) {
        json_put_text(&run->w, shopify_gid_text(run->arena, "AppInstallation", 1));
    } else if (slice_is(name, "AccessScope")) {
        const struct slice *scope = self;
        json_put_text(&run->w, *scope);
    } else if (slice_is(name, "WebhookSubscription")) {
        put_subscription(run, self, id);
    } else if (slice_is(name, "WebhookSubscriptionCreatePayload")) {
        put_made(run, self, field);
    } else if (id == F_FIELD) {
        json_begin_array(&run->w);
        json_put_text(&run->w, SLICE("webhookSubscription"));
        json_put_text(&run->w, SLICE("uri"));
        json_end_array(&run->w);
    } else {
        json_put_text(&run->w, slice_of(self));
    }
}
