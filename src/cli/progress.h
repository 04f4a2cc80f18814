/* SPDX-License-Identifier: Apache-2.0 */
/*
 * progress - a line on the terminal while a command waits for something long.
 *
 * Only where stderr is a terminal, only after a second, and gone at the end. Uses a thread of its
 * own, since the command is blocked meanwhile.
 */
#pragma once
#include <stdio.h>

struct progress;

/* "exporting stock", and how large `file` has become; NULL: how long it has taken. The texts must
 * outlive it. NULL when there is nothing to show it on. */
struct progress *progress_begin(const char *what, FILE *file);
void progress_end(struct progress *p); /* NULL is fine */
