/* SPDX-License-Identifier: Apache-2.0 */
#include "base/crypto.h"
#include "channels/amazon/amazon.h"
#include "channels/settings.h"

#define MARKETPLACES_MAX 50
#define LWA "https://api.amazon.com"

static bool is_word(struct slice s, size_t max)
{
    bool fits = s.n > 0 && s.n <= max;

    for (size_t i = 0; fits && i < s.n; i++) {
        char c = s.p[i];
        fits = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    }
    return fits;
}

/* ---- where ---- */

static const struct {
    const char *region, *api, *consent;
} regions[] = {
    {"na", "https://sellingpartnerapi-na.amazon.com", "https://sellercentral.amazon.com"},
    {"eu", "https://sellingpartnerapi-eu.amazon.com", "https://sellercentral-europe.amazon.com"},
    {"fe", "https://sellingpartnerapi-fe.amazon.com", "https://sellercentral.amazon.co.jp"},
};

/* scheme and authority of a checked address */
static struct slice origin_of(struct slice url)
{
    size_t at = slice_starts(url, "https://") ? strlen("https://") : strlen("http://");

    while (at < url.n && url.p[at] != '/') {
        at++;
    }
    return (struct slice){url.p, at};
}

static struct slice without_slash(struct slice url)
{
    while (url.n && url.p[url.n - 1] == '/') {
        url.n--;
    }
    return url;
}

/* With another API than Amazon's the tokens are bought there too, unless auth_url says otherwise;
 * Amazon's own sandboxes know the tokens of Login with Amazon. */
static struct slice auth_origin(struct slice auth_url, struct slice base_url)
{
    if (auth_url.n) {
        return without_slash(auth_url);
    }
    bool is_amazon = !base_url.n || slice_ends(origin_of(base_url), ".amazon.com");
    return is_amazon ? SLICE(LWA) : without_slash(base_url);
}

static enum err places_read(struct json settings,
                            struct arena *arena,
                            struct account *account,
                            struct amazon_config *config,
                            struct err_note *note)
{
    struct slice auth_url = {0};
    struct slice region = {0};
    struct slice base_url = {0};
    size_t found = COUNT_OF(regions);

    enum err e = setting_url(settings, "base_url", arena, &base_url, note);
    e = e ? e : setting_url(settings, "auth_url", arena, &auth_url, note);
    e = e ? e : setting_text(settings, "region", &region, note);
    if (e) {
        return e;
    }
    region = slice_trim(region);
    for (size_t i = 0; i < COUNT_OF(regions); i++) {
        if (slice_equal_nocase(region, slice_of(regions[i].region))) {
            found = i;
        }
    }
    if (found == COUNT_OF(regions) && (region.n || !base_url.n)) {
        return err_note(note,
                        ERR_USAGE,
                        "settings.region must be na (America), eu (Europe, India, Middle East) or "
                        "fe (Japan, Australia, Singapore)");
    }
    size_t at = found < COUNT_OF(regions) ? found : 0;
    config->region = slice_of(regions[at].region);
    account->base_url = base_url.n ? without_slash(base_url) : slice_of(regions[at].api);
    struct slice auth = auth_origin(auth_url, base_url);
    config->token_url = arena_printf(arena, "%.*s/auth/o2/token", SLICE_ARG(auth));
    config->consent_origin = slice_equal(auth, SLICE(LWA)) ? slice_of(regions[at].consent) : auth;
    return ERR_OK;
}

/* ---- who ---- */

static enum err marketplace_add(
    struct slice id, struct arena *arena, struct slice *list, size_t *count, struct err_note *note)
{
    id = slice_trim(id);
    if (!is_word(id, 30) || *count == MARKETPLACES_MAX) {
        return err_note(note,
                        ERR_USAGE,
                        "settings.marketplace_ids must be a list of at most %d marketplace ids, as "
                        "[\"ATVPDKIKX0DER\"]",
                        MARKETPLACES_MAX);
    }
    list[(*count)++] = arena_copy(arena, id);
    return ERR_OK;
}

