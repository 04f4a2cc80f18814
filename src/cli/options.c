/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

static void print_help(const char *command,
                       const char *summary,
                       const struct option *options,
                       size_t count,
                       const struct words *words)
{
    printf("usage: truecount %s%s%s [options]\n\n%s\n\noptions:\n",
           command,
           words && words->usage[0] ? " " : "",
           words ? words->usage : "",
           summary);
    for (size_t i = 0; i < count; i++) {
        char left[64];
        snprintf(left,
                 sizeof(left),
                 "--%s%s%s",
                 options[i].name,
                 options[i].argument ? " " : "",
                 options[i].argument ? options[i].argument : "");
        printf(
            "  %-28s %s%s\n", left, options[i].help, options[i].is_required ? " (required)" : "");
    }
    printf("  %-28s this text\n\nEach option may be given as TRUECOUNT_NAME in the environment "
           "instead.\n",
           "--help");
}

static const struct option *find(const struct option *options, size_t count, struct slice name)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_is(name, options[i].name)) {
            return &options[i];
        }
    }
    return NULL;
}

static bool set(const char *command, const struct option *o, const char *value)
{
    int64_t number;
    switch (o->type) {
    case OPTION_TEXT:
        *o->text = value;
        return true;
    case OPTION_TEXTS:
        for (int64_t i = 0; i < o->max; i++) {
            if (!o->text[i]) {
                o->text[i] = value;
                return true;
            }
        }
        fprintf(stderr, "truecount %s: --%s is there too often\n", command, o->name);
        return false;
    case OPTION_SWITCH:
        *o->is_set = true;
        return true;
    case OPTION_NUMBER:
        if (slice_int(slice_of(value), &number) && number >= o->min && number <= o->max) {
            *o->number = number;
            return true;
        }
        fprintf(stderr,
                "truecount %s: --%s wants a whole number from %" PRId64 " to %" PRId64
                ", not '%s'\n",
                command,
                o->name,
                o->min,
                o->max,
                value);
        return false;
    }
    return false;
}

static bool from_environment(const char *command, const struct option *options, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char name[80] = "TRUECOUNT_";
        size_t n = strlen(name);
        for (const char *c = options[i].name; *c && n + 1 < sizeof(name); c++) {
            name[n++] = *c == '-' ? '_' : *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
        }
        name[n] = '\0';
        const char *value = getenv(name);
        bool off = value && (strcmp(value, "") == 0 || strcmp(value, "0") == 0);
        if (value && !(options[i].type == OPTION_SWITCH && off) &&
            !set(command, &options[i], value)) {
            return false;
        }
    }
    return true;
}

static bool take_word(const char *command, struct words *words, const char *word)
{
    if (words->count == words->max) {
        fprintf(stderr,
                "truecount %s: '%s' is one too many; see truecount %s --help\n",
                command,
                word,
                command);
        return false;
    }
    words->items[words->count++] = word;
    return true;
}

/* True when all that is needed was given. */
static bool is_complete(const char *command,
                        const struct option *options,
                        size_t count,
                        const struct words *words)
{
    if (words && words->count < words->min) {
        fprintf(stderr,
                "truecount %s: say truecount %s %s; see truecount %s --help\n",
                command,
                command,
                words->usage,
                command);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const char *text = options[i].type == OPTION_TEXT ? *options[i].text : "-";
        if (options[i].is_required && (!text || !text[0])) {
            fprintf(stderr,
                    "truecount %s: --%s %s is needed; see truecount %s --help\n",
                    command,
                    options[i].name,
                    options[i].argument,
                    command);
            return false;
        }
    }
    return true;
}

enum options_result options_parse(
    int argc, char **argv, const char *summary, const struct option *options, size_t count)
{
    return options_parse_words(argc, argv, summary, options, count, NULL);
}

enum options_result options_parse_words(int argc,
                                        char **argv,
                                        const char *summary,
                                        const struct option *options,
                                        size_t count,
                                        struct words *words)
{
    const char *command = argv[0];
    bool are_words = false;
    if (!from_environment(command, options, count)) {
        return OPTIONS_WRONG;
    }
    for (int i = 1; i < argc; i++) {
        struct slice arg = slice_of(argv[i]), name;
        if (!are_words && (slice_is(arg, "--help") || slice_is(arg, "-h"))) {
            print_help(command, summary, options, count, words);
            return OPTIONS_HELP;
        }
        if (words && !are_words && slice_is(arg, "--")) {
            are_words = true;
            continue;
        }
        if (words && (are_words || !slice_starts(arg, "--"))) {
            if (!take_word(command, words, argv[i])) {
                return OPTIONS_WRONG;
            }
            continue;
        }
        struct slice value = slice_starts(arg, "--") ? slice_from(arg, 2) : (struct slice){0};
        bool has_value = slice_cut(&value, '=', &name);
        const struct option *o = find(options, count, name);
        if (!o || !slice_starts(arg, "--")) {
            fprintf(stderr,
                    "truecount %s: unknown option '%s'; see truecount %s --help\n",
                    command,
                    argv[i],
                    command);
            return OPTIONS_WRONG;
        }
        const char *text = has_value                  ? value.p
                           : o->type == OPTION_SWITCH ? ""
                           : i + 1 < argc             ? argv[++i]
                                                      : NULL;
        if (!text) {
            fprintf(
                stderr, "truecount %s: --%s wants a value (%s)\n", command, o->name, o->argument);
            return OPTIONS_WRONG;
        }
        if (!set(command, o, text)) {
            return OPTIONS_WRONG;
        }
    }
    return is_complete(command, options, count, words) ? OPTIONS_OK : OPTIONS_WRONG;
}

int options_exit(enum options_result result)
{
    return result == OPTIONS_WRONG ? 2 : 0;
}
