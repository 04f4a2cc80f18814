/* SPDX-License-Identifier: Apache-2.0 */
/* All changes of one batch, in one pass. */
#include "store/rows/rows_internal.h"

static enum err save_sku(struct sql_store *s, const void *item)
{
    const struct sku_row *row = item;
    enum err e = sql_run(s,
                         sql_bind(s,
                                  SQL_SKU_PUT,
                                  "ittttttiiiiii",
                                  row->id.v,
                                  row->code,
                                  row->code_key,
                                  row->title,
                                  row->product,
                                  row->options,
                                  row->barcode,
                                  row->buffer,
                                  (int64_t)row->backorder,
                                  row->stock_version,
                                  (int64_t)row->has_moved,
                                  (int64_t)row->parts_count,
                                  row->since_checkpoint));
    e = e ? e : sql_run(s, sql_bind(s, SQL_COMPONENTS_CLEAR, "i", row->id.v));
    for (size_t i = 0; !e && i < row->parts_count; i++) {
        e = sql_run(s,
                    sql_bind(s,
                             SQL_COMPONENT_PUT,
                             "iii",
                             row->id.v,
                             row->parts[i].sku.v,
                             row->parts[i].quantity));
    }
    return e;
}

static enum err save_sku_moved(struct sql_store *s, const void *item)
{
    const struct sku_row *row = item;
    return sql_run(s,
                   sql_bind(s,
                            SQL_SKU_MOVED,
                            "iiii",
                            row->id.v,
                            row->stock_version,
                            (int64_t)row->has_moved,
                            row->since_checkpoint));
}

static enum err save_location(struct sql_store *s, const void *item)
{
    const struct location_row *row = item;
    return sql_run(s,
                   sql_bind(s,
                            SQL_LOCATION_PUT,
                            "itttti",
                            row->id.v,
                            row->code,
                            row->name,
                            row->country,
                            row->region,
                            (int64_t)row->is_active));
}

static enum err save_channel(struct sql_store *s, const void *item)
{
    const struct channel_row *row = item;
    return sql_run(s,
                   sql_bind(s,
                            SQL_CHANNEL_PUT,
                            "ittiitbiiitiiiiii",
                            row->id.v,
                            row->code,
                            row->connector,
                            (int64_t)row->mode,
                            (int64_t)row->paused,
                            row->settings,
                            row->secrets,
                            row->buffer,
                            row->percent,
                            row->cap,
                            row->route,
                            row->opened_at_us,
                            row->version,
                            row->read_through_us,
                            row->cutover_at_us,
                            row->watch_until_us,
                            row->cutover_job));
}

static enum err save_listing_new(struct sql_store *s, const void *item)
{
    const struct listing_row *row = item;
    const struct expected *x = &row->expected;
    return sql_run(s,
                   sql_bind(s,
                            SQL_LISTING_PUT,
                            "iiitttiiiiiiiiiiiiiiiiiiiiiiiiiibiiiiiiiiitiii",
                            row->id.v,
                            row->channel.v,
                            row->sku.v,
                            row->remote,
                            row->key,
                            row->stock_key,
                            row->location.v,
                            row->buffer,
                            row->percent,
                            row->cap,
                            row->min_to_list,
                            row->pack_size,
                            (int64_t)row->paused,
                            row->version,
                            (int64_t)x->is_known,
                            (int64_t)x->phase,
                            x->base.lo,
                            x->base.hi,
                            x->landed.lo,
                            x->landed.hi,
                            (int64_t)x->is_guarded,
                            x->push_value,
                            x->push_compare,
                            x->left_at_us,
                            x->synced_at_us,
                            x->seq,
                            x->read_at_us,
                            (int64_t)x->is_explained,
                            x->unexplained,
                            x->unexplained_at_us,
                            x->sold_units,
                            x->sold_since_us,
                            BYTES(row->push_key),
                            row->push_n,
                            row->sellable,
                            row->computed_sku_version,
                            row->computed_policy_version,
                            row->published,
                            row->published_at_us,
                            row->observed,
                            row->observed_at_us,
                            (int64_t)row->fault,
                            row->fault_reason,
                            x->doubted_at_us,
                            x->open_until_us,
                            row->open_units));
}

