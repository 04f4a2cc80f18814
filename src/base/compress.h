/* SPDX-License-Identifier: Apache-2.0 */
/* compress - zstd level 1 for bodies kept beside the log; bounded on the way back. */
#pragma once
#include "base/arena.h"
#include "base/err.h"

#ifdef __cplusplus
extern "C" {
#endif

MUST_USE enum err compress(struct arena *arena, struct slice plain, struct slice *out);
/* ERR_LIMIT when the content would exceed plain_max; ERR_PARSE when it is not ours. */
MUST_USE enum err
decompress(struct arena *arena, struct slice packed, size_t plain_max, struct slice *out);

#ifdef __cplusplus
}
#endif
