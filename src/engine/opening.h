/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opening - what each channel, the file and the ledger say of a SKU at one location
 * (docs/opening.md).
 *
 * Over a store, of the writer or a reader. Of channels speaks the count that they showed when last
 * read, which the import keeps; where a channel's count belongs to another location it is left out.
 * What is decided from the voices stands in core/opening.h.
 */
#pragma once
#include "core/opening.h"
#include "engine/show.h"

enum opening_source { SAID_BY_CHANNEL, SAID_BY_FILE, SAID_BY_LEDGER };

struct opening_said {
    enum opening_source source;
    struct channel_id channel; /* SAID_BY_CHANNEL */
    struct listing_id listing;
    struct opening_voice voice;
    int64_t at_us; /* when it was seen; 0: never */
};

struct opening_row {
    const struct sku_row *sku;
    bool has_moved; /* there: it is counted, not opened */
    int64_t on_hand;
    const struct opening_said *said;
    size_t said_count;
    enum opening_state state;
    int64_t figure; /* when they agree */
};

struct opening_query {
    const struct config *config;
    struct location_id location;
    int state;     /* enum opening_state; -1: any */
    int64_t after; /* SKU ids behind this one */
    size_t limit;
};

/* SKUs that own stock, by id: at most `limit` of the wanted state (struct opening_row). *out_next:
 * the last one looked at; 0: there are no more. */
MUST_USE enum err opening_list(struct store *store,
                               const struct opening_query *q,
                               struct arena *arena,
                               struct rows *out,
                               int64_t *out_next);
/* One SKU. */
MUST_USE enum err opening_of(struct store *store,
                             const struct opening_query *q,
                             const struct sku_row *sku,
                             struct arena *arena,
                             struct opening_row *out);

/* "agreed", "file", "channel:CODE" */
enum opening_wish { WISH_AGREED, WISH_FILE, WISH_CHANNEL };
struct opening_choice {
    enum opening_wish wish;
    struct channel_id channel;
};
bool opening_choice_parse(const struct config *config,
                          struct slice text,
                          struct opening_choice *out);
/* The figure that the choice names; false, and why not, when there is none. */
bool opening_choose(const struct opening_row *row,
                    const struct opening_choice *choice,
                    int64_t *out_figure,
                    const char **out_why);

/* What was said, one sentence; empty when they agree. */
struct slice
opening_why(const struct config *config, const struct opening_row *row, struct arena *arena);
void show_opening(struct show *s, const struct opening_row *row, struct arena *arena);
/* The member "said", for answers and events. */
void show_opening_said(struct json_writer *w,
                       const struct config *config,
                       const struct opening_row *row);
