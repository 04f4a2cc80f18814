/* SPDX-License-Identifier: Apache-2.0 */
/*
 * access_rows - tokens and people who may use it, their sessions, and who did what.
 *
 * People enter the hash-chained log nowhere but by number: who left can be forgotten. A user who was taken away stays
 * as a row that is gone, without a name, so that the number is never another's.
 */
#pragma once
#include "base/base.h"

enum token_scope { SCOPE_READ, SCOPE_OPERATE, SCOPE_ADMIN };
struct token_row {
    int64_t id;
    struct slice name;
    uint8_t hash[32];
    enum token_scope scope;
    int64_t created_at_us;
    bool is_revoked;
    int64_t expires_at_us; /* 0: never */
    int64_t used_day;      /* the last day it was used, in days since 1970; -1: never */
    struct slice made_by;  /* whose doing it was; empty: nobody knows */
};

enum user_state { USER_ACTIVE, USER_DISABLED, USER_GONE };
struct user_row {
    int64_t id;
    enum user_state state;
    struct slice name;
    enum token_scope role; /* it may what a token of that scope may */
    struct slice password; /* argon2id, in its text form */
    struct slice totp; /* the second factor's secret, sealed, bound to "totp:<id>"; empty: none */
    struct slice totp_next; /* the same, begun and not yet confirmed */
    int64_t totp_used;      /* the last step a code of which was taken: each is good once */
    int64_t created_at_us, last_login_at_us; /* 0: never */
};

struct session_row {
    int64_t id, user;
    uint8_t hash[32]; /* of the cookie */
    int64_t created_at_us;
    int64_t seen_at_us; /* written once a minute, however often it asks */
};

enum asked_via { VIA_TOKEN, VIA_SESSION, VIA_CLI, VIA_SETUP };

struct audit_row {
    int64_t n, at_us;
    struct slice actor; /* as it was called then; empty: nobody knows */
    enum asked_via via;
    struct slice action; /* the operation, such as "createToken" */
    struct slice object, detail, address;
    int64_t event; /* of the log, with what was asked; 0: none */
};
