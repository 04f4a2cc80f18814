/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_shopify_stock - inventorySetQuantities: absolute, compare-and-set, under an idempotency
 * key.
 *
 * All rows land or none: one wrong row refuses the whole call. An answer is kept under its key and
 * given again for the same key and the same input; the same key with other input is refused.
 */
#include "drill/sandbox_shopify.h"

#include "base/crypto.h"

#define ROWS_MAX 250 /* elements of any input array */
#define KEYS_MAX 10000

/* ---- answers kept under their keys: a ring ---- */

struct kept {
    struct slice key;
    uint8_t digest[16]; /* of the input */
    char *answer;
    size_t answer_n;
    char bytes[]; /* the key */
};

struct idem {
    struct map by_key;
    struct kept *ring[KEYS_MAX];
    size_t made;
};

static struct idem *idem_of(struct shop *shop)
{
    if (!shop->idem) {
        shop->idem = calloc(1, sizeof(*shop->idem));
        must(shop->idem != NULL);
        map_init(&shop->idem->by_key);
    }
    return shop->idem;
}

static void kept_free(struct kept *kept)
{
    if (kept) {
        free(kept->answer);
        free(kept);
    }
}

static void
idem_keep(struct shop *shop, struct slice key, const uint8_t digest[16], struct slice answer)
{
    struct idem *idem = idem_of(shop);
    struct kept *kept = calloc(1, sizeof(*kept) + key.n + 1);
    must(kept != NULL);
    memcpy(kept->bytes, key.p, key.n);
    kept->key = (struct slice){kept->bytes, key.n};
    memcpy(kept->digest, digest, sizeof(kept->digest));
    kept->answer = malloc(answer.n + 1);
    must(kept->answer != NULL);
    memcpy(kept->answer, answer.p, answer.n);
    kept->answer_n = answer.n;

    struct kept **slot = &idem->ring[idem->made++ % KEYS_MAX];
    if (*slot) {
        map_remove(&idem->by_key, (*slot)->key);
        kept_free(*slot);
    }
    *slot = kept;
    must(map_set(&idem->by_key, kept->key, kept));
}

void shopify_free(struct shop *shop)
{
    shopify_subscriptions_free(shop);
    if (!shop->idem) {
        return;
    }
    for (size_t i = 0; i < KEYS_MAX; i++) {
        kept_free(shop->idem->ring[i]);
    }
    map_free(&shop->idem->by_key);
    free(shop->idem);
}

/* ---- one call ---- */

struct row {
    struct item *item;
    int location;
    int64_t quantity, before;
};

struct user_error {
    const char *code, *message, *leaf; /* leaf: the field of the row; NULL: of the input */
    const char *top;                   /* the input's field when leaf is NULL */
    size_t row;
};

struct set {
    struct gql_run *run;
    const struct gql_value *input;
    bool is_on_hand;
    struct row rows[ROWS_MAX];
    size_t rows_count;
    struct user_error errors[ROWS_MAX * 2];
    size_t errors_count;
    size_t changes_count;
};

static void
refuse_row(struct set *set, size_t row, const char *leaf, const char *code, const char *message)
{
    if (set->errors_count < COUNT_OF(set->errors)) {
        set->errors[set->errors_count++] =
            (struct user_error){.code = code, .message = message, .leaf = leaf, .row = row};
    }
}

static void refuse(struct set *set, const char *top, const char *code, const char *message)
{
    set->errors[set->errors_count++] =
        (struct user_error){.code = code, .message = message, .top = top};
}

static const char *const reasons[] = {
    "correction",
    "cycle_count_available",
    "received",
    "restock",
    "damaged",
    "shrinkage",
    "promotion",
    "other",
    "reservation_created",
    "reservation_deleted",
    "reservation_updated",
    "movement_created",
    "movement_updated",
    "movement_received",
    "movement_canceled",
    "quality_control",
    "safety_stock",
};

