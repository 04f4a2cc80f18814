/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_ebay_events - what is sent: signed ORDER_CONFIRMATIONs, one for each line of a new order,
 * and platform notifications, whose signature does not cover their body. Nobody is told of cancels
 * and shipments.
 */
#include "drill/sandbox_ebay.h"

#include "base/crypto.h"
#include "base/times.h"

#define ATTEMPT "\"publishAttemptCount\":"

/* ---- ORDER_CONFIRMATION ---- */

void ebay_envelope(struct shop *shop, const char *topic, struct slice data, size_t destination)
{
    struct sandbox *sandbox = shop->sandbox;
    char uuid[40];
    char stamp[TIME_TEXT_MAX];
    uuid_make(sandbox, uuid);
    struct slice now = time_format(env_wall_us(sandbox->env), stamp);
    buf_clear(&sandbox->scratch);
    buf_printf(&sandbox->scratch,
               "{\"metadata\":{\"topic\":\"%s\",\"schemaVersion\":\"1.0\",\"deprecated\":false},"
               "\"notification\":{\"notificationId\":\"%s\",\"eventDate\":\"%.*s\","
               "\"publishDate\":\"%.*s\"," ATTEMPT "1,\"data\":%.*s}}",
               topic,
               uuid,
               SLICE_ARG(now),
               SLICE_ARG(now),
               SLICE_ARG(data));
    must(!sandbox->scratch.overflow);
    hook_send_to(shop, destination, buf_view(&sandbox->scratch));
}

static void confirm_line(struct order *order, size_t at)
{
    struct shop *shop = order->shop;
    struct ebay *ebay = ebay_of(shop);
    struct arena *arena = &shop->sandbox->hook_turn;
    const struct order_line *line = &order->lines[at];
    size_t destination;
    arena_clear(arena);
    struct slice data =
        arena_printf(arena,
                     "{\"orderId\":\"%.*s\",\"lineItems\":[{\"lineItemId\":\"%" PRId64
                     "\",\"legacyItemId\":\"%" PRId64 "\",\"quantity\":%" PRId64 "}]}",
                     SLICE_ARG(ebay_order_text(arena, order->id)),
                     line->id,
                     line->item->product->id,
                     line->ordered);
    for (size_t i = 0; i < ebay->subscriptions_count; i++) {
        const struct ebay_subscription *s = &ebay->subscriptions[i];
        if (s->id && slice_is(s->topic, "ORDER_CONFIRMATION") &&
            ebay_destination_of(shop, s, &destination)) {
            ebay_envelope(shop, "ORDER_CONFIRMATION", data, destination);
        }
    }
}

/* ---- platform notifications ---- */

static void
soap_send(struct shop *shop, const char *event, struct slice content, const char *response)
{
    struct sandbox *sandbox = shop->sandbox;
    struct arena *arena = &sandbox->hook_turn;
    char stamp_text[TIME_TEXT_MAX];
    char uuid[40];
    struct slice digest;
    struct slice stamp = time_format(env_wall_us(sandbox->env), stamp_text);
    struct slice signed_text = arena_printf(arena,
                                            "%.*s" EBAY_DEV_ID "%.*s%.*s",
                                            SLICE_ARG(stamp),
                                            SLICE_ARG(shop->token_secret),
                                            SLICE_ARG(shop->secret));
    must(hex_decode(arena, md5_hex(arena, signed_text), &digest));
    uuid_make(sandbox, uuid);
    buf_clear(&sandbox->scratch);
    buf_printf(&sandbox->scratch,
               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
               "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\">"
               "<soapenv:Header><ebl:RequesterCredentials "
               "xmlns:ebl=\"urn:ebay:apis:eBLBaseComponents\"><ebl:NotificationSignature>%.*s"
               "</ebl:NotificationSignature></ebl:RequesterCredentials></soapenv:Header>"
               "<soapenv:Body><%s xmlns=\"urn:ebay:apis:eBLBaseComponents\"><Timestamp>%.*s"
               "</Timestamp><Ack>Success</Ack><CorrelationID>%s</CorrelationID><Version>1451"
               "</Version><NotificationEventName>%s</NotificationEventName><RecipientUserID>%.*s"
               "</RecipientUserID>%.*s</%s></soapenv:Body></soapenv:Envelope>",
               SLICE_ARG(base64_encode(arena, digest)),
               response,
               SLICE_ARG(stamp),
               uuid,
               event,
               SLICE_ARG(ebay_of(shop)->seller),
               SLICE_ARG(content),
               response);
    must(!sandbox->scratch.overflow);
    hook_send_to(shop, EBAY_PLATFORM_HOOK, buf_view(&sandbox->scratch));
}

