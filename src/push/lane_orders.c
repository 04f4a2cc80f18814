/* SPDX-License-Identifier: Apache-2.0 */
/* Finding out: orders changed since the last complete read, single orders, counts somebody asked
 * for. */
#include "push/lane.h"

#define OVERLAP_US (120 * US_PER_S)
#define AFTER_FAILURE_US (5 * US_PER_S)
/* So long orders may be unreadable before an operator is told. */
#define UNREADABLE_US (900 * US_PER_S)
#define PAGES_MAX 10000
/* So often in a row a page is refused before it is given up, and before all else waits with it. */
#define REFUSALS_MAX 6
#define REFUSALS_ALONE 3
#define REFUSED_WAIT_US (2 * US_PER_S)

struct read_job {
    struct lane_call call; /* first */
    struct lane *lane;
    struct turn *turn;
    bool is_poll, goes_on;  /* goes_on: the next request belongs to the same exchange */
    struct buf id;          /* of the order, when it is one */
    struct buf cursor_text; /* of the present request, then of the next one */
    int64_t since_us, asked_at_us, through_us;
    size_t pages;
    int refusals; /* of the present page */
    uint8_t nonce[16];
};

static void read_job_free(struct read_job *job)
{
    lane_call_remove(&job->call);
    buf_free(&job->id);
    buf_free(&job->cursor_text);
    turn_free(job->turn);
    free(job);
}

static void read_job_drop(struct lane_call *call)
{
    read_job_free((struct read_job *)call);
}

/* Listings that wait for the orders are decided anew: what they wait for came, or may take long. */
static void wake_waiting(struct lane *lane, int64_t not_before_us)
{
    struct want_queue waiting = lane->awaiting_orders;
    lane->awaiting_orders = (struct want_queue){0};
    struct want *want;
    while ((want = queue_take(&waiting))) {
        want_requeue(lane, want, not_before_us);
    }
}

static void poll_failed(struct lane *lane, int64_t now)
{
    lane->poll_wanted = false; /* not at once: its time is set */
    lane->next_poll_us = now + AFTER_FAILURE_US;
    lane->orders_failing_since_us =
        lane->orders_failing_since_us ? lane->orders_failing_since_us : now;
    if (now - lane->orders_failing_since_us > UNREADABLE_US && !lane->is_unreadable_reported) {
        lane->is_unreadable_reported = true;
        lane_notice(
            lane,
            "CHANNEL-DOWN",
            "A channel's orders cannot be read",
            SLICE("No count is raised there without them: a sale could be on its way. Counts "
                  "still fall."),
            "See that the credentials may read orders, and that the shop answers.");
    }
}

static void poll_ended(struct lane *lane, bool complete)
{
    const struct channel_config *c = lane_channel(lane);
    int64_t now = lane_now(lane), pace = c ? c->connector->semantics.poll_us : 0;
    lane->is_polling = false;
    if (!complete) {
        poll_failed(lane, now);
        wake_waiting(lane, now + AFTER_FAILURE_US);
        return;
    }
    lane->next_poll_us = now + (pace ? pace : 3600 * US_PER_S);
    lane->orders_failing_since_us = 0;
    if (lane->is_unreadable_reported) {
        lane->is_unreadable_reported = false;
        lane_notice_close(lane, "CHANNEL-DOWN");
    }
    lane->orders_read_us = lane->poll_started_us;
    wake_waiting(lane, 0);
}

/* The next page, or the present one once more: as soon as a call may leave. */
static void poll_on(struct read_job *job)
{
    job->lane->next_page = job;
    lane_pump(job->lane);
}

