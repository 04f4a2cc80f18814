/* SPDX-License-Identifier: Apache-2.0 */
/* What the routes of people take and give: sessions, users, the audit, the stream. */
#include "base/password.h"
#include "intake/api_inner.h"

#define TEXT_MAX 255
#define SCHEMA(list) .fields = (list), .fields_count = COUNT_OF(list)
#define QUERY(parameters) .query = (parameters), .query_count = COUNT_OF(parameters)
#define ROLES "read|operate|admin"
#define SECRET_TEXT(key, text)                                                                     \
    {                                                                                              \
        key, FIELD_TEXT, ASKED | MUST, .about = text, .min = 1, .max = TEXT_MAX                    \
    }

/* ---- query parameters ---- */

#define Q_PAGE                                                                                     \
    {"limit",                                                                                      \
     FIELD_INT,                                                                                    \
     ASKED,                                                                                        \
     .about = "the most items of a page; 100 when left out",                                       \
     .min = 1,                                                                                     \
     .max = PAGE_MAX},                                                                             \
    {                                                                                              \
        "cursor", FIELD_ID, ASKED, .about = "the next of the page before", .min = 1, .max = 20     \
    }

static const struct schema_field users_query[] = {Q_PAGE};
static const struct schema_field audit_query[] = {
    Q_PAGE,
    {"actor", FIELD_TEXT, ASKED, .about = "a user's or a token's name", .min = 1},
    {"action", FIELD_TEXT, ASKED, .about = "such as createToken", .min = 1},
};
static const struct schema_field stream_query[] = {
    {"seconds",
     FIELD_INT,
     ASKED,
     .about = "end it after so many; left out, it has no end",
     .min = 1,
     .max = 1000},
};

/* ---- objects ---- */

static const struct schema_field user_fields[] = {
    {"name",
     FIELD_TEXT,
     SHOWN | ASKED | MUST,
     .about = "letters, digits, '.', '_' and '-'; the same whatever its case",
     .min = 1,
     .max = TEXT_MAX},
    {"role",
     FIELD_TEXT,
     SHOWN | ASKED | MUST | CHANGED,
     .about = "what they may: as the scope of a token",
     .values = ROLES},
    {"password",
     FIELD_TEXT,
     ASKED | MUST | CHANGED,
     .about = "8 characters at least, better 15; ends their sessions",
     .min = 1,
     .max = TEXT_MAX},
    {"totp",
     FIELD_BOOL,
     SHOWN | CHANGED,
     .about = "they have a second factor; false takes it away"},
    {"disabled", FIELD_BOOL, SHOWN | CHANGED, .about = "they may not log in; ends their sessions"},
    {"created_at", FIELD_TIME, SHOWN, .about = "when they were added"},
    {"last_login_at", FIELD_TIME, SHOWN | NULL_OUT, .about = "null: never"},
    {"advice", FIELD_TEXT, SHOWN | MAYBE, .about = "on the password that was just chosen"},
};
const struct schema schema_user = {.name = "User",
                                   .asked = "NewUser",
                                   .changed = "UserChange",
                                   .about = "a person who may log in",
                                   SCHEMA(user_fields)};

static const struct schema_field session_fields[] = {
    {"user", FIELD_OBJECT, SHOWN, .about = "who it is", .of = &schema_user},
    {"csrf",
     FIELD_TEXT,
     SHOWN,
     .about = "to be sent as X-CSRF-Token with whatever changes something"},
    {"expires_at",
     FIELD_TIME,
     SHOWN,
     .about = "when it ends at the latest; 30 minutes without a request end it sooner"},
};
const struct schema schema_session = {
    .name = "Session", .about = "a login", SCHEMA(session_fields)};

static const struct schema_field login_fields[] = {
    SECRET_TEXT("name", "whose"),
    SECRET_TEXT("password", "theirs"),
    {"totp",
     FIELD_TEXT,
     ASKED | NULL_IN,
     .about = "the code of their second factor, if they have one",
     .min = 1,
     .max = TEXT_MAX},
};
const struct schema schema_login = {
    .asked = "Login", .about = "who wants in", SCHEMA(login_fields)};

static const struct schema_field password_fields[] = {
    SECRET_TEXT("old", "the present password"),
    SECRET_TEXT("new", "8 characters at least, better 15"),
};
const struct schema schema_password = {
    .asked = "NewPassword", .about = "another password", SCHEMA(password_fields)};

static const struct schema_field proof_fields[] = {SECRET_TEXT("password", "yours")};
const struct schema schema_proof = {
    .asked = "Proof", .about = "that it is you", SCHEMA(proof_fields)};

static const struct schema_field totp_fields[] = {
    {"secret", FIELD_TEXT, SHOWN, .about = "for the authenticator, in base 32; shown once"},
    {"uri", FIELD_TEXT, SHOWN, .about = "the same as authenticators read it, otpauth://totp/..."},
};
const struct schema schema_totp = {
    .name = "SecondFactor", .about = "a second factor to confirm", SCHEMA(totp_fields)};

static const struct schema_field totp_code_fields[] = {
    SECRET_TEXT("code", "six digits of the authenticator, now")};
const struct schema schema_totp_code = {.asked = "SecondFactorCode",
                                        .about = "that the authenticator has it",
                                        SCHEMA(totp_code_fields)};

static const struct schema_field setup_fields[] = {
    SECRET_TEXT("code", "from the address that the server printed when it started"),
    SECRET_TEXT("name", "of the first administrator"),
    SECRET_TEXT("password", "8 characters at least, better 15"),
};
const struct schema schema_setup = {
    .asked = "Setup", .about = "the first administrator", SCHEMA(setup_fields)};

