/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api - shops that speak our own API: signed order snapshots in, signed stock updates out.
 *
 * Both directions are Standard Webhooks. raise_freely: such a shop reports each of its sales before
 * it shows less, so that no sale can be on its way while its count is still the old one, and a
 * raise needs no proof. Its counts cannot be read; without settings.base_url it reads GET
 * /v1/listings itself.
 */
#include "base/crypto.h"
#include "base/json_write.h"
#include "base/standard_webhooks.h"
#include "channels/api/api_order.h"
#include "channels/reply.h"
#include "channels/settings.h"

#define SECRETS_MAX 2
#define ITEMS_MAX 1000
#define BODY_MAX ((size_t)1 << 20)

struct api_config {
    struct slice secrets[SECRETS_MAX]; /* key bytes; the first signs what we send */
    size_t secrets_count;
};

static const struct api_config *config_of(const struct account *account)
{
    return account->config;
}

/* "whsec_" and base64, as Standard Webhooks writes keys; anything else is the key itself. */
static enum err key_read(struct json secrets,
                         const char *name,
                         struct arena *arena,
                         struct api_config *config,
                         struct err_note *note)
{
    struct slice text = {0};
    struct slice key = {0};
    enum err e = setting_secret(secrets, name, arena, &text, note);
    if (e || !text.n) {
        return e;
    }
    key = text;
    if (slice_starts(text, "whsec_") && !webhook_key_read(text, arena, &key)) {
        return err_note(note, ERR_USAGE, "secrets.%s begins with whsec_ but is no base64", name);
    }
    config->secrets[config->secrets_count++] = key;
    return ERR_OK;
}

static enum err configure(struct json settings,
                          struct json secrets,
                          struct slice code,
                          bool private_ok,
                          struct arena *arena,
                          struct account *out,
                          struct err_note *note)
{
    (void)private_ok;
    struct api_config *config = ARENA_NEW(arena, struct api_config);
    struct slice base_url = {0};

    if (!config) {
        return err_note(note, ERR_LIMIT, "the settings are too large");
    }
    enum err e = setting_url(settings, "base_url", arena, &base_url, note);
    e = e ? e : key_read(secrets, "webhook_secret", arena, config, note);
    e = e ? e : key_read(secrets, "webhook_secret_old", arena, config, note);
    if (e) {
        return e;
    }
    if (base_url.n && config->secrets_count == 0) {
        return err_note(note,
                        ERR_USAGE,
                        "secrets.webhook_secret is missing: pushes to settings.base_url are "
                        "signed with it");
    }
    struct account account = {.connector = &connector_api,
                              .code = arena_copy(arena, code),
                              .base_url = base_url,
                              .config = config};
    if (arena->exhausted) {
        return err_note(note, ERR_LIMIT, "the settings are too large");
    }
    *out = account;
    return ERR_OK;
}

static enum err listing_keys(const struct account *account,
                             struct json remote,
                             struct arena *arena,
                             struct slice *out_remote,
                             struct slice *out_key,
                             struct slice *out_stock_key,
                             struct err_note *note)
{
    ON_EXIT(buf_free) struct buf text = {0};
    struct slice sku = {0};

    (void)account;
    if (!json_text(json_get(remote, "sku"), &sku) || sku.n == 0 || sku.n > API_TEXT_MAX) {
        return err_note(
            note, ERR_USAGE, "remote.sku must be the shop's SKU text, 1 to %d bytes", API_TEXT_MAX);
    }
    buf_init(&text, BODY_MAX);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    json_field_text(&w, "sku", sku);
    json_end_object(&w);
    *out_remote = arena_copy(arena, buf_view(&text));
    *out_key = *out_stock_key = arena_printf(arena, "sku:%.*s", SLICE_ARG(sku));
    return arena->exhausted || text.overflow ? err_note(note, ERR_LIMIT, "remote is too large")
                                             : ERR_OK;
}

