/* SPDX-License-Identifier: Apache-2.0 */
#include "drill/report.h"

#include "base/json_write.h"

#define STAGE_KEY(upper, key, text) key,
#define STAGE_TEXT(upper, key, text) text,

const char *report_stage_key(enum report_stage stage)
{
    static const char *const keys[] = {REPORT_STAGES(STAGE_KEY)};
    must((size_t)stage < COUNT_OF(keys));
    return keys[stage];
}

const char *report_stage_text(enum report_stage stage)
{
    static const char *const texts[] = {REPORT_STAGES(STAGE_TEXT)};
    must((size_t)stage < COUNT_OF(texts));
    return texts[stage];
}

bool report_scenario_is_good(const struct report_scenario *s)
{
    return s->is_settled && s->is_verified && s->disagreeing == 0 && s->units_wrong == 0 &&
           s->orders_booked == s->orders;
}

bool report_is_good(const struct report *report)
{
    for (size_t i = 0; i < report->scenarios_count; i++) {
        if (!report_scenario_is_good(&report->scenarios[i])) {
            return false;
        }
    }
    return report->scenarios_count > 0;
}

void report_sum(const struct report_scenario *s, enum report_stage stage, struct spread *out)
{
    *out = (struct spread){0};
    for (size_t i = 0; i < s->shops; i++) {
        const struct spread *one = &s->channels[i].stages[stage];
        for (size_t k = 0; k < LATENCY_BUCKETS; k++) {
            out->latency.counts[k] += one->latency.counts[k];
        }
        out->latency.total += one->latency.total;
        out->sum_us += one->sum_us;
        out->max_us = one->max_us > out->max_us ? one->max_us : out->max_us;
    }
}

int64_t report_told_us(const struct report_scenario *s)
{
    int64_t units = 0, unit_us = 0;
    for (size_t i = 0; i < s->shops; i++) {
        units += s->channels[i].told.units;
        unit_us += s->channels[i].told.unit_us;
    }
    return units ? unit_us / units : 0;
}

/* ---- JSON ---- */

static void put_real(struct json_writer *w, const char *key, double value)
{
    char text[64];
    int n = snprintf(text, sizeof(text), "%.4f", value);
    json_field_raw(w, key, (struct slice){text, (size_t)n});
}

static void put_spread(struct json_writer *w, const char *key, const struct spread *s)
{
    json_key(w, key);
    json_begin_object(w);
    json_field_int(w, "count", (int64_t)s->latency.total);
    json_field_ms(w, "mean_ms", spread_mean(s));
    json_field_ms(w, "p50_ms", spread_at(s, 500));
    json_field_ms(w, "p95_ms", spread_at(s, 950));
    json_field_ms(w, "p99_ms", spread_at(s, 990));
    json_field_ms(w, "max_ms", s->max_us);
    json_end_object(w);
}

static void put_channels(struct json_writer *w, const struct report_scenario *s)
{
    json_key(w, "channels");
    json_begin_array(w);
    for (size_t i = 0; i < s->shops; i++) {
        const struct report_channel *c = &s->channels[i];
        json_begin_object(w);
        json_field_str(w, "channel", c->code);
        json_field_int(w, "pushes", c->pushes);
        for (int stage = 0; stage < STAGES_COUNT; stage++) {
            put_spread(w, report_stage_key((enum report_stage)stage), &c->stages[stage]);
        }
        if (s->outage_channel[0]) {
            put_spread(w, "ours_before_outage", &c->calm);
            put_spread(w, "ours_during_outage", &c->out);
        }
        json_end_object(w);
    }
    json_end_array(w);
    json_key(w, "all_channels");
    json_begin_object(w);
    for (int stage = 0; stage < STAGES_COUNT; stage++) {
        struct spread sum;
        report_sum(s, (enum report_stage)stage, &sum);
        put_spread(w, report_stage_key((enum report_stage)stage), &sum);
    }
    json_end_object(w);
}

