/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A value is simdjson's tape_ref in two words: the dom document and an index on its tape. The tape
 * (one 64-bit word an item; containers know where they end) is public in simdjson's dom::document.
 */
/* In C a function may be called like the struct it makes; g++ takes that for shadowing. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#include "base/json_read.h"
#include "base/json_write.h"
#pragma GCC diagnostic pop

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <new>
#include <string_view>

using simdjson::dom::document;
using simdjson::internal::tape_ref;
using simdjson::internal::tape_type;

namespace
{

/* A key of an object that is still open while the tape is checked. */
struct seen_key {
    std::string_view text;
    uint64_t hash;
};

/* A container that is still open while the tape is checked. */
struct open_level {
    size_t keys_start;
    bool is_object;
};

constexpr size_t FEW_KEYS = 8; /* compared each with each */
constexpr size_t PROBES_MAX = 16;
constexpr size_t SCOPE_COUNT_FULL = 0xFFFFFF; /* where simdjson's member count saturates */

/* Memory of plain data that grows and never shrinks; allocation failure is a value, not an
 * exception. */
template <typename T> struct scratch {
    T *items = nullptr;
    size_t cap = 0;

    ~scratch()
    {
        std::free(items);
    }
    bool reserve(size_t n)
    {
        if (n <= cap) {
            return true;
        }
        size_t grown = std::max(n, std::max<size_t>(cap * 2, 64));
        void *p = std::realloc(static_cast<void *>(items), grown * sizeof(T));
        if (p == nullptr) {
            return false;
        }
        items = static_cast<T *>(p);
        cap = grown;
        return true;
    }
};

} // namespace

struct json_doc {
    simdjson::dom::parser parser;
    scratch<char> text;      /* the input and simdjson's padding */
    scratch<seen_key> keys;  /* of all open objects, innermost last */
    scratch<uint32_t> slots; /* hash table for one object's keys: 1 + index, 0 is free */
    bool lacked_memory = false;
};

namespace
{

tape_ref ref_of(struct json v)
{
    must(v.doc != nullptr);
    return tape_ref(static_cast<const document *>(v.doc), v.index);
}

tape_type type_of(struct json v)
{
    return ref_of(v).tape_ref_type();
}

bool is_container(struct json v)
{
    enum json_type type = json_type(v);
    return type == JSON_ARRAY || type == JSON_OBJECT;
}

uint64_t load(const char *p, size_t n)
{
    uint64_t word = 0;
    memcpy(&word, p, n);
    return word;
}

/*
 * Length and up to sixteen bytes of the key, mixed. Strangers can make keys collide: that costs a
 * sort (below), not a quadratic search.
 */
uint64_t key_hash(std::string_view key)
{
    size_t n = std::min<size_t>(key.size(), 8);
    uint64_t head = load(key.data(), n);
    uint64_t tail = load(key.data() + key.size() - n, n);
    uint64_t mixed = (head ^ (key.size() << 56)) * UINT64_C(0x9E3779B97F4A7C15);
    mixed = ((mixed ^ (mixed >> 32)) + tail) * UINT64_C(0xD6E8FEB86659FD93);
    return mixed ^ (mixed >> 29);
}

bool keys_equal(const seen_key &a, const seen_key &b)
{
    return a.hash == b.hash && a.text == b.text;
}

const seen_key *repeated_of_few(const seen_key *keys, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (keys_equal(keys[i], keys[j])) {
                return &keys[i];
            }
        }
    }
    return nullptr;
}

const seen_key *repeated_by_sorting(seen_key *keys, size_t count)
{
    std::sort(
        keys, keys + count, [](const seen_key &a, const seen_key &b) { return a.text < b.text; });
    for (size_t i = 1; i < count; i++) {
        if (keys[i].text == keys[i - 1].text) {
            return &keys[i];
        }
    }
    return nullptr;
}

