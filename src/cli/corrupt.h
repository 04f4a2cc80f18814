/* SPDX-License-Identifier: Apache-2.0 */
/*
 * corrupt - a ledger whose proof failed is frozen, over restarts too: DIR/corrupt says so, and why.
 *
 * Whoever restores a backup of the directory removes it with the rest.
 */
#pragma once
#include "base/err.h"

/* Durable when it returns ERR_OK. */
MUST_USE enum err corrupt_mark(const char *data, const char *why);
/* ERR_USAGE when it is frozen: the note says what to do. */
MUST_USE enum err corrupt_check(const char *data, struct err_note *note);
/* The commands that put a backup in the place of the directory. */
void corrupt_restore_text(const char *data, char *out, size_t size);
