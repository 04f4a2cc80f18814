/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unclean - remembers that the server is running, and what it was applying, in two small files.
 *
 * DIR/running is there while a server runs and holds the key of the delivery that is being applied
 * with care. Found at a start, the stop before was unclean; a key in it goes to DIR/suspects. Wants
 * the ledger's lock: one server per directory.
 */
#pragma once
#include "base/err.h"

#define UNCLEAN_SUSPECTS_MAX 256

struct unclean {
    char running[1100];
    int fd; /* of `running`; -1: not open */
    bool was_unclean;
    uint8_t suspects[UNCLEAN_SUSPECTS_MAX][16];
    size_t suspects_count;
};

MUST_USE enum err
unclean_begin(struct unclean *unclean, const char *directory, struct err_note *note);
/* Durable when it returns; NULL: nothing is being applied. A disk that refuses is no reason to
 * stop. */
void unclean_mark(struct unclean *unclean, const uint8_t key[16]);
void unclean_end(struct unclean *unclean); /* a clean stop */
