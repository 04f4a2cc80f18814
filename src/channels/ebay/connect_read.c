/* SPDX-License-Identifier: Apache-2.0 */
/* What the answers of connecting say; the way through them stands above connect.c. */
#include "base/buf.h"
#include "base/crypto.h"
#include "base/json_write.h"
#include "channels/ebay/connect.h"

#define WHAT_HOOK "webhook " CONNECT_TOPIC
#define WHAT_PLATFORM "platform notifications"
#define WHAT_DELETION "marketplace account deletion"
#define CHALLENGE_FAILED 195020
#define SUBSCRIBED_ALREADY 195012

static struct ebay_answer rest_answer(struct connecting *c)
{
    return ebay_answer_read(c->response, c->doc, c->arena, c->signal);
}

/* Anything but a right that is missing ends the connecting. */
static enum err fault(struct connecting *c, const struct ebay_answer *a)
{
    return ebay_fault(a->verdict, a->status, a->reason, c->signal, c->note);
}

static bool lacks_right(const struct ebay_answer *a)
{
    return a->status == 403 && a->error;
}

static struct slice text_of(struct connecting *c, const char *before, struct slice value)
{
    return arena_printf(c->arena, "%s%.*s", before, (int)value.n, value.p ? value.p : "");
}

static struct slice one_member(struct connecting *c, const char *name, struct slice value)
{
    ON_EXIT(buf_free) struct buf text;

    buf_init(&text, 8192);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    json_field_text(&w, name, value);
    json_end_object(&w);
    return text.overflow ? (struct slice){0} : arena_copy(c->arena, buf_view(&text));
}

/* ---- the account and its rights ---- */

static enum err who_read(struct connecting *c)
{
    struct ebay_answer a = rest_answer(c);

    if (lacks_right(&a)) {
        connect_say(c, CONNECT_WRONG, "right to name the account", a.reason);
        c->signal->unauthorised = false;
    } else if (a.verdict != EBAY_DONE) {
        return fault(c, &a);
    } else {
        struct slice name = ebay_bounded(ebay_text(json_get(a.root, "username")), 60);
        connect_say(c, CONNECT_OK, "credentials", text_of(c, "seller ", name));
    }
    if (!ebay_config(c->account)->endpoint.n && c->step->hooks_url.n) {
        c->settings = one_member(c, "endpoint", c->step->hooks_url);
    }
    connect_next(c, 'n', (struct slice){0});
    return ERR_OK;
}

static enum err right_read(struct connecting *c, const char *what, char next)
{
    struct ebay_answer a = rest_answer(c);

    if (lacks_right(&a)) {
        connect_say(c,
                    CONNECT_WRONG,
                    what,
                    text_of(c, "allow the application again, with all rights: ", a.reason));
        c->signal->unauthorised = false;
    } else if (a.verdict != EBAY_DONE) {
        return fault(c, &a);
    } else {
        connect_say(c, CONNECT_OK, what, (struct slice){0});
    }
    connect_next(c, next, (struct slice){0});
    return ERR_OK;
}

/* ---- what is left to a person ---- */

static void deletion_say(struct connecting *c, struct slice token)
{
    struct slice shown = token.n ? token : SLICE("(as in secrets.verification_token)");
    struct slice endpoint = connect_endpoint(c->account, c->step);

    connect_say(c,
                CONNECT_BY_HAND,
                WHAT_DELETION,
                arena_printf(c->arena,
                             "eBay wants it of every production keyset: developer.ebay.com > "
                             "Alerts & Notifications > Marketplace Account Deletion. Notification "
                             "Endpoint URL: %.*s Verification token: %.*s",
                             (int)endpoint.n,
                             endpoint.p ? endpoint.p : "",
                             SLICE_ARG(shown)));
}

/* The end of the REST part: the older notifications, when their key is known. */
static void platform_begin(struct connecting *c)
{
    if (ebay_config(c->account)->dev_id.n && c->step->hooks_url.n) {
        connect_next(c, 'q', (struct slice){0});
        return;
    }
    connect_say(
        c,
        CONNECT_BY_HAND,
        WHAT_PLATFORM,
        SLICE("optional: put the Dev ID of the keyset into settings.dev_id and connect again; "
              "then purchases that are not paid for yet and edits by others are told at "
              "once, not found by reading"));
}

