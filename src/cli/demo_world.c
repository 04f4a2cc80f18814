/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <unistd.h>

#include "cli/demo.h"
#include "env/env_uv.h"
#include "store/store.h"

enum err demo_world_start(struct demo_world *w,
                          const struct demo_shops_options *shops,
                          demo_setup_fn *fn,
                          void *arg,
                          struct err_note *note)
{
    snprintf(w->directory, sizeof(w->directory), "/tmp/truecount-demo-XXXXXX");
    if (!mkdtemp(w->directory)) {
        w->directory[0] = '\0';
        return err_note(note, ERR_IO, "cannot create a directory under /tmp");
    }
    const struct server_options options = {.data = w->directory,
                                           .keep_bodies_days = KEEP_BODIES_DAYS,
                                           .listen = "127.0.0.1:0",
                                           .admin_token = DEMO_ADMIN_TOKEN,
                                           .verify_at = "never",
                                           .is_trial = true,
                                           .private_ok = true};
    enum err e = env_uv_new(&w->uv, note);
    if (e) {
        return e;
    }
    w->env = env_uv_env(w->uv);
    e = server_new(w->env, &options, &w->server, note);
    e = e ? e : demo_shops_new(server_port(w->server), shops, &w->shops, note);
    if (e) {
        return e;
    }
    struct sandbox *sandbox = demo_shops_sandbox(w->shops);
    e = demo_shops_run(w->shops, note);
    return e ? e : demo_setup_start(w->env, server_port(w->server), sandbox, fn, arg, &w->setup);
}

void demo_world_end(struct demo_world *w)
{
    demo_setup_free(w->setup);
    demo_shops_free(w->shops);
    server_free(w->server);
    env_uv_free(w->uv);
    w->setup = NULL;
    w->shops = NULL;
    w->server = NULL;
    w->uv = NULL;
}

bool demo_world_verify(const struct demo_world *w)
{
    struct store *store = NULL;
    struct verify_report report;
    struct err_note note = {""};
    enum err e = store_sqlite_open(w->directory, NULL, &store, &note);
    e = e ? e : store_verify(store, &report, &note);
    store_close(store);
    if (e) {
        fprintf(stderr, "%s: verify: %s\n", w->command, note.text[0] ? note.text : err_text(e));
    }
    return e == ERR_OK;
}

void demo_world_remove(const struct demo_world *w)
{
    DIR *directory = w->directory[0] ? opendir(w->directory) : NULL;
    struct dirent *entry;
    while (directory && (entry = readdir(directory))) {
        char file[400];
        snprintf(file, sizeof(file), "%s/%s", w->directory, entry->d_name);
        unlink(file); /* refuses directories, so "." and ".." stay */
    }
    if (directory) {
        closedir(directory);
        rmdir(w->directory);
    }
}