/* A key that occurs twice among those of one object, or NULL. False when out of memory. */
bool find_repeated(json_doc *doc, seen_key *keys, size_t count, const seen_key **out)
{
    if (count <= FEW_KEYS) {
        *out = repeated_of_few(keys, count);
        return true;
    }
    size_t cap = 32;
    while (cap < count * 2) {
        cap *= 2;
    }
    if (!doc->slots.reserve(cap)) {
        return false;
    }
    uint32_t *slots = doc->slots.items;
    memset(slots, 0, cap * sizeof(slots[0]));
    for (size_t i = 0; i < count; i++) {
        size_t at = keys[i].hash & (cap - 1);
        size_t probes = 0;
        while (slots[at] != 0) {
            if (keys_equal(keys[slots[at] - 1], keys[i])) {
                *out = &keys[i];
                return true;
            }
            if (++probes == PROBES_MAX) {
                *out = repeated_by_sorting(keys, count);
                return true;
            }
            at = (at + 1) & (cap - 1);
        }
        slots[at] = static_cast<uint32_t>(i + 1);
    }
    *out = nullptr;
    return true;
}

/* Walks the tape once for what simdjson leaves out: duplicate keys, NUL, depth. */
enum err check_tape(json_doc *doc, struct err_note *note)
{
    const document *dom = &doc->parser.doc;
    size_t end = tape_ref(dom, 0).matching_brace_index();
    struct open_level levels[JSON_DEPTH_MAX];
    size_t depth = 0, keys_count = 0;
    bool is_key = false; /* the next item is a key */

    for (size_t at = 1; at + 1 < end;) {
        tape_ref ref(dom, at);
        tape_type type = ref.tape_ref_type();
        bool opens = type == tape_type::START_OBJECT || type == tape_type::START_ARRAY;
        bool closes = type == tape_type::END_OBJECT || type == tape_type::END_ARRAY;

        if (type == tape_type::STRING) {
            std::string_view text = ref.get_string_view();
            if (memchr(text.data(), '\0', text.size()) != nullptr) {
                return err_note(note, ERR_PARSE, "a text holds NUL");
            }
            if (is_key) {
                if (!doc->keys.reserve(keys_count + 1)) {
                    return err_note(note, ERR_MEMORY, "no memory to check keys");
                }
                doc->keys.items[keys_count++] = {text, key_hash(text)};
                is_key = false;
                at++;
                continue;
            }
        }
        if (opens) {
            if (depth == JSON_DEPTH_MAX) {
                return err_note(note, ERR_PARSE, "nested deeper than %d", JSON_DEPTH_MAX);
            }
            levels[depth++] = {keys_count, type == tape_type::START_OBJECT};
        } else if (closes) {
            const open_level &level = levels[--depth];
            const seen_key *repeated = nullptr;
            if (level.is_object) {
                seen_key *keys = doc->keys.items + level.keys_start;
                if (!find_repeated(doc, keys, keys_count - level.keys_start, &repeated)) {
                    return err_note(note, ERR_MEMORY, "no memory to check keys");
                }
            }
            if (repeated != nullptr) {
                size_t shown = std::min<size_t>(repeated->text.size(), 64);
                return err_note(note,
                                ERR_PARSE,
                                "key '%.*s' occurs twice in one object",
                                static_cast<int>(shown),
                                repeated->text.data());
            }
            keys_count = level.keys_start;
        }
        is_key = depth > 0 && levels[depth - 1].is_object;
        at = opens || closes ? at + 1 : ref.after_element();
    }
    return ERR_OK;
}

} // namespace

struct json_doc *json_doc_new(void)
{
    return new (std::nothrow) json_doc();
}

void json_doc_free(struct json_doc *doc)
{
    delete doc;
}

static enum err
parse(struct json_doc *doc, struct slice text, struct json *out, struct err_note *note)
{
    if (text.n > UINT32_MAX - simdjson::SIMDJSON_PADDING) {
        return err_note(note, ERR_PARSE, "larger than any document we read");
    }
    if (!doc->text.reserve(text.n + simdjson::SIMDJSON_PADDING)) {
        return err_note(note, ERR_MEMORY, "no memory for a document of %zu bytes", text.n);
    }
    if (text.n > 0) {
        memcpy(doc->text.items, text.p, text.n);
    }
    memset(doc->text.items + text.n, 0, simdjson::SIMDJSON_PADDING);

    auto result = doc->parser.parse(doc->text.items, text.n, false);
    if (result.error() == simdjson::MEMALLOC) {
        return err_note(note, ERR_MEMORY, "no memory for a document of %zu bytes", text.n);
    }
    if (result.error() != simdjson::SUCCESS) {
        return err_note(note, ERR_PARSE, "%s", simdjson::error_message(result.error()));
    }
    enum err e = check_tape(doc, note);
    if (e != ERR_OK) {
        return e;
    }
    *out = {&doc->parser.doc, 1};
    return ERR_OK;
}

