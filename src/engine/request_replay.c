/* SPDX-License-Identifier: Apache-2.0 */
/* A delivery applied once more, or only tried: what it books now is the difference to what is
 * booked already. */
#include "engine/request.h"
#include "engine/request_parts.h"

static void show_difference(struct show *s, const struct turn *turn, struct batch *b, size_t first)
{
    struct json_writer *w = &s->w;
    json_begin_object(w);
    show_id(s, "id", turn->replay_of);
    json_field_bool(w, "dry_run", turn->is_dry_run);
    json_field_str(w, "state", delivery_state_text(turn->delivery.state));
    if (turn->delivery.reason.n) {
        json_field_text(w, "reason", turn->delivery.reason);
    } else {
        json_field_null(w, "reason");
    }
    json_key(w, "movements");
    json_begin_array(w);
    for (size_t i = first; i < b->changes.movements.count; i++) {
        struct movement_row row = *(const struct movement_row *)b->changes.movements.items[i];
        if (turn->is_dry_run) { /* they get no place in the ledger */
            row.n = 0;
            row.event = 0;
            row.recorded_at_us = 0;
        }
        show_movement(s, &row);
    }
    json_end_array(w);
    json_end_object(w);
}

#define ERASE_MAX 500

void requests_erase_bodies(struct batch *b, struct turn *turn)
{
    int64_t before_us = 0;
    bool more = false;
    must(slice_int(turn->args[0], &before_us));
    batch_fail(b,
               b->store->ops->erase_bodies(b->store, before_us, ERASE_MAX, &more),
               "erase bodies of deliveries");
    turn->status = more ? 200 : 204;
}

void request_replay(struct batch *b, struct turn *turn)
{
    size_t first = b->changes.movements.count;
    turn->delivery = (struct delivery_row){0};
    turn_delivery(b, turn);
    if (b->err) {
        return;
    }
    if (turn->delivery.n == 0) {
        request_refuse(turn, 404, "not-found", NULL, "the delivery is gone");
        return;
    }
    turn->status = 200;
    struct show s = request_show(b, turn);
    show_difference(&s, turn, b, first);
}
