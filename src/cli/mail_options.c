/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/mail_options.h"

#include <errno.h>
#include <stdio.h>

#include "base/mail_text.h"

static bool is_loopback(struct slice host)
{
    return slice_is(host, "localhost") || slice_starts(host, "127.") || slice_is(host, "[::1]");
}

/* The host between "//" and the port. */
static enum err check_url(const char *url, struct slice *out_host, struct err_note *note)
{
    struct slice rest = slice_of(url);
    bool is_known = slice_starts(rest, "smtp://") || slice_starts(rest, "smtps://");
    size_t start = slice_starts(rest, "smtps://") ? strlen("smtps://") : strlen("smtp://");
    struct slice host = is_known ? slice_from(rest, start) : (struct slice){0};
    if (!host.n || strpbrk(host.p, " @/?#\\\"\t\r\n")) {
        return err_note(note,
                        ERR_USAGE,
                        "--smtp-url '%s': give smtps://HOST:465 or smtp://HOST:587; the user goes "
                        "into --smtp-user",
                        url);
    }
    size_t n = 0;
    bool in_brackets = false; /* of an IPv6 address */
    while (n < host.n && (in_brackets || host.p[n] != ':')) {
        in_brackets = host.p[n] == '[' || (in_brackets && host.p[n] != ']');
        n++;
    }
    *out_host = (struct slice){host.p, n};
    return ERR_OK;
}

static enum err read_recipients(struct mail_options *o, struct err_note *note)
{
    struct slice rest = slice_of(o->to);
    char *end = o->recipients;
    while (rest.n) {
        struct slice one;
        slice_cut(&rest, ',', &one);
        one = slice_trim(one);
        if (!mail_address_is_sound(one)) {
            return err_note(
                note, ERR_USAGE, "--smtp-to: '%.*s' is no mail address", SLICE_ARG(one));
        }
        if (o->config.to_count == MAIL_TO_MAX) {
            return err_note(note, ERR_USAGE, "--smtp-to: at most %d addresses", MAIL_TO_MAX);
        }
        memcpy(end, one.p, one.n);
        end[one.n] = 0;
        o->config.to[o->config.to_count++] = end;
        end += one.n + 1;
    }
    return ERR_OK;
}

/* The first line of the file. */
static enum err read_password(struct mail_options *o, struct err_note *note)
{
    FILE *in = fopen(o->password_file, "r");
    bool is_read = in && fgets(o->password, sizeof(o->password), in);
    int code = errno;
    if (in) {
        fclose(in);
    }
    if (!is_read) {
        return err_note(note,
                        ERR_USAGE,
                        "--smtp-password-file '%s' cannot be read: %s",
                        o->password_file,
                        in ? "it is empty" : strerror(code));
    }
    o->password[strcspn(o->password, "\r\n")] = 0;
    return ERR_OK;
}

enum err mail_options_read(struct mail_options *o,
                           bool private_ok,
                           const struct mail_config **out_config,
                           struct err_note *note)
{
    struct slice host = {0};
    *out_config = NULL;
    if (!o->url) {
        return !o->from && !o->to && !o->user && !o->password_file
                   ? ERR_OK
                   : err_note(note, ERR_USAGE, "--smtp-url is missing: name the mail relay");
    }
    if (!o->from || !o->to) {
        return err_note(note, ERR_USAGE, "--smtp-url needs --smtp-from and --smtp-to");
    }
    if (!o->user != !o->password_file) {
        return err_note(note, ERR_USAGE, "--smtp-user and --smtp-password-file go together");
    }
    if (!mail_address_is_sound(slice_of(o->from))) {
        return err_note(note, ERR_USAGE, "--smtp-from: '%s' is no mail address", o->from);
    }
    enum err e = check_url(o->url, &host, note);
    e = e ? e : read_recipients(o, note);
    e = e || !o->password_file ? e : read_password(o, note);
    if (!e) {
        o->config.url = o->url;
        o->config.from = o->from;
        o->config.user = o->user;
        o->config.password = o->user ? o->password : NULL;
        o->config.plain_ok = private_ok || is_loopback(host);
        *out_config = &o->config;
    }
    return e;
}
