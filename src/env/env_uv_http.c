/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outbound calls: curl's multi-socket interface on the loop.
 *
 * What matters most is to say truly whether a request may have arrived. curl would silently repeat
 * a request whose kept-alive connection broke; the pre-request callback, which curl calls before
 * each attempt, lets that happen only while nothing has left.
 *
 * Runs, their curl handles and their buffers are pooled, and so are the poll handles: one per
 * number of a file, stopped but not closed when curl is through with the socket.
 */
#include "env/env_uv_internal.h"

#include <curl/curl.h>
#include <netinet/in.h>

#include "env/env_address.h"

#define REPLY_MAX ((size_t)8 << 20)
#define REPLY_HEAD_MAX ((size_t)64 << 10)
#define REPLY_HEADERS_MAX 200
#define TIMEOUT_US (30 * US_PER_S)
#define CONNECT_US (10 * US_PER_S)
#define CONNECTIONS_KEPT 64L
#define CONNECTIONS_MAX 256L
#define CONNECTIONS_PER_HOST_MAX 48L
#define POOL_MAX 64
#define KEEP_MAX ((size_t)64 << 10) /* memory of each kind that a pooled run keeps */

struct call_run {
    struct env_http *http;
    CURL *curl;
    struct curl_slist *headers;
    struct call_run *next, *prev;
    env_reply_fn *fn;
    void *arg;
    struct buf body;              /* of the request: curl borrows it */
    struct buf reply_head, reply; /* of the response, as it came */
    int64_t sent_us;
    int attempts;
    bool private_ok;
    bool repeat_refused; /* curl wanted to send again what may have arrived */
    bool address_refused;
    bool head_ended, reply_too_large;
    const char *failed; /* could not even start: why */
    char curl_note[CURL_ERROR_SIZE];
    struct http_header headers_read[REPLY_HEADERS_MAX];
};

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

/* ---- what curl asks while a call runs ---- */

static bool sockaddr_is_public(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof(v4));
        uint8_t bytes[4];
        memcpy(bytes, &v4.sin_addr, sizeof(bytes));
        return address_v4_is_public(bytes);
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof(v6));
        uint8_t bytes[16];
        memcpy(bytes, &v6.sin6_addr, sizeof(bytes));
        return address_v6_is_public(bytes);
    }
    return false;
}

static curl_socket_t on_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct call_run *run = arg;
    (void)purpose;
    if (!run->private_ok && !sockaddr_is_public(&address->addr)) {
        run->address_refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Connected, the request not yet sent. Also judges the address of a connection that is used again.
 */
static int on_request(void *arg, char *peer, char *local, int peer_port, int local_port)
{
    struct call_run *run = arg;
    long sent = 0;

    (void)local;
    (void)peer_port;
    (void)local_port;
    if (!run->private_ok && !address_text_is_public(peer)) {
        run->address_refused = true;
        return CURL_PREREQFUNC_ABORT;
    }
    curl_easy_getinfo(run->curl, CURLINFO_REQUEST_SIZE, &sent);
    if (run->attempts++ > 0 && sent > 0) {
        run->repeat_refused = true;
        return CURL_PREREQFUNC_ABORT;
    }
    run->sent_us = env_mono_us(&run->http->env->env);
    return CURL_PREREQFUNC_OK;
}

/* Every line of the head, then of trailers, which nobody wants. A new status line (after 100
 * Continue) starts over. */
static size_t on_header(char *bytes, size_t size, size_t n, void *arg)
{
    struct call_run *run = arg;
    struct slice line = {bytes, size * n};

    if (slice_starts(line, "HTTP/")) {
        buf_clear(&run->reply_head);
        run->head_ended = false;
    }
    if (run->head_ended) {
        return line.n;
    }
    run->head_ended = slice_trim(line).n == 0;
    buf_slice(&run->reply_head, line);
    if (run->reply_head.overflow) {
        run->reply_too_large = true;
        return 0;
    }
    return line.n;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
    struct call_run *run = arg;

    buf_put(&run->reply, bytes, size * n);
    if (run->reply.overflow) {
        run->reply_too_large = true;
        return 0;
    }
    return size * n;
}

/* ---- runs ---- */

/* What is the same for every call. */
static bool run_prepare(struct call_run *run)
{
    CURL *curl = run->curl;
    CURLcode e = CURLE_OK;

#define SET(option, value) (e = e ? e : curl_easy_setopt(curl, (option), (value)))
    SET(CURLOPT_PRIVATE, run);
    SET(CURLOPT_ERRORBUFFER, run->curl_note);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_PROXY, ""); /* a proxy would look up names itself, past the address check */
    SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_USERAGENT, "truecount");
    SET(CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    SET(CURLOPT_OPENSOCKETDATA, run);
    SET(CURLOPT_PREREQFUNCTION, on_request);
    SET(CURLOPT_PREREQDATA, run);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, run);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, run);