static void head_check(struct set *set)
{
    struct slice name = gql_member(set->input, "name")->text;
    struct slice reason = gql_member(set->input, "reason")->text;
    const struct gql_value *reference = gql_member(set->input, "referenceDocumentUri");
    bool is_reason = false;
    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        is_reason |= slice_is(reason, reasons[i]);
    }
    if (!shopify_set_name_is_known(name)) {
        refuse(set,
               "name",
               "INVALID_NAME",
               "The quantity name must be either 'available' or 'on_hand'.");
    }
    set->is_on_hand = slice_is(name, "on_hand");
    if (!is_reason) {
        refuse(set, "reason", "INVALID_REASON", "The specified reason is invalid.");
    }
    if (reference->kind == GQL_TEXT && (!memmem(reference->text.p, reference->text.n, "://", 3) ||
                                        slice_starts(reference->text, "gid://shopify/"))) {
        refuse(set,
               "referenceDocumentUri",
               "INVALID_REFERENCE_DOCUMENT",
               "The specified reference document is invalid.");
    }
}

static void row_check(struct set *set, size_t at)
{
    const struct gql_value *in = &gql_member(set->input, "quantities")->members[at].value;
    struct shop *shop = shopify_shop(set->run);
    struct row *row = &set->rows[at];
    const struct gql_value *from = gql_member(in, "changeFromQuantity");
    struct slice type;
    int64_t id;

    row->quantity = gql_member(in, "quantity")->number;
    if (shopify_gid(gql_member(in, "inventoryItemId")->text, &type, &id) &&
        slice_is(type, "InventoryItem")) {
        row->item = shopify_item_of(shop, id);
    }
    row->location = -1;
    if (shopify_gid(gql_member(in, "locationId")->text, &type, &id) && slice_is(type, "Location")) {
        row->location = shopify_location_of(shop, id);
    }
    if (!row->item) {
        refuse_row(set,
                   at,
                   "inventoryItemId",
                   "INVALID_INVENTORY_ITEM",
                   "The specified inventory item could not be found.");
    }
    if (row->location < 0) {
        refuse_row(set,
                   at,
                   "locationId",
                   "INVALID_LOCATION",
                   "The specified location could not be found.");
    }
    if (row->quantity < 0) {
        refuse_row(
            set, at, "quantity", "INVALID_QUANTITY_NEGATIVE", "The quantity can't be negative.");
    }
    if (row->quantity > QTY_MAX) {
        refuse_row(set,
                   at,
                   "quantity",
                   "INVALID_QUANTITY_TOO_HIGH",
                   "The quantity can't be higher than 1,000,000,000.");
    }
    if (from->kind == GQL_ABSENT) {
        refuse_row(set,
                   at,
                   "changeFromQuantity",
                   "COMPARE_QUANTITY_REQUIRED",
                   "changeFromQuantity is required: give the expected quantity, or null to skip "
                   "the comparison.");
    }
    if (!row->item || row->location < 0) {
        return;
    }
    row->before = *shopify_level_count(row->item, row->location);
    int64_t shown = row->before;
    if (set->is_on_hand && row->location == 0) {
        shown += row->item->committed;
    }
    if (from->kind == GQL_INT && from->number != shown) {
        shop->stats.writes_stale++;
        refuse_row(set,
                   at,
                   "changeFromQuantity",
                   "CHANGE_FROM_QUANTITY_STALE",
                   "The changeFromQuantity value does not match the persisted value.");
    }
}

static int by_level(const void *a, const void *b)
{
    const struct row *const *x = a;
    const struct row *const *y = b;
    uintptr_t p = (uintptr_t)(*x)->item;
    uintptr_t q = (uintptr_t)(*y)->item;
    if (p != q) {
        return p < q ? -1 : 1;
    }
    return (*x)->location - (*y)->location;
}

static void duplicates_check(struct set *set)
{
    const struct row *sorted[ROWS_MAX] = {NULL};
    for (size_t i = 0; i < set->rows_count; i++) {
        sorted[i] = &set->rows[i];
    }
    qsort(sorted, set->rows_count, sizeof(sorted[0]), by_level);
    for (size_t i = 1; i < set->rows_count; i++) {
        if (sorted[i]->item && by_level(&sorted[i - 1], &sorted[i]) == 0) {
            refuse_row(set,
                       (size_t)(sorted[i] - set->rows),
                       NULL,
                       "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR",
                       "The combination of inventoryItemId and locationId must be unique.");
        }
    }
}

