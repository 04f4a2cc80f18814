/* SPDX-License-Identifier: Apache-2.0 */
/*
 * env_address - which internet addresses an outbound call may reach.
 *
 * A channel's host name is chosen by whoever connects the channel, and its DNS by strangers. So the
 * address is judged when the socket is about to be opened, whatever the name looked like: only
 * ordinary public unicast passes.
 */
#pragma once
#include "base/base.h"

/* Judges by the registries of special addresses (RFC 6890 and its successors). */
bool address_v4_is_public(const uint8_t address[4]);
bool address_v6_is_public(const uint8_t address[16]);
/* Numeric text as inet_ntop writes it; false for anything else. */
bool address_text_is_public(const char *text);