#undef SET
    return e == CURLE_OK;
}

static void run_free(struct call_run *run)
{
    if (run) {
        if (run->curl) {
            curl_easy_cleanup(run->curl);
        }
        curl_slist_free_all(run->headers);
        buf_free(&run->body);
        buf_free(&run->reply_head);
        buf_free(&run->reply);
        free(run);
    }
}

static struct call_run *run_new(struct env_http *http)
{
    struct call_run *run = http->pool;
    if (run) {
        http->pool = run->next;
        http->pool_count--;
        return run;
    }
    run = calloc(1, sizeof(*run));
    if (!run) {
        return NULL;
    }
    run->http = http;
    buf_init(&run->body, SIZE_MAX / 2);
    buf_init(&run->reply_head, REPLY_HEAD_MAX);
    buf_init(&run->reply, REPLY_MAX);
    run->curl = curl_easy_init();
    if (!run->curl || !run_prepare(run)) {
        run_free(run);
        return NULL;
    }
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

static void buf_recycle(struct buf *buf)
{
    if (buf->cap > KEEP_MAX) {
        buf_free(buf);
    } else {
        buf_clear(buf);
    }
}

static void run_release(struct call_run *run)
{
    struct env_http *http = run->http;

    curl_slist_free_all(run->headers);
    run->headers = NULL;
    if (http->pool_count == POOL_MAX) {
        run_free(run);
        return;
    }
    buf_recycle(&run->body);
    buf_recycle(&run->reply_head);
    buf_recycle(&run->reply);
    run->attempts = 0;
    run->repeat_refused = run->address_refused = run->reply_too_large = run->head_ended = false;
    run->failed = NULL;
    run->curl_note[0] = '\0';
    run->next = http->pool;
    http->pool = run;
    http->pool_count++;
}

/* ---- building a request ---- */

static bool header_add(struct call_run *run, const char *line)
{
    struct curl_slist *longer = curl_slist_append(run->headers, line);
    if (longer) {
        run->headers = longer;
    }
    return longer != NULL;
}

/* One of our own headers or of the caller's; an empty value would remove it, so curl wants "Name;".
 */
static bool headers_build(struct call_run *run, const struct http_request *request)
{
    bool has_type = false;
    ON_EXIT(buf_free) struct buf line;
    buf_init(&line, REPLY_HEAD_MAX);

    for (size_t i = 0; i < request->headers_count; i++) {
        const struct http_header *h = &request->headers[i];
        buf_clear(&line);
        buf_slice(&line, h->name);
        buf_slice(&line, h->value.n ? SLICE(": ") : SLICE(";"));
        buf_slice(&line, h->value);
        if (line.overflow || memchr(line.p, '\n', line.n) || memchr(line.p, '\r', line.n) ||
            memchr(line.p, '\0', line.n)) {
            run->failed = "a header holds a line end or is too long";
            return false;
        }
        buf_char(&line, '\0');
        if (line.overflow || !header_add(run, line.p)) {
            run->failed = "out of memory";
            return false;
        }
        has_type = has_type || slice_equal_nocase(h->name, SLICE("content-type"));
    }
    /* curl would wait for 100 Continue, and call every body a form. */
    if (!header_add(run, "Expect:") || (!has_type && !header_add(run, "Content-Type:"))) {
        run->failed = "out of memory";
        return false;
    }
    return true;
}

static bool method_set(struct call_run *run, struct slice method)
{
    CURL *curl = run->curl;
    char text[24];

    if (method.n == 0 || method.n >= sizeof(text)) {
        return false;
    }
    memcpy(text, method.p, method.n);
    text[method.n] = '\0';
    curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L); /* forgets the method of the run's last call */
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, NULL);
    if (slice_is(method, "HEAD")) {
        return curl_easy_setopt(curl, CURLOPT_NOBODY, 1L) == CURLE_OK;
    }
    if (run->body.n || slice_is(method, "POST") || slice_is(method, "PUT")) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)run->body.n);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, run->body.n ? run->body.p : "");
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
    }
    return curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, text) == CURLE_OK;
}

