/* SPDX-License-Identifier: Apache-2.0 */
/* transfer and count, from the first verb to the last: with a server on the data and without. */
#include "support/command.h"

static void furnish(struct served *s)
{
    served_start(s);
    served_location(s, "berlin");
    served_location(s, "paris");
    served_sku(s, "TEE", 100);
    served_sku(s, "MUG", 100);
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

/* The id behind "transfer " or "count " in what was printed. */
static void id_of(const struct command *c, char out[24])
{
    const char *space = strchr(c->out, ' ');
    assert_non_null(space);
    snprintf(out, 24, "%ld", strtol(space, NULL, 10));
}

/* A figure of a SKU at a location: the nth of its line. */
static long figure(struct command *c, const char *sku, const char *location, int nth)
{
    WANT_RUN(c, 0, location, NULL, "stock", sku, "--location", location);
    char *at = strstr(c->out, location) + strlen(location);
    long value = 0;
    for (int i = 0; i <= nth; i++) {
        value = strtol(at, &at, 10);
    }
    return value;
}

enum { AVAILABLE = 0, UNAVAILABLE = 3, IN_TRANSIT = 4, ON_HAND = 5 };

/* ---- transfers ---- */

static void want_transfer(struct command *c)
{
    char id[24];
    long berlin = figure(c, "TEE", "berlin", AVAILABLE),
         paris = figure(c, "TEE", "paris", AVAILABLE);
    WANT_RUN(c,
             0,
             ": draft, from berlin to paris, reference van\n",
             NULL,
             "transfer",
             "create",
             "berlin",
             "paris",
             "TEE=5",
             "MUG=3",
             "--reference",
             "van");
    id_of(c, id);
    assert_int_equal(figure(c, "TEE", "berlin", AVAILABLE), berlin); /* a draft moves nothing */
    WANT_RUN(c, 0, ": in_transit, ", NULL, "transfer", "ship", id);
    assert_int_equal(figure(c, "TEE", "berlin", AVAILABLE), berlin - 5);
    assert_int_equal(figure(c, "TEE", "paris", IN_TRANSIT), 5);
    WANT_RUN(c,
             0,
             "TEE         5           2         1        1      1\n",
             NULL,
             "transfer",
             "receive",
             id,
             "TEE=1:1:1");
    WANT_RUN(c, 0, ": in_transit, ", NULL, "transfer", "show", id);
    WANT_RUN(c,
             0,
             "in_transit  berlin  paris  van            8           5",
             NULL,
             "transfer",
             "list",
             "--state",
             "in_transit");
    WANT_RUN(c, 0, ": received, ", NULL, "transfer", "receive", id);
    assert_int_equal(figure(c, "TEE", "paris", AVAILABLE), paris + 3);
    assert_int_equal(figure(c, "TEE", "paris", IN_TRANSIT), 0);
    WANT_RUN(c, 1, "", "received", "transfer", "cancel", id);
}

static void test_a_transfer_goes_from_draft_to_received(void **state)
{
    furnish(*state);
    both_ways(*state, want_transfer);
}

static void want_cancelled(struct command *c)
{
    char id[24];
    long before = figure(c, "MUG", "berlin", AVAILABLE);
    WANT_RUN(c, 0, "draft", NULL, "transfer", "create", "berlin", "paris", "MUG=7");
    id_of(c, id);
    WANT_RUN(c, 0, "in_transit", NULL, "transfer", "ship", id);
    WANT_RUN(c, 0, ": cancelled, ", NULL, "transfer", "cancel", id);
    assert_int_equal(figure(c, "MUG", "berlin", AVAILABLE), before);
    WANT_RUN(c, 0, "draft", NULL, "transfer", "create", "berlin", "paris", "MUG=9999");
    id_of(c, id);
    WANT_RUN(c, 1, "", "MUG  berlin         9999", "transfer", "ship", id);
    WANT_RUN(c, 0, ": draft, ", NULL, "transfer", "show", id);
    WANT_RUN(c, 0, "\"state\":\"draft\"", NULL, "transfer", "show", id, "--json");
    WANT_RUN(c, 0, ": cancelled, ", NULL, "transfer", "cancel", id);
}

static void test_a_transfer_that_is_short_or_cancelled_moves_nothing(void **state)
{
    furnish(*state);
    both_ways(*state, want_cancelled);
}

static void want_transfer_errors(struct command *c)
{
    WANT_RUN(c, 1, "", "there is no transfer 99", "transfer", "show", "99");
    WANT_RUN(
        c, 1, "", "there is no location 'rome'", "transfer", "create", "berlin", "rome", "TEE=1");
    WANT_RUN(c, 1, "", "there is no SKU 'NOPE'", "transfer", "create", "berlin", "paris", "NOPE=1");
    WANT_RUN(c,
             2,
             "",
             "'TEE' is not of the form SKU=QUANTITY",
             "transfer",
             "create",
             "berlin",
             "paris",
             "TEE");
    WANT_RUN(c, 2, "", "SKU=RECEIVED[:DAMAGED[:SHORT]]", "transfer", "receive", "1", "TEE=1:1:1:1");
    WANT_RUN(c, 2, "", "SKU=RECEIVED[:DAMAGED[:SHORT]]", "transfer", "receive", "1", "TEE=");
    WANT_RUN(c, 2, "", "state must be one of: draft", "transfer", "list", "--state", "lost");
    WANT_RUN(c, 0, "There are no transfers like that.", NULL, "transfer", "list");
}

static void test_transfer_says_what_is_wrong(void **state)
{
    furnish(*state);
    both_ways(*state, want_transfer_errors);
}

/* ---- counts ---- */

static void want_count(struct command *c)
{
    char id[24];
    long before = figure(c, "MUG", "berlin", ON_HAND);
    char line[80];
    WANT_RUN(c,
             0,
             ": open, at berlin, reference shelf 7, blind\nNothing is counted yet.\n",
             NULL,
             "count",
             "start",
             "berlin",
             "--reference",
             "shelf 7",
             "--blind");
    id_of(c, id);
    c->stdin_text = "TEE 90\nMUG 1\n";
    WANT_RUN(c, 0, "TEE       90         -           -", NULL, "count", "enter", id);
    c->stdin_text = NULL;
    char counted[24];
    snprintf(counted, sizeof(counted), "%ld", before - 3);
    WANT_RUN(c, 0, "MUG", NULL, "count", "enter", id, "MUG", counted); /* the later figure holds */
    WANT_RUN(c, 0, ": review, ", NULL, "count", "review", id);
    snprintf(line, sizeof(line), "MUG       %2ld  %8ld          -3", before - 3, before);
    assert_non_null(strstr(c->out, line));
    assert_int_equal(figure(c, "MUG", "berlin", ON_HAND), before); /* nothing is booked yet */
    WANT_RUN(c, 0, ": posted, ", NULL, "count", "post", id, "--reason", "yearly");
    assert_int_equal(figure(c, "MUG", "berlin", ON_HAND), before - 3);
    WANT_RUN(
        c, 0, "posted  berlin    shelf 7    yearly", NULL, "count", "list", "--state", "posted");
    WANT_RUN(c, 0, ": posted, ", NULL, "count", "show", id);
    WANT_RUN(c, 1, "", NULL, "count", "post", id);
}

static void test_a_count_goes_from_open_to_posted(void **state)
{
    furnish(*state);
    both_ways(*state, want_count);
}

static void want_scan(struct command *c)
{
    char id[24];
    WANT_RUN(c, 0, "open", NULL, "count", "start", "berlin");
    id_of(c, id);
    c->stdin_text = "MUG\nTEE\n mug \n\nNOPE\nMUG\n";
    WANT_RUN(c,
             1,
             "MUG 1\nTEE 1\nMUG 2\nMUG 3\n",
             "there is no SKU 'NOPE': it was not counted",
             "count",
             "enter",
             id,
             "--scan");
    c->stdin_text = "MUG\n"; /* after the break */
    WANT_RUN(c, 0, "MUG 4\n", NULL, "count", "enter", id, "--scan");
    WANT_RUN(c, 0, "\"sku\":\"MUG\",\"counted\":5", NULL, "count", "enter", id, "--scan", "--json");
    c->stdin_text = NULL;
    WANT_RUN(c, 0, ": cancelled, ", NULL, "count", "cancel", id);
    c->stdin_text = "MUG\n";
    WANT_RUN(c, 1, "", "is not open any more: it is cancelled", "count", "enter", id, "--scan");
    c->stdin_text = NULL;
}

static void test_each_scan_counts_one_more(void **state)
{
    furnish(*state);
    both_ways(*state, want_scan);
}

static void test_two_codes_of_one_sku_are_counted_together(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    furnish(s);
    WRITE(s, 200, "PATCH", "/v1/skus/MUG", "{'sku':'MUG-BIG'}");
    GET(s, "/v1/skus/MUG"); /* its former code still finds it */
    WANT_RUN(&c, 0, "open", NULL, "count", "start", "berlin");
    c.stdin_text = "MUG\nMUG-BIG\nmug\n";
    WANT_RUN(&c, 0, "MUG-BIG 1\nMUG-BIG 2\nMUG-BIG 3\n", NULL, "count", "enter", "1", "--scan");
    command_free(&c);
    served_end(s);
}

static bool printed(const struct served *s, const char *part)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/out", s->directory);
    char *text = file_text(path);
    bool is_there = strstr(text, part) != NULL;
    free(text);
    return is_there;
}

