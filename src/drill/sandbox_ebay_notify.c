/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_ebay_notify - the Notification API: configuration, destinations with their challenge,
 * topics, subscriptions, the public key. */
#include "drill/sandbox_ebay.h"

#include "base/crypto.h"
#include "base/times.h"

#define DOMAIN "API_NOTIFICATION"
#define CHALLENGE_TIMEOUT_US (5 * US_PER_S)

static const struct {
    const char *id, *scope;
} topics[] = {
    {"ORDER_CONFIRMATION", "USER"},
    {"ITEM_AVAILABILITY", "USER"},
    {"MARKETPLACE_ACCOUNT_DELETION", "APPLICATION"},
    {"AUTHORIZATION_REVOCATION", "APPLICATION"},
};

/* ---- entries ---- */

static struct ebay_destination *destination_find(struct shop *shop, struct slice id_text)
{
    struct ebay *ebay = ebay_of(shop);
    int64_t id = 0;
    for (size_t i = 0; i < ebay->destinations_count && slice_int(id_text, &id) && id > 0; i++) {
        if (ebay->destinations[i].id == id) {
            return &ebay->destinations[i];
        }
    }
    return NULL;
}

static struct ebay_subscription *subscription_find(struct shop *shop, struct slice id_text)
{
    struct ebay *ebay = ebay_of(shop);
    int64_t id = 0;
    for (size_t i = 0; i < ebay->subscriptions_count && slice_int(id_text, &id) && id > 0; i++) {
        if (ebay->subscriptions[i].id == id) {
            return &ebay->subscriptions[i];
        }
    }
    return NULL;
}

static struct ebay_destination *destination_add(struct shop *shop,
                                                struct slice name,
                                                struct slice endpoint,
                                                struct slice verification)
{
    struct ebay *ebay = ebay_of(shop);
    struct arena *arena = &shop->sandbox->arena;
    if (ebay->destinations_count == EBAY_ENTRIES_MAX) {
        return NULL;
    }
    struct ebay_destination *d = &ebay->destinations[ebay->destinations_count++];
    *d = (struct ebay_destination){.id = 700000000 + (int64_t)ebay->destinations_count,
                                   .name = arena_copy(arena, name),
                                   .endpoint = arena_copy(arena, endpoint),
                                   .verification = arena_copy(arena, verification),
                                   .is_enabled = true};
    return d;
}

static struct ebay_subscription *
subscription_add(struct shop *shop, struct slice topic, int64_t destination, bool is_enabled)
{
    struct ebay *ebay = ebay_of(shop);
    if (ebay->subscriptions_count == EBAY_ENTRIES_MAX) {
        return NULL;
    }
    struct ebay_subscription *s = &ebay->subscriptions[ebay->subscriptions_count++];
    *s = (struct ebay_subscription){.id = 900000000 + (int64_t)ebay->subscriptions_count,
                                    .topic = arena_copy(&shop->sandbox->arena, topic),
                                    .destination = destination,
                                    .is_enabled = is_enabled,
                                    .created_us = shop_now_us(shop)};
    return s;
}

/* What the application made before, when somebody wants to hear of the shop: one address for all
 * topics. */
void ebay_notify_init(struct shop *shop)
{
    struct ebay *ebay = ebay_of(shop);
    if (shop->hooks_url.n == 0) {
        return;
    }
    const struct ebay_destination *d =
        destination_add(shop, SLICE("truecount"), shop->hooks_url, SLICE(EBAY_VERIFICATION_TOKEN));
    must(d != NULL);
    ebay->alert_email = SLICE("ops@shop.example");
    subscription_add(shop, SLICE("ORDER_CONFIRMATION"), d->id, true);
}

/* The subscriptions that count: enabled, to an enabled destination. */
bool ebay_destination_of(struct shop *shop, const struct ebay_subscription *s, size_t *out)
{
    const struct ebay *ebay = ebay_of(shop);
    for (size_t i = 0; i < ebay->destinations_count; i++) {
        if (ebay->destinations[i].id == s->destination) {
            *out = i;
            return s->is_enabled && ebay->destinations[i].is_enabled;
        }
    }
    return false;
}

/* ---- the API: key, configuration, topics ---- */

static bool refuse(struct call *call, int status, int id, const char *message)
{
    ebay_error(call, status, (struct ebay_error){id, DOMAIN, message});
    return false;
}

