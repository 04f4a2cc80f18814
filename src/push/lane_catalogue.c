/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A channel's catalogue, read page by page for an import, and handed to the writer.
 *
 *   READING --last page--> LEARNING --our SKUs--> LINKING --no page left--> JUDGING --> ENDING --> gone
 *      |                      |                      |                                  ^
 *      +----------------------+- it cannot go on: the reason ----------------------------+
 *
 * LEARNING takes the marks of our SKUs, JUDGING looks at our SKUs by all marks (engine/doctor.h);
 * of several imports one at a time judges, for what it finds replaces what another one found.
 *
 * One call or one turn at a time. An import never takes the room of pushes: it starts a call only
 * when the lane has nothing better to do, leaves every second call of a limited rate free, and
 * waits until the cost bucket holds three of its pages, of which it takes one. A page that does not
 * come is asked for again, slower each time, and after PAGE_TRIES or PAGE_WAIT_US the job fails; a
 * page that a throttled channel puts off does not count as tried.
 */
#include "engine/doctor.h"
#include "push/catalogue_pages.h"
#include "push/lane.h"

#define ITEMS_MAX ((size_t)1000000)
#define PAGE_TRIES 8
#define PAGE_TRIES_CERTAIN 3 /* of an answer that will not change by itself */
#define PAGE_WAIT_US (900 * US_PER_S)
#define STEP_TRIES 10
#define JUDGING_US (200 * US_PER_MS) /* so long until it looks whether another import is done */
#define SAVING_US (60 * US_PER_S)    /* so long until it looks again whether calls are left today */
#define ANSWER_ARENA ((size_t)64 * 1024 * 1024)
#define REVIEW_BYTES_MAX ((size_t)8 * 1024 * 1024)

enum import_phase { READING, LEARNING, LINKING, JUDGING, ENDING };

struct catalogue_import {
    struct lane *lane;
    struct import_order order;
    enum import_phase phase;
    bool is_busy;       /* a call or a turn is under way */
    struct arena arena; /* of the call */
    struct buf cursor, review;
    struct catalogue_pages pages;
    uint64_t *digests; /* of all codes; sorted when all are there */
    size_t digests_count, digests_cap;
    struct doctor_index doctor;
    int64_t sku_after;     /* LEARNING, JUDGING: the last SKU looked at */
    int64_t read_since_us; /* wall: nothing of the catalogue was read before */
    struct import_tally tally;
    int64_t read, total;
    int64_t not_before_us, page_since_us; /* page_since: since when the next page is wanted */
    int tries;
    uint8_t nonce[16];     /* of the call */
    struct err_note error; /* why it failed; empty: it did not */
};

static void let_others_judge(struct catalogue_import *import)
{
    struct pusher *pusher = import->lane->pusher;
    if (pusher->judging == import) {
        pusher->judging = NULL;
    }
}

void lane_import_free(struct lane *lane)
{
    struct catalogue_import *import = lane->import;
    if (import) {
        arena_free(&import->arena);
        buf_free(&import->cursor);
        buf_free(&import->review);
        catalogue_pages_free(&import->pages);
        free(import->digests);
        doctor_index_free(&import->doctor);
        let_others_judge(import);
        free(import);
    }
    lane->import = NULL;
}

static void wait_for(struct catalogue_import *import, int64_t delay_us)
{
    import->not_before_us = lane_now(import->lane) + delay_us;
}

/* 1 s, 2 s, 4 s, ... a minute. */
static int64_t backoff_us(int tries)
{
    return (tries < 6 ? INT64_C(1) << tries : 60) * US_PER_S;
}

/* It ends here; what was linked stays linked. */
static void give_up(struct catalogue_import *import, const char *what, const char *why)
{
    (void)err_note(&import->error, ERR_UNKNOWN, "%s: %s", what, why);
    import->phase = ENDING;
    import->tries = 0;
    import->not_before_us = 0;
}

/* ---- steps: what the writer does ---- */

static void stepped(struct turn *turn)
{
    const struct import_step *step = turn->owner;
    struct catalogue_import *import = step->owner;
    struct lane *lane = import->lane;
    import->is_busy = false;
    if (turn->err == ERR_CORRUPT && import->phase == ENDING) {
        lane_import_free(lane); /* its job is not there any more, or has ended */
    } else if (turn->err) {
        import->tries++;
        wait_for(import, backoff_us(import->tries));
        if (import->tries > STEP_TRIES && import->phase != ENDING) {
            give_up(import, "it could not be kept", turn->note.text);
        }
    } else if (step->is_end) {
        lane_import_free(lane);
    } else if (step->stopped) {
        give_up(import, "the channel cannot be imported any more", step->stopped);
    } else if (step->items_count) {
        if (turn->answer.n && import->review.n) {
            buf_char(&import->review, ',');
        }
        buf_slice(&import->review, buf_view(&turn->answer));
        import->tally = step->after;
        import->tries = 0;
        catalogue_pages_drop(&import->pages);
    }
    turn_free(turn);
    lane_pump(lane);
}

