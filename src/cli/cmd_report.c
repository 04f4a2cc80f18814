/* SPDX-License-Identifier: Apache-2.0 */
/* report: evidence to look at, to keep, to print. */
#include <errno.h>
#include <stdlib.h>

#include "cli/actions.h"
#include "cli/ask.h"
#include "cli/cmd.h"

#define SHADOW_DAYS 366

struct report {
    struct ask ask;
    const char *what; /* as it is asked for: "latency" */
    const char *from, *to, *channel, *html;
    int64_t days;
};

/* ---- a page to keep ---- */

static int cannot_write(const struct report *r, bool is_stdout)
{
    fprintf(stderr,
            "truecount report: cannot write %s: %s\n",
            is_stdout ? "to stdout" : r->html,
            strerror(errno));
    return 1;
}

/* What stands in the file is never the half of a page: it is written when all of it is there. */
static int write_page(const struct report *r, struct slice page)
{
    bool is_stdout = strcmp(r->html, "-") == 0;
    FILE *out = is_stdout ? stdout : fopen(r->html, "we");
    if (!out) {
        return cannot_write(r, is_stdout);
    }
    (void)fwrite(page.p, 1, page.n, out); /* looked at in the end */
    bool is_written = fflush(out) == 0 && !ferror(out);
    if (!is_stdout && fclose(out) != 0) {
        is_written = false;
    }
    return is_written ? 0 : cannot_write(r, is_stdout);
}

static int keep_page(struct report *r)
{
    struct ask *ask = &r->ask;
    ask_query(ask, "format", "html");
    buf_char(&ask->path, '\0');
    const struct control_request request = {.method = "GET", .path = ask->path.p};
    char command[40];
    (void)snprintf(command, sizeof(command), "report %s", r->what);
    int code = data_dir_ask(command, &ask->dir, &request, NULL, &ask->status, &ask->answer);
    if (code) {
        return code;
    }
    if (ask->status != 200) {
        return data_dir_refused(command, ask->status, buf_view(&ask->answer));
    }
    return write_page(r, buf_view(&ask->answer));
}

/* ---- tables ---- */

static void put_ms(struct ask *ask, struct table *t, struct json object, const char *key)
{
    struct json value = json_get(object, key);
    struct slice text = json_copy_text(value, &ask->arena);
    if (json_type(value) == JSON_NULL || text.n == 0) {
        table_str(t, "-");
    } else {
        table_printf(t, "%.0f", strtod(text.p, NULL));
    }
}

static void put_figures(struct ask *ask, struct table *t, struct json figures)
{
    table_json(t, json_get(figures, "count"));
    put_ms(ask, t, figures, "p50");
    put_ms(ask, t, figures, "p95");
    put_ms(ask, t, figures, "p99");
    put_ms(ask, t, figures, "max");
}

static int show_stages(struct ask *ask, struct json channel)
{
    static const struct column columns[] = {{"stage", false},
                                            {"measured", true},
                                            {"p50 ms", true},
                                            {"p95 ms", true},
                                            {"p99 ms", true},
                                            {"max ms", true}};
    struct table *t = table_new(columns, COUNT_OF(columns));
    for (struct json_iter i = json_iter(json_get(channel, "stages")); json_next(&i);) {
        table_text(t, ask_text(i.value, "stage"));
        put_figures(ask, t, i.value);
    }
    return ask_table(ask, t, "");
}

static int show_days(struct ask *ask, struct json channel)
{
    static const struct column columns[] = {{"day", false},
                                            {"measured", true},
                                            {"p50 ms", true},
                                            {"p95 ms", true},
                                            {"p99 ms", true},
                                            {"max ms", true},
                                            {"late", true}};
    struct json days = json_get(channel, "days");
    if (json_count(days) == 0) {
        return 0;
    }
    struct table *t = table_new(columns, COUNT_OF(columns));
    for (struct json_iter i = json_iter(days); json_next(&i);) {
        table_text(t, ask_text(i.value, "day"));
        put_figures(ask, t, i.value);
        table_json(t, json_get(i.value, "late"));
    }
    putchar('\n');
    return ask_table(ask, t, "");
}

static int show_channel(struct ask *ask, struct json channel)
{
    struct json by = json_get(channel, "late_by");
    putchar('\n');
    cells_print(stdout, ask_text(channel, "channel"));
    printf(": %" PRId64 " pushes, %" PRId64 " confirmed, %" PRId64 " accepted, %" PRId64
           " failed, %" PRId64 " unknown; %" PRId64 " late (theirs in %" PRId64 ", ours %" PRId64
           ", theirs out %" PRId64 ")\n",
           ask_int(channel, "pushes"),
           ask_int(channel, "confirmed"),
           ask_int(channel, "accepted"),
           ask_int(channel, "failed"),
           ask_int(channel, "unknown"),
           ask_int(channel, "late"),
           ask_int(by, "theirs_in"),
           ask_int(by, "ours"),
           ask_int(by, "theirs_out"));
    int code = show_stages(ask, channel);
    return code ? code : show_days(ask, channel);
}

