/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>

#include "base/json_write.h"
#include "base/log.h"
#include "cli/control.h"
#include "cli/control_call.h"
#include "engine/problem.h"
#include "engine/request.h"

#define BODY_MAX ((size_t)2 << 20) /* as on the API's own listener */
#define ANSWER_MAX ((size_t)64 << 10)
#define PIECE ((size_t)64 << 10)    /* the thread hands over about so much of a dump */
#define FILL_MAX ((size_t)32 << 20) /* a piece and the longest line */
#define STUCK_MAX_US (30 * US_PER_S)
#define LOOK_US (250 * US_PER_MS) /* how often a job's client is looked after */
#define RETRY_US (2 * US_PER_MS)  /* the same, while it has not taken what was sent */

enum job_kind { JOB_VERIFY, JOB_DUMP };

/*
 * One verify or dump. The thread fills `filling`, hands it over as `ready`, and waits until the
 * loop has taken that. The loop frames `ready` as `chunk` and sends it.
 */
struct job {
    struct control *control;
    enum job_kind kind;
    struct http_exchange *x;
    pthread_t thread;

    /* the thread's; the loop reads them when is_done */
    struct buf filling;
    enum err err;
    struct err_note note;
    struct verify_report report;

    /* under the lock */
    pthread_mutex_t lock;
    pthread_cond_t taken;
    struct store *reader; /* opened by the thread, closed by the loop */
    struct buf ready;
    bool is_done, is_dropped;

    /* the loop's */
    struct buf chunk;
    bool is_begun, has_end;
    int64_t stuck_since_us; /* 0: the client takes what comes */
};

struct control {
    struct control_config config;
    struct http_server *http;
    struct env_wake *wake;
    struct env_timer *timer;
    struct job *job; /* NULL: none */
    bool is_stopping;
};

/* ---- answers ---- */

static void answer(struct http_exchange *x, int status, struct slice body)
{
    const struct http_header type = {SLICE("Content-Type"),
                                     status >= 400 ? SLICE("application/problem+json")
                                                   : SLICE("application/json")};
    http_answer(x, status, &type, 1, body);
}

static void refuse(struct http_exchange *x, int status, const char *kind, const char *detail)
{
    ON_EXIT(buf_free) struct buf body;
    buf_init(&body, ANSWER_MAX);
    problem_write(&body, status, kind, slice_of(detail), NULL);
    answer(x, status, buf_view(&body));
}

/* ---- the thread ---- */

static void job_hand_over(struct job *job)
{
    pthread_mutex_lock(&job->lock);
    while (job->ready.n && !job->is_dropped) {
        pthread_cond_wait(&job->taken, &job->lock);
    }
    if (!job->is_dropped) {
        struct buf swap = job->ready;
        job->ready = job->filling;
        job->filling = swap;
    }
    pthread_mutex_unlock(&job->lock);
    job->control->config.env->ops->wake_send(job->control->wake);
}

static void put_line(void *arg, struct slice text)
{
    struct job *job = arg;
    buf_slice(&job->filling, text);
    buf_char(&job->filling, '\n');
    if (job->filling.overflow) {
        return; /* of memory: the end of the job finds it */
    }
    if (job->filling.n >= PIECE) {
        job_hand_over(job);
        buf_clear(&job->filling);
    }
}

static enum err job_open(struct job *job)
{
    struct store *reader = NULL;
    enum err e = engine_reader(job->control->config.engine, &reader, &job->note);
    pthread_mutex_lock(&job->lock);
    job->reader = reader;
    bool is_dropped = job->is_dropped;
    pthread_mutex_unlock(&job->lock);
    return !e && is_dropped ? ERR_LIMIT : e;
}

static enum err job_run(struct job *job)
{
    enum err e = job_open(job);
    if (e || job->kind == JOB_VERIFY) {
        return e ? e : store_verify(job->reader, &job->report, &job->note);
    }
    e = store_dump(job->reader, put_line, job, &job->note);
    if (!e && job->filling.overflow) {
        e = err_note(&job->note, ERR_MEMORY, "no memory for a piece of the dump");
    }
    if (!e && job->filling.n) {
        job_hand_over(job);
    }
    return e;
}

