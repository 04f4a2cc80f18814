/* SPDX-License-Identifier: Apache-2.0 */
#include "core/opening.h"

static const struct {
    const char *text, *why;
} silences[SILENCES] = {
#define X(NAME, text, why) [VOICE_##NAME] = {text, why},
    SILENCE_MAP(X)
#undef X
};

const char *silence_text(enum silence silence)
{
    return silences[silence].text;
}

const char *silence_why(enum silence silence)
{
    return silences[silence].why;
}

static const char *const states[] = {
    [OPENING_AGREE] = "agree", [OPENING_DISAGREE] = "disagree", [OPENING_MISSING] = "missing"};

const char *opening_state_text(enum opening_state state)
{
    return states[state];
}

bool opening_state_parse(struct slice text, enum opening_state *out)
{
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        if (slice_is(text, states[i])) {
            *out = (enum opening_state)i;
            return true;
        }
    }
    return false;
}

/* What shows our own figure is no voice at all; every other silence leaves a question open. */
static bool is_wanted(const struct opening_voice *voice)
{
    return voice->silence != VOICE_OUR_OWN;
}

enum opening_state
opening_judge(const struct opening_voice *voices, size_t count, int64_t *out_figure)
{
    const struct opening_voice *first = NULL;
    bool is_missing = false;
    for (size_t i = 0; i < count; i++) {
        if (voices[i].silence != VOICE_SPEAKS) {
            is_missing |= is_wanted(&voices[i]);
        } else if (!first) {
            first = &voices[i];
        } else if (voices[i].figure != first->figure) {
            return OPENING_DISAGREE;
        }
    }
    if (!first || is_missing) {
        return OPENING_MISSING;
    }
    *out_figure = first->figure;
    return OPENING_AGREE;
}
