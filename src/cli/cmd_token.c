/* SPDX-License-Identifier: Apache-2.0 */
#include "base/crypto.h"
#include "base/env.h"
#include "cli/cmd.h"
#include "cli/options.h"
#include "engine/request.h"
#include "store/store.h"

/* Writes the token's row and its event in one commit. */
static enum err keep(struct store *store, struct token_row *row, int64_t now_us)
{
    struct arena arena;
    arena_init(&arena, (size_t)1024 * 1024);
    struct store_changes changes = {0};
    row->id = store->ops->next_id(store, ID_TOKEN);
    struct event_row event = {
        .n = store->ops->next_id(store, ID_EVENT),
        .at_us = now_us,
        .kind = SLICE("token"),
        .subject = row->name,
        .facts = arena_printf(
            &arena, "{\"id\":%" PRId64 ",\"scope\":\"%s\"}", row->id, scope_text(row->scope))};
    enum err e = rows_add(&changes.tokens, &arena, row) && rows_add(&changes.events, &arena, &event)
                     ? ERR_OK
                     : ERR_LIMIT;
    e = e ? e : store->ops->begin(store);
    e = e ? e : store->ops->save(store, &changes);
    e = e ? e : store->ops->commit(store, now_us);
    store->ops->rollback(store);
    arena_free(&arena);
    return e;
}

static int create(const char *data, const char *name, enum token_scope scope)
{
    struct store *store = NULL;
    struct err_note note = {""};
    enum err e = store_sqlite_open(data, NULL, &store, &note);
    if (e) {
        fprintf(stderr, "truecount token: %s\n", note.text[0] ? note.text : err_text(e));
        return e == ERR_CORRUPT || e == ERR_IO ? 1 : 2;
    }
    struct arena arena;
    struct timespec now;
    uint8_t random[32];
    arena_init(&arena, 64 * 1024);
    clock_gettime(CLOCK_REALTIME, &now);
    crypto_random(random, sizeof(random));
    struct slice token = arena_printf(
        &arena,
        "tc_%.*s",
        SLICE_ARG(hex_encode(&arena, (struct slice){(const char *)random, sizeof(random)})));
    struct token_row row = {
        .name = slice_of(name), .scope = scope, .created_at_us = (int64_t)now.tv_sec * US_PER_S};
    token_hash(token, row.hash);
    e = keep(store, &row, row.created_at_us);
    if (e) {
        fprintf(stderr, "truecount token: not kept: %s\n", err_text(e));
    } else {
        printf("%.*s\n", SLICE_ARG(token));
    }
    arena_free(&arena);
    store_close(store);
    return e ? 1 : 0;
}

int cmd_token(int argc, char **argv)
{
    const char *data = NULL, *name = NULL, *scope_name = "operate";
    enum token_scope scope;
    const struct option options[] = {
        {"data", OPTION_TEXT, "DIR", "the data directory", .is_required = true, .text = &data},
        {"name", OPTION_TEXT, "NAME", "whose token it is", .is_required = true, .text = &name},
        {"scope", OPTION_TEXT, "SCOPE", "read, operate or admin (operate)", .text = &scope_name}};
    if (argc < 2 ||
        (!slice_is(slice_of(argv[1]), "create") && !slice_is(slice_of(argv[1]), "--help"))) {
        fprintf(stderr,
                "truecount token: say token create --data DIR --name NAME --scope "
                "read|operate|admin\n");
        return 2;
    }
    bool is_help = slice_is(slice_of(argv[1]), "--help");
    enum options_result r =
        options_parse(is_help ? argc : argc - 1,
                      is_help ? argv : argv + 1,
                      "Creates an access token and prints it once. Only its hash is kept.",
                      options,
                      COUNT_OF(options));
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    if (!scope_parse(slice_of(scope_name), &scope)) {
        fprintf(
            stderr, "truecount token: --scope is read, operate or admin, not '%s'\n", scope_name);
        return 2;
    }
    return create(data, name, scope);
}
