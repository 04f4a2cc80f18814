/* SPDX-License-Identifier: Apache-2.0 */
/*
 * smtp_sink - a mail relay that keeps what it is given, on the test's own loop, over real sockets.
 *
 * It speaks as much of RFC 5321 as a client that only sends needs: EHLO, AUTH PLAIN, MAIL, RCPT,
 * DATA, RSET, QUIT; no TLS. What it keeps is what a mailbox would: the dots of the transport are
 * taken away.
 */
#pragma once
#include "testing.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/crypto.h"
#include "base/env.h"

#define SINK_MAILS_MAX 16

struct sink_mail {
    struct slice from, to; /* to: with a space behind each */
    struct slice user;     /* who logged in, and the password: "user secret"; empty: nobody */
    struct slice text;     /* head and body */
};

struct smtp_sink {
    struct env *env;
    struct env_listener *listener;
    int port;
    struct arena arena;
    size_t refuse;    /* so many mails from now on are refused, with 451 after DATA */
    const char *gone; /* this recipient is refused */
    size_t refused, conns;
    size_t mails_count;
    struct sink_mail mails[SINK_MAILS_MAX];
};

struct sink_conn {
    struct smtp_sink *sink;
    struct buf in;
    struct sink_mail mail;
    bool in_data, in_auth;
};

static inline void sink_say(struct sink_conn *c, struct env_conn *conn, const char *line)
{
    c->sink->env->ops->conn_write(conn, slice_of(line));
}

static inline struct slice sink_between(struct slice line)
{
    struct slice inner;
    slice_cut(&line, '<', &inner);
    slice_cut(&line, '>', &inner);
    return inner;
}

/* AUTH PLAIN: base64 of "\0user\0password" (RFC 4616). */
static inline void sink_auth(struct sink_conn *c, struct env_conn *conn, struct slice coded)
{
    struct slice plain, part;
    if (!base64_decode(&c->sink->arena, coded, &plain)) {
        sink_say(c, conn, "501 that is no base64\r\n");
        return;
    }
    slice_cut(&plain, '\0', &part);
    slice_cut(&plain, '\0', &part);
    c->mail.user = arena_printf(&c->sink->arena, "%.*s %.*s", SLICE_ARG(part), SLICE_ARG(plain));
    sink_say(c, conn, "235 2.7.0 welcome\r\n");
}

static inline void sink_command(struct sink_conn *c, struct env_conn *conn, struct slice line)
{
    struct arena *arena = &c->sink->arena;
    if (c->in_auth) {
        c->in_auth = false;
        sink_auth(c, conn, line);
    } else if (slice_starts(line, "EHLO ")) {
        sink_say(c, conn, "250-sink\r\n250-AUTH PLAIN\r\n250 8BITMIME\r\n");
    } else if (slice_starts(line, "AUTH PLAIN ")) {
        sink_auth(c, conn, slice_from(line, strlen("AUTH PLAIN ")));
    } else if (slice_is(line, "AUTH PLAIN")) {
        c->in_auth = true;
        sink_say(c, conn, "334 \r\n");
    } else if (slice_starts(line, "MAIL FROM:")) {
        c->mail.from = arena_copy(arena, sink_between(line));
        c->mail.to = (struct slice){0};
        sink_say(c, conn, "250 ok\r\n");
    } else if (slice_starts(line, "RCPT TO:")) {
        struct slice to = sink_between(line);
        if (c->sink->gone && slice_is(to, c->sink->gone)) {
            sink_say(c, conn, "550 no such mailbox\r\n");
            return;
        }
        c->mail.to = arena_printf(
            arena, "%.*s%.*s ", (int)c->mail.to.n, c->mail.to.n ? c->mail.to.p : "", SLICE_ARG(to));
        sink_say(c, conn, "250 ok\r\n");
    } else if (slice_is(line, "DATA")) {
        c->in_data = true;
        sink_say(c, conn, "354 go on\r\n");
    } else if (slice_is(line, "QUIT")) {
        sink_say(c, conn, "221 bye\r\n");
        c->sink->env->ops->conn_close(conn);
    } else {
        sink_say(c, conn, slice_is(line, "RSET") ? "250 ok\r\n" : "500 not understood\r\n");
    }
}

