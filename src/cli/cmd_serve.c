/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "cli/backups.h"
#include "cli/cmd.h"
#include "cli/disk_watch.h"
#include "cli/mail_options.h"
#include "cli/options.h"
#include "cli/server.h"
#include "env/env_uv.h"
#include "intake/access.h"

struct serving {
    struct env_uv *uv;
    struct server *server;
};

static void on_signal(void *arg)
{
    struct serving *serving = arg;
    LOG(LOG_INFO, "stopping", LOG_STR("because", "signal"));
    server_stop(serving->server);
    env_uv_stop(serving->uv);
}

/* Each may be several, with commas: as the environment has it. */
static enum err proxies_read(const char *const texts[ACCESS_PROXIES_MAX],
                             struct cidr ranges[ACCESS_PROXIES_MAX],
                             struct server_options *o,
                             struct err_note *note)
{
    for (size_t i = 0; i < ACCESS_PROXIES_MAX && texts[i]; i++) {
        struct slice rest = slice_of(texts[i]), one;
        while (rest.n) {
            slice_cut(&rest, ',', &one);
            if (o->proxies_count == ACCESS_PROXIES_MAX ||
                !cidr_parse(slice_trim(one), &ranges[o->proxies_count])) {
                return err_note(note,
                                ERR_USAGE,
                                "--trusted-proxy '%.*s' is no range of addresses such as "
                                "10.0.0.0/8, or one too many",
                                SLICE_ARG(one));
            }
            o->proxies_count++;
        }
    }
    o->proxies = ranges;
    return ERR_OK;
}

int cmd_serve(int argc, char **argv)
{
    struct server_options o = {.listen = "127.0.0.1:8080",
                               .keep_bodies_days = KEEP_BODIES_DAYS,
                               .keep_audit_days = KEEP_AUDIT_DAYS,
                               .backup_keep = BACKUPS_KEEP,
                               .disk_warn_mib = DISK_WARN_MIB,
                               .disk_refuse_mib = DISK_REFUSE_MIB};
    struct mail_options mail = {0};
    const char *proxies[ACCESS_PROXIES_MAX] = {0};
    struct cidr ranges[ACCESS_PROXIES_MAX];
    const struct option options[] = {
        {"data",
         OPTION_TEXT,
         "DIR",
         "where the ledger lives; created when absent",
         .is_required = true,
         .text = &o.data},
        {"listen",
         OPTION_TEXT,
         "HOST:PORT",
         "address to listen on (127.0.0.1:8080)",
         .text = &o.listen},
        {"public-url",
         OPTION_TEXT,
         "URL",
         "what channels call back (http:// and the listen address)",
         .text = &o.public_url},
        {"store",
         OPTION_TEXT,
         "URL",
         "where the ledger lies: postgresql://HOST/DATABASE, kept in the data directory (sqlite: a "
         "file there)",
         .text = &o.store},
        {"key-file",
         OPTION_TEXT,
         "FILE",
         "key for secrets at rest (secrets.key in the data directory)",
         .text = &o.key_file},
        {"admin-token",
         OPTION_TEXT,
         "TOKEN",
         "presets the first admin token; better in the environment",
         .text = &o.admin_token},
        {"keep-bodies",
         OPTION_NUMBER,
         "DAYS",
         "how long bodies of deliveries are kept for diagnosis and replay (14); 0: not at all",
         .max = KEEP_BODIES_DAYS_MAX,
         .number = &o.keep_bodies_days},
        {"keep-audit",
         OPTION_NUMBER,
         "DAYS",
         "how long the audit knows who did what (730); 0: for ever",
         .max = KEEP_AUDIT_DAYS_MAX,
         .number = &o.keep_audit_days},
        {"disk-warn",
         OPTION_NUMBER,
         "MIB",
         "tell when less than this is free for the ledger (1024); 0: never",
         .max = DISK_MIB_MAX,
         .number = &o.disk_warn_mib},
        {"disk-refuse",
         OPTION_NUMBER,
         "MIB",
         "write nothing while less than this is free (128); 0: never refuse for it",
         .max = DISK_MIB_MAX,
         .number = &o.disk_refuse_mib},
        {"verify-at",
         OPTION_TEXT,
         "HH:MM",
         "local time of the daily proof of every number (03:30), or never",
         .text = &o.verify_at},
        {"backup-to",
         OPTION_TEXT,
         "DIR",
         "make a backup there each day (truecount backup); without it none is made",
         .text = &o.backup_to},
        {"backup-at", OPTION_TEXT, "HH:MM", "local time of it (02:30)", .text = &o.backup_at},
        {"backup-keep",
         OPTION_NUMBER,
         "N",
         "so many of this ledger's stay there (7)",
         .min = 1,
         .max = 1000,
         .number = &o.backup_keep},
        {"allow-private-channels",
         OPTION_SWITCH,
         NULL,
         "channels may live on loopback and private addresses, and plain http",
         .is_set = &o.private_ok},
        {"trusted-proxy",
         OPTION_TEXTS,
         "CIDR",
         "a proxy in front, whose X-Forwarded-For is believed; may be given several times",
         .max = ACCESS_PROXIES_MAX,
         .text = proxies},
        {"public-metrics",
         OPTION_SWITCH,
         NULL,
         "/metrics needs no token, wherever it is asked from",
         .is_set = &o.has_public_metrics},
        {"smtp-url",
         OPTION_TEXT,
         "URL",
         "the relay that incidents are mailed through: smtps://HOST:465 or smtp://HOST:587",
         .text = &mail.url},
        {"smtp-from", OPTION_TEXT, "ADDRESS", "whom these mails are from", .text = &mail.from},
        {"smtp-to", OPTION_TEXT, "ADDRESSES", "whom they go to, with commas", .text = &mail.to},
        {"smtp-user", OPTION_TEXT, "NAME", "as the relay knows us", .text = &mail.user},
        {"smtp-password-file",
         OPTION_TEXT,
         "FILE",
         "its first line is the relay's password",
         .text = &mail.password_file},
    };
    enum options_result r = options_parse(
        argc, argv, "Runs the stock server until SIGTERM or SIGINT.", options, COUNT_OF(options));
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    struct serving serving = {0};
    struct err_note note = {""};
    enum err e = mail_options_read(&mail, o.private_ok, &o.mail, &note);
    e = e ? e : proxies_read(proxies, ranges, &o, &note);
    e = e ? e : env_uv_new(&serving.uv, &note);
    e = e ? e : server_new(env_uv_env(serving.uv), &o, &serving.server, &note);
    if (e) {
        fprintf(stderr, "truecount serve: %s\n", note.text[0] ? note.text : err_text(e));
        env_uv_free(serving.uv);
        return e == ERR_USAGE || e == ERR_CONFLICT ? 2 : 1;
    }
    env_uv_on_signal(serving.uv, on_signal, &serving);
    LOG(LOG_INFO,
        "listening",
        LOG_STR("listen", o.listen),
        LOG_INT("port", server_port(serving.server)),
        LOG_STR("data", o.data));
    if (server_setup_url(serving.server)[0]) {
        LOG(LOG_INFO,
            "there is no user yet: open this address within 24 hours to make the first one",
            LOG_STR("url", server_setup_url(serving.server)));
    }
    env_uv_run(serving.uv);
    server_free(serving.server);
    env_uv_free(serving.uv);
    return 0;
}
