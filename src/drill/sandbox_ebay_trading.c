/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_ebay_trading - the Trading API's frame, and ReviseInventoryStatus: 1 to 4 blocks, each of
 * which succeeds or fails by itself. Errors are HTTP 200 with an Ack that says so.
 */
#include "drill/sandbox_ebay.h"

#include "base/times.h"

#define NAMESPACE "urn:ebay:apis:eBLBaseComponents"
#define BLOCKS_MAX 4
#define LEVEL_MIN 1100

void ebay_xml_start(struct call *call, struct slice name, const char *ack)
{
    char stamp[TIME_TEXT_MAX];
    rest_text(call, 200, "text/xml;charset=utf-8", SLICE(""));
    buf_printf(call->out,
               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<%.*sResponse xmlns=\"" NAMESPACE "\">",
               SLICE_ARG(name));
    xml_put(call->out, "Timestamp", time_format(env_wall_us(call->shop->sandbox->env), stamp));
    xml_put(call->out, "Ack", slice_of(ack));
    xml_put(call->out, "Version", SLICE("1451"));
}

void ebay_xml_end(struct call *call, struct slice name)
{
    buf_printf(call->out, "</%.*sResponse>\n", SLICE_ARG(name));
}

void ebay_xml_error(struct buf *out, int code, const char *severity, const char *text)
{
    buf_text(out, "<Errors>");
    xml_put(out, "ShortMessage", slice_of(text));
    xml_put(out, "LongMessage", slice_of(text));
    xml_put_int(out, "ErrorCode", code);
    xml_put(out, "SeverityCode", slice_of(severity));
    xml_put(out, "ErrorClassification", SLICE("RequestError"));
    buf_text(out, "</Errors>");
}

void ebay_xml_failure(struct call *call, struct slice name, int code, const char *text)
{
    ebay_xml_start(call, name, "Failure");
    ebay_xml_error(call->out, code, "Error", text);
    ebay_xml_end(call, name);
}

/* ---- ReviseInventoryStatus ---- */

struct block {
    const struct xml *node;
    struct item *item;
    int64_t quantity;
    int code; /* 0: revised; 21917091: a warning, it showed that already */
    const char *text;
};

static void block_fails(struct block *b, int code, const char *text)
{
    b->code = code;
    b->text = text;
}

/* By ItemID, and for a listing with variations by SKU too. */
static void block_find(struct shop *shop, struct block *b)
{
    struct slice id = xml_child_text(b->node, "ItemID");
    struct slice sku = xml_child_text(b->node, "SKU");
    const struct product *product = ebay_listing_find(shop, id);
    if (id.n == 0) {
        block_fails(b, 21916635, "Invalid input: an ItemID is required.");
        return;
    }
    if (!product) {
        block_fails(b, 17, "This item cannot be accessed because the listing has been deleted.");
        return;
    }
    if (ebay_is_inventory(product)) {
        block_fails(b,
                    21919474,
                    "Inventory-based listing management is not currently supported by this tool.");
        return;
    }
    if (product->is_simple) {
        b->item = product->items[0];
        return;
    }
    if (sku.n == 0) {
        block_fails(b, 21916583, "Variation level SKU or Variation level SKU and ItemID required.");
        return;
    }
    for (size_t i = 0; i < product->items_count; i++) {
        b->item = slice_equal(product->items[i]->sku, sku) ? product->items[i] : b->item;
    }
    if (!b->item) {
        block_fails(b, 21916635, "Invalid SKU: the listing has no such variation.");
    }
}

static void block_do(struct shop *shop, struct block *b)
{
    static const char *const known[] = {"ItemID", "SKU", "Quantity", "StartPrice"};
    if (xml_unknown(b->node, known, COUNT_OF(known)) ||
        !slice_int(xml_child_text(b->node, "Quantity"), &b->quantity) || b->quantity < 0) {
        block_fails(b, 37, "Input data is invalid.");
        return;
    }
    block_find(shop, b);
    if (!b->item) {
        return;
    }
    switch (ebay_revise(b->item, b->quantity, b->quantity)) {
    case EBAY_REVISED:
        break;
    case EBAY_SAME:
        block_fails(b, 21917091, "Requested Quantity revision is redundant.");
        break;
    case EBAY_SPENT:
        block_fails(b, 21919165, "You have reached the number of allowed revisions for today.");
        break;
    case EBAY_ENDED:
        block_fails(b, 291, "You are not allowed to revise ended listings.");
        break;
    case EBAY_NO_ZERO:
        block_fails(b, 515, "The quantity must be a valid number greater than 0.");
        break;
    }
}

static bool is_failed(const struct block *b)
{
    return b->code != 0 && b->code != 21917091;
}

