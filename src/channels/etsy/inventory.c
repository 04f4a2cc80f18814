/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A listing's inventory record, read and made into the body that writes it back.
 *
 * What is written replaces everything: a product that is left out is deleted, a field that is not
 * sent is reset, and there is no version that would tell of another editor. So the body is the
 * record itself with nothing changed but quantities, without the fields that may be read and not
 * written, and prices as numbers with exactly their decimals. A record that is not wholly
 * understood is not written at all: a field that nobody here knows could be wiped by it.
 */
#include "base/json_write.h"
#include "channels/etsy/etsy.h"

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define RECORD_FIELDS                                                                              \
    WORDS("products",                                                                              \
          "price_on_property",                                                                     \
          "quantity_on_property",                                                                  \
          "sku_on_property",                                                                       \
          "readiness_state_on_property",                                                           \
          "listing")
#define PRODUCT_FIELDS WORDS("product_id", "sku", "is_deleted", "offerings", "property_values")
#define OFFERING_FIELDS                                                                            \
    WORDS("offering_id", "quantity", "is_enabled", "is_deleted", "price", "readiness_state_id")
#define VALUE_FIELDS                                                                               \
    WORDS("property_id", "property_name", "scale_id", "scale_name", "value_ids", "values")
#define PRICE_FIELDS WORDS("amount", "divisor", "currency_code")

/* ---- reading ---- */

static bool is_deleted(struct json v)
{
    bool deleted = false;

    return json_bool(json_get(v, "is_deleted"), &deleted) && deleted;
}

/* The one offering that is not deleted; *count of them. */
static struct json offering_of(struct json product, size_t *count)
{
    struct json found = {0};

    *count = 0;
    for (struct json_iter i = json_iter(json_get(product, "offerings")); json_next(&i);) {
        if (!is_deleted(i.value)) {
            found = (*count)++ ? found : i.value;
        }
    }
    return found;
}

static const char *product_read(struct json json, struct etsy_product *out)
{
    struct etsy_product product = {.json = json, .is_enabled = true};
    size_t offerings = 0;

    if (!etsy_id(json_get(json, "product_id"), &product.id)) {
        return "a product without an id";
    }
    product.offering = offering_of(json, &offerings);
    if (offerings != 1) {
        return "a product that has not exactly one offering";
    }
    if (!json_int(json_get(product.offering, "quantity"), &product.quantity) ||
        product.quantity < 0 || product.quantity > QTY_MAX) {
        return "an offering whose quantity is not a whole number within bounds";
    }
    json_bool(json_get(product.offering, "is_enabled"), &product.is_enabled);
    product.sku = etsy_sku(json_get(json, "sku"));
    *out = product;
    return NULL;
}

const char *etsy_record_read(struct json root,
                             struct json listing,
                             struct arena *arena,
                             struct etsy_record *out)
{
    struct json list = json_get(root, "products");
    struct etsy_record record = {.root = root};
    size_t room = json_count(list);

    if (json_type(list) != JSON_ARRAY || room == 0) {
        return "an inventory record without products";
    }
    if (room > ETSY_PRODUCTS_MAX) {
        return "an inventory record with too many products";
    }
    struct etsy_product *products = ARENA_ARRAY(arena, room, struct etsy_product);
    if (!products) {
        return "an inventory record larger than one may be";
    }
    for (struct json_iter i = json_iter(list); json_next(&i) && record.count < room;) {
        if (is_deleted(i.value)) {
            continue;
        }
        const char *reason = product_read(i.value, &products[record.count++]);
        if (reason) {
            return reason;
        }
    }
    record.products = products;
    struct json on = json_get(root, "quantity_on_property");
    record.is_shared = json_type(on) == JSON_ARRAY && json_count(on) == 0;
    json_text(json_get(listing, "state"), &record.state);
    *out = record;
    return NULL;
}

bool etsy_state_is(const struct etsy_record *record, const char *state)
{
    return slice_equal_nocase(record->state, slice_of(state));
}

bool etsy_is_off_sale(const struct etsy_record *record)
{
    return record->state.n > 0 && !etsy_state_is(record, "active");
}

/* ---- finding a row's product ---- */

static enum etsy_found find_sku(const struct etsy_record *record, struct slice sku, size_t *out)
{
    size_t found = 0;

    for (size_t i = 0; i < record->count; i++) {
        if (slice_equal(record->products[i].sku, sku)) {
            *out = found++ ? *out : i;
        }
    }
    if (found > 1 && !record->is_shared) {
        return ETSY_AMBIGUOUS; /* which of them was meant, nobody can say */
    }
    return found ? ETSY_FOUND : ETSY_MISSING;
}

