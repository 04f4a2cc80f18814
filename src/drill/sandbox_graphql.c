/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_graphql - the reader: tokens, then the document by recursive descent. */
#include "drill/sandbox_graphql.h"

#define DOCUMENT_MAX ((size_t)256 << 10)
#define ITEMS_MAX ((size_t)2000)

enum token_kind {
    TOKEN_END,
    TOKEN_PUNCT,
    TOKEN_NAME,
    TOKEN_INT,
    TOKEN_FLOAT,
    TOKEN_TEXT,
    TOKEN_BAD
};

struct token {
    enum token_kind kind;
    struct slice text; /* TEXT: unescaped; PUNCT: "..." or one byte */
    struct gql_spot spot;
};

struct parser {
    struct slice text;
    size_t at;
    int line;
    size_t line_start;
    struct arena *arena;
    struct token token; /* the one looked at */
    int depth;
    bool is_broken;
    struct err_note *note;
    struct gql_spot bad;
};

static void broken(struct parser *p, const char *what)
{
    if (p->is_broken) {
        return;
    }
    p->is_broken = true;
    p->bad = p->token.spot;
    if (p->token.kind == TOKEN_END) {
        err_note(p->note, ERR_PARSE, "syntax error, unexpected end of file, expecting %s", what);
    } else {
        err_note(p->note,
                 ERR_PARSE,
                 "syntax error, unexpected \"%.*s\", expecting %s",
                 (int)(p->token.text.n < 60 ? p->token.text.n : 60),
                 p->token.text.p ? p->token.text.p : "",
                 what);
    }
}

/* ---- tokens ---- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char peek(const struct parser *p, size_t ahead)
{
    return p->at + ahead < p->text.n ? p->text.p[p->at + ahead] : '\0';
}

static void skip_blanks(struct parser *p)
{
    while (p->at < p->text.n) {
        char c = p->text.p[p->at];
        if (c == '\n') {
            p->line++;
            p->line_start = p->at + 1;
        } else if (c == '#') {
            while (p->at + 1 < p->text.n && p->text.p[p->at + 1] != '\n') {
                p->at++;
            }
        } else if (c != ' ' && c != '\t' && c != '\r' && c != ',') {
            return;
        }
        p->at++;
    }
}

static enum token_kind number_read(struct parser *p)
{
    enum token_kind kind = TOKEN_INT;
    if (peek(p, 0) == '-') {
        p->at++;
    }
    if (!is_digit(peek(p, 0)) || (peek(p, 0) == '0' && is_digit(peek(p, 1)))) {
        return TOKEN_BAD;
    }
    while (is_digit(peek(p, 0))) {
        p->at++;
    }
    if (peek(p, 0) == '.') {
        kind = TOKEN_FLOAT;
        p->at++;
        if (!is_digit(peek(p, 0))) {
            return TOKEN_BAD;
        }
        while (is_digit(peek(p, 0))) {
            p->at++;
        }
    }
    if (peek(p, 0) == 'e' || peek(p, 0) == 'E') {
        kind = TOKEN_FLOAT;
        p->at++;
        if (peek(p, 0) == '+' || peek(p, 0) == '-') {
            p->at++;
        }
        if (!is_digit(peek(p, 0))) {
            return TOKEN_BAD;
        }
        while (is_digit(peek(p, 0))) {
            p->at++;
        }
    }
    return is_letter(peek(p, 0)) || peek(p, 0) == '.' ? TOKEN_BAD : kind;
}

/* The escapes of GraphQL's quoted strings are those of JSON. Block strings are not taken. */
static enum token_kind text_read(struct parser *p, struct slice *out)
{
    p->at++;
    size_t start = p->at;
    struct buf plain;
    buf_init(&plain, DOCUMENT_MAX);
    while (p->at < p->text.n && p->text.p[p->at] != '"') {
        char c = p->text.p[p->at];
        if ((unsigned char)c < 0x20) {
            buf_free(&plain);
            return TOKEN_BAD;
        }
        if (c == '\\') {
            p->at++;
            static const char from[] = "\"\\/bfnrt";
            static const char to[] = "\"\\/\b\f\n\r\t";
            const char *found = peek(p, 0) ? strchr(from, peek(p, 0)) : NULL;
            if (!found) {
                buf_free(&plain);
                return TOKEN_BAD;
            }
            c = to[found - from];
        }
        buf_char(&plain, c);
        p->at++;
    }
    *out = p->at > start ? arena_copy(p->arena, buf_view(&plain)) : SLICE("");
    buf_free(&plain);
    if (p->at >= p->text.n) {
        return TOKEN_BAD;
    }
    p->at++;
    return TOKEN_TEXT;
}

