/* SPDX-License-Identifier: Apache-2.0 */
/*
 * orders - distinct, signed orders as Shopify sends them on orders/create: one line, one unit,
 * about 4 KB.
 *
 * The signatures are computed beforehand; a body is made when it is sent, by putting its ids into
 * one template, so that the load costs little and needs little memory.
 */
#pragma once
#include "support/load.h"
#include "support/subject.h"

#define ORDERS_CHANNEL "shop"
#define ORDERS_SKUS 1000

struct orders;
/* count orders; all of SKU 0, or one after the other of all ORDERS_SKUS. */
struct orders *orders_new(size_t count, bool is_hot);
void orders_free(struct orders *orders);
size_t orders_body_size(const struct orders *orders);
/* A load's make: the order's webhook. arg: struct orders. */
size_t orders_make(void *arg, size_t number, char out[LOAD_REQUEST_MAX]);

/*
 * The Shopify channel, ORDERS_SKUS SKUs of a million units, and a listing of each. Its mode is
 * shadow: orders are applied, nothing is written to the shop, which is a port that nobody listens
 * on.
 */
void orders_set_up(const struct subject *subject);
