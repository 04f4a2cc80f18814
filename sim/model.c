/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/model.h"

void model_booked(struct model *model, int item, int64_t units)
{
    model->items[item].booked += units;
}

void model_damaged(struct model *model, int item, int64_t units)
{
    model->items[item].damaged += units;
}

void model_forget_sales(struct model *model)
{
    for (int i = 0; i < MODEL_ITEMS_MAX; i++) {
        struct model_item *item = &model->items[i];
        item->open = item->taken = item->back = item->pending = 0;
    }
}

void model_sold(struct model *model, const struct model_sale *sale)
{
    struct model_item *item = &model->items[sale->item];
    int64_t open = sale->ordered - sale->cancelled - sale->fulfilled;
    item->open += open > 0 ? open : 0;
    item->taken += sale->fulfilled;
    item->back += sale->restocked;
    item->pending += sale->returned - sale->restocked;
}

struct model_stock model_stock(const struct model *model, int number)
{
    const struct model_item *item = &model->items[number];
    int64_t here = item->booked - item->taken + item->back;
    return (struct model_stock){
        .on_hand = here + item->pending,
        .reserved = item->open,
        .unavailable = item->damaged + item->pending,
        .available = here - item->open - item->damaged,
    };
}