/*
 * Any of the signatures may fit any of our keys: both sides may be rotating. The timestamp is
 * signed but not held against the clock: everything that comes here is a snapshot, late retries are
 * real, and an old one replayed is stale by its own version.
 */
static enum hook_verdict
verify(const struct account *account, const struct hook *hook, struct arena *arena)
{
    const struct api_config *config = config_of(account);
    struct slice id = http_header_get(hook->headers, hook->headers_count, "webhook-id");
    struct slice timestamp =
        http_header_get(hook->headers, hook->headers_count, "webhook-timestamp");
    struct slice given = http_header_get(hook->headers, hook->headers_count, "webhook-signature");
    int64_t seconds = 0;
    bool is_authentic = false;

    if (!id.n || !given.n || !slice_int(timestamp, &seconds)) {
        return HOOK_REFUSED;
    }
    for (size_t k = 0; k < config->secrets_count; k++) {
        struct slice wanted = webhook_sign(config->secrets[k], id, timestamp, hook->body, arena);
        struct slice rest = given;
        for (bool more = wanted.p != NULL; more;) {
            struct slice one;
            more = slice_cut(&rest, ' ', &one);
            if (slice_starts(one, "v1,") && crypto_equal(slice_from(one, 3), wanted)) {
                is_authentic = true;
            }
        }
    }
    return is_authentic ? HOOK_AUTHENTIC : HOOK_REFUSED;
}

static const char *channel_wrong(const struct account *account, struct json body)
{
    struct json v = json_get(body, "channel");
    struct slice channel = {0};
    if (json_type(v) == JSON_NONE ||
        (json_text(v, &channel) && slice_equal(channel, account->code))) {
        return NULL;
    }
    return "channel: the snapshot is of another channel";
}

static void decode(const struct account *account,
                   const struct hook *hook,
                   struct json_doc *doc,
                   struct arena *arena,
                   struct facts *out)
{
    struct json body = {0};
    struct err_note note = {{0}};

    *out = (struct facts){0};
    if (json_parse(doc, hook->body, &body, &note) || json_type(body) != JSON_OBJECT) {
        out->unreadable = "the body is not a JSON object that can be read safely";
        return;
    }
    struct json items = json_get(body, "items");
    bool is_list = json_type(items) == JSON_ARRAY && json_count(body) == 1;
    size_t count = is_list ? json_count(items) : 1;
    if (count > ITEMS_MAX) {
        out->unreadable = "items: more than 1000 orders";
        return;
    }
    struct order_snapshot *orders = ARENA_ARRAY(arena, count + 1, struct order_snapshot);
    if (!orders) {
        out->unreadable = "the body is too large";
        return;
    }
    struct json_iter i = json_iter(items);
    for (size_t n = 0; n < count; n++) {
        struct json order = body;
        if (is_list) {
            must(json_next(&i));
            order = i.value;
        }
        out->unreadable = channel_wrong(account, order);
        if (!out->unreadable && !api_decode_order(order, arena, &orders[n], &note)) {
            struct slice why = arena_copy(arena, slice_of(note.text));
            out->unreadable = why.p ? why.p : "the body is too large";
        }
        if (out->unreadable) {
            return;
        }
    }
    out->orders = orders;
    out->orders_count = count;
}

static struct slice
push_group(const struct account *account, const struct push_item *item, struct arena *arena)
{
    (void)account;
    (void)item;
    (void)arena;
    return (struct slice){0};
}

static struct slice
push_body(const struct push_item *items, size_t count, int64_t now_us, struct arena *arena)
{
    ON_EXIT(buf_free) struct buf text = {0};
    buf_init(&text, BODY_MAX);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    json_field_str(&w, "type", "stock.updated");
    json_field_time(&w, "timestamp", now_us);
    json_key(&w, "data");
    json_begin_object(&w);
    json_key(&w, "items");
    json_begin_array(&w);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(&w);
        json_field_text(&w, "sku", slice_from(items[i].stock_key, strlen("sku:")));
        json_field_int(&w, "quantity", items[i].value);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    json_end_object(&w);
    return text.overflow ? (struct slice){0} : arena_copy(arena, buf_view(&text));
}

