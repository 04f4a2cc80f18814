/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

static const struct {
    const char *name, *text;
    enum err_class class;
} errs[] = {
#define X(name, class, text) {#name, text, ERR_CLASS_##class},
    ERR_MAP(X)
#undef X
};

enum err_class err_class(enum err e)
{
    must((size_t)e < COUNT_OF(errs));
    return errs[e].class;
}

const char *err_text(enum err e)
{
    must((size_t)e < COUNT_OF(errs));
    return errs[e].text;
}

const char *err_name(enum err e)
{
    must((size_t)e < COUNT_OF(errs));
    return errs[e].name;
}

enum err err_note(struct err_note *note, enum err e, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int n = vsnprintf(note->text, sizeof(note->text), format, args);
    va_end(args);
    if (n < 0) {
        note->text[0] = '\0';
    }
    return e;
}
