/* SPDX-License-Identifier: Apache-2.0 */
/* The lane's queue, limits and timer. */
#include "push/lane.h"
#include "engine/notice.h"

#define BACKOFF_FIRST_US (US_PER_S / 2)
/* Whoever comes back is not kept waiting: shoppers see old counts until then. */
#define BACKOFF_SOON_US (15 * US_PER_S) /* at most, while it has not failed for long */
#define SOON_FOR_US (300 * US_PER_S)
#define BACKOFF_LATE_US (60 * US_PER_S) /* at most, from then on */
#define BACKOFF_MAX_US (900 * US_PER_S) /* refused credentials, and limits that nobody states */
#define WRITE_PROBE_EVERY 4
#define DOWN_AFTER_US (120 * US_PER_S)
#define LOOK_AGAIN_US (60 * US_PER_S)
/* While a listing wants something: no wait may hang on a wake-up that nobody foresaw. */
#define LOOK_AGAIN_WANTED_US (50 * US_PER_MS)

int64_t lane_now(const struct lane *lane)
{
    return env_wall_us(lane->pusher->config.env);
}

const struct channel_config *lane_config(const struct lane *lane)
{
    const struct pusher *pusher = lane->pusher;
    const struct channel_config *c =
        pusher->channels ? config_channel(pusher->channels, lane->channel) : NULL;
    return c && c->connector && !pusher->stopping ? c : NULL;
}

const struct channel_config *lane_channel(const struct lane *lane)
{
    const struct channel_config *c = lane_config(lane);
    bool callable = c && c->account_error == ERR_OK && c->row.mode != MODE_OFF &&
                    c->account.base_url.n && channel_has_credentials(c);
    return callable ? c : NULL;
}

void lane_call_add(struct lane *lane, struct lane_call *call, void (*drop)(struct lane_call *call))
{
    call->drop = drop;
    call->prev = &lane->calls;
    call->next = lane->calls.next;
    call->next->prev = call;
    lane->calls.next = call;
}

void lane_call_remove(struct lane_call *call)
{
    call->prev->next = call->next;
    call->next->prev = call->prev;
}

/* ---- wants ---- */

void queue_add(struct want_queue *queue, struct want *want)
{
    want->next = NULL;
    if (queue->last) {
        queue->last->next = want;
    } else {
        queue->first = want;
    }
    queue->last = want;
    queue->count++;
}

struct want *queue_take(struct want_queue *queue)
{
    struct want *want = queue->first;
    if (want) {
        queue->first = want->next;
        queue->last = queue->first ? queue->last : NULL;
        queue->count--;
    }
    return want;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a == 0 ? b : b == 0 || a < b ? a : b;
}

static void add_cause(struct want_cause *to, const struct want_cause *cause)
{
    to->happened_at_us = earlier(to->happened_at_us, cause->happened_at_us);
    to->received_at_us = earlier(to->received_at_us, cause->received_at_us);
    to->committed_at_us = earlier(to->committed_at_us, cause->committed_at_us);
}

void want_hint(struct lane *lane, const struct dirty_hint *hint, int64_t committed_at_us)
{
    struct want *want = map_get(&lane->wants, MAP_KEY(&hint->listing));
    if (!want) {
        want = calloc(1, sizeof(*want));
        if (!want) {
            return; /* the next hint or sweep finds it: dirtiness is derived from versions */
        }
        want->listing = hint->listing;
        if (!map_set(&lane->wants, MAP_KEY(&want->listing), want)) {
            free(want);
            return;
        }
        want->state = WANT_READY;
        queue_add(&lane->ready, want);
    } else if (want->state == WANT_CLAIMED) {
        want->again = true;
        lane->is_awaiting_changed = lane->is_awaiting_changed || lane->awaiting_orders.count;
        lane->pusher->figures.saved++;
    } else {
        want->not_before_us = 0; /* something changed: look at once */
        lane->pusher->figures.saved++;
    }
    want->must_read |= hint->must_read;
    want->is_start |= hint->is_start;
    if (hint->received_at_us) {
        const struct want_cause cause = {
            hint->happened_at_us, hint->received_at_us, committed_at_us};
        add_cause(want->state == WANT_CLAIMED ? &want->later : &want->cause, &cause);
    }
}

