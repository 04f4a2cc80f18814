/* SPDX-License-Identifier: Apache-2.0 */
/* Thousands of listings: what goes over all of them holds none of them. */
#include "support/served_shop.h"

#define MANY 9000       /* more than recovery lets wait, in several of its pages */
#define READ_BACK 10000 /* 20 pages of an audit */
/* Its quarantine keeps what was freed: memory grows by design. */
#if defined(__has_feature)
#define HAS_SANITIZER __has_feature(address_sanitizer)
#else
#define HAS_SANITIZER 0
#endif
#define GROWTH_MAX_KB 4096

static int64_t resident_kb(const struct served *s)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/status", (int)s->child);
    char *text = file_text(path);
    const char *at = strstr(text, "VmRSS:");
    assert_non_null(at);
    int64_t kb = strtol(at + strlen("VmRSS:"), NULL, 10);
    free(text);
    return kb;
}

static void csv_send(struct served *s, const char *path)
{
    served_api(s, "POST", slice_of(path));
    served_wanted(s, 200, __FILE__, __LINE__);
}

static void counts_make(struct served *s, int units)
{
    buf_clear(&s->body);
    buf_text(&s->body, "sku,location,counted\n");
    for (int i = 0; i < MANY; i++) {
        buf_printf(&s->body, "SKU-%d,berlin,%d\n", i, units);
    }
}

/* By the command, while no server runs: nobody looks at the listings. */
static void counts_import(struct served *s, int units)
{
    char file[128], out[128];
    snprintf(file, sizeof(file), "%s/stock.csv", s->directory);
    snprintf(out, sizeof(out), "%s/import", s->directory);
    counts_make(s, units);
    FILE *f = fopen(file, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(s->body.p, 1, s->body.n, f), s->body.n);
    assert_int_equal(fclose(f), 0);
    const char *const args[] = {"import", "stock", file, "--data", s->data, NULL};
    assert_int_equal(child_run(out, args, NULL), 0);
}

/* How many items the shop shows with another number. */
static int behind(const struct shop *shop, int64_t units)
{
    struct shop_item item;
    int count = 0;
    for (size_t i = 0; shop_item_at(shop, i, &item); i++) {
        count += item.count != units;
    }
    return count;
}

static void test_after_a_start_every_one_of_many_listings_is_looked_at(void **state)
{
    struct served *s = *state;
    served_start(s);
    served_location(s, "berlin");
    struct shop *shop = served_shop(s, SHOP_API, "own");
    buf_clear(&s->body);
    buf_text(&s->body, "sku\n");
    for (int i = 0; i < MANY; i++) {
        char sku[24];
        snprintf(sku, sizeof(sku), "SKU-%d", i);
        shop_sells(shop, sku, 0);
        buf_printf(&s->body, "%s\n", sku);
    }
    csv_send(s, "/v1/csv/skus");
    buf_clear(&s->body);
    buf_text(&s->body, "channel,sku,remote:sku\n");
    for (int i = 0; i < MANY; i++) {
        buf_printf(&s->body, "own,SKU-%d,SKU-%d\n", i, i);
    }
    csv_send(s, "/v1/csv/listings");
    counts_make(s, 7);
    csv_send(s, "/v1/csv/stock");
    UNTIL(s, 60, behind(shop, 7) == 0);
    served_stop(s);
    counts_import(s, 5);
    assert_int_equal(behind(shop, 7), 0);
    served_start(s);
    UNTIL(s, 50, behind(shop, 5) == 0); /* the sweeps alone look at 500 a minute */
    served_end(s);
}

static int64_t job_start_of(struct served *s, const char *what, const char *body)
{
    int64_t job = 0;
    char path[96];
    snprintf(path, sizeof(path), "/v1/channels/shopify/%s", what);
    WRITE(s, 202, "POST", path, "%s", body);
    assert_true(slice_int(said_text(s->json, "job"), &job));
    return job;
}

static int64_t job_done(struct served *s, int64_t job)
{
    GET(s, "/v1/jobs/%" PRId64, job);
    assert_false(slice_is(said_text(s->json, "state"), "failed"));
    return said_int(s->json, "done");
}

static bool job_ended(struct served *s, int64_t job)
{
    (void)job_done(s, job);
    return slice_is(said_text(s->json, "state"), "done");
}

static void test_t50_reading_back_many_listings_uses_fixed_memory(void **state)
{
    struct served *s = *state;
    struct err_note note;
    served_start(s);
    served_location(s, "berlin");
    served_shop_of(s,
                   (struct shop_options){.kind = SHOP_SHOPIFY,
                                         .code = "shopify",
                                         .points_max = 1000000,
                                         .points_per_s = 100000});
    assert_int_equal(sandbox_catalogue_fill(s->sandbox, 1, READ_BACK, &note), ERR_OK);
    int64_t import = job_start_of(s, "import", "{'create_skus':true}");
    UNTIL(s, 60, job_ended(s, import));
    served_stop(s);
    served_start(s); /* without what the import had used */
    int64_t audit = job_start_of(s, "audit", "{}");
    UNTIL(s, 60, job_done(s, audit) >= READ_BACK / 5);
    int64_t early_kb = resident_kb(s);
    UNTIL(s, 120, job_ended(s, audit));
    int64_t late_kb = resident_kb(s);
    GET(s, "/v1/jobs/%" PRId64, audit);
    assert_int_equal(said_int(json_get(s->json, "result"), "read"), READ_BACK);
    if (!HAS_SANITIZER && late_kb - early_kb > GROWTH_MAX_KB) {
        fail_msg("%" PRId64 " KB after a fifth, %" PRId64 " KB after all", early_kb, late_kb);
    }
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_after_a_start_every_one_of_many_listings_is_looked_at),
        SCENARIO(test_t50_reading_back_many_listings_uses_fixed_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
