/* SPDX-License-Identifier: Apache-2.0 */
/*
 * password - which ones are good enough.
 *
 * Long is what helps. No rules on kinds of characters: they make people write "Password1!". How one
 * is kept: crypto.h.
 */
#pragma once
#include "base/base.h"

#define PASSWORD_MIN 8
#define PASSWORD_ADVISED 15
#define PASSWORD_MAX 255 /* bytes */

/* NULL: it will do. Else why not, for the one who chose it. `name` is whose it is to be. */
const char *password_fault(struct slice password, struct slice name);
/* NULL, or what would be better about one that will do. */
const char *password_advice(struct slice password);
