/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that are kept. The answer of a write with an Idempotency-Key is saved in the transaction
 * of its effect: either both are there or neither. It may show a secret once (a new token), so it
 * is sealed like every secret at rest.
 */
#include "engine/request.h"
#include "base/crypto.h"
#include "engine/form.h"
#include "engine/request_parts.h"

#define ANSWER_BOUND SLICE("answer")

static struct answer_row *answer_find(struct batch *b, const struct turn *turn)
{
    for (size_t i = b->changes.answers.count; i-- > 0;) {
        struct answer_row *row = b->changes.answers.items[i];
        if (memcmp(row->key, turn->answer_key, sizeof(row->key)) == 0) {
            return row;
        }
    }
    struct answer_row *row = NULL;
    batch_fail(
        b, b->store->ops->answer(b->store, turn->answer_key, &b->arena, &row), "load an answer");
    return row;
}

static void answer_repeat(struct batch *b, struct turn *turn, const struct answer_row *kept)
{
    struct slice body = {0};
    if (memcmp(kept->body_digest, turn->body_digest, sizeof(kept->body_digest)) != 0) {
        request_refuse(turn,
                       422,
                       "idempotency-key-reused",
                       NULL,
                       "this Idempotency-Key was used for another body: use a new key for a new "
                       "request");
        return;
    }
    batch_fail(b,
               crypto_open(b->vault->key, kept->body, ANSWER_BOUND, &b->arena, &body),
               "open a kept answer");
    buf_slice(&turn->answer, body);
    turn->status = (int)kept->status;
}

static void answer_keep(struct batch *b, const struct turn *turn)
{
    struct answer_row *row = ARENA_NEW(&b->arena, struct answer_row);
    uint8_t nonce[24];
    if (!row || !rows_add(&b->changes.answers, &b->arena, row)) {
        batch_fail(b, ERR_LIMIT, "an answer");
        return;
    }
    *row = (struct answer_row){.status = turn->status, .at_us = b->now_us};
    memcpy(row->key, turn->answer_key, sizeof(row->key));
    memcpy(row->body_digest, turn->body_digest, sizeof(row->body_digest));
    env_random(b->env, nonce, sizeof(nonce));
    batch_fail(
        b,
        crypto_seal(
            b->vault->key, nonce, buf_view(&turn->answer), ANSWER_BOUND, &b->arena, &row->body),
        "seal an answer");
}

/* What was done, and by whom, in the transaction of its effect. */
static void audit_keep(struct batch *b, struct turn *turn, size_t events_before)
{
    const struct event_row *event = NULL;
    const struct rows *events = &b->changes.events;
    if (!turn->asker.action || turn->status >= 400 || turn->is_dry_run || b->err) {
        return;
    }
    if (events->count > events_before) {
        event = events->items[events_before];
    }
    struct audit_row *row = ARENA_NEW(&b->arena, struct audit_row);
    if (!row) {
        batch_fail(b, ERR_LIMIT, "an entry of the audit");
        return;
    }
    struct slice said = turn->args ? turn->args[0] : (struct slice){0};
    if (turn->replay_of) {
        said = arena_printf(&b->arena, "%" PRId64, turn->replay_of);
    }
    *row = (struct audit_row){.n = b->store->ops->next_id(b->store, ID_AUDIT),
                              .at_us = b->now_us,
                              .actor = turn->token_name,
                              .via = turn->asker.via,
                              .action = slice_of(turn->asker.action),
                              .object = turn->object.n ? turn->object
                                        : said.n       ? said
                                        : event        ? event->subject
                                                       : (struct slice){0},
                              .detail = turn->detail,
                              .address = turn->asker.address,
                              .event = event ? event->n : 0};
    request_change(b, &b->changes.audits, row);
}

