/* SPDX-License-Identifier: Apache-2.0 */
/* channel audit, shadow, checklist: what proves that a channel may be taken over. */
#include "cli/channel_verbs.h"
#include "cli/evidence.h"

#define DAYS_MAX 365
#define NEWEST 20 /* differences; truecount drift has all */

struct proof {
    struct ask ask;
    const char *channel, *agreement;
    int64_t days, bar_days;
    bool no_wait;
    int64_t said_read; /* by the audit, as last printed */
};

void channel_path(struct ask *ask, const char *code, const char *verb)
{
    ask_path(ask, "/v1/channels");
    ask_segment(ask, code);
    ask_segment(ask, verb);
}

static void query_number(struct ask *ask, const char *name, int64_t value)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRId64, value);
    ask_query(ask, name, value < 0 ? NULL : text);
}

static void query_bar(struct proof *p)
{
    query_number(&p->ask, "bar_days", p->bar_days);
    ask_query(&p->ask, "bar_agreement", p->agreement);
}

static bool said_true(struct json object, const char *key)
{
    bool is_true = false;
    return json_bool(json_get(object, key), &is_true) && is_true;
}

/* ---- the shadow report ---- */

/* The report's own days, and what is asked for. */
static int show_bar(struct proof *p, struct json report)
{
    static const struct column columns[] = {{"", false}, {"found", true}, {"asked for", true}};
    static const struct {
        const char *what, *key, *bar;
    } rows[] = {{"days in a row with readings", "days_in_a_row", "bar_days"},
                {"readings that agree, %", "agreement", "bar_agreement"},
                {"differences without a cause", "unexplained", NULL}};
    struct table *table = table_new(columns, COUNT_OF(columns));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        table_str(table, rows[i].what);
        evidence_number(&p->ask, table, json_get(report, rows[i].key));
        if (rows[i].bar) {
            evidence_number(&p->ask, table, json_get(report, rows[i].bar));
        } else {
            table_int(table, 0);
        }
    }
    return ask_table(&p->ask, table, "");
}

static void say_orders(struct proof *p, struct json report)
{
    struct json delay = json_get(report, "order_delay");
    int64_t orders = ask_int(delay, "orders"), oversold = ask_int(report, "oversold");
    static const char *const keys[] = {"p50_ms", "p95_ms", "p99_ms"};
    if (orders) {
        printf("\nIts latest %" PRId64 " orders reached us within ", orders);
        for (size_t i = 0; i < COUNT_OF(keys); i++) {
            struct slice ms = json_copy_text(json_get(delay, keys[i]), &p->ask.arena);
            printf("%s%.*s", i ? ", " : "", SLICE_ARG(ms));
        }
        puts(" ms (half of them, 95 and 99 of 100).");
    } else {
        puts("\nNo order of it has been booked yet.");
    }
    printf("Units that its orders found missing: %" PRId64 "; live mode would have saved %" PRId64
           " of them.\n",
           oversold,
           ask_int(report, "avoidable"));
}

/* "2 late_shop, 1 unknown" */
static void put_causes(struct table *table, struct json causes)
{
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, (size_t)4 << 10);
    for (struct json_iter i = json_iter(causes); json_next(&i);) {
        int64_t count = 0;
        (void)json_int(i.value, &count);
        buf_printf(&text, "%s%" PRId64 " %.*s", text.n ? ", " : "", count, SLICE_ARG(i.key));
    }
    table_text(table, buf_view(&text));
}

static int show_days(struct proof *p, struct json days)
{
    static const struct column columns[] = {{"day (UTC)", false},
                                            {"read", true},
                                            {"agreed", true},
                                            {"moved", true},
                                            {"differed", true},
                                            {"agree, %", true},
                                            {"oversold", true},
                                            {"avoidable", true},
                                            {"causes", false}};
    static const char *const keys[] = {
        "readings", "agreed", "waiting", "differed", "agreement", "oversold", "avoidable"};
    struct table *table = table_new(columns, COUNT_OF(columns));
    for (struct json_iter i = json_iter(days); json_next(&i);) {
        bool is_empty = ask_int(i.value, "agreed") + ask_int(i.value, "differed") == 0;
        evidence_day(table, json_get(i.value, "day"));
        for (size_t k = 0; k < COUNT_OF(keys); k++) {
            if (is_empty && strcmp(keys[k], "agreement") == 0) {
                table_str(table, "-"); /* of nothing, no share agrees */
            } else {
                evidence_number(&p->ask, table, json_get(i.value, keys[k]));
            }
        }
        put_causes(table, json_get(i.value, "causes"));
    }
    putchar('\n');
    return ask_table(&p->ask, table, "");
}