static void *job_thread(void *arg)
{
    struct job *job = arg;
    enum err e = job_run(job);
    pthread_mutex_lock(&job->lock);
    job->err = e;
    job->is_done = true;
    pthread_mutex_unlock(&job->lock);
    job->control->config.env->ops->wake_send(job->control->wake);
    return NULL;
}

/* ---- the loop's side of it ---- */

/* Nobody wants the rest. The thread ends soon, and says so. */
static void job_drop(struct job *job)
{
    buf_clear(&job->chunk);
    pthread_mutex_lock(&job->lock);
    if (!job->is_dropped) {
        job->is_dropped = true;
        buf_clear(&job->ready);
        if (job->reader) {
            store_interrupt(job->reader);
        }
        pthread_cond_signal(&job->taken);
    }
    pthread_mutex_unlock(&job->lock);
}

static void job_free(struct job *job)
{
    store_close(job->reader);
    pthread_mutex_destroy(&job->lock);
    pthread_cond_destroy(&job->taken);
    buf_free(&job->filling);
    buf_free(&job->ready);
    buf_free(&job->chunk);
    free(job);
}

/* Fills `chunk` when it is empty and there is something. True: the thread is through, and all it
 * handed over has been taken. */
static bool job_take(struct job *job)
{
    pthread_mutex_lock(&job->lock);
    if (job->ready.n && job->chunk.n == 0) {
        buf_printf(&job->chunk, "%zx\r\n", job->ready.n);
        buf_slice(&job->chunk, buf_view(&job->ready));
        buf_text(&job->chunk, "\r\n");
        buf_clear(&job->ready);
        pthread_cond_signal(&job->taken);
    }
    bool is_through = job->is_done && job->ready.n == 0;
    pthread_mutex_unlock(&job->lock);
    return is_through;
}

/* False: not now, or nobody is there to take it. */
static bool job_send(struct job *job)
{
    static const struct http_header headers[] = {{{"Content-Type", 12}, {"application/jsonl", 17}},
                                                 {{"Transfer-Encoding", 17}, {"chunked", 7}}};
    int64_t now_us = env_mono_us(job->control->config.env);
    if (!job->is_begun) {
        http_stream_begin(job->x, 200, headers, COUNT_OF(headers));
        job->is_begun = true;
    }
    if (!job->chunk.overflow && http_stream_write(job->x, buf_view(&job->chunk))) {
        buf_clear(&job->chunk);
        job->stuck_since_us = 0;
        return true;
    }
    if (job->stuck_since_us == 0) {
        job->stuck_since_us = now_us;
    }
    if (job->chunk.overflow || job->x->is_gone || now_us - job->stuck_since_us > STUCK_MAX_US) {
        job_drop(job);
    }
    return false;
}

static void answer_verified(const struct job *job)
{
    ON_EXIT(buf_free) struct buf body;
    const struct verify_report *r = &job->report;
    char chain[2 * sizeof(r->chain) + 1];
    buf_init(&body, ANSWER_MAX);
    for (size_t i = 0; i < sizeof(r->chain); i++) {
        snprintf(chain + 2 * i, 3, "%02x", r->chain[i]);
    }
    struct json_writer w = json_writer(&body);
    json_begin_object(&w);
    json_field_bool(&w, "ok", job->err == ERR_OK);
    if (job->err) {
        json_field_str(&w, "detail", job->note.text[0] ? job->note.text : err_text(job->err));
    }
    json_field_int(&w, "commits", r->commits);
    json_field_int(&w, "events", r->events);
    json_field_int(&w, "movements", r->movements);
    json_field_int(&w, "orders", r->orders);
    json_field_int(&w, "skus", r->skus);
    json_field_str(&w, "chain", chain);
    json_end_object(&w);
    answer(job->x, 200, buf_view(&body));
}

