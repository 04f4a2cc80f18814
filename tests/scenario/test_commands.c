/* SPDX-License-Identifier: Apache-2.0 */
/* The commands that look and change: the same with a server on the data as without. */
#include "support/command.h"

#include <pty.h>

#include "cli/cells.h"

#define MANY 1500 /* SKUs: more than a page of the API */

/* ---- a small house ---- */

/* Two locations, two channels, an order, a hold, damaged units. */
static void furnish(struct served *s)
{
    served_start(s);
    served_location(s, "berlin");
    served_location(s, "paris");
    served_sku(s, "TEE", 10);
    served_sku(s, "MUG", 7);
    WRITE(s,
          201,
          "POST",
          "/v1/channels",
          "{'code':'till','connector':'api','mode':'live','buffer':1}");
    WRITE(s,
          201,
          "POST",
          "/v1/channels",
          "{'code':'web','connector':'api','mode':'shadow','percent':50}");
    WRITE(s, 201, "POST", "/v1/listings", "{'channel':'till','sku':'TEE'}");
    WRITE(s, 201, "POST", "/v1/listings", "{'channel':'web','sku':'TEE','cap':3}");
    WRITE(s,
          201,
          "POST",
          "/v1/movements",
          "{'movements':[{'kind':'damage','sku':'TEE','location':'berlin','quantity':2},"
          "{'kind':'receive','sku':'TEE','location':'paris','quantity':4}]}");
    WRITE(s,
          201,
          "POST",
          "/v1/orders",
          "{'channel':'web','id':'1001','version':'2026-11-27T07:00:00Z',"
          "'placed_at':'2026-11-27T07:00:00Z','country':'DE',"
          "'lines':[{'id':'1','sku':'TEE','ordered':3}]}");
    WRITE(s,
          201,
          "POST",
          "/v1/holds",
          "{'owner':'cart','channel':'till','expires_in':86400,'lines':[{'sku':'TEE','quantity':2}]"
          "}");
}

/* Runs the claim twice: a server runs on the data, and then none. */
static void both_ways(struct served *s, void (*claim)(struct command *c))
{
    struct command c = {.s = s};
    claim(&c);
    served_stop(s);
    claim(&c);
    command_free(&c);
    served_end(s);
}

/* What is available of a SKU, out of its table's last line. */
static long total(struct command *c, const char *sku)
{
    WANT_RUN(c, 0, "total", NULL, "stock", sku);
    return strtol(strstr(c->out, "total") + strlen("total"), NULL, 10);
}

/* ---- looking ---- */

static void want_stock(struct command *c)
{
    WANT_RUN(c, 0, NULL, NULL, "stock", "tee");
    assert_string_equal(
        c->out,
        "TEE\n"
        "location  available  held  reserved  unavailable  transit  on hand  reasons\n"
        "berlin            3     2         3            2        0       10  damaged 2\n"
        "paris             4     0         0            0        0        4\n"
        "total             7     2         3            2        0       14  damaged 2\n");
    assert_string_equal(c->err, "");
    WANT_RUN(c, 0, NULL, NULL, "stock", "TEE", "--location", "paris");
    assert_null(strstr(c->out, "berlin"));
    assert_null(strstr(c->out, "total"));
    WANT_RUN(c, 0, NULL, NULL, "stock");
    assert_string_equal(c->out,
                        "sku  available  held  reserved  unavailable  transit  on hand  reasons\n"
                        "TEE          7     2         3            2        0       14  damaged 2\n"
                        "MUG          7     0         0            0        0        7\n");
    WANT_RUN(c, 0, "TEE          4 ", NULL, "stock", "--location", "paris");
    WANT_RUN(c, 0, "total             0 ", NULL, "stock", "TEE", "--at", "2020-01-01T00:00:00Z");
    WANT_RUN(c,
             0,
             "total             7 ",
             NULL,
             "stock",
             "TEE",
             "--at",
             "2100-01-01T00:00:00Z",
             "--as",
             "happened");
}

