/* SPDX-License-Identifier: Apache-2.0 */
#include "support/bench.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int64_t bench_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / 1000;
}

void bench_fail(const char *format, ...)
{
    va_list args;
    fflush(stdout);
    fputs("bench: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

void bench_directory(char out[BENCH_PATH_MAX])
{
    char self[BENCH_PATH_MAX - 32];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    bench_need(n > 0, "cannot find its own binary");
    self[n] = '\0';
    char *slash = strrchr(self, '/');
    must(slash);
    *slash = '\0';
    snprintf(out, BENCH_PATH_MAX, "%s/data-XXXXXX", self);
    bench_need(mkdtemp(out) != NULL, "cannot create a directory like %s", out);
}

void bench_directory_remove(const char *path)
{
    DIR *directory = opendir(path);
    struct dirent *entry;
    while (directory && (entry = readdir(directory))) {
        char file[BENCH_PATH_MAX + 260];
        snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
        unlink(file); /* refuses directories, so "." and ".." stay */
    }
    if (directory) {
        closedir(directory);
    }
    rmdir(path);
}

int64_t bench_seconds(int argc, char **argv, int64_t by_default, int64_t max)
{
    int64_t seconds = by_default;
    if (argc > 2 ||
        (argc == 2 && (!slice_int(slice_of(argv[1]), &seconds) || seconds < 1 || seconds > max))) {
        fprintf(stderr, "usage: %s [SECONDS, 1 to %" PRId64 "]\n", argv[0], max);
        exit(2);
    }
    return seconds;
}

void samples_init(struct samples *samples, size_t max)
{
    *samples = (struct samples){.us = calloc(max, sizeof(samples->us[0])), .max = max};
    must(samples->us);
}

void samples_free(struct samples *samples)
{
    free(samples->us);
    *samples = (struct samples){0};
}

void samples_add(struct samples *samples, int64_t us)
{
    if (samples->count < samples->max) {
        samples->us[samples->count++] = us < 0 ? 0 : us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
    }
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

double samples_at_ms(struct samples *samples, int permille)
{
    if (samples->count == 0) {
        return 0;
    }
    qsort(samples->us, samples->count, sizeof(samples->us[0]), by_size);
    size_t at = samples->count * (size_t)permille / 1000;
    return (double)samples->us[at < samples->count ? at : samples->count - 1] / 1000;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(double *values, size_t count)
{
    must(count > 0);
    qsort(values, count, sizeof(values[0]), by_value);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}
