/* SPDX-License-Identifier: Apache-2.0 */
/* What happened, for people. */
#include <stdio.h>

#include "model.h"

static const char *const pass_texts[PASSES] = {
    "3 seconds pass: what was read a moment ago proves nothing any more",
    "11 seconds pass: longer than news takes",
    "61 seconds pass: what is unanswered will not land any more",
};

void world_tell_action(const struct world *before, struct action a, char *out, size_t size)
{
    const char name = (char)('A' + a.channel);
    const struct channel *c = &before->channels[a.channel];
    const int order = a.which + 1;
    switch ((enum act)a.act) {
    case ACT_SELL:
        (void)snprintf(out, size, "a buyer takes one unit on %c; the news is on its way", name);
        return;
    case ACT_CANCEL:
        (void)snprintf(out, size, "%c cancels open order %d and shows its unit again", name, order);
        return;
    case ACT_PLACED:
        (void)snprintf(out, size, "the news of %c's open order %d arrives", name, order);
        return;
    case ACT_CANCELLED:
        (void)snprintf(out, size, "the news that %c cancelled open order %d arrives", name, order);
        return;
    case ACT_ORDERS:
        (void)snprintf(out, size, "the hub reads all orders of %c", name);
        return;
    case ACT_LEAVE:
        (void)snprintf(out, size, "a write leaves for %c, which shows %" PRId64, name, c->count);
        return;
    case ACT_LAND:
        if (c->is_guarded && c->count != c->compare) {
            (void)snprintf(out,
                           size,
                           "the write reaches %c and bounces: it states %" PRId64,
                           name,
                           c->compare);
        } else {
            (void)snprintf(out,
                           size,
                           "the write of %" PRId64 " lands on %c, which showed %" PRId64,
                           c->value,
                           name,
                           c->count);
        }
        return;
    case ACT_REFUSE:
        (void)snprintf(out, size, "%c turns the write away", name);
        return;
    case ACT_ANSWER:
        (void)snprintf(out, size, "%c's answer to the write reaches the hub", name);
        return;
    case ACT_LOSE:
        (void)snprintf(out, size, "the hub gives up waiting for %c's answer", name);
        return;
    case ACT_TAKE:
        (void)snprintf(
            out, size, "%c takes its count of %" PRId64 " for a reading", name, c->count);
        return;
    case ACT_COUNT:
        (void)snprintf(out, size, "the hub hears that %c shows %" PRId64, name, c->read_count);
        return;
    case ACT_WRITE:
        (void)snprintf(out, size, "%c, which shows %" PRId64 ", is written", name, c->count);
        return;
    case ACT_READ:
        (void)snprintf(out, size, "%c is read, and shows %" PRId64, name, c->count);
        return;
    case ACT_GOODS:
        (void)snprintf(out, size, "one unit arrives");
        return;
    case ACT_RESTART:
        (void)snprintf(out, size, "the hub dies and comes back");
        return;
    case ACT_PASS:
        (void)snprintf(out, size, "%s", pass_texts[a.which]);
        return;
    }
}

static void tell_channel(const struct channel *c, char *out, size_t size)
{
    static const char *const phases[] = {"", " in flight", " unknown"};
    struct range r = expected_hull(&c->expected);
    (void)snprintf(out,
                   size,
                   "%" PRId64 " of [%" PRId64 ",%" PRId64 "]%s",
                   c->count,
                   r.lo,
                   r.hi,
                   phases[c->expected.phase]);
}

void world_tell(const struct world *w, char *out, size_t size)
{
    char a[64], b[64];
    tell_channel(&w->channels[0], a, sizeof(a));
    tell_channel(&w->channels[1], b, sizeof(b));
    (void)snprintf(out, size, "A shows %s, B %s; the hub has %" PRId64, a, b, w->available);
}