static void test_stock_shows_the_whole_vector(void **state)
{
    furnish(*state);
    both_ways(*state, want_stock);
}

static void want_why(struct command *c)
{
    WANT_RUN(c, 0, NULL, NULL, "why", "TEE");
    assert_non_null(strstr(c->out,
                           "till, listing 1: waiting\n"
                           "+  3  available in berlin                             3\n"
                           "+  4  available in paris                              7\n"
                           "-  1  held back as buffer                             6\n"
                           "=     may be shown (sellable)                         6\n"));
    assert_non_null(strstr(c->out,
                           "%   50  percent of that, rounded down                   3\n"
                           "<=   3  the most to show                                3\n"));
    WANT_RUN(c, 0, "web, listing 2", NULL, "why", "TEE", "--channel", "web");
    assert_null(strstr(c->out, "till"));
    WANT_RUN(c, 0, "no channel sells it", NULL, "why", "MUG");
    WANT_RUN(c, 1, NULL, "there is no channel 'nope'", "why", "TEE", "--channel", "nope");
}

static void test_why_reckons_each_listing_line_by_line(void **state)
{
    furnish(*state);
    both_ways(*state, want_why);
}

static void want_orders(struct command *c)
{
    WANT_RUN(c, 0, "web      1001   2026-11-27T07:00:00Z  DE        3 ", NULL, "orders");
    WANT_RUN(c, 0, "There are no orders like that.", NULL, "orders", "--sku", "MUG");
    WANT_RUN(c, 0, "1001", NULL, "orders", "--channel", "web", "--sku", "TEE");
    WANT_RUN(c, 0, "web order 1001, placed 2026-11-27T07:00:00Z", NULL, "orders", "web", "1001");
    assert_non_null(strstr(c->out, "3 berlin"));
    WANT_RUN(c, 1, "", "has no order 7", "orders", "web", "7");
}

static void test_orders_show_where_their_units_come_from(void **state)
{
    furnish(*state);
    both_ways(*state, want_orders);
}

static void want_route(struct command *c)
{
    WANT_RUN(
        c, 0, "TEE  paris            4      0\n", NULL, "route", "web", "TEE=4", "--country", "FR");
    assert_non_null(strstr(c->out, "paris     serves all of it"));
    assert_non_null(strstr(c->out, "berlin    is not needed"));
    WANT_RUN(
        c, 0, "TEE  berlin           1      0\n", NULL, "route", "web", "TEE", "--country", "DE");
    assert_non_null(strstr(c->out, "paris     is not for that destination"));
    WANT_RUN(c, 0, "\"verdict\":\"serves_all\"", NULL, "route", "web", "TEE", "--json");
    WANT_RUN(c, 1, "", "there is no channel 'nope'", "route", "nope", "TEE");
    WANT_RUN(c, 1, "", "there is no SKU 'NOPE'", "route", "web", "NOPE");
    WANT_RUN(c, 2, "", "'TEE=x' is not of the form SKU=QUANTITY", "route", "web", "TEE=x");
    WANT_RUN(c, 2, "", "say truecount route CHANNEL SKU", "route", "web");
}

static void test_route_says_who_would_serve_an_order_and_why(void **state)
{
    furnish(*state);
    WRITE((struct served *)*state,
          200,
          "PATCH",
          "/v1/channels/web",
          "{'route':[{'location':'paris','priority':1,'countries':['FR']},"
          "{'location':'berlin','priority':2}]}");
    both_ways(*state, want_route);
}

/* ---- the API's JSON ---- */

