/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connecting: one exchange that finds the shop and its warehouse, subscribes to deliveries, and
 * tries each right that can be tried without changing anything. Its cursors, with the shop's
 * cipher, which the account may not have yet:
 *
 *   ""             the shops that the seller allowed
 *   "w CIPHER"     the warehouses
 *   "h CIPHER"     which deliveries are subscribed
 *   "p CIPHER 024" the first of these is subscribed (indexes of `hooks`)
 *   "o CIPHER"     are orders readable? Only now: TikTok wants the order webhook first
 *   "i CIPHER"     are products readable?
 *
 * A refusal is a check of the report, and the exchange goes on; a fault of the network or of the
 * credentials ends it.
 */
#include "channels/connect.h"
#include "base/json_write.h"
#include "channels/tiktok/tiktok.h"

#define ADDRESS_MAX 255
#define DETAIL_MAX 2048
#define PLACES_SHOWN 20
#define CHECKS_MAX (8 + PLACES_SHOWN)

#define HOOK_WORD "webhook "
static const char *const hooks[] = {
    HOOK_WORD "ORDER_STATUS_CHANGE",
    HOOK_WORD "CANCELLATION_STATUS_CHANGE",
    HOOK_WORD "RETURN_STATUS_CHANGE",
    HOOK_WORD "INVENTORY_STATUS_CHANGE",
    HOOK_WORD "SELLER_DEAUTHORIZATION",
    HOOK_WORD "UPCOMING_AUTHORIZATION_EXPIRATION",
};
_Static_assert(COUNT_OF(hooks) <= 10, "an index is one digit of a cursor");

static const char *event_of(size_t hook)
{
    return hooks[hook] + strlen(HOOK_WORD);
}

struct stage {
    char kind;           /* 's' at the beginning */
    struct slice cipher; /* empty at the beginning */
    struct slice wanted; /* of 'p': indexes */
};

static bool stage_of(struct slice cursor, struct stage *out)
{
    struct slice kind;

    *out = (struct stage){.kind = 's'};
    if (!cursor.n) {
        return true;
    }
    slice_cut(&cursor, ' ', &kind);
    slice_cut(&cursor, ' ', &out->cipher);
    out->wanted = cursor;
    if (kind.n != 1 || !memchr("whpoi", kind.p[0], 5) || !out->cipher.n ||
        !tt_is_token(out->cipher)) {
        return false;
    }
    out->kind = kind.p[0];
    for (size_t i = 0; i < out->wanted.n; i++) {
        if (out->wanted.p[i] < '0' || out->wanted.p[i] >= '0' + (char)COUNT_OF(hooks)) {
            return false;
        }
    }
    return (out->kind == 'p') == (out->wanted.n > 0) && out->wanted.n <= COUNT_OF(hooks);
}

static size_t first_wanted(const struct stage *stage)
{
    return (size_t)(stage->wanted.p[0] - '0');
}

static struct slice address_of(const struct step *step, size_t hook, struct arena *arena)
{
    return arena_printf(arena, "%.*s/%s", SLICE_ARG(step->hooks_url), event_of(hook));
}

/* ---- requests ---- */

static struct slice subscription(const struct step *step, size_t hook, struct arena *arena)
{
    ON_EXIT(buf_free) struct buf body;

    buf_init(&body, DETAIL_MAX);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w);
    json_field_str(&w, "event_type", event_of(hook));
    json_field_text(&w, "address", address_of(step, hook, arena));
    json_end_object(&w);
    return body.overflow ? (struct slice){0} : arena_copy(arena, buf_view(&body));
}

enum err tt_build_connect(const struct account *account,
                          const struct step *step,
                          struct arena *arena,
                          struct http_request *out)
{
    struct stage stage;

    if (!stage_of(step->cursor, &stage)) {
        return ERR_USAGE;
    }
    struct tt_call call = {.method = "GET", .cipher = stage.cipher};
    switch (stage.kind) {
    case 'w':
        call.path = SLICE("/logistics/202309/warehouses");
        break;
    case 'h':
        call.path = SLICE("/event/202309/webhooks");
        break;
    case 'p':
        call.method = "PUT";
        call.path = SLICE("/event/202309/webhooks");
        call.body = subscription(step, first_wanted(&stage), arena);
        break;
    case 'o':
        call.method = "POST";
        call.path = SLICE("/order/202309/orders/search");
        call.params[call.params_count++] = (struct tt_param){"page_size", SLICE("1")};
        call.body = SLICE("{}");
        break;
    case 'i':
        call.method = "POST";
        call.path = SLICE("/product/202502/products/search");
        call.params[call.params_count++] = (struct tt_param){"page_size", SLICE("1")};
        call.body = SLICE("{\"status\":\"ACTIVATE\"}");
        break;
    default:
        call.path = SLICE("/authorization/202309/shops");
        call.is_without_shop = true;
        break;
    }
    if (stage.kind == 'p' && !call.body.p) {
        return ERR_LIMIT;
    }
    return tt_request(account, &call, step, arena, out);
}

