/* SPDX-License-Identifier: Apache-2.0 */
/* What the rows of each table are made of, and by which keys they are found. */
#include "store/mem/mem_internal.h"

/* ---- keys ---- */

/* Big-endian with the sign flipped: bytes then compare like numbers. */
static void key_int(struct buf *out, int64_t value)
{
    uint64_t bits = (uint64_t)value ^ (UINT64_C(1) << 63);
    char bytes[8];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (char)(bits >> (56 - 8 * i) & 0xff);
    }
    buf_put(out, bytes, sizeof(bytes));
}

/* Ends with a mark below every byte that could follow; a NUL inside is escaped above it. */
static void key_text(struct buf *out, struct slice text)
{
    for (size_t i = 0; i < text.n; i++) {
        buf_char(out, text.p[i]);
        if (text.p[i] == '\0') {
            buf_char(out, '\xff');
        }
    }
    buf_put(out, "\0\1", 2);
}

void mem_key_list(struct buf *out, const char *format, va_list args)
{
    for (; *format; format++) {
        if (*format == 'i') {
            key_int(out, va_arg(args, int64_t));
        } else {
            must(*format == 't');
            key_text(out, va_arg(args, struct slice));
        }
    }
}

void mem_key(struct buf *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    mem_key_list(out, format, args);
    va_end(args);
}

struct keys {
    struct buf *key;
    mem_key_fn *each;
    void *arg;
    enum err err;
};

static void emit(struct keys *k, int tree, const char *format, ...)
{
    if (k->err) {
        return;
    }
    va_list args;
    va_start(args, format);
    buf_clear(k->key);
    mem_key_list(k->key, format, args);
    va_end(args);
    k->err = k->key->overflow ? ERR_LIMIT : k->each(k->arg, tree, buf_view(k->key));
}

#define BYTES(array) ((struct slice){(const char *)(array), sizeof(array)})

static void sku_keys(const void *item, struct keys *k)
{
    const struct mem_sku *sku = item;
    emit(k, TABLE_SKU, "i", sku->row.id.v);
    emit(k, INDEX_SKU_CODE, "t", sku->row.code_key);
    for (size_t i = 0; i < sku->row.parts_count; i++) {
        emit(k, INDEX_SKU_PART, "ii", sku->row.parts[i].sku.v, sku->row.id.v);
    }
}

static void location_keys(const void *item, struct keys *k)
{
    const struct location_row *row = item;
    emit(k, TABLE_LOCATION, "i", row->id.v);
    emit(k, INDEX_LOCATION_CODE, "t", row->code);
}

static void channel_keys(const void *item, struct keys *k)
{
    const struct channel_row *row = item;
    emit(k, TABLE_CHANNEL, "i", row->id.v);
    emit(k, INDEX_CHANNEL_CODE, "t", row->code);
}

static void listing_keys(const void *item, struct keys *k)
{
    const struct listing_row *row = item;
    emit(k, TABLE_LISTING, "i", row->id.v);
    emit(k, INDEX_LISTING_KEY, "iti", row->channel.v, row->key, row->location.v);
    emit(k, INDEX_LISTING_STOCK_KEY, "iti", row->channel.v, row->stock_key, row->id.v);
    emit(k, INDEX_LISTING_SKU, "ii", row->sku.v, row->id.v);
}

static void stock_keys(const void *item, struct keys *k)
{
    const struct mem_stock *row = item;
    emit(k, TABLE_STOCK, "ii", row->sku, row->location);
}

static void reason_keys(const void *item, struct keys *k)
{
    const struct mem_reason *row = item;
    emit(k, TABLE_STOCK_REASON, "iit", row->sku, row->location, row->reason);
}

static void order_keys(const void *item, struct keys *k)
{
    const struct mem_order *row = item;
    emit(k, TABLE_ORDER, "i", row->n);
    emit(k, INDEX_ORDER_ID, "it", row->channel, row->id);
}

