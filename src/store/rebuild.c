/* SPDX-License-Identifier: Apache-2.0 */
/* The fold, and what is written of it. */
#include "store/rebuild.h"
#include "base/crypto.h"

#define PAGE 512
#define PAGE_BYTES_MAX ((size_t)1024 * 1024 * 1024)
#define FOLD_BYTES_MAX ((size_t)8 * 1024 * 1024 * 1024)
#define BUCKETS (BUCKET_IN_TRANSIT + 1)
#define LOOK_EVERY 4096
#define SHOWN_MAX 64

struct account {           /* one SKU at one location */
    int64_t sku, location; /* first: the key in the map */
    int64_t balance[BUCKETS];
    struct stock_reason *reasons;
    struct account *next_of_sku;
};
#define ACCOUNT_KEY(account) ((struct slice){(const char *)(account), 2 * sizeof(int64_t)})

struct folded_sku {
    int64_t sku; /* first: the key in the map */
    int64_t movements;
    struct account *first;
    bool is_known; /* its row was found */
};

struct rebuild {
    struct store *store;
    const struct rebuild_options *options;
    struct rebuild_report *report;
    struct err_note *note;
    struct arena fold, page;
    struct map accounts, skus;
};

static void begin_phase(const struct rebuild *r, enum rebuild_phase phase)
{
    if (r->options->on_phase) {
        r->options->on_phase(r->options->arg, phase);
    }
}

static bool must_stop(const struct rebuild *r)
{
    return r->options->must_stop && r->options->must_stop();
}

/* ---- the fold ---- */

static enum err broken(struct rebuild *r, const struct movement_row *row, const char *how)
{
    struct sku_row *sku = NULL;
    struct sku_id id = row->movement.sku;
    ON_EXIT(arena_free) struct arena arena;
    arena_init(&arena, (size_t)1024 * 1024);
    enum err e = r->store->ops->skus(r->store, &id, 1, &arena, &sku);
    struct slice code = !e && sku ? sku->code : arena_printf(&arena, "#%" PRId64, id.v);
    return err_note(r->note,
                    ERR_CORRUPT,
                    "movement %" PRId64 " of SKU '%.*s' %s",
                    row->n,
                    code.n < SHOWN_MAX ? (int)code.n : SHOWN_MAX,
                    code.p,
                    how);
}

static struct folded_sku *sku_at(struct rebuild *r, int64_t id)
{
    struct slice key = {(const char *)&id, sizeof(id)};
    struct folded_sku *sku = map_get(&r->skus, key);
    if (sku) {
        return sku;
    }
    sku = ARENA_NEW(&r->fold, struct folded_sku);
    if (!sku) {
        return NULL;
    }
    sku->sku = id;
    return map_set(&r->skus, (struct slice){(const char *)sku, sizeof(id)}, sku) ? sku : NULL;
}

static struct account *account_at(struct rebuild *r, struct folded_sku *sku, int64_t location)
{
    struct account key = {.sku = sku->sku, .location = location};
    struct account *account = map_get(&r->accounts, ACCOUNT_KEY(&key));
    if (account) {
        return account;
    }
    account = ARENA_NEW(&r->fold, struct account);
    if (!account) {
        return NULL;
    }
    *account = key;
    account->next_of_sku = sku->first;
    sku->first = account;
    return map_set(&r->accounts, ACCOUNT_KEY(account), account) ? account : NULL;
}

static struct stock_reason *reason_at(struct rebuild *r, struct account *a, struct slice reason)
{
    for (struct stock_reason *at = a->reasons; at; at = at->next) {
        if (slice_equal(at->reason, reason)) {
            return at;
        }
    }
    struct stock_reason *fresh = ARENA_NEW(&r->fold, struct stock_reason);
    struct slice text = arena_copy(&r->fold, reason);
    if (!fresh || !text.p) {
        return NULL;
    }
    *fresh = (struct stock_reason){.reason = text, .next = a->reasons};
    a->reasons = fresh;
    return fresh;
}

