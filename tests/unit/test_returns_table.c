/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole table of what a channel can report of one line: ordered, cancelled, kept off sale,
 * fulfilled, returned, restocked. Every entry alone, every entry after every other one, and every
 * chain of up to four successive reports in every order of arrival, must end in the closed formula
 * of the last version; and a unit that came back is put on sale once, whoever says it first: the
 * channel or a person.
 */
#include "support/request_world.h"

enum { START = 10, SKUS = 4000, STATES_MAX = 64 };

struct report {
    int64_t ordered, cancelled, no_restock, fulfilled, returned, restocked;
};
struct table {
    struct report items[STATES_MAX];
    int count;
};

static int shelf, next_sku; /* of the world under way */
static int64_t played;

/* ---- the table ---- */

static struct table table_of(int64_t n)
{
    struct table t = {.count = 0};
    for (int64_t m = 0; m <= n; m++) {
        for (int64_t z = 0; z <= m; z++) {
            for (int64_t k = 0; k + m <= n; k++) {
                for (int64_t r = 0; r <= k; r++) {
                    for (int64_t s = 0; s <= r; s++) {
                        assert_in_range(t.count, 0, STATES_MAX - 1);
                        t.items[t.count++] = (struct report){n, m, z, k, r, s};
                    }
                }
            }
        }
    }
    return t;
}

/* Could b be told after a, when nothing is taken back? */
static bool follows(const struct report *a, const struct report *b)
{
    return b->cancelled >= a->cancelled && b->no_restock >= a->no_restock &&
           b->fulfilled >= a->fulfilled && b->returned >= a->returned &&
           b->restocked >= a->restocked;
}

/* ---- the world ---- */

