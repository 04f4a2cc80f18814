/* SPDX-License-Identifier: Apache-2.0 */
/* One item of a catalogue: what is wrong with it. */
#include "engine/doctor_inner.h"
#include "engine/request_parts.h"

#define TEXT_MAX 255 /* of a finding's texts; longer ones are cut */

/* ---- keeping ---- */

struct fault {
    enum finding_kind kind;
    struct slice other, detail;
    int64_t units;
};

/* Whole characters, at most TEXT_MAX bytes. */
static struct slice kept(struct batch *b, struct slice text)
{
    size_t n = text.n < TEXT_MAX ? text.n : TEXT_MAX;
    while (n < text.n && n > 0 && ((unsigned char)text.p[n] & 0xC0u) == 0x80u) {
        n--;
    }
    return arena_copy(&b->arena, (struct slice){text.p, n});
}

static void found(struct batch *b, const struct patient *p, const struct fault *fault)
{
    struct import_tally *tally = &p->step->after;
    const struct catalogue_item *item = p->item;
    tally->findings[fault->kind]++;
    if (tally->kept >= FINDINGS_MAX) {
        return;
    }
    tally->kept++;
    struct slice title = item->title.n ? item->title : item->product;
    bool has_both = item->title.n && item->product.n && !slice_equal(item->title, item->product);
    struct finding_row *row = ARENA_NEW(&b->arena, struct finding_row);
    if (row) {
        *row = (struct finding_row){.id = b->store->ops->next_id(b->store, ID_FINDING),
                                    .channel = p->channel->row.id,
                                    .job = p->step->order.job,
                                    .kind = slice_of(finding_code(fault->kind)),
                                    .key = arena_copy(&b->arena, item->key),
                                    .code = kept(b, item->sku),
                                    .title = kept(b,
                                                  has_both ? arena_printf(&b->arena,
                                                                          "%.*s: %.*s",
                                                                          SLICE_ARG(item->product),
                                                                          SLICE_ARG(title))
                                                           : title),
                                    .remote = arena_copy(&b->arena, item->remote),
                                    .other = kept(b, fault->other),
                                    .detail = fault->detail,
                                    .units = fault->units,
                                    .at_us = p->step->read_at_us ? p->step->read_at_us : b->now_us};
    }
    request_change(b, &b->changes.findings, row);
}

/* ---- linking ---- */

static void look_at_link(struct batch *b, const struct patient *p)
{
    struct fault fault = {.kind = FINDING_KINDS};
    if (p->verdict == LINK_ALREADY && p->taken_by) {
        fault.kind = FINDING_LISTED_TWICE;
    } else if (!finding_of_verdict(p->verdict, &fault.kind)) {
        /* Listed, and the channel does not take its count all the same. */
        if (p->verdict != LINK_ALREADY || (!p->item->parent_managed && p->item->is_managed)) {
            return;
        }
        fault.kind = p->item->parent_managed ? FINDING_PARENT_MANAGED : FINDING_UNMANAGED;
    }
    if (fault.kind == FINDING_DUPLICATE) {
        fault.other = sku_code_key(p->item->sku, &b->arena);
        fault.detail = arena_printf(&b->arena, "%zu items of this channel have it", p->sharing);
    } else if (p->taken_by) {
        fault.other = p->sku ? p->sku->row.code : SLICE("");
        fault.detail = arena_printf(
            &b->arena, "listing %" PRId64 " of this channel sells it too", p->taken_by);
    }
    found(b, p, &fault);
}

static void look_for_twins(struct batch *b, const struct patient *p)
{
    for (size_t i = 0; i < p->step->twins_count && !b->err; i++) {
        struct channel_id id = p->step->twins[i];
        const struct rows *rows = batch_listings_by_key(b, id, p->item->key);
        const struct channel_config *twin = config_channel(b->config, id);
        if (rows && rows->count && twin) {
            struct fault fault = {.kind = FINDING_SAME_ACCOUNT, .other = twin->row.code};
            fault.detail = arena_printf(
                &b->arena, "channel '%.*s' lists it as well", SLICE_ARG(twin->row.code));
            found(b, p, &fault);
            return;
        }
    }
}

