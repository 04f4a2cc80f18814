/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by the files of the memory store only.
 *
 * A state is one tree per table, by its primary key, and one per index; all of them lead to the
 * same rows. Rows are never changed: a new one replaces the old one in every tree. So a state is a
 * handful of pointers, a transaction works on a copy of them, and commit publishes the copy.
 */
#pragma once
#include <pthread.h>

#include "store/chain.h"
#include "store/mem/mem_tree.h"
#include "store/store.h"

enum mem_table {
    TABLE_SKU, /* struct mem_sku */
    TABLE_LOCATION,
    TABLE_CHANNEL,
    TABLE_LISTING,
    TABLE_STOCK,        /* struct mem_stock */
    TABLE_STOCK_REASON, /* struct mem_reason */
    TABLE_ORDER,        /* struct mem_order */
    TABLE_PARKED,
    TABLE_EVENT,
    TABLE_MOVEMENT,
    TABLE_COMMIT, /* struct chain_head */
    TABLE_DELIVERY,
    TABLE_PUSH,
    TABLE_INCIDENT,
    TABLE_TOKEN,
    TABLE_ANSWER,
    TABLE_HOLD,
    TABLE_JOB,
    TABLE_ALIAS,
    TABLE_TRANSFER,
    TABLE_COUNT,
    TABLE_COUNT_LINE,
    TABLE_CHECKPOINT,
    TABLE_UNLINKED,
    TABLE_DIFFERENCE,
    TABLE_AGREEMENT,
    TABLE_FINDING,
    TABLE_OPENING_LINE,
    TABLE_OUTLET,
    TABLE_USER,
    TABLE_SESSION,
    TABLE_AUDIT,
    TABLES,
    INDEX_SKU_CODE = TABLES,
    INDEX_SKU_PART, /* (part, bundle) */
    INDEX_LOCATION_CODE,
    INDEX_CHANNEL_CODE,
    INDEX_LISTING_KEY,
    INDEX_LISTING_STOCK_KEY,
    INDEX_LISTING_SKU,
    INDEX_ORDER_ID,
    INDEX_MOVEMENT_SKU,
    INDEX_DELIVERY_KEY,
    INDEX_PUSH_SENT,
    INDEX_INCIDENT_OPEN,
    INDEX_TOKEN_HASH,
    INDEX_HOLD_OWNER, /* open ones */
    INDEX_HOLD_DUE,   /* open ones */
    INDEX_ALIAS_SKU,  /* by age */
    INDEX_UNLINKED_CODE,
    INDEX_DIFFERENCE_LISTING,
    INDEX_FINDING_CHANNEL,
    TREES
};

struct mem_sku {
    struct sku_row row;
    struct slice recipe; /* the bytes of its components */
};
struct mem_stock {
    int64_t sku, location, available, held, reserved, unavailable, in_transit, counted_at_us;
};
struct mem_reason {
    int64_t sku, location, quantity;
    struct slice reason;
};
struct mem_order {
    int64_t n, channel, version, placed_at_us, decided_at_us;
    struct slice id, version_text, doc;
    uint8_t digest[16];
};

struct mem_state {
    struct mem_node *trees[TREES];
    struct chain_head head;
    int64_t events, movements;
};

struct mem_db { /* shared by the writer and its readers */
    pthread_mutex_t lock;
    struct mem_state state; /* committed */
    struct mem_space space;
    size_t handles;
};

struct mem_store {
    struct store base; /* first: a store is one of these */
    struct store_ops ops;
    struct mem_db *db;
    bool is_writer, in_transaction;
    bool is_spoilt; /* a save failed: only a rollback may follow */
    bool was_committed;
    struct mem_state state; /* of the open transaction, or the reader's snapshot */
    int64_t ids[ID_KINDS];
    struct chain_writer *chain;
    struct json_doc *parser;
    struct buf key; /* scratch */
};

static inline struct mem_store *mem_of(struct store *store)
{
    return (struct mem_store *)store;
}

/* The state an operation reads: its transaction's, else the committed one, locked meanwhile. */
struct mem_view {
    const struct mem_state *state;
    struct mem_db *locked;
};
struct mem_view mem_view(struct mem_store *m);
void mem_view_end(struct mem_view *view); /* fits ON_EXIT */

/* ---- keys and rows ---- */

