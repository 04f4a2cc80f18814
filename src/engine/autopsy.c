/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/autopsy.h"

#define PAGE 100
#define MOVEMENTS_MAX 5000 /* looked through for one unit */
#define PUSHES_MAX 500

static bool is_from_available(const struct movement *m, struct location_id location)
{
    return m->from.bucket == BUCKET_AVAILABLE && m->from.location.v == location.v;
}

static bool took_the_last(const struct movement *m, struct location_id location)
{
    return is_from_available(m, location) && m->from_after <= 0 && m->from_after + m->quantity > 0;
}

/* ---- movements of a SKU, the newest first ---- */

typedef bool movement_fn(void *arg, const struct movement_row *row); /* false: enough */

static enum err each_before(struct store *store,
                            struct sku_id sku,
                            int64_t before,
                            movement_fn *fn,
                            void *arg,
                            struct arena *arena)
{
    struct store_query q = {
        .sku = sku, .after = before, .limit = PAGE, .newest_first = true, .state = -1};
    for (size_t looked = 0; looked < MOVEMENTS_MAX;) {
        struct rows page = {0};
        enum err e = store->ops->list_movements(store, &q, arena, &page);
        if (e) {
            return e;
        }
        for (size_t i = 0; i < page.count; i++, looked++) {
            const struct movement_row *row = page.items[i];
            q.after = row->n;
            if (!fn(arg, row)) {
                return ERR_OK;
            }
        }
        if (page.count < PAGE) {
            break;
        }
    }
    return ERR_OK;
}

struct ran_out {
    struct location_id location;
    int64_t at_us;
};

static bool look_for_end(void *arg, const struct movement_row *row)
{
    struct ran_out *r = arg;
    if (!took_the_last(&row->movement, r->location)) {
        return true;
    }
    r->at_us = row->recorded_at_us;
    return false;
}

enum err autopsy_ran_out_at(struct store *store,
                            struct sku_id sku,
                            struct location_id location,
                            struct arena *arena,
                            int64_t *out_us)
{
    struct ran_out r = {.location = location};
    *out_us = 0;
    enum err e = each_before(store, sku, 0, look_for_end, &r, arena);
    if (!e) {
        *out_us = r.at_us;
    }
    return e;
}

/* ---- the channel that sold it again ---- */

struct story {
    struct autopsy *a;
    int64_t told_us; /* when the last push that it had confirmed left; 0: none */
    bool has_first;
};

static bool look_for_first(void *arg, const struct movement_row *row)
{
    struct story *s = arg;
    const struct movement *m = &row->movement;
    struct autopsy *a = s->a;
    bool is_since = s->told_us == 0 || row->recorded_at_us > s->told_us;
    if (is_since && m->channel.v != a->channel.v) {
        a->taken_by_others += m->from.bucket == BUCKET_AVAILABLE ? m->quantity : 0;
        a->taken_by_others -= m->to.bucket == BUCKET_AVAILABLE ? m->quantity : 0;
    }
    if (!s->has_first && took_the_last(m, a->location)) {
        a->first = *row;
        s->has_first = true;
    }
    return !s->has_first || (s->told_us && row->recorded_at_us > s->told_us);
}

static const struct listing_row *
listing_of(struct store *store, const struct autopsy *a, struct sku_id sold, struct arena *arena)
{
    struct rows found = {0};
    if (store->ops->listings_of_sku(store, sold, arena, &found) != ERR_OK) {
        return NULL;
    }
    const struct listing_row *any = NULL;
    for (size_t i = 0; i < found.count; i++) {
        const struct listing_row *row = found.items[i];
        if (row->channel.v == a->channel.v) {
            any = !any || row->location.v == a->location.v ? row : any;
        }
    }
    return any;
}

static enum err
load_pushes(struct store *store, struct listing_id listing, struct arena *arena, struct rows *out)
{
    const struct store_query q = {
        .listing = listing, .limit = PUSHES_MAX, .newest_first = true, .state = -1};
    return store->ops->list_pushes(store, &q, arena, out);
}

/* What it had confirmed when it sold, and when that had left. */
static void find_shown(struct autopsy *a, const struct rows *pushes, int64_t *out_told_us)
{
    *out_told_us = 0;
    for (size_t i = 0; i < pushes->count && *out_told_us == 0; i++) {
        const struct push_row *push = pushes->items[i];
        if (push->state == PUSH_DONE && push->answered_at_us <= a->sold_at_us) {
            a->shown = push->value;
            *out_told_us = push->sent_at_us;
        }
    }
}

