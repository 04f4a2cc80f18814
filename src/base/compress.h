/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compress - zstd level 1 for bodies kept beside the log; bounded on the way back.
 *
 * A compressor is working memory that is used again and again: setting it up anew takes longer
 * than packing a body of 4 KB. One thread at a time.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

#ifdef __cplusplus
extern "C" {
#endif

struct compressor;
struct compressor *compressor_new(void); /* NULL: out of memory */
void compressor_free(struct compressor *compressor);

MUST_USE enum err
compress(struct compressor *compressor, struct arena *arena, struct slice plain, struct slice *out);
/* ERR_LIMIT when the content would exceed plain_max; ERR_PARSE when it is not ours. */
MUST_USE enum err
decompress(struct arena *arena, struct slice packed, size_t plain_max, struct slice *out);

#ifdef __cplusplus
}
#endif
