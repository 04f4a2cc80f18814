/* SPDX-License-Identifier: Apache-2.0 */
#include "drill/cmd_sandbox.h"

#include "base/crypto.h"
#include "drill/sandbox.h"
#include "env/env_uv.h"

static const char help_head[] =
    "truecount sandbox --listen HOST:PORT [options]\n"
    "\n"
    "Look-alikes of the channels' APIs in one process: strict, with their own counts, webhooks,\n"
    "shoppers and faults. Nothing is kept when it ends.\n"
    "\n"
    "  --listen HOST:PORT    where the shops answer, each under /{name}; needed\n";

static const char help_tail[] =
    "  --skus N              SKUs, the same in every shop (1000)\n"
    "  --seed N              of the catalogue and of all chances (1)\n"
    "  --hooks URL           webhooks go to URL/{name}; without it none are sent\n"
    "  --secret TEXT         webhook secret of every shop (truecount-test-secret)\n"
    "  --token TEXT          access token; consumer key of WooCommerce (sandbox-token)\n"
    "  --token-secret TEXT   client id of Shopify, consumer secret of WooCommerce "
    "(sandbox-secret)\n"
    "  --queue-ms N          WooCommerce's webhooks leave every N ms; 0 at once, -1 never (0)\n"
    "  --orders N            shoppers place N orders a second from the start (0)\n"
    "  --help                this text\n"
    "\n"
    "By HTTP, JSON in and out:\n"
    "  GET  /sandbox/shops | /sandbox/stats | /sandbox/shops/{name}/items[?sku=] | "
    ".../orders/{id}\n"
    "  POST /sandbox/shops/{name}/buy {\"sku\",\"quantity\"}\n"
    "  POST /sandbox/shops/{name}/cancel | fulfil | refund | edit "
    "{\"order\",\"line\",\"quantity\"}\n"
    "  POST /sandbox/shops/{name}/stock {\"sku\",\"quantity\"}     a foreign writer\n"
    "  POST /sandbox/shops/{name}/faults {\"hook_lose\":50,...}    chances in permille\n"
    "  POST /sandbox/shoppers {\"orders_per_s\":100,\"burst_every_ms\":5000,...} or "
    "{\"stop\":true}\n";

struct settings {
    char host[128];
    int port;
    const char *hooks, *secret, *token, *token_secret;
    int64_t shops[SHOP_KINDS_COUNT]; /* by kind */
    int64_t skus, seed, queue_ms, orders;
};

static void help(void)
{
    fputs(help_head, stdout);
    for (size_t k = 0; k < SHOP_KINDS_COUNT; k++) {
        char flag[32];
        const char *prefix = shop_kind_prefix((enum shop_kind)k);
        snprintf(flag, sizeof(flag), "--%s N", shop_kind_name((enum shop_kind)k));
        printf("  %-21s shops that %s, named %s-a, %s-b... (%d)\n",
               flag,
               shop_kind_what((enum shop_kind)k),
               prefix,
               prefix,
               shop_kind_shops((enum shop_kind)k));
    }
    fputs(help_tail, stdout);
}

static int bad_usage(const char *format, const char *detail)
{
    fputs("truecount sandbox: ", stderr);
    fprintf(stderr, "%s", format);
    fprintf(stderr, "%s\n", detail ? detail : "");
    fputs("Try 'truecount sandbox --help'.\n", stderr);
    return 2;
}

static bool listen_read(const char *text, struct settings *out)
{
    const char *colon = strrchr(text, ':');
    int64_t port;
    if (!colon || colon == text || (size_t)(colon - text) >= sizeof(out->host) ||
        !slice_int(slice_of(colon + 1), &port) || port < 0 || port > 65535) {
        return false;
    }
    snprintf(out->host, sizeof(out->host), "%.*s", (int)(colon - text), text);
    out->port = (int)port;
    return true;
}

struct number_flag {
    const char *name;
    int64_t *value;
    int64_t lo, hi;
};

struct text_flag {
    const char *name;
    const char **value;
};

/* NULL: the flag is not the name of a kind. */
static int64_t *shops_of(struct settings *s, const char *flag)
{
    for (size_t k = 0; k < SHOP_KINDS_COUNT && strncmp(flag, "--", 2) == 0; k++) {
        if (strcmp(flag + 2, shop_kind_name((enum shop_kind)k)) == 0) {
            return &s->shops[k];
        }
    }
    return NULL;
}

static int number_read(const struct number_flag *n, const char *value)
{
    if (!slice_int(slice_of(value), n->value) || *n->value < n->lo || *n->value > n->hi) {
        return bad_usage("not a number in range: ", value);
    }
    return 0;
}

/* 0 = go on, 2 = bad usage. */
static int flag_read(struct settings *s, const char *name, const char *value)
{
    const struct number_flag shops = {name, shops_of(s, name), 0, 16};
    const struct number_flag numbers[] = {
        {"--skus", &s->skus, 1, 100000},
        {"--seed", &s->seed, 1, INT64_MAX},
        {"--queue-ms", &s->queue_ms, -1, 600000},
        {"--orders", &s->orders, 0, 100000},
    };
    const struct text_flag texts[] = {
        {"--hooks", &s->hooks},
        {"--secret", &s->secret},
        {"--token", &s->token},
        {"--token-secret", &s->token_secret},
    };
    if (!value) {
        return bad_usage("a value is missing behind ", name);
    }
    if (strcmp(name, "--listen") == 0) {
        return listen_read(value, s) ? 0 : bad_usage("--listen wants HOST:PORT, not ", value);
    }
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (strcmp(name, texts[i].name) == 0) {
            *texts[i].value = value;
            return 0;
        }
    }
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        if (strcmp(name, numbers[i].name) == 0) {
            return number_read(&numbers[i], value);
        }
    }
    if (shops.value) {
        return number_read(&shops, value);
    }
    return bad_usage("unknown option ", name);
}

