/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outbound calls on the loop: curl's multi-socket interface.
 *
 * Runs are pooled, and so are poll handles: one per number of a file, stopped but not closed when
 * curl is through with the socket.
 */
#include "env/env_uv_call.h"
#include "env/env_uv_internal.h"

#define CONNECTIONS_KEPT 64L
#define CONNECTIONS_MAX 256L
#define CONNECTIONS_PER_HOST_MAX 48L
#define POOL_MAX 64

struct socket_poll {
    uv_poll_t uv;
    struct env_http *http;
};

struct env_http {
    struct env_uv *env;
    CURLM *multi;
    uv_timer_t timer;           /* curl's timeouts */
    uv_timer_t fail_timer;      /* answers calls that could not start */
    struct socket_poll **polls; /* by number of the file */
    size_t polls_count;
    struct call_run *running, *failed, *pool;
    size_t pool_count;
};

/* ---- runs ---- */

static struct call_run *run_take(struct env_http *http)
{
    struct call_run *run = http->pool;
    if (!run) {
        return run_new(&http->env->env);
    }
    http->pool = run->next;
    http->pool_count--;
    return run;
}

static void run_list(struct call_run **list, struct call_run *run)
{
    run->prev = NULL;
    run->next = *list;
    if (run->next) {
        run->next->prev = run;
    }
    *list = run;
}

static void run_unlist(struct call_run **list, struct call_run *run)
{
    if (run->prev) {
        run->prev->next = run->next;
    } else {
        *list = run->next;
    }
    if (run->next) {
        run->next->prev = run->prev;
    }
    run->next = run->prev = NULL;
}

static void run_release(struct env_http *http, struct call_run *run)
{
    if (http->pool_count == POOL_MAX) {
        run_free(run);
        return;
    }
    run_clear(run);
    run->next = http->pool;
    http->pool = run;
    http->pool_count++;
}

static void finished_deliver(struct env_http *http)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(http->multi, &left))) {
        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        char *private = NULL;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
        struct call_run *run = (struct call_run *)(void *)private;
        curl_multi_remove_handle(http->multi, run->curl);
        run_unlist(&http->running, run);
        run_answer(run, code);
        run_release(http, run);
    }
}

/* ---- the loop ---- */

static void on_socket_event(uv_poll_t *uv, int status, int events)
{
    struct socket_poll *poll = uv->data;
    uv_os_fd_t fd;
    int flags = 0, running;

    must(uv_fileno((uv_handle_t *)uv, &fd) == 0);
    if (status < 0) {
        flags = CURL_CSELECT_ERR;
    } else {
        flags |= events & UV_READABLE ? CURL_CSELECT_IN : 0;
        flags |= events & UV_WRITABLE ? CURL_CSELECT_OUT : 0;
    }
    curl_multi_socket_action(poll->http->multi, fd, flags, &running);
    finished_deliver(poll->http);
}

static struct socket_poll *poll_of(struct env_http *http, curl_socket_t fd)
{
    size_t index = (size_t)fd;

    if (index >= http->polls_count) {
        size_t count = (index + 1) * 2;
        struct socket_poll **polls = realloc(http->polls, count * sizeof(struct socket_poll *));
        if (!polls) {
            return NULL;
        }
        memset(polls + http->polls_count, 0, (count - http->polls_count) * sizeof(polls[0]));
        http->polls = polls;
        http->polls_count = count;
    }
    struct socket_poll *poll = http->polls[index];
    if (!poll) {
        poll = calloc(1, sizeof(*poll));
        if (!poll) {
            return NULL;
        }
        poll->http = http;
        if (uv_poll_init_socket(&http->env->loop, &poll->uv, fd) != 0) {
            free(poll);
            return NULL;
        }
        poll->uv.data = poll;
        http->polls[index] = poll;
    }
    return poll;
}

static int on_watch(CURL *curl, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
    struct env_http *http = arg;
    int events = 0;

    (void)curl;
    (void)socket_arg;
    if (what == CURL_POLL_REMOVE) {
        if ((size_t)fd < http->polls_count && http->polls[fd]) {
            uv_poll_stop(&http->polls[fd]->uv);
        }
        return 0;
    }
    struct socket_poll *poll = poll_of(http, fd);
    if (!poll) {
        return -1;
    }
    events |= what & CURL_POLL_IN ? UV_READABLE : 0;
    events |= what & CURL_POLL_OUT ? UV_WRITABLE : 0;
    return uv_poll_start(&poll->uv, events, on_socket_event) == 0 ? 0 : -1;
}

