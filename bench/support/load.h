/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load - closed loop: so many keep-alive connections, on each one request under way, the next as
 * soon as it is answered.
 *
 * One thread, epoll, raw sockets: the load costs as little of the machine as it can. Requests are
 * numbered from `first` on; `make` writes the whole request with that number.
 */
#pragma once
#include "support/bench.h"

#define LOAD_REQUEST_MAX 16384

struct load {
    int port;
    size_t connections, first, count_max; /* ends after so many requests, */
    int64_t duration_us;                  /* or so long */
    size_t (*make)(void *arg, size_t number, char out[LOAD_REQUEST_MAX]);
    void *arg;
};
struct load_result {
    uint64_t answered, status_2xx, status_409;
    int64_t elapsed_us;
    struct samples latency; /* the caller's to free */
};
void load_run(const struct load *load, struct load_result *out);
