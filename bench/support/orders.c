/* SPDX-License-Identifier: Apache-2.0 */
#include "support/orders.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/crypto.h"
#include "base/times.h"

#define SECRET "bench-webhook-secret"
#define BODY_MAX 6000
#define MAC_SIZE 44 /* 32 bytes in base64 */
#define SLOTS_MAX 32
#define LISTINGS_MAX ((size_t)4 * 1024 * 1024)

/* Ids have 13 digits, as theirs do. */
#define ORDER_FIRST INT64_C(5000000000000)
#define LINE_FIRST INT64_C(1400000000000)
#define VARIANT_FIRST INT64_C(4400000000000)
#define PRODUCT_FIRST INT64_C(8800000000000)
#define ID_SIZE 13

/* What stands in the template where an id or a time will: as wide as what replaces it. */
#define ORDER_SLOT "<<<<order>>>>"
#define LINE_SLOT "<<<<<line>>>>"
#define VARIANT_SLOT "<<<variant>>>"
#define PRODUCT_SLOT "<<<product>>>"
#define SKU_SLOT "<<<sku>>>"
#define TIME_SLOT "<<<<<<time>>>>>>>>>>"

#define MONEY(amount)                                                                              \
    "{\"shop_money\":{\"amount\":\"" amount "\",\"currency_code\":\"EUR\"},"                       \
    "\"presentment_money\":{\"amount\":\"" amount "\",\"currency_code\":\"EUR\"}}"
#define TAX_LINES(amount)                                                                          \
    "[{\"channel_liable\":false,\"price\":\"" amount                                               \
    "\",\"price_set\":" MONEY(amount) ","                                                          \
                                      "\"rate\":0.19,\"title\":\"DE VAT\"}]"
#define ADDRESS                                                                                    \
    "{\"first_name\":\"Test\",\"last_name\":\"Buyer\",\"address1\":\"Benchmark Street 12\","       \
    "\"address2\":\"c/o Load\",\"phone\":\"+49 30 000000\",\"city\":\"Berlin\","                   \
    "\"zip\":\"10115\",\"province\":\"Berlin\",\"country\":\"Germany\",\"company\":null,"          \
    "\"latitude\":52.53,\"longitude\":13.38,\"name\":\"Test Buyer\",\"country_code\":\"DE\","      \
    "\"province_code\":\"BE\"}"