static bool url_set(struct call_run *run, struct slice url)
{
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, REPLY_HEAD_MAX);
    buf_slice(&text, url);
    buf_char(&text, '\0');
    return !text.overflow && !memchr(url.p, '\0', url.n) &&
           curl_easy_setopt(run->curl, CURLOPT_URL, text.p) == CURLE_OK;
}

static bool run_build(struct call_run *run, const struct env_call *call)
{
    CURL *curl = run->curl;
    int64_t timeout_us = call->timeout_us > 0 ? call->timeout_us : TIMEOUT_US;
    int64_t connect_us = timeout_us < CONNECT_US ? timeout_us : CONNECT_US;

    run->private_ok = call->private_ok;
    buf_slice(&run->body, call->request.body);
    if (run->body.overflow) {
        run->failed = "out of memory";
        return false;
    }
    if (!headers_build(run, &call->request)) {
        return false;
    }
    if (!method_set(run, call->request.method) || !url_set(run, call->request.url)) {
        run->failed = "the method or the URL is not usable";
        return false;
    }
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, run->headers);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, call->private_ok ? "http,https" : "https");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)((timeout_us + 999) / 1000));
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)((connect_us + 999) / 1000));
    return true;
}

/* ---- reading the outcome ---- */

static size_t headers_read(struct call_run *run)
{
    struct slice rest = buf_view(&run->reply_head), line;
    size_t count = 0;

    slice_cut(&rest, '\n', &line); /* the status line */
    while (rest.n && count < REPLY_HEADERS_MAX) {
        struct slice name;
        slice_cut(&rest, '\n', &line);
        if (slice_cut(&line, ':', &name)) {
            run->headers_read[count++] =
                (struct http_header){.name = slice_trim(name), .value = slice_trim(line)};
        }
    }
    return count;
}

/* Nothing left only when curl never came as far as asking whether it may send. */
static enum err failure_class(const struct call_run *run)
{
    return run->attempts == 0 ? ERR_NET : ERR_UNKNOWN;
}

static const char *failure_text(const struct call_run *run, CURLcode code)
{
    if (run->address_refused) {
        return "the host's address is private or special: refused";
    }
    if (run->repeat_refused) {
        return "the connection broke after the request had left";
    }
    if (run->reply_too_large) {
        return "the reply is larger than 8 MiB";
    }
    return run->curl_note[0] ? run->curl_note : curl_easy_strerror(code);
}

/* Why an answer that curl is content with is none for us; NULL when it is one. */
static const char *reply_fault(const struct call_run *run, size_t headers_count)
{
    struct slice coding = http_header_get(run->headers_read, headers_count, "content-encoding");
    if (!run->head_ended) {
        return "the connection ended within the reply's head";
    }
    if (coding.n && !slice_equal_nocase(coding, SLICE("identity"))) {
        return "the reply is compressed although we did not offer to read that";
    }
    return NULL;
}

static void run_answer(struct call_run *run, CURLcode code)
{
    struct env_reply reply = {.sent_us = run->sent_us};
    size_t count = code == CURLE_OK ? headers_read(run) : 0;
    const char *fault = code == CURLE_OK ? reply_fault(run, count) : failure_text(run, code);
    long status = 0;

    reply.answered_us = env_mono_us(&run->http->env->env);
    if (fault) {
        reply.err = err_note(&reply.note, failure_class(run), "%s", fault);
    } else {
        curl_easy_getinfo(run->curl, CURLINFO_RESPONSE_CODE, &status);
        reply.response = (struct http_response){
            .status = (int)status,
            .headers = run->headers_read,
            .headers_count = count,
            .body = buf_view(&run->reply),
        };
    }
    run->fn(run->arg, &reply);
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
        run_release(run);
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

static void on_failed(uv_timer_t *timer)
{
    struct env_uv *env = timer->loop->data;
    struct env_http *http = env->http;
    struct call_run *run;

    while ((run = http->failed)) {
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): run_unlist has taken the freed ones off the
         * list */
        struct env_reply reply = {.sent_us = run->sent_us, .answered_us = env_mono_us(&env->env)};
        run_unlist(&http->failed, run);
        reply.err = err_note(&reply.note, ERR_NET, "%s", run->failed);
        run->fn(run->arg, &reply);
        run_release(run);
    }
}

void http_start(struct env *env, const struct env_call *call, env_reply_fn *fn, void *arg)
{
    struct env_http *http = env_uv_of(env)->http;
    struct call_run *run = run_new(http);

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