void turn_request(struct batch *b, struct turn *turn)
{
    const size_t events_before = b->changes.events.count;
    turn->object = turn->detail = (struct slice){0};
    const struct answer_row *kept = turn->has_answer_key ? answer_find(b, turn) : NULL;
    if (b->err) {
        return;
    }
    if (kept) {
        answer_repeat(b, turn, kept);
        return;
    }
    turn->run(b, turn);
    audit_keep(b, turn, events_before);
    if (turn->answer.overflow) {
        batch_fail(b, ERR_LIMIT, "an answer");
    }
    /* Refused for another's change, it is asked anew when that was read: with the same key. */
    bool is_final = turn->status < 500 && turn->status != 429 && turn->status != 412;
    if (turn->has_answer_key && !b->err && is_final) {
        answer_keep(b, turn);
    }
}

/* ---- what all requests share ---- */

int64_t request_event(struct batch *b,
                      const struct turn *turn,
                      const char *kind,
                      struct channel_id channel,
                      struct slice subject,
                      struct json said,
                      const char *except)
{
    ON_EXIT(buf_free) struct buf facts;
    buf_init(&facts, REQUEST_FACTS_MAX);
    struct json_writer w = json_writer(&facts);
    json_begin_object(&w);
    json_field_int(&w, "token", turn->token_id);
    json_key(&w, "request");
    json_begin_object(&w);
    for (struct json_iter i = json_iter(said); json_next(&i);) {
        if (!except || !slice_is(i.key, except)) {
            json_key_slice(&w, i.key);
            json_put_raw(&w, json_copy_text(i.value, &b->arena));
        }
    }
    json_end_object(&w);
    json_end_object(&w);
    if (facts.overflow) {
        batch_fail(b, ERR_LIMIT, "a request's facts");
    }
    return batch_event(b, kind, channel, subject, buf_view(&facts));
}

void request_change(struct batch *b, struct rows *rows, void *row)
{
    if (!row || !rows_add(rows, &b->arena, row)) {
        batch_fail(b, ERR_LIMIT, "the batch outgrew its memory");
    }
}

bool request_arg_id(const struct turn *turn, int64_t *out)
{
    return slice_int(turn->args[0], out) && *out > 0;
}

void request_not_found(struct turn *turn, const char *what)
{
    request_refuse(turn,
                   404,
                   "not-found",
                   NULL,
                   "there is no %s '%.*s'",
                   what,
                   turn->args[0].n < 100 ? (int)turn->args[0].n : 100,
                   turn->args[0].p);
}

bool request_matches(struct turn *turn, const char *tag)
{
    if (turn->if_match.n && !etag_matches_settings(turn->if_match, tag)) {
        request_refuse(turn,
                       412,
                       "changed-meanwhile",
                       NULL,
                       "it was changed meanwhile: nothing was done. GET it again, look at what is "
                       "different, and send its ETag, quotes included, as If-Match");
    }
    return !request_refused(turn);
}

void request_needs_no_parked(struct batch *b)
{
    if (b->changes.parked.count || b->changes.unlinked.count) {
        batch_fail(b, ERR_CONFLICT, "lines or items that wait since this very commit");
    }
}

void request_hint_channel(struct batch *b, struct channel_id channel)
{
    enum { PAGE = 1000 };
    struct arena page;
    arena_init(&page, (size_t)64 * 1024 * 1024);
    struct store_query q = {.channel = channel, .limit = PAGE};
    for (bool more = true; more && !b->err;) {
        struct rows rows = {0};
        arena_clear(&page);
        batch_fail(b, b->store->ops->list_listings(b->store, &q, &page, &rows), "list listings");
        for (size_t i = 0; i < rows.count; i++) {
            const struct listing_row *row = rows.items[i];
            batch_hint(b, (struct dirty_hint){.listing = row->id, .channel = row->channel});
            q.after = row->id.v;
        }
        more = rows.count == PAGE;
    }
    arena_free(&page);
}

static struct slice sku_code_of(void *arg, struct sku_id id)
{
    const struct batch_sku *sku = batch_sku(arg, id);
    return sku ? sku->row.code : (struct slice){0};
}

static void aliases_of(void *arg, struct sku_id id, struct rows *out)
{
    batch_aliases_of(arg, id, out);
}

struct show request_show(struct batch *b, struct turn *turn)
{
    return (struct show){.w = json_writer(&turn->answer),
                         .config = b->config,
                         .sku_code = sku_code_of,
                         .aliases = aliases_of,
                         .arg = b};
}
