/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XML from strangers: what is read is a tree of bounded depth with trimmed texts, a document type is
 * never read, and any text that is written between tags is read back the same.
 */
#include "channels/ebay/xml.h"
#include "fuzz.h"

#define DEPTH_MAX 64

static void walk(const struct xml_node *node, int depth)
{
    must(depth <= DEPTH_MAX && node->name.n > 0 && !memchr(node->name.p, ':', node->name.n));
    must(slice_equal(slice_trim(node->text), node->text));
    must(!node->first || node->text.n == 0);
    for (const struct xml_node *child = node->first; child; child = child->next) {
        walk(child, depth + 1);
    }
}

static bool is_plain(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] < ' ' || (unsigned char)s.p[i] > '~') {
            return false;
        }
    }
    return true;
}

static void check_writing(struct slice s, struct arena *arena)
{
    ON_EXIT(buf_free) struct buf out;
    const struct xml_node *root;
    buf_init(&out, 6 * s.n + 64);
    buf_text(&out, "<Item><Title>");
    xml_put_text(&out, s);
    buf_text(&out, "</Title></Item>");
    must(!out.overflow);
    enum err e = xml_parse(buf_view(&out), arena, &root);
    if (e == ERR_OK) {
        must(slice_is(root->name, "Item") && root->first && !root->first->next);
        must(!is_plain(s) || slice_equal(xml_text_of(root, "Title"), slice_trim(s)));
    } else {
        must(!is_plain(s)); /* bytes that are no UTF-8, or that XML has no place for */
    }
}

/* As many levels as there are bytes: a tree to the bound, nothing beyond. */
static void check_depth(size_t levels, struct arena *arena)
{
    ON_EXIT(buf_free) struct buf out;
    const struct xml_node *root;
    buf_init(&out, 32 * (levels + 1));
    for (size_t i = 0; i < levels; i++) {
        buf_text(&out, i % 3 ? "<Item>" : "<Other>");
    }
    for (size_t i = levels; i-- > 0;) {
        buf_text(&out, i % 3 ? "</Item>" : "</Other>");
    }
    enum err e = xml_parse(buf_view(&out), arena, &root);
    must((e == ERR_OK) == (levels > 0 && levels <= DEPTH_MAX));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice s = {(const char *)data, size};
    const struct xml_node *root = NULL;
    struct arena arena;
    arena_init(&arena, (size_t)4 << 20);
    enum err e = xml_parse(s, &arena, &root);
    must(e == ERR_OK || e == ERR_PARSE || e == ERR_LIMIT);
    if (e == ERR_OK) {
        walk(root, 1);
        must(!memmem(s.p, s.n, "<!DOCTYPE", 9) || memmem(s.p, s.n, "<!--", 4) ||
             memmem(s.p, s.n, "<![CDATA[", 9) || memmem(s.p, s.n, "<?", 2));
    }
    if (size < 8192) {
        check_writing(s, &arena);
    }
    check_depth(size % 80, &arena);
    arena_free(&arena);
    return 0;
}
