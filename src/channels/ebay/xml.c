/* SPDX-License-Identifier: Apache-2.0 */
#include "channels/ebay/xml.h"

#include <expat.h>

#define DEPTH_MAX 64
#define TEXT_MAX 65536
#define BODY_MAX ((size_t)32 << 20)

/* Whatever the connector reads; all else is skipped. */
static const char *const names[] = {
    "Ack",
    "ActiveList",
    "Body",
    "ContainingOrder",
    "Envelope",
    "ErrorClassification",
    "ErrorCode",
    "ErrorParameters",
    "Errors",
    "Header",
    "InventoryStatus",
    "Item",
    "ItemArray",
    "ItemID",
    "ListingStatus",
    "ListingType",
    "LongMessage",
    "Name",
    "NameValueList",
    "NotificationEventName",
    "NotificationSignature",
    "OrderID",
    "OutOfStockControlPreference",
    "PaginationResult",
    "Quantity",
    "QuantityAvailable",
    "QuantitySold",
    "RequesterCredentials",
    "SKU",
    "SellingStatus",
    "SeverityCode",
    "ShortMessage",
    "Timestamp",
    "Title",
    "TotalNumberOfEntries",
    "TotalNumberOfPages",
    "Transaction",
    "TransactionArray",
    "Value",
    "Variation",
    "VariationSpecifics",
    "Variations",
};

struct building {
    struct xml_node node;
    struct xml_node *last; /* child */
};

struct parsing {
    XML_Parser parser;
    struct arena *arena;
    struct building *open[DEPTH_MAX];
    size_t depth, skipped; /* skipped: levels below an element that nobody reads */
    struct buf text;       /* of the innermost open element, until it has a child */
    const struct xml_node *root;
    enum err fault;
};

static void stop(struct parsing *p, enum err fault)
{
    p->fault = fault;
    (void)XML_StopParser(p->parser, XML_FALSE);
}

/* "soapenv:Body" is Body: prefixes are the writer's choice. */
static struct slice local_name(const char *name)
{
    const char *colon = strrchr(name, ':');

    return slice_of(colon ? colon + 1 : name);
}

static const char *known_name(struct slice name)
{
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (slice_is(name, names[i])) {
            return names[i];
        }
    }
    return NULL;
}

static void XMLCALL element_begins(void *user, const XML_Char *name, const XML_Char **attributes)
{
    (void)attributes;
    struct parsing *p = user;
    struct slice local = local_name(name);
    const char *known = known_name(local);

    if (local.n == 0 || p->depth + p->skipped >= DEPTH_MAX) { /* a prefix alone names nothing */
        stop(p, ERR_PARSE);
        return;
    }
    bool is_answer = p->depth && slice_is(p->open[p->depth - 1]->node.name, "Body");
    if (p->skipped || (p->depth && !known && !is_answer)) {
        p->skipped++;
        return;
    }
    struct building *element = ARENA_NEW(p->arena, struct building);
    if (!element) {
        stop(p, ERR_LIMIT);
        return;
    }
    /* The root, and what SOAP wraps, may have any name: an answer is named after its call. */
    element->node.name = known ? slice_of(known) : arena_copy(p->arena, local);
    if (p->depth) {
        struct building *parent = p->open[p->depth - 1];
        if (parent->last) {
            parent->last->next = &element->node;
        } else {
            parent->node.first = &element->node;
        }
        parent->last = &element->node;
    } else {
        p->root = &element->node;
    }
    p->open[p->depth++] = element;
    buf_clear(&p->text);
}

static void XMLCALL element_ends(void *user, const XML_Char *name)
{
    (void)name;
    struct parsing *p = user;

    if (p->fault) { /* an empty element ends even when its beginning stopped the parser */
        return;
    }
    if (p->skipped) {
        p->skipped--;
        return;
    }
    struct building *element = p->open[--p->depth];
    struct slice text = slice_trim(buf_view(&p->text));
    if (!element->node.first && text.n) {
        element->node.text = arena_copy(p->arena, text);
        if (!element->node.text.p) {
            stop(p, ERR_LIMIT);
        }
    }
    buf_clear(&p->text);
}

static void XMLCALL characters(void *user, const XML_Char *text, int n)
{
    struct parsing *p = user;

    if (!p->skipped && n > 0) {
        buf_put(&p->text, text, (size_t)n);
        if (p->text.overflow) {
            stop(p, ERR_PARSE);
        }
    }
}

static void XMLCALL doctype(void *user,
                            const XML_Char *name,
                            const XML_Char *system_id,
                            const XML_Char *public_id,
                            int has_subset)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_subset;
    stop(user, ERR_PARSE);
}

enum err xml_parse(struct slice text, struct arena *arena, const struct xml_node **out_root)
{
    struct parsing p = {.arena = arena, .parser = XML_ParserCreate(NULL)};

    if (!p.parser) {
        return ERR_MEMORY;
    }
    buf_init(&p.text, TEXT_MAX);
    XML_SetUserData(p.parser, &p);
    XML_SetElementHandler(p.parser, element_begins, element_ends);
    XML_SetCharacterDataHandler(p.parser, characters);
    XML_SetStartDoctypeDeclHandler(p.parser, doctype);
    bool is_whole = text.n > 0 && text.n <= BODY_MAX &&
                    XML_Parse(p.parser, text.p, (int)text.n, XML_TRUE) == XML_STATUS_OK;
    XML_ParserFree(p.parser);
    buf_free(&p.text);
    if (p.fault) {
        return p.fault;
    }
    if (!is_whole || !p.root) {
        return ERR_PARSE;
    }
    *out_root = p.root;
    return ERR_OK;
}

static const struct xml_node *find(const struct xml_node *from, struct slice name)
{
    for (; from; from = from->next) {
        if (slice_equal(from->name, name)) {
            return from;
        }
    }
    return NULL;
}

const struct xml_node *xml_get(const struct xml_node *node, const char *name)
{
    return node ? find(node->first, slice_of(name)) : NULL;
}

const struct xml_node *xml_path(const struct xml_node *node, ...)
{
    va_list names_given;

    va_start(names_given, node);
    for (const char *name = va_arg(names_given, const char *); node && name;
         name = va_arg(names_given, const char *)) {
        node = xml_get(node, name);
    }
    va_end(names_given);
    return node;
}

const struct xml_node *xml_next(const struct xml_node *node)
{
    return find(node->next, node->name);
}

struct slice xml_text(const struct xml_node *node)
{
    return node ? node->text : (struct slice){0};
}

struct slice xml_text_of(const struct xml_node *node, const char *name)
{
    return xml_text(xml_get(node, name));
}

void xml_put_text(struct buf *out, struct slice text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        switch (c) {
        case '&':
            buf_text(out, "&amp;");
            break;
        case '<':
            buf_text(out, "&lt;");
            break;
        case '>':
            buf_text(out, "&gt;");
            break;
        case '"':
            buf_text(out, "&quot;");
            break;
        case '\'':
            buf_text(out, "&apos;");
            break;
        default:
            buf_char(out, (unsigned char)c < 0x20 ? ' ' : c);
        }
    }
}