/* ---- codes ---- */

/* Like which of our SKUs, apart from the one that it is. */
static size_t
like_ours(struct batch *b, const struct patient *p, struct slice skeleton, struct slice *out_code)
{
    uint64_t self = p->sku ? (uint64_t)p->sku->row.id.v : 0, other = 0;
    size_t others = doctor_others(&p->step->doctor->sku_codes, skeleton, self, &other);
    *out_code = others ? doctor_sku_code(b, other) : SLICE("");
    return others;
}

static void look_at_code(struct batch *b, const struct patient *p)
{
    struct slice code = p->item->sku, ours;
    struct slice skeleton = skeleton_of(code, &b->arena);
    uint64_t other = 0, self = doctor_item_self(p->item, &b->arena);
    size_t skus = like_ours(b, p, skeleton, &ours);
    size_t items = doctor_others(&p->step->doctor->item_codes, skeleton, self, &other);
    struct fault fault = {.kind = FINDING_LOOK_ALIKE, .other = skus ? ours : skeleton};
    if (skus && items) {
        fault.detail = arena_printf(&b->arena,
                                    "it looks like your SKU '%.*s', and like %zu other SKU%s here",
                                    SLICE_ARG(ours),
                                    items,
                                    items == 1 ? "" : "s");
    } else if (skus) {
        fault.detail = arena_printf(&b->arena, "it looks like your SKU '%.*s'", SLICE_ARG(ours));
    } else if (items) {
        fault.detail = arena_printf(&b->arena,
                                    "%zu other SKU%s of this channel look%s like it; to the eye "
                                    "they are all '%.*s'",
                                    items,
                                    items == 1 ? "" : "s",
                                    items == 1 ? "s" : "",
                                    SLICE_ARG(skeleton));
    }
    if (skus || items) {
        found(b, p, &fault);
    }
    bool is_spelt_otherwise = p->sku && !slice_equal(code, p->sku->row.code) &&
                              slice_equal(sku_code_key(code, &b->arena), p->sku->row.code_key);
    if (is_spelt_otherwise) {
        fault = (struct fault){.kind = FINDING_SPELLING, .other = p->sku->row.code};
        fault.detail = arena_printf(&b->arena,
                                    "'%.*s' there is your '%.*s'",
                                    SLICE_ARG(kept(b, code)),
                                    SLICE_ARG(p->sku->row.code));
        found(b, p, &fault);
    }
}

static void look_at_letters(struct batch *b, const struct patient *p)
{
    struct oddity odd = oddity_hidden(slice_trim(p->item->sku));
    if (odd.code_point) {
        struct fault fault = {.kind = FINDING_HIDDEN_CHARACTER,
                              .detail = doctor_oddity_text(b, odd)};
        found(b, p, &fault);
    }
    odd = oddity_foreign(p->item->sku);
    if (odd.code_point) {
        struct fault fault = {.kind = FINDING_FOREIGN_LETTER, .detail = doctor_oddity_text(b, odd)};
        found(b, p, &fault);
    }
}

/* ---- packs ---- */

static int64_t pack_of_item(const struct catalogue_item *item)
{
    int64_t n = pack_of_code(item->sku);
    n = n ? n : pack_of_title(item->title);
    return n ? n : pack_of_title(item->product);
}

/* The code before the pack, when such a thing is sold or kept by itself. */
static struct slice single_of(struct batch *b, const struct patient *p)
{
    struct slice base = pack_base(p->item->sku);
    struct slice skeleton = skeleton_of(base, &b->arena);
    uint64_t other = 0, self = doctor_item_self(p->item, &b->arena);
    bool is_there = doctor_others(&p->step->doctor->sku_codes, skeleton, 0, &other) ||
                    doctor_others(&p->step->doctor->item_codes, skeleton, self, &other);
    return is_there ? base : SLICE("");
}