/* No token to be checked with: one is made, shown this once, and kept before the next request. */
static struct slice verification_make(struct connecting *c)
{
    struct slice token =
        c->step->nonce ? hex_encode(c->arena, (struct slice){(const char *)c->step->nonce, 16})
                       : (struct slice){0};

    if (token.n) {
        c->secrets = one_member(c, "verification_token", token);
    }
    return token;
}

/* ---- out-of-stock control ---- */

static enum err stock_control_read(struct connecting *c)
{
    struct trading_answer a = trading_answer_read(c->response, c->arena, c->signal);
    struct slice is_on = xml_text_of(a.root, "OutOfStockControlPreference");

    if (a.verdict == EBAY_LATER || a.verdict == EBAY_MAYBE) {
        return ebay_fault(a.verdict, 0, a.reason, c->signal, c->note);
    }
    if (slice_is(is_on, "true")) {
        connect_say(c, CONNECT_OK, "out-of-stock control", (struct slice){0});
    } else {
        connect_say(
            c,
            CONNECT_BY_HAND,
            "out-of-stock control",
            SLICE("a listing that reaches 0 would end, and 0 would be refused. Switch on, for "
                  "all listings: My eBay > Account > Site Preferences > Multi-quantity "
                  "listings > \"Listings stay active when you're out of stock\""));
    }
    if (!connect_endpoint(c->account, c->step).n) {
        connect_say(c,
                    CONNECT_BY_HAND,
                    WHAT_HOOK,
                    SLICE("start the server with --public-url https://…: eBay calls nothing else"));
        platform_begin(c);
        return ERR_OK;
    }
    deletion_say(c,
                 ebay_config(c->account)->verification_token.n ? (struct slice){0}
                                                               : verification_make(c));
    connect_next(c, 't', (struct slice){0});
    return ERR_OK;
}

static enum err app_token_read(struct connecting *c)
{
    struct token token = {0};
    enum err e = ebay_read_token(
        c->account, c->step, c->response, c->doc, c->arena, &token, c->signal, c->note);

    if (!e) {
        c->place.token = token.access;
        connect_next(c, 'c', (struct slice){0});
    }
    return e;
}

/* ---- the alert address ---- */

static enum err config_read(struct connecting *c)
{
    struct ebay_answer a = rest_answer(c);
    struct slice email = ebay_text(json_get(a.root, "alertEmail"));

    if (a.verdict == EBAY_DONE && email.n) {
        connect_say(c, CONNECT_OK, "alert address", (struct slice){0});
        connect_next(c, 'd', (struct slice){0});
        return ERR_OK;
    }
    if (a.verdict != EBAY_DONE && !(a.verdict == EBAY_REFUSED && a.status == 404)) {
        return fault(c, &a);
    }
    if (ebay_config(c->account)->alert_email.n) {
        connect_next(c, 'w', (struct slice){0});
        return ERR_OK;
    }
    connect_say(
        c,
        CONNECT_BY_HAND,
        "alert address",
        SLICE("eBay takes no subscription before it knows where to write to when deliveries "
              "fail: put an address into settings.alert_email and connect again"));
    platform_begin(c);
    return ERR_OK;
}

static enum err config_made(struct connecting *c)
{
    struct ebay_answer a = rest_answer(c);

    if (a.verdict == EBAY_REFUSED) {
        connect_say(c, CONNECT_WRONG, "alert address", a.reason);
        platform_begin(c);
        return ERR_OK;
    }
    if (a.verdict != EBAY_DONE) {
        return fault(c, &a);
    }
    connect_say(c, CONNECT_MADE, "alert address", ebay_config(c->account)->alert_email);
    connect_next(c, 'd', (struct slice){0});
    return ERR_OK;
}

/* ---- the destination ---- */

static enum err destinations_read(struct connecting *c)
{
    struct ebay_answer a = rest_answer(c);
    struct slice wanted = connect_endpoint(c->account, c->step);

