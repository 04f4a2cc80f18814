/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "cli/durability.h"
#include "cli/health_inner.h"

#define FIRST_LOOK_US US_PER_S
#define LOOKS_A_MINUTE 4

/* ---- telling ---- */

void health_tell(struct health *h, struct told *told, const struct incident_text *text)
{
    struct incident_text whole = *text;
    whole.code = told->code;
    whole.subject = told->subject;
    if (!told->is_open && notice_tell(h->config.engine, &whole, NULL, NULL)) {
        told->is_open = true;
        told->is_known = true;
    }
}

void health_cured(struct health *h, struct told *told, const char *why)
{
    if ((told->is_open || !told->is_known) &&
        notice_cured(h->config.engine, told->code, told->subject, why)) {
        told->is_open = false;
        told->is_known = true;
    }
}

/* ---- the file system, once ---- */

static void look_at_durability(struct health *h)
{
    const char *name = NULL;
    char title[100], detail[HEALTH_DETAIL_MAX];
    if (h->durability.is_known || h->config.is_trial) {
        return;
    }
    enum durability durability = durability_of(h->data, &name);
    if (durability == DURABILITY_DISK) {
        health_cured(h, &h->durability, "the server was started on another file system");
        return;
    }
    bool is_memory = durability == DURABILITY_MEMORY;
    (void)snprintf(title,
                   sizeof(title),
                   is_memory ? "The ledger lies in memory (%s)"
                             : "The ledger lies on a file system of the network (%s)",
                   name);
    (void)snprintf(detail,
                   sizeof(detail),
                   is_memory ? "'%s' is on %s: a reboot or a power cut loses the whole ledger."
                             : "'%s' is on %s: whether a lock holds there, and whether what was "
                               "synced is on a disk, nobody can promise.",
                   h->data,
                   name);
    health_tell(h,
                &h->durability,
                &(struct incident_text){
                    .title = slice_of(title),
                    .detail = slice_of(detail),
                    .action = SLICE("Stop the server, copy the directory to a local disk (ext4, "
                                    "xfs, btrfs, zfs), and start with --data there. For a test or "
                                    "a demo nothing need be done.")});
}

/* ---- the clock ---- */

/* "3 min 5 s" */
static void span_text(int64_t us, char out[40])
{
    int64_t s = (us < 0 ? -us : us) / US_PER_S;
    if (s >= 3600) {
        (void)snprintf(out, 40, "%" PRId64 " h %" PRId64 " min", s / 3600, s / 60 % 60);
    } else {
        (void)snprintf(out, 40, "%" PRId64 " min %" PRId64 " s", s / 60, s % 60);
    }
}

void health_look_at_clock(struct health *h)
{
    enum { CLOCKS_MAX = 64 };
    struct pusher_clock clocks[CLOCKS_MAX];
    char span[40], title[120], detail[HEALTH_DETAIL_MAX];
    size_t count = h->config.pusher ? pusher_clocks(h->config.pusher, clocks, CLOCKS_MAX) : 0;
    struct clock_watch *w = &h->watch;
    enum clock_state state =
        clock_look(w, env_wall_us(h->config.env), env_mono_us(h->config.env), clocks, count);
    if (state == CLOCK_RIGHT) {
        health_cured(
            h, &h->clock, "the platforms' clocks agree, or nobody has disagreed for an hour");
        return;
    }
    bool is_ahead = w->ahead_us > 0;
    span_text(w->ahead_us, span);
    if (state == CLOCK_JUMPED) {
        (void)snprintf(title,
                       sizeof(title),
                       "This server's clock jumped %s by %s",
                       is_ahead ? "ahead" : "back",
                       span);
        (void)snprintf(
            detail,
            sizeof(detail),
            "Against the monotonic clock it moved %s by %s between two looks, 15 s apart. "
            "Somebody set it, or the machine slept.",
            is_ahead ? "ahead" : "back",
            span);
    } else {
        (void)snprintf(title,
                       sizeof(title),
                       "This server's clock is %s by %s",
                       is_ahead ? "ahead" : "behind",
                       span);
        (void)snprintf(
            detail,
            sizeof(detail),
            "The Date of the answers of %zu platforms says so. Deliveries and calls that "
            "are signed with a time may be refused.",
            w->apart);
    }
    health_tell(
        h,
        &h->clock,
        &(struct incident_text){
            .title = slice_of(title),
            .detail = slice_of(detail),
            .action = SLICE("See whether the clock is synchronised (timedatectl), and start "
                            "an NTP service where none runs. Nothing need be restarted.")});
}

