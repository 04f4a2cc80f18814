/* SPDX-License-Identifier: Apache-2.0 */
#include "core/transfer.h"

int64_t transfer_under_way(const struct transfer_line *line)
{
    return line->quantity - line->received - line->damaged - line->missing;
}

int64_t transfer_under_way_all(const struct transfer *transfer)
{
    int64_t units = 0;
    for (size_t i = 0; i < transfer->lines_count; i++) {
        units += transfer_under_way(&transfer->lines[i]);
    }
    return units;
}

static void post(const struct transfer *transfer,
                 const struct transfer_line *line,
                 enum movement_kind kind,
                 struct account_of from,
                 struct account_of to,
                 int64_t quantity,
                 int64_t happened_at_us,
                 struct ledger *ledger)
{
    if (quantity == 0 || ledger->exhausted) {
        return;
    }
    bool is_damage = to.bucket == BUCKET_UNAVAILABLE;
    ledger_post(ledger,
                &(struct movement){.kind = kind,
                                   .sku = line->sku,
                                   .from = from,
                                   .to = to,
                                   .quantity = quantity,
                                   .reason = is_damage ? SLICE(REASON_DAMAGED) : SLICE(""),
                                   .reference = transfer->reference,
                                   .happened_at_us = happened_at_us});
}

bool transfer_ship(const struct transfer *transfer,
                   int64_t happened_at_us,
                   struct ledger *ledger,
                   int64_t *lacks)
{
    const struct account_of here = {transfer->from, BUCKET_AVAILABLE};
    const struct account_of away = {transfer->to, BUCKET_IN_TRANSIT};
    bool is_short = false;
    for (size_t i = 0; i < transfer->lines_count; i++) {
        const struct transfer_line *line = &transfer->lines[i];
        const struct stock *row = stock_set_find(ledger->stock, line->sku, transfer->from);
        int64_t there = row && row->available > 0 ? row->available : 0;
        bool was_counted = row && row->counted_at_us > stamp_end_us(happened_at_us);
        lacks[i] = line->quantity > there && !was_counted ? line->quantity - there : 0;
        is_short |= lacks[i] > 0;
    }
    for (size_t i = 0; i < transfer->lines_count && !is_short; i++) {
        const struct transfer_line *line = &transfer->lines[i];
        post(transfer, line, MOVE_TRANSFER_OUT, here, away, line->quantity, happened_at_us, ledger);
    }
    return !is_short;
}

bool transfer_receive(struct transfer *transfer,
                      const struct transfer_arrival *arrivals,
                      int64_t happened_at_us,
                      struct ledger *ledger,
                      size_t *out_line)
{
    const struct account_of away = {transfer->to, BUCKET_IN_TRANSIT};
    const struct account_of here = {transfer->to, BUCKET_AVAILABLE};
    const struct account_of broken = {transfer->to, BUCKET_UNAVAILABLE};
    const struct account_of lost = {.bucket = BUCKET_OUTSIDE};
    for (size_t i = 0; i < transfer->lines_count; i++) {
        const struct transfer_arrival *a = &arrivals[i];
        must(a->received >= 0 && a->damaged >= 0 && a->missing >= 0);
        if (a->received + a->damaged + a->missing > transfer_under_way(&transfer->lines[i])) {
            *out_line = i;
            return false;
        }
    }
    for (size_t i = 0; i < transfer->lines_count; i++) {
        const struct transfer_arrival *a = &arrivals[i];
        struct transfer_line *line = &transfer->lines[i];
        int64_t at_us = happened_at_us;
        post(transfer, line, MOVE_TRANSFER_IN, away, here, a->received, at_us, ledger);
        post(transfer, line, MOVE_TRANSFER_DAMAGED, away, broken, a->damaged, at_us, ledger);
        post(transfer, line, MOVE_TRANSFER_SHORT, away, lost, a->missing, at_us, ledger);
        line->received += a->received;
        line->damaged += a->damaged;
        line->missing += a->missing;
    }
    return true;
}

void transfer_call_back(const struct transfer *transfer,
                        int64_t happened_at_us,
                        struct ledger *ledger)
{
    const struct account_of away = {transfer->to, BUCKET_IN_TRANSIT};
    const struct account_of home = {transfer->from, BUCKET_AVAILABLE};
    for (size_t i = 0; i < transfer->lines_count; i++) {
        const struct transfer_line *line = &transfer->lines[i];
        post(transfer,
             line,
             MOVE_TRANSFER_CANCEL,
             away,
             home,
             transfer_under_way(line),
             happened_at_us,
             ledger);
    }
}
