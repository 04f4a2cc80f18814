/* SPDX-License-Identifier: Apache-2.0 */
/* Who may do what by cookie, and from where: of every route that there is. */
#include "support/api_call.h"

#include "intake/api_inner.h"

/* ---- which role each route wants: a route without an entry fails ---- */

enum wanted { READ, OPERATE, ADMIN, ANYBODY };
static const struct entry {
    const char *method, *pattern;
    enum wanted wanted;
} entries[] = {
    {"GET", "/healthz", ANYBODY},
    {"GET", "/readyz", ANYBODY},
    {"GET", "/metrics", ANYBODY},
    {"GET", "/openapi.json", ANYBODY},
    {"GET", "/v1/skus", READ},
    {"POST", "/v1/skus", OPERATE},
    {"GET", "/v1/skus/{}", READ},
    {"PATCH", "/v1/skus/{}", OPERATE},
    {"GET", "/v1/locations", READ},
    {"POST", "/v1/locations", ADMIN},
    {"GET", "/v1/locations/{}", READ},
    {"PATCH", "/v1/locations/{}", ADMIN},
    {"GET", "/v1/pulse", READ},
    {"GET", "/v1/connectors", READ},
    {"GET", "/v1/channels", READ},
    {"POST", "/v1/channels", ADMIN},
    {"GET", "/v1/channels/{}", READ},
    {"PATCH", "/v1/channels/{}", ADMIN},
    {"POST", "/v1/channels/{}/connect", ADMIN},
    {"POST", "/v1/channels/{}/import", ADMIN},
    {"GET", "/v1/listings", READ},
    {"POST", "/v1/listings", OPERATE},
    {"GET", "/v1/listings/{}", READ},
    {"PATCH", "/v1/listings/{}", OPERATE},
    {"DELETE", "/v1/listings/{}", OPERATE},
    {"POST", "/v1/listings/{}/push", OPERATE},
    {"GET", "/v1/stock", READ},
    {"GET", "/v1/stock/{}", READ},
    {"GET", "/v1/stock-list", READ},
    {"GET", "/v1/stock-list/lines", READ},
    {"GET", "/v1/availability/{}", READ},
    {"GET", "/v1/movements", READ},
    {"POST", "/v1/movements", OPERATE},
    {"GET", "/v1/orders", READ},
    {"POST", "/v1/orders", OPERATE},
    {"GET", "/v1/orders/{}/{}", READ},
    {"GET", "/v1/holds", READ},
    {"POST", "/v1/holds", OPERATE},
    {"GET", "/v1/holds/{}", READ},
    {"DELETE", "/v1/holds/{}", OPERATE},
    {"POST", "/v1/holds/{}/extend", OPERATE},
    {"POST", "/v1/holds/{}/commit", OPERATE},
    {"POST", "/v1/routing/try", READ},
    {"GET", "/v1/transfers", READ},
    {"POST", "/v1/transfers", OPERATE},
    {"GET", "/v1/transfers/{}", READ},
    {"POST", "/v1/transfers/{}/ship", OPERATE},
    {"POST", "/v1/transfers/{}/receive", OPERATE},
    {"POST", "/v1/transfers/{}/cancel", OPERATE},
    {"GET", "/v1/counts", READ},
    {"POST", "/v1/counts", OPERATE},
    {"GET", "/v1/counts/{}", READ},
    {"POST", "/v1/counts/{}/lines", OPERATE},
    {"POST", "/v1/counts/{}/review", OPERATE},
    {"POST", "/v1/counts/{}/post", OPERATE},
    {"POST", "/v1/counts/{}/cancel", OPERATE},
    {"GET", "/v1/events", READ},
    {"GET", "/v1/deliveries", READ},
    {"GET", "/v1/deliveries/{}", READ},
    {"POST", "/v1/deliveries/{}/replay", OPERATE},
    {"GET", "/v1/pushes", READ},
    {"GET", "/v1/incidents", READ},
    {"GET", "/v1/incidents/{}", READ},
    {"POST", "/v1/incidents/{}/resolve", OPERATE},
    {"POST", "/v1/replays", OPERATE},
    {"GET", "/v1/orders/{}/{}/autopsy", READ},
    {"GET", "/v1/drift", READ},
    {"GET", "/v1/reports/shadow/{}", READ},
    {"POST", "/v1/channels/{}/audit", OPERATE},
    {"GET", "/v1/channels/{}/cutover", READ},
    {"POST", "/v1/channels/{}/cutover", ADMIN},
    {"POST", "/v1/channels/{}/rollback", OPERATE},
    {"POST", "/v1/pause", OPERATE},
    {"POST", "/v1/resume", OPERATE},
    {"GET", "/v1/jobs/{}", READ},
    {"DELETE", "/v1/jobs/{}", OPERATE},
    {"GET", "/v1/exposure", READ},
    {"GET", "/v1/reports/latency", READ},
    {"GET", "/v1/csv/{}", READ},
    {"POST", "/v1/csv/{}", OPERATE},
    {"GET", "/v1/doctor", READ},
    {"GET", "/v1/doctor.csv", READ},
    {"GET", "/v1/opening", READ},
    {"GET", "/v1/opening.csv", READ},
    {"POST", "/v1/opening", OPERATE},
    {"POST", "/v1/opening/file", OPERATE},
    {"GET", "/v1/webhooks", ADMIN},
    {"POST", "/v1/webhooks", ADMIN},
    {"GET", "/v1/webhooks/{}", ADMIN},
    {"PATCH", "/v1/webhooks/{}", ADMIN},
    {"DELETE", "/v1/webhooks/{}", ADMIN},
    {"POST", "/v1/webhooks/{}/rotate", ADMIN},
    {"POST", "/v1/webhooks/{}/test", ADMIN},
    {"POST", "/v1/session", ANYBODY},
    {"GET", "/v1/session", READ},
    {"DELETE", "/v1/session", READ},
    {"POST", "/v1/session/password", READ},
    {"POST", "/v1/session/totp", READ},
    {"POST", "/v1/session/totp/confirm", READ},
    {"DELETE", "/v1/session/totp", READ},
    {"GET", "/v1/setup", ANYBODY},
    {"POST", "/v1/setup", ANYBODY},
    {"GET", "/v1/users", ADMIN},
    {"POST", "/v1/users", ADMIN},
    {"GET", "/v1/users/{}", ADMIN},
    {"PATCH", "/v1/users/{}", ADMIN},
    {"DELETE", "/v1/users/{}", ADMIN},
    {"GET", "/v1/audit", ADMIN},
    {"GET", "/v1/stream", READ},
    {"GET", "/v1/tokens", ADMIN},
    {"POST", "/v1/tokens", ADMIN},
    {"DELETE", "/v1/tokens/{}", ADMIN},
};