/* ---- our own limits ---- */

/* What was refused since the oldest look that is kept. */
static uint64_t refused_lately(const struct health *h, uint64_t out[REFUSED_LIMITS])
{
    const uint64_t *before = h->counts[h->looks % LIMIT_LOOKS];
    uint64_t sum = 0;
    for (size_t i = 0; i < REFUSED_LIMITS; i++) {
        out[i] = h->config.refused->counts[i] - before[i];
        sum += out[i];
    }
    return sum;
}

static void limit_texts(const struct health *h, char title[120], char detail[HEALTH_DETAIL_MAX])
{
    uint64_t lately[REFUSED_LIMITS];
    uint64_t sum = refused_lately(h, lately);
    const struct refused_name *most = refused_most(h->config.refused);
    size_t n = 0;
    (void)snprintf(title, 120, "%" PRIu64 " requests were refused within a minute", sum);
    for (size_t i = 0; i < REFUSED_LIMITS; i++) {
        if (lately[i]) {
            n += (size_t)snprintf(detail + n,
                                  HEALTH_DETAIL_MAX - n,
                                  "%" PRIu64 " %s. ",
                                  lately[i],
                                  refused_limit_text((enum refused_by)i));
        }
    }
    if (most) {
        (void)snprintf(
            detail + n, HEALTH_DETAIL_MAX - n, "Most of them came from '%s'.", most->who);
    }
}

/* Since the last look; remembers what it saw. */
static bool has_refused(struct health *h)
{
    const uint64_t *last = h->counts[(h->looks + LIMIT_LOOKS - 1) % LIMIT_LOOKS];
    const uint64_t *now = h->config.refused->counts;
    return memcmp(last, now, sizeof(h->counts[0])) != 0;
}

void health_look_at_limits(struct health *h)
{
    char title[120], detail[HEALTH_DETAIL_MAX] = "";
    bool is_refusing = has_refused(h);
    h->limit_streak = is_refusing ? h->limit_streak + 1 : 0;
    h->limit_quiet = is_refusing ? 0 : h->limit_quiet + 1;
    if (h->limit_streak >= LIMIT_LOOKS) {
        limit_texts(h, title, detail);
        health_tell(
            h,
            &h->limit,
            &(struct incident_text){
                .title = slice_of(title),
                .detail = slice_of(detail),
                .action = SLICE("See who sends so much or so large, and why. Too many turns "
                                "waiting: look at the disk's speed (GET /metrics).")});
    } else if (h->limit_quiet >= 2 * (uint64_t)LOOKS_A_MINUTE || !h->limit.is_known) {
        health_cured(h, &h->limit, "for two minutes nothing was refused");
    }
    memcpy(h->counts[h->looks % LIMIT_LOOKS], h->config.refused->counts, sizeof(h->counts[0]));
    refused_fade(h->config.refused);
}

/* ---- while nothing can be written ---- */

static void log_refusal(const struct health *h)
{
    struct engine_counters c = engine_counters(h->config.engine);
    if (h->looks % LOOKS_A_MINUTE || (!c.is_refusing && !c.failing_since_us)) {
        return;
    }
    LOG(LOG_ERROR,
        "nothing can be written",
        LOG_STR("why", c.refuses_because ? c.refuses_because : "the disk refuses each commit"),
        LOG_INT("free_mib", h->room.free_bytes > 0 ? h->room.free_bytes / DISK_MIB : 0));
}

