// SPDX-License-Identifier: Apache-2.0
// The screens that people look at first, over the real server and three look-alike shops.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PHONE, axe, go as inPage, overflow, startWorld, until } from "./harness.mjs";
import { HOSTILE, openShop, sellTwice } from "./shop.mjs";

let world;
let shop;
let page;
before(async () => {
  world = await startWorld({ skus: 24 });
  shop = await openShop(world, { live: ["shopify-a", "api-a"] });
  page = await world.open("/");
});
after(async () => {
  await world?.end();
});

const item = (sku) => `/item/${encodeURIComponent(sku)}`;
const card = (code) => page.locator(`[data-channel="${code}"]`);
const go = (path) => inPage(page, path);

test("a sale on one channel is seen on the other's card and in both feeds, within seconds", async () => {
  await go("/");
  await until("the stream", () => page.locator('[data-live="live"]').count());
  const order = await world.sandbox("POST", "/sandbox/shops/api-a/buy", { sku: shop.busy, quantity: 2 });
  const bought = Date.now();
  await page.getByRole("list", { name: "Latest orders" }).getByText(shop.busy).first().waitFor({ timeout: 10_000 });
  const seen = Date.now() - bought;
  await page.getByRole("list", { name: "Latest pushes" }).getByText("shopify-a").first().waitFor({ timeout: 10_000 });
  await card("shopify-a").locator("dd").nth(1).getByText(/just now|s ago/).waitFor({ timeout: 10_000 });
  console.log(`# from a buyer's click to the pixel: ${seen} ms; pushed and shown: ${Date.now() - bought} ms`);
  assert.ok(order);
});

test("the first screen is usable soon", async () => {
  const fresh = await world.open("/");
  const ms = await fresh.evaluate(() => Math.round(performance.getEntriesByType("navigation")[0].domInteractive));
  await fresh.locator("[data-channel]").first().waitFor();
  const shown = await fresh.evaluate(() => Math.round(performance.now()));
  const bytes = await fresh.evaluate(() => performance.getEntriesByType("resource").filter((r) => r.name.includes("/assets/")).reduce((sum, r) => sum + r.transferSize, 0));
  console.log(`# interactive after ${ms} ms, channels drawn by ${shown} ms, ${bytes} bytes of page`);
  assert.ok(bytes < 150_000);
  await fresh.context().close();
});

