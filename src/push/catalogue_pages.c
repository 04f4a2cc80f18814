/* SPDX-License-Identifier: Apache-2.0 */
#include "push/catalogue_pages.h"
#include "base/buf.h"
#include "base/compress.h"

#define PAGE_BYTES_MAX ((size_t)32 * 1024 * 1024)

struct kept_page {
    struct kept_page *next;
    size_t items_count, packed_n; /* the packed bytes follow */
};

/* An item as it is packed: this head, then its texts one after the other. */
#define TEXTS 8
struct packed_head {
    uint32_t lengths[TEXTS];
    int64_t count;
    uint8_t count_known, is_managed, parent_managed, unused[5];
};

static struct slice *text_at(struct catalogue_item *item, size_t i)
{
    struct slice *const texts[TEXTS] = {&item->remote,
                                        &item->key,
                                        &item->stock_key,
                                        &item->sku,
                                        &item->title,
                                        &item->product,
                                        &item->options,
                                        &item->barcode};
    return texts[i];
}

void catalogue_pages_init(struct catalogue_pages *pages)
{
    *pages = (struct catalogue_pages){0};
}

void catalogue_pages_free(struct catalogue_pages *pages)
{
    while (pages->first) {
        catalogue_pages_drop(pages);
    }
    compressor_free(pages->compressor);
    pages->compressor = NULL;
}

void catalogue_pages_drop(struct catalogue_pages *pages)
{
    struct kept_page *page = pages->first;
    pages->first = page->next;
    pages->last = pages->first ? pages->last : NULL;
    pages->bytes -= page->packed_n;
    pages->count--;
    free(page);
}

static void pack(const struct catalogue_item *item, struct buf *out)
{
    struct catalogue_item copy = *item;
    struct packed_head head = {.count = item->count,
                               .count_known = item->count_known,
                               .is_managed = item->is_managed,
                               .parent_managed = item->parent_managed};
    for (size_t i = 0; i < TEXTS; i++) {
        head.lengths[i] = (uint32_t)text_at(&copy, i)->n;
    }
    buf_put(out, &head, sizeof(head));
    for (size_t i = 0; i < TEXTS; i++) {
        buf_slice(out, *text_at(&copy, i));
    }
}

static bool unpack(struct slice *from, struct catalogue_item *out)
{
    struct packed_head head;
    if (from->n < sizeof(head)) {
        return false;
    }
    memcpy(&head, from->p, sizeof(head));
    *from = slice_from(*from, sizeof(head));
    *out = (struct catalogue_item){.count = head.count,
                                   .count_known = head.count_known,
                                   .is_managed = head.is_managed,
                                   .parent_managed = head.parent_managed};
    for (size_t i = 0; i < TEXTS; i++) {
        if (from->n < head.lengths[i]) {
            return false;
        }
        *text_at(out, i) = (struct slice){from->p, head.lengths[i]};
        *from = slice_from(*from, head.lengths[i]);
    }
    return true;
}

static enum err
keep(struct catalogue_pages *pages, struct slice plain, size_t count, struct arena *arena)
{
    struct slice packed;
    pages->compressor = pages->compressor ? pages->compressor : compressor_new();
    enum err e =
        pages->compressor ? compress(pages->compressor, arena, plain, &packed) : ERR_MEMORY;
    if (e) {
        return e;
    }
    if (packed.n > CATALOGUE_BYTES_MAX - pages->bytes) {
        return ERR_LIMIT;
    }
    struct kept_page *page = malloc(sizeof(*page) + packed.n);
    if (!page) {
        return ERR_MEMORY;
    }
    *page = (struct kept_page){.items_count = count, .packed_n = packed.n};
    memcpy(page + 1, packed.p, packed.n);
    if (pages->last) {
        pages->last->next = page;
    } else {
        pages->first = page;
    }
    pages->last = page;
    pages->bytes += packed.n;
    pages->count++;
    return ERR_OK;
}

enum err
catalogue_pages_add(struct catalogue_pages *pages, const struct catalogue_item *items, size_t count)
{
    if (count == 0) {
        return ERR_OK;
    }
    ON_EXIT(buf_free) struct buf plain;
    ON_EXIT(arena_free) struct arena arena;
    buf_init(&plain, PAGE_BYTES_MAX);
    arena_init(&arena, 2 * PAGE_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        pack(&items[i], &plain);
    }
    return plain.overflow ? ERR_LIMIT : keep(pages, buf_view(&plain), count, &arena);
}

enum err catalogue_pages_first(const struct catalogue_pages *pages,
                               struct arena *arena,
                               struct catalogue_item **out,
                               size_t *out_count)
{
    const struct kept_page *page = pages->first;
    struct slice plain, packed = {(const char *)(page + 1), page->packed_n};
    struct catalogue_item *items = ARENA_ARRAY(arena, page->items_count, struct catalogue_item);
    enum err e = items ? decompress(arena, packed, PAGE_BYTES_MAX, &plain) : ERR_LIMIT;
    for (size_t i = 0; !e && i < page->items_count; i++) {
        e = unpack(&plain, &items[i]) ? ERR_OK : ERR_CORRUPT;
    }
    if (!e) {
        *out = items;
        *out_count = page->items_count;
    }
    return e;
}
