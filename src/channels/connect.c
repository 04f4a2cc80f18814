/* SPDX-License-Identifier: Apache-2.0 */
#include "channels/connect.h"
#include "base/crypto.h"
#include "base/json_write.h"

#define SHORT_MAX 160
#define DETAIL_MAX 8192
#define PLACES_SHOWN 20

void finding_add(struct findings *f,
                 enum connect_state state,
                 const char *what,
                 struct slice detail)
{
    if (f->count == FINDINGS_MAX || !what) {
        f->overflow = true;
        return;
    }
    f->list[f->count++] = (struct connect_check){.state = state, .what = what, .detail = detail};
}

void finding_printf(
    struct findings *f, enum connect_state state, const char *what, const char *detail, ...)
{
    char line[1024];
    va_list args;

    va_start(args, detail);
    int n = vsnprintf(line, sizeof line, detail, args);
    va_end(args);
    size_t length = n < 0 ? 0 : (size_t)n < sizeof line ? (size_t)n : sizeof line - 1;
    finding_add(f, state, what, arena_copy(f->arena, (struct slice){line, length}));
}

enum err findings_report(struct findings *f, struct connect_report *out, struct err_note *note)
{
    struct connect_check *list = ARENA_ARRAY(f->arena, f->count + 1, struct connect_check);

    if (!list || f->arena->exhausted || f->overflow) {
        return err_note(note, ERR_LIMIT, "the answer holds more than can be reported");
    }
    for (size_t i = 0; i < f->count; i++) {
        list[i] = f->list[i];
    }
    out->checks = list;
    out->checks_count = f->count;
    return ERR_OK;
}

struct slice connect_short(struct slice text)
{
    size_t n = text.n;

    if (n > SHORT_MAX) {
        n = SHORT_MAX;
        while (n > 0 && ((unsigned char)text.p[n] & 0xC0) == 0x80) {
            n--; /* cut at a character's beginning */
        }
    }
    return (struct slice){text.p ? text.p : "", n};
}

bool connect_can_subscribe(const struct account *account,
                           const struct step *step,
                           bool https_only,
                           struct findings *f)
{
    bool wants_https = https_only && slice_starts(account->base_url, "https://");
    struct slice url = connect_short(step->hooks_url);

    if (url.n && (!wants_https || slice_starts(url, "https://"))) {
        return true;
    }
    finding_printf(f,
                   CONNECT_BY_HAND,
                   "webhooks",
                   "our address for deliveries is %.*s: start the server with --public-url "
                   "https://..., a name that can be reached from outside, and connect again. Until "
                   "then sales are found by reading alone",
                   SLICE_ARG(url.n ? url : SLICE("not set")));
    return false;
}

struct slice connect_hook_url(const struct step *step, struct slice topic, struct arena *arena)
{
    return arena_printf(arena, "%.*s/%.*s", SLICE_ARG(step->hooks_url), SLICE_ARG(topic));
}

/* ---- places ---- */

static const struct connect_place *
place_find(const struct connect_place *places, size_t count, struct slice id)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(places[i].id, id)) {
            return &places[i];
        }
    }
    return NULL;
}

/* The text to set, then which number is whose. */
static void places_offer(const struct connect_place *places, size_t count, struct findings *f)
{
    ON_EXIT(buf_free) struct buf text;
    size_t shown = 0;

    buf_init(&text, DETAIL_MAX);
    buf_text(&text, "set settings.location_map to [");
    for (size_t i = 0; i < count; i++) {
        if (places[i].is_active && shown < PLACES_SHOWN) {
            buf_text(&text, shown++ ? "," : "");
            buf_text(&text, "{\"location\":\"YOUR-CODE\",\"remote\":\"");
            buf_slice(&text, connect_short(places[i].id));
            buf_text(&text, "\"}");
        }
    }
    buf_text(&text, shown > 1 ? "], with those that hold your stock: " : "]: ");
    shown = 0;
    for (size_t i = 0; i < count; i++) {
        if (places[i].is_active && shown < PLACES_SHOWN) {
            buf_text(&text, shown++ ? ", " : "");
            buf_slice(&text, connect_short(places[i].id));
            buf_text(&text, " is ");
            buf_slice(&text, connect_short(places[i].name));
        }
    }
    buf_text(&text, ". YOUR-CODE is the code of the same place here");
    finding_add(f, CONNECT_BY_HAND, "locations", arena_copy(f->arena, buf_view(&text)));
}