/* The thread has ended, and what it made was sent or dropped. */
static void job_end(struct control *control)
{
    struct job *job = control->job;
    control->job = NULL;
    pthread_join(job->thread, NULL);
    if (job->err && !job->is_dropped) {
        LOG(LOG_ERROR,
            job->kind == JOB_VERIFY ? "verify found a fault" : "the dump broke off",
            LOG_STR("err", err_name(job->err)),
            LOG_STR("note", job->note.text));
    }
    if (job->is_begun) {
        http_stream_end(job->x);
    } else if (job->is_dropped) {
        refuse(job->x, 503, "stopping", "the server is stopping: ask again when it has stopped");
    } else if (job->kind == JOB_VERIFY) {
        answer_verified(job);
    } else {
        refuse(job->x, 500, "dump", job->note.text[0] ? job->note.text : err_text(job->err));
    }
    job_free(job);
}

/* True when nothing more will come of it. */
static bool job_step(struct job *job)
{
    if (job->x->is_gone) {
        job_drop(job);
    }
    for (;;) {
        bool is_through = job_take(job);
        if (is_through && job->chunk.n == 0) {
            if (job->kind == JOB_VERIFY || job->err || job->is_dropped || job->has_end) {
                return true;
            }
            buf_text(&job->chunk, "0\r\n\r\n");
            job->has_end = true;
        }
        if (job->chunk.n == 0 || !job_send(job)) {
            return false;
        }
    }
}

static void control_step(void *arg)
{
    struct control *control = arg;
    struct job *job = control->job;
    if (job && job_step(job)) {
        job_end(control);
        job = NULL;
    }
    control->config.env->ops->timer_set(control->timer,
                                        !job                  ? -1
                                        : job->stuck_since_us ? RETRY_US
                                                              : LOOK_US);
}

/* ---- requests ---- */

static void start_job(struct control *control, struct http_exchange *x, enum job_kind kind)
{
    if (control->job) {
        refuse(x,
               409,
               "busy",
               "the server is at another verify or dump: try again when that has ended");
        return;
    }
    struct job *job = calloc(1, sizeof(*job));
    if (!job) {
        refuse(x, 503, "memory", "the server is out of memory");
        return;
    }
    job->control = control;
    job->kind = kind;
    job->x = x;
    pthread_mutex_init(&job->lock, NULL);
    pthread_cond_init(&job->taken, NULL);
    buf_init(&job->filling, FILL_MAX);
    buf_init(&job->ready, FILL_MAX);
    buf_init(&job->chunk, FILL_MAX + 64);
    if (pthread_create(&job->thread, NULL, job_thread, job) != 0) {
        job_free(job);
        refuse(x, 503, "threads", "the server cannot start a thread");
        return;
    }
    control->job = job;
    control->config.env->ops->timer_set(control->timer, LOOK_US);
}

static void on_verify(struct control *control, struct http_exchange *x)
{
    start_job(control, x, JOB_VERIFY);
}

static void on_dump(struct control *control, struct http_exchange *x)
{
    start_job(control, x, JOB_DUMP);
}

static void on_ping(struct control *control, struct http_exchange *x)
{
    (void)control;
    http_answer(x, 204, NULL, 0, (struct slice){0});
}

/* Who waits for a token: outlives the control, as the turn may. */
struct asking {
    struct http_exchange *x;
    struct api *api;
};

static void token_made(struct turn *turn)
{
    const struct asking *asking = turn->owner;
    if (turn->err) {
        refuse(asking->x,
               503,
               "not-committed",
               turn->note.text[0] ? turn->note.text : err_text(turn->err));
    } else {
        api_tokens_changed(asking->api);
        answer(asking->x, turn->status, buf_view(&turn->answer));
    }
    turn_free(turn);
}

