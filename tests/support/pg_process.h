/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pg_process - programs of PostgreSQL as children of a test, and the directory they write to.
 * The life of a process; what the processes mean is pg_cluster's.
 */
#pragma once
#include <stdint.h>
#include <sys/types.h>

#define PG_WAIT_MS 60000
#define PG_PATH_MAX 256

/* The program's own directory, made at the first call together with its keeper. */
const char *pg_directory(void);

/* Starts BIN/argv[0] as the unprivileged user; what it prints is appended to `log`. A name with a
 * slash is the path itself. argv ends with NULL. */
pid_t pg_spawn(const char *log, const char *const *argv);
/* The same, to its end; another exit code than 0 aborts. */
void pg_run(const char *log, const char *const *argv);
/* Waits for a child's end; false when it takes longer. */
int pg_reap(pid_t child, int64_t for_ms);

/* SIGSTOP or SIGCONT to a server's first process and its children. */
void pg_signal_all(pid_t server, int signal);
/* kill -9 of a server's first process and its children; all are gone when it returns. */
void pg_kill_all(pid_t server);

void pg_pause_ms(int64_t ms);
int64_t pg_now_ms(void);
/* Prints why, and the end of a file (NULL for none); aborts. */
__attribute__((noreturn, format(printf, 2, 3))) void
pg_die(const char *log, const char *format, ...);
