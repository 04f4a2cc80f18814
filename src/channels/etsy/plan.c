/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a push does with the record that was just read: for each row whether it is written, for each
 * product its new quantity, and for the listing whether it must be put on sale or taken off it.
 *
 *   the record's count of a row is not what it may be   that row is stale: Etsy sold units that
 *                                                       nobody told us of, and the write would put
 *                                                       them back on sale
 *   all variations share one quantity                   one stale row makes all of them wait. The
 *                                                       smallest number that is wanted is written,
 *                                                       and never more than is shown now unless
 *                                                       this push speaks for every variation
 *   nothing would be left                               Etsy refuses a record of zeros: the listing
 *                                                       is made inactive, its record stays
 *   inactive, and it may show nothing for all we know   taken off sale by us: with a count above 0
 *                                                       it is activated, and whatever this push
 *                                                       does not speak for is set to 0, for its
 *                                                       number is older than the deactivation
 *   inactive, and we know it to show something          a person's doing: it stays inactive
 */
#include "channels/etsy/etsy.h"

struct planning {
    const struct etsy_record *record;
    const struct push_item *items;
    size_t count;
    char *rows;
    size_t *places;   /* per item: its product, when it has one */
    bool *is_spoken;  /* per product: a row is it */
    int64_t *numbers; /* per product: what is written */
    int64_t shared;
};

bool etsy_may_be_empty(const struct push_item *item)
{
    return item->expected_lo <= 0 && item->expected_hi < QTY_MAX;
}

int64_t etsy_shown(int64_t value)
{
    return value < ETSY_QUANTITY_MAX ? value : ETSY_QUANTITY_MAX;
}

static bool
is_expected(const struct etsy_record *record, const struct push_item *item, int64_t quantity)
{
    int64_t lo = etsy_shown(item->expected_lo);
    int64_t hi = etsy_shown(item->expected_hi);

    if (etsy_is_off_sale(record) && lo <= 0) {
        return true; /* it shows nothing, whatever its record says */
    }
    return quantity >= lo && quantity <= hi;
}

static enum err rows_find(struct planning *p)
{
    for (size_t i = 0; i < p->count; i++) {
        struct etsy_target target;
        if (!etsy_target_of(&p->items[i], &target)) {
            return ERR_USAGE;
        }
        enum etsy_found found = etsy_find(p->record, &target, &p->places[i]);
        if (found != ETSY_FOUND) {
            p->rows[i] = found == ETSY_MISSING ? ETSY_ROW_MISSING : ETSY_ROW_AMBIGUOUS;
            continue;
        }
        p->is_spoken[p->places[i]] = true;
        int64_t now = p->record->products[p->places[i]].quantity;
        p->rows[i] = is_expected(p->record, &p->items[i], now) ? ETSY_ROW_WRITE : ETSY_ROW_STALE;
    }
    return ERR_OK;
}

/* A number for one is a number for all: a stale row makes the others wait with it. */
static void rows_tie(struct planning *p)
{
    bool any_stale = false;

    for (size_t i = 0; i < p->count; i++) {
        any_stale = any_stale || p->rows[i] == ETSY_ROW_STALE;
    }
    for (size_t i = 0; any_stale && i < p->count; i++) {
        if (p->rows[i] == ETSY_ROW_WRITE) {
            p->rows[i] = ETSY_ROW_TIED;
        }
    }
}

/* Do the rows of this push speak for every variation? Those with a row's SKU are the same thing. */
static bool is_spoken_for(const struct planning *p)
{
    const struct etsy_product *products = p->record->products;

    for (size_t i = 0; i < p->record->count; i++) {
        bool spoken = p->is_spoken[i];
        for (size_t k = 0; !spoken && products[i].sku.n && k < p->record->count; k++) {
            spoken = p->is_spoken[k] && slice_equal(products[k].sku, products[i].sku);
        }
        if (!spoken) {
            return false;
        }
    }
    return true;
}

static void numbers_shared(struct planning *p)
{
    int64_t least = -1;

    for (size_t i = 0; i < p->count; i++) {
        int64_t wanted = etsy_shown(p->items[i].value);
        if (p->rows[i] == ETSY_ROW_WRITE && (least < 0 || wanted < least)) {
            least = wanted;
        }
    }
    if (least < 0) {
        return;
    }
    if (!is_spoken_for(p)) {
        for (size_t i = 0; i < p->record->count; i++) {
            int64_t now = p->record->products[i].quantity;
            least = now < least ? now : least;
        }
    }
    for (size_t i = 0; i < p->record->count; i++) {
        p->numbers[i] = least;
    }
    p->shared = least;
}

static void numbers_apart(struct planning *p)
{
    for (size_t i = 0; i < p->count; i++) {
        size_t at = p->places[i];
        int64_t wanted = etsy_shown(p->items[i].value);
        bool is_first = true;
        for (size_t k = 0; k < i; k++) {
            is_first = is_first && !(p->rows[k] == ETSY_ROW_WRITE && p->places[k] == at);
        }
        if (p->rows[i] == ETSY_ROW_WRITE && (is_first || wanted < p->numbers[at])) {
            p->numbers[at] = wanted;
        }
    }
}

