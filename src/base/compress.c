/* SPDX-License-Identifier: Apache-2.0 */
#include "base/compress.h"

#include <zstd.h>

#define LEVEL 1

/* Never defined: a compressor is a ZSTD_CCtx, by a name that others may know. */
struct compressor;

struct compressor *compressor_new(void)
{
    return (struct compressor *)ZSTD_createCCtx();
}

void compressor_free(struct compressor *compressor)
{
    ZSTD_freeCCtx((ZSTD_CCtx *)compressor);
}

enum err
compress(struct compressor *compressor, struct arena *arena, struct slice plain, struct slice *out)
{
    size_t bound = ZSTD_compressBound(plain.n);
    char *packed = ZSTD_isError(bound) ? NULL : arena_alloc(arena, bound);

    if (!packed) {
        return ERR_LIMIT;
    }
    size_t n = ZSTD_compressCCtx(
        (ZSTD_CCtx *)compressor, packed, bound, plain.n > 0 ? plain.p : "", plain.n, LEVEL);
    if (ZSTD_isError(n)) {
        return ERR_MEMORY; /* the bound is large enough, so nothing else can fail */
    }
    *out = (struct slice){packed, n};
    return ERR_OK;
}

enum err decompress(struct arena *arena, struct slice packed, size_t plain_max, struct slice *out)
{
    if (packed.n == 0) {
        return ERR_PARSE;
    }
    /* What compress() writes says its size in front: no byte is unpacked before the bound is known.
     */
    unsigned long long size = ZSTD_getFrameContentSize(packed.p, packed.n);
    if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR) {
        return ERR_PARSE;
    }
    if (size > plain_max || size == SIZE_MAX) {
        return ERR_LIMIT;
    }
    char *plain = arena_alloc(arena, (size_t)size + 1);
    if (!plain) {
        return ERR_LIMIT;
    }
    size_t n = ZSTD_decompress(plain, (size_t)size, packed.p, packed.n);
    if (ZSTD_isError(n) || n != size) {
        return ERR_PARSE;
    }
    *out = (struct slice){plain, n};
    return ERR_OK;
}
