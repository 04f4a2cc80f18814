/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_xml - a strict reader of the little XML that web services send, and its escapes.
 *
 * One root, tags that match, attributes in quotes, the five entities and character references. No
 * document type, no namespaces beside a default one: a colon is part of a name. Depth and size are
 * bounded by the arena and XML_DEPTH_MAX.
 */
#pragma once
#include "base/arena.h"
#include "base/buf.h"

#define XML_DEPTH_MAX 32

struct xml {
    struct slice name, text; /* text: of its own, decoded, white space trimmed */
    struct slice xmlns;      /* the attribute, if any */
    struct xml *child, *next;
};

/* NULL: it is not that. */
struct xml *xml_read(struct slice text, struct arena *arena);
const struct xml *xml_child(const struct xml *node, const char *name); /* the first; or NULL */
struct slice xml_child_text(const struct xml *node, const char *name); /* of the first child */
size_t xml_count(const struct xml *node, const char *name);
/* The first child whose name is not among the known ones; NULL: all are known. */
const struct xml *xml_unknown(const struct xml *node, const char *const *known, size_t count);

void xml_write_text(struct buf *out, struct slice text); /* escaped */
void xml_put(struct buf *out, const char *name, struct slice text);
void xml_put_int(struct buf *out, const char *name, int64_t value);
