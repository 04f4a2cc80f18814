/* SPDX-License-Identifier: Apache-2.0 */
#include "support/pg_process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"

#define CHILDREN_MAX 256
#define LOG_SHOWN 4000

static struct {
    char directory[PG_PATH_MAX], bin[PG_PATH_MAX];
    bool is_root; /* so the programs run as somebody else */
    uid_t uid;
    gid_t gid;
    int keeper; /* its pipe: it cleans up when this end falls */
} program;

int64_t pg_now_ms(void)
{
    struct timespec now;
    must(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void pg_pause_ms(int64_t ms)
{
    const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
}

void pg_die(const char *log, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "pg_cluster: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    FILE *f = log ? fopen(log, "re") : NULL;
    if (f) {
        char text[LOG_SHOWN + 1];
        (void)fseek(f, 0, SEEK_END);
        long size = ftell(f);
        (void)fseek(f, size > LOG_SHOWN ? size - LOG_SHOWN : 0, SEEK_SET);
        size_t n = fread(text, 1, LOG_SHOWN, f);
        fprintf(stderr, "---- the end of %s ----\n%.*s\n", log, (int)n, text);
        fclose(f);
    }
    abort();
}

/* ---- the directory and its keeper ---- */

/* Waits for the end of the pipe, which falls with the test; then for the servers, which the kernel
 * tells to quit; then removes the directory. A grandchild in a session of its own, so that whatever
 * ends the test's family leaves it alone. */
static void keeper_start(void)
{
    int ends[2];
    static const char script[] = "cat <&3 >/dev/null\n"
                                 "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do\n"
                                 "    ls \"$0\"/*/*/postmaster.pid >/dev/null 2>&1 || break\n"
                                 "    sleep 0.5\n"
                                 "done\n"
                                 "rm -rf \"$0\"\n";
    must(pipe2(ends, O_CLOEXEC) == 0);
    pid_t child = fork();
    must(child >= 0);
    if (child == 0) {
        if (setsid() < 0 || fork() != 0) {
            _exit(0);
        }
        int none = open("/dev/null", O_RDWR);
        if (none < 0 || dup2(none, 0) < 0 || dup2(none, 1) < 0 || dup2(none, 2) < 0 ||
            dup2(ends[0], 100) < 0 || dup2(100, 3) < 0 || close_range(4, ~0U, 0) != 0) {
            _exit(1);
        }
        execl("/bin/sh", "sh", "-c", script, program.directory, (char *)NULL);
        _exit(127);
    }
    must(waitpid(child, NULL, 0) == child);
    close(ends[0]);
    program.keeper = ends[1];
}

static void find_user(void)
{
    program.is_root = geteuid() == 0;
    if (program.is_root) {
        const struct passwd *user = getpwnam("postgres");
        user = user ? user : getpwnam("nobody");
        if (!user) {
            pg_die(NULL, "there is neither a user postgres nor nobody to run PostgreSQL as");
        }
        program.uid = user->pw_uid;
        program.gid = user->pw_gid;
    }
}

/* The newest version's programs, as Debian lays them out. */
static void find_bin(void)
{
    glob_t found = {0};
    const char *given = getenv("TRUECOUNT_PG_BIN");
    long newest = -1;
    if (given) {
        snprintf(program.bin, sizeof(program.bin), "%s", given);
        return;
    }
    if (glob("/usr/lib/postgresql/*/bin/postgres", 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++) {
            const char *path = found.gl_pathv[i];
            long version = strtol(path + strlen("/usr/lib/postgresql/"), NULL, 10);
            if (version > newest) {
                newest = version;
                snprintf(program.bin,
                         sizeof(program.bin),
                         "%.*s",
                         (int)(strlen(path) - strlen("/postgres")),
                         path);
            }
        }
    }
    globfree(&found);
    if (newest < 0) {
        pg_die(NULL,
               "PostgreSQL's server is missing: install Debian's package postgresql, or name the "
               "directory of initdb and postgres in TRUECOUNT_PG_BIN");
    }
}

const char *pg_directory(void)
{
    const char *tmp = getenv("TMPDIR");
    if (program.directory[0]) {
        return program.directory;
    }
    find_user();
    find_bin();
    int n = snprintf(program.directory,
                     sizeof(program.directory),
                     "%s/truecount-pg-XXXXXX",
                     tmp && *tmp ? tmp : "/tmp");
    must(n > 0 && (size_t)n < sizeof(program.directory) - 64); /* room for the names inside */
    if (!mkdtemp(program.directory) ||
        (program.is_root && chown(program.directory, program.uid, program.gid) != 0)) {
        pg_die(NULL, "%s: %s", program.directory, strerror(errno));
    }
    keeper_start();
    return program.directory;
}

/* ---- children ---- */

static void child_become(const char *log, const char *const *argv, pid_t parent)
{
    char path[PG_PATH_MAX];
    sigset_t none;
    sigemptyset(&none);
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0 ||
        close_range(3, ~0U, 0) != 0 || setpgid(0, 0) != 0 || chdir("/") != 0 ||
        sigprocmask(SIG_SETMASK, &none, NULL) != 0 || signal(SIGPIPE, SIG_DFL) == SIG_ERR) {
        _exit(126);
    }
    if (program.is_root &&
        (setgroups(0, NULL) != 0 || setgid(program.gid) != 0 || setuid(program.uid) != 0)) {
        _exit(126);
    }
    /* Behind setuid, which would clear it. To a server SIGQUIT means: all of you, now. */
    if (prctl(PR_SET_PDEATHSIG, SIGQUIT) != 0 || getppid() != parent ||
        setenv("LC_ALL", "C", 1) != 0 || setenv("TZ", "UTC", 1) != 0) {
        _exit(126);
    }
    snprintf(path, sizeof(path), "%s/%s", program.bin, argv[0]);
    execv(strchr(argv[0], '/') ? argv[0] : path, (char *const *)(uintptr_t)argv);
    dprintf(STDERR_FILENO, "%s: %s\n", path, strerror(errno));
    _exit(127);
}

pid_t pg_spawn(const char *log, const char *const *argv)
{
    pid_t parent = getpid();
    (void)pg_directory();
    pid_t child = fork();
    must(child >= 0);
    if (child == 0) {
        child_become(log, argv, parent);
    }
    return child;
}

int pg_reap(pid_t child, int64_t for_ms)
{
    int status = 0;
    int64_t until = pg_now_ms() + for_ms;
    for (;;) {
        pid_t ended = waitpid(child, &status, WNOHANG);
        must(ended >= 0);
        if (ended == child) {
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        }
        if (pg_now_ms() > until) {
            return -1;
        }
        pg_pause_ms(2);
    }
}

void pg_run(const char *log, const char *const *argv)
{
    int code = pg_reap(pg_spawn(log, argv), PG_WAIT_MS);
    if (code != 0) {
        pg_die(log, code < 0 ? "%s did not end" : "%s failed", argv[0]);
    }
}

/* ---- a server's whole family ---- */

/* The state of a process and its parent, as /proc has them; 0 when there is none. */
static char process_state(pid_t pid, pid_t *out_parent)
{
    char path[64], text[512];
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (fd >= 0) {
        close(fd);
    }
    if (n <= 0) {
        return 0;
    }
    text[n] = '\0';
    const char *rest = strrchr(text, ')'); /* a name may hold anything, brackets too */
    if (!rest || strlen(rest) < 5) {
        return 0;
    }
    if (out_parent) {
        *out_parent = (pid_t)strtol(rest + 4, NULL, 10);
    }
    return rest[2];
}

static size_t children_of(pid_t server, pid_t *out, size_t capacity)
{
    size_t count = 0;
    const struct dirent *entry;
    DIR *proc = opendir("/proc");
    must(proc);
    while ((entry = readdir(proc)) && count < capacity) {
        pid_t parent = 0, pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid > 0 && process_state(pid, &parent) && parent == server) {
            out[count++] = pid;
        }
    }
    closedir(proc);
    return count;
}

