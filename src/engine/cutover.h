/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cutover - taking a channel from shadow to live, and back (docs/cutover.md).
 *
 * A checklist first; then at once, or at the hour that was chosen, the channel is live and watched:
 * its first pushes leave at a pace that grows, what they wrote is read back, and when more differs
 * than the limit allows, the channel falls back to shadow by itself, with an incident. One request
 * takes it back at any time. The job shows all of it.
 */
#pragma once
#include "core/cutover.h"
#include "engine/request.h"

struct cutover_check {
    const char *code;
    bool is_ok;
    bool is_hard; /* not even `force` goes past it */
    struct slice detail, action;
};
#define CUTOVER_CHECKS_MAX 8

/* Of a channel now; reads only, of the writer's store or a reader's. */
MUST_USE enum err cutover_checklist(struct store *store,
                                    const struct channel_config *channel,
                                    const struct cutover_bar *bar,
                                    int64_t now_us,
                                    struct arena *arena,
                                    struct cutover_check out[CUTOVER_CHECKS_MAX],
                                    size_t *out_count);
void show_checklist(struct show *s, const struct cutover_check *checks, size_t count);

/* args: {channel}. */
request_fn request_cutover_create, request_rollback;
/* {"channel":CODE} or {}: all. */
request_fn request_pause, request_resume;
/* Not routes: a timer's. Takes over what is due, and ends the watch of what stayed quiet. */
request_fn requests_cutovers_due;

/* Its mode is changed by hand: the plan, or the watch, ends. `row` is changed in place. */
void cutover_forget(struct batch *b, struct channel_row *row);

/* A live channel's reading, while it is watched. */
void cutover_watch_reading(struct batch *b, const struct channel_config *channel, bool differs);
