/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deliveries: whether they are BigCommerce's, and what they make us read. A body names what
 * changed and never how it is now, so nothing of it but ids is used: `value` of an inventory scope
 * means one thing or another by the scope, and `method` contradicts its own documentation.
 *
 * The scope in the body decides; the path's topic is not signed and not needed.
 */
#include "base/crypto.h"
#include "channels/bigcommerce/bigcommerce.h"

#define WINDOW_S INT64_C(300)

/* ---- authentic ---- */

/* Standard Webhooks: HMAC-SHA256 over "id.timestamp.body" with the client secret's own bytes. */
static struct slice signature_of(struct slice key,
                                 struct slice id,
                                 struct slice timestamp,
                                 struct slice body,
                                 struct arena *arena)
{
    uint8_t mac[SHA256_SIZE];
    char *text = arena_alloc(arena, id.n + timestamp.n + body.n + 2);

    if (!text) {
        return (struct slice){0};
    }
    char *at = text;
    memcpy(at, id.p, id.n);
    at += id.n;
    *at++ = '.';
    memcpy(at, timestamp.p, timestamp.n);
    at += timestamp.n;
    *at++ = '.';
    if (body.n) {
        memcpy(at, body.p, body.n);
        at += body.n;
    }
    hmac_sha256(mac, key, (struct slice){text, (size_t)(at - text)});
    return base64_encode(arena, (struct slice){(const char *)mac, sizeof mac});
}

/* All signatures are looked at whatever the first says: the time tells nothing. */
static bool any_fits(struct slice given, struct slice wanted)
{
    bool fits = false;

    for (bool more = wanted.p != NULL; more;) {
        struct slice one;
        more = slice_cut(&given, ' ', &one);
        if (slice_starts(one, "v1,") && crypto_equal(slice_from(one, 3), wanted)) {
            fits = true;
        }
    }
    return fits;
}

/*
 * Outside the window only what makes us read an order is taken: late retries are real, and the
 * order is read as it is now, whoever repeats the delivery and whenever.
 */
static bool is_order_delivery(struct slice body)
{
    struct json_doc *doc = json_doc_new();
    struct json root;
    struct err_note note;
    struct slice scope;

    if (!doc) {
        return false;
    }
    bool is_order = json_parse(doc, body, &root, &note) == ERR_OK &&
                    json_text(json_get(root, "scope"), &scope) && bc_scope_is_order(scope);
    json_doc_free(doc);
    return is_order;
}

static bool is_signed(const struct bc_config *config, const struct hook *hook, struct arena *arena)
{
    struct slice id = http_header_get(hook->headers, hook->headers_count, "webhook-id");
    struct slice timestamp =
        http_header_get(hook->headers, hook->headers_count, "webhook-timestamp");
    struct slice given = http_header_get(hook->headers, hook->headers_count, "webhook-signature");
    int64_t seconds = 0;

    if (!id.n || !slice_int(timestamp, &seconds) || seconds < 0) {
        return false;
    }
    struct slice wanted = signature_of(config->client_secret, id, timestamp, hook->body, arena);
    if (!any_fits(slice_trim(given), wanted)) {
        return false;
    }
    int64_t now_s = hook->received_at_us / US_PER_S;
    bool is_timely = seconds >= now_s - WINDOW_S && seconds <= now_s + WINDOW_S;
    return is_timely || is_order_delivery(hook->body);
}

enum hook_verdict
bc_verify(const struct account *account, const struct hook *hook, struct arena *arena)
{
    const struct bc_config *config = bc_config(account);

    if (!slice_is(hook->method, "POST") || hook->body.n == 0) {
        return HOOK_REFUSED;
    }
    struct slice signature =
        http_header_get(hook->headers, hook->headers_count, "webhook-signature");
    if (signature.p && config->client_secret.n) {
        /* A signature that does not fit is never made up for by the token. */
        return is_signed(config, hook, arena) ? HOOK_AUTHENTIC : HOOK_REFUSED;
    }
    struct slice token =
        slice_trim(http_header_get(hook->headers, hook->headers_count, "X-Tc-Token"));
    bool is_ours = config->webhook_secret.n > 0 && crypto_equal(token, config->webhook_secret);
    return is_ours ? HOOK_AUTHENTIC : HOOK_REFUSED;
}

