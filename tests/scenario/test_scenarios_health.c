/* SPDX-License-Identifier: Apache-2.0 */
/* The server watches itself: each cause is made to happen to the real program, and its incident comes
 * and goes by itself. */
#include "support/foreign_writer.h"
#include "support/served_shop.h"

#define MIB ((off_t)1024 * 1024)

static void rig_own(struct served *s, struct shop **out)
{
    served_start(s);
    served_location(s, "berlin");
    *out =
        served_shop_of(s, (struct shop_options){.kind = SHOP_API, .code = "own", .retry_ms = 500});
    served_sku(s, "TEE", 100);
    served_listing(s, *out, "TEE", 100);
    UNTIL(s, 20, served_settled(s));
}

/* The newest incident of the kind lies in s->json; false: there was never one. */
static bool newest(struct served *s, const char *code, struct json *out)
{
    GET(s, "/v1/incidents?code=%s&limit=1", code);
    *out = said_at(json_get(s->json, "items"), 0);
    return json_type(*out) == JSON_OBJECT;
}

static void assert_says(struct json incident, const char *key, const char *part)
{
    struct slice text = said_text(incident, key);
    if (!memmem(text.p, text.n, part, strlen(part))) {
        fail_msg("'%.*s' does not say '%s'", SLICE_ARG(text), part);
    }
}

/* ---- room ---- */

static bool mount_small(struct served *s)
{
    assert_int_equal(mkdir(s->data, 0700), 0);
    return geteuid() == 0 && mount("tmpfs", s->data, "tmpfs", 0, "size=256m") == 0;
}

static void fill(const char *path, off_t bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(posix_fallocate(fd, 0, bytes), 0);
    close(fd);
}

static int ready(struct served *s)
{
    return served_get(s, "/readyz");
}

static void test_a_disk_that_fills_is_told_refused_in_time_and_taken_again_by_itself(void **state)
{
    struct served *s = *state;
    struct shop *own;
    struct json incident;
    char filler[128], ballast[128];
    if (!mount_small(s)) {
        print_message("skipped: mounting a small file system needs root\n");
        skip();
    }
    must(setenv("TRUECOUNT_DISK_WARN", "96", 1) == 0);
    must(setenv("TRUECOUNT_DISK_REFUSE", "32", 1) == 0);
    rig_own(s, &own);
    must(unsetenv("TRUECOUNT_DISK_WARN") == 0 && unsetenv("TRUECOUNT_DISK_REFUSE") == 0);
    snprintf(filler, sizeof(filler), "%s/filler", s->data);
    snprintf(ballast, sizeof(ballast), "%s/ballast", s->data);
    UNTIL(s, 5, access(ballast, F_OK) == 0);
    UNTIL(s, 5, served_incidents(s, "DURABILITY", NULL) == 1); /* it lies on a tmpfs */
    assert_int_equal(served_incidents(s, "DISK-LOW", NULL), 0);

    fill(filler, 120 * MIB); /* of 256, 64 of them ballast */
    UNTIL(s, 20, served_incidents(s, "DISK-LOW", NULL) == 1);
    assert_int_equal(ready(s), 200);
    shop_sells_one(own, "TEE", 1);
    UNTIL(s, 10, served_stock(s, "TEE", "reserved") == 1);

    fill(filler, 170 * MIB);
    UNTIL(s, 20, ready(s) == 503);
    assert_non_null(memmem(s->text.p, s->text.n, "disk is nearly full", 19));
    assert_int_equal(served_incidents(s, "STORE-REFUSE", NULL), 1);
    assert_int_not_equal(access(ballast, F_OK), 0);
    shop_sells_one(own, "TEE", 2);
    int64_t since = env_mono_us(s->env);
    UNTIL(s, 10, env_mono_us(s->env) - since > 2 * US_PER_S);
    assert_int_equal(served_stock(s, "TEE", "reserved"), 1); /* reading goes on */
    assert_true(sandbox_stats(s->sandbox).sum.hooks_waiting > 0);
    assert_int_equal(served_write(s, "POST", "/v1/skus", "{'sku':'CUP'}"), 503);
    assert_non_null(memmem(s->text.p, s->text.n, "nearly full", 11));

    assert_int_equal(unlink(filler), 0);
    UNTIL(s, 20, ready(s) == 200);
    UNTIL(s, 30, served_stock(s, "TEE", "reserved") == 3); /* it was sent again */
    UNTIL(s, 20, access(ballast, F_OK) == 0);
    UNTIL(s, 20, served_incidents(s, "STORE-REFUSE", NULL) == 0);
    UNTIL(s, 20, served_incidents(s, "DISK-LOW", NULL) == 0);
    assert_true(newest(s, "STORE-REFUSE", &incident));
    assert_says(incident, "resolution", "there is room on the disk again");
    UNTIL(s, 60, served_settled(s));
    served_stop(s);
    served_verify(s);
    assert_int_equal(umount2(s->data, MNT_DETACH), 0);
}

