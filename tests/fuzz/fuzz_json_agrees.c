/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON reader beside another one (jansson): the same texts are accepted, and mean the same.
 *
 * Where the two differ, and why that is right:
 *   - nesting: ours ends at JSON_DEPTH_MAX, jansson at 2048;
 *   - whole numbers beyond 64 bits with sign: jansson refuses them; ours may read them, and then
 *     gives no integer;
 *   - a NUL byte behind a number or a word: jansson 2.14 loses it (its reader takes a NUL that it put
 *     back for an empty buffer) and accepts [1<NUL>]; ours refuses NUL wherever it stands;
 *   - a byte order mark: RFC 8259 (8.1) lets a reader skip it. Ours does, jansson does not.
 */
#include <math.h>
#include <stdlib.h>

#include "base/json_read.h"
#include "fuzz.h"
#include "other_json.h"

static void same_object(struct json ours, const void *theirs, struct arena *arena);

static void same(struct json ours, const void *theirs, struct arena *arena)
{
    int64_t number;
    bool truth;
    struct slice text;
    size_t n = 0;
    must(theirs);
    switch (other_kind(theirs)) {
    case OTHER_NULL:
        must(json_type(ours) == JSON_NULL);
        return;
    case OTHER_BOOL:
        must(json_bool(ours, &truth) && truth == other_bool(theirs));
        return;
    case OTHER_INT:
        must(json_int(ours, &number) && number == other_int(theirs));
        return;
    case OTHER_REAL:
        must(json_type(ours) == JSON_REAL);
        text = json_copy_text(ours, arena); /* reads back the same, and ends in NUL */
        must(text.p && strtod(text.p, NULL) == other_real(theirs));
        return;
    case OTHER_TEXT:
        must(json_text(ours, &text) && slice_equal(text, other_text(theirs)));
        return;
    case OTHER_ARRAY:
        must(json_type(ours) == JSON_ARRAY && json_count(ours) == other_count(theirs));
        for (struct json_iter i = json_iter(ours); json_next(&i);) {
            same(i.value, other_at(theirs, n++), arena);
        }
        return;
    case OTHER_OBJECT:
        same_object(ours, theirs, arena);
        return;
    }
}

static void same_object(struct json ours, const void *theirs, struct arena *arena)
{
    must(json_type(ours) == JSON_OBJECT && json_count(ours) == other_count(theirs));
    for (struct json_iter i = json_iter(ours); json_next(&i);) {
        same(i.value, other_get(theirs, i.key), arena);
    }
}

/* What a text is refused for that the other one takes, or the other way. */
static bool may_differ(const void *theirs, enum other_refusal why, struct slice text)
{
    return theirs ? other_depth(theirs) > JSON_DEPTH_MAX ||
                        (text.n && memchr(text.p, '\0', text.n) != NULL)
                  : why == OTHER_NUMBER_TOO_BIG || slice_starts(text, "\xEF\xBB\xBF");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct json_doc *doc;
    struct slice text = {(const char *)data, size};
    struct err_note note;
    struct json ours;
    struct arena arena;
    enum other_refusal why;

    doc = doc ? doc : json_doc_new();
    must(doc);
    enum err e = json_parse(doc, text, &ours, &note);
    void *theirs = other_parse(text, &why);
    if ((e == ERR_OK) != (theirs != NULL)) {
        must(may_differ(theirs, why, text));
    } else if (e == ERR_OK) {
        arena_init(&arena, (size_t)16 << 20);
        same(ours, theirs, &arena);
        must(other_depth(theirs) <= JSON_DEPTH_MAX);
        arena_free(&arena);
    }
    other_free(theirs);
    return 0;
}
