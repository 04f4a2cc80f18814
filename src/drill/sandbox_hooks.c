/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_hooks - webhooks on their way out: faults, queue, flight, retries.
 *
 *   sent ──> (held back by a fault) ──> queue ──> in flight ──> delivered
 *                                         ^           │
 *                                         └── retry ──┴──> failed for good
 */
#include "drill/sandbox_inner.h"

#include "base/crypto.h"

#define TRIES_MAX 8 /* Shopify's */
#define HOOK_TIMEOUT_US                                                                            \
    (5 * US_PER_S) /* Shopify's; WooCommerce waits 60 s, which nobody wants here */
#define REORDER_US_MAX (2 * US_PER_S)

static void job_free(struct hook_job *job)
{
    job->shop->sandbox->hooks_bytes -= job->charged;
    job->shop->stats.hooks_waiting--;
    free(job->body);
    free(job);
}

void uuid_make(struct sandbox *sandbox, char out[40])
{
    uint64_t a = dice_next(&sandbox->dice);
    uint64_t b = dice_next(&sandbox->dice);
    snprintf(out,
             40,
             "%08x-%04x-4%03x-%04x-%012llx",
             (unsigned)(a >> 32),
             (unsigned)(a >> 16) & 0xffffU,
             (unsigned)a & 0xfffU,
             0x8000U | ((unsigned)(b >> 48) & 0x3fffU),
             (unsigned long long)(b & UINT64_C(0xffffffffffff)));
}

static struct hook_job *job_new(struct shop *shop, struct slice body)
{
    struct sandbox *sandbox = shop->sandbox;
    size_t charged = sizeof(struct hook_job) + body.n;
    if (sandbox->hooks_bytes + charged > sandbox->hooks_bytes_max) {
        shop->stats.hooks_dropped++;
        return NULL;
    }
    struct hook_job *job = calloc(1, sizeof(*job));
    must(job != NULL);
    if (body.n > 0) {
        job->body = malloc(body.n);
        must(job->body != NULL);
        memcpy(job->body, body.p, body.n);
        job->body_n = body.n;
    }
    job->shop = shop;
    job->charged = charged;
    job->triggered_us = env_wall_us(sandbox->env);
    uuid_make(sandbox, job->delivery_id);
    sandbox->hooks_bytes += charged;
    shop->stats.hooks_waiting++;
    return job;
}

/* ---- the queue ---- */

static void queue_plan(struct shop *shop);

static void job_enqueue(struct hook_job *job)
{
    struct shop *shop = job->shop;
    job->next = NULL;
    *shop->queue_tail = job;
    shop->queue_tail = &job->next;
    if (!shop->platform->hooks_queue || shop->queue_us == 0) {
        shop->released++;
    } else {
        queue_plan(shop);
    }
    hooks_pump(shop);
}

static void job_due(struct task *task)
{
    job_enqueue((struct hook_job *)task);
}

static void job_drop(struct task *task)
{
    job_free((struct hook_job *)task);
}

static void job_later(struct hook_job *job, int64_t delay_us)
{
    job->task.run = job_due;
    job->task.drop = job_drop;
    sandbox_later(job->shop->sandbox, &job->task, delay_us);
}

/* ---- flight ---- */

void hook_head_add(struct hook_head *head, const char *name, struct slice value)
{
    must(head->count < COUNT_OF(head->headers));
    head->headers[head->count++] = (struct http_header){.name = slice_of(name), .value = value};
}

struct slice standard_signature(
    struct arena *arena, struct slice key, struct slice id, struct slice stamp, struct slice body)
{
    uint8_t mac[SHA256_SIZE];
    struct buf text;
    buf_init(&text, body.n + id.n + stamp.n + 2);
    buf_slice(&text, id);
    buf_char(&text, '.');
    buf_slice(&text, stamp);
    buf_char(&text, '.');
    buf_slice(&text, body);
    hmac_sha256(mac, key, buf_view(&text));
    buf_free(&text);
    struct slice encoded = base64_encode(arena, (struct slice){(const char *)mac, sizeof(mac)});
    return arena_printf(arena, "v1,%.*s", SLICE_ARG(encoded));
}

void hook_head_standard(const struct hook_job *job,
                        struct slice key,
                        struct slice body,
                        struct hook_head *head,
                        struct arena *arena)
{
    struct slice id = arena_printf(arena, "msg_%s", job->delivery_id);
    int64_t now_s = env_wall_us(job->shop->sandbox->env) / US_PER_S;
    struct slice stamp = arena_printf(arena, "%" PRId64, now_s);
    hook_head_add(head, "webhook-id", id);
    hook_head_add(head, "webhook-timestamp", stamp);
    hook_head_add(head, "webhook-signature", standard_signature(arena, key, id, stamp, body));
}

