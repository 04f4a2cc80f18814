/* SPDX-License-Identifier: Apache-2.0 */
/* openapi_walk - the operations that a running server says it has, and things for them to act on. */
#pragma once
#include "support/api_call.h"
#include "support/json_schema.h"
#include "support/served_shop.h"

struct description {
    struct json_doc *doc;
    struct arena arena;
    struct json root;
};

struct operation {
    char method[8], path[128]; /* "PATCH", "/v1/skus/{sku}" */
    struct slice id;           /* operationId */
    struct slice scope;        /* empty: needs no token */
    struct json said;
};

static inline void description_read(struct served *s, struct description *d)
{
    struct err_note note;
    d->doc = json_doc_new();
    assert_non_null(d->doc);
    arena_init(&d->arena, (size_t)16 * 1024 * 1024);
    call(s, (struct call){.method = "GET", .path = "/openapi.json"});
    served_wanted(s, 200, __FILE__, __LINE__);
    assert_int_equal(json_parse(d->doc, s->text, &d->root, &note), ERR_OK);
}

static inline void description_free(struct description *d)
{
    json_doc_free(d->doc);
    arena_free(&d->arena);
}

/* All operations, in the arena. */
static inline struct operation *description_operations(struct description *d, size_t *out_count)
{
    struct operation *list = ARENA_ARRAY(&d->arena, 256, struct operation);
    size_t n = 0;
    must(list);
    for (struct json_iter p = json_iter(json_get(d->root, "paths")); json_next(&p);) {
        for (struct json_iter m = json_iter(p.value); json_next(&m);) {
            struct operation *op = &list[n++];
            must(n < 256 && m.key.n < sizeof(op->method));
            *op = (struct operation){.said = m.value, .id = said_text(m.value, "operationId")};
            for (size_t i = 0; i < m.key.n; i++) {
                op->method[i] = (char)(m.key.p[i] - ('a' - 'A'));
            }
            (void)snprintf(op->path, sizeof(op->path), "%.*s", SLICE_ARG(p.key));
            struct json scopes = json_get(said_at(json_get(m.value, "security"), 0), "token");
            (void)json_text(said_at(scopes, 0), &op->scope);
        }
    }
    *out_count = n;
    return list;
}

static inline const struct operation *
operation_find(const struct operation *list, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_is(list[i].id, id)) {
            return &list[i];
        }
    }
    fail_msg("there is no operation %s", id);
    return NULL;
}

static inline bool operation_is(const struct operation *op, const char *method)
{
    return strcmp(op->method, method) == 0;
}

/* Who may ask for it: nobody in particular, the administrator, or a person who is logged in. */
static inline const char *operation_token(const struct operation *op, const char *session)
{
    bool is_personal = strncmp(op->path, "/v1/session", 11) == 0;
    return op->scope.n == 0 ? NULL : is_personal ? session : CHILD_TOKEN;
}

/* The schema of its JSON body; absent when it takes none. One object: the first of a choice. */
static inline struct json operation_asks(struct description *d, const struct operation *op)
{
    struct json schema =
        json_path(op->said, "requestBody", "content", "application/json", "schema", NULL);
    struct json choices = json_get(schema, "oneOf");
    return schema_at(d->root, json_count(choices) ? said_at(choices, 0) : schema);
}

/* The path with something that is not there for each parameter; false when it has none. */
static inline bool operation_path_to_nothing(const struct operation *op, char out[256])
{
    size_t n = 0;
    bool any = false;
    for (const char *c = op->path; *c && n + 8 < 256; c++) {
        if (*c == '{') {
            memcpy(out + n, "987654", 6);
            n += 6;
            any = true;
            while (*c != '}') {
                c++;
            }
        } else {
            out[n++] = *c;
        }
    }
    out[n] = '\0';
    return any;
}