static void read_applied(struct turn *turn)
{
    struct read_job *job = turn->owner;
    struct lane *lane = job->lane;
    if (!turn->err && job->is_poll && turn->news_placed_us > lane->begun_us) {
        lane_found_by_asking(lane); /* what was sold before we were there proves nothing */
    }
    if (!turn->err) {
        lane->read_through_us =
            turn->read_through_us ? turn->read_through_us : lane->read_through_us;
        pusher_fetch(
            lane->pusher, lane->channel, turn->fetches, turn->fetches_count, turn->fetch_delay_us);
    }
    bool failed = turn->err != ERR_OK;
    turn_free(turn);
    job->turn = NULL;
    if (job->is_poll && !failed && job->cursor_text.n && job->pages < PAGES_MAX &&
        lane_channel(lane)) {
        job->refusals = 0;
        poll_on(job);
        return;
    }
    if (job->is_poll) {
        poll_ended(lane, !failed && job->cursor_text.n == 0);
    }
    read_job_free(job);
    lane_pump(lane);
}

static void read_failed(struct read_job *job)
{
    struct lane *lane = job->lane;
    if (job->is_poll) {
        poll_ended(lane, false);
    } else {
        lane->poll_wanted = true; /* the order comes with what changed */
    }
    read_job_free(job);
    lane_pump(lane);
}

/*
 * A page that failed for a while is asked for again: a long reading that began anew each time would
 * never end. It costs more points than a push, so at first it waits alone for them.
 */
static bool page_is_due_again(struct read_job *job,
                              const struct env_reply *reply,
                              struct channel_signal *signal)
{
    struct lane *lane = job->lane;
    bool may_pass = reply->err != ERR_OK || signal->throttled || signal->down;
    if (!job->is_poll || !may_pass || ++job->refusals > REFUSALS_MAX) {
        return false;
    }
    int64_t now = lane_now(lane);
    if (signal->throttled && signal->points_left >= 0 && job->refusals <= REFUSALS_ALONE) {
        lane->pages_blocked_until_us =
            now + (signal->retry_after_us ? signal->retry_after_us : REFUSED_WAIT_US);
        *signal = (struct channel_signal)SIGNAL_NONE;
    }
    wake_waiting(lane, now + AFTER_FAILURE_US);
    return true;
}

static struct http_response copy_response(const struct http_response *response, struct arena *arena)
{
    struct http_response copy = *response;
    copy.body = arena_copy(arena, response->body);
    return copy;
}

static void fetch_send(struct read_job *job);

/* The answer was not all of it: the exchange goes on. */
static void read_on(struct read_job *job, const struct next_request *next)
{
    struct lane *lane = job->lane;
    buf_clear(&job->cursor_text);
    buf_slice(&job->cursor_text, next->cursor);
    turn_free(job->turn);
    job->turn = NULL;
    job->goes_on = true;
    if (job->cursor_text.overflow || job->cursor_text.n == 0) {
        read_failed(job);
    } else if (job->is_poll) {
        lane->pages_blocked_until_us = next->after_us ? lane_now(lane) + next->after_us : 0;
        poll_on(job);
    } else {
        lane_spend(lane, CALL_ORDER);
        fetch_send(job);
    }
}

