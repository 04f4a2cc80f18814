/* SPDX-License-Identifier: Apache-2.0 */
/* What is to be fixed, and what is said of first figures: as pages, and as tables. */
#include "engine/findings.h"
#include "engine/opening.h"
#include "engine/report.h"
#include "intake/api_inner.h"

static int failed(struct reading *r, enum err e)
{
    return reading_problem(r, 503, "the store cannot be read", "%s", err_text(e));
}

/* ---- findings ---- */

int read_findings(struct reading *r)
{
    struct store_query q = {.state = -1};
    struct rows rows = {0};
    int64_t next = 0;
    if (!reading_page(r, &q)) {
        return 400;
    }
    if (!reading_channel(r, &q)) {
        return 404;
    }
    reading_query(r, "kind", &q.text);
    enum err e = findings_list(r->store, &q, r->arena, &rows, &next);
    reading_begin_list(r);
    for (size_t i = 0; !e && i < rows.count; i++) {
        show_finding(&r->show, rows.items[i]);
    }
    return e ? failed(r, e) : reading_end_list(r, next ? q.limit : 0, q.limit, next);
}

void api_findings_csv(struct api *api, struct http_exchange *x, const struct slice *args)
{
    struct report_wish wish = {.kind = REPORT_FINDINGS, .state = -1};
    struct slice code = {0};
    (void)args;
    http_query_get(x->request.query, "kind", &x->arena, &wish.finding);
    if (http_query_get(x->request.query, "channel", &x->arena, &code)) {
        const struct channel_config *channel = config_channel_by_code(api->channels, code);
        if (!channel) {
            api_problem(x,
                        404,
                        "no such channel",
                        arena_printf(&x->arena, "there is no channel '%.*s'", SLICE_ARG(code)));
            return;
        }
        wish.channel = channel->row.id;
    }
    api_csv_report(api, x, wish, "doctor");
}

/* ---- first figures ---- */

/* The location that is asked for, or the only one there is. NULL: *out_why not. */
static const struct location_row *
wanted_location(const struct config *config, struct slice code, const char **out_why)
{
    const struct location_row *only = NULL;
    size_t active = 0;
    if (code.n) {
        *out_why = "there is no such location";
        return config_location_by_code(config, code);
    }
    for (size_t i = 0; i < config->locations_count; i++) {
        if (config->locations[i]->is_active) {
            only = config->locations[i];
            active++;
        }
    }
    *out_why = "say of which location: ?location=CODE";
    return active == 1 ? only : NULL;
}

int read_openings(struct reading *r)
{
    struct store_query page = {0};
    struct slice code = {0}, text = {0};
    struct rows rows = {0};
    struct opening_query q = {.config = r->api->channels, .state = -1};
    enum opening_state state;
    const char *why;
    int64_t next = 0;
    if (!reading_page(r, &page)) {
        return 400;
    }
    reading_query(r, "location", &code);
    const struct location_row *location = wanted_location(q.config, code, &why);
    if (!location) {
        return reading_problem(r, code.n ? 404 : 400, "no location", "%s", why);
    }
    if (reading_query(r, "state", &text) && opening_state_parse(text, &state)) {
        q.state = (int)state;
    }
    q.location = location->id;
    q.after = page.after;
    q.limit = page.limit;
    enum err e = opening_list(r->store, &q, r->arena, &rows, &next);
    reading_begin_list(r);
    for (size_t i = 0; !e && i < rows.count; i++) {
        show_opening(&r->show, rows.items[i], r->arena);
    }
    return e ? failed(r, e) : reading_end_list(r, next ? q.limit : 0, q.limit, next);
}

void api_openings_csv(struct api *api, struct http_exchange *x, const struct slice *args)
{
    struct report_wish wish = {.kind = REPORT_OPENING, .state = -1};
    struct slice code = {0}, text = {0};
    enum opening_state state;
    const char *why;
    (void)args;
    http_query_get(x->request.query, "location", &x->arena, &code);
    const struct location_row *location = wanted_location(api->channels, code, &why);
    if (!location) {
        api_problem(x, code.n ? 404 : 400, "no location", slice_of(why));
        return;
    }
    if (http_query_get(x->request.query, "state", &x->arena, &text) &&
        opening_state_parse(text, &state)) {
        wish.state = (int)state;
    }
    wish.location = location->id;
    api_csv_report(api, x, wish, "opening");
}
