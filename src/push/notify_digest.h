/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify_digest - what a mail about incidents says: the worst in its subject, each in its body.
 *
 * Pure. What stands in a title or a detail may be a stranger's text: in the body, as in the subject,
 * it stays on its own line, so that it cannot pass for one of ours.
 */
#pragma once
#include "base/buf.h"
#include "store/store.h"

#define DIGEST_SHOWN_MAX 50 /* the others are counted */

struct digest_item {
    const struct incident_row *incident; /* as it is now */
    bool is_over;                        /* the last that was told of it: that it is resolved */
};

/* Those that are open first, the most urgent first, the oldest first. */
void digest_sort(struct digest_item *items, size_t count);
/* Of sorted items, at least one. */
void digest_subject(const struct digest_item *items, size_t count, struct buf *out);
void digest_body(const struct digest_item *items,
                 size_t count,
                 const char *address, /* of the server */
                 struct buf *out);
