/* SPDX-License-Identifier: Apache-2.0 */
/* Marks, and findings of our own SKUs. What is found of a channel's item is in doctor_item.c. */
#include "engine/doctor.h"
#include "base/crypto.h"
#include "engine/doctor_inner.h"
#include "engine/request_parts.h"

#define PAGE 1000
#define SETTINGS_MAX ((size_t)64 * 1024)

/* ---- marks ---- */

uint64_t doctor_digest(struct slice text)
{
    uint8_t hash[16];
    uint64_t out;
    blake2b(hash, sizeof(hash), &text, 1);
    memcpy(&out, hash, sizeof(out));
    return out;
}

static bool add(struct marks *marks, uint64_t shared, uint64_t self)
{
    if (marks->count == marks->cap) {
        size_t cap = marks->cap ? marks->cap * 2 : 1024;
        struct mark *grown = realloc(marks->items, cap * sizeof(*grown));
        if (!grown) {
            return false;
        }
        marks->items = grown;
        marks->cap = cap;
    }
    marks->items[marks->count++] = (struct mark){shared, self};
    return true;
}

void doctor_index_free(struct doctor_index *index)
{
    free(index->item_codes.items);
    free(index->item_barcodes.items);
    free(index->sku_codes.items);
    free(index->sku_barcodes.items);
    *index = (struct doctor_index){0};
}

void doctor_index_sort(struct doctor_index *index)
{
    marks_sort(index->item_codes.items, index->item_codes.count);
    marks_sort(index->item_barcodes.items, index->item_barcodes.count);
    marks_sort(index->sku_codes.items, index->sku_codes.count);
    marks_sort(index->sku_barcodes.items, index->sku_barcodes.count);
}

uint64_t doctor_item_self(const struct catalogue_item *item, struct arena *scratch)
{
    uint64_t self;
    return import_digest(item->sku, scratch, &self) ? self : doctor_digest(item->key);
}

bool doctor_see(struct doctor_index *index,
                const struct catalogue_item *item,
                struct arena *scratch)
{
    struct slice skeleton = skeleton_of(item->sku, scratch);
    struct slice barcode = barcode_key(item->barcode, scratch);
    uint64_t self = doctor_item_self(item, scratch);
    return (!skeleton.n || add(&index->item_codes, doctor_digest(skeleton), self)) &&
           (!barcode.n || add(&index->item_barcodes, doctor_digest(barcode), self));
}

size_t doctor_others(const struct marks *marks, struct slice shared, uint64_t self, uint64_t *other)
{
    return shared.n ? marks_others(marks->items, marks->count, doctor_digest(shared), self, other)
                    : 0;
}

/* ---- our own SKUs ---- */

static struct rows load_page(struct batch *b, struct doctor_page *page)
{
    const struct store_query q = {.after = page->after, .limit = PAGE};
    struct rows rows = {0};
    batch_fail(b, b->store->ops->list_skus(b->store, &q, &b->arena, &rows), "load SKUs");
    page->is_end = rows.count < PAGE;
    page->next = page->after;
    if (rows.count) {
        page->next = ((const struct sku_row *)rows.items[rows.count - 1])->id.v;
    }
    return rows;
}

void request_doctor_learn(struct batch *b, struct turn *turn)
{
    struct doctor_page *page = turn->owner;
    struct rows rows = load_page(b, page);
    for (size_t i = 0; i < rows.count && !b->err; i++) {
        const struct sku_row *row = rows.items[i];
        struct slice skeleton = skeleton_of(row->code, &b->arena);
        struct slice barcode = barcode_key(row->barcode, &b->arena);
        uint64_t self = (uint64_t)row->id.v;
        if ((skeleton.n && !add(&page->index->sku_codes, doctor_digest(skeleton), self)) ||
            (barcode.n && !add(&page->index->sku_barcodes, doctor_digest(barcode), self))) {
            batch_fail(b, ERR_MEMORY, "marks of our SKUs");
        }
    }
    turn->status = 200;
}

