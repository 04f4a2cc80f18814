/* SPDX-License-Identifier: Apache-2.0 */
/* The thread of one replay: from the first delivery of its range to the job's end. */
#include <time.h>

#include "intake/delivery_body.h"
#include "intake/replay_run.h"

#define PAGE 500
#define CALM_MAX 128 /* turns that wait for the writer: above it, others go first */
#define PAUSE_US (20 * US_PER_MS)
#define RETRY_US (US_PER_S)
#define SHOW_EVERY_US (500 * US_PER_MS)
#define RESULT_MAX ((size_t)4 * 1024 * 1024)
#define REVIEW_MAX ((size_t)32 * 1024 * 1024)

/* ---- waiting ---- */

/* Until a turn comes back, or it must end. Under the lock. */
static void wait_woken(struct replay_run *run)
{
    (void)pthread_cond_wait(&run->woken, &run->lock);
}

/* For others to get on, or well. */
static void rest(int64_t us)
{
    const struct timespec pause = {.tv_sec = us / US_PER_S, .tv_nsec = us % US_PER_S * 1000};
    (void)nanosleep(&pause, NULL);
}

static bool must_end(struct replay_run *run)
{
    pthread_mutex_lock(&run->lock);
    bool is_over = run->is_stopping || run->is_closed;
    pthread_mutex_unlock(&run->lock);
    return is_over;
}

/* A while, but not when it must end. */
static void rest_long(struct replay_run *run)
{
    for (int64_t us = 0; us < RETRY_US && !must_end(run); us += PAUSE_US) {
        rest(PAUSE_US);
    }
}

/* ---- what it found so far ---- */

static void put_id(struct json_writer *w, const char *key, int64_t id)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%" PRId64, id);
    json_field_str(w, key, id ? text : NULL);
}

static void put_figures(const struct replay_run *run, struct json_writer *w)
{
    const struct replay_tally *t = &run->tally;
    json_field_bool(w, "dry_run", run->order.is_dry_run);
    json_field_int(w, "seen", t->seen);
    for (enum replay_outcome o = REPLAY_APPLIED; o <= REPLAY_SKIPPED; o++) {
        json_field_int(w, replay_outcome_text(o), t->outcomes[o]);
    }
    json_field_int(w, "without_body", t->without_body);
    json_field_int(w, "failed", t->failed);
    json_field_int(w, "fetches", t->fetches);
    json_field_int(w, "pushes", t->pushes);
    json_field_int(w, "movements", run->report.movements);
    json_field_int(w, "orders", (int64_t)run->report.orders.live_count);
    put_id(w, "through", t->through);
}

static struct slice figures_text(const struct replay_run *run, bool with_skus, struct arena *arena)
{
    ON_EXIT(buf_free) struct buf out;
    buf_init(&out, RESULT_MAX);
    struct json_writer w = json_writer(&out);
    json_begin_object(&w);
    put_figures(run, &w);
    if (with_skus) {
        replay_report_skus(&run->report, &w);
    }
    json_end_object(&w);
    return out.overflow ? SLICE("{}") : arena_copy(arena, buf_view(&out));
}

static struct slice review_text(const struct replay_run *run, struct arena *arena)
{
    ON_EXIT(buf_free) struct buf out;
    buf_init(&out, REVIEW_MAX);
    replay_report_rows(&run->report, &out);
    return out.overflow ? SLICE("[]") : arena_copy(arena, buf_view(&out));
}

