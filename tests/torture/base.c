/* SPDX-License-Identifier: Apache-2.0 */
/* The words everything is made of: what they hold after a failure is what they say they hold. */
#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/compress.h"
#include "base/crypto.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/map.h"
#include "torture/torture.h"

#define ITEMS 200

static bool buffers(void)
{
    struct buf buf;
    char longer[2000];
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    buf_init(&buf, 1 << 20);
    for (int i = 0; i < ITEMS; i++) {
        buf_printf(&buf, "%d %s", i % 10, longer);
    }
    bool is_right = buf.overflow || buf.n == ITEMS * (2 + sizeof(longer) - 1);
    buf_free(&buf);
    return is_right;
}

static bool maps(void)
{
    struct map map;
    static int values[ITEMS];
    size_t kept = 0;
    map_init(&map);
    for (int i = 0; i < ITEMS; i++) {
        values[i] = i;
        kept += map_set(&map, MAP_KEY(&values[i]), &values[i]);
    }
    size_t found = 0;
    for (int i = 0; i < ITEMS; i++) {
        const int *value = map_get(&map, MAP_KEY(&values[i]));
        found += value && *value == i;
    }
    map_free(&map);
    return kept == found;
}

static bool documents(void)
{
    struct err_note note;
    struct json_doc *doc = json_doc_new();
    struct buf text;
    bool is_right = true;
    buf_init(&text, 1 << 20);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    for (int i = 0; i < ITEMS; i++) {
        char key[16];
        snprintf(key, sizeof(key), "k%d", i);
        json_field_int(&w, key, i);
    }
    json_end_object(&w);
    for (int nth = 0; doc && !text.overflow && nth < 3;
         nth++) { /* it is used again after a failure */
        struct json root;
        enum err e = json_parse(doc, buf_view(&text), &root, &note);
        is_right &= e ? e == ERR_MEMORY || e == ERR_LIMIT : json_count(root) == ITEMS;
    }
    json_doc_free(doc);
    buf_free(&text);
    return is_right;
}

static bool secrets(void)
{
    static const uint8_t key[SEAL_KEY_SIZE] = {1}, nonce[24] = {2};
    struct arena arena;
    struct slice sealed = {0}, opened = {0}, plain = SLICE("a secret"), bound = SLICE("row 7");
    arena_init(&arena, 1 << 20);
    enum err e = crypto_seal(key, nonce, plain, bound, &arena, &sealed);
    e = e ? e : crypto_open(key, sealed, bound, &arena, &opened);
    bool is_right = e ? e != ERR_AUTH : slice_equal(opened, plain);
    struct slice text = base64_encode(&arena, plain), back = {0};
    is_right &= !text.p || !base64_decode(&arena, text, &back) || slice_equal(back, plain);
    arena_free(&arena);
    return is_right;
}

static bool packed(void)
{
    static char plain[20000];
    struct arena arena;
    struct slice small = {0}, back = {0};
    for (size_t i = 0; i < sizeof(plain); i++) {
        plain[i] = (char)('a' + i % 7);
    }
    arena_init(&arena, (size_t)4 << 20);
    struct compressor *compressor = compressor_new();
    struct slice whole = {plain, sizeof(plain)};
    enum err e = compressor ? compress(compressor, &arena, whole, &small) : ERR_MEMORY;
    e = e ? e : decompress(&arena, small, sizeof(plain), &back);
    bool is_right = e || slice_equal(back, whole);
    compressor_free(compressor);
    arena_free(&arena);
    return is_right;
}

static enum torture_end run(size_t input, bool *out_more)
{
    static bool (*const parts[])(void) = {buffers, maps, documents, secrets, packed};
    *out_more = input + 1 < COUNT_OF(parts);
    return parts[input]() ? TORTURE_FINE : TORTURE_WRONG;
}

const struct torture_script torture_base = {.name = "base", .run = run};
