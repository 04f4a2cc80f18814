/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chain - the hash chain over the log, the same in every store.
 *
 * hash(commit) = BLAKE2b-256(hash before, then its events in order, then its movements in order),
 * each row as its fields in a fixed text form. A changed, missing or inserted row changes every
 * later hash.
 */
#pragma once
#include "store/store.h"

struct chain_head {
    int64_t commit, last_event, last_movement;
    uint8_t hash[32];
};

struct chain_writer;
struct chain_writer *chain_writer_new(void); /* NULL: out of memory */
void chain_writer_free(struct chain_writer *writer);
void chain_begin(struct chain_writer *writer);
/* Events, and movements, in ascending order of their numbers. */
void chain_event(struct chain_writer *writer, const struct event_row *row);
void chain_movement(struct chain_writer *writer, const struct movement_row *row);
bool chain_is_empty(const struct chain_writer *writer);
/* ERR_LIMIT when the commit was too large to hash. */
MUST_USE enum err
chain_finish(struct chain_writer *writer, const struct chain_head *before, struct chain_head *out);
