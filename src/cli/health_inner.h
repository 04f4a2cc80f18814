/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of health only. */
#pragma once
#include "cli/clock_watch.h"
#include "cli/health.h"
#include "engine/incident.h"
#include "engine/notice.h"

#define HEALTH_DETAIL_MAX 1500
#define LIMIT_LOOKS 4 /* of a minute */

/* An incident of the server's own, as far as this run has told it. */
struct told {
    const char *code;
    struct slice subject;
    bool is_open;
    bool
        is_known; /* this run has opened or closed it: before, an earlier one may have left it open */
};

struct health {
    struct health_config config;
    char data[1024];
    struct env_timer *timer;
    const struct config *channels; /* NULL: not known yet */
    uint64_t looks;
    bool is_stopping;

    struct told low, refuses; /* health_disk.c */
    enum disk_level level;
    struct disk_growth growth;
    struct disk_room room;
    int64_t growth_of_day;
    bool is_telling_refusal, has_taken_ballast;

    struct told clock;
    struct clock_watch watch;

    struct told limit;
    uint64_t counts[LIMIT_LOOKS][REFUSED_LIMITS]; /* as they were at the last looks */
    uint64_t limit_streak, limit_quiet;           /* looks with refusals in a row, and without */

    struct told durability;

    struct told corrupt; /* health_proof.c */
    struct nightly *nightly;
    bool is_corrupt;
    int64_t proven_us; /* wall; 0: not in this run */
};

/* Opens it, or closes it, once. What the engine did not take is told by the next look. */
void health_tell(struct health *h, struct told *told, const struct incident_text *text);
void health_cured(struct health *h, struct told *told, const char *why);

void health_look_at_disk(struct health *h);
void health_look_at_clock(struct health *h);
void health_look_at_limits(struct health *h);
void health_look_at_proof(struct health *h);
void health_on_proof(void *arg, const struct nightly_proof *proof);
/* Tells the engine whether writes are refused now, and why. */
void health_refuse(struct health *h);
