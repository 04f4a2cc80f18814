/* SPDX-License-Identifier: Apache-2.0 */
#include "channels/shopify/graphql.h"
#include "channels/shopify/shopify.h"

static const char set_quantities[] =
    "mutation Set($input: InventorySetQuantitiesInput!, $key: String!) {"
    " inventorySetQuantities(input: $input) @idempotent(key: $key) {"
    " inventoryAdjustmentGroup { id }"
    " userErrors { code field message } } }";

enum err shopify_build_push(const struct account *account,
                            const struct push_item *items,
                            size_t count,
                            const struct step *step,
                            struct arena *arena,
                            struct http_request *out)
{
    struct buf variables;
    char reference[96];
    if (count == 0 || count > account->connector->semantics.push_batch_max || step->key.n == 0 ||
        step->key.n > 64) {
        return ERR_USAGE;
    }
    for (size_t i = 0; i < count; i++) {
        if (shopify_item_id(&items[i]).n == 0 || items[i].value < 0) {
            return ERR_USAGE;
        }
    }
    /* The merchant's inventory history shows it: from there each change leads to our push. */
    (void)snprintf(reference, sizeof(reference), "gid://truecount/Push/%.*s", SLICE_ARG(step->key));

    buf_init(&variables, GRAPHQL_BODY_MAX);
    struct json_writer w = json_writer(&variables);
    json_begin_object(&w);
    json_field_text(&w, "key", step->key);
    json_key(&w, "input");
    json_begin_object(&w);
    json_field_str(&w, "name", "available");
    json_field_str(&w, "reason", "correction");
    json_field_str(&w, "referenceDocumentUri", reference);
    json_key(&w, "quantities");
    json_begin_array(&w);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(&w);
        graphql_put_gid(&w, "inventoryItemId", "InventoryItem", shopify_item_id(&items[i]));
        graphql_put_gid(&w, "locationId", "Location", items[i].location);
        json_field_int(&w, "quantity", items[i].value);
        if (items[i].has_compare) {
            json_field_int(&w, "changeFromQuantity", items[i].compare);
        } else {
            json_field_null(&w, "changeFromQuantity"); /* must be there, even to say nothing */
        }
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    json_end_object(&w);
    return graphql_request(account, set_quantities, &variables, arena, out);
}

static void
all(struct push_result *out, size_t count, enum push_outcome outcome, struct slice reason)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = (struct push_result){.outcome = outcome, .reason = reason};
    }
}

/* A refusal of which nobody says for which row: one of several may be at fault alone. */
static enum push_outcome refusal_of(size_t count)
{
    return count > 1 ? PUSH_SPLIT : PUSH_REFUSED;
}

static enum push_outcome outcome_of(enum reply_class class, size_t count)
{
    switch (class) {
    case REPLY_LATER:
        return PUSH_LATER;
    case REPLY_REFUSED:
        return refusal_of(count);
    case REPLY_OK:
    case REPLY_UNKNOWN:
        break;
    }
    return PUSH_UNKNOWN;
}

/* field: ["input","quantities","3","changeFromQuantity"] names the row 3. */
static bool row_named(struct json field, size_t count, size_t *out)
{
    bool is_next = false;
    for (struct json_iter i = json_iter(field); json_next(&i);) {
        int64_t row = 0;
        if (is_next) {
            if (!json_int_loose(i.value, &row) || row < 0 || (uint64_t)row >= count) {
                return false;
            }
            *out = (size_t)row;
            return true;
        }
        is_next = slice_is(shopify_text(i.value), "quantities");
    }
    return false;
}

static enum push_outcome outcome_of_code(struct slice code)
{
    static const struct {
        const char *code;
        enum push_outcome outcome;
    } codes[] = {
        {"CHANGE_FROM_QUANTITY_STALE", PUSH_STALE},
        {"COMPARE_QUANTITY_STALE", PUSH_STALE},
        {"IDEMPOTENCY_CONCURRENT_REQUEST", PUSH_UNKNOWN}, /* the first attempt is still running */
        {"IDEMPOTENCY_KEY_PARAMETER_MISMATCH", PUSH_AGAIN},
        {"IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", PUSH_AGAIN},
    };
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        if (slice_is(code, codes[i].code)) {
            return codes[i].outcome;
        }
    }
    return PUSH_REFUSED;
}

/* Of two things said about one row the graver one holds. */
static int gravity(enum push_outcome outcome)
{
    switch (outcome) {
    case PUSH_UNKNOWN:
        return 4;
    case PUSH_REFUSED:
        return 3;
    case PUSH_STALE:
        return 2;
    case PUSH_LATER:
    case PUSH_SPLIT:
        return 1;
    case PUSH_AGAIN:
    case PUSH_ACCEPTED: /* never said here */
    case PUSH_CONFIRMED:
        break;
    }
    return 0;
}

static void worsen(struct push_result *r, enum push_outcome outcome, struct slice reason)
{
    if (r->outcome == PUSH_CONFIRMED || gravity(outcome) > gravity(r->outcome)) {
        *r = (struct push_result){.outcome = outcome, .reason = reason};
    }
}

/* The call is all or nothing: whatever is wrong with one row, no row has landed. */
static void
errors_apply(struct json errors, struct arena *arena, struct push_result *out, size_t count)
{
    all(out, count, PUSH_AGAIN, SLICE("another row of the same call was refused"));
    for (struct json_iter i = json_iter(errors); json_next(&i);) {
        struct slice code = shopify_text(json_get(i.value, "code"));
        struct slice message = shopify_text(json_get(i.value, "message"));
        struct slice shown = {message.p, message.n < 160 ? message.n : 160};
        struct slice reason = arena_printf(arena,
                                           "%.*s: %.*s",
                                           code.n < 64 ? (int)code.n : 64,
                                           code.p ? code.p : "",
                                           SLICE_ARG(shown));
        enum push_outcome outcome = outcome_of_code(code);
        size_t row = 0;
        if (row_named(json_get(i.value, "field"), count, &row)) {
            worsen(&out[row], outcome, reason);
            continue;
        }
        outcome = outcome == PUSH_REFUSED ? refusal_of(count) : outcome;
        for (size_t k = 0; k < count; k++) {
            worsen(&out[k], outcome, reason);
        }
    }
}

void shopify_read_push(const struct account *account,
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
    struct graphql_answer answer;

    (void)account;
    (void)items;
    graphql_read(response, doc, arena, &answer, out_signal);
    if (answer.class != REPLY_OK) {
        all(out, count, outcome_of(answer.class, count), answer.reason);
        return;
    }
    struct json payload = json_get(answer.data, "inventorySetQuantities");
    struct json errors = json_get(payload, "userErrors");
    if (json_type(errors) != JSON_ARRAY) {
        all(out, count, PUSH_UNKNOWN, SLICE("the answer does not say what became of the push"));
    } else if (json_count(errors) > 0) {
        errors_apply(errors, arena, out, count);
    } else {
        all(out, count, PUSH_CONFIRMED, (struct slice){0});
    }
}
