/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connecting: credentials, rights, marketplaces; then the queue (connect_queue.c).
 *
 * What is missing is told with the rest: only an answer that proves nothing ends the exchange.
 */
#include "channels/amazon/connect.h"

#include "base/buf.h"
#include "base/json_write.h"
#include "base/times.h"

#define PAUSE_US US_PER_S /* most of these calls are allowed once a second */
#define ORDERS_BACK_US (600 * US_PER_S)

/* ---- the cursor ---- */

static bool word_read(struct slice *text, struct slice *out)
{
    slice_cut(text, ' ', out);
    bool is_right = amazon_is_visible(*out, 8192);
    if (slice_is(*out, "-")) {
        *out = (struct slice){0};
    }
    return is_right;
}

bool amazon_connect_cursor_read(struct slice text, struct connect_cursor *out)
{
    struct slice letter = {0};

    *out = (struct connect_cursor){.step = 'p'};
    if (!text.n) {
        return true;
    }
    if (!word_read(&text, &letter) || letter.n != 1 || !word_read(&text, &out->marketplace) ||
        !word_read(&text, &out->destination) || !word_read(&text, &out->bridge) ||
        !word_read(&text, &out->token)) {
        return false;
    }
    out->step = letter.p[0];
    return memchr("plogdcsnmkqa", out->step, strlen("plogdcsnmkqa")) != NULL;
}

static struct slice word(struct slice s)
{
    return s.n ? s : SLICE("-");
}

void amazon_connect_next(struct connecting *c, char step)
{
    struct slice marketplace = word(c->cursor.marketplace);
    struct slice destination = word(c->cursor.destination);
    struct slice bridge = word(c->cursor.bridge);
    struct slice token = word(c->cursor.token);

    c->signal->next = (struct next_request){.is_wanted = true,
                                            .after_us = PAUSE_US,
                                            .cursor = arena_printf(c->arena,
                                                                   "%c %.*s %.*s %.*s %.*s",
                                                                   step,
                                                                   SLICE_ARG(marketplace),
                                                                   SLICE_ARG(destination),
                                                                   SLICE_ARG(bridge),
                                                                   SLICE_ARG(token))};
}

void amazon_check(struct connecting *c,
                  enum connect_state state,
                  const char *what,
                  struct slice detail)
{
    if (c->checks_count < CHECKS_MAX) {
        c->checks[c->checks_count++] =
            (struct connect_check){.state = state, .what = what, .detail = detail};
    }
}

/* ---- requests ---- */

static enum err rights_build(const struct account *account,
                             const struct connect_cursor *cursor,
                             const struct step *step,
                             struct arena *arena,
                             struct http_request *out)
{
    const struct amazon_config *config = amazon_config(account);
    char text[TIME_TEXT_MAX];
    struct slice path;

    if (cursor->step == 'p') {
        path = SLICE("/sellers/v1/marketplaceParticipations");
    } else if (!cursor->marketplace.n) {
        return ERR_USAGE;
    } else if (cursor->step == 'l') {
        path = arena_printf(arena,
                            "/listings/2021-08-01/items/%.*s?marketplaceIds=%.*s&pageSize=1",
                            SLICE_ARG(config->seller_id),
                            SLICE_ARG(cursor->marketplace));
    } else {
        struct slice since = time_format_s(step->now_us - ORDERS_BACK_US, text);
        path = arena_printf(arena,
                            "/orders/2026-01-01/orders?lastUpdatedAfter=%.*s"
                            "&includedData=FULFILLMENT&marketplaceIds=%.*s&maxResultsPerPage=1",
                            SLICE_ARG(since),
                            SLICE_ARG(cursor->marketplace));
    }
    return amazon_request(account, "GET", path, (struct slice){0}, arena, out);
}

enum err amazon_build_connect(const struct account *account,
                              const struct step *step,
                              struct arena *arena,
                              struct http_request *out)
{
    struct connect_cursor cursor;