/* A list, or a text with commas. Absent: connecting finds out. */
static enum err marketplaces_read(struct json v,
                                  struct arena *arena,
                                  struct amazon_config *config,
                                  struct err_note *note)
{
    struct slice *list = ARENA_ARRAY(arena, MARKETPLACES_MAX, struct slice);
    struct slice text = {0};
    size_t count = 0;
    enum err e = list ? ERR_OK : err_note(note, ERR_LIMIT, "the settings are too large");

    if (json_type(v) == JSON_NONE || json_type(v) == JSON_NULL) {
        return e;
    }
    if (json_text(v, &text)) {
        for (bool more = slice_trim(text).n > 0; !e && more;) {
            struct slice one;
            more = slice_cut(&text, ',', &one);
            e = marketplace_add(one, arena, list, &count, note);
        }
    } else if (json_type(v) == JSON_ARRAY) {
        for (struct json_iter i = json_iter(v); !e && json_next(&i);) {
            e = marketplace_add(amazon_text(i.value), arena, list, &count, note);
        }
    } else {
        e = marketplace_add((struct slice){0}, arena, list, &count, note);
    }
    for (size_t i = 0; !e && i < count; i++) {
        config->marketplaces_text = arena_printf(arena,
                                                 "%.*s%s%.*s",
                                                 (int)config->marketplaces_text.n,
                                                 i ? config->marketplaces_text.p : "",
                                                 i ? "," : "",
                                                 (int)list[i].n,
                                                 list[i].p ? list[i].p : "");
    }
    config->marketplaces = list;
    config->marketplaces_count = count;
    return e;
}

static enum err seller_read(struct json settings,
                            struct arena *arena,
                            struct amazon_config *config,
                            struct err_note *note)
{
    struct slice seller = {0};
    struct slice application = {0};
    enum err e = setting_text(settings, "seller_id", &seller, note);

    e = e ? e : setting_text(settings, "application_id", &application, note);
    if (e) {
        return e;
    }
    seller = slice_trim(seller);
    application = slice_trim(application);
    if (!is_word(seller, 40)) {
        return err_note(note,
                        ERR_USAGE,
                        "settings.seller_id must be the merchant token, as \"A3TH9S8BH6GOGM\": "
                        "Seller Central > Settings > Account Info > Merchant Token");
    }
    if (application.n && !amazon_is_visible(application, 200)) {
        return err_note(note, ERR_USAGE, "settings.application_id has bytes that no such id has");
    }
    config->seller_id = arena_copy(arena, seller);
    config->application_id = arena_copy(arena, application);
    return ERR_OK;
}

static enum err secrets_read(struct json secrets,
                             struct arena *arena,
                             struct amazon_config *config,
                             struct err_note *note)
{
    enum err e = setting_token(secrets, "client_id", arena, &config->client_id, note);

    e = e ? e : setting_token(secrets, "client_secret", arena, &config->client_secret, note);
    e = e ? e : setting_token(secrets, "refresh_token", arena, &config->refresh_token, note);
    e = e ? e : setting_token(secrets, "access_token", arena, &config->access_token, note);
    e = e ? e : setting_token(secrets, "aws_access_key_id", arena, &config->aws_key_id, note);
    e = e ? e : setting_token(secrets, "aws_secret_access_key", arena, &config->aws_secret, note);
    if (!e && (!config->client_id.n || !config->client_secret.n)) {
        e = err_note(note,
                     ERR_USAGE,
                     "secrets.client_id and secrets.client_secret are missing: Seller Central > "
                     "Develop Apps > (application) > LWA credentials > View");
    }
    if (!e && !config->aws_key_id.n != !config->aws_secret.n) {
        e = err_note(note,
                     ERR_USAGE,
                     "secrets.aws_access_key_id and secrets.aws_secret_access_key belong together: "
                     "set both, or none");
    }
    return e;
}

