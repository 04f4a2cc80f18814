/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connecting: whose token it is and which shop that is, the shop itself, the rights of the token.
 * Webhooks have no API: what to paste into Etsy's portal is left to a person.
 *
 * Cursor: "shop:ID", then "scopes:ID".
 */
#include "channels/connect.h"
#include "base/crypto.h"
#include "channels/etsy/etsy.h"

enum stage { STAGE_ME, STAGE_SHOP, STAGE_SCOPES };

struct place {
    enum stage stage;
    struct slice shop;
};

static bool place_of(struct slice cursor, struct place *out)
{
    struct slice stage;
    int64_t id = 0;

    *out = (struct place){.stage = STAGE_ME};
    if (!cursor.n) {
        return true;
    }
    slice_cut(&cursor, ':', &stage);
    if (!slice_int(cursor, &id) || id < 1) {
        return false;
    }
    out->shop = cursor;
    out->stage = slice_is(stage, "shop") ? STAGE_SHOP : STAGE_SCOPES;
    return out->stage == STAGE_SHOP || slice_is(stage, "scopes");
}

enum err etsy_build_connect(const struct account *account,
                            const struct step *step,
                            struct arena *arena,
                            struct http_request *out)
{
    struct place place;
    struct slice none = {0};

    if (!place_of(step->cursor, &place)) {
        return ERR_USAGE;
    }
    if (place.stage == STAGE_ME) {
        return etsy_request(
            account, "GET", SLICE("/v3/application/users/me"), none, false, arena, out);
    }
    if (place.stage == STAGE_SHOP) {
        struct slice path =
            arena_printf(arena, "/v3/application/shops/%.*s", SLICE_ARG(place.shop));
        return etsy_request(account, "GET", path, none, false, arena, out);
    }
    struct slice token = percent_encode(arena, etsy_config(account)->access_token);
    if (!token.p) {
        return etsy_wants_token(account) ? ERR_AUTH : ERR_LIMIT;
    }
    struct slice form = arena_printf(arena, "token=%.*s", SLICE_ARG(token));
    return etsy_request(account, "POST", SLICE("/v3/application/scopes"), form, true, arena, out);
}

/* ---- answers ---- */

struct checking {
    const struct account *account;
    const struct etsy_config *config;
    const struct step *step;
    struct arena *arena;
    struct findings found;
    struct slice settings;
};

static void
check_add(struct checking *c, enum connect_state state, const char *what, struct slice detail)
{
    finding_add(&c->found, state, what, detail);
}

/* The shop of the token; empty: it has none, or another one than the settings say. */
static struct slice me_read(struct checking *c, struct json root)
{
    int64_t shop = 0;

    check_add(c, CONNECT_OK, "credentials", (struct slice){0});
    if (!etsy_id(json_get(root, "shop_id"), &shop)) {
        check_add(c,
                  CONNECT_WRONG,
                  "shop",
                  SLICE("the account that allowed the access has no shop: allow it again, logged "
                        "in at Etsy as the shop's owner"));
        return (struct slice){0};
    }
    struct slice id = arena_printf(c->arena, "%" PRId64, shop);
    if (c->config->shop_id.n && !slice_equal(id, c->config->shop_id)) {
        finding_printf(&c->found,
                       CONNECT_WRONG,
                       "shop",
                       "the access belongs to shop %.*s, settings.shop_id is %.*s: correct it, or "
                       "allow the access as the owner of that shop",
                       SLICE_ARG(id),
                       SLICE_ARG(c->config->shop_id));
        return (struct slice){0};
    }
    if (!c->config->shop_id.n) {
        check_add(c, CONNECT_MADE, "shop_id", id);
        c->settings = connect_object("shop_id", id, c->arena);
    }
    return id;
}

static void shop_read(struct checking *c, const struct etsy_answer *answer)
{
    struct slice name = {0};
    bool is_away = false;

    if (answer->verdict != ETSY_DONE) {
        check_add(c, CONNECT_WRONG, "shop", answer->reason);
        return;
    }
    json_text(json_get(answer->root, "shop_name"), &name);
    json_bool(json_get(answer->root, "is_vacation"), &is_away);
    name = connect_short(name);
    finding_printf(&c->found,
                   CONNECT_OK,
                   "shop",
                   "%.*s%s",
                   (int)name.n,
                   name.n ? name.p : "",
                   is_away ? ", in vacation mode: it sells nothing" : "");
}

