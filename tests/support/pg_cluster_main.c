/* SPDX-License-Identifier: Apache-2.0 */
/* pg_cluster - PostgreSQL for a developer: prints its address, and runs until it is told to end. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "support/pg_cluster.h"

static int usage(void)
{
    fprintf(stderr,
            "usage: pg_cluster [--durable] [--standbys N]\n"
            "  --durable       with fsync\n"
            "  --standbys N    synchronous to any one of N (at most 3)\n"
            "Ctrl-C ends it; nothing is kept.\n");
    return 2;
}

int main(int argc, char **argv)
{
    static const char *const any[] = {
        "", "standby1", "ANY 1 (standby1, standby2)", "ANY 1 (standby1, standby2, standby3)"};
    struct pg_options options = {0};
    long standbys = 0;
    sigset_t ends;
    int signal = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--durable") == 0) {
            options.is_durable = true;
        } else if (strcmp(argv[i], "--standbys") == 0 && i + 1 < argc) {
            standbys = strtol(argv[++i], NULL, 10);
        } else {
            return usage();
        }
    }
    if (standbys < 0 || standbys >= PG_NODES_MAX) {
        return usage();
    }
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    must(sigprocmask(SIG_BLOCK, &ends, NULL) == 0);
    struct pg_cluster *cluster = pg_cluster_new(&options);
    pg_cluster_database(cluster, "truecount", NULL);
    for (long i = 0; i < standbys; i++) {
        (void)pg_cluster_standby(cluster, 0);
    }
    pg_cluster_synchronous(cluster, 0, any[standbys]);
    printf("%s\n", pg_cluster_url_primary(cluster, "truecount").text);
    fflush(stdout);
    must(sigwait(&ends, &signal) == 0);
    pg_cluster_free(cluster);
    return 0;
}
