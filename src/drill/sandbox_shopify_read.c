/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_shopify_read - the resolver: catalogue, locations, counts. */
#include "drill/sandbox_shopify.h"

#include "base/times.h"

/* ---- ids and stamps ---- */

bool shopify_gid(struct slice gid, struct slice *out_type, int64_t *out_id)
{
    if (!slice_starts(gid, "gid://shopify/")) {
        return false;
    }
    struct slice rest = slice_from(gid, sizeof("gid://shopify/") - 1);
    return slice_cut(&rest, '/', out_type) && slice_int(rest, out_id);
}

struct slice shopify_gid_text(struct arena *arena, const char *type, int64_t id)
{
    return arena_printf(arena, "gid://shopify/%s/%" PRId64, type, id);
}

static struct item *item_by(const struct shop *shop, int64_t id, int64_t base)
{
    int64_t n = (id - base) / 2;
    bool is_ours = id >= base && (id - base) % 2 == 0 && n < (int64_t)shop->items_count;
    return is_ours ? shop->items[n] : NULL;
}

struct item *shopify_item_of(const struct shop *shop, int64_t inventory_id)
{
    return item_by(shop, inventory_id, shop->inventory_base);
}

struct item *shopify_variant_of(const struct shop *shop, int64_t id)
{
    return item_by(shop, id, shop->item_base);
}

static struct product *product_of(const struct shop *shop, int64_t id)
{
    int64_t n = (id - shop->product_base) / 2;
    bool is_ours = id >= shop->product_base && (id - shop->product_base) % 2 == 0 &&
                   n < (int64_t)shop->products_count;
    return is_ours ? shop->products[n] : NULL;
}

int64_t shopify_location_number(const struct shop *shop, int index)
{
    return INT64_C(24826418) + (int64_t)shop->index * 1000 + index * 2;
}

int shopify_location_of(const struct shop *shop, int64_t id)
{
    for (int i = 0; i < 2; i++) {
        if (shopify_location_number(shop, i) == id) {
            return i;
        }
    }
    return -1;
}

int64_t *shopify_level_count(struct item *item, int location)
{
    return location == 0 ? &item->count : &item->count_second;
}

void shopify_time(struct gql_run *run, int64_t time_us)
{
    char text[TIME_TEXT_MAX];
    if (time_us == 0) {
        json_put_null(&run->w);
        return;
    }
    json_put_text(&run->w, time_format_s(time_us, text));
}

static void put_gid(struct gql_run *run, const char *type, int64_t id)
{
    json_put_text(&run->w, shopify_gid_text(run->arena, type, id));
}

static void put_number(struct gql_run *run, int64_t id) /* UnsignedInt64 travels as text */
{
    json_put_text(&run->w, arena_printf(run->arena, "%" PRId64, id));
}

/* ---- locations and levels ---- */

static const char *const location_names[] = {"Main warehouse", "Pop-up shop"};

static void resolve_location(struct gql_run *run, const struct shopify_location *location, int id)
{
    int64_t number = shopify_location_number(location->shop, location->index);
    switch (id) {
    case F_ID:
        put_gid(run, "Location", number);
        break;
    case F_LEGACY_ID:
        put_number(run, number);
        break;
    case F_NAME:
        json_put_text(&run->w, slice_of(location_names[location->index]));
        break;
    case LOC_ACTIVE:
        json_put_bool(&run->w, true);
        break;
    default: /* sells and ships online */
        json_put_bool(&run->w, location->index == 0);
        break;
    }
}

static void put_location(struct gql_run *run, const struct gql_selection *field, int index)
{
    struct shopify_location location = {.shop = shopify_shop(run), .index = index};
    if (index < 0) {
        json_put_null(&run->w);
        return;
    }
    gql_put_object(run, field, "Location", &location);
}

static void locations(struct gql_run *run, const struct gql_selection *field)
{
    int64_t start;
    int64_t end;
    struct shopify_location both[2] = {{shopify_shop(run), 0}, {shopify_shop(run), 1}};
    const void *nodes[2];
    int64_t cursors[2];
    struct shopify_page page = {.node_type = "Location", .nodes = nodes, .cursors = cursors};
    if (!shopify_ids_page(run, field, 2, &start, &end)) {
        json_put_null(&run->w);
        return;
    }
    for (int64_t i = start; i < end; i++) {
        cursors[page.count] = i;
        nodes[page.count++] = &both[i];
    }
    page.has_next = end < 2;
    page.has_previous = start > 0;
    shopify_put_page(run, field, "LocationConnection", &page);
}

