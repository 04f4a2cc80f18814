/* SPDX-License-Identifier: Apache-2.0 */
/*
 * import - a channel's catalogue becomes listings (docs/import.md).
 *
 * A job in three kinds of turns: the request that creates its row (queued), one step for each page
 * (running), and the step that ends it (done or failed). Whoever reads the catalogue, the pusher,
 * submits the steps one after the other; the first links nothing before the whole catalogue is
 * read, for only then is it known which codes are there twice. Each step is one commit: listings,
 * the orders that waited for them, and the job's progress stand or fall together.
 *
 * At most one import of a channel is queued or running. After a stop, what was running is failed at
 * the next start: what it linked stays, and starting it again goes on from there.
 */
#pragma once
#include "core/doctor.h"
#include "engine/request.h"

#define IMPORT_REVIEW_MAX 1000 /* rows shown; all are counted */
#define IMPORT_TEXT_MAX 255    /* of a review row's texts; longer ones are cut */

struct import_order {
    struct channel_id channel;
    int64_t job, token_id;
    bool create_skus;
};

struct import_tally {
    int64_t items;    /* decided */
    int64_t linked;   /* of them: now listed */
    int64_t already;  /* were listed before */
    int64_t listings; /* rows made: one per mapped location */
    int64_t created;  /* SKUs */
    int64_t review[LINK_VERDICTS];
    int64_t reviewed, shown;                             /* sum of review; rows written */
    int64_t findings[FINDING_KINDS], own[FINDING_KINDS]; /* of the channel's items; of our SKUs */
    int64_t kept;                                        /* of both: rows written */
};

struct import_step {
    void *owner; /* the submitter's */
    struct import_order order;
    struct import_tally before;
    int64_t read, total; /* items read so far, and in all as far as known */
    const struct catalogue_item *items;
    size_t items_count;
    const uint64_t *digests; /* of the whole catalogue, sorted; when there are items */
    size_t digests_count;
    const struct doctor_index *doctor; /* sorted (engine/doctor.h); NULL: nothing is looked for */
    int64_t read_at_us;                /* wall, not later than the items were read; 0 unsaid */
    bool is_end;
    struct slice error;  /* at the end: why it failed; empty: it did not */
    struct slice review; /* at the end: JSON array */
    /* out; the review rows of this step, with commas between them, are the turn's answer */
    struct import_tally after;
    const char *stopped;            /* the channel can no longer be imported: why. NULL: go on */
    const struct channel_id *twins; /* within the turn: channels that are the same account */
    size_t twins_count;
};

/* The digest of an item's SKU text; false when it is blank. */
bool import_digest(struct slice sku, struct arena *scratch, uint64_t *out);

/* args: {channel}. Answers 202 and leaves the order in turn->import. */
request_fn request_import_create;
/* Not routes. turn->owner is a struct import_step. */
request_fn request_import_step;
/* At start: fails the jobs that the last stop interrupted. */
request_fn request_jobs_interrupted;
