/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deliveries of the Notification API: whether they are eBay's, and what they make us read.
 *
 * eBay signs the body with a key of its own (ECDSA on P-256 over SHA-1), which the header names and
 * the API hands out; it is kept for an hour. The signature carries no time: a repeat is known by the
 * notification's id, and reads an order as it is now.
 *
 * The key arrives as PEM without line breaks. Bytes that do not fit are tried once more as compact
 * JSON, since eBay signs what its own writer gave, and what stands between may have changed spaces.
 */
#include "base/crypto.h"
#include "channels/ebay/ebay.h"

#define KEY_LIFETIME_US (3600 * US_PER_S)
#define HEADER_MAX 4096
#define CHALLENGE_MAX 1024

static void doc_free(struct json_doc **doc)
{
    json_doc_free(*doc);
}

/* ---- the signature ---- */

struct signature {
    struct slice kid, bytes; /* in the arena */
};

static bool signature_read(const struct hook *hook, struct arena *arena, struct signature *out)
{
    ON_EXIT(doc_free) struct json_doc *doc = json_doc_new();
    struct slice header =
        slice_trim(http_header_get(hook->headers, hook->headers_count, "X-EBAY-SIGNATURE"));
    struct slice text = {0};
    struct json root = {0};
    struct err_note note;

    if (!doc || !header.n || header.n > HEADER_MAX || !base64_decode(arena, header, &text) ||
        json_parse(doc, text, &root, &note)) {
        return false;
    }
    struct slice kid = ebay_text(json_get(root, "kid"));
    if (!ebay_is_id(kid) || !slice_equal_nocase(ebay_text(json_get(root, "alg")), SLICE("ecdsa")) ||
        !slice_equal_nocase(ebay_text(json_get(root, "digest")), SLICE("SHA1")) ||
        !base64_decode(arena, ebay_text(json_get(root, "signature")), &out->bytes)) {
        return false;
    }
    out->kid = arena_copy(arena, kid);
    return out->kid.p != NULL;
}

/* PEM with or without line breaks into its DER. */
static bool key_der(struct slice pem, struct arena *arena, struct slice *out)
{
    static const char begin[] = "-----BEGIN PUBLIC KEY-----";
    static const char end[] = "-----END PUBLIC KEY-----";

    pem = slice_trim(pem);
    if (pem.n < sizeof(begin) + sizeof(end) || pem.n > HEADER_MAX || !slice_starts(pem, begin) ||
        !slice_ends(pem, end)) {
        return false;
    }
    pem =
        (struct slice){pem.p + sizeof(begin) - 1, pem.n - (sizeof(begin) - 1) - (sizeof(end) - 1)};
    char *text = arena_alloc(arena, pem.n + 1);
    size_t n = 0;
    for (size_t i = 0; text && i < pem.n; i++) {
        if (pem.p[i] != '\n' && pem.p[i] != '\r' && pem.p[i] != ' ') {
            text[n++] = pem.p[i];
        }
    }
    return text && base64_decode(arena, (struct slice){text, n}, out) && out->n > 0;
}

static bool is_signed_compactly(struct slice key,
                                struct slice body,
                                struct slice signature,
                                struct arena *arena)
{
    ON_EXIT(doc_free) struct json_doc *doc = json_doc_new();
    struct json root = {0};
    struct err_note note;

    if (!doc || json_parse(doc, body, &root, &note)) {
        return false;
    }
    struct slice compact = json_copy_text(root, arena);
    return compact.p && ecdsa_p256_sha1_verify(key, compact, signature);
}

enum hook_verdict
ebay_verify(const struct account *account, const struct hook *hook, struct arena *arena)
{
    struct signature signature = {0};
    struct slice key = {0};

    if (!slice_is(hook->method, "POST") || hook->body.n == 0) {
        return HOOK_REFUSED;
    }
    if (slice_is(hook->topic, EBAY_PLATFORM)) {
        return ebay_platform_verify(account, hook, arena);
    }
    if (!hook->key.n || !key_der(hook->key, arena, &key) ||
        !signature_read(hook, arena, &signature)) {
        return HOOK_REFUSED;
    }
    bool fits = ecdsa_p256_sha1_verify(key, hook->body, signature.bytes) ||
                is_signed_compactly(key, hook->body, signature.bytes, arena);
    return fits ? HOOK_AUTHENTIC : HOOK_REFUSED;
}