static void public_key(struct call *call, struct slice id)
{
    const struct ebay *ebay = ebay_of(call->shop);
    struct arena *arena = &call->shop->sandbox->turn;
    if (!slice_equal(id, ebay->key_id)) {
        refuse(call, 404, 195001, "The specified key id is invalid.");
        return;
    }
    struct slice key = base64_encode(arena, ecdsa_key_public(ebay->key, arena));
    struct json_writer w = rest_json(call, 200);
    json_begin_object(&w);
    json_field_text(&w, /* one line, as eBay sends it */
                    "key",
                    arena_printf(arena,
                                 "-----BEGIN PUBLIC KEY-----%.*s-----END PUBLIC KEY-----",
                                 SLICE_ARG(key)));
    json_field_str(&w, "algorithm", "ECDSA");
    json_field_str(&w, "digest", "SHA1");
    json_end_object(&w);
}

static void config_call(struct call *call)
{
    struct ebay *ebay = ebay_of(call->shop);
    struct json body;
    struct slice email;
    if (rest_method(call, "PUT")) {
        if (!ebay_body(call, &body)) {
            return;
        }
        if (!json_text(json_get(body, "alertEmail"), &email) || !memchr(email.p, '@', email.n)) {
            refuse(call, 400, 195025, "Invalid or missing email.");
            return;
        }
        ebay->alert_email = arena_copy(&call->shop->sandbox->arena, email);
        rest_text(call, 204, "application/json", SLICE(""));
    } else if (ebay->alert_email.n == 0) {
        refuse(call, 404, 195026, "Configuration Not Found.");
    } else {
        struct json_writer w = rest_json(call, 200);
        json_begin_object(&w);
        json_field_text(&w, "alertEmail", ebay->alert_email);
        json_end_object(&w);
    }
}

static void put_topic(struct json_writer *w, size_t at)
{
    json_begin_object(w);
    json_field_str(w, "topicId", topics[at].id);
    json_field_str(w, "scope", topics[at].scope);
    json_field_str(w, "status", "ENABLED");
    json_field_bool(w, "filterable", false);
    json_field_raw(w,
                   "supportedPayloads",
                   SLICE("[{\"format\":[\"JSON\"],\"schemaVersion\":\"1.0\",\"deliveryProtocol\":"
                         "\"HTTPS\",\"deprecated\":false}]"));
    json_end_object(w);
}

static size_t topic_find(struct slice id)
{
    size_t at = 0;
    while (at < COUNT_OF(topics) && !slice_is(id, topics[at].id)) {
        at++;
    }
    return at;
}

static void topics_call(struct call *call, struct slice id)
{
    if (id.n > 0 && topic_find(id) == COUNT_OF(topics)) {
        refuse(call, 404, 195002, "Invalid or missing topic id.");
        return;
    }
    struct json_writer w = rest_json(call, 200);
    if (id.n > 0) {
        put_topic(&w, topic_find(id));
        return;
    }
    json_begin_object(&w);
    json_field_int(&w, "total", COUNT_OF(topics));
    json_key(&w, "topics");
    json_begin_array(&w);
    for (size_t i = 0; i < COUNT_OF(topics); i++) {
        put_topic(&w, i);
    }
    json_end_array(&w);
    json_end_object(&w);
}

/* ---- destinations, and their challenge ---- */

static void
put_destination(struct json_writer *w, struct arena *arena, const struct ebay_destination *d)
{
    json_begin_object(w);
    json_field_text(w, "destinationId", arena_printf(arena, "%" PRId64, d->id));
    json_field_text(w, "name", d->name);
    json_field_str(w, "status", d->is_enabled ? "ENABLED" : "DISABLED");
    json_key(w, "deliveryConfig");
    json_begin_object(w);
    json_field_text(w, "endpoint", d->endpoint);
    json_field_text(w, "verificationToken", d->verification);
    json_end_object(w);
    json_end_object(w);
}

/* A creation that waits for the answer to its challenge. */
struct challenge {
    struct shop *shop;
    struct http_exchange *x;
    char code[40];
    struct arena arena;
    struct slice name, endpoint, verification, url;
};

static bool answer_fits(struct challenge *c, const struct env_reply *reply)
{
    struct json root;
    struct err_note note;
    struct slice answer;
    uint8_t digest[SHA256_SIZE];
    struct slice text = arena_printf(
        &c->arena, "%s%.*s%.*s", c->code, SLICE_ARG(c->verification), SLICE_ARG(c->endpoint));
    sha256(digest, text);
    struct slice wanted =
        hex_encode(&c->arena, (struct slice){(const char *)digest, sizeof(digest)});
    struct slice type =
        http_header_get(reply->response.headers, reply->response.headers_count, "Content-Type");
    return !reply->err && reply->response.status == 200 && slice_starts(type, "application/json") &&
           !json_parse(c->shop->sandbox->doc, reply->response.body, &root, &note) &&
           json_text(json_get(root, "challengeResponse"), &answer) && slice_equal(answer, wanted);
}

