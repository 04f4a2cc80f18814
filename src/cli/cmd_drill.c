/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drill - a measured rehearsal: bursts, storms and an outage against a server and look-alike shops
 * of its own, kept as a report that two runs can be compared by; or a few pushes against a server
 * that is there.
 */
#include <stdio.h>

#include "base/log.h"
#include "cli/cmd.h"
#include "cli/drill.h"
#include "cli/options.h"

#define REPORT_MAX ((size_t)64 * 1024 * 1024)

struct drill {
    const char *scenario, *channels, *report, *html;
    int64_t orders_per_s, seconds, seed, worse_than;
    bool json, writes_ok;
    struct drill_staging staging;
    struct words words;
    const char *items[3];
};

static int wrong(const char *text, const char *value)
{
    fprintf(stderr, "truecount drill: %s'%s'; see truecount drill --help\n", text, value);
    return 2;
}

static bool keep(const char *path, const struct buf *text)
{
    FILE *f = fopen(path, "wb");
    bool good = f && fwrite(text->p, 1, text->n, f) == text->n;
    good = f && fclose(f) == 0 && good;
    if (!good) {
        fprintf(stderr, "truecount drill: cannot write %s\n", path);
    }
    return good;
}

/* Asked before the run: minutes later would be too late to hear of it. */
static bool can_keep(const char *path)
{
    FILE *f = path ? fopen(path, "ab") : NULL;
    if (path && !f) {
        fprintf(stderr, "truecount drill: cannot write %s\n", path);
    }
    return !path || (f && fclose(f) == 0);
}

/* ---- comparing ---- */

static enum err read_report(const char *path, struct json_doc *doc, struct json *out)
{
    struct buf text;
    struct err_note note = {""};
    buf_init(&text, REPORT_MAX);
    FILE *f = fopen(path, "rb");
    char piece[65536];
    size_t n;
    while (f && (n = fread(piece, 1, sizeof(piece), f)) > 0) {
        buf_put(&text, piece, n);
    }
    enum err e = !f || text.overflow ? ERR_IO : json_parse(doc, buf_view(&text), out, &note);
    if (f) {
        fclose(f);
    }
    if (e) {
        fprintf(
            stderr, "truecount drill: %s: %s\n", path, note.text[0] ? note.text : "cannot be read");
    }
    buf_free(&text);
    return e;
}

static int compare(const struct drill *d)
{
    struct json_doc *docs[2] = {json_doc_new(), json_doc_new()};
    struct json roots[2] = {{0}, {0}};
    struct err_note note = {""};
    struct buf out;
    bool is_fine = false;
    buf_init(&out, REPORT_MAX);
    enum err e = docs[0] && docs[1] ? ERR_OK : ERR_MEMORY;
    e = e ? e : read_report(d->words.items[1], docs[0], &roots[0]);
    e = e ? e : read_report(d->words.items[2], docs[1], &roots[1]);
    if (!e) {
        e = report_compare(roots[0], roots[1], d->worse_than, &out, &is_fine, &note);
        if (e) {
            fprintf(stderr, "truecount drill: %s\n", note.text);
        }
        printf("%.*s", SLICE_ARG(buf_view(&out)));
    }
    buf_free(&out);
    json_doc_free(docs[0]);
    json_doc_free(docs[1]);
    return e ? 2 : is_fine ? 0 : 1;
}

/* ---- running ---- */

static int tell(const struct drill *d, const struct report *report)
{
    struct buf json, html, text;
    buf_init(&json, REPORT_MAX);
    buf_init(&html, REPORT_MAX);
    buf_init(&text, REPORT_MAX);
    report_json(report, &json);
    report_html(report, &html);
    report_text(report, &text);
    bool kept = !json.overflow && !html.overflow && !text.overflow;
    kept = kept && (!d->report || keep(d->report, &json)) && (!d->html || keep(d->html, &html));
    const struct buf *shown = d->json ? &json : &text;
    printf("%.*s", SLICE_ARG(buf_view(shown)));
    buf_free(&json);
    buf_free(&html);
    buf_free(&text);
    return !kept ? 2 : report_is_good(report) ? 0 : 1;
}

static int run(const struct drill *d)
{
    bool all_platforms = strcmp(d->channels, "all") == 0, any = false;
    int64_t orders_per_s = d->orders_per_s ? d->orders_per_s : all_platforms ? 5 : 200;
    struct err_note note = {""};
    struct report *report = calloc(1, sizeof(*report));
    must(report);
    *report = (struct report){.seed = (uint64_t)d->seed,
                              .orders_per_s = orders_per_s,
                              .seconds = d->seconds,
                              .all_platforms = all_platforms};
    enum err e = ERR_OK;
    for (int i = 0; !e && i < DRILL_SCENARIOS; i++) {
        enum drill_scenario scenario = (enum drill_scenario)i;
        if (strcmp(d->scenario, "all") == 0 ||
            strcmp(d->scenario, drill_scenario_name(scenario)) == 0) {
            const struct drill_plan plan =
                drill_plan(scenario, all_platforms, orders_per_s, d->seconds, report->seed);
            any = true;
            e = drill_live(&plan, report, &note);
        }
    }
    int code = 1;
    if (!any) {
        code =
            wrong("--scenario is burst, variations, duplicates, outage or all, not ", d->scenario);
    } else if (e) {
        fprintf(stderr, "truecount drill: %s\n", note.text[0] ? note.text : err_text(e));
    } else {
        report->started_us = report->scenarios[0].started_us;
        report_profiles(report, report->scenarios[0].shops, report_told_us(&report->scenarios[0]));
        code = tell(d, report);
    }
    free(report);
    return code;
}