static void next(struct parser *p)
{
    skip_blanks(p);
    size_t start = p->at;
    char c = peek(p, 0);
    p->token = (struct token){
        .spot = {.line = p->line, .column = (int)(p->at - p->line_start) + 1},
    };
    if (p->at >= p->text.n) {
        p->token.kind = TOKEN_END;
        return;
    }
    if (c == '"') {
        p->token.kind = text_read(p, &p->token.text);
        return;
    }
    if (is_letter(c)) {
        while (is_letter(peek(p, 0)) || is_digit(peek(p, 0))) {
            p->at++;
        }
        p->token.kind = TOKEN_NAME;
    } else if (is_digit(c) || c == '-') {
        p->token.kind = number_read(p);
    } else if (c == '.' && peek(p, 1) == '.' && peek(p, 2) == '.') {
        p->at += 3;
        p->token.kind = TOKEN_PUNCT;
    } else {
        p->at++;
        p->token.kind = strchr("!$&()/:=@[]{|}", c) ? TOKEN_PUNCT : TOKEN_BAD;
    }
    p->token.text = (struct slice){p->text.p + start, p->at - start};
}

static bool at_punct(const struct parser *p, const char *text)
{
    return p->token.kind == TOKEN_PUNCT && slice_is(p->token.text, text);
}

static bool take_punct(struct parser *p, const char *text)
{
    if (!at_punct(p, text) || p->is_broken) {
        return false;
    }
    next(p);
    return true;
}

static void want_punct(struct parser *p, const char *text)
{
    if (!take_punct(p, text)) {
        broken(p, text);
    }
}

static struct slice want_name(struct parser *p, const char *what)
{
    struct slice name = p->token.text;
    if (p->token.kind != TOKEN_NAME) {
        broken(p, what);
        return (struct slice){0};
    }
    next(p);
    return name;
}

/* ---- growing lists in the arena: doubled when full ---- */

#define LIST_ADD(p, list, count, type)                                                             \
    ({                                                                                             \
        void *list_p = (list);                                                                     \
        type *list_slot = list_add((p), &list_p, &(count), sizeof(type));                          \
        (list) = list_p;                                                                           \
        list_slot;                                                                                 \
    })

static void *list_add(struct parser *p, void **list, size_t *count, size_t size)
{
    bool is_full = (*count & (*count - 1)) == 0; /* 0, 1, 2, 4, 8... */
    if (*count >= ITEMS_MAX) {
        broken(p, "fewer items");
        return NULL;
    }
    if (is_full) {
        void *bigger = arena_array(p->arena, *count ? *count * 2 : 1, size);
        if (!bigger) {
            broken(p, "a smaller document");
            return NULL;
        }
        if (*count) {
            memcpy(bigger, *list, *count * size);
        }
        *list = bigger;
    }
    return (char *)*list + size * (*count)++;
}

/* ---- values ---- */

static struct gql_value value_read(struct parser *p, bool is_constant);

static struct gql_value list_read(struct parser *p, bool is_constant)
{
    struct gql_member *members = NULL;
    struct gql_value value = {.kind = GQL_LIST};
    next(p);
    while (!p->is_broken && !at_punct(p, "]")) {
        struct gql_member member = {.spot = p->token.spot, .value = value_read(p, is_constant)};
        struct gql_member *slot = LIST_ADD(p, members, value.count, struct gql_member);
        if (slot) {
            *slot = member;
        }
    }
    want_punct(p, "]");
    value.members = members;
    return value;
}

static struct gql_value object_read(struct parser *p, bool is_constant)
{
    struct gql_member *members = NULL;
    struct gql_value value = {.kind = GQL_OBJECT};
    next(p);
    while (!p->is_broken && !at_punct(p, "}")) {
        struct gql_member member = {.spot = p->token.spot};
        member.name = want_name(p, "a field of the input object");
        want_punct(p, ":");
        member.value = value_read(p, is_constant);
        struct gql_member *slot = LIST_ADD(p, members, value.count, struct gql_member);
        if (slot) {
            *slot = member;
        }
    }
    want_punct(p, "}");
    value.members = members;
    return value;
}

