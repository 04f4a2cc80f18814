/* SPDX-License-Identifier: Apache-2.0 */
/*
 * copy - a whole ledger from one database to another: SQLite to PostgreSQL, and back.
 *
 * Row by row in the order of keys, a few thousand to a commit, so that a copy that was cut off goes on
 * where it was. Until it is whole the target bears a mark, by which no server starts on it. At the
 * end both must say the same: every table has as many rows, and the canonical dumps are equal byte
 * for byte. Nobody else may use either of them meanwhile (both are writers).
 */
#pragma once
#include "store/store.h"

struct store_copy {
    void (*tell)(void *arg, const char *table, int64_t rows); /* so many are there by now */
    void *arg;
    int64_t rows;   /* out: of all tables */
    int64_t before; /* out: of them were there before: it was cut off once */
};

/* Both of SQL (not memory). ERR_USAGE: the target has a ledger of its own. ERR_CORRUPT: they do not
 * say the same in the end; ERR_FULL, ERR_IO: begin again, it goes on. */
MUST_USE enum err
store_copy(struct store *from, struct store *to, struct store_copy *copy, struct err_note *note);
/* Whether a copy into it was begun and is not whole. */
MUST_USE enum err store_copy_is_partial(struct store *store, bool *out);