void connect_places(const struct account *account,
                    const struct connect_place *places,
                    size_t count,
                    struct findings *f)
{
    size_t wrong = 0;
    size_t active = 0;

    for (size_t i = 0; i < count; i++) {
        active += places[i].is_active;
    }
    for (size_t i = 0; i < account->locations_count && i < PLACES_SHOWN; i++) {
        const struct location_link *link = &account->locations[i];
        const struct connect_place *place = place_find(places, count, link->remote);
        if (!place || !place->is_active) {
            wrong++;
            finding_printf(f,
                           CONNECT_WRONG,
                           "locations",
                           "settings.location_map maps %.*s to %.*s, %s: correct it",
                           SLICE_ARG(connect_short(link->location)),
                           SLICE_ARG(connect_short(link->remote)),
                           place ? "which is switched off there" : "which is not there");
        }
    }
    if (active == 0) {
        finding_printf(f,
                       CONNECT_WRONG,
                       "locations",
                       "the account has no active location: nothing can hold stock there");
    } else if (account->locations_count == 0) {
        places_offer(places, count, f);
    } else if (wrong == 0) {
        finding_printf(f,
                       CONNECT_OK,
                       "locations",
                       "%zu of %zu active ones are mapped",
                       account->locations_count,
                       active);
    }
    for (size_t i = 0, shown = 0; i < count && shown < PLACES_SHOWN; i++) {
        if (places[i].is_active) {
            finding_printf(f,
                           CONNECT_OK,
                           CONNECT_PLACE,
                           "%.*s %.*s",
                           SLICE_ARG(connect_short(places[i].id)),
                           SLICE_ARG(connect_short(places[i].name)));
            shown++;
        }
    }
}

/* ---- secrets and addresses ---- */

struct slice
connect_new_secret(const struct step *step, struct slice credential, struct arena *arena)
{
    static const char purpose[] = "deliveries";
    uint8_t mac[SHA256_SIZE];
    char text[16 + sizeof purpose];

    memcpy(text, step->nonce, 16);
    memcpy(text + 16, purpose, sizeof purpose);
    hmac_sha256(mac, credential, (struct slice){text, sizeof text});
    struct slice hex = hex_encode(arena, (struct slice){(const char *)mac, sizeof mac});
    crypto_wipe(mac, sizeof mac);
    return hex;
}

struct slice connect_object(const char *name, struct slice value, struct arena *arena)
{
    ON_EXIT(buf_free) struct buf text;

    buf_init(&text, DETAIL_MAX);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    json_field_text(&w, name, value);
    json_end_object(&w);
    return text.overflow ? (struct slice){0} : arena_copy(arena, buf_view(&text));
}

bool connect_credential(struct json v, struct slice *out)
{
    struct slice text = {0};

    if (!json_text(v, &text) || text.n == 0 || text.n > CREDENTIAL_MAX) {
        return false;
    }
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] <= ' ' || text.p[i] > '~') {
            return false;
        }
    }
    *out = text;
    return true;
}

struct slice connect_origin(struct slice url)
{
    struct slice rest = url;
    struct slice scheme;
    struct slice host;

    if (!slice_cut(&rest, ':', &scheme) || !slice_starts(rest, "//")) {
        return url;
    }
    rest = slice_from(rest, 2);
    slice_cut(&rest, '/', &host);
    return (struct slice){url.p, scheme.n + 3 + host.n};
}

void connect_put_param(
    struct buf *out, char sep, const char *name, struct slice value, struct arena *arena)
{
    struct slice encoded = percent_encode(arena, value);

    buf_char(out, sep);
    buf_text(out, name);
    buf_char(out, '=');
    buf_slice(out, encoded);
}