void pg_signal_all(pid_t server, int signal)
{
    pid_t children[CHILDREN_MAX];
    /* The first process first when it must start nobody any more, last when it may again. */
    if (signal == SIGSTOP) {
        must(kill(server, signal) == 0);
    }
    size_t count = children_of(server, children, CHILDREN_MAX);
    for (size_t i = 0; i < count; i++) {
        (void)kill(children[i], signal);
    }
    if (signal != SIGSTOP) {
        must(kill(server, signal) == 0);
    }
}

void pg_kill_all(pid_t server)
{
    pid_t children[CHILDREN_MAX];
    int64_t until = pg_now_ms() + PG_WAIT_MS;
    must(kill(server, SIGSTOP) == 0);
    size_t count = children_of(server, children, CHILDREN_MAX);
    must(kill(server, SIGKILL) == 0);
    for (size_t i = 0; i < count; i++) {
        (void)kill(children[i], SIGKILL);
    }
    if (pg_reap(server, PG_WAIT_MS) < 0) {
        pg_die(NULL, "a server does not die of SIGKILL");
    }
    for (size_t i = 0; i < count; i++) {
        for (;;) {
            char state = process_state(children[i], NULL);
            if (state == 0 || state == 'Z' || state == 'X') {
                break; /* where nobody reaps orphans, a zombie is as gone as it gets */
            }
            must(pg_now_ms() < until);
            pg_pause_ms(2);
        }
    }
}