/* ---- the queue ---- */

/* "sqs.eu-west-1.amazonaws.com", "eu-west-1.queue.amazonaws.com"; empty for any other host. */
static struct slice region_in(struct slice host)
{
    struct slice first, second;

    if (!amazon_has_words(host, ".amazonaws.com")) {
        return (struct slice){0};
    }
    slice_cut(&host, '.', &first);
    slice_cut(&host, '.', &second);
    if (slice_is(first, "sqs")) {
        return second;
    }
    return slice_is(second, "queue") ? first : (struct slice){0};
}

static bool is_region(struct slice s)
{
    bool fits = s.n > 0 && s.n <= 32;

    for (size_t i = 0; fits && i < s.n; i++) {
        char c = s.p[i];
        fits = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    }
    return fits;
}

/* Behind the last '/', which goes too. */
static struct slice last_segment(struct slice *url)
{
    size_t at = url->n;

    while (at > 0 && url->p[at - 1] != '/') {
        at--;
    }
    struct slice segment = slice_from(*url, at);
    url->n = at > 0 ? at - 1 : 0;
    return segment;
}

static enum err queue_read(struct json settings,
                           struct arena *arena,
                           struct amazon_config *config,
                           struct err_note *note)
{
    struct slice region = {0};
    enum err e = setting_url(settings, "sqs_queue_url", arena, &config->queue_url, note);

    e = e ? e : setting_text(settings, "aws_region", &region, note);
    if (e || !config->queue_url.n) {
        return e;
    }
    struct slice url = without_slash(config->queue_url);
    struct slice origin = origin_of(url);
    struct slice host =
        slice_from(origin, strlen(slice_starts(origin, "https") ? "https://" : "http://"));
    config->queue_endpoint = url;
    struct slice name = last_segment(&config->queue_endpoint);
    struct slice owner = last_segment(&config->queue_endpoint);
    if (!is_word(owner, 20) || !name.n || name.n > 80 || config->queue_endpoint.n < origin.n) {
        return err_note(note,
                        ERR_USAGE,
                        "settings.sqs_queue_url must be the queue's URL, as "
                        "https://sqs.eu-west-1.amazonaws.com/444455556666/truecount");
    }
    if (slice_ends(name, ".fifo")) {
        return err_note(
            note, ERR_USAGE, "settings.sqs_queue_url: Amazon needs a standard queue, not FIFO");
    }
    region = slice_trim(region);
    region = region.n ? region : region_in(host);
    config->aws_region = is_region(region) ? arena_copy(arena, region) : SLICE("us-east-1");
    config->queue_arn = arena_printf(arena,
                                     "arn:%s:sqs:%.*s:%.*s:%.*s",
                                     slice_ends(host, ".cn") ? "aws-cn" : "aws",
                                     SLICE_ARG(config->aws_region),
                                     SLICE_ARG(owner),
                                     SLICE_ARG(name));
    return ERR_OK;
}

static enum err amazon_configure(struct json settings,
                                 struct json secrets,
                                 struct slice code,
                                 bool private_ok,
                                 struct arena *arena,
                                 struct account *out,
                                 struct err_note *note)
{
    struct amazon_config *config = ARENA_NEW(arena, struct amazon_config);
    struct account account = {
        .connector = &connector_amazon, .code = arena_copy(arena, code), .config = config};

    if (!config) {
        return err_note(note, ERR_LIMIT, "the settings are too large");
    }
    config->private_ok = private_ok;
    enum err e = places_read(settings, arena, &account, config, note);
    e = e ? e : seller_read(settings, arena, config, note);
    e = e ? e : marketplaces_read(json_get(settings, "marketplace_ids"), arena, config, note);
    e = e ? e : queue_read(settings, arena, config, note);
    e = e ? e : secrets_read(secrets, arena, config, note);
    if (e) {
        return e;
    }
    if (arena->exhausted) {
        return err_note(note, ERR_LIMIT, "the settings are too large");
    }
    account.needs_consent = !config->refresh_token.n;
    *out = account;
    return ERR_OK;
}

