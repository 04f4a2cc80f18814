/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/catch_up.h"

#include "base/log.h"
#include "engine/restored.h"

#define LOOK_US (US_PER_S / 2)
#define SAY_LOOKS 120 /* a minute */

struct catch_up {
    struct env *env;
    struct pusher *pusher;
    struct env_timer *timer;
    char data[1024];
    bool is_over;
    uint64_t looks;
};

/* ---- before the start ---- */

struct page {
    char after[32];
    bool is_last;
    enum err err;
    struct err_note note;
};

static void forgotten(struct turn *turn)
{
    struct page *page = turn->owner;
    page->err = turn->err;
    page->note = turn->note;
    page->is_last = turn->status == 204;
    (void)snprintf(page->after, sizeof(page->after), "%.*s", SLICE_ARG(buf_view(&turn->answer)));
    turn_free(turn);
}

static enum err forget_page(struct engine *engine, const struct restored *mark, struct page *page)
{
    struct turn *turn = turn_new(TURN_REQUEST, forgotten, page);
    struct slice *args = turn ? ARENA_ARRAY(&turn->arena, 5, struct slice) : NULL;
    if (!args) {
        turn_free(turn);
        return ERR_MEMORY;
    }
    args[0] = arena_copy(&turn->arena, slice_of(page->after));
    args[1] = slice_of(mark->from);
    args[2] = arena_printf(&turn->arena, "%" PRId64, mark->made_at_us);
    args[3] = arena_printf(&turn->arena, "%" PRId64, mark->restored_at_us);
    args[4] = mark->is_paused ? SLICE("1") : SLICE("0");
    turn->args = args;
    turn->run = request_restored;
    if (!engine_submit(engine, turn)) {
        turn_free(turn);
        return ERR_LIMIT;
    }
    while (engine_step(engine)) {
    }
    engine_collect(engine);
    return page->err;
}

static enum err
forget_all(struct engine *engine, const struct restored *mark, struct err_note *note)
{
    struct page page = {.after = "0"};
    enum err e = ERR_OK;
    while (!e && !page.is_last) {
        e = forget_page(engine, mark, &page);
    }
    return e ? err_note(note,
                        e,
                        "a restored ledger could not be prepared: %s",
                        page.note.text[0] ? page.note.text : err_text(e))
             : ERR_OK;
}

/* ---- until all orders were read ---- */

static void look(void *arg)
{
    struct catch_up *c = arg;
    if (!pusher_is_behind(c->pusher)) {
        pusher_set_behind(c->pusher, false);
        restored_over(c->data);
        c->is_over = true;
        LOG(LOG_INFO, "the orders of all channels were read again: counts may rise");
        return;
    }
    if (++c->looks % SAY_LOOKS == 0) {
        ON_EXIT(buf_free) struct buf waits;
        buf_init(&waits, (size_t)16 * 1024);
        pusher_behind_text(c->pusher, &waits);
        LOG(LOG_WARN,
            "after the restore no count rises before these channels' orders were read",
            LOG_TEXT("channels", buf_view(&waits)));
    }
    c->env->ops->timer_set(c->timer, LOOK_US);
}

enum err catch_up_new(struct env *env,
                      struct engine *engine,
                      struct pusher *pusher,
                      const char *data,
                      struct catch_up **out,
                      struct err_note *note)
{
    struct restored mark = {0};
    enum err e = restored_read(data, &mark, note);
    if (e) {
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    }
    if (!mark.is_begun) {
        e = forget_all(engine, &mark, note);
        mark.is_begun = true;
        e = e ? e : restored_mark(data, &mark, note);
    }
    struct catch_up *c = e ? NULL : calloc(1, sizeof(*c));
    if (!c) {
        return e ? e : ERR_MEMORY;
    }
    *c = (struct catch_up){.env = env, .pusher = pusher};
    (void)snprintf(c->data, sizeof(c->data), "%s", data);
    c->timer = env->ops->timer_new(env, look, c);
    if (!c->timer) {
        free(c);
        return ERR_MEMORY;
    }
    pusher_set_behind(pusher, true);
    env->ops->timer_set(c->timer, LOOK_US);
    LOG(LOG_WARN,
        "the ledger was put back from a backup: orders are read again before any count rises",
        LOG_STR("from", mark.from));
    *out = c;
    return ERR_OK;
}

void catch_up_metrics(const struct catch_up *c, struct buf *out)
{
    buf_printf(out,
               "# TYPE truecount_restored_behind gauge\ntruecount_restored_behind %d\n",
               c && !c->is_over);
}

void catch_up_free(struct catch_up *c)
{
    if (c) {
        c->env->ops->timer_free(c->timer);
        free(c);
    }
}