static const char template_text[] =
    "{\"id\":" ORDER_SLOT ",\"admin_graphql_api_id\":\"gid://shopify/Order/" ORDER_SLOT "\","
    "\"app_id\":580111,\"browser_ip\":\"192.0.2.17\",\"buyer_accepts_marketing\":false,"
    "\"cancel_reason\":null,\"cancelled_at\":null,\"cart_token\":\"Z2NwLXVzLWV4YW1wbGU6" ORDER_SLOT
    "\",\"checkout_id\":" ORDER_SLOT ",\"checkout_token\":\"3f1c" ORDER_SLOT "\","
    "\"client_details\":{\"accept_language\":\"de-DE\",\"browser_height\":null,"
    "\"browser_ip\":\"192.0.2.17\",\"browser_width\":null,\"session_hash\":null,"
    "\"user_agent\":\"Mozilla/5.0 (X11; Linux x86_64) bench\"},\"closed_at\":null,"
    "\"confirmed\":true,\"contact_email\":\"buyer@example.com\",\"created_at\":\"" TIME_SLOT "\","
    "\"currency\":\"EUR\",\"current_subtotal_price\":\"29.90\","
    "\"current_subtotal_price_set\":" MONEY(
        "29.90") ",\"current_total_discounts\":\"0.00\","
                 "\"current_total_price\":\"34.80\",\"current_total_price_set\":" MONEY(
                     "34.80") ","
                              "\"current_total_tax\":\"5.56\",\"customer_locale\":\"de-DE\","
                              "\"device_id\":null,"
                              "\"discount_codes\":[],\"email\":\"buyer@example.com\",\"estimated_"
                              "taxes\":false,"
                              "\"financial_status\":\"paid\",\"fulfillment_status\":null,"
                              "\"gateway\":\"bogus\","
                              "\"landing_site\":\"/products/"
                              "a-thing-that-is-sold?variant=" VARIANT_SLOT "\","
                              "\"location_id\":null,\"name\":\"#" ORDER_SLOT
                              "\",\"note\":null,\"note_attributes\":[],"
                              "\"number\":" ORDER_SLOT ",\"order_number\":" ORDER_SLOT ","
                              "\"order_status_url\":\"https://shop.example/1/orders/" ORDER_SLOT
                              "/authenticate\","
                              "\"payment_gateway_names\":[\"bogus\"],\"phone\":null,\"presentment_"
                              "currency\":\"EUR\","
                              "\"processed_at\":\"" TIME_SLOT
                              "\",\"referring_site\":\"https://search.example/\","
                              "\"source_name\":\"web\",\"subtotal_price\":\"29.90\",\"tags\":\"\","
                              "\"taxes_included\":true,"
                              "\"test\":false,\"total_discounts\":\"0.00\",\"total_line_items_"
                              "price\":\"29.90\","
                              "\"total_outstanding\":\"0.00\",\"total_price\":\"34.80\",\"total_"
                              "tax\":\"5.56\","
                              "\"total_weight\":250,\"updated_at\":\"" TIME_SLOT
                              "\",\"user_id\":null,"
                              "\"billing_address\":" ADDRESS ",\"customer\":{\"id\":7100000000001,"
                              "\"email\":\"buyer@example.com\",\"state\":\"disabled\",\"first_"
                              "name\":\"Test\","
                              "\"last_name\":\"Buyer\",\"verified_email\":true,\"tax_exempt\":"
                              "false,\"tags\":\"\","
                              "\"currency\":\"EUR\"},\"discount_applications\":[],\"fulfillments\":"
                              "[],"
                              "\"line_items\":[{\"id\":" LINE_SLOT
                              ",\"admin_graphql_api_id\":\"gid://shopify/LineItem/" LINE_SLOT
                              "\",\"attributed_staffs\":[],\"current_quantity\":1,\"fulfillable_"
                              "quantity\":1,"
                              "\"fulfillment_service\":\"manual\",\"fulfillment_status\":null,"
                              "\"gift_card\":false,"
                              "\"grams\":250,\"name\":\"A thing that is sold - Blue / "
                              "M\",\"price\":\"29.90\","
                              "\"price_set\":" MONEY(
                                  "29.90") ",\"product_exists\":true,\"product_id\":" PRODUCT_SLOT
                                           ","
                                           "\"properties\":[],\"quantity\":1,\"requires_shipping\":"
                                           "true,\"sku\":\"" SKU_SLOT "\","
                                           "\"taxable\":true,\"title\":\"A thing that is "
                                           "sold\",\"total_discount\":\"0.00\","
                                           "\"variant_id\":" VARIANT_SLOT
                                           ",\"variant_inventory_management\":\"shopify\","
                                           "\"variant_title\":\"Blue / "
                                           "M\",\"vendor\":\"Bench\",\"tax_lines\":" TAX_LINES(
                                               "4.77") ","
                                                       "\"duties\":[],\"discount_allocations\":[]}]"
                                                       ",\"payment_terms\":null,\"refunds\":[],"
                                                       "\"shipping_address\":" ADDRESS
                                                       ",\"shipping_lines\":[{\"id\":" LINE_SLOT ","
                                                       "\"carrier_identifier\":null,\"code\":"
                                                       "\"Standard\",\"discounted_price\":\"4.90\","
                                                       "\"price\":\"4.90\",\"price_set\":" MONEY(
                                                           "4.90") ",\"source\":\"shopify\","
                                                                   "\"title\":\"Standard\",\"tax_"
                                                                   "lines\":" TAX_LINES(
                                                                       "0.79") "}]}";

enum slot_kind { SLOT_ORDER, SLOT_LINE, SLOT_VARIANT, SLOT_PRODUCT, SLOT_SKU };

struct slot {
    size_t at;
    enum slot_kind kind;
};

struct orders {
    char body[BODY_MAX];
    size_t body_n, slots_count, count;
    struct slot slots[SLOTS_MAX];
    bool is_hot;
    char (*macs)[MAC_SIZE];
};

/* Where each text stands in the body; a time is the same in all and put in at once. */
static void find_slots(struct orders *o, const char *text, enum slot_kind kind)
{
    for (char *at = o->body; (at = strstr(at, text)); at++) {
        must(o->slots_count < SLOTS_MAX);
        o->slots[o->slots_count++] = (struct slot){(size_t)(at - o->body), kind};
    }
}

static void put_times(struct orders *o)
{
    char text[TIME_TEXT_MAX];
    struct slice now = time_format_s((int64_t)time(NULL) * US_PER_S, text);
    must(now.n == sizeof(TIME_SLOT) - 1);
    for (char *at = o->body; (at = strstr(at, TIME_SLOT)); at++) {
        memcpy(at, now.p, now.n);
    }
}

static void put_digits(char *at, int64_t value)
{
    for (int i = ID_SIZE - 1; i >= 0; i--) {
        at[i] = (char)('0' + value % 10);
        value /= 10;
    }
}

static size_t sku_at(const struct orders *o, size_t number)
{
    /* 7919 and 1000 share no divisor: each SKU comes once in a thousand orders. */
    return o->is_hot ? 0 : number * 7919 % ORDERS_SKUS;
}

