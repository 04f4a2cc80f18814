/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_connect - what must hold of any answer in the exchange that connects an account. */
#pragma once
#include "fuzz.h"

#include "channels/connector.h"

/* Every cursor that is left can be used, and leads to an end. */
static inline void must_connect(const struct account *account,
                                struct slice cursor,
                                const struct http_response *response,
                                struct json_doc *doc,
                                struct arena *arena)
{
    static const uint8_t nonce[16] = {7};
    const struct connector *c = account->connector;

    for (int calls = 0;; calls++) {
        struct step step = {.now_us = 1,
                            .nonce = nonce,
                            .cursor = cursor,
                            .hooks_url = SLICE("https://stock.example/hooks/a")};
        struct connect_report report = {0};
        struct channel_signal signal = {.points_left = -1, .day_left = -1};
        struct http_request request;
        struct err_note note;
        must(calls < 200);
        if (c->build_connect(account, &step, arena, &request) != ERR_OK) {
            must(arena->exhausted);
            return;
        }
        enum err e = c->read_connect(account, &step, response, doc, arena, &report, &signal, &note);
        must(!e || !signal.next.is_wanted);
        for (size_t i = 0; i < report.checks_count; i++) {
            const struct connect_check *check = &report.checks[i];
            must(check->state <= CONNECT_WRONG && check->what && check->what[0]);
            must(check->state < CONNECT_BY_HAND || check->detail.n > 0);
        }
        if (e || !signal.next.is_wanted) {
            return;
        }
        cursor = signal.next.cursor;
        must(cursor.n > 0 && cursor.n <= 65536);
    }
}