static struct slice review_text(const struct catalogue_import *import, struct arena *arena)
{
    const struct buf *rows = &import->review;
    return arena_printf(arena, "[%.*s]", SLICE_ARG(buf_view(rows)));
}

/* False: there was no room for it now. */
static bool step_submit(struct catalogue_import *import)
{
    struct turn *turn = turn_new(TURN_REQUEST, stepped, NULL);
    struct import_step *step = turn ? ARENA_NEW(&turn->arena, struct import_step) : NULL;
    if (!step) {
        turn_free(turn);
        return false;
    }
    *step = (struct import_step){.owner = import,
                                 .order = import->order,
                                 .before = import->tally,
                                 .read = import->read,
                                 .total = import->total,
                                 .digests = import->digests,
                                 .digests_count = import->digests_count,
                                 .doctor = &import->doctor,
                                 .read_at_us = import->read_since_us,
                                 .is_end = import->phase == ENDING};
    enum err e = ERR_OK;
    if (import->phase == LINKING) {
        struct catalogue_item *items = NULL;
        e = catalogue_pages_first(&import->pages, &turn->arena, &items, &step->items_count);
        step->items = items;
    } else if (import->phase == ENDING) {
        step->error = slice_of(import->error.text);
        step->review = review_text(import, &turn->arena);
    }
    turn->owner = step;
    turn->run = request_import_step;
    import->is_busy =
        !e && !turn->arena.exhausted && engine_submit(import->lane->pusher->config.engine, turn);
    if (!import->is_busy) {
        turn_free(turn);
    }
    return import->is_busy;
}

/* ---- pages of our SKUs ---- */

static void paged(struct turn *turn)
{
    const struct doctor_page *page = turn->owner;
    struct catalogue_import *import = page->owner;
    struct lane *lane = import->lane;
    import->is_busy = false;
    if (turn->err) {
        import->tries++;
        wait_for(import, backoff_us(import->tries));
        if (import->tries > STEP_TRIES) {
            give_up(import, "our SKUs could not be looked at", turn->note.text);
        }
    } else {
        import->tries = 0;
        import->tally = page->tally;
        import->sku_after = page->is_end ? 0 : page->next;
        if (page->is_end && import->phase == LEARNING) {
            doctor_index_sort(&import->doctor);
            import->phase = LINKING;
        } else if (page->is_end) {
            let_others_judge(import);
            import->phase = ENDING;
        }
    }
    turn_free(turn);
    lane_pump(lane);
}

static bool page_submit(struct catalogue_import *import)
{
    struct turn *turn = turn_new(TURN_REQUEST, paged, NULL);
    struct doctor_page *page = turn ? ARENA_NEW(&turn->arena, struct doctor_page) : NULL;
    if (!page) {
        turn_free(turn);
        return false;
    }
    *page = (struct doctor_page){.owner = import,
                                 .index = &import->doctor,
                                 .job = import->order.job,
                                 .after = import->sku_after,
                                 .tally = import->tally};
    turn->owner = page;
    turn->run = import->phase == LEARNING ? request_doctor_learn : request_doctor_own;
    import->is_busy = engine_submit(import->lane->pusher->config.engine, turn);
    if (!import->is_busy) {
        turn_free(turn);
    }
    return import->is_busy;
}

/* False: another import is at it; look again soon. */
static bool may_judge(struct catalogue_import *import)
{
    struct pusher *pusher = import->lane->pusher;
    if (pusher->judging && pusher->judging != import) {
        wait_for(import, JUDGING_US);
        return false;
    }
    pusher->judging = import;
    return true;
}

static void step_try(struct catalogue_import *import)
{
    bool is_paged = import->phase == LEARNING || import->phase == JUDGING;
    if (import->phase == JUDGING && !may_judge(import)) {
        return;
    }
    if (is_paged ? !page_submit(import) : !step_submit(import)) {
        import->tries++;
        wait_for(import, backoff_us(import->tries));
    }
}

