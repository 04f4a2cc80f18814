/* SPDX-License-Identifier: Apache-2.0 */
/*
 * restored - what a ledger must do first when it was put back from a backup, and so is behind the
 * world: it remembers channels that showed other counts, and does not know orders that it had booked.
 *
 *   - what each listing is believed to show is forgotten: it is read before anything is written there
 *   - channels whose orders cannot be read again are paused: only their shop can tell them
 *   - takeovers that were planned are called off: their hour may be long over
 *   - an incident says what is missing
 *
 * Then the orders of all other channels are read from where the backup had read them, and until that
 * is done for every channel no count rises anywhere (turn.raises_wait): the sellable quantity of each
 * SKU is too high by what is not booked yet. Lowering is never wrong.
 */
#pragma once
#include "engine/request.h"

/* Not a route: the start's. args: {listing, from, made_at, restored_at, paused}: the listings behind
 * that one, so many at a time. Status 200: there are more, behind the one in the answer; 204: all is
 * done. Times are wall, in microseconds; paused "1": every live channel is paused. */
request_fn request_restored;
