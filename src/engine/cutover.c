/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/cutover.h"
#include "engine/request_parts.h"
#include "engine/shadow.h"

#define WATCH_DEFAULT_MIN 30
#define WATCH_MIN_MAX (7 * 24 * 60)
#define LIMIT_DEFAULT 500 /* 5 % */
#define LOOK_LISTINGS 20000
#define PAGE 500
#define MINUTE_US (60 * US_PER_S)

/* ---- the checklist ---- */

static struct cutover_check *
add(struct cutover_check *checks, size_t *count, const char *code, bool is_ok)
{
    must(*count < CUTOVER_CHECKS_MAX);
    struct cutover_check *check = &checks[(*count)++];
    *check = (struct cutover_check){.code = code, .is_ok = is_ok};
    return check;
}

struct listings_seen {
    int64_t all, unmoved, faulty;
    bool has_more;
};

static enum err look_at_listings(struct store *store,
                                 struct channel_id channel,
                                 struct arena *arena,
                                 struct listings_seen *out)
{
    struct store_query q = {.channel = channel, .limit = PAGE, .state = -1};
    *out = (struct listings_seen){0};
    while (out->all < LOOK_LISTINGS) {
        struct rows page = {0};
        enum err e = store->ops->list_listings(store, &q, arena, &page);
        if (e) {
            return e;
        }
        struct sku_id ids[PAGE];
        struct sku_row *skus[PAGE];
        for (size_t i = 0; i < page.count; i++) {
            ids[i] = ((const struct listing_row *)page.items[i])->sku;
        }
        e = page.count ? store->ops->skus(store, ids, page.count, arena, skus) : ERR_OK;
        for (size_t i = 0; !e && i < page.count; i++) {
            const struct listing_row *row = page.items[i];
            out->all++;
            out->unmoved += skus[i] && !skus[i]->has_moved && skus[i]->parts_count == 0;
            out->faulty += row->fault != FAULT_NONE;
            q.after = row->id.v;
        }
        if (e || page.count < PAGE) {
            return e;
        }
    }
    out->has_more = true;
    return ERR_OK;
}

static struct slice counted(struct arena *arena, int64_t n, const struct listings_seen *seen)
{
    return arena_printf(arena,
                        "%" PRId64 " of %s%" PRId64 " listings",
                        n,
                        seen->has_more ? "the first " : "",
                        seen->all);
}

static enum err check_listings(struct store *store,
                               const struct channel_config *channel,
                               struct arena *arena,
                               struct cutover_check *checks,
                               size_t *count)
{
    struct listings_seen seen;
    enum err e = look_at_listings(store, channel->row.id, arena, &seen);
    if (e) {
        return e;
    }
    struct cutover_check *check = add(checks, count, "listings", seen.all > 0);
    check->is_hard = true;
    check->detail = arena_printf(arena, "%" PRId64 " listings are linked", seen.all);
    check->action = SLICE("import the catalogue and link it (truecount channel import)");
    check = add(checks, count, "opening_balance", seen.unmoved == 0);
    check->detail = counted(arena, seen.unmoved, &seen);
    check->detail = arena_printf(
        arena, "%.*s have no opening balance: they are not written", SLICE_ARG(check->detail));
    check->action = SLICE("book it (truecount opening), or leave them as they are");
    check = add(checks, count, "listings_sound", seen.faulty == 0);
    check->detail = counted(arena, seen.faulty, &seen);
    check->detail =
        arena_printf(arena, "%.*s are refused or not managed", SLICE_ARG(check->detail));
    check->action = SLICE("see their state_reason (GET /v1/listings)");
    return ERR_OK;
}

static enum err check_incidents(struct store *store,
                                const struct channel_config *channel,
                                struct arena *arena,
                                struct cutover_check *checks,
                                size_t *count)
{
    static const char *const codes[] = {"TOKEN", "CHANNEL-DOWN", "SUBSCRIPTION-DEAD"};
    const char *found = NULL;
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        struct incident_row *row = NULL;
        enum err e =
            store->ops->incident_open(store, slice_of(codes[i]), channel->row.code, arena, &row);
        if (e) {
            return e;
        }
        found = row ? codes[i] : found;
    }
    struct cutover_check *check = add(checks, count, "channel_sound", !found);
    check->detail = found ? arena_printf(arena, "the incident %s is open", found)
                          : SLICE("it answers, its credentials do, its deliveries arrive");
    check->action = SLICE("see GET /v1/incidents?state=open");
    return ERR_OK;
}

