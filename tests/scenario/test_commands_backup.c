/* SPDX-License-Identifier: Apache-2.0 */
/* truecount backup and restore, as a person runs them, beside a server that serves. */
#include "support/command.h"

#include "support/backed_up.h"

static char *read_dump(struct command *c)
{
    RUN(c, "dump", "--canonical");
    assert_int_equal(c->code, 0);
    char *text = strdup(c->out);
    must(text);
    return text;
}

/* Entries of a directory, without its own two. */
static size_t entries_of(const char *path)
{
    size_t count = 0;
    const struct dirent *entry;
    DIR *dir = opendir(path);
    while (dir && (entry = readdir(dir))) {
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    if (dir) {
        closedir(dir);
    }
    return count;
}

static void open_ledger(struct served *s)
{
    served_start(s);
    served_location(s, "berlin");
    for (int i = 0; i < 20; i++) {
        char sku[16];
        snprintf(sku, sizeof(sku), "SKU-%d", i);
        served_sku(s, sku, 10 + i);
    }
}

static void wants(const char *text, const char *part)
{
    if (!strstr(text, part)) {
        fail_msg("'%s' is not in: %s", part, text);
    }
}

static void test_what_is_restored_is_the_state_of_the_moment_of_the_backup(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    struct backed_up b;
    char to[96], there[96];
    open_ledger(s);
    char *before = read_dump(&c);
    snprintf(b.to, sizeof(b.to), "%s/backups", s->directory);
    snprintf(there, sizeof(there), "%s/there", s->directory);
    snprintf(to, sizeof(to), "%s/there/secrets.key", s->directory);
    WANT_RUN(&c, 0, NULL, NULL, "backup", "--to", b.to);
    wants(c.out, "THE KEY IS NOT IN IT");
    wants(c.out, "proven: 41 events, 20 movements, 0 orders, 20 SKUs");
    backed_up_find(&b);
    served_receive(s, "SKU-0", 5); /* it goes on serving */
    WANT_RUN(&c, 0, NULL, NULL, "restore", "--from", b.path, "--data", there);
    wants(c.out, "THERE IS NO KEY");
    assert_int_equal(access(to, F_OK), -1);
    served_stop(s);
    snprintf(s->data, sizeof(s->data), "%s", there);
    char *after = read_dump(&c);
    assert_string_equal(before, after);
    free(before);
    free(after);
    command_free(&c);
    served_verify(s);
}

static void test_a_restore_overwrites_nothing_and_says_what_to_do(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    struct backed_up b;
    open_ledger(s);
    back_up(s, &b);
    WANT_RUN(&c, 2, NULL, NULL, "restore", "--from", b.path, "--data", s->data);
    wants(c.err, "nothing is overwritten");
    WANT_RUN(&c, 2, NULL, NULL, "restore", "--data", s->data);
    WANT_RUN(&c, 2, NULL, NULL, "restore", "--in-place", "--from", b.path, "--data", s->data);
    WANT_RUN(&c, 2, NULL, NULL, "restore", "--in-place", "--data", s->data);
    wants(c.err, "stop it first");
    WANT_RUN(&c, 2, NULL, NULL, "restore", "--from", s->directory, "--data", s->data);
    wants(c.err, "is no backup");
    command_free(&c);
    served_end(s);
}

/* One byte of a file becomes another. */
static void damage(const char *directory, const char *name, long at)
{
    char path[300];
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    assert_int_equal(fseek(f, at, SEEK_SET), 0);
    int byte = fgetc(f);
    assert_int_equal(fseek(f, at, SEEK_SET), 0);
    assert_int_not_equal(fputc(byte ^ 1, f), EOF);
    fclose(f);
}

static void test_a_damaged_backup_is_found_and_nothing_of_it_is_put_anywhere(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    struct backed_up b;
    char there[96];
    open_ledger(s);
    back_up(s, &b);
    snprintf(there, sizeof(there), "%s/there", s->directory);
    damage(b.path, "truecount.db", 20000);
    WANT_RUN(&c, 1, NULL, NULL, "restore", "--from", b.path, "--data", there);
    wants(c.err, "not what its manifest says");
    assert_int_equal(entries_of(there), 0);
    damage(b.path, "truecount.db", 20000); /* whole again; now its key */
    damage(b.path, "secrets.key", 3);
    WANT_RUN(&c, 1, NULL, NULL, "restore", "--from", b.path, "--data", there);
    assert_int_equal(entries_of(there), 0);
    damage(b.path, "secrets.key", 3);
    damage(b.path, "manifest.json", 1);
    WANT_RUN(&c, 2, NULL, NULL, "restore", "--from", b.path, "--data", there);
    damage(b.path, "manifest.json", 1);
    WANT_RUN(&c, 0, NULL, NULL, "restore", "--from", b.path, "--data", there);
    assert_int_equal(entries_of(there), 3); /* ledger, key, mark */
    command_free(&c);
    served_end(s);
}

static void test_a_ledger_whose_numbers_do_not_prove_is_not_kept_as_a_backup(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    char to[96], file[128];
    open_ledger(s);
    served_stop(s);
    snprintf(to, sizeof(to), "%s/backups", s->directory);
    snprintf(file, sizeof(file), "%s/truecount.db", s->data);
    char *text = file_text(file);
    struct stat st;
    assert_int_equal(stat(file, &st), 0);
    /* The text of an event, in the middle of the log; a page that was split holds it twice. */
    static const char said[] = "\"title\":\"SKU-7\"";
    int found = 0;
    for (const char *at = text;
         (at = memmem(at, (size_t)(text + st.st_size - at), said, sizeof(said) - 1));
         at++) {
        damage(s->data, "truecount.db", (long)(at - text) + 13);
        found++;
    }
    assert_true(found > 0);
    free(text);
    WANT_RUN(&c, 1, NULL, NULL, "backup", "--to", to);
    wants(c.err, "nothing was kept");
    assert_int_equal(entries_of(to), 0);
    WANT_RUN(&c, 0, NULL, NULL, "backup", "--to", to, "--no-verify");
    wants(c.out, "not proven");
    command_free(&c);
}

static void test_older_ones_of_this_ledger_alone_are_removed_and_killed_ones_too(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    char to[96], path[200];
    open_ledger(s);
    snprintf(to, sizeof(to), "%s/backups", s->directory);
    assert_int_equal(mkdir(to, 0700), 0);
    /* What a killed one left, another ledger's backup, and what somebody else keeps there. */
    snprintf(path, sizeof(path), "%s/.truecount-2026-01-01T00-00-00Z.partial", to);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof(path), "%s/truecount-2020-01-01T00-00-00Z", to);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof(path), "%s/notes", to);
    assert_int_equal(mkdir(path, 0700), 0);
    for (size_t n = 1; n <= 3; n++) {
        WANT_RUN(&c, 0, NULL, NULL, "backup", "--to", to, "--keep", "2");
        assert_int_equal(entries_of(to), 2 + (n < 2 ? n : 2));
        served_run(s, 1100 * US_PER_MS); /* a name is a second's */
    }
    wants(c.out, "1 older ones were removed");
    WANT_RUN(&c, 0, NULL, NULL, "backup", "--to", to, "--json");
    wants(c.out, "\"proven\":true");
    command_free(&c);
    served_end(s);
}