/* Is the last answer of a kind, and of a form, that the operation describes? */
static inline void assert_described(struct description *d,
                                    struct served *s,
                                    const struct operation *op,
                                    struct slice type)
{
    char status[16];
    (void)snprintf(status, sizeof(status), "%d", s->status);
    struct json answer = schema_at(d->root, json_get(json_get(op->said, "responses"), status));
    if (json_type(answer) == JSON_NONE) {
        fail_msg("%s %s answers %d, which is not described: %.*s",
                 op->method,
                 op->path,
                 s->status,
                 SLICE_ARG(s->text));
    }
    struct json content = json_get(answer, "content");
    if (json_count(content) == 0) {
        assert_int_equal(s->text.n, 0);
        return;
    }
    struct json_iter i = json_iter(content);
    must(json_next(&i));
    if (slice_starts(i.key, "text/")) {
        char name[32];
        (void)snprintf(name, sizeof(name), "%.*s", SLICE_ARG(i.key));
        assert_true(slice_starts(type, name));
        return;
    }
    {
        assert_slice_at(type, i.key, op->path, __LINE__);
        struct schema_check check = {.document = d->root, .is_closed = true};
        if (!schema_holds(&check, json_get(i.value, "schema"), s->json, "")) {
            fail_msg("%s %s, %d: %s\n%.*s",
                     op->method,
                     op->path,
                     s->status,
                     check.wrong,
                     SLICE_ARG(s->text));
        }
    }
}

/* ---- a small business ---- */

/* Two locations, SKUs with stock, a bundle; our own shop, and one of the sandbox with a sale, so
 * that there are deliveries, pushes, and an incident. */
static inline struct shop *small_business(struct served *s)
{
    struct shop *shop;
    WRITE(s, 201, "POST", "/v1/locations", "{'items':[{'code':'berlin'},{'code':'paris'}]}");
    WRITE(s,
          201,
          "POST",
          "/v1/skus",
          "{'items':[{'sku':'TEE'},{'sku':'MUG'},{'sku':'SPARE'},{'sku':'FREE'},{'sku':'SET',"
          "'components':[{'sku':'TEE','quantity':1},{'sku':'MUG','quantity':2}]}]}");
    WRITE(s,
          201,
          "POST",
          "/v1/movements",
          "{'movements':[{'kind':'receive','sku':'TEE','location':'berlin','quantity':1000},"
          "{'kind':'receive','sku':'MUG','location':'berlin','quantity':1000},"
          "{'kind':'receive','sku':'FREE','location':'berlin','quantity':100000},"
          "{'kind':'damage','sku':'MUG','location':'berlin','quantity':5}]}");
    WRITE(s,
          201,
          "POST",
          "/v1/channels",
          "{'code':'own','connector':'api','mode':'live','buffer':2,'percent':90,'cap':500,"
          "'route':[{'location':'berlin','priority':1},{'location':'paris','countries':['FR']}]}");
    WRITE(s,
          201,
          "POST",
          "/v1/listings",
          "{'items':[{'channel':'own','sku':'TEE','pack_size':2,'buffer':1},"
          "{'channel':'own','sku':'SET'}]}");
    WRITE(
        s,
        201,
        "POST",
        "/v1/orders",
        "{'channel':'own','id':'A1','version':'1','country':'DE','lines':[{'id':'1','sku':'TEE',"
        "'ordered':3},{'id':'2','sku':'MUG','ordered':5000},{'id':'3','sku':'GONE','ordered':1}]}");
    shop = served_shop_of(
        s, (struct shop_options){.kind = SHOP_WOOCOMMERCE, .code = "woo", .retry_ms = 100});
    const struct sandbox_item nameless = {
        .sku = SLICE(""), .product = SLICE("Nameless"), .title = SLICE(""), .count = 3};
    struct err_note note;
    assert_int_equal(shop_item_add(shop, &nameless, &note), ERR_OK); /* left for a person */
    served_listing(s, shop, "TEE", 1000);
    UNTIL(s, 30, slice_is(served_listing_state(s, 3), "ok"));
    shop_sells_one(shop, "TEE", 2);
    UNTIL(s, 30, served_deliveries(s, "woo", "applied") > 0);
    return shop;
}