enum err cutover_checklist(struct store *store,
                           const struct channel_config *channel,
                           const struct cutover_bar *bar,
                           int64_t now_us,
                           struct arena *arena,
                           struct cutover_check out[CUTOVER_CHECKS_MAX],
                           size_t *out_count)
{
    *out_count = 0;
    bool works = channel->connector && channel->account_error == ERR_OK;
    struct cutover_check *check = add(out, out_count, "settings", works);
    check->is_hard = true;
    check->detail = works ? SLICE("settings and secrets do") : slice_of(channel->account_note.text);
    check->action = SLICE("connect the channel (truecount channel connect)");
    bool is_mapped =
        !works || !channel_has_locations(channel) || channel->account.locations_count > 0;
    check = add(out, out_count, "locations", is_mapped);
    check->is_hard = true;
    check->detail = is_mapped ? SLICE("locations are mapped where the channel has its own")
                              : SLICE("the channel has locations, and none is mapped");
    check->action = SLICE("add location_map to its settings");
    enum err e = check_incidents(store, channel, arena, out, out_count);
    e = e ? e : check_listings(store, channel, arena, out, out_count);
    struct shadow_report report;
    e = e ? e : shadow_report(store, channel->row.id, bar, 1, now_us, arena, &report);
    if (e) {
        return e;
    }
    bool is_read = works && channel->connector->semantics.reads_counts;
    check = add(out, out_count, "shadow", report.lack == LACK_NONE || !is_read);
    check->detail = report.lack == LACK_NONE ? SLICE("shadow mode agreed as the bar asks")
                    : is_read                ? shadow_lack_text(&report, arena)
                              : SLICE("its counts cannot be read: there is nothing to compare");
    check->action = SLICE("let it run in shadow mode, and see GET /v1/reports/shadow/{channel}");
    return ERR_OK;
}

void show_checklist(struct show *s, const struct cutover_check *checks, size_t count)
{
    struct json_writer *w = &s->w;
    json_begin_array(w);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(w);
        json_field_str(w, "check", checks[i].code);
        json_field_bool(w, "ok", checks[i].is_ok);
        json_field_bool(w, "required", checks[i].is_hard);
        json_field_text(w, "detail", checks[i].detail);
        json_field_text(w, "action", checks[i].is_ok ? (struct slice){0} : checks[i].action);
        json_end_object(w);
    }
    json_end_array(w);
}

/* ---- the job ---- */

static struct slice id_text(struct batch *b, int64_t id)
{
    return arena_printf(&b->arena, "%" PRId64, id);
}

struct plan {
    int64_t at_us, watch_us, limit;
    int64_t readings, differed;
};

static void write_result(struct batch *b, struct job_row *job, const struct plan *p)
{
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, (size_t)64 * 1024);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    json_field_time(&w, "at", p->at_us);
    json_field_int(&w, "watch_minutes", p->watch_us / MINUTE_US);
    json_field_int(&w, "limit", p->limit);
    json_field_int(&w, "readings", p->readings);
    json_field_int(&w, "differed", p->differed);
    json_end_object(&w);
    job->result = arena_copy(&b->arena, buf_view(&text));
}

static void read_result(struct batch *b, const struct job_row *job, struct plan *out)
{
    struct json root;
    struct err_note note;
    int64_t minutes = WATCH_DEFAULT_MIN;
    *out = (struct plan){.limit = LIMIT_DEFAULT};
    if (batch_json(b, b->parser, job->result, &root, &note)) {
        (void)json_int(json_get(root, "watch_minutes"), &minutes);
        (void)json_int(json_get(root, "limit"), &out->limit);
        (void)json_int(json_get(root, "readings"), &out->readings);
        (void)json_int(json_get(root, "differed"), &out->differed);
    }
    out->watch_us = minutes * MINUTE_US;
}

static struct job_row *job_of(struct batch *b, const struct channel_row *row)
{
    struct job_row *job = NULL;
    if (row->cutover_job) {
        batch_fail(b,
                   b->store->ops->job(b->store, row->cutover_job, &b->arena, &job),
                   "load a cutover's job");
    }
    return job;
}

static void
end_job(struct batch *b, const struct channel_row *row, const char *state, const char *error)
{
    struct job_row *job = job_of(b, row);
    if (job && (slice_is(job->state, "queued") || slice_is(job->state, "running"))) {
        job->state = slice_of(state);
        job->error = error ? slice_of(error) : (struct slice){0};
        request_change(b, &b->changes.jobs, job);
    }
}

