/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connecting: which shop it is, whether it manages stock, whether the keys may read orders, and the
 * webhooks. What is missing is made; what is there gets our secret and is switched on again, for
 * the API shows neither a webhook's secret nor how often it failed.
 *
 *   status --> stock setting --> orders --> hooks (page by page) --> write, one webhook a call
 *
 * Cursor: "STAGE PLAIN SECRET HOOKS". PLAIN is 1 when the shop turned out to have no /wp-json;
 * SECRET is one made on the way, "-" when the account has its own; HOOKS are the webhooks' ids in
 * the order of topics[], with an 'a' behind those that are active, 0 for what is not there.
 */
#include "channels/connect.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "channels/woocommerce/woo.h"

#define PAGES_MAX 50
#define MODIFIED_AFTER_SINCE 508 /* WooCommerce 5.8 */
#define TRASH_EVENTS_SINCE 802   /* WooCommerce 8.2, with high-performance order storage */

static const struct hook_topic {
    const char *topic, *what;
} topics[] = {
    {"order.created", "webhook order.created"},
    {"order.updated", "webhook order.updated"},
    {"order.deleted", "webhook order.deleted"},
    {"order.restored", "webhook order.restored"},
    {"product.created", "webhook product.created"},
    {"product.updated", "webhook product.updated"},
    {"action.woocommerce_order_refunded", "webhook action.woocommerce_order_refunded"},
    {"action.woocommerce_updated_product_stock",
     "webhook action.woocommerce_updated_product_stock"},
};
#define TOPICS COUNT_OF(topics)

/* ---- where the exchange is ---- */

enum stage { STAGE_STATUS, STAGE_STOCK, STAGE_ORDERS, STAGE_HOOKS, STAGE_WRITE, STAGES };
static const char *const stage_names[STAGES] = {"status", "stock", "orders", "hooks", "write"};

struct found_hook {
    int64_t id; /* 0: there is none */
    bool is_active;
};
struct place {
    enum stage stage;
    int64_t at; /* the page of hooks, or the topic to write */
    bool is_plain;
    struct slice secret; /* made on the way; empty: the account's own */
    struct found_hook hooks[TOPICS];
};

static bool hook_read(struct slice text, struct found_hook *out)
{
    out->is_active = slice_ends(text, "a");
    text.n -= out->is_active;
    return slice_int(text, &out->id) && out->id >= 0;
}

static bool place_read(struct slice cursor, struct place *out)
{
    struct slice stage, at, plain;

    *out = (struct place){0};
    if (!cursor.n) {
        return true;
    }
    slice_cut(&cursor, ' ', &stage);
    slice_cut(&cursor, ' ', &at);
    slice_cut(&cursor, ' ', &plain);
    slice_cut(&cursor, ' ', &out->secret);
    while (out->stage < STAGES && !slice_is(stage, stage_names[out->stage])) {
        out->stage++;
    }
    int64_t at_max = out->stage == STAGE_WRITE ? (int64_t)TOPICS : PAGES_MAX;
    if (out->stage == STAGES || !slice_int(at, &out->at) || out->at < 0 || out->at >= at_max ||
        !out->secret.n) {
        return false;
    }
    out->is_plain = slice_is(plain, "1");
    out->secret = slice_is(out->secret, "-") ? (struct slice){0} : out->secret;
    for (size_t i = 0; i < TOPICS; i++) {
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
               "%s %" PRId64 " %d %.*s ",
               stage_names[stage],
               at,
               from->is_plain,
               SLICE_ARG(from->secret.n ? from->secret : SLICE("-")));
    for (size_t i = 0; i < TOPICS; i++) {
        buf_printf(&text,
                   "%s%" PRId64 "%s",
                   i ? "," : "",
                   from->hooks[i].id,
                   from->hooks[i].is_active ? "a" : "");
    }
    struct slice cursor = arena_copy(f->arena, buf_view(&text));
    signal->next = (struct next_request){.is_wanted = cursor.p != NULL, .cursor = cursor};
}

