/* SPDX-License-Identifier: Apache-2.0 */
#include "core/autopsy.h"

/* From one known moment to another; 0 when either is not known. */
static int64_t between(int64_t from_us, int64_t to_us)
{
    return from_us && to_us && to_us > from_us ? to_us - from_us : 0;
}

struct autopsy_verdict autopsy_judge(const struct autopsy_times *t)
{
    struct autopsy_verdict v = {.stage = STAGE_NEVER_PUSHED,
                                .window_us = t->second_sale_us - t->first_sale_us};
    /* A moment that is not known is the one before it: its stage took no time that we can show. */
    int64_t received = t->received_us ? t->received_us : t->committed_us;
    const struct {
        enum autopsy_stage stage;
        int64_t from_us, to_us;
    } stages[] = {
        {STAGE_THEIR_EVENT, t->first_sale_us, received},
        {STAGE_OUR_COMMIT, received, t->committed_us},
        {STAGE_OUR_SENDING, t->committed_us, t->sent_us},
        {STAGE_THEIR_CONFIRMATION, t->sent_us, t->confirmed_us},
    };
    if (t->second_sale_us <= t->first_sale_us) {
        v.stage = STAGE_SECOND_EVENT;
        v.stage_us = between(t->second_sale_us, t->second_committed_us);
        return v;
    }
    for (size_t i = 0; i < COUNT_OF(stages); i++) {
        if (stages[i].to_us == 0) {
            v.stage_us = between(stages[i].from_us, t->second_sale_us);
            return v; /* it never came so far */
        }
        if (t->second_sale_us <= stages[i].to_us) {
            v.stage = stages[i].stage;
            v.stage_us = between(stages[i].from_us, stages[i].to_us);
            return v;
        }
    }
    v.stage = STAGE_AFTER_CONFIRMATION;
    v.stage_us = between(t->confirmed_us, t->second_sale_us);
    return v;
}

const char *autopsy_stage_code(enum autopsy_stage stage)
{
    static const char *const codes[] = {[STAGE_THEIR_EVENT] = "their_event",
                                        [STAGE_OUR_COMMIT] = "our_commit",
                                        [STAGE_OUR_SENDING] = "our_sending",
                                        [STAGE_THEIR_CONFIRMATION] = "their_confirmation",
                                        [STAGE_AFTER_CONFIRMATION] = "after_confirmation",
                                        [STAGE_SECOND_EVENT] = "second_event",
                                        [STAGE_NEVER_PUSHED] = "never_pushed"};
    must((size_t)stage < COUNT_OF(codes));
    return codes[stage];
}

const char *autopsy_stage_text(enum autopsy_stage stage)
{
    static const char *const texts[] = {
        [STAGE_THEIR_EVENT] =
            "the first sale was still on its way from its channel to us when the second was made",
        [STAGE_OUR_COMMIT] = "the first sale had reached us and was not booked yet",
        [STAGE_OUR_SENDING] =
            "the first sale was booked, and the push to the second channel had not "
            "left: a queue or the channel's limits held it",
        [STAGE_THEIR_CONFIRMATION] =
            "the push had left, and the second channel had not carried it out yet",
        [STAGE_AFTER_CONFIRMATION] =
            "the second channel had confirmed the new count and sold nevertheless: a checkout that "
            "had begun before, or a platform that does not check",
        [STAGE_SECOND_EVENT] =
            "the second sale was made before the first one, and its event reached "
            "us later",
        [STAGE_NEVER_PUSHED] =
            "the second channel was not told: its pushes were off, paused, refused "
            "or still waiting"};
    must((size_t)stage < COUNT_OF(texts));
    return texts[stage];
}

int64_t autopsy_buffer(int64_t taken_by_others, int64_t pack_size)
{
    must(pack_size >= 1);
    return taken_by_others > 0 ? (taken_by_others + pack_size - 1) / pack_size : 0;
}