static void test_a_server_that_dies_between_two_scans_costs_neither(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    int ends[2];
    furnish(s);
    WANT_RUN(&c, 0, "open", NULL, "count", "start", "berlin");
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    const char *const args[] = {"count", "enter", "1", "--scan", NULL};
    pid_t child = command_start(&c, args, ends[0]);
    close(ends[0]);
    assert_int_equal(write(ends[1], "MUG\n", 4), 4);
    UNTIL(s, 10, printed(s, "MUG 1\n"));
    served_kill(s);
    assert_int_equal(write(ends[1], "MUG\n", 4), 4);
    UNTIL(s, 10, printed(s, "MUG 2\n")); /* the command serves itself now */
    close(ends[1]);
    assert_int_equal(command_end(&c, child), 0);
    served_start(s);
    WANT_RUN(&c, 0, "MUG        2", NULL, "count", "show", "1");
    command_free(&c);
    served_end(s);
}

static void want_count_errors(struct command *c)
{
    WANT_RUN(c, 1, "", "there is no count 99", "count", "show", "99");
    WANT_RUN(c, 1, "", "there is no location 'rome'", "count", "start", "rome");
    WANT_RUN(c, 1, "", "there is no SKU 'NOPE'", "count", "start", "berlin", "NOPE");
    WANT_RUN(c, 2, "", "say ID SKU QUANTITY", "count", "enter", "1", "MUG");
    WANT_RUN(c, 2, "", "'x' is no whole number", "count", "enter", "1", "MUG", "x");
    WANT_RUN(c, 2, "", "there was no line on stdin", "count", "enter", "1");
    c->stdin_text = "MUG 3\nMUG\n";
    WANT_RUN(c, 2, "", "line 2: a line is SKU QUANTITY", "count", "enter", "1");
    c->stdin_text = NULL;
    WANT_RUN(c, 0, "There are no counts like that.", NULL, "count", "list");
}

static void test_count_says_what_is_wrong(void **state)
{
    furnish(*state);
    both_ways(*state, want_count_errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_a_transfer_goes_from_draft_to_received),
        SCENARIO(test_a_transfer_that_is_short_or_cancelled_moves_nothing),
        SCENARIO(test_transfer_says_what_is_wrong),
        SCENARIO(test_a_count_goes_from_open_to_posted),
        SCENARIO(test_each_scan_counts_one_more),
        SCENARIO(test_two_codes_of_one_sku_are_counted_together),
        SCENARIO(test_a_server_that_dies_between_two_scans_costs_neither),
        SCENARIO(test_count_says_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
