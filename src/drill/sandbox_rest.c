/* SPDX-License-Identifier: Apache-2.0 */
#include "drill/sandbox_rest.h"

#include "base/crypto.h"

struct rest_parts rest_parts(struct slice path)
{
    struct rest_parts parts = {.count = 0};
    struct slice one;
    while (path.n > 0) {
        slice_cut(&path, '/', &one);
        if (one.n == 0) {
            continue;
        }
        if (parts.count == REST_PARTS_MAX) {
            parts.count++;
            break;
        }
        parts.at[parts.count++] = one;
    }
    return parts;
}

bool rest_is(const struct rest_parts *parts, ...)
{
    va_list args;
    size_t i = 0;
    bool is_it = true;
    va_start(args, parts);
    for (const char *want = va_arg(args, const char *); want; want = va_arg(args, const char *)) {
        is_it =
            is_it && i < parts->count && (strcmp(want, "*") == 0 || slice_is(parts->at[i], want));
        i++;
    }
    va_end(args);
    return is_it && i == parts->count;
}

bool rest_method(const struct call *call, const char *method)
{
    return slice_is(call->x->request.method, method);
}

bool rest_query(const struct call *call, const char *name, struct slice *out)
{
    struct slice text;
    if (!http_query_get(call->x->request.query, name, &call->shop->sandbox->turn, &text) ||
        text.n == 0) {
        return false;
    }
    *out = text;
    return true;
}

bool rest_query_int(const struct call *call,
                    const char *name,
                    int64_t lo,
                    int64_t hi,
                    int64_t fallback,
                    int64_t *out)
{
    struct slice text;
    if (!rest_query(call, name, &text)) {
        *out = fallback;
        return true;
    }
    return slice_int(text, out) && *out >= lo && *out <= hi;
}

static bool is_among(struct slice name, const char *const *known, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_is(name, known[i])) {
            return true;
        }
    }
    return false;
}

struct slice rest_query_unknown(const struct call *call, const char *const *known, size_t count)
{
    struct slice query = call->x->request.query;
    while (query.n > 0) {
        struct slice pair;
        struct slice name;
        struct slice decoded;
        slice_cut(&query, '&', &pair);
        slice_cut(&pair, '=', &name);
        if (!percent_decode(&call->shop->sandbox->turn, name, &decoded) ||
            !is_among(decoded, known, count)) {
            return name;
        }
    }
    return (struct slice){0};
}

bool rest_list_has(struct slice list, struct slice text)
{
    struct slice one;
    while (list.n > 0) {
        slice_cut(&list, ',', &one);
        if (slice_equal(slice_trim(one), text)) {
            return true;
        }
    }
    return false;
}

bool rest_list_has_int(struct slice list, int64_t n)
{
    char text[24];
    int length = snprintf(text, sizeof(text), "%" PRId64, n);
    return rest_list_has(list, (struct slice){text, (size_t)length});
}

struct slice rest_key_unknown(struct json object, const char *const *known, size_t count)
{
    for (struct json_iter i = json_iter(object); json_next(&i);) {
        if (!is_among(i.key, known, count)) {
            return i.key;
        }
    }
    return (struct slice){0};
}

bool rest_body(struct call *call, struct json *out)
{
    struct err_note note;
    return !json_parse(call->shop->sandbox->doc, call->x->request.body, out, &note);
}

bool rest_form(const struct call *call, const char *name, struct slice *out)
{
    return http_query_get(call->x->request.body, name, &call->shop->sandbox->turn, out);
}

bool rest_content_is(const struct call *call, const char *type)
{
    struct slice given = call_request_header(call, "Content-Type");
    struct slice media;
    slice_cut(&given, ';', &media);
    return slice_equal_nocase(slice_trim(media), slice_of(type));
}

bool rest_bearer(const struct call *call, struct slice *out)
{
    struct slice given = call_request_header(call, "Authorization");
    if (!slice_starts(given, "Bearer ")) {
        return false;
    }
    *out = slice_from(given, 7);
    return true;
}

bool rest_basic(const struct call *call, struct slice *out_user, struct slice *out_password)
{
    struct slice given = call_request_header(call, "Authorization");
    struct slice pair;
    if (!slice_starts(given, "Basic ") ||
        !base64_decode(&call->shop->sandbox->turn, slice_from(given, 6), &pair)) {
        return false;
    }
    bool has_colon = slice_cut(&pair, ':', out_user);
    *out_password = pair;
    return has_colon;
}

