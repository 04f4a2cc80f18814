/* SPDX-License-Identifier: Apache-2.0 */
/* channel cutover, rollback, pause, resume: who writes a channel's counts. */
#include <time.h>

#include "cli/channel_verbs.h"
#include "cli/evidence.h"

#define WATCH_MINUTES_MAX ((int64_t)7 * 24 * 60)
#define SAY_EVERY_S 10

struct takeover {
    struct ask ask;
    const char *channel, *at, *force, *reason;
    int64_t watch_minutes, limit_percent, bar_days; /* below zero: as the server has it */
    bool no_wait, is_all;
    int64_t said_readings, said_differed; /* as last printed */
    time_t said_at;
};

/* ---- taking over ---- */

static void put_wish(struct takeover *t)
{
    struct json_writer w = ask_body(&t->ask);
    const struct {
        const char *key, *value;
    } texts[] = {{"at", t->at}, {"force", t->force}, {"reason", t->reason}};
    const struct {
        const char *key;
        int64_t value;
    } numbers[] = {{"watch_minutes", t->watch_minutes},
                   {"limit_percent", t->limit_percent},
                   {"bar_days", t->bar_days}};
    json_begin_object(&w);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (texts[i].value) {
            json_field_str(&w, texts[i].key, texts[i].value);
        }
    }
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        if (numbers[i].value >= 0) {
            json_field_int(&w, numbers[i].key, numbers[i].value);
        }
    }
    json_end_object(&w);
}

/* Not ready: the checks that say so, rather than one long sentence. */
static int say_unready(struct takeover *t)
{
    struct ask *ask = &t->ask;
    char days[24];
    snprintf(days, sizeof(days), "%" PRId64, t->bar_days);
    channel_path(ask, t->channel, "cutover");
    ask_query(ask, "bar_days", t->bar_days >= 0 ? days : NULL);
    int code = ask_get(ask);
    if (code) {
        return code;
    }
    fprintf(stderr, "truecount %s: %s is not taken over\n", ask->command, t->channel);
    code = channel_checks(ask, stderr, true);
    fputs("--force WHY goes past what is not required\n", stderr);
    return code ? code : 1;
}

static void say_watch(void *arg, struct json job)
{
    struct takeover *t = arg;
    struct json result = json_get(job, "result");
    int64_t readings = ask_int(result, "readings"), differed = ask_int(result, "differed");
    time_t now = time(NULL);
    bool is_over = !slice_is(ask_text(job, "state"), "running");
    bool is_news = readings != t->said_readings && now - t->said_at >= SAY_EVERY_S;
    if (!is_over && !is_news && differed == t->said_differed) {
        return;
    }
    t->said_readings = readings;
    t->said_differed = differed;
    t->said_at = now;
    printf("%" PRId64 " counts read back, %" PRId64 " differ\n", readings, differed);
    if (slice_is(ask_text(job, "state"), "done")) {
        printf("%s stayed quiet and is live.\n", t->channel);
    }
}

/* The hour is still to come. */
static int say_planned(struct takeover *t, const char *job)
{
    struct ask *ask = &t->ask;
    if (ask->is_json) {
        ask_print_json(ask);
        return 0;
    }
    printf("%s is taken over", t->channel);
    ask_say(" at ", json_get(ask->said, "result"), "at");
    printf(" (job %s), if truecount serve runs then.\ntruecount channel rollback %s calls it off; "
           "truecount channel checklist %s shows it.\n",
           job,
           t->channel,
           t->channel);
    return 0;
}

static int follow_takeover(struct takeover *t, const char *job)
{
    struct ask *ask = &t->ask;
    ask_path(ask, "/v1/jobs");
    ask_segment(ask, job);
    int code = ask_get(ask);
    if (code) {
        return code;
    }
    if (slice_is(ask_text(ask->said, "state"), "queued")) {
        return say_planned(t, job);
    }
    if (t->no_wait || ask->dir.lone) {
        if (ask->is_json) {
            ask_print_json(ask);
        } else {
            printf("%s is live (job %s)%s.\n",
                   t->channel,
                   job,
                   ask->dir.lone ? "; it is written when truecount serve runs: no server does now"
                                 : "");
        }
        return 0;
    }
    if (!ask->is_json) {
        int64_t minutes = ask_int(json_get(ask->said, "result"), "watch_minutes");
        printf("%s is live, and watched for %" PRId64
               " minute%s. Ctrl-C ends this look, not the takeover;\ntruecount channel rollback %s "
               "takes it back.\n",
               t->channel,
               minutes,
               minutes == 1 ? "" : "s",
               t->channel);
    }
    t->said_differed = 0;
    t->said_at = time(NULL);
    return evidence_follow(ask, job, say_watch, t);
}

static int take_over(struct takeover *t)
{
    struct ask *ask = &t->ask;
    put_wish(t);
    channel_path(ask, t->channel, "cutover");
    int code = ask_try(ask, "POST", buf_view(&ask->body));
    if (code) {
        return code;
    }
    bool is_unready = ask->status == 409 && slice_ends(ask_text(ask->said, "type"), "not-ready");
    if (ask->status >= 400) {
        return is_unready && !ask->is_json ? say_unready(t) : ask_refused(ask);
    }
    struct slice job = ask_keep(ask, ask->said, "job");
    return follow_takeover(t, job.p);
}