/* ---- what it is about ---- */

enum scope_kind {
    SCOPE_NONE,
    SCOPE_ORDER,         /* data.id, or data.order_id, is an order's */
    SCOPE_SHIPMENT,      /* data.orderId is an order's */
    SCOPE_PRODUCT_COUNT, /* data.inventory.product_id */
    SCOPE_VARIANT_COUNT, /* data.inventory.variant_id */
    SCOPE_ITEM_COUNT,    /* data.variant_id and data.product_id: either may hold the count */
    SCOPE_LOST,          /* deliveries were lost: what they would have said is read */
    SCOPE_IGNORED,
};

struct scope {
    const char *begins;
    enum scope_kind kind;
    const char *why; /* it is ignored */
};

/* The first that fits counts. */
static const struct scope scopes[] = {
    {"store/order/message/", SCOPE_IGNORED, "a message about an order moves no stock"},
    {"store/order/", SCOPE_ORDER, NULL},
    {"store/shipment/", SCOPE_SHIPMENT, NULL},
    {"store/product/inventory/", SCOPE_PRODUCT_COUNT, NULL},
    {"store/sku/inventory/", SCOPE_VARIANT_COUNT, NULL},
    {"store/product/deleted", SCOPE_IGNORED, "a deleted product sells nothing more"},
    {"store/product/", SCOPE_IGNORED, "a product's data changed, not a count"},
    {"store/sku/deleted", SCOPE_IGNORED, "a deleted variant sells nothing more"},
    {"store/sku/", SCOPE_IGNORED, "a variant's data changed, not a count"},
    {"store/inventory/location/", SCOPE_IGNORED, "a location's data changed, not a count"},
    {"store/hook/deliveryException", SCOPE_LOST, NULL},
    {"store/app/uninstalled",
     SCOPE_IGNORED,
     "the app was uninstalled: the next call will be refused"},
    {"store/cart/", SCOPE_IGNORED, "a cart is no order yet"},
    {"store/customer/", SCOPE_IGNORED, "about a customer: no personal data enters the log"},
};

/* store/channel/{id}/...: its parts behind the id. */
static const struct scope channel_scopes[] = {
    {"order/", SCOPE_ORDER, NULL},
    {"inventory/product/", SCOPE_ITEM_COUNT, NULL},
};

static const struct scope *scope_among(const struct scope *list, size_t count, struct slice text)
{
    static const struct scope none = {
        "", SCOPE_NONE, "a scope that has nothing to do with stock or orders"};

    for (size_t i = 0; i < count; i++) {
        if (slice_starts(text, list[i].begins)) {
            return &list[i];
        }
    }
    return &none;
}

static const struct scope *scope_find(struct slice text)
{
    static const char channel[] = "store/channel/";
    struct slice id;

    if (slice_starts(text, channel)) {
        struct slice rest = slice_from(text, sizeof channel - 1);
        slice_cut(&rest, '/', &id);
        return scope_among(channel_scopes, COUNT_OF(channel_scopes), rest);
    }
    return scope_among(scopes, COUNT_OF(scopes), text);
}

bool bc_scope_is_order(struct slice scope)
{
    enum scope_kind kind = scope_find(scope)->kind;

    return kind == SCOPE_ORDER || kind == SCOPE_SHIPMENT;
}

/* ---- what it makes us read ---- */

#define FETCHES_MAX 2

struct fetches {
    struct fetch list[FETCHES_MAX];
    size_t count;
};

static void fetch_add(struct fetches *f, enum fetch_kind kind, struct slice id)
{
    must(f->count < FETCHES_MAX);
    f->list[f->count++] = (struct fetch){.kind = kind, .id = id};
}