static void look_at_pack(struct batch *b, const struct patient *p)
{
    int64_t n = pack_of_item(p->item);
    if (n == 0 || (p->listed && p->listed->pack_size > 1) || (p->sku && p->sku->row.parts_count)) {
        return;
    }
    struct slice single = single_of(b, p);
    bool is_counted_in_packs =
        p->sku && (pack_of_code(p->sku->row.code) == n || pack_of_title(p->sku->row.title) == n);
    if (is_counted_in_packs && !single.n) {
        return; /* our SKU is the pack itself, and nothing tells of single ones */
    }
    struct fault fault = {.kind = FINDING_PACK_SIZE, .other = single, .units = n};
    fault.detail =
        single.n
            ? arena_printf(
                  &b->arena, "it seems to be %" PRId64 " of '%.*s'", n, SLICE_ARG(kept(b, single)))
            : arena_printf(&b->arena, "it seems to be a pack of %" PRId64, n);
    found(b, p, &fault);
}

/* ---- barcodes ---- */

static void look_at_others_barcodes(struct batch *b, const struct patient *p, struct slice barcode)
{
    uint64_t other = 0, self = doctor_item_self(p->item, &b->arena);
    size_t items = doctor_others(&p->step->doctor->item_barcodes, barcode, self, &other);
    if (items) {
        struct fault fault = {.kind = FINDING_BARCODE_SHARED, .other = p->item->barcode};
        fault.detail = arena_printf(&b->arena,
                                    "%zu other SKU%s of this channel ha%s the barcode %.*s",
                                    items,
                                    items == 1 ? "" : "s",
                                    items == 1 ? "s" : "ve",
                                    SLICE_ARG(kept(b, p->item->barcode)));
        found(b, p, &fault);
    }
}

static void look_at_barcode(struct batch *b, const struct patient *p)
{
    struct slice barcode = barcode_key(p->item->barcode, &b->arena);
    const char *wrong = doctor_gtin_text(gtin_check(p->item->barcode));
    if (!barcode.n) {
        return;
    }
    if (wrong) {
        struct fault fault = {
            .kind = FINDING_BARCODE_WRONG, .other = p->item->barcode, .detail = slice_of(wrong)};
        found(b, p, &fault);
    }
    look_at_others_barcodes(b, p, barcode);
    struct slice ours = p->sku ? barcode_key(p->sku->row.barcode, &b->arena) : SLICE("");
    bool is_new = p->verdict == LINK_CREATE; /* ours was taken from there just now */
    if (ours.n && !slice_equal(ours, barcode)) {
        struct fault fault = {.kind = FINDING_BARCODE_DIFFERS, .other = p->sku->row.barcode};
        fault.detail = arena_printf(&b->arena,
                                    "%.*s there, %.*s here",
                                    SLICE_ARG(kept(b, p->item->barcode)),
                                    SLICE_ARG(p->sku->row.barcode));
        found(b, p, &fault);
    }
    uint64_t other = 0, self = p->sku ? (uint64_t)p->sku->row.id.v : 0;
    if ((!ours.n || is_new || !slice_equal(ours, barcode)) &&
        doctor_others(&p->step->doctor->sku_barcodes, barcode, self, &other)) {
        struct fault fault = {.kind = FINDING_BARCODE_KNOWN, .other = doctor_sku_code(b, other)};
        fault.detail =
            arena_printf(&b->arena, "it is the barcode of your SKU '%.*s'", SLICE_ARG(fault.other));
        found(b, p, &fault);
    }
}

void doctor_item(struct batch *b, const struct patient *p)
{
    if (!p->step->doctor) {
        return;
    }
    look_at_link(b, p);
    look_for_twins(b, p);
    if (slice_trim(p->item->sku).n) {
        look_at_code(b, p);
        look_at_letters(b, p);
    }
    look_at_pack(b, p);
    look_at_barcode(b, p);
}
