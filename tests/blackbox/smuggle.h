/* SPDX-License-Identifier: Apache-2.0 */
/* smuggle - requests that two readers take differently, each with a second one behind it that only
 * one of them would see. Refused is one answer of the given status, and the end of the connection. */
#pragma once
#include "testing.h"

#define HOST "Host: a\r\n"
#define BEHIND "GET /healthz HTTP/1.1\r\n" HOST "\r\n"

static const struct {
    const char *what, *text;
    int status;
} smuggled[] = {
    {"both lengths",
     "POST /hooks/own HTTP/1.1\r\n" HOST
     "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" BEHIND,
     400},
    {"both lengths, the other way round",
     "POST /hooks/own HTTP/1.1\r\n" HOST
     "Transfer-Encoding: chunked\r\nContent-Length: 50\r\n\r\n0\r\n\r\n" BEHIND,
     400},
    {"two lengths",
     "POST /hooks/own HTTP/1.1\r\n" HOST "Content-Length: 0\r\nContent-Length: 40\r\n\r\n" BEHIND,
     400},
    {"the same length twice",
     "POST /hooks/own HTTP/1.1\r\n" HOST "Content-Length: 0\r\nContent-Length: 0\r\n\r\n" BEHIND,
     400},
    {"a list of lengths",
     "POST /hooks/own HTTP/1.1\r\n" HOST "Content-Length: 0, 40\r\n\r\n" BEHIND,
     400},
    {"a length with a sign",
     "POST /hooks/own HTTP/1.1\r\n" HOST "Content-Length: +0\r\n\r\n" BEHIND,
     400},
    {"a length beyond 64 bits",
     "POST /hooks/own HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551616\r\n\r\n" BEHIND,
     400},
    {"a folded field",
     "GET /healthz HTTP/1.1\r\n" HOST "X-A: b\r\n Content-Length: 40\r\n\r\n" BEHIND,
     400},
    {"a bare line feed", "GET /healthz HTTP/1.1\r\n" HOST "X-A: b\nX-B: c\r\n\r\n" BEHIND, 400},
    {"a bare carriage return",
     "GET /healthz HTTP/1.1\r\n" HOST "X-A: b\rContent-Length: 40\r\n\r\n" BEHIND,
     400},
    {"a space before the colon",
     "POST /hooks/own HTTP/1.1\r\n" HOST "Content-Length : 40\r\n\r\n" BEHIND,
     400},
    {"a tab before the colon",
     "POST /hooks/own HTTP/1.1\r\n" HOST "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n" BEHIND,
     400},
    {"a transfer coding that is not chunked",
     "POST /hooks/own HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip\r\n\r\n" BEHIND,
     400},
    {"chunked, and something else",
     "POST /hooks/own HTTP/1.1\r\n" HOST
     "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" BEHIND,
     400},
    {"nearly chunked",
     "POST /hooks/own HTTP/1.1\r\n" HOST "Transfer-Encoding: \x0b"
     "chunked\r\n\r\n0\r\n\r\n" BEHIND,
     400},
    {"a chunk that is longer than it says",
     "POST /hooks/own HTTP/1.1\r\n" HOST
     "Transfer-Encoding: chunked\r\n\r\n1\r\nabcd\r\n0\r\n\r\n" BEHIND,
     400},
    {"a chunk's size with a space",
     "POST /hooks/own HTTP/1.1\r\n" HOST
     "Transfer-Encoding: chunked\r\n\r\n1 \r\na\r\n0\r\n\r\n" BEHIND,
     400},
    {"a field behind the last chunk",
     "POST /hooks/own HTTP/1.1\r\n" HOST
     "Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 40\r\n\r\n" BEHIND,
     400},
    {"two hosts", "GET /healthz HTTP/1.1\r\n" HOST "Host: b\r\n\r\n" BEHIND, 400},
    {"no host", "GET /healthz HTTP/1.1\r\n\r\n" BEHIND, 400},
    {"an encoded body",
     "POST /hooks/own HTTP/1.1\r\n" HOST
     "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b" BEHIND,
     415},
};