struct slice doctor_oddity_text(struct batch *b, struct oddity o)
{
    if (o.like > ' ') {
        return arena_printf(&b->arena,
                            "character %zu is U+%04X, which looks like '%c'",
                            o.at,
                            (unsigned)o.code_point,
                            o.like);
    }
    return arena_printf(&b->arena,
                        "character %zu is U+%04X, which %s",
                        o.at,
                        (unsigned)o.code_point,
                        o.like ? "is a blank, but not the plain one" : "shows nothing");
}

const char *doctor_gtin_text(enum gtin gtin)
{
    switch (gtin) {
    case GTIN_NONE:
    case GTIN_RIGHT:
        return NULL;
    case GTIN_WRONG:
        return "its last digit does not fit the others";
    case GTIN_ZERO_LOST:
        return "the zeros in front are missing, as when a spreadsheet takes it for a number";
    case GTIN_ROUNDED:
        return "a spreadsheet has rounded it: the digits are gone";
    }
    return NULL;
}

struct slice doctor_sku_code(struct batch *b, uint64_t id)
{
    const struct batch_sku *sku = batch_sku(b, (struct sku_id){(int64_t)id});
    return sku ? sku->row.code : SLICE("");
}

static void found_own(struct batch *b,
                      struct doctor_page *page,
                      const struct sku_row *sku,
                      enum finding_kind kind,
                      struct slice other,
                      struct slice detail)
{
    page->tally.own[kind]++;
    if (page->tally.kept >= FINDINGS_MAX) {
        return;
    }
    page->tally.kept++;
    struct finding_row *row = ARENA_NEW(&b->arena, struct finding_row);
    if (row) {
        *row = (struct finding_row){.id = b->store->ops->next_id(b->store, ID_FINDING),
                                    .job = page->job,
                                    .kind = slice_of(finding_code(kind)),
                                    .code = sku->code,
                                    .title = sku->title,
                                    .other = other,
                                    .detail = detail,
                                    .at_us = b->now_us};
    }
    request_change(b, &b->changes.findings, row);
}

static struct slice others_text(struct batch *b, const char *what, struct slice code, size_t others)
{
    return others > 1 ? arena_printf(&b->arena,
                                     "%s '%.*s' and %zu more of your SKUs",
                                     what,
                                     SLICE_ARG(code),
                                     others - 1)
                      : arena_printf(&b->arena, "%s '%.*s'", what, SLICE_ARG(code));
}

static void look_at_own(struct batch *b, struct doctor_page *page, const struct sku_row *sku)
{
    uint64_t self = (uint64_t)sku->id.v, other = 0;
    struct slice skeleton = skeleton_of(sku->code, &b->arena);
    struct slice barcode = barcode_key(sku->barcode, &b->arena);
    size_t others = doctor_others(&page->index->sku_codes, skeleton, self, &other);
    if (others) {
        struct slice code = doctor_sku_code(b, other);
        struct slice detail = others_text(b, "it looks like", code, others);
        found_own(b, page, sku, FINDING_LOOK_ALIKE, code, detail);
    }
    others = doctor_others(&page->index->sku_barcodes, barcode, self, &other);
    if (others) {
        struct slice code = doctor_sku_code(b, other);
        struct slice detail = others_text(b, "its barcode is also that of", code, others);
        found_own(b, page, sku, FINDING_BARCODE_SHARED, code, detail);
    }
    const char *wrong = doctor_gtin_text(gtin_check(sku->barcode));
    if (wrong) {
        found_own(b, page, sku, FINDING_BARCODE_WRONG, sku->barcode, slice_of(wrong));
    }
    struct oddity odd = oddity_hidden(sku->code);
    if (odd.code_point) {
        found_own(b, page, sku, FINDING_HIDDEN_CHARACTER, SLICE(""), doctor_oddity_text(b, odd));
    }
    odd = oddity_foreign(sku->code);
    if (odd.code_point) {
        found_own(b, page, sku, FINDING_FOREIGN_LETTER, SLICE(""), doctor_oddity_text(b, odd));
    }
}

