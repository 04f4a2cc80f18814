/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connecting: what the credentials may do, which ship nodes there are, then the subscriptions.
 *
 *   cursor ""  GET /v3/token/detail               rights, one check each
 *          "n" GET /v3/settings/shipping/shipnodes
 *          "s" and what follows it                 subscribe.c
 */
#include "channels/connect.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "channels/walmart/walmart.h"

#define DETAIL_MAX 4096
#define NODES_MAX 200
#define NODES_SHOWN 20

void wm_check(struct wm_checks *checks,
              enum connect_state state,
              const char *what,
              struct slice detail)
{
    if (checks->list && checks->count < WM_CHECKS_MAX) {
        checks->list[checks->count++] =
            (struct connect_check){.state = state, .what = what, .detail = detail};
    }
}

enum err wm_build_connect(const struct account *account,
                          const struct step *step,
                          struct arena *arena,
                          struct http_request *out)
{
    if (!step->cursor.n) {
        /* The contract asks for the header though there is no body. */
        return wm_request(account,
                          &(struct wm_call){.method = "GET",
                                            .path = SLICE("/v3/token/detail"),
                                            .content_type = SLICE(WM_JSON)},
                          step,
                          arena,
                          out);
    }
    if (slice_is(step->cursor, "n")) {
        return wm_get(account, SLICE("/v3/settings/shipping/shipnodes"), step, arena, out);
    }
    return wm_build_subscribe(account, step, arena, out);
}

/* ---- rights ---- */

static const struct right {
    const char *scope, *what;
    bool must_write;
    bool is_vital; /* without it the channel does not work */
    const char *why;
} rights[] = {
    {"inventory", "right to write stock", true, true, "counts cannot be written without it"},
    {"orders", "right to read orders", false, true, "sales cannot be read without it"},
    {"feeds", "right to send feeds", true, true, "many counts at once go as a feed"},
    {"item", "right to read items", false, false, "the catalogue cannot be imported without it"},
};

static void right_check(const struct right *right, struct json scopes, struct wm_checks *checks)
{
    struct slice given = {0};

    json_text(json_get(scopes, right->scope), &given);
    bool may_write = slice_equal_nocase(given, SLICE("full_access"));
    bool may_read = may_write || slice_equal_nocase(given, SLICE("view_only"));
    if (right->must_write ? may_write : may_read) {
        wm_check(checks, CONNECT_OK, right->what, (struct slice){0});
        return;
    }
    struct slice detail = arena_printf(checks->arena,
                                       "the access key has '%.*s' for %s: give it %s in the "
                                       "developer portal; %s",
                                       (int)(given.n ? given.n : 7),
                                       given.n ? given.p : "nothing",
                                       right->scope,
                                       right->must_write ? "Full Access" : "View Only or more",
                                       right->why);
    wm_check(checks, right->is_vital ? CONNECT_WRONG : CONNECT_BY_HAND, right->what, detail);
}

static void rights_read(const struct wm_answer *answer, struct wm_checks *checks)
{
    struct json scopes = json_get(answer->root, "scopes");
    bool is_valid = true;

    if (answer->verdict != WM_DONE || json_type(scopes) != JSON_OBJECT) {
        wm_check(checks,
                 CONNECT_BY_HAND,
                 "rights",
                 SLICE("Walmart does not say what the access key may do: look in the developer "
                       "portal that it has Full Access to inventory and feeds, and View Only or "
                       "more of orders and item"));
        return;
    }
    json_bool(json_get(answer->root, "is_valid"), &is_valid);
    wm_check(checks,
             is_valid ? CONNECT_OK : CONNECT_WRONG,
             "credentials",
             is_valid ? (struct slice){0}
                      : SLICE("Walmart calls the access token invalid: make a new client secret in "
                              "the developer portal, and set secrets.client_id and client_secret"));
    for (size_t i = 0; i < COUNT_OF(rights); i++) {
        right_check(&rights[i], scopes, checks);
    }
}

/* ---- ship nodes ---- */

struct nodes {
    struct slice ids[NODES_MAX];
    struct slice names[NODES_MAX];
    size_t count;
};

/* The form of this answer is not documented in full: a list, or an object that holds one. */
static struct json nodes_list(struct json root)
{
    static const char *const names[] = {"shipNodes", "shipnodes", "nodes", "payload"};

    if (json_type(root) == JSON_ARRAY) {
        return root;
    }
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct json list = json_get(root, names[i]);
        if (json_type(list) == JSON_ARRAY) {
            return list;
        }
    }
    return (struct json){0};
}

static void nodes_parse(struct json root, struct arena *arena, struct nodes *out)
{
    for (struct json_iter i = json_iter(nodes_list(root));
         json_next(&i) && out->count < NODES_MAX;) {
        struct slice name = {0};
        if (wm_id_text(json_get(i.value, "shipNode"), arena, &out->ids[out->count])) {
            json_text(json_get(i.value, "shipNodeName"), &name);
            out->names[out->count++] = wm_bounded(name, 60);
        }
    }
}

static bool has_node(const struct nodes *nodes, struct slice id)
{
    for (size_t i = 0; i < nodes->count; i++) {
        if (slice_equal(nodes->ids[i], id)) {
            return true;
        }
    }
    return false;
}

