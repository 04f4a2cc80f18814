/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mail_text.h"

#include "base/arena.h"
#include "base/crypto.h"
#include "base/times.h"

#define LINE_MAX 76
#define WORD_BYTES_MAX                                                                             \
    39 /* of text in one encoded word: 64 characters of it, and room for a name */

bool mail_address_is_sound(struct slice address)
{
    size_t at = 0, ats = 0;
    for (size_t i = 0; i < address.n; i++) {
        char c = address.p[i];
        if (c <= ' ' || c >= 0x7f || strchr("<>()[]\\,;:\"", c)) {
            return false;
        }
        if (c == '@') {
            at = i;
            ats++;
        }
    }
    return ats == 1 && at > 0 && at + 1 < address.n && address.n <= MAIL_ADDRESS_MAX;
}

/* Bytes of the character that begins here; 0 when it is none. */
static size_t character(struct slice text)
{
    unsigned char c = text.n ? (unsigned char)text.p[0] : 0;
    size_t n = c < 0x80                ? 1
               : c >= 0xc2 && c < 0xe0 ? 2
               : c >= 0xe0 && c < 0xf0 ? 3
               : c >= 0xf0 && c < 0xf5 ? 4
                                       : 0;
    if (n == 0 || n > text.n) {
        return 0;
    }
    for (size_t i = 1; i < n; i++) {
        if (((unsigned char)text.p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return n;
}

/* One character in a form that a header can hold. */
static void put_harmless(struct buf *out, struct slice *text)
{
    size_t n = character(*text);
    unsigned char c = (unsigned char)text->p[0];
    if (n == 0) {
        buf_char(out, '?');
    } else if (c < 0x20 || c == 0x7f) {
        buf_char(out, ' ');
    } else {
        buf_put(out, text->p, n);
    }
    *text = slice_from(*text, n ? n : 1);
}

static bool is_ascii(struct slice text)
{
    for (size_t i = 0; i < text.n; i++) {
        if ((unsigned char)text.p[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

/* Folded before a word that would not fit any more. */
static void put_plain(struct buf *out, struct slice text, size_t column)
{
    bool is_first = true;
    while (text.n) {
        struct slice word;
        slice_cut(&text, ' ', &word);
        if (!is_first) {
            bool fits = column + 1 + word.n <= LINE_MAX;
            buf_text(out, fits ? " " : "\r\n ");
            column = fits ? column + 1 : 1;
        }
        buf_slice(out, word);
        column += word.n;
        is_first = false;
    }
}

/* No character is split between two words: each is decoded by itself. */
static void put_encoded(struct buf *out, struct slice text)
{
    struct arena arena;
    bool is_first = true;
    arena_init(&arena, 4096);
    while (text.n) {
        size_t n = 0, next;
        while (n < text.n && (next = character(slice_from(text, n))) > 0 &&
               n + next <= WORD_BYTES_MAX) {
            n += next;
        }
        must(n > 0);
        struct slice word = base64_encode(&arena, (struct slice){text.p, n});
        buf_printf(out, "%s=?UTF-8?B?%.*s?=", is_first ? "" : "\r\n ", SLICE_ARG(word));
        text = slice_from(text, n);
        is_first = false;
        arena_clear(&arena);
    }
    arena_free(&arena);
}

/* All in one run of blanks, none at its ends: a folded line never looks empty. */
static void squeeze(struct buf *text)
{
    size_t n = 0;
    for (size_t i = 0; i < text->n; i++) {
        if (text->p[i] != ' ' || (n > 0 && text->p[n - 1] != ' ')) {
            text->p[n++] = text->p[i];
        }
    }
    text->n = n > 0 && text->p[n - 1] == ' ' ? n - 1 : n;
}

void mail_put_words(struct buf *out, struct slice text, size_t column)
{
    ON_EXIT(buf_free) struct buf harmless;
    buf_init(&harmless, MAIL_SUBJECT_MAX + 4);
    while (text.n && harmless.n + 4 <= MAIL_SUBJECT_MAX) {
        put_harmless(&harmless, &text);
    }
    squeeze(&harmless);
    struct slice all = buf_view(&harmless);
    bool looks_encoded = all.n && memmem(all.p, all.n, "=?", 2) != NULL;
    if (is_ascii(all) && !looks_encoded) {
        put_plain(out, all, column);
    } else {
        put_encoded(out, all);
    }
}

/* ---- the body ---- */

static void put_soft_break(struct buf *out, size_t *column, size_t wanted)
{
    if (*column + wanted > LINE_MAX - 1) { /* one for the '=' */
        buf_text(out, "=\r\n");
        *column = 0;
    }
    *column += wanted;
}

void mail_put_body(struct buf *out, struct slice text)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t column = 0;
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        bool ends_line = i + 1 == text.n || text.p[i + 1] == '\n';
        if (c == '\n') {
            buf_text(out, "\r\n");
            column = 0;
        } else if ((c > ' ' && c < 0x7f && c != '=') || (c == ' ' && !ends_line)) {
            put_soft_break(out, &column, 1);
            buf_char(out, (char)c);
        } else {
            put_soft_break(out, &column, 3);
            const char code[] = {'=', digits[c >> 4], digits[c & 15]};
            buf_put(out, code, sizeof(code));
        }
    }
    if (column) {
        buf_text(out, "\r\n");
    }
}

/* ---- the whole ---- */

void mail_text_write(const struct mail_text *mail, struct buf *out)
{
    char date[TIME_TEXT_MAX];
    struct slice from_host = mail->from, ignored;
    struct slice at =
        time_format_http(mail->at_us, date); /* ends with GMT, an obsolete zone here */
    slice_cut(&from_host, '@', &ignored);
    buf_printf(out, "Date: %.*s+0000\r\n", (int)(at.n > 3 ? at.n - 3 : 0), at.p);
    buf_printf(out, "From: truecount <%.*s>\r\nTo: ", SLICE_ARG(mail->from));
    for (size_t i = 0; i < mail->to_count; i++) {
        buf_printf(out, "%s<%.*s>", i ? ",\r\n " : "", SLICE_ARG(mail->to[i]));
    }
    buf_text(out, "\r\nSubject: ");
    mail_put_words(out, mail->subject, strlen("Subject: "));
    buf_printf(out, "\r\nMessage-ID: <%.*s@%.*s>\r\n", SLICE_ARG(mail->id), SLICE_ARG(from_host));
    buf_text(out,
             "MIME-Version: 1.0\r\n"
             "Content-Type: text/plain; charset=utf-8\r\n"
             "Content-Transfer-Encoding: quoted-printable\r\n"
             "Auto-Submitted: auto-generated\r\n\r\n");
    mail_put_body(out, mail->body);
}