/* The hot one: what sales, pushes and readings change. */
static enum err save_listing_state(struct sql_store *s, const void *item)
{
    const struct listing_row *row = item;
    const struct expected *x = &row->expected;
    return sql_run(s,
                   sql_bind(s,
                            SQL_LISTING_UPDATE,
                            "iiiiiiiiiiiiiiiiiiibiiiiiiiiitiii",
                            row->id.v,
                            (int64_t)x->is_known,
                            (int64_t)x->phase,
                            x->base.lo,
                            x->base.hi,
                            x->landed.lo,
                            x->landed.hi,
                            (int64_t)x->is_guarded,
                            x->push_value,
                            x->push_compare,
                            x->left_at_us,
                            x->synced_at_us,
                            x->seq,
                            x->read_at_us,
                            (int64_t)x->is_explained,
                            x->unexplained,
                            x->unexplained_at_us,
                            x->sold_units,
                            x->sold_since_us,
                            BYTES(row->push_key),
                            row->push_n,
                            row->sellable,
                            row->computed_sku_version,
                            row->computed_policy_version,
                            row->published,
                            row->published_at_us,
                            row->observed,
                            row->observed_at_us,
                            (int64_t)row->fault,
                            row->fault_reason,
                            x->doubted_at_us,
                            x->open_until_us,
                            row->open_units));
}

static enum err delete_listing(struct sql_store *s, const void *item)
{
    const struct listing_row *row = item;
    enum err e = sql_run(s, sql_bind(s, SQL_LISTING_DELETE, "i", row->id.v));
    /* Its id is in the log of pushes: no later listing may get it. */
    return e ? e : sql_run(s, sql_bind(s, SQL_LISTING_GONE, "i", row->id.v));
}

static enum err save_order(struct sql_store *s, const void *item)
{
    const struct order_row *row = item;
    ON_EXIT(buf_free) struct buf doc;
    buf_init(&doc, (size_t)16 * 1024 * 1024);
    order_doc_write(&row->order, &doc);
    if (doc.overflow) {
        return ERR_LIMIT;
    }
    return sql_run(s,
                   sql_bind(s,
                            SQL_ORDER_PUT,
                            "iittiiibt",
                            row->n,
                            row->order.channel.v,
                            row->order.id,
                            row->order.version_text,
                            row->order.version,
                            row->order.placed_at_us,
                            row->order.decided_at_us,
                            BYTES(row->digest),
                            buf_view(&doc)));
}

static enum err save_event(struct sql_store *s, const void *item)
{
    const struct event_row *row = item;
    chain_event(s->chain, row);
    return sql_run(s,
                   sql_bind(s,
                            SQL_EVENT_PUT,
                            "iititt",
                            row->n,
                            row->at_us,
                            row->kind,
                            row->channel.v,
                            row->subject,
                            row->facts));
}

static enum err save_movement(struct sql_store *s, const void *item)
{
    const struct movement_row *row = item;
    const struct movement *m = &row->movement;
    chain_movement(s->chain, row);
    return sql_run(s,
                   sql_bind(s,
                            SQL_MOVEMENT_PUT,
                            "iiiiiiiiiiiiittitt",
                            row->n,
                            row->event,
                            row->recorded_at_us,
                            m->happened_at_us,
                            (int64_t)m->kind,
                            m->sku.v,
                            m->from.location.v,
                            (int64_t)m->from.bucket,
                            m->from_after,
                            m->to.location.v,
                            (int64_t)m->to.bucket,
                            m->to_after,
                            m->quantity,
                            m->reason,
                            m->reference,
                            m->channel.v,
                            m->order,
                            m->line));
}

static enum err save_delivery(struct sql_store *s, const void *item)
{
    const struct delivery_row *row = item;
    if (!row->is_new) {
        return sql_run(s,
                       sql_bind(s,
                                SQL_DELIVERY_UPDATE,
                                "iittt",
                                row->n,
                                (int64_t)row->state,
                                row->reason,
                                row->order,
                                row->version));
    }
    int64_t halves[2];
    memcpy(halves, row->key, sizeof(halves));
    return sql_run(s,
                   sql_bind(s,
                            SQL_DELIVERY_PUT,
                            "iitiiiitttb",
                            row->n,
                            row->channel.v,
                            row->topic,
                            row->received_at_us,
                            halves[0],
                            halves[1],
                            (int64_t)row->state,
                            row->reason,
                            row->order,
                            row->version,
                            row->body));
}

static enum err save_push(struct sql_store *s, const void *item)
{
    const struct push_row *row = item;
    return sql_run(s,
                   sql_bind(s,
                            SQL_PUSH_PUT,
                            "iiiiiibiiiiiit",
                            row->n,
                            row->listing.v,
                            row->channel.v,
                            row->sku.v,
                            row->value,
                            row->compare,
                            BYTES(row->key),
                            (int64_t)row->state,
                            row->happened_at_us,
                            row->received_at_us,
                            row->committed_at_us,
                            row->sent_at_us,
                            row->answered_at_us,
                            row->reason));
}

