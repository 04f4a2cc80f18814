/* SPDX-License-Identifier: Apache-2.0 */
/* The loop's side: begins and ends the thread, and takes what the writer has done. */
#include "base/log.h"
#include "intake/replay_run.h"

/* More orders than this are not fetched again by one replay: `orders changed since` finds them. */
#define FETCHES_MAX 10000
#define PAGE_BYTES_MAX ((size_t)256 * 1024 * 1024)

struct replays {
    struct replays_config config;
    struct replay_run *runs; /* the latest first; one that ended stays until another begins */
};

enum err replays_new(const struct replays_config *config, struct replays **out)
{
    struct replays *replays = calloc(1, sizeof(*replays));
    if (!replays) {
        return ERR_MEMORY;
    }
    replays->config = *config;
    *out = replays;
    return ERR_OK;
}

static void run_free(struct replay_run *run)
{
    while (run->finished) {
        struct turn *next = run->finished->next;
        turn_free(run->finished);
        run->finished = next;
    }
    pthread_mutex_destroy(&run->lock);
    pthread_cond_destroy(&run->woken);
    replay_report_free(&run->report);
    arena_free(&run->page);
    free(run);
}

static void run_stop(struct replay_run *run)
{
    pthread_mutex_lock(&run->lock);
    run->is_stopping = true;
    if (run->reader) {
        store_interrupt(run->reader);
    }
    pthread_cond_signal(&run->woken);
    pthread_mutex_unlock(&run->lock);
    if (!run->is_joined) {
        pthread_join(run->thread, NULL);
        run->is_joined = true;
    }
}

/* Those whose job has ended; what the writer still has of one that was cancelled must come back
 * first. */
static void drop_ended(struct replays *replays)
{
    for (struct replay_run **at = &replays->runs; *at;) {
        struct replay_run *run = *at;
        run_stop(run);
        if (run->under_way || run->steps) {
            at = &run->older;
        } else {
            *at = run->older;
            run_free(run);
        }
    }
}

static void ended_unbegun(struct turn *turn)
{
    turn_free(turn);
}

/* There is no thread for it: its job says so. */
static void abandon(struct replays *replays, const struct replay_order *order)
{
    struct turn *turn = turn_new(TURN_REQUEST, ended_unbegun, NULL);
    struct replay_step *step = turn ? ARENA_NEW(&turn->arena, struct replay_step) : NULL;
    if (step) {
        *step = (struct replay_step){.job = order->job,
                                     .summary = SLICE("{}"),
                                     .result = SLICE("{}"),
                                     .review = SLICE("[]"),
                                     .is_end = true,
                                     .error = SLICE("out of memory: start it again")};
        turn->owner = step;
        turn->run = request_replay_step;
    }
    if (!step || !engine_submit(replays->config.engine, turn)) {
        turn_free(turn); /* the next start fails it */
    }
}

void replays_start(struct replays *replays, const struct replay_order *order)
{
    drop_ended(replays);
    struct replay_run *run = calloc(1, sizeof(*run));
    if (!run) {
        abandon(replays, order);
        return;
    }
    run->config = &replays->config;
    run->order = *order;
    run->fetches_left = FETCHES_MAX;
    pthread_mutex_init(&run->lock, NULL);
    pthread_cond_init(&run->woken, NULL);
    arena_init(&run->page, PAGE_BYTES_MAX);
    replay_report_init(&run->report);
    if (pthread_create(&run->thread, NULL, replay_run_all, run) != 0) {
        run_free(run);
        abandon(replays, order);
        return;
    }
    run->older = replays->runs;
    replays->runs = run;
}

/* ---- turns that come back ---- */

void replay_run_applied(struct turn *turn)
{
    const struct replay_apply *apply = turn->owner;
    struct replay_run *run = apply->owner;
    const struct replays_config *config = run->config;
    if (!turn->err && turn->fetches_count && config->on_fetch && run->fetches_left > 0) {
        run->fetches_left -= (int64_t)turn->fetches_count;
        config->on_fetch(
            config->arg, turn->channel, turn->fetches, turn->fetches_count, turn->fetch_delay_us);
    }
    pthread_mutex_lock(&run->lock);
    struct turn **last = &run->finished; /* they are few */
    while (*last) {
        last = &(*last)->next;
    }
    turn->next = NULL;
    *last = turn;
    run->under_way--;
    pthread_cond_signal(&run->woken);
    pthread_mutex_unlock(&run->lock);
}

void replay_run_stepped(struct turn *turn)
{
    const struct replay_step *step = turn->owner;
    struct replay_run *run = step->owner;
    if (turn->err) {
        LOG(LOG_ERROR,
            "a replay's progress was not committed",
            LOG_STR("err", err_name(turn->err)),
            LOG_STR("note", turn->note.text));
    }
    pthread_mutex_lock(&run->lock);
    run->steps--;
    run->step_err = turn->err;
    run->is_closed |= !turn->err && step->is_closed;
    pthread_cond_signal(&run->woken);
    pthread_mutex_unlock(&run->lock);
    turn_free(turn);
}

void replays_stop(struct replays *replays)
{
    for (struct replay_run *run = replays ? replays->runs : NULL; run; run = run->older) {
        run_stop(run);
    }
}

void replays_free(struct replays *replays)
{
    replays_stop(replays);
    while (replays && replays->runs) {
        struct replay_run *older = replays->runs->older;
        run_free(replays->runs);
        replays->runs = older;
    }
    free(replays);
}