/* NULL: no memory for it now. */
static struct turn *step_turn(struct replay_run *run, bool is_end)
{
    struct turn *turn = turn_new(TURN_REQUEST, replay_run_stepped, NULL);
    struct replay_step *step = turn ? ARENA_NEW(&turn->arena, struct replay_step) : NULL;
    if (!step) {
        turn_free(turn);
        return NULL;
    }
    *step = (struct replay_step){.owner = run,
                                 .job = run->order.job,
                                 .done = run->tally.seen,
                                 .total = run->total,
                                 .summary = figures_text(run, false, &turn->arena),
                                 .result = figures_text(run, is_end, &turn->arena),
                                 .review = SLICE("[]"),
                                 .is_end = is_end};
    if (is_end) {
        step->review = review_text(run, &turn->arena);
        step->error = arena_copy(&turn->arena, slice_of(run->error.text));
    }
    turn->owner = step;
    turn->run = request_replay_step;
    return turn;
}

static bool step_submit(struct replay_run *run, bool is_end)
{
    struct turn *turn = step_turn(run, is_end);
    if (!turn) {
        return false;
    }
    pthread_mutex_lock(&run->lock);
    run->steps++;
    pthread_mutex_unlock(&run->lock);
    if (engine_submit(run->config->engine, turn)) {
        return true;
    }
    turn_free(turn);
    pthread_mutex_lock(&run->lock);
    run->steps--;
    pthread_mutex_unlock(&run->lock);
    return false;
}

/* Now and then. */
static void show_progress(struct replay_run *run)
{
    int64_t now = env_mono_us(run->config->env);
    pthread_mutex_lock(&run->lock);
    bool is_due = run->steps == 0 && now - run->shown_at_us >= SHOW_EVERY_US;
    pthread_mutex_unlock(&run->lock);
    if (is_due) {
        run->shown_at_us = now;
        (void)step_submit(run, false); /* the next one shows it too */
    }
}

/* ---- turns ---- */

static void count_applied(struct replay_run *run, const struct turn *turn)
{
    const struct replay_apply *apply = turn->owner;
    run->tally.outcomes[apply->outcome]++;
    run->tally.fetches += (int64_t)turn->fetches_count;
    replay_report_add(&run->report, apply->movements, apply->movements_count);
}

static bool is_about_the_disk(enum err e)
{
    return e == ERR_FULL || e == ERR_IO || e == ERR_UNKNOWN || e == ERR_CONFLICT || e == ERR_MEMORY;
}

static void submit(struct replay_run *run, struct turn *turn);

/* What the writer could not keep is offered again: the disk may be well by then. */
static void take_finished(struct replay_run *run)
{
    pthread_mutex_lock(&run->lock);
    struct turn *turn = run->finished;
    run->finished = NULL;
    pthread_mutex_unlock(&run->lock);
    while (turn) {
        struct turn *next = turn->next;
        if (turn->err && is_about_the_disk(turn->err) && !must_end(run)) {
            rest_long(run);
            submit(run, turn);
        } else {
            run->tally.failed += turn->err != ERR_OK;
            if (!turn->err && turn->run == request_replay_apply) {
                count_applied(run, turn);
            } else if (!turn->err) {
                run->tally.pushes += (int64_t)((struct replay_listings *)turn->owner)->hinted;
            }
            turn_free(turn);
        }
        turn = next;
    }
}

/* Waits until there is room for another turn, or until all of them are back. */
static void wait_below(struct replay_run *run, size_t under_way_max)
{
    for (;;) {
        take_finished(run);
        show_progress(run);
        pthread_mutex_lock(&run->lock);
        bool is_over = run->is_stopping || run->is_closed;
        bool fits = run->under_way <= under_way_max && !run->finished;
        if (!fits && !is_over && !run->finished) {
            wait_woken(run);
        }
        pthread_mutex_unlock(&run->lock);
        if (is_over) {
            return;
        }
        if (fits) {
            bool is_calm = engine_counters(run->config->engine).queued < CALM_MAX;
            if (is_calm || under_way_max == 0) {
                return;
            }
            rest(PAUSE_US); /* others first */
        }
    }
}

