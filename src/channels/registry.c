/* SPDX-License-Identifier: Apache-2.0 */
#include "channels/connector.h"

static const struct connector *const connectors[] = {
    &connector_shopify,
    &connector_woocommerce,
    &connector_bigcommerce,
    &connector_amazon,
    &connector_ebay,
    &connector_walmart,
    &connector_tiktok,
    &connector_etsy,
    &connector_api,
};

const struct connector *connector_find(struct slice name)
{
    for (size_t i = 0; i < COUNT_OF(connectors); i++) {
        if (slice_is(name, connectors[i]->name)) {
            return connectors[i];
        }
    }
    return NULL;
}

const char *const *connector_names(void)
{
    static const char *const names[] = {"shopify",
                                        "woocommerce",
                                        "bigcommerce",
                                        "amazon",
                                        "ebay",
                                        "walmart",
                                        "tiktok",
                                        "etsy",
                                        "api",
                                        NULL};
    return names;
}
