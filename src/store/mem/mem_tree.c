/* SPDX-License-Identifier: Apache-2.0 */
#include "store/mem/mem_tree.h"
#include "base/crypto.h"

struct mem_node {
    struct mem_node *left, *right;
    void *value;
    uint64_t priority; /* a heap by it: above both children */
    size_t key_n;
    char key[];
};

/* ---- cells ---- */

static struct mem_cell *cell_of(void *body)
{
    return (struct mem_cell *)body - 1;
}

void *mem_cell_new(struct mem_space *space, size_t n)
{
    struct mem_cell *cell = calloc(1, sizeof(*cell) + n);
    if (!cell) {
        return NULL;
    }
    cell->stamp = space->stamp;
    cell->next = space->made;
    space->made = cell;
    return cell + 1;
}

void mem_cell_drop(struct mem_space *space, void *body)
{
    struct mem_cell *cell = cell_of(body);
    if (cell->stamp == space->stamp) {
        cell->is_dead = true; /* nobody else ever saw it; it stays among `made` */
        return;
    }
    cell->next = space->dropped;
    space->dropped = cell;
}

static void free_all(struct mem_cell *cell)
{
    while (cell) {
        struct mem_cell *next = cell->next;
        free(cell);
        cell = next;
    }
}

void mem_space_commit(struct mem_space *space)
{
    for (struct mem_cell *cell = space->made; cell;) {
        struct mem_cell *next = cell->next;
        cell->next = NULL;
        if (cell->is_dead) {
            free(cell);
        }
        cell = next;
    }
    while (space->dropped) {
        struct mem_cell *cell = space->dropped;
        space->dropped = cell->next;
        cell->next = space->waiting;
        space->waiting = cell;
    }
    space->made = NULL;
    space->stamp++;
    mem_space_collect(space);
}

void mem_space_rollback(struct mem_space *space)
{
    free_all(space->made);
    space->made = NULL;
    space->dropped = NULL; /* still part of the state that holds */
    space->stamp++;
}

void mem_space_collect(struct mem_space *space)
{
    if (space->snapshots == 0) {
        free_all(space->waiting);
        space->waiting = NULL;
    }
}

/* ---- the tree ---- */

static struct slice key_of(const struct mem_node *node)
{
    return (struct slice){node->key, node->key_n};
}

static struct mem_node *
node_new(struct mem_space *space, struct slice key, void *value, uint64_t priority)
{
    struct mem_node *node = mem_cell_new(space, sizeof(*node) + key.n);
    if (node) {
        node->value = value;
        node->priority = priority;
        node->key_n = key.n;
        memcpy(node->key, key.p, key.n);
    }
    return node;
}

/* The node itself when this transaction made it, else a copy in its place. */
static struct mem_node *own(struct mem_space *space, struct mem_node *node)
{
    if (cell_of(node)->stamp == space->stamp) {
        return node;
    }
    struct mem_node *copy = node_new(space, key_of(node), node->value, node->priority);
    if (copy) {
        copy->left = node->left;
        copy->right = node->right;
        mem_cell_drop(space, node);
    }
    return copy;
}

static uint64_t priority_of(struct slice key)
{
    uint8_t digest[16];
    uint64_t priority;
    blake2b(digest, sizeof(digest), &key, 1);
    memcpy(&priority, digest, sizeof(priority));
    return priority;
}

void *mem_tree_get(const struct mem_node *root, struct slice key)
{
    while (root) {
        int order = slice_compare(key, key_of(root));
        if (order == 0) {
            return root->value;
        }
        root = order < 0 ? root->left : root->right;
    }
    return NULL;
}

/* Splits into keys below and above; `key` itself is in neither. Owns the nodes on its way. */
static bool split(struct mem_space *space,
                  struct mem_node *node,
                  struct slice key,
                  struct mem_node **out_below,
                  struct mem_node **out_above)
{
    while (node) {
        node = own(space, node);
        if (!node) {
            return false;
        }
        if (slice_compare(key_of(node), key) < 0) {
            *out_below = node;
            out_below = &node->right;
            node = node->right;
        } else {
            *out_above = node;
            out_above = &node->left;
            node = node->left;
        }
    }
    *out_below = NULL;
    *out_above = NULL;
    return true;
}

bool mem_tree_put(struct mem_space *space, struct mem_node **root, struct slice key, void *value)
{
    const uint64_t priority = priority_of(key);
    const bool is_known = mem_tree_get(*root, key) != NULL;
    struct mem_node **at = root;
    must(value);
    while (*at && (is_known || (*at)->priority >= priority)) {
        struct mem_node *node = own(space, *at);
        if (!node) {
            return false;
        }
        *at = node;
        int order = slice_compare(key, key_of(node));
        if (order == 0) {
            node->value = value;
            return true;
        }
        at = order < 0 ? &node->left : &node->right;
    }
    struct mem_node *node = node_new(space, key, value, priority);
    if (!node || !split(space, *at, key, &node->left, &node->right)) {
        return false;
    }
    *at = node;
    return true;
}

/* All of `below` lies before all of `above`. */
static bool
join(struct mem_space *space, struct mem_node *below, struct mem_node *above, struct mem_node **out)
{
    while (below && above) {
        struct mem_node **top = below->priority >= above->priority ? &below : &above;
        struct mem_node *node = own(space, *top);
        if (!node) {
            return false;
        }
        *out = node;
        if (top == &below) {
            out = &node->right;
            below = node->right;
        } else {
            out = &node->left;
            above = node->left;
        }
    }
    *out = below ? below : above;
    return true;
}

bool mem_tree_remove(struct mem_space *space, struct mem_node **root, struct slice key)
{
    struct mem_node **at = root;
    if (!mem_tree_get(*root, key)) {
        return true;
    }
    for (;;) {
        int order = slice_compare(key, key_of(*at));
        if (order == 0) {
            struct mem_node *gone = *at;
            struct mem_node *left = gone->left, *right = gone->right;
            mem_cell_drop(space, gone);
            return join(space, left, right, at);
        }
        struct mem_node *node = own(space, *at);
        if (!node) {
            return false;
        }
        *at = node;
        at = order < 0 ? &node->left : &node->right;
    }
}

void mem_tree_free(struct mem_node *root, bool with_values)
{
    if (!root) {
        return;
    }
    mem_tree_free(root->left, with_values);
    mem_tree_free(root->right, with_values);
    if (with_values) {
        free(cell_of(root->value));
    }
    free(cell_of(root));
}

static bool walk(const struct mem_node *node,
                 struct slice from,
                 bool down,
                 bool (*visit)(void *arg, struct slice key, void *value),
                 void *arg)
{
    if (!node) {
        return true;
    }
    int order = slice_compare(key_of(node), from);
    bool is_in = down ? order <= 0 : order >= 0;
    const struct mem_node *first = down ? node->right : node->left;
    const struct mem_node *second = down ? node->left : node->right;
    /* Beyond `from` in its direction lies nothing of interest on the near side. */
    if (is_in && (!walk(first, from, down, visit, arg) || !visit(arg, key_of(node), node->value))) {
        return false;
    }
    return walk(second, from, down, visit, arg);
}

void mem_tree_walk(const struct mem_node *root,
                   struct slice from,
                   bool down,
                   bool (*visit)(void *arg, struct slice key, void *value),
                   void *arg)
{
    (void)walk(root, from, down, visit, arg);
}
