/* SPDX-License-Identifier: Apache-2.0 */
/* What is configured: SKUs, locations, channels, listings, tokens. */
#include "engine/show.h"
#include "base/times.h"

void show_id(struct show *s, const char *key, int64_t id)
{
    char text[24];
    if (id == 0) {
        json_field_null(&s->w, key);
        return;
    }
    (void)snprintf(text, sizeof(text), "%" PRId64, id);
    json_field_str(&s->w, key, text);
}

void show_limit(struct show *s, const char *key, int64_t value)
{
    if (value == POLICY_UNSET) {
        json_field_null(&s->w, key);
    } else {
        json_field_int(&s->w, key, value);
    }
}

static void text_or_null(struct show *s, const char *key, struct slice text)
{
    if (text.n) {
        json_field_text(&s->w, key, text);
    } else {
        json_field_null(&s->w, key);
    }
}

void show_channel_code(struct show *s, const char *key, struct channel_id id)
{
    const struct channel_config *channel = config_channel(s->config, id);
    text_or_null(s, key, channel ? channel->row.code : (struct slice){0});
}

void show_location_code(struct show *s, const char *key, struct location_id id)
{
    const struct location_row *location = config_location(s->config, id);
    text_or_null(s, key, location ? location->code : (struct slice){0});
}

void show_sku_code(struct show *s, const char *key, struct sku_id id)
{
    text_or_null(s, key, id.v ? s->sku_code(s->arg, id) : (struct slice){0});
}

void show_sku(struct show *s, const struct sku_row *row)
{
    struct json_writer *w = &s->w;
    json_begin_object(w);
    show_id(s, "id", row->id.v);
    json_field_text(w, "sku", row->code);
    json_field_text(w, "title", row->title);
    json_field_text(w, "product", row->product);
    json_field_raw(w, "options", row->options.n ? row->options : SLICE("{}"));
    json_field_text(w, "barcode", row->barcode);
    show_limit(s, "buffer", row->buffer);
    json_field_str(w, "oversell", row->backorder ? "backorder" : "deny");
    json_key(w, "components");
    json_begin_array(w);
    for (size_t i = 0; i < row->parts_count; i++) {
        json_begin_object(w);
        show_sku_code(s, "sku", row->parts[i].sku);
        json_field_int(w, "quantity", row->parts[i].quantity);
        json_end_object(w);
    }
    json_end_array(w);
    struct rows aliases = {0};
    s->aliases(s->arg, row->id, &aliases);
    json_key(w, "aliases");
    json_begin_array(w);
    for (size_t i = 0; i < aliases.count; i++) {
        json_put_text(w, ((const struct alias_row *)aliases.items[i])->code);
    }
    json_end_array(w);
    json_end_object(w);
}

void show_location(struct show *s, const struct location_row *row)
{
    struct json_writer *w = &s->w;
    json_begin_object(w);
    json_field_text(w, "code", row->code);
    json_field_text(w, "name", row->name);
    json_field_text(w, "country", row->country);
    json_field_text(w, "region", row->region);
    json_field_bool(w, "active", row->is_active);
    json_end_object(w);
}

void show_channel_settings(struct show *s, const struct channel_row *row)
{
    struct json_writer *w = &s->w;
    json_field_text(w, "code", row->code);
    json_field_text(w, "connector", row->connector);
    json_field_str(w, "mode", channel_mode_text(row->mode));
    json_field_bool(w, "paused", row->paused);
    json_field_raw(w, "settings", row->settings.n ? row->settings : SLICE("{}"));
    json_field_bool(w, "has_secrets", row->secrets.n > 0);
    show_limit(s, "buffer", row->buffer);
    show_limit(s, "percent", row->percent);
    show_limit(s, "cap", row->cap);
    json_field_raw(w, "route", row->route.n ? row->route : SLICE("[]"));
    json_field_time(w, "opened_at", row->opened_at_us);
}

void show_channel(struct show *s, const struct channel_row *row)
{
    json_begin_object(&s->w);
    show_channel_settings(s, row);
    json_field_time(&s->w, "orders_read_through", row->read_through_us);
    json_field_time(&s->w, "cutover_at", row->cutover_at_us);
    json_field_time(&s->w, "watch_until", row->watch_until_us);
    json_end_object(&s->w);
}

