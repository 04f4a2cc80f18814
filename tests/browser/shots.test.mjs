// SPDX-License-Identifier: Apache-2.0
// Takes docs/screens anew: every screen of a shop that trades, wide and on a phone, those that people look
// at first in the dark as well. Only when asked: ./dev web-test --screens.
import assert from "node:assert/strict";
import { readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { root, screens, shoot, startWorld, until } from "./harness.mjs";
import { openShop, sellTwice } from "./shop.mjs";

const text = (wanted) => (page) => page.getByText(wanted).first().waitFor();

/** What lies on the desk of a shop on a Tuesday: documents under way, a colleague, a program. */
async function fillDesk(world, { items }, alertsUrl) {
  const sku = (n) => items[n].sku;
  const post = (path, body) => world.api("POST", path, body);
  await post("/v1/skus", { sku: items[0].sku.replace("O", "0"), title: "typed with a zero" });
  await post("/v1/skus", { sku: "GIFT-SET", title: "Gift set", product: "Sets", components: [{ sku: sku(6), quantity: 1 }, { sku: sku(9), quantity: 2 }] });
  await post("/v1/channels", { code: "till", connector: "api", mode: "live", buffer: 1, route: [{ location: "hamburg", priority: 1 }, { location: "berlin", priority: 2 }] });
  await post("/v1/listings", { items: [6, 9, 12, 15].map((n) => ({ channel: "till", sku: sku(n) })).concat({ channel: "till", sku: "GIFT-SET" }) });
  await post("/v1/orders", { channel: "till", id: "R-1041", version: "1", country: "DE", lines: [{ id: "1", sku: sku(6), ordered: 2 }, { id: "2", sku: "GIFT-SET", ordered: 1 }] });
  await post("/v1/orders", { channel: "till", id: "R-1042", version: "2", country: "DE", lines: [{ id: "1", sku: sku(12), ordered: 3, fulfilled: 3, returned: 1 }] });
  const transfer = (reference, lines, from = "berlin", to = "hamburg") => post("/v1/transfers", { from, to, reference, lines });
  await transfer("for Saturday", [{ sku: sku(7), quantity: 4 }, { sku: sku(8), quantity: 6 }]);
  const van = await transfer("van 7", [{ sku: sku(10), quantity: 12 }, { sku: sku(11), quantity: 6 }]);
  await post(`/v1/transfers/${van.id}/ship`, {});
  await post(`/v1/transfers/${van.id}/receive`, { lines: [{ sku: sku(10), received: 7, damaged: 1 }] });
  const home = await transfer("van 6", [{ sku: sku(13), quantity: 3 }]);
  await post(`/v1/transfers/${home.id}/ship`, {});
  await post(`/v1/transfers/${home.id}/receive`, {});
  const shelf = await post("/v1/counts", { location: "hamburg", blind: true, reference: "shelf 2" });
  await post(`/v1/counts/${shelf.id}/lines`, { lines: [{ sku: sku(6), quantity: 4 }, { sku: sku(9), quantity: 3 }] });
  const front = await post("/v1/counts", { location: "berlin", reference: "front row" });
  await post(`/v1/counts/${front.id}/lines`, { lines: [14, 16, 17].map((n, i) => ({ sku: sku(n), quantity: 40 + n - i })) });
  await post(`/v1/counts/${front.id}/review`, {});
  await post("/v1/holds", { owner: "cart-1188", channel: "till", lines: [{ sku: sku(15), quantity: 1 }, { sku: "GIFT-SET", quantity: 1 }], expires_in: 1800 });
  await post("/v1/holds", { owner: "Mrs Sommer, by telephone", lines: [{ sku: sku(12), quantity: 2 }], expires_in: 14_400 });
  await post("/v1/users", { name: "ben", role: "operate", password: "seven empty teapots at sea" });
  await post("/v1/tokens", { name: "the till", scope: "operate", expires_in_days: 365 });
  await post("/v1/webhooks", { url: alertsUrl });
  await world.job((await post("/v1/channels/woo-a/import", {})).job);
  return { van: van.id, shelf: shelf.id, front: front.id };
}

const spread = (mean) => ({ count: 900, mean_ms: mean, p50_ms: mean * 0.8, p95_ms: mean * 2.1, p99_ms: mean * 3.4, max_ms: mean * 5 });
const scenario = (name, orders, oversold) => ({
  name, good: true, settled: true, verified: true, orders, orders_booked: orders, units: Math.round(orders * 1.3), units_booked_wrong: 0, refused: 87,
  deliveries: orders * 4, duplicates: orders, pushes: 900, pushes_saved: 180, listings: 1000, disagreeing: 0, oversold, converged_ms: 9120, above_longest_ms: 2100,
  above_longest_where: "HOO-0001-M-GRY on woo-b", all_channels: { ours: spread(9), theirs_in: spread(410), theirs_out: spread(60), total: spread(480) },
  otherwise: [{ way: "every 15 minutes", oversold: oversold * 31, above_longest_ms: 900_000 }, { way: "every minute", oversold: oversold * 6, above_longest_ms: 61_000 }],
});
const REPORT = { report: "truecount drill", version: 1, seed: 1, started_at: "2026-11-27T10:00:00.000Z", channels: "five", orders_per_second: 200, seconds: 15, good: true,
  scenarios: [scenario("burst", 1288, 4), scenario("variations", 910, 2), scenario("duplicates", 640, 1), scenario("outage", 433, 3)] };

async function shootFirstDay() {
  const world = await startWorld({ shops: null, account: false });
  try {
    const setup = new URL(world.setupUrl());
    await shoot(world, setup.pathname + setup.hash, "setup", { login: false });
    await world.setUp();
    await shoot(world, "/login", "login", { login: false });
    await (await world.open("/")).context().close(); // logs in
    await shoot(world, "/start", "start");
  } finally {
    await world.end();
  }
}

async function shootWorkday(world, shop, alertsUrl) {
  const desk = await fillDesk(world, shop, alertsUrl);
  const it = await sellTwice(world, shop.first);
  await world.sandbox("POST", "/sandbox/shoppers", { orders_per_s: 2 });
  await (await world.open("/")).context().close(); // logs in
  const order = await until("an order", async () => (await world.api("GET", "/v1/orders?channel=till")).items.find((o) => o.id === "R-1041"));
  const message = await until("a message", async () => (await world.api("GET", "/v1/deliveries?channel=shopify-a&state=applied")).items.find((d) => d.topic === "orders/create"));
  const item = `/item/${encodeURIComponent(shop.busy)}`;
  await until("sales on every channel", async () => (await world.api("GET", "/v1/pushes?limit=30")).items.length >= 20);
  await shoot(world, "/", "now", { dark: true, ready: text("Told to channels") });
  await shoot(world, item, "item", { dark: true, ready: (p) => p.locator(".why-button").first().waitFor() });
  await shoot(world, `/incidents/${it.id}`, "incident", { ready: (p) => p.locator(".moments").first().waitFor() });
  await shoot(world, "/incidents", "incidents", { dark: true });
  await shoot(world, "/stock", "stock", { dark: true, ready: (p) => p.locator(".virtual .stock-row a").first().waitFor() });
  await shoot(world, "/channels", "channels", { dark: true, ready: text("woo-a") });
  await shoot(world, "/channels/shopify-a?tab=speed", "channel-speed", { ready: (p) => p.getByRole("region", { name: "Latency by stage" }).waitFor() });
  await shoot(world, "/channels/woo-a?tab=shadow", "channel-agreement", { ready: text("What the readings say") });
  await shoot(world, "/channels/woo-a?tab=over", "channel-cutover", { ready: text("Something is linked") });
  await shoot(world, "/channels/shopify-a?tab=connect", "channel-connect", {
    ready: async (p) => {
      await p.getByRole("button", { name: "Check it" }).click();
      await p.getByRole("list", { name: "Places of shopify-a" }).getByRole("combobox").first().waitFor({ timeout: 30_000 });
      await p.getByText("Its messages arrive").waitFor({ timeout: 60_000 });
      await p.getByRole("heading", { name: "Its places" }).evaluate((e) => e.scrollIntoView({ block: "center" }));
    },
  });
  await shoot(world, "/channels/shopify-a?tab=rules", "channel-settings");
  await shoot(world, "/orders", "orders");
  await shoot(world, `/orders/till/${order.id}`, "order");
  await shoot(world, "/holds", "holds");
  await shoot(world, "/holds/1", "hold");
  await shoot(world, "/transfers", "transfers");
  await shoot(world, `/transfers/${desk.van}`, "transfer");
  await shoot(world, "/counts", "counts");
  await shoot(world, `/counts/${desk.shelf}`, "count");
  await shoot(world, `/counts/${desk.front}`, "count-review", { ready: text("Ledger had") });
  await shoot(world, "/ledger", "ledger");
  await shoot(world, "/links?which=own", "links");
  await shoot(world, "/links/opening?location=berlin", "opening");
  await shoot(world, "/rules", "rules");
  await shoot(world, "/deliveries", "messages");
  await shoot(world, `/deliveries/${message.id}`, "message");
  await shoot(world, "/deliveries/replay", "replay");
  await shoot(world, "/pushes", "pushes");
  await shoot(world, "/drills", "drills", {
    ready: async (p) => {
      await p.getByLabel("Choose a report").setInputFiles({ name: "drill.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(REPORT)) });
      await p.getByText("1,288").first().waitFor();
      await p.getByRole("heading", { name: "drill.json" }).evaluate((e) => e.scrollIntoView());
      await p.evaluate(() => scrollBy(0, -80));
    },
  });
  await shoot(world, "/settings", "settings");
  for (const tab of ["people", "tokens", "alerts", "audit"]) await shoot(world, `/settings?tab=${tab}`, `settings-${tab}`);
}

test("the screens are drawn, every one of them", { skip: !screens }, async () => {
  for (const old of readdirSync(join(root, "docs/screens")).filter((f) => f.endsWith(".png"))) rmSync(join(root, "docs/screens", old));
  await shootFirstDay();
  const ops = createServer((_, answer) => answer.writeHead(204).end()); // whoever is told of incidents
  await new Promise((done) => ops.listen(0, "127.0.0.1", done));
  const world = await startWorld({ skus: 40 });
  try {
    const shop = await openShop(world, { live: ["shopify-a", "api-a"], hostile: false });
    await shootWorkday(world, shop, `http://127.0.0.1:${ops.address().port}/truecount`);
    assert.deepEqual(world.faults, []);
  } finally {
    await world.end();
    ops.close();
  }
});

test("every picture of docs/screens is shown on its page, and every one that is shown is there", () => {
  const shown = [...readFileSync(join(root, "docs/screens/README.md"), "utf8").matchAll(/\(([\w-]+\.png)\)/g)].map((m) => m[1]);
  const there = readdirSync(join(root, "docs/screens")).filter((f) => f.endsWith(".png"));
  assert.deepEqual([...new Set(shown)].sort(), there.sort());
});
