/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cli/disk_watch.h"

#define PATH_BYTES 1100
#define GROWTH_MIN_US (600 * US_PER_S)
#define SAMPLE_EVERY_US (900 * US_PER_S)
/* A WAL has so much between two checkpoints, and keeps it: that is no growth. */
#define WAL_USUAL (24 * DISK_MIB)

/* ---- levels ---- */

static bool is_below(int64_t bytes, int64_t limit, bool is_there)
{
    return limit > 0 && bytes < (is_there ? limit + limit / 4 : limit);
}

enum disk_level disk_level_next(enum disk_level level,
                                const struct disk_limits *limits,
                                int64_t free_bytes,
                                int64_t growth)
{
    int64_t low = limits->warn && growth > limits->warn ? growth : limits->warn;
    if (is_below(free_bytes, limits->refuse, level == DISK_FULL)) {
        return DISK_FULL;
    }
    return is_below(free_bytes, low, level >= DISK_LOW) ? DISK_LOW : DISK_ENOUGH;
}

/* ---- growth ---- */

static void add_sample(struct disk_growth *g, int64_t at_us, int64_t bytes)
{
    if (g->count && at_us - g->samples[g->count - 1].at_us < SAMPLE_EVERY_US) {
        return;
    }
    size_t old = 0;
    while (old < g->count &&
           (at_us - g->samples[old].at_us > DAY_US || g->count - old == GROWTH_SAMPLES)) {
        old++;
    }
    g->count -= old;
    memmove(g->samples, g->samples + old, g->count * sizeof(g->samples[0]));
    g->samples[g->count++] = (struct growth_sample){at_us, bytes};
}

int64_t disk_growth_of_day(struct disk_growth *g, int64_t at_us, int64_t bytes)
{
    add_sample(g, at_us, bytes);
    int64_t grown = bytes - g->samples[0].bytes, took_us = at_us - g->samples[0].at_us;
    if (took_us < GROWTH_MIN_US || grown <= 0) {
        return 0;
    }
    return (int64_t)((double)grown * (double)DAY_US / (double)took_us);
}

/* ---- the file system ---- */

static void path_of(const char *data, const char *name, char out[PATH_BYTES])
{
    (void)snprintf(out, PATH_BYTES, "%s/%s", data, name);
}

static int64_t size_of(const char *data, const char *name)
{
    char path[PATH_BYTES];
    struct stat st;
    path_of(data, name, path);
    return stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
}

enum err disk_look(const char *data, struct disk_room *out)
{
    struct statvfs fs;
    if (statvfs(data, &fs) != 0) {
        return ERR_IO;
    }
    int64_t free_bytes = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize,
            wal = size_of(data, "truecount.db-wal");
    out->has_ballast = size_of(data, "ballast") >= BALLAST_BYTES;
    out->free_bytes = free_bytes - (out->has_ballast ? 0 : BALLAST_BYTES);
    out->ledger_bytes = size_of(data, "truecount.db") + (wal > WAL_USUAL ? wal - WAL_USUAL : 0);
    return ERR_OK;
}

bool ballast_take(const char *data)
{
    char path[PATH_BYTES];
    path_of(data, "ballast", path);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool taken = fd >= 0 && posix_fallocate(fd, 0, (off_t)BALLAST_BYTES) == 0;
    if (fd >= 0) {
        close(fd);
    }
    if (!taken) {
        (void)unlink(path);
    }
    return taken;
}

void ballast_give_up(const char *data)
{
    char path[PATH_BYTES];
    path_of(data, "ballast", path);
    (void)unlink(path);
}