/* The push that told it of the first sale: the first that left afterwards. */
static void find_push(struct autopsy *a, const struct rows *pushes)
{
    for (size_t i = 0; i < pushes->count; i++) {
        const struct push_row *push = pushes->items[i];
        bool is_good = push->state == PUSH_DONE || push->state == PUSH_TAKEN;
        if (push->sent_at_us < a->first.recorded_at_us) {
            return;
        }
        if (is_good || a->push.n == 0) {
            a->push = *push;
        }
    }
}

static void judge(struct autopsy *a, int64_t pack_size)
{
    bool is_told = a->push.n && a->push.state != PUSH_FAILED;
    bool is_confirmed = a->push.n && (a->push.state == PUSH_DONE || a->push.state == PUSH_TAKEN);
    int64_t received = a->push.received_at_us;
    bool is_its_own = received && received <= a->first.recorded_at_us;
    a->times =
        (struct autopsy_times){.first_sale_us = a->first.n ? a->first.movement.happened_at_us : 0,
                               .received_us = is_its_own ? received : 0,
                               .committed_us = a->first.n ? a->first.recorded_at_us : 0,
                               .sent_us = is_told ? a->push.sent_at_us : 0,
                               .confirmed_us = is_confirmed ? a->push.answered_at_us : 0,
                               .second_sale_us = a->sold_at_us,
                               .second_committed_us = a->booked_at_us};
    if (a->first.n) {
        a->verdict = autopsy_judge(&a->times);
    } else {
        a->verdict = (struct autopsy_verdict){.stage = STAGE_NEVER_PUSHED};
    }
    a->buffer = autopsy_buffer(a->taken_by_others, pack_size);
}

static enum err tell(
    struct store *store, struct sku_id sold, int64_t before, struct arena *arena, struct autopsy *a)
{
    struct rows pushes = {0};
    struct story story = {.a = a};
    const struct listing_row *listing = listing_of(store, a, sold, arena);
    enum err e = listing ? load_pushes(store, listing->id, arena, &pushes) : ERR_OK;
    if (e) {
        return e;
    }
    find_shown(a, &pushes, &story.told_us);
    e = each_before(store, a->sku, before, look_for_first, &story, arena);
    if (e) {
        return e;
    }
    if (a->first.n) {
        find_push(a, &pushes);
    }
    judge(a, listing ? listing->pack_size : 1);
    return ERR_OK;
}

/* The SKU that the line's listing sells. */
static struct sku_id sold_of(const struct order *order, struct slice line, struct sku_id part)
{
    for (size_t i = 0; i < order->lines_count; i++) {
        if (slice_equal(order->lines[i].id, line) && order->lines[i].sku.v) {
            return order->lines[i].sku;
        }
    }
    return part;
}

static enum err add_of_sku(struct store *store,
                           const struct order *order,
                           struct sku_id sku,
                           struct arena *arena,
                           struct rows *out)
{
    struct rows booked = {0};
    const struct store_query q = {
        .sku = sku, .channel = order->channel, .order = order->id, .limit = PAGE, .state = -1};
    enum err e = store->ops->list_movements(store, &q, arena, &booked);
    for (size_t i = 0; !e && i < booked.count; i++) {
        const struct movement_row *row = booked.items[i];
        const struct movement *m = &row->movement;
        if (m->kind != MOVE_RESERVE || m->from.bucket != BUCKET_AVAILABLE || m->from_after >= 0) {
            continue;
        }
        struct autopsy *a = ARENA_NEW(arena, struct autopsy);
        if (!a || !rows_add(out, arena, a)) {
            return ERR_LIMIT;
        }
        *a = (struct autopsy){.sku = sku,
                              .location = m->from.location,
                              .channel = order->channel,
                              .order = order->id,
                              .line = m->line,
                              .units = m->quantity < -m->from_after ? m->quantity : -m->from_after,
                              .booked_at_us = row->recorded_at_us,
                              .sold_at_us = m->happened_at_us,
                              .shown = POLICY_UNSET};
        e = tell(store, sold_of(order, m->line, sku), row->n, arena, a);
    }
    return e;
}

