/* SPDX-License-Identifier: Apache-2.0 */
/*
 * restored - a ledger that was put back is behind the world, and DIR/restored says so until it is no
 * more: until the orders of every channel have been read again (engine/restored.h).
 */
#pragma once
#include "base/err.h"

struct restored {
    int64_t made_at_us, restored_at_us; /* wall: what it knows; when it was put back */
    bool is_paused;                     /* every channel begins paused */
    bool is_begun;  /* a server was started on it: it has forgotten what it believed */
    char from[200]; /* the backup's name, for people */
};

/* Durable when it returns ERR_OK. */
MUST_USE enum err
restored_mark(const char *data, const struct restored *restored, struct err_note *note);
/* ERR_NOT_FOUND: there is no mark. */
MUST_USE enum err restored_read(const char *data, struct restored *out, struct err_note *note);
void restored_over(const char *data);
