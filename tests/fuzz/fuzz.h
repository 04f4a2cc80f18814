/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz - what libFuzzer calls. A target breaks a must() when a promise does not hold for these
 * bytes. */
#pragma once
#include "base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
