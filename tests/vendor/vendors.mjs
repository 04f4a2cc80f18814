// SPDX-License-Identifier: Apache-2.0
// What each vendor publishes, what it leaves out, and the answers that lead an exchange to its end.
//
//   judges       from the folder of specs: who knows an address judges the request
//   unspecified  [{match, what, answer?, check?}] of "METHOD address": what no file describes
//   allowed      [{operation, problem, why}]: flaws of the files themselves; one that nothing needs any
//                more is a fault
//   answers      [{match, operation?, answer(request, nth of this exchange)}]: instead of the example
//   wrong        [[method, address, headers, body]]: must be found at fault, or the judge is asleep
import * as answers from './answers.mjs';
import * as fields from './fields.mjs';
import { GraphQl } from './graphql.mjs';
import { OpenApi } from './openapi.mjs';
import { jsonSchema } from './schema.mjs';

const none = { unspecified: [], allowed: [], answers: [], wrong: [] };
const typed = { 'content-type': 'application/json' };

export const vendors = {
  shopify: {
    ...none,
    wrong: [
      ['POST', 'https://a.myshopify.com/admin/api/2026-10/graphql.json', typed, '{"query":"{ shop { nam } }"}'],
      ['POST', 'https://a.myshopify.com/admin/api/2026-10/graphql.json', typed, '{"query":"query ($id: ID!) { order(id: $id) { id } }","variables":{"ID":1}}'],
    ],
    judges: (specs) => [
      new GraphQl(`${specs}/shopify/admin_2026-10.json.gz`, /^POST https:\/\/a\.myshopify\.com\/admin\/api\/2026-10\/graphql\.json$/, {
        'AppInstallation.accessScopes': ['read_products', 'read_inventory', 'write_inventory', 'read_locations', 'read_orders', 'read_fulfillments', 'read_returns', 'read_merchant_managed_fulfillment_orders'].map((handle) => ({ handle })),
        'InventoryQuantity.name': 'available',
        'Order.cancelledAt': null,
      }),
    ],
    unspecified: [{ match: /^POST https:\/\/a\.myshopify\.com\/admin\/oauth\/access_token$/, what: 'POST /admin/oauth/access_token', answer: answers.token }],
  },
  woocommerce: {
    ...none,
    wrong: [
      ['PUT', 'https://shop.example/wp-json/wc/v3/products/7', typed, '{"stock_qty":5}'],
      ['PUT', 'https://shop.example/wp-json/wc/v3/products/7', typed, '{"stock_quantity":"five"}'],
      ['GET', 'https://shop.example/wp-json/wc/v3/products?perpage=5', {}],
    ],
    answers: answers.woocommerce,
    allowed: [
      { operation: /^GET \/wc\/v3\/orders$/, problem: /^query\.(modified_after|dates_are_gmt):/, why: 'the index of routes is of an older version; shops of today take both' },
    ],
    judges: (specs) => [fields.woocommerce(`${specs}/woocommerce`, 'https://shop.example')],
  },
  bigcommerce: {
    ...none,
    wrong: [
      ['PUT', 'https://api.bigcommerce.com/stores/abc/v3/inventory/adjustments/absolute', typed, '{"items":[{"location_id":1,"variant_id":8,"quantity":5}]}'], // no token
      ['PUT', 'https://api.bigcommerce.com/stores/abc/v3/inventory/adjustments/absolute', { ...typed, 'x-auth-token': 't' }, '{"items":[{"location_id":1,"variant_id":8,"quantity":"five"}]}'],
      ['PUT', 'https://api.bigcommerce.com/stores/abc/v3/inventory/adjustments/absolute', { ...typed, 'x-auth-token': 't' }, '{"items":[{"location_id":1,"variant_id":8,"quantity":5,"count":5}]}'],
      ['GET', 'https://api.bigcommerce.com/stores/abc/v3/inventory/item', { 'x-auth-token': 't' }],
    ],
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
    wrong: [
      ['POST', 'https://api.ebay.com/sell/inventory/v1/bulk_update_price_quantity', typed, '{"requests":[]}'], // no token
      ['POST', 'https://api.ebay.com/sell/inventory/v1/bulk_update_price_quantity', { ...typed, authorization: 'Bearer t' }, '{"requests":[{"offers":[{"offerId":"1","availableQuantity":"seven"}]}]}'],
      ['POST', 'https://api.ebay.com/sell/inventory/v1/bulk_update_price_quantity', { ...typed, authorization: 'Bearer t' }, '{"requests":[{"offers":[{"offerId":"1","quantity":7}]}]}'],
    ],
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
    wrong: [
      ['POST', 'https://open-api.tiktokglobalshop.com/product/202309/products/7/inventory/update?shop_cipher=C1', typed, '{"skus":[{"id":8,"inventory":[{"quantity":5}]}]}'],
      ['POST', 'https://open-api.tiktokglobalshop.com/product/202309/products/7/inventory/update', typed, '{"skus":[{"id":"8","inventory":[{"quantity":5}]}]}'], // no shop
    ],
    answers: answers.tiktok,
    judges: (specs) => [fields.tiktok(`${specs}/tiktok`)],
    unspecified: [{ match: /^GET https:\/\/auth\.tiktok-shops\.com\/api\/v2\/token\/(get|refresh)\?/, what: 'GET /api/v2/token', answer: answers.tiktokToken }],
  },
  walmart: {
    ...none,
    wrong: [
      ['PUT', 'https://marketplace.walmartapis.com/v3/inventory?sku=A', { ...typed, 'wm_sec.access_token': 't', 'wm_qos.correlation_id': '1', 'wm_svc.name': 'x' }, '{"sku":"A","quantity":{"amount":"seven"}}'],
      ['PUT', 'https://marketplace.walmartapis.com/v3/inventory?sku=A', typed, '{"sku":"A","quantity":{"unit":"EACH","amount":7}}'], // no headers
    ],
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
    wrong: [
      ['PATCH', 'https://sellingpartnerapi-na.amazon.com/listings/2021-08-01/items/A/B?marketplaceIds=M', typed, '{"patches":[{"op":"set","path":"/attributes/fulfillment_availability","value":{"quantity":7}}]}'],
      ['GET', 'https://sellingpartnerapi-na.amazon.com/orders/2026-01-01/orders?createdAfter=2026-11-20T00%3A00%3A00Z&pageSize=5', {}],
    ],
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
    wrong: [
      ['PUT', 'https://openapi.etsy.com/v3/application/listings/7/inventory', typed, '{"products":[{"product_id":1,"sku":"A","property_values":[],"offerings":[{"price":1,"quantity":5,"is_enabled":true,"readiness_state_id":1}]}]}'],
      ['PUT', 'https://openapi.etsy.com/v3/application/listings/7/inventory', typed, '{"products":[{"sku":"A","property_values":[],"offerings":[{"price":1,"is_enabled":true,"readiness_state_id":1}]}]}'], // no quantity
      ['GET', 'https://openapi.etsy.com/v3/application/shops/1/receipts?limit=500', {}],
    ],
    answers: answers.etsy,
    judges: (specs) => [fields.etsy(`${specs}/etsy`)],
    unspecified: [{ match: /^POST https:\/\/api\.etsy\.com\/v3\/public\/oauth\/token$/, what: 'POST /v3/public/oauth/token', answer: answers.token }],
  },
  api: { skipped: 'the shop\'s side of it is our own contract' },
};
