/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit - every count of a channel read back now, rather than at the sweep's pace.
 *
 * A job that the clock carries on, page by page: the page's listings are hinted to be read, within
 * the channel's limits like all reading, and when all of them were read (or could not be, for
 * PAGE_WAIT_US), the next page follows. What a reading says is taken as always (difference.h). A
 * restart goes on where it was.
 */
#pragma once
#include "engine/request.h"

/* args: {channel}. Answers 202 {"job"}. */
request_fn request_audit_create;
/* Not a route: a timer's. */
request_fn requests_audits;