/* Takes the turn in any case. */
static void submit(struct replay_run *run, struct turn *turn)
{
    while (!must_end(run)) {
        pthread_mutex_lock(&run->lock);
        run->under_way++;
        pthread_mutex_unlock(&run->lock);
        if (engine_submit(run->config->engine, turn)) {
            return;
        }
        pthread_mutex_lock(&run->lock);
        run->under_way--;
        pthread_mutex_unlock(&run->lock);
        rest(PAUSE_US); /* the queue is full */
    }
    turn_free(turn);
}

/* ---- one delivery ---- */

/*
 * First against the present. What says something there is done once more behind what came before
 * it; what says nothing there says nothing then either, for a version only grows.
 */
static void rehearse(struct replay_run *run, struct turn *turn)
{
    struct err_note note = {""};
    const struct replay_apply *apply = turn->owner;
    enum err e = rehearsal_run(run->alone, turn, &note);
    rehearsal_clear(run->alone);
    bool is_new = !e && (apply->movements_count || apply->outcome == REPLAY_APPLIED ||
                         (apply->outcome == REPLAY_PARKED && !turn->facts.unreadable));
    if (is_new && !run->is_full) {
        run->is_full = rehearsal_run(run->together, turn, &note) != ERR_OK;
        if (run->is_full) {
            e = rehearsal_run(run->alone, turn, &note);
            rehearsal_clear(run->alone);
        }
    }
    if (e) {
        run->tally.failed++;
    } else {
        count_applied(run, turn);
    }
}

/* Opens and decodes the kept body into the turn. False: there is nothing to apply, and that is
 * counted. */
static bool read_delivery(struct replay_run *run, struct turn *turn, int64_t n)
{
    struct delivery_row *row = NULL;
    struct slice body = {0};
    struct replay_apply *apply = ARENA_NEW(&turn->arena, struct replay_apply);
    if (!apply || run->reader->ops->delivery(run->reader, n, &turn->arena, &row) || !row) {
        run->tally.failed++;
        return false;
    }
    const struct channel_config *channel = config_channel(run->channels, row->channel);
    if (!channel || channel->account_error || channel->row.mode == MODE_OFF) {
        run->tally.outcomes[REPLAY_SKIPPED]++;
        return false;
    }
    if (delivery_body_open(run->config->vault, row->body, &turn->arena, &body) != ERR_OK) {
        /* The first of several equal ones keeps the body of all. */
        bool is_repeat = row->body.n == 0 && row->state == DELIVERY_DUPLICATE;
        run->tally.outcomes[REPLAY_UNCHANGED] += is_repeat;
        run->tally.without_body += !is_repeat;
        return false;
    }
    *apply =
        (struct replay_apply){.owner = run, .was = row->state, .named_order = row->order.n > 0};
    turn->owner = apply;
    turn->run = request_replay_apply;
    turn->channel = row->channel;
    turn->replay_of = row->n;
    turn->received_at_us = row->received_at_us;
    delivery_decode(channel, row, body, run->parser, &turn->arena, &turn->facts);
    return true;
}

static void replay_one(struct replay_run *run, int64_t n)
{
    struct turn *turn = turn_new(TURN_REQUEST, replay_run_applied, NULL);
    run->tally.seen++;
    run->tally.through = n;
    if (!turn) {
        run->tally.failed++;
        return;
    }
    if (!read_delivery(run, turn, n)) {
        turn_free(turn);
    } else if (run->order.is_dry_run) {
        rehearse(run, turn);
        turn_free(turn);
    } else {
        wait_below(run, REPLAY_UNDER_WAY - 1);
        submit(run, turn);
    }
    show_progress(run);
}

/* ---- all of them ---- */