static void job_landed(struct hook_job *job)
{
    struct sandbox *sandbox = job->shop->sandbox;
    if (job->flying_older) {
        job->flying_older->flying_newer = job->flying_newer;
    }
    if (job->flying_newer) {
        job->flying_newer->flying_older = job->flying_older;
    } else {
        sandbox->flying = job->flying_older;
    }
    job->shop->stats.hooks_flying--;
}

static int64_t retry_us(const struct hook_job *job)
{
    const struct shop *shop = job->shop;
    if (shop->platform->hook_retry_us) {
        return shop->platform->hook_retry_us(job);
    }
    return job->attempts > TRIES_MAX ? -1 : hook_retry_doubling_us(job);
}

int64_t hook_retry_doubling_us(const struct hook_job *job)
{
    return job->shop->retry_us << (job->attempts - 1 < 16 ? job->attempts - 1 : 16);
}

static void job_failed(struct hook_job *job)
{
    struct shop *shop = job->shop;
    job->attempts++;
    int64_t delay_us = retry_us(job);
    if (delay_us < 0) {
        shop->stats.hooks_failed++;
        job_free(job);
        return;
    }
    shop->stats.hooks_retried++;
    job_later(job, delay_us);
}

static bool status_is_good(const struct platform *platform, int status)
{
    return platform->hook_is_good ? platform->hook_is_good(status) : status >= 200 && status <= 299;
}

static void on_reply(void *arg, const struct env_reply *reply)
{
    struct hook_job *job = arg;
    struct shop *shop = job->shop;
    bool is_good = status_is_good(shop->platform, reply->err ? 0 : reply->response.status);
    job_landed(job);
    if (shop->platform->hook_done) {
        shop->platform->hook_done(job, is_good);
    }
    if (is_good) {
        shop->stats.hooks_sent++;
        job_free(job);
    } else {
        job_failed(job);
    }
    hooks_pump(shop);
}

static struct slice job_url(const struct hook_job *job, struct arena *arena)
{
    const struct shop *shop = job->shop;
    if (shop->platform->hook_url) {
        return shop->platform->hook_url(job, arena);
    }
    if (job->topic[0] == '\0') {
        return shop->hooks_url;
    }
    return arena_printf(arena, "%.*s/%s", SLICE_ARG(shop->hooks_url), job->topic);
}

static void job_launch(struct hook_job *job)
{
    struct shop *shop = job->shop;
    struct sandbox *sandbox = shop->sandbox;
    struct arena *arena = &sandbox->hook_turn;
    struct hook_head head = {0};
    struct slice body = {job->body, job->body_n};

    arena_clear(arena);
    hook_head_add(&head, "Content-Type", SLICE("application/json"));
    if (shop->platform->hook_body) {
        buf_clear(&sandbox->scratch);
        if (!shop->platform->hook_body(job, arena, &sandbox->scratch)) {
            job_free(job);
            return;
        }
        body = buf_view(&sandbox->scratch);
    }
    if (shop->platform->hook_head) {
        shop->platform->hook_head(job, body, &head, arena);
    }
    job->flying_newer = NULL;
    job->flying_older = sandbox->flying;
    if (sandbox->flying) {
        sandbox->flying->flying_newer = job;
    }
    sandbox->flying = job;
    shop->stats.hooks_flying++;

    struct env_call call = {
        .request = {.method = SLICE("POST"),
                    .url = job_url(job, arena),
                    .headers = head.headers,
                    .headers_count = head.count,
                    .body = body},
        .timeout_us = HOOK_TIMEOUT_US,
        .private_ok = true,
    };
    sandbox->env->ops->http(sandbox->env, &call, on_reply, job);
}

void hooks_pump(struct shop *shop)
{
    while (shop->queue_head && shop->released > 0 &&
           shop->stats.hooks_flying < shop->parallel_max) {
        struct hook_job *job = shop->queue_head;
        shop->queue_head = job->next;
        if (!shop->queue_head) {
            shop->queue_tail = &shop->queue_head;
        }
        shop->released--;
        job_launch(job);
    }
}

/* ---- sending ---- */

int64_t hook_fault_delay_us(struct shop *shop)
{
    const struct shop_faults *f = &shop->faults;
    struct dice *dice = &shop->sandbox->dice;
    int64_t delay_us =
        dice_between(dice, f->hook_delay_ms_min * US_PER_MS, f->hook_delay_ms_max * US_PER_MS);
    if (dice_permille(dice, f->hook_reorder)) {
        delay_us += dice_between(dice, 1, REORDER_US_MAX);
    }
    return delay_us;
}

