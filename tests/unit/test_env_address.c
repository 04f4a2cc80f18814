/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "env/env_address.h"

static void test_special_addresses_are_not_public(void **state)
{
    (void)state;
    static const char *const special[] = {
        "0.0.0.0",
        "0.255.255.255",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.0",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:8.8.8.8",
        "::ffff:127.0.0.1",
        "64:ff9b::8.8.8.8",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:2::1",
        "2001:20::1",
        "2001:1ff::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "3fff:fff::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "5f00::1",
        "4000::1",
    };
    for (size_t i = 0; i < COUNT_OF(special); i++) {
        if (address_text_is_public(special[i])) {
            fail_msg("%s passed", special[i]);
        }
    }
}

static void test_neighbours_of_special_ranges_are_public(void **state)
{
    (void)state;
    static const char *const ordinary[] = {
        "1.0.0.0",      "9.255.255.255", "11.0.0.0",     "100.63.255.255", "100.128.0.0",
        "126.255.0.1",  "128.0.0.1",     "169.253.0.1",  "169.255.0.1",    "172.15.255.255",
        "172.32.0.0",   "192.0.1.1",     "192.0.3.1",    "192.167.255.1",  "192.169.0.1",
        "198.17.255.1", "198.20.0.1",    "203.0.112.1",  "203.0.114.1",    "223.255.255.255",
        "2000::1",      "2001:200::1",   "2001:db7::1",  "2001:db9::1",    "2003::1",
        "2606:4700::1", "3ffe::1",       "3fff:1000::1",
    };
    for (size_t i = 0; i < COUNT_OF(ordinary); i++) {
        if (!address_text_is_public(ordinary[i])) {
            fail_msg("%s was refused", ordinary[i]);
        }
    }
}

static void test_text_that_is_no_numeric_address_is_not_public(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "localhost", "2130706433", "0x7f.1", "127.1", "8.8.8", "fe80::1%eth0", "1.2.3.4 "};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_false(address_text_is_public(texts[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_special_addresses_are_not_public),
        cmocka_unit_test(test_neighbours_of_special_ranges_are_public),
        cmocka_unit_test(test_text_that_is_no_numeric_address_is_not_public),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
