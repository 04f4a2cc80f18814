/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/backups.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/backup.h"
#include "cli/nightly.h"
#include "cli/store_place.h"
#include "engine/incident.h"
#include "engine/notice.h"

#define LOOK_US (15 * US_PER_S)
#define AGAIN_US (3600 * US_PER_S)
#define NICENESS 15
#define SUBJECT SLICE("backup")

struct backups {
    struct backups_config config;
    int at_minute; /* of the local day */
    struct env_timer *timer;
    struct env_wake *wake;
    int day; /* of the last one: of the year, local; -1: not known yet, -2: none */
    int64_t not_before_us;
    bool is_running, is_stopping;
    pthread_t thread;
    int64_t made_at_us, bytes; /* of the last that succeeded, in this run or before */
    uint64_t failures;

    /* the thread's until is_done */
    struct backup_manifest manifest;
    struct err_note note;
    enum err err;
    int64_t removed;

    pthread_mutex_t lock; /* of what follows */
    struct store *proving;
    bool is_done, is_cancelled;
};

/* ---- the thread ---- */

static bool must_stop(void *arg)
{
    struct backups *b = arg;
    pthread_mutex_lock(&b->lock);
    bool is_cancelled = b->is_cancelled;
    pthread_mutex_unlock(&b->lock);
    return is_cancelled;
}

static void on_proving(void *arg, struct store *store)
{
    struct backups *b = arg;
    pthread_mutex_lock(&b->lock);
    b->proving = store;
    if (store && b->is_cancelled) {
        store_interrupt(store);
    }
    pthread_mutex_unlock(&b->lock);
}

static void *make(void *arg)
{
    struct backups *b = arg;
    const struct backup_options options = {.data = b->config.data,
                                           .to = b->config.to,
                                           .key_file = b->config.key_file,
                                           .keep = b->config.keep,
                                           .now_us = env_wall_us(b->config.env),
                                           .must_stop = must_stop,
                                           .on_proving = on_proving,
                                           .arg = b};
    /* Of this thread alone: on Linux each has a niceness of its own. */
    (void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICENESS);
    b->err = backup_make(&options, &b->manifest, &b->removed, &b->note);
    pthread_mutex_lock(&b->lock);
    b->is_done = true;
    pthread_mutex_unlock(&b->lock);
    b->config.env->ops->wake_send(b->wake);
    return NULL;
}

/* ---- what became of it ---- */

static void tell_failed(struct backups *b)
{
    char detail[800];
    (void)snprintf(detail,
                   sizeof(detail),
                   "Into '%.200s': %s. Nothing half was left there.",
                   b->config.to,
                   b->note.text[0] ? b->note.text : err_text(b->err));
    b->failures++;
    b->not_before_us = env_mono_us(b->config.env) + AGAIN_US;
    b->day = -2; /* once more today */
    LOG(LOG_ERROR, "the daily backup failed", LOG_STR("note", detail));
    (void)notice_tell(
        b->config.engine,
        &(struct incident_text){
            .code = "BACKUP-FAILED",
            .subject = SUBJECT,
            .title = SLICE("The daily backup failed"),
            .detail = slice_of(detail),
            .action = SLICE("Make room there, or give --backup-to another directory. To make one "
                            "now: truecount backup --data DIR --to DIR.")},
        NULL,
        NULL);
}

static void tell_made(struct backups *b)
{
    b->made_at_us = b->manifest.made_at_us;
    b->bytes = b->manifest.bytes;
    LOG(LOG_INFO,
        "a backup was made and proven",
        LOG_STR("name", b->manifest.name),
        LOG_INT("bytes", b->manifest.bytes),
        LOG_STR("chain", b->manifest.chain),
        LOG_INT("removed", b->removed));
    (void)notice_cured(b->config.engine, "BACKUP-FAILED", SUBJECT, "a backup was made and proven");
}

static void on_wake(void *arg)
{
    struct backups *b = arg;
    pthread_mutex_lock(&b->lock);
    bool is_done = b->is_done;
    pthread_mutex_unlock(&b->lock);
    if (!b->is_running || !is_done || b->is_stopping) {
        return; /* backups_free joins what was cancelled */
    }
    pthread_join(b->thread, NULL);
    b->is_running = false;
    if (b->err) {
        tell_failed(b);
    } else {
        tell_made(b);
    }
}