static void page_answered(void *arg, const struct env_reply *reply)
{
    struct read_job *job = arg;
    struct lane *lane = job->lane;
    struct turn *turn = job->turn;
    const struct channel_config *c = lane_channel(lane);
    struct channel_signal signal = SIGNAL_NONE;
    struct err_note note = {""};
    enum err e = reply->err;
    lane->open--;
    lane->pusher->figures.open--;
    if (!e && c) {
        struct http_response response = copy_response(&reply->response, &turn->arena);
        struct json_doc *parser = lane->pusher->parser;
        const struct step step = {.now_us = job->asked_at_us,
                                  .nonce = job->nonce,
                                  .since_us = job->since_us,
                                  .cursor = buf_view(&job->cursor_text)};
        if (job->is_poll) {
            struct orders_page page = {0};
            e = c->connector->read_orders(
                &c->account, &step, &response, parser, &turn->arena, &page, &signal, &note);
            /* Their clock stamps their orders: read through what the first answer showed, however
             * long the others took. */
            if (!e && !job->through_us) {
                job->through_us = signal.server_time_us ? signal.server_time_us : job->asked_at_us;
            }
            if (!e && !signal.next.is_wanted) {
                turn->facts = page.facts;
                buf_clear(&job->cursor_text);
                buf_slice(&job->cursor_text, page.next);
                turn->read_through_us = page.next.n ? 0 : job->through_us;
            }
        } else {
            e = c->connector->read_order(
                &c->account, &step, &response, parser, &turn->arena, &turn->facts, &signal, &note);
        }
    }
    bool is_due_again = e && c && page_is_due_again(job, reply, &signal);
    lane_learn(lane, job->is_poll ? CALL_ORDERS : CALL_ORDER, reply, &signal, e == ERR_OK);
    if (!e && c && signal.next.is_wanted) {
        read_on(job, &signal.next);
        return;
    }
    if (is_due_again) {
        turn_free(turn);
        job->turn = NULL;
        poll_on(job);
        return;
    }
    bool is_gone = e == ERR_NOT_FOUND && !job->is_poll;
    if (is_gone) {
        lane_notice(lane,
                    "PARKED",
                    "An order is gone from its channel",
                    SLICE("The channel announced a change of an order that cannot be read any "
                          "more; its units stay booked."),
                    "Look whether it was deleted there; if so, release it by an order snapshot or "
                    "an adjustment.");
    }
    if (is_gone || (!c && !job->is_poll)) {
        read_job_free(job);
        lane_pump(lane);
        return;
    }
    turn->received_at_us = lane_now(lane);
    if (e || !c || !engine_submit(lane->pusher->config.engine, turn)) {
        read_failed(job);
    }
}

/* Sends one read; the turn that will carry what it says holds the request's memory too. */
static bool read_send(struct read_job *job, enum err e, const struct http_request *request)
{
    struct lane *lane = job->lane;
    if (e) {
        return false;
    }
    lane->open++;
    lane->pusher->figures.open++;
    const struct pusher_config *config = &lane->pusher->config;
    const struct env_call call = {.request = *request, .private_ok = config->private_ok};
    config->env->ops->http(config->env, &call, page_answered, job);
    return true;
}

static bool read_prepare(struct read_job *job)
{
    job->turn = turn_new(TURN_READ, read_applied, job);
    if (job->turn) {
        job->turn->channel = job->lane->channel;
        /* Of an exchange the first request counts: what it said is no younger. */
        job->asked_at_us = job->goes_on ? job->asked_at_us : lane_now(job->lane);
        job->goes_on = false;
    }
    return job->turn != NULL;
}

static void poll_page(struct read_job *job)
{
    struct lane *lane = job->lane;
    const struct channel_config *c = lane_channel(lane);
    struct http_request request;
    env_random(lane->pusher->config.env, job->nonce, sizeof(job->nonce));
    job->pages++;
    if (!c || !read_prepare(job)) {
        read_failed(job);
        return;
    }
    struct slice cursor = arena_copy(&job->turn->arena, buf_view(&job->cursor_text));
    enum err e = c->connector->build_orders(&c->account,
                                            &(struct step){.now_us = lane_now(lane),
                                                           .nonce = job->nonce,
                                                           .since_us = job->since_us,
                                                           .cursor = cursor},
                                            &job->turn->arena,
                                            &request);
    if (!read_send(job, e, &request)) {
        read_failed(job);
    }
}

static struct read_job *read_job_new(struct lane *lane, bool is_poll)
{
    struct read_job *job = calloc(1, sizeof(*job));
    if (job) {
        job->lane = lane;
        lane_call_add(lane, &job->call, read_job_drop);
        job->is_poll = is_poll;
        buf_init(&job->id, 4096);
        buf_init(&job->cursor_text, 64 * 1024);
    }
    return job;
}