/* ---- eBay's key ---- */

struct slice
ebay_key_id(const struct account *account, const struct hook *hook, struct arena *arena)
{
    struct signature signature = {0};

    (void)account;
    if (slice_is(hook->topic, EBAY_PLATFORM) || !signature_read(hook, arena, &signature)) {
        return (struct slice){0};
    }
    return signature.kid;
}

/* Two requests: the application's token, and with it (the cursor) the key. */
enum err ebay_build_key(const struct account *account,
                        struct slice id,
                        const struct step *step,
                        struct arena *arena,
                        struct http_request *out)
{
    if (!ebay_is_id(id)) {
        return ERR_USAGE;
    }
    if (!step->cursor.n) {
        return ebay_build_app_token(account, arena, out);
    }
    struct slice url = arena_printf(arena,
                                    "%.*s/commerce/notification/v1/public_key/%.*s",
                                    SLICE_ARG(account->base_url),
                                    SLICE_ARG(id));
    return ebay_request_with(account, step->cursor, "GET", url, (struct slice){0}, arena, out);
}

enum err ebay_read_key(const struct account *account,
                       const struct step *step,
                       const struct http_response *response,
                       struct json_doc *doc,
                       struct arena *arena,
                       struct slice *out,
                       int64_t *out_lifetime_us,
                       struct channel_signal *out_signal,
                       struct err_note *note)
{
    struct token token = {0};
    struct slice der = {0};

    if (!step->cursor.n) {
        enum err e = ebay_read_token(account, step, response, doc, arena, &token, out_signal, note);
        if (!e) {
            out_signal->next = (struct next_request){.is_wanted = true, .cursor = token.access};
        }
        return e;
    }
    struct ebay_answer answer = ebay_answer_read(response, doc, arena, out_signal);
    if (answer.verdict != EBAY_DONE) {
        return ebay_fault(answer.verdict, answer.status, answer.reason, out_signal, note);
    }
    struct slice pem = ebay_text(json_get(answer.root, "key"));
    struct slice algorithm = ebay_text(json_get(answer.root, "algorithm"));
    struct slice digest = ebay_text(json_get(answer.root, "digest"));
    if (!key_der(pem, arena, &der) ||
        (algorithm.n && !slice_equal_nocase(algorithm, SLICE("ECDSA"))) ||
        (digest.n && !slice_equal_nocase(digest, SLICE("SHA1")))) {
        return err_note(note, ERR_PARSE, "eBay's key is of a kind that deliveries do not use");
    }
    struct slice copy = arena_copy(arena, slice_trim(pem));
    if (!copy.p) {
        return err_note(note, ERR_LIMIT, "eBay's key is too long");
    }
    *out = copy;
    *out_lifetime_us = KEY_LIFETIME_US;
    return ERR_OK;
}

/* ---- the challenge ---- */

/* Before connecting has kept the address, it is the one that eBay calls. */
static struct slice
endpoint_of(const struct account *account, const struct hook *hook, struct arena *arena)
{
    const struct ebay_config *config = ebay_config(account);
    struct slice host = http_header_get(hook->headers, hook->headers_count, "Host");

    if (config->endpoint.n) {
        return config->endpoint;
    }
    if (!host.n || host.n > 255) {
        return (struct slice){0};
    }
    return arena_printf(arena,
                        "https://%.*s/hooks/%.*s%s%.*s",
                        SLICE_ARG(host),
                        SLICE_ARG(account->code),
                        hook->topic.n ? "/" : "",
                        (int)hook->topic.n,
                        hook->topic.p ? hook->topic.p : "");
}

