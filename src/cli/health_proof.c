/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of the night's proof: silence is none, and a broken one freezes everything. */
#include "base/log.h"
#include "base/times.h"
#include "cli/corrupt.h"
#include "cli/health_inner.h"

static void hash_text(const uint8_t hash[32], char out[65])
{
    for (size_t i = 0; i < 32; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", hash[i]);
    }
}

/* ---- proven ---- */

static void tell_proven(struct health *h, const struct nightly_proof *proof)
{
    char title[160], detail[HEALTH_DETAIL_MAX], chain[65], at[TIME_TEXT_MAX];
    const struct verify_report *r = &proof->report;
    struct slice begun = time_format_s(proof->begun_us, at);
    hash_text(r->chain, chain);
    h->proven_us = proof->begun_us;
    (void)snprintf(title,
                   sizeof(title),
                   "Proven on %.*s: %" PRId64 " commits, %" PRId64 " events, %" PRId64 " movements",
                   SLICE_ARG(begun),
                   r->commits,
                   r->events,
                   r->movements);
    (void)snprintf(detail,
                   sizeof(detail),
                   "Every balance of %" PRId64 " SKUs is what its movements make, %" PRId64
                   " orders hold what is reserved, and the chain's head is %s. It took %" PRId64
                   ".%" PRId64 " s.",
                   r->skus,
                   r->orders,
                   chain,
                   proof->took_us / US_PER_S,
                   proof->took_us / (US_PER_S / 10) % 10);
    LOG(LOG_INFO,
        "every number was proven from the log",
        LOG_INT("commits", r->commits),
        LOG_INT("events", r->events),
        LOG_STR("chain", chain));
    const struct incident_text text = {.code = "VERIFY-OK",
                                       .subject = STORE_SUBJECT,
                                       .title = slice_of(title),
                                       .detail = slice_of(detail),
                                       .action = SLICE("Nothing. Keep the head of the chain "
                                                       "elsewhere, and nobody can make another "
                                                       "past.")};
    if (!notice_record(h->config.engine, &text, "it is told, and over", NULL, NULL)) {
        LOG(LOG_WARN, "the proof could not be told: the engine takes nothing now");
    }
}

/* ---- broken ---- */

/* The newest proof that passed, as its incident tells it. */
static void last_proof_text(struct health *h, char *out, size_t size)
{
    struct arena arena;
    struct rows rows = {0};
    arena_init(&arena, (size_t)1024 * 1024);
    const struct store_query q = {
        .text = SLICE("VERIFY-OK"), .state = -1, .limit = 1, .newest_first = true};
    struct store *reader = h->config.reader;
    bool is_there =
        reader->ops->list_incidents(reader, &q, &arena, &rows) == ERR_OK && rows.count > 0;
    const struct incident_row *row = is_there ? rows.items[0] : NULL;
    (void)snprintf(out,
                   size,
                   row ? "The last good position: %.*s." : "No proof has passed before%.*s.",
                   row ? (int)row->title.n : 0,
                   row ? row->title.p : "");
    arena_free(&arena);
}

static void corruption_told(void *arg, bool is_kept)
{
    struct health *h = arg;
    if (!is_kept) {
        LOG(LOG_ERROR, "the incident about it could not be written");
    }
    health_refuse(h);
}

static void freeze(struct health *h, const struct nightly_proof *proof)
{
    char last[300], detail[HEALTH_DETAIL_MAX], restore[1000];
    LOG(LOG_ERROR, "the log no longer proves the numbers", LOG_STR("note", proof->note.text));
    if (h->is_corrupt) {
        return;
    }
    if (h->config.pusher) {
        pusher_pause(h->config.pusher, (struct channel_id){0}, true);
    }
    if (corrupt_mark(h->data, proof->note.text)) {
        LOG(LOG_ERROR, "the data directory could not be marked: a restart would go on");
    }
    last_proof_text(h, last, sizeof(last));
    (void)snprintf(
        detail,
        sizeof(detail),
        "%.300s/truecount.db: %s. %s Nothing is pushed and nothing is written from now on; "
        "a restart does not change that.",
        h->data,
        proof->note.text,
        last);
    corrupt_restore_text(h->data, restore, sizeof(restore));
    const struct incident_text text = {.code = h->corrupt.code,
                                       .subject = h->corrupt.subject,
                                       .title = SLICE("The log no longer proves the numbers"),
                                       .detail = slice_of(detail),
                                       .action = slice_of(restore)};
    bool is_under_way = notice_tell(h->config.engine, &text, corruption_told, h);
    h->is_corrupt = true;
    if (!is_under_way) {
        health_refuse(h);
    }
}

void health_look_at_proof(struct health *h)
{
    if (!h->is_corrupt) { /* no server starts on a ledger that is still marked */
        health_cured(h, &h->corrupt, "the server was started on a ledger that is not marked");
    }
    nightly_look(h->nightly);
}

void health_on_proof(void *arg, const struct nightly_proof *proof)
{
    struct health *h = arg;
    if (proof->err == ERR_OK) {
        tell_proven(h, proof);
    } else if (proof->err == ERR_CORRUPT) {
        freeze(h, proof);
    } else {
        LOG(LOG_ERROR,
            "the nightly proof could not be done; it is tried again in an hour",
            LOG_STR("err", err_name(proof->err)),
            LOG_STR("note", proof->note.text));
    }
}