void request_doctor_own(struct batch *b, struct turn *turn)
{
    struct doctor_page *page = turn->owner;
    struct rows rows = load_page(b, page);
    if (page->after == 0) {
        doctor_begin(b, (struct channel_id){0}, page->job);
    }
    for (size_t i = 0; i < rows.count && !b->err; i++) {
        look_at_own(b, page, rows.items[i]);
    }
    turn->status = 200;
}

/* ---- the frame ---- */

void doctor_begin(struct batch *b, struct channel_id channel, int64_t job)
{
    struct finding_row *row = ARENA_NEW(&b->arena, struct finding_row);
    if (row) {
        *row = (struct finding_row){.channel = channel, .job = job};
    }
    request_change(b, &b->changes.findings_gone, row);
}

void doctor_counts_put(struct json_writer *w, const int64_t counts[FINDING_KINDS])
{
    json_begin_object(w);
    for (int i = 0; i < FINDING_KINDS; i++) {
        if (counts[i]) {
            json_field_int(w, finding_code((enum finding_kind)i), counts[i]);
        }
    }
    json_end_object(w);
}

/* Settings that two accounts of one platform may well have in common. */
static bool tells_an_account(struct slice name)
{
    static const char *const common[] = {"location_map",
                                         "warehouse_map",
                                         "ship_nodes",
                                         "api_version",
                                         "count_mode",
                                         "marketplace_id",
                                         "marketplace_ids",
                                         "region",
                                         "auth_url",
                                         "endpoint",
                                         "sqs_queue_url"};
    for (size_t i = 0; i < COUNT_OF(common); i++) {
        if (slice_is(name, common[i])) {
            return false;
        }
    }
    return true;
}

/* How many settings of `mine` tell the account; *out_equal: the other one has them all alike. */
static size_t account_settings(struct json mine, struct json other, bool *out_equal)
{
    size_t told = 0;
    *out_equal = true;
    for (struct json_iter i = json_iter(mine); json_next(&i);) {
        char name[64];
        struct slice a, c;
        if (!tells_an_account(i.key) || !json_text(i.value, &a)) {
            continue;
        }
        told++;
        (void)snprintf(name, sizeof(name), "%.*s", SLICE_ARG(i.key));
        *out_equal &= json_text(json_get(other, name), &c) && slice_equal(a, c);
    }
    return told;
}

static bool is_same_account(const struct channel_config *a, const struct channel_config *c)
{
    if (a == c || a->connector != c->connector ||
        !slice_equal(a->account.base_url, c->account.base_url)) {
        return false;
    }
    struct json_doc *first = json_doc_new(), *second = json_doc_new();
    struct json x, y;
    struct err_note note;
    bool is_equal = false, is_equal_back = false;
    if (first && second && json_parse(first, a->row.settings, &x, &note) == ERR_OK &&
        json_parse(second, c->row.settings, &y, &note) == ERR_OK) {
        size_t told = account_settings(x, y, &is_equal);
        is_equal &= told > 0 && told == account_settings(y, x, &is_equal_back);
    }
    json_doc_free(first);
    json_doc_free(second);
    return is_equal && is_equal_back;
}

void doctor_twins(struct batch *b, const struct channel_config *channel, struct import_step *step)
{
    struct channel_id *twins = ARENA_ARRAY(&b->arena, b->config->channels_count, struct channel_id);
    step->twins_count = 0;
    step->twins = twins;
    for (size_t i = 0; twins && i < b->config->channels_count; i++) {
        if (is_same_account(channel, &b->config->channels[i])) {
            twins[step->twins_count++] = b->config->channels[i].row.id;
        }
    }
}