static bool has_scope(struct json scopes, const char *name)
{
    struct slice one;

    for (struct json_iter i = json_iter(scopes); json_next(&i);) {
        if (json_text(i.value, &one) && slice_is(one, name)) {
            return true;
        }
    }
    return false;
}

static void scopes_read(struct checking *c, const struct etsy_answer *answer)
{
    static const struct {
        const char *scope, *what, *missing;
    } rights[] = {
        {"transactions_r",
         "right to read orders",
         "the scope transactions_r is missing: allow the access again"},
        {"listings_r",
         "right to read stock",
         "the scope listings_r is missing: allow the access again"},
        {"listings_w",
         "right to write stock",
         "the scope listings_w is missing: allow the access again"},
    };
    struct json scopes = json_get(answer->root, "scopes");

    if (answer->verdict != ETSY_DONE || json_type(scopes) != JSON_ARRAY) {
        check_add(c,
                  CONNECT_BY_HAND,
                  "rights",
                  SLICE("Etsy did not say which rights were given. They must be: " ETSY_SCOPES));
        return;
    }
    for (size_t i = 0; i < COUNT_OF(rights); i++) {
        bool has = has_scope(scopes, rights[i].scope);
        check_add(c,
                  has ? CONNECT_OK : CONNECT_WRONG,
                  rights[i].what,
                  has ? (struct slice){0} : slice_of(rights[i].missing));
    }
}

/* Etsy has no API for its webhooks. Without them orders are read every 30 s all the same. */
static void by_hand(struct checking *c)
{
    struct slice url = c->step->hooks_url;
    bool has_secret = c->config->webhook_key.n > 0;

    if (connect_can_subscribe(c->account, c->step, true, &c->found)) {
        finding_printf(
            &c->found,
            has_secret ? CONNECT_OK : CONNECT_BY_HAND,
            "webhooks",
            "%s (apps with commercial access): https://www.etsy.com/developers/your-apps "
            "> the app > Go to Webhook portal > Add Endpoint, URL %.*s, events "
            "order.paid, order.canceled, order.shipped, order.delivered%s",
            has_secret ? "the secret is set; the portal must show this endpoint"
                       : "make this endpoint in Etsy's portal",
            (int)url.n,
            url.n ? url.p : "",
            has_secret ? "" : "; then set its secret, whsec_..., as webhook_secret");
    }
    check_add(c,
              CONNECT_BY_HAND,
              "cap",
              SLICE("Etsy shows 999 of a variation at most: set the channel's cap to 999"));
}

static void
go_on(struct checking *c, const char *stage, struct slice shop, struct channel_signal *s)
{
    s->next = (struct next_request){
        .is_wanted = true, .cursor = arena_printf(c->arena, "%s:%.*s", stage, SLICE_ARG(shop))};
}

/* What ends the exchange: the credentials, or an outage. A refusal of one question is a finding. */
static bool is_fault(const struct etsy_answer *answer, enum stage stage)
{
    return answer->verdict != ETSY_DONE && (stage == STAGE_ME || answer->verdict != ETSY_REFUSED);
}

enum err etsy_read_connect(const struct account *account,
                           const struct step *step,
                           const struct http_response *response,
                           struct json_doc *doc,
                           struct arena *arena,
                           struct connect_report *out,
                           struct channel_signal *out_signal,
                           struct err_note *note)
{
    struct etsy_answer answer = etsy_answer_read(response, doc, arena, out_signal);
    struct checking c = {
        .account = account, .config = etsy_config(account), .step = step, .arena = arena};
    struct place place;

    findings_init(&c.found, arena);
    if (!place_of(step->cursor, &place)) {
        return err_note(note, ERR_USAGE, "not a step of connecting");
    }
    if (is_fault(&answer, place.stage)) {
        return etsy_answer_fault(&answer, out_signal, note);
    }
    if (place.stage == STAGE_ME) {
        struct slice shop = me_read(&c, answer.root);
        if (shop.n) {
            go_on(&c, "shop", shop, out_signal);
        }
    } else if (place.stage == STAGE_SHOP) {
        shop_read(&c, &answer);
        go_on(&c, "scopes", place.shop, out_signal);
    } else {
        scopes_read(&c, &answer);
        by_hand(&c);
    }
    struct connect_report report = {.settings = c.settings};
    enum err e = findings_report(&c.found, &report, note);
    if (e) {
        out_signal->next.is_wanted = false;
        return e;
    }
    *out = report;
    return ERR_OK;
}