static enum err fold_leg(struct rebuild *r,
                         struct folded_sku *sku,
                         const struct movement_row *row,
                         struct account_of leg,
                         int64_t delta,
                         int64_t after)
{
    if (leg.bucket == BUCKET_OUTSIDE) {
        return ERR_OK;
    }
    struct account *account = account_at(r, sku, leg.location.v);
    if (!account) {
        return ERR_LIMIT;
    }
    int64_t made = account->balance[leg.bucket] += delta;
    if (leg.bucket == BUCKET_UNAVAILABLE) {
        struct stock_reason *reason = reason_at(r, account, row->movement.reason);
        if (!reason) {
            return ERR_LIMIT;
        }
        made = reason->quantity += delta;
    }
    if (made != after) {
        char how[160];
        snprintf(how,
                 sizeof(how),
                 "says that %s is %" PRId64 " after it, but the movements up to it make %" PRId64,
                 bucket_text(leg.bucket),
                 after,
                 made);
        return broken(r, row, how);
    }
    return made > BALANCE_MAX || made < (leg.bucket == BUCKET_AVAILABLE ? -BALANCE_MAX : 0)
               ? broken(r, row, "takes a balance out of its bounds")
               : ERR_OK;
}

static enum err fold_movement(void *arg, const struct movement_row *row)
{
    struct rebuild *r = arg;
    const struct movement *m = &row->movement;
    if ((unsigned)m->from.bucket >= BUCKETS || (unsigned)m->to.bucket >= BUCKETS ||
        m->quantity <= 0 || m->quantity > BALANCE_MAX) {
        return broken(r, row, "has an unknown bucket or a quantity out of bounds");
    }
    struct folded_sku *sku = sku_at(r, m->sku.v);
    if (!sku) {
        return ERR_LIMIT;
    }
    sku->movements++;
    if (++r->report->movements % LOOK_EVERY == 0 && must_stop(r)) {
        return err_note(r->note, ERR_LIMIT, "stopped");
    }
    enum err e = fold_leg(r, sku, row, m->from, -m->quantity, m->from_after);
    return e ? e : fold_leg(r, sku, row, m->to, m->quantity, m->to_after);
}

/* ---- writing it ---- */

static enum err put_account(const struct account *account, struct stock_set *set)
{
    struct stock *row =
        stock_set_at(set, (struct sku_id){account->sku}, (struct location_id){account->location});
    if (!row) {
        return ERR_LIMIT;
    }
    row->available = account->balance[BUCKET_AVAILABLE];
    row->held = account->balance[BUCKET_HELD];
    row->reserved = account->balance[BUCKET_RESERVED];
    row->unavailable = account->balance[BUCKET_UNAVAILABLE];
    row->in_transit = account->balance[BUCKET_IN_TRANSIT];
    row->changed = true;
    for (const struct stock_reason *r = account->reasons; r; r = r->next) {
        if (r->quantity && !stock_add_reason(set, row, r->reason, r->quantity)) {
            return ERR_LIMIT;
        }
    }
    for (struct stock_reason *r = row->reasons; r; r = r->next) {
        r->changed = true;
    }
    return ERR_OK;
}

/* A count that found no difference leaves no movement, but makes the figure known. */
static bool was_counted(const struct stock_set *set, struct sku_id sku)
{
    for (const struct stock *row = stock_set_first(set, sku); row; row = row->next_of_sku) {
        if (row->counted_at_us) {
            return true;
        }
    }
    return false;
}

static enum err put_sku(struct rebuild *r,
                        struct sku_row *row,
                        struct store_changes *changes,
                        struct stock_set *set)
{
    struct folded_sku *sku = map_get(&r->skus, MAP_KEY(&row->id));
    if (!sku && !was_counted(set, row->id)) {
        return ERR_OK;
    }
    row->has_moved = true;
    row->since_checkpoint = sku ? sku->movements : 0;
    enum err e = rows_add(&changes->skus_moved, &r->page, row) ? ERR_OK : ERR_LIMIT;
    if (sku) {
        sku->is_known = true;
    }
    for (const struct account *a = sku ? sku->first : NULL; !e && a; a = a->next_of_sku) {
        e = put_account(a, set);
    }
    return e;
}

static enum err load_stock(struct rebuild *r, const struct rows *skus, struct stock_set *out)
{
    struct sku_id *ids = ARENA_ARRAY(&r->page, skus->count + 1, struct sku_id);
    if (!ids) {
        return ERR_LIMIT;
    }
    for (size_t i = 0; i < skus->count; i++) {
        ids[i] = ((const struct sku_row *)skus->items[i])->id;
    }
    return r->store->ops->stock(r->store, ids, skus->count, out);
}

