/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_rest - reading a REST call and answering it: what the strict look-alikes share. */
#pragma once
#include "drill/sandbox_inner.h"

/* The path in parts, as they were sent: "v3", "catalog", "products", "12". */
#define REST_PARTS_MAX 8
struct rest_parts {
    struct slice at[REST_PARTS_MAX];
    size_t count; /* REST_PARTS_MAX + 1: there are more */
};
struct rest_parts rest_parts(struct slice path);
/* Whether it has exactly these parts; "*" takes any. rest_is(&parts, "v2", "orders", "*", NULL). */
bool rest_is(const struct rest_parts *parts, ...) __attribute__((sentinel));

bool rest_method(const struct call *call, const char *method);
/* The decoded parameter; false when it is absent or empty. */
bool rest_query(const struct call *call, const char *name, struct slice *out);
/* A whole number between lo and hi, `fallback` when it is absent; false when it is another thing. */
bool rest_query_int(const struct call *call,
                    const char *name,
                    int64_t lo,
                    int64_t hi,
                    int64_t fallback,
                    int64_t *out);
/* The first parameter whose name is not among the known ones; {NULL,0}: all are known. */
struct slice rest_query_unknown(const struct call *call, const char *const *known, size_t count);
/* Whether the comma list holds the text, or the number. An empty list holds nothing. */
bool rest_list_has(struct slice list, struct slice text);
bool rest_list_has_int(struct slice list, int64_t n);
/* The first member of an object whose key is not among the known ones; {NULL,0}: all are known. */
struct slice rest_key_unknown(struct json object, const char *const *known, size_t count);

/* The request's body as JSON; false when it is none. */
bool rest_body(struct call *call, struct json *out);
/* A form (application/x-www-form-urlencoded): like rest_query, on the body. */
bool rest_form(const struct call *call, const char *name, struct slice *out);
/* Media type of the request's Content-Type, without parameters. */
bool rest_content_is(const struct call *call, const char *type);
/* "Authorization: Bearer TEXT", or Basic decoded; false when it is not there. */
bool rest_bearer(const struct call *call, struct slice *out);
bool rest_basic(const struct call *call, struct slice *out_user, struct slice *out_password);

/* An answer anew, with that type and an empty body for the writer. */
struct json_writer rest_answer(struct call *call, int status, const char *type);
struct json_writer rest_json(struct call *call, int status); /* application/json */
void rest_text(struct call *call, int status, const char *type, struct slice body);

/* ---- access tokens that die, bought with shop->token, which they do not outlive ---- */

#define REST_TOKENS 32
struct rest_token {
    char text[64];
    int64_t dies_us; /* wall */
    const char *of;  /* the refresh token that bought it: none other counts */
    int kind;        /* the platform's own */
};
struct rest_tokens { /* the last ones */
    struct rest_token at[REST_TOKENS];
    size_t made;
};
const char *rest_token_sell(
    struct shop *shop, struct rest_tokens *tokens, const char *prefix, int kind, int64_t life_us);
/* NULL: none was sold under that text, or another refresh token counts by now. It may be dead. */
const struct rest_token *
rest_token_find(const struct shop *shop, const struct rest_tokens *tokens, struct slice text);
bool rest_token_lives(const struct shop *shop, const struct rest_token *token);

struct slice md5_hex(struct arena *arena, struct slice data);

/* A token bucket of `max`, refilled by per_s. Takes one; false: it is empty. */
struct rest_bucket {
    double left;
    int64_t at_us;
};
bool rest_bucket_take(struct sandbox *sandbox,
                      struct rest_bucket *bucket,
                      double max,
                      double per_s);

/* ---- writes that land later ---- */

/* The shop's count of the item becomes `quantity`, in the platform's own time (late_ms_min/max). */
struct late_write {
    struct item *item;
    int64_t *count; /* which of its numbers */
    int64_t quantity;
    bool is_relative;
};
/* Copies the rows; all land at the same instant, `delay_us` from now. `done` may be NULL. */
void writes_later(struct shop *shop,
                  const struct late_write *rows,
                  size_t rows_count,
                  int64_t delay_us,
                  void (*done)(struct shop *shop, int64_t id),
                  int64_t id);
int64_t late_us(struct shop *shop); /* drawn anew each time */
