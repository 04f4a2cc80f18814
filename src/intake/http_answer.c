/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/http_conn.h"

/* Head and a body up to this size leave in one write; a larger body is not copied for that. */
#define ONE_WRITE_MAX ((size_t)64 << 10)
#define STREAM_PENDING_MAX ((size_t)256 << 10)

static const char *status_text(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 201:
        return "Created";
    case 202:
        return "Accepted";
    case 204:
        return "No Content";
    case 301:
        return "Moved Permanently";
    case 302:
        return "Found";
    case 303:
        return "See Other";
    case 304:
        return "Not Modified";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 406:
        return "Not Acceptable";
    case 408:
        return "Request Timeout";
    case 409:
        return "Conflict";
    case 410:
        return "Gone";
    case 412:
        return "Precondition Failed";
    case 413:
        return "Content Too Large";
    case 415:
        return "Unsupported Media Type";
    case 422:
        return "Unprocessable Content";
    case 428:
        return "Precondition Required";
    case 429:
        return "Too Many Requests";
    case 431:
        return "Request Header Fields Too Large";
    case 500:
        return "Internal Server Error";
    case 501:
        return "Not Implemented";
    case 502:
        return "Bad Gateway";
    case 503:
        return "Service Unavailable";
    case 504:
        return "Gateway Timeout";
    case 507:
        return "Insufficient Storage";
    default:
        return "Status";
    }
}

/* The text of Date changes once a second: format it as often. */
static struct slice date_now(struct http_server *server)
{
    int64_t now_us = env_wall_us(server->env);
    int64_t now_s = now_us / US_PER_S;
    if (now_s != server->date_s || server->date_size == 0) {
        server->date_size = time_format_http(now_us, server->date).n;
        server->date_s = now_s;
    }
    return (struct slice){server->date, server->date_size};
}

/* A line end inside a value would let its author write headers of his own. */
static void put_value(struct buf *out, struct slice value)
{
    size_t start = out->n;
    buf_slice(out, value);
    for (size_t i = start; i < out->n; i++) {
        unsigned char c = (unsigned char)out->p[i];
        if ((c < ' ' && c != '\t') || c == 0x7f) {
            out->p[i] = ' ';
        }
    }
}

static void put_header(struct buf *out, const struct http_header *header)
{
    put_value(out, header->name);
    buf_slice(out, SLICE(": "));
    put_value(out, header->value);
    buf_slice(out, SLICE("\r\n"));
}

static bool says(const struct http_header *headers, size_t count, struct slice name)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal_nocase(headers[i].name, name)) {
            return true;
        }
    }
    return false;
}

static void put_head(struct http_server *server,
                     int status,
                     const struct http_header *headers,
                     size_t headers_count)
{
    struct buf *out = &server->out;

    buf_clear(out);
    buf_slice(out, SLICE("HTTP/1.1 "));
    buf_int(out, status);
    buf_char(out, ' ');
    buf_text(out, status_text(status));
    buf_slice(out, SLICE("\r\nDate: "));
    buf_slice(out, date_now(server));
    buf_slice(out, SLICE("\r\n"));
    for (size_t i = 0; i < headers_count; i++) {
        put_header(out, &headers[i]);
    }
    for (size_t i = 0; i < server->limits.always_count; i++) {
        const struct http_header *header = &server->limits.always[i];
        if (!says(headers, headers_count, header->name)) {
            put_header(out, header);
        }
    }
}

static void put_connection(struct buf *out, bool keep_alive, bool is_http10)
{
    if (!keep_alive) {
        buf_slice(out, SLICE("Connection: close\r\n"));
    } else if (is_http10) {
        buf_slice(out, SLICE("Connection: keep-alive\r\n"));
    }
}

void http_answer(struct http_exchange *pub,
                 int status,
                 const struct http_header *headers,
                 size_t headers_count,
                 struct slice body)
{
    struct exchange *x = (struct exchange *)pub;
    struct conn *conn = x->conn;

    must(status >= 200 && status <= 599);
    if (!conn) {
        exchange_release(x);
        return;
    }
    must(conn->state == CONN_HANDLING && conn->x == x);
    struct http_server *server = x->server;
    struct buf *out = &server->out;
    bool keep_alive = x->head.keep_alive && !server->is_stopping;

    put_head(server, status, headers, headers_count);
    if (status == 204 || status == 304) {
        body.n = 0;
    } else {
        buf_slice(out, SLICE("Content-Length: "));
        buf_int(out, (int64_t)body.n);
        buf_slice(out, SLICE("\r\n"));
    }
    put_connection(out, keep_alive, x->head.is_http10);
    buf_slice(out, SLICE("\r\n"));
    if (x->head.is_head) {
        body.n = 0;
    }
    if (body.n <= ONE_WRITE_MAX) {
        buf_slice(out, body);
        body.n = 0;
    }
    must(!out->overflow);
    server->env->ops->conn_write(conn->wire, buf_view(out));
    if (body.n) {
        server->env->ops->conn_write(conn->wire, body);
    }
    conn->x = NULL;
    exchange_release(x);
    conn_answered(conn, keep_alive);
}

