/* SPDX-License-Identifier: Apache-2.0 */
#include "base/crypto.h"
#include "store/copy.h"
#include "store/rows/rows_internal.h"

#define PAGE 2000
#define COLUMNS_MAX 48
#define TEXT_MAX 2048
#define KEYS_MAX 3
#define PARTIAL SLICE("copy_is_partial")

/* The columns as both databases have them, by format (rows_internal.h); the keys come first. */
static const struct table {
    const char *name, *format, *keys;
    int keys_count;
} tables[] = {
    {"meta", "ti", "key", 1},
    {"sku", "ittttttiiiiii", "id", 1},
    {"component", "iii", "bundle, part", 2},
    {"location", "itttti", "id", 1},
    {"channel", "ittiitbiiitiiiiii", "id", 1},
    {"listing", "iiitttiiiiiiiiiiiiiiiiiiiiiiiiiibiiiiiiiiitiii", "id", 1},
    {"stock", "iiiiiiii", "sku, location", 2},
    {"stock_reason", "iiti", "sku, location, reason", 3},
    {"orders", "iittiiibt", "n", 1},
    {"parked", "iti", "channel, key, order_n", 3},
    {"event", "iititt", "n", 1},
    {"movement", "iiiiiiiiiiiiittitt", "n", 1},
    {"log_commit", "iiiib", "n", 1},
    {"delivery", "iitiiiitttb", "n", 1},
    {"push", "iiiiiibiiiiiit", "n", 1},
    {"incident", "ittitttitttiiiiitt", "n", 1},
    {"token", "itbiiiiit", "id", 1},
    {"answer", "bbiib", "key", 1},
    {"hold", "ittiiit", "n", 1},
    {"job", "itttiiiitt", "id", 1},
    {"transfer", "iiiittiii", "id", 1},
    {"count_session", "iiittiiii", "id", 1},
    {"count_line", "iiiii", "session, sku", 2},
    {"alias", "ttiii", "code_key", 1},
    {"checkpoint", "iit", "sku, movement", 2},
    {"unlinked", "ittit", "channel, key", 2},
    {"difference", "iiiiiiiiiiii", "n", 1},
    {"agreement", "iiiiiiii", "channel, day", 2},
    {"finding", "iiitttttttii", "id", 1},
    {"opening_line", "iiii", "location, sku", 2},
    {"outlet", "iiitibiiiiiiiti", "id", 1},
    {"\"user\"", "iititbbiii", "id", 1},
    {"session", "iibii", "id", 1},
    {"audit", "iititttti", "n", 1},
};

/* ---- texts ---- */

static void put_marks(struct buf *out, int count)
{
    for (int i = 0; i < count; i++) {
        buf_text(out, i ? ", ?" : "?");
    }
}

static void page_text(const struct table *t, bool is_first, struct buf *out)
{
    buf_printf(out, "SELECT * FROM %s", t->name);
    if (!is_first) {
        buf_printf(out, " WHERE (%s) > (", t->keys);
        put_marks(out, t->keys_count);
        buf_char(out, ')');
    }
    buf_printf(out, " ORDER BY %s LIMIT %d", t->keys, PAGE);
}

static void last_text(const struct table *t, struct buf *out)
{
    buf_printf(out, "SELECT %s FROM %s ORDER BY ", t->keys, t->name);
    struct slice rest = slice_of(t->keys), key;
    for (bool more = true, is_first = true; more; is_first = false) {
        more = slice_cut(&rest, ',', &key);
        buf_printf(out, "%s%.*s DESC", is_first ? "" : ", ", SLICE_ARG(slice_trim(key)));
    }
    buf_text(out, " LIMIT 1");
}

static struct sql_stmt *made(struct sql_store *s, struct buf *text)
{
    buf_char(text, '\0');
    must(!text->overflow);
    return s->driver->text(s, text->p);
}

/* ---- one table ---- */

struct key { /* of the last row that is there */
    bool is_set;
    int64_t ints[KEYS_MAX];
    struct slice bytes[KEYS_MAX];
};