enum err
json_parse(struct json_doc *doc, struct slice text, struct json *out, struct err_note *note)
{
    enum err e = parse(doc, text, out, note);
    doc->lacked_memory |= e == ERR_MEMORY;
    return e;
}

bool json_lacked_memory(struct json_doc *doc)
{
    bool lacked = doc->lacked_memory;
    doc->lacked_memory = false;
    return lacked;
}

enum json_type json_type(struct json v)
{
    if (v.doc == nullptr) {
        return JSON_NONE;
    }
    switch (type_of(v)) {
    case tape_type::START_ARRAY:
        return JSON_ARRAY;
    case tape_type::START_OBJECT:
        return JSON_OBJECT;
    case tape_type::STRING:
        return JSON_TEXT;
    case tape_type::INT64:
    case tape_type::UINT64:
        return JSON_INT;
    case tape_type::DOUBLE:
        return JSON_REAL;
    case tape_type::TRUE_VALUE:
    case tape_type::FALSE_VALUE:
        return JSON_BOOL;
    case tape_type::NULL_VALUE:
        return JSON_NULL;
    case tape_type::ROOT:
    case tape_type::END_ARRAY:
    case tape_type::END_OBJECT:
        break;
    }
    must_failed("a json value is the beginning of an item", __FILE__, __LINE__);
}

const char *json_type_name(enum json_type type)
{
    static const char *const names[] = {"nothing",
                                        "null",
                                        "a boolean",
                                        "an integer",
                                        "a real number",
                                        "a text",
                                        "an array",
                                        "an object"};
    must(static_cast<size_t>(type) < COUNT_OF(names));
    return names[type];
}

struct json json_get(struct json v, const char *key)
{
    if (json_type(v) != JSON_OBJECT) {
        return {};
    }
    size_t end = ref_of(v).matching_brace_index() - 1;
    std::string_view wanted(key);
    for (size_t at = v.index + 1; at < end;) {
        tape_ref ref(static_cast<const document *>(v.doc), at);
        if (ref.get_string_view() == wanted) {
            return {v.doc, at + 1};
        }
        at = tape_ref(static_cast<const document *>(v.doc), at + 1).after_element();
    }
    return {};
}

struct json json_path(struct json v, ...)
{
    va_list keys;

    va_start(keys, v);
    for (const char *key = va_arg(keys, const char *); key != nullptr;
         key = va_arg(keys, const char *)) {
        v = json_get(v, key);
    }
    va_end(keys);
    return v;
}

bool json_int(struct json v, int64_t *out)
{
    if (v.doc == nullptr || type_of(v) != tape_type::INT64) {
        return false; /* beyond int64_t it is an integer still, but not one we compute with */
    }
    *out = ref_of(v).next_tape_value<int64_t>();
    return true;
}

bool json_bool(struct json v, bool *out)
{
    if (json_type(v) != JSON_BOOL) {
        return false;
    }
    *out = type_of(v) == tape_type::TRUE_VALUE;
    return true;
}

bool json_text(struct json v, struct slice *out)
{
    if (json_type(v) != JSON_TEXT) {
        return false;
    }
    std::string_view text = ref_of(v).get_string_view();
    *out = {text.data(), text.size()};
    return true;
}

bool json_int_loose(struct json v, int64_t *out)
{
    constexpr double exact_max = 9007199254740992.0; /* 2^53: above it reals skip whole numbers */
    struct slice text;

    if (json_int(v, out)) {
        return true;
    }
    if (json_text(v, &text)) {
        return slice_int(text, out);
    }
    if (json_type(v) == JSON_REAL) {
        double real = ref_of(v).next_tape_value<double>();
        if (real < -exact_max || real > exact_max) {
            return false;
        }
        auto whole = static_cast<int64_t>(real);
        if (static_cast<double>(whole) < real || static_cast<double>(whole) > real) {
            return false;
        }
        *out = whole;
        return true;
    }
    return false;
}

/* Digits without leading zeros: one id has one spelling. */
static bool is_id(struct slice s)
{
    if (s.n == 0 || (s.n > 1 && s.p[0] == '0')) {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return false;
        }
    }
    return true;
}