static enum err save_incident(struct sql_store *s, const void *item)
{
    const struct incident_row *row = item;
    return sql_run(s,
                   sql_bind(s,
                            SQL_INCIDENT_PUT,
                            "ittitttitttiiiiitt",
                            row->n,
                            row->code,
                            row->subject,
                            (int64_t)row->is_open,
                            row->channel,
                            row->sku,
                            row->order,
                            row->delivery,
                            row->title,
                            row->detail,
                            row->action,
                            row->opened_at_us,
                            row->resolved_at_us,
                            row->times,
                            row->updated_at_us,
                            row->until_us,
                            row->resolution,
                            row->resolved_by));
}

/* What is closed goes first: it makes room for what the same batch opens under its key. */
static enum err save_incident_closed(struct sql_store *s, const void *item)
{
    return ((const struct incident_row *)item)->is_open ? ERR_OK : save_incident(s, item);
}

static enum err save_incident_open(struct sql_store *s, const void *item)
{
    return ((const struct incident_row *)item)->is_open ? save_incident(s, item) : ERR_OK;
}

static enum err save_token(struct sql_store *s, const void *item)
{
    const struct token_row *row = item;
    return sql_run(s,
                   sql_bind(s,
                            SQL_TOKEN_PUT,
                            "itbiiiiit",
                            row->id,
                            row->name,
                            BYTES(row->hash),
                            (int64_t)row->scope,
                            row->created_at_us,
                            (int64_t)row->is_revoked,
                            row->expires_at_us,
                            row->used_day,
                            row->made_by));
}

static enum err save_answer(struct sql_store *s, const void *item)
{
    const struct answer_row *row = item;
    return sql_run(s,
                   sql_bind(s,
                            SQL_ANSWER_PUT,
                            "bbiib",
                            BYTES(row->key),
                            BYTES(row->body_digest),
                            row->status,
                            row->at_us,
                            row->body));
}

static enum err save_hold(struct sql_store *s, const void *item)
{
    const struct hold_row *row = item;
    return sql_run(s,
                   sql_bind(s,
                            SQL_HOLD_PUT,
                            "ittiiit",
                            row->n,
                            row->owner,
                            row->channel,
                            (int64_t)row->state,
                            row->expires_at_us,
                            row->created_at_us,
                            row->lines));
}

static enum err save_hold_closed(struct sql_store *s, const void *item)
{
    return ((const struct hold_row *)item)->state == HOLD_OPEN ? ERR_OK : save_hold(s, item);
}

static enum err save_hold_open(struct sql_store *s, const void *item)
{
    return ((const struct hold_row *)item)->state == HOLD_OPEN ? save_hold(s, item) : ERR_OK;
}

static enum err save_job(struct sql_store *s, const void *item)
{
    const struct job_row *row = item;
    return sql_run(s,
                   sql_bind(s,
                            SQL_JOB_PUT,
                            "itttiiiitt",
                            row->id,
                            row->kind,
                            row->state,
                            row->error,
                            row->channel.v,
                            row->done,
                            row->total,
                            row->created_at_us,
                            row->result,
                            row->review));
}

static enum err save_parked(struct sql_store *s, const void *item)
{
    const struct parked_row *row = item;
    return sql_run(s, sql_bind(s, SQL_PARKED_PUT, "iti", row->channel.v, row->key, row->order));
}

static enum err delete_parked(struct sql_store *s, const void *item)
{
    const struct parked_row *row = item;
    return sql_run(s, sql_bind(s, SQL_PARKED_DELETE, "iti", row->channel.v, row->key, row->order));
}

static enum err save_stock(struct sql_store *s, const struct stock_set *set)
{
    for (size_t i = 0; i < set->rows.items_count; i++) {
        const struct stock *row = set->rows.items[i].value;
        if (!row || !row->changed) {
            continue;
        }
        enum err e = sql_run(s,
                             sql_bind(s,
                                      SQL_STOCK_PUT,
                                      "iiiiiiii",
                                      row->sku.v,
                                      row->location.v,
                                      row->available,
                                      row->held,
                                      row->reserved,
                                      row->unavailable,
                                      row->in_transit,
                                      row->counted_at_us));
        for (const struct stock_reason *r = row->reasons; !e && r; r = r->next) {
            if (r->changed) {
                e = sql_run(s,
                            sql_bind(s,
                                     SQL_STOCK_REASON_PUT,
                                     "iiti",
                                     row->sku.v,
                                     row->location.v,
                                     r->reason,
                                     r->quantity));
            }
        }
        if (e) {
            return e;
        }
    }
    return ERR_OK;
}

