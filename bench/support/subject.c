/* SPDX-License-Identifier: Apache-2.0 */
#include "support/subject.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/server.h"
#include "env/env_uv.h"
#include "support/loopback.h"

#define BODY_MAX ((size_t)4 * 1024 * 1024)

/* ---- the child ---- */

struct serving {
    struct env_uv *uv;
    struct server *server;
};

static void on_signal(void *arg)
{
    struct serving *serving = arg;
    server_stop(serving->server);
    env_uv_stop(serving->uv);
}

static int serve(const char *directory, int port_pipe)
{
    struct serving serving = {0};
    struct err_note note = {""};
    const struct server_options options = {.data = directory,
                                           .keep_bodies_days = KEEP_BODIES_DAYS,
                                           .listen = "127.0.0.1:0",
                                           .admin_token = SUBJECT_TOKEN,
                                           .verify_at = "never",
                                           .is_trial = true,
                                           .private_ok = true};
    log_set_level(LOG_ERROR);
    enum err e = env_uv_new(&serving.uv, &note);
    e = e ? e : server_new(env_uv_env(serving.uv), &options, &serving.server, &note);
    bench_need(
        e == ERR_OK, "the server does not start: %s", note.text[0] ? note.text : err_text(e));
    env_uv_on_signal(serving.uv, on_signal, &serving);
    int port = server_port(serving.server);
    must(write(port_pipe, &port, sizeof(port)) == (ssize_t)sizeof(port));
    env_uv_run(serving.uv);
    server_free(serving.server);
    env_uv_free(serving.uv);
    return 0;
}

/* ---- the parent ---- */

void subject_start(struct subject *subject)
{
    bench_directory(subject->directory);
    subject_open(subject);
}

void subject_open(struct subject *subject)
{
    int ends[2];
    fflush(stdout);
    must(pipe(ends) == 0);
    subject->pid = fork();
    must(subject->pid >= 0);
    if (subject->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        close(ends[0]);
        _exit(serve(subject->directory, ends[1]));
    }
    close(ends[1]);
    bench_need(read(ends[0], &subject->port, sizeof(subject->port)) ==
                   (ssize_t)sizeof(subject->port),
               "the server did not start");
    close(ends[0]);
}

/* The port is in the line that the program logs once it listens. */
static bool port_said(const char *log, int *out_port)
{
    static const char listening[] = "\"msg\":\"listening\"", key[] = "\"port\":";
    char text[4096];
    FILE *in = fopen(log, "r");
    bool is_said = false;
    while (in && !is_said && fgets(text, sizeof(text), in)) {
        const char *at = strstr(text, listening) ? strstr(text, key) : NULL;
        is_said = at != NULL;
        *out_port = at ? (int)strtol(at + sizeof(key) - 1, NULL, 10) : 0;
    }
    if (in) {
        fclose(in);
    }
    return is_said;
}