/* Calls each() for every delivery of the range, oldest first, through that one, until it must end. */
static enum err
walk(struct replay_run *run, int64_t through, void (*each)(struct replay_run *run, int64_t n))
{
    const struct replay_order *o = &run->order;
    struct store_query q = {.after = o->delivery ? o->delivery - 1 : 0,
                            .limit = o->delivery ? 1 : PAGE,
                            .channel = o->channel,
                            .order = slice_of(o->order),
                            .state = o->state,
                            .from_us = o->from_us,
                            .to_us = o->to_us};
    for (;;) {
        struct rows rows = {0};
        arena_clear(&run->page);
        enum err e = run->reader->ops->list_deliveries(run->reader, &q, &run->page, &rows);
        bool is_over = false;
        for (size_t i = 0; !e && i < rows.count && !is_over; i++) {
            const struct delivery_row *row = rows.items[i];
            is_over = must_end(run) || row->n > through;
            bool is_meant = !is_over && (!o->topic[0] || slice_is(row->topic, o->topic)) &&
                            (!o->delivery || row->n == o->delivery);
            if (is_meant) {
                each(run, row->n);
            }
            q.after = row->n;
        }
        if (e || rows.count < q.limit || o->delivery || is_over) {
            return e;
        }
    }
}

static void count_one(struct replay_run *run, int64_t n)
{
    run->total++;
    run->last = n;
}

/* ---- pushes ---- */

struct pushed {
    struct turn *turn; /* listings gather here */
    struct arena arena;
    struct map seen;
};

static void flush_pushes(struct replay_run *run, struct pushed *p)
{
    if (p->turn) {
        struct turn *turn = p->turn;
        p->turn = NULL;
        wait_below(run, REPLAY_UNDER_WAY - 1);
        submit(run, turn);
    }
}

static struct slice sku_code(struct replay_run *run, struct sku_id id)
{
    struct sku_row *row = NULL;
    enum err e = run->reader->ops->skus(run->reader, &id, 1, &run->page, &row);
    return !e && row ? row->code : (struct slice){0};
}

static void push_one(struct replay_run *run, struct pushed *p, const struct push_row *row)
{
    const struct channel_config *channel = config_channel(run->channels, row->channel);
    struct listing_id *key = ARENA_NEW(&p->arena, struct listing_id);
    if (!key || map_get(&p->seen, MAP_KEY(&row->listing))) {
        return;
    }
    *key = row->listing;
    if (!map_set(&p->seen, MAP_KEY(key), key)) {
        return;
    }
    run->tally.seen++;
    replay_report_add_listing(&run->report,
                              row->listing.v,
                              channel ? channel->row.code : (struct slice){0},
                              sku_code(run, row->sku));
    if (run->order.is_dry_run) {
        return;
    }
    if (!p->turn) {
        p->turn = turn_new(TURN_REQUEST, replay_run_applied, NULL);
        struct replay_listings *fresh =
            p->turn ? ARENA_NEW(&p->turn->arena, struct replay_listings) : NULL;
        must(fresh); /* the first of its arena */
        fresh->owner = run;
        p->turn->owner = fresh;
        p->turn->run = request_replay_pushes;
    }
    struct replay_listings *listings = p->turn->owner;
    listings->ids[listings->count++] = row->listing.v;
    if (listings->count == REPLAY_LISTINGS_MAX) {
        flush_pushes(run, p);
    }
}

static enum err walk_pushes(struct replay_run *run, struct pushed *p)
{
    const struct replay_order *o = &run->order;
    struct store_query q = {.limit = PAGE, .channel = o->channel, .state = -1};
    for (;;) {
        struct rows rows = {0};
        arena_clear(&run->page);
        enum err e = run->reader->ops->list_pushes(run->reader, &q, &run->page, &rows);
        for (size_t i = 0; !e && i < rows.count && !must_end(run); i++) {
            const struct push_row *row = rows.items[i];
            int64_t at_us = row->sent_at_us ? row->sent_at_us : row->committed_at_us;
            if ((!o->from_us || at_us >= o->from_us) && (!o->to_us || at_us < o->to_us)) {
                push_one(run, p, row);
            }
            q.after = run->tally.through = row->n;
        }
        show_progress(run);
        if (e || rows.count < q.limit || must_end(run)) {
            return e;
        }
    }
}

