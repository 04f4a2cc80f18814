/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connecting: which store it is, what the token may do (each right by a small call that needs it),
 * its locations and stock settings, and the hooks. What is missing is made; a hook that is off, or
 * carries another token than ours, is put right.
 *
 *   store --> locations --> settings --> orders --> products --> items --> write --> hooks (pages)
 *     --> make, one hook a call
 *
 * The right to write counts is tried with an empty list of them, which changes nothing: a token
 * without the right is refused before anybody looks at the list.
 *
 * Cursor: "STAGE AT SECRET HOOKS". SECRET is one made on the way, "-" when the account has its own;
 * HOOKS are the hooks' ids in the order of scopes[], with a '!' behind those that must be put
 * right, 0 for what is not there, -1 where one of the merchant's own with a '*' covers it.
 */
#include "channels/connect.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "channels/bigcommerce/bigcommerce.h"

#define PAGES_MAX 50
#define PLACES_MAX 100

static const struct hook_scope {
    const char *scope, *what;
    bool is_extra; /* we do well without it */
} scopes[] = {
    {"store/order/created", "webhook store/order/created", false},
    {"store/order/updated", "webhook store/order/updated", false},
    {"store/order/statusUpdated", "webhook store/order/statusUpdated", false},
    {"store/order/archived", "webhook store/order/archived", false},
    {"store/order/refund/created", "webhook store/order/refund/created", false},
    {"store/shipment/created", "webhook store/shipment/created", false},
    {"store/shipment/updated", "webhook store/shipment/updated", false},
    {"store/shipment/deleted", "webhook store/shipment/deleted", false},
    {"store/product/inventory/updated", "webhook store/product/inventory/updated", false},
    {"store/product/inventory/order/updated",
     "webhook store/product/inventory/order/updated",
     false},
    {"store/sku/inventory/updated", "webhook store/sku/inventory/updated", false},
    {"store/sku/inventory/order/updated", "webhook store/sku/inventory/order/updated", false},
    {"store/channel/1/inventory/product/stock_changed",
     "webhook store/channel/1/inventory/product/stock_changed",
     true},
    {"store/hook/deliveryException", "webhook store/hook/deliveryException", true},
    {"store/app/uninstalled", "webhook store/app/uninstalled", true},
};
#define SCOPES COUNT_OF(scopes)

/* ---- where the exchange is ---- */

enum stage {
    STAGE_STORE,
    STAGE_PLACES,
    STAGE_SETTINGS,
    STAGE_ORDERS,
    STAGE_PRODUCTS,
    STAGE_ITEMS,
    STAGE_WRITE,
    STAGE_HOOKS,
    STAGE_MAKE,
    STAGES
};
static const struct stage_call {
    const char *name, *method, *path;
    const char *what;  /* the check of its answer */
    const char *right; /* as the control panel writes it */
} stages[STAGES] = {
    {"store", "GET", "/v2/store", "credentials", "Information & settings: read-only"},
    {"places",
     "GET",
     "/v3/inventory/locations?limit=100",
     "locations",
     "Store locations: read-only"},
    {"settings",
     "GET",
     "/v3/settings/inventory",
     "stock settings",
     "Information & settings: read-only"},
    {"orders", "GET", "/v2/orders?limit=1", "right to read orders", "Orders: read-only"},
    {"products",
     "GET",
     "/v3/catalog/products?limit=1&include_fields=name",
     "right to read products",
     "Products: read-only"},
    {"items",
     "GET",
     "/v3/inventory/items?limit=1",
     "right to read stock",
     "Store inventory: modify"},
    {"write",
     "PUT",
     "/v3/inventory/adjustments/absolute",
     "right to write stock",
     "Store inventory: modify"},
    {"hooks", "GET", "/v3/hooks?limit=250", "webhooks", "any"},
    {"make", "POST", "/v3/hooks", "webhooks", "any"},
};

struct found_hook {
    int64_t id;
    bool is_wrong;
};
struct place {
    enum stage stage;
    int64_t at; /* the page of hooks, or the scope to make */
    struct slice secret;
    struct found_hook hooks[SCOPES];
};

static bool hook_read(struct slice text, struct found_hook *out)
{
    out->is_wrong = slice_ends(text, "!");
    text.n -= out->is_wrong;
    return slice_int(text, &out->id) && out->id >= -1;
}

