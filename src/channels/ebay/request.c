/* SPDX-License-Identifier: Apache-2.0 */
/* Requests: JSON with a bearer token, and the Trading API's XML with the same token in a header of
 * its own. */
#include "base/buf.h"
#include "channels/ebay/ebay.h"

#define XML_MAX 65536
#define XML_LEVEL "1451" /* of the schema that these calls are written for */

enum err ebay_request_with(const struct account *account,
                           struct slice token,
                           const char *method,
                           struct slice url,
                           struct slice body,
                           struct arena *arena,
                           struct http_request *out)
{
    struct http_header *headers = ARENA_ARRAY(arena, 4, struct http_header);
    size_t count = 0;

    if (!token.n) {
        return ERR_AUTH;
    }
    struct slice bearer = arena_printf(arena, "Bearer %.*s", SLICE_ARG(token));
    if (!headers || !bearer.p || !url.p || arena->exhausted) {
        return ERR_LIMIT;
    }
    headers[count++] = (struct http_header){SLICE("Authorization"), bearer};
    headers[count++] = (struct http_header){SLICE("Accept"), SLICE("application/json")};
    headers[count++] = (struct http_header){SLICE("X-EBAY-C-MARKETPLACE-ID"),
                                            ebay_config(account)->marketplace_id};
    if (body.n) {
        headers[count++] = (struct http_header){SLICE("Content-Type"), SLICE("application/json")};
    }
    *out = (struct http_request){.method = slice_of(method),
                                 .url = url,
                                 .headers = headers,
                                 .headers_count = count,
                                 .body = body};
    return ERR_OK;
}

enum err ebay_request(const struct account *account,
                      const char *method,
                      struct slice path,
                      struct slice body,
                      struct arena *arena,
                      struct http_request *out)
{
    if (!path.p) {
        return ERR_LIMIT;
    }
    struct slice url =
        arena_printf(arena, "%.*s%.*s", SLICE_ARG(account->base_url), SLICE_ARG(path));
    return ebay_request_with(
        account, ebay_config(account)->access_token, method, url, body, arena, out);
}

enum err ebay_trading_request(const struct account *account,
                              const char *call,
                              struct slice elements,
                              struct arena *arena,
                              struct http_request *out)
{
    const struct ebay_config *config = ebay_config(account);
    struct http_header *headers = ARENA_ARRAY(arena, 5, struct http_header);
    ON_EXIT(buf_free) struct buf body;

    buf_init(&body, XML_MAX);
    if (!config->access_token.n) {
        return ERR_AUTH;
    }
    buf_printf(&body,
               "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
               "<%sRequest xmlns=\"urn:ebay:apis:eBLBaseComponents\">"
               "<ErrorLanguage>en_US</ErrorLanguage><WarningLevel>High</WarningLevel>",
               call);
    buf_slice(&body, elements);
    buf_printf(&body, "</%sRequest>", call);
    struct slice url = arena_printf(arena, "%.*s/ws/api.dll", SLICE_ARG(account->base_url));
    struct slice text = body.overflow ? (struct slice){0} : arena_copy(arena, buf_view(&body));
    if (!headers || !url.p || !text.p || arena->exhausted) {
        return ERR_LIMIT;
    }
    headers[0] = (struct http_header){SLICE("X-EBAY-API-IAF-TOKEN"), config->access_token};
    headers[1] = (struct http_header){SLICE("X-EBAY-API-CALL-NAME"), slice_of(call)};
    headers[2] = (struct http_header){SLICE("X-EBAY-API-SITEID"), config->site_id};
    headers[3] = (struct http_header){SLICE("X-EBAY-API-COMPATIBILITY-LEVEL"), SLICE(XML_LEVEL)};
    headers[4] = (struct http_header){SLICE("Content-Type"), SLICE("text/xml")};
    *out = (struct http_request){
        .method = SLICE("POST"), .url = url, .headers = headers, .headers_count = 5, .body = text};
    return ERR_OK;
}
