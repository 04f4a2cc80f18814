/* SPDX-License-Identifier: Apache-2.0 */
#include "base/password.h"

/* What is tried first, in lower case and without the digits and marks that people add at the end. */
static const char *const common[] = {
    "password",    "passwort",
    "passw0rd",    "p@ssword",
    "p@ssw0rd",    "qwerty",
    "qwertz",      "qwertyuiop",
    "qwertzuiop",  "azerty",
    "azertyuiop",  "asdfgh",
    "asdfghjkl",   "yxcvbnm",
    "zxcvbnm",     "1q2w3e4r",
    "1q2w3e4r5t",  "1q2w3e4r5t6y",
    "1qaz2wsx",    "1qaz2wsx3edc",
    "q1w2e3r4",    "qazwsx",
    "qazwsxedc",   "qwer",
    "iloveyou",    "ichliebedich",
    "sunshine",    "princess",
    "football",    "fussball",
    "baseball",    "basketball",
    "superman",    "batman",
    "starwars",    "pokemon",
    "welcome",     "willkommen",
    "bienvenue",   "letmein",
    "trustno1",    "dragon",
    "monkey",      "shadow",
    "master",      "michael",
    "jennifer",    "charlie",
    "computer",    "internet",
    "whatever",    "freedom",
    "liverpool",   "chelsea",
    "arsenal",     "manchester",
    "hallo",       "hello",
    "helloworld",  "abc",
    "abcd",        "abcdef",
    "abcdefg",     "abcdefgh",
    "abcdefghi",   "changeme",
    "changeit",    "default",
    "secret",      "geheim",
    "admin",       "administrator",
    "root",        "toor",
    "user",        "guest",
    "test",        "testtest",
    "demo",        "login",
    "access",      "system",
    "server",      "service",
    "support",     "manager",
    "operator",    "office",
    "company",     "google",
    "facebook",    "samsung",
    "microsoft",   "windows",
    "shopify",     "woocommerce",
    "amazon",      "warehouse",
    "lager",       "inventory",
    "stock",       "truecount",
    "summer",      "winter",
    "spring",      "autumn",
    "sommer",      "herbst",
    "fruehling",   "january",
    "february",    "monday",
    "friday",      "november",
    "september",   "october",
    "december",    "correcthorsebatterystaple",
    "loveme",      "killer",
    "hunter",      "jordan",
    "matrix",      "mustang",
    "cheese",      "purple",
    "orange",      "cookie",
    "chocolate",   "butterfly",
    "blink",       "lovely",
    "flower",      "banana",
    "michelle",    "jessica",
    "ashley",      "nicole",
    "daniel",      "andrea",
    "thomas",      "robert",
    "alexander",   "passwd",
    "passphrase",  "mypassword",
    "newpassword", "temporary",
    "temp",
};

static bool is_digit_or_mark(char c)
{
    return !((c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80);
}

/* Lower case, without digits and marks at its end. */
static size_t core_of(struct slice text, char out[PASSWORD_MAX + 1])
{
    size_t n = text.n < PASSWORD_MAX ? text.n : PASSWORD_MAX;
    for (size_t i = 0; i < n; i++) {
        char c = text.p[i];
        out[i] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
    }
    while (n && is_digit_or_mark(out[n - 1])) {
        n--;
    }
    out[n] = '\0';
    return n;
}

static bool is_common(const char *core)
{
    for (size_t i = 0; i < COUNT_OF(common); i++) {
        char stripped[PASSWORD_MAX + 1];
        core_of(slice_of(common[i]), stripped);
        if (strcmp(core, stripped) == 0 || strcmp(core, common[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* "aaaaaaaa", "12345678", "87654321", "abababab": each character follows from those before. */
static bool is_pattern(struct slice text)
{
    for (size_t period = 1; period <= 3; period++) {
        size_t same = 0;
        for (size_t i = period; i < text.n; i++) {
            same += text.p[i] == text.p[i - period];
        }
        if (same == text.n - period) {
            return true;
        }
    }
    size_t steps = 0;
    for (size_t i = 1; i < text.n; i++) {
        int by = text.p[i] - text.p[i - 1];
        /* From 9 to 0 too. */
        steps += by == 1 || by == -1 || by == -9 || by == 9;
    }
    return steps == text.n - 1;
}

const char *password_fault(struct slice password, struct slice name)
{
    char core[PASSWORD_MAX + 1], own[PASSWORD_MAX + 1];
    if (password.n < PASSWORD_MIN) {
        return "it is too short: at least 8 characters, better 15";
    }
    if (password.n > PASSWORD_MAX) {
        return "it is too long: at most 255 bytes";
    }
    size_t n = core_of(password, core);
    (void)core_of(name, own);
    if (is_pattern(password) || is_common(core)) {
        return "it is among the first that anybody tries: take several words that do not belong "
               "together";
    }
    if (own[0] && (strcmp(core, own) == 0 || (n && slice_equal(password, name)))) {
        return "it is the name: take several words that do not belong together";
    }
    return NULL;
}

const char *password_advice(struct slice password)
{
    return password.n < PASSWORD_ADVISED
               ? "it will do; 15 characters or more are advised, such as four words"
               : NULL;
}
