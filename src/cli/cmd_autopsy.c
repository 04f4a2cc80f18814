/* SPDX-License-Identifier: Apache-2.0 */
/* autopsy: why units of an order were sold that were not there. */
#include "cli/cmd.h"
#include "cli/evidence.h"

struct autopsy_look {
    struct ask ask;
    const char *order, *channel;
    struct buf found; /* the channels that have such an order, as people list them */
    size_t found_count;
};

static void order_path(struct ask *ask, const char *channel, const char *order)
{
    ask_path(ask, "/v1/orders");
    ask_segment(ask, channel);
    ask_segment(ask, order);
}

/* ---- which channel ---- */

static int ask_one(struct autopsy_look *look, struct slice channel)
{
    struct ask *ask = &look->ask;
    order_path(ask, channel.p, look->order);
    int code = ask_try(ask, "GET", (struct slice){0});
    if (code || ask->status == 404) {
        return code;
    }
    if (ask->status != 200) {
        return ask_refused(ask);
    }
    buf_printf(&look->found, "%s%.*s", look->found_count++ ? ", " : "", SLICE_ARG(channel));
    look->channel = channel.p;
    return 0;
}

struct codes {
    struct ask *ask;
    struct slice *items;
    size_t count, max;
};

static int load_codes(struct ask *ask, struct codes *out)
{
    ask_path(ask, "/v1/channels?limit=1000");
    int code = ask_get(ask);
    struct json items = json_get(ask->said, "items");
    *out = (struct codes){.ask = ask, .max = code ? 0 : json_count(items)};
    out->items = ARENA_ARRAY(&ask->arena, out->max ? out->max : 1, struct slice);
    must(out->items);
    for (struct json_iter i = json_iter(items); !code && json_next(&i);) {
        out->items[out->count++] = ask_keep(ask, i.value, "code");
    }
    return code;
}

/* An order's id is its channel's own: two of them may have the same. */
static int find_channel(struct autopsy_look *look)
{
    struct ask *ask = &look->ask;
    struct codes codes;
    int code = load_codes(ask, &codes);
    for (size_t i = 0; i < codes.count && !code; i++) {
        code = ask_one(look, codes.items[i]);
    }
    if (code || look->found_count == 1) {
        return code;
    }
    if (look->found_count == 0) {
        fprintf(stderr,
                "truecount %s: no channel has an order %s: see truecount orders\n",
                ask->command,
                look->order);
        return 1;
    }
    fprintf(stderr,
            "truecount %s: several channels have an order %s (%.*s): say which with --channel "
            "CODE\n",
            ask->command,
            look->order,
            SLICE_ARG(buf_view(&look->found)));
    return 2;
}

/* ---- what is known ---- */

/* Nothing was missing; but a line that no listing sells was not booked at all. */
static int say_nothing_missing(struct autopsy_look *look)
{
    struct ask *ask = &look->ask;
    int64_t parked = 0;
    order_path(ask, look->channel, look->order);
    int code = ask_get(ask);
    if (code) {
        return code;
    }
    for (struct json_iter i = json_iter(json_get(ask->said, "lines")); json_next(&i);) {
        bool is_parked = false;
        parked += json_bool(json_get(i.value, "parked"), &is_parked) && is_parked;
    }
    ask_say("Nothing was missing: every unit that is booked of order ", ask->said, "id");
    ask_say(" of ", ask->said, "channel");
    puts(" was there when it was sold.");
    if (parked) {
        printf("%" PRId64 " of its lines wait, as no listing sells them: see truecount orders.\n",
               parked);
    }
    return 0;
}

static int show(struct autopsy_look *look)
{
    struct ask *ask = &look->ask;
    int code = look->channel ? 0 : find_channel(look);
    if (code) {
        return code;
    }
    order_path(ask, look->channel, look->order);
    ask_segment(ask, "autopsy");
    code = ask_get(ask);
    if (code) {
        return code;
    }
    if (ask->is_json) {
        ask_print_json(ask);
        return 0;
    }
    struct json items = json_get(ask->said, "items");
    return json_count(items) ? evidence_autopsies(ask, items) : say_nothing_missing(look);
}

int cmd_autopsy(int argc, char **argv)
{
    struct autopsy_look look = {0};
    struct words words = {.usage = "ORDER", .min = 1, .max = 1, .items = &look.order};
    const struct option options[] = {ASK_OPTIONS(&look.ask),
                                     {"channel",
                                      OPTION_TEXT,
                                      "CODE",
                                      "whose order it is, when several have one of that id",
                                      .text = &look.channel}};
    enum options_result r = options_parse_words(
        argc,
        argv,
        "Why units of an order were sold that were not there: for each, who had taken the last "
        "one, when\nthe channel was told, which stage was too slow, and the smallest buffer that "
        "would have\nprevented it. Exit 1 when there is no such order.",
        options,
        COUNT_OF(options),
        &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    buf_init(&look.found, (size_t)1 << 20);
    int code = ask_begin(&look.ask, argv[0]);
    code = ask_end(&look.ask, code ? code : show(&look));
    buf_free(&look.found);
    return code;
}
