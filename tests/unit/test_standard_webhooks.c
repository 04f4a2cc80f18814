/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include "base/crypto.h"
#include "base/standard_webhooks.h"

/* The example that the specification's own libraries test themselves with, and that of docs/alerts.md,
 * which was made with openssl. */
static const struct {
    const char *secret, *id, *timestamp, *body, *signature;
} vectors[] = {
    {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
     "msg_p5jXN8AQM9LWM0D4loKWxJek",
     "1614265330",
     "{\"test\": 2432232314}",
     "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
    {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
     "msg_1f0c5a8e93b74d2683aa0e6f1f6d7c55",
     "1795408147",
     "{\"type\":\"webhook.test\",\"timestamp\":\"2026-11-23T04:29:07.000Z\",\"data\":"
     "{\"says\":\"truecount reaches this address\"}}",
     "v1,uZpL0v0SSV96qJJrKdK/W9vMBgMHF/Ddh+/sEiuf58o="},
};

static void test_signatures_are_those_of_the_standard(void **state)
{
    struct arena arena;
    (void)state;
    assert_int_equal(crypto_init(), ERR_OK);
    arena_init(&arena, 65536);
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        struct slice key;
        assert_true(webhook_key_read(slice_of(vectors[i].secret), &arena, &key));
        assert_slice(webhook_key_text(key, &arena), vectors[i].secret);
        assert_slice(webhook_signature(&key,
                                       1,
                                       slice_of(vectors[i].id),
                                       slice_of(vectors[i].timestamp),
                                       slice_of(vectors[i].body),
                                       &arena),
                     vectors[i].signature);
    }
    arena_free(&arena);
}

static void test_two_keys_make_two_signatures_the_newer_first(void **state)
{
    struct arena arena;
    (void)state;
    arena_init(&arena, 65536);
    const struct slice keys[] = {SLICE("the newer one, 24 bytes."),
                                 SLICE("the older one, 24 bytes.")};
    const struct slice id = SLICE("msg_1"), at = SLICE("1700000000"), body = SLICE("{}");
    struct slice both = webhook_signature(keys, 2, id, at, body, &arena);
    struct slice one = webhook_sign(keys[0], id, at, body, &arena);
    struct slice two = webhook_sign(keys[1], id, at, body, &arena);
    assert_false(slice_equal(one, two));
    struct slice wanted = arena_printf(&arena, "v1,%.*s v1,%.*s", SLICE_ARG(one), SLICE_ARG(two));
    assert_true(slice_equal(both, wanted));
    arena_free(&arena);
}

static void test_what_is_no_key_is_not_read_as_one(void **state)
{
    static const char *const texts[] = {
        "", "whsec_", "whsec_!", "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8GKYqrTwjU"};
    struct arena arena;
    (void)state;
    arena_init(&arena, 65536);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct slice key;
        assert_false(webhook_key_read(slice_of(texts[i]), &arena, &key));
    }
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signatures_are_those_of_the_standard),
        cmocka_unit_test(test_two_keys_make_two_signatures_the_newer_first),
        cmocka_unit_test(test_what_is_no_key_is_not_read_as_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