enum etsy_found
etsy_find(const struct etsy_record *record, const struct etsy_target *target, size_t *out)
{
    enum etsy_found found = target->sku.n ? find_sku(record, target->sku, out) : ETSY_MISSING;

    if (found != ETSY_MISSING) {
        return found;
    }
    for (size_t i = 0; i < record->count && target->product; i++) {
        const struct etsy_product *p = &record->products[i];
        /* SKUs vanish when a listing is edited by hand; one that bears another is another thing. */
        if (p->id == target->product && (!target->sku.n || !p->sku.n)) {
            *out = i;
            return ETSY_FOUND;
        }
    }
    return ETSY_MISSING;
}

struct slice
etsy_found_text(enum etsy_found found, const struct etsy_target *target, struct arena *arena)
{
    struct slice text;

    if (target->sku.n && found == ETSY_AMBIGUOUS) {
        text = arena_printf(arena,
                            "ambiguous: listing %" PRId64 " has several products with SKU '%.*s', "
                            "each with its own quantity: give them different SKUs at Etsy",
                            target->listing,
                            SLICE_ARG(target->sku));
    } else if (target->sku.n) {
        text = arena_printf(arena,
                            "listing %" PRId64 " has no product with SKU '%.*s': import again",
                            target->listing,
                            SLICE_ARG(target->sku));
    } else {
        text = arena_printf(arena,
                            "listing %" PRId64 " has no product %" PRId64
                            ": Etsy may have given it another id; import again, and give it a SKU",
                            target->listing,
                            target->product);
    }
    return text.n ? text : SLICE("the listing's product is not found");
}

/* ---- what must not be written back ---- */

static bool is_among(struct slice word, const char *const *words)
{
    for (; *words; words++) {
        if (slice_is(word, *words)) {
            return true;
        }
    }
    return false;
}

/* The first field that is not known, as "offering.colour"; empty: none. */
static struct slice
unknown_field(struct json object, const char *const *words, const char *what, struct arena *arena)
{
    for (struct json_iter i = json_iter(object); json_next(&i);) {
        if (!i.is_object || !is_among(i.key, words)) {
            size_t n = i.key.n < 60 ? i.key.n : 60;
            return arena_printf(arena,
                                "the record has a field that is not known here, %s.%.*s: written "
                                "back without it, it might be lost",
                                what,
                                (int)n,
                                n ? i.key.p : "");
        }
    }
    return (struct slice){0};
}

/* Decimals that a divisor stands for; -1 when it is no power of ten. */
static int decimals_of(int64_t divisor)
{
    int decimals = 0;

    for (; divisor > 1 && divisor % 10 == 0; divisor /= 10) {
        decimals++;
    }
    return divisor == 1 && decimals <= 6 ? decimals : -1;
}

static bool price_read(struct json price, int64_t *amount, int *decimals)
{
    int64_t divisor = 0;

    if (!json_int(json_get(price, "amount"), amount) || *amount < 0 ||
        !json_int(json_get(price, "divisor"), &divisor)) {
        return false;
    }
    *decimals = decimals_of(divisor);
    return *decimals >= 0;
}

static bool is_list_of(struct json v, enum json_type type)
{
    bool fits = json_type(v) == JSON_ARRAY;

    for (struct json_iter i = json_iter(v); fits && json_next(&i);) {
        fits = json_type(i.value) == type;
    }
    return fits;
}

static struct slice value_unsafe(struct json value, struct arena *arena)
{
    int64_t id = 0;
    struct slice reason = unknown_field(value, VALUE_FIELDS, "property_values", arena);

    if (reason.n) {
        return reason;
    }
    if (json_type(value) != JSON_OBJECT || !etsy_id(json_get(value, "property_id"), &id) ||
        !is_list_of(json_get(value, "value_ids"), JSON_INT) ||
        !is_list_of(json_get(value, "values"), JSON_TEXT)) {
        return SLICE("a property of a product is not of the form it should have");
    }
    return (struct slice){0};
}

static struct slice product_unsafe(const struct etsy_product *product, struct arena *arena)
{
    struct json values = json_get(product->json, "property_values");
    struct json price = json_get(product->offering, "price");
    int64_t amount = 0;
    int decimals = 0;
    bool flag;
    struct slice reason = unknown_field(product->json, PRODUCT_FIELDS, "product", arena);

