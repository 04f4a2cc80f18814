// SPDX-License-Identifier: Apache-2.0
// Answers made up by us, where a vendor publishes no examples, or where its example would not lead the
// exchange to its next request. A list of {match, answer(request, nth)}: "METHOD address" is matched,
// nth counts within one exchange.
import fs from 'node:fs';

const data = (name) => JSON.parse(fs.readFileSync(new URL(`../data/${name}`, import.meta.url)));
const json = (value, status = 200) => ({ status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) });
const xml = (body) => ({ status: 200, headers: { 'content-type': 'text/xml' }, body: `<?xml version="1.0"?>${body}` });
const always = (match, value, status) => ({ match, answer: () => json(value, status) });
const inTurn = (match, ...values) => ({ match, answer: (request, nth) => json(values[Math.min(nth, values.length - 1)]) });
const pick = (from, ...names) => Object.fromEntries(names.map((name) => [name, from[name]]));
const sent = (request) => JSON.parse(request.body.toString('utf8'));

export const token = json({ access_token: 'at-2', expires_in: 3600, refresh_token: 'rt-2', token_type: 'Bearer', scope: 'all' });
const nothing = { status: 200, headers: {}, body: '' };

/* ---- BigCommerce ---- */

export const bigcommerceToken = json({ access_token: 'at-2', scope: 'store_v2_orders', context: 'stores/abc', user: { id: 1 } });
export const bigcommerceStore = json({ id: 'abc', name: 'Shop', timezone: { name: 'Europe/Berlin' } });
export const bigcommerce = [
  always(/^GET .*\/v2\/orders\/118\?/, data('bigcommerce/order-created.json')),
  always(/^GET .*\/v2\/orders\?min_date_modified/, [data('bigcommerce/order-created.json')]),
  { match: /^GET .*\/v3\/inventory\/items\?.*variant_id/, answer: () => json({ data: [8, 9, 18].map((id) => ({ identity: { sku: `TEE-${id}`, variant_id: id, product_id: 7, sku_id: 0 }, locations: [{ location_id: 1, available_to_sell: 5, total_inventory_onhand: 5, location_enabled: true, settings: { safety_stock: 0, is_in_stock: true } }] })), meta: { pagination: { total_pages: 1 } } }) },
  always(/^GET .*\/v3\/hooks/, { data: [{ id: 9, scope: 'store/order/updated', destination: 'https://stock.example/hooks/shop-a', is_active: false, headers: {} }], meta: { pagination: { total_pages: 1 } } }),
  { match: /^(POST|PUT) .*\/v3\/hooks/, answer: (request) => json({ data: { id: 10, is_active: true, ...sent(request) } }) },
];

/* ---- WooCommerce ---- */

const product = (id, more) => ({ id, type: 'simple', name: 'Tee', sku: `TEE-${id}`, global_unique_id: '', manage_stock: true, stock_quantity: 5, stock_status: 'instock', variations: [], ...more });
const variation = (id) => ({ ...product(id), type: 'variation', parent_id: 7, attributes: [{ name: 'Size', option: 'M' }] });
const wooOrder = { id: 723, status: 'processing', date_created_gmt: '2026-11-20T10:00:00', date_modified_gmt: '2026-11-20T10:00:00', date_completed_gmt: null, shipping: { country: 'DE', state: '' }, billing: { country: 'DE', state: '' }, line_items: [{ id: 1, product_id: 7, variation_id: 8, quantity: 1, meta_data: [] }] };
export const woocommerce = [
  { match: /^GET .*\/products\/7\/variations\?/, answer: () => json([variation(8), variation(9), variation(10)]) },
  inTurn(/^GET .*\/products\?per_page/, [product(7, { type: 'variable', variations: [8, 9] }), product(17)], []),
  always(/^GET .*\/products\?include/, [product(7), product(17), product(27)]),
  { match: /^(GET|PUT) .*\/products\/7\/variations\/8/, answer: (request) => json({ ...variation(8), ...(request.body.length ? sent(request) : {}) }) },
  always(/^(GET|PUT) .*\/products\/7(\?|$)/, product(7)),
  { match: /^POST .*\/batch$/, answer: (request) => json({ update: sent(request).update.map((row) => ({ ...product(row.id), ...row })) }) },
  always(/^GET .*\/orders\/723/, wooOrder),
  always(/^GET .*\/orders\?/, [wooOrder]),
  always(/^GET .*\/system_status/, { environment: { version: '10.0.2', wp_version: '6.8', site_url: 'https://shop.example', home_url: 'https://shop.example', wp_cron: true }, settings: { HPOS_enabled: true } }),
  always(/^GET .*\/settings\/products\/woocommerce_manage_stock/, { id: 'woocommerce_manage_stock', value: 'yes' }),
  always(/^GET .*\/webhooks\?/, [{ id: 3, topic: 'order.updated', status: 'disabled', delivery_url: 'https://stock.example/hooks/shop-a/order.updated' }]),
  { match: /^(POST|PUT) .*\/webhooks/, answer: (request) => json({ id: 4, ...sent(request) }, 201) },
];