static struct gql_value name_value(struct slice name)
{
    if (slice_is(name, "null")) {
        return (struct gql_value){.kind = GQL_NULL};
    }
    if (slice_is(name, "true") || slice_is(name, "false")) {
        return (struct gql_value){.kind = GQL_BOOL, .flag = slice_is(name, "true")};
    }
    return (struct gql_value){.kind = GQL_ENUM, .text = name};
}

static struct gql_value scalar_read(struct parser *p)
{
    struct gql_value value = {.text = p->token.text};
    switch (p->token.kind) {
    case TOKEN_NAME:
        value = name_value(p->token.text);
        break;
    case TOKEN_INT:
        value.kind = slice_int(p->token.text, &value.number) ? GQL_INT : GQL_FLOAT;
        break;
    case TOKEN_FLOAT:
        value.kind = GQL_FLOAT;
        break;
    case TOKEN_TEXT:
        value.kind = GQL_TEXT;
        break;
    case TOKEN_END:
    case TOKEN_PUNCT:
    case TOKEN_BAD:
        broken(p, "a value");
        return value;
    }
    next(p);
    return value;
}

static struct gql_value value_read(struct parser *p, bool is_constant)
{
    struct gql_value value = {0};
    if (p->is_broken || ++p->depth > GQL_DEPTH_MAX) {
        broken(p, "less nesting");
        return value;
    }
    if (at_punct(p, "[")) {
        value = list_read(p, is_constant);
    } else if (at_punct(p, "{")) {
        value = object_read(p, is_constant);
    } else if (!is_constant && take_punct(p, "$")) {
        value = (struct gql_value){.kind = GQL_VARIABLE, .text = want_name(p, "a variable's name")};
    } else {
        value = scalar_read(p);
    }
    p->depth--;
    return value;
}

static struct gql_member *args_read(struct parser *p, size_t *out_count)
{
    struct gql_member *args = NULL;
    *out_count = 0;
    if (!take_punct(p, "(")) {
        return NULL;
    }
    do {
        struct gql_member arg = {.spot = p->token.spot};
        arg.name = want_name(p, "an argument's name");
        want_punct(p, ":");
        arg.value = value_read(p, false);
        struct gql_member *slot = LIST_ADD(p, args, *out_count, struct gql_member);
        if (slot) {
            *slot = arg;
        }
    } while (!p->is_broken && !at_punct(p, ")"));
    want_punct(p, ")");
    return args;
}

static struct gql_directive *directives_read(struct parser *p, size_t *out_count)
{
    struct gql_directive *directives = NULL;
    *out_count = 0;
    while (at_punct(p, "@") && !p->is_broken) {
        struct gql_directive directive = {.spot = p->token.spot};
        next(p);
        directive.name = want_name(p, "a directive's name");
        directive.args = args_read(p, &directive.args_count);
        struct gql_directive *slot = LIST_ADD(p, directives, *out_count, struct gql_directive);
        if (slot) {
            *slot = directive;
        }
    }
    return directives;
}

/* ---- selections ---- */

static struct gql_selection *set_read(struct parser *p, size_t *out_count);

static struct gql_selection fragment_use_read(struct parser *p)
{
    struct gql_selection selection = {.kind = GQL_INLINE, .spot = p->token.spot};
    next(p);
    if (p->token.kind == TOKEN_NAME && !slice_is(p->token.text, "on")) {
        selection.kind = GQL_SPREAD;
        selection.name = want_name(p, "a fragment's name");
        selection.directives = directives_read(p, &selection.directives_count);
        return selection;
    }
    if (p->token.kind == TOKEN_NAME) {
        next(p);
        selection.name = want_name(p, "a type's name");
    }
    selection.directives = directives_read(p, &selection.directives_count);
    selection.set = set_read(p, &selection.set_count);
    return selection;
}

static struct gql_selection field_read(struct parser *p)
{
    struct gql_selection selection = {.kind = GQL_FIELD, .spot = p->token.spot};
    selection.name = want_name(p, "a field's name");
    selection.alias = selection.name;
    if (take_punct(p, ":")) {
        selection.name = want_name(p, "a field's name");
    }
    selection.args = args_read(p, &selection.args_count);
    selection.directives = directives_read(p, &selection.directives_count);
    if (at_punct(p, "{")) {
        selection.set = set_read(p, &selection.set_count);
    }
    return selection;
}

