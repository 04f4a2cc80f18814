/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One mail: curl's settings for SMTP, and the thread that it is sent from.
 *
 * Not through curl's multi interface: behind a mail's last byte, and to say good-bye, curl 7.88
 * waits for the answer without going back to the loop, and a relay that scans what it gets would
 * hold up all else.
 */
#include "env/env_uv_call.h"
#include "env/env_uv_internal.h"

#define MAIL_TIMEOUT_US (30 * US_PER_S)
#define MAIL_CONNECT_MS 10000L

struct mail_job {
    uv_work_t work;
    struct env_uv *env;
    struct call_run *run; /* what is the same for all calls is set on its handle */
    struct curl_slist *recipients;
    size_t read;
    struct env_reply reply;
};

static size_t on_read(char *out, size_t size, size_t n, void *arg)
{
    struct mail_job *job = arg;
    const struct buf *body = &job->run->body;
    size_t left = body->n - job->read, room = size * n;
    size_t count = left < room ? left : room;
    memcpy(out, body->p + job->read, count);
    job->read += count;
    return count;
}

/* Curl asks at least once a second; anything but 0 ends the transfer. */
static int
on_progress(void *arg, curl_off_t down_max, curl_off_t down, curl_off_t up_max, curl_off_t up)
{
    struct mail_job *job = arg;
    (void)down_max;
    (void)down;
    (void)up_max;
    (void)up;
    return atomic_load(&job->env->is_closing);
}

/* What must not be able to end a line of the protocol. */
static bool is_one_word(const char *text)
{
    return text && text[0] && !strpbrk(text, "\r\n <>");
}

static bool recipients_add(struct mail_job *job, const struct env_mail *mail)
{
    for (size_t i = 0; i < mail->to_count; i++) {
        struct curl_slist *longer =
            is_one_word(mail->to[i]) ? curl_slist_append(job->recipients, mail->to[i]) : NULL;
        if (!longer) {
            return false;
        }
        job->recipients = longer;
    }
    return job->recipients != NULL;
}

/* NULL, or why it cannot even start. */
static const char *job_build(struct mail_job *job, const struct env_mail *mail)
{
    struct call_run *run = job->run;
    CURL *curl = run->curl;
    CURLcode e = CURLE_OK;
    int64_t timeout_us = mail->timeout_us > 0 ? mail->timeout_us : MAIL_TIMEOUT_US;

    run->private_ok = true; /* whoever runs the server named the relay */
    buf_slice(&run->body, mail->message);
    if (run->body.overflow || !is_one_word(mail->from) || !recipients_add(job, mail)) {
        return "an address of the mail is not usable";
    }
#define SET(option, value) (e = e ? e : curl_easy_setopt(curl, (option), (value)))
    SET(CURLOPT_URL, mail->url);
    SET(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    SET(CURLOPT_USE_SSL, (long)(mail->plain_ok ? CURLUSESSL_TRY : CURLUSESSL_ALL));
    SET(CURLOPT_MAIL_FROM, mail->from);
    SET(CURLOPT_MAIL_RCPT, job->recipients);
    SET(CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L); /* a mailbox that is gone must not silence the others */
    SET(CURLOPT_UPLOAD, 1L);
    SET(CURLOPT_READFUNCTION, on_read);
    SET(CURLOPT_READDATA, job);
    SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)run->body.n);
    SET(CURLOPT_NOPROGRESS, 0L);
    SET(CURLOPT_XFERINFOFUNCTION, on_progress);
    SET(CURLOPT_XFERINFODATA, job);
    SET(CURLOPT_TIMEOUT_MS, (long)((timeout_us + 999) / 1000));
    SET(CURLOPT_CONNECTTIMEOUT_MS, MAIL_CONNECT_MS);
    if (mail->user) {
        SET(CURLOPT_USERNAME, mail->user);
        SET(CURLOPT_PASSWORD, mail->password ? mail->password : "");
    }
#undef SET
    return e != CURLE_OK ? "curl refused the mail's settings" : NULL;
}

/* On a thread of the pool; the handle ends here too, for it says good-bye. */
static void on_work(uv_work_t *work)
{
    struct mail_job *job = work->data;
    struct call_run *run = job->run;
    long status = 0;
    if (!run->failed) {
        CURLcode code = curl_easy_perform(run->curl);
        const char *note = run->curl_note[0] ? run->curl_note : curl_easy_strerror(code);
        job->reply.sent_us = run->sent_us;
        job->reply.answered_us = env_mono_us(run->env);
        curl_easy_getinfo(run->curl, CURLINFO_RESPONSE_CODE, &status);
        job->reply.response.status = (int)status;
        if (code != CURLE_OK) {
            enum err e = run->attempts == 0 ? ERR_NET : ERR_UNKNOWN;
            job->reply.err = err_note(&job->reply.note, e, "%s", note);
        }
    } else {
        job->reply.err = err_note(&job->reply.note, ERR_NET, "%s", run->failed);
    }
    curl_easy_cleanup(run->curl);
    run->curl = NULL;
}

static void on_worked(uv_work_t *work, int status)
{
    struct mail_job *job = work->data;
    if (!atomic_load(&job->env->is_closing) && status == 0) {
        job->run->fn(job->run->arg, &job->reply);
    }
    curl_slist_free_all(job->recipients);
    run_free(job->run);
    free(job);
}

void mail_start(struct env *env, const struct env_mail *mail, env_reply_fn *fn, void *arg)
{
    struct mail_job *job = calloc(1, sizeof(*job));
    struct call_run *run = run_new(env);

    must(job && run); /* as for a call */
    run->fn = fn;
    run->arg = arg;
    run->sent_us = env_mono_us(env);
    *job = (struct mail_job){.env = env_uv_of(env), .run = run};
    job->work.data = job;
    run->failed = job_build(job, mail);
    must(uv_queue_work(&job->env->loop, &job->work, on_work, on_worked) == 0);
}