static void put_ways(struct json_writer *w, const struct report_scenario *s)
{
    json_key(w, "otherwise");
    json_begin_array(w);
    for (size_t i = 0; i < s->ways_count; i++) {
        const struct report_way *way = &s->ways[i];
        json_begin_object(w);
        json_field_str(w, "way", way->name);
        json_field_ms(w, "every_ms", way->every_us);
        json_field_ms(w, "delay_ms", way->delay_us);
        put_real(w, "units", way->units);
        put_real(w, "refused", way->refused);
        put_real(w, "oversold", way->oversold);
        put_real(w, "stale_sales", way->stale_sales);
        put_real(w, "above_unit_seconds", way->above_unit_s);
        json_field_ms(w, "above_longest_ms", way->above_us_max);
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_figures(struct json_writer *w, const struct report_scenario *s)
{
    json_field_str(w, "name", s->name);
    json_field_bool(w, "good", report_scenario_is_good(s));
    json_field_bool(w, "settled", s->is_settled);
    json_field_bool(w, "verified", s->is_verified);
    json_field_int(w, "shops", (int64_t)s->shops);
    json_field_int(w, "skus", (int64_t)s->skus);
    json_field_ms(w, "length_ms", s->us);
    json_field_int(w, "orders", s->orders);
    json_field_int(w, "orders_booked", s->orders_booked);
    json_field_int(w, "units", s->units);
    json_field_int(w, "units_booked_wrong", s->units_wrong);
    json_field_int(w, "refused", s->refused);
    json_field_int(w, "cancelled", s->cancelled);
    json_field_int(w, "edited", s->edited);
    json_field_int(w, "shipped", s->shipped);
    json_field_int(w, "hooks_sent", s->hooks_sent);
    json_field_int(w, "hooks_copies", s->hooks_copies);
    json_field_int(w, "deliveries", s->deliveries);
    json_field_int(w, "duplicates", s->duplicates);
    json_field_int(w, "pushes", s->pushes);
    json_field_int(w, "pushes_saved", s->saved);
    json_field_int(w, "listings", s->listings);
    json_field_int(w, "disagreeing", s->disagreeing);
    json_field_int(w, "oversold", s->oversold);
    json_field_ms(w, "converged_ms", s->converged_us);
    json_field_ms(w, "above_longest_ms", s->above_us_max);
    json_field_str(w, "above_longest_where", s->above_where);
    put_real(w, "above_unit_seconds", s->above_unit_s);
    json_field_ms(w, "told_mean_ms", report_told_us(s));
    put_real(w, "exposure", s->exposure);
    put_real(w, "exposure_reckoned", s->exposure_reckoned);
}

static void put_scenario(struct json_writer *w, const struct report_scenario *s)
{
    json_begin_object(w);
    put_figures(w, s);
    if (s->outage_channel[0]) {
        json_key(w, "outage");
        json_begin_object(w);
        json_field_str(w, "channel", s->outage_channel);
        json_field_ms(w, "from_ms", s->outage_from_us);
        json_field_ms(w, "to_ms", s->outage_to_us);
        json_field_ms(w, "converged_ms", s->outage_converged_us);
        json_end_object(w);
    }
    put_channels(w, s);
    put_ways(w, s);
    json_field_ms(w, "sample_ms", s->sample_us);
    json_key(w, "samples");
    json_begin_array(w);
    for (size_t i = 0; i < s->samples_count; i++) {
        json_begin_array(w);
        json_put_int(w, s->samples[i].orders);
        json_put_int(w, s->samples[i].above);
        json_end_array(w);
    }
    json_end_array(w);
    json_end_object(w);
}

static void put_profiles(struct json_writer *w, const struct report *report)
{
    json_key(w, "profiles");
    json_begin_array(w);
    for (size_t i = 0; i < report->profiles_count; i++) {
        const struct report_profile *p = &report->profiles[i];
        json_begin_object(w);
        json_field_str(w, "demand", p->demand);
        json_field_int(w, "stock", p->stock);
        json_field_str(w, "way", p->way);
        json_field_ms(w, "every_ms", p->every_us);
        json_field_ms(w, "delay_ms", p->delay_us);
        json_field_int(w, "runs", REPORT_PROFILE_RUNS);
        put_real(w, "oversold", p->oversold);
        put_real(w, "standard_error", p->error);
        put_real(w, "reckoned", p->reckoned);
        json_end_object(w);
    }
    json_end_array(w);
}

void report_json(const struct report *report, struct buf *out)
{
    struct json_writer w = json_writer(out);
    json_begin_object(&w);
    json_field_str(&w, "report", "truecount drill");
    json_field_int(&w, "version", REPORT_VERSION);
    json_field_int(&w, "seed", (int64_t)report->seed);
    json_field_time(&w, "started_at", report->started_us);
    json_field_str(&w, "channels", report->all_platforms ? "all" : "five");
    json_field_int(&w, "orders_per_second", report->orders_per_s);
    json_field_int(&w, "seconds", report->seconds);
    json_field_bool(&w, "good", report_is_good(report));
    json_key(&w, "scenarios");
    json_begin_array(&w);
    for (size_t i = 0; i < report->scenarios_count; i++) {
        put_scenario(&w, &report->scenarios[i]);
    }
    json_end_array(&w);
    put_profiles(&w, report);
    json_end_object(&w);
    buf_char(out, '\n');
}