static void body_make(const struct orders *o, size_t number, char *out)
{
    int64_t n = (int64_t)number, sku = (int64_t)sku_at(o, number);
    char code[sizeof(SKU_SLOT)];
    memcpy(out, o->body, o->body_n);
    for (size_t i = 0; i < o->slots_count; i++) {
        char *at = out + o->slots[i].at;
        switch (o->slots[i].kind) {
        case SLOT_ORDER:
            put_digits(at, ORDER_FIRST + n);
            break;
        case SLOT_LINE:
            put_digits(at, LINE_FIRST + n);
            break;
        case SLOT_VARIANT:
            put_digits(at, VARIANT_FIRST + sku);
            break;
        case SLOT_PRODUCT:
            put_digits(at, PRODUCT_FIRST + sku);
            break;
        case SLOT_SKU:
            snprintf(code, sizeof(code), SUBJECT_SKU " ", (size_t)sku);
            memcpy(at, code, sizeof(SKU_SLOT) - 1);
            break;
        }
    }
}

struct orders *orders_new(size_t count, bool is_hot)
{
    struct orders *o = calloc(1, sizeof(*o));
    must(o && crypto_init() == ERR_OK && sizeof(template_text) <= BODY_MAX);
    o->count = count;
    o->is_hot = is_hot;
    o->body_n = sizeof(template_text) - 1;
    memcpy(o->body, template_text, sizeof(template_text));
    put_times(o);
    find_slots(o, ORDER_SLOT, SLOT_ORDER);
    find_slots(o, LINE_SLOT, SLOT_LINE);
    find_slots(o, VARIANT_SLOT, SLOT_VARIANT);
    find_slots(o, PRODUCT_SLOT, SLOT_PRODUCT);
    find_slots(o, SKU_SLOT, SLOT_SKU);
    o->macs = calloc(count, sizeof(o->macs[0]));
    must(o->macs);
    struct arena arena;
    arena_init(&arena, 4096);
    for (size_t i = 0; i < count; i++) {
        char body[BODY_MAX];
        uint8_t mac[SHA256_SIZE];
        body_make(o, i, body);
        hmac_sha256(mac, SLICE(SECRET), (struct slice){body, o->body_n});
        struct slice text = base64_encode(&arena, (struct slice){(const char *)mac, sizeof(mac)});
        must(text.n == MAC_SIZE);
        memcpy(o->macs[i], text.p, MAC_SIZE);
        arena_clear(&arena);
    }
    arena_free(&arena);
    return o;
}

void orders_free(struct orders *o)
{
    free(o->macs);
    free(o);
}

size_t orders_body_size(const struct orders *o)
{
    return o->body_n;
}

size_t orders_make(void *arg, size_t number, char out[LOAD_REQUEST_MAX])
{
    const struct orders *o = arg;
    must(number < o->count);
    int n = snprintf(out,
                     LOAD_REQUEST_MAX - BODY_MAX,
                     "POST /hooks/" ORDERS_CHANNEL "/orders/create HTTP/1.1\r\n"
                     "Host: 127.0.0.1\r\nUser-Agent: Shopify-Captain-Hook\r\nAccept: */*\r\n"
                     "Content-Type: application/json\r\nContent-Length: %zu\r\n"
                     "X-Shopify-Topic: orders/create\r\nX-Shopify-Shop-Domain: bench.example\r\n"
                     "X-Shopify-API-Version: 2026-01\r\nX-Shopify-Webhook-Id: bench-%zu\r\n"
                     "X-Shopify-Hmac-Sha256: %.*s\r\n\r\n",
                     o->body_n,
                     number,
                     MAC_SIZE,
                     o->macs[number]);
    body_make(o, number, out + n);
    return (size_t)n + o->body_n;
}

void orders_set_up(const struct subject *subject)
{
    ON_EXIT(buf_free) struct buf body = {0};
    ON_EXIT(buf_free) struct buf answer = {0};
    buf_init(&body, LISTINGS_MAX);
    buf_init(&answer, LISTINGS_MAX);
    subject_fill(subject, ORDERS_SKUS, 1000000);
    subject_post(subject,
                 "/v1/channels",
                 "{\"code\":\"" ORDERS_CHANNEL "\",\"connector\":\"shopify\",\"mode\":\"shadow\","
                 "\"settings\":{\"shop\":\"bench\",\"base_url\":\"http://127.0.0.1:9\"},"
                 "\"secrets\":{\"access_token\":\"bench\",\"webhook_secret\":\"" SECRET "\"},"
                 "\"opened_at\":\"2026-01-01T00:00:00Z\"}");
    buf_text(&body, "{\"items\":[");
    for (size_t i = 0; i < ORDERS_SKUS; i++) {
        int64_t n = (int64_t)i;
        buf_printf(&body,
                   "%s{\"channel\":\"" ORDERS_CHANNEL "\",\"sku\":\"" SUBJECT_SKU
                   "\",\"remote\":{\"product_id\":\"%" PRId64 "\",\"variant_id\":\"%" PRId64
                   "\",\"inventory_item_id\":\"%" PRId64 "\"}}",
                   i ? "," : "",
                   i,
                   PRODUCT_FIRST + n,
                   VARIANT_FIRST + n,
                   VARIANT_FIRST + n);
    }
    buf_text(&body, "]}");
    must(!body.overflow);
    int status = subject_call(subject, "POST", "/v1/listings", buf_view(&body), &answer);
    bench_need(status / 100 == 2, "POST /v1/listings answered %d", status);
}