static void parked_keys(const void *item, struct keys *k)
{
    const struct parked_row *row = item;
    emit(k, TABLE_PARKED, "iti", row->channel.v, row->key, row->order);
}

static void event_keys(const void *item, struct keys *k)
{
    emit(k, TABLE_EVENT, "i", ((const struct event_row *)item)->n);
}

static void movement_keys(const void *item, struct keys *k)
{
    const struct movement_row *row = item;
    emit(k, TABLE_MOVEMENT, "i", row->n);
    emit(k, INDEX_MOVEMENT_SKU, "ii", row->movement.sku.v, row->n);
}

static void commit_keys(const void *item, struct keys *k)
{
    emit(k, TABLE_COMMIT, "i", ((const struct chain_head *)item)->commit);
}

static void delivery_keys(const void *item, struct keys *k)
{
    const struct delivery_row *row = item;
    emit(k, TABLE_DELIVERY, "i", row->n);
    emit(k, INDEX_DELIVERY_KEY, "ti", BYTES(row->key), row->n);
}

static void push_keys(const void *item, struct keys *k)
{
    const struct push_row *row = item;
    emit(k, TABLE_PUSH, "i", row->n);
    emit(k, INDEX_PUSH_SENT, "ii", row->sent_at_us, row->n);
}

static void incident_keys(const void *item, struct keys *k)
{
    const struct incident_row *row = item;
    emit(k, TABLE_INCIDENT, "i", row->n);
    if (row->is_open) {
        emit(k, INDEX_INCIDENT_OPEN, "tt", row->code, row->subject);
    }
}

static void token_keys(const void *item, struct keys *k)
{
    const struct token_row *row = item;
    emit(k, TABLE_TOKEN, "i", row->id);
    emit(k, INDEX_TOKEN_HASH, "t", BYTES(row->hash));
}

static void answer_keys(const void *item, struct keys *k)
{
    emit(k, TABLE_ANSWER, "t", BYTES(((const struct answer_row *)item)->key));
}

static void hold_keys(const void *item, struct keys *k)
{
    const struct hold_row *row = item;
    emit(k, TABLE_HOLD, "i", row->n);
    if (row->state == HOLD_OPEN) {
        emit(k, INDEX_HOLD_OWNER, "t", row->owner);
        emit(k, INDEX_HOLD_DUE, "ii", row->expires_at_us, row->n);
    }
}

static void job_keys(const void *item, struct keys *k)
{
    emit(k, TABLE_JOB, "i", ((const struct job_row *)item)->id);
}

static void alias_keys(const void *item, struct keys *k)
{
    const struct alias_row *row = item;
    emit(k, TABLE_ALIAS, "t", row->code_key);
    emit(k, INDEX_ALIAS_SKU, "iit", row->sku.v, row->since_us, row->code_key);
}

static void transfer_keys(const void *item, struct keys *k)
{
    emit(k, TABLE_TRANSFER, "i", ((const struct transfer_row *)item)->id);
}

static void count_keys(const void *item, struct keys *k)
{
    emit(k, TABLE_COUNT, "i", ((const struct count_row *)item)->id);
}

static void count_line_keys(const void *item, struct keys *k)
{
    const struct count_line_row *row = item;
    emit(k, TABLE_COUNT_LINE, "ii", row->count, row->sku.v);
}

static void checkpoint_keys(const void *item, struct keys *k)
{
    const struct checkpoint_row *row = item;
    emit(k, TABLE_CHECKPOINT, "ii", row->sku.v, row->movement);
}

static void unlinked_keys(const void *item, struct keys *k)
{
    const struct unlinked_row *row = item;
    emit(k, TABLE_UNLINKED, "it", row->channel.v, row->key);
    emit(k, INDEX_UNLINKED_CODE, "tit", row->code_key, row->channel.v, row->key);
}

static void difference_keys(const void *item, struct keys *k)
{
    const struct difference_row *row = item;
    emit(k, TABLE_DIFFERENCE, "i", row->n);
    emit(k, INDEX_DIFFERENCE_LISTING, "ii", row->listing.v, row->n);
}