static void on_challenge(void *arg, const struct env_reply *reply)
{
    struct challenge *c = arg;
    struct http_header headers[2] = {{SLICE("Content-Type"), SLICE("application/json")}};
    const struct ebay_destination *d =
        answer_fits(c, reply) ? destination_add(c->shop, c->name, c->endpoint, c->verification)
                              : NULL;
    if (d) {
        headers[1] =
            (struct http_header){SLICE("Location"),
                                 arena_printf(&c->arena,
                                              "%.*s/commerce/notification/v1/destination/%" PRId64,
                                              SLICE_ARG(c->shop->base_url),
                                              d->id)};
        http_answer(c->x, 201, headers, 2, SLICE("{}"));
    } else {
        http_answer(c->x,
                    409,
                    headers,
                    1,
                    SLICE("{\"errors\":[{\"errorId\":195020,\"domain\":\"API_NOTIFICATION\","
                          "\"category\":\"REQUEST\",\"message\":\"Challenge verification failed "
                          "for requested endpoint\"}]}"));
    }
    arena_free(&c->arena);
    free(c);
}

static void challenge_start(struct call *call,
                            struct slice name,
                            struct slice endpoint,
                            struct slice verification)
{
    struct sandbox *sandbox = call->shop->sandbox;
    struct challenge *c = calloc(1, sizeof(*c));
    must(c != NULL);
    arena_init(&c->arena, (size_t)64 << 10);
    c->shop = call->shop;
    c->x = call->x;
    c->name = arena_copy(&c->arena, name);
    c->endpoint = arena_copy(&c->arena, endpoint);
    c->verification = arena_copy(&c->arena, verification);
    uuid_make(sandbox, c->code);
    c->url = arena_printf(&c->arena, "%.*s?challenge_code=%s", SLICE_ARG(endpoint), c->code);
    call->is_deferred = true;
    struct env_call http = {.request = {.method = SLICE("GET"), .url = c->url},
                            .timeout_us = CHALLENGE_TIMEOUT_US,
                            .private_ok = true};
    sandbox->env->ops->http(sandbox->env, &http, on_challenge, c);
}

static bool token_is_good(struct slice token)
{
    for (size_t i = 0; i < token.n; i++) {
        char c = token.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '-')) {
            return false;
        }
    }
    return token.n >= 32 && token.n <= 80;
}

/* https there; here also what runs on this machine. */
static bool endpoint_is_good(struct slice url)
{
    return slice_starts(url, "https://") || slice_starts(url, "http://127.0.0.1:");
}

static void destination_create(struct call *call)
{
    struct shop *shop = call->shop;
    struct ebay *ebay = ebay_of(shop);
    struct json body;
    struct slice name = {0};
    struct slice status = {0};
    struct slice endpoint = {0};
    struct slice verification = {0};
    if (!ebay_body(call, &body)) {
        return;
    }
    struct json config = json_get(body, "deliveryConfig");
    json_text(json_get(body, "name"), &name);
    json_text(json_get(body, "status"), &status);
    json_text(json_get(config, "endpoint"), &endpoint);
    json_text(json_get(config, "verificationToken"), &verification);
    if (name.n == 0 || name.n > 64) {
        refuse(call, 400, 195016, "Invalid name. Markups or lengths greater than 64 not supported");
    } else if (!endpoint_is_good(endpoint)) {
        refuse(call, 400, 195017, "Invalid or missing endpoint.");
    } else if (!slice_is(status, "ENABLED") && !slice_is(status, "DISABLED")) {
        refuse(call,
               400,
               195018,
               "Invalid or missing destination status. Supported values:[ENABLED,DISABLED]");
    } else if (!token_is_good(verification)) {
        refuse(call, 400, 195019, "Invalid or missing verification token for this endpoint.");
    } else if (ebay->alert_email.n == 0) {
        refuse(call,
               409,
               195003,
               "Please provide configurations required for notifications. Refer to /config");
    } else {
        for (size_t i = 0; i < ebay->destinations_count; i++) {
            if (ebay->destinations[i].id && slice_equal(ebay->destinations[i].endpoint, endpoint)) {
                refuse(call, 409, 195021, "Destination exists for this endpoint");
                return;
            }
        }
        challenge_start(call, name, endpoint, verification);
    }
}

