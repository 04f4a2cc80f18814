/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence before a channel is taken over: the shadow report, the checklist. And the pause, which
 * waits for nothing. */
#include "engine/cutover.h"
#include "engine/shadow.h"
#include "intake/api_inner.h"

static int unreadable(struct reading *r, enum err e)
{
    return reading_problem(r, 503, "the store cannot be read", "%s", err_text(e));
}

static const struct channel_config *channel_of(struct reading *r)
{
    return config_channel_by_code(r->api->channels, r->args[0]);
}

static int no_channel(struct reading *r)
{
    return reading_problem(r, 404, "not found", "there is no channel %.*s", SLICE_ARG(r->args[0]));
}

/* "99.9" as hundredths of a percent. */
static bool parse_share(struct slice text, int64_t *out)
{
    struct slice whole, part = text;
    int64_t percent = 0, rest = 0;
    bool has_part = slice_cut(&part, '.', &whole);
    if (!slice_int(whole, &percent) || percent < 0 || percent > 100) {
        return false;
    }
    if (has_part) {
        if (part.n == 0 || part.n > 2 || !slice_int(part, &rest) || rest < 0) {
            return false;
        }
        rest *= part.n == 1 ? 10 : 1;
    }
    *out = percent * 100 + rest;
    return *out <= SHARE_ALL;
}

/* 0, or the status of the problem. */
static int read_bar(struct reading *r, struct cutover_bar *out)
{
    struct slice text;
    *out = CUTOVER_BAR_DEFAULT;
    if (reading_query(r, "bar_days", &text) &&
        (!slice_int(text, &out->days) || out->days < 0 || out->days >= SHADOW_DAYS_MAX)) {
        return reading_problem(r, 400, "bar_days is off", "bar_days is a number of days, 0 to 365");
    }
    if (reading_query(r, "bar_agreement", &text) && !parse_share(text, &out->agreement)) {
        return reading_problem(
            r, 400, "bar_agreement is off", "bar_agreement is a percentage such as 99.9");
    }
    return 0;
}

int read_shadow(struct reading *r)
{
    const struct channel_config *channel = channel_of(r);
    struct cutover_bar bar;
    struct shadow_report report;
    struct slice text;
    int64_t days = 0;
    if (!channel) {
        return no_channel(r);
    }
    int status = read_bar(r, &bar);
    if (status) {
        return status;
    }
    if (reading_query(r, "days", &text) &&
        (!slice_int(text, &days) || days < 1 || days > SHADOW_DAYS_MAX)) {
        return reading_problem(r, 400, "days is off", "days is a number of days, 1 to 366");
    }
    enum err e = shadow_report(
        r->store, channel->row.id, &bar, days, env_wall_us(r->api->config.env), r->arena, &report);
    if (e) {
        return unreadable(r, e);
    }
    r->is_page = api_wants_page(r->x);
    if (r->is_page) {
        int64_t now_us = env_wall_us(r->api->config.env);
        shadow_html(&r->show, &channel->row, &report, now_us, r->arena, &r->out);
    } else {
        show_shadow(&r->show, &channel->row, &report);
    }
    return 200;
}

int read_cutover(struct reading *r)
{
    const struct channel_config *channel = channel_of(r);
    struct cutover_check checks[CUTOVER_CHECKS_MAX];
    size_t count = 0;
    struct cutover_bar bar;
    if (!channel) {
        return no_channel(r);
    }
    int status = read_bar(r, &bar);
    if (status) {
        return status;
    }
    enum err e = cutover_checklist(
        r->store, channel, &bar, env_wall_us(r->api->config.env), r->arena, checks, &count);
    if (e) {
        return unreadable(r, e);
    }
    struct json_writer *w = &r->show.w;
    bool is_ready = true;
    for (size_t i = 0; i < count; i++) {
        is_ready = is_ready && checks[i].is_ok;
    }
    json_begin_object(w);
    json_field_text(w, "channel", channel->row.code);
    json_field_str(w, "mode", channel_mode_text(channel->row.mode));
    json_field_bool(w, "ready", is_ready);
    json_field_time(w, "cutover_at", channel->row.cutover_at_us);
    json_field_time(w, "watch_until", channel->row.watch_until_us);
    show_id(&r->show, "job", channel->row.cutover_job);
    json_key(w, "checks");
    show_checklist(&r->show, checks, count);
    json_end_object(w);
    return 200;
}

void api_pause(struct api *api, struct slice body, bool is_paused)
{
    struct json root;
    struct err_note note;
    struct slice code = {0};
    const struct channel_config *channel = NULL;
    if (!api->config.on_pause) {
        return;
    }
    if (slice_trim(body).n && json_parse(api->parser, body, &root, &note) == ERR_OK) {
        (void)json_text(json_get(root, "channel"), &code);
        channel = config_channel_by_code(api->channels, code);
    }
    if (code.n == 0 || channel) {
        api->config.on_pause(
            api->config.arg, channel ? channel->row.id : (struct channel_id){0}, is_paused);
    }
}