static int PRINTF_LIKE(4, 5)
    say(struct world *w, request_fn *run, const char *arg, const char *body, ...)
{
    char text[1024];
    va_list args;
    va_start(args, body);
    (void)vsnprintf(text, sizeof(text), body, args);
    va_end(args);
    for (char *c = text; *c; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    arena_clear(&w->arena);
    return ask(w, run, arg, text);
}

/* Fresh SKUs with START units each; a case takes one and leaves it behind. */
static void restock_shelves(struct world *w)
{
    ON_EXIT(buf_free) struct buf skus = {0}, units = {0};
    buf_init(&skus, (size_t)1 << 20);
    buf_init(&units, (size_t)1 << 20);
    shelf++;
    next_sku = 0;
    buf_text(&skus, "{\"items\":[");
    buf_text(&units, "{\"movements\":[");
    for (int i = 0; i < SKUS; i++) {
        const char *comma = i ? "," : "";
        buf_printf(&skus, "%s{\"sku\":\"S%d-%d\"}", comma, shelf, i);
        buf_printf(&units,
                   "%s{\"kind\":\"receive\",\"sku\":\"S%d-%d\",\"location\":\"berlin\","
                   "\"quantity\":%d}",
                   comma,
                   shelf,
                   i,
                   START);
    }
    buf_text(&skus, "]}");
    buf_text(&units, "]}");
    buf_char(&skus, '\0');
    buf_char(&units, '\0');
    arena_clear(&w->arena);
    must_answer(w, 201, request_skus_create, NULL, skus.p);
    arena_clear(&w->arena);
    must_answer(w, 201, request_movements_create, NULL, units.p);
    arena_clear(&w->arena);
}

static const char *sku_of_case(char out[24])
{
    (void)snprintf(out, 24, "S%d-%d", shelf, next_sku);
    return out;
}

static void begin_case(struct world *w)
{
    if (++next_sku >= SKUS) {
        restock_shelves(w);
    }
    played++;
}

static void tell(struct world *w, int version, const struct report *r)
{
    char sku[24];
    (void)sku_of_case(sku);
    int status = say(w,
                     request_orders_create,
                     NULL,
                     "{'channel':'shop','id':'%s','version':%d,'lines':[{'id':'1','sku':'%s',"
                     "'ordered':%d,'cancelled':%d,'no_restock':%d,'fulfilled':%d,'returned':%d,"
                     "'restocked':%d}]}",
                     sku,
                     version,
                     sku,
                     (int)r->ordered,
                     (int)r->cancelled,
                     (int)r->no_restock,
                     (int)r->fulfilled,
                     (int)r->returned,
                     (int)r->restocked);
    if (status != 200 && status != 201) {
        fail_msg("%d: %.*s", status, SLICE_ARG(w->text));
    }
}

static void print_report(const char *what, const struct report *r)
{
    print_error("%s: ordered %d cancelled %d no_restock %d fulfilled %d returned %d restocked %d\n",
                what,
                (int)r->ordered,
                (int)r->cancelled,
                (int)r->no_restock,
                (int)r->fulfilled,
                (int)r->returned,
                (int)r->restocked);
}

struct vector {
    int64_t available, reserved, no_restock, return_pending;
};

static struct vector formula(const struct report *r)
{
    return (struct vector){.available =
                               START - (r->ordered - r->cancelled) - r->no_restock + r->restocked,
                           .reserved = r->ordered - r->cancelled - r->fulfilled,
                           .no_restock = r->no_restock,
                           .return_pending = r->returned - r->restocked};
}

static bool stock_is(struct world *w, const struct vector *wanted)
{
    char sku[24];
    struct stock got = stock_of(w, sku_of_case(sku), "berlin");
    return got.available == wanted->available && got.reserved == wanted->reserved &&
           stock_reason_quantity(&got, SLICE("no_restock")) == wanted->no_restock &&
           stock_reason_quantity(&got, SLICE("return_pending")) == wanted->return_pending &&
           got.unavailable == wanted->no_restock + wanted->return_pending && got.held == 0 &&
           got.in_transit == 0;
}

static void want_formula(struct world *w, const struct report *told, int count, const int *order)
{
    const struct vector wanted = formula(&told[count - 1]);
    if (!stock_is(w, &wanted)) {
        for (int i = 0; i < count; i++) {
            char what[32];
            (void)snprintf(what, sizeof(what), "told as number %d, version %d", i, order[i]);
            print_report(what, &told[order[i]]);
        }
        fail_msg("the stock is not what the last version says");
    }
}

/* ---- every entry ---- */

static void test_every_report_alone_books_its_closed_formula(void **state)
{
    struct world *w = *state;
    for (int64_t n = 0; n <= 3; n++) {
        const struct table t = table_of(n);
        for (int i = 0; i < t.count; i++) {
            begin_case(w);
            tell(w, 0, &t.items[i]);
            want_formula(w, &t.items[i], 1, &(int){0});
            tell(w, 0, &t.items[i]); /* t26 */
            want_formula(w, &t.items[i], 1, &(int){0});
        }
    }
}

/* Also backwards: a shop may take back what it had said. */
static void test_every_report_after_every_other_books_the_newer_one(void **state)
{
    struct world *w = *state;
    for (int64_t n = 1; n <= 3; n++) {
        const struct table t = table_of(n);
        for (int i = 0; i < t.count * t.count; i++) {
            const struct report told[] = {t.items[i / t.count], t.items[i % t.count]};
            begin_case(w);
            tell(w, 0, &told[0]);
            tell(w, 1, &told[1]);
            want_formula(w, told, 2, (const int[]){0, 1});
            begin_case(w);
            tell(w, 1, &told[1]);
            tell(w, 0, &told[0]);
            want_formula(w, told, 2, (const int[]){1, 0});
        }
    }
}

/* ---- every order of arrival ---- */

static bool next_permutation(int *order, int count)
{
    int i = count - 2;
    while (i >= 0 && order[i] > order[i + 1]) {
        i--;
    }
    if (i < 0) {
        return false;
    }
    int k = count - 1;
    while (order[k] < order[i]) {
        k--;
    }
    int swap = order[i];
    order[i] = order[k];
    order[k] = swap;
    for (int lo = i + 1, hi = count - 1; lo < hi; lo++, hi--) {
        swap = order[lo];
        order[lo] = order[hi];
        order[hi] = swap;
    }
    return true;
}

static void play_permutations(struct world *w, const struct report *told, int count)
{
    int order[4] = {0, 1, 2, 3};
    do {
        begin_case(w);
        for (int i = 0; i < count; i++) {
            tell(w, order[i], &told[order[i]]);
        }
        want_formula(w, told, count, order);
    } while (next_permutation(order, count));
}

/* Extends a chain of successive reports; plays it when it is whole. One of `thin` chains. */
static void play_chains(
    struct world *w, const struct table *t, struct report *told, int count, int want, int thin)
{
    static int nth;
    if (count == want) {
        if (nth++ % thin == 0) {
            play_permutations(w, told, count);
        }
        return;
    }
    for (int i = 0; i < t->count; i++) {
        bool differs = count == 0 || memcmp(&told[count - 1], &t->items[i], sizeof(*told)) != 0;
        if (differs && (count == 0 || follows(&told[count - 1], &t->items[i]))) {
            told[count] = t->items[i];
            play_chains(w, t, told, count + 1, want, thin);
        }
    }
}

static void test_t28_successive_reports_end_alike_in_every_order_of_arrival(void **state)
{
    struct world *w = *state;
    struct report told[4];
    const struct table one = table_of(1), two = table_of(2), three = table_of(3);
    for (int length = 2; length <= 4; length++) {
        play_chains(w, &one, told, 0, length, 1);
        play_chains(w, &two, told, 0, length, length == 4 ? 3 : 1);
        play_chains(w, &three, told, 0, length, length == 4 ? 701 : length == 3 ? 31 : 2);
    }
}

/* ---- a person puts units back, or throws them away ---- */

static void move_by_hand(struct world *w, const char *kind, int64_t units, int wanted)
{
    char sku[24];
    if (units == 0) {
        return;
    }
    int status = say(w,
                     request_movements_create,
                     NULL,
                     "{'movements':[{'kind':'%s','sku':'%s','location':'berlin','quantity':%d}]}",
                     kind,
                     sku_of_case(sku),
                     (int)units);
    assert_int_equal(status, wanted);
}

/* First report, then a person restocks and scraps, then the newer report (and the first again). */
static void play_by_hand(struct world *w,
                         const struct report *a,
                         const struct report *b,
                         int64_t restocked,
                         int64_t scrapped)
{
    int64_t waits = a->returned - a->restocked;
    begin_case(w);
    tell(w, 1, a);
    move_by_hand(w, "restock", waits + 1, 409); /* no more than wait */
    move_by_hand(w, "restock", restocked, 201);
    move_by_hand(w, "scrap", scrapped, 201);
    tell(w, 2, b);
    tell(w, 1, a);
    tell(w, 2, b);
    /* Of the units that the channel newly calls restocked, those that it newly calls returned come
     * from outside; the others waited, unless a person had taken them. */
    int64_t came = b->returned - a->returned, back = b->restocked - a->restocked;
    int64_t waited = back > came ? back - came : 0, left = waits - restocked - scrapped;
    int64_t there = waited < left ? waited : left;
    struct vector wanted = formula(b);
    wanted.return_pending = left - there + (came > back ? came - back : 0);
    int64_t on_hand = START - b->fulfilled + b->returned - scrapped; /* each unit once */
    wanted.available = on_hand - wanted.reserved - wanted.no_restock - wanted.return_pending;
    if (!stock_is(w, &wanted)) {
        print_report("first", a);
        print_report("then", b);
        fail_msg("between them %d restocked and %d scrapped by hand: a unit is there twice, or not",
                 (int)restocked,
                 (int)scrapped);
    }
}

static void test_t27_t31_a_unit_that_came_back_is_put_on_sale_once_by_whom_ever(void **state)
{
    struct world *w = *state;
    const struct table t = table_of(3);
    for (int i = 0; i < t.count * t.count; i++) {
        const struct report *a = &t.items[i / t.count], *b = &t.items[i % t.count];
        int64_t waits = a->returned - a->restocked;
        for (int64_t u = 0; follows(a, b) && u <= waits; u++) {
            for (int64_t v = 0; u + v <= waits; v++) {
                play_by_hand(w, a, b, u, v);
            }
        }
    }
}

static int open_shelves(void **state)
{
    if (world_open_on(state, true)) {
        return -1;
    }
    struct world *w = *state;
    must_answer(w, 201, request_locations_create, NULL, "{\"code\":\"berlin\"}");
    must_answer(w,
                201,
                request_channels_create,
                NULL,
                "{\"code\":\"shop\",\"connector\":\"api\",\"mode\":\"live\"}");
    restock_shelves(w);
    played = 0;
    return 0;
}

static int close_shelves(void **state)
{
    print_message("             %" PRId64 " cases\n", played);
    return world_close(state);
}

#define table_test(test) cmocka_unit_test_setup_teardown((test), open_shelves, close_shelves)

int main(void)
{
    const struct CMUnitTest tests[] = {
        table_test(test_every_report_alone_books_its_closed_formula),
        table_test(test_every_report_after_every_other_books_the_newer_one),
        table_test(test_t28_successive_reports_end_alike_in_every_order_of_arrival),
        table_test(test_t27_t31_a_unit_that_came_back_is_put_on_sale_once_by_whom_ever)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
