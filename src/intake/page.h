/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page - serves the operator's page (web/web.h) to anybody: it holds no data, and asks the API for
 * all of it.
 *
 * Every screen's address gives the one page, which is looked up again each time (ETag); what has a
 * hash in its name may be kept for ever. Nothing on it comes from elsewhere, and nothing runs or
 * styles inline: the Content-Security-Policy says so to the browser.
 */
#pragma once
#include "intake/http_server.h"

/* False: it is no address of the page, and was not answered. */
bool page_handle(struct http_exchange *x);