static void test_where_there_is_no_room_nothing_is_left_and_it_says_how_much_is_needed(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    char to[96];
    open_ledger(s);
    snprintf(to, sizeof(to), "%s/small", s->directory);
    assert_int_equal(mkdir(to, 0700), 0);
    if (mount("tmpfs", to, "tmpfs", 0, "size=8m") != 0) {
        served_end(s);
        skip(); /* only root may mount */
    }
    WANT_RUN(&c, 2, NULL, NULL, "backup", "--to", to);
    size_t left = entries_of(to);
    assert_int_equal(umount2(to, MNT_DETACH), 0);
    wants(c.err, "make room");
    assert_int_equal(left, 0);
    command_free(&c);
    served_end(s);
}

static void test_a_directory_put_back_by_other_means_can_be_marked(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    char path[128];
    open_ledger(s);
    served_stop(s);
    WANT_RUN(&c, 0, NULL, NULL, "restore", "--in-place", "--data", s->data);
    snprintf(path, sizeof(path), "%s/restored", s->data);
    assert_int_equal(access(path, F_OK), 0);
    served_start(s);
    UNTIL(s, 10, access(path, F_OK) != 0); /* there is no channel to wait for */
    assert_int_equal(served_incidents(s, "RESTORED", NULL), 1);
    command_free(&c);
    served_end(s);
}

