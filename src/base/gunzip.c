/* SPDX-License-Identifier: Apache-2.0 */
#include "base/gunzip.h"

#define ZLIB_CONST
#include <zlib.h>

#include "base/buf.h"

#define STEP_BYTES 16384
#define GZIP_ONLY (16 + MAX_WBITS) /* zlib's way of saying: a gzip header, nothing else */

bool gunzip_is(struct slice packed)
{
    return packed.n > 2 && (uint8_t)packed.p[0] == 0x1f && (uint8_t)packed.p[1] == 0x8b;
}

static void stream_end(z_stream *stream)
{
    (void)inflateEnd(stream);
}

static enum err inflate_all(z_stream *stream, size_t plain_max, struct buf *plain)
{
    uint8_t step[STEP_BYTES];
    int status = Z_OK;

    while (status == Z_OK) {
        stream->next_out = step;
        stream->avail_out = STEP_BYTES;
        status = inflate(stream, Z_NO_FLUSH);
        if (status != Z_OK && status != Z_STREAM_END) {
            return status == Z_MEM_ERROR ? ERR_MEMORY : ERR_PARSE;
        }
        size_t n = STEP_BYTES - stream->avail_out;
        if (n > plain_max - plain->n) {
            return ERR_LIMIT;
        }
        buf_put(plain, step, n);
        if (plain->overflow) {
            return ERR_LIMIT;
        }
        if (status == Z_OK && n == 0 && stream->avail_in == 0) {
            return ERR_PARSE; /* cut off */
        }
    }
    return stream->avail_in ? ERR_PARSE : ERR_OK;
}

enum err gunzip(struct arena *arena, struct slice packed, size_t plain_max, struct slice *out)
{
    ON_EXIT(buf_free) struct buf plain;
    ON_EXIT(stream_end) z_stream stream = {0};

    buf_init(&plain, plain_max + 1);
    if (!gunzip_is(packed) || packed.n > UINT32_MAX) {
        return ERR_PARSE;
    }
    if (inflateInit2(&stream, GZIP_ONLY) != Z_OK) {
        return ERR_MEMORY;
    }
    stream.next_in = (const uint8_t *)packed.p;
    stream.avail_in = (uInt)packed.n;
    enum err e = inflate_all(&stream, plain_max, &plain);
    if (e) {
        return e;
    }
    struct slice copy = arena_copy(arena, buf_view(&plain));
    if (!copy.p) {
        return ERR_LIMIT;
    }
    *out = copy;
    return ERR_OK;
}