/* ---- requests ---- */

static struct slice secret_of(const struct account *account, const struct place *at)
{
    return at->secret.n ? at->secret : woo_config(account)->webhook_secret;
}

static struct slice hook_body(const struct account *account,
                              const struct place *at,
                              const struct step *step,
                              struct arena *arena)
{
    ON_EXIT(buf_free) struct buf text;
    struct slice topic = slice_of(topics[at->at].topic);

    buf_init(&text, 16384);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    if (at->hooks[at->at].id == 0) {
        json_field_text(&w, "name", arena_printf(arena, "truecount %.*s", SLICE_ARG(topic)));
        json_field_text(&w, "topic", topic);
        json_field_text(&w, "delivery_url", connect_hook_url(step, topic, arena));
    }
    json_field_text(&w, "secret", secret_of(account, at));
    json_field_str(&w, "status", "active");
    json_end_object(&w);
    return text.overflow ? (struct slice){0} : arena_copy(arena, buf_view(&text));
}

static void call_of(const struct account *account,
                    const struct place *at,
                    const struct step *step,
                    struct arena *arena,
                    struct woo_call *out)
{
    *out = (struct woo_call){.method = "GET"};
    switch (at->stage) {
    case STAGE_STATUS:
    case STAGES:
        out->path = SLICE("/system_status");
        woo_param(out, "_fields", SLICE("environment,settings"));
        return;
    case STAGE_STOCK:
        out->path = SLICE("/settings/products/woocommerce_manage_stock");
        return;
    case STAGE_ORDERS:
        out->path = SLICE("/orders");
        woo_param(out, "per_page", SLICE("1"));
        woo_param(out, "_fields", SLICE("id"));
        return;
    case STAGE_HOOKS:
        out->path = SLICE("/webhooks");
        woo_param(out, "per_page", SLICE("100"));
        woo_param(out, "page", arena_printf(arena, "%" PRId64, at->at + 1));
        return;
    case STAGE_WRITE:
        break;
    }
    int64_t id = at->hooks[at->at].id;
    out->method = id ? "PUT" : "POST";
    out->path = id ? arena_printf(arena, "/webhooks/%" PRId64, id) : SLICE("/webhooks");
    out->body = hook_body(account, at, step, arena);
}

enum err woo_build_connect(const struct account *account,
                           const struct step *step,
                           struct arena *arena,
                           struct http_request *out)
{
    struct woo_config config = *woo_config(account);
    struct account asked = *account;
    struct woo_call call;
    struct place at;

    if (!place_read(step->cursor, &at)) {
        return ERR_USAGE;
    }
    config.plain_permalinks = config.plain_permalinks || at.is_plain;
    asked.config = &config;
    call_of(account, &at, step, arena, &call);
    return arena->exhausted ? ERR_LIMIT
                            : woo_request(&asked, &call, step->now_us, step->nonce, arena, out);
}

/* ---- which shop it is ---- */

/* "10.0.2" is 1000; 0 when it is no version. */
static int64_t version_number(struct slice text)
{
    struct slice major, minor;
    int64_t a = 0;
    int64_t b = 0;

    slice_cut(&text, '.', &major);
    slice_cut(&text, '.', &minor);
    bool is_version =
        slice_int(major, &a) && slice_int(minor, &b) && a > 0 && a < 10000 && b >= 0 && b < 100;
    return is_version ? a * 100 + b : 0;
}

static struct slice text_of(struct json object, const char *name)
{
    struct slice text = {0};
    return json_text(json_get(object, name), &text) ? connect_short(text) : SLICE("");
}