void want_requeue(struct lane *lane, struct want *want, int64_t not_before_us)
{
    add_cause(&want->cause, &want->later);
    want->later = (struct want_cause){0};
    want->again = false;
    want->not_before_us = not_before_us;
    want->state = not_before_us > lane_now(lane) ? WANT_LATER : WANT_READY;
    queue_add(want->state == WANT_LATER ? &lane->later : &lane->ready, want);
}

void want_done(struct lane *lane, struct want *want)
{
    if (want->again) {
        want_requeue(lane, want, 0);
        return;
    }
    map_remove(&lane->wants, MAP_KEY(&want->listing));
    free(want);
}

/* Those whose time has come go to the queue; gives the next such time, 0: none waits. */
static int64_t ripen(struct lane *lane, int64_t now)
{
    struct want_queue later = lane->later;
    lane->later = (struct want_queue){0};
    int64_t next = 0;
    struct want *want;
    while ((want = queue_take(&later))) {
        if (want->not_before_us <= now) {
            want->state = WANT_READY;
            queue_add(&lane->ready, want);
        } else {
            next = earlier(next, want->not_before_us);
            queue_add(&lane->later, want);
        }
    }
    return next;
}

/* What waits for the orders may have sold out meanwhile: a newer hint decides it anew. */
static void look_at_awaiting(struct lane *lane)
{
    struct want_queue waiting = lane->awaiting_orders;
    if (!lane->is_awaiting_changed) {
        return;
    }
    lane->is_awaiting_changed = false;
    lane->awaiting_orders = (struct want_queue){0};
    struct want *want;
    while ((want = queue_take(&waiting))) {
        if (want->again) {
            want_requeue(lane, want, 0);
        } else {
            queue_add(&lane->awaiting_orders, want);
        }
    }
}

/* ---- limits ---- */

/* Microseconds that one call costs in a bucket, and the most it holds; 0: it has no limit. */
static int64_t
bucket_cost(const struct lane *lane, const struct channel_config *c, int kind, int64_t *out_most)
{
    const struct connector_semantics *s = &c->connector->semantics;
    if (kind == CALL_KINDS) {
        *out_most = US_PER_S;
        return s->calls_per_s ? US_PER_S / s->calls_per_s : 0;
    }
    const struct call_limit *limit = &s->limits[kind];
    int64_t rate = lane->kinds[kind].per_1000s ? lane->kinds[kind].per_1000s : limit->per_1000s;
    if (limit->per_1000s == 0 || rate <= 0) {
        return 0;
    }
    int64_t cost = 1000 * US_PER_S / rate;
    *out_most = cost * (limit->burst > 1 ? limit->burst : 1);
    return cost;
}

int64_t lane_call_cost(const struct lane *lane, const struct channel_config *c, enum call_kind kind)
{
    int64_t most, all = bucket_cost(lane, c, CALL_KINDS, &most),
                  own = bucket_cost(lane, c, (int)kind, &most);
    return all > own ? all : own;
}

static struct call_bucket *bucket_of(struct lane *lane, int kind)
{
    return kind == CALL_KINDS ? &lane->all : &lane->kinds[kind];
}

/* Whole calls in it, now; *out_due_us: when the next one is there. */
static size_t bucket_room(
    struct lane *lane, const struct channel_config *c, int kind, int64_t now, int64_t *out_due_us)
{
    struct call_bucket *bucket = bucket_of(lane, kind);
    int64_t most = 0, cost = bucket_cost(lane, c, kind, &most);
    if (now < bucket->blocked_until_us) {
        *out_due_us = bucket->blocked_until_us;
        return 0;
    }
    *out_due_us = now;
    if (cost == 0) {
        return SIZE_MAX;
    }
    bucket->credit_us = bucket->is_used ? bucket->credit_us + (now - bucket->at_us) : most;
    bucket->credit_us = bucket->credit_us > most ? most : bucket->credit_us;
    bucket->at_us = now;
    bucket->is_used = true;
    if (bucket->credit_us < cost) {
        *out_due_us = now + cost - bucket->credit_us;
        return 0;
    }
    return (size_t)(bucket->credit_us / cost);
}

