/* SPDX-License-Identifier: Apache-2.0 */
#include "base/times.h"

#define S_PER_DAY INT64_C(86400)

static const char months[12][4] = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char weekdays[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

/* An instant in the proleptic Gregorian calendar, UTC. */
struct civil {
    int64_t year;
    int month, day, hour, minute, second;
    int weekday; /* 0 = Sunday; set by civil_of only */
};

static bool is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int64_t year, int month)
{
    static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

static bool civil_is_valid(const struct civil *c)
{
    /* Second 60 is a leap second (RFC 3339, 5.6): the same instant as the next second 0. */
    return c->month >= 1 && c->month <= 12 && c->day >= 1 &&
           c->day <= days_in_month(c->year, c->month) && c->hour <= 23 && c->minute <= 59 &&
           (c->second <= 59 || (c->second == 60 && c->minute == 59));
}

/* Days since 1970-01-01. Years begin in March here, so that the leap day is the last of its year.
 */
static int64_t days_of(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static int64_t seconds_of(const struct civil *c)
{
    return days_of(c->year, c->month, c->day) * S_PER_DAY + c->hour * 3600 + c->minute * 60 +
           c->second;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static struct civil civil_of(int64_t seconds)
{
    int64_t day = floor_div(seconds, S_PER_DAY);
    int second_of_day = (int)(seconds - day * S_PER_DAY);
    int64_t z = day + 719468;
    int64_t era = floor_div(z, 146097);
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int march_month = (int)((5 * day_of_year + 2) / 153);
    int month = march_month < 10 ? march_month + 3 : march_month - 9;
    int64_t weekday = (day + 4) % 7; /* 1970-01-01 was a Thursday */

    return (struct civil){
        .year = year_of_era + era * 400 + (month <= 2),
        .month = month,
        .day = (int)(day_of_year - (153 * march_month + 2) / 5 + 1),
        .hour = second_of_day / 3600,
        .minute = second_of_day / 60 % 60,
        .second = second_of_day % 60,
        .weekday = (int)(weekday < 0 ? weekday + 7 : weekday),
    };
}

/* Takes exactly n digits off the front. */
static bool take_digits(struct slice *s, size_t n, int *out)
{
    int value = 0;

    if (s->n < n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (s->p[i] < '0' || s->p[i] > '9') {
            return false;
        }
        value = value * 10 + (s->p[i] - '0');
    }
    *s = slice_from(*s, n);
    *out = value;
    return true;
}

static bool take_char(struct slice *s, char c)
{
    if (s->n == 0 || s->p[0] != c) {
        return false;
    }
    *s = slice_from(*s, 1);
    return true;
}

/* ".5" to ".123456789" after the seconds, cut to microseconds. Absent is 0. */
static bool take_fraction(struct slice *s, int64_t *out_us)
{
    int64_t us = 0;
    size_t digits = 0;
    int digit;

    *out_us = 0;
    if (!take_char(s, '.')) {
        return true;
    }
    while (take_digits(s, 1, &digit)) {
        if (++digits > 9) {
            return false;
        }
        if (digits <= 6) {
            us = us * 10 + digit;
        }
    }
    for (size_t i = digits; i < 6; i++) {
        us *= 10;
    }
    *out_us = us;
    return digits > 0;
}

/* "Z" or "+02:00"; seconds east of Greenwich. */
static bool take_zone(struct slice *s, int64_t *out_offset_s)
{
    int hours, minutes;

    *out_offset_s = 0;
    if (take_char(s, 'Z') || take_char(s, 'z')) {
        return true;
    }
    bool west = s->n > 0 && s->p[0] == '-';
    if (!take_char(s, west ? '-' : '+') || !take_digits(s, 2, &hours) || !take_char(s, ':') ||
        !take_digits(s, 2, &minutes) || hours > 23 || minutes > 59) {
        return false;
    }
    *out_offset_s = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
    return true;
}

static bool parse(struct slice s, bool zone_required, int64_t *out_us)
{
    struct civil c = {0};
    int64_t fraction_us, offset_s = 0;
    int year;

    if (!take_digits(&s, 4, &year) || !take_char(&s, '-') || !take_digits(&s, 2, &c.month) ||
        !take_char(&s, '-') || !take_digits(&s, 2, &c.day) ||
        !(take_char(&s, 'T') || take_char(&s, 't')) || !take_digits(&s, 2, &c.hour) ||
        !take_char(&s, ':') || !take_digits(&s, 2, &c.minute) || !take_char(&s, ':') ||
        !take_digits(&s, 2, &c.second) || !take_fraction(&s, &fraction_us)) {
        return false;
    }
    c.year = year;
    if (!civil_is_valid(&c)) {
        return false;
    }
    if ((s.n > 0 || zone_required) && !take_zone(&s, &offset_s)) {
        return false;
    }
    if (s.n > 0) {
        return false;
    }
    *out_us = (seconds_of(&c) - offset_s) * US_PER_S + fraction_us;
    return true;
}

bool time_parse_rfc3339(struct slice text, int64_t *out_us)
{
    return parse(text, true, out_us);
}

bool time_parse_utc(struct slice text, int64_t *out_us)
{
    return parse(text, false, out_us);
}

/* One of `count` three-letter names; its index. */
static bool take_name(struct slice *s, const char names[][4], int count, int *out)
{
    for (int i = 0; i < count; i++) {
        if (slice_starts(*s, names[i])) {
            *s = slice_from(*s, 3);
            *out = i;
            return true;
        }
    }
    return false;
}

bool time_parse_http(struct slice s, int64_t *out_us)
{
    struct civil c = {0};
    int year, weekday, month;

    if (!take_name(&s, weekdays, 7, &weekday) || !take_char(&s, ',') || !take_char(&s, ' ') ||
        !take_digits(&s, 2, &c.day) || !take_char(&s, ' ') || !take_name(&s, months, 12, &month) ||
        !take_char(&s, ' ') || !take_digits(&s, 4, &year) || !take_char(&s, ' ') ||
        !take_digits(&s, 2, &c.hour) || !take_char(&s, ':') || !take_digits(&s, 2, &c.minute) ||
        !take_char(&s, ':') || !take_digits(&s, 2, &c.second) || !slice_is(s, " GMT")) {
        return false;
    }
    c.year = year;
    c.month = month + 1;
    if (!civil_is_valid(&c)) {
        return false;
    }
    int64_t seconds = seconds_of(&c);
    if (civil_of(seconds - (c.second == 60)).weekday != weekday) {
        return false; /* a date that contradicts itself */
    }
    *out_us = seconds * US_PER_S;
    return true;
}

/* Years have four digits: what lies outside is shown as the nearest instant that has them. */
static int64_t clamp(int64_t time_us)
{
    const int64_t first = days_of(0, 1, 1) * S_PER_DAY * US_PER_S;
    const int64_t last = days_of(10000, 1, 1) * S_PER_DAY * US_PER_S - 1;

    return time_us < first ? first : time_us > last ? last : time_us;
}

static struct slice finish(const char *text, int n)
{
    must(n > 0 && n < TIME_TEXT_MAX);
    return (struct slice){text, (size_t)n};
}

struct slice time_format(int64_t time_us, char out[TIME_TEXT_MAX])
{
    int64_t us = clamp(time_us);
    int64_t seconds = floor_div(us, US_PER_S);
    struct civil c = civil_of(seconds);

    return finish(out,
                  snprintf(out,
                           TIME_TEXT_MAX,
                           "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                           (int)c.year,
                           c.month,
                           c.day,
                           c.hour,
                           c.minute,
                           c.second,
                           (int)((us - seconds * US_PER_S) / US_PER_MS)));
}

struct slice time_format_s(int64_t time_us, char out[TIME_TEXT_MAX])
{
    struct civil c = civil_of(floor_div(clamp(time_us), US_PER_S));

    return finish(out,
                  snprintf(out,
                           TIME_TEXT_MAX,
                           "%04d-%02d-%02dT%02d:%02d:%02dZ",
                           (int)c.year,
                           c.month,
                           c.day,
                           c.hour,
                           c.minute,
                           c.second));
}

struct slice time_format_http(int64_t time_us, char out[TIME_TEXT_MAX])
{
    struct civil c = civil_of(floor_div(clamp(time_us), US_PER_S));

    return finish(out,
                  snprintf(out,
                           TIME_TEXT_MAX,
                           "%s, %02d %s %04d %02d:%02d:%02d GMT",
                           weekdays[c.weekday],
                           c.day,
                           months[c.month - 1],
                           (int)c.year,
                           c.hour,
                           c.minute,
                           c.second));
}
