/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/refused.h"

const char *refused_limit_text(enum refused_by limit)
{
    static const char *const texts[] = {
        [REFUSED_BODY] = "had a body larger than a request may have (413)",
        [REFUSED_CONNS] = "came over one connection too many (503)",
        [REFUSED_MEMORY] = "would have taken more memory for bodies than there is (503)",
        [REFUSED_QUEUE] = "found the writer's queue full (503)",
    };
    must((size_t)limit < COUNT_OF(texts));
    return texts[limit];
}

void refused_add(struct refused *r, enum refused_by limit, struct slice who)
{
    if (!r) {
        return;
    }
    must((size_t)limit < REFUSED_LIMITS);
    r->counts[limit]++;
    if (who.n == 0) {
        return;
    }
    who.n = who.n < REFUSED_NAME_MAX - 1 ? who.n : REFUSED_NAME_MAX - 1;
    struct refused_name *at = &r->names[0];
    for (size_t i = 0; i < REFUSED_NAMES; i++) {
        if (slice_is(who, r->names[i].who)) {
            r->names[i].times++;
            return;
        }
        at = r->names[i].times < at->times ? &r->names[i] : at;
    }
    memcpy(at->who, who.p, who.n);
    at->who[who.n] = '\0';
    at->times++;
}

const struct refused_name *refused_most(const struct refused *r)
{
    const struct refused_name *most = &r->names[0];
    for (size_t i = 1; i < REFUSED_NAMES; i++) {
        most = r->names[i].times > most->times ? &r->names[i] : most;
    }
    return most->times ? most : NULL;
}

void refused_fade(struct refused *r)
{
    for (size_t i = 0; i < REFUSED_NAMES; i++) {
        r->names[i].times /= 2;
    }
}