static void test_json_is_what_the_api_says_byte_for_byte(void **state)
{
    struct served *s = *state;
    static const struct {
        const char *path, *args[4];
    } looks[] = {
        {"/v1/stock/TEE", {"stock", "TEE"}},
        {"/v1/stock?limit=1000", {"stock"}},
        {"/v1/orders?limit=1000", {"orders"}},
        {"/v1/orders/web/1001", {"orders", "web", "1001"}},
        {"/v1/transfers?limit=1000", {"transfer", "list"}},
        {"/v1/counts/1", {"count", "show", "1"}},
    };
    char *said[COUNT_OF(looks)];
    struct command c = {.s = s};
    furnish(s);
    WRITE(s,
          201,
          "POST",
          "/v1/transfers",
          "{'from':'berlin','to':'paris','lines':[{'sku':'MUG','quantity':2}]}");
    WRITE(s, 201, "POST", "/v1/counts", "{'location':'berlin','skus':['MUG']}");
    for (size_t i = 0; i < COUNT_OF(looks); i++) {
        GET(s, "%s", looks[i].path);
        said[i] = calloc(1, s->text.n + 2);
        must(said[i]);
        memcpy(said[i], s->text.p, s->text.n);
        said[i][s->text.n] = '\n';
    }
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < COUNT_OF(looks); i++) {
            const char *args[8] = {0};
            size_t n = 0;
            for (; looks[i].args[n]; n++) {
                args[n] = looks[i].args[n];
            }
            args[n] = "--json";
            command_run(&c, args);
            command_want(&c, 0, NULL, NULL, __FILE__, __LINE__);
            assert_string_equal(c.out, said[i]);
        }
        if (round == 0) {
            served_stop(s);
        }
    }
    for (size_t i = 0; i < COUNT_OF(looks); i++) {
        free(said[i]);
    }
    command_free(&c);
    served_end(s);
}

static void test_json_of_a_refusal_is_the_problem_itself(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    struct json problem;
    struct err_note note;
    furnish(s);
    WANT_RUN(&c,
             1,
             "\"shortages\"",
             "units are missing",
             "move",
             "ship",
             "TEE",
             "berlin",
             "99",
             "--json");
    assert_int_equal(json_parse(s->doc, slice_of(c.out), &problem, &note), ERR_OK);
    assert_int_equal(said_int(problem, "status"), 409);
    command_free(&c);
    served_end(s);
}

/* ---- changing ---- */

static void want_moves(struct command *c)
{
    long before = total(c, "MUG");
    WANT_RUN(c,
             0,
             "receive  MUG  berlin           3 ",
             NULL,
             "move",
             "receive",
             "MUG",
             "berlin",
             "3",
             "--reference",
             "note-7",
             "--at",
             "2026-11-23T05:45:00Z");
    WANT_RUN(c, 0, NULL, NULL, "move", "adjust", "MUG", "berlin", "-1");
    assert_int_equal(total(c, "MUG"), before + 2);
    WANT_RUN(c, 1, "", NULL, "move", "ship", "MUG", "berlin", "999");
    char wanted[200];
    snprintf(wanted,
             sizeof(wanted),
             "truecount move: units are missing: nothing of the request was booked\n"
             "sku  location  requested  available\n"
             "MUG  berlin          999  %9ld\n",
             before + 2);
    assert_string_equal(c->err, wanted);
    assert_int_equal(total(c, "MUG"), before + 2);
    WANT_RUN(c, 1, "", "there is no SKU 'NOPE'", "move", "receive", "NOPE", "berlin", "1");
    WANT_RUN(c, 1, "", "rome", "move", "receive", "MUG", "rome", "1");
    WANT_RUN(c, 2, "", "kind must be receive", "move", "fly", "MUG", "berlin", "1");
    WANT_RUN(c, 2, "", "'x' is no whole number", "move", "receive", "MUG", "berlin", "x");
    WANT_RUN(c, 2, "", "say truecount move KIND", "move", "receive", "MUG");
}

static void test_move_books_and_refuses(void **state)
{
    furnish(*state);
    both_ways(*state, want_moves);
}

