/* SPDX-License-Identifier: Apache-2.0 */
/* People, their sessions, and who did what. */
#include "store/rows/rows_internal.h"

static struct user_row *user_read(struct sql_stmt *q, struct arena *arena)
{
    struct user_row *row = ARENA_NEW(arena, struct user_row);
    if (row) {
        *row = (struct user_row){.id = col_int(q, 0),
                                 .state = (enum user_state)col_int(q, 1),
                                 .name = col_text(q, 2, arena),
                                 .role = (enum token_scope)col_int(q, 3),
                                 .password = col_text(q, 4, arena),
                                 .totp = col_text(q, 5, arena),
                                 .totp_next = col_text(q, 6, arena),
                                 .totp_used = col_int(q, 7),
                                 .created_at_us = col_int(q, 8),
                                 .last_login_at_us = col_int(q, 9)};
    }
    return row;
}

static struct session_row *session_read(struct sql_stmt *q, struct arena *arena)
{
    struct session_row *row = ARENA_NEW(arena, struct session_row);
    if (row) {
        *row = (struct session_row){.id = col_int(q, 0),
                                    .user = col_int(q, 1),
                                    .created_at_us = col_int(q, 3),
                                    .seen_at_us = col_int(q, 4)};
        col_bytes(q, 2, row->hash, sizeof(row->hash));
    }
    return row;
}

static struct audit_row *audit_read(struct sql_stmt *q, struct arena *arena)
{
    struct audit_row *row = ARENA_NEW(arena, struct audit_row);
    if (row) {
        *row = (struct audit_row){.n = col_int(q, 0),
                                  .at_us = col_int(q, 1),
                                  .actor = col_text(q, 2, arena),
                                  .via = (enum asked_via)col_int(q, 3),
                                  .action = col_text(q, 4, arena),
                                  .object = col_text(q, 5, arena),
                                  .detail = col_text(q, 6, arena),
                                  .address = col_text(q, 7, arena),
                                  .event = col_int(q, 8)};
    }
    return row;
}

static enum err load_users(struct store *store, struct arena *arena, struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_USERS, "");
    ALL(s, q, arena, out, user_read(q, arena));
    return ERR_OK;
}

static enum err load_sessions(struct store *store, struct arena *arena, struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_SESSIONS, "");
    ALL(s, q, arena, out, session_read(q, arena));
    return ERR_OK;
}

static enum err
list_audits(struct store *store, const struct store_query *q, struct arena *arena, struct rows *out)
{
    struct sql_store *s = sql_of(store);
    int64_t start = q->after || !q->newest_first ? q->after : INT64_MAX;
    struct sql_stmt *found = sql_bind(s,
                                      q->newest_first ? SQL_AUDITS_DOWN : SQL_AUDITS_UP,
                                      "izzi",
                                      start,
                                      q->text,
                                      q->actor,
                                      (int64_t)q->limit);
    ALL(s, found, arena, out, audit_read(found, arena));
    return ERR_OK;
}

enum err rows_save_user(struct sql_store *s, const void *item)
{
    const struct user_row *row = item;
    return sql_run(s,
                   sql_bind(s,
                            SQL_USER_PUT,
                            "iititbbiii",
                            row->id,
                            (int64_t)row->state,
                            row->name,
                            (int64_t)row->role,
                            row->password,
                            row->totp,
                            row->totp_next,
                            row->totp_used,
                            row->created_at_us,
                            row->last_login_at_us));
}

enum err rows_save_session(struct sql_store *s, const void *item)
{
    const struct session_row *row = item;
    const struct slice hash = {(const char *)row->hash, sizeof(row->hash)};
    return sql_run(s,
                   sql_bind(s,
                            SQL_SESSION_PUT,
                            "iibii",
                            row->id,
                            row->user,
                            hash,
                            row->created_at_us,
                            row->seen_at_us));
}

enum err rows_delete_session(struct sql_store *s, const void *item)
{
    const struct session_row *row = item;
    return sql_run(s, sql_bind(s, SQL_SESSION_DELETE, "i", row->id));
}

enum err rows_delete_audit(struct sql_store *s, const void *item)
{
    const struct audit_row *row = item;
    return sql_run(s, sql_bind(s, SQL_AUDIT_DELETE, "i", row->n));
}

enum err rows_save_audit(struct sql_store *s, const void *item)
{
    const struct audit_row *row = item;
    return sql_run(s,
                   sql_bind(s,
                            SQL_AUDIT_PUT,
                            "iititttti",
                            row->n,
                            row->at_us,
                            row->actor,
                            (int64_t)row->via,
                            row->action,
                            row->object,
                            row->detail,
                            row->address,
                            row->event));
}

void rows_access_ops(struct store_ops *ops)
{
    ops->users = load_users;
    ops->sessions = load_sessions;
    ops->list_audits = list_audits;
}