/* ---- eBay: most examples are made of the schemas, whose texts say "string" ---- */

const sku = 'TEE-M';
const offer = (offerId) => ({ offerId, sku, status: 'PUBLISHED', format: 'FIXED_PRICE', marketplaceId: 'EBAY_US', availableQuantity: 5, listing: { listingId: '110000000001', listingStatus: 'ACTIVE', soldQuantity: 0 } });
const ebayOrder = { orderId: '12-34567-89012', creationDate: '2026-11-20T10:00:00.000Z', lastModifiedDate: '2026-11-20T10:00:00.000Z', orderFulfillmentStatus: 'IN_PROGRESS', orderPaymentStatus: 'PAID', cancelStatus: { cancelState: 'NONE_REQUESTED' }, fulfillmentHrefs: ['https://api.ebay.com/sell/fulfillment/v1/order/12-34567-89012/shipping_fulfillment/9405509699937003457459'], fulfillmentStartInstructions: [], lineItems: [{ lineItemId: '1', legacyItemId: '110000000001', sku, quantity: 2, lineItemFulfillmentStatus: 'IN_PROGRESS' }] };
export const ebayXml = xml('<Answer xmlns="urn:ebay:apis:eBLBaseComponents"><Ack>Success</Ack></Answer>');
export const ebay = [
  inTurn(/^GET .*\/inventory_item\?limit=25/, { total: 1, size: 1, inventoryItems: [{ sku, product: { title: 'Tee' }, availability: { shipToLocationAvailability: { quantity: 5 } } }] }),
  { match: /^GET .*\/offer\/(\d+)$/, answer: (request) => json(offer(request.url.split('/').pop())) },
  always(/^GET .*\/offer\?/, { total: 1, offers: [offer('36445435465')] }),
  always(/^GET .*\/order\/[^/?]+$/, ebayOrder),
  always(/^GET .*\/order\?filter/, { total: 1, limit: 200, offset: 0, orders: [ebayOrder] }),
  always(/^GET .*\/shipping_fulfillment$/, { total: 1, fulfillments: [{ fulfillmentId: '94', lineItems: [{ lineItemId: '1', quantity: 1 }], shippedDate: '2026-11-20T12:00:00.000Z' }] }),
  { match: /^GET .*\/config$/, answer: (request) => (request.account === 'offers' ? json({ errors: [{ errorId: 195003, message: 'none yet' }] }, 404) : json({ alertEmail: 'other@stock.example' })) },
  { match: /^GET .*\/destination\?/, answer: (request) => json({ total: 1, destinations: request.account === 'offers' ? [] : [{ destinationId: 'd1', status: 'DISABLED', name: 'x', deliveryConfig: { endpoint: 'https://stock.example/hooks/shop-a' } }] }) },
  { match: /^POST .*\/destination$/, answer: () => ({ status: 201, headers: { location: 'https://api.ebay.com/commerce/notification/v1/destination/d1' }, body: '{}' }) },
  { match: /^GET .*\/subscription\?/, answer: (request) => json({ total: 1, subscriptions: request.account === 'offers' ? [] : [{ subscriptionId: 's1', topicId: 'ORDER_CONFIRMATION', status: 'DISABLED', destinationId: 'd1' }] }) },
  { match: /^POST .*\/subscription$/, answer: () => ({ status: 201, headers: { location: 'https://api.ebay.com/commerce/notification/v1/subscription/s1' }, body: '{}' }) },
];