static enum err build_push(const struct account *account,
                           const struct push_item *items,
                           size_t count,
                           const struct step *step,
                           struct arena *arena,
                           struct http_request *out)
{
    const struct api_config *config = config_of(account);
    if (!account->base_url.n || !config->secrets_count || !step->key.n || count == 0 ||
        count > connector_api.semantics.push_batch_max) {
        return ERR_USAGE;
    }
    for (size_t i = 0; i < count; i++) {
        if (!slice_starts(items[i].stock_key, "sku:") || items[i].value < 0) {
            return ERR_USAGE;
        }
    }
    struct slice body = push_body(items, count, step->now_us, arena);
    struct slice timestamp = arena_printf(arena, "%" PRId64, step->now_us / US_PER_S);
    struct slice signature = webhook_signature(
        config->secrets, config->secrets_count, step->key, timestamp, body, arena);
    struct http_header *headers = ARENA_ARRAY(arena, 4, struct http_header);
    if (!body.p || !timestamp.p || !headers) {
        return ERR_LIMIT;
    }
    headers[0] = (struct http_header){SLICE("Content-Type"), SLICE("application/json")};
    headers[1] = (struct http_header){SLICE("webhook-id"), step->key};
    headers[2] = (struct http_header){SLICE("webhook-timestamp"), timestamp};
    headers[3] = (struct http_header){SLICE("webhook-signature"), signature};
    *out = (struct http_request){.method = SLICE("POST"),
                                 .url = account->base_url,
                                 .headers = headers,
                                 .headers_count = 4,
                                 .body = body};
    return arena->exhausted ? ERR_LIMIT : ERR_OK;
}

static void read_push(const struct account *account,
                      const struct push_item *items,
                      size_t count,
                      const struct step *step,
                      const struct http_response *response,
                      struct json_doc *doc,
                      struct arena *arena,
                      struct push_result *out,
                      struct channel_signal *out_signal)
{
    (void)step;
    enum push_outcome outcome = PUSH_UNKNOWN;

    (void)account;
    (void)items;
    (void)doc;
    switch (reply_read(response, arena, out_signal)) {
    case REPLY_OK:
        outcome = PUSH_CONFIRMED;
        break;
    case REPLY_LATER:
        outcome = PUSH_LATER;
        break;
    case REPLY_REFUSED:
        /* The shop takes all rows or none, and does not say which it cannot take. */
        outcome = count > 1 ? PUSH_SPLIT : PUSH_REFUSED;
        break;
    case REPLY_UNKNOWN:
        break;
    }
    for (size_t i = 0; i < count; i++) {
        out[i] = (struct push_result){.outcome = outcome, .reason = out_signal->reason};
    }
}

static const struct connector_field fields[] = {
    {"webhook_secret", "signs both directions: whsec_ and base64, or any text", true, true},
    {"base_url", "where counts are posted to; empty: the shop reads them itself", false, true},
};

const struct connector connector_api = {
    .name = "api",
    .title = "API",
    .other_writers = "In the shop itself: any import or admin page that sets a quantity instead of "
                     "asking truecount.",
    .fields = fields,
    .fields_count = COUNT_OF(fields),
    .semantics =
        {
            .compare_and_set = false,
            .idempotent_push = true, /* a repeat carries the same webhook-id */
            .reads_counts = false,
            .raise_freely = true,
            .has_locations = false,
            .stamp_granularity_us = 0, /* versions are the shop's own, as fine as it likes */
            .event_delay_p99_us = 2 * US_PER_S,
            .ambiguity_us = 10 * US_PER_S,
            .poll_us = 0,
            .read_back_us = 0,
            .push_batch_max = 500,
            .parallel_max = 2,
            .calls_per_s = 0,
        },
    .configure = configure,
    .listing_keys = listing_keys,
    .verify = verify,
    .decode = decode,
    .push_group = push_group,
    .build_push = build_push,
    .read_push = read_push,
};