static enum err shops_add(struct sandbox *sandbox,
                          const struct settings *s,
                          enum shop_kind kind,
                          int64_t count,
                          struct err_note *note)
{
    for (int64_t i = 0; i < count; i++) {
        char code[32];
        char hooks[1024];
        struct shop *shop;
        snprintf(code, sizeof(code), "%s-%c", shop_kind_prefix(kind), (char)('a' + i));
        snprintf(hooks, sizeof(hooks), "%s%s%s", s->hooks, s->hooks[0] ? "/" : "", code);
        struct shop_options options = {
            .kind = kind,
            .code = code,
            .hooks_url = s->hooks[0] ? hooks : "",
            .hook_secret = s->secret,
            .token = s->token,
            .token_secret = s->token_secret,
            .queue_ms = s->queue_ms,
        };
        enum err e = sandbox_shop_add(sandbox, &options, &shop, note);
        if (e) {
            return e;
        }
    }
    return ERR_OK;
}

static enum err fill(struct sandbox *sandbox, const struct settings *s, struct err_note *note)
{
    enum err e = ERR_OK;
    for (size_t k = 0; k < SHOP_KINDS_COUNT && !e; k++) {
        e = shops_add(sandbox, s, (enum shop_kind)k, s->shops[k], note);
    }
    if (!e) {
        e = sandbox_catalogue_fill(sandbox, (uint64_t)s->seed, (size_t)s->skus, note);
    }
    return e;
}

static void on_signal(void *arg)
{
    env_uv_stop(arg);
}

/* The members of a channel's settings or secrets, as an object. */
static void announce_part(const struct shop *shop, const char *what)
{
    struct buf text;
    buf_init(&text, (size_t)16 << 10);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    if (strcmp(what, "settings") == 0) {
        shop_settings_put(shop, "YOUR-LOCATION", &w);
    } else {
        shop_secrets_put(shop, &w);
    }
    json_end_object(&w);
    printf("    %s %.*s\n", what, SLICE_ARG(buf_view(&text)));
    buf_free(&text);
}

static void announce(struct sandbox *sandbox, int port)
{
    printf("sandbox on port %d\n", port);
    struct shop *shop;
    for (size_t i = 0; (shop = sandbox_shop_at(sandbox, i)) != NULL; i++) {
        printf("  %-12.*s %s\n", SLICE_ARG(shop_code(shop)), shop_kind_name(shop_kind(shop)));
        printf("    base_url %.*s\n", SLICE_ARG(shop_base_url(shop)));
        if (shop_location_id(shop).n > 0) {
            printf("    location %.*s\n", SLICE_ARG(shop_location_id(shop)));
        }
        announce_part(shop, "settings");
        announce_part(shop, "secrets");
    }
    fflush(stdout);
}

static int run(struct env_uv *uv, const struct settings *s)
{
    struct sandbox *sandbox = NULL;
    struct err_note note = {{0}};
    int port = 0;
    struct sandbox_options options = {
        .host = s->host, .port = s->port, .seed = (uint64_t)s->seed, .items_max = 100000};
    enum err e = sandbox_new(env_uv_env(uv), &options, &sandbox, &port, &note);
    if (!e) {
        e = fill(sandbox, s, &note);
    }
    if (e) {
        fprintf(stderr, "truecount sandbox: %s\n", note.text);
        sandbox_free(sandbox);
        return 1;
    }
    announce(sandbox, port);
    if (s->orders > 0) {
        struct sandbox_shoppers shoppers = {.orders_per_s = (double)s->orders,
                                            .seed = (uint64_t)s->seed,
                                            .cancel = 30,
                                            .refund = 30,
                                            .edit = 20,
                                            .fulfil = 300};
        sandbox_shoppers_start(sandbox, &shoppers);
    }
    env_uv_on_signal(uv, on_signal, uv);
    env_uv_run(uv);
    sandbox_free(sandbox);
    return 0;
}

int cmd_sandbox(int argc, char **argv)
{
    struct settings s = {
        .port = -1,
        .hooks = "",
        .secret = "truecount-test-secret",
        .token = "sandbox-token",
        .token_secret = "sandbox-secret",
        .skus = 1000,
        .seed = 1,
    };
    int64_t shops = 0;
    for (size_t k = 0; k < SHOP_KINDS_COUNT; k++) {
        s.shops[k] = shop_kind_shops((enum shop_kind)k);
    }
    for (int i = 1; i < argc; i += 2) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            help();
            return 0;
        }
        int status = flag_read(&s, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
        if (status) {
            return status;
        }
    }
    if (s.port < 0) {
        return bad_usage("--listen HOST:PORT is needed", NULL);
    }
    for (size_t k = 0; k < SHOP_KINDS_COUNT; k++) {
        shops += s.shops[k];
    }
    if (shops == 0) {
        return bad_usage("there is no shop: give --shopify, --woocommerce or another kind", NULL);
    }
    struct env_uv *uv = NULL;
    struct err_note note = {{0}};
    if (crypto_init() || env_uv_new(&uv, &note)) {
        fprintf(stderr, "truecount sandbox: %s\n", note.text);
        return 1;
    }
    int status = run(uv, &s);
    env_uv_free(uv);
    return status;
}
