/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sigv4 - AWS's signature (version 4) of one request without a query, in its Authorization header.
 *
 * Amazon's own API wants none; the queue at AWS does.
 */
#pragma once
#include "base/http_types.h"

struct sigv4 {
    struct slice key_id, secret; /* of the AWS user */
    struct slice region, service;
    struct slice method, path;
    /* What is signed: names in lower case, sorted; "x-amz-date" and "host" among them. */
    const struct http_header *headers;
    size_t headers_count;
    struct slice body;
};

/* "20260101T000000Z" */
struct slice sigv4_date(struct arena *arena, int64_t now_us);
/* The header's value; {NULL,0} when the arena is full or there is no x-amz-date. */
struct slice sigv4_authorization(const struct sigv4 *request, struct arena *arena);
