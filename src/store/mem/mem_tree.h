/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mem_tree - an ordered map from bytes to rows whose old states stay readable.
 *
 * A tree is a root pointer. A change copies the path from the root and leaves the old root's tree
 * as it was, so that a snapshot is a copied pointer and a rollback is forgetting the new one. Nodes
 * made by the present transaction are changed in place. (A treap: its shape depends on the keys
 * alone.)
 *
 * Every node and row is a cell. The space knows what the open transaction made and what it made
 * superfluous: commit gives the latter back as soon as no snapshot can see it, rollback the former.
 */
#pragma once
#include "base/base.h"

struct mem_cell { /* in front of every node and row */
    struct mem_cell *next;
    uint64_t stamp; /* of the transaction that made it */
    bool is_dead;
};

struct mem_space {
    uint64_t stamp; /* of the open transaction */
    struct mem_cell *made, *dropped;
    struct mem_cell *waiting; /* dropped by commits, until no snapshot is open */
    size_t snapshots;
};

void *mem_cell_new(struct mem_space *space, size_t n); /* zeroed; NULL when out of memory */
void mem_cell_drop(struct mem_space *space, void *cell);
void mem_space_commit(struct mem_space *space);
void mem_space_rollback(struct mem_space *space);
void mem_space_collect(struct mem_space *space); /* once snapshots have ended */

struct mem_node;

void *mem_tree_get(const struct mem_node *root, struct slice key); /* NULL: absent */
/* False when out of memory; the tree is then unfit for anything but a rollback. */
MUST_USE bool
mem_tree_put(struct mem_space *space, struct mem_node **root, struct slice key, void *value);
MUST_USE bool mem_tree_remove(struct mem_space *space, struct mem_node **root, struct slice key);
/* Frees all nodes, and their values too when `with_values`. */
void mem_tree_free(struct mem_node *root, bool with_values);

/* Calls visit for each value of keys from `from` on (up to `from` when it goes down), until it says
 * false. */
void mem_tree_walk(const struct mem_node *root,
                   struct slice from,
                   bool down,
                   bool (*visit)(void *arg, struct slice key, void *value),
                   void *arg);
