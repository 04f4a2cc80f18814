/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/http_parse.h"

#include <llhttp.h>

#define CHUNK_PADDING_MAX 1024
#define CHUNK_SIZE_LIMIT ((size_t)1 << 31)

/* One line without its LF. The request line and every field end with CR LF; a CR elsewhere is an
 * attack. */
static bool line_is_sound(const char *line, size_t n)
{
    if (n == 0 || line[n - 1] != '\r') {
        return false;
    }
    if (memchr(line, '\r', n - 1)) {
        return false;
    }
    /* White space at the beginning continues the line before (obs-fold). A field without a name
     * would pass llhttp and give its value to the field before. */
    return line[0] != ' ' && line[0] != '\t' && line[0] != ':';
}

/* The line that has not ended yet may hold a CR only as its last byte so far. */
static bool tail_is_sound(const char *tail, size_t n)
{
    if (n == 0) {
        return true;
    }
    return tail[0] != ' ' && tail[0] != '\t' && (n == 1 || !memchr(tail, '\r', n - 1));
}

int http_scan(struct http_scan *scan, struct slice bytes, size_t head_max, size_t headers_max)
{
    while (scan->line_start < bytes.n) {
        const char *line = bytes.p + scan->line_start;
        size_t left = bytes.n - scan->line_start;
        const char *lf = memchr(line, '\n', left);
        if (!lf) {
            if (!tail_is_sound(line, left)) {
                return 400;
            }
            return bytes.n >= head_max ? 431 : 0;
        }
        size_t n = (size_t)(lf - line);
        if (!line_is_sound(line, n)) {
            return 400;
        }
        scan->line_start += n + 1;
        if (scan->line_start > head_max) {
            return 431;
        }
        if (n == 1) {
            if (scan->lines == 0) {
                return 400; /* an empty line where the request line should be */
            }
            scan->head_size = scan->line_start;
            return 0;
        }
        scan->lines++;
        if (scan->lines > headers_max + 1) {
            return 431;
        }
    }
    return bytes.n >= head_max ? 431 : 0;
}

/* ---- llhttp's events: spans of the head, which it gives whole because the head is whole ---- */

struct head_reader {
    struct slice method, target;
    struct http_header *headers;
    size_t headers_count, headers_max;
};

static int on_method(llhttp_t *parser, const char *at, size_t n)
{
    struct head_reader *reader = parser->data;
    reader->method = (struct slice){at, n};
    return HPE_OK;
}

static int on_target(llhttp_t *parser, const char *at, size_t n)
{
    struct head_reader *reader = parser->data;
    reader->target = (struct slice){at, n};
    return HPE_OK;
}

static int on_field(llhttp_t *parser, const char *at, size_t n)
{
    struct head_reader *reader = parser->data;
    if (reader->headers_count == reader->headers_max || n == 0) {
        return HPE_USER;
    }
    reader->headers[reader->headers_count++] = (struct http_header){.name = {at, n}};
    return HPE_OK;
}

static int on_value(llhttp_t *parser, const char *at, size_t n)
{
    struct head_reader *reader = parser->data;
    if (reader->headers_count == 0 || reader->headers[reader->headers_count - 1].value.p) {
        return HPE_USER;
    }
    reader->headers[reader->headers_count - 1].value = slice_trim((struct slice){at, n});
    return HPE_OK;
}

/* The body is framed by us: the parser stops where the head ends. */
static int on_head_end(llhttp_t *parser)
{
    (void)parser;
    return HPE_PAUSED;
}

static const llhttp_settings_t head_settings = {
    .on_method = on_method,
    .on_url = on_target,
    .on_header_field = on_field,
    .on_header_value = on_value,
    .on_headers_complete = on_head_end,
};

/* ---- what the head means ---- */

/* Digits only: no sign, no list, no white space inside, no overflow. */
static bool length_read(struct slice value, size_t *out)
{
    if (value.n == 0 || value.n > 18) {
        return false;
    }
    size_t length = 0;
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] < '0' || value.p[i] > '9') {
            return false;
        }
        length = length * 10 + (size_t)(value.p[i] - '0');
    }
    *out = length;
    return true;
}

