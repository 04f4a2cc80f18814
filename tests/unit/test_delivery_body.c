/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of a delivery opens only with its key, and a header's topic stays a claim. */
#include "testing.h"

#include "base/crypto.h"
#include "intake/delivery_body.h"

#define ARENA_BYTES ((size_t)16 * 1024 * 1024)

static void fixed_random(struct env *env, void *out, size_t n)
{
    (void)env;
    memset(out, 7, n);
}

static const struct env_ops ops = {.random = fixed_random};
static struct env env = {.ops = &ops};

static struct slice long_text(struct arena *arena)
{
    char *p = arena_alloc(arena, 20000);
    assert_non_null(p);
    memset(p, 'x', 20000);
    return (struct slice){p, 20000};
}

static void test_a_sealed_body_is_small_unreadable_and_opens_again(void **state)
{
    (void)state;
    struct compressor *compressor = compressor_new();
    struct arena arena;
    arena_init(&arena, ARENA_BYTES);
    struct vault vault = {.key = {1}};
    struct slice plain = long_text(&arena), sealed = {0}, opened = {0};

    assert_int_equal(delivery_body_seal(&vault, &env, compressor, plain, &arena, &sealed), ERR_OK);
    assert_true(sealed.n < 200);
    assert_null(memmem(sealed.p, sealed.n, "xxxx", 4));
    assert_int_equal(delivery_body_open(&vault, sealed, &arena, &opened), ERR_OK);
    assert_true(slice_equal(opened, plain));
    arena_free(&arena);
    compressor_free(compressor);
}

static void test_a_body_does_not_open_with_another_key_nor_when_it_was_erased(void **state)
{
    (void)state;
    struct compressor *compressor = compressor_new();
    struct arena arena;
    arena_init(&arena, ARENA_BYTES);
    struct vault vault = {.key = {1}}, other = {.key = {2}};
    struct slice sealed = {0}, opened = {0};

    assert_int_equal(delivery_body_seal(&vault, &env, compressor, SLICE("{}"), &arena, &sealed),
                     ERR_OK);
    assert_int_equal(delivery_body_open(&other, sealed, &arena, &opened), ERR_AUTH);
    assert_int_equal(delivery_body_open(&vault, (struct slice){0}, &arena, &opened), ERR_NOT_FOUND);
    arena_free(&arena);
    compressor_free(compressor);
}

/* ---- decoding again ---- */

static struct slice seen_topic, seen_header, seen_id;

static void spy_decode(const struct account *account,
                       const struct hook *hook,
                       struct json_doc *doc,
                       struct arena *arena,
                       struct facts *out)
{
    (void)account;
    (void)doc;
    (void)arena;
    seen_topic = hook->topic;
    seen_header = http_header_get(hook->headers, hook->headers_count, "X-Shopify-Topic");
    *out = (struct facts){.ignored = "only looking", .delivery_id = seen_id};
}

static void test_only_the_topic_of_the_path_is_given_back_as_bound(void **state)
{
    (void)state;
    const struct connector spy = {.name = "spy", .decode = spy_decode};
    const struct channel_config channel = {.row = {.id = {3}}, .connector = &spy};
    struct delivery_row row = {.channel = {3}, .topic = SLICE("orders/delete")};
    struct slice body = SLICE("{\"id\":1}");
    struct facts facts;

    delivery_body_key(row.channel, row.topic, body, &(struct facts){0}, row.key);
    delivery_decode(&channel, &row, body, NULL, NULL, &facts);
    assert_slice(seen_topic, "orders/delete");
    assert_int_equal(seen_header.n, 0);

    delivery_body_key(row.channel,
                      (struct slice){0},
                      body,
                      &(struct facts){0},
                      row.key); /* came without a path's */
    delivery_decode(&channel, &row, body, NULL, NULL, &facts);
    assert_int_equal(seen_topic.n, 0);
    assert_slice(seen_header, "orders/delete");
    assert_string_equal(facts.ignored, "only looking");
}

static void test_the_platforms_own_id_makes_a_repeat_whatever_its_bytes_are(void **state)
{
    (void)state;
    const struct channel_id channel = {3};
    const struct facts facts = {.delivery_id = SLICE("n-1")}, other = {.delivery_id = SLICE("n-2")};
    uint8_t first[16], again[16], second[16], elsewhere[16];
    delivery_body_key(channel, SLICE("orders"), SLICE("{\"attempt\":1}"), &facts, first);
    delivery_body_key(channel, SLICE("orders"), SLICE("{\"attempt\":2}"), &facts, again);
    delivery_body_key(channel, SLICE("orders"), SLICE("{\"attempt\":1}"), &other, second);
    delivery_body_key((struct channel_id){4}, SLICE("orders"), SLICE("{}"), &facts, elsewhere);
    assert_memory_equal(first, again, sizeof(first));
    assert_memory_not_equal(first, second, sizeof(first));
    assert_memory_not_equal(first, elsewhere, sizeof(first));

    /* Decoding again finds that the path bound the topic. */
    const struct connector spy = {.name = "spy", .decode = spy_decode};
    const struct channel_config config = {.row = {.id = channel}, .connector = &spy};
    struct delivery_row row = {.channel = channel, .topic = SLICE("orders")};
    struct facts out;
    memcpy(row.key, first, sizeof(first));
    seen_id = facts.delivery_id;
    delivery_decode(&config, &row, SLICE("{\"attempt\":1}"), NULL, NULL, &out);
    seen_id = (struct slice){0};
    assert_slice(seen_topic, "orders");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_sealed_body_is_small_unreadable_and_opens_again),
        cmocka_unit_test(test_a_body_does_not_open_with_another_key_nor_when_it_was_erased),
        cmocka_unit_test(test_the_platforms_own_id_makes_a_repeat_whatever_its_bytes_are),
        cmocka_unit_test(test_only_the_topic_of_the_path_is_given_back_as_bound),
    };
    if (crypto_init()) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