static const char *const quantity_names[] = {"incoming",
                                             "on_hand",
                                             "available",
                                             "committed",
                                             "reserved",
                                             "damaged",
                                             "safety_stock",
                                             "quality_control"};

bool shopify_set_name_is_known(struct slice name)
{
    return slice_is(name, "available") || slice_is(name, "on_hand");
}

int64_t shopify_quantity(struct item *item, int location, struct slice name)
{
    int64_t available = *shopify_level_count(item, location);
    int64_t committed = location == 0 ? item->committed : 0;
    if (slice_is(name, "available")) {
        return available;
    }
    if (slice_is(name, "committed")) {
        return committed;
    }
    return slice_is(name, "on_hand") ? available + committed : 0;
}

struct quantity {
    const struct shopify_level *level;
    struct slice name;
};

static void level_quantities(struct gql_run *run,
                             const struct shopify_level *level,
                             const struct gql_selection *field)
{
    const struct gql_value *names = gql_arg(field, "names");
    json_begin_array(&run->w);
    for (size_t i = 0; i < names->count; i++) {
        struct quantity quantity = {.level = level, .name = names->members[i].value.text};
        bool is_known = false;
        for (size_t k = 0; k < COUNT_OF(quantity_names); k++) {
            is_known |= slice_is(quantity.name, quantity_names[k]);
        }
        if (is_known) {
            gql_put_object(run, field, "InventoryQuantity", &quantity);
        } else {
            gql_error(run,
                      field->spot,
                      "INVALID_FIELD_ARGUMENTS",
                      arena_printf(run->arena,
                                   "The quantity name '%.*s' is invalid",
                                   SLICE_ARG(quantity.name)));
        }
    }
    json_end_array(&run->w);
}

static int64_t level_number(const struct shopify_level *level)
{
    return shopify_location_number(level->item->shop, level->location);
}

static void resolve_quantity(struct gql_run *run, const struct quantity *quantity, int id)
{
    const struct shopify_level *level = quantity->level;
    switch (id) {
    case F_ID:
        json_put_text(&run->w,
                      arena_printf(run->arena,
                                   "gid://shopify/InventoryQuantity/%" PRId64
                                   "?inventory_item_id=%" PRId64 "&name=%.*s",
                                   level_number(level),
                                   level->item->inventory_id,
                                   SLICE_ARG(quantity->name)));
        break;
    case F_NAME:
        json_put_text(&run->w, quantity->name);
        break;
    case F_QUANTITY:
        json_put_int(&run->w, shopify_quantity(level->item, level->location, quantity->name));
        break;
    default:
        shopify_time(run, level->item->count_us);
        break;
    }
}

static void resolve_level(struct gql_run *run,
                          const struct shopify_level *level,
                          const struct gql_selection *field)
{
    switch (field->field->id) {
    case F_ID:
        json_put_text(&run->w,
                      arena_printf(run->arena,
                                   "gid://shopify/InventoryLevel/%" PRId64
                                   "?inventory_item_id=%" PRId64,
                                   level_number(level),
                                   level->item->inventory_id));
        break;
    case LEVEL_ACTIVE:
        json_put_bool(&run->w, level->location == 0);
        break;
    case F_ITEM:
        gql_put_object(run, field, "InventoryItem", level->item);
        break;
    case F_LOCATION:
        put_location(run, field, level->location);
        break;
    case LEVEL_QUANTITIES:
        level_quantities(run, level, field);
        break;
    default:
        shopify_time(run, level->item->count_us);
        break;
    }
}

