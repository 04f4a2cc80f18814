/* SPDX-License-Identifier: Apache-2.0 */
/*
 * subject - the real server in a child process, on SQLite in a new directory, as `truecount serve`
 * runs it.
 *
 * A process of its own, so that its CPU time can be told from the load's. It dies with the
 * benchmark.
 */
#pragma once
#include <sys/types.h>

#include "base/buf.h"
#include "support/bench.h"

#define SUBJECT_TOKEN "bench-admin-token-for-this-run-only"

struct subject {
    char directory[BENCH_PATH_MAX];
    pid_t pid;
    int port;
};

void subject_start(struct subject *subject);
void subject_open(struct subject *subject); /* on the directory it names, with what is there */
/* The same by the program itself, `truecount serve`, with nothing of the benchmark in its memory. */
void subject_exec(struct subject *subject);
/* Resident memory of the process now, and the most it ever was. */
struct subject_memory {
    double now_mb, peak_mb;
};
struct subject_memory subject_memory(const struct subject *subject);
void subject_stop(struct subject *subject); /* waits until it has ended cleanly; its data stays */
void subject_remove(struct subject *subject);

/* CPU time so far. The first thread runs the loop; the others are the writer and its helpers. */
struct subject_cpu {
    double loop_us, others_us;
};
struct subject_cpu subject_cpu(const struct subject *subject);

/* A counter of GET /metrics by its name without "truecount_". */
int64_t subject_metric(const struct subject *subject, const char *name);

/*
 * One call of the API on a connection of its own; gives the status. out: the answer's body, cleared
 * first; NULL: not wanted.
 */
int subject_call(const struct subject *subject,
                 const char *method,
                 const char *path,
                 struct slice body,
                 struct buf *out);
/* The same, with a body in printf's manner, and nothing but 2xx will do. */
void subject_post(const struct subject *subject, const char *path, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* POST of a whole body; nothing but 2xx will do. */
void subject_send(const struct subject *subject, const char *path, struct slice body);

/* The SKU that stands at a place of the catalogue: "SKU-0007". */
#define SUBJECT_SKU "SKU-%04zu"
/* Location "warehouse" and `count` SKUs with `units` each there. */
void subject_fill(const struct subject *subject, size_t count, int64_t units);
