/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disk_watch - is there room for the ledger? Levels with a dead band, the growth of a day, and the
 * ballast.
 *
 *   ENOUGH <--> LOW <--> FULL     a level is left upwards only with a quarter more than led into it
 *
 * The ballast is a file of 64 MiB, DIR/ballast, that holds nothing: it is given up when writes are
 * refused, so that whoever makes room has some to work with, and taken again when there is enough. Free
 * space is always counted as if it were there.
 */
#pragma once
#include "base/err.h"

#define DISK_MIB ((int64_t)1024 * 1024)
#define DISK_WARN_MIB 1024
#define DISK_REFUSE_MIB 128
#define DISK_MIB_MAX (1024 * 1024 * 1024)
#define BALLAST_BYTES (64 * DISK_MIB)
#define DAY_US (24 * 3600 * US_PER_S)

/* ---- levels ---- */

enum disk_level { DISK_ENOUGH, DISK_LOW, DISK_FULL };

struct disk_limits { /* bytes; 0: never */
    int64_t warn, refuse;
};
/* growth: of a day, 0 when it is not known yet. Room for less than that is low, too. */
enum disk_level disk_level_next(enum disk_level level,
                                const struct disk_limits *limits,
                                int64_t free_bytes,
                                int64_t growth);

/* ---- growth ---- */

#define GROWTH_SAMPLES 100 /* one in a quarter of an hour: a day and an hour */

struct disk_growth {
    struct growth_sample {
        int64_t at_us, bytes;
    } samples[GROWTH_SAMPLES];
    size_t count;
};
/* What the ledger has now; at: mono. Gives its growth of a day, by the last 24 hours or what there is
 * of them; 0 before there are ten minutes, and when it did not grow. */
int64_t disk_growth_of_day(struct disk_growth *growth, int64_t at_us, int64_t bytes);

/* ---- the file system ---- */

struct disk_room {
    int64_t free_bytes;   /* as if the ballast were there */
    int64_t ledger_bytes; /* what grows with the log */
    bool has_ballast;
};
MUST_USE enum err disk_look(const char *data, struct disk_room *out);
/* False: it could not be made, and is not there. */
bool ballast_take(const char *data);
void ballast_give_up(const char *data);
