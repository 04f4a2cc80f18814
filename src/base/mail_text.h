/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mail_text - a plain text mail, ready for the wire (RFC 5322, RFC 2045, RFC 2047).
 *
 * What stands in a title came from a shop and may hold anything, so nothing of a caller's text can
 * end a header or begin another: control bytes become spaces, what is not ASCII is encoded. Text is
 * UTF-8; bytes that are none become '?'. Lines end with CRLF and stay within 76 characters.
 */
#pragma once
#include "base/buf.h"

#define MAIL_SUBJECT_MAX 200 /* bytes; the rest is cut off behind a whole character */
#define MAIL_ADDRESS_MAX 254

/* "name@host", of visible ASCII that needs no quotes. */
bool mail_address_is_sound(struct slice address);

/* A header's value that is text of people's: folded, encoded where needed. `column`: what stands
 * before it on its line. */
void mail_put_words(struct buf *out, struct slice text, size_t column);
/* A body as quoted-printable; its lines end with '\n'. */
void mail_put_body(struct buf *out, struct slice text);

struct mail_text {
    struct slice from;
    const struct slice *to;
    size_t to_count;
    struct slice subject, body;
    struct slice id; /* left of the @ of its Message-ID, of letters, digits and dots */
    int64_t at_us;
};
/* The whole of it. Addresses are sound. */
void mail_text_write(const struct mail_text *mail, struct buf *out);
