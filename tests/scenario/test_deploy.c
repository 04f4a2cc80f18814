/* SPDX-License-Identifier: Apache-2.0 */
/* What deploy/ asks of the server exists: its metrics, its flags, the pages it points to. */
#include "support/served.h"

#define DEPLOY TC_TEST_DATA "/../../deploy/"
#define OPERATING TC_TEST_DATA "/../../docs/operating.md"
#define NAME_MAX_BYTES 80

static char *read_all(const char *path)
{
    char *text = file_text(path);
    if (!text[0]) {
        fail_msg("%s is not there", path);
    }
    return text;
}

/* The next name of a metric behind *at; false: there is none. */
static bool next_name(const char **at, char out[NAME_MAX_BYTES])
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    const char *begin = strstr(*at, "truecount_");
    if (!begin) {
        return false;
    }
    size_t n = strspn(begin, letters);
    assert_true(n < NAME_MAX_BYTES);
    snprintf(out, NAME_MAX_BYTES, "%.*s", (int)n, begin);
    *at = begin + n;
    return true;
}

static bool has_metric(const char *metrics, const char *name)
{
    char wanted[NAME_MAX_BYTES + 16];
    snprintf(wanted, sizeof(wanted), "# TYPE %s ", name);
    return strstr(metrics, wanted) != NULL;
}

static char *real_metrics(struct served *s)
{
    char to[96];
    snprintf(to, sizeof(to), "%s/backups", s->directory);
    assert_int_equal(setenv("TRUECOUNT_BACKUP_TO", to, 1), 0);
    served_start(s);
    assert_int_equal(unsetenv("TRUECOUNT_BACKUP_TO"), 0);
    served_run(s, US_PER_S);
    GET(s, "/metrics");
    char *text = strndup(s->text.p, s->text.n);
    assert_non_null(text);
    return text;
}

static void test_alerts_and_dashboard_speak_of_metrics_that_the_server_has(void **state)
{
    static const char *const files[] = {"prometheus-rules.yml", "grafana-dashboard.json"};
    struct served *s = *state;
    char *metrics = real_metrics(s), path[512], name[NAME_MAX_BYTES];
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        snprintf(path, sizeof(path), DEPLOY "%s", files[i]);
        char *text = read_all(path);
        size_t count = 0;
        for (const char *at = text; next_name(&at, name); count++) {
            if (!has_metric(metrics, name)) {
                fail_msg("%s: the server has no %s", files[i], name);
            }
        }
        assert_true(count > 10);
        free(text);
    }
    free(metrics);
    served_end(s);
}

static void test_the_dashboard_shows_every_metric_that_the_server_has(void **state)
{
    struct served *s = *state;
    char *metrics = real_metrics(s), *text = read_all(DEPLOY "grafana-dashboard.json");
    char name[NAME_MAX_BYTES];
    struct err_note note;
    struct json board;
    assert_int_equal(json_parse(s->doc, slice_of(text), &board, &note), ERR_OK);
    assert_true(json_count(json_get(board, "panels")) > 10);
    for (const char *at = metrics; next_name(&at, name);) {
        if (!strstr(text, name)) {
            fail_msg("%s is on no panel", name);
        }
    }
    free(text);
    free(metrics);
    served_end(s);
}

/* "docs/operating.md: Backup" points to a heading. */
static void test_each_alert_points_to_a_part_of_the_page_that_is_there(void **state)
{
    static const char where[] = "docs/operating.md: ";
    char *rules = read_all(DEPLOY "prometheus-rules.yml"), *page = read_all(OPERATING);
    size_t count = 0;
    (void)state;
    for (const char *at = rules; (at = strstr(at, where)); count++) {
        char wanted[100];
        at += sizeof(where) - 1;
        snprintf(wanted, sizeof(wanted), "# %.*s\n", (int)strcspn(at, "\"\n"), at);
        if (!strstr(page, wanted)) {
            fail_msg("docs/operating.md has no heading '%s'", wanted);
        }
    }
    assert_true(count >= 8);
    free(rules);
    free(page);
}