static void item_level(struct gql_run *run, struct item *item, const struct gql_selection *field)
{
    struct slice gid;
    struct slice type;
    int64_t id;
    bool with_inactive = gql_arg(field, "includeInactive")->flag;
    int location = -1;
    if (gql_arg_text(field, "locationId", &gid) && shopify_gid(gid, &type, &id) &&
        slice_is(type, "Location")) {
        location = shopify_location_of(item->shop, id);
    }
    struct shopify_level level = {.item = item, .location = location};
    if (location < 0 || (location == 1 && !with_inactive)) {
        json_put_null(&run->w);
        return;
    }
    gql_put_object(run, field, "InventoryLevel", &level);
}

static void item_levels(struct gql_run *run, struct item *item, const struct gql_selection *field)
{
    int64_t start;
    int64_t end;
    struct shopify_level both[2] = {{item, 0}, {item, 1}};
    const void *nodes[2];
    int64_t cursors[2];
    struct shopify_page page = {.node_type = "InventoryLevel", .nodes = nodes, .cursors = cursors};
    int64_t count = gql_arg(field, "includeInactive")->flag ? 2 : 1;
    if (!shopify_ids_page(run, field, count, &start, &end)) {
        json_put_null(&run->w);
        return;
    }
    for (int64_t i = start; i < end; i++) {
        cursors[page.count] = i;
        nodes[page.count++] = &both[i];
    }
    page.has_next = end < count;
    page.has_previous = start > 0;
    shopify_put_page(run, field, "InventoryLevelConnection", &page);
}

/* ---- items, variants, products ---- */

static void put_text_or_null(struct gql_run *run, struct slice text)
{
    if (text.n == 0) {
        json_put_null(&run->w);
    } else {
        json_put_text(&run->w, text);
    }
}

static void resolve_item(struct gql_run *run, struct item *item, const struct gql_selection *field)
{
    switch (field->field->id) {
    case F_ID:
        put_gid(run, "InventoryItem", item->inventory_id);
        break;
    case F_LEGACY_ID:
        put_number(run, item->inventory_id);
        break;
    case F_SKU:
        put_text_or_null(run, item->sku);
        break;
    case ITEM_TRACKED:
        json_put_bool(&run->w, item->mode != STOCK_UNMANAGED);
        break;
    case ITEM_SHIPPING:
        json_put_bool(&run->w, true);
        break;
    case ITEM_DUPLICATES:
        json_put_int(&run->w, 0);
        break;
    case F_VARIANT:
        gql_put_object(run, field, "ProductVariant", item);
        break;
    case ITEM_LEVEL:
        item_level(run, item, field);
        break;
    case ITEM_LEVELS:
        item_levels(run, item, field);
        break;
    default:
        shopify_time(run, item->changed_us);
        break;
    }
}

static struct slice variant_title(const struct item *item)
{
    return item->title.n ? item->title : SLICE("Default Title");
}

static void
variant_options(struct gql_run *run, struct item *item, const struct gql_selection *field)
{
    struct item_option plain = {SLICE("Title"), SLICE("Default Title")};
    json_begin_array(&run->w);
    for (size_t i = 0; i < item->options_count; i++) {
        gql_put_object(run, field, "SelectedOption", &item->options[i]);
    }
    if (item->options_count == 0) {
        gql_put_object(run, field, "SelectedOption", &plain);
    }
    json_end_array(&run->w);
}

static void
resolve_variant(struct gql_run *run, struct item *item, const struct gql_selection *field)
{
    switch (field->field->id) {
    case F_ID:
        put_gid(run, "ProductVariant", item->id);
        break;
    case F_LEGACY_ID:
        put_number(run, item->id);
        break;
    case F_TITLE:
        json_put_text(&run->w, variant_title(item));
        break;
    case VAR_DISPLAY_NAME:
        json_put_text(&run->w,
                      arena_printf(run->arena,
                                   "%.*s - %.*s",
                                   SLICE_ARG(item->product->title),
                                   SLICE_ARG(variant_title(item))));
        break;
    case F_SKU:
        put_text_or_null(run, item->sku);
        break;
    case VAR_BARCODE:
        put_text_or_null(run, item->barcode);
        break;
    case VAR_PRICE:
        json_put_text(&run->w, item->price);
        break;
    case VAR_POSITION:
        json_put_int(&run->w, (int64_t)(item->index - item->product->items[0]->index) + 1);
        break;
    case VAR_POLICY:
        json_put_text(&run->w, SLICE("DENY"));
        break;
    case VAR_QUANTITY:
        json_put_int(&run->w, item->count + item->count_second);
        break;
    case VAR_INVENTORY_ITEM:
        gql_put_object(run, field, "InventoryItem", item);
        break;
    case VAR_OPTIONS:
        variant_options(run, item, field);
        break;
    case VAR_COMPONENTS:
        json_put_bool(&run->w, false);
        break;
    case F_PRODUCT:
        gql_put_object(run, field, "Product", item->product);
        break;
    default:
        shopify_time(run, item->changed_us);
        break;
    }
}

