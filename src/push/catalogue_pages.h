/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalogue_pages - the pages of a catalogue, kept until the last one is read.
 *
 * Reading a catalogue twice would cost the channel twice the calls, and what was read the second
 * time need not be what was counted the first time. So it is read once and kept: each page packed
 * and compressed, 20 to 60 bytes an item by the length of its texts (100,000 items: 2 to 6 MB). The
 * whole is bounded; a catalogue beyond it is not imported.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "channels/connector.h"

#define CATALOGUE_BYTES_MAX ((size_t)256 * 1024 * 1024)

struct compressor;
struct catalogue_pages {
    struct compressor *compressor; /* from the first page on */
    struct kept_page *first, *last;
    size_t bytes, count;
};

void catalogue_pages_init(struct catalogue_pages *pages);
void catalogue_pages_free(struct catalogue_pages *pages);
/* Keeps a copy behind the others. ERR_LIMIT when they have become too many. */
MUST_USE enum err catalogue_pages_add(struct catalogue_pages *pages,
                                      const struct catalogue_item *items,
                                      size_t count);
/* The first page, into the arena. There must be one. */
MUST_USE enum err catalogue_pages_first(const struct catalogue_pages *pages,
                                        struct arena *arena,
                                        struct catalogue_item **out,
                                        size_t *out_count);
void catalogue_pages_drop(struct catalogue_pages *pages); /* the first */