/* ---- TikTok Shop ---- */

const tt = (value) => ({ code: 0, message: 'Success', request_id: '1', data: value });
const ttProduct = { id: '7', title: 'Tee', status: 'ACTIVATE', skus: [{ id: '8', seller_sku: 'TEE-M', inventory: [{ warehouse_id: '70', quantity: 5 }], sales_attributes: [{ name: 'Size', value_name: 'M' }] }] };
export const tiktokToken = json(tt({ access_token: 'at-2', access_token_expire_in: 1896000000, refresh_token: 'rt-2', refresh_token_expire_in: 1897000000, seller_name: 'Shop' }));
const [ttOrder] = data('tiktok/order-awaiting.json').data.orders;
export const tiktok = [
  inTurn(/^POST .*\/products\/search/, tt({ total_count: 2, next_page_token: 'p2', products: [ttProduct] }), tt({ total_count: 2, next_page_token: '', products: [ttProduct] })),
  inTurn(/^POST .*\/orders\/search/, tt({ total_count: 2, next_page_token: 'p2', orders: [ttOrder] }), tt({ total_count: 2, next_page_token: '', orders: [ttOrder] })),
  always(/^GET .*\/order\/202309\/orders\?/, tt({ orders: [{ ...ttOrder, id: '576461413038785752' }] })),
  always(/^POST .*\/inventory\/search/, tt({ inventory: [{ product_id: '7', skus: ['8', '9', '10'].map((id) => ({ id, seller_sku: 'x', total_available_quantity: 5, warehouse_inventory: [{ warehouse_id: '70', available_quantity: 5, committed_quantity: 0 }] })) }] })),
  always(/^POST .*\/inventory\/update/, tt({})),
  always(/^GET .*\/authorization\/202309\/shops/, tt({ shops: [{ id: '7001', name: 'Shop', region: 'US', seller_type: 'LOCAL', cipher: 'C1', code: 'US1' }] })),
  always(/^GET .*\/logistics\/202309\/warehouses/, tt({ warehouses: [{ id: '70', name: 'Main', type: 'SALES_WAREHOUSE', effect_status: 'ENABLED', is_default: true }] })),
  always(/^GET .*\/event\/202309\/webhooks/, tt({ total_count: 0, webhooks: [] })),
  always(/^PUT .*\/event\/202309\/webhooks/, tt({})),
];

/* ---- Walmart ---- */

