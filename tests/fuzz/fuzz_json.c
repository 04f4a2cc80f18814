/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON reader: whatever it accepts can be walked, written and read again to the same text. */
#include "base/json_read.h"
#include "fuzz.h"

static size_t walk(struct json v, struct arena *arena, int depth)
{
    size_t count = 1, members = 0;
    int64_t number;
    struct slice text;

    must(depth <= JSON_DEPTH_MAX);
    must(json_type(v) != JSON_NONE);
    if (json_text(v, &text)) {
        must(text.n == 0 || memchr(text.p, '\0', text.n) == NULL);
    }
    if (json_int(v, &number)) {
        int64_t loose = 0;
        must(json_int_loose(v, &loose) && loose == number);
    }
    if (json_id(v, arena, &text)) {
        must(text.n > 0 && text.p[0] >= '0' && text.p[0] <= '9');
    }
    for (struct json_iter i = json_iter(v); json_next(&i);) {
        count += walk(i.value, arena, depth + 1);
        members++;
    }
    must(members == json_count(v));
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_doc *doc = json_doc_new();
    struct arena arena;
    struct json v;
    struct err_note note;

    must(doc);
    arena_init(&arena, (size_t)16 << 20);
    enum err e = json_parse(doc, (struct slice){(const char *)data, size}, &v, &note);
    if (e) {
        must(e == ERR_PARSE && memchr(note.text, '\0', sizeof(note.text)));
    } else {
        size_t count = walk(v, &arena, 0);
        struct slice once = json_copy_text(v, &arena);
        must(once.p);
        must(json_parse(doc, once, &v, &note) == ERR_OK);
        must(walk(v, &arena, 0) == count);
        must(slice_equal(json_copy_text(v, &arena), once));
    }
    arena_free(&arena);
    json_doc_free(doc);
    return 0;
}
