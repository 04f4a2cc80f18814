/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_write.h"
#include "cli/demo.h"

#define BODY_MAX ((size_t)4 * 1024 * 1024)

enum stage { STAGE_LOCATION, STAGE_SKUS, STAGE_STOCK, STAGE_CHANNEL, STAGE_LISTINGS, STAGE_DONE };

struct demo_setup {
    struct env *env;
    int port;
    struct sandbox *sandbox;
    demo_setup_fn *fn;
    void *arg;
    enum stage stage;
    size_t shop;
    struct buf body;
};

void demo_call(struct env *env,
               int server_port,
               const char *method,
               const char *path,
               struct slice body,
               env_reply_fn *fn,
               void *arg)
{
    char url[256];
    snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", server_port, path);
    const struct http_header headers[] = {
        {SLICE("Authorization"), SLICE("Bearer " DEMO_ADMIN_TOKEN)},
        {SLICE("Content-Type"), SLICE("application/json")}};
    const struct env_call call = {.request = {.method = slice_of(method),
                                              .url = slice_of(url),
                                              .headers = headers,
                                              .headers_count = COUNT_OF(headers),
                                              .body = body},
                                  .private_ok = true};
    env->ops->http(env, &call, fn, arg);
}

static void write_skus(struct demo_setup *s, struct json_writer *w)
{
    struct shop_item item;
    json_begin_object(w);
    json_key(w, "items");
    json_begin_array(w);
    for (size_t i = 0; shop_item_at(sandbox_shop_at(s->sandbox, 0), i, &item); i++) {
        json_begin_object(w);
        json_field_text(w, "sku", item.sku);
        json_field_text(w, "title", item.title);
        json_field_text(w, "product", item.product);
        json_field_raw(w, "options", item.options.n ? item.options : SLICE("{}"));
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
}

static void write_stock(struct demo_setup *s, struct json_writer *w)
{
    struct shop_item item;
    json_begin_object(w);
    json_key(w, "movements");
    json_begin_array(w);
    for (size_t i = 0; shop_item_at(sandbox_shop_at(s->sandbox, 0), i, &item); i++) {
        if (item.count <= 0) {
            continue;
        }
        json_begin_object(w);
        json_field_str(w, "kind", "receive");
        json_field_text(w, "sku", item.sku);
        json_field_str(w, "location", "warehouse");
        json_field_int(w, "quantity", item.count);
        json_field_str(w, "reason", "opening stock");
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
}

static void write_channel(struct shop *shop, struct json_writer *w)
{
    json_begin_object(w);
    json_field_text(w, "code", shop_code(shop));
    json_field_str(w, "connector", shop_kind_name(shop_kind(shop)));
    json_field_str(w, "mode", "live");
    json_key(w, "settings");
    json_begin_object(w);
    shop_settings_put(shop, "warehouse", w);
    if (shop_kind(shop) == SHOP_WALMART) {
        json_field_str(w, "count_mode", "gross"); /* so that it shows what it may sell */
    }
    json_end_object(w);
    json_key(w, "secrets");
    json_begin_object(w);
    shop_secrets_put(shop, w);
    json_end_object(w);
    json_end_object(w);
}

static void write_listings(struct shop *shop, struct json_writer *w)
{
    struct shop_item item;
    json_begin_object(w);
    json_key(w, "items");
    json_begin_array(w);
    for (size_t i = 0; shop_item_at(shop, i, &item); i++) {
        json_begin_object(w);
        json_field_text(w, "channel", shop_code(shop));
        json_field_text(w, "sku", item.sku);
        json_key(w, "remote");
        json_begin_object(w);
        shop_remote_put(shop, i, w);
        json_end_object(w);
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
}

static void next(struct demo_setup *s);

static void on_reply(void *arg, const struct env_reply *reply)
{
    struct demo_setup *s = arg;
    struct err_note note = reply->note;
    if (reply->err || reply->response.status < 200 || reply->response.status > 299) {
        enum err e = reply->err ? reply->err : ERR_USAGE;
        struct slice body = reply->response.body;
        if (!reply->err) {
            err_note(&note,
                     e,
                     "setting up answered %d: %.*s",
                     reply->response.status,
                     (int)(body.n < 180 ? body.n : 180),
                     body.p);
        }
        s->fn(s->arg, e, &note);
        return;
    }
    switch (s->stage) {
    case STAGE_LOCATION:
    case STAGE_SKUS:
    case STAGE_STOCK:
        s->stage++;
        break;
    case STAGE_CHANNEL:
        s->stage = STAGE_LISTINGS;
        break;
    case STAGE_LISTINGS:
        s->shop++;
        s->stage = sandbox_shop_at(s->sandbox, s->shop) ? STAGE_CHANNEL : STAGE_DONE;
        break;
    case STAGE_DONE:
        break;
    }
    next(s);
}

static void next(struct demo_setup *s)
{
    struct json_writer w = json_writer(&s->body);
    struct shop *shop = sandbox_shop_at(s->sandbox, s->shop);
    const char *path = NULL;
    buf_clear(&s->body);
    switch (s->stage) {
    case STAGE_LOCATION:
        path = "/v1/locations";
        buf_text(&s->body, "{\"code\":\"warehouse\",\"name\":\"Warehouse\",\"country\":\"DE\"}");
        break;
    case STAGE_SKUS:
        path = "/v1/skus";
        write_skus(s, &w);
        break;
    case STAGE_STOCK:
        path = "/v1/movements";
        write_stock(s, &w);
        break;
    case STAGE_CHANNEL:
        path = "/v1/channels";
        write_channel(shop, &w);
        break;
    case STAGE_LISTINGS:
        path = "/v1/listings";
        write_listings(shop, &w);
        break;
    case STAGE_DONE:
        s->fn(s->arg, ERR_OK, NULL);
        return;
    }
    must(!s->body.overflow);
    demo_call(s->env, s->port, "POST", path, buf_view(&s->body), on_reply, s);
}

enum err demo_setup_start(struct env *env,
                          int server_port,
                          struct sandbox *sandbox,
                          demo_setup_fn *fn,
                          void *arg,
                          struct demo_setup **out)
{
    struct demo_setup *s = calloc(1, sizeof(*s));
    if (!s) {
        return ERR_MEMORY;
    }
    *s = (struct demo_setup){
        .env = env, .port = server_port, .sandbox = sandbox, .fn = fn, .arg = arg};
    buf_init(&s->body, BODY_MAX);
    *out = s;
    next(s);
    return ERR_OK;
}

void demo_setup_free(struct demo_setup *s)
{
    if (s) {
        buf_free(&s->body);
        free(s);
    }
}
