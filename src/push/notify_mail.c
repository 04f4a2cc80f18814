/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mail's side of notify: all that waits becomes one mail, at most one a minute.
 *
 * What opened and closed again before it was told is told as resolved, once.
 */
#include "base/crypto.h"
#include "base/mail_text.h"
#include "push/notify_digest.h"
#include "push/notify_inner.h"

#define GATHER_US (2 * US_PER_S) /* what goes wrong at once is told in one mail */
#define SPACE_US (60 * US_PER_S)
#define MAIL_BYTES_MAX ((size_t)4 * 1024 * 1024)

/* What a mail will say, and up to which event. */
struct gathered {
    struct digest_item *items;
    size_t count;
    const struct event_row *first, *last; /* of those that are wanted */
    int64_t told;                         /* the last event looked at */
    bool is_full;                         /* there may be more behind it */
};

static void on_reply(void *arg, const struct env_reply *reply)
{
    notify_report(arg, reply, reply->err == ERR_OK, 0);
}

/* Within bounds, so that a clock that jumps holds nothing up. */
static int64_t left_of(int64_t since_us, int64_t now_us, int64_t wait_us)
{
    int64_t gone_us = now_us - since_us;
    return gone_us < 0 || gone_us >= wait_us ? 0 : wait_us - gone_us;
}

static enum err
add(struct notify *n, struct gathered *g, const struct event_row *event, int64_t tale)
{
    enum err e = ERR_OK;
    const struct incident_row *incident = notify_incident(n, event, &e);
    if (e || !incident) {
        return e;
    }
    g->first = g->first ? g->first : event;
    g->last = event;
    for (size_t i = 0; i < g->count; i++) {
        if (g->items[i].incident->n == incident->n) {
            g->items[i].is_over = tale == TALE_RESOLVED;
            return ERR_OK;
        }
    }
    g->items[g->count++] =
        (struct digest_item){.incident = incident, .is_over = tale == TALE_RESOLVED};
    return ERR_OK;
}

static enum err
gather(struct notify *n, struct sender *s, const struct outlet_row *row, struct gathered *g)
{
    struct rows events = {0};
    s->passed = s->passed > row->told ? s->passed : row->told;
    enum err e =
        n->reader->ops->events_of_incidents(n->reader, s->passed, NOTIFY_PAGE, &n->arena, &events);
    g->items = ARENA_ARRAY(&n->arena, events.count + 1, struct digest_item);
    e = e ? e : g->items ? ERR_OK : ERR_LIMIT;
    for (size_t i = 0; !e && i < events.count; i++) {
        const struct event_row *event = events.items[i];
        int64_t tale = tale_of(n->parser, event);
        e = tale & row->wants ? add(n, g, event, tale) : ERR_OK;
        g->told = event->n;
    }
    g->is_full = events.count == NOTIFY_PAGE;
    return e;
}

static void
send_mail(struct notify *n, struct sender *s, const struct outlet_row *row, struct gathered *g)
{
    const struct mail_config *config = n->config.mail;
    ON_EXIT(buf_free) struct buf subject, body, text;
    struct slice to[MAIL_TO_MAX];
    buf_init(&subject, 64 * 1024);
    buf_init(&body, MAIL_BYTES_MAX);
    buf_init(&text, 4 * MAIL_BYTES_MAX);
    digest_sort(g->items, g->count);
    digest_subject(g->items, g->count, &subject);
    digest_body(g->items, g->count, n->address, &body);
    for (size_t i = 0; i < config->to_count; i++) {
        to[i] = slice_of(config->to[i]);
    }
    mail_text_write(&(struct mail_text){.from = slice_of(config->from),
                                        .to = to,
                                        .to_count = config->to_count,
                                        .subject = buf_view(&subject),
                                        .body = buf_view(&body),
                                        .id = outlet_message_id(row, g->last, &n->arena),
                                        .at_us = env_wall_us(n->config.env)},
                    &text);
    const struct env_mail mail = {.url = config->url,
                                  .user = config->user,
                                  .password = config->password,
                                  .from = config->from,
                                  .to = config->to,
                                  .to_count = config->to_count,
                                  .message = buf_view(&text),
                                  .plain_ok = config->plain_ok};
    s->is_busy = true;
    s->report.told = g->told;
    n->config.env->ops->mail(n->config.env, &mail, on_reply, s);
}

int64_t notify_mail_look(struct notify *n, const struct outlet_row *row)
{
    struct sender *s = n->config.mail ? notify_sender(n, row->id) : NULL;
    struct gathered g = {0};
    if (!s || s->is_busy) {
        return n->config.mail && !s ? NOTIFY_AGAIN_US : -1;
    }
    int64_t now_us = env_wall_us(n->config.env), report_us;
    if (notify_report_again(s, &report_us)) {
        return report_us;
    }
    if (gather(n, s, row, &g)) {
        return NOTIFY_AGAIN_US;
    }
    if (!g.count) {
        s->passed = g.told > s->passed ? g.told : s->passed;
        return g.is_full ? 0 : -1;
    }
    int64_t waits_us[] = {outlet_wait_us(row, now_us),
                          left_of(row->last_at_us, now_us, SPACE_US),
                          left_of(g.first->at_us, now_us, GATHER_US),
                          s->not_before_us - env_mono_us(n->config.env)};
    int64_t longest_us = 0;
    for (size_t i = 0; i < COUNT_OF(waits_us); i++) {
        longest_us = waits_us[i] > longest_us ? waits_us[i] : longest_us;
    }
    if (longest_us > 0) {
        return longest_us;
    }
    send_mail(n, s, row, &g);
    return -1;
}