static struct gql_selection *set_read(struct parser *p, size_t *out_count)
{
    struct gql_selection *set = NULL;
    *out_count = 0;
    if (++p->depth > GQL_DEPTH_MAX) {
        broken(p, "less nesting");
    }
    want_punct(p, "{");
    do {
        struct gql_selection selection = at_punct(p, "...") ? fragment_use_read(p) : field_read(p);
        struct gql_selection *slot = LIST_ADD(p, set, *out_count, struct gql_selection);
        if (slot) {
            *slot = selection;
        }
    } while (!p->is_broken && !at_punct(p, "}"));
    want_punct(p, "}");
    p->depth--;
    return set;
}

/* ---- the document ---- */

static void type_read(struct parser *p, struct buf *out)
{
    if (++p->depth > GQL_DEPTH_MAX) {
        broken(p, "less nesting");
    } else if (take_punct(p, "[")) {
        buf_char(out, '[');
        type_read(p, out);
        want_punct(p, "]");
        buf_char(out, ']');
    } else {
        buf_slice(out, want_name(p, "a type"));
    }
    if (take_punct(p, "!")) {
        buf_char(out, '!');
    }
    p->depth--;
}

static struct gql_variable *variables_read(struct parser *p, size_t *out_count)
{
    struct gql_variable *variables = NULL;
    *out_count = 0;
    if (!take_punct(p, "(")) {
        return NULL;
    }
    do {
        struct gql_variable variable = {.spot = p->token.spot};
        want_punct(p, "$");
        variable.name = want_name(p, "a variable's name");
        want_punct(p, ":");
        struct buf type;
        buf_init(&type, 1024);
        type_read(p, &type);
        variable.type = arena_copy(p->arena, buf_view(&type));
        buf_free(&type);
        if (take_punct(p, "=")) {
            variable.fallback = value_read(p, true);
        }
        struct gql_variable *slot = LIST_ADD(p, variables, *out_count, struct gql_variable);
        if (slot) {
            *slot = variable;
        }
    } while (!p->is_broken && !at_punct(p, ")"));
    want_punct(p, ")");
    return variables;
}

static void operation_read(struct parser *p, struct gql_document *out)
{
    struct gql_operation operation = {.spot = p->token.spot};
    size_t none;
    if (p->token.kind == TOKEN_NAME) {
        operation.is_mutation = slice_is(p->token.text, "mutation");
        if (!operation.is_mutation && !slice_is(p->token.text, "query")) {
            broken(p, "query, mutation or fragment");
        }
        next(p);
        if (p->token.kind == TOKEN_NAME) {
            operation.name = want_name(p, "a name");
        }
        operation.variables = variables_read(p, &operation.variables_count);
        directives_read(p, &none);
    }
    operation.set = set_read(p, &operation.set_count);
    struct gql_operation *slot =
        LIST_ADD(p, out->operations, out->operations_count, struct gql_operation);
    if (slot) {
        *slot = operation;
    }
}

static void fragment_read(struct parser *p, struct gql_document *out)
{
    struct gql_fragment fragment = {.spot = p->token.spot};
    size_t none;
    next(p);
    fragment.name = want_name(p, "a fragment's name");
    if (p->token.kind != TOKEN_NAME || !slice_is(p->token.text, "on")) {
        broken(p, "on");
    } else {
        next(p);
    }
    fragment.type = want_name(p, "a type's name");
    directives_read(p, &none);
    fragment.set = set_read(p, &fragment.set_count);
    struct gql_fragment *slot =
        LIST_ADD(p, out->fragments, out->fragments_count, struct gql_fragment);
    if (slot) {
        *slot = fragment;
    }
}

enum err gql_parse(struct slice text,
                   struct arena *arena,
                   struct gql_document *out,
                   struct err_note *note,
                   struct gql_spot *out_spot)
{
    struct parser p = {.text = text, .arena = arena, .line = 1, .note = note};
    *out = (struct gql_document){0};
    *out_spot = (struct gql_spot){1, 1};
    if (text.n > DOCUMENT_MAX) {
        return err_note(note, ERR_LIMIT, "the document is too large");
    }
    next(&p);
    do {
        if (p.token.kind == TOKEN_NAME && slice_is(p.token.text, "fragment")) {
            fragment_read(&p, out);
        } else if (p.token.kind == TOKEN_NAME || at_punct(&p, "{")) {
            operation_read(&p, out);
        } else {
            broken(&p, "query, mutation or fragment");
        }
    } while (!p.is_broken && p.token.kind != TOKEN_END);
    if (p.is_broken) {
        *out_spot = p.bad;
        return ERR_PARSE;
    }
    return arena->exhausted ? err_note(note, ERR_LIMIT, "the document is too large") : ERR_OK;
}
