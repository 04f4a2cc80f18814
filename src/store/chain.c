/* SPDX-License-Identifier: Apache-2.0 */
#include "store/chain.h"
#include "base/crypto.h"

#define CHAIN_BYTES_MAX ((size_t)512 * 1024 * 1024)

struct chain_writer {
    struct buf events, movements;
    int64_t last_event, last_movement;
};

struct chain_writer *chain_writer_new(void)
{
    struct chain_writer *writer = calloc(1, sizeof(*writer));
    if (writer) {
        buf_init(&writer->events, CHAIN_BYTES_MAX);
        buf_init(&writer->movements, CHAIN_BYTES_MAX);
    }
    return writer;
}

void chain_writer_free(struct chain_writer *writer)
{
    if (writer) {
        buf_free(&writer->events);
        buf_free(&writer->movements);
        free(writer);
    }
}

void chain_begin(struct chain_writer *writer)
{
    buf_clear(&writer->events);
    buf_clear(&writer->movements);
    writer->last_event = 0;
    writer->last_movement = 0;
}

static void put_int(struct buf *out, int64_t value)
{
    buf_int(out, value);
    buf_char(out, ' ');
}

/* The length in front keeps two neighbouring texts apart. */
static void put_text(struct buf *out, struct slice text)
{
    buf_int(out, (int64_t)text.n);
    buf_char(out, ':');
    buf_slice(out, text);
    buf_char(out, ' ');
}

void chain_event(struct chain_writer *writer, const struct event_row *row)
{
    struct buf *out = &writer->events;
    must(row->n > writer->last_event); /* a check reads them back in this order */
    buf_char(out, 'E');
    put_int(out, row->n);
    put_int(out, row->at_us);
    put_text(out, row->kind);
    put_int(out, row->channel.v);
    put_text(out, row->subject);
    put_text(out, row->facts);
    writer->last_event = row->n;
}

void chain_movement(struct chain_writer *writer, const struct movement_row *row)
{
    struct buf *out = &writer->movements;
    const struct movement *m = &row->movement;
    must(row->n > writer->last_movement);
    buf_char(out, 'M');
    put_int(out, row->n);
    put_int(out, row->event);
    put_int(out, row->recorded_at_us);
    put_int(out, m->happened_at_us);
    put_int(out, m->kind);
    put_int(out, m->sku.v);
    put_int(out, m->from.location.v);
    put_int(out, m->from.bucket);
    put_int(out, m->from_after);
    put_int(out, m->to.location.v);
    put_int(out, m->to.bucket);
    put_int(out, m->to_after);
    put_int(out, m->quantity);
    put_text(out, m->reason);
    put_text(out, m->reference);
    put_int(out, m->channel.v);
    put_text(out, m->order);
    put_text(out, m->line);
    writer->last_movement = row->n;
}

bool chain_is_empty(const struct chain_writer *writer)
{
    return writer->events.n == 0 && writer->movements.n == 0;
}

enum err
chain_finish(struct chain_writer *writer, const struct chain_head *before, struct chain_head *out)
{
    if (writer->events.overflow || writer->movements.overflow) {
        return ERR_LIMIT;
    }
    struct chain_head head = {
        .commit = before->commit + 1,
        .last_event = writer->last_event ? writer->last_event : before->last_event,
        .last_movement = writer->last_movement ? writer->last_movement : before->last_movement,
    };
    struct slice parts[] = {{(const char *)before->hash, sizeof(before->hash)},
                            buf_view(&writer->events),
                            buf_view(&writer->movements)};
    blake2b(head.hash, sizeof(head.hash), parts, COUNT_OF(parts));
    *out = head;
    return ERR_OK;
}
