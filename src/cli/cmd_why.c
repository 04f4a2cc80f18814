/* SPDX-License-Identifier: Apache-2.0 */
/* why: what each listing of a SKU may show, reckoned line by line. */
#include "cli/ask.h"
#include "cli/cmd.h"

static const struct column columns[] = {
    {NULL, false}, {NULL, true}, {NULL, false}, {NULL, true}, {NULL, false}};

struct why_look {
    struct ask ask;
    const char *sku, *channel;
    struct table *table;
    struct slice steps; /* the answer of /v1/availability, kept while the listings are asked for */
    size_t shown;
};

/* sign, quantity, what it is, the figure after it, a remark */
static void put(struct table *t,
                const char *sign,
                struct json quantity,
                const char *what,
                struct slice of,
                struct json figure)
{
    table_str(t, sign);
    if (json_type(quantity) == JSON_NONE) {
        table_str(t, "");
    } else {
        table_json(t, quantity);
    }
    table_printf(t, "%s%.*s", what, SLICE_ARG(of));
    table_json(t, figure);
    table_str(t, "");
}

static void put_step(struct table *t, struct json step, struct slice sku)
{
    struct slice kind = ask_text(step, "step"), location = ask_text(step, "location"),
                 component = ask_text(step, "component");
    struct json quantity = json_get(step, "quantity"), value = json_get(step, "value");
    static const struct {
        const char *kind, *sign, *what;
    } words[] = {
        {"debt", "-", "owed to orders, anywhere"},
        {"buffer", "-", "held back as buffer"},
        {"percent", "%", "percent of that, rounded down"},
        {"pack_size", "/", "to a pack, rounded down"},
        {"cap", "<=", "the most to show"},
        {"min_to_list", ">=", "or nothing at all"},
        {"share", "=", "the share of "},
        {"component", "<=", "as many as there is of "},
    };
    if (slice_is(kind, "location")) {
        bool is_scarce = component.n && !slice_equal(component, sku);
        char what[400];
        snprintf(what,
                 sizeof(what),
                 "available in %.*s%s%.*s%s",
                 (int)(location.n < 100 ? location.n : 100),
                 location.p,
                 is_scarce ? " (by its " : "",
                 is_scarce ? (int)(component.n < 200 ? component.n : 200) : 0,
                 component.p ? component.p : "",
                 is_scarce ? ")" : "");
        put(t, "+", quantity, what, (struct slice){0}, value);
        return;
    }
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (slice_is(kind, words[i].kind)) {
            struct slice of = slice_ends(slice_of(words[i].what), " ")
                                  ? location.n ? location : component
                                  : (struct slice){0};
            put(t, words[i].sign, quantity, words[i].what, of, value);
            return;
        }
    }
    put(t, "", quantity, "", kind, value); /* a step that came later than this program */
}

/* published 6, and since when */
static void put_seen(
    struct table *t, struct json listing, const char *key, const char *at_key, const char *what)
{
    table_str(t, "");
    table_str(t, "");
    table_str(t, what);
    table_json(t, json_get(listing, key));
    if (at_key && ask_text(listing, at_key).n) {
        table_json(t, json_get(listing, at_key));
    } else {
        table_str(t, "");
    }
}

static void put_expected(struct table *t, struct json listing)
{
    bool is_range = json_type(json_get(listing, "expected")) != JSON_INT &&
                    json_type(json_get(listing, "expected_lo")) == JSON_INT;
    if (!is_range) {
        put_seen(t, listing, "expected", NULL, "expected: what it shows now, as far as we know");
        return;
    }
    table_str(t, "");
    table_str(t, "");
    table_str(t, "expected: what it shows now lies between");
    table_printf(t,
                 "%" PRId64 "..%" PRId64,
                 ask_int(listing, "expected_lo"),
                 ask_int(listing, "expected_hi"));
    table_str(t, "");
}

/* The availability of the listing with that id. */
static struct json find_steps(struct json availability, struct slice id)
{
    for (struct json_iter i = json_iter(json_get(availability, "listings")); json_next(&i);) {
        if (slice_equal(ask_text(i.value, "id"), id)) {
            return i.value;
        }
    }
    return (struct json){0};
}