static void test_a_restore_that_was_killed_is_begun_anew(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    struct backed_up b;
    char there[96], path[160];
    open_ledger(s);
    back_up(s, &b);
    snprintf(there, sizeof(there), "%s/there", s->directory);
    assert_int_equal(mkdir(there, 0700), 0);
    snprintf(path, sizeof(path), "%s/restoring", there);
    assert_int_equal(mkdir(path, 0700), 0);
    static const char *const left[] = {"restoring/truecount.db", "restored"};
    for (size_t i = 0; i < COUNT_OF(left); i++) {
        snprintf(path, sizeof(path), "%s/%s", there, left[i]);
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        fputs("half", f);
        fclose(f);
    }
    WANT_RUN(&c, 0, NULL, NULL, "restore", "--from", b.path, "--data", there);
    assert_int_equal(entries_of(there), 3);
    served_stop(s);
    snprintf(s->data, sizeof(s->data), "%s", there);
    served_verify(s);
    command_free(&c);
}

/* The number of the schema, as SQLite's format has it. */
static int schema_of(const struct served *s, int set)
{
    char path[128];
    uint8_t b[4];
    snprintf(path, sizeof(path), "%s/truecount.db", s->data);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, b, sizeof(b), 60), 4);
    if (set) {
        b[3] = (uint8_t)set;
        assert_int_equal(pwrite(fd, b, sizeof(b), 60), 4);
    }
    close(fd);
    return b[3];
}

static void test_a_ledger_of_an_older_release_is_not_migrated_by_its_backup(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    char to[96];
    open_ledger(s);
    served_stop(s);
    snprintf(to, sizeof(to), "%s/backups", s->directory);
    int schema = schema_of(s, 0);
    assert_true(schema > 1);
    (void)schema_of(s, schema - 1);
    WANT_RUN(&c, 2, NULL, NULL, "backup", "--to", to);
    wants(c.err, "of an older truecount");
    assert_int_equal(schema_of(s, 0), schema - 1);
    assert_int_equal(entries_of(to), 0);
    (void)schema_of(s, schema);
    WANT_RUN(&c, 0, NULL, NULL, "backup", "--to", to);
    command_free(&c);
    served_end(s);
}

static void test_a_ledger_in_a_database_is_left_to_its_own_tools(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    char to[96], path[128];
    snprintf(to, sizeof(to), "%s/backups", s->directory);
    assert_int_equal(mkdir(s->data, 0700), 0);
    snprintf(path, sizeof(path), "%s/store", s->data);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("postgresql://127.0.0.1:1/nobody\n", f);
    fclose(f);
    /* Nobody is there to be asked either: it is not even tried. */
    WANT_RUN(&c, 2, NULL, NULL, "backup", "--to", to);
    wants(c.err, "in PostgreSQL");
    assert_int_equal(access(to, F_OK), -1);
    command_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_what_is_restored_is_the_state_of_the_moment_of_the_backup),
        SCENARIO(test_a_restore_overwrites_nothing_and_says_what_to_do),
        SCENARIO(test_a_damaged_backup_is_found_and_nothing_of_it_is_put_anywhere),
        SCENARIO(test_a_ledger_whose_numbers_do_not_prove_is_not_kept_as_a_backup),
        SCENARIO(test_older_ones_of_this_ledger_alone_are_removed_and_killed_ones_too),
        SCENARIO(test_where_there_is_no_room_nothing_is_left_and_it_says_how_much_is_needed),
        SCENARIO(test_a_directory_put_back_by_other_means_can_be_marked),
        SCENARIO(test_a_restore_that_was_killed_is_begun_anew),
        SCENARIO(test_a_ledger_in_a_database_is_left_to_its_own_tools),
        SCENARIO(test_a_ledger_of_an_older_release_is_not_migrated_by_its_backup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
