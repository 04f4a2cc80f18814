/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/write_budget.h"

#include <stdlib.h>

#include "base/crypto.h"

#define APART_US (60 * US_PER_S)
#define DAY_US (INT64_C(86400) * US_PER_S)
#define REFUSED_US (INT64_C(3600) * US_PER_S)
#define PACIFIC_US (INT64_C(8) * 3600 * US_PER_S) /* behind UTC */

struct budget {
    uint8_t key[16]; /* the map's key */
    int64_t used, last_us;
    int64_t refused_until_us;
};

void write_budgets_init(struct write_budgets *budgets)
{
    map_init(&budgets->of_key);
    budgets->day = 0;
}

static void forget_all(struct write_budgets *budgets)
{
    for (size_t i = 0; i < budgets->of_key.items_count; i++) {
        free(budgets->of_key.items[i].value);
    }
}

void write_budgets_free(struct write_budgets *budgets)
{
    forget_all(budgets);
    map_free(&budgets->of_key);
}

static void begin_day(struct write_budgets *budgets, int64_t now_us)
{
    int64_t day = (now_us - PACIFIC_US) / DAY_US;
    if (day != budgets->day) {
        forget_all(budgets);
        map_clear(&budgets->of_key);
        budgets->day = day;
    }
}

static void digest(uint8_t out[16], struct channel_id channel, struct slice key)
{
    const struct slice parts[] = {{(const char *)&channel, sizeof(channel)}, key};
    blake2b(out, 16, parts, COUNT_OF(parts));
}

static struct budget *find(struct write_budgets *budgets, struct channel_id channel, struct slice k)
{
    uint8_t key[16];
    digest(key, channel, k);
    return map_get(&budgets->of_key, (struct slice){(const char *)key, sizeof(key)});
}

int64_t write_budget_due_us(struct write_budgets *budgets,
                            struct channel_id channel,
                            struct slice key,
                            int64_t a_day,
                            bool is_urgent,
                            int64_t now_us)
{
    begin_day(budgets, now_us);
    const struct budget *b = a_day && key.n ? find(budgets, channel, key) : NULL;
    if (!b) {
        return now_us;
    }
    int64_t next_day = (budgets->day + 1) * DAY_US + PACIFIC_US;
    if (now_us < b->refused_until_us) {
        return b->refused_until_us;
    }
    if (b->used >= a_day) {
        return next_day;
    }
    if (is_urgent || b->used < a_day * 60 / 100) {
        return now_us;
    }
    return b->used < a_day * 92 / 100 ? b->last_us + APART_US : next_day;
}

/* NULL without a key, or without memory. */
static struct budget *find_or_add(struct write_budgets *budgets,
                                  struct channel_id channel,
                                  struct slice key,
                                  int64_t now_us)
{
    begin_day(budgets, now_us);
    struct budget *b = key.n ? find(budgets, channel, key) : NULL;
    if (b || !key.n) {
        return b;
    }
    b = calloc(1, sizeof(*b));
    if (!b) {
        return NULL;
    }
    digest(b->key, channel, key);
    if (!map_set(&budgets->of_key, (struct slice){(const char *)b->key, sizeof(b->key)}, b)) {
        free(b);
        return NULL;
    }
    return b;
}

void write_budget_spend(struct write_budgets *budgets,
                        struct channel_id channel,
                        struct slice key,
                        int64_t now_us)
{
    struct budget *b = find_or_add(budgets, channel, key, now_us);
    if (b) {
        b->used++;
        b->last_us = now_us;
    }
}

void write_budget_refused(struct write_budgets *budgets,
                          struct channel_id channel,
                          struct slice key,
                          int64_t now_us)
{
    struct budget *b = find_or_add(budgets, channel, key, now_us);
    if (b) {
        b->refused_until_us = now_us + REFUSED_US;
    }
}