/* The channel's row, to be changed in this commit. */
static struct channel_row *changed(struct batch *b, const struct channel_config *channel)
{
    struct channel_row *row = ARENA_NEW(&b->arena, struct channel_row);
    if (row) {
        *row = channel->row;
        row->version++;
    }
    request_change(b, &b->changes.channels, row);
    b->config_changed = true;
    return row;
}

static void take_over(struct batch *b, const struct channel_config *channel, struct job_row *job)
{
    struct channel_row *row = changed(b, channel);
    struct plan plan;
    read_result(b, job, &plan);
    if (!row) {
        return;
    }
    row->mode = MODE_LIVE;
    row->cutover_at_us = b->now_us;
    row->watch_until_us = b->now_us + plan.watch_us;
    row->cutover_job = job->id;
    plan.at_us = b->now_us;
    write_result(b, job, &plan);
    job->state = SLICE("running");
    request_change(b, &b->changes.jobs, job);
    batch_event_text(b, "cutover", row->id, row->code, "job", id_text(b, job->id));
    request_hint_channel(b, row->id);
}

/* ---- requests ---- */

struct wish {
    int64_t at_us, watch_min, limit_percent;
    struct cutover_bar bar;
    struct json said;
    struct slice force, reason; /* force: why the checklist does not matter; empty: it does */
};

static bool read_wish(struct batch *b, struct turn *turn, struct wish *out)
{
    static const char *const fields[] = {
        "at", "watch_minutes", "limit_percent", "bar_days", "force", "reason"};
    struct json body = {0};
    *out = (struct wish){
        .watch_min = WATCH_DEFAULT_MIN, .limit_percent = 5, .bar = CUTOVER_BAR_DEFAULT};
    if (slice_trim(turn->body).n == 0) {
        return true;
    }
    if (!form_body(b, turn, &body)) {
        return false;
    }
    out->said = body;
    struct form f = form_begin(b, turn, body, "", fields, COUNT_OF(fields));
    form_time(&f, "at", &out->at_us);
    form_int(&f, "watch_minutes", 1, WATCH_MIN_MAX, &out->watch_min);
    form_int(&f, "limit_percent", 0, 100, &out->limit_percent);
    form_int(&f, "bar_days", 0, 365, &out->bar.days);
    form_text(&f, "force", 0, &out->force);
    form_text(&f, "reason", 0, &out->reason);
    return form_ok(&f);
}

static void
refuse_unready(struct turn *turn, const struct cutover_check *checks, size_t count, bool is_forced)
{
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, (size_t)16 * 1024);
    for (size_t i = 0; i < count; i++) {
        if (!checks[i].is_ok && (checks[i].is_hard || !is_forced)) {
            buf_printf(&text,
                       "%s%s: %.*s",
                       text.n ? "; " : "",
                       checks[i].code,
                       SLICE_ARG(checks[i].detail));
        }
    }
    if (text.n) {
        request_refuse(turn,
                       409,
                       "not-ready",
                       NULL,
                       "%.*s. See GET /v1/channels/{code}/cutover; \"force\":\"WHY\" goes "
                       "past what is not required",
                       SLICE_ARG(buf_view(&text)));
    }
}

static bool is_ready(struct batch *b,
                     struct turn *turn,
                     const struct channel_config *channel,
                     const struct wish *wish)
{
    struct cutover_check checks[CUTOVER_CHECKS_MAX];
    size_t count = 0;
    if (channel->row.mode == MODE_LIVE) {
        request_refuse(turn, 409, "live", NULL, "the channel is live already");
        return false;
    }
    if (channel->row.mode == MODE_OFF) {
        request_refuse(turn,
                       409,
                       "channel-off",
                       NULL,
                       "the channel is off: PATCH its mode to shadow first, and let it run");
        return false;
    }
    batch_fail(
        b,
        cutover_checklist(b->store, channel, &wish->bar, b->now_us, &b->arena, checks, &count),
        "read the checklist");
    if (!b->err) {
        refuse_unready(turn, checks, count, wish->force.n > 0);
    }
    return !b->err && !request_refused(turn);
}