struct head_fields {
    size_t hosts, lengths, encodings;
    bool content_encoded;
};

static int fields_read(struct http_head *head, struct head_fields *fields)
{
    for (size_t i = 0; i < head->request.headers_count; i++) {
        const struct http_header *h = &head->request.headers[i];
        switch (h->name.n) {
        case 4:
            fields->hosts += slice_equal_nocase(h->name, SLICE("host"));
            break;
        case 6:
            if (slice_equal_nocase(h->name, SLICE("expect"))) {
                head->expects_continue = slice_equal_nocase(h->value, SLICE("100-continue"));
            }
            break;
        case 14:
            if (slice_equal_nocase(h->name, SLICE("content-length"))) {
                fields->lengths++;
                if (!length_read(h->value, &head->body_size)) {
                    return 400;
                }
            }
            break;
        case 16:
            fields->content_encoded |= slice_equal_nocase(h->name, SLICE("content-encoding"));
            break;
        case 17:
            if (slice_equal_nocase(h->name, SLICE("transfer-encoding"))) {
                fields->encodings++;
                if (!slice_equal_nocase(h->value, SLICE("chunked"))) {
                    return 400;
                }
            }
            break;
        default:
            break;
        }
    }
    return 0;
}

/* RFC 9112, 6.3: two ways to measure one body are a way to hide a second request in it. */
static int framing_check(struct http_head *head)
{
    struct head_fields fields = {0};
    int refused = fields_read(head, &fields);
    if (refused) {
        return refused;
    }
    if (fields.lengths > 1 || fields.encodings > 1 || (fields.lengths && fields.encodings)) {
        return 400;
    }
    if (fields.encodings && head->is_http10) {
        return 400;
    }
    if (fields.hosts > 1 || (fields.hosts == 0 && !head->is_http10)) {
        return 400;
    }
    head->is_chunked = fields.encodings == 1;
    return fields.content_encoded ? 415 : 0;
}

static bool target_bytes_are_sound(struct slice target)
{
    for (size_t i = 0; i < target.n; i++) {
        unsigned char c = (unsigned char)target.p[i];
        if (c <= ' ' || c >= 0x7f || c == '#') {
            return false;
        }
    }
    return target.n > 0;
}

/* Origin form, or absolute form as a proxy sends it, or "*" of OPTIONS (RFC 9112, 3.2). */
static int target_split(struct slice target, struct http_request *request)
{
    if (!target_bytes_are_sound(target)) {
        return 400;
    }
    if (slice_is(target, "*") && slice_is(request->method, "OPTIONS")) {
        request->url = target;
        return 0;
    }
    if (slice_starts(target, "http://") || slice_starts(target, "https://")) {
        target = slice_from(target, target.p[4] == 's' ? 8 : 7);
        while (target.n && target.p[0] != '/' && target.p[0] != '?') {
            target = slice_from(target, 1);
        }
        if (target.n == 0 || target.p[0] == '?') {
            request->url = SLICE("/");
            request->query = slice_from(target, 1);
            return 0;
        }
    }
    if (target.p[0] != '/') {
        return 400;
    }
    request->query = target;
    if (!slice_cut(&request->query, '?', &request->url)) {
        request->query = (struct slice){0};
    }
    return 0;
}

/* One space on either side of the target, and nothing around the line. */
static bool request_line_is_exact(struct slice head, const struct head_reader *reader)
{
    const char *lf = memchr(head.p, '\n', head.n);
    return reader->method.p == head.p && reader->target.p == head.p + reader->method.n + 1 &&
           lf == reader->target.p + reader->target.n + strlen(" HTTP/1.1\r");
}

int http_head_parse(struct slice head,
                    struct http_header *headers,
                    size_t headers_max,
                    struct http_head *out)
{
    struct head_reader reader = {.headers = headers, .headers_max = headers_max};
    llhttp_t parser;