static void destinations_list(struct call *call)
{
    const struct ebay *ebay = ebay_of(call->shop);
    int64_t limit;
    if (!rest_query_int(call, "limit", 10, 100, 20, &limit)) {
        refuse(call, 400, 195004, "Invalid limit. Supported ranges 10 - 100.");
        return;
    }
    struct json_writer w = rest_json(call, 200);
    int64_t total = 0;
    json_begin_object(&w);
    json_key(&w, "destinations");
    json_begin_array(&w);
    for (size_t i = 0; i < ebay->destinations_count; i++) {
        if (ebay->destinations[i].id && total++ < limit) {
            put_destination(&w, &call->shop->sandbox->turn, &ebay->destinations[i]);
        }
    }
    json_end_array(&w);
    json_field_int(&w, "total", total);
    json_field_int(&w, "limit", limit);
    json_end_object(&w);
}

static void destination_one(struct call *call, struct slice id)
{
    struct shop *shop = call->shop;
    struct ebay *ebay = ebay_of(shop);
    struct ebay_destination *d = destination_find(shop, id);
    if (!d) {
        refuse(call, 404, 195022, "Invalid or missing destination id.");
        return;
    }
    if (rest_method(call, "GET")) {
        struct json_writer w = rest_json(call, 200);
        put_destination(&w, &shop->sandbox->turn, d);
        return;
    }
    for (size_t i = 0; i < ebay->subscriptions_count; i++) {
        if (ebay->subscriptions[i].id && ebay->subscriptions[i].destination == d->id) {
            refuse(call, 409, 195024, "Destination is in use and cannot be deleted.");
            return;
        }
    }
    d->id = 0;
    rest_text(call, 204, "application/json", SLICE(""));
}

/* ---- subscriptions ---- */

static void
put_subscription(struct json_writer *w, struct arena *arena, const struct ebay_subscription *s)
{
    char stamp[TIME_TEXT_MAX];
    json_begin_object(w);
    json_field_text(w, "subscriptionId", arena_printf(arena, "%" PRId64, s->id));
    json_field_text(w, "topicId", s->topic);
    json_field_str(w, "status", s->is_enabled ? "ENABLED" : "DISABLED");
    json_field_text(w, "creationDate", time_format(s->created_us, stamp));
    json_field_text(w, "destinationId", arena_printf(arena, "%" PRId64, s->destination));
    json_field_raw(w,
                   "payload",
                   SLICE("{\"format\":\"JSON\",\"schemaVersion\":\"1.0\",\"deliveryProtocol\":"
                         "\"HTTPS\"}"));
    json_end_object(w);
}

static bool payload_is_good(struct call *call, struct json payload)
{
    struct slice format = {0};
    struct slice version = {0};
    struct slice protocol = {0};
    json_text(json_get(payload, "format"), &format);
    json_text(json_get(payload, "schemaVersion"), &version);
    json_text(json_get(payload, "deliveryProtocol"), &protocol);
    if (!slice_is(version, "1.0")) {
        return refuse(call, 400, 195008, "Invalid or missing schema version.");
    }
    if (!slice_is(format, "JSON")) {
        return refuse(call, 400, 195009, "Specified format is not supported for the topic.");
    }
    return slice_is(protocol, "HTTPS") || refuse(call, 400, 195010, "Invalid or missing protocol");
}

static void subscription_create(struct call *call)
{
    struct shop *shop = call->shop;
    struct ebay *ebay = ebay_of(shop);
    struct json body;
    struct slice topic = {0};
    struct slice status = {0};
    struct slice destination = {0};
    if (!ebay_body(call, &body)) {
        return;
    }
    json_text(json_get(body, "topicId"), &topic);
    json_text(json_get(body, "status"), &status);
    json_text(json_get(body, "destinationId"), &destination);
    const struct ebay_destination *d = destination_find(shop, destination);
    if (topic_find(topic) == COUNT_OF(topics)) {
        refuse(call, 400, 195027, "Invalid or missing topic id.");
        return;
    }
    if (!slice_is(status, "ENABLED") && !slice_is(status, "DISABLED")) {
        refuse(call, 400, 195006, "Invalid or missing subscription status.");
        return;
    }
    if (!d) {
        refuse(call, 400, 195007, "Invalid or missing destination id.");
        return;
    }
    if (!payload_is_good(call, json_get(body, "payload"))) {
        return;
    }
    for (size_t i = 0; i < ebay->subscriptions_count; i++) {
        if (ebay->subscriptions[i].id && slice_equal(ebay->subscriptions[i].topic, topic)) {
            refuse(call, 409, 195012, "Subscription already exists");
            return;
        }
    }
    const struct ebay_subscription *s =
        subscription_add(shop, topic, d->id, slice_is(status, "ENABLED"));
    if (!s) {
        refuse(call, 500, 195000, "The sandbox keeps at most 32 subscriptions.");
        return;
    }
    rest_text(call, 201, "application/json", SLICE("{}"));
    call_header(call,
                "Location",
                arena_printf(&shop->sandbox->turn,
                             "%.*s/commerce/notification/v1/subscription/%" PRId64,
                             SLICE_ARG(shop->base_url),
                             s->id));
}

