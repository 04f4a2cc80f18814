/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/notice.h"
#include "base/times.h"
#include "engine/batch.h"

/* ---- about a channel ---- */

struct notice {
    const char *code, *title, *action;
    struct slice detail;
    bool is_open;
};

static void run_notice(struct batch *b, struct turn *turn)
{
    const struct notice *notice = turn->owner;
    const struct channel_config *channel = config_channel(b->config, turn->channel);
    turn->status = 200;
    if (!channel) {
        return;
    }
    if (!notice->is_open) {
        batch_incident_close(b, notice->code, channel->row.code);
        return;
    }
    batch_incident(b,
                   &(struct incident_text){
                       .code = notice->code,
                       .subject = channel->row.code,
                       .channel = channel->row.code,
                       .title = arena_printf(
                           &b->arena, "%s: '%.*s'", notice->title, SLICE_ARG(channel->row.code)),
                       .detail = notice->detail,
                       .action = slice_of(notice->action)});
}

/* A full queue drops it: the condition lasts, and is noticed again. */
static void submit(struct engine *engine, struct channel_id channel, struct notice notice)
{
    struct turn *turn = turn_new(TURN_REQUEST, turn_free, NULL);
    struct notice *copy = turn ? ARENA_NEW(&turn->arena, struct notice) : NULL;
    if (!copy) {
        turn_free(turn);
        return;
    }
    *copy = notice;
    copy->detail = arena_copy(&turn->arena, notice.detail);
    turn->owner = copy;
    turn->channel = channel;
    turn->run = run_notice;
    if (!engine_submit(engine, turn)) {
        turn_free(turn);
    }
}

void notice_open(struct engine *engine,
                 struct channel_id channel,
                 const char *code,
                 const char *title,
                 struct slice detail,
                 const char *action)
{
    submit(engine, channel, (struct notice){code, title, action, detail, true});
}

void notice_close(struct engine *engine, struct channel_id channel, const char *code)
{
    submit(engine, channel, (struct notice){.code = code});
}

/* ---- about the server itself ---- */

struct server_notice {
    struct incident_text text;
    bool is_open, is_over; /* both: opened and closed at once */
    const char *why;
    notice_done_fn *done;
    void *arg;
};

static void run_server_notice(struct batch *b, struct turn *turn)
{
    const struct server_notice *notice = turn->owner;
    turn->status = 204;
    if (notice->is_open) {
        batch_incident(b, &notice->text);
    }
    if (notice->is_over) {
        batch_incident_over(b, notice->text.code, notice->text.subject, notice->why);
    }
}

static void server_notice_done(struct turn *turn)
{
    const struct server_notice *notice = turn->owner;
    if (notice->done) {
        notice->done(notice->arg, !turn->err);
    }
    turn_free(turn);
}

static bool submit_about_server(struct engine *engine, const struct server_notice *notice)
{
    struct turn *turn = turn_new(TURN_REQUEST, server_notice_done, NULL);
    struct server_notice *copy = turn ? ARENA_NEW(&turn->arena, struct server_notice) : NULL;
    if (!copy) {
        turn_free(turn);
        return false;
    }
    *copy = *notice;
    struct slice *const texts[] = {
        &copy->text.subject, &copy->text.title, &copy->text.detail, &copy->text.action};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        *texts[i] = arena_copy(&turn->arena, *texts[i]);
    }
    turn->owner = copy;
    turn->run = run_server_notice;
    if (!engine_submit(engine, turn)) {
        turn_free(turn);
        return false;
    }
    return true;
}

bool notice_tell(struct engine *engine,
                 const struct incident_text *text,
                 notice_done_fn *done,
                 void *arg)
{
    return submit_about_server(
        engine, &(struct server_notice){.text = *text, .is_open = true, .done = done, .arg = arg});
}

bool notice_cured(struct engine *engine, const char *code, struct slice subject, const char *why)
{
    return submit_about_server(engine,
                               &(struct server_notice){.text = {.code = code, .subject = subject},
                                                       .is_over = true,
                                                       .why = why});
}

bool notice_record(struct engine *engine,
                   const struct incident_text *text,
                   const char *why,
                   notice_done_fn *done,
                   void *arg)
{
    return submit_about_server(
        engine,
        &(struct server_notice){
            .text = *text, .is_open = true, .is_over = true, .why = why, .done = done, .arg = arg});
}

/* ---- a disk that refused ---- */

void batch_tell_trouble(struct batch *b, const struct store_trouble *trouble)
{
    char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX];
    int64_t for_ms = (b->now_us - trouble->since_us) / US_PER_MS;
    struct slice since = time_format(trouble->since_us, from), until = time_format(b->now_us, to);
    bool is_full = trouble->err == ERR_FULL;
    for_ms = for_ms > 0 ? for_ms : 0;
    batch_incident(
        b,
        &(struct incident_text){
            .code = "STORE-REFUSE",
            .subject = STORE_SUBJECT,
            .title = arena_printf(&b->arena,
                                  "The store could not be written for %" PRId64 ".%" PRId64 " s",
                                  for_ms / 1000,
                                  for_ms / 100 % 10),
            .detail = arena_printf(&b->arena,
                                   "From %.*s to %.*s %s. What was acknowledged before is there; "
                                   "what came meanwhile got 503, or was tried again.",
                                   SLICE_ARG(since),
                                   SLICE_ARG(until),
                                   is_full ? "the disk was full"
                                           : "the disk failed to write or to sync; the store was "
                                             "opened again and its last commit looked up"),
            .action = is_full ? SLICE("See what filled the file system of the data directory.")
                              : SLICE("Look at the disk (dmesg, smartctl): after three such faults "
                                      "within ten minutes the server refuses until it is "
                                      "restarted.")});
    batch_incident_over(b, "STORE-REFUSE", STORE_SUBJECT, "a commit succeeded again");
}
