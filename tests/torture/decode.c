/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What reads hostile bytes: the fuzzers' targets on the fuzzers' seeds. Each breaks a must() of its
 * own when a promise does not hold for the bytes; that counts as wrong here, memory or not.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "torture/torture.h"

#define SEEDS TC_FUZZ_SEEDS

/* Each target is compiled under a name of its own (CMakeLists.txt). */
#define TARGET_MAP(X)                                                                              \
    X(amazon_answer)                                                                               \
    X(amazon_hook)                                                                                 \
    X(api_hook)                                                                                    \
    X(bigcommerce_answer)                                                                          \
    X(bigcommerce_hook)                                                                            \
    X(csv)                                                                                         \
    X(ebay_answer)                                                                                 \
    X(ebay_hook)                                                                                   \
    X(etsy_answer)                                                                                 \
    X(etsy_hook)                                                                                   \
    X(shopify_answer)                                                                              \
    X(shopify_hook)                                                                                \
    X(tiktok_answer)                                                                               \
    X(tiktok_hook)                                                                                 \
    X(walmart_answer)                                                                              \
    X(walmart_hook)                                                                                \
    X(woocommerce_answer)                                                                          \
    X(woocommerce_hook)

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_seed(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* The nth seed of a target, malloc'd. */
static uint8_t *seed_read(const char *target, size_t nth, size_t *out_n, bool *out_more)
{
    char path[512];
    struct dirent **entries = NULL;
    uint8_t *bytes = NULL;
    snprintf(path, sizeof(path), "%s/fuzz_%s", SEEDS, target);
    int count = scandir(path, &entries, is_seed, by_name);
    must(count > 0 && nth < (size_t)count);
    *out_more = nth + 1 < (size_t)count;
    snprintf(path, sizeof(path), "%s/fuzz_%s/%s", SEEDS, target, entries[nth]->d_name);
    for (int i = 0; i < count; i++) {
        free(entries[i]);
    }
    free(entries);
    FILE *file = fopen(path, "rb");
    must(file);
    bytes = malloc(1 << 20);
    must(bytes);
    *out_n = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    return bytes;
}

#define X(name)                                                                                    \
    int target_##name(const uint8_t *data, size_t size);                                           \
    static enum torture_end run_##name(size_t input, bool *out_more)                               \
    {                                                                                              \
        size_t n;                                                                                  \
        uint8_t *bytes = seed_read(#name, input, &n, out_more);                                    \
        (void)target_##name(bytes, n);                                                             \
        free(bytes);                                                                               \
        return TORTURE_FINE;                                                                       \
    }
TARGET_MAP(X)
#undef X

const struct torture_script torture_decode[] = {
#define X(name) {"decode " #name, run_##name},
    TARGET_MAP(X)
#undef X
};
const size_t torture_decode_count = COUNT_OF(torture_decode);
