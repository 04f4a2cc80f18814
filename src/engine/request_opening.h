/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request_opening - first figures of SKUs at a location: a file of them is kept, and those that a
 * person chooses are booked (docs/opening.md).
 *
 * Only a SKU that never moved there is opened; whoever has moved is counted. A request books all of
 * it or nothing, and every SKU's choice is an event of its own: who, which figure, from where, and
 * what everyone said.
 */
#pragma once
#include "engine/request.h"

#define OPENING_MAX 10000 /* SKUs that one request books */

request_fn request_opening_book;
/* turn->query: location=CODE; turn->body: a table (csv.h); with is_dry_run nothing is kept. */
request_fn request_opening_file;