static int show_differences(struct proof *p, struct json report)
{
    static const struct column columns[] = {{"sku", false},
                                            {"shown", true},
                                            {"should be", true},
                                            {"cause", false},
                                            {"since", true},
                                            {"until", true}};
    static const char *const keys[] = {"sku", "shown", "computed", "cause", "began_at", "ended_at"};
    struct json differences = json_get(report, "differences");
    struct table *table = table_new(columns, COUNT_OF(columns));
    size_t count = json_count(differences), shown = 0;
    for (struct json_iter i = json_iter(differences); shown < NEWEST && json_next(&i); shown++) {
        for (size_t k = 0; k < COUNT_OF(keys); k++) {
            table_json(table, json_get(i.value, keys[k]));
        }
    }
    putchar('\n');
    int code = ask_table(&p->ask, table, "No count differed.");
    if (count > shown || said_true(report, "has_more")) {
        printf("These are the newest %zu: truecount drift --state any --channel ", shown);
        ask_say("", report, "channel");
        puts(" has all.");
    }
    return code;
}

static int show_shadow(struct proof *p)
{
    struct ask *ask = &p->ask;
    ask_path(ask, "/v1/reports/shadow");
    ask_segment(ask, p->channel);
    query_number(ask, "days", p->days ? p->days : -1);
    query_bar(p);
    int code = ask_get(ask);
    if (code) {
        return code;
    }
    if (ask->is_json) {
        ask_print_json(ask);
        return 0;
    }
    struct json report = ask->said;
    ask_say("", report, "channel");
    ask_say(" (", report, "mode");
    fputs(said_true(report, "ready") ? "): ready" : "): not ready", stdout);
    ask_say(", ", report, "missing");
    puts("\n");
    code = show_bar(p, report);
    say_orders(p, report);
    code = code ? code : show_days(p, json_get(report, "days"));
    return code ? code : show_differences(p, report);
}

/* Given to both verbs. */
#define BAR_OPTIONS(p)                                                                             \
    ASK_OPTIONS(&(p)->ask),                                                                        \
        {"bar-days",                                                                               \
         OPTION_NUMBER,                                                                            \
         "N",                                                                                      \
         "days in a row that are asked for (7)",                                                   \
         .min = 0,                                                                                 \
         .max = DAYS_MAX,                                                                          \
         .number = &(p)->bar_days},                                                                \
    {                                                                                              \
        "bar-agreement", OPTION_TEXT, "PERCENT", "of readings that must agree (99.9)",             \
            .text = &(p)->agreement                                                                \
    }