static void exec_program(const struct subject *subject, const char *log)
{
    int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    must(fd >= 0 && dup2(fd, STDERR_FILENO) >= 0 &&
         setenv("TRUECOUNT_ADMIN_TOKEN", SUBJECT_TOKEN, 1) == 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    execl(TC_BINARY,
          TC_BINARY,
          "serve",
          "--data",
          subject->directory,
          "--listen",
          "127.0.0.1:0",
          "--allow-private-channels",
          (char *)NULL);
    _exit(127);
}

void subject_exec(struct subject *subject)
{
    char log[BENCH_PATH_MAX + 16];
    int status = 0;
    snprintf(log, sizeof(log), "%s/log", subject->directory);
    (void)unlink(log);
    fflush(stdout);
    subject->pid = fork();
    must(subject->pid >= 0);
    if (subject->pid == 0) {
        exec_program(subject, log);
    }
    while (!port_said(log, &subject->port)) {
        bench_need(waitpid(subject->pid, &status, WNOHANG) == 0, "%s did not start", TC_BINARY);
        usleep(2000);
    }
}

struct subject_memory subject_memory(const struct subject *subject)
{
    struct subject_memory memory = {0};
    char path[64], line[256];
    snprintf(path, sizeof(path), "/proc/%d/status", (int)subject->pid);
    FILE *in = fopen(path, "r");
    must(in);
    while (fgets(line, sizeof(line), in)) {
        double kb = strtod(line + (line[0] ? 6 : 0), NULL);
        if (strncmp(line, "VmRSS:", 6) == 0) {
            memory.now_mb = kb / 1024;
        } else if (strncmp(line, "VmHWM:", 6) == 0) {
            memory.peak_mb = kb / 1024;
        }
    }
    fclose(in);
    return memory;
}

void subject_stop(struct subject *subject)
{
    int status = 0;
    must(kill(subject->pid, SIGTERM) == 0);
    must(waitpid(subject->pid, &status, 0) == subject->pid);
    bench_need(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the server did not end cleanly");
    subject->pid = 0;
}

void subject_remove(struct subject *subject)
{
    bench_directory_remove(subject->directory);
}

/* Nanoseconds on a CPU: the first number of schedstat. */
static double thread_us(pid_t pid, const char *thread)
{
    char path[320];
    long long ns = 0;
    snprintf(path, sizeof(path), "/proc/%d/task/%s/schedstat", (int)pid, thread);
    FILE *in = fopen(path, "r");
    if (in) {
        if (fscanf(in, "%lld", &ns) != 1) { /* NOLINT(cert-err34-c): the kernel's own number */
            ns = 0;
        }
        fclose(in);
    }
    return (double)ns / 1000;
}

struct subject_cpu subject_cpu(const struct subject *subject)
{
    struct subject_cpu cpu = {0};
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/task", (int)subject->pid);
    DIR *threads = opendir(path);
    must(threads);
    struct dirent *entry;
    while ((entry = readdir(threads))) {
        int64_t id = 0;
        if (!slice_int(slice_of(entry->d_name), &id)) {
            continue;
        }
        *(id == subject->pid ? &cpu.loop_us : &cpu.others_us) +=
            thread_us(subject->pid, entry->d_name);
    }
    closedir(threads);
    return cpu;
}

int subject_call(const struct subject *subject,
                 const char *method,
                 const char *path,
                 struct slice body,
                 struct buf *out)
{
    ON_EXIT(buf_free) struct buf text = {0};
    struct loopback_answer answer = {0};
    buf_init(&text, BODY_MAX + body.n);
    buf_printf(&text,
               "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
               "Authorization: Bearer " SUBJECT_TOKEN "\r\n"
               "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
               method,
               path,
               body.n);
    buf_slice(&text, body);
    must(!text.overflow);
    int fd = loopback_connect(subject->port);
    loopback_write(fd, buf_view(&text));
    buf_clear(&text);
    for (;;) { /* it closes behind the answer */
        char in[65536];
        ssize_t n = read(fd, in, sizeof(in));
        if (n <= 0) {
            break;
        }
        buf_put(&text, in, (size_t)n);
    }
    close(fd);
    bench_need(loopback_answer_read(buf_view(&text), &answer),
               "%s %s was not answered whole",
               method,
               path);
    if (out) {
        buf_clear(out);
        buf_slice(out, answer.body);
    }
    return answer.status;
}

void subject_send(const struct subject *subject, const char *path, struct slice body)
{
    ON_EXIT(buf_free) struct buf answer = {0};
    buf_init(&answer, BODY_MAX);
    int status = subject_call(subject, "POST", path, body, &answer);
    bench_need(status >= 200 && status < 300,
               "POST %s answered %d: %.*s",
               path,
               status,
               (int)(answer.n < 500 ? answer.n : 500),
               answer.p);
}

void subject_post(const struct subject *subject, const char *path, const char *format, ...)
{
    char body[2048];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(body, sizeof(body), format, args);
    va_end(args);
    must(n > 0 && (size_t)n < sizeof(body));
    subject_send(subject, path, (struct slice){body, (size_t)n});
}

int64_t subject_metric(const struct subject *subject, const char *name)
{
    ON_EXIT(buf_free) struct buf out = {0};
    buf_init(&out, BODY_MAX);
    bench_need(subject_call(subject, "GET", "/metrics", (struct slice){0}, &out) == 200,
               "GET /metrics was refused");
    char wanted[96];
    snprintf(wanted, sizeof(wanted), "truecount_%s ", name);
    struct slice rest = buf_view(&out), line;
    bool more = true;
    while (more) {
        more = slice_cut(&rest, '\n', &line);
        int64_t value = 0;
        if (slice_starts(line, wanted) && slice_int(slice_from(line, strlen(wanted)), &value)) {
            return value;
        }
    }
    bench_fail("there is no metric %s", name);
}

void subject_fill(const struct subject *subject, size_t count, int64_t units)
{
    ON_EXIT(buf_free) struct buf skus = {0};
    ON_EXIT(buf_free) struct buf stock = {0};
    buf_init(&skus, BODY_MAX);
    buf_init(&stock, BODY_MAX);
    buf_text(&skus, "{\"items\":[");
    buf_text(&stock, "{\"movements\":[");
    for (size_t i = 0; i < count; i++) {
        const char *comma = i ? "," : "";
        buf_printf(&skus, "%s{\"sku\":\"" SUBJECT_SKU "\"}", comma, i);
        buf_printf(&stock,
                   "%s{\"kind\":\"receive\",\"sku\":\"" SUBJECT_SKU
                   "\",\"location\":\"warehouse\",\"quantity\":%" PRId64 "}",
                   comma,
                   i,
                   units);
    }
    buf_text(&skus, "]}");
    buf_text(&stock, "]}");
    must(!skus.overflow && !stock.overflow);
    subject_post(subject,
                 "/v1/locations",
                 "{\"code\":\"warehouse\",\"name\":\"Warehouse\",\"country\":\"DE\"}");
    subject_send(subject, "/v1/skus", buf_view(&skus));
    subject_send(subject, "/v1/movements", buf_view(&stock));
}
