/* SPDX-License-Identifier: Apache-2.0 */
#include "core/link.h"

enum link_verdict link_decide(const struct link_facts *facts)
{
    if (facts->is_listed) {
        return LINK_ALREADY;
    }
    if (!facts->has_code) {
        return LINK_BLANK;
    }
    if (facts->sharing > 1) {
        return LINK_DUPLICATE;
    }
    if (facts->parent_managed) {
        return LINK_PARENT_MANAGED;
    }
    if (!facts->is_managed) {
        return LINK_UNMANAGED;
    }
    if (facts->is_elsewhere) {
        return LINK_ELSEWHERE;
    }
    if (!facts->sku_exists) {
        return !facts->may_create ? LINK_UNKNOWN : facts->code_usable ? LINK_CREATE : LINK_UNUSABLE;
    }
    return facts->sku_is_listed ? LINK_TAKEN : LINK_NEW;
}

const char *link_reason(enum link_verdict verdict)
{
    switch (verdict) {
    case LINK_NEW:
    case LINK_CREATE:
    case LINK_ALREADY:
    case LINK_VERDICTS:
        return NULL;
    case LINK_BLANK:
        return "blank";
    case LINK_DUPLICATE:
        return "duplicate";
    case LINK_PARENT_MANAGED:
        return "parent_managed";
    case LINK_UNMANAGED:
        return "unmanaged";
    case LINK_ELSEWHERE:
        return "elsewhere";
    case LINK_UNUSABLE:
        return "unusable";
    case LINK_UNKNOWN:
        return "unknown";
    case LINK_TAKEN:
        return "taken";
    }
    return NULL;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

void link_digests_sort(uint64_t *digests, size_t count)
{
    if (count) {
        qsort(digests, count, sizeof(*digests), compare);
    }
}

/* The first that is not below the digest. */
static size_t lower_bound(const uint64_t *sorted, size_t count, uint64_t digest)
{
    size_t from = 0, to = count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (sorted[middle] < digest) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from;
}

size_t link_digests_count(const uint64_t *sorted, size_t count, uint64_t digest)
{
    size_t from = lower_bound(sorted, count, digest), n = from;
    while (n < count && sorted[n] == digest) {
        n++;
    }
    return n - from;
}
