/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor - what an import sees of a channel's codes, and of ours, becomes findings (docs/doctor.md).
 *
 * While the catalogue is read a mark or two of each item is kept (core/doctor.h), then of each SKU
 * of ours; with all of them at hand each item is looked at in the very step that links it or leaves
 * it to a person, and in the end each SKU. So nothing is held but 16 bytes a mark: 100,000 items
 * and as many SKUs with barcodes take 6.4 MB while the import runs.
 *
 * A channel's findings are those of its last import; what that one saw replaces what was found
 * before, in the commit of its first step. Findings of our own SKUs are replaced by every import.
 */
#pragma once
#include "core/doctor.h"
#include "engine/import.h"

#define FINDINGS_MAX 300000 /* rows kept of an import; all are counted */

struct marks { /* growing */
    struct mark *items;
    size_t count, cap;
};
struct doctor_index {
    struct marks item_codes, item_barcodes; /* of the catalogue */
    struct marks sku_codes, sku_barcodes;   /* of ours; self: the SKU's id */
};
void doctor_index_free(struct doctor_index *index); /* leaves it empty */
/* Of one item of the catalogue. False: out of memory. */
bool doctor_see(struct doctor_index *index,
                const struct catalogue_item *item,
                struct arena *scratch);
void doctor_index_sort(struct doctor_index *index);

/* ---- of ours: turns in pages. turn->owner is a struct doctor_page ---- */

struct doctor_page {
    void *owner;                /* the submitter's */
    struct doctor_index *index; /* nobody else's while the turn runs */
    int64_t job, after;         /* SKU ids behind this one */
    struct import_tally tally;  /* in and out */
    int64_t next;               /* out: the last one looked at */
    bool is_end;                /* out: there are no more */
};
/* Adds their marks. Done twice, it is as good as once. */
request_fn request_doctor_learn;
/* Looks at them; the index is sorted. */
request_fn request_doctor_own;

/* ---- one item ---- */

struct patient {
    const struct channel_config *channel;
    struct import_step *step;
    const struct catalogue_item *item;
    enum link_verdict verdict;
    const struct batch_sku *sku;      /* that it sells, or would; NULL: none */
    const struct listing_row *listed; /* by which it does; NULL */
    int64_t taken_by;                 /* another item's listing of that SKU; 0 */
    size_t sharing;                   /* items with its code */
};
void doctor_item(struct batch *b, const struct patient *p);

/* Before the first item: what was found before gives way. Also when there is no item. */
void doctor_begin(struct batch *b, struct channel_id channel, int64_t job);
/* Channels that are the same account as this one by their settings. */
void doctor_twins(struct batch *b, const struct channel_config *channel, struct import_step *step);
/* {"blank":3,...}: the member that is open. */
void doctor_counts_put(struct json_writer *w, const int64_t counts[FINDING_KINDS]);