static enum err put_page(struct rebuild *r, const struct rows *skus)
{
    ON_EXIT(stock_set_free) struct stock_set set;
    struct store_changes changes = {.stock = &set};
    stock_set_init(&set, &r->page);
    /* The rows as they were forgotten: when they were counted is theirs. */
    enum err e = load_stock(r, skus, &set);
    for (size_t i = 0; !e && i < skus->count; i++) {
        e = put_sku(r, skus->items[i], &changes, &set);
    }
    return e ? e : r->store->ops->save(r->store, &changes);
}

/* each() for all SKUs, a page at a time. */
static enum err walk_skus(struct rebuild *r,
                          enum err (*each)(struct rebuild *r, const struct rows *skus))
{
    struct store_query q = {.limit = PAGE, .state = -1};
    for (;;) {
        struct rows rows = {0};
        arena_clear(&r->page);
        enum err e = r->store->ops->list_skus(r->store, &q, &r->page, &rows);
        if (e || rows.count == 0) {
            return e;
        }
        q.after = ((const struct sku_row *)rows.items[rows.count - 1])->id.v;
        e = each(r, &rows);
        if (e) {
            return e;
        }
    }
}

static enum err check_moved(struct rebuild *r, const struct rows *skus)
{
    ON_EXIT(stock_set_free) struct stock_set set;
    stock_set_init(&set, &r->page);
    enum err e = load_stock(r, skus, &set);
    for (size_t i = 0; !e && i < skus->count; i++) {
        const struct sku_row *row = skus->items[i];
        const struct folded_sku *sku = map_get(&r->skus, MAP_KEY(&row->id));
        int64_t movements = sku ? sku->movements : 0;
        r->report->skus++;
        if (row->has_moved != (movements > 0 || was_counted(&set, row->id)) ||
            (row->has_moved && row->stock_version <= 0)) {
            e = err_note(r->note,
                         ERR_CORRUPT,
                         "SKU '%.*s' is kept as %s, version %" PRId64 ", but has %" PRId64
                         " movements",
                         row->code.n < SHOWN_MAX ? (int)row->code.n : SHOWN_MAX,
                         row->code.p,
                         row->has_moved ? "moved" : "never moved",
                         row->stock_version,
                         movements);
        }
    }
    return e;
}

static enum err check_strangers(struct rebuild *r)
{
    for (size_t i = 0; i < r->skus.items_count; i++) {
        const struct folded_sku *sku = r->skus.items[i].value;
        if (!sku->is_known) {
            return err_note(r->note,
                            ERR_CORRUPT,
                            "there are movements of a SKU #%" PRId64 " that is not there",
                            sku->sku);
        }
    }
    return ERR_OK;
}

static enum err write_all(struct rebuild *r)
{
    const struct store_ops *ops = r->store->ops;
    enum err e = ops->begin(r->store);
    if (e) {
        return e;
    }
    e = walk_skus(r, check_moved);
    e = e ? e : ops->forget_balances(r->store);
    e = e ? e : walk_skus(r, put_page);
    e = e ? e : check_strangers(r);
    if (e) {
        ops->rollback(r->store);
        return e;
    }
    return ops->commit(r->store, 0);
}

static enum err fold_all(struct rebuild *r)
{
    const struct store_ops *ops = r->store->ops;
    enum err e = ops->begin(r->store);
    if (e) {
        return e;
    }
    int64_t movements = 0;
    e = ops->counts(r->store, &r->report->events, &movements);
    e = e ? e : ops->walk_movements(r->store, false, fold_movement, r);
    ops->rollback(r->store);
    return e ? e : write_all(r);
}

/* ---- the two dumps ---- */

struct dumping {
    struct rebuild *r;
    struct sha256_stream *hash;
    int64_t lines;
    char *line; /* getline's */
    size_t line_size;
    bool is_bad; /* the file aside did not do */
};

static void keep_line(void *arg, struct slice text)
{
    struct dumping *d = arg;
    FILE *aside = d->r->options->aside;
    sha256_add(d->hash, text);
    sha256_add(d->hash, SLICE("\n"));
    d->lines++;
    d->is_bad |= fwrite(text.p, 1, text.n, aside) != text.n || putc('\n', aside) == EOF;
}