static bool place_read(struct slice cursor, struct place *out)
{
    struct slice stage, at;

    *out = (struct place){0};
    if (!cursor.n) {
        return true;
    }
    slice_cut(&cursor, ' ', &stage);
    slice_cut(&cursor, ' ', &at);
    slice_cut(&cursor, ' ', &out->secret);
    while (out->stage < STAGES && !slice_is(stage, stages[out->stage].name)) {
        out->stage++;
    }
    int64_t at_max = out->stage == STAGE_MAKE ? (int64_t)SCOPES : PAGES_MAX;
    if (out->stage == STAGES || !slice_int(at, &out->at) || out->at < 0 || out->at >= at_max ||
        !out->secret.n) {
        return false;
    }
    out->secret = slice_is(out->secret, "-") ? (struct slice){0} : out->secret;
    for (size_t i = 0; i < SCOPES; i++) {
        struct slice one;
        slice_cut(&cursor, ',', &one);
        if (!hook_read(one, &out->hooks[i])) {
            return false;
        }
    }
    return cursor.n == 0;
}

static void go_to(const struct place *from,
                  enum stage stage,
                  int64_t at,
                  struct findings *f,
                  struct channel_signal *signal)
{
    ON_EXIT(buf_free) struct buf text;

    buf_init(&text, 4096);
    buf_printf(&text,
               "%s %" PRId64 " %.*s ",
               stages[stage].name,
               at,
               SLICE_ARG(from->secret.n ? from->secret : SLICE("-")));
    for (size_t i = 0; i < SCOPES; i++) {
        buf_printf(&text,
                   "%s%" PRId64 "%s",
                   i ? "," : "",
                   from->hooks[i].id,
                   from->hooks[i].is_wrong ? "!" : "");
    }
    struct slice cursor = arena_copy(f->arena, buf_view(&text));
    signal->next = (struct next_request){.is_wanted = cursor.p != NULL, .cursor = cursor};
}

/* The next scope that needs a call, from this one on. */
static void
go_to_make(const struct place *at, int64_t from, struct findings *f, struct channel_signal *signal)
{
    for (int64_t i = from; i < (int64_t)SCOPES; i++) {
        if (at->hooks[i].id == 0 || at->hooks[i].is_wrong) {
            go_to(at, STAGE_MAKE, i, f, signal);
            return;
        }
    }
}

/* ---- requests ---- */

static struct slice secret_of(const struct account *account, const struct place *at)
{
    return at->secret.n ? at->secret : bc_config(account)->webhook_secret;
}

static struct slice hook_body(const struct account *account,
                              const struct place *at,
                              const struct step *step,
                              struct arena *arena)
{
    ON_EXIT(buf_free) struct buf text;

    buf_init(&text, 16384);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    json_field_str(&w, "scope", scopes[at->at].scope);
    json_field_text(&w, "destination", step->hooks_url);
    json_field_bool(&w, "is_active", true);
    json_key(&w, "headers");
    json_begin_object(&w);
    json_field_text(&w, "X-Tc-Token", secret_of(account, at));
    json_end_object(&w);
    json_end_object(&w);
    return text.overflow ? (struct slice){0} : arena_copy(arena, buf_view(&text));
}

enum err bc_build_connect(const struct account *account,
                          const struct step *step,
                          struct arena *arena,
                          struct http_request *out)
{
    struct slice body = {0};
    struct place at;

    if (!place_read(step->cursor, &at)) {
        return ERR_USAGE;
    }
    const struct stage_call *call = &stages[at.stage];
    const char *method = call->method;
    struct slice path = slice_of(call->path);
    if (at.stage == STAGE_WRITE) {
        body = SLICE("{\"reason\":\"truecount: may we write?\",\"items\":[]}");
    } else if (at.stage == STAGE_HOOKS) {
        path = arena_printf(arena, "%s&page=%" PRId64, call->path, at.at + 1);
    } else if (at.stage == STAGE_MAKE) {
        int64_t id = at.hooks[at.at].id;
        method = id > 0 ? "PUT" : "POST";
        path = id > 0 ? arena_printf(arena, "%s/%" PRId64, call->path, id) : path;
        body = hook_body(account, &at, step, arena);
    }
    return arena->exhausted ? ERR_LIMIT : bc_request(account, method, path, body, arena, out);
}

/* ---- rights ---- */

static struct slice text_of(struct json object, const char *name)
{
    struct slice text = {0};
    return json_text(json_get(object, name), &text) ? connect_short(text) : SLICE("");
}

/* The token is known, and this is not among its rights. */
static bool is_right_missing(const struct bc_answer *answer)
{
    return answer->status == 403 && json_type(answer->root) != JSON_NONE;
}

static void right_missing(const struct place *at, struct findings *f, struct channel_signal *signal)
{
    const struct stage_call *call = &stages[at->stage];

    signal->unauthorised = false;
    signal->down = false;
    finding_printf(
        f,
        CONNECT_WRONG,
        call->what,
        "the account lacks the scope \"%s\": make an API account that has it (Settings > "
        "Store-level API accounts), or add it to the app and install it again",
        call->right);
}

