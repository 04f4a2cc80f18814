/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal's document of an order: whatever is read can be written, and is read again as the
 * same; a damaged one is told to be.
 */
#include "fuzz.h"
#include "store/store.h"

static void write(const struct order *order, struct buf *out)
{
    buf_init(out, (size_t)16 << 20);
    order_doc_write(order, out);
    must(!out->overflow);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct json_doc *parser;
    struct arena arena;
    struct order order = {0}, again = {0};
    parser = parser ? parser : json_doc_new();
    must(parser);
    arena_init(&arena, (size_t)16 << 20);
    enum err e = order_doc_read((struct slice){(const char *)data, size}, parser, &arena, &order);
    must(e == ERR_OK || e == ERR_CORRUPT || e == ERR_LIMIT);
    if (e == ERR_OK) {
        ON_EXIT(buf_free) struct buf once;
        ON_EXIT(buf_free) struct buf twice;
        write(&order, &once);
        must(order_doc_read(buf_view(&once), parser, &arena, &again) == ERR_OK);
        write(&again, &twice);
        must(slice_equal(buf_view(&once), buf_view(&twice)));
        must(again.lines_count == order.lines_count);
        must(again.allocations_count == order.allocations_count);
        for (size_t i = 0; i < order.lines_count; i++) {
            must(again.lines[i].parts_count == order.lines[i].parts_count);
            must(memcmp(&again.lines[i].now, &order.lines[i].now, sizeof(order.lines[i].now)) == 0);
        }
    }
    arena_free(&arena);
    return 0;
}