static void rows_apply(struct set *set)
{
    for (size_t i = 0; i < set->rows_count; i++) {
        struct row *row = &set->rows[i];
        int64_t *count = shopify_level_count(row->item, row->location);
        int64_t after = row->quantity;
        if (set->is_on_hand && row->location == 0) {
            after -= row->item->committed;
        }
        *count = after;
        set->changes_count += after != row->before;
        if (row->location == 0) {
            item_written(row->item, row->before, after);
        }
        if (after == row->before) {
            continue;
        }
        if (row->location == 0) {
            item_count_changed(row->item);
        } else {
            shopify_count_event(row->item, row->location);
        }
    }
}

/* ---- the answer ---- */

struct change {
    const struct row *row;
    const char *name;
    int64_t delta, after;
};

static void
put_changes(struct gql_run *run, const struct set *set, const struct gql_selection *field)
{
    json_begin_array(&run->w);
    for (size_t i = 0; i < set->rows_count; i++) {
        const struct row *row = &set->rows[i];
        int64_t after = *shopify_level_count(row->item, row->location);
        if (after == row->before) {
            continue;
        }
        struct change available = {row, "available", after - row->before, after};
        struct change on_hand = available;
        on_hand.name = "on_hand";
        on_hand.after = shopify_quantity(row->item, row->location, SLICE("on_hand"));
        gql_put_object(run, field, "InventoryChange", &available);
        gql_put_object(run, field, "InventoryChange", &on_hand);
    }
    json_end_array(&run->w);
}

static void
resolve_group(struct gql_run *run, const struct set *set, const struct gql_selection *field)
{
    const struct gql_value *reference = gql_member(set->input, "referenceDocumentUri");
    struct shop *shop = shopify_shop(run);
    switch (field->field->id) {
    case F_ID:
        json_put_text(&run->w,
                      shopify_gid_text(run->arena,
                                       "InventoryAdjustmentGroup",
                                       (int64_t)shop->stats.writes + INT64_C(9300000000000)));
        break;
    case F_CREATED_AT:
        shopify_time(run, shop_now_us(shop));
        break;
    case F_REASON:
        json_put_text(&run->w, gql_member(set->input, "reason")->text);
        break;
    case F_REFERENCE:
        if (reference->kind == GQL_TEXT) {
            json_put_text(&run->w, reference->text);
        } else {
            json_put_null(&run->w);
        }
        break;
    default:
        put_changes(run, set, field);
        break;
    }
}

static void
resolve_change(struct gql_run *run, const struct change *change, const struct gql_selection *field)
{
    struct shopify_location location = {.shop = shopify_shop(run), .index = change->row->location};
    switch (field->field->id) {
    case F_NAME:
        json_put_text(&run->w, slice_of(change->name));
        break;
    case CHANGE_DELTA:
        json_put_int(&run->w, change->delta);
        break;
    case CHANGE_AFTER:
        json_put_int(&run->w, change->after);
        break;
    case F_ITEM:
        gql_put_object(run, field, "InventoryItem", change->row->item);
        break;
    case F_LOCATION:
        gql_put_object(run, field, "Location", &location);
        break;
    default:
        json_put_null(&run->w);
        break;
    }
}

static void put_error_field(struct gql_run *run, const struct user_error *error)
{
    json_begin_array(&run->w);
    json_put_text(&run->w, SLICE("input"));
    if (error->top) {
        json_put_text(&run->w, slice_of(error->top));
    } else {
        json_put_text(&run->w, SLICE("quantities"));
        json_put_text(&run->w, arena_printf(run->arena, "%zu", error->row));
    }
    if (error->leaf) {
        json_put_text(&run->w, slice_of(error->leaf));
    }
    json_end_array(&run->w);
}

/* Types below Mutation never leave this file, so it resolves them itself. */
static void resolve_here(struct gql_run *run,
                         const struct gql_type *type,
                         const void *self,
                         const struct gql_selection *field)
{
    struct slice name = slice_of(type->name);
    if (slice_is(name, "InventorySetQuantitiesPayload")) {
        const struct set *set = self;
        if (field->field->id == SET_GROUP) {
            if (set->errors_count > 0 || set->changes_count == 0) {
                json_put_null(&run->w); /* nothing changed: there is no group */
            } else {
                gql_put_object(run, field, "InventoryAdjustmentGroup", set);
            }
            return;
        }
        json_begin_array(&run->w);
        for (size_t i = 0; i < set->errors_count; i++) {
            gql_put_object(run, field, "InventorySetQuantitiesUserError", &set->errors[i]);
        }
        json_end_array(&run->w);
    } else if (slice_is(name, "InventorySetQuantitiesUserError")) {
        const struct user_error *error = self;
        if (field->field->id == F_FIELD) {
            put_error_field(run, error);
        } else {
            json_put_text(&run->w,
                          slice_of(field->field->id == F_CODE ? error->code : error->message));
        }
    } else if (slice_is(name, "InventoryAdjustmentGroup")) {
        resolve_group(run, self, field);
    } else if (slice_is(name, "InventoryChange")) {
        resolve_change(run, self, field);
    } else {
        shopify_resolve(run, type, self, field);
    }
}

