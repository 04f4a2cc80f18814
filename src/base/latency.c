/* SPDX-License-Identifier: Apache-2.0 */
#include "base/latency.h"

/* 16 buckets per power of two; the first 32 are exact. */
static size_t bucket_of(uint64_t us)
{
    if (us < 32) {
        return (size_t)us;
    }
    unsigned power = 63u - (unsigned)__builtin_clzll(us); /* >= 5 */
    size_t bucket = 32 + (size_t)(power - 5) * 16 + (size_t)((us >> (power - 4)) & 15u);
    return bucket < LATENCY_BUCKETS ? bucket : LATENCY_BUCKETS - 1;
}

static int64_t bucket_top(size_t bucket)
{
    if (bucket < 32) {
        return (int64_t)bucket;
    }
    unsigned power = (unsigned)((bucket - 32) / 16) + 5;
    uint64_t step = UINT64_C(1) << (power - 4);
    return (int64_t)((UINT64_C(1) << power) + ((bucket - 32) % 16 + 1) * step - 1);
}

void latency_add(struct latency *latency, int64_t duration_us)
{
    latency->counts[bucket_of(duration_us > 0 ? (uint64_t)duration_us : 0)]++;
    latency->total++;
}

int64_t latency_at(const struct latency *latency, int permille)
{
    must(permille >= 0 && permille <= 1000);
    uint64_t wanted = (latency->total * (uint64_t)permille + 999) / 1000, seen = 0;
    for (size_t i = 0; i < LATENCY_BUCKETS; i++) {
        seen += latency->counts[i];
        if (seen >= wanted && seen > 0) {
            return bucket_top(i);
        }
    }
    return 0;
}