static const struct schema_field setup_needed_fields[] = {
    {"needed", FIELD_BOOL, SHOWN, .about = "there is no user yet"}};
const struct schema schema_setup_needed = {
    .name = "SetupNeeded", .about = "is there a user", SCHEMA(setup_needed_fields)};

static const struct schema_field audit_fields[] = {
    {"id", FIELD_ID, SHOWN, .about = "of the entry"},
    {"at", FIELD_TIME, SHOWN, .about = "when"},
    {"actor", FIELD_TEXT, SHOWN, .about = "who, by the name they had then; empty: unknown"},
    {"via", FIELD_TEXT, SHOWN, .about = "how they came", .values = "token|session|cli|setup"},
    {"action",
     FIELD_TEXT,
     SHOWN,
     .about = "an operation's id, logInFailed, or refused: many requests without a right"},
    {"object", FIELD_TEXT, SHOWN, .about = "what it was done to; may be empty"},
    {"detail", FIELD_TEXT, SHOWN, .about = "more about it; may be empty"},
    {"address", FIELD_TEXT, SHOWN, .about = "from where; empty: from the server itself"},
    {"event", FIELD_ID, SHOWN | NULL_OUT, .about = "of the log, with what was asked"},
};
const struct schema schema_audit = {
    .name = "AuditEntry", .about = "who did what", SCHEMA(audit_fields)};

/* ---- routes ---- */

const struct route_doc doc_api_log_in = {
    .id = "logIn",
    .summary = "Log in; the answer sets the cookie __Host-truecount. 401 with type totp-needed: "
               "the same again, with the code",
    .asks = &schema_login,
    .gives = &schema_session,
    .done = 200,
    .refuses = {400, 401, 403, 429, 503}};
const struct route_doc doc_api_session = {
    .id = "getSession",
    .is_personal = true,
    .summary = "Who is logged in",
    .gives = &schema_session,
    .done = 200,
};
const struct route_doc doc_api_log_out = {
    .id = "logOut", .is_personal = true, .summary = "End the session", .done = 204};
const struct route_doc doc_api_password = {.id = "changePassword",
                                           .is_personal = true,
                                           .summary = "One's own; ends one's other sessions",
                                           .asks = &schema_password,
                                           .gives = &schema_user,
                                           .done = 200,
                                           .refuses = {409, 429}};
const struct route_doc doc_request_totp_begin = {
    .id = "beginTotp",
    .is_personal = true,
    .summary = "A second factor for oneself; it counts once it is confirmed",
    .gives = &schema_totp,
    .done = 200,
    .refuses = {409}};
const struct route_doc doc_request_totp_confirm = {.id = "confirmTotp",
                                                   .is_personal = true,
                                                   .summary =
                                                       "From now on a login takes a code too",
                                                   .asks = &schema_totp_code,
                                                   .gives = &schema_user,
                                                   .done = 200,
                                                   .refuses = {409, 422}};
const struct route_doc doc_api_totp_remove = {.id = "removeTotp",
                                              .is_personal = true,
                                              .summary = "No second factor any more",
                                              .asks = &schema_proof,
                                              .gives = &schema_user,
                                              .done = 200,
                                              .refuses = {409, 429}};
const struct route_doc doc_read_setup = {.id = "getSetup",
                                         .summary = "Is there no user yet",
                                         .gives = &schema_setup_needed,
                                         .done = 200,
                                         .refuses = {503}};
const struct route_doc doc_api_setup = {
    .id = "setUp",
    .summary = "The first administrator, with the code that the server printed; logs in",
    .asks = &schema_setup,
    .gives = &schema_session,
    .done = 201,
    .refuses = {400, 403, 404, 429, 503}};
const struct route_doc doc_read_users = {.id = "listUsers",
                                         .summary = "Who may log in",
                                         QUERY(users_query),
                                         .gives = &schema_user,
                                         .frame = FRAME_PAGE,
                                         .done = 200};
const struct route_doc doc_request_users_create = {.id = "createUser",
                                                   .summary = "Let a person in",
                                                   .asks = &schema_user,
                                                   .gives = &schema_user,
                                                   .done = 201,
                                                   .refuses = {409}};
const struct route_doc doc_read_user = {.id = "getUser",
                                        .summary = "One user",
                                        .params = {"name"},
                                        .has_etag = true,
                                        .gives = &schema_user,
                                        .done = 200};
const struct route_doc doc_request_user_change = {
    .id = "changeUser",
    .summary = "Another role or password, or shut out; never the last administrator",
    .params = {"name"},
    .asks = &schema_user,
    .is_patch = true,
    .has_etag = true,
    .gives = &schema_user,
    .done = 200,
    .refuses = {409, 422}};
const struct route_doc doc_request_user_delete = {.id = "deleteUser",
                                                  .summary = "Forget a user; never the last "
                                                             "administrator",
                                                  .params = {"name"},
                                                  .done = 204,
                                                  .refuses = {409}};
const struct route_doc doc_read_audit = {.id = "listAudit",
                                         .summary = "Who did what, the newest first",
                                         QUERY(audit_query),
                                         .gives = &schema_audit,
                                         .frame = FRAME_PAGE,
                                         .done = 200};
const struct route_doc doc_api_stream = {
    .id = "stream",
    .summary = "What changes, as server-sent events: stock, push, delivery, incident, channel; "
               "reset: load everything again",
    QUERY(stream_query),
    .media = "text/event-stream",
    .done = 200};
