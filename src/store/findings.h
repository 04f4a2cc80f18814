/* SPDX-License-Identifier: Apache-2.0 */
/*
 * findings - two kinds of rows of the store: what imports found wrong, and first figures that wait.
 *
 * In a batch's changes `findings_gone` (a finding_row) takes away those of its channel that another
 * job found, before `findings` are added; `opening_files_gone` (an opening_line_row) takes away all
 * lines of its location, before `opening_lines` are put. The list of findings looks at channel and
 * text (the kind); opening_lines gives at most `limit` lines of a location behind a SKU, by its id.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "core/types.h"

/* What an import found wrong with an item of a channel, or with a SKU of ours (core/doctor.h). */
struct finding_row {
    int64_t id;
    struct channel_id channel; /* 0: the SKU is ours */
    int64_t job;               /* the import that found it */
    struct slice kind;         /* finding_code */
    struct slice key;          /* the item's, as of listings; of a SKU of ours empty */
    struct slice code, title;  /* as they are written there */
    struct slice remote;       /* JSON object; empty for a SKU of ours */
    struct slice other;        /* what it collides with */
    struct slice detail;       /* of this one, for people; empty: the kind says all */
    int64_t units;             /* of a suspected pack; 0 */
    int64_t at_us;
};

/* A first figure from a file, kept until it is booked (core/opening.h). */
struct opening_line_row {
    struct location_id location;
    struct sku_id sku;
    int64_t quantity, at_us;
};

struct store;
struct store_query;
struct rows;
typedef enum err findings_list_fn(struct store *store,
                                  const struct store_query *q,
                                  struct arena *arena,
                                  struct rows *out);
typedef enum err opening_lines_fn(struct store *store,
                                  struct location_id location,
                                  struct sku_id after,
                                  size_t limit,
                                  struct arena *arena,
                                  struct rows *out);