static const struct entry *entry_of(const struct route *route)
{
    for (size_t i = 0; i < COUNT_OF(entries); i++) {
        if (strcmp(entries[i].method, route->method) == 0 &&
            strcmp(entries[i].pattern, route->pattern) == 0) {
            return &entries[i];
        }
    }
    fail_msg("%s %s: nobody has said who may do it", route->method, route->pattern);
    return NULL;
}

/* "/v1/skus/{}" with something that is not there. */
static void path_of(const struct route *route, char out[160])
{
    size_t n = 0;
    for (const char *c = route->pattern; *c && n + 24 < 160; c++) {
        if (*c == '{') {
            memcpy(out + n, "987654", 6);
            n += 6;
            c++;
        } else {
            out[n++] = *c;
        }
    }
    bool is_endless = route->doc->media && strcmp(route->doc->media, "text/event-stream") == 0;
    (void)snprintf(out + n, 160 - n, "%s", is_endless ? "?seconds=1" : "");
}

static bool is_change(const struct route *route)
{
    return strcmp(route->method, "GET") != 0;
}

static void test_each_role_may_what_it_may_and_nothing_else(void **state)
{
    static const char *const names[] = {"rita", "otto", "ada"};
    struct served *s = *state;
    char sessions[3][160], path[160];
    served_start(s);
    for (int role = SCOPE_READ; role <= SCOPE_ADMIN; role++) {
        new_user(s, names[role], scope_text((enum token_scope)role));
        log_in(s, names[role], sessions[role]);
    }
    assert_int_equal(COUNT_OF(entries), api_routes_count);
    for (size_t i = 0; i < api_routes_count; i++) {
        const struct route *route = &api_routes[i];
        const struct entry *entry = entry_of(route);
        path_of(route, path);
        for (int role = SCOPE_READ; role <= SCOPE_ADMIN; role++) {
            call(s,
                 (struct call){
                     .method = route->method, .path = path, .token = sessions[role], .body = ""});
            bool may = entry->wanted == ANYBODY || role >= (int)entry->wanted;
            if ((s->status == 403) == may || s->status == 401 || s->status == 405 ||
                s->status == 0 || s->status >= 500) {
                fail_msg("%s %s as %s: %d %.*s",
                         route->method,
                         route->pattern,
                         names[role],
                         s->status,
                         SLICE_ARG(s->text));
            }
            if (strcmp(route->doc->id, "logOut") == 0) {
                log_in(s, names[role], sessions[role]);
            }
        }
    }
    served_end(s);
}

