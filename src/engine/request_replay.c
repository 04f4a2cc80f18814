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

/* Who applied it once more, and why. */
static void log_replay(struct batch *b, const struct turn *turn)
{
    ON_EXIT(buf_free) struct buf facts;
    buf_init(&facts, 64 * 1024);
    struct json_writer w = json_writer(&facts);
    json_begin_object(&w);
    json_field_int(&w, "token", turn->token_id);
    json_field_text(&w, "name", turn->token_name);
    json_key(&w, "request");
    json_begin_object(&w);
    json_field_int(&w, "delivery", turn->delivery.n);
    if (turn->args && turn->args[0].n) {
        json_field_text(&w, "reason", turn->args[0]);
    }
    json_end_object(&w);
    json_end_object(&w);
    batch_event(b,
                "replay",
                turn->delivery.channel,
                arena_printf(&b->arena, "delivery %" PRId64, turn->delivery.n),
                buf_view(&facts));
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
    log_replay(b, turn);
    turn->status = 200;
    struct show s = request_show(b, turn);
    show_difference(&s, turn, b, first);
}