test("pausing a channel is asked, told, holds every count back, and is resumed", async () => {
  await go("/");
  await card("shopify-a").getByRole("button", { name: /Pause/ }).click();
  await page.getByRole("dialog").getByLabel(/Why/).fill("stock take");
  assert.deepEqual(await axe(page), []);
  await page.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
  await card("shopify-a").getByText("paused").waitFor();
  assert.equal((await world.api("GET", "/v1/channels/shopify-a")).paused, true);
  await card("shopify-a").getByRole("button", { name: /Resume/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Resume" }).click();
  await until("it to run again", async () => !(await world.api("GET", "/v1/channels/shopify-a")).paused);
  await card("shopify-a").getByText("live").waitFor();
});

test("why this number: every step is shown, and its last is what the listing may show", async () => {
  const { listings } = await world.api("GET", `/v1/availability/${encodeURIComponent(shop.busy)}`);
  await world.api("PATCH", `/v1/listings/${listings.find((l) => l.channel === "api-a").id}`, { buffer: 3 });
  await go(item(shop.busy));
  const row = page.locator('tr[data-channel="api-a"]');
  const of = async () => (await world.api("GET", `/v1/availability/${encodeURIComponent(shop.busy)}`)).listings.find((l) => l.channel === "api-a");
  await row.getByRole("button", { name: /why/ }).click();
  const steps = page.getByRole("list", { name: "Why this number" });
  await steps.getByText("buffer: 3 held back").waitFor();
  const last = Number(await steps.locator("li.sum .num").innerText());
  assert.equal(last, (await of()).sellable);
  assert.deepEqual(await axe(page), []);
});

test("units received by hand are booked once, stand in the history, and change what is shown", async () => {
  await go(item(shop.busy));
  const before = (await world.api("GET", `/v1/stock/${encodeURIComponent(shop.busy)}`)).available;
  await page.getByRole("button", { name: "Move units" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.locator('[name="quantity"]').fill("5");
  await dialog.getByLabel(/Why/).fill("found behind the shelf");
  await dialog.getByRole("button", { name: "Book it" }).dblclick();
  await page.getByRole("region", { name: "History of this item" }).getByText("found behind the shelf").first().waitFor();
  const after = (await world.api("GET", `/v1/stock/${encodeURIComponent(shop.busy)}`)).available;
  assert.equal(after, before + 5);
  const past = await page.locator("tbody tr", { hasText: "found behind the shelf" }).locator("td b").innerText();
  assert.equal(Number(past), after);
});

test("the slider shows a past moment, and the address keeps it", async () => {
  await go(item(shop.busy));
  const slider = page.getByLabel("Moment in its past");
  await slider.focus();
  await page.keyboard.press("Home");
  await page.getByText("As it was on").waitFor();
  assert.match(page.url(), /at=/);
  await page.getByText("Where its units were").waitFor();
  await page.getByRole("button", { name: "Back to now" }).click();
  await page.getByText("Where its units are").waitFor();
});

test("an oversold unit is the first thing that is said, and its autopsy is drawn", async () => {
  const it = await sellTwice(world, shop.first);
  await go("/");
  await page.locator('.verdict[data-tone="now"]').waitFor({ timeout: 10_000 });
  await page.getByRole("region", { name: "Oversold" }).waitFor();
  await go(`/incidents/${it.id}`);
  const autopsy = page.getByRole("img", { name: /between both sales/ });
  await autopsy.waitFor();
  const moments = await page.locator(".moments li").count();
  assert.equal(await autopsy.locator(".moment").count(), moments);
  assert.ok(moments >= 2);
  assert.deepEqual(await axe(page), []);
  await go("/incidents");
  await page.locator(`a[href="/incidents/${it.id}"]`).waitFor();
});

test("an incident is closed with a reason", async () => {
  const { items } = await world.api("GET", "/v1/incidents?state=open");
  await go(`/incidents/${items[0].id}`);
  await page.getByRole("button", { name: "Close by hand" }).click();
  await page.getByRole("dialog").getByLabel(/Why/).fill("the buyer waits");
  await page.getByRole("button", { name: "Close it" }).click();
  await page.getByText("the buyer waits").waitFor();
  const row = await world.api("GET", `/v1/incidents/${items[0].id}`);
  assert.equal(row.state, "resolved");
  assert.equal(row.resolution, "the buyer waits");
});

test("stock: found by barcode, filtered, and its buffer set for many at once", async () => {
  await go("/stock");
  await page.getByLabel("Filter by SKU, barcode or title").fill(shop.items[5].barcode);
  const rows = page.locator(".virtual .stock-row");
  await until("one row", async () => (await rows.count()) === 1);
  await rows.getByText(shop.items[5].sku).waitFor();
  await page.getByLabel("Filter by SKU, barcode or title").fill("");
  await page.getByRole("button", { name: "Bundles" }).click();
  await until("the bundle", async () => (await rows.count()) === 1);
  await page.getByRole("button", { name: "All", exact: true }).click();
  for (const n of [6, 7]) await page.getByLabel(`Choose ${shop.items[n].sku}`, { exact: true }).check();
  await page.getByRole("button", { name: "Set buffer" }).click();
  await page.getByLabel(/Units held back/).fill("2");
  await page.getByRole("button", { name: "Set it" }).click();
  await until("both buffers", async () => {
    const both = await Promise.all([6, 7].map((n) => world.api("GET", `/v1/skus/${encodeURIComponent(shop.items[n].sku)}`)));
    return both.every((s) => s.buffer === 2);
  });
});

test("stock: a table is tried before it is booked, and what is wrong is named by its line", async () => {
  await go("/stock");
  await page.getByRole("button", { name: "Tables" }).click();
  const dialog = page.getByRole("dialog");
  const file = (text) => dialog.locator('input[type="file"]').setInputFiles({ name: "skus.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
  await dialog.getByRole("button", { name: "skus", exact: true }).click();
  await file("sku,title,buffer\nNEW-BY-TABLE,From a table,many\n");
  await dialog.getByRole("button", { name: "Try it" }).click();
  await dialog.getByText(/line 2/).waitFor();
  await file("sku,title,buffer\nNEW-BY-TABLE,From a table,1\n");
  await dialog.getByRole("button", { name: "Try it" }).click();
  await dialog.getByText(/1 new/).waitFor();
  assert.equal((await world.api("GET", "/v1/skus?q=NEW-BY-TABLE")).items.length, 0);
  await dialog.getByRole("button", { name: "Book 1 line" }).click();
  await until("the item", async () => (await world.api("GET", "/v1/skus?q=NEW-BY-TABLE")).items.length === 1);
});

test("a channel is connected step by step, with the proof of each", async () => {
  await go("/channels/woo-a?tab=connect");
  await page.getByRole("button", { name: "Check it" }).click();
  const steps = page.getByRole("list", { name: "Steps" });
  await steps.getByText("right to read orders").waitFor({ timeout: 30_000 });
  assert.deepEqual(await axe(page), []);
});

test("a new channel is asked for what its platform wants", async () => {
  await go("/channels?do=connect");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Platform").selectOption("shopify");
  await dialog.getByText("the shop's myshopify.com name").waitFor();
  assert.equal(await dialog.getByLabel(/^Client secret/).getAttribute("type"), "password");
  assert.deepEqual(await axe(page), []);
});

test("a shadow channel is taken over by its checklist, and taken back", async () => {
  await go("/channels/woo-a?tab=over");
  await page.getByRole("list", { name: "Checklist" }).getByText("Something is linked").waitFor();
  await page.getByRole("button", { name: "Take it over" }).click();
  const dialog = page.getByRole("dialog");
  assert.deepEqual(await axe(page), []);
  await dialog.getByLabel(/Watch/).fill("1");
  const why = dialog.getByLabel(/in spite of/);
  if (await why.count()) await why.fill("a test");
  await dialog.getByRole("button", { name: "Take it over" }).click();
  await until("it to be live", async () => (await world.api("GET", "/v1/channels/woo-a")).mode === "live");
  await page.getByRole("button", { name: "Take it back to shadow" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Take it back" }).click();
  await until("it to be in shadow", async () => (await world.api("GET", "/v1/channels/woo-a")).mode === "shadow");
});

test("speed and agreement of a channel are drawn", async () => {
  await go("/channels/shopify-a?tab=speed");
  await page.getByRole("region", { name: "Latency by stage" }).waitFor();
  await go("/channels/woo-a?tab=shadow");
  await page.getByText("What the readings say").waitFor();
});

test("names that strangers wrote run nothing, widen nothing and turn nothing round", async () => {
  const phone = await world.open("/", { size: { ...PHONE, width: 360 } });
  await world.sandbox("POST", "/sandbox/shops/api-a/buy", { sku: shop.busy, quantity: 1 });
  const paths = ["/", "/stock", "/incidents", "/channels", "/channels/api-a?tab=rules", ...Object.values(HOSTILE).map((h) => item(h.sku))];
  for (const path of paths) {
    await inPage(phone, path);
    assert.equal(await overflow(phone), 0, path);
    assert.equal(await phone.locator("main img, main script").count(), 0, path);
  }
  await inPage(phone, item(HOSTILE.rtl.sku));
  await phone.getByRole("heading", { name: "EVIL-2" }).waitFor();
  await inPage(phone, item(HOSTILE.script.sku));
  await phone.getByText(HOSTILE.script.title).first().waitFor();
  await phone.getByRole("combobox").fill("EVIL");
  await phone.getByRole("option").nth(2).waitFor();
  assert.equal(await overflow(phone), 0);
  await phone.context().close();
});

test("the search finds an item by its SKU, title or barcode, by keys alone", async () => {
  await go("/");
  await page.keyboard.press("/");
  await page.keyboard.type("set-");
  await page.getByRole("option", { name: /SET-1/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "SET-1" }).waitFor();
  await page.getByText("A bundle owns no stock").waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("SECOND two of"); // words of its title, in any order
  await page.getByRole("option", { name: /SET-1/ }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await page.keyboard.type(`0${shop.items[5].barcode}`); // as another scanner reads it
  await page.getByRole("option", { name: new RegExp(shop.items[5].sku) }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: shop.items[5].sku }).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("nothing like that");
  await page.getByText("Nothing has that in its SKU, barcode or title.").waitFor();
});

test("a session that the server ended asks for the password where one was", async () => {
  const own = await world.open("/login", { login: false });
  await world.logIn(own);
  await own.goto("/channels/api-a?tab=rules");
  await own.locator("main#main h1").waitFor();
  const csrf = await own.evaluate(async () => (await (await fetch("/v1/session")).json()).csrf);
  await own.evaluate((token) => fetch("/v1/session", { method: "DELETE", headers: { "X-CSRF-Token": token } }).then((r) => r.status), csrf);
  await own.getByText("You come back to where you were").waitFor({ timeout: 20_000 });
  await world.logIn(own);
  assert.match(own.url(), /channels\/api-a\?tab=rules$/);
  await own.context().close();
});

test("nothing threw, and the page's own policy refused nothing", () => {
  assert.deepEqual(world.faults, []);
});
