/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_catalogue - products x sizes x colours, invented, the same for the same seed. */
#include "drill/sandbox_inner.h"

struct design {
    const char *name, *code;
    const char *const *sizes; /* NULL: none */
    size_t sizes_count;
    size_t colours_max;
    int cents;
};

static const char *const sizes_worn[] = {"XS", "S", "M", "L", "XL"};
static const char *const sizes_paper[] = {"A4", "A3", "A2"};
static const char *const sizes_shoe[] = {"38", "39", "40", "41", "42", "43", "44"};

static const struct {
    const char *name, *code;
} colours[] = {{"Blue", "BLU"},
               {"Red", "RED"},
               {"Black", "BLK"},
               {"White", "WHT"},
               {"Green", "GRN"},
               {"Sand", "SND"},
               {"Grey", "GRY"},
               {"Plum", "PLM"}};

static const struct design designs[] = {
    {"Tee", "TEE", sizes_worn, 5, 4, 1990},
    {"Hoodie", "HOO", sizes_worn, 5, 3, 4990},
    {"Mug", "MUG", NULL, 0, 4, 1250},
    {"Poster", "POS", sizes_paper, 3, 1, 1500},
    {"Sneaker", "SNK", sizes_shoe, 7, 2, 7990},
    {"Cap", "CAP", NULL, 0, 5, 2200},
    {"Candle", "CDL", NULL, 0, 1, 990},
    {"Jacket", "JKT", sizes_worn, 5, 2, 12900},
};

static const char *const lines[] = {"Harbor",
                                    "Meadow",
                                    "Summit",
                                    "Ember",
                                    "Tide",
                                    "Orchard",
                                    "Birch",
                                    "Comet",
                                    "Delta",
                                    "Fjord",
                                    "Garnet",
                                    "Heron",
                                    "Islet",
                                    "Juniper",
                                    "Kestrel",
                                    "Lagoon"};

/* EAN-13 out of the range kept for use inside a shop (prefix 20 to 29), with its check digit. */
static struct slice barcode_make(struct arena *arena, size_t serial)
{
    char digits[16];
    snprintf(digits, sizeof(digits), "20%010zu", serial % 10000000000U);
    int sum = 0;
    for (int i = 0; i < 12; i++) {
        sum += (digits[i] - '0') * (i % 2 == 0 ? 1 : 3);
    }
    return arena_printf(arena, "%s%d", digits, (10 - sum % 10) % 10);
}

/* Most SKUs have plenty, one in eight only a few: that is where overselling would happen. */
static int64_t count_make(struct dice *dice)
{
    return dice_permille(dice, 125) ? dice_between(dice, 1, 5) : dice_between(dice, 20, 200);
}

struct maker {
    struct arena *arena;
    struct dice dice;
    struct sandbox_item *items;
    size_t made, count;
};

static void item_make(struct maker *m,
                      const struct design *design,
                      size_t number,
                      struct slice product,
                      const char *size,
                      size_t colour,
                      bool has_colour)
{
    struct arena *arena = m->arena;
    struct sandbox_item *item = &m->items[m->made];
    const char *colour_name = colours[colour].name;
    const char *colour_code = colours[colour].code;

    item->product = product;
    item->barcode = barcode_make(arena, m->made);
    item->price = arena_printf(arena, "%d.%02d", design->cents / 100, design->cents % 100);
    item->count = count_make(&m->dice);
    if (size && has_colour) {
        item->sku = arena_printf(arena, "%s-%04zu-%s-%s", design->code, number, size, colour_code);
        item->title = arena_printf(arena, "%s / %s", size, colour_name);
        item->options =
            arena_printf(arena, "{\"Size\":\"%s\",\"Color\":\"%s\"}", size, colour_name);
    } else if (size) {
        item->sku = arena_printf(arena, "%s-%04zu-%s", design->code, number, size);
        item->title = arena_printf(arena, "%s", size);
        item->options = arena_printf(arena, "{\"Size\":\"%s\"}", size);
    } else if (has_colour) {
        item->sku = arena_printf(arena, "%s-%04zu-%s", design->code, number, colour_code);
        item->title = arena_printf(arena, "%s", colour_name);
        item->options = arena_printf(arena, "{\"Color\":\"%s\"}", colour_name);
    } else {
        item->sku = arena_printf(arena, "%s-%04zu", design->code, number);
    }
    m->made++;
}

static void product_make(struct maker *m, size_t number)
{
    const struct design *design = &designs[dice_next(&m->dice) % COUNT_OF(designs)];
    const char *line = lines[dice_next(&m->dice) % COUNT_OF(lines)];
    struct slice product = arena_printf(m->arena, "%s %s No. %zu", line, design->name, number);
    size_t first_colour = dice_next(&m->dice) % COUNT_OF(colours);
    bool has_colour = design->colours_max > 1;

    for (size_t s = 0; s < (design->sizes ? design->sizes_count : 1); s++) {
        for (size_t c = 0; c < design->colours_max && m->made < m->count; c++) {
            item_make(m,
                      design,
                      number,
                      product,
                      design->sizes ? design->sizes[s] : NULL,
                      (first_colour + c) % COUNT_OF(colours),
                      has_colour);
        }
    }
}

enum err catalogue_make(struct arena *arena, uint64_t seed, size_t count, struct sandbox_item **out)
{
    struct maker m = {
        .arena = arena,
        .dice = {.s = seed ? seed : 1},
        .items = ARENA_ARRAY(arena, count, struct sandbox_item),
        .count = count,
    };
    if (!m.items) {
        return ERR_MEMORY;
    }
    for (size_t number = 1; m.made < count; number++) {
        product_make(&m, number);
        if (arena->exhausted) {
            return ERR_MEMORY;
        }
    }
    *out = m.items;
    return ERR_OK;
}