static size_t least_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Requests at once. */
static size_t parallel_max(const struct lane *lane, const struct channel_config *c)
{
    return lane->trust == LANE_ANSWERS ? c->connector->semantics.parallel_max : 1;
}

size_t lane_room(struct lane *lane, enum call_kind kind)
{
    const struct channel_config *c = lane_channel(lane);
    int64_t now = lane_now(lane), due;
    if (!c || now < lane->blocked_until_us || lane->open >= parallel_max(lane, c)) {
        return 0;
    }
    size_t room = parallel_max(lane, c) - lane->open;
    room = least_of(room, bucket_room(lane, c, CALL_KINDS, now, &due));
    return least_of(room, bucket_room(lane, c, (int)kind, now, &due));
}

void lane_spend(struct lane *lane, enum call_kind kind)
{
    const struct channel_config *c = lane_config(lane);
    const int kinds[] = {CALL_KINDS, (int)kind};
    for (size_t i = 0; c && i < COUNT_OF(kinds); i++) {
        int64_t most, due;
        (void)bucket_room(lane, c, kinds[i], lane_now(lane), &due);
        bucket_of(lane, kinds[i])->credit_us -= bucket_cost(lane, c, kinds[i], &most);
    }
}

bool lane_may_call(struct lane *lane, enum call_kind kind)
{
    if (lane_room(lane, kind) == 0) {
        return false;
    }
    lane_spend(lane, kind);
    return true;
}

int64_t lane_call_due(struct lane *lane, enum call_kind kind)
{
    const struct channel_config *c = lane_channel(lane);
    int64_t now = lane_now(lane), all = now, own = now;
    if (c) {
        (void)bucket_room(lane, c, CALL_KINDS, now, &all);
        (void)bucket_room(lane, c, (int)kind, now, &own);
    }
    int64_t due = all > own ? all : own;
    return due > lane->blocked_until_us ? due : lane->blocked_until_us;
}

bool lane_is_saving(const struct lane *lane)
{
    return lane->day_left >= 0 && lane->day_left * 5 < lane->day_most;
}

static int64_t with_jitter(struct lane *lane, int64_t delay_us)
{
    uint16_t r;
    env_random(lane->pusher->config.env, &r, sizeof(r));
    return delay_us * (800 + r % 401) / 1000; /* +-20 % */
}

static void block(struct lane *lane, int64_t until_us)
{
    lane->blocked_until_us = until_us > lane->blocked_until_us ? until_us : lane->blocked_until_us;
}

static int64_t doubled(int failures, int64_t most_us)
{
    int64_t delay = BACKOFF_FIRST_US << (failures < 11 ? failures : 11);
    return delay < most_us ? delay : most_us;
}

static void fail(struct lane *lane, int64_t now, bool is_refused)
{
    lane->failing_since_us = lane->failing_since_us ? lane->failing_since_us : now;
    int64_t most = is_refused                                   ? BACKOFF_MAX_US
                   : now - lane->failing_since_us < SOON_FOR_US ? BACKOFF_SOON_US
                                                                : BACKOFF_LATE_US;
    if (now >= lane->blocked_until_us || lane->failures == 0) {
        block(lane, now + with_jitter(lane, doubled(lane->failures++, most)));
    }
    if (now - lane->failing_since_us > DOWN_AFTER_US && !lane->is_down_reported) {
        lane->is_down_reported = true;
        lane_notice(
            lane,
            "CHANNEL-DOWN",
            "A channel has not answered for more than two minutes",
            SLICE("Its pushes wait and are sent with the newest value when it answers again. Other "
                  "channels are not affected."),
            "See whether the shop is up. Its buyers may see counts that are too high until then.");
    }
}

/* A kind of call with a limit of its own waits alone. */
static void throttle(struct lane *lane, const struct channel_config *c, enum call_kind kind)
{
    struct call_bucket *bucket = &lane->kinds[kind];
    int64_t now = lane_now(lane);
    if (!c || c->connector->semantics.limits[kind].per_1000s == 0) {
        fail(lane, now, false);
        return;
    }
    bucket->blocked_until_us = now + with_jitter(lane, doubled(bucket->failures++, BACKOFF_MAX_US));
}