/* ---- where it lies ---- */

static void copy_files(const char *from, const char *to)
{
    static const char *const files[] = {"truecount.db", "secrets.key"};
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        char path[256];
        char bytes[65536];
        size_t n;
        snprintf(path, sizeof(path), "%s/%s", from, files[i]);
        FILE *in = fopen(path, "rb");
        snprintf(path, sizeof(path), "%s/%s", to, files[i]);
        FILE *out = fopen(path, "wb");
        assert_true(in && out);
        while ((n = fread(bytes, 1, sizeof(bytes), in)) > 0) {
            assert_int_equal(fwrite(bytes, 1, n, out), n);
        }
        assert_int_equal(fclose(in) | fclose(out) | chmod(path, 0600), 0);
    }
}

static void test_a_ledger_in_memory_is_told_until_it_is_started_on_a_disk(void **state)
{
    struct served *s = *state;
    char disk[sizeof(s->data)];
    struct json incident;
    memcpy(disk, s->data, sizeof(disk));
    snprintf(s->data, sizeof(s->data), "/dev/shm/truecount-%d", (int)getpid());
    served_start(s);
    UNTIL(s, 10, served_incidents(s, "DURABILITY", NULL) == 1);
    assert_true(newest(s, "DURABILITY", &incident));
    assert_says(incident, "title", "tmpfs");
    assert_says(incident, "detail", "a reboot or a power cut loses the whole ledger");
    served_stop(s);
    assert_int_equal(mkdir(disk, 0700), 0);
    copy_files(s->data, disk);
    directory_remove(s->data);
    memcpy(s->data, disk, sizeof(disk));
    served_start(s);
    UNTIL(s, 10, served_incidents(s, "DURABILITY", NULL) == 0);
    served_end(s);
}

/* ---- the proof ---- */

/* "HH:MM", local, when so many seconds have passed; *out_wait_s: until then. */
static void minute_ahead(char out[8], int *out_wait_s)
{
    time_t now = time(NULL);
    struct tm local;
    now += 65; /* the next minute that begins in more than five seconds */
    assert_non_null(localtime_r(&now, &local));
    *out_wait_s = 65 - local.tm_sec;
    (void)strftime(out, 8, "%H:%M", &local);
}

static void served_start_proving(struct served *s, int *out_wait_s)
{
    char at[8];
    minute_ahead(at, out_wait_s);
    must(setenv("TRUECOUNT_VERIFY_AT", at, 1) == 0);
    served_start(s);
    must(unsetenv("TRUECOUNT_VERIFY_AT") == 0);
}