static enum err repeat_pushes(struct replay_run *run)
{
    struct pushed p = {.turn = NULL};
    arena_init(&p.arena, (size_t)256 * 1024 * 1024);
    map_init(&p.seen);
    enum err e = walk_pushes(run, &p);
    flush_pushes(run, &p);
    run->total = run->tally.seen;
    map_free(&p.seen);
    arena_free(&p.arena);
    return e;
}

/* ---- from beginning to end ---- */

static enum err open_all(struct replay_run *run)
{
    struct store *reader = NULL;
    const struct replays_config *config = run->config;
    enum err e = engine_reader(config->engine, &reader, &run->error);
    pthread_mutex_lock(&run->lock);
    run->reader = reader;
    pthread_mutex_unlock(&run->lock);
    run->parser = json_doc_new();
    e = e ? e : run->parser ? ERR_OK : ERR_MEMORY;
    e = e ? e : config_load(reader, config->vault, &run->channels);
    if (!e && run->order.is_dry_run) {
        e = rehearsal_new(config->env, reader, run->channels, config->vault, &run->alone);
        e = e ? e
              : rehearsal_new(config->env, reader, run->channels, config->vault, &run->together);
        e = e ? e : reader->ops->begin(reader);
    }
    return e;
}

static void close_all(struct replay_run *run)
{
    rehearsal_free(run->alone);
    rehearsal_free(run->together);
    config_free(run->channels);
    json_doc_free(run->parser);
    pthread_mutex_lock(&run->lock);
    struct store *reader = run->reader;
    run->reader = NULL;
    pthread_mutex_unlock(&run->lock);
    if (reader) {
        reader->ops->rollback(reader);
    }
    store_close(reader);
}

static enum err do_all(struct replay_run *run)
{
    enum err e = open_all(run);
    if (!e && run->order.pushes) {
        e = repeat_pushes(run);
    } else if (!e) {
        e = walk(run, INT64_MAX, count_one);
        e = e ? e : walk(run, run->last, replay_one);
    }
    wait_below(run, 0);
    take_finished(run);
    close_all(run);
    return e;
}

/* The server stops: whoever asks for it again loses nothing. */
static void say_stopped(struct replay_run *run)
{
    err_note(&run->error,
             ERR_UNKNOWN,
             "the server stopped after %" PRId64 " of %" PRId64
             ": start it again, what is right already is left alone",
             run->tally.seen,
             run->total);
    (void)step_submit(run, true); /* the engine's stop carries it out; else the next start does */
}

/* The job's end must be kept. */
static void say_ended(struct replay_run *run)
{
    bool is_kept = false;
    while (!is_kept && !must_end(run)) {
        bool is_sent = step_submit(run, true);
        pthread_mutex_lock(&run->lock);
        while (is_sent && run->steps && !run->is_stopping) {
            wait_woken(run);
        }
        is_kept = is_sent && !run->steps && !run->step_err;
        pthread_mutex_unlock(&run->lock);
        if (!is_kept) {
            rest_long(run);
        }
    }
}

/* A step that shows progress may still be on its way: it must not come after the last one. */
static void wait_for_step(struct replay_run *run)
{
    pthread_mutex_lock(&run->lock);
    while (run->steps && !run->is_stopping) {
        wait_woken(run);
    }
    pthread_mutex_unlock(&run->lock);
}

void *replay_run_all(void *arg)
{
    struct replay_run *run = arg;
    enum err e = do_all(run);
    wait_for_step(run);
    pthread_mutex_lock(&run->lock);
    bool is_stopping = run->is_stopping, is_closed = run->is_closed;
    pthread_mutex_unlock(&run->lock);
    if (e && !is_stopping && !run->error.text[0]) {
        err_note(&run->error, e, "the deliveries could not be read: %s", err_text(e));
    }
    if (is_closed) {
        return NULL;
    }
    if (is_stopping) {
        say_stopped(run);
    } else {
        say_ended(run);
    }
    return NULL;
}
