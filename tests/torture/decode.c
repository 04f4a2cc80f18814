/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a connector reads out of a body, with all the memory there is and with less: the same facts,
 * or an arena or a document that says what it lacked (the delivery then gets a 503). Facts that lack something
 * without saying so would be lost units; "unreadable" would park what is perfectly readable.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json_read.h"
#include "channels/connector.h"
#include "support/channel_samples.h"
#include "torture/torture.h"

#define INPUTS_MAX 256

static const struct {
    const char *connector, *topic, *folder;
} sources[] = {{"shopify", "orders/updated", TC_TESTS "/data/shopify/hooks"},
               {"woocommerce", "order.updated", TC_TESTS "/fuzz/corpus/fuzz_woocommerce_hook"},
               {"bigcommerce", "", TC_TESTS "/fuzz/corpus/fuzz_bigcommerce_hook"},
               {"amazon", "queue", TC_TESTS "/fuzz/corpus/fuzz_amazon_hook"},
               {"ebay", "", TC_TESTS "/fuzz/corpus/fuzz_ebay_hook"},
               {"walmart", "", TC_TESTS "/fuzz/corpus/fuzz_walmart_hook"},
               {"tiktok", "", TC_TESTS "/fuzz/corpus/fuzz_tiktok_hook"},
               {"etsy", "", TC_TESTS "/fuzz/corpus/fuzz_etsy_hook"},
               {"api", "", TC_TESTS "/fuzz/corpus/fuzz_api_hook"}};

struct input {
    size_t source;
    char path[512];
};

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_body(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static size_t inputs_list(struct input inputs[INPUTS_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < COUNT_OF(sources); i++) {
        struct dirent **entries = NULL;
        int count = scandir(sources[i].folder, &entries, is_body, by_name);
        must(count > 0 && n + (size_t)count <= INPUTS_MAX);
        for (int k = 0; k < count; k++) {
            inputs[n].source = i;
            snprintf(inputs[n++].path, 512, "%s/%s", sources[i].folder, entries[k]->d_name);
            free(entries[k]);
        }
        free(entries);
    }
    return n;
}

/* The file from its first brace on: a fuzzer's seed begins with a byte of choices. */
static struct slice body_read(const char *path)
{
    static char bytes[1 << 20];
    FILE *file = fopen(path, "rb");
    must(file);
    size_t n = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    const char *brace = memchr(bytes, '{', n);
    size_t start = brace ? (size_t)(brace - bytes) : 0;
    return (struct slice){bytes + start, n - start};
}

static struct account account_of(const char *name, struct json_doc *doc, struct arena *arena)
{
    struct account account = {0};
    struct err_note note;
    struct json root;
    const struct connector *connector = connector_find(slice_of(name));
    must(connector);
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        if (strcmp(samples[i].name, name) == 0) {
            must(json_parse(doc, slice_of(samples[i].config), &root, &note) == ERR_OK);
            must(connector->configure(json_get(root, "settings"),
                                      json_get(root, "secrets"),
                                      SLICE("a"),
                                      false,
                                      arena,
                                      &account,
                                      &note) == ERR_OK);
        }
    }
    return account;
}

static bool orders_equal(const struct facts *a, const struct facts *b)
{
    if (a->orders_count != b->orders_count || a->observations_count != b->observations_count ||
        a->fetches_count != b->fetches_count) {
        return false;
    }
    for (size_t i = 0; i < a->orders_count; i++) {
        const struct order_snapshot *x = &a->orders[i], *y = &b->orders[i];
        bool is_equal = x->lines_count == y->lines_count && slice_equal(x->id, y->id) &&
                        slice_equal(x->version_text, y->version_text);
        for (size_t k = 0; is_equal && k < x->lines_count; k++) {
            const struct snapshot_line *l = &x->lines[k], *m = &y->lines[k];
            is_equal = l->ordered == m->ordered && l->cancelled == m->cancelled &&
                       l->fulfilled == m->fulfilled && slice_equal(l->remote, m->remote);
        }
        if (!is_equal) {
            return false;
        }
    }
    return true;
}

static enum torture_end run(size_t nth, bool *out_more)
{
    static struct input inputs[INPUTS_MAX];
    struct arena kept, arena;
    struct facts whole = {0}, less = {0};
    (void)torture_pause();
    size_t count = inputs_list(inputs);
    *out_more = nth + 1 < count;
    const struct input *input = &inputs[nth];
    struct json_doc *doc_kept = json_doc_new(), *doc = NULL;
    must(doc_kept);
    arena_init(&kept, (size_t)64 << 20);
    struct account account = account_of(sources[input->source].connector, doc_kept, &kept);
    const struct connector *connector = account.connector;
    must(connector);
    struct hook hook = {.method = SLICE("POST"),
                        .topic = slice_of(sources[input->source].topic),
                        .body = body_read(input->path),
                        .received_at_us = NOW_US};
    connector->decode(&account, &hook, doc_kept, &kept, &whole);

    torture_go_on();
    arena_init(&arena, (size_t)64 << 20);
    doc = json_doc_new();
    if (doc) {
        connector->decode(&account, &hook, doc, &arena, &less);
    }
    (void)torture_pause();
    enum torture_end end = TORTURE_FINE;
    bool is_taken = doc && !arena.exhausted && !json_lacked_memory(doc); /* as intake takes it */
    if (is_taken && less.unreadable && !whole.unreadable) {
        fprintf(stderr, "%s: parked as unreadable: %s\n", account.connector->name, less.unreadable);
        end = TORTURE_WRONG;
    } else if (is_taken && !less.unreadable && !orders_equal(&whole, &less)) {
        fprintf(stderr, "%s: other facts than with all memory\n", account.connector->name);
        end = TORTURE_WRONG;
    }
    torture_go_on(); /* what was handed out is given back under the same eyes */
    json_doc_free(doc);
    arena_free(&arena);
    (void)torture_pause();
    json_doc_free(doc_kept);
    arena_free(&kept);
    return end;
}

const struct torture_script torture_decode = {.name = "decode", .run = run};