static void test_the_proof_of_the_night_passes_then_freezes_a_ledger_that_was_changed(void **state)
{
    struct served *s = *state;
    struct shop *own;
    struct json incident;
    char out[128], marker[128], *text = NULL;
    int wait_s = 0;
    rig_own(s, &own);
    served_stop(s);
    served_start_proving(s, &wait_s);
    UNTIL(s, wait_s + 40, newest(s, "VERIFY-OK", &incident));
    assert_true(slice_is(said_text(incident, "state"), "resolved"));
    assert_says(incident, "title", "Proven on 20");
    assert_says(incident, "detail", "the chain's head is ");
    served_stop(s);

    foreign_write(s->data, "UPDATE stock SET available = available + 7");
    served_start_proving(s, &wait_s);
    UNTIL(s, wait_s + 40, served_incidents(s, "STORE-CORRUPT", NULL) == 1);
    assert_true(newest(s, "STORE-CORRUPT", &incident));
    assert_says(incident, "detail", "SKU 'TEE' at 'berlin': available is stored as 107");
    assert_says(incident, "detail", "The last good position: Proven on 20");
    assert_says(incident, "action", "truecount restore --from YOUR-BACKUP");
    UNTIL(s, 5, ready(s) == 503);
    assert_non_null(memmem(s->text.p, s->text.n, "STORE-CORRUPT", 13));
    assert_int_equal(served_write(s, "POST", "/v1/skus", "{'sku':'CUP'}"), 503);
    GET(s, "/v1/stock/TEE"); /* it can be looked at */
    uint64_t writes = shop_stats(own).writes;
    int64_t since = env_mono_us(s->env);
    UNTIL(s, 10, env_mono_us(s->env) - since > 2 * US_PER_S);
    assert_int_equal(shop_stats(own).writes, writes);
    served_stop(s);

    snprintf(out, sizeof(out), "%s/refused", s->directory);
    const char *const wrong[] = {"serve", "--data", s->data, "--verify-at", "25:00", NULL};
    snprintf(marker, sizeof(marker), "%s/corrupt", s->data);
    assert_int_equal(access(marker, F_OK), 0);

    /* A restart does not thaw it; a restored directory does. */
    const char *const args[] = {"serve", "--data", s->data, "--listen", "127.0.0.1:0", NULL};
    assert_int_equal(child_run(out, args, &text), 2);
    assert_non_null(strstr(text, "the ledger is frozen, its proof failed"));
    assert_non_null(strstr(text, "available is stored as 107"));
    free(text);
    foreign_write(s->data, "UPDATE stock SET available = available - 7");
    assert_int_equal(unlink(marker), 0);
    assert_int_equal(child_run(out, wrong, &text), 2);
    assert_non_null(strstr(text, "--verify-at '25:00': give HH:MM"));
    free(text);
    served_start(s);
    UNTIL(s, 20, served_incidents(s, "STORE-CORRUPT", NULL) == 0);
    WRITE(s, 201, "POST", "/v1/skus", "{'sku':'CUP'}");
    served_end(s);
}

/* ---- limits, ours and theirs ---- */

/* A body of 3 MiB to the channel's hook. */
static int send_too_much(struct served *s, const char *path)
{
    static const struct http_header headers[] = {{{"Content-Type", 12}, {"application/json", 16}}};
    size_t n = (size_t)3 << 20;
    char *body = calloc(1, n);
    must(body);
    memset(body, ' ', n);
    int status = served_send(s, "POST", slice_of(path), headers, 1, (struct slice){body, n});
    free(body);
    return status;
}

/* Keeps both going for so long. */
static void go_on(struct served *s, struct shop *woo, int seconds, bool (*until)(struct served *s))
{
    for (int i = 0; i < seconds && !until(s); i++) {
        int64_t since = env_mono_us(s->env);
        (void)send_too_much(s, "/hooks/woo/orders");
        if (i % 10 == 0) {
            shop_sells_one(woo, "CUP", 1);
        }
        UNTIL(s, 5, env_mono_us(s->env) - since > US_PER_S);
    }
}

static bool are_both_told(struct served *s)
{
    return served_incidents(s, "LIMIT", NULL) == 1 && served_incidents(s, "THROTTLED", NULL) == 1;
}

