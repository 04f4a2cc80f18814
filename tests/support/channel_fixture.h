/* SPDX-License-Identifier: Apache-2.0 */
/*
 * channel_fixture - what every connector's test needs: files, accounts, signed deliveries, answers.
 *
 * One arena and one document for the whole test program; nothing is given back before the end.
 */
#pragma once
#include "testing.h"

#include "base/crypto.h"
#include "channels/connector.h"

#define FIXTURE_ARENA ((size_t)64 << 20)

struct fixture {
    struct arena arena;
    struct json_doc *doc, *doc_config;
};

static struct fixture fixture;

static inline int fixture_open(void **state)
{
    (void)state;
    arena_init(&fixture.arena, FIXTURE_ARENA);
    fixture.doc = json_doc_new();
    fixture.doc_config = json_doc_new();
    return !fixture.doc || !fixture.doc_config || crypto_init();
}

static inline int fixture_close(void **state)
{
    (void)state;
    arena_free(&fixture.arena);
    json_doc_free(fixture.doc);
    json_doc_free(fixture.doc_config);
    return 0;
}

/* A file under tests/data. */
static inline struct slice fixture_file(const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/%s", TC_TEST_DATA, name);
    FILE *file = fopen(path, "rb");
    if (!file) {
        fail_msg("%s cannot be opened", path);
        return (struct slice){0};
    }
    size_t size_max = (size_t)1 << 20;
    char *bytes = arena_alloc(&fixture.arena, size_max);
    assert_non_null(bytes);
    size_t n = fread(bytes, 1, size_max, file);
    assert_true(n > 0 && n < size_max);
    (void)fclose(file);
    return (struct slice){bytes, n};
}

/* {"settings":{...},"secrets":{...}} into an account. */
static inline enum err fixture_configure(const struct connector *connector,
                                         const char *text,
                                         struct account *out,
                                         struct err_note *note)
{
    struct json root;
    struct err_note parse_note;
    assert_int_equal(json_parse(fixture.doc_config, slice_of(text), &root, &parse_note), ERR_OK);
    return connector->configure(json_get(root, "settings"),
                                json_get(root, "secrets"),
                                SLICE("shop-a"),
                                false,
                                &fixture.arena,
                                out,
                                note);
}

static inline struct account fixture_account(const struct connector *connector, const char *text)
{
    struct account account = {0};
    struct err_note note = {{0}};
    if (fixture_configure(connector, text, &account, &note)) {
        fail_msg("configure: %s", note.text);
    }
    return account;
}

static inline struct json fixture_json(struct slice text)
{
    struct json root = {0};
    struct err_note note = {{0}};
    if (json_parse(fixture.doc, text, &root, &note)) {
        fail_msg("not JSON: %s", note.text);
    }
    return root;
}

static inline struct slice fixture_header(const struct http_request *request, const char *name)
{
    return http_header_get(request->headers, request->headers_count, name);
}

/* An answer with a JSON body. */
static inline struct http_response fixture_answer(int status, struct slice body)
{
    static const struct http_header headers[] = {
        {{"Content-Type", 12}, {"application/json", 16}},
        {{"Date", 4}, {"Mon, 23 Nov 2026 05:45:31 GMT", 29}},
    };
    return (struct http_response){
        .status = status, .headers = headers, .headers_count = COUNT_OF(headers), .body = body};
}
