/* SPDX-License-Identifier: Apache-2.0 */
#include "env/env_uv_call.h"

#include <netinet/in.h>

#include "env/env_address.h"

#define REPLY_MAX ((size_t)8 << 20)
#define REPLY_HEAD_MAX ((size_t)64 << 10)
#define TIMEOUT_US (30 * US_PER_S)
#define CONNECT_US (10 * US_PER_S)
#define KEEP_MAX ((size_t)64 << 10) /* memory of each kind that a run keeps between calls */

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
    run->sent_us = env_mono_us(run->env);
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
    SET(CURLOPT_QUICK_EXIT, 1L); /* a call that ends while its name is looked up must not wait */
    SET(CURLOPT_PROXY, "");      /* a proxy would look up names itself, past the address check */
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

void run_free(struct call_run *run)
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

struct call_run *run_new(struct env *env)
{
    struct call_run *run = calloc(1, sizeof(*run));
    if (!run) {
        return NULL;
    }
    run->env = env;
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

static void buf_recycle(struct buf *buf)
{
    if (buf->cap > KEEP_MAX) {
        buf_free(buf);
    } else {
        buf_clear(buf);
    }
}

void run_clear(struct call_run *run)
{
    curl_slist_free_all(run->headers);
    run->headers = NULL;
    buf_recycle(&run->body);
    buf_recycle(&run->reply_head);
    buf_recycle(&run->reply);
    run->attempts = 0;
    run->repeat_refused = run->address_refused = false;
    run->reply_too_large = run->head_ended = false;
    run->failed = NULL;
    run->curl_note[0] = '\0';
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

bool run_build(struct call_run *run, const struct env_call *call)
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

void run_answer(struct call_run *run, CURLcode code)
{
    struct env_reply reply = {.sent_us = run->sent_us};
    size_t count = code == CURLE_OK ? headers_read(run) : 0;
    const char *fault = code == CURLE_OK ? reply_fault(run, count) : failure_text(run, code);
    long status = 0;

    reply.answered_us = env_mono_us(run->env);
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