/* ---- the report ---- */

struct report {
    const struct account *account;
    const struct step *step;
    struct arena *arena;
    struct connect_check *checks;
    size_t count;
    struct slice settings;
    struct slice next; /* empty: this was the last */
};

static void check(struct report *r, enum connect_state state, const char *what, struct slice detail)
{
    must(r->count < CHECKS_MAX);
    r->checks[r->count++] = (struct connect_check){.state = state, .what = what, .detail = detail};
}

static void go_on(struct report *r, const char *kind, struct slice cipher, struct slice wanted)
{
    r->next =
        wanted.n
            ? arena_printf(r->arena, "%s %.*s %.*s", kind, SLICE_ARG(cipher), SLICE_ARG(wanted))
            : arena_printf(r->arena, "%s %.*s", kind, SLICE_ARG(cipher));
}

static struct slice settings_text(struct arena *arena,
                                  const char *name,
                                  struct slice value,
                                  const char *other,
                                  struct slice other_value)
{
    ON_EXIT(buf_free) struct buf text;

    buf_init(&text, TT_TOKEN_MAX + DETAIL_MAX);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    if (value.n) {
        json_field_text(&w, name, value);
    }
    if (other && other_value.n) {
        json_field_text(&w, other, other_value);
    }
    json_end_object(&w);
    return arena_copy(arena, buf_view(&text));
}

static struct slice text_of(struct json object, const char *name)
{
    struct slice text = {0};

    return json_text(json_get(object, name), &text) ? text : (struct slice){0};
}

/* Names are the sellers': a line of them is kept short. */
static void buf_name(struct buf *out, struct slice name)
{
    buf_slice(out, (struct slice){name.p, name.n < 60 ? name.n : 60});
}

/* ---- the shop ---- */

static struct slice shops_text(struct json shops, struct arena *arena)
{
    ON_EXIT(buf_free) struct buf text;

    buf_init(&text, (size_t)16 << 10);
    buf_text(
        &text,
        "The seller allowed several shops. Make a channel of each, with settings.shop_cipher: ");
    size_t shown = 0;
    for (struct json_iter i = json_iter(shops); json_next(&i); shown++) {
        size_t before = text.n;
        buf_text(&text, shown ? "; " : "");
        buf_name(&text, text_of(i.value, "code"));
        buf_text(&text, " ");
        buf_name(&text, text_of(i.value, "name"));
        buf_text(&text, " (");
        buf_name(&text, text_of(i.value, "region"));
        buf_text(&text, "): ");
        buf_slice(&text, text_of(i.value, "cipher"));
        if (text.overflow) {
            text.n = before;
            break;
        }
    }
    return arena_copy(arena, buf_view(&text));
}

static void shop_found(struct report *r, struct json shop)
{
    const struct tt_config *config = tt_config(r->account);
    struct slice cipher = arena_copy(r->arena, text_of(shop, "cipher"));
    struct slice id = {0};

    if (!cipher.n || !tt_is_token(cipher)) {
        check(r, CONNECT_WRONG, "shop", SLICE("TikTok names the shop without a cipher"));
        return;
    }
    bool finds_id = tt_id(json_get(shop, "id"), r->arena, &id) && !slice_equal(id, config->shop_id);
    bool is_new = !config->shop_cipher.n;
    check(r,
          is_new ? CONNECT_MADE : CONNECT_OK,
          "shop",
          arena_printf(r->arena,
                       "%.*s (%.*s)",
                       (int)(text_of(shop, "name").n < 60 ? text_of(shop, "name").n : 60),
                       text_of(shop, "name").p ? text_of(shop, "name").p : "",
                       (int)(text_of(shop, "region").n < 8 ? text_of(shop, "region").n : 8),
                       text_of(shop, "region").p ? text_of(shop, "region").p : ""));
    if (is_new || finds_id) {
        r->settings = settings_text(r->arena,
                                    "shop_cipher",
                                    is_new ? cipher : (struct slice){0},
                                    "shop_id",
                                    finds_id ? id : (struct slice){0});
    }
    go_on(r, "w", cipher, (struct slice){0});
}

