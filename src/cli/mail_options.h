/* SPDX-License-Identifier: Apache-2.0 */
/* mail_options - the --smtp- flags of serve, checked and made ready. */
#pragma once
#include "base/err.h"
#include "push/notify.h"

struct mail_options {
    const char *url, *from, *to, *user, *password_file; /* NULL: not given */
    /* Filled in by mail_options_read: */
    struct mail_config config;
    char recipients[MAIL_TO_MAX * 260];
    char password[1024];
};

/* *out_config: what to send with; NULL: no relay is named, and no mail is sent. private_ok: TLS may
 * be missing, as it may on loopback anyway. ERR_USAGE with a note. */
MUST_USE enum err mail_options_read(struct mail_options *o,
                                    bool private_ok,
                                    const struct mail_config **out_config,
                                    struct err_note *note);