static void job_start(struct hook_job *job, int64_t delay_us)
{
    if (delay_us > 0) {
        job_later(job, delay_us);
    } else {
        job_enqueue(job);
    }
}

/* The same delivery again, with the same ids, as senders do whose first try was answered late. */
static void job_duplicate(const struct hook_job *job, int64_t delay_us)
{
    struct shop *shop = job->shop;
    struct hook_job *twin = job_new(shop, (struct slice){job->body, job->body_n});
    if (!twin) {
        return;
    }
    twin->topic = job->topic;
    twin->what = job->what;
    twin->id = job->id;
    twin->webhook = job->webhook;
    twin->triggered_us = job->triggered_us;
    memcpy(twin->delivery_id, job->delivery_id, sizeof(twin->delivery_id));
    memcpy(twin->event_id, job->event_id, sizeof(twin->event_id));
    shop->stats.hooks_duplicated++;
    job_start(twin, delay_us + dice_between(&shop->sandbox->dice, 0, 50 * US_PER_MS));
}

/* False: a fault swallowed it, nothing will ever leave. */
static bool job_send(struct hook_job *job)
{
    struct shop *shop = job->shop;
    struct dice *dice = &shop->sandbox->dice;
    int64_t delay_us = hook_fault_delay_us(shop);
    int64_t copies = shop->faults.hook_copies > 1 ? shop->faults.hook_copies : 1;
    if (dice_permille(dice, shop->faults.hook_duplicate)) {
        job_duplicate(job, delay_us);
    }
    for (int64_t more = dice_between(dice, 0, copies - 1); more > 0; more--) {
        job_duplicate(job, hook_fault_delay_us(shop));
    }
    if (dice_permille(dice, shop->faults.hook_lose)) {
        shop->stats.hooks_lost++;
        if (shop->platform->hooks_never_lost) {
            job_failed(job);
            return true;
        }
        job_free(job);
        return false;
    }
    job_start(job, delay_us);
    return true;
}

void hook_send(
    struct shop *shop, const char *topic, const char *event_id, struct slice body, int64_t order_id)
{
    if (shop->hooks_url.n == 0 && !shop->platform->hook_url) {
        return;
    }
    struct hook_job *job = job_new(shop, body);
    if (!job) {
        return;
    }
    job->topic = topic;
    job->id = order_id;
    snprintf(job->event_id, sizeof(job->event_id), "%s", event_id);
    job_send(job);
}

void hook_send_to(struct shop *shop, size_t webhook, struct slice body)
{
    struct hook_job *job = job_new(shop, body);
    if (job) {
        job->topic = "";
        job->webhook = webhook;
        job_send(job);
    }
}

struct queue_task {
    struct task task;
    struct shop *shop;
};

static void queue_task_drop(struct task *task)
{
    free(task);
}

static void queue_run(struct task *task)
{
    struct shop *shop = ((struct queue_task *)task)->shop;
    free(task);
    shop->queue_runs = false;
    shop->released = 0;
    for (const struct hook_job *job = shop->queue_head; job; job = job->next) {
        shop->released++;
    }
    hooks_pump(shop);
}

static void queue_plan(struct shop *shop)
{
    if (shop->queue_us <= 0 || shop->queue_runs) {
        return;
    }
    struct queue_task *plan = calloc(1, sizeof(*plan));
    must(plan != NULL);
    plan->task.run = queue_run;
    plan->task.drop = queue_task_drop;
    plan->shop = shop;
    shop->queue_runs = sandbox_later(shop->sandbox, &plan->task, shop->queue_us);
}

bool hook_send_late(struct shop *shop, size_t webhook, enum hook_what what, int64_t id)
{
    struct hook_job *job = shop->queue_us < 0 ? NULL : job_new(shop, (struct slice){0});
    if (!job) {
        return false;
    }
    job->what = what;
    job->id = id;
    job->webhook = webhook;
    return job_send(job);
}

void hooks_free(struct sandbox *sandbox)
{
    for (size_t i = 0; i < sandbox->shops_count; i++) {
        struct shop *shop = sandbox->shops[i];
        while (shop->queue_head) {
            struct hook_job *job = shop->queue_head;
            shop->queue_head = job->next;
            job_free(job);
        }
    }
    while (sandbox->flying) {
        struct hook_job *job = sandbox->flying;
        sandbox->flying = job->flying_older;
        job_free(job);
    }
}