int64_t lane_poll_due(const struct lane *lane)
{
    if (lane->next_page) {
        return lane->pages_blocked_until_us ? lane->pages_blocked_until_us : lane_now(lane);
    }
    return lane->is_polling ? 0 : lane->poll_wanted ? lane_now(lane) : lane->next_poll_us;
}

void lane_poll(struct lane *lane)
{
    const struct channel_config *c = lane_channel(lane);
    if (lane->next_page) {
        struct read_job *page = lane->next_page;
        if (!c) {
            lane->next_page = NULL;
            read_failed(page);
        } else if (lane_now(lane) >= lane->pages_blocked_until_us &&
                   lane_may_call(lane, CALL_ORDERS)) {
            lane->next_page = NULL;
            poll_page(page);
        }
        return;
    }
    bool due = lane->poll_wanted || lane_now(lane) >= lane->next_poll_us;
    struct read_job *job = due && !lane->is_polling && lane_may_call(lane, CALL_ORDERS)
                               ? read_job_new(lane, true)
                               : NULL;
    if (!job) {
        return;
    }
    lane->is_polling = true;
    lane->poll_wanted = false;
    lane->poll_started_us = lane_now(lane);
    lane->pusher->figures.polls++;
    int64_t through = lane->read_through_us ? lane->read_through_us : c->row.read_through_us;
    job->since_us = (through ? through : c->row.opened_at_us) - OVERLAP_US;
    poll_page(job);
}

/* ---- single reads ---- */

static void fetch_count(struct lane *lane, struct slice stock_key)
{
    struct arena arena;
    arena_init(&arena, (size_t)1024 * 1024);
    struct rows found = {0};
    struct store *reader = lane->pusher->config.reader;
    if (reader->ops->listings_by_stock_key(reader, lane->channel, stock_key, &arena, &found) ==
        ERR_OK) {
        for (size_t i = 0; i < found.count; i++) {
            const struct listing_row *row = found.items[i];
            want_hint(lane, &(struct dirty_hint){.listing = row->id, .must_read = true}, 0);
        }
    }
    arena_free(&arena);
}

static void fetch_send(struct read_job *job)
{
    struct lane *lane = job->lane;
    const struct channel_config *c = lane_channel(lane);
    struct http_request request;
    env_random(lane->pusher->config.env, job->nonce, sizeof(job->nonce));
    if (!c || job->id.overflow || !read_prepare(job)) {
        read_failed(job);
        return;
    }
    struct arena *arena = &job->turn->arena;
    const struct step step = {.now_us = lane_now(lane),
                              .nonce = job->nonce,
                              .cursor = arena_copy(arena, buf_view(&job->cursor_text))};
    enum err e = c->connector->build_order(
        &c->account, arena_copy(arena, buf_view(&job->id)), &step, arena, &request);
    if (!read_send(job, e, &request)) {
        read_failed(job);
    }
}

static void fetch_order(struct lane *lane, struct slice id)
{
    struct read_job *job = read_job_new(lane, false);
    if (!job) {
        lane->poll_wanted = true;
        return;
    }
    buf_slice(&job->id, id);
    fetch_send(job);
}

bool lane_fetch_due(struct lane *lane)
{
    const struct channel_config *c = lane_channel(lane);
    int64_t now = lane_now(lane);
    struct pending_fetch **link = &lane->fetches;
    while (*link && (*link)->not_before_us > now) {
        link = &(*link)->next;
    }
    struct pending_fetch *fetch = *link;
    bool is_call = fetch && fetch->kind == FETCH_ORDER;
    if (!fetch || !c ||
        (is_call && c->connector->build_order && !lane_may_call(lane, CALL_ORDER))) {
        return false;
    }
    *link = fetch->next;
    if (fetch->kind == FETCH_COUNT) {
        fetch_count(lane, fetch->id);
    } else if (is_call && c->connector->build_order) {
        fetch_order(lane, fetch->id);
    } else {
        lane->poll_wanted = true;
    }
    free(fetch);
    return true;
}
