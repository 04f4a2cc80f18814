// SPDX-License-Identifier: Apache-2.0
// A small shop that trades: two places, three look-alike channels that sell the same items, stock, a
// bundle, and names that strangers wrote with the worst intentions.
import { until } from "./harness.mjs";

export const HOSTILE = {
  script: { sku: "EVIL-1", title: `<img src=x onerror="alert(document.domain)">`, product: `"><script>alert(1)</script>` },
  rtl: { sku: "EVIL-\u202e2", title: "\u202eevil\u202d \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627", product: "\u200f\u200f" },
  /* The longest that the server takes: 255 bytes. */
  long: { sku: "EVIL-3", title: "long".repeat(63), product: "W".repeat(255) },
};

/** Everything is connected, imported and live; every listing shows what it should. */
export async function openShop(world, { live = ["shopify-a", "woo-a", "api-a"], hostile = true, stock = 40 } = {}) {
  await world.api("POST", "/v1/locations", { code: "berlin", name: "Berlin warehouse", country: "DE" });
  await world.api("POST", "/v1/locations", { code: "hamburg", name: "Hamburg shop", country: "DE" });
  const { items: shops } = await world.sandbox("GET", "/sandbox/shops");
  const { items } = await world.sandbox("GET", `/sandbox/shops/${shops[0].name}/items`);
  await world.api("POST", "/v1/skus", {
    items: items.map(({ sku, title, product, options, barcode }) => ({ sku, title, product, options, barcode })),
  });
  if (hostile) {
    await world.api("POST", "/v1/skus", { items: Object.values(HOSTILE) });
    await world.api("POST", "/v1/skus", { sku: "SET-1", title: "Two of the first, one of the second", product: "Set", components: [{ sku: items[0].sku, quantity: 2 }, { sku: items[1].sku, quantity: 1 }] });
  }
  const all = [...items.map((i) => i.sku), ...(hostile ? Object.values(HOSTILE).map((i) => i.sku) : [])];
  await world.api("POST", "/v1/movements", {
    movements: all.flatMap((sku, i) => [
      { kind: "receive", sku, location: "berlin", quantity: i === 0 ? 1 : stock + i, reason: "opening stock" },
      ...(i > 2 && i % 3 === 0 ? [{ kind: "receive", sku, location: "hamburg", quantity: 4, reason: "opening stock" }] : []),
    ]),
  });
  for (const shop of shops) {
    const mode = live.includes(shop.name) ? "live" : "shadow";
    const places = shop.location ? { location_map: [{ location: "berlin", remote: shop.location }] } : {};
    await world.connect(shop.name, { connector: shop.kind, mode, settings: places, route: [{ location: "berlin" }] });
    if (shop.kind === "api") {
      await world.api("POST", "/v1/listings", { items: items.map((i) => ({ channel: shop.name, sku: i.sku })) });
      continue;
    }
    const { job } = await world.api("POST", `/v1/channels/${shop.name}/import`, { create_skus: true });
    const done = await world.job(job);
    if (done.state !== "done") throw new Error(`the import of ${shop.name} ended as ${done.state}: ${done.error}`);
  }
  if (hostile) {
    await world.api("POST", "/v1/listings", { items: Object.values(HOSTILE).map((i) => ({ channel: "api-a", sku: i.sku })) });
  }
  await until("every live listing to show what it should", async () => {
    const listings = await world.all("/v1/listings");
    return listings.length > 0 && listings.filter((l) => live.includes(l.channel) && !l.sku.startsWith("EVIL")).every((l) => l.state === "ok");
  }, 60_000);
  return { items, first: items[0].sku, busy: items[4].sku };
}

/** The last unit is sold on two channels within the same second; gives back the incident. */
export async function sellTwice(world, sku) {
  await Promise.all([
    world.sandbox("POST", "/sandbox/shops/api-a/buy", { sku, quantity: 1 }),
    world.sandbox("POST", "/sandbox/shops/woo-a/buy", { sku, quantity: 1 }),
  ]);
  return until("the incident", async () => (await world.api("GET", `/v1/incidents?code=OVERSOLD&state=open&sku=${encodeURIComponent(sku)}`)).items[0]);
}
