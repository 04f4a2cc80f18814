// SPDX-License-Identifier: Apache-2.0
// What each vendor publishes, what it leaves out, and the answers that lead an exchange to its end.
//
//   judges       from the folder of specs: who knows an address judges the request
//   unspecified  [{match, what, answer?, check?}] of "METHOD address": what no file describes
//   allowed      [{operation, problem, why}]: flaws of the files themselves; one that nothing needs any
//                more is a fault
//   answers      [{match, operation?, answer(request, nth of this exchange)}]: instead of the example
//   musts        operations that must have been called, or the walk has become shorter than it was
import * as answers from './answers.mjs';
import * as fields from './fields.mjs';
import { GraphQl } from './graphql.mjs';
import { OpenApi } from './openapi.mjs';
import { jsonSchema } from './schema.mjs';

const none = { unspecified: [], allowed: [], answers: [], musts: [] };

export const vendors = {
  shopify: {
    ...none,
    judges: (specs) => [
      new GraphQl(`${specs}/shopify/admin_2026-10.json.gz`, /^POST https:\/\/a\.myshopify\.com\/admin\/api\/2026-10\/graphql\.json$/, {
        'AccessScope.handle': 'write_inventory',
        'InventoryQuantity.name': 'available',
        'Order.cancelledAt': null,
      }),
    ],
    unspecified: [{ match: /^POST https:\/\/a\.myshopify\.com\/admin\/oauth\/access_token$/, what: 'POST /admin/oauth/access_token', answer: answers.token }],
    musts: [],
  },
  woocommerce: {
    ...none,
    answers: answers.woocommerce,
    allowed: [
      { operation: /^GET \/wc\/v3\/orders$/, problem: /^query\.(modified_after|dates_are_gmt):/, why: 'the index of routes is of an older version; shops of today take both' },
    ],
    judges: (specs) => [fields.woocommerce(`${specs}/woocommerce`, 'https://shop.example')],
  },
  bigcommerce: {
    ...none,
    answers: answers.bigcommerce,
    allowed: [
      { operation: /^GET \/orders$/, problem: /query\.sort: .* allowed values/, why: 'the file lists the fields to sort by, and says in words that :asc or :desc goes behind them' },
      { operation: /^GET \/inventory\/items$/, problem: /query\.variant_id:in: .* must be integer/, why: 'a list "separated by comma", in the file\'s own words; its type is that of one member' },
    ],
    judges: (specs) => [
      new OpenApi(`${specs}/bigcommerce/reference`, [
        {
          prefix: 'https://api.bigcommerce.com/stores/abc/v3',
          files: ['inventory.v3.yml', 'locations.v3.yml', 'orders.v3.yml', 'settings.v3.yml', 'webhooks.v3.yml', 'catalog/products_catalog.v3.yml', 'catalog/product-variants_catalog.v3.yml'],
        },
        { prefix: 'https://api.bigcommerce.com/stores/abc/v2', files: ['orders.v2.oas2.yml'] },
      ]),
    ],
    unspecified: [{ match: /^POST https:\/\/login\.bigcommerce\.com\/oauth2\/token$/, what: 'POST /oauth2/token', answer: answers.bigcommerceToken },
      { match: /^GET https:\/\/api\.bigcommerce\.com\/stores\/abc\/v2\/store$/, what: 'GET /v2/store', answer: answers.bigcommerceStore },
    ],
  },
  ebay: {
    ...none,
    answers: answers.ebay,
    judges: (specs) => [
      new OpenApi(`${specs}/ebay`, [
        { prefix: 'https://api.ebay.com/sell/inventory/v1', files: ['specs/sell_inventory_v1_oas3.json'] },
        { prefix: 'https://api.ebay.com/sell/fulfillment/v1', files: ['specs/sell_fulfillment_v1_oas3.json'] },
        { prefix: 'https://api.ebay.com/commerce/notification/v1', files: ['openapi/ebay-notification-openapi-original.yml'] },
        { prefix: 'https://apiz.ebay.com/commerce/identity/v1', files: ['specs/commerce_identity_v1_oas3.json'] },
      ]),
    ],
    unspecified: [
      { match: /^POST https:\/\/api\.ebay\.com\/identity\/v1\/oauth2\/token$/, what: 'POST /identity/v1/oauth2/token', answer: answers.token },
      { match: /^POST https:\/\/api\.ebay\.com\/ws\/api\.dll$/, what: 'Trading API', answer: answers.ebayXml },
    ],
  },
  tiktok: {
    ...none,
    answers: answers.tiktok,
    judges: (specs) => [fields.tiktok(`${specs}/tiktok`)],
    unspecified: [{ match: /^GET https:\/\/auth\.tiktok-shops\.com\/api\/v2\/token\/(get|refresh)\?/, what: 'GET /api/v2/token', answer: answers.tiktokToken }],
  },
  walmart: {
    ...none,
    answers: answers.walmart,
    unspecified: [{ match: /^GET .*\/v3\/settings\/shipping\/shipnodes$/, what: 'GET /v3/settings/shipping/shipnodes' }],
    allowed: [
      { operation: /^GET \/v3\/token\/detail$/, problem: /Invalid security scheme/, why: 'the file asks for client id and secret beside the token, for the whole of its operations; the token alone is what every other file wants' },
      { operation: /^GET \/v3\/orders$/, problem: /^query\.(hasMoreElements|soIndex|poIndex|partnerId|sellerId):/, why: 'the next page is asked for by the text that the answer before gave, as its example has it' },
    ],
    judges: (specs) => [
      new OpenApi(`${specs}/walmart/openapi`, [
        {
          prefix: 'https://marketplace.walmartapis.com',
          files: ['authentication', 'feeds', 'inventory', 'items', 'orders', 'notifications'].map((name) => `walmart-marketplace-${name}-openapi-original.yml`),
        },
      ]),
    ],
  },
  amazon: {
    ...none,
    answers: answers.amazon,
    judges: (specs) => [
      new OpenApi(`${specs}/amazon/models`, [
        {
          prefix: 'https://sellingpartnerapi-na.amazon.com',
          files: [
            'listings-items-api-model/listingsItems_2021-08-01.json',
            'orders-api-model/orders_2026-01-01.json',
            'feeds-api-model/feeds_2021-06-30.json',
            'notifications-api-model/notifications.json',
            'sellers-api-model/sellers.json',
            'fba-inventory-api-model/fbaInventory.json',
          ],
        },
      ]),
    ],
    unspecified: [
      { match: /^POST https:\/\/api\.amazon\.com\/auth\/o2\/token$/, what: 'POST /auth/o2/token', answer: answers.token },
      { match: /^POST https:\/\/sqs\./, what: 'the queue' },
      { match: /^GET https:\/\/documents\.s3\./, what: 'a feed\'s report' },
      { match: /^PUT https:\/\/documents\.s3\./, what: 'a feed\'s document (the feeds\' own schema)', check: (request, specs) => jsonSchema(`${specs}/amazon/schemas/feeds/listings-feed-schema-v2.json`, request) },
    ],
  },
  etsy: {
    ...none,
    answers: answers.etsy,
    judges: (specs) => [fields.etsy(`${specs}/etsy`)],
    unspecified: [{ match: /^POST https:\/\/api\.etsy\.com\/v3\/public\/oauth\/token$/, what: 'POST /v3/public/oauth/token', answer: answers.token }],
  },
  api: { skipped: 'the shop\'s side of it is our own contract' },
};
