/* SPDX-License-Identifier: Apache-2.0 */
/* access_rows - users and sessions as this commit leaves them; inside the engine room only. */
#pragma once
#include "engine/access.h"
#include "engine/batch.h"

/* Copies to change, of users who are not gone; NULL: there is none. */
struct user_row *user_copy(struct batch *b, int64_t id);
struct user_row *user_copy_by_name(struct batch *b, struct slice name);
/* Those not gone; of them, who is an administrator and may log in, without that one. */
size_t users_count(struct batch *b);
size_t admins_without(struct batch *b, int64_t id);

void sessions_now(struct batch *b, struct rows *out); /* session_row */
/* All of a user but one. */
void sessions_end(struct batch *b, int64_t user, int64_t but);
void session_end(struct batch *b, struct session_row *row);
/* A new one; what is over, and what is too many of the user's, ends. */
void session_add(struct batch *b, int64_t user, const uint8_t hash[32]);