    if (!amazon_connect_cursor_read(step->cursor, &cursor)) {
        return ERR_USAGE;
    }
    if (!amazon_config(account)->access_token.n) {
        return ERR_AUTH;
    }
    bool is_right = cursor.step == 'p' || cursor.step == 'l' || cursor.step == 'o';
    return is_right ? rights_build(account, &cursor, step, arena, out)
                    : amazon_queue_step_build(account, &cursor, step, arena, out);
}

/* ---- marketplaces ---- */

struct participations {
    struct buf text; /* "ATVPDKIKX0DER (US, Amazon.com)", with commas */
    struct slice only, suspended;
    size_t count, ours;
};

static void participation_read(struct connecting *c, struct json row, struct participations *p)
{
    struct json marketplace = json_get(row, "marketplace");
    struct json participation = json_get(row, "participation");
    struct slice id = amazon_text(json_get(marketplace, "id"));
    struct slice country = amazon_text(json_get(marketplace, "countryCode"));
    struct slice name = amazon_text(json_get(marketplace, "name"));
    bool takes_part = false;
    bool is_suspended = false;

    if (!amazon_is_order_id(id) ||
        !json_bool(json_get(participation, "isParticipating"), &takes_part) || !takes_part) {
        return;
    }
    if (json_bool(json_get(participation, "hasSuspendedListings"), &is_suspended) && is_suspended &&
        amazon_is_our_marketplace(c->config, id)) {
        p->suspended = id;
    }
    buf_printf(&p->text,
               "%s%.*s (%.*s, %.*s)",
               p->count ? ", " : "",
               SLICE_ARG(id),
               (int)amazon_bounded(country, 8).n,
               country.n ? country.p : "",
               (int)amazon_bounded(name, 60).n,
               name.n ? name.p : "");
    p->only = id;
    p->count++;
    p->ours += c->config->marketplaces_count > 0 && amazon_is_our_marketplace(c->config, id);
}

static void marketplaces_check(struct connecting *c, const struct participations *p)
{
    struct slice all = arena_copy(c->arena, amazon_bounded(buf_view(&p->text), CONNECT_TEXT_MAX));

    if (c->config->marketplaces_count) {
        bool are_all = p->ours >= c->config->marketplaces_count;
        amazon_check(c,
                     are_all ? CONNECT_OK : CONNECT_WRONG,
                     "marketplaces",
                     are_all ? (struct slice){0}
                             : arena_printf(c->arena,
                                            "settings.marketplace_ids names one where the account "
                                            "does not sell. It sells in: %.*s",
                                            SLICE_ARG(all)));
        c->cursor.marketplace = c->config->marketplaces[0];
    } else if (p->count == 1) {
        c->cursor.marketplace = p->only;
        c->settings =
            arena_printf(c->arena, "{\"marketplace_ids\":[\"%.*s\"]}", SLICE_ARG(p->only));
        amazon_check(c, CONNECT_MADE, "marketplaces", all);
    } else {
        amazon_check(c,
                     CONNECT_BY_HAND,
                     "marketplaces",
                     arena_printf(c->arena,
                                  "Set settings.marketplace_ids to the one whose listings this "
                                  "channel is to count: %.*s. Marketplaces whose counts differ "
                                  "are channels of their own",
                                  SLICE_ARG(all)));
    }
    if (p->suspended.n) {
        amazon_check(c,
                     CONNECT_WRONG,
                     "listing status",
                     arena_printf(c->arena,
                                  "The listings of %.*s are inactive: Seller Central > Settings > "
                                  "Account Info > Listing Status",
                                  SLICE_ARG(p->suspended)));
    }
}

static void participations_close(struct participations *p)
{
    buf_free(&p->text);
}

static enum err participations_read(struct connecting *c)
{
    struct amazon_answer answer = amazon_answer_read(c->response, c->doc, c->arena, c->signal);
    ON_EXIT(participations_close) struct participations p = {.count = 0};

