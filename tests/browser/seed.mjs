// SPDX-License-Identifier: Apache-2.0
// A small shop's world by the API alone: locations, channels, SKUs whose titles mean harm, orders,
// transfers, counts. `call(method, path, body)` gives the answer and throws on a refusal.

export const HOSTILE = [
  '<img src=x onerror="window.hurt=1">',
  "\u202Egnp.eert\u202C a title that turns round",
  `${"A title that does not end ".repeat(9)}of 250`,
  "</script><script>window.hurt=1</script>",
];

/** Waits for a job to end well. */
async function jobDone(call, id) {
  for (;;) {
    const job = await call("GET", `/v1/jobs/${id}`);
    if (job.state === "done") return job;
    if (job.state === "failed" || job.state === "cancelled") throw new Error(`job ${id}: ${job.error}`);
    await new Promise((later) => setTimeout(later, 50));
  }
}

export async function seedLocations(call) {
  await call("POST", "/v1/locations", { code: "berlin", name: "Warehouse Berlin", country: "DE" });
  await call("POST", "/v1/locations", { code: "paris", name: "Entrepôt Paris", country: "FR" });
  await call("POST", "/v1/locations", { code: "store", name: "The shop in Rosenstraße", country: "DE" });
}

/**
 * Channels like the sandbox's shops, live, and one till of our own. Of their catalogue 30 items are SKUs of
 * ours, so that the others are not linked; one of ours looks like one of theirs.
 */
export async function seedChannels(call, shops, items) {
  await call("POST", "/v1/skus", {
    items: [
      ...items.slice(0, 30).map(({ sku, title, product, barcode }) => ({ sku, title, product, barcode })),
      { sku: items[0].sku.replace("O", "0"), title: "a letter O that is a zero" },
    ],
  });
  for (const { name, kind, base_url, location } of shops) {
    const route = [{ location: "berlin", priority: 1, cost: 10, fee: 490, countries: kind === "shopify" ? ["DE", "AT"] : [] }];
    if (kind === "shopify") route.push({ location: "paris", priority: 1, cost: 20, fee: 690 });
    const more = kind === "shopify"
      ? { settings: { base_url, shop: name, location_map: [{ location: "berlin", remote: location }] },
          secrets: { webhook_secret: "truecount-test-secret", access_token: "sandbox-token" } }
      : { settings: { base_url },
          secrets: { webhook_secret: "truecount-test-secret", consumer_key: "sandbox-token", consumer_secret: "sandbox-secret" } };
    await call("POST", "/v1/channels", { code: name, connector: kind, mode: "shadow", route, opened_at: "2026-01-01T00:00:00Z", ...more });
    await jobDone(call, (await call("POST", `/v1/channels/${name}/import`, {})).job);
  }
  const first = shops.find((s) => s.kind === "shopify");
  await call("POST", "/v1/opening", {
    location: "berlin",
    reason: "counted there on Monday",
    items: items.slice(1, 20).map(({ sku }) => ({ sku, from: `channel:${first.name}` })),
  });
  for (const { name } of shops) await call("PATCH", `/v1/channels/${name}`, { mode: "live" });
  await call("POST", "/v1/channels", { code: "till", connector: "api", mode: "live", buffer: 1, opened_at: "2026-01-01T00:00:00Z",
    route: [{ location: "store", priority: 1 }, { location: "berlin", priority: 2 }] });
}

/** SKUs of our own: plain ones, a bundle, and titles that mean harm. */
export async function seedSkus(call) {
  const items = [
    { sku: "TEE-M-BLUE", title: "T-shirt, M, blue", product: "T-shirt", barcode: "4006381333931", options: { Size: "M", Colour: "blue" } },
    { sku: "TEE-L-BLUE", title: "T-shirt, L, blue", product: "T-shirt", barcode: "4006381333948" },
    { sku: "MUG", title: "Mug, enamel", barcode: "036000291452", buffer: 2 },
    { sku: "CAP", title: "Cap, wool", barcode: "SHARED-1" },
    { sku: "SCARF", title: "Scarf, wool", barcode: "SHARED-1", oversell: "backorder" },
    { sku: "LAST-ONE", title: "The last one of its kind" },
    ...HOSTILE.map((title, i) => ({ sku: `HOSTILE-${i + 1}`, title, barcode: `HOSTILE${i + 1}` })),
  ];
  await call("POST", "/v1/skus", { items });
  await call("POST", "/v1/skus", { sku: "GIFT-SET", title: "Gift set: mug and cap", components: [{ sku: "MUG", quantity: 1 }, { sku: "CAP", quantity: 1 }] });
  await call("POST", "/v1/movements", {
    movements: items.flatMap(({ sku }) => [
      { kind: "receive", sku, location: "berlin", quantity: sku === "LAST-ONE" ? 1 : 40, reference: "PO 1187" },
      ...(sku === "LAST-ONE" ? [] : [{ kind: "receive", sku, location: "store", quantity: 8, reference: "PO 1187" }]),
    ]),
  });
  await call("POST", "/v1/movements", { movements: [
    { kind: "damage", sku: "MUG", location: "berlin", quantity: 2, reason: "damaged" },
    { kind: "adjust", sku: "CAP", location: "store", quantity: -1, reason: "theft" },
  ] });
}