/* What others may sell before this listing shows it; nothing where it is not reckoned. */
static void put_exposure(struct ask *ask, struct table *t, struct json exposure)
{
    if (json_type(exposure) != JSON_OBJECT) {
        return;
    }
    table_str(t, "");
    table_str(t, "");
    struct slice units = json_copy_text(json_get(exposure, "units"), &ask->arena);
    table_str(t, "exposure: others may sell before it shows that");
    table_str(t, "");
    table_printf(t,
                 "%.*s units; buffer %" PRId64 ", suggested %" PRId64,
                 SLICE_ARG(units),
                 ask_int(exposure, "buffer"),
                 ask_int(exposure, "suggested_buffer"));
}

static int show_listing_why(struct why_look *look, struct json availability, struct json listing)
{
    struct json entry = find_steps(availability, ask_text(listing, "id"));
    struct table *t = table_new(columns, COUNT_OF(columns));
    printf("%s", look->shown++ ? "\n" : "");
    ask_say("", listing, "channel");
    ask_say(" at ", listing, "location");
    ask_say(", listing ", listing, "id");
    ask_say(": ", listing, "state");
    ask_say(", ", listing, "state_reason");
    putchar('\n');
    for (struct json_iter i = json_iter(json_get(entry, "why")); json_next(&i);) {
        put_step(t, i.value, ask_text(availability, "sku"));
    }
    put(t,
        "=",
        (struct json){0},
        "may be shown (sellable)",
        (struct slice){0},
        json_get(entry, "sellable"));
    put_seen(t, listing, "published", "published_at", "published: what the channel last confirmed");
    put_expected(t, listing);
    put_seen(t, listing, "observed", "observed_at", "observed: what it showed when last read");
    put_exposure(&look->ask, t, json_get(entry, "exposure"));
    return ask_table(&look->ask, t, "");
}

static int show_listings(struct why_look *look)
{
    struct ask *ask = &look->ask;
    struct json_doc *doc = json_doc_new();
    struct json availability = {0};
    struct err_note note;
    must(doc && json_parse(doc, look->steps, &availability, &note) == ERR_OK);
    int code = 0;
    for (struct json_iter i = json_iter(json_get(ask->said, "items")); json_next(&i) && !code;) {
        if (!look->channel || slice_is(ask_text(i.value, "channel"), look->channel)) {
            code = show_listing_why(look, availability, i.value);
        }
    }
    if (!look->shown) {
        fputs("No listing of ", stdout);
        cells_print(stdout, ask_text(availability, "sku"));
        printf("%s%s.\n",
               look->channel ? " on " : ": no channel sells it",
               look->channel ? look->channel : "");
    }
    json_doc_free(doc);
    return code;
}

static int show(struct why_look *look)
{
    struct ask *ask = &look->ask;
    ask_path(ask, "/v1/availability");
    ask_segment(ask, look->sku);
    int code = ask_get(ask);
    if (code) {
        return code;
    }
    look->steps = arena_copy(&ask->arena, buf_view(&ask->answer));
    if (ask->is_json) {
        ask_print_json(ask);
    }
    ask_path(ask, "/v1/listings");
    ask_query(ask, "sku", look->sku);
    ask_query(ask, "channel", look->channel);
    ask_query(ask, "limit", "1000");
    code = ask_get(ask);
    if (code) {
        return code;
    }
    if (ask->is_json) {
        ask_print_json(ask);
        return 0;
    }
    return show_listings(look);
}

int cmd_why(int argc, char **argv)
{
    struct why_look look = {0};
    struct words words = {.usage = "SKU", .min = 1, .max = 1, .items = &look.sku};
    const struct option options[] = {
        ASK_OPTIONS(&look.ask),
        {"channel", OPTION_TEXT, "CODE", "that channel alone", .text = &look.channel}};
    enum options_result r = options_parse_words(
        argc,
        argv,
        "What each channel may show of a SKU, reckoned step by step, and what it shows.\n\n"
        "The right column is the figure after each step; the last is what may be shown. With "
        "--json: the\nanswers of /v1/availability/SKU and /v1/listings?sku=SKU, a line each.",
        options,
        COUNT_OF(options),
        &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    int code = ask_begin(&look.ask, argv[0]);
    return ask_end(&look.ask, code ? code : show(&look));
}
