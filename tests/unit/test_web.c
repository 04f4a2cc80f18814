/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include "web/web.h"

static const struct web_file *find(const char *path, const char *accept)
{
    return web_find(slice_of(path), slice_of(accept));
}

static void test_a_screen_is_told_by_its_first_segment_alone(void **state)
{
    (void)state;
    static const char *const are[] = {"/", "/item/TEE-M-BLUE", "/stock", "/incidents/12", "/login"};
    static const char *const are_not[] = {
        "", "*", "/v1/skus", "/hooks/shop", "/stocks", "/healthz", "/openapi.json", "/assets/x.js"};
    for (size_t i = 0; i < COUNT_OF(are); i++) {
        assert_true(web_is_screen(slice_of(are[i])));
    }
    for (size_t i = 0; i < COUNT_OF(are_not); i++) {
        assert_false(web_is_screen(slice_of(are_not[i])));
    }
}

static void test_a_file_comes_in_the_smallest_form_that_is_taken(void **state)
{
    (void)state;
    assert_string_equal(find("/", "")->encoding, "");
    assert_string_equal(find("/", "gzip, deflate, br")->encoding, "br");
    assert_string_equal(find("/", "GZIP;q=0.8")->encoding, "gzip");
    assert_string_equal(find("/", "br;q=0, gzip ; q=0.1")->encoding, "gzip");
    assert_string_equal(find("/", "br;q=0,gzip;q=0.000")->encoding, "");
    assert_string_equal(find("/", "brotli,gzipped")->encoding, "");
    assert_null(find("/stock", "gzip"));
}

static void test_forms_of_a_file_have_tags_of_their_own_and_the_page_names_its_parts(void **state)
{
    (void)state;
    const struct web_file *page = find("/", "");
    assert_string_not_equal(page->etag, find("/", "gzip")->etag);
    assert_false(page->is_immutable);
    size_t immutable = 0, named = 0;
    for (size_t i = 0; i < web_files_count; i++) {
        immutable += web_files[i].is_immutable;
        named += web_files[i].is_immutable && !web_files[i].encoding[0] &&
                 memmem(page->bytes, page->size, web_files[i].path, strlen(web_files[i].path));
    }
    assert_true(immutable >= 9 && immutable % 3 == 0);
    assert_true(named >= 3); /* its script, its style, its icon */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_screen_is_told_by_its_first_segment_alone),
        cmocka_unit_test(test_a_file_comes_in_the_smallest_form_that_is_taken),
        cmocka_unit_test(test_forms_of_a_file_have_tags_of_their_own_and_the_page_names_its_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
