/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens, people, their sessions and the audit: the same claims for memory and SQLite. */
#include "testing.h"

#include "support/every_store.h"

#define USER_INTS(X) X(totp_used) X(created_at_us) X(last_login_at_us)
#define USER_TEXTS(X) X(name) X(password) X(totp) X(totp_next)
#define SESSION_INTS(X) X(user) X(created_at_us) X(seen_at_us)
#define AUDIT_INTS(X) X(at_us) X(event)
#define AUDIT_TEXTS(X) X(actor) X(action) X(object) X(detail) X(address)
#define TOKEN_INTS(X) X(created_at_us) X(expires_at_us) X(used_day)
#define TOKEN_TEXTS(X) X(name) X(made_by)

static void assert_user(const struct user_row *got, struct user_row row)
{
    assert_int_equal(got->id, row.id);
    assert_int_equal(got->state, row.state);
    assert_int_equal(got->role, row.role);
    USER_INTS(SAME_INT)
    USER_TEXTS(SAME_TEXT)
}

static void test_users_come_back_whole_and_are_replaced_by_id(void **state)
{
    struct world *w = world_of(state);
    int64_t n = 40;
    struct user_row row = {
        .id = w->ops->next_id(w->store, ID_USER), .state = USER_DISABLED, .role = SCOPE_ADMIN};
    USER_INTS(FILL_INT)
    USER_TEXTS(FILL_TEXT)
    struct user_row other = {.id = w->ops->next_id(w->store, ID_USER)};
    WORLD_ADD(w, users, other);
    WORLD_ADD(w, users, row);
    world_commit(w);
    struct rows rows = {0};
    OK(w->ops->users(w->store, &w->arena, &rows));
    assert_int_equal(rows.count, 2);
    assert_user(rows.items[0], row);
    assert_user(rows.items[1], other);

    row.state = USER_GONE;
    row.name = row.password = (struct slice){0};
    WORLD_ADD(w, users, row);
    world_commit(w);
    rows = (struct rows){0};
    OK(w->ops->users(w->store, &w->arena, &rows));
    assert_int_equal(rows.count, 2);
    assert_user(rows.items[0], row);
}

static void test_a_users_number_is_never_given_again(void **state)
{
    struct world *w = world_of(state);
    struct user_row row = {.id = w->ops->next_id(w->store, ID_USER), .state = USER_GONE};
    WORLD_ADD(w, users, row);
    world_commit(w);
    if (w->dir[0]) {
        store_close(w->store);
        world_open_again(w);
    }
    assert_int_equal(w->ops->next_id(w->store, ID_USER), row.id + 1);
}

static void test_sessions_are_kept_changed_and_ended(void **state)
{
    struct world *w = world_of(state);
    int64_t n = 7;
    struct session_row row = {.id = w->ops->next_id(w->store, ID_SESSION), .hash = {1, 2, 3}};
    SESSION_INTS(FILL_INT)
    struct session_row other = {.id = w->ops->next_id(w->store, ID_SESSION), .hash = {4}};
    WORLD_ADD(w, sessions, row);
    WORLD_ADD(w, sessions, other);
    world_commit(w);
    row.seen_at_us += 9;
    WORLD_ADD(w, sessions, row);
    WORLD_ADD(w, sessions_gone, other);
    world_commit(w);
    struct rows rows = {0};
    OK(w->ops->sessions(w->store, &w->arena, &rows));
    assert_int_equal(rows.count, 1);
    const struct session_row *got = rows.items[0];
    assert_int_equal(got->id, row.id);
    assert_memory_equal(got->hash, row.hash, sizeof(row.hash));
    SESSION_INTS(SAME_INT)
}

/* A login and its end may share a commit. */
static void test_a_session_that_ends_in_its_own_commit_is_gone(void **state)
{
    struct world *w = world_of(state);
    struct session_row row = {.id = w->ops->next_id(w->store, ID_SESSION)};
    WORLD_ADD(w, sessions, row);
    WORLD_ADD(w, sessions_gone, row);
    world_commit(w);
    struct rows rows = {0};
    OK(w->ops->sessions(w->store, &w->arena, &rows));
    assert_int_equal(rows.count, 0);
}

static void add_entry(struct world *w, const char *actor, const char *action)
{
    struct audit_row row = {.n = w->ops->next_id(w->store, ID_AUDIT),
                            .actor = slice_of(actor),
                            .action = slice_of(action)};
    WORLD_ADD(w, audits, row);
}