static void shops_read(struct report *r, struct json data)
{
    const struct tt_config *config = tt_config(r->account);
    struct json shops = json_get(data, "shops");
    size_t count = json_count(shops);
    struct json_iter first = json_iter(shops);

    check(r,
          CONNECT_OK,
          "credentials",
          SLICE("the seller's permission ends some day: TikTok says so 30 days before (webhook "
                "UPCOMING_AUTHORIZATION_EXPIRATION), and the seller then allows the app again"));
    if (config->shop_cipher.n) {
        for (struct json_iter i = json_iter(shops); json_next(&i);) {
            if (slice_equal(text_of(i.value, "cipher"), config->shop_cipher)) {
                shop_found(r, i.value);
                return;
            }
        }
        check(r,
              CONNECT_WRONG,
              "shop",
              SLICE("settings.shop_cipher is none of the shops that the seller allowed: leave it "
                    "out and connect again"));
    } else if (count == 1 && json_next(&first)) {
        shop_found(r, first.value);
    } else if (count == 0) {
        check(r,
              CONNECT_WRONG,
              "shop",
              SLICE("the seller allowed no shop: open the consent address again with the shop's "
                    "main account"));
    } else {
        check(r, CONNECT_BY_HAND, "shop", shops_text(shops, r->arena));
    }
}

/* ---- the warehouse ---- */

static bool sells(struct json warehouse)
{
    return slice_is(text_of(warehouse, "type"), "SALES_WAREHOUSE") &&
           slice_is(text_of(warehouse, "effect_status"), "ENABLED");
}

static struct json warehouse_find(struct json list, struct slice id)
{
    for (struct json_iter i = json_iter(list); json_next(&i);) {
        if (tt_id_same(json_get(i.value, "id"), id)) {
            return i.value;
        }
    }
    return (struct json){0};
}

static struct slice warehouses_text(struct json list, const char *before, struct arena *arena)
{
    ON_EXIT(buf_free) struct buf text;
    size_t shown = 0;

    buf_init(&text, DETAIL_MAX);
    buf_text(&text, before);
    for (struct json_iter i = json_iter(list); json_next(&i);) {
        size_t start = text.n;
        if (!sells(i.value)) {
            continue;
        }
        buf_text(&text, shown++ ? "; " : "");
        buf_name(&text, text_of(i.value, "id"));
        buf_text(&text, " ");
        buf_name(&text, text_of(i.value, "name"));
        if (text.overflow) {
            text.n = start;
            break;
        }
    }
    return arena_copy(arena, buf_view(&text));
}

static void mapped_read(struct report *r, struct json list)
{
    for (size_t i = 0; i < r->account->locations_count; i++) {
        struct slice remote = r->account->locations[i].remote;
        if (!sells(warehouse_find(list, remote))) {
            struct slice before = arena_printf(r->arena,
                                               "settings.warehouse_map names %.*s, which is no "
                                               "enabled sales warehouse. Those are: ",
                                               SLICE_ARG(remote));
            check(r,
                  CONNECT_WRONG,
                  "warehouses",
                  warehouses_text(list, before.p ? before.p : "", r->arena));
            return;
        }
    }
    check(r, CONNECT_OK, "warehouses", (struct slice){0});
}

