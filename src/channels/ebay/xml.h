/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xml - the few elements of eBay's XML that the connector reads, from hostile bytes.
 *
 * Elements are known by their local names; whatever has another name is skipped with all it holds,
 * so that a page of thousands of items with descriptions and pictures stays small. A document type
 * is refused (entities with it), and so is nesting beyond 64 levels. Texts are UTF-8, trimmed.
 */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

struct xml_node {
    struct slice name, text;
    const struct xml_node *first; /* child */
    const struct xml_node *next;  /* sibling */
};

/* The document's root, in the arena. ERR_PARSE, or ERR_LIMIT when the arena is full. */
MUST_USE enum err
xml_parse(struct slice text, struct arena *arena, const struct xml_node **out_root);

/* The first child of that name; NULL when node is NULL or has none. */
const struct xml_node *xml_get(const struct xml_node *node, const char *name);
/* The same through several levels: xml_path(root, "Body", "GetItemResponse", NULL). */
const struct xml_node *xml_path(const struct xml_node *node, ...) __attribute__((sentinel));
/* The next sibling of the same name. */
const struct xml_node *xml_next(const struct xml_node *node);
struct slice xml_text(const struct xml_node *node); /* empty when NULL */
/* The text of a child; empty when there is none. */
struct slice xml_text_of(const struct xml_node *node, const char *name);

/* Text between two tags, with the five characters escaped; control bytes become spaces. */
void xml_put_text(struct buf *out, struct slice text);
