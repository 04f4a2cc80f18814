/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream - GET /v1/stream: what changes, told to whoever listens (server-sent events).
 *
 * Told are things, not figures: what the engine hands to the loop names SKUs, pushes, deliveries and
 * incidents; a tenth of a second later each of them is read once, and the same bytes go to all. So
 * what changes ten times is told once, and with nobody listening nothing is read or kept.
 *
 * An event has the id BOOT-N. Who comes back with another one than the last, or who could not be
 * told because too much changed at once, is sent `reset`: load everything again. A reader for whom
 * more than 256 KiB wait is cut. A stream ends with the token or session that began it.
 */
#pragma once
#include "engine/engine.h"
#include "intake/http_server.h"

struct api;
struct stream;

#define STREAMS_MAX 64
#define STREAM_NEWS_MAX 500 /* of a kind, within a tenth of a second; more is a reset */
#define STREAM_QUIET_US (15 * US_PER_S)

MUST_USE enum err stream_new(struct api *api, struct stream **out);
size_t stream_count(const struct stream *stream);
void stream_stop(struct stream *stream); /* ends all that are open */
void stream_free(struct stream *stream); /* NULL is fine */

/* What happened; all on the loop, after the commit. */
void stream_turn(struct stream *stream, const struct turn *turn);
void stream_dirty(struct stream *stream, const struct dirty_hint *hints, size_t count);
void stream_committed(struct stream *stream);
void stream_channels(struct stream *stream, const struct config *before, const struct config *now);