static void test_shedding_that_lasts_and_a_platform_that_throttles_are_told(void **state)
{
    struct served *s = *state;
    struct shop *own, *woo;
    struct json incident;
    rig_own(s, &own);
    woo = served_shop(s, SHOP_WOOCOMMERCE, "woo");
    served_listing(s, woo, "TEE", 100);
    served_sku(s, "CUP", 100);
    served_listing(s, own, "CUP", 100);
    served_listing(s, woo, "CUP", 100);
    UNTIL(s, 30, served_settled(s));

    const struct shop_faults throttles = {.api_throttle = 1000};
    shop_faults_set(woo, &throttles);
    shop_sells_one(own, "TEE", 1); /* the other shop must be told, and cannot be */
    go_on(s, woo, 110, are_both_told);
    assert_true(are_both_told(s));
    assert_true(newest(s, "LIMIT", &incident));
    assert_says(incident, "detail", "had a body larger than a request may have (413)");
    assert_says(incident, "detail", "Most of them came from 'woo'");
    assert_true(newest(s, "THROTTLED", &incident));
    assert_says(incident, "title", "'woo'");
    assert_says(incident, "detail", "Listings that wait to be told: ");
    assert_int_equal(served_incidents(s, "CHANNEL-DOWN", NULL), 0);

    const struct shop_faults none = {0};
    shop_faults_set(woo, &none);
    UNTIL(s, 60, served_settled(s));
    UNTIL(s, 30, served_incidents(s, "THROTTLED", NULL) == 0); /* nothing waits any more */
    UNTIL(s, 160, served_incidents(s, "LIMIT", NULL) == 0);
    served_end(s);
}

/* ---- the clock ---- */

#define FAKETIME "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"

/* What the server's wall clock shows, against everybody else's; it looks at the file each second. */
static void set_clock(const char *path, const char *offset)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fprintf(f, "%s\n", offset) > 0);
    assert_int_equal(fclose(f), 0);
}

static void test_a_clock_that_is_set_wrong_is_told_until_it_is_set_right(void **state)
{
    struct served *s = *state;
    struct shop *own, *woo;
    struct json incident;
    char path[128];
    if (access(FAKETIME, R_OK) != 0) {
        print_message("skipped: Debian's faketime is not installed\n");
        skip();
    }
    snprintf(path, sizeof(path), "%s/clock", s->directory);
    set_clock(path, "+0");
    must(setenv("LD_PRELOAD", FAKETIME, 1) == 0);
    must(setenv("FAKETIME_TIMESTAMP_FILE", path, 1) == 0);
    must(setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1", 1) == 0);
    must(setenv("FAKETIME_CACHE_DURATION", "1", 1) == 0);
    rig_own(s, &own);
    must(unsetenv("LD_PRELOAD") == 0 && unsetenv("FAKETIME_TIMESTAMP_FILE") == 0);
    woo = served_shop(s, SHOP_WOOCOMMERCE, "woo"); /* is asked for orders every few seconds */
    served_listing(s, woo, "TEE", 100);
    UNTIL(s, 30, served_settled(s));
    int64_t since = env_mono_us(s->env);
    UNTIL(s, 30, env_mono_us(s->env) - since > 17 * US_PER_S); /* the server has looked */
    assert_int_equal(served_incidents(s, "CLOCK", NULL), 0);

    set_clock(path, "-240");
    UNTIL(s, 60, served_incidents(s, "CLOCK", NULL) == 1);
    assert_true(newest(s, "CLOCK", &incident));
    assert_says(incident, "title", "This server's clock jumped back by ");
    set_clock(path, "+0");
    UNTIL(s, 60, served_incidents(s, "CLOCK", NULL) == 0); /* a shop's answers say so */
    UNTIL(s, 30, served_settled(s));
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_a_disk_that_fills_is_told_refused_in_time_and_taken_again_by_itself),
        SCENARIO(test_a_ledger_in_memory_is_told_until_it_is_started_on_a_disk),
        SCENARIO(test_the_proof_of_the_night_passes_then_freezes_a_ledger_that_was_changed),
        SCENARIO(test_a_clock_that_is_set_wrong_is_told_until_it_is_set_right),
        SCENARIO(test_shedding_that_lasts_and_a_platform_that_throttles_are_told),
    };
    return cmocka_run_group_tests_name("scenarios: the server watches itself", tests, NULL, NULL);
}
