/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write_budget - writes that a platform allows of one thing in a day (eBay: 250 revisions of a
 * listing, all its variations together).
 *
 *   below 60 % of them   everything is written
 *   up to 92 %           writes of the same thing are a minute apart, but what lowers a count to
 *                        few units leaves at once
 *   from then on         only what lowers a count to few units: the rest of the day is kept for what
 *                        prevents overselling
 *   used up              nothing before the next day
 *
 * A day begins at midnight in US Pacific standard time: platforms do not say which, and an hour is
 * lost at most. In memory only: after a start it counts anew, and the platform has the last word:
 * when it says that the day is used up, nothing is written for an hour, and then it is asked again.
 * The writer's.
 */
#pragma once
#include "base/map.h"
#include "core/types.h"

struct write_budgets {
    struct map of_key; /* digest of channel and key -> what was written today */
    int64_t day;
};

void write_budgets_init(struct write_budgets *budgets);
void write_budgets_free(struct write_budgets *budgets);

/* When a write may leave, wall: now or earlier when it may at once. is_urgent: it lowers a count to
 * few units. a_day: what the platform allows; 0: any. */
int64_t write_budget_due_us(struct write_budgets *budgets,
                            struct channel_id channel,
                            struct slice key,
                            int64_t a_day,
                            bool is_urgent,
                            int64_t now_us);
/* A write leaves. Without memory it is forgotten. */
void write_budget_spend(struct write_budgets *budgets,
                        struct channel_id channel,
                        struct slice key,
                        int64_t now_us);
/* The platform refused a write: the day's are used up, whoever made them. */
void write_budget_refused(struct write_budgets *budgets,
                          struct channel_id channel,
                          struct slice key,
                          int64_t now_us);
