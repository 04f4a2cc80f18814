/* SPDX-License-Identifier: Apache-2.0 */
/* What happened: deliveries, events, pushes, incidents, jobs. */
#include "engine/autopsy.h"
#include "engine/incident.h"
#include "engine/show.h"

static void text_or_null(struct json_writer *w, const char *key, struct slice text)
{
    if (text.n) {
        json_field_text(w, key, text);
    } else {
        json_field_null(w, key);
    }
}

void show_incident(struct show *s, const struct incident_row *row, const struct rows *autopsies)
{
    struct json_writer *w = &s->w;
    json_begin_object(w);
    show_id(s, "id", row->n);
    json_field_text(w, "code", row->code);
    json_field_str(w, "state", row->is_open ? "open" : "resolved");
    text_or_null(w, "channel", row->channel);
    text_or_null(w, "sku", row->sku);
    text_or_null(w, "order", row->order);
    show_id(s, "delivery", row->delivery);
    json_field_text(w, "title", row->title);
    json_field_text(w, "detail", row->detail);
    const struct incident_kind *kind = incident_kind(row->code);
    json_field_str(w, "urgency", incident_urgency_text(kind ? kind->urgency : URGENCY_SOON));
    json_field_str(w, "meaning", kind ? kind->meaning : "");
    json_field_str(w, "doing", kind ? kind->doing : "");
    json_field_text(w, "action", row->action);
    json_field_str(w, "until", kind ? kind->until : "");
    json_field_time(w, "until_at", row->until_us);
    json_field_int(w, "times", row->times);
    json_field_time(w, "opened_at", row->opened_at_us);
    json_field_time(w, "updated_at", row->updated_at_us);
    json_field_time(w, "resolved_at", row->resolved_at_us);
    text_or_null(w, "resolved_by", row->resolved_by);
    text_or_null(w, "resolution", row->resolution);
    if (autopsies) {
        json_key(w, "autopsy");
        json_begin_array(w);
        for (size_t i = 0; i < autopsies->count; i++) {
            show_autopsy(s, autopsies->items[i]);
        }
        json_end_array(w);
    }
    json_end_object(w);
}

/* What it means that the difference is open, or how it ended. */
static const char *difference_about(const struct difference_row *row)
{
    switch (row->cause) {
    case CAUSE_FOREIGN:
        return "somebody else wrote the count";
    case CAUSE_OURS:
        return "an older write of ours took effect after a newer one";
    case CAUSE_FLAG:
        return "units are there, but the channel has them marked as sold out";
    case CAUSE_LATE_SHOP:
        return "the channel came round by itself: its keeper was late";
    case CAUSE_LATE_EVENT:
        return "the ledger came round: an order or a count reached us late";
    case CAUSE_UNKNOWN:
        break;
    }
    return row->ended_at_us ? "it ended, and nothing says why it was"
                            : "nothing explains it yet: no order, no push, no other writer seen";
}

void show_drift(struct show *s, const struct difference_row *row)
{
    struct json_writer *w = &s->w;
    json_begin_object(w);
    show_id(s, "id", row->n);
    show_channel_code(s, "channel", row->channel);
    show_sku_code(s, "sku", row->sku);
    show_id(s, "listing", row->listing.v);
    json_field_str(w, "mode", channel_mode_text(row->mode));
    json_field_str(w, "state", row->ended_at_us ? "ended" : "open");
    json_field_int(w, "shown", row->shown);
    json_field_int(w, "computed", row->computed);
    json_field_str(w, "cause", difference_cause_text(row->cause));
    json_field_str(w, "about", difference_about(row));
    json_field_int(w, "times", row->times);
    json_field_time(w, "began_at", row->began_at_us);
    json_field_time(w, "seen_at", row->seen_at_us);
    json_field_time(w, "ended_at", row->ended_at_us);
    json_end_object(w);
}

void show_delivery(struct show *s, const struct delivery_row *row)
{
    struct json_writer *w = &s->w;
    json_begin_object(w);
    show_id(s, "id", row->n);
    show_channel_code(s, "channel", row->channel);
    json_field_text(w, "topic", row->topic);
    json_field_time(w, "received_at", row->received_at_us);
    json_field_str(w, "state", delivery_state_text(row->state));
    text_or_null(w, "reason", row->reason);
    text_or_null(w, "order", row->order);
    text_or_null(w, "version", row->version);
    json_end_object(w);
}

void show_event(struct show *s, const struct event_row *row)
{
    struct json_writer *w = &s->w;
    json_begin_object(w);
    show_id(s, "id", row->n);
    json_field_time(w, "at", row->at_us);
    json_field_text(w, "kind", row->kind);
    show_channel_code(s, "channel", row->channel);
    json_field_text(w, "subject", row->subject);
    json_field_raw(w, "facts", row->facts);
    json_end_object(w);
}

/* A share of the latency; null when either end is unknown. */
static void show_between(struct json_writer *w, const char *key, int64_t from_us, int64_t to_us)
{
    if (from_us && to_us) {
        json_field_ms(w, key, to_us > from_us ? to_us - from_us : 0);
    } else {
        json_field_null(w, key);
    }
}

void show_push(struct show *s, const struct push_row *row)
{
    struct json_writer *w = &s->w;
    json_begin_object(w);
    show_id(s, "id", row->n);
    show_id(s, "listing", row->listing.v);
    show_channel_code(s, "channel", row->channel);
    show_sku_code(s, "sku", row->sku);
    json_field_int(w, "value", row->value);
    show_limit(s, "compare", row->compare);
    json_field_str(w, "state", push_state_text(row->state));
    text_or_null(w, "reason", row->reason);
    json_field_time(w, "happened_at", row->happened_at_us);
    json_field_time(w, "received_at", row->received_at_us);
    json_field_time(w, "committed_at", row->committed_at_us);
    json_field_time(w, "sent_at", row->sent_at_us);
    json_field_time(w, "answered_at", row->answered_at_us);
    json_key(w, "latency_ms");
    json_begin_object(w);
    show_between(w, "their_event_to_receipt", row->happened_at_us, row->received_at_us);
    show_between(w, "receipt_to_commit", row->received_at_us, row->committed_at_us);
    show_between(w, "commit_to_send", row->committed_at_us, row->sent_at_us);
    show_between(w, "send_to_confirmation", row->sent_at_us, row->answered_at_us);
    json_end_object(w);
    json_end_object(w);
}

void show_job(struct show *s, const struct job_row *row)
{
    struct json_writer *w = &s->w;
    json_begin_object(w);
    show_id(s, "id", row->id);
    json_field_text(w, "kind", row->kind);
    json_field_text(w, "state", row->state);
    show_channel_code(s, "channel", row->channel);
    json_field_int(w, "done", row->done);
    json_field_int(w, "total", row->total);
    json_field_raw(w, "result", row->result);
    json_field_raw(w, "review", row->review.n ? row->review : SLICE("[]"));
    text_or_null(w, "error", row->error);
    json_field_time(w, "created_at", row->created_at_us);
    json_end_object(w);
}