/* ---- the timer ---- */

void health_look(struct health *h)
{
    health_look_at_disk(h);
    look_at_durability(h);
    health_look_at_clock(h);
    health_look_at_limits(h);
    log_refusal(h);
    health_look_at_proof(h);
    h->looks++;
}

static void on_timer(void *arg)
{
    struct health *h = arg;
    if (!h->is_stopping) {
        health_look(h);
        h->config.env->ops->timer_set(h->timer, HEALTH_LOOK_US);
    }
}

bool health_prove(struct health *h)
{
    return nightly_begin(h->nightly);
}

void health_metrics(const struct health *h, struct buf *out)
{
    static const char *const limits[] = {"body", "connections", "memory", "queue"};
    static const char *const clocks[] = {"right", "jumped", "off"};
    buf_printf(out,
               "# TYPE truecount_disk_free_bytes gauge\ntruecount_disk_free_bytes %" PRId64
               "\n# TYPE truecount_ledger_bytes gauge\ntruecount_ledger_bytes %" PRId64
               "\n# TYPE truecount_ledger_growth_bytes_per_day gauge"
               "\ntruecount_ledger_growth_bytes_per_day %" PRId64
               "\n# TYPE truecount_proven_timestamp_seconds gauge"
               "\ntruecount_proven_timestamp_seconds %" PRId64
               "\n# TYPE truecount_clock gauge\ntruecount_clock{state=\"%s\"} 1"
               "\n# TYPE truecount_requests_refused_total counter\n",
               h->room.free_bytes,
               h->room.ledger_bytes,
               h->growth_of_day,
               h->proven_us / US_PER_S,
               clocks[h->watch.state]);
    for (size_t i = 0; i < REFUSED_LIMITS; i++) {
        buf_printf(out,
                   "truecount_requests_refused_total{limit=\"%s\"} %" PRIu64 "\n",
                   limits[i],
                   h->config.refused->counts[i]);
    }
}

/* ---- life ---- */

enum err health_new(const struct health_config *config, struct health **out)
{
    struct health *h = calloc(1, sizeof(*h));
    if (!h) {
        return ERR_MEMORY;
    }
    h->config = *config;
    (void)snprintf(h->data, sizeof(h->data), "%s", config->data);
    h->low = (struct told){.code = "DISK-LOW", .subject = STORE_SUBJECT};
    h->refuses = (struct told){.code = "STORE-REFUSE", .subject = STORE_SUBJECT};
    h->clock = (struct told){.code = "CLOCK", .subject = SLICE("clock")};
    h->limit = (struct told){.code = "LIMIT", .subject = SLICE("limits")};
    h->corrupt = (struct told){.code = "STORE-CORRUPT", .subject = STORE_SUBJECT};
    h->durability = (struct told){.code = "DURABILITY", .subject = SLICE("data directory")};
    const struct nightly_config nightly = {.env = config->env,
                                           .engine = config->engine,
                                           .at_minute = config->verify_at,
                                           .on_proof = health_on_proof,
                                           .arg = h};
    enum err e = nightly_new(&nightly, &h->nightly);
    if (e) {
        free(h);
        return e;
    }
    *out = h;
    return ERR_OK;
}

void health_set_config(struct health *h, const struct config *channels)
{
    h->channels = channels;
}

void health_start(struct health *h)
{
    h->timer = h->config.env->ops->timer_new(h->config.env, on_timer, h);
    if (h->timer) {
        h->config.env->ops->timer_set(h->timer, FIRST_LOOK_US);
    }
}

void health_stop(struct health *h)
{
    h->is_stopping = true;
    nightly_stop(h->nightly);
}

void health_free(struct health *h)
{
    if (h) {
        nightly_free(h->nightly);
        if (h->timer) {
            h->config.env->ops->timer_free(h->timer);
        }
        free(h);
    }
}