void request_cutover_create(struct batch *b, struct turn *turn)
{
    const struct channel_config *channel = config_channel_by_code(b->config, turn->args[0]);
    struct wish wish;
    if (!channel) {
        request_not_found(turn, "channel");
        return;
    }
    if (!read_wish(b, turn, &wish) || !is_ready(b, turn, channel, &wish)) {
        return;
    }
    end_job(b, &channel->row, "failed", "planned anew by a later request");
    struct job_row *job = ARENA_NEW(&b->arena, struct job_row);
    if (!job) {
        batch_fail(b, ERR_LIMIT, "a job");
        return;
    }
    const struct plan plan = {.at_us = wish.at_us > b->now_us ? wish.at_us : b->now_us,
                              .watch_us = wish.watch_min * MINUTE_US,
                              .limit = wish.limit_percent * 100};
    *job = (struct job_row){.id = b->store->ops->next_id(b->store, ID_JOB),
                            .kind = SLICE("cutover"),
                            .state = SLICE("queued"),
                            .channel = channel->row.id,
                            .created_at_us = b->now_us,
                            .review = SLICE("[]")};
    write_result(b, job, &plan);
    request_event(
        b, turn, "cutover_planned", channel->row.id, id_text(b, job->id), wish.said, NULL);
    if (wish.at_us <= b->now_us) {
        take_over(b, channel, job);
    } else {
        struct channel_row *row = changed(b, channel);
        request_change(b, &b->changes.jobs, job);
        if (row) {
            row->cutover_at_us = wish.at_us;
            row->watch_until_us = 0;
            row->cutover_job = job->id;
        }
    }
    turn->status = 202;
    buf_printf(&turn->answer, "{\"job\":\"%" PRId64 "\"}", job->id);
}

void cutover_forget(struct batch *b, struct channel_row *row)
{
    end_job(b, row, "failed", "the channel's mode was changed by hand");
    row->cutover_at_us = 0;
    row->watch_until_us = 0;
    row->cutover_job = 0;
}

/* Back to shadow, whatever it was on the way to. */
static void give_back(struct batch *b, const struct channel_config *channel)
{
    struct channel_row *row = changed(b, channel);
    if (row) {
        row->mode = row->mode == MODE_LIVE ? MODE_SHADOW : row->mode;
        row->cutover_at_us = 0;
        row->watch_until_us = 0;
        row->cutover_job = 0;
    }
}

void request_rollback(struct batch *b, struct turn *turn)
{
    const struct channel_config *channel = config_channel_by_code(b->config, turn->args[0]);
    static const char *const fields[] = {"reason"};
    struct json body = {0};
    struct slice reason = {0};
    if (!channel) {
        request_not_found(turn, "channel");
        return;
    }
    if (slice_trim(turn->body).n) {
        if (!form_body(b, turn, &body)) {
            return;
        }
        struct form f = form_begin(b, turn, body, "", fields, COUNT_OF(fields));
        form_text(&f, "reason", 0, &reason);
        if (!form_ok(&f)) {
            return;
        }
    }
    if (channel->row.mode != MODE_LIVE && channel->row.cutover_at_us == 0) {
        request_refuse(
            turn, 409, "not-live", NULL, "the channel is not live: nothing to take back");
        return;
    }
    end_job(b, &channel->row, "failed", "taken back by request");
    give_back(b, channel);
    request_event(b, turn, "rollback", channel->row.id, channel->row.code, body, NULL);
    turn->status = 200;
    struct show s = request_show(b, turn);
    struct channel_row row = channel->row;
    row.mode = row.mode == MODE_LIVE ? MODE_SHADOW : row.mode;
    row.cutover_at_us = 0;
    row.watch_until_us = 0;
    show_channel(&s, &row);
}

/* ---- by the clock ---- */

void requests_cutovers_due(struct batch *b, struct turn *turn)
{
    turn->status = 204;
    for (size_t i = 0; i < b->config->channels_count && !b->err && !b->config_changed; i++) {
        const struct channel_config *channel = &b->config->channels[i];
        const struct channel_row *row = &channel->row;
        bool is_due =
            row->mode == MODE_SHADOW && row->cutover_at_us && row->cutover_at_us <= b->now_us;
        bool is_over =
            row->mode == MODE_LIVE && row->watch_until_us && row->watch_until_us <= b->now_us;
        if (is_due) {
            struct job_row *job = job_of(b, row);
            if (job) {
                take_over(b, channel, job);
            } else if (!b->err) {
                give_back(b, channel);
            }
        } else if (is_over) {
            end_job(b, row, "done", NULL);
            struct channel_row *quiet = changed(b, channel);
            if (quiet) {
                quiet->watch_until_us = 0;
                quiet->cutover_job = 0;
                batch_event_text(b, "cutover_done", row->id, row->code, "mode", SLICE("live"));
            }
        }
    }
}