int channel_cutover(int argc, char **argv)
{
    struct takeover t = {.watch_minutes = -1, .limit_percent = -1, .bar_days = -1};
    struct words words = {.usage = "CODE", .min = 1, .max = 1, .items = &t.channel};
    const struct option options[] = {
        ASK_OPTIONS(&t.ask),
        {"at", OPTION_TEXT, "TIME", "when, such as 2026-11-30T03:00:00Z (at once)", .text = &t.at},
        {"watch-minutes",
         OPTION_NUMBER,
         "N",
         "paced and watched for so long (30)",
         .min = 1,
         .max = WATCH_MINUTES_MAX,
         .number = &t.watch_minutes},
        {"limit-percent",
         OPTION_NUMBER,
         "N",
         "of readings that may differ before it falls back (5)",
         .min = 0,
         .max = 100,
         .number = &t.limit_percent},
        {"bar-days",
         OPTION_NUMBER,
         "N",
         "days of shadow mode that are asked for (7)",
         .min = 0,
         .max = 365,
         .number = &t.bar_days},
        {"force", OPTION_TEXT, "WHY", "go past what is not required", .text = &t.force},
        {"reason", OPTION_TEXT, "TEXT", "kept in the log", .text = &t.reason},
        {"no-wait",
         OPTION_SWITCH,
         NULL,
         "do not look on while it is watched",
         .is_set = &t.no_wait}};
    enum options_result r = options_parse_words(
        argc,
        argv,
        "Takes a channel from shadow to live when its checklist holds: its first counts leave "
        "slowly and are\nread back, and it falls back to shadow by itself when too many differ. "
        "Stop the tool that wrote its\ncounts before. Exit 1 when it is not ready or fell back.",
        options,
        COUNT_OF(options),
        &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    int code = ask_begin(&t.ask, argv[0]);
    return ask_end(&t.ask, code ? code : take_over(&t));
}

/* ---- and back ---- */

static void put_reason(struct takeover *t, bool has_channel)
{
    struct json_writer w = ask_body(&t->ask);
    json_begin_object(&w);
    if (has_channel && t->channel) {
        json_field_str(&w, "channel", t->channel);
    }
    if (t->reason) {
        json_field_str(&w, "reason", t->reason);
    }
    json_end_object(&w);
}

static int roll_back(struct takeover *t)
{
    struct ask *ask = &t->ask;
    put_reason(t, false);
    channel_path(ask, t->channel, "rollback");
    int code = ask_send(ask, "POST");
    if (code) {
        return code;
    }
    if (ask->is_json) {
        ask_print_json(ask);
        return 0;
    }
    printf("%s is in shadow mode: truecount does not write its counts.\nWhoever kept them before "
           "must keep them again.\n",
           t->channel);
    return 0;
}

int channel_rollback(int argc, char **argv)
{
    struct takeover t = {0};
    struct words words = {.usage = "CODE", .min = 1, .max = 1, .items = &t.channel};
    const struct option options[] = {
        ASK_OPTIONS(&t.ask), {"reason", OPTION_TEXT, "TEXT", "kept in the log", .text = &t.reason}};
    enum options_result r = options_parse_words(
        argc,
        argv,
        "Takes a live channel back to shadow mode, or calls a planned takeover off. Its counts "
        "stay as they\nare; its orders are booked as before.",
        options,
        COUNT_OF(options),
        &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    int code = ask_begin(&t.ask, argv[0]);
    return ask_end(&t.ask, code ? code : roll_back(&t));
}

/* ---- pausing ---- */

static int set_paused(struct takeover *t, const char *path)
{
    static const struct column columns[] = {{"channel", false}, {"mode", false}, {"paused", false}};
    static const char *const keys[] = {"code", "mode", "paused"};
    struct ask *ask = &t->ask;
    put_reason(t, true);
    ask_path(ask, path);
    int code = ask_send(ask, "POST");
    if (code) {
        return code;
    }
    if (ask->is_json) {
        ask_print_json(ask);
        return 0;
    }
    struct table *table = table_new(columns, COUNT_OF(columns));
    for (struct json_iter i = json_iter(json_get(ask->said, "items")); json_next(&i);) {
        for (size_t k = 0; k < COUNT_OF(keys); k++) {
            table_json(table, json_get(i.value, keys[k]));
        }
    }
    return ask_table(ask, table, "There are no channels yet.");
}

static int pause_verb(int argc, char **argv, const char *path, const char *summary)
{
    struct takeover t = {0};
    struct words words = {.usage = "CODE | --all", .max = 1, .items = &t.channel};
    const struct option options[] = {
        ASK_OPTIONS(&t.ask),
        {"all", OPTION_SWITCH, NULL, "every channel", .is_set = &t.is_all},
        {"reason", OPTION_TEXT, "TEXT", "kept in the log", .text = &t.reason}};
    enum options_result r =
        options_parse_words(argc, argv, summary, options, COUNT_OF(options), &words);
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    if (t.is_all == (words.count > 0)) {
        fprintf(stderr, "truecount %s: say one channel's CODE, or --all\n", argv[0]);
        return 2;
    }
    int code = ask_begin(&t.ask, argv[0]);
    return ask_end(&t.ask, code ? code : set_paused(&t, path));
}

int channel_pause(int argc, char **argv)
{
    return pause_verb(argc,
                      argv,
                      "/v1/pause",
                      "From this moment on no count leaves for the channel, or for any. Orders are "
                      "booked and counts read as\nbefore. What is in flight is not called back.");
}

int channel_resume(int argc, char **argv)
{
    return pause_verb(argc,
                      argv,
                      "/v1/resume",
                      "Counts leave again: of each listing the newest figure, and only where it "
                      "differs from what the channel\nhas.");
}