static void warehouses_read(struct report *r, struct json data)
{
    const struct tt_config *config = tt_config(r->account);
    struct json list = json_get(data, "warehouses");
    struct json chosen = {0};
    struct json only = {0};
    struct slice id = {0};
    size_t count = 0;

    if (r->account->has_locations) {
        mapped_read(r, list);
        return;
    }
    for (struct json_iter i = json_iter(list); json_next(&i);) {
        bool is_default = false;
        if (sells(i.value)) {
            count++;
            only = i.value;
            json_bool(json_get(i.value, "is_default"), &is_default);
            chosen = is_default ? i.value : chosen;
        }
    }
    if (config->warehouse_id.n) {
        bool is_good = sells(warehouse_find(list, config->warehouse_id));
        check(r,
              is_good ? CONNECT_OK : CONNECT_WRONG,
              "warehouse",
              is_good ? (struct slice){0}
                      : warehouses_text(list,
                                        "settings.warehouse_id is no enabled sales warehouse. "
                                        "Those are: ",
                                        r->arena));
        return;
    }
    chosen = json_type(chosen) == JSON_NONE && count == 1 ? only : chosen;
    if (!tt_id(json_get(chosen, "id"), r->arena, &id)) {
        check(r,
              CONNECT_WRONG,
              "warehouse",
              warehouses_text(list,
                              "the shop has no default sales warehouse that is enabled. Set "
                              "settings.warehouse_id, or settings.warehouse_map, to one of: ",
                              r->arena));
        return;
    }
    r->settings = settings_text(r->arena, "warehouse_id", id, NULL, (struct slice){0});
    check(r,
          CONNECT_MADE,
          "warehouse",
          count > 1 ? warehouses_text(list,
                                      "the default one is kept. To sell from several, set "
                                      "settings.warehouse_map; there are: ",
                                      r->arena)
                    : (struct slice){0});
}

/* Each by itself, for whoever says which of our locations it is. */
static void places_read(struct report *r, struct json list)
{
    size_t shown = 0;
    for (struct json_iter i = json_iter(list); json_next(&i) && shown < PLACES_SHOWN;) {
        struct slice id;
        if (sells(i.value) && tt_id(json_get(i.value, "id"), r->arena, &id)) {
            struct slice name = connect_short(text_of(i.value, "name"));
            check(r,
                  CONNECT_OK,
                  CONNECT_PLACE,
                  arena_printf(r->arena, "%.*s %.*s", SLICE_ARG(id), SLICE_ARG(name)));
            shown++;
        }
    }
}

/* ---- deliveries ---- */

/* What TikTok does not call; NULL: nothing is known against it. */
static const char *address_fault(struct slice url)
{
    struct slice rest = url;
    struct slice host = {0};
    bool is_number = true;

    if (!slice_starts(url, "https://")) {
        return "TikTok calls https only: set --public-url";
    }
    rest = slice_from(rest, strlen("https://"));
    slice_cut(&rest, '/', &host);
    if (memchr(host.p, ':', host.n)) {
        return "TikTok calls no address with a port: set --public-url to one without";
    }
    for (size_t i = 0; i < host.n; i++) {
        is_number = is_number && ((host.p[i] >= '0' && host.p[i] <= '9') || host.p[i] == '.');
    }
    return is_number ? "TikTok calls host names only, no numbers: set --public-url" : NULL;
}

static void hooks_read(struct report *r, const struct stage *stage, struct json data)
{
    char wanted[COUNT_OF(hooks)];
    size_t count = 0;

    if (!r->step->hooks_url.n) {
        check(r,
              CONNECT_BY_HAND,
              "webhooks",
              SLICE("the server does not know its own address: start it with --public-url and "
                    "connect again"));
        go_on(r, "o", stage->cipher, (struct slice){0});
        return;
    }
    for (size_t h = 0; h < COUNT_OF(hooks); h++) {
        struct slice address = address_of(r->step, h, r->arena);
        bool is_there = false;
        for (struct json_iter i = json_iter(json_get(data, "webhooks")); json_next(&i);) {
            is_there = is_there || (slice_is(text_of(i.value, "event_type"), event_of(h)) &&
                                    slice_equal(text_of(i.value, "address"), address));
        }
        if (is_there) {
            check(r, CONNECT_OK, hooks[h], (struct slice){0});
        } else if (address.n > ADDRESS_MAX) {
            check(r,
                  CONNECT_WRONG,
                  hooks[h],
                  SLICE("the address is longer than the 255 bytes that TikTok takes: shorten "
                        "--public-url or the channel's code"));
        } else {
            wanted[count++] = (char)('0' + h);
        }
    }
    go_on(r, count ? "p" : "o", stage->cipher, (struct slice){wanted, count});
}

static void subscribed(struct report *r, const struct stage *stage, const struct tt_answer *answer)
{
    size_t hook = first_wanted(stage);

    if (answer->verdict == TT_DONE) {
        check(r, CONNECT_MADE, hooks[hook], (struct slice){0});
    } else {
        const char *fault = address_fault(r->step->hooks_url);
        /* Without the first, orders may not even be readable. */
        check(r,
              hook == 0 ? CONNECT_WRONG : CONNECT_BY_HAND,
              hooks[hook],
              arena_printf(r->arena,
                           "TikTok refuses the subscription: %.*s. %s%sOr enter it in Partner "
                           "Center > App & Service > your app > Manage webhooks: event %s, address "
                           "%.*s/%s",
                           SLICE_ARG(answer->reason),
                           fault ? fault : "",
                           fault ? ". " : "",
                           event_of(hook),
                           SLICE_ARG(r->step->hooks_url),
                           event_of(hook)));
    }
    struct slice rest = slice_from(stage->wanted, 1);
    go_on(r, rest.n ? "p" : "o", stage->cipher, rest);
}

