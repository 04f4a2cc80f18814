// SPDX-License-Identifier: Apache-2.0
// Answers made up by us, where a vendor's example would not lead an exchange to its next request.

export const json = (value, status = 200) => ({ status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) });

export const token = json({ access_token: 'at-2', expires_in: 3600, refresh_token: 'rt-2', token_type: 'Bearer', scope: 'all' });
export const lwaToken = token;
export const ebayXml = { status: 200, headers: { 'content-type': 'text/xml' }, body: '<?xml version="1.0"?><x xmlns="urn:ebay:apis:eBLBaseComponents"><Ack>Success</Ack></x>' };