static int staging(struct drill *d)
{
    const struct drill_staging *s = &d->staging;
    if (!s->token || !s->channel || !s->sku || !s->location) {
        fputs("truecount drill: with --server say --token, --channel, --sku and --location too\n",
              stderr);
        return 2;
    }
    if (!d->writes_ok) {
        fprintf(stderr,
                "truecount drill: this changes the count of '%s' on the server at %s, one unit up "
                "and down, and every channel that sells it is told. Say --i-know-this-writes\n",
                s->sku,
                s->server);
        return 2;
    }
    d->staging.json = d->json;
    return drill_staging(s);
}

static enum options_result parse(int argc, char **argv, struct drill *d)
{
    const struct option options[] = {
        {"scenario",
         OPTION_TEXT,
         "WHICH",
         "burst, variations, duplicates, outage, or all (all)",
         .text = &d->scenario},
        {"orders-per-second",
         OPTION_NUMBER,
         "N",
         "at most, over all shops (200; with all channels 5)",
         .min = 1,
         .max = 5000,
         .number = &d->orders_per_s},
        {"seconds",
         OPTION_NUMBER,
         "N",
         "so long buyers come, in each scenario (15)",
         .min = 2,
         .max = 3600,
         .number = &d->seconds},
        {"channels",
         OPTION_TEXT,
         "WHICH",
         "five: two Shopify, two WooCommerce, one api; all: one of each platform",
         .text = &d->channels},
        {"seed",
         OPTION_NUMBER,
         "N",
         "the same buyers for the same number (1)",
         .min = 1,
         .max = INT32_MAX,
         .number = &d->seed},
        {"report", OPTION_TEXT, "FILE", "keep the report as JSON", .text = &d->report},
        {"html",
         OPTION_TEXT,
         "FILE",
         "keep it as one HTML page, to be read or printed",
         .text = &d->html},
        {"json", OPTION_SWITCH, NULL, "print the JSON instead of the summary", .is_set = &d->json},
        {"worse-than",
         OPTION_NUMBER,
         "PERCENT",
         "compare: exit 1 when a figure of B is worse than A's by more",
         .min = 0,
         .max = 1000000,
         .number = &d->worse_than},
        {"server",
         OPTION_TEXT,
         "URL",
         "not our own server and shops: a server that is there",
         .text = &d->staging.server},
        {"token", OPTION_TEXT, "TOKEN", "of that server, scope operate", .text = &d->staging.token},
        {"channel",
         OPTION_TEXT,
         "CODE",
         "the channel whose pushes are measured",
         .text = &d->staging.channel},
        {"sku",
         OPTION_TEXT,
         "SKU",
         "whose count goes up and down by one; never sold",
         .text = &d->staging.sku},
        {"location", OPTION_TEXT, "CODE", "where", .text = &d->staging.location},
        {"times",
         OPTION_NUMBER,
         "N",
         "adjustments, an even number (10)",
         .min = 2,
         .max = 200,
         .number = &d->staging.times},
        {"i-know-this-writes",
         OPTION_SWITCH,
         NULL,
         "that server's channels are told new counts",
         .is_set = &d->writes_ok},
    };
    return options_parse_words(
        argc,
        argv,
        "A measured rehearsal: the real server against look-alike shops, under bursts, storms of\n"
        "variations, duplicates and an outage. Exit 0: in the end every listing showed its\n"
        "sellable quantity, every order was booked once and verify passed.\n\n"
        "truecount drill compare A.json B.json shows two kept reports beside each other.\n"
        "With --server URL it measures pushes of a server that is there (docs/drill.md).",
        options,
        COUNT_OF(options),
        &d->words);
}

int cmd_drill(int argc, char **argv)
{
    struct drill d = {.scenario = "all",
                      .channels = "five",
                      .seconds = 15,
                      .seed = 1,
                      .worse_than = -1,
                      .staging = {.times = 10},
                      .words = {.usage = "[compare A.json B.json]", .max = 3}};
    d.words.items = d.items;
    enum options_result r = parse(argc, argv, &d);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    log_set_level(LOG_ERROR);
    if (d.words.count > 0) {
        bool is_compare = strcmp(d.items[0], "compare") == 0;
        return is_compare && d.words.count == 3
                   ? compare(&d)
                   : wrong("say compare A.json B.json, not ", d.items[0]);
    }
    if (strcmp(d.channels, "five") != 0 && strcmp(d.channels, "all") != 0) {
        return wrong("--channels is five or all, not ", d.channels);
    }
    if (!can_keep(d.report) || !can_keep(d.html)) {
        return 2;
    }
    return d.staging.server ? staging(&d) : run(&d);
}