    llhttp_init(&parser, HTTP_REQUEST, &head_settings);
    parser.data = &reader;
    if (llhttp_execute(&parser, head.p, head.n) != HPE_PAUSED) {
        return 400;
    }
    if (parser.http_major != 1 || parser.http_minor > 1 || parser.method == HTTP_CONNECT ||
        !request_line_is_exact(head, &reader)) {
        return 400;
    }
    *out = (struct http_head){
        .request = {.method = reader.method,
                    .headers = headers,
                    .headers_count = reader.headers_count},
        .is_http10 = parser.http_minor == 0,
        .is_head = parser.method == HTTP_HEAD,
        .keep_alive = llhttp_should_keep_alive(&parser) != 0,
    };
    int refused = target_split(reader.target, &out->request);
    return refused ? refused : framing_check(out);
}

/* ---- chunked bodies (RFC 9112, 7.1) ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

static int chunk_size_take(struct http_chunks *chunks, char c)
{
    int digit = hex_digit(c);
    if (digit >= 0) {
        if (chunks->state == CHUNK_SIZE && chunks->left == 0 &&
            ++chunks->padding_bytes > CHUNK_PADDING_MAX) {
            return 400; /* leading zeros without end */
        }
        chunks->left = chunks->left * 16 + (size_t)digit;
        chunks->state = CHUNK_SIZE;
        return chunks->left >= CHUNK_SIZE_LIMIT ? 413 : 0;
    }
    if (chunks->state == CHUNK_SIZE_FIRST) {
        return 400;
    }
    if (c == '\r') {
        chunks->state = CHUNK_SIZE_LF;
        return 0;
    }
    if (c == ';') {
        chunks->state = CHUNK_EXTENSION;
        return 0;
    }
    return 400;
}

static int chunk_extension_take(struct http_chunks *chunks, char c)
{
    if (c == '\r') {
        chunks->state = CHUNK_SIZE_LF;
        return 0;
    }
    if (((unsigned char)c < ' ' && c != '\t') || c == 0x7f) {
        return 400;
    }
    return ++chunks->padding_bytes > CHUNK_PADDING_MAX ? 400 : 0;
}

static int chunk_expect(struct http_chunks *chunks, char c, char wanted, enum http_chunk_state next)
{
    if (c != wanted) {
        return 400;
    }
    chunks->state = next;
    return 0;
}

static int chunk_data_take(struct http_chunks *chunks, struct slice *in, struct buf *body)
{
    size_t n = in->n < chunks->left ? in->n : chunks->left;
    buf_put(body, in->p, n);
    if (body->overflow) {
        return 413;
    }
    *in = slice_from(*in, n);
    chunks->left -= n;
    if (chunks->left == 0) {
        chunks->state = CHUNK_DATA_CR;
    }
    return 0;
}

static int chunk_byte_take(struct http_chunks *chunks, char c, const struct buf *body)
{
    switch (chunks->state) {
    case CHUNK_SIZE_FIRST:
    case CHUNK_SIZE:
        return chunk_size_take(chunks, c);
    case CHUNK_EXTENSION:
        return chunk_extension_take(chunks, c);
    case CHUNK_SIZE_LF:
        if (chunks->left > body->max - body->n) {
            return 413;
        }
        return chunk_expect(chunks, c, '\n', chunks->left ? CHUNK_DATA : CHUNK_LAST_CR);
    case CHUNK_DATA_CR:
        return chunk_expect(chunks, c, '\r', CHUNK_DATA_LF);
    case CHUNK_DATA_LF:
        return chunk_expect(chunks, c, '\n', CHUNK_SIZE_FIRST);
    case CHUNK_LAST_CR:
        return chunk_expect(chunks, c, '\r', CHUNK_LAST_LF);
    case CHUNK_LAST_LF:
        return chunk_expect(chunks, c, '\n', CHUNK_DONE);
    case CHUNK_DATA:
    case CHUNK_DONE:
        break;
    }
    return 400;
}

int http_chunks_take(struct http_chunks *chunks, struct slice *in, struct buf *body)
{
    while (in->n && chunks->state != CHUNK_DONE) {
        int refused;
        if (chunks->state == CHUNK_DATA) {
            refused = chunk_data_take(chunks, in, body);
        } else {
            refused = chunk_byte_take(chunks, in->p[0], body);
            *in = slice_from(*in, 1);
        }
        if (refused) {
            return refused;
        }
    }
    return 0;
}
