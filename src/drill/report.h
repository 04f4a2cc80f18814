/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report - what a drill measured: as JSON to keep and to compare by, as text, as one HTML page.
 *
 * All times are microseconds; the JSON gives milliseconds with three decimals, in fields that end
 * in _ms. Its `version` grows when a field changes its meaning or goes away, not when one is added.
 */
#pragma once
#include "base/buf.h"
#include "base/json_read.h"
#include "drill/shown.h"
#include "drill/traffic.h"

#define REPORT_VERSION 1
#define REPORT_CHANNELS_MAX 9
#define REPORT_SCENARIOS_MAX 4

/* Where the time of a sale goes until another channel shows it. */
#define REPORT_STAGES(X)                                                                           \
    X(IN, "channel_in", "their event to our receipt")                                              \
    X(OURS, "ours", "our receipt to our request")                                                  \
    X(OUT, "channel_out", "our request to their confirmation")                                     \
    X(TOTAL, "total", "their event to their confirmation")                                         \
    X(SHOWN, "shown", "sale in one shop to count in another")
#define REPORT_STAGE_ENUM(upper, key, text) STAGE_##upper,
enum report_stage { REPORT_STAGES(REPORT_STAGE_ENUM) STAGES_COUNT };
#undef REPORT_STAGE_ENUM
const char *report_stage_key(enum report_stage stage);
const char *report_stage_text(enum report_stage stage);

struct report_channel {
    char code[40];
    int64_t pushes;
    struct spread stages[STAGES_COUNT];
    struct shown_told told;
    struct spread calm, out; /* OUTAGE: `ours` of what was received before, and during it */
};

/* The same buyers, had the shops been synchronised like this. Means over several phases. */
#define REPORT_WAYS_MAX 5
struct report_way {
    char name[24];
    int64_t every_us, delay_us; /* every_us 0: each sale by itself, after delay_us */
    double oversold, stale_sales, units, refused;
    double above_unit_s;
    int64_t above_us_max;
};

struct report_scenario {
    char name[16];
    size_t shops, skus;
    int64_t started_us;           /* wall */
    bool is_settled, is_verified; /* settled: quiet, and nothing disagrees */
    int64_t us;                   /* of the demand */
    int64_t orders, units, refused, cancelled, edited, shipped, oversold;
    int64_t deliveries, duplicates, pushes, saved, hooks_sent, hooks_copies;
    int64_t orders_booked; /* distinct orders in the ledger */
    int64_t units_wrong;   /* |sold in the shops - taken from the ledger|, over all SKUs */
    int64_t listings, disagreeing;
    int64_t converged_us; /* last sale -> last change of a shop's count */
    int64_t above_us_max; /* the longest that any channel showed too much */
    char above_where[100];
    double above_unit_s;                /* units above x seconds, over all channels */
    double exposure, exposure_reckoned; /* units above on one channel at any one time */
    char outage_channel[40];            /* "": none */
    int64_t outage_from_us, outage_to_us, outage_converged_us;
    struct report_channel channels[REPORT_CHANNELS_MAX];
    struct report_way ways[REPORT_WAYS_MAX];
    size_t ways_count;
    int64_t sample_us;
    size_t samples_count;
    struct traffic_sample samples[TRAFFIC_SAMPLES_MAX];
};

/* One SKU that everybody wants, sold out: simulated, and as arithmetic has it. */
struct report_profile {
    const char *demand; /* "30 a day" */
    double orders_per_s;
    int64_t stock;
    char way[24];
    int64_t every_us, delay_us;
    double oversold, error, reckoned; /* error: the standard error of the simulated mean */
};
#define REPORT_PROFILES_MAX 36
#define REPORT_PROFILE_RUNS 400

struct report {
    uint64_t seed;
    int64_t started_us; /* wall */
    int64_t orders_per_s, seconds;
    bool all_platforms;
    struct report_scenario scenarios[REPORT_SCENARIOS_MAX];
    size_t scenarios_count;
    struct report_profile profiles[REPORT_PROFILES_MAX];
    size_t profiles_count;
};

/* The run converged, the ledger verifies, nothing disagrees, nothing was booked twice or not. */
bool report_scenario_is_good(const struct report_scenario *s);
bool report_is_good(const struct report *report);
/* A stage over all channels. */
void report_sum(const struct report_scenario *s, enum report_stage stage, struct spread *out);

/* The mean time of a unit from its sale to the next count that another channel was told; 0: none. */
int64_t report_told_us(const struct report_scenario *s);

/* What the same buyers would have met otherwise (report_ways.c). told_us: how long a sale takes to
 * be shown elsewhere, as measured. */
void report_ways(struct report_scenario *s,
                 const struct demand *demand,
                 const int64_t *stock,
                 uint64_t seed,
                 int64_t told_us);
void report_profiles(struct report *report, size_t channels, int64_t told_us);

void report_json(const struct report *report, struct buf *out);
void report_text(const struct report *report, struct buf *out);
void report_html(const struct report *report, struct buf *out);

/*
 * Two reports' JSON beside each other. worse_than: percent; below 0 nothing is a failure. False in
 * *out_is_fine: a figure that should be small is larger in b by more than that, and by more than
 * REPORT_SLACK_MS or one unit. ERR_PARSE: one of them is no such report.
 */
#define REPORT_SLACK_MS 20
MUST_USE enum err report_compare(struct json a,
                                 struct json b,
                                 int64_t worse_than,
                                 struct buf *out,
                                 bool *out_is_fine,
                                 struct err_note *note);