export async function seedDocuments(call) {
  for (const sku of ["TEE-M-BLUE", "TEE-L-BLUE", "MUG", "LAST-ONE", "GIFT-SET", "HOSTILE-1", "HOSTILE-2", "HOSTILE-3", "HOSTILE-4"]) {
    await call("POST", "/v1/listings", { channel: "till", sku });
  }
  const order = (id, lines, more = {}) =>
    call("POST", "/v1/orders", { channel: "till", id, version: "1", country: "DE", lines, ...more });
  await order("R-1001", [{ id: "1", sku: "TEE-M-BLUE", ordered: 2 }, { id: "2", sku: "MUG", ordered: 1 }]);
  await order("R-1002", [{ id: "1", sku: "GIFT-SET", ordered: 3, fulfilled: 1 }]);
  await order("R-1003", [{ id: "1", sku: "LAST-ONE", ordered: 2 }]);
  await order("R-1004", [{ id: "1", sku: "HOSTILE-1", ordered: 1, cancelled: 1 }]);
  await order("R-1005", [{ id: "1", sku: "UNHEARD-OF", ordered: 1 }, { id: "2", sku: "HOSTILE-3", ordered: 9, fulfilled: 9, returned: 2 }], { country: "FR" });
  const transfer = (reference, lines, from = "berlin", to = "paris") =>
    call("POST", "/v1/transfers", { from, to, reference, lines });
  await transfer("for the weekend", [{ sku: "CAP", quantity: 4 }], "berlin", "store");
  const van = await transfer("van 7", [{ sku: "TEE-M-BLUE", quantity: 12 }, { sku: "MUG", quantity: 6 }, { sku: "HOSTILE-2", quantity: 1 }]);
  await call("POST", `/v1/transfers/${van.id}/ship`, {});
  await call("POST", `/v1/transfers/${van.id}/receive`, { lines: [{ sku: "TEE-M-BLUE", received: 7, damaged: 1 }] });
  const done = await transfer("van 6", [{ sku: "TEE-L-BLUE", quantity: 3 }]);
  await call("POST", `/v1/transfers/${done.id}/ship`, {});
  await call("POST", `/v1/transfers/${done.id}/receive`, {});
  const shelf = await call("POST", "/v1/counts", { location: "store", blind: true, reference: "shelf 2" });
  await call("POST", `/v1/counts/${shelf.id}/lines`, { lines: [{ sku: "MUG", quantity: 7 }] });
  const seen = await call("POST", "/v1/counts", { location: "berlin", blind: false, reference: "front row" });
  await call("POST", `/v1/counts/${seen.id}/lines`, { lines: [{ sku: "TEE-M-BLUE", quantity: 24 }, { sku: "HOSTILE-1", quantity: 40 }, { sku: "CAP", quantity: 41 }] });
  await call("POST", `/v1/counts/${seen.id}/review`, {});
  await call("POST", "/v1/holds", { owner: "cart-17", channel: "till", lines: [{ sku: "MUG", quantity: 1 }], expires_in: 3600 });
  await call("POST", "/v1/webhooks", { url: "https://ops.example.com/truecount" });
  await call("POST", "/v1/tokens", { name: "the till's own", scope: "operate" });
}

/** Everything: `world` is the harness's. */
export async function seed(world) {
  const call = (method, path, body) => world.api(method, path, body);
  await seedLocations(call);
  const { items } = await world.sandbox("GET", "/sandbox/shops");
  const shops = items.filter((s) => s.kind !== "api");
  const catalogue = (await world.sandbox("GET", `/sandbox/shops/${shops[0].name}/items?limit=40`)).items;
  await seedChannels(call, shops, catalogue);
  await seedSkus(call);
  await seedDocuments(call);
}
