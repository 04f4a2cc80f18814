/* SPDX-License-Identifier: Apache-2.0 */
/* Tables through the real server: by HTTP and by the commands, large ones, faulty ones, back again. */
#include "support/command.h"

#define MANY 20000
#define BEARER "Bearer " CHILD_TOKEN

/* POSTs s->body as a table. key: Idempotency-Key, or NULL. */
static int post(struct served *s, const char *path, const char *bearer, const char *key)
{
    const struct http_header headers[] = {{SLICE("Authorization"), slice_of(bearer)},
                                          {SLICE("Content-Type"), SLICE("text/csv")},
                                          {SLICE("Idempotency-Key"), slice_of(key)}};
    return served_send(s, "POST", slice_of(path), headers, key ? 3 : 2, buf_view(&s->body));
}

static void
must_post(struct served *s, const char *path, int64_t created, int64_t changed, int64_t unchanged)
{
    if (post(s, path, BEARER, NULL) != 200 || said_int(s->json, "created") != created ||
        said_int(s->json, "changed") != changed || said_int(s->json, "unchanged") != unchanged) {
        fail_msg("%d %.*s", s->status, (int)(s->text.n < 3000 ? s->text.n : 3000), s->text.p);
    }
}

static void set_body(struct served *s, const char *text)
{
    buf_clear(&s->body);
    buf_text(&s->body, text);
}

/* The table as it is now, in s->body. */
static void get(struct served *s, const char *kind)
{
    GET(s, "/v1/csv/%s", kind);
    buf_clear(&s->body);
    buf_slice(&s->body, s->text);
    assert_false(s->body.overflow);
}

static size_t lines_of(const struct buf *body)
{
    size_t lines = 0;
    for (size_t i = 0; i < body->n; i++) {
        lines += body->p[i] == '\n';
    }
    return lines;
}

static char *dump_of(struct command *c)
{
    WANT_RUN(c, 0, NULL, NULL, "dump", "--canonical");
    char *text = c->out;
    c->out = NULL;
    return text;
}

static void begin(struct served *s)
{
    served_start(s);
    served_location(s, "berlin");
    WRITE(s, 201, "POST", "/v1/channels", "{'code':'till','connector':'api','mode':'live'}");
}

/* ---- claims ---- */

static void test_large_tables_go_in_and_come_back_unchanged(void **state)
{
    static const char *const kinds[] = {"skus", "listings", "bundles", "movements", "stock"};
    struct served *s = *state;
    begin(s);
    set_body(s, "sku;title;option:Size;barcode;buffer\r\n");
    for (int i = 0; i < MANY; i++) {
        buf_printf(&s->body, "S-%05d;\"=Größe \"\"%d\"\"; blau\";M;0%05d;\r\n", i, i, i);
    }
    buf_text(&s->body, "SET;of two;;;\r\n");
    must_post(s, "/v1/csv/skus", MANY + 1, 0, 0);
    assert_int_equal(json_count(json_get(s->json, "changes")), 1000);
    set_body(s, "channel,sku,remote:sku,cap\n");
    for (int i = 0; i < MANY; i++) {
        buf_printf(&s->body, "till,S-%05d,-shop %d,9\n", i, i);
    }
    must_post(s, "/v1/csv/listings", MANY, 0, 0);
    set_body(s, "kind,sku,location,quantity,reference,happened_at\n");
    for (int i = 0; i < MANY; i++) {
        buf_printf(
            &s->body, "receive,S-%05d,berlin,%d,@PO,2026-11-20T10:00:00Z\n", i / 2, 1 + i % 7);
    }
    must_post(s, "/v1/csv/movements", MANY, 0, 0);
    set_body(s, "sku,component,quantity\nSET,S-00000,1\nSET,S-00001,2\n");
    must_post(s, "/v1/csv/bundles", 1, 0, 0);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        char path[64];
        snprintf(path, sizeof(path), "/v1/csv/%s", kinds[i]);
        get(s, kinds[i]);
        size_t lines = lines_of(&s->body) - 1;
        assert_int_equal(lines, i == 2 ? 2 : i == 0 ? MANY + 1 : MANY);
        must_post(s, path, 0, 0, i == 2 ? 1 : (int64_t)lines);
    }
    GET(s, "/v1/skus/S-00007");
    assert_true(slice_is(said_text(s->json, "title"), "=Größe \"7\"; blau"));
    assert_true(slice_is(said_text(s->json, "barcode"), "000007"));
    served_end(s);
}

static void test_only_a_table_may_be_large_and_only_from_who_may_send_it(void **state)
{
    struct served *s = *state;
    char reader[256];
    begin(s);
    WRITE(s, 201, "POST", "/v1/tokens", "{'name':'look','scope':'read'}");
    struct slice token = said_text(s->json, "token");
    snprintf(reader, sizeof(reader), "Bearer %.*s", SLICE_ARG(token));
    set_body(s, "sku,title\nA,b\n");
    assert_int_equal(post(s, "/v1/csv/skus", reader, NULL), 403);
    assert_int_equal(post(s, "/v1/csv/skus", "Bearer nobody", NULL), 401);
    assert_int_equal(post(s, "/v1/csv/prices", BEARER, NULL), 404);
    assert_int_equal(post(s, "/v1/csv/skus?dry_run=perhaps", BEARER, NULL), 400);
    for (int i = 0; i < 300000; i++) {
        buf_text(&s->body, ",,,,,,,\n"); /* 2.4 MB that say nothing */
    }
    assert_true(s->body.n > (size_t)2 << 20);
    must_post(s, "/v1/csv/skus", 1, 0, 0);
    assert_int_equal(post(s, "/v1/csv/skus", reader, NULL), 413);
    assert_int_equal(post(s, "/v1/skus", BEARER, NULL), 413);
    served_end(s);
}