static void version_check(struct json environment, bool is_hpos, struct findings *f)
{
    struct slice version = text_of(environment, "version");
    int64_t number = version_number(version);

    if (number < MODIFIED_AFTER_SINCE) {
        finding_printf(
            f,
            CONNECT_WRONG,
            "version",
            "WooCommerce %.*s cannot say which orders changed: update it to 5.8 or newer",
            SLICE_ARG(version));
    } else if (is_hpos && number < TRASH_EVENTS_SINCE) {
        finding_printf(f,
                       CONNECT_BY_HAND,
                       "version",
                       "WooCommerce %.*s does not tell of trashed orders with high-performance "
                       "order storage: update it to 8.2 or newer",
                       SLICE_ARG(version));
    } else {
        finding_printf(f,
                       CONNECT_OK,
                       "version",
                       "WooCommerce %.*s on WordPress %.*s, %s order storage",
                       SLICE_ARG(version),
                       SLICE_ARG(text_of(environment, "wp_version")),
                       is_hpos ? "high-performance" : "classic");
    }
}

/* Deliveries leave from a queue that only visitors, or this line, set going. */
static void queue_check(const struct account *account, struct json environment, struct findings *f)
{
    bool by_visitors = true;

    json_bool(json_get(environment, "wp_cron"), &by_visitors);
    if (by_visitors) {
        finding_printf(
            f,
            CONNECT_BY_HAND,
            "delivery queue",
            "a shop delivers only while somebody visits it. Put this line into a crontab "
            "(of any machine): * * * * * curl -fsS -o /dev/null "
            "'%.*s/wp-cron.php?doing_wp_cron'. For seconds instead of a minute add the "
            "companion snippet of docs/channels/woocommerce.md. Until then sales are "
            "found by reading, every 10 s",
            SLICE_ARG(account->base_url));
    } else {
        finding_add(f,
                    CONNECT_OK,
                    "delivery queue",
                    SLICE("WP-Cron does not depend on visitors here: the shop's own cron must call "
                          "wp-cron.php once a minute"));
    }
}

static void status_read(const struct account *account,
                        const struct step *step,
                        struct json root,
                        struct place *at,
                        struct findings *f,
                        struct connect_report *out,
                        struct channel_signal *signal)
{
    struct json environment = json_get(root, "environment");
    bool is_hpos = false;

    json_bool(json_path(root, "settings", "HPOS_enabled", NULL), &is_hpos);
    finding_printf(
        f, CONNECT_OK, "credentials", "%.*s", SLICE_ARG(text_of(environment, "home_url")));
    version_check(environment, is_hpos, f);
    if (at->is_plain && !woo_config(account)->plain_permalinks) {
        out->settings = SLICE("{\"plain_permalinks\":true}");
        finding_add(f,
                    CONNECT_MADE,
                    "permalinks",
                    SLICE("the shop has plain permalinks: settings.plain_permalinks is set"));
    }
    if (!woo_config(account)->webhook_secret.n) {
        at->secret = connect_new_secret(step, woo_config(account)->consumer_secret, f->arena);
        out->secrets = connect_object("webhook_secret", at->secret, f->arena);
        finding_add(f, CONNECT_MADE, "webhook secret", (struct slice){0});
    }
    queue_check(account, environment, f);
    go_to(at, STAGE_STOCK, 0, f, signal);
}

static void stock_read(struct json root,
                       const struct place *at,
                       struct findings *f,
                       struct channel_signal *signal)
{
    if (slice_is(text_of(root, "value"), "yes")) {
        finding_add(f, CONNECT_OK, "stock management", (struct slice){0});
    } else {
        finding_add(f,
                    CONNECT_WRONG,
                    "stock management",
                    SLICE("it is off, and the shop ignores every count: switch it on under "
                          "WooCommerce > Settings > Products > Inventory > Enable stock "
                          "management"));
    }
    go_to(at, STAGE_ORDERS, 0, f, signal);
}

/* ---- webhooks ---- */