/* What to paste, with a place for our own location's code. */
static struct slice nodes_hint(const struct nodes *nodes, struct arena *arena)
{
    ON_EXIT(buf_free) struct buf text;

    buf_init(&text, DETAIL_MAX);
    buf_printf(&text,
               "there are %zu ship nodes, and a count without its node goes to the default one "
               "alone. To keep them apart, set each node's location in settings: ",
               nodes->count);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    json_key(&w, "ship_nodes");
    json_begin_array(&w);
    for (size_t i = 0; i < nodes->count && text.n < DETAIL_MAX - 512; i++) {
        json_begin_object(&w);
        json_field_text(&w, "location", nodes->names[i].n ? nodes->names[i] : SLICE("LOCATION"));
        json_field_text(&w, "remote", nodes->ids[i]);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    buf_text(&text, " with the codes of your own locations in place of the nodes' names");
    struct slice copy = arena_copy(arena, buf_view(&text));
    return text.overflow || !copy.n ? SLICE("there are several ship nodes: set settings.ship_nodes")
                                    : copy;
}

static void
nodes_judge(const struct account *account, const struct nodes *nodes, struct wm_checks *checks)
{
    if (!nodes->count) {
        wm_check(checks,
                 account->has_locations ? CONNECT_BY_HAND : CONNECT_OK,
                 "ship nodes",
                 account->has_locations
                     ? SLICE("Walmart did not list them: compare settings.ship_nodes with Seller "
                             "Center > Settings > Shipping > Fulfillment centers by hand")
                     : (struct slice){0});
        return;
    }
    if (!account->has_locations) {
        wm_check(checks,
                 nodes->count > 1 ? CONNECT_BY_HAND : CONNECT_OK,
                 "ship nodes",
                 nodes->count > 1 ? nodes_hint(nodes, checks->arena) : (struct slice){0});
        return;
    }
    for (size_t i = 0; i < account->locations_count; i++) {
        struct slice remote = account->locations[i].remote;
        if (!has_node(nodes, remote)) {
            wm_check(checks,
                     CONNECT_WRONG,
                     "ship nodes",
                     arena_printf(checks->arena,
                                  "settings.ship_nodes names '%.*s', which is no ship node of this "
                                  "account: correct its number",
                                  SLICE_ARG(remote)));
            return;
        }
    }
    wm_check(checks, CONNECT_OK, "ship nodes", (struct slice){0});
}

static void
nodes_check(const struct account *account, const struct wm_answer *answer, struct wm_checks *checks)
{
    struct nodes *nodes = ARENA_NEW(checks->arena, struct nodes);

    if (!nodes) {
        return;
    }
    if (answer->verdict == WM_DONE) {
        nodes_parse(answer->root, checks->arena, nodes);
    }
    nodes_judge(account, nodes, checks);
    for (size_t i = 0; i < nodes->count && i < NODES_SHOWN; i++) {
        wm_check(
            checks,
            CONNECT_OK,
            CONNECT_PLACE,
            arena_printf(
                checks->arena, "%.*s %.*s", SLICE_ARG(nodes->ids[i]), SLICE_ARG(nodes->names[i])));
    }
}

/* ---- the answers ---- */

static void go_on(struct channel_signal *signal, const char *cursor)
{
    signal->next = (struct next_request){.is_wanted = true, .cursor = slice_of(cursor)};
    /* What was refused on the way stands in a check: the account goes on. */
    signal->unauthorised = false;
    signal->down = false;
}

/* Of the first call a refused credential ends it all; later a 403 is a right that is missing. */
static bool ends(const struct wm_answer *answer, bool is_first)
{
    return answer->verdict == WM_MAYBE ||
           (answer->verdict == WM_LATER && (is_first || answer->status != 403));
}

enum err wm_read_connect(const struct account *account,
                         const struct step *step,
                         const struct http_response *response,
                         struct json_doc *doc,
                         struct arena *arena,
                         struct connect_report *out,
                         struct channel_signal *out_signal,
                         struct err_note *note)
{
    struct wm_answer answer = wm_answer_read(response, step, doc, arena, out_signal);
    struct wm_checks checks = {.list = ARENA_ARRAY(arena, WM_CHECKS_MAX, struct connect_check),
                               .arena = arena};
    struct connect_report report = {0};

    if (ends(&answer, !step->cursor.n)) {
        return wm_answer_fault(&answer, out_signal, note);
    }
    if (!step->cursor.n) {
        rights_read(&answer, &checks);
        go_on(out_signal, "n");
    } else if (slice_is(step->cursor, "n")) {
        nodes_check(account, &answer, &checks);
        go_on(out_signal, "s");
    } else {
        out_signal->unauthorised = false;
        out_signal->down = false;
        enum err e = wm_read_subscribe(account, step, &answer, &checks, &report, out_signal, note);
        if (e) {
            return e;
        }
    }
    if (!checks.list || arena->exhausted) {
        out_signal->next = (struct next_request){0};
        return err_note(note, ERR_LIMIT, "a report larger than one may be");
    }
    report.checks = checks.list;
    report.checks_count = checks.count;
    *out = report;
    return ERR_OK;
}
