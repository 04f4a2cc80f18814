/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shops - five shops that speak our own API, in one thread: they sell at a steady rate, and take
 * the pushes that tell them what the others sold.
 *
 * Orders leave when their time has come, whether or not earlier ones were answered. Each is of one
 * unit; SKUs and shops take turns. For each other shop the moment counts when it first hears of a
 * quantity that has the order in it.
 */
#pragma once
#include "support/bench.h"
#include "support/echo.h"

#define SHOPS ECHO_CHANNELS
#define SHOPS_SKUS ECHO_SKUS
#define SHOPS_UNITS 1000000
#define SHOPS_SECRET "whsec_YmVuY2gtc2VjcmV0LW9mLXRoZS1zaG9wcw=="

struct shops;
struct shops *shops_new(void);
void shops_free(struct shops *shops);
int shops_port(const struct shops *shops); /* where they listen: /c0 to /c4 */

/* Takes pushes until every listing was told SHOPS_UNITS. */
void shops_await_first(struct shops *shops);

struct shops_result {
    struct samples propagation; /* order written -> push read, for each other shop */
    struct samples answers;     /* order written -> 200 read */
    uint64_t orders, requests, items;
    int64_t latest_us; /* how much too late the latest order left */
};
/* Sells through the server at the port, and waits until all shops heard of all; 20 s more at most.
 */
void shops_sell(
    struct shops *shops, int port, size_t orders_per_s, size_t orders, struct shops_result *out);
