/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor - what is wrong with the codes of a catalogue, and what to do about each fault.
 *
 * A finding is advice to a person. Nothing is linked, changed or left out because of one; what may
 * be linked by itself stands in link.h.
 *
 * Faults that two things have together (codes that look alike, barcodes that are there twice) are
 * found from marks: of each thing a digest of what it could share, and one of what it is. That is
 * 16 bytes a thing, so that a catalogue of any size is looked at in a few megabytes.
 */
#pragma once
#include "base/arena.h"
#include "core/link.h"

/* X(NAME, code, what it is, what to do) */
#define FINDING_MAP(X)                                                                             \
    X(BLANK,                                                                                       \
      "blank",                                                                                     \
      "The item has no SKU, so nobody can say whose stock it sells.",                              \
      "Give it a SKU in the shop and import again, or link it by hand.")                           \
    X(DUPLICATE,                                                                                   \
      "duplicate",                                                                                 \
      "Several items of this channel have this SKU.",                                              \
      "Make them differ in the shop and import again, or link by hand the ones that do sell it.")  \
    X(LOOK_ALIKE,                                                                                  \
      "look_alike",                                                                                \
      "The SKU can be taken for another one.",                                                     \
      "If both are one product, correct the wrong one; if not, make them differ in more than "     \
      "case, blanks, dashes or letters that look alike.")                                          \
    X(SPELLING,                                                                                    \
      "spelling",                                                                                  \
      "The channel writes this SKU with other blanks or another case; it is the same SKU.",        \
      "Nothing must be done. Write it alike in both places when you come by.")                     \
    X(HIDDEN_CHARACTER,                                                                            \
      "hidden_character",                                                                          \
      "The SKU has a character in it that cannot be seen.",                                        \
      "Type the SKU anew in the shop; do not copy it from where it came from.")                    \
    X(FOREIGN_LETTER,                                                                              \
      "foreign_letter",                                                                            \
      "A character of the SKU is of another alphabet and only looks like a plain one.",            \
      "Type the SKU anew with a Latin keyboard.")                                                  \
    X(UNUSABLE,                                                                                    \
      "unusable",                                                                                  \
      "The SKU is longer than 255 bytes or has control characters in it.",                         \
      "Change it in the shop, or create a SKU of yours and link it by hand.")                      \
    X(UNKNOWN,                                                                                     \
      "unknown",                                                                                   \
      "No SKU of yours has this code.",                                                            \
      "Create the SKU and the item is linked by that; or correct the code in the shop.")           \
    X(TAKEN,                                                                                       \
      "taken",                                                                                     \
      "Another item of this channel sells this SKU already.",                                      \
      "If both sell it, link this one by hand; if not, correct one of them in the shop.")          \
    X(LISTED_TWICE,                                                                                \
      "listed_twice",                                                                              \
      "Two items of this channel are linked to the same SKU.",                                     \
      "If both do sell it all is well: each shows the stock that is there. If not, delete the "    \
      "wrong listing.")                                                                            \
    X(PARENT_MANAGED,                                                                              \
      "parent_managed",                                                                            \
      "The variation's stock is managed by its parent product; a count written to it changes "     \
      "nothing.",                                                                                  \
      "Switch on the variation's own stock management in the shop and import again; or list the "  \
      "parent, for the stock that its variations share.")                                          \
    X(UNMANAGED,                                                                                   \
      "unmanaged",                                                                                 \
      "The channel does not count this item.",                                                     \
      "Switch on stock management for it in the shop and import again.")                           \
    X(ELSEWHERE,                                                                                   \
      "elsewhere",                                                                                 \
      "The item is not stocked at the location that is mapped: somebody else fulfils it.",         \
      "Stock it at that location and import again, if it is yours to fulfil.")                     \
    X(PACK_SIZE,                                                                                   \
      "pack_size",                                                                                 \
      "The item seems to be a pack of several, but one unit is counted for it.",                   \
      "If it is a pack of a SKU of yours, link it to that SKU with this pack_size, or make its "   \
      "SKU a bundle.")                                                                             \
    X(BARCODE_WRONG,                                                                               \
      "barcode_wrong",                                                                             \
      "The barcode cannot be right.",                                                              \
      "Read it from the package again.")                                                           \
    X(BARCODE_SHARED,                                                                              \
      "barcode_shared",                                                                            \
      "Things with different SKUs have the same barcode.",                                         \
      "If they are one product, give them one SKU; if not, correct the barcode of the wrong one.") \
    X(BARCODE_DIFFERS,                                                                             \
      "barcode_differs",                                                                           \
      "The channel has another barcode for this SKU than you have.",                               \
      "Read it from the package, and correct the one that is wrong: it may be another product.")   \
    X(BARCODE_KNOWN,                                                                               \
      "barcode_known",                                                                             \
      "The barcode belongs to a SKU of yours that has another code.",                              \
      "If it is that product, link it by hand, or give your SKU this code as another one.")        \
    X(SAME_ACCOUNT,                                                                                \
      "same_account",                                                                              \
      "Another channel sells the very same item: two channels are one account.",                   \
      "Take one of the two channels off, or each would overwrite the other.")

enum finding_kind {
#define X(NAME, code, about, todo) FINDING_##NAME,
    FINDING_MAP(X)
#undef X
        FINDING_KINDS
};

const char *finding_code(enum finding_kind kind);
const char *finding_about(enum finding_kind kind); /* what it is, for a shopkeeper */
const char *finding_todo(enum finding_kind kind);  /* what to do */
bool finding_parse(struct slice code, enum finding_kind *out);
/* Is it over as soon as the item is listed, by whatever means? */
bool finding_ends_when_listed(enum finding_kind kind);
/* What the verdict of linking is as a finding; false: it is none. */
bool finding_of_verdict(enum link_verdict verdict, enum finding_kind *out);

/* ---- packs ---- */

/*
 * How many units a code or title says are in one: "x6", "6er", "pack of 12", "2-pack", "-6PK". 0
 * when it says nothing, or nothing that could not mean something else as well (2XL, 10x15 cm).
 */
int64_t pack_of_code(struct slice code);
int64_t pack_of_title(struct slice title);
/* The code without what says the pack ("TEE-6PK": "TEE"); empty when it has no such end. */
struct slice pack_base(struct slice code);

/* ---- barcodes ---- */

enum gtin {
    GTIN_NONE,      /* no barcode, or one of another kind: nothing to check */
    GTIN_RIGHT,     /* 8, 12, 13 or 14 digits, of which the last one is right */
    GTIN_WRONG,     /* ... is wrong */
    GTIN_ZERO_LOST, /* right with the zeros in front that a spreadsheet took away */
    GTIN_ROUNDED,   /* 4.00638E+12: a spreadsheet took the digits away */
};
enum gtin gtin_check(struct slice barcode);
/* What two barcodes are compared by: the digits with zeros in front for GTINs, else the text in
 * upper case without blanks. Empty when there is none. */
struct slice barcode_key(struct slice barcode, struct arena *arena);

/* ---- marks ---- */

struct mark {
    uint64_t shared; /* digest of what it could have in common with others */
    uint64_t self;   /* digest of what it is, or its id */
};

void marks_sort(struct mark *marks, size_t count);
/* How many others share it, counted by what they are; *out_other: the first of them. */
size_t marks_others(
    const struct mark *sorted, size_t count, uint64_t shared, uint64_t self, uint64_t *out_other);
