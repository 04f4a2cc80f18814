/* SPDX-License-Identifier: Apache-2.0 */
/* Room on the disk: warns in time, and stops writing while there is still room to say so. */
#include "base/log.h"
#include "base/times.h"
#include "cli/health_inner.h"

#define WHY_FULL "the disk is nearly full: make room on the file system of the data directory"
#define WHY_CORRUPT                                                                                \
    "the log no longer proves the numbers: restore a backup, as the incident STORE-CORRUPT says"

void health_refuse(struct health *h)
{
    bool is_full = h->level == DISK_FULL && !h->is_telling_refusal;
    engine_refuse(h->config.engine, h->is_corrupt ? WHY_CORRUPT : is_full ? WHY_FULL : NULL);
}

/* ---- how long the channels are patient ---- */

/* The one that gives up first, and those that count refusals rather than hours. */
static size_t patience_text(const struct health *h, char *out, size_t size)
{
    const struct channel_config *first = NULL;
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; h->channels && i < h->channels->channels_count; i++) {
        const struct channel_config *c = &h->channels->channels[i];
        if (!c->connector || c->row.mode == MODE_OFF) {
            continue;
        }
        const struct connector_semantics *s = &c->connector->semantics;
        if (s->hook_patience_us &&
            (!first || s->hook_patience_us < first->connector->semantics.hook_patience_us)) {
            first = c;
        }
        if (s->hook_failures_max && n + 200 < size) {
            n += (size_t)snprintf(out + n,
                                  size - n,
                                  "'%.*s' (%s) does not wait: it gives up after %d refusals in a "
                                  "row. ",
                                  SLICE_ARG(c->row.code),
                                  c->connector->name,
                                  s->hook_failures_max);
        }
    }
    if (first && n + 200 < size) {
        char at[TIME_TEXT_MAX];
        int64_t patience_us = first->connector->semantics.hook_patience_us;
        struct slice until = time_format_s(env_wall_us(h->config.env) + patience_us, at);
        n += (size_t)snprintf(out + n,
                              size - n,
                              "%s '%.*s' (%s): about %" PRId64 " hours are left, until %.*s. ",
                              n ? "Of the others, the first to stop sending again is"
                                : "The first to stop sending again is",
                              SLICE_ARG(first->row.code),
                              first->connector->name,
                              patience_us / (3600 * US_PER_S),
                              SLICE_ARG(until));
    }
    return n;
}

/* ---- refusing ---- */

/* The last write is made, or cannot be. */
static void refusal_told(void *arg, bool is_kept)
{
    struct health *h = arg;
    h->is_telling_refusal = false;
    h->refuses.is_open = is_kept;
    h->refuses.is_known |= is_kept;
    health_refuse(h);
}

static void begin_refusing(struct health *h)
{
    char patience[HEALTH_DETAIL_MAX - 500], detail[HEALTH_DETAIL_MAX];
    int64_t free_mib = h->room.free_bytes / DISK_MIB;
    ballast_give_up(h->data); /* first: the last write may need it, too */
    (void)patience_text(h, patience, sizeof(patience));
    (void)snprintf(detail,
                   sizeof(detail),
                   "%" PRId64
                   " MiB are free on the file system of '%.300s'. From now on deliveries "
                   "get 503. %sChanged orders are read when writing is possible again.",
                   free_mib > 0 ? free_mib : 0,
                   h->data,
                   patience);
    LOG(LOG_ERROR, "writes are refused: the disk is nearly full", LOG_INT("free_mib", free_mib));
    const struct incident_text text = {
        .code = h->refuses.code,
        .subject = h->refuses.subject,
        .title = SLICE("The disk is nearly full: nothing is written any more"),
        .detail = slice_of(detail),
        .action = SLICE("Make room on that file system. 64 MiB that were kept for this moment (the "
                        "file 'ballast' of the data directory) have just been given up. Nothing "
                        "need be restarted.")};
    h->is_telling_refusal = notice_tell(h->config.engine, &text, refusal_told, h);
    health_refuse(h);
}

static void end_refusing(struct health *h)
{
    health_refuse(h);
    LOG(LOG_INFO, "writes are taken again", LOG_INT("free_mib", h->room.free_bytes / DISK_MIB));
}

/* ---- looking ---- */

static void tell_low(struct health *h)
{
    char title[120], detail[HEALTH_DETAIL_MAX];
    int64_t free_mib = h->room.free_bytes / DISK_MIB;
    (void)snprintf(title, sizeof(title), "%" PRId64 " MiB are free for the ledger", free_mib);
    size_t n = (size_t)snprintf(detail,
                                sizeof(detail),
                                "On the file system of '%.300s'. Below %" PRId64
                                " MiB nothing is written any more. ",
                                h->data,
                                h->config.disk.refuse / DISK_MIB);
    if (h->growth_of_day) {
        (void)snprintf(detail + n,
                       sizeof(detail) - n,
                       "At its present pace the ledger grows by %" PRId64 " MiB a day.",
                       h->growth_of_day / DISK_MIB);
    }
    health_tell(
        h,
        &h->low,
        &(struct incident_text){
            .title = slice_of(title),
            .detail = slice_of(detail),
            .action = SLICE("Make room on that file system, or move the data directory to a "
                            "larger one (stop, copy, start). Older bodies of deliveries are "
                            "kept shorter with --keep-bodies.")});
}

static void keep_ballast(struct health *h)
{
    int64_t wanted = h->config.disk.warn ? h->config.disk.warn : DISK_WARN_MIB * DISK_MIB;
    bool may = h->has_taken_ballast ? h->level != DISK_FULL : h->room.free_bytes > wanted;
    if (!h->room.has_ballast && may && h->config.disk.refuse && ballast_take(h->data)) {
        h->has_taken_ballast = true;
    }
    h->has_taken_ballast |= h->room.has_ballast;
}

void health_look_at_disk(struct health *h)
{
    if (disk_look(h->data, &h->room)) {
        return;
    }
    h->growth_of_day =
        disk_growth_of_day(&h->growth, env_mono_us(h->config.env), h->room.ledger_bytes);
    enum disk_level before = h->level;
    h->level = disk_level_next(before, &h->config.disk, h->room.free_bytes, h->growth_of_day);
    if (h->level == DISK_FULL && before != DISK_FULL) {
        begin_refusing(h);
    } else if (h->level != DISK_FULL && before == DISK_FULL) {
        end_refusing(h);
    }
    if (h->level == DISK_FULL) {
        return;
    }
    keep_ballast(h);
    if (!h->is_telling_refusal) {
        health_cured(h, &h->refuses, "there is room on the disk again");
    }
    if (h->level == DISK_LOW) {
        tell_low(h);
    } else {
        health_cured(h, &h->low, "there is room again");
    }
}