struct json_writer rest_answer(struct call *call, int status, const char *type)
{
    call_plain(call, status, type, "");
    return json_writer(call->out);
}

struct json_writer rest_json(struct call *call, int status)
{
    return rest_answer(call, status, "application/json");
}

void rest_text(struct call *call, int status, const char *type, struct slice body)
{
    call_plain(call, status, type, "");
    buf_slice(call->out, body);
}

struct slice md5_hex(struct arena *arena, struct slice data)
{
    uint8_t digest[MD5_SIZE];
    md5(digest, data);
    return hex_encode(arena, (struct slice){(const char *)digest, sizeof(digest)});
}

bool rest_bucket_take(struct sandbox *sandbox, struct rest_bucket *bucket, double max, double per_s)
{
    int64_t now_us = env_mono_us(sandbox->env);
    if (bucket->at_us == 0) {
        bucket->left = max;
    } else {
        bucket->left += (double)(now_us - bucket->at_us) / (double)US_PER_S * per_s;
    }
    bucket->at_us = now_us;
    bucket->left = bucket->left > max ? max : bucket->left;
    if (bucket->left < 1) {
        return false;
    }
    bucket->left -= 1;
    return true;
}

/* ---- tokens ---- */

const char *rest_token_sell(
    struct shop *shop, struct rest_tokens *tokens, const char *prefix, int kind, int64_t life_us)
{
    struct rest_token *token = &tokens->at[tokens->made++ % REST_TOKENS];
    char uuid[40];
    uuid_make(shop->sandbox, uuid);
    snprintf(token->text, sizeof(token->text), "%s%s", prefix, uuid);
    token->dies_us = env_wall_us(shop->sandbox->env) + life_us;
    token->of = shop->token.p;
    token->kind = kind;
    return token->text;
}

const struct rest_token *
rest_token_find(const struct shop *shop, const struct rest_tokens *tokens, struct slice text)
{
    for (size_t i = 0; i < REST_TOKENS; i++) {
        const struct rest_token *token = &tokens->at[i];
        if (token->of == shop->token.p && slice_is(text, token->text)) {
            return token;
        }
    }
    return NULL;
}

bool rest_token_lives(const struct shop *shop, const struct rest_token *token)
{
    return token->dies_us > env_wall_us(shop->sandbox->env);
}

/* ---- writes that land later ---- */

struct late_task {
    struct task task;
    struct shop *shop;
    void (*done)(struct shop *shop, int64_t id);
    int64_t id;
    size_t count;
    struct late_write rows[];
};

static void late_drop(struct task *task)
{
    free(task);
}

static void late_run(struct task *task)
{
    struct late_task *late = (struct late_task *)task;
    for (size_t i = 0; i < late->count; i++) {
        const struct late_write *row = &late->rows[i];
        if (dice_permille(&late->shop->sandbox->dice, late->shop->faults.write_lose)) {
            continue;
        }
        int64_t before = *row->count;
        *row->count = row->is_relative ? before + row->quantity : row->quantity;
        item_written(row->item, before, *row->count);
        if (*row->count != before) {
            item_count_changed(row->item);
        }
    }
    if (late->done) {
        late->done(late->shop, late->id);
    }
    free(late);
}

void writes_later(struct shop *shop,
                  const struct late_write *rows,
                  size_t rows_count,
                  int64_t delay_us,
                  void (*done)(struct shop *shop, int64_t id),
                  int64_t id)
{
    struct late_task *late = calloc(1, sizeof(*late) + rows_count * sizeof(rows[0]));
    must(late != NULL);
    late->task.run = late_run;
    late->task.drop = late_drop;
    late->shop = shop;
    late->done = done;
    late->id = id;
    late->count = rows_count;
    if (rows_count > 0) {
        memcpy(late->rows, rows, rows_count * sizeof(rows[0]));
    }
    sandbox_later(shop->sandbox, &late->task, delay_us);
}

int64_t late_us(struct shop *shop)
{
    return dice_between(&shop->sandbox->dice, shop->late_us_min, shop->late_us_max);
}
