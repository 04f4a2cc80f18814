/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>

#include "base/base.h"
#include "base/crypto.h"
#include "cli/cmd.h"
#include "drill/cmd_sandbox.h"

static const struct {
    const char *name, *help;
    int (*run)(int argc, char **argv); /* NULL: the title of a group */
} commands[] = {
    {"serve", NULL, NULL},
    {"serve", "the stock server", cmd_serve},
    {"token", "create an access token", cmd_token},
    {"user", "people who may log in: add, list, another password, disable", cmd_user},
    {"backup", "a proven copy of the ledger, while the server runs", cmd_backup},
    {"restore", "a backup in the place of a data directory", cmd_restore},
    {"copy", "move the ledger to PostgreSQL, or back", cmd_copy},
    {"demo", "server, look-alike shops and shoppers in one: see it work", cmd_demo},
    {"drill", "a measured rehearsal: bursts, storms, an outage; and comparing two", cmd_drill},
    {"sandbox", "look-alikes of the channels' APIs, with shoppers and faults", cmd_sandbox},
    {"look", NULL, NULL},
    {"stock", "where the units of a SKU are, now or at a past moment", cmd_stock},
    {"why", "what each channel may show of a SKU, step by step", cmd_why},
    {"exposure", "what other channels may oversell, the worst first", cmd_exposure},
    {"orders", "what channels told us of, and where its units come from", cmd_orders},
    {"route", "which locations would serve an order", cmd_route},
    {"incidents", "what wants a person, and what to do about it", cmd_incidents},
    {"drift", "counts that channels show and should not, and why", cmd_drift},
    {"autopsy", "why an order sold what was not there", cmd_autopsy},
    {"change", NULL, NULL},
    {"move", "book units that move: receive, adjust, damage, ship, ...", cmd_move},
    {"channel", "connect a shop or marketplace, take it over, pause it", cmd_channel},
    {"webhook", "addresses that are told of incidents", cmd_webhook},
    {"transfer", "goods on their way from one location to another", cmd_transfer},
    {"count", "count what is on the shelves, with or without a scanner", cmd_count},
    {"hold", "set units apart for a while", cmd_hold},
    {"opening", "first figures: what everyone says, and booking what was chosen", cmd_opening},
    {"tables", NULL, NULL},
    {"export", "SKUs, stock, listings, bundles or movements as CSV", cmd_export},
    {"import", "a CSV file into them: all of it or nothing", cmd_import},
    {"check", NULL, NULL},
    {"replay", "apply kept deliveries once more, or see what that would book", cmd_replay},
    {"report", "how long sales took to reach each channel: a page to keep", cmd_report},
    {"doctor", "what is wrong with SKUs on the channels, and what to do", cmd_doctor},
    {"verify", "check every invariant of what is stored", cmd_verify},
    {"dump", "the canonical dump of the state", cmd_dump},
};

static int help(FILE *out, int code)
{
    fputs("truecount - the count you can trust, on every channel\n\nusage: truecount COMMAND "
          "[options]\n",
          out);
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        if (commands[i].run) {
            fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].help);
        } else {
            fprintf(out, "\n%s\n", commands[i].name);
        }
    }
    fputs("\ntruecount COMMAND --help tells more.\n", out);
    return code;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        return help(stderr, 2);
    }
    struct slice name = slice_of(argv[1]);
    if (slice_is(name, "--help") || slice_is(name, "-h") || slice_is(name, "help")) {
        return help(stdout, 0);
    }
    if (slice_is(name, "--version")) {
        puts("truecount 0.1.0");
        return 0;
    }
    umask(077); /* what we write is for our user alone: ledgers, keys, sockets */
    if (crypto_init() != ERR_OK) {
        fputs("truecount: the crypto library does not start\n", stderr);
        return 1;
    }
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        if (commands[i].run && slice_is(name, commands[i].name)) {
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    fprintf(stderr, "truecount: there is no command '%s'; see truecount --help\n", argv[1]);
    return 2;
}