/* Without the id that its scope promises, a delivery proves only that something changed. */
static const char *
order_fetch(struct json data, enum scope_kind kind, struct arena *arena, struct fetches *out)
{
    struct slice type = {0};
    int64_t id = 0;

    json_text(json_get(data, "type"), &type);
    bool is_named = bc_id(json_get(data, "order_id"), &id) || bc_id(json_get(data, "orderId"), &id);
    if (!is_named && kind == SCOPE_ORDER && (type.n == 0 || slice_is(type, "order"))) {
        is_named = bc_id(json_get(data, "id"), &id);
    }
    if (is_named) {
        fetch_add(out, FETCH_ORDER, arena_printf(arena, "%" PRId64, id));
        return NULL;
    }
    fetch_add(out, FETCH_CHANGED, (struct slice){0});
    return "a delivery about an order that does not name it";
}

static const char *
count_fetch(struct json data, enum scope_kind kind, struct arena *arena, struct fetches *out)
{
    struct json ids = kind == SCOPE_ITEM_COUNT ? data : json_get(data, "inventory");
    int64_t variant = 0;
    int64_t product = 0;

    if (kind != SCOPE_PRODUCT_COUNT && bc_id(json_get(ids, "variant_id"), &variant)) {
        fetch_add(out, FETCH_COUNT, bc_variant_key(arena, variant));
    }
    if (kind != SCOPE_VARIANT_COUNT && bc_id(json_get(ids, "product_id"), &product)) {
        fetch_add(out, FETCH_COUNT, bc_product_key(arena, product));
    }
    return out->count ? NULL : "a change of stock that does not name the item";
}

static const char *scope_decode(const struct scope *scope,
                                struct json data,
                                struct arena *arena,
                                struct fetches *fetches,
                                struct facts *out)
{
    switch (scope->kind) {
    case SCOPE_ORDER:
    case SCOPE_SHIPMENT:
        return order_fetch(data, scope->kind, arena, fetches);
    case SCOPE_PRODUCT_COUNT:
    case SCOPE_VARIANT_COUNT:
    case SCOPE_ITEM_COUNT:
        return count_fetch(data, scope->kind, arena, fetches);
    case SCOPE_LOST:
        fetch_add(fetches, FETCH_CHANGED, (struct slice){0});
        return NULL;
    case SCOPE_IGNORED:
    case SCOPE_NONE:
        break;
    }
    out->ignored = scope->why;
    return NULL;
}

/* All hooks of a host name look alike, and a copied store keeps its hooks. */
static bool is_foreign(const struct bc_config *config, struct json body)
{
    struct slice producer = {0};

    json_text(json_get(body, "producer"), &producer);
    return !slice_starts(producer, "stores/") ||
           !slice_equal(slice_from(producer, strlen("stores/")), config->store_hash);
}

void bc_decode(const struct account *account,
               const struct hook *hook,
               struct json_doc *doc,
               struct arena *arena,
               struct facts *out)
{
    struct fetches fetches = {0};
    struct json body = {0};
    struct err_note note;
    struct slice scope = {0};

    *out = (struct facts){0};
    if (json_parse(doc, hook->body, &body, &note) || json_type(body) != JSON_OBJECT) {
        fetch_add(&fetches, FETCH_CHANGED, (struct slice){0});
        out->unreadable = "the body is not a JSON object that can be read safely";
    } else if (!json_text(json_get(body, "scope"), &scope) || !scope.n) {
        fetch_add(&fetches, FETCH_CHANGED, (struct slice){0});
        out->unreadable = "a delivery without a scope";
    } else if (is_foreign(bc_config(account), body)) {
        out->ignored = "the producer is another store than settings.store_hash";
        return;
    } else {
        out->unreadable =
            scope_decode(scope_find(scope), json_get(body, "data"), arena, &fetches, out);
    }
    struct fetch *list = ARENA_ARRAY(arena, FETCHES_MAX, struct fetch);
    if (!list || arena->exhausted) {
        *out = (struct facts){.unreadable = "a delivery larger than one may be"};
        return;
    }
    memcpy(list, fetches.list, sizeof fetches.list);
    out->fetches = list;
    out->fetches_count = fetches.count;
}