/* ---- reading ---- */

static bool keep_digests(struct catalogue_import *import, const struct catalogue_page *page)
{
    size_t wanted = import->digests_count + page->items_count;
    if (wanted > import->digests_cap) {
        size_t cap = import->digests_cap * 2 > wanted ? import->digests_cap * 2 : wanted + 1024;
        uint64_t *grown = realloc(import->digests, cap * sizeof(*grown));
        if (!grown) {
            return false;
        }
        import->digests = grown;
        import->digests_cap = cap;
    }
    for (size_t i = 0; i < page->items_count; i++) {
        uint64_t digest;
        if (!doctor_see(&import->doctor, &page->items[i], &import->arena)) {
            return false;
        }
        if (import_digest(page->items[i].sku, &import->arena, &digest)) {
            import->digests[import->digests_count++] = digest;
        }
    }
    return true;
}

static enum err
keep_page(struct catalogue_import *import, const struct catalogue_page *page, struct err_note *note)
{
    if ((size_t)import->read + page->items_count > ITEMS_MAX) {
        return err_note(note, ERR_LIMIT, "more than a million items");
    }
    if (page->next.n && slice_equal(page->next, buf_view(&import->cursor))) {
        return err_note(note, ERR_LIMIT, "the channel answers with the same page for ever");
    }
    enum err e = keep_digests(import, page) ? ERR_OK : ERR_MEMORY;
    e = e ? e : catalogue_pages_add(&import->pages, page->items, page->items_count);
    buf_clear(&import->cursor);
    buf_slice(&import->cursor, page->next);
    e = import->cursor.overflow ? ERR_LIMIT : e;
    return e ? err_note(note, e, "no room for the catalogue: %s", err_text(e)) : ERR_OK;
}

static void
page_read(struct catalogue_import *import, const struct catalogue_page *page, int64_t rate_per_s)
{
    struct err_note note = {""};
    import->tries = 0;
    import->page_since_us = 0;
    if (keep_page(import, page, &note)) {
        give_up(import, "the catalogue cannot be kept", note.text);
        return;
    }
    import->read += (int64_t)page->items_count;
    import->total = page->total > import->total ? page->total : import->total;
    if (import->cursor.n == 0) {
        link_digests_sort(import->digests, import->digests_count);
        import->phase = LEARNING;
    } else if (rate_per_s) {
        wait_for(import, 2 * US_PER_S / rate_per_s);
    }
    (void)step_submit(import); /* shows how far it is; the next one shows it too */
}

static void page_failed(struct catalogue_import *import,
                        enum err e,
                        const struct err_note *note,
                        const struct channel_signal *signal)
{
    int64_t now = lane_now(import->lane);
    const char *why = note->text[0] ? note->text : err_text(e);
    import->tries += !signal->throttled;
    int tries_max = err_class(e) == ERR_CLASS_PERMANENT ? PAGE_TRIES_CERTAIN : PAGE_TRIES;
    if (signal->unauthorised) {
        give_up(import, "the channel refuses our credentials", why);
    } else if (import->tries >= tries_max || now - import->page_since_us > PAGE_WAIT_US) {
        give_up(import, "a page of the catalogue could not be read", why);
    } else {
        wait_for(import, backoff_us(import->tries));
    }
}

/* Leaves the points of two more pages to pushes, before the next page is asked for. */
static void spare_points(struct catalogue_import *import, const struct channel_signal *signal)
{
    if (signal->points_left >= 0 && signal->points_per_s > 0 && signal->points_cost > 0) {
        int64_t lacks = 3 * signal->points_cost - signal->points_left;
        if (lacks > 0) {
            wait_for(import, lacks * US_PER_S / signal->points_per_s);
        }
    }
}