const counted = (name) => ({ sku: name, nodes: [{ shipNode: '1', inputQty: { unit: 'EACH', amount: 5 }, availToSellQty: { unit: 'EACH', amount: 5 }, reservedQty: { unit: 'EACH', amount: 0 } }] });
export const walmart = [
  // Half are on the first two pages of the list, the rest is asked for by name.
  { match: /^GET .*\/v3\/inventories\?/, answer: (request, nth) => json({ meta: { totalCount: 75, nextCursor: nth === 0 ? 'page 2+' : undefined }, elements: { inventories: [counted(nth === 0 ? 'TEE-M-BLUE' : 'TEE-XL')] } }) },
  { match: /^GET .*\/v3\/inventories\/[^?]+$/, answer: (request) => json(counted(decodeURIComponent(request.url.split('/').pop()))) },
  { match: /^PUT .*\/v3\/inventories\//, answer: (request) => json({ sku: decodeURIComponent(request.url.split('/').pop()), nodes: [{ shipNode: '1', status: 'Success', errors: [] }] }) },
  { match: /^PUT .*\/v3\/inventory\?/, answer: (request) => json(sent(request)) },
  { match: /^POST .*\/v3\/feeds\?/, answer: () => json({ feedId: 'F129C19240844B97A3C6AD8F1A2C4997@AU8BAQA' }) },
  { match: /^GET .*\/v3\/feeds\//, answer: (request, nth) => json({ feedId: 'F129C19240844B97A3C6AD8F1A2C4997@AU8BAQA', feedStatus: nth === 0 ? 'INPROGRESS' : 'PROCESSED', itemsReceived: 3, itemsSucceeded: nth === 0 ? 0 : 2, itemsFailed: nth === 0 ? 0 : 1, itemsProcessing: nth === 0 ? 3 : 0, offset: 0, limit: 50, itemDetails: { itemIngestionStatus: ['TEE-M-BLUE', 'TEE M/1', 'TEE-L'].map((name, i) => ({ martId: 0, sku: name, index: i, ingestionStatus: i ? 'SUCCESS' : 'DATA_ERROR' })) } }) },
  always(/^GET .*\/v3\/token\/detail$/, { is_valid: true, is_channel_match: true, expire_at: '1895412731000', issued_at: '1795412731000', scopes: { orders: 'view_only', inventory: 'full_access', feeds: 'full_access', item: 'view_only', reports: 'view_only', returns: 'view_only' } }),
  always(/^GET .*\/v3\/settings\/shipping\/shipnodes$/, [{ shipNode: '1', shipNodeName: 'Main', status: 'ACTIVE', nodeType: 'PHYSICAL' }]),
  { match: /^GET .*\/v3\/webhooks\/subscriptions/, answer: () => json({ events: [{ subscriptionId: 'b3261d2d', eventType: 'ORDER_UPDATES', eventVersion: 'V1', resourceName: 'ORDER', eventUrl: 'https://stock.example/hooks/shop-a/order_updates', status: 'INACTIVE' }] }) },
];

/* ---- Amazon ---- */

const document = 'https://documents.s3.amazonaws.com/feed-1?X-Amz-Signature=x';
export const amazon = [
  always(/^GET .*\/marketplaceParticipations$/, { payload: [{ marketplace: { id: 'ATVPDKIKX0DER', name: 'Amazon.com', countryCode: 'US', defaultCurrencyCode: 'USD', defaultLanguageCode: 'en_US', domainName: 'www.amazon.com' }, storeName: 'Shop', participation: { isParticipating: true, hasSuspendedListings: false } }] }),
  always(/^POST .*\/feeds\/2021-06-30\/documents$/, { feedDocumentId: 'amzn1.tortuga.3.1', url: document }, 201),
  always(/^POST .*\/feeds\/2021-06-30\/feeds$/, { feedId: '23492394' }, 202),
  { match: /^GET .*\/feeds\/2021-06-30\/feeds\//, answer: (request, nth) => json({ feedId: '23492394', feedType: 'JSON_LISTINGS_FEED', createdTime: '2026-11-23T05:45:31Z', ...(nth ? { processingStatus: 'DONE', resultFeedDocumentId: 'amzn1.tortuga.3.2' } : { processingStatus: 'IN_PROGRESS' }) }) },
  always(/^GET .*\/feeds\/2021-06-30\/documents\//, { feedDocumentId: 'amzn1.tortuga.3.2', url: document }),
  { match: /^PUT https:\/\/documents\./, answer: () => nothing },
  { match: /^GET https:\/\/documents\./, answer: () => json({ header: { sellerId: 'A3TH9S8BH6GOGM', version: '2.0', feedId: '23492394' }, issues: [], summary: { errors: 0, warnings: 0, messagesProcessed: 3, messagesAccepted: 3, messagesInvalid: 0 } }) },
  { match: /^GET .*\/listings\/2021-08-01\/items\/[^/?]+\?.*sortBy/, answer: (request, nth) => json({ numberOfResults: 2, ...(nth ? {} : { pagination: { nextToken: 'next-2+/=' } }), items: [{ sku: `TEE-${nth}`, summaries: [{ marketplaceId: 'ATVPDKIKX0DER', productType: 'SHIRT', itemName: 'Tee', status: ['BUYABLE'], asin: 'B071VG5N9D' }], fulfillmentAvailability: [{ fulfillmentChannelCode: 'DEFAULT', quantity: 5 }] }] }) },
  { match: /^GET .*\/orders\/2026-01-01\/orders\?.*paginationToken/, answer: () => json({ orders: [] }) },
  always(/^GET .*\/notifications\/v1\/destinations$/, { payload: [{ destinationId: 'eb', name: 'bridge', resource: { eventBridge: { name: 'x', region: 'us-east-1', accountId: '123456789012' } } }] }),
  always(/^POST .*\/notifications\/v1\/destinations$/, { payload: { destinationId: 'd1', name: 'truecount', resource: { sqs: { arn: 'arn:aws:sqs:us-east-1:123456789012:orders' } } } }),
  always(/^GET .*\/notifications\/v1\/subscriptions\//, { errors: [{ code: 'NotFound', message: 'none' }] }, 404),
  { match: /^POST https:\/\/sqs\./, answer: (request) => {
    const target = request.headers.find(([name]) => name.toLowerCase() === 'x-amz-target')?.[1] ?? '';
    if (/ReceiveMessage/.test(target)) {
      return json({ Messages: [{ MessageId: 'm1', ReceiptHandle: 'h1', Body: '{}', MD5OfBody: '99914b932bd37a50b983c5e7c90ae93b' }] });
    }
    return json(/GetQueueAttributes/.test(target) ? { Attributes: { Policy: '{"AWS":"437568002678"}', QueueArn: 'arn:aws:sqs:us-east-1:123456789012:orders' } } : {});
  } },
];

/* ---- Etsy ---- */

const inventory = data('etsy/inventory.json');
const listing = { listing_id: 7, state: 'active', title: 'Tee', quantity: 5, listing_type: 'physical' };
const receipt = { receipt_id: 3145, status: 'Paid', created_timestamp: 1795000000, updated_timestamp: 1795000100, create_timestamp: 1795000000, update_timestamp: 1795000100, country_iso: 'DE', state: '', is_paid: true, is_shipped: false, shipments: [], refunds: [], transactions: [{ transaction_id: 1, listing_id: 7, product_id: 1001, quantity: 1, sku: 'TEE-RED-S', shipped_timestamp: null, paid_timestamp: 1795000000 }] };
export const etsy = [
  { match: /^GET .*\/listings\?state=/, answer: (request, nth) => json({ count: 26, results: nth ? [] : Array.from({ length: 25 }, () => ({ ...listing, inventory })) }) },
  { match: /^GET .*\/receipts\?/, answer: (request, nth) => json({ count: 101, results: nth ? [] : Array.from({ length: 100 }, () => receipt) }) },
  always(/^GET .*\/receipts\/3145$/, receipt),
  always(/^GET .*\/batch\/inventory\?/, { count: 1, results: [{ listing_id: 7, inventory }] }),
  // Its state decides what must be called beside the record.
  { match: /^GET .*\/listings\/7\/inventory\?/, answer: (request) => json({ ...inventory, listing: { ...listing, state: { 'a listing off sale': 'inactive', 'a listing sold out': 'sold_out' }[request.account] ?? 'active' } }) },
  { match: /^PUT .*\/listings\/7\/inventory/, answer: (request) => json({ ...inventory, products: inventory.products.map((p, i) => ({ ...p, offerings: p.offerings.map((o) => ({ ...o, ...pick(sent(request).products[i].offerings[0], 'quantity', 'is_enabled') })) })) }) },
  { match: /^PATCH .*\/listings\/7$/, answer: (request) => json({ ...listing, state: new URLSearchParams(request.body.toString('utf8')).get('state') }) },
  always(/^GET .*\/users\/me$/, { user_id: 12, shop_id: 12345 }),
  always(/^GET .*\/shops\/12345$/, { shop_id: 12345, shop_name: 'Shop', is_vacation: false }),
  always(/^POST .*\/scopes$/, { scopes: ['listings_r', 'listings_w', 'transactions_r', 'shops_r'] }),
];
