/* SPDX-License-Identifier: Apache-2.0 */
/*
 * problem - why a request was not done, as RFC 9457 application/problem+json.
 *
 *   {"type":"urn:truecount:problem:shortage","title":"Conflict","status":409,"detail":"...", ...}
 *
 * `kind` is the last part of the type: a constant for programs. `detail` is for people and says
 * what to do. Further members stand between problem_begin and problem_end.
 */
#pragma once
#include "base/json_write.h"

struct json_writer
problem_begin(struct buf *out, int status, const char *kind, struct slice detail);
void problem_end(struct json_writer *w);
/* The whole of it; field may be NULL: the member of the request that is wrong. */
void problem_write(
    struct buf *out, int status, const char *kind, struct slice detail, const char *field);
