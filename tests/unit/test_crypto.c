/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include "base/crypto.h"

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, (size_t)1 << 20);
    return crypto_init() == ERR_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static struct slice hex(const void *bytes, size_t n)
{
    return hex_encode(&arena, (struct slice){bytes, n});
}

static struct slice repeated(char c, size_t n)
{
    char *p = arena_alloc(&arena, n);
    assert_non_null(p);
    memset(p, c, n);
    return (struct slice){p, n};
}

static void test_hmac_sha256_matches_rfc_4231(void **state)
{
    uint8_t mac[SHA256_SIZE];
    uint8_t counted[25];
    (void)state;

    for (size_t i = 0; i < sizeof(counted); i++) {
        counted[i] = (uint8_t)(i + 1);
    }
    const struct {
        struct slice key, data;
        const char *mac;
    } cases[] = {
        {repeated('\x0b', 20),
         SLICE("Hi There"),
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {SLICE("Jefe"),
         SLICE("what do ya want for nothing?"),
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {repeated('\xaa', 20),
         repeated('\xdd', 50),
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {{(const char *)counted, sizeof(counted)},
         repeated('\xcd', 50),
         "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
        {repeated('\xaa', 131),
         SLICE("Test Using Larger Than Block-Size Key - Hash Key First"),
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {repeated('\xaa', 131),
         SLICE("This is a test using a larger than block-size key and a larger than block-size "
               "data. The key needs to be hashed before being used by the HMAC algorithm."),
         "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        hmac_sha256(mac, cases[i].key, cases[i].data);
        assert_slice(hex(mac, sizeof(mac)), cases[i].mac);
    }
}

static void test_hmac_sha1_matches_rfc_2202(void **state)
{
    uint8_t mac[SHA1_SIZE];
    (void)state;

    hmac_sha1(mac, repeated('\x0b', 20), SLICE("Hi There"));
    assert_slice(hex(mac, sizeof(mac)), "b617318655057264e28bc0b6fb378c8ef146be00");
    hmac_sha1(mac, SLICE("Jefe"), SLICE("what do ya want for nothing?"));
    assert_slice(hex(mac, sizeof(mac)), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
}

static void test_hmac_takes_an_empty_key_and_an_empty_text(void **state)
{
    uint8_t mac[SHA256_SIZE];
    (void)state;

    hmac_sha256(mac, (struct slice){0}, (struct slice){0});
    assert_slice(hex(mac, sizeof(mac)),
                 "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void test_sha256_matches_fips_180(void **state)
{
    uint8_t digest[SHA256_SIZE];
    (void)state;

    sha256(digest, SLICE("abc"));
    assert_slice(hex(digest, sizeof(digest)),
                 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256(digest, (struct slice){0});
    assert_slice(hex(digest, sizeof(digest)),
                 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void test_sha256_in_pieces_is_that_of_the_whole(void **state)
{
    static const char text[] = "abcdefghijklmnopqrstuvwxyz";
    uint8_t whole[SHA256_SIZE], pieces[SHA256_SIZE];
    (void)state;
    sha256(whole, SLICE("abcdefghijklmnopqrstuvwxyz"));
    for (size_t cut = 0; cut < sizeof(text); cut++) {
        struct sha256_stream *stream = sha256_begin();
        assert_non_null(stream);
        sha256_add(stream, (struct slice){text, cut});
        sha256_add(stream, (struct slice){text + cut, sizeof(text) - 1 - cut});
        sha256_end(stream, pieces);
        assert_memory_equal(pieces, whole, sizeof(whole));
    }
}

static void test_blake2b_matches_rfc_7693_in_any_cut(void **state)
{
    static const char abc[] = "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
                              "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923";
    const struct slice whole[] = {SLICE("abc")};
    const struct slice cut[] = {SLICE("a"), {0}, SLICE("bc")};
    uint8_t digest[64];
    (void)state;

    blake2b(digest, sizeof(digest), whole, COUNT_OF(whole));
    assert_slice(hex(digest, sizeof(digest)), abc);
    blake2b(digest, sizeof(digest), cut, COUNT_OF(cut));
    assert_slice(hex(digest, sizeof(digest)), abc);
    blake2b(digest, 32, NULL, 0); /* of nothing, as b2sum -l 256 prints it */
    assert_slice(hex(digest, 32),
                 "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
}

/* The storefront's own library gives this signature for this secret and body. */
static void test_a_storefronts_signature_is_reproduced(void **state)
{
    uint8_t mac[SHA256_SIZE];
    struct slice secret = SLICE("truecount-test-secret");
    (void)state;

    hmac_sha256(mac,
                secret,
                SLICE("{\"inventory_item_id\":271878346596884015,\"location_id\":24826418,"
                      "\"available\":10}"));
    assert_slice(base64_encode(&arena, (struct slice){(const char *)mac, sizeof(mac)}),
                 "QFI7CZU3YX2PVf67LWqOGKrQCjDkm2fFAPaX9DxRfrc=");
    hmac_sha256(mac,
                secret,
                SLICE("code=abc&host=aG9zdA&shop=t.myshopify.com&state=n1&timestamp=1337178173"));
    assert_slice(hex(mac, sizeof(mac)),
                 "894b2d06842a7d4245554aa73f99b80e5cf6c26e2ff3518eb7e798f48ec87bdd");
}

static void test_base64_matches_rfc_4648(void **state)
{
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"},
                                           {"\xfb\xff", "+/8="}};
    struct slice bytes;
    (void)state;

    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        assert_slice(base64_encode(&arena, slice_of(pairs[i][0])), pairs[i][1]);
        assert_true(base64_decode(&arena, slice_of(pairs[i][1]), &bytes));
        assert_slice(bytes, pairs[i][0]);
    }
}

static void test_base64_decode_is_strict(void **state)
{
    static const char *const bad[] = {"Zg",
                                      "Zg=",
                                      "Zg===",
                                      "Z",
                                      "Zh==" /* bits behind the end */,
                                      "Zm9v\n",
                                      " Zm9v",
                                      "Zm9v====",
                                      "-_8=",
                                      "Zg==Zg==",
                                      "====",
                                      "Zm9v=",
                                      "8\xFF\xFF\xFF",
                                      "Z\xC3\xA9=="};
    struct slice bytes;
    (void)state;

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        if (base64_decode(&arena, slice_of(bad[i]), &bytes)) {
            fail_msg("'%s' was accepted", bad[i]);
        }
    }
}

static void test_hex_is_lower_case_out_and_strict_in(void **state)
{
    static const char *const bad[] = {"0", "0g", "00 ", " 00", "0x00", "000"};
    struct slice bytes;
    (void)state;

    assert_slice(hex_encode(&arena, SLICE("\x00\xAB\xff")), "00abff");
    assert_slice(hex_encode(&arena, (struct slice){0}), "");
    assert_true(hex_decode(&arena, SLICE("00aBFf"), &bytes));
    assert_true(slice_equal(bytes, SLICE("\x00\xAB\xff")));
    assert_true(hex_decode(&arena, (struct slice){0}, &bytes));
    assert_int_equal(bytes.n, 0);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(hex_decode(&arena, slice_of(bad[i]), &bytes));
    }
}

static void test_percent_keeps_the_unreserved_and_is_strict_in(void **state)
{
    static const char *const bad[] = {"%", "%4", "a%zz", "%%41", "%4"};
    struct slice text;
    (void)state;

    assert_slice(percent_encode(&arena, SLICE("aZ09-._~ /?&=+%\xC3\xA9")),
                 "aZ09-._~%20%2F%3F%26%3D%2B%25%C3%A9");
    assert_true(percent_decode(&arena, SLICE("a%2f+%C3%a9"), &text));
    assert_slice(text, "a/+\xC3\xA9"); /* a plus is a plus here */
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(percent_decode(&arena, slice_of(bad[i]), &text));
    }
}

static void test_uuid_has_its_version_and_variant(void **state)
{
    uint8_t random[16];
    (void)state;

    memset(random, 0xFF, sizeof(random));
    assert_slice(uuid_text(&arena, random), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    memset(random, 0x00, sizeof(random));
    assert_slice(uuid_text(&arena, random), "00000000-0000-4000-8000-000000000000");
}

static void test_crypto_equal_compares_all_bytes(void **state)
{
    (void)state;
    assert_true(crypto_equal(SLICE("abc"), SLICE("abc")));
    assert_true(crypto_equal((struct slice){0}, SLICE("")));
    assert_false(crypto_equal(SLICE("abc"), SLICE("abd")));
    assert_false(crypto_equal(SLICE("bbc"), SLICE("abc")));
    assert_false(crypto_equal(SLICE("abc"), SLICE("abcd")));
    assert_false(crypto_equal(SLICE("abc"), (struct slice){0}));
}

static void test_a_sealed_secret_opens_only_unchanged_and_in_its_place(void **state)
{
    uint8_t key[SEAL_KEY_SIZE], other_key[SEAL_KEY_SIZE], nonce[24];
    struct slice sealed, plain;
    (void)state;

    memset(key, 1, sizeof(key));
    memset(other_key, 2, sizeof(other_key));
    memset(nonce, 3, sizeof(nonce));
    assert_int_equal(
        crypto_seal(key, nonce, SLICE("shpat_token"), SLICE("channel 7"), &arena, &sealed), ERR_OK);
    assert_int_equal(sealed.n, strlen("shpat_token") + SEAL_OVERHEAD);
    assert_null(memmem(sealed.p, sealed.n, "shpat", 5));
    assert_int_equal(crypto_open(key, sealed, SLICE("channel 7"), &arena, &plain), ERR_OK);
    assert_slice(plain, "shpat_token");

    assert_int_equal(crypto_open(other_key, sealed, SLICE("channel 7"), &arena, &plain), ERR_AUTH);
    assert_int_equal(crypto_open(key, sealed, SLICE("channel 8"), &arena, &plain), ERR_AUTH);
    for (size_t i = 0; i < sealed.n; i++) {
        struct slice changed = arena_copy(&arena, sealed);
        char bytes[100];
        memcpy(bytes, changed.p, changed.n);
        bytes[i] ^= 1;
        assert_int_equal(
            crypto_open(key, (struct slice){bytes, sealed.n}, SLICE("channel 7"), &arena, &plain),
            ERR_AUTH);
        assert_int_equal(
            crypto_open(key, (struct slice){sealed.p, i}, SLICE("channel 7"), &arena, &plain),
            ERR_AUTH);
    }
    assert_int_equal(crypto_seal(key, nonce, (struct slice){0}, (struct slice){0}, &arena, &sealed),
                     ERR_OK);
    assert_int_equal(crypto_open(key, sealed, (struct slice){0}, &arena, &plain), ERR_OK);
    assert_int_equal(plain.n, 0);
}

/* draft-irtf-cfrg-xchacha-03, A.3.1. */
static void test_the_seal_is_xchacha20_poly1305(void **state)
{
    uint8_t key[SEAL_KEY_SIZE], nonce[24];
    struct slice sealed;
    (void)state;

    for (size_t i = 0; i < sizeof(key); i++) {
        key[i] = (uint8_t)(0x80 + i);
    }
    for (size_t i = 0; i < sizeof(nonce); i++) {
        nonce[i] = (uint8_t)(0x40 + i);
    }
    assert_int_equal(crypto_seal(key,
                                 nonce,
                                 SLICE("Ladies and Gentlemen of the class of '99: If I could offer "
                                       "you only one tip for the future, sunscreen would be it."),
                                 SLICE("\x50\x51\x52\x53\xc0\xc1\xc2\xc3\xc4\xc5\xc6\xc7"),
                                 &arena,
                                 &sealed),
                     ERR_OK);
    assert_slice(hex(sealed.p + 24, 16), "bd6d179d3e83d43b9576579493c0e939");
    assert_slice(hex(sealed.p + sealed.n - 16, 16), "c0875924c1c7987947deafd8780acf49");
}

static void test_wipe_clears_and_random_differs(void **state)
{
    uint8_t a[32], b[32];
    static const uint8_t zeros[32];
    (void)state;

    crypto_random(a, sizeof(a));
    crypto_random(b, sizeof(b));
    assert_memory_not_equal(a, b, sizeof(a));
    crypto_wipe(a, sizeof(a));
    assert_memory_equal(a, zeros, sizeof(a));
}

static void test_md5_matches_rfc_1321(void **state)
{
    uint8_t digest[MD5_SIZE];
    (void)state;

    md5(digest, (struct slice){0});
    assert_slice(hex(digest, MD5_SIZE), "d41d8cd98f00b204e9800998ecf8427e");
    md5(digest, SLICE("message digest"));
    assert_slice(hex(digest, MD5_SIZE), "f96b697d7cb7938d525a2f31aaf161d0");
}

static struct slice bytes(const char *base64)
{
    struct slice out = {0};
    assert_true(base64_decode(&arena, slice_of(base64), &out));
    return out;
}

/* A delivery of eBay's with its key: the test vector of their notification SDK (Apache-2.0). */
static void test_a_marketplaces_ecdsa_signature_is_verified(void **state)
{
    (void)state;
    const struct slice key =
        bytes("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZhhxXKtR+TOvtDbgTPCkSof02qgBB7IsYOyf76ilExJ/"
              "upAa/vKIKheOoCyOpcLmi4t0b4uepb7LLjmMr90FUg==");
    const struct slice signature =
        bytes("MEYCIQCfxfIWuxmWcIBQJ9c5/X7iGDJqs2RCGsBEaAjinyrrfAIhAIV6wGcTiBuV5KJUif2hokyrL+Q9ssH"
              "kad+mx2nEE25w");
    const struct slice other =
        bytes("MEUCIQCGcSnmAkTfr+ZZ2Vg0bWEos8a/teBqi7Pe68+hGmLMCQIgeFvkrto+8ds8RVwI3Ggn1mMGCrNMEZJ"
              "3SRlO2fx/xqI=");
    const struct slice body = SLICE(
        "{\"metadata\":{\"topic\":\"MARKETPLACE_ACCOUNT_DELETION\",\"schemaVersion\":\"1.0\","
        "\"deprecated\":false},\"notification\":{\"notificationId\":\"49feeaeb-4982-42d9-a377-"
        "9645b8479411_33f7e043-fed8-442b-9d44-791923bd9a6d\",\"eventDate\":\"2021-03-19T20:43:59"
        ".462Z\",\"publishDate\":\"2021-03-19T20:43:59.679Z\",\"publishAttemptCount\":1,\"data\":{"
        "\"username\":\"test_user\",\"userId\":\"ma8vp1jySJC\",\"eiasToken\":\"nY+sHZ2PrBmdj6wVnY"
        "+sEZ2PrA2dj6wJnY+gAZGEpwmdj6x9nY+seQ==\"}}}");

    assert_int_equal(body.n, 434);
    assert_true(ecdsa_p256_sha1_verify(key, body, signature));
    assert_false(ecdsa_p256_sha1_verify(key, body, other));
    assert_false(ecdsa_p256_sha1_verify(key, slice_from(body, 1), signature));
    for (size_t n = 0; n < signature.n; n++) {
        assert_false(ecdsa_p256_sha1_verify(key, body, (struct slice){signature.p, n}));
    }
    for (size_t n = 0; n < key.n; n++) {
        assert_false(ecdsa_p256_sha1_verify((struct slice){key.p, n}, body, signature));
    }
    char *more = arena_alloc(&arena, key.n + 1);
    assert_non_null(more);
    memcpy(more, key.p, key.n);
    assert_false(ecdsa_p256_sha1_verify((struct slice){more, key.n + 1}, body, signature));
}

static void test_a_signature_of_another_curve_is_refused(void **state)
{
    (void)state;
    const struct slice key =
        bytes("MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE+Wlc07fKL2Qse811rIBCiCCSFFYNp8SLy4z/Gz"
              "gFNW1PnP20NwE1VLiN5WNNuD60t+eJ0o6KH6fg3fT8NNIadAGrmkJcTiqDpJFCJL/C0RZI"
              "EF3GEKW5a4heKHMXYDpb");
    const struct slice signature =
        bytes("MGUCMQD/ZSwZJuM0wTtYzAzlII2nnZtZYR4KXSFSw30P/aBou+Jpow6GPkeMW+HSYAv7tb"
              "8CMDa9g2ZDWkId9Ba/FwV3nqLPEz2bD+Tsh+bf6B90rtQppm1n3pxCYakjnRMFGwx6oA==");

    assert_false(ecdsa_p256_sha1_verify(key, SLICE("text"), signature));
}

static void test_encoders_say_when_the_arena_is_full(void **state)
{
    struct arena small;
    struct slice out;
    const uint8_t random[16] = {0};
    (void)state;

    arena_init(&small, 8);
    assert_null(hex_encode(&small, SLICE("123456789")).p);
    assert_null(base64_encode(&small, SLICE("123456789")).p);
    assert_null(percent_encode(&small, SLICE("123456789")).p);
    assert_null(uuid_text(&small, random).p);
    assert_false(percent_decode(&small, SLICE("123456789"), &out));
    assert_true(small.exhausted);
    arena_free(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hmac_sha256_matches_rfc_4231),
        cmocka_unit_test(test_hmac_sha1_matches_rfc_2202),
        cmocka_unit_test(test_hmac_takes_an_empty_key_and_an_empty_text),
        cmocka_unit_test(test_sha256_matches_fips_180),
        cmocka_unit_test(test_sha256_in_pieces_is_that_of_the_whole),
        cmocka_unit_test(test_blake2b_matches_rfc_7693_in_any_cut),
        cmocka_unit_test(test_a_storefronts_signature_is_reproduced),
        cmocka_unit_test(test_base64_matches_rfc_4648),
        cmocka_unit_test(test_base64_decode_is_strict),
        cmocka_unit_test(test_hex_is_lower_case_out_and_strict_in),
        cmocka_unit_test(test_percent_keeps_the_unreserved_and_is_strict_in),
        cmocka_unit_test(test_uuid_has_its_version_and_variant),
        cmocka_unit_test(test_crypto_equal_compares_all_bytes),
        cmocka_unit_test(test_a_sealed_secret_opens_only_unchanged_and_in_its_place),
        cmocka_unit_test(test_the_seal_is_xchacha20_poly1305),
        cmocka_unit_test(test_wipe_clears_and_random_differs),
        cmocka_unit_test(test_md5_matches_rfc_1321),
        cmocka_unit_test(test_a_marketplaces_ecdsa_signature_is_verified),
        cmocka_unit_test(test_a_signature_of_another_curve_is_refused),
        cmocka_unit_test(test_encoders_say_when_the_arena_is_full),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