static bool is_write(enum call_kind kind)
{
    return kind == CALL_PUSH || kind == CALL_BULK || kind == CALL_BULK_NEXT;
}

static void doubt(struct lane *lane, enum call_kind kind)
{
    lane->trust = LANE_DOUBTED;
    lane->poll_wanted |= !lane->is_polling; /* what was sold meanwhile is found so, too */
    lane->has_write_failed |= is_write(kind);
}

static void trust(struct lane *lane, enum call_kind kind)
{
    lane->failing_since_us = 0;
    lane->kinds[kind].failures = 0;
    if (is_write(kind) || !lane->has_write_failed || lane->wants.live_count == 0) {
        lane->trust = LANE_ANSWERS;
        lane->has_write_failed = false;
        lane->failures = 0;
    } else { /* writes go on waiting longer each time, should they alone fail */
        lane->trust = LANE_PROBED;
    }
}

bool lane_must_probe(struct lane *lane)
{
    const struct channel_config *c = lane_channel(lane);
    int64_t now = lane_now(lane);
    bool has_probe = c && c->connector->build_orders && now >= lane->pages_blocked_until_us &&
                     now >= lane_call_due(lane, CALL_ORDERS);
    return lane->trust == LANE_DOUBTED && has_probe && lane->failures % WRITE_PROBE_EVERY != 0;
}

static void learn_limits(struct lane *lane, enum call_kind kind, const struct channel_signal *s)
{
    if (s->rate_per_1000s > 0) {
        lane->kinds[kind].per_1000s = s->rate_per_1000s;
    }
    if (s->day_left >= 0) {
        lane->day_left = s->day_left;
        lane->day_most = s->day_left > lane->day_most ? s->day_left : lane->day_most;
    }
}

/* It answers, and takes our credentials. What was told before the last stop is told no more. */
static void answers_again(struct lane *lane)
{
    if (lane->is_down_reported || !lane->has_answered) {
        lane_notice_close(lane, "CHANNEL-DOWN");
    }
    if (lane->is_token_reported || !lane->has_answered) {
        lane_notice_close(lane, "TOKEN");
    }
    lane->is_down_reported = false;
    lane->is_token_reported = false;
    lane->has_answered = true;
}

static void learn_clock(struct lane *lane, const struct channel_signal *signal)
{
    struct pusher_clock *clock = &lane->clock;
    if (signal->server_time_us == 0) {
        return;
    }
    clock->seen_us = env_mono_us(lane->pusher->config.env);
    /* Date is rounded down to the second. */
    clock->ahead_us = signal->server_time_us + US_PER_S / 2 - lane_now(lane);
    bool is_off = clock->ahead_us > CLOCK_OFF_US || clock->ahead_us < -CLOCK_OFF_US;
    clock->off_since_us = !is_off ? 0 : clock->off_since_us ? clock->off_since_us : clock->seen_us;
}

void lane_learn(struct lane *lane,
                enum call_kind kind,
                const struct env_reply *reply,
                const struct channel_signal *signal,
                bool ok)
{
    int64_t now = lane_now(lane);
    learn_limits(lane, kind, signal);
    learn_clock(lane, signal);
    if (reply->err != ERR_OK || signal->down || signal->unauthorised) {
        fail(lane, now, signal->unauthorised);
        doubt(lane, kind);
    } else if (signal->throttled && signal->retry_after_us == 0) {
        throttle(lane, lane_config(lane), kind);
    } else if (ok) {
        trust(lane, kind);
        answers_again(lane);
    } else if (!signal->throttled && lane->trust == LANE_DOUBTED) {
        lane->trust = LANE_PROBED; /* a refusal of what was asked is an answer, too */
    }
    if (signal->unauthorised && !lane_token_refused(lane)) {
        lane->is_token_reported = true;
        lane_notice(
            lane,
            "TOKEN",
            "A channel refuses our credentials",
            signal->reason,
            "Connect the channel again (PATCH its secrets). Pushes are kept and sent then.");
    }
    if (signal->retry_after_us > 0) {
        block(lane, now + signal->retry_after_us);
    }
    if (signal->points_left >= 0 && signal->points_per_s > 0 && signal->points_cost > 0) {
        int64_t lacks = 2 * signal->points_cost - signal->points_left;
        if (lacks > 0) {
            block(lane, now + lacks * US_PER_S / signal->points_per_s);
            lane_throttled(lane, kind);
        }
    }
    if (signal->throttled) {
        lane_throttled(lane, kind);
    }
}