static void secret_make(const struct account *account,
                        const struct step *step,
                        struct place *at,
                        struct findings *f,
                        struct connect_report *out)
{
    if (!bc_config(account)->webhook_secret.n) {
        at->secret = connect_new_secret(step, bc_config(account)->access_token, f->arena);
        out->secrets = connect_object("webhook_secret", at->secret, f->arena);
        finding_add(f, CONNECT_MADE, "webhook secret", (struct slice){0});
    }
}

static void places_read(const struct account *account, struct json root, struct findings *f)
{
    struct connect_place places[PLACES_MAX];
    size_t count = 0;

    for (struct json_iter i = json_iter(json_get(root, "data"));
         json_next(&i) && count < PLACES_MAX;) {
        int64_t id = 0;
        bool is_enabled = true;
        if (bc_id(json_get(i.value, "id"), &id)) {
            json_bool(json_get(i.value, "enabled"), &is_enabled);
            places[count++] = (struct connect_place){.id = arena_printf(f->arena, "%" PRId64, id),
                                                     .name = text_of(i.value, "label"),
                                                     .is_active = is_enabled};
        }
    }
    connect_places(account, places, count, f);
}

static void settings_read(struct json root, struct findings *f)
{
    struct slice when = text_of(json_get(root, "data"), "update_stock_behavior");

    if (slice_is(when, "order_completed_or_shipped")) {
        finding_add(f,
                    CONNECT_BY_HAND,
                    "stock settings",
                    SLICE("the store goes on selling what it has sold until it is shipped: under "
                          "Settings > Inventory let stock fall when an order is placed"));
    } else {
        finding_add(f, CONNECT_OK, "stock settings", (struct slice){0});
    }
}

/* ---- hooks ---- */

/* "store/order/" "*" covers what has no further '/': more is not promised. */
static bool is_covered(struct slice hook, const char *scope)
{
    if (!slice_ends(hook, "/*")) {
        return false;
    }
    hook.n--;
    struct slice wanted = slice_of(scope);
    return wanted.n > hook.n && memcmp(wanted.p, hook.p, hook.n) == 0 &&
           !memchr(wanted.p + hook.n, '/', wanted.n - hook.n);
}

static void hook_join(struct place *at, struct slice secret, struct json hook)
{
    struct slice scope = text_of(hook, "scope");
    struct slice token = {0};
    bool is_active = false;
    int64_t id = 0;

    json_bool(json_get(hook, "is_active"), &is_active);
    json_text(json_path(hook, "headers", "X-Tc-Token", NULL), &token);
    bool is_right = is_active && slice_equal(token, secret);
    for (size_t i = 0; i < SCOPES && bc_id(json_get(hook, "id"), &id); i++) {
        struct found_hook *found = &at->hooks[i];
        if (slice_is(scope, scopes[i].scope)) {
            if (found->id == 0 || (found->is_wrong && is_right)) {
                *found = (struct found_hook){id, !is_right};
            }
        } else if (is_covered(scope, scopes[i].scope) && is_right &&
                   (found->id == 0 || found->is_wrong)) {
            *found = (struct found_hook){-1, false};
        }
    }
}

static void hooks_read(const struct account *account,
                       const struct step *step,
                       struct json root,
                       struct place *at,
                       struct findings *f,
                       struct channel_signal *signal)
{
    struct json pages = json_path(root, "meta", "pagination", "total_pages", NULL);
    int64_t total = 1;

    for (struct json_iter i = json_iter(json_get(root, "data")); json_next(&i);) {
        struct slice destination = {0};
        json_text(json_get(i.value, "destination"), &destination);
        if (slice_equal(destination, step->hooks_url)) {
            hook_join(at, secret_of(account, at), i.value);
        }
    }
    if (json_int(pages, &total) && total > at->at + 1 && at->at + 1 < PAGES_MAX) {
        go_to(at, STAGE_HOOKS, at->at + 1, f, signal);
        return;
    }
    for (size_t i = 0; i < SCOPES; i++) {
        if (at->hooks[i].id != 0 && !at->hooks[i].is_wrong) {
            finding_add(f,
                        CONNECT_OK,
                        scopes[i].what,
                        at->hooks[i].id < 0 ? SLICE("by one with a *") : (struct slice){0});
        }
    }
    go_to_make(at, 0, f, signal);
}

static void made_read(const struct bc_answer *answer,
                      const struct place *at,
                      struct findings *f,
                      struct channel_signal *signal)
{
    const struct hook_scope *scope = &scopes[at->at];
    bool was_there = at->hooks[at->at].id > 0;
    bool is_active = true;