static void
bind_one(struct sql_store *s, struct sql_stmt *q, int i, char kind, int64_t n, struct slice b)
{
    if (kind == 'i') {
        s->driver->put_int(q, i, n);
    } else {
        s->driver->put_bytes(q, i, b, kind == 'b');
    }
}

static void
keep_key(const struct table *t, struct sql_stmt *q, struct arena *arena, struct key *key)
{
    arena_clear(arena);
    key->is_set = true;
    for (int i = 0; i < t->keys_count; i++) {
        if (t->format[i] == 'i') {
            key->ints[i] = col_int(q, i);
        } else {
            key->bytes[i] = col_text(q, i, arena);
        }
    }
}

/* Where a copy that was cut off is to go on. */
static enum err
last_key(struct sql_store *to, const struct table *t, struct arena *arena, struct key *out)
{
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, TEXT_MAX);
    last_text(t, &text);
    struct sql_stmt *q = made(to, &text);
    enum err e = q ? sql_step(to, q) : ERR_CORRUPT;
    if (!e) {
        keep_key(t, q, arena, out);
    }
    if (q) {
        sql_reset(q);
    }
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err put_row(struct sql_store *to, const struct table *t, struct sql_stmt *row)
{
    ON_EXIT(buf_free) struct buf text;
    int count = (int)strlen(t->format);
    buf_init(&text, TEXT_MAX);
    buf_printf(&text, "INSERT INTO %s VALUES (", t->name);
    put_marks(&text, count);
    buf_char(&text, ')');
    struct sql_stmt *q = made(to, &text);
    for (int i = 0; q && i < count; i++) {
        bool is_int = t->format[i] == 'i';
        bind_one(to,
                 q,
                 i,
                 t->format[i],
                 is_int ? col_int(row, i) : 0,
                 is_int ? (struct slice){0} : row->driver->col(row, i));
    }
    return q ? sql_run(to, q) : ERR_CORRUPT;
}

/* One page, in a transaction of its own. */
static enum err copy_page(struct sql_store *from,
                          struct sql_store *to,
                          const struct table *t,
                          struct arena *arena,
                          struct key *key,
                          int64_t *out_rows)
{
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, TEXT_MAX);
    page_text(t, !key->is_set, &text);
    struct sql_stmt *q = made(from, &text);
    *out_rows = 0;
    if (!q) {
        return ERR_CORRUPT;
    }
    for (int i = 0; key->is_set && i < t->keys_count; i++) {
        bind_one(from, q, i, t->format[i], key->ints[i], key->bytes[i]);
    }
    enum err e = to->ops.begin(&to->base), step = ERR_OK;
    while (!e && (step = sql_step(from, q)) == ERR_OK) {
        e = put_row(to, t, q);
        keep_key(t, q, arena, key);
        (*out_rows)++;
    }
    sql_reset(q);
    e = e ? e : step == ERR_NOT_FOUND ? ERR_OK : step;
    if (e) {
        to->ops.rollback(&to->base);
        return e;
    }
    return to->ops.commit(&to->base, 0);
}

static enum err count_rows(struct sql_store *s, const struct table *t, int64_t *out)
{
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, TEXT_MAX);
    buf_printf(&text, "SELECT count(*) FROM %s", t->name);
    struct sql_stmt *q = made(s, &text);
    enum err e = q ? sql_step(s, q) : ERR_CORRUPT;
    *out = e ? 0 : col_int(q, 0);
    if (q) {
        sql_reset(q);
    }
    return e;
}

static enum err copy_table(struct sql_store *from,
                           struct sql_store *to,
                           const struct table *t,
                           struct store_copy *copy)
{
    ON_EXIT(arena_free) struct arena arena;
    struct key key = {0};
    int64_t rows = 0, page = PAGE;
    arena_init(&arena, (size_t)1024 * 1024);
    enum err e = last_key(to, t, &arena, &key);
    e = e ? e : count_rows(to, t, &rows);
    copy->before += rows;
    while (!e && page == PAGE) {
        e = copy_page(from, to, t, &arena, &key, &page);
        rows += page;
        if (!e && copy->tell && page) {
            copy->tell(copy->arg, t->name, rows);
        }
    }
    copy->rows += rows;
    return e;
}

