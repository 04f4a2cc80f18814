/* SPDX-License-Identifier: Apache-2.0 */
/*
 * child - the real program as a child process of the test.
 *
 * What it prints goes to a file, so that nobody has to read along. A child dies with the test.
 */
#pragma once
#include "testing.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>

#define CHILD_ARGS_MAX 16
#define CHILD_TOKEN "scenario-admin-token-0123456789"

/* Starts the program; stdout and stderr are appended to the file `out`. args end with NULL. */
static inline pid_t child_start(const char *out, const char *const *args)
{
    char *argv[CHILD_ARGS_MAX + 2] = {(char *)(uintptr_t)TC_BINARY};
    size_t count = 1;
    for (; args[count - 1]; count++) {
        assert_true(count <= CHILD_ARGS_MAX);
        argv[count] = (char *)(uintptr_t)args[count - 1];
    }
    pid_t parent = getpid(), child = fork();
    assert_true(child >= 0);
    if (child > 0) {
        return child;
    }
    int fd = open(out, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0 ||
        prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent ||
        setenv("TRUECOUNT_ADMIN_TOKEN", CHILD_TOKEN, 1) != 0) {
        dprintf(STDERR_FILENO, "the child's set-up for %s: %s\n", out, strerror(errno));
        _exit(127);
    }
    execv(TC_BINARY, argv);
    dprintf(STDERR_FILENO, "%s: %s\n", TC_BINARY, strerror(errno));
    _exit(127);
}

/* True when it has ended; its exit code, or 128 and the signal. */
static inline bool child_ended(pid_t child, int *out_code)
{
    int status = 0;
    pid_t ended = waitpid(child, &status, WNOHANG);
    assert_true(ended >= 0);
    if (ended == 0) {
        return false;
    }
    *out_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return true;
}

/* The whole of a small file, with a NUL; nothing when it is not there. The caller frees it. */
static inline char *file_text(const char *path)
{
    FILE *f = fopen(path, "rb");
    size_t n = 0, size = 0;
    char *text = calloc(1, 1);
    must(text);
    while (f && !feof(f) && !ferror(f)) {
        size = n + 65536;
        text = realloc(text, size + 1);
        must(text);
        n += fread(text + n, 1, 65536, f);
        text[n] = '\0';
    }
    if (f) {
        fclose(f);
    }
    return text;
}

/* Runs a command to its end (30 s at most); gives its exit code and what it printed. */
static inline int child_run(const char *out, const char *const *args, char **out_text)
{
    int code = -1;
    (void)unlink(out);
    pid_t child = child_start(out, args);
    const struct timespec pause = {.tv_nsec = 2000000};
    for (int i = 0; i < 15000 && !child_ended(child, &code); i++) {
        nanosleep(&pause, NULL); /* waitpid has no deadline of its own */
    }
    if (code < 0) {
        kill(child, SIGKILL);
        fail_msg("truecount %s did not end", args[0]);
    }
    if (out_text) {
        *out_text = file_text(out);
    }
    return code;
}

/* Removes a directory with the files in it and in its directories. */
static inline void directory_remove(const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        char inner[512];
        struct stat st;
        snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name);
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            lstat(inner, &st) != 0) {
            continue;
        }
        if (S_ISDIR(st.st_mode)) {
            directory_remove(inner);
        } else {
            (void)unlink(inner);
        }
    }
    if (dir) {
        closedir(dir);
    }
    (void)rmdir(path);
}