static void tell_transaction(struct order *order, size_t at)
{
    struct shop *shop = order->shop;
    struct arena *arena = &shop->sandbox->hook_turn;
    const struct order_line *line = &order->lines[at];
    arena_clear(arena);
    struct slice content =
        arena_printf(arena,
                     "<Item><ItemID>%" PRId64 "</ItemID></Item><TransactionArray><Transaction>"
                     "<QuantityPurchased>%" PRId64 "</QuantityPurchased><TransactionID>%" PRId64
                     "</TransactionID><OrderLineItemID>%" PRId64 "-%" PRId64 "</OrderLineItemID>"
                     "<ContainingOrder><OrderID>%.*s</OrderID></ContainingOrder></Transaction>"
                     "</TransactionArray>",
                     line->item->product->id,
                     line->ordered,
                     line->id,
                     line->item->product->id,
                     line->id,
                     SLICE_ARG(ebay_order_text(arena, order->id)));
    soap_send(shop, "FixedPriceTransaction", content, "GetItemTransactionsResponse");
}

/* ---- events ---- */

void ebay_order_event(struct order *order, enum order_event event, const struct refund *refund)
{
    (void)refund;
    struct ebay *ebay = ebay_of(order->shop);
    if (event != ORDER_CREATED) {
        return; /* nobody is told of cancels and shipments */
    }
    for (size_t i = 0; i < order->lines_count; i++) {
        ebay_item_of(order->lines[i].item)->quantity_sold += order->lines[i].ordered;
        if (ebay->application_url.n > 0 && ebay->tells_transactions) {
            tell_transaction(order, i);
        }
        confirm_line(order, i);
    }
}

/* A listing whose last unit is sold ends, unless out-of-stock control keeps it. */
static void listing_ends(struct product *product)
{
    bool is_all_gone = !ebay_of(product->shop)->has_stock_control;
    for (size_t i = 0; i < product->items_count && is_all_gone; i++) {
        is_all_gone = product->items[i]->count <= 0;
    }
    ebay_item_listing(product)->is_ended |= is_all_gone;
}

void ebay_count_event(struct item *item)
{
    struct shop *shop = item->shop;
    const struct ebay *ebay = ebay_of(shop);
    listing_ends(item->product);
    if (shop->deed_order || ebay->application_url.n == 0 || !ebay->tells_revisions) {
        return;
    }
    arena_clear(&shop->sandbox->hook_turn);
    struct slice content =
        arena_printf(&shop->sandbox->hook_turn,
                     "<Item><ItemID>%" PRId64 "</ItemID><Quantity>%" PRId64 "</Quantity></Item>",
                     item->product->id,
                     item->count + ebay_item_of(item)->quantity_sold);
    soap_send(shop, "ItemRevised", content, "GetItemResponse");
}

/* ---- delivery ---- */

struct slice ebay_hook_url(const struct hook_job *job, struct arena *arena)
{
    const struct ebay *ebay = ebay_of(job->shop);
    (void)arena;
    return job->webhook == EBAY_PLATFORM_HOOK ? ebay->application_url
                                              : ebay->destinations[job->webhook].endpoint;
}

/* Each attempt states its number; the signature is of the bytes that leave. */
bool ebay_hook_body(struct hook_job *job, struct arena *arena, struct buf *out)
{
    struct slice body = {job->body, job->body_n};
    const char *at = memmem(body.p, body.n, ATTEMPT, sizeof(ATTEMPT) - 1);
    (void)arena;
    if (job->webhook == EBAY_PLATFORM_HOOK || !at) {
        buf_slice(out, body);
        return true;
    }
    size_t head = (size_t)(at - body.p) + sizeof(ATTEMPT) - 1;
    buf_put(out, body.p, head);
    buf_int(out, job->attempts + 1);
    buf_slice(out, slice_from(body, head + 1));
    return true;
}

void ebay_hook_head(struct hook_job *job,
                    struct slice body,
                    struct hook_head *head,
                    struct arena *arena)
{
    const struct ebay *ebay = ebay_of(job->shop);
    if (job->webhook == EBAY_PLATFORM_HOOK) {
        head->headers[0].value = SLICE("text/xml;charset=utf-8");
        return;
    }
    struct slice signature = base64_encode(arena, ecdsa_key_sign(ebay->key, arena, body));
    struct slice text = arena_printf(
        arena,
        "{\"alg\":\"ecdsa\",\"kid\":\"%.*s\",\"signature\":\"%.*s\",\"digest\":\"SHA1\"}",
        SLICE_ARG(ebay->key_id),
        SLICE_ARG(signature));
    hook_head_add(head, "X-EBAY-SIGNATURE", base64_encode(arena, text));
}
