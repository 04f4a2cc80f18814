/* SPDX-License-Identifier: Apache-2.0 */
#include "drill/sandbox_pay.h"

#define PAY_US_MIN (200 * (int64_t)US_PER_MS)
#define PAY_US_MAX (800 * (int64_t)US_PER_MS)

struct pay_task {
    struct task task;
    struct shop *shop;
    int64_t order;
    void (*paid)(struct order *order);
};

static void pay_drop(struct task *task)
{
    free(task);
}

bool order_is_paid(const struct order *order)
{
    return order->waits != 0;
}

void order_pay(struct order *order)
{
    order->waits = 1;
}

static void pay_run(struct task *task)
{
    struct pay_task *pay = (struct pay_task *)task;
    struct order *order = order_find(pay->shop, pay->order);
    if (order && !order_is_paid(order) && order->state == ORDER_OPEN) {
        order_pay(order);
        order_touch(order);
        pay->paid(order);
    }
    free(pay);
}

void order_pay_later(const struct order *order, void (*paid)(struct order *order))
{
    struct sandbox *sandbox = order->shop->sandbox;
    struct pay_task *pay = calloc(1, sizeof(*pay));
    must(pay != NULL);
    pay->task.run = pay_run;
    pay->task.drop = pay_drop;
    pay->shop = order->shop;
    pay->order = order->id;
    pay->paid = paid;
    sandbox_later(sandbox, &pay->task, dice_between(&sandbox->dice, PAY_US_MIN, PAY_US_MAX));
}
