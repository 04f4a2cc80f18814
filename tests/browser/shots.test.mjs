// SPDX-License-Identifier: Apache-2.0
// Takes docs/screens anew, of a shop that trades; only when asked: ./dev web-test --screens.
import assert from "node:assert/strict";
import { test } from "node:test";
import { screens, shoot, startWorld } from "./harness.mjs";
import { openShop, sellTwice } from "./shop.mjs";

test("the screens are drawn wide and narrow, light and dark", { skip: !screens }, async () => {
  const world = await startWorld({ skus: 40 });
  try {
    const shop = await openShop(world, { live: ["shopify-a", "api-a"], hostile: false });
    const it = await sellTwice(world, shop.first);
    await world.sandbox("POST", "/sandbox/shoppers", { orders_per_s: 2 });
    const item = `/item/${encodeURIComponent(shop.busy)}`;
    const wait = (text) => (p) => p.getByText(text).first().waitFor();
    await shoot(world, "/channels", "channels", wait("woo-a"));
    await shoot(world, item, "item", (p) => p.locator(".why-button").first().waitFor());
    await shoot(world, `/incidents/${it.id}`, "incident", (p) => p.locator(".moments").first().waitFor());
    await shoot(world, "/incidents", "incidents");
    await shoot(world, "/stock", "stock", (p) => p.locator(".virtual .stock-row").first().waitFor());
    await shoot(world, "/", "now", wait("Told to channels"));
    await shoot(world, "/channels/shopify-a?tab=speed", "channel-speed", (p) => p.getByRole("region", { name: "Latency by stage" }).waitFor());
    await shoot(world, "/channels/woo-a?tab=over", "channel-cutover", wait("Something is linked"));
    assert.deepEqual(world.faults, []);
  } finally {
    await world.end();
  }
});