static void agreement_keys(const void *item, struct keys *k)
{
    const struct agreement_row *row = item;
    emit(k, TABLE_AGREEMENT, "ii", row->channel.v, row->day);
}

static void finding_keys(const void *item, struct keys *k)
{
    const struct finding_row *row = item;
    emit(k, TABLE_FINDING, "i", row->id);
    emit(k, INDEX_FINDING_CHANNEL, "ii", row->channel.v, row->id);
}

static void opening_line_keys(const void *item, struct keys *k)
{
    const struct opening_line_row *row = item;
    emit(k, TABLE_OPENING_LINE, "ii", row->location.v, row->sku.v);
}

static void outlet_keys(const void *item, struct keys *k)
{
    emit(k, TABLE_OUTLET, "i", ((const struct outlet_row *)item)->id);
}

static void user_keys(const void *item, struct keys *k)
{
    emit(k, TABLE_USER, "i", ((const struct user_row *)item)->id);
}

static void session_keys(const void *item, struct keys *k)
{
    emit(k, TABLE_SESSION, "i", ((const struct session_row *)item)->id);
}

static void audit_keys(const void *item, struct keys *k)
{
    emit(k, TABLE_AUDIT, "i", ((const struct audit_row *)item)->n);
}

/* ---- shapes ---- */

#define TEXTS_MAX 10
#define AT(type, field) (1 + offsetof(struct type, field)) /* 0 ends the list */