static struct rows audits(struct world *w, struct store_query q)
{
    struct rows rows = {0};
    OK(w->ops->list_audits(w->store, &q, &w->arena, &rows));
    return rows;
}

static void test_the_audit_is_read_by_actor_and_action_both_ways(void **state)
{
    struct world *w = world_of(state);
    int64_t n = 60;
    struct audit_row row = {.n = w->ops->next_id(w->store, ID_AUDIT), .via = VIA_SETUP};
    AUDIT_INTS(FILL_INT)
    AUDIT_TEXTS(FILL_TEXT)
    WORLD_ADD(w, audits, row);
    add_entry(w, "anna", "logIn");
    add_entry(w, "bob", "logIn");
    add_entry(w, "anna", "createToken");
    world_commit(w);

    struct rows rows = audits(w, (struct store_query){.limit = 10});
    assert_int_equal(rows.count, 4);
    const struct audit_row *got = rows.items[0];
    assert_int_equal(got->n, row.n);
    assert_int_equal(got->via, row.via);
    AUDIT_INTS(SAME_INT)
    AUDIT_TEXTS(SAME_TEXT)

    rows = audits(w, (struct store_query){.limit = 10, .newest_first = true});
    assert_int_equal(((const struct audit_row *)rows.items[0])->n, row.n + 3);
    rows = audits(w, (struct store_query){.limit = 2, .newest_first = true, .after = row.n + 3});
    assert_int_equal(rows.count, 2);
    assert_int_equal(((const struct audit_row *)rows.items[0])->n, row.n + 2);
    rows = audits(w, (struct store_query){.limit = 10, .actor = SLICE("anna")});
    assert_int_equal(rows.count, 2);
    rows = audits(w, (struct store_query){.limit = 10, .text = SLICE("logIn")});
    assert_int_equal(rows.count, 2);
    rows = audits(
        w, (struct store_query){.limit = 10, .text = SLICE("createToken"), .actor = SLICE("anna")});
    assert_int_equal(rows.count, 1);
    assert_int_equal(((const struct audit_row *)rows.items[0])->n, row.n + 3);
}

static void test_tokens_come_back_with_their_end_and_their_maker(void **state)
{
    struct world *w = world_of(state);
    int64_t n = 90;
    struct token_row row = {
        .id = w->ops->next_id(w->store, ID_TOKEN), .hash = {5}, .scope = SCOPE_OPERATE};
    TOKEN_INTS(FILL_INT)
    TOKEN_TEXTS(FILL_TEXT)
    WORLD_ADD(w, tokens, row);
    world_commit(w);
    struct rows rows = {0};
    OK(w->ops->tokens(w->store, &w->arena, &rows));
    assert_int_equal(rows.count, 1);
    const struct token_row *got = rows.items[0];
    assert_int_equal(got->scope, row.scope);
    assert_memory_equal(got->hash, row.hash, sizeof(row.hash));
    TOKEN_INTS(SAME_INT)
    TOKEN_TEXTS(SAME_TEXT)
}

static void test_entries_of_the_audit_that_are_forgotten_are_gone_and_numbers_go_on(void **state)
{
    struct world *w = world_of(state);
    add_entry(w, "anna", "logIn");
    add_entry(w, "bob", "logIn");
    add_entry(w, "anna", "createToken");
    world_commit(w);
    struct rows rows = audits(w, (struct store_query){.limit = 10});
    struct audit_row first = *(const struct audit_row *)rows.items[0];
    WORLD_ADD(w, audits_gone, first);
    world_commit(w);
    rows = audits(w, (struct store_query){.limit = 10});
    assert_int_equal(rows.count, 2);
    assert_int_equal(((const struct audit_row *)rows.items[0])->n, first.n + 1);
    assert_int_equal(w->ops->next_id(w->store, ID_AUDIT), first.n + 3);
}

// clang-format off
#define EACH(X, open) \
    X(test_users_come_back_whole_and_are_replaced_by_id, open), \
    X(test_a_users_number_is_never_given_again, open), \
    X(test_sessions_are_kept_changed_and_ended, open), \
    X(test_a_session_that_ends_in_its_own_commit_is_gone, open), \
    X(test_the_audit_is_read_by_actor_and_action_both_ways, open), \
    X(test_entries_of_the_audit_that_are_forgotten_are_gone_and_numbers_go_on, open), \
    X(test_tokens_come_back_with_their_end_and_their_maker, open)
// clang-format on

RUN_ON_EVERY_STORE(EACH)
