/* SPDX-License-Identifier: Apache-2.0 */
/*
 * totp - codes of six digits that change every 30 s (RFC 6238 over RFC 4226, SHA-1).
 *
 * A code is good from one step before to one step behind the present one, and once: whoever checks
 * keeps the step that was taken, and no step up to that one is good again.
 */
#pragma once
#include "base/arena.h"

#define TOTP_KEY_SIZE 20
#define TOTP_STEP_S 30

/* The code of a step, as a number of so many digits (6 to 8). */
int64_t totp_at(struct slice key, int64_t step, int digits);
/* The step that the text is a code of; 0: of none behind `used`. */
int64_t totp_find(struct slice key, struct slice text, int64_t now_us, int64_t used);
/* RFC 4648, 6, without padding: how people type it. */
struct slice base32_encode(struct arena *arena, struct slice bytes);