static void
put_payload(struct gql_run *run, const struct gql_selection *field, const struct set *set)
{
    run->resolve = resolve_here;
    gql_put_object(run, field, "InventorySetQuantitiesPayload", set);
    run->resolve = shopify_resolve;
}

/* ---- the key ---- */

static void value_text(const struct gql_value *value, struct buf *out)
{
    buf_printf(out, "%d:", (int)value->kind);
    switch (value->kind) {
    case GQL_INT:
        buf_int(out, value->number);
        break;
    case GQL_BOOL:
        buf_int(out, value->flag);
        break;
    case GQL_LIST:
    case GQL_OBJECT:
        for (size_t i = 0; i < value->count; i++) {
            buf_printf(out, "(%.*s=", SLICE_ARG(value->members[i].name));
            value_text(&value->members[i].value, out);
            buf_char(out, ')');
        }
        break;
    case GQL_ABSENT:
    case GQL_NULL:
    case GQL_FLOAT:
    case GQL_TEXT:
    case GQL_ENUM:
    case GQL_VARIABLE:
        buf_printf(out, "%zu:", value->text.n);
        buf_slice(out, value->text);
        break;
    }
}

static void input_digest(const struct gql_value *input, uint8_t out[16])
{
    struct buf text;
    buf_init(&text, (size_t)4 << 20);
    value_text(input, &text);
    struct slice part = buf_view(&text);
    blake2b(out, 16, &part, 1);
    buf_free(&text);
}

void shopify_set_quantities(struct gql_run *run, const struct gql_selection *field)
{
    struct shop *shop = shopify_shop(run);
    const struct gql_directive *directive = gql_directive(field, "idempotent");
    struct set *set = ARENA_NEW(run->arena, struct set);
    if (!set) {
        json_put_null(&run->w);
        return;
    }
    *set = (struct set){.run = run, .input = gql_arg(field, "input")};
    const struct gql_value *quantities = gql_member(set->input, "quantities");
    if (!directive || directive->args[0].value.text.n == 0) {
        gql_error(run,
                  field->spot,
                  "BAD_REQUEST",
                  SLICE("The @idempotent directive is required for this mutation but was not "
                        "provided."));
        json_put_null(&run->w);
        return;
    }
    if (quantities->count > ROWS_MAX) {
        gql_error(run,
                  field->spot,
                  "MAX_INPUT_SIZE_EXCEEDED",
                  arena_printf(run->arena,
                               "The input array size of %zu is greater than the maximum allowed "
                               "of %d.",
                               quantities->count,
                               ROWS_MAX));
        json_put_null(&run->w);
        return;
    }
    struct slice key = directive->args[0].value.text;
    uint8_t digest[16];
    input_digest(set->input, digest);
    const struct kept *kept = map_get(&idem_of(shop)->by_key, key);
    if (kept && memcmp(kept->digest, digest, sizeof(digest)) == 0) {
        json_put_raw(&run->w, (struct slice){kept->answer, kept->answer_n});
        return;
    }
    if (kept) {
        refuse(set,
               NULL,
               "IDEMPOTENCY_KEY_PARAMETER_MISMATCH",
               "The idempotency key was used with other parameters.");
        put_payload(run, field, set);
        return;
    }
    set->rows_count = quantities->count;
    head_check(set);
    for (size_t i = 0; i < set->rows_count; i++) {
        row_check(set, i);
    }
    duplicates_check(set);
    if (set->errors_count == 0) {
        rows_apply(set);
    }
    /* The resolver writes at the end of the answer: what it adds is what is kept. */
    size_t start = run->w.out->n;
    put_payload(run, field, set);
    struct slice answer = {run->w.out->p + start, run->w.out->n - start};
    idem_keep(shop, key, digest, answer);
}
