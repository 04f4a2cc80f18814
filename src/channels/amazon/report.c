/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The processing report of a feed: issues by message, and how many messages were taken.
 *
 * A message without an error was accepted. When the summary counts more invalid messages than the
 * issues name, somebody refused is not named: the rows without an issue are then unknown, and their
 * counts are read.
 */
#include "channels/amazon/amazon.h"

#define REASON_MAX 240

static void refuse(struct push_result *row, struct json issue, struct arena *arena)
{
    struct slice code = amazon_text(json_get(issue, "code"));
    struct slice message = amazon_text(json_get(issue, "message"));
    struct slice before = row->outcome == PUSH_REFUSED ? row->reason : (struct slice){0};

    if (before.n > REASON_MAX / 2) {
        return; /* enough is said */
    }
    row->outcome = PUSH_REFUSED;
    row->reason = arena_printf(arena,
                               "%.*s%s%.*s %.*s",
                               (int)before.n,
                               before.n ? before.p : "",
                               before.n ? "; " : "",
                               SLICE_ARG(amazon_bounded(code.n ? code : SLICE("?"), 40)),
                               SLICE_ARG(amazon_bounded(message.n ? message : SLICE("?"), 160)));
    if (!row->reason.n) {
        row->reason = SLICE("refused, for a reason that cannot be kept");
    }
}

void amazon_report_read(struct json report,
                        size_t count,
                        struct arena *arena,
                        struct push_result *out)
{
    struct json summary = json_get(report, "summary");
    int64_t accepted = 0;
    int64_t invalid = 0;
    int64_t named = 0;

    if (!json_int(json_get(summary, "messagesAccepted"), &accepted) ||
        !json_int(json_get(summary, "messagesInvalid"), &invalid)) {
        amazon_all_are(
            out, count, PUSH_UNKNOWN, SLICE("the feed's report does not say what was accepted"));
        return;
    }
    amazon_all_are(out, count, PUSH_ACCEPTED, SLICE("accepted with the feed, shown minutes later"));
    for (struct json_iter i = json_iter(json_get(report, "issues")); json_next(&i);) {
        int64_t message = 0;
        if (!slice_is(amazon_text(json_get(i.value, "severity")), "ERROR") ||
            !json_int(json_get(i.value, "messageId"), &message) || message < 1 ||
            (uint64_t)message > count) {
            continue;
        }
        struct push_result *row = &out[message - 1];
        named += row->outcome != PUSH_REFUSED;
        refuse(row, i.value, arena);
    }
    if (invalid <= named && accepted >= (int64_t)count - named) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (out[i].outcome == PUSH_ACCEPTED) {
            out[i] = (struct push_result){
                .outcome = PUSH_UNKNOWN,
                .reason = SLICE("the feed's report names fewer rows than it refuses")};
        }
    }
}
