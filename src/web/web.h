/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web - the operator's page, as files inside this program.
 *
 * web/ at the root is its source (TypeScript); the build bundles it, compresses each file ahead, and
 * turns all into one C file. Nothing here knows of HTTP but the names of encodings.
 *
 * Files under /assets/ carry a hash of their content in their names and never change; "/" is the one
 * page that all screens live in.
 */
#pragma once
#include "base/base.h"

struct web_file {
    const char *path, *type;
    const char *encoding; /* "", "gzip" or "br" */
    const char *etag;     /* with its quotes; one per encoding */
    bool is_immutable;
    const unsigned char *bytes;
    size_t size;
};
extern const struct web_file web_files[]; /* those of one path side by side */
extern const size_t web_files_count;

/* The smallest form of the file that the client takes, by its Accept-Encoding. NULL: there is no
 * such file. */
const struct web_file *web_find(struct slice path, struct slice accept_encoding);

/* The path is a screen of the page's own: "/", "/item/TEE-M-BLUE". The page says itself when it has
 * none for what follows the first segment. */
bool web_is_screen(struct slice path);