    if (a.verdict != EBAY_DONE) {
        return fault(c, &a);
    }
    for (struct json_iter i = json_iter(json_get(a.root, "destinations")); json_next(&i);) {
        struct slice endpoint = ebay_text(json_path(i.value, "deliveryConfig", "endpoint", NULL));
        struct slice id = ebay_text(json_get(i.value, "destinationId"));
        if (!slice_equal(endpoint, wanted) || !ebay_is_id(id)) {
            continue;
        }
        bool is_on = slice_is(ebay_text(json_get(i.value, "status")), "ENABLED");
        if (is_on) {
            connect_say(c, CONNECT_OK, "destination", wanted);
        }
        connect_next(c, is_on ? 's' : 'u', id);
        return ERR_OK;
    }
    /* Made just now, and named by its address alone: once is enough to look for it. */
    if (c->place.id.n) {
        return err_note(c->note, ERR_PARSE, "eBay does not list the destination that it made");
    }
    connect_next(c, 'm', (struct slice){0});
    return ERR_OK;
}

/* "https://…/destination/ID": only the id is taken from it. */
static struct slice made_id(struct connecting *c, const struct ebay_answer *a, const char *name)
{
    struct slice id = ebay_text(json_get(a->root, name));
    struct slice location =
        http_header_get(c->response->headers, c->response->headers_count, "Location");

    if (ebay_is_id(id)) {
        return id;
    }
    size_t at = location.n;
    while (at > 0 && location.p[at - 1] != '/') {
        at--;
    }
    id = slice_from(location, at);
    return ebay_is_id(id) ? id : (struct slice){0};
}

static enum err destination_made(struct connecting *c, bool was_there)
{
    struct ebay_answer a = rest_answer(c);
    struct slice endpoint = connect_endpoint(c->account, c->step);

    if (a.verdict == EBAY_REFUSED) {
        const char *advice = a.error == CHALLENGE_FAILED
                                 ? "eBay's call to this address was not answered as it must be: is "
                                   "it reachable from outside, by https? Then connect again: "
                                 : "";
        connect_say(c,
                    CONNECT_WRONG,
                    "destination",
                    arena_printf(c->arena,
                                 "%s%.*s (%.*s)",
                                 advice,
                                 SLICE_ARG(a.reason),
                                 (int)endpoint.n,
                                 endpoint.p ? endpoint.p : ""));
        platform_begin(c);
        return ERR_OK;
    }
    if (a.verdict != EBAY_DONE) {
        return fault(c, &a);
    }
    struct slice id = was_there ? c->place.id : made_id(c, &a, "destinationId");
    connect_say(c, CONNECT_MADE, "destination", endpoint);
    connect_next(c, id.n ? 's' : 'd', id.n ? id : SLICE("made"));
    return ERR_OK;
}

/* ---- the subscription ---- */

static enum err subscriptions_read(struct connecting *c)
{
    struct ebay_answer a = rest_answer(c);

    if (a.verdict != EBAY_DONE) {
        return fault(c, &a);
    }
    for (struct json_iter i = json_iter(json_get(a.root, "subscriptions")); json_next(&i);) {
        struct slice id = ebay_text(json_get(i.value, "subscriptionId"));
        struct slice to = ebay_text(json_get(i.value, "destinationId"));
        if (!slice_is(ebay_text(json_get(i.value, "topicId")), CONNECT_TOPIC) || !ebay_is_id(id)) {
            continue;
        }
        if (!slice_equal(to, c->place.id)) {
            connect_say(c,
                        CONNECT_WRONG,
                        WHAT_HOOK,
                        text_of(c,
                                "the seller's orders go to another destination of the same keyset, "
                                "and eBay allows one: delete that subscription, or use a keyset of "
                                "its own. Destination ",
                                ebay_is_id(to) ? to : SLICE("unknown")));
            platform_begin(c);
            return ERR_OK;
        }
        bool is_on = slice_is(ebay_text(json_get(i.value, "status")), "ENABLED");
        if (is_on) {
            connect_say(c, CONNECT_OK, WHAT_HOOK, (struct slice){0});
        }
        connect_next(c, is_on ? 'x' : 'e', id);
        return ERR_OK;
    }
    connect_next(c, 'b', c->place.id);
    return ERR_OK;
}

static enum err subscription_made(struct connecting *c, bool was_there)
{
    struct ebay_answer a = rest_answer(c);
    bool is_there = a.verdict == EBAY_REFUSED && a.error == SUBSCRIBED_ALREADY;