int channel_shadow(int argc, char **argv)
{
    struct proof p = {.bar_days = -1};
    struct words words = {.usage = "CODE", .min = 1, .max = 1, .items = &p.channel};
    const struct option options[] = {BAR_OPTIONS(&p),
                                     {"days",
                                      OPTION_NUMBER,
                                      "N",
                                      "days to show (as many as are asked for)",
                                      .min = 1,
                                      .max = DAYS_MAX + 1,
                                      .number = &p.days}};
    enum options_result r = options_parse_words(
        argc,
        argv,
        "What shadow mode has shown: the counts that were read, day by day, how many agreed with "
        "the ledger,\nwhy the others did not, and whether that is enough to take the channel over.",
        options,
        COUNT_OF(options),
        &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    int code = ask_begin(&p.ask, argv[0]);
    return ask_end(&p.ask, code ? code : show_shadow(&p));
}

/* ---- the checklist ---- */

/* Under the table, where nothing cuts it: what to do about each that does not hold. */
static void say_actions(struct json checks, FILE *out)
{
    bool is_first = true;
    for (struct json_iter i = json_iter(checks); json_next(&i);) {
        struct slice action = ask_text(i.value, "action");
        if (said_true(i.value, "ok") || action.n == 0) {
            continue;
        }
        fputs(is_first ? "\n" : "", out);
        cells_print(out, ask_text(i.value, "check"));
        fputs(": ", out);
        cells_print(out, action);
        fputc('\n', out);
        is_first = false;
    }
}

int channel_checks(const struct ask *ask, FILE *out, bool only_wrong)
{
    static const struct column columns[] = {{"check", false}, {"", false}, {"found", false}};
    struct json checks = json_get(ask->said, "checks");
    struct table *table = table_new(columns, COUNT_OF(columns));
    for (struct json_iter i = json_iter(checks); json_next(&i);) {
        bool is_ok = said_true(i.value, "ok");
        if (is_ok && only_wrong) {
            continue;
        }
        table_json(table, json_get(i.value, "check"));
        table_str(table,
                  is_ok                            ? "ok"
                  : said_true(i.value, "required") ? "WRONG, required"
                                                   : "WRONG");
        table_json(table, json_get(i.value, "detail"));
    }
    bool is_printed = table_print(table, out, table_style_of(out));
    table_free(table);
    if (!is_printed) {
        fprintf(stderr, "truecount %s: there is no memory for the checklist\n", ask->command);
        return 2;
    }
    say_actions(checks, out);
    return 0;
}

static int show_checklist(struct proof *p)
{
    struct ask *ask = &p->ask;
    channel_path(ask, p->channel, "cutover");
    query_bar(p);
    int code = ask_get(ask);
    if (code) {
        return code;
    }
    bool is_ready = said_true(ask->said, "ready");
    bool is_live = slice_is(ask_text(ask->said, "mode"), "live");
    if (ask->is_json) {
        ask_print_json(ask);
        return !is_ready;
    }
    ask_say("", ask->said, "channel");
    ask_say(" (", ask->said, "mode");
    fputs(is_ready ? "): all is as it should be" : "): not all is as it should be", stdout);
    ask_say(is_live ? "; taken over " : "; to be taken over ", ask->said, "cutover_at");
    ask_say(", watched until ", ask->said, "watch_until");
    ask_say(", job ", ask->said, "job");
    putchar('\n');
    code = channel_checks(ask, stdout, false);
    return code ? code : !is_ready;
}

int channel_checklist(int argc, char **argv)
{
    struct proof p = {.bar_days = -1};
    struct words words = {.usage = "CODE", .min = 1, .max = 1, .items = &p.channel};
    const struct option options[] = {BAR_OPTIONS(&p)};
    enum options_result r = options_parse_words(
        argc,
        argv,
        "What must hold before a channel is taken over, one by one, and what to do where it does "
        "not. What is\nrequired cannot be forced. Exit 1 when something is wrong.",
        options,
        COUNT_OF(options),
        &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    int code = ask_begin(&p.ask, argv[0]);
    return ask_end(&p.ask, code ? code : show_checklist(&p));
}

/* ---- the audit ---- */

static void say_read(void *arg, struct json job)
{
    struct proof *p = arg;
    struct json result = json_get(job, "result");
    int64_t done = ask_int(job, "done");
    bool is_over = !slice_is(ask_text(job, "state"), "running");
    if (done == p->said_read && !is_over) {
        return;
    }
    p->said_read = done;
    printf("%" PRId64 " of %" PRId64 " listings: %" PRId64 " read, %" PRId64
           " could not be, %" PRId64 " differ\n",
           done,
           ask_int(job, "total"),
           ask_int(result, "read"),
           ask_int(result, "unread"),
           ask_int(result, "differing"));
}

static int begin_audit(struct proof *p)
{
    struct ask *ask = &p->ask;
    struct json_writer w = ask_body(ask);
    json_begin_object(&w);
    json_end_object(&w);
    channel_path(ask, p->channel, "audit");
    int code = ask_send(ask, "POST");
    if (code) {
        return code;
    }
    const struct slice job = ask_keep(ask, ask->said, "job");
    if (!p->no_wait && !ask->dir.lone) {
        return evidence_follow(ask, job.p, say_read, p);
    }
    if (ask->is_json) {
        ask_print_json(ask);
    } else {
        printf("job %s reads the counts of %s%s\n",
               job.p,
               p->channel,
               ask->dir.lone ? " when truecount serve runs: no server does now" : "");
    }
    return 0;
}

int channel_audit(int argc, char **argv)
{
    struct proof p = {.said_read = -1};
    struct words words = {.usage = "CODE", .min = 1, .max = 1, .items = &p.channel};
    const struct option options[] = {
        ASK_OPTIONS(&p.ask),
        {"no-wait", OPTION_SWITCH, NULL, "do not wait for its end", .is_set = &p.no_wait}};
    enum options_result r = options_parse_words(
        argc,
        argv,
        "Reads every count of a channel back now, within the channel's limits, and says how many "
        "differ from\nwhat is expected (truecount drift says why). Ctrl-C ends the waiting, not "
        "the reading.",
        options,
        COUNT_OF(options),
        &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    int code = ask_begin(&p.ask, argv[0]);
    return ask_end(&p.ask, code ? code : begin_audit(&p));
}
