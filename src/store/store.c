/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

bool rows_add(struct rows *rows, struct arena *arena, void *row)
{
    if (!row) {
        return false;
    }
    if (rows->count == rows->cap) {
        size_t cap = rows->cap ? rows->cap * 2 : 8;
        void **items = ARENA_ARRAY(arena, cap, void *);
        if (!items) {
            return false;
        }
        if (rows->count) {
            memcpy(items, rows->items, rows->count * sizeof(*items));
        }
        rows->items = items;
        rows->cap = cap;
    }
    rows->items[rows->count++] = row;
    return true;
}

void store_close(struct store *store)
{
    if (store) {
        store->ops->close(store);
    }
}

void store_interrupt(struct store *store)
{
    if (store->ops->interrupt) {
        store->ops->interrupt(store);
    }
}

static bool text_find(const char *const *texts, size_t count, struct slice text, int *out)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_is(text, texts[i])) {
            *out = (int)i;
            return true;
        }
    }
    return false;
}

static const char *const modes[] = {"off", "shadow", "live"};
static const char *const delivery_states[] = {"applied", "duplicate", "stale", "parked", "ignored"};
static const char *const push_states[] = {
    "in_flight", "confirmed", "failed", "unknown", "accepted"};
static const char *const hold_states[] = {"open", "released", "expired", "committed"};
static const char *const transfer_states[] = {"draft", "in_transit", "received", "cancelled"};
static const char *const count_states[] = {"open", "review", "posted", "cancelled"};
static const char *const scopes[] = {"read", "operate", "admin"};

const char *channel_mode_text(enum channel_mode mode)
{
    must((size_t)mode < COUNT_OF(modes));
    return modes[mode];
}

bool channel_mode_parse(struct slice text, enum channel_mode *out)
{
    int i;
    bool found = text_find(modes, COUNT_OF(modes), text, &i);
    *out = found ? (enum channel_mode)i : *out;
    return found;
}

const char *delivery_state_text(enum delivery_state state)
{
    must((size_t)state < COUNT_OF(delivery_states));
    return delivery_states[state];
}

bool delivery_state_parse(struct slice text, enum delivery_state *out)
{
    int i;
    bool found = text_find(delivery_states, COUNT_OF(delivery_states), text, &i);
    *out = found ? (enum delivery_state)i : *out;
    return found;
}

const char *push_state_text(enum push_state state)
{
    must((size_t)state < COUNT_OF(push_states));
    return push_states[state];
}

const char *difference_cause_text(enum difference_cause cause)
{
    static const char *const texts[] = {[CAUSE_UNKNOWN] = "unknown",
                                        [CAUSE_FOREIGN] = "foreign_write",
                                        [CAUSE_OURS] = "late_write",
                                        [CAUSE_FLAG] = "flag",
                                        [CAUSE_LATE_SHOP] = "late_shop",
                                        [CAUSE_LATE_EVENT] = "late_event"};
    must((size_t)cause < COUNT_OF(texts));
    return texts[cause];
}

const char *hold_state_text(enum hold_state state)
{
    must((size_t)state < COUNT_OF(hold_states));
    return hold_states[state];
}

const char *transfer_state_text(enum transfer_state state)
{
    must((size_t)state < COUNT_OF(transfer_states));
    return transfer_states[state];
}

bool transfer_state_parse(struct slice text, enum transfer_state *out)
{
    int i;
    bool found = text_find(transfer_states, COUNT_OF(transfer_states), text, &i);
    *out = found ? (enum transfer_state)i : *out;
    return found;
}

const char *count_state_text(enum count_state state)
{
    must((size_t)state < COUNT_OF(count_states));
    return count_states[state];
}

bool count_state_parse(struct slice text, enum count_state *out)
{
    int i;
    bool found = text_find(count_states, COUNT_OF(count_states), text, &i);
    *out = found ? (enum count_state)i : *out;
    return found;
}

const char *asked_via_text(enum asked_via via)
{
    static const char *const texts[] = {"token", "session", "cli", "setup"};
    must((size_t)via < COUNT_OF(texts));
    return texts[via];
}

const char *scope_text(enum token_scope scope)
{
    must((size_t)scope < COUNT_OF(scopes));
    return scopes[scope];
}

bool scope_parse(struct slice text, enum token_scope *out)
{
    int i;
    bool found = text_find(scopes, COUNT_OF(scopes), text, &i);
    *out = found ? (enum token_scope)i : *out;
    return found;
}