/* ---- watching ---- */

static void
fall_back(struct batch *b, const struct channel_config *channel, const struct plan *plan)
{
    end_job(b, &channel->row, "failed", "too much differed: the channel fell back to shadow mode");
    give_back(b, channel);
    batch_event_text(
        b, "cutover_fell_back", channel->row.id, channel->row.code, "mode", SLICE("shadow"));
    batch_incident(
        b,
        &(struct incident_text){
            .code = "CUTOVER",
            .subject = channel->row.code,
            .channel = channel->row.code,
            .title = arena_printf(
                &b->arena, "'%.*s' fell back to shadow mode", SLICE_ARG(channel->row.code)),
            .detail = arena_printf(&b->arena,
                                   "%" PRId64 " of %" PRId64
                                   " counts that were read after the takeover differed, more than "
                                   "the limit of %" PRId64 ".%02" PRId64 " %%.",
                                   plan->differed,
                                   plan->readings,
                                   plan->limit / 100,
                                   plan->limit % 100),
            .action =
                SLICE("See GET /v1/drift for what differed and why; most often the tool before "
                      "still writes. Stop it, then take over again."),
        });
}

void cutover_watch_reading(struct batch *b, const struct channel_config *channel, bool differs)
{
    if (channel->row.watch_until_us <= b->now_us || b->config_changed) {
        return;
    }
    struct job_row *job = map_get(&b->watches, MAP_KEY(&channel->row.id));
    job = job ? job : job_of(b, &channel->row);
    if (!job || !slice_is(job->state, "running")) {
        return;
    }
    if (!map_get(&b->watches, MAP_KEY(&channel->row.id))) {
        request_change(b, &b->changes.jobs, job);
        if (!map_set(&b->watches, MAP_KEY(&channel->row.id), job)) {
            batch_fail(b, ERR_MEMORY, "a cutover's watch");
        }
    }
    struct plan plan;
    read_result(b, job, &plan);
    plan.at_us = channel->row.cutover_at_us;
    plan.readings++;
    plan.differed += differs;
    job->done = plan.readings;
    job->total = plan.readings;
    write_result(b, job, &plan);
    const struct cutover_watch watch = {plan.readings, plan.differed};
    if (cutover_must_fall_back(&watch, plan.limit)) {
        fall_back(b, channel, &plan);
    }
}

/* ---- pausing ---- */

static void set_paused(struct batch *b, struct turn *turn, bool is_paused)
{
    static const char *const fields[] = {"channel", "reason"};
    struct json body = {0};
    struct slice code = {0}, reason = {0};
    if (slice_trim(turn->body).n) {
        if (!form_body(b, turn, &body)) {
            return;
        }
        struct form f = form_begin(b, turn, body, "", fields, COUNT_OF(fields));
        form_text(&f, "channel", 0, &code);
        form_text(&f, "reason", 0, &reason);
        if (!form_ok(&f)) {
            return;
        }
    }
    if (code.n && !config_channel_by_code(b->config, code)) {
        request_not_found(turn, "channel");
        return;
    }
    turn->status = 200;
    struct show s = request_show(b, turn);
    json_begin_object(&s.w);
    json_key(&s.w, "items");
    json_begin_array(&s.w);
    for (size_t i = 0; i < b->config->channels_count && !b->err; i++) {
        const struct channel_config *channel = &b->config->channels[i];
        if (code.n && !slice_equal(code, channel->row.code)) {
            continue;
        }
        struct channel_row row = channel->row;
        if (row.paused != is_paused) {
            struct channel_row *kept = changed(b, channel);
            if (kept) {
                kept->paused = is_paused;
                row = *kept;
            }
            request_hint_channel(b, row.id);
        }
        show_channel(&s, &row);
    }
    json_end_array(&s.w);
    json_field_null(&s.w, "next");
    json_end_object(&s.w);
    request_event(b,
                  turn,
                  is_paused ? "paused" : "resumed",
                  (struct channel_id){0},
                  code.n ? code : SLICE("all"),
                  body,
                  NULL);
}

void request_pause(struct batch *b, struct turn *turn)
{
    set_paused(b, turn, true);
}

void request_resume(struct batch *b, struct turn *turn)
{
    set_paused(b, turn, false);
}