/* WordPress calls these ports, and any host that is the shop's own. */
static void reach_check(const struct account *account, const struct step *step, struct findings *f)
{
    struct slice ours = connect_origin(step->hooks_url);
    struct slice host = ours;
    struct slice scheme, name;

    slice_cut(&host, ':', &scheme);
    host = slice_from(host, 2);
    bool has_port = slice_cut(&host, ':', &name);
    bool is_odd =
        has_port && !slice_is(host, "80") && !slice_is(host, "443") && !slice_is(host, "8080");
    bool is_private = slice_is(name, "localhost") || slice_starts(name, "127.") ||
                      slice_starts(name, "10.") || slice_starts(name, "192.168.") ||
                      slice_starts(name, "169.254.") || slice_starts(name, "[");
    if ((is_odd || is_private) && !slice_equal_nocase(ours, connect_origin(account->base_url))) {
        finding_printf(f,
                       CONNECT_BY_HAND,
                       "address of deliveries",
                       "WordPress refuses to call %.*s, without saying so: it calls public "
                       "addresses on ports 80, 443 and 8080 only. Start the server with another "
                       "--public-url, or add the filters http_request_host_is_external and "
                       "http_allowed_safe_ports to the shop",
                       SLICE_ARG(connect_short(ours)));
    }
}

static void hooks_read(const struct account *account,
                       const struct step *step,
                       const struct http_response *response,
                       struct json root,
                       struct place *at,
                       struct findings *f,
                       struct channel_signal *signal)
{
    for (struct json_iter i = json_iter(root); json_next(&i);) {
        struct slice url = {0};
        struct slice status = {0};
        int64_t id = 0;
        json_text(json_get(i.value, "delivery_url"), &url);
        json_text(json_get(i.value, "status"), &status);
        for (size_t t = 0; t < TOPICS && woo_id(json_get(i.value, "id"), &id); t++) {
            struct slice topic = slice_of(topics[t].topic);
            bool is_active = slice_is(status, "active");
            if (slice_is(text_of(i.value, "topic"), topics[t].topic) &&
                slice_equal(url, connect_hook_url(step, topic, f->arena)) &&
                (at->hooks[t].id == 0 || (is_active && !at->hooks[t].is_active))) {
                at->hooks[t] = (struct found_hook){id, is_active};
            }
        }
    }
    int64_t next = woo_next_page(response, f->arena);
    if (next > at->at + 1 && at->at + 1 < PAGES_MAX) {
        go_to(at, STAGE_HOOKS, at->at + 1, f, signal);
    } else if (connect_can_subscribe(account, step, false, f)) {
        reach_check(account, step, f);
        go_to(at, STAGE_WRITE, 0, f, signal);
    }
}

static void written_read(const struct woo_answer *answer,
                         const struct place *at,
                         struct findings *f,
                         struct channel_signal *signal)
{
    const char *what = topics[at->at].what;
    const struct found_hook *was = &at->hooks[at->at];

    if (answer->verdict == WOO_REFUSED) {
        finding_printf(f,
                       CONNECT_WRONG,
                       what,
                       "the shop refuses it: %.*s",
                       SLICE_ARG(connect_short(answer->reason)));
    } else if (!slice_is(text_of(answer->root, "status"), "active")) {
        finding_add(f,
                    CONNECT_WRONG,
                    what,
                    SLICE("the shop took it and did not switch it on: do so under WooCommerce > "
                          "Settings > Advanced > Webhooks"));
    } else if (was->id == 0) {
        finding_add(f, CONNECT_MADE, what, (struct slice){0});
    } else if (!was->is_active) {
        finding_add(f,
                    CONNECT_MADE,
                    what,
                    SLICE("it was off and is on again; if deliveries had failed, the next failure "
                          "switches it off, and one that arrives ends that"));
    } else if (at->secret.n) {
        finding_add(f, CONNECT_MADE, what, SLICE("it signs with the new secret now"));
    } else {
        finding_add(f, CONNECT_OK, what, (struct slice){0});
    }
    if (at->at + 1 < (int64_t)TOPICS) {
        go_to(at, STAGE_WRITE, at->at + 1, f, signal);
    } else {
        finding_add(f, CONNECT_OK, "right to write", (struct slice){0});
    }
}

