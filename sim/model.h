/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model - what the stock should be, by a way of counting that shares nothing with the server.
 *
 * Units that operators booked (those acknowledged, each once), less what the shops' orders took. It
 * knows nothing of events, deliveries, retries or crashes: that those do not show is the promise.
 */
#pragma once
#include <stdint.h>

#define MODEL_ITEMS_MAX 16

struct model_sale { /* one line of an order, as its shop knows it now */
    int item;
    int64_t ordered, cancelled, fulfilled, returned, restocked;
};

struct model_item {
    int64_t booked;        /* received and adjusted, in all */
    int64_t damaged;       /* moved to unavailable */
    int64_t open, taken;   /* of orders: not shipped yet; shipped */
    int64_t back, pending; /* returned: on the shelf again; waiting to be looked at */
};

struct model {
    struct model_item items[MODEL_ITEMS_MAX];
};

struct model_stock {
    int64_t on_hand, available, reserved, unavailable;
};

void model_booked(struct model *model, int item, int64_t units);
void model_damaged(struct model *model, int item, int64_t units);
/* All orders are told anew at each look. */
void model_forget_sales(struct model *model);
void model_sold(struct model *model, const struct model_sale *sale);
struct model_stock model_stock(const struct model *model, int item);
