/* SPDX-License-Identifier: Apache-2.0 */
/*
 * floor - a bare C loop that writes to SQLite what the server wrote, and nothing else.
 *
 * The rows are the server's own, read back from its file: event, movement, order and delivery (its
 * compressed and sealed body included) of each order, and per commit the changed rows of stock, SKU
 * and listing and the commit's hash. They go into a new file with the same schema, statements,
 * settings (WAL, synchronous FULL) and size of commits. No socket, no JSON, no signature, no
 * compression, no look-up, no decision.
 */
#pragma once
#include "support/bench.h"

struct floor_result {
    size_t orders;
    double orders_per_s, cpu_us_per_order;
};
/* directory: of a server that has stopped. Writes at most orders_max orders in commits of
 * `orders_per_commit`. */
void floor_orders(const char *directory,
                  size_t orders_max,
                  size_t orders_per_commit,
                  struct floor_result *out);

/*
 * The rows of the last event that a running or stopped server wrote, in one transaction: the event,
 * its movements, and each changed row of stock and SKU. Time and CPU from BEGIN to the end of
 * COMMIT.
 */
struct floor_movements {
    size_t movements;
    double ms, cpu_ms;
};
void floor_movements(const char *directory, struct floor_movements *out);

/* Commits a second of: UPDATE ... WHERE available >= 1, INSERT of the hold, COMMIT; for so long. */
double floor_holds(int64_t duration_us);

/* Milliseconds of one fdatasync of 4 KB on the benchmark's disk, at permille of `count`. */
double floor_sync_ms(size_t count, int permille);

/*
 * Every column of every listing, with those of its SKU and stock, read one by one by primary key
 * from the file of a running or stopped server, on one connection with a cold cache of its own.
 */
struct floor_reading {
    size_t listings;
    double ms;
};
void floor_listings(const char *directory, struct floor_reading *out);

/* Opens the file as the server does and reads what any start must know: the head of the log, all rows
 * of stock, SKUs, channels and locations. Milliseconds. */
double floor_open_ms(const char *directory);