    json_bool(json_path(answer->root, "data", "is_active", NULL), &is_active);
    if (answer->verdict != BC_DONE) {
        finding_printf(f,
                       scope->is_extra ? CONNECT_OK : CONNECT_WRONG,
                       scope->what,
                       "BigCommerce refuses it%s: %.*s",
                       scope->is_extra ? "; it is not needed" : "",
                       SLICE_ARG(connect_short(answer->reason)));
    } else if (!is_active) {
        finding_add(f,
                    CONNECT_WRONG,
                    scope->what,
                    SLICE("it stays switched off: connect again in a few minutes"));
    } else {
        finding_add(f,
                    CONNECT_MADE,
                    scope->what,
                    was_there ? SLICE("it was off or carried another token, and is right now")
                              : SLICE("it delivers within a minute"));
    }
    go_to_make(at, at->at + 1, f, signal);
}

/* ---- answers ---- */

static void done_read(const struct account *account,
                      const struct step *step,
                      const struct bc_answer *answer,
                      struct place *at,
                      struct findings *f,
                      struct channel_signal *signal)
{
    switch (at->stage) {
    case STAGE_STORE:
        finding_printf(f,
                       CONNECT_OK,
                       "credentials",
                       "%.*s (%.*s)",
                       SLICE_ARG(text_of(answer->root, "name")),
                       SLICE_ARG(text_of(answer->root, "domain")));
        break;
    case STAGE_PLACES:
        places_read(account, answer->root, f);
        break;
    case STAGE_SETTINGS:
        settings_read(answer->root, f);
        break;
    case STAGE_ORDERS:
    case STAGE_PRODUCTS:
    case STAGE_ITEMS:
    case STAGE_WRITE:
        finding_add(f, CONNECT_OK, stages[at->stage].what, (struct slice){0});
        break;
    case STAGE_HOOKS:
        hooks_read(account, step, answer->root, at, f, signal);
        break;
    case STAGE_MAKE:
    case STAGES:
        made_read(answer, at, f, signal);
        break;
    }
}

/* Is it what was asked for? Anything else is no answer of the API's, whatever its status. */
static bool is_shaped(const struct place *at, const struct bc_answer *answer)
{
    enum json_type data = json_type(json_get(answer->root, "data"));

    switch (at->stage) {
    case STAGE_STORE:
        return text_of(answer->root, "name").n > 0;
    case STAGE_PLACES:
    case STAGE_HOOKS:
        return data == JSON_ARRAY;
    case STAGE_SETTINGS:
        return data == JSON_OBJECT;
    case STAGE_ORDERS:
    case STAGE_PRODUCTS:
    case STAGE_ITEMS:
    case STAGE_WRITE:
    case STAGE_MAKE:
    case STAGES:
        break;
    }
    return true;
}

/* The stages before the hooks follow each other, whatever they found. */
static void go_on(const struct account *account,
                  const struct step *step,
                  const struct place *at,
                  struct findings *f,
                  struct channel_signal *signal)
{
    if (at->stage < STAGE_WRITE ||
        (at->stage == STAGE_WRITE && connect_can_subscribe(account, step, true, f))) {
        go_to(at, at->stage + 1, 0, f, signal);
    }
}

/* A refusal that says something of what was asked, rather than of us. */
static bool is_telling(const struct place *at, const struct bc_answer *answer)
{
    return answer->verdict == BC_REFUSED && answer->status != 404 &&
           (at->stage == STAGE_WRITE || at->stage == STAGE_MAKE);
}

enum err bc_read_connect(const struct account *account,
                         const struct step *step,
                         const struct http_response *response,
                         struct json_doc *doc,
                         struct arena *arena,
                         struct connect_report *out,
                         struct channel_signal *out_signal,
                         struct err_note *note)
{
    struct bc_answer answer = bc_answer_read(response, doc, arena, out_signal);
    struct connect_report report = {0};
    struct findings f;
    struct place at;

    findings_init(&f, arena);
    if (!place_read(step->cursor, &at) || !step->nonce) {
        return err_note(note, ERR_USAGE, "a cursor that is not of this exchange");
    }
    bool is_refused = is_right_missing(&answer) && at.stage < STAGE_HOOKS;
    if (!is_refused && answer.verdict != BC_DONE && !is_telling(&at, &answer)) {
        return bc_answer_fault(&answer, out_signal, note);
    }
    if (answer.verdict == BC_DONE && !is_shaped(&at, &answer)) {
        return err_note(note, ERR_NET, "the answer does not hold what was asked for");
    }
    if (at.stage == STAGE_STORE) {
        secret_make(account, step, &at, &f, &report);
    }
    if (is_refused) {
        right_missing(&at, &f, out_signal);
    } else {
        done_read(account, step, &answer, &at, &f, out_signal);
    }
    go_on(account, step, &at, &f, out_signal);
    enum err e = findings_report(&f, &report, note);
    if (e) {
        out_signal->next = (struct next_request){0};
        return e;
    }
    *out = report;
    return ERR_OK;
}