const char *listing_state(const struct listing_row *row,
                          const struct channel_config *channel,
                          int64_t sellable,
                          struct slice *out_reason)
{
    *out_reason = (struct slice){0};
    if (row->paused || (channel && channel->row.paused)) {
        *out_reason = row->paused ? SLICE("the listing is paused") : SLICE("the channel is paused");
        return "paused";
    }
    if (row->fault != FAULT_NONE) {
        *out_reason = row->fault_reason;
        return row->fault == FAULT_PARENT_MANAGED ? "parent_managed"
               : row->fault == FAULT_UNMANAGED    ? "unmanaged"
                                                  : "refused";
    }
    switch (row->expected.phase) {
    case EXPECTED_IN_FLIGHT:
        return "in_flight";
    case EXPECTED_UNKNOWN:
        *out_reason = SLICE("the answer of a push is lost: it may have landed");
        return "unknown";
    case EXPECTED_SETTLED:
        break;
    }
    struct range hull = expected_hull(&row->expected);
    int64_t target = sellable + (channel && channel->account.adds_open_units ? row->open_units : 0);
    bool is_clean = row->expected.is_known && hull.lo == hull.hi && hull.lo == target;
    return is_clean ? "ok" : "waiting";
}

static void show_expected(struct show *s, const struct expected *expected)
{
    struct json_writer *w = &s->w;
    if (!expected->is_known) {
        json_field_null(w, "expected");
        json_field_null(w, "expected_lo");
        json_field_null(w, "expected_hi");
        return;
    }
    struct range hull = expected_hull(expected);
    if (hull.lo == hull.hi) {
        json_field_int(w, "expected", hull.lo);
    } else {
        json_field_null(w, "expected");
    }
    json_field_int(w, "expected_lo", hull.lo);
    json_field_int(w, "expected_hi", hull.hi);
}

/* A count and when it was true; null when it never was. */
static void
show_seen(struct show *s, const char *key, int64_t value, const char *at_key, int64_t at_us)
{
    if (at_us) {
        json_field_int(&s->w, key, value);
    } else {
        json_field_null(&s->w, key);
    }
    json_field_time(&s->w, at_key, at_us);
}

void show_listing_settings(struct show *s, const struct listing_row *row)
{
    struct json_writer *w = &s->w;
    show_id(s, "id", row->id.v);
    show_channel_code(s, "channel", row->channel);
    show_sku_code(s, "sku", row->sku);
    json_field_raw(w, "remote", row->remote);
    show_location_code(s, "location", row->location);
    json_field_int(w, "pack_size", row->pack_size);
    show_limit(s, "buffer", row->buffer);
    show_limit(s, "percent", row->percent);
    show_limit(s, "cap", row->cap);
    show_limit(s, "min_to_list", row->min_to_list);
    json_field_bool(w, "paused", row->paused);
}

void show_listing(struct show *s, const struct listing_row *row, int64_t sellable)
{
    struct json_writer *w = &s->w;
    struct slice reason;
    const char *state =
        listing_state(row, config_channel(s->config, row->channel), sellable, &reason);
    json_begin_object(w);
    show_listing_settings(s, row);
    json_field_int(w, "sellable", sellable);
    show_expected(s, &row->expected);
    show_seen(s, "published", row->published, "published_at", row->published_at_us);
    show_seen(s, "observed", row->observed, "observed_at", row->observed_at_us);
    json_field_str(w, "state", state);
    text_or_null(s, "state_reason", reason);
    json_end_object(w);
}

void show_token(struct show *s, const struct token_row *row, struct slice secret)
{
    struct json_writer *w = &s->w;
    json_begin_object(w);
    show_id(s, "id", row->id);
    json_field_text(w, "name", row->name);
    json_field_str(w, "scope", scope_text(row->scope));
    json_field_time(w, "created_at", row->created_at_us);
    json_field_bool(w, "revoked", row->is_revoked);
    if (row->expires_at_us) {
        json_field_time(w, "expires_at", row->expires_at_us);
    } else {
        json_field_null(w, "expires_at");
    }
    char day[TIME_TEXT_MAX];
    struct slice used = time_format(row->used_day * 24 * 3600 * US_PER_S, day);
    used.n = row->used_day < 0 ? 0 : sizeof("2026-11-27") - 1;
    text_or_null(s, "last_used_on", used);
    text_or_null(s, "made_by", row->made_by);
    if (secret.n) {
        json_field_text(w, "token", secret);
    }
    json_end_object(w);
}