static void test_a_repeated_key_books_a_table_once(void **state)
{
    struct served *s = *state;
    begin(s);
    served_sku(s, "TEE", 10);
    set_body(s, "kind,sku,location,quantity\nship,TEE,berlin,3\n");
    assert_int_equal(post(s, "/v1/csv/movements", BEARER, "key-1"), 200);
    assert_int_equal(post(s, "/v1/csv/movements", BEARER, "key-1"), 200);
    assert_int_equal(said_int(s->json, "created"), 1);
    GET(s, "/v1/stock/TEE");
    assert_int_equal(said_int(s->json, "available"), 7);
    set_body(s, "kind,sku,location,quantity\nship,TEE,berlin,4\n");
    assert_int_equal(post(s, "/v1/csv/movements", BEARER, "key-1"), 422);
    served_end(s);
}

static void test_a_faulty_table_and_a_dry_run_leave_no_trace(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    begin(s);
    served_sku(s, "TEE", 10);
    char *before = dump_of(&c);
    GET(s, "/v1/events?limit=1");
    char newest[32];
    snprintf(newest,
             sizeof(newest),
             "%.*s",
             SLICE_ARG(said_text(said_at(json_get(s->json, "items"), 0), "id")));
    set_body(s, "sku,location,counted\nTEE,berlin,7\nMUG,berlin,1\n");
    assert_int_equal(post(s, "/v1/csv/stock", BEARER, NULL), 422);
    struct json error = said_at(json_get(s->json, "errors"), 0);
    assert_int_equal(said_int(error, "line"), 3);
    assert_true(slice_is(said_text(error, "column"), "sku"));
    set_body(s, "sku,location,counted\nTEE,berlin,7\n");
    must_post(s, "/v1/csv/stock?dry_run=true", 0, 1, 0);
    char *after = dump_of(&c);
    assert_string_equal(before, after);
    GET(s, "/v1/events?limit=1");
    assert_true(slice_is(said_text(said_at(json_get(s->json, "items"), 0), "id"), newest));
    set_body(s, "sku,location,counted\nTEE,berlin,7\n");
    must_post(s, "/v1/csv/stock", 0, 1, 0);
    free(after);
    after = dump_of(&c);
    assert_string_not_equal(before, after);
    free(before);
    free(after);
    command_free(&c);
    served_end(s);
}

/* The same with a server on the data as without. */
static void claim_commands(struct command *c, const char *sku)
{
    char file[128], table[256];
    snprintf(file, sizeof(file), "%s/table.csv", c->s->directory);
    snprintf(table, sizeof(table), "sku,title\n%s,\"x\ny\"\nTEE,new\n", sku);
    c->stdin_text = table;
    WANT_RUN(c, 0, "a dry run: nothing was kept", NULL, "import", "skus", "-", "--dry-run");
    assert_non_null(strstr(c->out, "created"));
    WANT_RUN(c, 0, "2 lines: 1 created", NULL, "import", "skus", "-");
    c->stdin_text = NULL;
    WANT_RUN(c, 0, "", NULL, "export", "skus", "-o", file);
    assert_string_equal(c->out, "");
    WANT_RUN(c, 0, "sku,title,product", NULL, "export", "skus");
    char *text = file_text(file);
    assert_string_equal(text, c->out);
    free(text);
    WANT_RUN(c, 0, "0 created, 0 changed", NULL, "import", "skus", file);
    c->stdin_text = "sku,buffer\nTEE,1\n\"A\nB\",-2\nC,x\n";
    WANT_RUN(c, 1, NULL, "stdin:3: sku: sku must be", "import", "skus", "-");
    assert_non_null(strstr(c->err, "stdin:5: buffer: buffer must be a whole number"));
    assert_non_null(strstr(c->err, "nothing of the file was kept"));
    WANT_RUN(c, 1, "\"errors\":[{\"line\":3", "", "import", "skus", "-", "--json");
    c->stdin_text = NULL;
    WANT_RUN(c, 2, NULL, "is no kind of table", "import", "prices", "-");
    WANT_RUN(c, 2, NULL, "import KIND FILE", "import", "skus");
    WANT_RUN(c, 2, NULL, "cannot read", "import", "skus", "/nowhere/file.csv");
    WANT_RUN(c, 1, NULL, "cannot write", "export", "skus", "-o", "/nowhere/file.csv");
}

static void test_the_commands_say_what_the_api_says(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    begin(s);
    served_sku(s, "TEE", 1);
    claim_commands(&c, "ONE");
    served_stop(s);
    claim_commands(&c, "TWO");
    command_free(&c);
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_large_tables_go_in_and_come_back_unchanged),
        SCENARIO(test_only_a_table_may_be_large_and_only_from_who_may_send_it),
        SCENARIO(test_a_repeated_key_books_a_table_once),
        SCENARIO(test_a_faulty_table_and_a_dry_run_leave_no_trace),
        SCENARIO(test_the_commands_say_what_the_api_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
