/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reply - what the status line and the headers of any platform's answer say.
 *
 * Only what HTTP itself fixes (RFC 9110): a connector reads the body and may know better. Nothing
 * here trusts the peer: a Retry-After beyond a day counts as a day, an unreadable one as unsaid.
 */
#pragma once
#include "base/arena.h"
#include "base/http_types.h"
#include "channels/connector.h"

enum reply_class {
    REPLY_OK,      /* 2xx: read the body */
    REPLY_LATER,   /* refused before any effect, and not for what was asked: may be sent again */
    REPLY_REFUSED, /* the request itself is refused: the same one would be again */
    REPLY_UNKNOWN, /* it may have had its effect */
};

/* Fills the whole signal (points and day_left -1, a reason unless REPLY_OK) and says how the status is to be
 * taken. */
enum reply_class
reply_read(const struct http_response *response, struct arena *arena, struct channel_signal *out);
