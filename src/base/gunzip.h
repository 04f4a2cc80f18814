/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gunzip - unpacks what a platform hands over gzip-compressed (RFC 1952); bounded.
 *
 * What a peer packed is hostile: a few bytes may claim to be gigabytes, so the caller says how much
 * is ever wanted.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

#ifdef __cplusplus
extern "C" {
#endif

bool gunzip_is(struct slice packed); /* it begins as gzip does */
/* ERR_LIMIT when the content would exceed plain_max or the arena; ERR_PARSE when it is not whole
 * gzip: cut off, damaged, or with anything behind its end. */
MUST_USE enum err
gunzip(struct arena *arena, struct slice packed, size_t plain_max, struct slice *out);

#ifdef __cplusplus
}
#endif