static void resolve_product(struct gql_run *run, const struct product *product, int id)
{
    switch (id) {
    case F_ID:
        put_gid(run, "Product", product->id);
        break;
    case F_LEGACY_ID:
        put_number(run, product->id);
        break;
    case F_TITLE:
        json_put_text(&run->w, product->title);
        break;
    case F_STATUS:
        json_put_text(&run->w, SLICE("ACTIVE"));
        break;
    case PRODUCT_VENDOR:
        json_put_text(&run->w, SLICE("Sandbox Goods"));
        break;
    case PRODUCT_HANDLE:
        json_put_text(&run->w, arena_printf(run->arena, "product-%zu", product->index));
        break;
    default:
        shopify_time(run, product->changed_us);
        break;
    }
}

/* ---- roots ---- */

static void put_node(struct gql_run *run,
                     const struct gql_selection *field,
                     struct slice gid,
                     const char *wanted)
{
    struct shop *shop = shopify_shop(run);
    struct slice type;
    int64_t id;
    if (!shopify_gid(gid, &type, &id)) {
        gql_error(run,
                  field->spot,
                  "argumentLiteralsIncompatible",
                  arena_printf(run->arena, "Invalid global id '%.*s'", SLICE_ARG(gid)));
        json_put_null(&run->w);
        return;
    }
    const char *name = NULL;
    const void *self = NULL;
    if (slice_is(type, "InventoryItem")) {
        name = "InventoryItem";
        self = shopify_item_of(shop, id);
    } else if (slice_is(type, "ProductVariant")) {
        name = "ProductVariant";
        self = shopify_variant_of(shop, id);
    } else if (slice_is(type, "Product")) {
        name = "Product";
        self = product_of(shop, id);
    } else if (slice_is(type, "Order")) {
        name = "Order";
        self = order_find(shop, id);
    } else if (slice_is(type, "Location") && (!wanted || strcmp(wanted, "Location") == 0)) {
        put_location(run, field, shopify_location_of(shop, id));
        return;
    }
    if (!self || (wanted && strcmp(name, wanted) != 0)) {
        json_put_null(&run->w);
        return;
    }
    gql_put_object(run, field, name, self);
}

static void put_by_id(struct gql_run *run, const struct gql_selection *field, const char *wanted)
{
    struct slice gid = {0};
    gql_arg_text(field, "id", &gid);
    put_node(run, field, gid, wanted);
}

static void put_nodes(struct gql_run *run, const struct gql_selection *field)
{
    const struct gql_value *ids = gql_arg(field, "ids");
    json_begin_array(&run->w);
    for (size_t i = 0; i < ids->count; i++) {
        put_node(run, field, ids->members[i].value.text, NULL);
    }
    json_end_array(&run->w);
}

static void put_properties(struct gql_run *run, const struct gql_selection *field)
{
    json_begin_array(&run->w);
    for (size_t i = 0; i < COUNT_OF(quantity_names); i++) {
        gql_put_object(run, field, "InventoryQuantityName", quantity_names[i]);
    }
    json_end_array(&run->w);
}