/* ---- rights ---- */

static struct slice right_missing(struct report *r, const char *scope, struct slice reason)
{
    return arena_printf(r->arena,
                        "%.*s. Partner Center > App & Service > your app > Manage API: switch on "
                        "%s, then have the seller allow the app again",
                        SLICE_ARG(reason),
                        scope);
}

static void
right_read(struct report *r, const struct tt_answer *answer, const char *what, const char *scope)
{
    bool is_good = answer->verdict == TT_DONE;

    check(r,
          is_good ? CONNECT_OK : CONNECT_WRONG,
          what,
          is_good ? (struct slice){0} : right_missing(r, scope, answer->reason));
}

static void rights_end(struct report *r)
{
    check(r,
          CONNECT_BY_HAND,
          "right to write stock",
          SLICE("it cannot be tried without writing: see that the app has the scope "
                "seller.product.write (Partner Center > App & Service > your app > Manage API). A "
                "scope added later needs the seller to allow the app again"));
}

static void stage_read(struct report *r, const struct stage *stage, const struct tt_answer *answer)
{
    struct slice none = {0};
    bool is_done = answer->verdict == TT_DONE;

    switch (stage->kind) {
    case 'w':
        if (is_done) {
            warehouses_read(r, answer->data);
            places_read(r, json_get(answer->data, "warehouses"));
        } else {
            right_read(r, answer, "right to read warehouses", "seller.logistics");
        }
        go_on(r, "h", stage->cipher, none);
        return;
    case 'h':
        if (is_done) {
            hooks_read(r, stage, answer->data);
        } else {
            right_read(r, answer, "right to read webhooks", "seller.authorization.info");
            go_on(r, "o", stage->cipher, none);
        }
        return;
    case 'p':
        subscribed(r, stage, answer);
        return;
    case 'o':
        right_read(r, answer, "right to read orders", "seller.order.info");
        go_on(r, "i", stage->cipher, none);
        return;
    case 'i':
        right_read(r, answer, "right to read products", "seller.product.basic");
        rights_end(r);
        return;
    default:
        if (is_done) {
            shops_read(r, answer->data);
            return;
        }
        right_read(r, answer, "right to read shops", "seller.authorization.info");
        if (tt_config(r->account)->shop_cipher.n) {
            go_on(r, "w", tt_config(r->account)->shop_cipher, none);
        }
        return;
    }
}

enum err tt_read_connect(const struct account *account,
                         const struct step *step,
                         const struct http_response *response,
                         struct json_doc *doc,
                         struct arena *arena,
                         struct connect_report *out,
                         struct channel_signal *out_signal,
                         struct err_note *note)
{
    struct tt_answer answer = tt_answer_read(response, doc, arena, out_signal);
    struct report r = {.account = account,
                       .step = step,
                       .arena = arena,
                       .checks = ARENA_ARRAY(arena, CHECKS_MAX, struct connect_check)};
    struct stage stage;

    if (!stage_of(step->cursor, &stage)) {
        return err_note(note, ERR_USAGE, "not a cursor of connecting");
    }
    bool is_refusal = answer.verdict == TT_REFUSED || tt_code_is_scope(answer.code);
    if (answer.verdict != TT_DONE && !is_refusal) {
        return tt_answer_fault(&answer, out_signal, note);
    }
    if (is_refusal) {
        out_signal->unauthorised = false; /* one right is missing: the check says it */
    }
    if (!r.checks) {
        return err_note(note, ERR_LIMIT, "the report is too large");
    }
    stage_read(&r, &stage, &answer);
    if (arena->exhausted) {
        return err_note(note, ERR_LIMIT, "the report is too large");
    }
    if (r.next.n) {
        out_signal->next = (struct next_request){.is_wanted = true, .cursor = r.next};
    }
    *out = (struct connect_report){
        .checks = r.checks, .checks_count = r.count, .settings = r.settings};
    return ERR_OK;
}
