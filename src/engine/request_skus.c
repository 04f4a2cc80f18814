/* SPDX-License-Identifier: Apache-2.0 */
/* SKUs: created one or many at a time, all or none; renamed without becoming another. */
#include "base/map.h"
#include "engine/import_link.h"
#include "engine/request.h"
#include "engine/request_parts.h"

#define COMPONENTS_MAX 100
#define ALIASES_MAX 100

static const char *const fields[] = {
    "sku", "title", "product", "options", "barcode", "buffer", "oversell", "components", "aliases"};

/* Rows of this request by code_key, for components that the same request creates. */
struct draft {
    struct sku_row row;
    struct json said;
    struct aliases {
        struct alias_row *rows; /* code and code_key */
        size_t count;
        bool is_given;
    } aliases;
};

static bool is_printable(struct slice text)
{
    for (size_t i = 0; i < text.n; i++) {
        if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

/* A text that can be a code, trimmed; false after a refusal. */
static bool check_code(const struct form *f, const char *field, struct slice *code)
{
    *code = slice_trim(*code);
    if (code->n == 0 || code->n > FORM_TEXT_MAX || !is_printable(*code)) {
        form_refuse(f,
                    400,
                    "invalid",
                    field,
                    "%s%s must be a text of at most 255 bytes without control characters, and not "
                    "blank",
                    f->where,
                    field);
        return false;
    }
    return true;
}

static void read_code(const struct form *f, struct sku_row *row)
{
    struct slice code = {0};
    form_text(f, "sku", 1, &code);
    if (form_ok(f) && code.p && check_code(f, "sku", &code)) {
        row->code = code;
        row->code_key = sku_code_key(code, &f->batch->arena);
    }
}

static void read_aliases(const struct form *f, struct aliases *out)
{
    struct json list = form_json(f, "aliases", JSON_ARRAY);
    struct arena *arena = &f->batch->arena;
    if (!form_ok(f) || json_type(json_get(f->object, "aliases")) == JSON_NONE) {
        return;
    }
    size_t count = json_count(list);
    if (count > ALIASES_MAX) {
        form_refuse(f, 400, "invalid", "aliases", "%saliases: at most %d", f->where, ALIASES_MAX);
        return;
    }
    *out =
        (struct aliases){.rows = ARENA_ARRAY(arena, count + 1, struct alias_row), .is_given = true};
    for (struct json_iter i = json_iter(list); out->rows && form_ok(f) && json_next(&i);) {
        struct slice code = {0};
        if (!json_text(i.value, &code)) {
            form_refuse(f, 400, "invalid", "aliases", "%saliases must be texts", f->where);
        } else if (check_code(f, "aliases", &code)) {
            code = arena_copy(arena, code);
            out->rows[out->count++] =
                (struct alias_row){.code = code, .code_key = sku_code_key(code, arena)};
        }
    }
}

static void read_options(const struct form *f, struct sku_row *row)
{
    struct json options = form_json(f, "options", JSON_OBJECT);
    if (json_type(options) == JSON_NONE) {
        return;
    }
    for (struct json_iter i = json_iter(options); json_next(&i);) {
        if (json_type(i.value) != JSON_TEXT) {
            form_refuse(f,
                        400,
                        "invalid",
                        "options",
                        "%soptions must be texts: {\"Size\":\"M\"}",
                        f->where);
            return;
        }
    }
    row->options = json_copy_text(options, &f->batch->arena);
    if (row->options.n > 4000) {
        form_refuse(f, 400, "invalid", "options", "%soptions are longer than 4000 bytes", f->where);
    }
}

static void read_fields(const struct form *f, struct sku_row *row)
{
    struct slice oversell = {0};
    read_code(f, row);
    form_text(f, "title", 0, &row->title);
    form_text(f, "product", 0, &row->product);
    form_text(f, "barcode", 0, &row->barcode);
    read_options(f, row);
    form_limit(f, "buffer", QTY_MAX, &row->buffer);
    form_text(f, "oversell", 1, &oversell);
    if (slice_is(oversell, "backorder") || slice_is(oversell, "deny")) {
        row->backorder = slice_is(oversell, "backorder");
    } else if (oversell.n) {
        form_refuse(f, 400, "invalid", "oversell", "%soversell is 'deny' or 'backorder'", f->where);
    }
}

/* ---- components ---- */

/* Its row, committed or of this very request; NULL after a refusal. */
static const struct sku_row *
find_part(const struct form *f, const struct map *drafts, struct slice code)
{
    const struct batch_sku *sku = batch_sku_by_code(f->batch, code);
    if (sku) {
        return &sku->row;
    }
    const struct draft *draft =
        drafts ? map_get(drafts, sku_code_key(code, &f->batch->arena)) : NULL;
    if (!draft) {
        form_refuse(f,
                    422,
                    "unknown-sku",
                    "components",
                    "%scomponents: there is no SKU '%.*s'",
                    f->where,
                    SLICE_ARG(code));
        return NULL;
    }
    return &draft->row;
}

static bool is_bundle(const struct sku_row *row, const struct map *drafts)
{
    const struct draft *draft = drafts ? map_get(drafts, row->code_key) : NULL;
    return row->parts_count > 0 || (draft && json_count(json_get(draft->said, "components")) > 0);
}

/* Keeps parts ascending by SKU; false when it is there already. */
static bool insert_part(struct component *parts, size_t count, struct component part)
{
    size_t at = count;
    for (; at > 0 && parts[at - 1].sku.v >= part.sku.v; at--) {
        if (parts[at - 1].sku.v == part.sku.v) {
            return false;
        }
    }
    memmove(&parts[at + 1], &parts[at], (count - at) * sizeof(*parts));
    parts[at] = part;
    return true;
}

static void read_component(const struct form *f,
                           struct json item,
                           size_t index,
                           const struct map *drafts,
                           struct sku_row *row,
                           struct component *parts)
{
    static const char *const part_fields[] = {"sku", "quantity"};
    struct slice where = arena_printf(&f->batch->arena, "%scomponents[%zu].", f->where, index);
    struct form part = form_begin(f->batch, f->turn, item, where.p, part_fields, 2);
    struct slice code = {0};
    int64_t quantity = 0;
    form_needs(&part, "sku");
    form_needs(&part, "quantity");
    form_text(&part, "sku", 1, &code);
    form_int(&part, "quantity", 1, 1000000, &quantity);
    const struct sku_row *found = form_ok(f) ? find_part(f, drafts, code) : NULL;
    if (!found) {
        return;
    }
    if (found->id.v == row->id.v || is_bundle(found, drafts)) {
        form_refuse(f,
                    422,
                    "bundle",
                    "components",
                    "%scomponents: '%.*s' cannot be a component: a bundle is made of SKUs that own "
                    "stock, never of itself or of other bundles",
                    f->where,
                    SLICE_ARG(code));
    } else if (!insert_part(parts, row->parts_count, (struct component){found->id, quantity})) {
        form_refuse(f,
                    400,
                    "invalid",
                    "components",
                    "%scomponents: '%.*s' is there twice",
                    f->where,
                    SLICE_ARG(code));
    } else {
        row->parts_count++;
    }
}

static void read_components(const struct form *f, const struct map *drafts, struct sku_row *row)
{
    struct json list = form_json(f, "components", JSON_ARRAY);
    if (!form_ok(f) || json_type(json_get(f->object, "components")) == JSON_NONE) {
        return;
    }
    row->parts_count = 0;
    row->parts = NULL;
    size_t count = json_count(list), index = 0;
    if (count > COMPONENTS_MAX) {
        form_refuse(
            f, 400, "invalid", "components", "%scomponents: at most %d", f->where, COMPONENTS_MAX);
        return;
    }
    struct component *parts = ARENA_ARRAY(&f->batch->arena, count + 1, struct component);
    if (!parts) {
        batch_fail(f->batch, ERR_LIMIT, "a bundle");
        return;
    }
    for (struct json_iter i = json_iter(list); form_ok(f) && json_next(&i);) {
        read_component(f, i.value, index++, drafts, row, parts);
    }
    row->parts = parts;
}

/* ---- creating ---- */

/* A SKU had it once, and is still found under it; whoever creates a SKU with it means the new one.
 */
static bool is_former_code(struct batch *b, struct slice code_key)
{
    const struct alias_row *alias = batch_alias(b, code_key);
    return alias && alias->is_former;
}

static void
refuse_taken(const struct form *f, const char *field, struct slice code, const struct batch_sku *by)
{
    if (by && !slice_equal(by->row.code_key, sku_code_key(code, &f->batch->arena))) {
        form_refuse(f,
                    409,
                    "exists",
                    field,
                    "%s%s: '%.*s' is another code of '%.*s': take it off its aliases first",
                    f->where,
                    field,
                    SLICE_ARG(code),
                    SLICE_ARG(by->row.code));
        return;
    }
    form_refuse(f,
                409,
                "exists",
                field,
                "%s%s: '%.*s' exists already (upper and lower case and spaces count the same)",
                f->where,
                field,
                SLICE_ARG(code));
}

/* No other SKU may have one of them, as its own code or another; owner: NULL when it is new. */
static void check_aliases(const struct form *f,
                          const struct aliases *aliases,
                          const struct batch_sku *owner,
                          const struct map *drafts)
{
    for (size_t i = 0; i < aliases->count && form_ok(f); i++) {
        const struct alias_row *row = &aliases->rows[i];
        const struct batch_sku *by = batch_sku_by_code(f->batch, row->code);
        if ((by && by != owner) || (drafts && map_get(drafts, row->code_key))) {
            refuse_taken(f, "aliases", row->code, by);
        }
        for (size_t k = 0; k < i; k++) {
            if (slice_equal(aliases->rows[k].code_key, row->code_key)) {
                form_refuse(f,
                            400,
                            "invalid",
                            "aliases",
                            "%saliases: '%.*s' is there twice",
                            f->where,
                            SLICE_ARG(row->code));
            }
        }
    }
}

static void read_draft(struct batch *b,
                       struct turn *turn,
                       const struct form_items *items,
                       struct map *drafts,
                       struct draft *draft)
{
    struct form f = form_begin(b, turn, items->item, items->where, fields, COUNT_OF(fields));
    draft->said = items->item;
    draft->row = (struct sku_row){.buffer = POLICY_UNSET, .options = SLICE("{}")};
    form_needs(&f, "sku");
    read_fields(&f, &draft->row);
    if (!form_ok(&f)) {
        return;
    }
    const struct batch_sku *by = batch_sku_by_code(b, draft->row.code);
    if ((by && !is_former_code(b, draft->row.code_key)) || map_get(drafts, draft->row.code_key)) {
        refuse_taken(&f, "sku", draft->row.code, by);
        return;
    }
    read_aliases(&f, &draft->aliases);
    draft->row.id = (struct sku_id){b->store->ops->next_id(b->store, ID_SKU)};
    if (!map_set(drafts, draft->row.code_key, draft)) {
        batch_fail(b, ERR_MEMORY, "a request's SKUs");
    }
}

void sku_known_as(struct batch *b, struct batch_sku *sku, struct slice code)
{
    struct slice key = arena_printf(&b->arena, "sku:%.*s", SLICE_ARG(code));
    for (size_t i = 0; i < b->config->channels_count && !b->err; i++) {
        if (b->config->channels[i].connector == &connector_api) {
            apply_parked(b, &b->config->channels[i], key);
        }
    }
    import_link_waiting(b, sku, sku_code_key(code, &b->arena));
}

/* Makes what was asked for what it is: codes that are gone, those that are new. */
static void keep_aliases(struct batch *b, struct batch_sku *sku, const struct aliases *wanted)
{
    struct rows known = {0};
    if (!wanted->is_given) {
        return;
    }
    batch_aliases_of(b, sku->row.id, &known);
    for (size_t i = 0; i < known.count; i++) {
        const struct alias_row *row = known.items[i];
        bool stays = false;
        for (size_t k = 0; k < wanted->count; k++) {
            stays |= slice_equal(wanted->rows[k].code_key, row->code_key);
        }
        if (!stays) {
            batch_alias_remove(b, row->code_key);
        }
    }
    for (size_t i = 0; i < wanted->count && !b->err; i++) {
        const struct alias_row *row = &wanted->rows[i];
        if (slice_equal(row->code_key, sku->row.code_key)) {
            continue; /* its own code is no other one */
        }
        const struct alias_row *has = batch_alias(b, row->code_key);
        if (!has || has->sku.v != sku->row.id.v) {
            batch_alias_add(b,
                            &(struct alias_row){
                                .code = row->code, .code_key = row->code_key, .sku = sku->row.id});
            sku_known_as(b, sku, row->code);
        }
    }
}

static void
create(struct batch *b, const struct turn *turn, const struct draft *drafts, size_t count)
{
    request_needs_no_parked(b);
    struct batch_sku **skus = ARENA_ARRAY(&b->arena, count + 1, struct batch_sku *);
    if (!skus) {
        batch_fail(b, ERR_LIMIT, "a request's SKUs");
    }
    for (size_t i = 0; i < count && !b->err; i++) {
        if (is_former_code(b, drafts[i].row.code_key)) {
            batch_alias_remove(b, drafts[i].row.code_key);
        }
        skus[i] = batch_sku_new(b, &drafts[i].row);
        request_event(
            b, turn, "sku", (struct channel_id){0}, drafts[i].row.code, drafts[i].said, NULL);
    }
    for (size_t i = 0; i < count && !b->err; i++) {
        sku_known_as(b, skus[i], drafts[i].row.code);
        keep_aliases(b, skus[i], &drafts[i].aliases);
    }
}

void request_skus_create(struct batch *b, struct turn *turn)
{
    struct json body;
    if (!form_body(b, turn, &body)) {
        return;
    }
    ON_EXIT(map_free) struct map by_key;
    map_init(&by_key);
    struct form_items items = form_items(turn, body, "items");
    struct draft *drafts = ARENA_ARRAY(&b->arena, items.count + 1, struct draft);
    if (!drafts) {
        batch_fail(b, ERR_LIMIT, "a request's SKUs");
        return;
    }
    size_t count = 0;
    while (!request_refused(turn) && !b->err && form_next(&items)) {
        read_draft(b, turn, &items, &by_key, &drafts[count++]);
    }
    items = form_items(turn, body, "items");
    for (size_t i = 0; !request_refused(turn) && !b->err && form_next(&items); i++) {
        struct form f = form_begin(b, turn, items.item, items.where, fields, COUNT_OF(fields));
        read_components(&f, &by_key, &drafts[i].row);
        check_aliases(&f, &drafts[i].aliases, NULL, &by_key);
    }
    if (request_refused(turn) || b->err) {
        return;
    }
    create(b, turn, drafts, count);
    turn->status = 201;
    struct show s = request_show(b, turn);
    if (items.is_list) {
        json_begin_object(&s.w);
        json_key(&s.w, "items");
        json_begin_array(&s.w);
    }
    for (size_t i = 0; i < count; i++) {
        show_sku(&s, &drafts[i].row);
    }
    if (items.is_list) {
        json_end_array(&s.w);
        json_end_object(&s.w);
    }
}

/* ---- changing ---- */

static bool is_part_of_bundle(struct batch *b, struct sku_id id)
{
    struct rows bundles = {0};
    batch_fail(b, b->store->ops->bundles_of(b->store, id, &b->arena, &bundles), "load bundles");
    for (size_t i = 0; i < b->changes.skus.count; i++) { /* of this commit */
        const struct sku_row *row = b->changes.skus.items[i];
        for (size_t p = 0; p < row->parts_count; p++) {
            if (row->parts[p].sku.v == id.v) {
                return true;
            }
        }
    }
    return bundles.count > 0;
}

static void refuse_recipe(const struct form *f, const struct batch_sku *sku, bool is_part)
{
    if (sku->row.has_moved) {
        form_refuse(f,
                    422,
                    "bundle",
                    "components",
                    "'%.*s' has stock of its own and cannot become a bundle: create another SKU",
                    SLICE_ARG(sku->row.code));
    } else if (is_part) {
        form_refuse(f,
                    422,
                    "bundle",
                    "components",
                    "'%.*s' is a component of a bundle and cannot become one",
                    SLICE_ARG(sku->row.code));
    }
}

static void
check_recipe(const struct form *f, const struct batch_sku *sku, const struct sku_row *wanted)
{
    if (form_ok(f) && !sku->row.parts_count && wanted->parts_count) {
        refuse_recipe(f, sku, !sku->row.has_moved && is_part_of_bundle(f->batch, sku->row.id));
    }
}

void sku_form_fields(const struct form *f, struct sku_row *row)
{
    read_fields(f, row);
}

void sku_form_recipe(const struct form *f,
                     const struct batch_sku *sku,
                     bool is_part,
                     struct sku_row *row)
{
    read_components(f, NULL, row);
    if (form_ok(f) && !sku->row.parts_count && row->parts_count) {
        refuse_recipe(f, sku, is_part);
    }
}

void request_sku_change(struct batch *b, struct turn *turn)
{
    struct json body;
    struct batch_sku *sku = batch_sku_by_code(b, turn->args[0]);
    if (!sku || b->err) {
        request_not_found(turn, "SKU");
        return;
    }
    if (!form_body(b, turn, &body)) {
        return;
    }
    struct form f = form_begin(b, turn, body, "", fields, COUNT_OF(fields));
    struct sku_row wanted = sku->row;
    read_fields(&f, &wanted);
    struct aliases aliases = {0};
    read_components(&f, NULL, &wanted);
    read_aliases(&f, &aliases);
    check_recipe(&f, sku, &wanted);
    check_aliases(&f, &aliases, sku, NULL);
    const struct batch_sku *other = form_ok(&f) ? batch_sku_by_code(b, wanted.code) : NULL;
    if (other && other != sku && !is_former_code(b, wanted.code_key)) {
        refuse_taken(&f, "sku", wanted.code, other);
    }
    if (!form_ok(&f)) {
        return;
    }
    bool is_renamed = !slice_equal(wanted.code, sku->row.code);
    bool is_other_code = !slice_equal(wanted.code_key, sku->row.code_key);
    const struct sku_row was = sku->row;
    batch_sku_changed(b, sku); /* before the row: it counts its version up */
    wanted.stock_version = sku->row.stock_version;
    batch_sku_rename(b, sku, wanted.code_key);
    sku->row = wanted;
    request_event(b, turn, "sku", (struct channel_id){0}, turn->args[0], body, NULL);
    if (is_renamed || aliases.is_given) {
        request_needs_no_parked(b);
    }
    keep_aliases(b, sku, &aliases);
    if (is_other_code) { /* it is found under the old one for ever, until somebody says otherwise */
        batch_alias_remove(b, sku->row.code_key);
        batch_alias_add(
            b,
            &(struct alias_row){
                .code = was.code, .code_key = was.code_key, .sku = sku->row.id, .is_former = true});
        sku_known_as(b, sku, sku->row.code);
    }
    turn->status = 200;
    struct show s = request_show(b, turn);
    show_sku(&s, &sku->row);
}