static const struct {
    size_t size;
    void (*keys)(const void *item, struct keys *k);
    size_t texts[TEXTS_MAX];
} tables[TABLES] = {
    [TABLE_SKU] = {sizeof(struct mem_sku),
                   sku_keys,
                   {AT(mem_sku, row.code),
                    AT(mem_sku, row.code_key),
                    AT(mem_sku, row.title),
                    AT(mem_sku, row.product),
                    AT(mem_sku, row.options),
                    AT(mem_sku, row.barcode),
                    AT(mem_sku, recipe)}},
    [TABLE_LOCATION] = {sizeof(struct location_row),
                        location_keys,
                        {AT(location_row, code),
                         AT(location_row, name),
                         AT(location_row, country),
                         AT(location_row, region)}},
    [TABLE_CHANNEL] = {sizeof(struct channel_row),
                       channel_keys,
                       {AT(channel_row, code),
                        AT(channel_row, connector),
                        AT(channel_row, settings),
                        AT(channel_row, secrets),
                        AT(channel_row, route)}},
    [TABLE_LISTING] = {sizeof(struct listing_row),
                       listing_keys,
                       {AT(listing_row, remote),
                        AT(listing_row, key),
                        AT(listing_row, stock_key),
                        AT(listing_row, fault_reason)}},
    [TABLE_STOCK] = {sizeof(struct mem_stock), stock_keys, {0}},
    [TABLE_STOCK_REASON] = {sizeof(struct mem_reason), reason_keys, {AT(mem_reason, reason)}},
    [TABLE_ORDER] = {sizeof(struct mem_order),
                     order_keys,
                     {AT(mem_order, id), AT(mem_order, version_text), AT(mem_order, doc)}},
    [TABLE_PARKED] = {sizeof(struct parked_row), parked_keys, {AT(parked_row, key)}},
    [TABLE_EVENT] = {sizeof(struct event_row),
                     event_keys,
                     {AT(event_row, kind), AT(event_row, subject), AT(event_row, facts)}},
    [TABLE_MOVEMENT] = {sizeof(struct movement_row),
                        movement_keys,
                        {AT(movement_row, movement.reason),
                         AT(movement_row, movement.reference),
                         AT(movement_row, movement.order),
                         AT(movement_row, movement.line)}},
    [TABLE_COMMIT] = {sizeof(struct chain_head), commit_keys, {0}},
    [TABLE_DELIVERY] = {sizeof(struct delivery_row),
                        delivery_keys,
                        {AT(delivery_row, topic),
                         AT(delivery_row, reason),
                         AT(delivery_row, order),
                         AT(delivery_row, version),
                         AT(delivery_row, body)}},
    [TABLE_PUSH] = {sizeof(struct push_row), push_keys, {AT(push_row, reason)}},
    [TABLE_INCIDENT] = {sizeof(struct incident_row),
                        incident_keys,
                        {AT(incident_row, code),
                         AT(incident_row, subject),
                         AT(incident_row, channel),
                         AT(incident_row, sku),
                         AT(incident_row, order),
                         AT(incident_row, title),
                         AT(incident_row, detail),
                         AT(incident_row, action),
                         AT(incident_row, resolution),
                         AT(incident_row, resolved_by)}},
    [TABLE_TOKEN] = {sizeof(struct token_row),
                     token_keys,
                     {AT(token_row, name), AT(token_row, made_by)}},
    [TABLE_ANSWER] = {sizeof(struct answer_row), answer_keys, {AT(answer_row, body)}},
    [TABLE_HOLD] = {sizeof(struct hold_row),
                    hold_keys,
                    {AT(hold_row, owner), AT(hold_row, channel), AT(hold_row, lines)}},
    [TABLE_JOB] = {sizeof(struct job_row),
                   job_keys,
                   {AT(job_row, kind),
                    AT(job_row, state),
                    AT(job_row, error),
                    AT(job_row, result),
                    AT(job_row, review)}},
    [TABLE_ALIAS] = {sizeof(struct alias_row),
                     alias_keys,
                     {AT(alias_row, code), AT(alias_row, code_key)}},
    [TABLE_TRANSFER] = {sizeof(struct transfer_row),
                        transfer_keys,
                        {AT(transfer_row, reference), AT(transfer_row, lines)}},
    [TABLE_COUNT] = {sizeof(struct count_row),
                     count_keys,
                     {AT(count_row, reference), AT(count_row, reason)}},
    [TABLE_COUNT_LINE] = {sizeof(struct count_line_row), count_line_keys, {0}},
    [TABLE_CHECKPOINT] = {sizeof(struct checkpoint_row),
                          checkpoint_keys,
                          {AT(checkpoint_row, balances)}},
    [TABLE_UNLINKED] = {sizeof(struct unlinked_row),
                        unlinked_keys,
                        {AT(unlinked_row, key),
                         AT(unlinked_row, code_key),
                         AT(unlinked_row, item)}},
    [TABLE_DIFFERENCE] = {sizeof(struct difference_row), difference_keys, {0}},
    [TABLE_AGREEMENT] = {sizeof(struct agreement_row), agreement_keys, {0}},
    [TABLE_FINDING] = {sizeof(struct finding_row),
                       finding_keys,
                       {AT(finding_row, kind),
                        AT(finding_row, key),
                        AT(finding_row, code),
                        AT(finding_row, title),
                        AT(finding_row, remote),
                        AT(finding_row, other),
                        AT(finding_row, detail)}},
    [TABLE_OPENING_LINE] = {sizeof(struct opening_line_row), opening_line_keys, {0}},
    [TABLE_OUTLET] = {sizeof(struct outlet_row),
                      outlet_keys,
                      {AT(outlet_row, url), AT(outlet_row, secrets), AT(outlet_row, reason)}},
    [TABLE_USER] =
        {sizeof(struct user_row),
         user_keys,
         {AT(user_row, name), AT(user_row, password), AT(user_row, totp), AT(user_row, totp_next)}},
    [TABLE_SESSION] = {sizeof(struct session_row), session_keys, {0}},
    [TABLE_AUDIT] = {sizeof(struct audit_row),
                     audit_keys,
                     {AT(audit_row, actor),
                      AT(audit_row, action),
                      AT(audit_row, object),
                      AT(audit_row, detail),
                      AT(audit_row, address)}},
};

