/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of exposed only. */
#pragma once
#include "engine/exposed.h"
#include "engine/latency_report.h"

#define HOUR_US (3600 * US_PER_S)
#define DAY_US (24 * HOUR_US)
#define WEEK_US (7 * DAY_US)
#define SOLD_CHANNELS_MAX 64

/* What channels sold of one SKU. */
struct sales {
    struct sales_of {
        int64_t channel; /* 0: more channels than there is room for */
        int64_t day, week;
    } of[SOLD_CHANNELS_MAX];
    size_t count;
    int64_t day_us, week_us; /* the windows, as far as they were read */
};

struct propagation {
    struct channel_id channel;
    struct latency_figures total;
};

struct sold_sku {
    struct sku_id sku;
    int64_t units;
};

enum exposed_phase { EXPOSED_IDLE, EXPOSED_COUNTING, EXPOSED_RECKONING };

struct exposed {
    struct propagation *channels;
    size_t channels_count;
    int64_t channels_at_us; /* when they were measured; 0: never */

    /* The sales that were read last: a SKU's listings are asked for one after the other. */
    struct sales sales;
    struct sku_id sales_of; /* 0: none */
    int64_t sales_at_us;

    /* The table, and the one being made. */
    struct exposed_row *table, *rows;
    size_t table_count, rows_count;
    int64_t table_at_us;

    enum exposed_phase phase;
    int64_t begun_at_us, after;
    size_t looked;
    struct arena work, page; /* of a table being made; of a step */
    struct map skus, seen;   /* sold_sku by id; listings that were reckoned */
    struct sold_sku **sold;  /* the most sold first */
    size_t sold_count, sold_at;
    struct rows refs; /* listings of the SKU at hand */
    size_t refs_at;
};

/* Measures the channels again when that was a while ago. */
MUST_USE enum err propagation_load(struct exposed *exposed, struct store *store, int64_t now_us);
/* How long until the channel shows what was sold elsewhere. */
void propagation_of(const struct exposed *exposed,
                    struct channel_id channel,
                    struct exposed_row *row);
