/* SPDX-License-Identifier: Apache-2.0 */
/* Orders of shops that speak our API, and what a person says about an incident. */
#include "channels/api/api_order.h"
#include "engine/request.h"
#include "engine/request_parts.h"

const struct channel_config *
request_order_channel(struct batch *b, struct turn *turn, struct json body, struct slice unsaid)
{
    struct slice code = unsaid;
    struct json said = json_get(body, "channel");
    if (json_type(said) == JSON_NONE ? code.n == 0 : !json_text(said, &code)) {
        request_refuse(
            turn, 400, "invalid", "channel", "channel is missing: the code of an api channel");
        return NULL;
    }
    const struct channel_config *channel = config_channel_by_code(b->config, code);
    if (!channel) {
        request_refuse(turn,
                       422,
                       "unknown-channel",
                       "channel",
                       "channel: there is no channel '%.*s'",
                       code.n < 100 ? (int)code.n : 100,
                       code.p);
        return NULL;
    }
    if (channel->connector != &connector_api) {
        request_refuse(turn,
                       422,
                       "connector",
                       "channel",
                       "'%.*s' sends its orders itself; snapshots are taken from channels of the "
                       "connector 'api'",
                       SLICE_ARG(channel->row.code));
        return NULL;
    }
    if (channel->row.mode == MODE_OFF) {
        request_refuse(turn,
                       409,
                       "channel-off",
                       "channel",
                       "'%.*s' is switched off: its orders are not applied",
                       SLICE_ARG(channel->row.code));
        return NULL;
    }
    return channel;
}

void request_order_apply(struct batch *b,
                         struct turn *turn,
                         const struct channel_config *channel,
                         const struct order_snapshot *snapshot)
{
    struct snapshot_outcome outcome;
    const struct batch_order *known = batch_order(b, channel->row.id, snapshot->id);
    bool existed = known && known->exists;
    apply_snapshot(b, channel, snapshot, 0, turn->received_at_us, &outcome);
    const struct batch_order *order = b->err ? NULL : batch_order(b, channel->row.id, snapshot->id);
    if (order) {
        turn->status = existed ? 200 : 201;
        struct show s = request_show(b, turn);
        show_order(&s, &order->row, delivery_state_text(outcome.state));
    }
}

void request_orders_create(struct batch *b, struct turn *turn)
{
    struct json body;
    struct order_snapshot snapshot;
    struct err_note note = {""};
    if (!form_body(b, turn, &body)) {
        return;
    }
    const struct channel_config *channel = request_order_channel(b, turn, body, (struct slice){0});
    if (!channel) {
        return;
    }
    if (!api_decode_order(body, &b->arena, &snapshot, &note)) {
        request_refuse(turn, 400, "invalid", NULL, "%s", note.text);
        return;
    }
    request_order_apply(b, turn, channel, &snapshot);
}

/* Why, in the person's words; an empty body gives no reason. */
static bool resolve_form(struct batch *b, struct turn *turn, struct slice *out_reason)
{
    static const char *const fields[] = {"reason"};
    struct json body;
    if (turn->body.n == 0) {
        return true;
    }
    if (!form_body(b, turn, &body)) {
        return false;
    }
    struct form f = form_begin(b, turn, body, "", fields, COUNT_OF(fields));
    form_text(&f, "reason", 0, out_reason);
    return form_ok(&f);
}

void request_incident_resolve(struct batch *b, struct turn *turn)
{
    int64_t n;
    struct incident_row *row = NULL;
    if (request_arg_id(turn, &n)) {
        batch_fail(b, b->store->ops->incident(b->store, n, &b->arena, &row), "load an incident");
    }
    if (!row) {
        request_not_found(turn, "incident");
        return;
    }
    struct slice reason = {0};
    if (!resolve_form(b, turn, &reason)) {
        return;
    }
    if (row->is_open) {
        batch_incident_resolve(b, row, turn->token_name, reason);
    }
    turn->status = 200;
    struct show s = request_show(b, turn);
    show_incident(&s, row, NULL);
}