struct slice
ebay_challenge(const struct account *account, const struct hook *hook, struct arena *arena)
{
    const struct ebay_config *config = ebay_config(account);
    struct slice code = {0};
    uint8_t digest[SHA256_SIZE];

    if (!config->verification_token.n ||
        !http_query_get(hook->query, "challenge_code", arena, &code) || !code.n ||
        code.n > CHALLENGE_MAX) {
        return (struct slice){0};
    }
    struct slice endpoint = endpoint_of(account, hook, arena);
    if (!endpoint.n) {
        return (struct slice){0};
    }
    struct slice all = arena_printf(arena,
                                    "%.*s%.*s%.*s",
                                    SLICE_ARG(code),
                                    SLICE_ARG(config->verification_token),
                                    SLICE_ARG(endpoint));
    if (!all.p) {
        return (struct slice){0};
    }
    sha256(digest, all);
    struct slice hex = hex_encode(arena, (struct slice){(const char *)digest, sizeof(digest)});
    if (!hex.p) {
        return (struct slice){0};
    }
    return arena_printf(arena, "{\"challengeResponse\":\"%.*s\"}", SLICE_ARG(hex));
}

/* ---- what it is about ---- */

static const struct {
    const char *topic, *why;
} ignored[] = {
    {"MARKETPLACE_ACCOUNT_DELETION", "a buyer's account is gone: nothing of a buyer is kept here"},
    {"AUTHORIZATION_REVOCATION",
     "the seller took the consent back: calls will be refused until it is given again"},
};

static void one_fetch(enum fetch_kind kind, struct slice id, struct arena *arena, struct facts *out)
{
    struct fetch *fetch = ARENA_NEW(arena, struct fetch);

    if (!fetch || (id.n && !(id = arena_copy(arena, id)).p)) {
        *out = (struct facts){.unreadable = "a delivery larger than one may be"};
        return;
    }
    *fetch = (struct fetch){.kind = kind, .id = id};
    out->fetches = fetch;
    out->fetches_count = 1;
}

static void
topic_decode(struct slice topic, struct json data, struct arena *arena, struct facts *out)
{
    struct slice id = {0};

    for (size_t i = 0; i < COUNT_OF(ignored); i++) {
        if (slice_is(topic, ignored[i].topic)) {
            out->ignored = ignored[i].why;
            return;
        }
    }
    if (slice_is(topic, "ORDER_CONFIRMATION")) {
        id = ebay_text(json_get(data, "orderId"));
        bool is_named = ebay_is_id(id);
        one_fetch(
            is_named ? FETCH_ORDER : FETCH_CHANGED, is_named ? id : (struct slice){0}, arena, out);
        return;
    }
    if (slice_is(topic, "ITEM_AVAILABILITY") &&
        ebay_id_text(json_get(data, "itemId"), arena, &id)) {
        one_fetch(FETCH_COUNT, ebay_key(arena, id, (struct slice){0}), arena, out);
        return;
    }
    out->ignored = "a topic that has nothing to do with stock or orders";
}

void ebay_decode(const struct account *account,
                 const struct hook *hook,
                 struct json_doc *doc,
                 struct arena *arena,
                 struct facts *out)
{
    struct json body = {0};
    struct err_note note;

    (void)account;
    *out = (struct facts){0};
    if (slice_is(hook->topic, EBAY_PLATFORM)) {
        ebay_platform_decode(hook, arena, out);
        return;
    }
    if (json_parse(doc, hook->body, &body, &note) || json_type(body) != JSON_OBJECT) {
        one_fetch(FETCH_CHANGED, (struct slice){0}, arena, out);
        out->unreadable = "the body is not a JSON object that can be read safely";
        return;
    }
    struct json notification = json_get(body, "notification");
    struct slice topic = ebay_text(json_path(body, "metadata", "topic", NULL));
    struct slice id = ebay_text(json_get(notification, "notificationId"));
    if (!topic.n) {
        one_fetch(FETCH_CHANGED, (struct slice){0}, arena, out);
        out->unreadable = "a notification without a topic";
        return;
    }
    topic_decode(topic, json_get(notification, "data"), arena, out);
    if (id.n > 0 && id.n <= 200) {
        out->delivery_id = arena_copy(arena, id);
    }
}