static void on_timeout(uv_timer_t *timer)
{
    struct env_uv *env = timer->loop->data;
    int running;

    curl_multi_socket_action(env->http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    finished_deliver(env->http);
}

static int on_want_timeout(CURLM *multi, long timeout_ms, void *arg)
{
    struct env_http *http = arg;

    (void)multi;
    if (timeout_ms < 0) {
        return uv_timer_stop(&http->timer) == 0 ? 0 : -1;
    }
    uv_update_time(&http->env->loop);
    return uv_timer_start(&http->timer, on_timeout, (uint64_t)timeout_ms, 0) == 0 ? 0 : -1;
}

/* Only those that failed before: a caller that tries again at once must not keep the loop here. */
static void on_failed(uv_timer_t *timer)
{
    struct env_uv *env = timer->loop->data;
    struct env_http *http = env->http;
    struct call_run *failed = http->failed, *run;

    http->failed = NULL;
    while ((run = failed)) {
        struct env_reply reply = {.sent_us = run->sent_us, .answered_us = env_mono_us(&env->env)};
        run_unlist(&failed, run);
        reply.err = err_note(&reply.note, ERR_NET, "%s", run->failed);
        run->fn(run->arg, &reply);
        run_release(http, run);
    }
}

void http_start(struct env *env, const struct env_call *call, env_reply_fn *fn, void *arg)
{
    struct env_http *http = env_uv_of(env)->http;
    struct call_run *run = run_take(http);

    /* Without memory for a call there is none to tell its owner later either. */
    must(run);
    run->fn = fn;
    run->arg = arg;
    run->sent_us = env_mono_us(env);
    if (run_build(run, call)) {
        run_list(&http->running, run);
        if (curl_multi_add_handle(http->multi, run->curl) == CURLM_OK) {
            return;
        }
        run_unlist(&http->running, run);
        run->failed = "curl refused the call";
    }
    run_list(&http->failed, run);
    uv_timer_start(&http->fail_timer, on_failed, 0, 0);
}

/* ---- life ---- */

enum err http_init(struct env_uv *env, struct err_note *note)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return err_note(note, ERR_IO, "libcurl does not start");
    }
    struct env_http *http = calloc(1, sizeof(*http));
    if (!http) {
        return err_note(note, ERR_MEMORY, "no memory for outbound calls");
    }
    env->http = http;
    http->env = env;
    must(uv_timer_init(&env->loop, &http->timer) == 0);
    must(uv_timer_init(&env->loop, &http->fail_timer) == 0);
    http->multi = curl_multi_init();
    if (!http->multi) {
        return err_note(note, ERR_MEMORY, "no memory for outbound calls");
    }
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_watch);
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_want_timeout);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
    curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, CONNECTIONS_KEPT);
    curl_multi_setopt(http->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, CONNECTIONS_MAX);
    curl_multi_setopt(http->multi, CURLMOPT_MAX_HOST_CONNECTIONS, CONNECTIONS_PER_HOST_MAX);
    return ERR_OK;
}

static void runs_free(struct env_http *http, struct call_run *run)
{
    while (run) {
        struct call_run *next = run->next;
        if (run->curl) {
            curl_multi_remove_handle(http->multi, run->curl);
        }
        run_free(run);
        run = next;
    }
}

static void poll_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void http_close(struct env_uv *env)
{
    struct env_http *http = env->http;
    if (!http) {
        return;
    }
    runs_free(http, http->running);
    runs_free(http, http->failed);
    runs_free(http, http->pool);
    curl_multi_cleanup(http->multi);
    for (size_t i = 0; i < http->polls_count; i++) {
        if (http->polls[i]) {
            uv_close((uv_handle_t *)&http->polls[i]->uv, poll_closed);
        }
    }
    free(http->polls);
    http->polls_count = 0;
}

void http_free(struct env_uv *env)
{
    free(env->http);
}
