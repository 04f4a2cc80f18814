/* SPDX-License-Identifier: Apache-2.0 */
/* token create: one turn of the engine, the running server's or, without one, our own. */
#include "base/crypto.h"
#include "base/json_write.h"
#include "cli/cmd.h"
#include "cli/data_dir.h"
#include "cli/options.h"
#include "engine/request.h"
#include "env/env_uv.h"
#include "intake/api.h"

#define ANSWER_MAX ((size_t)64 << 10)

static void turn_kept(struct turn *turn)
{
    *(bool *)turn->owner = true; /* its outcome is read, and it is freed, by who made it */
}

/* Runs the turn on a stopped ledger. The channels' secrets stay closed: a token needs none. */
static enum err run_turn(struct engine *engine, struct turn *turn)
{
    bool is_done = false;
    // cppcheck-suppress autoVariables ; the turn is done with it when this function returns
    turn->owner = &is_done;
    must(engine_submit(engine, turn));
    while (!is_done) {
        engine_step(engine);
        engine_collect(engine);
    }
    return turn->err;
}

/* Owns the store from now on, whatever comes of it. */
static enum err create_in_store(
    struct store *store, struct slice body, int *out_status, struct buf *out, struct err_note *note)
{
    struct env_uv *uv = NULL;
    struct engine *engine = NULL;
    enum err e = env_uv_new(&uv, note);
    if (e) {
        store_close(store);
        return e;
    }
    const struct engine_config config = {.env = env_uv_env(uv), .store = store};
    e = engine_new(&config, &engine, note);
    struct turn *turn = e ? NULL : turn_new(TURN_REQUEST, turn_kept, NULL);
    if (turn) {
        turn->run = request_tokens_create;
        turn->method = SLICE("POST");
        turn->path = SLICE("/token");
        turn->body = body;
        turn->token_id = API_TOKEN_CONSOLE;
        turn->token_name = SLICE("console");
        turn->asker = (struct asker){.via = VIA_CLI, .action = "createToken"};
        e = run_turn(engine, turn);
        *note = turn->note;
        *out_status = turn->status;
        buf_slice(out, buf_view(&turn->answer));
        turn_free(turn);
    } else if (!e) {
        e = err_note(note, ERR_MEMORY, "out of memory");
    }
    engine_free(engine);
    env_uv_free(uv);
    return e;
}

/* Prints the token in the answer; the exit code. */
static int print_token(const char *command, int status, struct slice answer)
{
    struct json_doc *doc = json_doc_new();
    struct json root = {0};
    struct slice token = {0};
    struct err_note note = {""};
    bool is_token = status == 201 && doc && json_parse(doc, answer, &root, &note) == ERR_OK &&
                    json_text(json_get(root, "token"), &token);
    if (is_token) {
        printf("%.*s\n", SLICE_ARG(token));
    }
    json_doc_free(doc);
    return is_token ? 0 : data_dir_refused(command, status, answer);
}

static int create(const char *command, struct data_dir *dir, struct slice body)
{
    ON_EXIT(buf_free) struct buf answer;
    buf_init(&answer, ANSWER_MAX);
    struct err_note note = {""};
    int status = 0;
    if (dir->server) {
        const struct control_request request = {.method = "POST", .path = "/token", .body = body};
        int code = data_dir_ask(command, dir, &request, NULL, &status, &answer);
        return code ? code : print_token(command, status, buf_view(&answer));
    }
    enum err e = create_in_store(dir->store, body, &status, &answer, &note);
    dir->store = NULL;
    if (e) {
        fprintf(stderr,
                "truecount %s: not kept: %s\n",
                command,
                note.text[0] ? note.text : err_text(e));
        return 1;
    }
    return print_token(command, status, buf_view(&answer));
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
    char title[] = "token create";
    bool is_help = slice_is(slice_of(argv[1]), "--help");
    argv[is_help ? 0 : 1] = title;
    enum options_result r =
        options_parse(is_help ? argc : argc - 1,
                      is_help ? argv : argv + 1,
                      "Creates an access token and prints it once. Only its hash is kept. Works "
                      "the same while\na server runs on DIR, which then takes the token at once.",
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
    must(data && name); /* they are required */
    ON_EXIT(buf_free) struct buf body;
    buf_init(&body, ANSWER_MAX);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w);
    json_field_str(&w, "name", name);
    json_field_str(&w, "scope", scope_text(scope));
    json_end_object(&w);
    struct data_dir dir;
    int code = data_dir_open(argv[0], data, true, &dir);
    code = code ? code : create(argv[0], &dir, buf_view(&body));
    data_dir_close(&dir);
    return code;
}