/* A line that begins with a dot had another one put in front. */
static inline struct slice sink_without_dots(struct sink_conn *c, struct slice data)
{
    char *text = arena_alloc(&c->sink->arena, data.n + 1);
    size_t n = 0;
    must(text);
    for (size_t i = 0; i < data.n; i++) {
        bool begins_line = i == 0 || data.p[i - 1] == '\n';
        if (!begins_line || data.p[i] != '.') {
            text[n++] = data.p[i];
        }
    }
    return (struct slice){text, n};
}

/* False: the end of the mail has not come yet. */
static inline bool sink_take_data(struct sink_conn *c, struct env_conn *conn)
{
    struct smtp_sink *sink = c->sink;
    const char *end = c->in.n ? memmem(c->in.p, c->in.n, "\r\n.\r\n", 5) : NULL;
    if (!end) {
        return false;
    }
    size_t n = (size_t)(end - c->in.p) + 2;
    c->mail.text = sink_without_dots(c, (struct slice){c->in.p, n});
    buf_drop(&c->in, n + 3);
    c->in_data = false;
    if (sink->refuse) {
        sink->refuse--;
        sink->refused++;
        sink_say(c, conn, "451 try again later\r\n");
        return true;
    }
    assert_true(sink->mails_count < SINK_MAILS_MAX);
    sink->mails[sink->mails_count++] = c->mail;
    sink_say(c, conn, "250 queued\r\n");
    return true;
}

static inline void sink_on_data(void *arg, struct env_conn *conn, struct slice bytes)
{
    struct sink_conn *c = arg;
    buf_slice(&c->in, bytes);
    must(!c->in.overflow);
    for (;;) {
        if (c->in_data) {
            if (!sink_take_data(c, conn)) {
                return;
            }
            continue;
        }
        const char *end = c->in.n ? memmem(c->in.p, c->in.n, "\r\n", 2) : NULL;
        if (!end) {
            return;
        }
        struct slice line =
            arena_copy(&c->sink->arena, (struct slice){c->in.p, (size_t)(end - c->in.p)});
        buf_drop(&c->in, line.n + 2);
        sink_command(c, conn, line);
    }
}

static inline void sink_on_closed(void *arg, struct env_conn *conn)
{
    struct sink_conn *c = arg;
    (void)conn;
    buf_free(&c->in);
    free(c);
}

static inline struct env_conn_events
sink_on_accept(void *arg, struct env_conn *conn, struct slice peer)
{
    struct smtp_sink *sink = arg;
    struct sink_conn *c = calloc(1, sizeof(*c));
    (void)peer;
    must(c);
    c->sink = sink;
    sink->conns++;
    buf_init(&c->in, (size_t)4 << 20);
    sink->env->ops->conn_write(conn, SLICE("220 sink at your service\r\n"));
    return (struct env_conn_events){.arg = c, .on_data = sink_on_data, .on_closed = sink_on_closed};
}

static inline void smtp_sink_start(struct smtp_sink *sink, struct env *env)
{
    struct err_note note;
    *sink = (struct smtp_sink){.env = env};
    arena_init(&sink->arena, (size_t)16 << 20);
    assert_int_equal(
        env->ops->listen(
            env, "127.0.0.1", 0, sink_on_accept, sink, &sink->listener, &sink->port, &note),
        ERR_OK);
}

static inline void smtp_sink_free(struct smtp_sink *sink)
{
    sink->env->ops->listener_free(sink->listener);
    arena_free(&sink->arena);
}

/* Does the mail hold these words? */
static inline bool sink_mail_says(const struct sink_mail *mail, const char *words)
{
    return mail->text.n && memmem(mail->text.p, mail->text.n, words, strlen(words)) != NULL;
}