static void rows_cap(struct planning *p)
{
    for (size_t i = 0; i < p->count; i++) {
        if (p->rows[i] == ETSY_ROW_WRITE &&
            p->numbers[p->places[i]] < etsy_shown(p->items[i].value)) {
            p->rows[i] = ETSY_ROW_CAPPED;
        }
    }
}

/* ---- the deed ---- */

static bool is_written(char row)
{
    return row == ETSY_ROW_WRITE || row == ETSY_ROW_CAPPED;
}

static bool any_written(const struct planning *p)
{
    for (size_t i = 0; i < p->count; i++) {
        if (is_written(p->rows[i])) {
            return true;
        }
    }
    return false;
}

static bool any_change(const struct planning *p)
{
    for (size_t i = 0; i < p->record->count; i++) {
        if (p->numbers[i] != p->record->products[i].quantity) {
            return true;
        }
    }
    return false;
}

/* Of what buyers can choose; with everything disabled, of all. */
static bool is_nothing_left(const struct planning *p)
{
    bool any_enabled = false;

    for (size_t i = 0; i < p->record->count; i++) {
        any_enabled = any_enabled || p->record->products[i].is_enabled;
    }
    for (size_t i = 0; i < p->record->count; i++) {
        if (p->numbers[i] > 0 && (!any_enabled || p->record->products[i].is_enabled)) {
            return false;
        }
    }
    return true;
}

static bool is_taken_off_by_us(const struct planning *p)
{
    for (size_t i = 0; i < p->count; i++) {
        if (is_written(p->rows[i]) && !etsy_may_be_empty(&p->items[i])) {
            return false;
        }
    }
    return true;
}

static enum etsy_deed
deed_sold_out(const struct etsy_config *config, struct planning *p, bool nothing_left)
{
    if (nothing_left) {
        return ETSY_DEED_NONE;
    }
    if (config->reactivate == ETSY_REACTIVATE_ALWAYS) {
        return ETSY_DEED_ACTIVE_PUT;
    }
    for (size_t i = 0; i < p->count; i++) {
        if (is_written(p->rows[i]) && p->items[i].value > 0) {
            p->rows[i] = ETSY_ROW_SOLD_OUT;
        }
    }
    return ETSY_DEED_NONE;
}

static enum etsy_deed deed_of(const struct etsy_config *config, struct planning *p)
{
    const struct etsy_record *record = p->record;
    bool nothing_left = is_nothing_left(p);

    if (!any_written(p)) {
        return ETSY_DEED_NONE;
    }
    if (!etsy_is_off_sale(record)) {
        return nothing_left ? ETSY_DEED_INACTIVE : any_change(p) ? ETSY_DEED_PUT : ETSY_DEED_NONE;
    }
    if (etsy_state_is(record, "sold_out")) {
        return deed_sold_out(config, p, nothing_left);
    }
    if (nothing_left) {
        return ETSY_DEED_NONE;
    }
    bool is_inactive = etsy_state_is(record, "inactive") || etsy_state_is(record, "edit");
    if (!is_inactive || !is_taken_off_by_us(p)) {
        return any_change(p) ? ETSY_DEED_PUT : ETSY_DEED_NONE;
    }
    for (size_t i = 0; p->shared < 0 && i < record->count; i++) {
        p->numbers[i] = p->is_spoken[i] ? p->numbers[i] : 0;
    }
    if (config->reactivate == ETSY_REACTIVATE_NEVER) {
        return any_change(p) ? ETSY_DEED_PUT : ETSY_DEED_NONE;
    }
    return any_change(p) ? ETSY_DEED_PUT_ACTIVE : ETSY_DEED_ACTIVE;
}

enum err etsy_plan(const struct etsy_config *config,
                   const struct etsy_record *record,
                   const struct push_item *items,
                   size_t count,
                   struct arena *arena,
                   struct etsy_plan *out)
{
    struct planning p = {.record = record, .items = items, .count = count, .shared = -1};

    p.rows = ARENA_ARRAY(arena, count + 1, char);
    p.places = ARENA_ARRAY(arena, count + 1, size_t);
    p.is_spoken = ARENA_ARRAY(arena, record->count + 1, bool);
    p.numbers = ARENA_ARRAY(arena, record->count + 1, int64_t);
    if (!p.rows || !p.places || !p.is_spoken || !p.numbers) {
        return ERR_LIMIT;
    }
    for (size_t i = 0; i < record->count; i++) {
        p.numbers[i] = record->products[i].quantity;
    }
    enum err e = rows_find(&p);
    if (e) {
        return e;
    }
    if (record->is_shared) {
        rows_tie(&p);
        numbers_shared(&p);
    } else {
        numbers_apart(&p);
    }
    rows_cap(&p);
    enum etsy_deed deed = deed_of(config, &p);
    *out = (struct etsy_plan){
        .deed = deed, .rows = p.rows, .quantities = p.numbers, .shared = p.shared};
    return ERR_OK;
}