static void want_lines(struct command *c)
{
    long before = total(c, "MUG");
    c->stdin_text = "# a delivery\nreceive MUG berlin 3\n\nreceive\tTEE\tparis\t2\t\tnote 8\n";
    WANT_RUN(c, 0, "TEE  paris", NULL, "move", "-");
    assert_int_equal(total(c, "MUG"), before + 3);
    c->stdin_text = "receive MUG berlin 3\n# and\nship TEE berlin 9999\n";
    WANT_RUN(c, 1, "", "TEE  berlin         9999", "move", "-");
    c->stdin_text = "receive MUG berlin 3\n# and\nreceive NOPE berlin 1\n";
    WANT_RUN(c, 1, "", "it is line 3", "move", "-");
    c->stdin_text = "receive MUG berlin 3\nreceive MUG\n";
    WANT_RUN(c, 2, "", "line 2: a line is KIND SKU LOCATION QUANTITY", "move", "-");
    c->stdin_text = "receive MUG berlin three\n";
    WANT_RUN(c, 2, "", "line 1: the quantity is no whole number", "move", "-");
    c->stdin_text = "";
    WANT_RUN(c, 2, "", "there was no line on stdin", "move", "-");
    assert_int_equal(total(c, "MUG"), before + 3);
    c->stdin_text = NULL;
}

static void test_lines_from_stdin_are_booked_whole_or_not_at_all(void **state)
{
    furnish(*state);
    both_ways(*state, want_lines);
}

static void test_ten_thousand_lines_are_one_request(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    ON_EXIT(buf_free) struct buf lines;
    buf_init(&lines, (size_t)8 << 20);
    furnish(s);
    for (int i = 0; i < 10000; i++) {
        buf_printf(&lines, "receive\tMUG\tberlin\t1\t\t%0230d\n", i);
    }
    buf_char(&lines, '\0');
    c.stdin_text = lines.p;
    WANT_RUN(&c, 0, NULL, NULL, "move", "-");
    c.stdin_text = NULL;
    assert_int_equal(total(&c, "MUG"), 10007);
    lines.n--;
    buf_text(&lines, "receive MUG berlin 1\n");
    buf_char(&lines, '\0');
    c.stdin_text = lines.p;
    WANT_RUN(&c, 2, "", "at most 10,000 lines", "move", "-");
    c.stdin_text = NULL;
    assert_int_equal(total(&c, "MUG"), 10007);
    command_free(&c);
    served_end(s);
}

static void want_holds(struct command *c)
{
    long before = total(c, "MUG");
    char id[32] = "";
    WANT_RUN(c,
             0,
             "hold ",
             NULL,
             "hold",
             "create",
             "MUG=2",
             "TEE",
             "--owner",
             "me",
             "--expires-in",
             "600");
    assert_non_null(strstr(c->out, "MUG  berlin       2\n"));
    assert_non_null(strstr(c->out, "TEE  berlin       1\n"));
    snprintf(id, sizeof(id), "%ld", strtol(c->out + strlen("hold "), NULL, 10));
    assert_int_equal(total(c, "MUG"), before - 2);
    WANT_RUN(c, 0, ": open, of me, until ", NULL, "hold", "show", id);
    WANT_RUN(c, 0, ": open, of me, until ", NULL, "hold", "extend", id, "--expires-in", "3600");
    WANT_RUN(c, 0, "2 MUG, 1 TEE", NULL, "hold", "list");
    WANT_RUN(c, 0, "is released", NULL, "hold", "release", id);
    assert_int_equal(total(c, "MUG"), before);
    WANT_RUN(c, 1, "", "units are missing", "hold", "create", "MUG=999", "--owner", "me");
    WANT_RUN(c, 1, "", "there is no hold 999", "hold", "show", "999");
    WANT_RUN(c, 2, "", "SKU=QUANTITY", "hold", "create", "MUG=x", "--owner", "me");
    WANT_RUN(c, 2, "", "--owner NAME is needed", "hold", "create", "MUG");
    WANT_RUN(
        c, 2, "", "from 1 to 86400", "hold", "create", "MUG", "--owner", "me", "--expires-in", "0");
}