static void resolve_root(struct gql_run *run, const struct gql_selection *field)
{
    switch (field->field->id) {
    case Q_SHOP:
        gql_put_object(run, field, "Shop", shopify_shop(run));
        break;
    case Q_LOCATION:
        if (gql_arg(field, "id")->kind == GQL_TEXT) {
            put_by_id(run, field, "Location");
        } else {
            put_location(run, field, 0);
        }
        break;
    case Q_LOCATIONS:
        locations(run, field);
        break;
    case Q_INVENTORY_ITEM:
        put_by_id(run, field, "InventoryItem");
        break;
    case Q_VARIANT:
        put_by_id(run, field, "ProductVariant");
        break;
    case Q_VARIANTS:
        shopify_variants(run, field);
        break;
    case Q_VARIANTS_COUNT:
        shopify_variants_count(run, field);
        break;
    case Q_NODE:
        put_by_id(run, field, NULL);
        break;
    case Q_NODES:
        put_nodes(run, field);
        break;
    case Q_ORDER:
        put_by_id(run, field, "Order");
        break;
    case Q_ORDERS:
        shopify_orders(run, field);
        break;
    case Q_PROPERTIES:
        gql_put_object(run, field, "InventoryProperties", quantity_names);
        break;
    default:
        shopify_set_quantities(run, field);
        break;
    }
}

static void resolve_count(struct gql_run *run, const struct shopify_count *count, int id)
{
    bool is_exact = count->n <= count->limit;
    if (id == COUNT_COUNT) {
        json_put_int(&run->w, is_exact ? count->n : count->limit);
    } else {
        json_put_text(&run->w, is_exact ? SLICE("EXACT") : SLICE("AT_LEAST"));
    }
}

static void resolve_shop(struct gql_run *run, const struct shop *shop, int id)
{
    switch (id) {
    case F_ID:
        put_gid(run, "Shop", INT64_C(548380009) + (int64_t)shop->index);
        break;
    case SHOP_DOMAIN:
        json_put_text(&run->w, shop->source);
        break;
    case SHOP_CURRENCY:
        json_put_text(&run->w, SLICE("EUR"));
        break;
    default:
        json_put_text(&run->w, shop->code);
        break;
    }
}

/* Items and products are not const where counts are written; resolvers only read them. */
static struct item *item_self(const void *self)
{
    union {
        const void *in;
        struct item *out;
    } u = {.in = self};
    return u.out;
}

void shopify_resolve(struct gql_run *run,
                     const struct gql_type *type,
                     const void *self,
                     const struct gql_selection *field)
{
    struct slice name = slice_of(type->name);
    int id = field->field->id;
    bool is_app = id == Q_APP || id == Q_SUBSCRIPTIONS || id == M_SUBSCRIBE;
    if (is_app || slice_is(name, "AppInstallation") || slice_is(name, "AccessScope") ||
        slice_is(name, "WebhookSubscription") || slice_is(name, "UserError") ||
        slice_is(name, "WebhookSubscriptionCreatePayload")) {
        shopify_resolve_app(run, type, self, field);
    } else if (slice_is(name, "QueryRoot") || slice_is(name, "Mutation")) {
        resolve_root(run, field);
    } else if (slice_ends(name, "Connection") || slice_ends(name, "Edge") ||
               slice_is(name, "PageInfo")) {
        shopify_resolve_page(run, type, self, field);
    } else if (slice_is(name, "Count")) {
        resolve_count(run, self, id);
    } else if (slice_is(name, "Shop")) {
        resolve_shop(run, self, id);
    } else if (slice_is(name, "Location")) {
        resolve_location(run, self, id);
    } else if (slice_is(name, "InventoryItem")) {
        resolve_item(run, item_self(self), field);
    } else if (slice_is(name, "InventoryLevel")) {
        resolve_level(run, self, field);
    } else if (slice_is(name, "InventoryQuantity")) {
        resolve_quantity(run, self, id);
    } else if (slice_is(name, "InventoryProperties")) {
        put_properties(run, field);
    } else if (slice_is(name, "InventoryQuantityName")) {
        if (id == F_NAME) {
            json_put_text(&run->w, slice_of(self));
        } else {
            json_put_bool(&run->w, true);
        }
    } else if (slice_is(name, "ProductVariant")) {
        resolve_variant(run, item_self(self), field);
    } else if (slice_is(name, "SelectedOption")) {
        const struct item_option *option = self;
        json_put_text(&run->w, id == F_NAME ? option->name : option->value);
    } else if (slice_is(name, "Product")) {
        resolve_product(run, self, id);
    } else {
        shopify_resolve_order(run, type, self, field);
    }
}
