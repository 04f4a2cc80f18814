/* SPDX-License-Identifier: Apache-2.0 */
/*
 * findings - what imports found wrong and is not over yet.
 *
 * A fault that only stood in the way of linking is over as soon as its item is listed, by whatever
 * means; it is then passed over. All others stay until the next import of their channel.
 */
#pragma once
#include "core/doctor.h"
#include "engine/show.h"

struct finding_shown {
    const struct finding_row *row;
    enum finding_kind kind;
    struct listing_id listing; /* that sells the item now; 0: none does */
};

/* At most q->limit of them (struct finding_shown). *out_next: the last one looked at; 0: there are
 * no more. */
MUST_USE enum err findings_list(struct store *store,
                                const struct store_query *q,
                                struct arena *arena,
                                struct rows *out,
                                int64_t *out_next);
/* This one's detail, or what its kind says. */
struct slice finding_detail(const struct finding_shown *finding);
void show_finding(struct show *s, const struct finding_shown *finding);