static void test_hold_sets_units_apart_and_lets_them_go(void **state)
{
    furnish(*state);
    both_ways(*state, want_holds);
}

/* ---- without a server ---- */

static void test_a_hold_that_ended_while_no_server_ran_is_over_before_a_command_looks(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    furnish(s);
    WANT_RUN(&c, 0, NULL, NULL, "hold", "create", "MUG=5", "--owner", "me", "--expires-in", "1");
    served_stop(s);
    served_run(s, 1200 * US_PER_MS);
    assert_int_equal(total(&c, "MUG"), 7);
    WANT_RUN(&c, 0, "expired", NULL, "hold", "list");
    command_free(&c);
    served_end(s);
}

static void test_what_was_moved_without_a_server_is_pushed_when_one_starts(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    served_start(s);
    served_location(s, "berlin");
    served_sku(s, "TEE", 10);
    struct shop *shop = served_shop(s, SHOP_API, "own");
    served_listing(s, shop, "TEE", 0);
    UNTIL(s, 30, shop_shows(shop, "TEE") == 10);
    served_stop(s);
    WANT_RUN(&c, 0, NULL, NULL, "move", "receive", "TEE", "berlin", "5");
    WANT_RUN(&c, 0, "published: what the channel last confirmed      10", NULL, "why", "TEE");
    assert_non_null(strstr(c.out, "exposure: others may sell before it shows that      0"));
    assert_non_null(strstr(c.out, " units; buffer 0, suggested 0"));
    assert_int_equal(shop_shows(shop, "TEE"), 10); /* the command called nobody */
    served_start(s);
    UNTIL(s, 30, shop_shows(shop, "TEE") == 15);
    command_free(&c);
    served_end(s);
}

/* Each is as quick as the others, and none of them finds the ledger locked. */
static void test_commands_at_the_same_time_all_get_through(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    const char *const args[] = {"move", "receive", "MUG", "berlin", "1", NULL};
    pid_t children[8];
    furnish(s);
    served_stop(s);
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    for (size_t i = 0; i < COUNT_OF(children); i++) {
        children[i] = command_start(&c, args, in);
    }
    for (size_t i = 0; i < COUNT_OF(children); i++) {
        assert_int_equal(command_end(&c, children[i]), 0);
    }
    close(in);
    assert_int_equal(total(&c, "MUG"), 7 + (long)COUNT_OF(children));
    command_free(&c);
    served_end(s);
}

static void test_a_key_file_elsewhere_must_be_named(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    char here[160], there[160];
    furnish(s);
    snprintf(here, sizeof(here), "%s/secrets.key", s->data);
    snprintf(there, sizeof(there), "%s/key", s->directory);
    assert_int_equal(rename(here, there), 0);
    WANT_RUN(&c, 0, "TEE", NULL, "stock"); /* the server has it */
    served_stop(s);
    WANT_RUN(&c, 2, "", "give --key-file", "stock");
    assert_int_not_equal(access(here, F_OK), 0); /* none was made in its place */
    WANT_RUN(&c, 0, "TEE", NULL, "stock", "--key-file", there);
    assert_int_equal(rename(there, here), 0);
    command_free(&c);
    served_end(s);
}

/* ---- what is wrong, and what to do ---- */

