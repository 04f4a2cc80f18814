/* SPDX-License-Identifier: Apache-2.0 */
#include "push/notify_digest.h"

#include "base/times.h"
#include "engine/incident.h"

static int urgency_of(const struct digest_item *item)
{
    const struct incident_kind *kind = incident_kind(item->incident->code);
    return kind ? (int)kind->urgency : (int)URGENCY_SOON;
}

static int compare(const void *left, const void *right)
{
    const struct digest_item *a = left, *b = right;
    int by = (int)a->is_over - (int)b->is_over;
    by = by ? by : urgency_of(a) - urgency_of(b);
    return by ? by : (a->incident->n > b->incident->n) - (a->incident->n < b->incident->n);
}

void digest_sort(struct digest_item *items, size_t count)
{
    qsort(items, count, sizeof(*items), compare);
}

static size_t open_of(const struct digest_item *items, size_t count)
{
    size_t open = 0;
    for (size_t i = 0; i < count; i++) {
        open += !items[i].is_over;
    }
    return open;
}

/* On one line, whatever it holds. */
static void put_line(struct buf *out, struct slice text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        buf_char(out, (unsigned char)c < 0x20 || c == 0x7f ? ' ' : c);
    }
}

void digest_subject(const struct digest_item *items, size_t count, struct buf *out)
{
    const struct digest_item *worst = &items[0];
    size_t open = open_of(items, count), others = worst->is_over ? count : open;
    buf_text(out, "[truecount] ");
    if (worst->is_over) {
        buf_text(out, "resolved: ");
    }
    if (others > 1) { /* in front: a long title may be cut */
        buf_printf(out, "%zu incidents, ", others);
    }
    put_line(out, worst->incident->code);
    buf_text(out, ": ");
    put_line(out, worst->incident->title);
}

static void put_about(struct buf *out, const char *what, struct slice text)
{
    if (text.n) {
        buf_printf(out, ", %s ", what);
        put_line(out, text);
    }
}

static void put_said(struct buf *out, const char *what, struct slice text)
{
    if (text.n) {
        buf_printf(out, "%s: ", what);
        put_line(out, text);
        buf_char(out, '\n');
    }
}

static void put_item(struct buf *out, const struct digest_item *item)
{
    const struct incident_row *row = item->incident;
    const struct incident_kind *kind = incident_kind(row->code);
    char time[TIME_TEXT_MAX];
    buf_text(out, item->is_over ? "\nRESOLVED " : "\nOPEN ");
    put_line(out, row->code);
    buf_text(out, ": ");
    put_line(out, row->title);
    buf_printf(out,
               "\nIncident %" PRId64 " of %.*s",
               row->n,
               SLICE_ARG(time_format_s(row->opened_at_us, time)));
    put_about(out, "channel", row->channel);
    put_about(out, "SKU", row->sku);
    put_about(out, "order", row->order);
    buf_char(out, '\n');
    if (item->is_over) {
        put_said(out, "Why it is over", row->resolution);
        put_said(out, "By", row->resolved_by);
        return;
    }
    put_said(out, "What happened", row->detail);
    put_said(out, "For stock", slice_of(kind ? kind->meaning : ""));
    put_said(out, "The server", slice_of(kind ? kind->doing : ""));
    put_said(out, "What to do", row->action);
    put_said(out, "How long", slice_of(kind ? kind->until : ""));
}

void digest_body(const struct digest_item *items,
                 size_t count,
                 const char *address,
                 struct buf *out)
{
    size_t open = open_of(items, count),
           shown = count < DIGEST_SHOWN_MAX ? count : DIGEST_SHOWN_MAX;
    buf_printf(out, "Opened: %zu. Resolved: %zu.\n", open, count - open);
    for (size_t i = 0; i < shown; i++) {
        put_item(out, &items[i]);
    }
    if (count > shown) {
        buf_printf(out, "\nAnd %zu more: see GET /v1/incidents.\n", count - shown);
    }
    buf_printf(out, "\n-- \ntruecount at %s\n", address);
}
