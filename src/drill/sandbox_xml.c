/* SPDX-License-Identifier: Apache-2.0 */
#include "drill/sandbox_xml.h"

#include <stdlib.h>

struct reader {
    struct slice rest;
    struct arena *arena;
    int depth;
};

static bool starts(const struct reader *r, const char *text)
{
    return slice_starts(r->rest, text);
}

static void skip(struct reader *r, size_t n)
{
    r->rest = slice_from(r->rest, n);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_space(struct reader *r)
{
    while (r->rest.n > 0 && is_space(r->rest.p[0])) {
        skip(r, 1);
    }
}

/* What stands before `end`, which is passed over; false when it does not come. */
static bool until(struct reader *r, const char *end, struct slice *out)
{
    const char *at = memmem(r->rest.p, r->rest.n, end, strlen(end));
    if (!at) {
        return false;
    }
    *out = (struct slice){r->rest.p, (size_t)(at - r->rest.p)};
    skip(r, out->n + strlen(end));
    return true;
}

/* Comments and processing instructions between the elements. */
static bool skip_misc(struct reader *r)
{
    struct slice passed;
    for (;;) {
        skip_space(r);
        if (starts(r, "<!--")) {
            if (!until(r, "-->", &passed)) {
                return false;
            }
        } else if (starts(r, "<?")) {
            if (!until(r, "?>", &passed)) {
                return false;
            }
        } else {
            return true;
        }
    }
}

static bool is_name_char(char c, bool is_first)
{
    bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
    return is_letter || (!is_first && ((c >= '0' && c <= '9') || c == '-' || c == '.'));
}

static bool name_read(struct reader *r, struct slice *out)
{
    size_t n = 0;
    while (n < r->rest.n && is_name_char(r->rest.p[n], n == 0)) {
        n++;
    }
    *out = (struct slice){r->rest.p, n};
    skip(r, n);
    return n > 0;
}

/* ---- text ---- */

static void put_utf8(struct buf *out, int64_t c)
{
    if (c < 0x80) {
        buf_char(out, (char)c);
    } else if (c < 0x800) {
        buf_char(out, (char)(0xc0 | (c >> 6)));
        buf_char(out, (char)(0x80 | (c & 0x3f)));
    } else if (c < 0x10000) {
        buf_char(out, (char)(0xe0 | (c >> 12)));
        buf_char(out, (char)(0x80 | ((c >> 6) & 0x3f)));
        buf_char(out, (char)(0x80 | (c & 0x3f)));
    } else {
        buf_char(out, (char)(0xf0 | (c >> 18)));
        buf_char(out, (char)(0x80 | ((c >> 12) & 0x3f)));
        buf_char(out, (char)(0x80 | ((c >> 6) & 0x3f)));
        buf_char(out, (char)(0x80 | (c & 0x3f)));
    }
}

/* "#65" or "#x41", without & and ;. */
static bool reference_read(struct slice text, int64_t *out)
{
    char digits[12];
    char *end;
    bool is_hex = text.n > 1 && text.p[1] == 'x';
    size_t from = is_hex ? 2 : 1;
    if (text.n <= from || text.n - from >= sizeof(digits)) {
        return false;
    }
    memcpy(digits, text.p + from, text.n - from);
    digits[text.n - from] = '\0';
    *out = strtol(digits, &end, is_hex ? 16 : 10);
    return *end == '\0' && *out > 0 && *out <= 0x10ffff && (*out < 0xd800 || *out > 0xdfff);
}

static bool decode(struct slice raw, struct buf *out)
{
    static const struct {
        const char *name;
        char c;
    } entities[] = {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
    while (raw.n > 0) {
        struct slice plain;
        struct slice name;
        int64_t c;
        bool has_entity = slice_cut(&raw, '&', &plain);
        buf_slice(out, plain);
        if (!has_entity) {
            return true;
        }
        bool is_known = false;
        if (!slice_cut(&raw, ';', &name)) {
            return false;
        }
        if (name.n > 0 && name.p[0] == '#' && reference_read(name, &c)) {
            put_utf8(out, c);
            continue;
        }
        for (size_t i = 0; i < COUNT_OF(entities) && !is_known; i++) {
            is_known = slice_is(name, entities[i].name);
            if (is_known) {
                buf_char(out, entities[i].c);
            }
        }
        if (!is_known) {
            return false;
        }
    }
    return true;
}

/* ---- elements ---- */

static bool attributes_read(struct reader *r, struct xml *node, bool *out_empty)
{
    for (;;) {
        struct slice before = r->rest;
        struct slice name;
        struct slice value;
        skip_space(r);
        if (starts(r, "/>")) {
            skip(r, 2);
            *out_empty = true;
            return true;
        }
        if (starts(r, ">")) {
            skip(r, 1);
            *out_empty = false;
            return true;
        }
        if (before.n == r->rest.n || !name_read(r, &name) || !starts(r, "=")) {
            return false;
        }
        skip(r, 1);
        bool is_double = starts(r, "\"");
        if (!is_double && !starts(r, "'")) {
            return false;
        }
        skip(r, 1);
        if (!until(r, is_double ? "\"" : "'", &value) || memchr(value.p, '<', value.n)) {
            return false;
        }
        if (slice_is(name, "xmlns")) {
            node->xmlns = value;
        }
    }
}

static struct xml *element_read(struct reader *r);

static bool content_read(struct reader *r, struct xml *node, struct buf *text)
{
    struct xml **tail = &node->child;
    struct slice part;
    for (;;) {
        const char *tag = r->rest.n ? memchr(r->rest.p, '<', r->rest.n) : NULL;
        if (!tag) {
            return false;
        }
        part = (struct slice){r->rest.p, (size_t)(tag - r->rest.p)};
        skip(r, part.n);
        if (!decode(part, text)) {
            return false;
        }
        if (starts(r, "</")) {
            return true;
        }
        if (starts(r, "<![CDATA[")) {
            skip(r, 9);
            if (!until(r, "]]>", &part)) {
                return false;
            }
            buf_slice(text, part);
        } else if (starts(r, "<!--")) {
            if (!until(r, "-->", &part)) {
                return false;
            }
        } else {
            *tail = element_read(r);
            if (!*tail) {
                return false;
            }
            tail = &(*tail)->next;
        }
    }
}

static struct xml *element_read(struct reader *r)
{
    struct xml *node = ARENA_NEW(r->arena, struct xml);
    struct slice end;
    bool is_empty;
    if (!node || r->depth >= XML_DEPTH_MAX || !starts(r, "<")) {
        return NULL;
    }
    skip(r, 1);
    if (!name_read(r, &node->name) || !attributes_read(r, node, &is_empty)) {
        return NULL;
    }
    if (is_empty) {
        return node;
    }
    struct buf text;
    buf_init(&text, (size_t)1 << 20);
    r->depth++;
    bool is_good = content_read(r, node, &text);
    r->depth--;
    node->text = arena_copy(r->arena, slice_trim(buf_view(&text)));
    buf_free(&text);
    if (!is_good) {
        return NULL;
    }
    skip(r, 2);
    if (!name_read(r, &end) || !slice_equal(end, node->name)) {
        return NULL;
    }
    skip_space(r);
    if (!starts(r, ">")) {
        return NULL;
    }
    skip(r, 1);
    return node;
}

struct xml *xml_read(struct slice text, struct arena *arena)
{
    struct reader r = {.rest = text, .arena = arena};
    if (!skip_misc(&r)) {
        return NULL;
    }
    struct xml *root = element_read(&r);
    return root && skip_misc(&r) && r.rest.n == 0 && !arena->exhausted ? root : NULL;
}

/* ---- looking ---- */

const struct xml *xml_child(const struct xml *node, const char *name)
{
    const struct xml *child = node ? node->child : NULL;
    while (child && !slice_is(child->name, name)) {
        child = child->next;
    }
    return child;
}

struct slice xml_child_text(const struct xml *node, const char *name)
{
    const struct xml *child = xml_child(node, name);
    return child ? child->text : (struct slice){0};
}

size_t xml_count(const struct xml *node, const char *name)
{
    size_t n = 0;
    for (const struct xml *child = node->child; child; child = child->next) {
        n += slice_is(child->name, name);
    }
    return n;
}

const struct xml *xml_unknown(const struct xml *node, const char *const *known, size_t count)
{
    for (const struct xml *child = node->child; child; child = child->next) {
        bool is_known = false;
        for (size_t i = 0; i < count; i++) {
            is_known |= slice_is(child->name, known[i]);
        }
        if (!is_known) {
            return child;
        }
    }
    return NULL;
}

/* ---- writing ---- */

void xml_write_text(struct buf *out, struct slice text)
{
    for (size_t i = 0; i < text.n; i++) {
        switch (text.p[i]) {
        case '<':
            buf_text(out, "&lt;");
            break;
        case '>':
            buf_text(out, "&gt;");
            break;
        case '&':
            buf_text(out, "&amp;");
            break;
        case '"':
            buf_text(out, "&quot;");
            break;
        default:
            buf_char(out, text.p[i]);
            break;
        }
    }
}

void xml_put(struct buf *out, const char *name, struct slice text)
{
    buf_printf(out, "<%s>", name);
    xml_write_text(out, text);
    buf_printf(out, "</%s>", name);
}

void xml_put_int(struct buf *out, const char *name, int64_t value)
{
    buf_printf(out, "<%s>%" PRId64 "</%s>", name, value, name);
}