#define BODIES_ERASED "bodies_erased" /* the last delivery whose body is gone, with all before it */

enum err rows_erase_bodies(struct store *store, int64_t before_us, size_t limit, bool *out_more)
{
    struct sql_store *s = sql_of(store);
    must(s->is_writer && s->in_transaction && !s->is_spoilt);
    const struct slice key = SLICE(BODIES_ERASED);
    struct sql_stmt *q = sql_bind(s, SQL_META_GET, "t", key);
    enum err e = sql_step(s, q);
    int64_t after = e ? 0 : col_int(q, 0), through = after;
    size_t looked_at = 0;
    sql_reset(q);
    q = sql_bind(s, SQL_BODIES_NEXT, "ii", after, (int64_t)limit);
    while ((e = sql_step(s, q)) == ERR_OK && col_int(q, 1) < before_us) {
        through = col_int(q, 0);
        looked_at++;
    }
    sql_reset(q);
    *out_more = looked_at == limit;
    if ((e && e != ERR_NOT_FOUND) || through == after) {
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    }
    s->has_changes = true;
    e = sql_run(s, sql_bind(s, SQL_BODIES_ERASE, "ii", after, through));
    return e ? e : sql_run(s, sql_bind(s, SQL_META_PUT, "ti", key, through));
}

static enum err save_rows(struct sql_store *s,
                          const struct rows *rows,
                          enum err (*save)(struct sql_store *s, const void *item))
{
    for (size_t i = 0; i < rows->count; i++) {
        enum err e = save(s, rows->items[i]);
        if (e) {
            return e;
        }
    }
    return ERR_OK;
}

enum err rows_save(struct store *store, const struct store_changes *c)
{
    struct sql_store *s = sql_of(store);
    must(s->is_writer && s->in_transaction && !s->is_spoilt);
    s->has_changes = true;
    const struct {
        const struct rows *rows;
        enum err (*save)(struct sql_store *s, const void *item);
    } steps[] = {
        {&c->events, save_event},
        {&c->movements, save_movement},
        {&c->skus, save_sku},
        {&c->skus_moved, save_sku_moved},
        {&c->locations, save_location},
        {&c->channels, save_channel},
        {&c->listings_gone, delete_listing},
        {&c->listings, save_listing_new},
        {&c->listings_moved, save_listing_state},
        {&c->orders, save_order},
        {&c->deliveries, save_delivery},
        {&c->pushes, save_push},
        {&c->incidents, save_incident_closed},
        {&c->incidents, save_incident_open},
        {&c->tokens, save_token},
        {&c->answers, save_answer},
        {&c->holds, save_hold_closed},
        {&c->holds, save_hold_open},
        {&c->jobs, save_job},
        {&c->parked, save_parked},
        {&c->parked_gone, delete_parked},
        {&c->aliases_gone, rows_delete_alias},
        {&c->aliases, rows_save_alias},
        {&c->transfers, rows_save_transfer},
        {&c->counts, rows_save_count},
        {&c->count_lines, rows_save_count_line},
        {&c->checkpoints, rows_save_checkpoint},
        {&c->unlinked_gone, rows_delete_unlinked},
        {&c->unlinked, rows_save_unlinked},
        {&c->unlinked_older, rows_delete_unlinked_older},
        {&c->differences, rows_save_difference},
        {&c->agreements, rows_save_agreement},
        {&c->findings_gone, rows_delete_findings},
        {&c->findings, rows_save_finding},
        {&c->opening_files_gone, rows_delete_opening_file},
        {&c->opening_lines, rows_save_opening_line},
        {&c->opening_lines_gone, rows_delete_opening_line},
        {&c->outlets, rows_save_outlet},
        {&c->users, rows_save_user},
        {&c->sessions, rows_save_session},
        {&c->sessions_gone, rows_delete_session},
        {&c->audits, rows_save_audit},
        {&c->audits_gone, rows_delete_audit},
    };
    enum err e = c->stock ? save_stock(s, c->stock) : ERR_OK;
    for (size_t i = 0; !e && i < COUNT_OF(steps); i++) {
        e = save_rows(s, steps[i].rows, steps[i].save);
    }
    s->is_spoilt = e != ERR_OK;
    return e;
}
