/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rehearsal - turns run on a reader's snapshot, as the writer would run them one after the other:
 * each sees what those before it changed, and nothing is ever kept.
 *
 * The changes gather in memory until they are forgotten (rehearsal_clear). A turn that fails leaves
 * them half done: forget them, or rehearse no more. One thread; the store is borrowed, and its
 * snapshot (begin, rollback) is the caller's.
 */
#pragma once
#include "engine/engine.h"

struct rehearsal;

MUST_USE enum err rehearsal_new(struct env *env,
                                struct store *store,
                                struct config *config, /* borrowed */
                                const struct vault *vault,
                                struct rehearsal **out);
/* Runs a TURN_REQUEST's `run`; its outputs are the turn's. *note: what failed. */
MUST_USE enum err
rehearsal_run(struct rehearsal *rehearsal, struct turn *turn, struct err_note *note);
void rehearsal_clear(struct rehearsal *rehearsal);
void rehearsal_free(struct rehearsal *rehearsal); /* NULL is fine */
