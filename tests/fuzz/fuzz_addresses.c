/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a call may go. Numeric addresses: the text and its bytes are judged alike, an address that
 * carries another inside never passes for it, and whatever is not an address does not pass. Origins
 * of channels: what is accepted has a scheme and a host, and nothing that could change its meaning.
 */
#include <arpa/inet.h>

#include "base/json_read.h"
#include "base/json_write.h"
#include "channels/settings.h"
#include "env/env_address.h"
#include "fuzz.h"

static void check_text(struct slice s)
{
    char text[64] = "", again[64];
    uint8_t bytes[16];
    memcpy(text, s.p, s.n < sizeof(text) - 1 ? s.n : sizeof(text) - 1);
    bool is_public = address_text_is_public(text);
    if (inet_pton(AF_INET, text, bytes) == 1) {
        must(is_public == address_v4_is_public(bytes));
        must(inet_ntop(AF_INET, bytes, again, sizeof(again)));
        must(is_public == address_text_is_public(again));
    } else if (inet_pton(AF_INET6, text, bytes) == 1) {
        must(is_public == address_v6_is_public(bytes));
        must(inet_ntop(AF_INET6, bytes, again, sizeof(again)));
        must(is_public == address_text_is_public(again));
    } else {
        must(!is_public);
    }
}

/* By the first bits alone, as one would say it aloud. */
static void check_bytes(const uint8_t b[16])
{
    if (address_v4_is_public(b)) {
        must(b[0] != 0 && b[0] != 10 && b[0] != 127 && b[0] < 224);
        must(!(b[0] == 192 && b[1] == 168) && !(b[0] == 169 && b[1] == 254));
        must(!(b[0] == 172 && (b[1] & 0xf0) == 16) && !(b[0] == 100 && (b[1] & 0xc0) == 64));
    }
    if (address_v6_is_public(b)) {
        must((b[0] & 0xe0) == 0x20); /* no loopback, no local, none that carries a v4 address */
        must(!(b[0] == 0x20 && b[1] == 0x02) && !(b[0] == 0x20 && b[1] == 0x01 && b[2] < 2));
    }
    uint8_t mapped[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    memcpy(mapped + 12, b, 4);
    must(!address_v6_is_public(mapped));
}

static void check_origin(struct slice s)
{
    ON_EXIT(buf_free) struct buf body;
    struct json_doc *doc = json_doc_new();
    struct json root;
    struct err_note note;
    struct slice url;
    struct arena arena;
    must(doc);
    buf_init(&body, (size_t)1 << 20);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w);
    json_field_text(&w, "base_url", s);
    json_end_object(&w);
    arena_init(&arena, (size_t)1 << 16);
    if (json_parse(doc, buf_view(&body), &root, &note) == ERR_OK &&
        setting_url(root, "base_url", &arena, &url, &note) == ERR_OK && url.n) {
        bool is_tls = slice_starts(url, "https://");
        must(is_tls || slice_starts(url, "http://"));
        struct slice host, rest = slice_from(url, is_tls ? 8 : 7);
        slice_cut(&rest, '/', &host);
        must(host.n > 0 && !memchr(url.p, '?', url.n) && !memchr(url.p, '#', url.n));
        for (size_t i = 0; i < url.n; i++) {
            must((unsigned char)url.p[i] > ' ' && url.p[i] != 0x7f);
        }
    }
    arena_free(&arena);
    json_doc_free(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice s = {(const char *)data, size};
    check_text(s);
    if (size >= 16) {
        check_bytes(data);
    }
    if (size < 4096) {
        check_origin(s);
    }
    return 0;
}
