/* SPDX-License-Identifier: Apache-2.0 */
/*
 * machine - a host in the simulated world: struct env over virtual time and a network in memory.
 *
 * What a machine sends is bytes of HTTP/1.1 that the other end parses with its own parser. Between
 * two machines a link can be slow, lose what is asked (nothing ever arrives), or lose the answer
 * (it took effect, and the caller never hears). A machine that is killed says nothing any more, and
 * what was on its way to it is lost; its timers and callbacks never fire. Another machine may then
 * take its place and its addresses.
 */
#pragma once
#include "sim/clock.h"

struct network;
struct machine;

enum { MACHINE_SERVER, MACHINE_SHOPS, MACHINE_PEOPLE, MACHINES };

/* Chances in permille, of every call from one machine to another. */
struct link_faults {
    int lose_request, lose_answer, refuse; /* refuse: ERR_NET, it never left */
    int64_t delay_us_max;                  /* each way; at least 100 us pass */
};

struct network_figures {
    uint64_t calls, lost_requests, lost_answers, refused, resets, chances;
};

struct network *network_new(struct clock *clock);
void network_free(struct network *network);
struct link_faults *network_link(struct network *network, int from, int to);
const struct network_figures *network_figures(const struct network *network);
/* Told of every answer that a machine gave, whether or not it arrives. */
void network_watch(struct network *network,
                   void (*fn)(void *arg, int from, int to, struct slice request, int status),
                   void *arg);

/* Told of every call that leaves a machine. */
void network_watch_calls(struct network *network, void (*fn)(void *arg, int from, int to));

struct machine *machine_new(struct network *network, int place, const char *vfs);
struct env *machine_env(struct machine *machine);
void machine_wall_jump(struct machine *machine, int64_t by_us);
/* From now on env_chance says yes, in one run of four, to a quarter of what it is asked. */
void network_has_chances(struct network *network, uint64_t seed);
void network_no_chances(struct network *network);
void machine_kill(struct machine *machine);
/* After machine_kill, when everything that lived on it was freed: nothing may be left. The struct is
 * the network's. */
void machine_bury(struct machine *machine);
