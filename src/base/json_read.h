/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_read - strict JSON from hostile bytes.
 *
 * RFC 8259 by simdjson's DOM, plus what it leaves out: duplicate keys, NUL in text and nesting
 * beyond JSON_DEPTH_MAX are refused (RFC 8259, 4 leaves duplicates to the reader; two readers that
 * differ are an attack). Integers keep 64 bits. Values borrow from their document: they and the
 * slices they give live until the next json_parse on it or json_doc_free.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

#define JSON_DEPTH_MAX 64

#ifdef __cplusplus
extern "C" {
#endif

struct json_doc;
enum json_type {
    JSON_NONE,
    JSON_NULL,
    JSON_BOOL,
    JSON_INT,
    JSON_REAL,
    JSON_TEXT,
    JSON_ARRAY,
    JSON_OBJECT
};

/* A value inside a document. A zeroed one is JSON_NONE: absent. */
struct json {
    const void *doc;
    size_t index;
};

struct json_doc *json_doc_new(void); /* NULL when out of memory; reuse it: it keeps its buffers */
void json_doc_free(struct json_doc *doc);

/* ERR_PARSE with a note saying what is wrong; ERR_MEMORY, and then nothing is wrong with the text.
 * The text is copied: it need not outlive the call. */
MUST_USE enum err
json_parse(struct json_doc *doc, struct slice text, struct json *out, struct err_note *note);
/* Whether any json_parse of this document has ended in ERR_MEMORY since this was asked last: for
 * who hands the document on to code that says only whether it could read. */
bool json_lacked_memory(struct json_doc *doc);

enum json_type json_type(struct json v);
const char *json_type_name(enum json_type type);

/* Member of an object; absent (JSON_NONE) when v is no object or has no such key. */
struct json json_get(struct json v, const char *key);
/* The same through nested objects: json_path(v, "data", "item", NULL). */
struct json json_path(struct json v, ...) __attribute__((sentinel));

/* True and *out only when the value has that type. */
bool json_int(struct json v, int64_t *out);
bool json_bool(struct json v, bool *out);
bool json_text(struct json v, struct slice *out);
/* A whole number given as a number or as decimal text: platforms mix both. */
bool json_int_loose(struct json v, int64_t *out);
/* The id as decimal text in the arena, from an integer, decimal text, or the last part of a gid://.
 */
bool json_id(struct json v, struct arena *arena, struct slice *out);

size_t json_count(struct json v); /* members of an array or object, else 0 */

/* for (struct json_iter i = json_iter(v); json_next(&i);) uses i.key (objects) and i.value. */
struct json_iter {
    struct slice key;
    struct json value;
    const void *doc;
    size_t at, end;
    bool is_object;
};
struct json_iter json_iter(struct json v); /* of an array or object; otherwise ends at once */
bool json_next(struct json_iter *iter);

/* The value as compact JSON text, in the arena. Reals: the shortest text that reads back the same.
 */
struct slice json_copy_text(struct json v, struct arena *arena);

#ifdef __cplusplus
}
#endif