static void show_line(char out[REBUILD_LINE_MAX], struct slice text)
{
    snprintf(out,
             REBUILD_LINE_MAX,
             "%.*s",
             (int)(text.n < REBUILD_LINE_MAX ? text.n : REBUILD_LINE_MAX - 1),
             text.n ? text.p : "");
}

static bool differs_already(const struct rebuild_report *report)
{
    return report->line_before[0] || report->line_after[0];
}

/* The next line of the dump before; false at its end. */
static bool next_before(struct dumping *d, struct slice *out)
{
    ssize_t n = getline(&d->line, &d->line_size, d->r->options->aside);
    *out = (struct slice){d->line, n > 0 ? (size_t)n - 1 : 0};
    d->is_bad |= n < 0 && ferror(d->r->options->aside);
    return n > 0;
}

static void compare_line(void *arg, struct slice text)
{
    struct dumping *d = arg;
    struct rebuild_report *report = d->r->report;
    struct slice before = {0};
    sha256_add(d->hash, text);
    sha256_add(d->hash, SLICE("\n"));
    d->lines++;
    if (!differs_already(report) && (!next_before(d, &before) || !slice_equal(before, text))) {
        show_line(report->line_before, before);
        show_line(report->line_after, text);
    }
}

static enum err dump(struct rebuild *r,
                     void (*line)(void *arg, struct slice text),
                     uint8_t out[32],
                     struct dumping *d)
{
    *d = (struct dumping){.r = r, .hash = sha256_begin()};
    if (!d->hash) {
        return ERR_MEMORY;
    }
    enum err e = store_dump(r->store, line, d, r->note);
    sha256_end(d->hash, out);
    return e              ? e
           : d->is_bad    ? err_note(r->note, ERR_IO, "the file for the dump does not do")
           : must_stop(r) ? err_note(r->note, ERR_LIMIT, "stopped")
                          : ERR_OK;
}

static enum err dump_before(struct rebuild *r)
{
    struct dumping d;
    enum err e = dump(r, keep_line, r->report->before, &d);
    r->report->lines = d.lines;
    return !e && fflush(r->options->aside) != 0 ? ERR_FULL : e;
}

static enum err dump_after(struct rebuild *r)
{
    struct dumping d;
    struct slice rest = {0};
    struct rebuild_report *report = r->report;
    rewind(r->options->aside);
    enum err e = dump(r, compare_line, report->after, &d);
    if (!e && !differs_already(report) && next_before(&d, &rest)) {
        show_line(report->line_before, rest);
    }
    free(d.line);
    if (!e && (differs_already(report) ||
               memcmp(report->before, report->after, sizeof(report->before)) != 0)) {
        e = err_note(r->note, ERR_CORRUPT, "what is kept is not what the movements make");
    }
    return e;
}

/* ---- all of it ---- */

static enum err rebuild_all(struct rebuild *r)
{
    begin_phase(r, REBUILD_DUMPING);
    enum err e = dump_before(r);
    if (e) {
        return e;
    }
    begin_phase(r, REBUILD_FOLDING);
    e = fold_all(r);
    if (e) {
        return e;
    }
    begin_phase(r, REBUILD_COMPARING);
    e = dump_after(r);
    if (e) {
        return e;
    }
    begin_phase(r, REBUILD_ORDERS);
    return rebuild_check_orders(r->store, r->options->must_stop, &r->report->orders, r->note);
}

enum err store_rebuild(struct store *store,
                       const struct rebuild_options *options,
                       struct rebuild_report *out,
                       struct err_note *note)
{
    struct rebuild r = {.store = store, .options = options, .report = out, .note = note};
    *out = (struct rebuild_report){0};
    *note = (struct err_note){0};
    arena_init(&r.fold, FOLD_BYTES_MAX);
    arena_init(&r.page, PAGE_BYTES_MAX);
    map_init(&r.accounts);
    map_init(&r.skus);
    enum err e = rebuild_all(&r);
    map_free(&r.accounts);
    map_free(&r.skus);
    arena_free(&r.fold);
    arena_free(&r.page);
    return e && !note->text[0] ? err_note(note, e, "the rebuild stopped: %s", err_text(e)) : e;
}