/* ---- the time ---- */

static void begin(struct backups *b)
{
    b->note = (struct err_note){""};
    b->is_done = false;
    b->is_running = pthread_create(&b->thread, NULL, make, b) == 0;
    if (!b->is_running) {
        b->err = ERR_MEMORY;
        tell_failed(b);
    }
}

static bool is_due(struct backups *b)
{
    time_t now_s = (time_t)(env_wall_us(b->config.env) / US_PER_S);
    struct tm local;
    if (b->is_running || b->is_stopping || !localtime_r(&now_s, &local) ||
        env_mono_us(b->config.env) < b->not_before_us) {
        return false;
    }
    bool is_time = local.tm_hour * 60 + local.tm_min >= b->at_minute;
    if (b->day == -1) {
        b->day = is_time ? local.tm_yday : -2; /* today's is over; or it is to come */
    }
    if (!is_time || local.tm_yday == b->day) {
        return false;
    }
    b->day = local.tm_yday;
    return true;
}

void backups_look(struct backups *b)
{
    if (is_due(b)) {
        begin(b);
    }
}

static void on_timer(void *arg)
{
    struct backups *b = arg;
    backups_look(b);
    if (!b->is_stopping) {
        b->config.env->ops->timer_set(b->timer, LOOK_US);
    }
}

void backups_start(struct backups *b)
{
    if (b) {
        b->timer = b->config.env->ops->timer_new(b->config.env, on_timer, b);
    }
    if (b && b->timer) {
        b->config.env->ops->timer_set(b->timer, US_PER_S);
    }
}

void backups_metrics(const struct backups *b, struct buf *out)
{
    if (b) {
        buf_printf(out,
                   "# TYPE truecount_backup_timestamp_seconds gauge"
                   "\ntruecount_backup_timestamp_seconds %" PRId64
                   "\n# TYPE truecount_backup_bytes gauge\ntruecount_backup_bytes %" PRId64
                   "\n# TYPE truecount_backup_failures_total counter"
                   "\ntruecount_backup_failures_total %" PRIu64 "\n",
                   b->made_at_us / US_PER_S,
                   b->bytes,
                   b->failures);
    }
}

/* ---- life ---- */

enum err
backups_new(const struct backups_config *config, struct backups **out, struct err_note *note)
{
    const char *at = config->at ? config->at : BACKUPS_AT;
    int at_minute;
    if (!config->to) {
        return ERR_OK;
    }
    if (!nightly_parse(at, &at_minute) || at_minute == NIGHTLY_NEVER) {
        return err_note(note, ERR_USAGE, "--backup-at '%s': give HH:MM, local time", at);
    }
    if (!store_place_is_file(config->data)) {
        return err_note(
            note,
            ERR_USAGE,
            "--backup-to: the ledger is in PostgreSQL, back that up with its own tools");
    }
    struct backups *b = calloc(1, sizeof(*b));
    if (!b) {
        return ERR_MEMORY;
    }
    b->config = *config;
    b->at_minute = at_minute;
    b->day = -1;
    pthread_mutex_init(&b->lock, NULL);
    b->wake = config->env->ops->wake_new(config->env, on_wake, b);
    if (!b->wake) {
        backups_free(b);
        return ERR_MEMORY;
    }
    backup_newest(config->to, config->data, &b->made_at_us, &b->bytes);
    *out = b;
    return ERR_OK;
}

void backups_stop(struct backups *b)
{
    if (!b) {
        return;
    }
    b->is_stopping = true;
    pthread_mutex_lock(&b->lock);
    b->is_cancelled = true;
    if (b->proving) {
        store_interrupt(b->proving);
    }
    pthread_mutex_unlock(&b->lock);
}

void backups_free(struct backups *b)
{
    if (!b) {
        return;
    }
    if (b->is_running) {
        backups_stop(b);
        pthread_join(b->thread, NULL);
    }
    if (b->timer) {
        b->config.env->ops->timer_free(b->timer);
    }
    if (b->wake) {
        b->config.env->ops->wake_free(b->wake);
    }
    pthread_mutex_destroy(&b->lock);
    free(b);
}
