/* SPDX-License-Identifier: Apache-2.0 */
#include "base/crypto.h"
#include "channels/woocommerce/woo.h"

/* Both parts are encoded first, so that the order is the one the receiver sorts by. */
static int param_compare(struct woo_param a, struct woo_param b)
{
    int by_name = slice_compare(a.name, b.name);
    return by_name ? by_name : slice_compare(a.value, b.value);
}

static struct woo_param *
params_sorted(struct arena *arena, const struct woo_param *params, size_t count)
{
    struct woo_param *sorted = ARENA_ARRAY(arena, count, struct woo_param);
    if (!sorted) {
        return NULL;
    }
    for (size_t n = 0; n < count; n++) {
        struct woo_param p = {
            .name = percent_encode(arena, params[n].name),
            .value = percent_encode(arena, params[n].value),
        };
        size_t at = n;
        for (; at > 0 && param_compare(p, sorted[at - 1]) < 0; at--) {
            sorted[at] = sorted[at - 1];
        }
        sorted[at] = p;
    }
    return sorted;
}

struct slice woo_oauth1_base(struct arena *arena,
                             struct slice method,
                             struct slice url,
                             const struct woo_param *params,
                             size_t count)
{
    struct woo_param *sorted = params_sorted(arena, params, count);
    struct slice pairs = {0};

    for (size_t i = 0; sorted && i < count; i++) {
        pairs = arena_printf(arena,
                             "%.*s%s%.*s=%.*s",
                             SLICE_ARG(pairs),
                             i ? "&" : "",
                             SLICE_ARG(sorted[i].name),
                             SLICE_ARG(sorted[i].value));
    }
    struct slice encoded_url = percent_encode(arena, url);
    struct slice encoded_pairs = percent_encode(arena, pairs);
    if (arena->exhausted) {
        return (struct slice){0};
    }
    return arena_printf(arena,
                        "%.*s&%.*s&%.*s",
                        SLICE_ARG(method),
                        SLICE_ARG(encoded_url),
                        SLICE_ARG(encoded_pairs));
}

struct slice
woo_oauth1_signature(struct arena *arena, struct slice base, struct slice consumer_secret)
{
    uint8_t mac[SHA256_SIZE];
    struct slice key = arena_printf(arena, "%.*s&", SLICE_ARG(consumer_secret));

    if (!key.p) {
        return (struct slice){0};
    }
    hmac_sha256(mac, key, base);
    return base64_encode(arena, (struct slice){(const char *)mac, sizeof mac});
}
