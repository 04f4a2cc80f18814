/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/notice.h"
#include "engine/batch.h"

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