static void put_block_error(struct buf *out, const struct block *b)
{
    buf_text(out, "<Errors>");
    xml_put(out, "ShortMessage", slice_of(b->text));
    xml_put(out, "LongMessage", slice_of(b->text));
    xml_put_int(out, "ErrorCode", b->code);
    xml_put(out, "SeverityCode", is_failed(b) ? SLICE("Error") : SLICE("Warning"));
    buf_text(out, "<ErrorParameters ParamID=\"0\">");
    xml_put(out, "Value", xml_child_text(b->node, "ItemID"));
    buf_text(out, "</ErrorParameters><ErrorParameters ParamID=\"1\">");
    xml_put(out, "Value", xml_child_text(b->node, "SKU"));
    buf_text(out, "</ErrorParameters>");
    xml_put(out, "ErrorClassification", SLICE("RequestError"));
    buf_text(out, "</Errors>");
}

static void revise_inventory(struct call *call, struct slice name, const struct xml *root)
{
    static const char *const known[] = {
        "InventoryStatus", "ErrorLanguage", "WarningLevel", "MessageID", "Version"};
    struct block blocks[BLOCKS_MAX];
    size_t count = 0;
    size_t failed = 0;
    size_t warned = 0;
    size_t given = xml_count(root, "InventoryStatus");
    if (xml_unknown(root, known, COUNT_OF(known)) || given == 0 || given > BLOCKS_MAX) {
        ebay_xml_failure(call, name, 37, "Input data is invalid: 1 to 4 InventoryStatus blocks.");
        return;
    }
    for (const struct xml *node = root->child; node; node = node->next) {
        if (slice_is(node->name, "InventoryStatus")) {
            blocks[count] = (struct block){.node = node};
            block_do(call->shop, &blocks[count]);
            failed += is_failed(&blocks[count]);
            warned += blocks[count].code == 21917091;
            count++;
        }
    }
    ebay_xml_start(call,
                   name,
                   failed == count ? "Failure"
                   : failed > 0    ? "PartialFailure"
                   : warned > 0    ? "Warning"
                                   : "Success");
    if (xml_child_text(root, "MessageID").n > 0) {
        xml_put(call->out, "CorrelationID", xml_child_text(root, "MessageID"));
    }
    for (size_t i = 0; i < count; i++) {
        if (blocks[i].code) {
            put_block_error(call->out, &blocks[i]);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (is_failed(&blocks[i])) {
            continue;
        }
        buf_text(call->out, "<InventoryStatus>");
        xml_put_int(call->out, "ItemID", blocks[i].item->product->id);
        if (!blocks[i].item->product->is_simple) {
            xml_put(call->out, "SKU", blocks[i].item->sku);
        }
        xml_put_int(call->out, "Quantity", blocks[i].quantity);
        buf_text(call->out, "</InventoryStatus>");
    }
    ebay_xml_end(call, name);
}

/* ---- the frame ---- */

static bool token_is_good(struct call *call, struct slice name)
{
    struct slice text = call_request_header(call, "X-EBAY-API-IAF-TOKEN");
    const struct rest_token *token =
        rest_token_find(call->shop, &ebay_of(call->shop)->tokens, text);
    if (text.n == 0 || !token || token->kind != EBAY_USER_TOKEN) {
        ebay_xml_failure(call, name, 931, "Auth token is invalid.");
        return false;
    }
    if (!rest_token_lives(call->shop, token)) {
        ebay_xml_failure(call, name, 21917053, "IAF token supplied is expired.");
        return false;
    }
    return true;
}

void ebay_trading_call(struct call *call)
{
    struct slice name = call_request_header(call, "X-EBAY-API-CALL-NAME");
    struct slice site = call_request_header(call, "X-EBAY-API-SITEID");
    struct slice level = call_request_header(call, "X-EBAY-API-COMPATIBILITY-LEVEL");
    int64_t number;
    if (!rest_method(call, "POST")) {
        ebay_no_route(call);
        return;
    }
    if (name.n == 0 || name.n > 64) {
        ebay_xml_failure(call, SLICE("Unknown"), 1, "The API call name is missing.");
        return;
    }
    if (!slice_int(site, &number) || !slice_int(level, &number) || number < LEVEL_MIN) {
        ebay_xml_failure(call, name, 2, "Unsupported API call: site or compatibility level.");
        return;
    }
    if (!rest_content_is(call, "text/xml")) {
        ebay_xml_failure(call, name, 5, "The content type must be text/xml.");
        return;
    }
    if (!token_is_good(call, name)) {
        return;
    }
    const struct xml *root = xml_read(call->x->request.body, &call->shop->sandbox->turn);
    struct slice wanted = arena_printf(&call->shop->sandbox->turn, "%.*sRequest", SLICE_ARG(name));
    if (!root || !slice_equal(root->name, wanted) || !slice_is(root->xmlns, NAMESPACE)) {
        ebay_xml_failure(call, name, 5, "XML Parse error.");
        return;
    }
    if (slice_is(name, "ReviseInventoryStatus")) {
        revise_inventory(call, name, root);
    } else if (!ebay_trading_read(call, name, root)) {
        ebay_xml_failure(call, name, 2, "Unsupported API call.");
    }
}