/* ---- answers ---- */

/* The keys were good for reading: what is refused here is the right. */
static bool is_right_missing(const struct place *at, const struct woo_answer *answer)
{
    return at->stage == STAGE_WRITE && (answer->status == 401 || answer->status == 403) &&
           json_type(answer->root) == JSON_OBJECT;
}

static void
right_missing(const struct woo_answer *answer, struct findings *f, struct channel_signal *signal)
{
    signal->unauthorised = false;
    finding_printf(f,
                   CONNECT_WRONG,
                   "right to write",
                   "the key may not write (%.*s): make one with the permission Read/Write for an "
                   "administrator or shop manager, under WooCommerce > Settings > Advanced > REST "
                   "API, and connect again",
                   SLICE_ARG(connect_short(answer->reason)));
}

/* A shop with plain permalinks shows its home page instead of /wp-json, with 200 or 404. */
static bool is_perhaps_plain(const struct account *account,
                             const struct place *at,
                             const struct woo_answer *answer)
{
    return at->stage == STAGE_STATUS && !at->is_plain && !woo_config(account)->plain_permalinks &&
           json_type(answer->root) == JSON_NONE && (answer->status == 200 || answer->status == 404);
}

static enum err answer_read(const struct account *account,
                            const struct step *step,
                            const struct http_response *response,
                            const struct woo_answer *answer,
                            struct place *at,
                            struct findings *f,
                            struct connect_report *out,
                            struct channel_signal *signal,
                            struct err_note *note)
{
    if (is_perhaps_plain(account, at, answer)) {
        at->is_plain = true;
        signal->down = false;
        go_to(at, STAGE_STATUS, 0, f, signal);
        return ERR_OK;
    }
    if (is_right_missing(at, answer)) {
        right_missing(answer, f, signal);
        return ERR_OK;
    }
    bool is_one_refused = at->stage == STAGE_WRITE && answer->verdict == WOO_REFUSED;
    if (answer->verdict != WOO_JSON && !is_one_refused) {
        return woo_answer_fault(answer, signal, note);
    }
    switch (at->stage) {
    case STAGE_STATUS:
    case STAGES:
        if (json_type(json_get(answer->root, "environment")) != JSON_OBJECT) {
            return err_note(note, ERR_NET, "the shop's status is not among its answer");
        }
        status_read(account, step, answer->root, at, f, out, signal);
        break;
    case STAGE_STOCK:
        stock_read(answer->root, at, f, signal);
        break;
    case STAGE_ORDERS:
        finding_add(f, CONNECT_OK, "right to read orders", (struct slice){0});
        go_to(at, STAGE_HOOKS, 0, f, signal);
        break;
    case STAGE_HOOKS:
        if (json_type(answer->root) != JSON_ARRAY) {
            return err_note(note, ERR_NET, "the shop's webhooks are not among its answer");
        }
        hooks_read(account, step, response, answer->root, at, f, signal);
        break;
    case STAGE_WRITE:
        written_read(answer, at, f, signal);
        break;
    }
    return ERR_OK;
}

enum err woo_read_connect(const struct account *account,
                          const struct step *step,
                          const struct http_response *response,
                          struct json_doc *doc,
                          struct arena *arena,
                          struct connect_report *out,
                          struct channel_signal *out_signal,
                          struct err_note *note)
{
    struct woo_answer answer = woo_answer_read(response, doc, arena, out_signal);
    struct connect_report report = {0};
    struct findings f;
    struct place at;

    findings_init(&f, arena);
    if (!place_read(step->cursor, &at) || !step->nonce) {
        return err_note(note, ERR_USAGE, "a cursor that is not of this exchange");
    }
    enum err e = answer_read(account, step, response, &answer, &at, &f, &report, out_signal, note);
    e = e ? e : findings_report(&f, &report, note);
    if (e) {
        out_signal->next = (struct next_request){0};
        return e;
    }
    *out = report;
    return ERR_OK;
}