/* ---- the mark ---- */

static enum err set_mark(struct sql_store *s, int64_t value)
{
    enum err e = s->ops.begin(&s->base);
    e = e ? e : sql_run(s, sql_bind(s, SQL_META_PUT, "ti", PARTIAL, value));
    e = e ? e : s->ops.commit(&s->base, 0);
    if (e) {
        s->ops.rollback(&s->base);
    }
    return e;
}

enum err store_copy_is_partial(struct store *store, bool *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_META_GET, "t", PARTIAL);
    enum err e = sql_step(s, q);
    *out = !e && col_int(q, 0) != 0;
    sql_reset(q);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* ---- both say the same ---- */

struct sum {
    uint8_t hash[32];
    int64_t lines;
};

static void add_line(void *arg, struct slice line)
{
    struct sum *sum = arg;
    const struct slice parts[] = {BYTES(sum->hash), line};
    uint8_t next[32];
    blake2b(next, sizeof(next), parts, COUNT_OF(parts));
    memcpy(sum->hash, next, sizeof(next));
    sum->lines++;
}

static enum err same(struct sql_store *from, struct sql_store *to, struct err_note *note)
{
    struct sum a = {0}, b = {0};
    for (size_t i = 1; i < COUNT_OF(tables); i++) { /* the first one holds the mark */
        int64_t here = 0, there = 0;
        enum err e = count_rows(from, &tables[i], &here);
        e = e ? e : count_rows(to, &tables[i], &there);
        if (e) {
            return e;
        }
        if (here != there) {
            return err_note(note,
                            ERR_CORRUPT,
                            "table %s has %" PRId64 " rows, its copy %" PRId64
                            ": was the ledger used meanwhile? Empty the target and begin again",
                            tables[i].name,
                            here,
                            there);
        }
    }
    enum err e = store_dump(&from->base, add_line, &a, note);
    e = e ? e : store_dump(&to->base, add_line, &b, note);
    if (!e && memcmp(&a, &b, sizeof(a)) != 0) {
        e = err_note(note,
                     ERR_CORRUPT,
                     "the copy's canonical dump is another: empty the target and begin again");
    }
    return e;
}

enum err
store_copy(struct store *from, struct store *to, struct store_copy *copy, struct err_note *note)
{
    struct sql_store *a = sql_of(from), *b = sql_of(to);
    int64_t skus = 0, events = 0;
    bool is_partial = false;
    enum err e = store_copy_is_partial(to, &is_partial);
    e = e ? e : count_rows(b, &tables[1], &skus);
    e = e ? e : to->ops->counts(to, &events, &(int64_t){0});
    if (!e && !is_partial && (skus || events)) {
        return err_note(note, ERR_USAGE, "the target has a ledger of its own: give an empty one");
    }
    copy->rows = copy->before = 0;
    e = e ? e : set_mark(b, 1);
    for (size_t i = 1; !e && i < COUNT_OF(tables); i++) {
        e = copy_table(a, b, &tables[i], copy);
    }
    /* What is kept by key alone comes last, and is small. */
    int64_t gone = 0;
    struct sql_stmt *q = e ? NULL : sql_bind(a, SQL_META_GET, "t", SLICE("listing_gone"));
    if (q && sql_step(a, q) == ERR_OK) {
        gone = col_int(q, 0);
    }
    if (q) {
        sql_reset(q);
    }
    e = e ? e : b->ops.begin(to);
    if (!e) {
        e = gone ? sql_run(b, sql_bind(b, SQL_LISTING_GONE, "i", gone)) : ERR_OK;
        e = e || !b->driver->adopt ? e : b->driver->adopt(b);
        e = e ? e : b->ops.commit(to, 0);
        b->ops.rollback(to);
    }
    e = e ? e : same(a, b, note);
    e = e ? e : set_mark(b, 0);
    if (e && !note->text[0]) {
        (void)err_note(note, e, "the copy broke off: %s; begin again, it goes on", err_text(e));
    }
    return e;
}
