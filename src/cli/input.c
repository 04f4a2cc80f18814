/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/input.h"

bool input_line(struct input *input, struct slice *out)
{
    ssize_t n;
    while ((n = getline(&input->text, &input->cap, input->in)) >= 0) {
        input->number++;
        *out = slice_trim((struct slice){input->text, (size_t)n});
        if (out->n && out->p[0] != '#') {
            return true;
        }
    }
    return false;
}

void input_free(struct input *input)
{
    free(input->text);
    input->text = NULL;
}

size_t input_fields(struct slice line, struct slice *out, size_t max)
{
    bool has_tab = memchr(line.p, '\t', line.n) != NULL;
    size_t count = 0;
    for (bool more = true; more;) {
        struct slice field;
        more = slice_cut(&line, has_tab ? '\t' : ' ', &field);
        field = slice_trim(field);
        if (field.n == 0 && !has_tab) {
            continue;
        }
        if (count < max) {
            out[count] = field;
        }
        count++;
    }
    return count;
}

bool input_pair(const char *word, struct slice *out_sku, struct slice *out_rest)
{
    const char *equals = strrchr(word, '=');
    *out_sku = slice_of(word);
    *out_rest = (struct slice){0};
    if (equals) {
        out_sku->n = (size_t)(equals - word);
        *out_rest = slice_of(equals + 1);
    }
    return equals != NULL;
}
