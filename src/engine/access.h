/* SPDX-License-Identifier: Apache-2.0 */
/*
 * access - people and their sessions: the rules, and what is written about them.
 *
 *   session:  begun at login -> asked with -> over: SESSION_IDLE_US without a request, or
 *             SESSION_WHOLE_US after its begin, or ended: by its owner, by another password, by an
 *             administrator who disables, deletes or gives a new password
 *
 * A password is hashed by the caller, on a thread of its own (base/crypto.h): the writer sees the
 * text form alone. One administrator who can log in always stays.
 */
#pragma once
#include "engine/engine.h"
#include "engine/request.h"
#include "engine/show.h"

#define SESSION_IDLE_US (30 * 60 * US_PER_S)
#define SESSION_WHOLE_US (12 * 3600 * US_PER_S)
#define SESSION_SEEN_US (60 * US_PER_S) /* how often it is written that it was seen */
#define SESSIONS_PER_USER 20            /* the oldest ends for another */
#define USERS_MAX 1000

bool session_is_over(const struct session_row *row, int64_t now_us);
/* [A-Za-z0-9._-]{1,64}; the same whatever its case. */
bool user_name_is_sound(struct slice name);

/* Keys of the second factor, at rest. */
MUST_USE enum err totp_open(const struct vault *vault,
                            int64_t user,
                            struct slice sealed,
                            struct arena *arena,
                            struct slice *out);

/* As the API shows it. advice: on the password that was just chosen; NULL: none. */
void show_user(struct show *s, const struct user_row *row, const char *advice);

/* Routes. args: {user}; args[ACCESS_HASH] is the new password's text form, or empty. */
#define ACCESS_HASH 2
request_fn request_users_create, request_user_change, request_user_delete;
/* The asker's own: no session, 403. */
request_fn request_totp_begin, request_totp_confirm;

/* Not a route: a timer's. args: {instant}: entries of the audit from before it (wall, in microseconds)
 * are forgotten, so many at a time; status 200: there may be more, 204: none is left. The newest entry
 * always stays. */
request_fn requests_forget_audits;

/* ---- not routes: turn->owner is what they do, or begins with it ---- */

struct login_order {
    int64_t user;
    struct slice password;  /* the text form that was compared: another one by now, and it is 409 */
    int64_t step;           /* of the second factor's code; 0: none was needed */
    uint8_t hash[32];       /* of the new cookie */
    int64_t session_before; /* ends; 0: there is none */
};
/* 200, or 409 when something changed meanwhile. */
request_fn request_session_begin;

struct setup_order {
    struct slice name, password;
    uint8_t hash[32];
};
/* The first administrator and a session: 201, or 404 when there is a user. */
request_fn request_setup;

struct session_order {
    int64_t session, seen_at_us;
};
request_fn request_session_end, request_session_seen;

struct secret_order {
    int64_t user, session; /* the session that goes on */
    struct slice password; /* the one that was compared */
    struct slice fresh;    /* the one to be kept */
};
request_fn request_password_change; /* the owner's; ends the other sessions */
request_fn request_totp_remove;

struct token_order {
    int64_t token, day;
};
request_fn request_token_used;

/* Only what turn->asker says: a refusal, a failed login. */
struct note_order {
    struct slice object, detail;
};
request_fn request_audit_note;
