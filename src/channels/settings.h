/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings - reading a channel's settings and secrets, with messages that name the field.
 *
 * Absent and null are the same: *out stays empty. A note never repeats a secret's value.
 */
#pragma once
#include "channels/connector.h"

/* A text, borrowed from the document. */
MUST_USE enum err
setting_text(struct json settings, const char *key, struct slice *out, struct err_note *note);
/* http:// or https:// with a host and neither query nor fragment, copied. */
MUST_USE enum err setting_url(struct json settings,
                              const char *key,
                              struct arena *arena,
                              struct slice *out,
                              struct err_note *note);
/* Copied, without the white space around it that pasting leaves. */
MUST_USE enum err setting_secret(struct json secrets,
                                 const char *key,
                                 struct arena *arena,
                                 struct slice *out,
                                 struct err_note *note);
/* The same, of visible ASCII only: fit for a header. */
MUST_USE enum err setting_token(struct json secrets,
                                const char *key,
                                struct arena *arena,
                                struct slice *out,
                                struct err_note *note);