static int show(struct ask *ask)
{
    struct json channels = json_get(ask->said, "channels");
    ask_say("from ", ask->said, "from");
    ask_say(" to ", ask->said, "to");
    putchar('\n');
    if (json_count(channels) == 0) {
        puts("Nothing was pushed in this time.");
    }
    int code = 0;
    for (struct json_iter i = json_iter(channels); json_next(&i) && !code;) {
        code = show_channel(ask, i.value);
    }
    return code;
}

static int report(struct report *r)
{
    struct ask *ask = &r->ask;
    ask_path(ask, "/v1/reports/latency");
    ask_query(ask, "from", r->from);
    ask_query(ask, "to", r->to);
    ask_query(ask, "channel", r->channel);
    if (r->html) {
        return keep_page(r);
    }
    int code = ask_get(ask);
    if (!code && ask->is_json) {
        ask_print_json(ask);
        return 0;
    }
    return code ? code : show(ask);
}

static int latency(int argc, char **argv)
{
    struct report r = {.what = "latency"};
    const struct option options[] = {
        ASK_OPTIONS(&r.ask),
        {"from", OPTION_TEXT, "TIME", "not before (a day before --to)", .text = &r.from},
        {"to", OPTION_TEXT, "TIME", "before (now)", .text = &r.to},
        {"channel", OPTION_TEXT, "CODE", "that channel alone", .text = &r.channel},
        {"html",
         OPTION_TEXT,
         "FILE",
         "write a page to keep or print ('-': stdout)",
         .text = &r.html}};
    enum options_result result =
        options_parse(argc,
                      argv,
                      "How long sales took to reach each channel, and where the time went: the "
                      "log's pushes that\n"
                      "left between two moments (2026-11-27T00:00:00Z), 31 days at most.",
                      options,
                      COUNT_OF(options));
    if (result != OPTIONS_OK) {
        return options_exit(result);
    }
    if (r.html && r.ask.is_json) {
        fputs("truecount report latency: --html and --json exclude each other\n", stderr);
        return 2;
    }
    int code = ask_begin(&r.ask, argv[0]);
    return ask_end(&r.ask, code ? code : report(&r));
}

/* ---- the shadow report, as a page alone: its tables are `truecount channel shadow` ---- */

static int shadow_page(struct report *r)
{
    struct ask *ask = &r->ask;
    char days[24];
    ask_path(ask, "/v1/reports/shadow");
    ask_segment(ask, r->channel);
    (void)snprintf(days, sizeof(days), "%" PRId64, r->days);
    ask_query(ask, "days", r->days ? days : NULL);
    return keep_page(r);
}

static int shadow(int argc, char **argv)
{
    struct report r = {.what = "shadow"};
    struct words words = {.usage = "CHANNEL", .min = 1, .max = 1, .items = &r.channel};
    const struct option options[] = {ASK_OPTIONS(&r.ask),
                                     {"days",
                                      OPTION_NUMBER,
                                      "N",
                                      "days to show (as many as are asked for)",
                                      .min = 1,
                                      .max = SHADOW_DAYS,
                                      .number = &r.days},
                                     {"html",
                                      OPTION_TEXT,
                                      "FILE",
                                      "the page to keep or print ('-': stdout)",
                                      .is_required = true,
                                      .text = &r.html}};
    enum options_result result =
        options_parse_words(argc,
                            argv,
                            "What shadow mode has shown of a channel, as a page: the verdict, day "
                            "by day, and why counts "
                            "differed.\nThe same as tables: truecount channel shadow CHANNEL.",
                            options,
                            COUNT_OF(options),
                            &words);
    if (result != OPTIONS_OK) {
        return options_exit(result);
    }
    if (r.ask.is_json) {
        fputs("truecount report shadow: --html and --json exclude each other\n", stderr);
        return 2;
    }
    int code = ask_begin(&r.ask, argv[0]);
    return ask_end(&r.ask, code ? code : shadow_page(&r));
}

int cmd_report(int argc, char **argv)
{
    static const struct action actions[] = {
        {"latency",
         "[--from TIME] [--to TIME]",
         "how long sales took to reach each channel",
         latency},
        {"shadow", "CHANNEL --html FILE", "what shadow mode has shown of a channel", shadow},
    };
    return actions_run(argc,
                       argv,
                       "Evidence from the log, as tables, as JSON or as a page to keep.",
                       actions,
                       COUNT_OF(actions));
}