    if ((a.verdict == EBAY_REFUSED && !is_there) || lacks_right(&a)) {
        connect_say(c, CONNECT_WRONG, WHAT_HOOK, a.reason);
        c->signal->unauthorised = false;
        platform_begin(c);
        return ERR_OK;
    }
    if (a.verdict != EBAY_DONE && !is_there) {
        return fault(c, &a);
    }
    struct slice id = was_there  ? c->place.id
                      : is_there ? (struct slice){0}
                                 : made_id(c, &a, "subscriptionId");
    connect_say(c, is_there ? CONNECT_OK : CONNECT_MADE, WHAT_HOOK, (struct slice){0});
    if (id.n) {
        connect_next(c, 'x', id);
    } else {
        platform_begin(c);
    }
    return ERR_OK;
}

static enum err test_read(struct connecting *c)
{
    struct ebay_answer a = rest_answer(c);

    if (a.verdict == EBAY_REFUSED || lacks_right(&a)) {
        connect_say(c, CONNECT_WRONG, "test delivery", a.reason);
        c->signal->unauthorised = false;
    } else if (a.verdict != EBAY_DONE) {
        return fault(c, &a);
    } else {
        connect_say(c,
                    CONNECT_OK,
                    "test delivery",
                    SLICE("sent by eBay: it stands among the deliveries within a minute"));
    }
    platform_begin(c);
    return ERR_OK;
}

static enum err platform_read(struct connecting *c)
{
    struct trading_answer a = trading_answer_read(c->response, c->arena, c->signal);
    struct slice where = text_of(c, "", c->step->hooks_url);

    if (a.verdict == EBAY_LATER || a.verdict == EBAY_MAYBE) {
        return ebay_fault(a.verdict, 0, a.reason, c->signal, c->note);
    }
    if (a.verdict == EBAY_REFUSED || a.is_partial) {
        connect_say(c, CONNECT_WRONG, WHAT_PLATFORM, a.reason);
    } else {
        /* Written in full each time: whether anything was missing is not asked. */
        connect_say(c,
                    CONNECT_OK,
                    WHAT_PLATFORM,
                    arena_printf(c->arena, "%.*s/" EBAY_PLATFORM, SLICE_ARG(where)));
    }
    return ERR_OK;
}

static enum err stage_read(struct connecting *c)
{
    switch (c->place.stage) {
    case CONNECT_WHO:
        return who_read(c);
    case 'n':
        return right_read(c, "right to read and write stock", 'o');
    case 'o':
        return right_read(c, "right to read orders", 'p');
    case 'p':
        return stock_control_read(c);
    case 't':
        return app_token_read(c);
    case 'c':
        return config_read(c);
    case 'w':
        return config_made(c);
    case 'd':
        return destinations_read(c);
    case 'm':
    case 'u':
        return destination_made(c, c->place.stage == 'u');
    case 's':
        return subscriptions_read(c);
    case 'b':
    case 'e':
        return subscription_made(c, c->place.stage == 'e');
    case 'x':
        return test_read(c);
    default:
        return platform_read(c);
    }
}

enum err ebay_read_connect(const struct account *account,
                           const struct step *step,
                           const struct http_response *response,
                           struct json_doc *doc,
                           struct arena *arena,
                           struct connect_report *out,
                           struct channel_signal *out_signal,
                           struct err_note *note)
{
    struct connecting c = {.account = account,
                           .step = step,
                           .response = response,
                           .doc = doc,
                           .arena = arena,
                           .signal = out_signal,
                           .note = note,
                           .checks = ARENA_ARRAY(arena, CONNECT_CHECKS_MAX, struct connect_check)};

    if (!c.checks || !connect_place_read(step->cursor, &c.place)) {
        ebay_answer_read(response, doc, arena, out_signal);
        return err_note(note, ERR_PARSE, "a cursor that is not ours");
    }
    enum err e = stage_read(&c);
    if (!e && arena->exhausted) {
        e = err_note(note, ERR_LIMIT, "an answer larger than it may be");
    }
    if (e) {
        out_signal->next = (struct next_request){0};
        return e;
    }
    *out = (struct connect_report){
        .checks = c.checks, .checks_count = c.count, .settings = c.settings, .secrets = c.secrets};
    return ERR_OK;
}