bool json_id(struct json v, struct arena *arena, struct slice *out)
{
    struct slice text;
    char digits[24];

    if (json_type(v) == JSON_INT) {
        auto end =
            std::to_chars(digits, digits + sizeof(digits), ref_of(v).next_tape_value<uint64_t>());
        if (type_of(v) == tape_type::INT64 && ref_of(v).next_tape_value<int64_t>() < 0) {
            return false;
        }
        text = {digits, static_cast<size_t>(end.ptr - digits)};
    } else if (json_text(v, &text)) {
        if (slice_starts(text, "gid://")) {
            const void *slash = memrchr(text.p, '/', text.n);
            text = slice_from(text,
                              static_cast<size_t>(static_cast<const char *>(slash) - text.p) + 1);
        }
    } else {
        return false;
    }
    if (!is_id(text)) {
        return false;
    }
    struct slice copy = arena_copy(arena, text);
    if (copy.p == nullptr) {
        return false;
    }
    *out = copy;
    return true;
}

size_t json_count(struct json v)
{
    if (!is_container(v)) {
        return 0;
    }
    size_t count = ref_of(v).scope_count();
    if (count < SCOPE_COUNT_FULL) {
        return count;
    }
    count = 0;
    for (struct json_iter i = json_iter(v); json_next(&i);) {
        count++;
    }
    return count;
}

struct json_iter json_iter(struct json v)
{
    struct json_iter iter = {};

    if (is_container(v)) {
        iter.doc = v.doc;
        iter.at = v.index + 1;
        iter.end = ref_of(v).matching_brace_index() - 1;
        iter.is_object = json_type(v) == JSON_OBJECT;
    }
    return iter;
}

bool json_next(struct json_iter *iter)
{
    if (iter->at >= iter->end) {
        return false;
    }
    if (iter->is_object) {
        struct json key = {iter->doc, iter->at};
        bool is_text = json_text(key, &iter->key);
        must(is_text);
        iter->at++;
    }
    iter->value = {iter->doc, iter->at};
    iter->at = ref_of(iter->value).after_element();
    return true;
}

/* A real keeps a point or an exponent: without one, a large real would read back as too large an
 * integer. */
static void put_number(struct json_writer *w, struct json v)
{
    char text[40];
    char *const last = text + sizeof(text) - 2;
    std::to_chars_result end{};

    if (type_of(v) == tape_type::UINT64) {
        end = std::to_chars(text, last, ref_of(v).next_tape_value<uint64_t>());
    } else if (type_of(v) == tape_type::INT64) {
        end = std::to_chars(text, last, ref_of(v).next_tape_value<int64_t>());
    } else {
        end = std::to_chars(text, last, ref_of(v).next_tape_value<double>());
        if (std::string_view(text, static_cast<size_t>(end.ptr - text)).find_first_of(".e") ==
            std::string_view::npos) {
            *end.ptr++ = '.';
            *end.ptr++ = '0';
        }
    }
    must(end.ec == std::errc());
    json_put_raw(w, {text, static_cast<size_t>(end.ptr - text)});
}

static void put_value(struct json_writer *w, struct json v)
{
    struct slice text = {};
    bool is_true = false;

    switch (json_type(v)) {
    case JSON_NONE:
    case JSON_NULL:
        json_put_null(w);
        break;
    case JSON_BOOL:
        must(json_bool(v, &is_true));
        json_put_bool(w, is_true);
        break;
    case JSON_INT:
    case JSON_REAL:
        put_number(w, v);
        break;
    case JSON_TEXT:
        must(json_text(v, &text));
        json_put_text(w, text);
        break;
    case JSON_ARRAY:
        json_begin_array(w);
        for (struct json_iter i = json_iter(v); json_next(&i);) {
            put_value(w, i.value);
        }
        json_end_array(w);
        break;
    case JSON_OBJECT:
        json_begin_object(w);
        for (struct json_iter i = json_iter(v); json_next(&i);) {
            json_key_slice(w, i.key);
            put_value(w, i.value);
        }
        json_end_object(w);
        break;
    }
}

struct slice json_copy_text(struct json v, struct arena *arena)
{
    struct buf text;
    struct slice copy = {};

    buf_init(&text, arena->size_max - arena->used);
    struct json_writer w = {};
    w.out = &text;
    put_value(&w, v);
    if (text.overflow) {
        arena->exhausted = true;
    } else {
        copy = arena_copy(arena, buf_view(&text));
    }
    buf_free(&text);
    return copy;
}
