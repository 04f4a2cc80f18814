/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chunked bodies: however the bytes are cut, the same content or the same refusal comes out, and a
 * slow reader that looks at the whole body at once agrees. What a writer frames is read back.
 *
 * The first two bytes say how small the pieces are, and how much content is allowed.
 */
#include "fuzz.h"
#include "intake/http_parse.h"

#define PADDING_FREE 64 /* extensions and leading zeros below this are never refused */

struct outcome {
    int refused;
    bool is_done;
    size_t taken, padding;
};

static struct outcome take(struct slice bytes, size_t step, struct buf *body)
{
    struct http_chunks chunks = {0};
    struct outcome o = {0};
    while (o.taken < bytes.n && !o.refused && chunks.state != CHUNK_DONE) {
        struct slice piece = slice_from(bytes, o.taken);
        piece.n = piece.n < step ? piece.n : step;
        struct slice rest = piece;
        o.refused = http_chunks_take(&chunks, &rest, body);
        o.taken += piece.n - rest.n;
        must(o.refused || chunks.state == CHUNK_DONE || rest.n == 0);
    }
    o.is_done = chunks.state == CHUNK_DONE;
    o.padding = chunks.padding_bytes;
    must(!(o.is_done && o.refused));
    return o;
}

enum verdict { WHOLE, UNFINISHED, WRONG };

/* What stands before the next CR LF. */
static enum verdict line_of(struct slice *in, struct slice *out_line)
{
    const char *end = memchr(in->p, '\r', in->n);
    if (!end) {
        *out_line = *in;
        return UNFINISHED;
    }
    *out_line = (struct slice){in->p, (size_t)(end - in->p)};
    *in = slice_from(*in, out_line->n + 1);
    if (in->n == 0) {
        return UNFINISHED;
    }
    if (in->p[0] != '\n') {
        return WRONG;
    }
    *in = slice_from(*in, 1);
    return WHOLE;
}

static bool size_of(struct slice line, size_t *out)
{
    struct slice digits, rest = line;
    slice_cut(&rest, ';', &digits);
    for (size_t i = 0; i < rest.n; i++) {
        if (((unsigned char)rest.p[i] < ' ' && rest.p[i] != '\t') || rest.p[i] == 0x7f) {
            return false;
        }
    }
    *out = 0;
    for (size_t i = 0; i < digits.n; i++) {
        const char *at = memchr("0123456789abcdefABCDEF", digits.p[i], 22);
        if (!at) {
            return false;
        }
        size_t digit = (size_t)(at - (const char *)memchr("0123456789abcdefABCDEF", '0', 22));
        *out = *out > SIZE_MAX / 32 ? SIZE_MAX / 16 : *out * 16 + (digit > 15 ? digit - 6 : digit);
    }
    return digits.n > 0;
}

/* The whole body at once, without any limit. */
static enum verdict read_slowly(struct slice in, struct buf *body, size_t *out_taken)
{
    const size_t all = in.n;
    for (;;) {
        struct slice line;
        size_t size;
        enum verdict v = line_of(&in, &line);
        if (v != WHOLE) {
            return v;
        }
        if (!size_of(line, &size)) {
            return WRONG;
        }
        if (size == 0) {
            v = line_of(&in, &line);
            *out_taken = all - in.n;
            return line.n ? WRONG : v;
        }
        if (in.n < size) {
            return UNFINISHED;
        }
        buf_put(body, in.p, size);
        in = slice_from(in, size);
        v = line_of(&in, &line);
        if (v != WHOLE || line.n) {
            return line.n ? WRONG : v;
        }
    }
}

static void check_reading(struct slice bytes, size_t step, size_t body_max)
{
    ON_EXIT(buf_free) struct buf whole, cut, slow;
    buf_init(&whole, body_max);
    buf_init(&cut, body_max);
    buf_init(&slow, (size_t)1 << 20);
    size_t slow_taken = 0;
    struct outcome a = take(bytes, SIZE_MAX, &whole), b = take(bytes, step, &cut);
    must(a.refused == b.refused && a.is_done == b.is_done && a.taken == b.taken);
    must(a.refused || slice_equal(buf_view(&whole), buf_view(&cut)));
    enum verdict slowly = read_slowly(bytes, &slow, &slow_taken);
    if (a.is_done) {
        must(slowly == WHOLE && slow_taken == a.taken);
        must(slice_equal(buf_view(&whole), buf_view(&slow)) && whole.n <= body_max);
    } else if (slowly == WHOLE) { /* only a limit can refuse what is well made */
        must(a.refused == 413 || (a.refused == 400 && a.padding > PADDING_FREE));
    }
}

/* The bytes as content, in chunks of all sizes. */
static void check_writing(struct slice bytes, size_t step)
{
    ON_EXIT(buf_free) struct buf framed, body;
    buf_init(&framed, (size_t)1 << 20);
    buf_init(&body, bytes.n + 1);
    struct slice rest = bytes;
    for (size_t n = 1; rest.n; n = n % 19 + 1) {
        n = n < rest.n ? n : rest.n;
        buf_printf(&framed, n % 2 ? "%zx\r\n" : "0%zX;of=it\r\n", n);
        buf_slice(&framed, (struct slice){rest.p, n});
        buf_text(&framed, "\r\n");
        rest = slice_from(rest, n);
    }
    buf_text(&framed, "0\r\n\r\n");
    if (framed.n < 512) { /* no more padding than is allowed */
        struct outcome o = take(buf_view(&framed), step, &body);
        must(o.is_done && slice_equal(buf_view(&body), bytes));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 16384) {
        return 0;
    }
    struct slice bytes = {(const char *)data + 2, size - 2};
    size_t step = 1 + data[0] % 32, body_max = 1 + (size_t)data[1] * 8;
    check_reading(bytes, step, body_max);
    check_writing(bytes, step);
    return 0;
}
