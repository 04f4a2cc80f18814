/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_pay - shops whose buyers pay a little after they ordered. */
#pragma once
#include "drill/sandbox_inner.h"

/* Once, 200 to 800 ms from now, if the order is still open and not paid by then: it is marked
 * (order->waits), and `paid` is called. */
void order_pay_later(const struct order *order, void (*paid)(struct order *order));
bool order_is_paid(const struct order *order);
void order_pay(struct order *order); /* at once */