static void page_answered(void *arg, const struct env_reply *reply)
{
    struct catalogue_import *import = arg;
    struct lane *lane = import->lane;
    const struct channel_config *c = lane_channel(lane);
    struct channel_signal signal = SIGNAL_NONE;
    struct catalogue_page page = {0};
    struct err_note note = {""};
    enum err e = reply->err;
    lane->open--;
    lane->pusher->figures.open--;
    import->is_busy = false;
    if (!e && c) {
        const struct step step = {
            .now_us = lane_now(lane), .nonce = import->nonce, .cursor = buf_view(&import->cursor)};
        e = c->connector->read_catalogue(&c->account,
                                         &step,
                                         &reply->response,
                                         lane->pusher->parser,
                                         &import->arena,
                                         &page,
                                         &signal,
                                         &note);
    }
    struct channel_signal learnt = signal;
    learnt.points_left = -1; /* what this page cost is the import's to wait for */
    lane_learn(lane, CALL_CATALOGUE, reply, &learnt, e == ERR_OK);
    if (e) {
        page_failed(import, e, &note, &signal);
    } else if (c && signal.next.is_wanted) {
        import->tries = 0;
        buf_clear(&import->cursor);
        buf_slice(&import->cursor, signal.next.cursor);
        wait_for(import, signal.next.after_us);
    } else if (c) {
        page_read(import, &page, c->connector->semantics.calls_per_s);
        if (import->phase == READING) {
            spare_points(import, &signal);
        }
    }
    arena_clear(&import->arena);
    lane_pump(lane); /* without a channel it gives up there */
}

static void page_ask(struct catalogue_import *import)
{
    struct lane *lane = import->lane;
    const struct channel_config *c = lane_channel(lane);
    if (!c || !c->connector->build_catalogue) {
        give_up(
            import, "the channel cannot be imported any more", "it is off, or cannot be called");
        return;
    }
    if (lane_is_saving(lane)) {
        wait_for(import, SAVING_US);
        return;
    }
    if (!lane_may_call(lane, CALL_CATALOGUE)) {
        return;
    }
    struct http_request request;
    struct env *env = lane->pusher->config.env;
    env_random(env, import->nonce, sizeof(import->nonce));
    import->page_since_us = import->page_since_us ? import->page_since_us : lane_now(lane);
    import->read_since_us = import->read_since_us ? import->read_since_us : lane_now(lane);
    arena_clear(&import->arena);
    enum err e = c->connector->build_catalogue(&c->account,
                                               &(struct step){.now_us = lane_now(lane),
                                                              .nonce = import->nonce,
                                                              .cursor = buf_view(&import->cursor)},
                                               &import->arena,
                                               &request);
    if (e) {
        const struct err_note none = {""};
        page_failed(import, e, &none, &(struct channel_signal){0});
        return;
    }
    import->is_busy = true;
    lane->open++;
    lane->pusher->figures.open++;
    const struct env_call call = {.request = request,
                                  .private_ok = lane->pusher->config.private_ok};
    env->ops->http(env, &call, page_answered, import);
}

/* ---- the lane's side ---- */

void lane_import(struct lane *lane)
{
    struct catalogue_import *import = lane->import;
    if (!import || import->is_busy || lane_now(lane) < import->not_before_us) {
        return;
    }
    if (import->phase == LINKING && import->pages.count == 0) {
        import->phase = JUDGING;
    }
    if (import->phase == READING) {
        page_ask(import);
    }
    if (import->phase != READING && !import->is_busy) {
        step_try(import);
    }
}

int64_t lane_import_due(const struct lane *lane)
{
    const struct catalogue_import *import = lane->import;
    if (!import || import->is_busy) {
        return 0;
    }
    int64_t now = lane_now(lane);
    return import->not_before_us > now ? import->not_before_us : now;
}

static void abandoned(struct turn *turn)
{
    turn_free(turn);
}

/* There is no room for the import: its job says so. */
static void abandon(struct pusher *pusher, const struct import_order *order)
{
    struct turn *turn = turn_new(TURN_REQUEST, abandoned, NULL);
    struct import_step *step = turn ? ARENA_NEW(&turn->arena, struct import_step) : NULL;
    if (step) {
        *step = (struct import_step){.order = *order,
                                     .is_end = true,
                                     .error = SLICE("out of memory: start it again"),
                                     .review = SLICE("[]")};
        turn->owner = step;
        turn->run = request_import_step;
    }
    if (!step || !engine_submit(pusher->config.engine, turn)) {
        turn_free(turn); /* the next start fails it */
    }
}

void pusher_import(struct pusher *pusher, const struct import_order *order)
{
    struct lane *lane = pusher_lane(pusher, order->channel);
    struct catalogue_import *import = lane && !lane->import ? calloc(1, sizeof(*import)) : NULL;
    if (!import) {
        abandon(pusher, order);
        return;
    }
    import->lane = lane;
    import->order = *order;
    arena_init(&import->arena, ANSWER_ARENA);
    buf_init(&import->cursor, (size_t)1024 * 1024 + 64);
    buf_init(&import->review, REVIEW_BYTES_MAX);
    catalogue_pages_init(&import->pages);
    lane->import = import;
    pusher->config.env->ops->timer_set(lane->timer, 0);
}
