/* SPDX-License-Identifier: Apache-2.0 */
/* Functions that forget bounds, share state or depend on the locale do not compile here. */
#pragma once
#ifndef __cplusplus
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
/* With _FORTIFY_SOURCE glibc makes macros of these two, and a macro cannot be poisoned. */
#undef sprintf
#undef vsprintf
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok atoi atol atof localtime  \
    gmtime
#endif
