/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_platform - the table of the platforms, and what a channel of truecount is told of a shop.
 */
#include "drill/sandbox_inner.h"

#define PLATFORM_ROW(upper, lower) [SHOP_##upper] = &platform_##lower,
static const struct platform *const platforms[] = {SHOP_KINDS(PLATFORM_ROW)};
#undef PLATFORM_ROW

const struct platform *platform_of(enum shop_kind kind)
{
    must((size_t)kind < COUNT_OF(platforms));
    return platforms[kind];
}

enum shop_kind shop_kind(const struct shop *shop)
{
    return shop->kind;
}

const char *shop_kind_name(enum shop_kind kind)
{
    return platform_of(kind)->name;
}

const char *shop_kind_prefix(enum shop_kind kind)
{
    return platform_of(kind)->prefix;
}

const char *shop_kind_what(enum shop_kind kind)
{
    return platform_of(kind)->what;
}

int shop_kind_shops(enum shop_kind kind)
{
    return platform_of(kind)->shops;
}

void shop_settings_put(const struct shop *shop, const char *location, struct json_writer *w)
{
    json_field_text(w, "base_url", shop->base_url);
    if (shop->platform->settings) {
        shop->platform->settings(shop, location, w);
    }
}

void shop_secrets_put(const struct shop *shop, struct json_writer *w)
{
    if (shop->platform->secrets) {
        shop->platform->secrets(shop, w);
    } else {
        json_field_text(w, "webhook_secret", shop->secret);
    }
}

size_t shop_item_remote(const struct shop *shop,
                        size_t index,
                        struct arena *arena,
                        struct shop_remote_field out[SHOP_REMOTE_MAX])
{
    return index < shop->items_count ? shop->platform->remote(shop->items[index], arena, out) : 0;
}

void shop_remote_put(const struct shop *shop, size_t index, struct json_writer *w)
{
    struct arena arena;
    struct shop_remote_field fields[SHOP_REMOTE_MAX];
    arena_init(&arena, (size_t)1 << 16);
    size_t count = shop_item_remote(shop, index, &arena, fields);
    for (size_t i = 0; i < count; i++) {
        json_field_text(w, fields[i].key, fields[i].value);
    }
    arena_free(&arena);
}

struct shop_remote_field remote_id(struct arena *arena, const char *key, int64_t id)
{
    return (struct shop_remote_field){key, arena_printf(arena, "%" PRId64, id)};
}
