/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lone - a server for the time of one command, on a thread, where no other server runs.
 *
 * server.h without `listen`: it holds the directory's lock and answers on DIR/control.sock, so that
 * the command asks the same engine and API in the same words as when a server runs, and so do other
 * commands meanwhile.
 */
#pragma once
#include "base/err.h"

struct lone;

/* ERR_CONFLICT: somebody else has the lock. key_file: NULL for secrets.key in data. */
MUST_USE enum err
lone_start(const char *data, const char *key_file, struct lone **out, struct err_note *note);
/* Answers what is under way and gives the lock back. NULL is fine. */
void lone_end(struct lone *lone);