/* ---- from where ---- */

static void want_forged(struct served *s, const struct route *route, struct call c, const char *how)
{
    char path[160];
    path_of(route, path);
    c.method = route->method;
    c.path = path;
    c.body = "{}";
    struct reply reply = call(s, c);
    if (s->status != 403 || !slice_is(said_text(s->json, "title"), "not from our own page")) {
        fail_msg("%s %s, %s: %d %.*s",
                 route->method,
                 route->pattern,
                 how,
                 s->status,
                 SLICE_ARG(s->text));
    }
    assert_problem(s, &reply, 403);
}

static void test_no_other_site_changes_anything_by_our_cookie(void **state)
{
    struct served *s = *state;
    char session[160], other[160], ours[64];
    size_t changes = 0;
    served_start(s);
    new_user(s, "ada", "admin");
    log_in(s, "ada", session);
    log_in(s, "ada", other);
    (void)snprintf(ours, sizeof(ours), "http://127.0.0.1:%d", s->port);
    for (size_t i = 0; i < api_routes_count; i++) {
        const struct route *route = &api_routes[i];
        if (!is_change(route)) {
            continue;
        }
        changes++;
        want_forged(
            s, route, (struct call){.token = session, .origin = "https://evil.org"}, "origin");
        want_forged(s, route, (struct call){.token = session, .origin = "null"}, "no origin");
        want_forged(s, route, (struct call){.token = session, .site = "cross-site"}, "cross-site");
        want_forged(s, route, (struct call){.token = session, .site = "same-site"}, "same-site");
        if (!route->is_public) { /* what opens a session has none yet */
            want_forged(s, route, (struct call){.token = session, .csrf = ""}, "no token");
            want_forged(s,
                        route,
                        (struct call){.token = session, .csrf = strchr(other, ' ') + 1},
                        "another session's token");
        }
    }
    assert_true(changes > 50);
    call(s,
         (struct call){.method = "POST",
                       .path = "/v1/pause",
                       .token = session,
                       .origin = ours,
                       .site = "same-origin",
                       .body = "{}"});
    served_wanted(s, 200, __FILE__, __LINE__);
    /* A program shows its token itself: no page can make it. */
    call(s,
         (struct call){.method = "POST",
                       .path = "/v1/resume",
                       .token = CHILD_TOKEN,
                       .origin = "https://evil.org",
                       .body = "{}"});
    served_wanted(s, 200, __FILE__, __LINE__);
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_each_role_may_what_it_may_and_nothing_else),
        SCENARIO(test_no_other_site_changes_anything_by_our_cookie),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