static bool is_done(const struct order *order, size_t line, size_t part)
{
    for (size_t i = 0; i <= line; i++) {
        size_t parts = i == line ? part : order->lines[i].parts_count;
        for (size_t p = 0; p < parts; p++) {
            if (order->lines[i].parts[p].sku.v == order->lines[line].parts[part].sku.v) {
                return true;
            }
        }
    }
    return false;
}

enum err autopsy_of_order(struct store *store,
                          struct channel_id channel,
                          struct slice order,
                          struct arena *arena,
                          struct rows *out)
{
    struct order_row *row = NULL;
    enum err e = store->ops->order(store, channel, order, arena, &row);
    if (e || !row) {
        return e ? e : ERR_NOT_FOUND;
    }
    const struct order *o = &row->order;
    for (size_t i = 0; !e && i < o->lines_count; i++) {
        for (size_t p = 0; !e && p < o->lines[i].parts_count; p++) {
            if (!is_done(o, i, p)) {
                e = add_of_sku(store, o, o->lines[i].parts[p].sku, arena, out);
            }
        }
    }
    return e;
}

/* ---- as the API shows it ---- */

struct moment {
    int64_t at_us;
    const char *what;
    bool is_second; /* of the sale that found nothing left */
};

static int by_time(const void *a, const void *b)
{
    const struct moment *x = a, *y = b;
    return x->at_us < y->at_us ? -1 : x->at_us > y->at_us;
}

static void show_timeline(struct show *s, const struct autopsy *a)
{
    struct moment moments[] = {
        {a->times.first_sale_us, "first_sale", false},
        {a->times.received_us, "received", false},
        {a->times.committed_us, "committed", false},
        {a->times.sent_us, "push_sent", false},
        {a->times.confirmed_us, "push_confirmed", false},
        {a->times.second_sale_us, "second_sale", true},
        {a->times.second_committed_us, "second_committed", true},
    };
    struct json_writer *w = &s->w;
    int64_t begin_us = 0;
    qsort(moments, COUNT_OF(moments), sizeof(moments[0]), by_time);
    json_key(w, "timeline");
    json_begin_array(w);
    for (size_t i = 0; i < COUNT_OF(moments); i++) {
        if (moments[i].at_us == 0) {
            continue;
        }
        begin_us = begin_us ? begin_us : moments[i].at_us;
        json_begin_object(w);
        json_field_time(w, "at", moments[i].at_us);
        json_field_int(w, "ms", (moments[i].at_us - begin_us) / US_PER_MS);
        json_field_str(w, "what", moments[i].what);
        struct channel_id channel =
            moments[i].is_second || slice_starts(slice_of(moments[i].what), "push")
                ? a->channel
                : a->first.movement.channel;
        show_channel_code(s, "channel", channel);
        json_end_object(w);
    }
    json_end_array(w);
}

static void show_first(struct show *s, const struct autopsy *a)
{
    struct json_writer *w = &s->w;
    const struct movement *m = &a->first.movement;
    if (a->first.n == 0) {
        return;
    }
    json_key(w, "first");
    json_begin_object(w);
    json_field_str(w, "kind", movement_kind_text(m->kind));
    show_channel_code(s, "channel", m->channel);
    json_field_text(w, "order", m->order);
    json_field_int(w, "quantity", m->quantity);
    show_id(s, "movement", a->first.n);
    json_end_object(w);
}

void show_autopsy(struct show *s, const struct autopsy *a)
{
    struct json_writer *w = &s->w;
    json_begin_object(w);
    show_sku_code(s, "sku", a->sku);
    show_location_code(s, "location", a->location);
    show_channel_code(s, "channel", a->channel);
    json_field_text(w, "order", a->order);
    json_field_text(w, "line", a->line);
    json_field_int(w, "units", a->units);
    show_first(s, a);
    show_id(s, "push", a->push.n);
    show_limit(s, "shown", a->shown);
    show_timeline(s, a);
    json_field_str(w, "stage", autopsy_stage_code(a->verdict.stage));
    json_field_int(w, "stage_ms", a->verdict.stage_us / US_PER_MS);
    json_field_str(w,
                   "blame",
                   a->first.n ? autopsy_stage_text(a->verdict.stage)
                              : "nobody took the last unit: the ledger had none when it was sold");
    json_field_int(w, "window_ms", a->first.n ? a->verdict.window_us / US_PER_MS : 0);
    json_field_int(w, "taken_by_others", a->taken_by_others > 0 ? a->taken_by_others : 0);
    json_field_int(w, "smallest_buffer", a->buffer);
    json_end_object(w);
}