static void subscriptions_list(struct call *call)
{
    const struct ebay *ebay = ebay_of(call->shop);
    int64_t limit;
    if (!rest_query_int(call, "limit", 10, 100, 20, &limit)) {
        refuse(call, 400, 195004, "Invalid limit. Supported ranges 10 - 100.");
        return;
    }
    struct json_writer w = rest_json(call, 200);
    int64_t total = 0;
    json_begin_object(&w);
    json_key(&w, "subscriptions");
    json_begin_array(&w);
    for (size_t i = 0; i < ebay->subscriptions_count; i++) {
        if (ebay->subscriptions[i].id && total++ < limit) {
            put_subscription(&w, &call->shop->sandbox->turn, &ebay->subscriptions[i]);
        }
    }
    json_end_array(&w);
    json_field_int(&w, "total", total);
    json_field_int(&w, "limit", limit);
    json_end_object(&w);
}

static void subscription_one(struct call *call, const struct rest_parts *parts)
{
    struct shop *shop = call->shop;
    struct ebay_subscription *s = subscription_find(shop, parts->at[4]);
    struct slice deed = parts->count == 6 ? parts->at[5] : (struct slice){0};
    bool is_post = rest_method(call, "POST");
    size_t destination;
    if (!s) {
        refuse(call, 404, 195013, "The subscription id does not exist.");
        return;
    }
    if (deed.n == 0 && rest_method(call, "GET")) {
        struct json_writer w = rest_json(call, 200);
        put_subscription(&w, &shop->sandbox->turn, s);
        return;
    }
    if (deed.n == 0 && rest_method(call, "DELETE")) {
        s->id = 0;
    } else if (is_post && (slice_is(deed, "enable") || slice_is(deed, "disable"))) {
        s->is_enabled = slice_is(deed, "enable");
    } else if (is_post && slice_is(deed, "test")) {
        if (ebay_destination_of(shop, s, &destination)) {
            arena_clear(&shop->sandbox->hook_turn);
            ebay_envelope(
                shop, arena_copy(&shop->sandbox->hook_turn, s->topic).p, SLICE("{}"), destination);
        }
        rest_text(call, 202, "application/json", SLICE(""));
        return;
    } else {
        ebay_no_route(call);
        return;
    }
    rest_text(call, 204, "application/json", SLICE(""));
}

/* ---- routes ---- */

static void subscriptions_call(struct call *call, const struct rest_parts *parts)
{
    if (!ebay_may(call, EBAY_USER_TOKEN)) {
        return;
    }
    if (parts->count == 4 && rest_method(call, "POST")) {
        subscription_create(call);
    } else if (parts->count == 4 && rest_method(call, "GET")) {
        subscriptions_list(call);
    } else if (parts->count == 5 || parts->count == 6) {
        subscription_one(call, parts);
    } else {
        ebay_no_route(call);
    }
}

void ebay_notification_call(struct call *call, const struct rest_parts *parts)
{
    struct slice what = parts->count >= 4 ? parts->at[3] : (struct slice){0};
    struct slice id = parts->count == 5 ? parts->at[4] : (struct slice){0};
    bool is_get = rest_method(call, "GET");
    if (parts->count < 4 || !slice_is(parts->at[2], "v1")) {
        ebay_no_route(call);
        return;
    }
    if (slice_is(what, "subscription")) {
        subscriptions_call(call, parts);
        return;
    }
    if (!ebay_may(call, EBAY_APP_TOKEN)) {
        return;
    }
    if (slice_is(what, "public_key") && is_get && id.n > 0) {
        public_key(call, id);
    } else if (slice_is(what, "config") && (is_get || rest_method(call, "PUT"))) {
        config_call(call);
    } else if (slice_is(what, "topic") && is_get) {
        topics_call(call, id);
    } else if (slice_is(what, "destination") && parts->count == 4 && rest_method(call, "POST")) {
        destination_create(call);
    } else if (slice_is(what, "destination") && parts->count == 4 && is_get) {
        destinations_list(call);
    } else if (slice_is(what, "destination") && id.n > 0 &&
               (is_get || rest_method(call, "DELETE"))) {
        destination_one(call, id);
    } else {
        ebay_no_route(call);
    }
}