int64_t lane_synced_at(const struct lane *lane, const struct channel_signal *signal)
{
    /* Date has whole seconds: the answer came before the next one. Without it, allow for clocks
     * apart. */
    return signal->server_time_us ? signal->server_time_us + US_PER_S - 1
                                  : lane_now(lane) + 2 * US_PER_S;
}

/* ---- notices ---- */

void lane_notice(
    struct lane *lane, const char *code, const char *title, struct slice detail, const char *action)
{
    notice_open(lane->pusher->config.engine, lane->channel, code, title, detail, action);
}

void lane_notice_close(struct lane *lane, const char *code)
{
    notice_close(lane->pusher->config.engine, lane->channel, code);
}

/* ---- the pump ---- */

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* When the timer must look again. */
static int64_t
next_look(struct lane *lane, const struct channel_config *c, int64_t ripe_us, int64_t now)
{
    int64_t again_us = lane->wants.live_count ? LOOK_AGAIN_WANTED_US : LOOK_AGAIN_US;
    int64_t due = earlier(ripe_us, now + again_us);
    if (lane_import_due(lane) && lane->open < parallel_max(lane, c)) {
        due = earlier(due, later(lane_import_due(lane), lane_call_due(lane, CALL_CATALOGUE)));
    }
    due = earlier(due, lane_token_due(lane));
    due = earlier(due, lane_recover_due(lane));
    due = earlier(due, lane_connect_due(lane));
    if (!lane_channel(lane)) {
        return due;
    }
    bool full = lane->open >= parallel_max(lane, c); /* an answer pumps again */
    if (c->connector->build_orders && !full) {
        int64_t poll_due = lane_poll_due(lane);
        due = earlier(due, poll_due ? later(poll_due, lane_call_due(lane, CALL_ORDERS)) : 0);
    }
    for (const struct pending_fetch *f = lane->fetches; f && !full; f = f->next) {
        due = earlier(due, later(f->not_before_us, lane_call_due(lane, CALL_ORDER)));
    }
    if (lane->ready.count && !lane->claiming && !full && !lane->is_held && !lane_must_probe(lane)) {
        due = earlier(due, later(later(now, lane->paced_until_us), lane_call_due(lane, CALL_PUSH)));
    }
    due = due < lane->blocked_until_us ? lane->blocked_until_us : due;
    /* However long it is blocked: what waits is told. */
    return lane->throttled_times || lane->wants.live_count ? earlier(due, lane->next_watch_us)
                                                           : due;
}

void lane_pump(struct lane *lane)
{
    const struct channel_config *c = lane_config(lane);
    lane_mind_clock(lane);
    int64_t now = lane_now(lane);
    int64_t ripe_us = ripen(lane, now);
    look_at_awaiting(lane);
    if (!c) {
        return;
    }
    lane_token(lane);
    lane_connect(lane);
    lane_recover(lane);
    lane_watch(lane, c);
    if (lane_channel(lane) && now >= lane->blocked_until_us) {
        while (lane_fetch_due(lane) &&
               !env_chance(lane->pusher->config.env, "fetches wait for the next look")) {
        }
        if (c->connector->build_orders) {
            lane_poll(lane);
        }
        lane_sweep(lane, c);
    }
    if (!lane->claiming && lane->ready.count && !lane_must_probe(lane)) {
        lane_claim(lane);
    }
    lane_import(lane);
    now = lane_now(lane);
    int64_t due = next_look(lane, c, ripe_us, now);
    struct env *env = lane->pusher->config.env;
    int64_t late_us = env_chance(env, "a lane's timer is late") ? US_PER_S : 0;
    env->ops->timer_set(lane->timer, late_us + (due > now ? due - now : US_PER_MS));
}