/* Appends a key by format, one letter a part: i int64_t, t struct slice. Keys compare like their
 * parts, and one is a prefix of another exactly when its parts are. */
void mem_key(struct buf *out, const char *format, ...);
void mem_key_list(struct buf *out, const char *format, va_list args);

/* Calls each(arg, tree, key) for every key of a row, the primary one first, until it says no. */
typedef enum err mem_key_fn(void *arg, int tree, struct slice key);
enum err
mem_keys(enum mem_table table, const void *row, struct buf *key, mem_key_fn *each, void *arg);

/* Would a database's checks take it? */
bool mem_row_is_sound(enum mem_table table, const void *row);
/* A copy of the row and all its text in one piece: of the space, or of the arena. */
void *mem_row_store(enum mem_table table, const void *row, struct mem_space *space);
void *mem_row_load(enum mem_table table, const void *row, struct arena *arena);

/* Rows as the interface gives them, in the arena; NULL when it is exhausted. */
struct sku_row *mem_sku_load(const struct mem_sku *sku, struct arena *arena);
struct order_row *
mem_order_load(struct mem_store *m, const struct mem_order *order, struct arena *arena);

/* ---- reading ---- */

const void *
mem_get(struct mem_store *m, const struct mem_view *view, int tree, const char *format, ...);

/* A walk over a tree: from a key on, within a prefix, through a filter, up to a limit. */
struct mem_scan {
    struct mem_store *m;
    const struct mem_view *view;
    int tree;
    size_t limit;
    bool down;
    bool beyond; /* the key it starts from is not part of it */
    bool (*wants)(const void *arg, const void *row);
    bool stops; /* at the first unwanted row, instead of passing over it */
    void *(*load)(struct mem_store *m, const void *row, struct arena *arena);
    const void *arg;
    /* Filled in by mem_scan. */
    struct slice from;
    size_t prefix_n, found;
    struct arena *arena;
    struct rows *out;
    enum err err;
};
/* `prefix_parts` of the key's parts must stay the same. */
enum err mem_scan(struct mem_scan *scan,
                  struct arena *arena,
                  struct rows *out,
                  size_t prefix_parts,
                  const char *format,
                  ...);

/* ---- parts of the operations table, by file ---- */
void mem_load_ops(struct store_ops *ops);
void mem_list_ops(struct store_ops *ops);
void mem_stock_ops(struct store_ops *ops);
void mem_evidence_ops(struct store_ops *ops);
void mem_doctor_ops(struct store_ops *ops);
void mem_outlet_ops(struct store_ops *ops);
void mem_access_ops(struct store_ops *ops);
void mem_sku_list_ops(struct store_ops *ops);
enum err mem_erase_bodies(struct store *store, int64_t before_us, size_t limit, bool *out_more);
enum err mem_save(struct store *store, const struct store_changes *changes);
enum err mem_forget_balances(struct store *store);
/* Loaders for scans. */
void *mem_load_sku(struct mem_store *m, const void *row, struct arena *arena);
void *mem_load_listing(struct mem_store *m, const void *row, struct arena *arena);
void *mem_load_order(struct mem_store *m, const void *row, struct arena *arena);
void *mem_load_parked(struct mem_store *m, const void *row, struct arena *arena);
void *mem_load_hold(struct mem_store *m, const void *row, struct arena *arena);

/* Reads one row into the arena, or none. */
#define MEM_ONE(m, out, table, load, ...)                                                          \
    do {                                                                                           \
        ON_EXIT(mem_view_end) struct mem_view view_ = mem_view(m);                                 \
        const void *row_ = mem_get((m), &view_, (table), __VA_ARGS__);                             \
        *(out) = NULL;                                                                             \
        if (!row_) {                                                                               \
            return ERR_OK;                                                                         \
        }                                                                                          \
        *(out) = load((m), row_, arena);                                                           \
        return *(out) ? ERR_OK : arena->exhausted ? ERR_LIMIT : ERR_CORRUPT;                       \
    } while (0)

/* A loader for scans, of rows that are kept as they are given. */
#define MEM_COPY_LOADER(name, table)                                                               \
    static void *name(struct mem_store *m, const void *row, struct arena *arena)                   \
    {                                                                                              \
        (void)m;                                                                                   \
        return mem_row_load(table, row, arena);                                                    \
    }