static const struct connector_field fields[] = {
    {"seller_id", "Seller Central > Settings > Account Info > Merchant Token", false, false},
    {"region",
     "na (America), eu (Europe, India, Middle East), fe (Japan, Australia, Singapore)",
     false,
     false},
    {"marketplace_ids", "as ATVPDKIKX0DER; leave it empty to be shown yours", false, true},
    {"client_id", "Develop Apps > (application) > LWA credentials", true, false},
    {"client_secret", "shown beside the client id; lasts 180 days", true, false},
    {"refresh_token", "Develop Apps > (application) > Authorize shows it once", true, true},
    {"sqs_queue_url",
     "URL of a standard SQS queue: orders come in seconds, not minutes",
     false,
     true},
    {"aws_access_key_id",
     "of an AWS user that may receive from and delete in the queue",
     true,
     true},
    {"aws_secret_access_key", "of the same user", true, true},
};

const struct connector connector_amazon = {
    .name = "amazon",
    .title = "Amazon",
    .other_writers = "In Seller Central: other developers under Apps and Services, and scheduled "
                     "inventory files under Inventory > Add products via upload.",
    .fields = fields,
    .fields_count = COUNT_OF(fields),
    .semantics =
        {
            .compare_and_set = false,
            .idempotent_push = false,
            .reads_counts = true,
            .raise_freely = false,
            .has_locations = false,
            .stamp_granularity_us = US_PER_S,
            /* Nobody states how late a message may be: the longest that is reckoned with. */
            .event_delay_p99_us = 120 * US_PER_S,
            .ambiguity_us = AMAZON_SETTLE_US,
            .poll_us = 300 * US_PER_S,
            .read_back_us = 3600 * US_PER_S,
            .push_batch_max = 1,
            .read_batch_max = AMAZON_READ_MAX,
            .parallel_max = 5,
            .calls_per_s = 5,
            /* 300 single patches take a minute; a feed takes longer, however many rows it has. */
            .bulk_from = 300,
            .bulk_max = AMAZON_BULK_MAX,
            .limits =
                {
                    [CALL_PUSH] = {.per_1000s = 5000, .burst = 5},
                    /* 0.0083 feeds a second. */
                    [CALL_BULK] = {.per_1000s = 8, .burst = 15},
                    [CALL_BULK_NEXT] = {.per_1000s = 2000, .burst = 15},
                    /* One operation, 5 a second, serves both. */
                    [CALL_READ] = {.per_1000s = 3000, .burst = 3},
                    [CALL_CATALOGUE] = {.per_1000s = 2000, .burst = 2},
                    [CALL_ORDERS] = {.per_1000s = 5, .burst = 20},
                    [CALL_ORDER] = {.per_1000s = 500, .burst = 30},
                },
            .token_ahead_us = 300 * US_PER_S,
        },
    .configure = amazon_configure,
    .listing_keys = amazon_listing_keys,
    .verify = amazon_verify,
    .decode = amazon_decode,
    .push_group = amazon_push_group,
    .build_push = amazon_build_push,
    .read_push = amazon_read_push,
    .build_read = amazon_build_read,
    .read_counts = amazon_read_counts,
    .build_orders = amazon_build_orders,
    .read_orders = amazon_read_orders,
    .build_order = amazon_build_order,
    .read_order = amazon_read_order,
    .build_catalogue = amazon_build_catalogue,
    .read_catalogue = amazon_read_catalogue,
    .wants_token = amazon_wants_token,
    .build_token = amazon_build_token,
    .read_token = amazon_read_token,
    .consent_url = amazon_consent_url,
    .build_code = amazon_build_code,
    .receives = amazon_receives,
    .build_receive = amazon_build_receive,
    .read_receive = amazon_read_receive,
    .build_ack = amazon_build_ack,
    .build_connect = amazon_build_connect,
    .read_connect = amazon_read_connect,
};
