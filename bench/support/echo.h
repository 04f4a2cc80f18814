/* SPDX-License-Identifier: Apache-2.0 */
/*
 * echo - the floor of propagation: a child process that does nothing but pass on.
 *
 * Takes orders on /hooks/shop-N as the server does, answers 200 and sends the SKU's new quantity to
 * the other channels, one request each, over connections that stay open. One thread, epoll; no
 * signature, no JSON, no store.
 */
#pragma once
#include <sys/types.h>

#define ECHO_CHANNELS 5
#define ECHO_SKUS 1000

struct echo {
    pid_t pid;
    int port;
};
/* sink_port: takes the pushes, on /c0 to /c4. units: of each SKU in the beginning. */
void echo_start(struct echo *echo, int sink_port, long units);
void echo_stop(struct echo *echo);
