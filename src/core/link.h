/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link - which item of a channel's catalogue may become a listing of which SKU.
 *
 * Linked by itself is only what cannot be meant otherwise: one item and one SKU share a normalised
 * code, one to one, and the channel counts that item. All else goes to a person, with the reason.
 * Rows of the table are looked at from the top; the first that fits decides.
 *
 *   the item is listed already (whatever its text says)         LINK_ALREADY
 *   it has no SKU text, or only blanks                          LINK_BLANK
 *   other items of the catalogue have the same code             LINK_DUPLICATE
 *   its stock is managed by its parent                          LINK_PARENT_MANAGED
 *   the channel does not count it                               LINK_UNMANAGED
 *   its stock lies where none of our locations is mapped        LINK_ELSEWHERE
 *   no SKU has that code; SKUs may be created                   LINK_CREATE
 *       but this text cannot be a code                          LINK_UNUSABLE
 *   no SKU has that code                                        LINK_UNKNOWN
 *   the SKU is listed on this channel as another item           LINK_TAKEN
 *   else                                                        LINK_NEW
 *
 * Each channel is looked at by itself: the same SKU on several accounts is what we are for.
 *
 * "Other items have the same code" is known only when the whole catalogue has been read. What is
 * kept of it is a 64-bit digest of each item's code: 8 bytes an item. Two codes with the same
 * digest would be taken for duplicates and shown to a person; nothing is ever linked wrongly by it.
 */
#pragma once
#include "base/base.h"

enum link_verdict {
    LINK_NEW,
    LINK_CREATE, /* the SKU first, then its listing */
    LINK_ALREADY,
    LINK_BLANK,
    LINK_DUPLICATE,
    LINK_PARENT_MANAGED,
    LINK_UNMANAGED,
    LINK_ELSEWHERE,
    LINK_UNUSABLE,
    LINK_UNKNOWN,
    LINK_TAKEN,
    LINK_VERDICTS
};

struct link_facts {
    bool is_listed;   /* this very item */
    bool has_code;    /* its SKU text is not blank */
    bool code_usable; /* may become a SKU's code */
    size_t sharing;   /* items of the catalogue with that code, itself included */
    bool is_managed, parent_managed;
    bool is_elsewhere;  /* the channel stocks it, but not at a mapped location */
    bool sku_exists;    /* one of ours has that code */
    bool sku_is_listed; /* ... and is listed on this channel as another item */
    bool may_create;    /* missing SKUs are to be created */
};

enum link_verdict link_decide(const struct link_facts *facts);
/* The reason as the API shows it: "blank", "duplicate", ...; NULL: nothing to review. */
const char *link_reason(enum link_verdict verdict);

/* Digests of codes, sorted in place; then how often one is there. */
void link_digests_sort(uint64_t *digests, size_t count);
size_t link_digests_count(const uint64_t *sorted, size_t count, uint64_t digest);