    buf_init(&p.text, CONNECT_TEXT_MAX);
    if (answer.verdict != AMAZON_DONE) {
        return amazon_answer_fault(&answer, c->signal, c->note);
    }
    struct json rows = json_get(answer.root, "payload");
    if (json_type(rows) != JSON_ARRAY) {
        return err_note(c->note, ERR_PARSE, "the answer has no list of marketplaces");
    }
    for (struct json_iter i = json_iter(rows); json_next(&i);) {
        participation_read(c, i.value, &p);
    }
    amazon_check(c, CONNECT_OK, "credentials", (struct slice){0});
    if (!p.count) {
        amazon_check(c,
                     CONNECT_WRONG,
                     "marketplaces",
                     SLICE("The account sells in no marketplace of this region: is "
                           "settings.region the right one?"));
        return ERR_OK;
    }
    marketplaces_check(c, &p);
    if (c->cursor.marketplace.n) {
        amazon_connect_next(c, 'l');
    }
    return ERR_OK;
}

/* ---- rights ---- */

static void queue_begin(struct connecting *c)
{
    if (amazon_receives(c->account)) {
        amazon_connect_next(c, 'g');
        return;
    }
    amazon_no_queue_check(c);
    amazon_secret_check(c);
}

static enum err right_read(struct connecting *c, const char *what, struct slice missing)
{
    struct amazon_answer answer = amazon_answer_read(c->response, c->doc, c->arena, c->signal);
    bool is_denied = c->signal->unauthorised && answer.status == 403;

    if (answer.verdict == AMAZON_DONE) {
        amazon_check(c, CONNECT_OK, what, (struct slice){0});
    } else if ((is_denied && !amazon_has_words(answer.reason, "expired")) ||
               answer.verdict == AMAZON_REFUSED) {
        c->signal->unauthorised = false; /* the token was good a moment ago */
        amazon_check(
            c,
            CONNECT_WRONG,
            what,
            arena_printf(c->arena, "%.*s. %.*s", SLICE_ARG(answer.reason), SLICE_ARG(missing)));
    } else if (c->signal->throttled && c->cursor.step == 'o') {
        c->signal->throttled = false; /* few calls, already spent by others: no proof, no fault */
    } else {
        return amazon_answer_fault(&answer, c->signal, c->note);
    }
    if (c->cursor.step == 'l') {
        amazon_connect_next(c, 'o');
    } else {
        queue_begin(c);
    }
    return ERR_OK;
}

static enum err step_read(struct connecting *c, const struct step *step)
{
    switch (c->cursor.step) {
    case 'p':
        return participations_read(c);
    case 'l':
        return right_read(c,
                          "right to the listings",
                          SLICE("The application needs the role Product Listing, and "
                                "settings.seller_id must be this account's. After adding a role "
                                "authorise it again"));
    case 'o':
        return right_read(c,
                          "right to read orders",
                          SLICE("The application needs the role Inventory and Order Tracking. "
                                "After adding a role authorise it again"));
    default:
        return amazon_queue_step_read(c, step);
    }
}

enum err amazon_read_connect(const struct account *account,
                             const struct step *step,
                             const struct http_response *response,
                             struct json_doc *doc,
                             struct arena *arena,
                             struct connect_report *out,
                             struct channel_signal *out_signal,
                             struct err_note *note)
{
    struct connecting c = {.account = account,
                           .config = amazon_config(account),
                           .response = response,
                           .doc = doc,
                           .arena = arena,
                           .signal = out_signal,
                           .note = note,
                           .checks = ARENA_ARRAY(arena, CHECKS_MAX, struct connect_check)};

    if (!amazon_connect_cursor_read(step->cursor, &c.cursor)) {
        *out_signal = (struct channel_signal){
            .points_left = -1, .points_cost = -1, .points_per_s = -1, .day_left = -1};
        return err_note(note, ERR_USAGE, "not a cursor of connecting");
    }
    if (!c.checks) {
        return err_note(note, ERR_LIMIT, "no room for the report");
    }
    enum err e = step_read(&c, step);
    out_signal->rate_per_1000s = 0; /* of another operation with each step */
    if (!e && arena->exhausted) {
        e = err_note(note, ERR_LIMIT, "no room for the report");
    }
    if (e) {
        out_signal->next = (struct next_request){0};
        return e;
    }
    *out = (struct connect_report){
        .checks = c.checks, .checks_count = c.checks_count, .settings = c.settings};
    return ERR_OK;
}
