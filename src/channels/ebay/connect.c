/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connecting: what the account may do, and whether eBay calls us.
 *
 * One exchange of many requests; the cursor is "STAGE;ID;TOKEN": the id of what was found or
 * made, and the application's own token, which destinations take instead of the seller's.
 *
 *   (empty) who is it -> n inventory -> o orders -> p out-of-stock control
 *   -> t the application's token -> c alert address (-> w write it)
 *   -> d destinations (-> m make one | u switch it on) -> s subscriptions (-> b subscribe | e switch
 *   it on) -> x a test -> q platform notifications, or by hand -> the end
 *
 * A right that is missing is reported and does not end it; a credential that is refused does. The
 * address and the token that eBay's challenge is answered with are kept before eBay is told of them.
 */
#include "channels/ebay/connect.h"
#include "base/buf.h"
#include "base/crypto.h"
#include "base/json_write.h"

#define NOTIFICATION "/commerce/notification/v1/"
#define TEXT_MAX 16384

static struct slice stage_text(struct arena *arena, char stage, struct slice id, struct slice token)
{
    return arena_printf(arena,
                        "%c;%.*s;%.*s",
                        stage,
                        (int)id.n,
                        id.p ? id.p : "",
                        (int)token.n,
                        token.p ? token.p : "");
}

bool connect_place_read(struct slice cursor, struct connect_place *out)
{
    struct slice stage;

    *out = (struct connect_place){.stage = CONNECT_WHO};
    if (!cursor.n) {
        return true;
    }
    slice_cut(&cursor, ';', &stage);
    slice_cut(&cursor, ';', &out->id);
    out->token = cursor;
    out->stage = stage.n == 1 ? stage.p[0] : '?';
    for (size_t i = 0; i < cursor.n; i++) {
        if (cursor.p[i] <= ' ' || cursor.p[i] > '~') {
            return false;
        }
    }
    bool has_token = out->token.n > 0 || !strchr("cwdmusbex", out->stage);
    bool has_id = out->id.n > 0 || !strchr("usbex", out->stage);
    return strchr("notpcwdmusbexq", out->stage) != NULL && has_token && has_id &&
           (!out->id.n || ebay_is_id(out->id));
}

struct slice connect_endpoint(const struct account *account, const struct step *step)
{
    const struct ebay_config *config = ebay_config(account);

    return config->endpoint.n ? config->endpoint : step->hooks_url;
}

/* ---- requests ---- */

static struct slice written(struct buf *text, struct arena *arena)
{
    return text->overflow ? (struct slice){0} : arena_copy(arena, buf_view(text));
}

static struct slice config_body(const struct account *account, struct arena *arena)
{
    ON_EXIT(buf_free) struct buf text;

    buf_init(&text, TEXT_MAX);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    json_field_text(&w, "alertEmail", ebay_config(account)->alert_email);
    json_end_object(&w);
    return written(&text, arena);
}

static struct slice
destination_body(const struct account *account, const struct step *step, struct arena *arena)
{
    ON_EXIT(buf_free) struct buf text;

    buf_init(&text, TEXT_MAX);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    json_field_text(&w, "name", arena_printf(arena, "truecount-%.*s", SLICE_ARG(account->code)));
    json_field_str(&w, "status", "ENABLED");
    json_key(&w, "deliveryConfig");
    json_begin_object(&w);
    json_field_text(&w, "endpoint", connect_endpoint(account, step));
    json_field_text(&w, "verificationToken", ebay_config(account)->verification_token);
    json_end_object(&w);
    json_end_object(&w);
    return written(&text, arena);
}

static struct slice subscription_body(struct slice destination, struct arena *arena)
{
    ON_EXIT(buf_free) struct buf text;

    buf_init(&text, TEXT_MAX);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    json_field_str(&w, "topicId", CONNECT_TOPIC);
    json_field_str(&w, "status", "ENABLED");
    json_field_text(&w, "destinationId", destination);
    json_key(&w, "payload");
    json_begin_object(&w);
    json_field_str(&w, "format", "JSON");
    json_field_str(&w, "schemaVersion", "1.0");
    json_field_str(&w, "deliveryProtocol", "HTTPS");
    json_end_object(&w);
    json_end_object(&w);
    return written(&text, arena);
}

/* Every event is asked for by name; eBay sends them to one address, told with the same call. */
static enum err build_platform(const struct account *account,
                               const struct step *step,
                               struct arena *arena,
                               struct http_request *out)
{
    static const char *const events[] = {"FixedPriceTransaction",
                                         "AuctionCheckoutComplete",
                                         "ItemRevised",
                                         "ItemClosed",
                                         "ItemUnsold"};
    ON_EXIT(buf_free) struct buf text;

