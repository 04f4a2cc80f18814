/* SPDX-License-Identifier: Apache-2.0 */
/* The report for a terminal. */
#include "drill/report.h"

static double ms(int64_t us)
{
    return (double)us / 1000;
}

static void put_stage(struct buf *out, const char *name, const struct spread *s)
{
    buf_printf(out,
               "  %-36s %9.1f %9.1f %9.1f %9.1f ms\n",
               name,
               ms(spread_at(s, 500)),
               ms(spread_at(s, 950)),
               ms(spread_at(s, 990)),
               ms(s->max_us));
}

static void put_latency(struct buf *out, const struct report_scenario *s)
{
    buf_printf(out, "\n  %-36s %9s %9s %9s %9s\n", "latency", "p50", "p95", "p99", "max");
    for (int stage = 0; stage < STAGES_COUNT; stage++) {
        struct spread sum;
        report_sum(s, (enum report_stage)stage, &sum);
        put_stage(out, report_stage_text((enum report_stage)stage), &sum);
    }
    for (size_t i = 0; i < s->shops; i++) {
        char name[64];
        snprintf(name, sizeof(name), "  shown on %s", s->channels[i].code);
        put_stage(out, name, &s->channels[i].stages[STAGE_SHOWN]);
    }
}

static void put_outage(struct buf *out, const struct report_scenario *s)
{
    buf_printf(
        out,
        "\n  '%s' refused every call from %.1f to %.1f s; %.0f ms after its end it was up to "
        "date\n",
        s->outage_channel,
        ms(s->outage_from_us) / 1000,
        ms(s->outage_to_us) / 1000,
        ms(s->outage_converged_us));
    for (size_t i = 0; i < s->shops; i++) {
        const struct report_channel *c = &s->channels[i];
        buf_printf(out,
                   "    %-20s ours p95 before %7.1f ms, during %7.1f ms (%" PRIu64 " and %" PRIu64
                   " pushes)\n",
                   c->code,
                   ms(spread_at(&c->calm, 950)),
                   ms(spread_at(&c->out, 950)),
                   c->calm.latency.total,
                   c->out.latency.total);
    }
}

static void put_ways(struct buf *out, const struct report_scenario *s)
{
    if (s->ways_count == 0) {
        return;
    }
    buf_printf(out,
               "\n  %-24s %10s %12s %16s %14s\n",
               "the same buyers, with",
               "oversold",
               "stale sales",
               "units x seconds",
               "longest");
    buf_printf(out,
               "  %-24s %10" PRId64 " %12s %16.1f %12.1f s\n",
               "truecount (measured)",
               s->oversold,
               "",
               s->above_unit_s,
               ms(s->above_us_max) / 1000);
    for (size_t i = 0; i < s->ways_count; i++) {
        const struct report_way *w = &s->ways[i];
        buf_printf(out,
                   "  %-24s %10.1f %12.1f %16.1f %12.1f s\n",
                   w->name,
                   w->oversold,
                   w->stale_sales,
                   w->above_unit_s,
                   ms(w->above_us_max) / 1000);
    }
}

static void put_scenario(struct buf *out, const struct report_scenario *s)
{
    buf_printf(out,
               "\n%s: %s\n"
               "  %zu shops x %zu SKUs, %.0f s of buyers\n"
               "  orders %" PRId64 " (booked %" PRId64 "), units %" PRId64 ", refused %" PRId64
               ", cancelled %" PRId64 ", edited %" PRId64 ", shipped %" PRId64 "\n"
               "  webhooks sent %" PRId64 " (copies %" PRId64 "), deliveries %" PRId64
               ", of them duplicates %" PRId64 ", pushes %" PRId64 ", saved %" PRId64 "\n"
               "  oversold %" PRId64 ", units booked wrongly %" PRId64 ", disagreeing %" PRId64
               " of %" PRId64 " listings, verify %s\n"
               "  converged %.0f ms after the last sale; longest above what could be sold %.0f ms "
               "(%s)\n"
               "  exposure %.3f units a channel, the formula says %.3f\n",
               s->name,
               report_scenario_is_good(s) ? "good" : "NOT GOOD",
               s->shops,
               s->skus,
               ms(s->us) / 1000,
               s->orders,
               s->orders_booked,
               s->units,
               s->refused,
               s->cancelled,
               s->edited,
               s->shipped,
               s->hooks_sent,
               s->hooks_copies,
               s->deliveries,
               s->duplicates,
               s->pushes,
               s->saved,
               s->oversold,
               s->units_wrong,
               s->disagreeing,
               s->listings,
               s->is_verified ? "ok" : "FAILED",
               ms(s->converged_us),
               ms(s->above_us_max),
               s->above_where[0] ? s->above_where : "never",
               s->exposure,
               s->exposure_reckoned);
    put_latency(out, s);
    if (s->outage_channel[0]) {
        put_outage(out, s);
    }
    put_ways(out, s);
}

static void put_profiles(struct buf *out, const struct report *r)
{
    buf_printf(
        out,
        "\none SKU that everybody wants, sold out: units oversold, mean of %d simulated runs "
        "(by formula)\n  %-16s %6s",
        REPORT_PROFILE_RUNS,
        "demand",
        "units");
    for (size_t i = 0; i < 4 && i < r->profiles_count; i++) {
        buf_printf(out, " %22s", r->profiles[i].way);
    }
    for (size_t i = 0; i < r->profiles_count; i++) {
        const struct report_profile *p = &r->profiles[i];
        if (i % 4 == 0) {
            buf_printf(out, "\n  %-16s %6" PRId64, p->demand, p->stock);
        }
        buf_printf(out, " %11.3f (%8.3f)", p->oversold, p->reckoned);
    }
    buf_char(out, '\n');
}

void report_text(const struct report *report, struct buf *out)
{
    buf_printf(out, "truecount drill, seed %" PRIu64 "\n", report->seed);
    for (size_t i = 0; i < report->scenarios_count; i++) {
        put_scenario(out, &report->scenarios[i]);
    }
    if (report->profiles_count) {
        put_profiles(out, report);
    }
}