enum err
mem_keys(enum mem_table table, const void *row, struct buf *key, mem_key_fn *each, void *arg)
{
    struct keys k = {.key = key, .each = each, .arg = arg};
    tables[table].keys(row, &k);
    return k.err;
}

bool mem_row_is_sound(enum mem_table table, const void *row)
{
    if (table == TABLE_STOCK) {
        const struct mem_stock *s = row;
        return s->held >= 0 && s->reserved >= 0 && s->unavailable >= 0 && s->in_transit >= 0;
    }
    if (table == TABLE_SKU) {
        const struct sku_row *sku = &((const struct mem_sku *)row)->row;
        for (size_t i = 0; i < sku->parts_count; i++) {
            if (sku->parts[i].quantity <= 0) {
                return false;
            }
        }
    }
    return !(table == TABLE_STOCK_REASON && ((const struct mem_reason *)row)->quantity < 0) &&
           !(table == TABLE_MOVEMENT &&
             ((const struct movement_row *)row)->movement.quantity <= 0) &&
           !(table == TABLE_LISTING && ((const struct listing_row *)row)->pack_size <= 0);
}

/* ---- copies ---- */

static size_t aligned(size_t n)
{
    return (n + 15) & ~(size_t)15;
}

static struct slice *text_at(char *row, size_t at)
{
    return (struct slice *)(void *)(row + at - 1);
}

static size_t size_with_texts(enum mem_table table, const void *row)
{
    size_t n = aligned(tables[table].size);
    for (size_t i = 0; i < TEXTS_MAX && tables[table].texts[i]; i++) {
        struct slice text;
        memcpy(&text, (const char *)row + tables[table].texts[i] - 1, sizeof(text));
        n += aligned(text.n + 1);
    }
    return n;
}

/* The memory is zeroed, so every text ends with a NUL. */
static void *copy_into(enum mem_table table, const void *row, char *copy)
{
    if (!copy) {
        return NULL;
    }
    memcpy(copy, row, tables[table].size);
    char *end = copy + aligned(tables[table].size);
    for (size_t i = 0; i < TEXTS_MAX && tables[table].texts[i]; i++) {
        struct slice *text = text_at(copy, tables[table].texts[i]);
        if (text->n) {
            memcpy(end, text->p, text->n);
        }
        text->p = end;
        end += aligned(text->n + 1);
    }
    if (table == TABLE_SKU) {
        struct mem_sku *sku = (struct mem_sku *)(void *)copy;
        sku->row.parts = sku->row.parts_count ? (const void *)sku->recipe.p : NULL;
    }
    return copy;
}

void *mem_row_store(enum mem_table table, const void *row, struct mem_space *space)
{
    return copy_into(table, row, mem_cell_new(space, size_with_texts(table, row)));
}

void *mem_row_load(enum mem_table table, const void *row, struct arena *arena)
{
    return copy_into(table, row, arena_alloc(arena, size_with_texts(table, row)));
}

struct sku_row *mem_sku_load(const struct mem_sku *sku, struct arena *arena)
{
    struct mem_sku *copy = mem_row_load(TABLE_SKU, sku, arena);
    return copy ? &copy->row : NULL;
}

struct order_row *
mem_order_load(struct mem_store *m, const struct mem_order *order, struct arena *arena)
{
    struct mem_order *copy = mem_row_load(TABLE_ORDER, order, arena);
    struct order_row *row = ARENA_NEW(arena, struct order_row);
    if (!copy || !row) {
        return NULL;
    }
    row->n = copy->n;
    row->order = (struct order){.channel = {copy->channel},
                                .id = copy->id,
                                .version_text = copy->version_text,
                                .version = copy->version,
                                .placed_at_us = copy->placed_at_us,
                                .decided_at_us = copy->decided_at_us};
    memcpy(row->digest, copy->digest, sizeof(row->digest));
    return order_doc_read(copy->doc, m->parser, arena, &row->order) == ERR_OK ? row : NULL;
}