    buf_init(&text, TEXT_MAX);
    buf_text(&text,
             "<ApplicationDeliveryPreferences><ApplicationEnable>Enable</ApplicationEnable>"
             "<ApplicationURL>");
    xml_put_text(&text, step->hooks_url);
    buf_text(&text,
             "/" EBAY_PLATFORM "</ApplicationURL></ApplicationDeliveryPreferences>"
             "<UserDeliveryPreferenceArray>");
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        buf_printf(&text,
                   "<NotificationEnable><EventType>%s</EventType>"
                   "<EventEnable>Enable</EventEnable></NotificationEnable>",
                   events[i]);
    }
    buf_text(&text, "</UserDeliveryPreferenceArray>");
    if (text.overflow) {
        return ERR_LIMIT;
    }
    return ebay_trading_request(account, "SetNotificationPreferences", buf_view(&text), arena, out);
}

/* What belongs to the application, or is created for the seller, of the Notification API. */
static enum err build_notification(const struct account *account,
                                   const struct step *step,
                                   const struct connect_place *place,
                                   struct arena *arena,
                                   struct http_request *out)
{
    static const struct {
        char stage;
        bool is_ours; /* with the application's token */
        const char *method, *path, *behind;
    } calls[] = {
        {'c', true, "GET", "config", ""},
        {'w', true, "PUT", "config", ""},
        {'d', true, "GET", "destination?limit=100", ""},
        {'m', true, "POST", "destination", ""},
        {'u', true, "PUT", "destination/", ""},
        {'s', false, "GET", "subscription?limit=100", ""},
        {'b', false, "POST", "subscription", ""},
        {'e', false, "POST", "subscription/", "/enable"},
        {'x', false, "POST", "subscription/", "/test"},
    };
    struct slice body = {0};
    size_t at = 0;

    while (at < COUNT_OF(calls) && calls[at].stage != place->stage) {
        at++;
    }
    if (at == COUNT_OF(calls)) {
        return ERR_USAGE;
    }
    if (place->stage == 'w') {
        body = config_body(account, arena);
    } else if (place->stage == 'm' || place->stage == 'u') {
        body = destination_body(account, step, arena);
    } else if (place->stage == 'b') {
        body = subscription_body(place->id, arena);
    }
    bool has_id = slice_ends(slice_of(calls[at].path), "/");
    struct slice url = arena_printf(arena,
                                    "%.*s" NOTIFICATION "%s%.*s%s",
                                    SLICE_ARG(account->base_url),
                                    calls[at].path,
                                    has_id ? (int)place->id.n : 0,
                                    place->id.p ? place->id.p : "",
                                    calls[at].behind);
    struct slice token = calls[at].is_ours ? place->token : ebay_config(account)->access_token;
    return ebay_request_with(account, token, calls[at].method, url, body, arena, out);
}

enum err ebay_build_connect(const struct account *account,
                            const struct step *step,
                            struct arena *arena,
                            struct http_request *out)
{
    struct slice none = {0};
    struct connect_place place;

    if (!connect_place_read(step->cursor, &place)) {
        return ERR_USAGE;
    }
    if (!ebay_config(account)->access_token.n) {
        return ERR_AUTH;
    }
    switch (place.stage) {
    case CONNECT_WHO: {
        struct slice url = arena_printf(arena,
                                        "%.*s/commerce/identity/v1/user/",
                                        SLICE_ARG(ebay_config(account)->identity_url));
        return ebay_request_with(
            account, ebay_config(account)->access_token, "GET", url, none, arena, out);
    }
    case 'n':
        return ebay_request(account,
                            "GET",
                            SLICE("/sell/inventory/v1/inventory_item?limit=1&offset=0"),
                            none,
                            arena,
                            out);
    case 'o':
        return ebay_request(
            account, "GET", SLICE("/sell/fulfillment/v1/order?limit=1"), none, arena, out);
    case 'p':
        return ebay_trading_request(
            account,
            "GetUserPreferences",
            SLICE("<ShowOutOfStockControlPreference>true</ShowOutOfStockControlPreference>"),
            arena,
            out);
    case 't':
        return ebay_build_app_token(account, arena, out);
    case 'q':
        return build_platform(account, step, arena, out);
    default:
        return build_notification(account, step, &place, arena, out);
    }
}

void connect_next(struct connecting *c, char stage, struct slice id)
{
    struct slice cursor = stage_text(c->arena, stage, id, c->place.token);

    c->signal->next = (struct next_request){.is_wanted = cursor.p != NULL, .cursor = cursor};
}

void connect_say(struct connecting *c,
                 enum connect_state state,
                 const char *what,
                 struct slice detail)
{
    must(c->count < CONNECT_CHECKS_MAX);
    c->checks[c->count++] = (struct connect_check){.state = state, .what = what, .detail = detail};
}