static void on_token(struct control *control, struct http_exchange *x)
{
    struct turn *turn = turn_new(TURN_REQUEST, token_made, NULL);
    struct asking *asking = turn ? ARENA_NEW(&turn->arena, struct asking) : NULL;
    if (asking) {
        *asking = (struct asking){x, control->config.api};
        turn->owner = asking;
        turn->run = request_tokens_create;
        turn->method = x->request.method; /* the exchange lives until it is answered */
        turn->path = x->request.url;
        turn->body = x->request.body;
        turn->token_id = API_TOKEN_CONSOLE;
        turn->token_name = SLICE("console");
        turn->asker = (struct asker){.via = VIA_CLI, .action = "createToken"};
    }
    if (!asking || !engine_submit(control->config.engine, turn)) {
        turn_free(turn);
        refuse(x, 503, "busy", "the server takes no more writes now: try again");
    }
}

/* What may be larger than BODY_MAX here: whoever sends it may fill the disk anyway. */
static size_t body_max_of(void *arg, const struct http_request *head)
{
    static const struct {
        const char *method, *path;
        size_t max;
    } bodies[] = {
        {"POST", "/v1/movements", (size_t)16 << 20}, /* 10,000 lines with long references */
    };
    (void)arg;
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        if (slice_is(head->method, bodies[i].method) && slice_is(head->url, bodies[i].path)) {
            return bodies[i].max;
        }
    }
    return api_body_max(head);
}

static void on_request(void *arg, struct http_exchange *x)
{
    static const struct {
        const char *method, *path;
        void (*run)(struct control *control, struct http_exchange *x);
    } requests[] = {
        {"GET", "/ping", on_ping},
        {"POST", "/verify", on_verify},
        {"GET", "/dump", on_dump},
        {"POST", "/token", on_token},
    };
    struct control *control = arg;
    if (control->is_stopping) {
        refuse(x, 503, "stopping", "the server is stopping: ask again when it has stopped");
        return;
    }
    if (slice_starts(x->request.url, "/v1/")) {
        api_handle_console(control->config.api, x);
        return;
    }
    for (size_t i = 0; i < COUNT_OF(requests); i++) {
        if (slice_is(x->request.url, requests[i].path) &&
            slice_is(x->request.method, requests[i].method)) {
            requests[i].run(control, x);
            return;
        }
    }
    refuse(
        x, 404, "not-found", "the server that runs on this directory does not know this request");
}

/* ---- life ---- */

enum err
control_new(const struct control_config *config, struct control **out, struct err_note *note)
{
    const struct http_limits limits = {
        .body_max = BODY_MAX, .body_max_of = body_max_of, .conns_max = 64};
    struct env *env = config->env;
    struct control *control = calloc(1, sizeof(*control));
    if (!control) {
        return err_note(note, ERR_MEMORY, "no memory for the control socket");
    }
    control->config = *config;
    control->wake = env->ops->wake_new(env, control_step, control);
    control->timer = env->ops->timer_new(env, control_step, control);
    enum err e = control->wake && control->timer
                     ? ERR_OK
                     : err_note(note, ERR_MEMORY, "no memory for the control socket");
    char host[1200] = "";
    int n = snprintf(host, sizeof(host), "unix:%s/" CONTROL_FILE, config->data);
    if (!e && (n < 0 || (size_t)n >= sizeof(host))) {
        e = ERR_USAGE;
    }
    e = e ? e
          : http_server_new(env, host, 0, &limits, on_request, control, &control->http, NULL, note);
    if (e == ERR_USAGE) { /* nothing else about this host can be */
        err_note(note,
                 e,
                 "the path of '%.100s' is too long for the socket in it: give --data a shorter "
                 "path, or a relative one",
                 config->data);
    }
    if (e) {
        control_free(control);
        return e;
    }
    *out = control;
    return ERR_OK;
}

void control_stop(struct control *control)
{
    control->is_stopping = true;
    if (control->http) {
        http_server_stop(control->http);
    }
    if (control->job) {
        job_drop(control->job);
        job_end(control);
    }
}

void control_free(struct control *control)
{
    if (!control) {
        return;
    }
    control_stop(control);
    http_server_free(control->http);
    if (control->timer) {
        control->config.env->ops->timer_free(control->timer);
    }
    if (control->wake) {
        control->config.env->ops->wake_free(control->wake);
    }
    free(control);
}
