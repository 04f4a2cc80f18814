/* SPDX-License-Identifier: Apache-2.0 */
/* The eight platforms side by side, through the real server: what sells on one is gone on the other
 * seven. */
#include "support/eight_shops.h"

static void test_an_order_on_each_channel_reaches_the_other_seven(void **state)
{
    static const char *const skus[] = {"TEE"};
    struct served *s = *state;
    struct shop *shops[EIGHT];
    eight_open(s, (struct shop_options){0}, skus, COUNT_OF(skus), shops);
    int64_t left = EIGHT_UNITS, open_at_walmart = 0;
    for (size_t i = 0; i < EIGHT; i++) {
        shop_sells_one(shops[i], "TEE", 2);
        left -= 2;
        open_at_walmart += eight[i].kind == SHOP_WALMART ? 2 : 0;
        UNTIL(s, 60, served_stock(s, "TEE", "reserved") == EIGHT_UNITS - left);
        UNTIL(s, 60, eight_show(shops, "TEE", left, open_at_walmart));
    }
    no_incident(s, "PUSH-REFUSED");
    no_incident(s, "PARKED");
    no_incident(s, "OVERSOLD");
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_an_order_on_each_channel_reaches_the_other_seven),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