static void want_errors(struct command *c)
{
    WANT_RUN(c, 1, "", "truecount stock: there is no SKU 'NOPE'\n", "stock", "NOPE");
    WANT_RUN(c, 1, "", "there is no SKU 'NO\\x1b[31mPE'", "stock", "NO\033[31mPE");
    WANT_RUN(c, 1, "", "truecount why: there is no SKU 'NOPE'\n", "why", "NOPE");
    WANT_RUN(c, 1, "", "there is no location 'rome'", "stock", "--location", "rome");
    WANT_RUN(c, 2, "", "RFC 3339", "stock", "TEE", "--at", "yesterday");
    WANT_RUN(c, 2, "", "--at wants a SKU", "stock", "--at", "2026-11-23T05:45:00Z");
    WANT_RUN(
        c, 2, "", "as must be one of", "stock", "TEE", "--at", "2026-11-23T05:45:00Z", "--as", "x");
    WANT_RUN(c, 2, "", "see truecount stock --help", "stock", "--wrong");
    WANT_RUN(c, 2, "", "is one too many", "stock", "A", "B");
    WANT_RUN(c, 2, "", "say truecount why SKU", "why");
    WANT_RUN(c, 2, "", "there is no 'fly'", "hold", "fly");
    WANT_RUN(c, 2, "", "usage: truecount hold VERB", "hold");
    WANT_RUN(c, 2, "", "there is no ledger in '/nonexistent'", "stock", "--data", "/nonexistent");
    WANT_RUN(c, 2, "", "--data DIR is needed", "stock", "--data", "");
}

static void test_errors_say_what_to_do_and_exit_codes_tell_kinds_apart(void **state)
{
    furnish(*state);
    both_ways(*state, want_errors);
}

static void test_a_ledger_that_somebody_else_has_locked_is_named_and_left_alone(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    char path[128];
    furnish(s);
    snprintf(path, sizeof(path), "%s/control.sock", s->data);
    assert_int_equal(unlink(path), 0);
    WANT_RUN(&c, 2, "", "does not answer on its control.sock", "stock");
    WANT_RUN(&c, 2, "", "does not answer", "move", "receive", "MUG", "berlin", "1");
    assert_int_equal(served_stock(s, "MUG", "available"), 7);
    command_free(&c);
    served_end(s);
}

static void test_every_command_has_help(void **state)
{
    struct command c = {.s = *state};
    static const char *const lines[][3] = {{"stock"},
                                           {"why"},
                                           {"orders"},
                                           {"route"},
                                           {"move"},
                                           {"hold"},
                                           {"hold", "create"},
                                           {"hold", "list"},
                                           {"transfer"},
                                           {"transfer", "receive"},
                                           {"count"},
                                           {"count", "enter"}};
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        const char *args[4] = {
            lines[i][0], lines[i][1] ? lines[i][1] : "--help", lines[i][1] ? "--help" : NULL, NULL};
        command_run(&c, args);
        command_want(&c, 0, "usage: truecount ", NULL, __FILE__, __LINE__);
        assert_non_null(strstr(c.out, lines[i][0]));
        assert_string_equal(c.err, "");
    }
    WANT_RUN(&c, 0, "\nlook\n  stock ", NULL, "--help");
    command_free(&c);
}

/* ---- long lists, and terminals ---- */

static void post_many(struct served *s)
{
    buf_clear(&s->body);
    buf_text(&s->body, "{\"items\":[");
    for (int i = 0; i < MANY; i++) {
        buf_printf(&s->body, "%s{\"sku\":\"SHIRT-WITH-A-LONG-NAME-%06d\"}", i ? "," : "", i);
    }
    buf_text(&s->body, "]}");
    served_api(s, "POST", SLICE("/v1/skus"));
    served_wanted(s, 201, __FILE__, __LINE__);
}

static size_t lines_of(const char *text)
{
    size_t lines = 0;
    for (const char *p = text; (p = strchr(p, '\n')); p++) {
        lines++;
    }
    return lines;
}

static void want_pages(struct command *c)
{
    WANT_RUN(c, 0, "SHIRT-WITH-A-LONG-NAME-001499", NULL, "stock");
    assert_int_equal(lines_of(c->out), MANY + 3); /* a head, TEE and MUG */
    WANT_RUN(c, 0, "SHIRT-WITH-A-LONG-NAME-001197", NULL, "stock", "--limit", "1200");
    assert_int_equal(lines_of(c->out), 1201);
    WANT_RUN(c, 0, "SHIRT-WITH-A-LONG-NAME-001499", NULL, "stock", "--json");
    assert_int_equal(lines_of(c->out), 2); /* a page a line */
}

