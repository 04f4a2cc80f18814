/* SPDX-License-Identifier: Apache-2.0 */
/* Which platforms can be connected, and what each wants to know: what a person is asked for. */
#include "intake/api_inner.h"

static void put(struct json_writer *w, const struct connector *c)
{
    json_begin_object(w);
    json_field_str(w, "name", c->name);
    json_key(w, "fields");
    json_begin_array(w);
    for (size_t i = 0; i < c->fields_count; i++) {
        json_begin_object(w);
        json_field_str(w, "name", c->fields[i].name);
        json_field_str(w, "about", c->fields[i].help);
        json_field_bool(w, "secret", c->fields[i].is_secret);
        json_field_bool(w, "optional", c->fields[i].is_optional);
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
}

int read_connectors(struct reading *r)
{
    struct store_query q = {0};
    size_t shown = 0;
    int64_t last = 0;
    if (!reading_page(r, &q)) {
        return 400;
    }
    reading_begin_list(r);
    const char *const *names = connector_names();
    for (size_t i = 0; names[i] && shown < q.limit; i++) {
        const struct connector *c = connector_find(slice_of(names[i]));
        if ((int64_t)i + 1 <= q.after || !c) {
            continue;
        }
        put(&r->show.w, c);
        last = (int64_t)i + 1;
        shown++;
    }
    return reading_end_list(r, shown, q.limit, last);
}