void http_stream_begin(struct http_exchange *pub,
                       int status,
                       const struct http_header *headers,
                       size_t headers_count)
{
    struct exchange *x = (struct exchange *)pub;
    struct conn *conn = x->conn;

    if (!conn) {
        return;
    }
    must(conn->state == CONN_HANDLING && conn->x == x);
    put_head(x->server, status, headers, headers_count);
    put_connection(&x->server->out, false, false);
    buf_slice(&x->server->out, SLICE("\r\n"));
    must(!x->server->out.overflow);
    x->server->env->ops->conn_write(conn->wire, buf_view(&x->server->out));
    conn_set(conn, CONN_STREAM);
}

bool http_stream_write(struct http_exchange *pub, struct slice bytes)
{
    struct exchange *x = (struct exchange *)pub;

    if (!x->conn) {
        return false;
    }
    must(x->conn->state == CONN_STREAM);
    const struct env_ops *ops = x->server->env->ops;
    if (ops->conn_pending(x->conn->wire) > STREAM_PENDING_MAX) {
        return false;
    }
    if (!x->head.is_head) {
        ops->conn_write(x->conn->wire, bytes);
    }
    return true;
}

void http_stream_end(struct http_exchange *pub)
{
    struct exchange *x = (struct exchange *)pub;
    struct conn *conn = x->conn;

    if (conn) {
        must(conn->state == CONN_STREAM);
        conn->x = NULL;
    }
    exchange_release(x);
    if (conn) {
        conn_shut(conn);
    }
}

/* ---- refusals of our own ---- */

static void count_refusal(struct http_counters *counters, int status)
{
    switch (status) {
    case 400:
        counters->refused_400++;
        break;
    case 408:
        counters->refused_408++;
        break;
    case 413:
        counters->refused_413++;
        break;
    case 415:
        counters->refused_415++;
        break;
    case 431:
        counters->refused_431++;
        break;
    default:
        must(status == 503);
        counters->refused_503++;
        break;
    }
}

static const char *what_to_do(int status)
{
    switch (status) {
    case 400:
        return "the request is not framed as RFC 9112 says";
    case 408:
        return "the request took too long to arrive: send it again";
    case 413:
        return "the body is too large: send it in parts";
    case 415:
        return "send the body as it is, without a Content-Encoding";
    case 431:
        return "the headers are too many, or too large";
    default:
        return "too busy: nothing was changed; send it again";
    }
}

void wire_refuse(struct http_server *server, struct env_conn *wire, int status)
{
    static const struct http_header problem = {
        .name = {"Content-Type", sizeof("Content-Type") - 1},
        .value = {"application/problem+json", sizeof("application/problem+json") - 1},
    };
    char body[256];
    int body_size =
        snprintf(body,
                 sizeof(body),
                 "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"detail\":\"%s\"}",
                 status_text(status),
                 status,
                 what_to_do(status));
    must(body_size > 0 && (size_t)body_size < sizeof(body));

    count_refusal(&server->counters, status);
    put_head(server, status, &problem, 1);
    if (status == 503) {
        buf_slice(&server->out, SLICE("Retry-After: 1\r\n"));
    }
    buf_slice(&server->out, SLICE("Content-Length: "));
    buf_int(&server->out, body_size);
    buf_slice(&server->out, SLICE("\r\nConnection: close\r\n\r\n"));
    buf_put(&server->out, body, (size_t)body_size);
    must(!server->out.overflow);
    server->env->ops->conn_write(wire, buf_view(&server->out));
    server->env->ops->conn_close(wire);
}

/* The channel that its path names, as far as that is a plain word; else who connected. */
static struct slice who_sends(const struct conn *conn)
{
    const struct exchange *x = conn->x;
    struct slice rest = x ? x->pub.request.url : (struct slice){0}, channel = {0};
    bool is_plain = slice_starts(rest, "/hooks/");
    rest = is_plain ? slice_from(rest, strlen("/hooks/")) : rest;
    slice_cut(&rest, '/', &channel);
    for (size_t i = 0; i < channel.n; i++) {
        char c = channel.p[i];
        is_plain &= (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    }
    return is_plain && channel.n && channel.n <= 40
               ? channel
               : (struct slice){conn->peer->text, conn->peer->text_size};
}

void conn_refuse(struct conn *conn, int status)
{
    if (status == 413 || status == 503) {
        refused_add(conn->server->limits.refused,
                    status == 413 ? REFUSED_BODY : REFUSED_MEMORY,
                    who_sends(conn));
    }
    if (conn->x) {
        struct exchange *x = conn->x;
        conn->x = NULL;
        exchange_release(x);
    }
    wire_refuse(conn->server, conn->wire, status);
    conn_set(conn, CONN_CLOSING);
}