static void test_lists_are_read_page_by_page_to_their_end(void **state)
{
    furnish(*state);
    post_many(*state);
    both_ways(*state, want_pages);
}

/* Runs it on a terminal of 60 columns; what it painted. */
static char *on_terminal(struct served *s, const char *no_colour, const char *const *args)
{
    static char painted[65536];
    struct winsize size = {.ws_row = 24, .ws_col = 60};
    size_t n = 0;
    int master = -1, status = 0;
    pid_t child = forkpty(&master, NULL, NULL, &size);
    assert_true(child >= 0);
    if (child == 0) {
        char *argv[4] = {(char *)(uintptr_t)TC_BINARY};
        for (size_t i = 0; args[i]; i++) {
            argv[i + 1] = (char *)(uintptr_t)args[i];
        }
        (void)setenv("TERM", "xterm", 1);
        (void)setenv("TRUECOUNT_DATA", s->data, 1);
        (void)setenv("NO_COLOR", no_colour, 1);
        execv(TC_BINARY, argv);
        _exit(127);
    }
    for (ssize_t got = 1; got > 0 && n<sizeof(painted) - 1; n += got> 0 ? (size_t)got : 0) {
        got = read(master, painted + n, sizeof(painted) - 1 - n);
    }
    painted[n] = '\0';
    close(master);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return painted;
}

static void test_a_terminal_gets_a_page_that_fits_and_colour_unless_it_says_no(void **state)
{
    struct served *s = *state;
    furnish(s);
    post_many(s);
    const char *const args[] = {"hold", "list", NULL}, *const all[] = {"stock", NULL};
    WRITE(s,
          201,
          "POST",
          "/v1/holds",
          "{'owner':'a-cart-with-quite-a-long-name-of-its-own','lines':[{'sku':'MUG','quantity':1}]"
          "}");
    struct slice rest = slice_of(on_terminal(s, "1", args)), line;
    assert_null(memchr(rest.p, '\033', rest.n));
    assert_non_null(strstr(rest.p, "…"));
    while (slice_cut(&rest, '\n', &line), line.n) {
        size_t width = 0;
        (void)cells_fit(slice_trim(line), SIZE_MAX, &width);
        assert_true(width <= 60);
    }
    assert_non_null(strstr(on_terminal(s, "", args), "\033[1m"));
    char *page = on_terminal(s, "1", all);
    assert_int_equal(lines_of(page), 102); /* a head, 100 SKUs, and how to get the others */
    assert_non_null(strstr(page, "--limit N shows more"));
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_stock_shows_the_whole_vector),
        SCENARIO(test_why_reckons_each_listing_line_by_line),
        SCENARIO(test_orders_show_where_their_units_come_from),
        SCENARIO(test_route_says_who_would_serve_an_order_and_why),
        SCENARIO(test_json_is_what_the_api_says_byte_for_byte),
        SCENARIO(test_json_of_a_refusal_is_the_problem_itself),
        SCENARIO(test_move_books_and_refuses),
        SCENARIO(test_lines_from_stdin_are_booked_whole_or_not_at_all),
        SCENARIO(test_ten_thousand_lines_are_one_request),
        SCENARIO(test_hold_sets_units_apart_and_lets_them_go),
        SCENARIO(test_a_hold_that_ended_while_no_server_ran_is_over_before_a_command_looks),
        SCENARIO(test_what_was_moved_without_a_server_is_pushed_when_one_starts),
        SCENARIO(test_commands_at_the_same_time_all_get_through),
        SCENARIO(test_a_key_file_elsewhere_must_be_named),
        SCENARIO(test_errors_say_what_to_do_and_exit_codes_tell_kinds_apart),
        SCENARIO(test_a_ledger_that_somebody_else_has_locked_is_named_and_left_alone),
        SCENARIO(test_every_command_has_help),
        SCENARIO(test_lists_are_read_page_by_page_to_their_end),
        SCENARIO(test_a_terminal_gets_a_page_that_fits_and_colour_unless_it_says_no),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
