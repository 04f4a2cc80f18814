/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/outlet.h"

#include "base/crypto.h"
#include "base/standard_webhooks.h"

#define DAY_US (24 * 3600 * US_PER_S)

/* ---- what is told ---- */

static const struct {
    int64_t tale;
    const char *state, *text;
} tales[] = {
    {TALE_OPENED, "opened", "incident.opened"},
    {TALE_UPDATED, "updated", "incident.updated"},
    {TALE_RESOLVED, "resolved", "incident.resolved"},
};

int64_t tale_of(struct json_doc *parser, const struct event_row *event)
{
    struct json facts;
    struct slice state;
    struct err_note note;
    if (json_parse(parser, event->facts, &facts, &note) ||
        !json_text(json_get(facts, "state"), &state)) {
        return 0;
    }
    for (size_t i = 0; i < COUNT_OF(tales); i++) {
        if (slice_is(state, tales[i].state)) {
            return tales[i].tale;
        }
    }
    return 0;
}

const char *tale_text(int64_t tale)
{
    for (size_t i = 0; i < COUNT_OF(tales); i++) {
        if (tales[i].tale == tale) {
            return tales[i].text;
        }
    }
    return NULL;
}

int64_t tale_parse(struct slice text)
{
    for (size_t i = 0; i < COUNT_OF(tales); i++) {
        if (slice_is(text, tales[i].text)) {
            return tales[i].tale;
        }
    }
    return 0;
}

enum err outlet_pending(struct store *store, const struct outlet_row *row, size_t *out)
{
    struct json_doc *parser = json_doc_new();
    struct arena arena;
    struct rows events = {0};
    size_t pending = 0;
    arena_init(&arena, (size_t)64 * 1024 * 1024);
    enum err e =
        parser
            ? store->ops->events_of_incidents(store, row->told, OUTLET_PENDING_MAX, &arena, &events)
            : ERR_MEMORY;
    for (size_t i = 0; !e && i < events.count; i++) {
        pending += (tale_of(parser, events.items[i]) & row->wants) != 0;
    }
    arena_free(&arena);
    json_doc_free(parser);
    *out = pending;
    return e;
}

/* ---- when again ---- */

int64_t outlet_retry_us(enum outlet_kind kind, int64_t attempts, uint16_t random)
{
    /* As Standard Webhooks advises: a receiver that is down for a night misses nothing. */
    static const int64_t webhook_s[] = {
        5, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600};
    static const int64_t mail_s[] = {60, 300, 900, 1800, 3600};
    const bool is_mail = kind == OUTLET_MAIL;
    const int64_t *waits_s = is_mail ? mail_s : webhook_s;
    int64_t count = is_mail ? COUNT_OF(mail_s) : COUNT_OF(webhook_s);
    int64_t nth = attempts < 1 ? 0 : attempts > count ? count - 1 : attempts - 1;
    int64_t wait_us = waits_s[nth] * US_PER_S;
    return wait_us - wait_us / 5 + wait_us / 5 * 2 / 65535 * random;
}

int64_t outlet_wait_us(const struct outlet_row *row, int64_t now_us)
{
    int64_t wait_us = row->next_at_us - now_us;
    return wait_us <= 0 || wait_us > 2 * DAY_US ? 0 : wait_us;
}

bool outlet_is_given_up(const struct outlet_row *row, int status, int64_t now_us)
{
    return row->kind == OUTLET_WEBHOOK &&
           (status == 410 || (row->failing_since_us && row->attempts >= OUTLET_GIVEN_UP_ATTEMPTS &&
                              now_us - row->failing_since_us >= OUTLET_GIVEN_UP_US));
}

/* ---- names and keys ---- */

struct slice
outlet_message_id(const struct outlet_row *row, const struct event_row *event, struct arena *arena)
{
    /* The instants, too: numbers begin again in another data directory. */
    const int64_t numbers[] = {row->id, row->created_at_us, event->n, event->at_us};
    const struct slice parts[] = {SLICE("message"), {(const char *)numbers, sizeof(numbers)}};
    uint8_t digest[16];
    blake2b(digest, sizeof(digest), parts, COUNT_OF(parts));
    struct slice hex = hex_encode(arena, (struct slice){(const char *)digest, sizeof(digest)});
    return arena_printf(arena, "msg_%.*s", (int)hex.n, hex.p ? hex.p : "");
}

static struct slice bound_to(int64_t id, struct arena *arena)
{
    return arena_printf(arena, "webhook:%" PRId64, id);
}

enum err outlet_seal(const struct vault *vault,
                     int64_t id,
                     const uint8_t nonce[24],
                     const struct outlet_secrets *secrets,
                     struct arena *arena,
                     struct slice *out)
{
    struct slice plain = arena_printf(arena,
                                      "%.*s\n%.*s",
                                      SLICE_ARG(secrets->now),
                                      (int)secrets->before.n,
                                      secrets->before.n ? secrets->before.p : "");
    enum err e = plain.p ? crypto_seal(vault->key, nonce, plain, bound_to(id, arena), arena, out)
                         : ERR_LIMIT;
    crypto_wipe((char *)(uintptr_t)plain.p, plain.p ? plain.n : 0);
    return e;
}

enum err outlet_open(const struct vault *vault,
                     const struct outlet_row *row,
                     struct arena *arena,
                     struct outlet_secrets *out)
{
    struct slice plain = {0};
    enum err e = crypto_open(vault->key, row->secrets, bound_to(row->id, arena), arena, &plain);
    if (!e) {
        slice_cut(&plain, '\n', &out->now);
        out->before = plain;
    }
    return e;
}

/* ---- as the API shows it ---- */

void show_outlet(struct show *s, const struct outlet_row *row, size_t pending, struct slice secret)
{
    struct json_writer *w = &s->w;
    json_begin_object(w);
    show_id(s, "id", row->id);
    json_field_text(w, "url", row->url);
    json_key(w, "events");
    json_begin_array(w);
    for (size_t i = 0; i < COUNT_OF(tales); i++) {
        if (row->wants & tales[i].tale) {
            json_put_text(w, slice_of(tales[i].text));
        }
    }
    json_end_array(w);
    json_field_str(w, "state", row->state == OUTLET_ACTIVE ? "active" : "disabled");
    json_field_int(w, "pending", (int64_t)pending);
    json_field_time(w, "failing_since", row->failing_since_us);
    json_field_time(w, "next_at", row->state == OUTLET_ACTIVE ? row->next_at_us : 0);
    json_field_time(w, "last_at", row->last_at_us);
    if (row->last_status) {
        json_field_int(w, "last_status", row->last_status);
    } else {
        json_field_null(w, "last_status");
    }
    if (row->reason.n) {
        json_field_text(w, "last_error", row->reason);
    } else {
        json_field_null(w, "last_error");
    }
    json_field_time(w, "old_secret_until", row->old_secret_until_us);
    json_field_time(w, "created_at", row->created_at_us);
    if (secret.n) {
        json_field_text(w, "secret", secret);
    }
    json_end_object(w);
}
