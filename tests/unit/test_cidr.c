/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include "base/cidr.h"

static bool has(const char *range, const char *address)
{
    struct cidr r, a;
    assert_true(cidr_parse(slice_of(range), &r));
    assert_true(cidr_parse(slice_of(address), &a));
    return cidr_has(&r, &a);
}

static void test_a_range_has_its_addresses_and_no_others(void **state)
{
    (void)state;
    assert_true(has("10.0.0.0/8", "10.255.0.1"));
    assert_false(has("10.0.0.0/8", "11.0.0.1"));
    assert_true(has("192.168.4.0/22", "192.168.7.255"));
    assert_false(has("192.168.4.0/22", "192.168.8.0"));
    assert_true(has("127.0.0.1", "127.0.0.1"));
    assert_false(has("127.0.0.1", "127.0.0.2"));
    assert_true(has("0.0.0.0/0", "203.0.113.9"));
    assert_false(has("0.0.0.0/0", "2001:db8::1"));
    assert_true(has("2001:db8::/33", "2001:db8:7fff::1"));
    assert_false(has("2001:db8::/33", "2001:db8:8000::1"));
    assert_true(has("10.0.0.0/8", "::ffff:10.1.2.3"));
    assert_true(has("::/0", "10.1.2.3"));
}

static void test_what_is_no_range_is_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "/8",
                                      "10.0.0.0/",
                                      "10.0.0.0/33",
                                      "10.0.0/8",
                                      "10.0.0.0/-1",
                                      "::1/129",
                                      "localhost",
                                      "10.0.0.0/8/8",
                                      " 10.0.0.1",
                                      "0x7f.1",
                                      "2130706433",
                                      "10.0.0.0/8 ",
                                      "[::1]",
                                      "1.2.3.4:80"};
    struct cidr out;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        if (cidr_parse(slice_of(bad[i]), &out)) {
            fail_msg("'%s' was taken", bad[i]);
        }
    }
    assert_false(cidr_parse((struct slice){"10.0.0.1\0x", 10}, &out));
}

static void test_loopback_is_known_in_each_spelling(void **state)
{
    static const char *const loopback[] = {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"};
    struct cidr address;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(loopback); i++) {
        assert_true(cidr_parse(slice_of(loopback[i]), &address));
        assert_true(cidr_is_loopback(&address));
    }
    assert_true(cidr_parse(SLICE("128.0.0.1"), &address));
    assert_false(cidr_is_loopback(&address));
    assert_true(cidr_parse(SLICE("::2"), &address));
    assert_false(cidr_is_loopback(&address));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_range_has_its_addresses_and_no_others),
        cmocka_unit_test(test_what_is_no_range_is_refused),
        cmocka_unit_test(test_loopback_is_known_in_each_spelling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