static void test_the_unit_starts_the_server_with_flags_that_it_knows(void **state)
{
    struct served *s = *state;
    char *unit = read_all(DEPLOY "truecount.service"), *help = NULL, out[128];
    size_t count = 0;
    snprintf(out, sizeof(out), "%s/help", s->directory);
    assert_int_equal(child_run(out, (const char *const[]){"serve", "--help", NULL}, &help), 0);
    const char *start = strstr(unit, "ExecStart=/usr/local/bin/truecount serve ");
    assert_non_null(start);
    const char *end = strchr(start, '\n');
    for (const char *at = start; (at = strstr(at, " --")) && at < end; count++) {
        char flag[64];
        at++;
        snprintf(flag, sizeof(flag), "  %.*s ", (int)strcspn(at, " \n"), at);
        if (!strstr(help, flag)) {
            fail_msg("truecount serve has no flag%s", flag);
        }
    }
    assert_true(count >= 2);
    free(unit);
    free(help);
}

/* A certificate for nginx to read, and the configuration around ours. */
static void nginx_files(const struct served *s)
{
    static const char *const kinds[] = {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"};
    char text[2000], *conf = read_all(DEPLOY "nginx.conf");
    snprintf(text,
             sizeof(text),
             "openssl req -x509 -newkey ed25519 -nodes -subj /CN=stock.example.com -days 1 "
             "-keyout %s/key.pem -out %s/cert.pem 2>/dev/null",
             s->directory,
             s->directory);
    assert_int_equal(system(text), 0);
    snprintf(text, sizeof(text), "%s/nginx.conf", s->directory);
    FILE *f = fopen(text, "w");
    assert_non_null(f);
    fprintf(f, "pid %s/pid;\nevents {}\nhttp {\naccess_log off;\n", s->directory);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) { /* where it keeps what it has not read yet */
        fprintf(f, "%s_temp_path %s/%s;\n", kinds[i], s->directory, kinds[i]);
    }
    for (const char *line = conf; *line;) {
        size_t n = strcspn(line, "\n");
        if (strstr(line, "ssl_certificate /") && strstr(line, "ssl_certificate /") < line + n) {
            fprintf(f, "ssl_certificate %s/cert.pem;\n", s->directory);
        } else if (strstr(line, "ssl_certificate_key") &&
                   strstr(line, "ssl_certificate_key") < line + n) {
            fprintf(f, "ssl_certificate_key %s/key.pem;\n", s->directory);
        } else {
            fprintf(f, "%.*s\n", (int)n, line);
        }
        line += n + (line[n] == '\n');
    }
    fprintf(f, "}\n");
    assert_int_equal(fclose(f), 0);
    free(conf);
}

static void test_nginx_takes_its_configuration_where_it_is_installed(void **state)
{
    const struct served *s = *state;
    const char *nginx = getenv("TRUECOUNT_NGINX");
    char command[400];
    nginx = nginx ? nginx : "/usr/sbin/nginx";
    if (access(nginx, X_OK) != 0) {
        skip();
    }
    nginx_files(s);
    snprintf(command,
             sizeof(command),
             "%s -t -e stderr -c %s/nginx.conf 2>%s/nginx.out",
             nginx,
             s->directory,
             s->directory);
    int code = system(command);
    snprintf(command, sizeof(command), "%s/nginx.out", s->directory);
    char *said = file_text(command);
    if (code != 0) {
        fail_msg("nginx: %s", said);
    }
    free(said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_alerts_and_dashboard_speak_of_metrics_that_the_server_has),
        SCENARIO(test_the_dashboard_shows_every_metric_that_the_server_has),
        cmocka_unit_test(test_each_alert_points_to_a_part_of_the_page_that_is_there),
        SCENARIO(test_the_unit_starts_the_server_with_flags_that_it_knows),
        SCENARIO(test_nginx_takes_its_configuration_where_it_is_installed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