    reason =
        reason.n ? reason : unknown_field(product->offering, OFFERING_FIELDS, "offering", arena);
    reason = reason.n ? reason : unknown_field(price, PRICE_FIELDS, "price", arena);
    for (struct json_iter i = json_iter(values); !reason.n && json_next(&i);) {
        reason = value_unsafe(i.value, arena);
    }
    if (reason.n) {
        return reason;
    }
    if (json_type(values) != JSON_ARRAY) {
        return SLICE("a product without property_values: they would be wiped");
    }
    if (!price_read(price, &amount, &decimals)) {
        return SLICE("a price that cannot be written back exactly");
    }
    if (!json_bool(json_get(product->offering, "is_enabled"), &flag)) {
        return SLICE("an offering that does not say whether it is enabled");
    }
    return (struct slice){0};
}

struct slice etsy_record_unsafe(const struct etsy_record *record, struct arena *arena)
{
    static const char *const lists[] = {
        "price_on_property", "quantity_on_property", "sku_on_property"};
    struct slice reason = unknown_field(record->root, RECORD_FIELDS, "record", arena);

    for (size_t i = 0; !reason.n && i < COUNT_OF(lists); i++) {
        if (!is_list_of(json_get(record->root, lists[i]), JSON_INT)) {
            reason = arena_printf(arena, "the record does not say %s", lists[i]);
        }
    }
    if (!reason.n && record->count == 0) {
        reason = SLICE("all products of the listing are deleted");
    }
    for (size_t i = 0; !reason.n && i < record->count; i++) {
        reason = product_unsafe(&record->products[i], arena);
    }
    return reason;
}

/* ---- writing ---- */

static void put_copy(struct json_writer *w, const char *key, struct json v, struct arena *arena)
{
    if (json_type(v) == JSON_NONE) {
        return;
    }
    json_field_raw(w, key, json_copy_text(v, arena));
}

static void put_price(struct json_writer *w, struct json price)
{
    char text[48];
    int64_t amount = 0;
    int decimals = 0;
    int64_t divisor = 1;

    must(price_read(price, &amount, &decimals)); /* etsy_record_unsafe looked */
    for (int i = 0; i < decimals; i++) {
        divisor *= 10;
    }
    int n = decimals ? snprintf(text,
                                sizeof text,
                                "%" PRId64 ".%0*" PRId64,
                                amount / divisor,
                                decimals,
                                amount % divisor)
                     : snprintf(text, sizeof text, "%" PRId64, amount);
    json_field_raw(w, "price", (struct slice){text, (size_t)n});
}

static void put_values(struct json_writer *w, struct json values, struct arena *arena)
{
    struct slice name;

    json_key(w, "property_values");
    json_begin_array(w);
    for (struct json_iter i = json_iter(values); json_next(&i);) {
        json_begin_object(w);
        put_copy(w, "property_id", json_get(i.value, "property_id"), arena);
        if (json_text(json_get(i.value, "property_name"), &name)) {
            json_field_text(w, "property_name", name);
        }
        put_copy(w, "scale_id", json_get(i.value, "scale_id"), arena);
        put_copy(w, "value_ids", json_get(i.value, "value_ids"), arena);
        put_copy(w, "values", json_get(i.value, "values"), arena);
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_product(struct json_writer *w,
                        const struct etsy_product *product,
                        int64_t quantity,
                        struct arena *arena)
{
    struct json offering = product->offering;
    int64_t readiness = 0;

    json_begin_object(w);
    put_copy(w, "sku", json_get(product->json, "sku"), arena);
    put_values(w, json_get(product->json, "property_values"), arena);
    json_key(w, "offerings");
    json_begin_array(w);
    json_begin_object(w);
    put_price(w, json_get(offering, "price"));
    json_field_int(w, "quantity", quantity);
    json_field_bool(w, "is_enabled", product->is_enabled);
    if (json_int(json_get(offering, "readiness_state_id"), &readiness)) {
        json_field_int(w, "readiness_state_id", readiness);
    } else {
        json_field_null(w, "readiness_state_id"); /* it must be there, even without one */
    }
    json_end_object(w);
    json_end_array(w);
    json_end_object(w);
}

void etsy_record_write(const struct etsy_record *record, const int64_t *quantities, struct buf *out)
{
    static const char *const lists[] = {"price_on_property",
                                        "quantity_on_property",
                                        "sku_on_property",
                                        "readiness_state_on_property"};
    struct arena pieces;

    arena_init(&pieces, (size_t)4 << 20);
    struct json_writer w = json_writer(out);
    json_begin_object(&w);
    json_key(&w, "products");
    json_begin_array(&w);
    for (size_t i = 0; i < record->count; i++) {
        put_product(&w, &record->products[i], quantities[i], &pieces);
        out->overflow = out->overflow || pieces.exhausted;
        arena_clear(&pieces);
    }
    json_end_array(&w);
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        put_copy(&w, lists[i], json_get(record->root, lists[i]), &pieces);
    }
    json_end_object(&w);
    out->overflow = out->overflow || pieces.exhausted;
    arena_free(&pieces);
}
