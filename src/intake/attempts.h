/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attempts - how often somebody tried in vain lately: guessing has to wait.
 *
 * So many within a window, per key; the oldest leaves the window by itself. Bounded: 8,192 keys,
 * found by a keyed hash, so that nobody can aim at what is forgotten for another key's sake.
 */
#pragma once
#include "base/env.h"

#define ATTEMPTS_MAX 20

struct attempts;

/* max: 1 to ATTEMPTS_MAX. NULL: out of memory. */
struct attempts *attempts_new(struct env *env, size_t max, int64_t window_us);
void attempts_free(struct attempts *attempts); /* NULL is fine */
/* How long the key still has to wait; 0: it may try. */
int64_t attempts_wait_us(const struct attempts *attempts, struct slice key, int64_t now_us);
/* Count one; how many are in the window, this one included. */
size_t attempts_add(struct attempts *attempts, struct slice key, int64_t now_us);
/* The last one was none; none was. */
void attempts_take_back(struct attempts *attempts, struct slice key);
void attempts_clear(struct attempts *attempts, struct slice key);
