// SPDX-License-Identifier: Apache-2.0
// From an empty server to the first figures: the account, a place, a channel, its catalogue, the opening.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, overflow, PHONE, startWorld, until } from "./harness.mjs";

let world;
before(async () => {
  world = await startWorld({ shops: { woocommerce: 1, shopify: 1 }, skus: 12, account: false });
});
after(async () => {
  await world?.end();
});

async function next(page, title) {
  await page.locator("nav.rail").getByRole("link", { name: "First steps" }).click();
  await page.locator("li[aria-current=step]").getByRole("heading", { name: title }).waitFor();
}

test("the checklist leads from the setup's address to the first figures, step by step", async () => {
  const page = await world.open(new URL(world.setupUrl()).pathname + new URL(world.setupUrl()).hash, { login: false });
  assert.deepEqual(await axe(page), []);
  await page.getByLabel("Your name").fill("anna");
  await page.getByLabel("Password").fill("four hedges beside a kiln");
  await page.getByLabel("Once more").fill("four hedges beside a kiln");
  await page.getByRole("button", { name: "Make the account" }).click();

  await page.getByRole("heading", { name: "First steps" }).waitFor();
  assert.match(page.url(), /\/start$/);
  await page.locator("li[aria-current=step]").getByRole("heading", { name: "Say where your stock lies" }).waitFor();
  assert.deepEqual(await axe(page), []);

  await page.getByRole("link", { name: "Add a location" }).click();
  await page.getByRole("button", { name: "Add a location" }).last().click();
  await page.getByLabel("Code", { exact: true }).fill("berlin");
  await page.getByLabel("Country", { exact: true }).fill("de");
  await page.getByRole("button", { name: "Add it" }).click();
  await page.getByText("berlin is there").waitFor();

  await next(page, "Connect your first channel");
  await page.getByRole("link", { name: "Connect a channel" }).click();
  await page.getByRole("button", { name: "Connect a channel" }).first().click();
  await page.getByLabel("Platform").selectOption("woocommerce");
  await page.getByLabel("Name here").fill("woo-a");
  const dialog = page.getByRole("dialog");
  const given = { base_url: `${world.shopsUrl}/woo-a`, consumer_key: "sandbox-token", consumer_secret: "sandbox-secret", webhook_secret: "truecount-test-secret" };
  for (const [name, value] of Object.entries(given)) await dialog.locator(`input[name=${name}]`).fill(value);
  await dialog.getByRole("button", { name: "Go on" }).click();
  await page.waitForURL(/\/channels\/woo-a/);

  // Until it is through, Now says what is next.
  await page.getByRole("link", { name: "Now", exact: true }).first().click();
  await page.getByText("2 of 6 first steps are done.").waitFor();
  await next(page, "Import its catalogue");
  await page.getByRole("link", { name: "Import" }).click();
  await page.waitForURL(/\/channels\/woo-a\?tab=connect/);
  await page.getByRole("button", { name: "Import" }).click();
  await page.getByText("Read.").waitFor();

  await next(page, "Choose the first figures");
  assert.equal(await page.locator("li.done").count(), 4);
  // Its counts are of one location once it sells from that one alone.
  await page.getByRole("link", { name: "Rules and routes" }).click();
  await page.getByRole("button", { name: "Route of woo-a" }).click();
  await page.getByRole("button", { name: "Another stop" }).click();
  await page.getByRole("button", { name: "Save the route" }).click();
  await page.getByText("What is reserved stays where it is").waitFor();
  await next(page, "Choose the first figures");
  await page.getByRole("link", { name: "Opening balance" }).click();
  await page.getByRole("button", { name: "Take all that agree" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Book" }).click();
  await page.getByText(/Booked: 12 SKUs/).waitFor();

  await next(page, "Watch it in shadow, then go live");
  const channel = await world.api("GET", "/v1/channels/woo-a");
  assert.equal(channel.mode, "shadow"); // nothing was written to the shop by any of it
  const items = (await world.sandbox("GET", "/sandbox/shops/woo-a/items")).items;
  assert.equal(items.reduce((sum, i) => sum + i.writes, 0), 0);
  const stock = await world.all("/v1/stock");
  assert.equal(stock.reduce((sum, s) => sum + s.on_hand, 0), items.reduce((sum, i) => sum + i.count, 0));
  await page.getByRole("button", { name: "Do not remind me" }).click();
  await page.getByRole("link", { name: "Now", exact: true }).first().click();
  await page.locator("main h1").first().waitFor();
  assert.equal(await page.getByText("first steps are done").count(), 0);
  await page.setViewportSize({ ...PHONE, width: 360 });
  assert.equal(await overflow(page), 0);
});

test("a platform with places of its own: they are listed, said to be ours, and an import keeps their counts", async () => {
  await world.api("POST", "/v1/locations", { code: "hamburg", name: "Hamburg shop", country: "DE" });
  const page = await world.open("/login", { login: false });
  await page.getByLabel("Name").fill("anna");
  await page.getByLabel("Password").fill("four hedges beside a kiln");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.locator("nav.rail").getByRole("link", { name: "Channels", exact: true }).click();
  await page.getByRole("button", { name: "Connect a channel" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Platform").selectOption("shopify");
  await dialog.getByLabel("Name here").fill("shopify-a");
  const given = { shop: "shopify-a", access_token: "sandbox-token", webhook_secret: "truecount-test-secret", base_url: `${world.shopsUrl}/shopify-a` };
  for (const [name, value] of Object.entries(given)) await dialog.locator(`input[name=${name}]`).fill(value);
  assert.deepEqual(await axe(page), []);
  await dialog.getByRole("button", { name: "Go on" }).click();
  await page.waitForURL(/\/channels\/shopify-a/);

  // Without a map nothing of its counts means anything here, and that is said before the import.
  await page.getByText("an import links items and keeps no counts").waitFor();
  await page.getByRole("button", { name: "Check it" }).click();
  const places = page.getByRole("list", { name: "Places of shopify-a" });
  await places.getByRole("combobox").first().waitFor({ timeout: 30_000 });
  await places.getByRole("combobox").first().selectOption("hamburg");
  assert.deepEqual(await axe(page), []);
  await page.getByRole("button", { name: "Keep it so" }).click();
  await page.getByText("is one of yours now").waitFor();
  const { location } = (await world.sandbox("GET", "/sandbox/shops")).items.find((s) => s.name === "shopify-a");
  assert.deepEqual((await world.api("GET", "/v1/channels/shopify-a")).settings.location_map, [{ location: "hamburg", remote: location }]);
  assert.equal(await page.getByText("keeps no counts").count(), 0);
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await page.getByText("Read.").waitFor();
  await page.locator("nav.rail").getByRole("link", { name: "Links" }).click();
  await page.getByRole("link", { name: "Opening balance" }).click();
  await page.getByLabel(/^Location/).selectOption("hamburg");
  const { items } = await world.sandbox("GET", "/sandbox/shops/shopify-a/items");
  for (const { sku, count } of items.slice(0, 3)) {
    await page.getByRole("group", { name: `What is said of ${sku}` }).getByText(new RegExp(`shopify-a\\s*${count}$`)).waitFor();
  }

  // Changed later: the same place is another of ours.
  await page.goto("/channels/shopify-a?tab=rules");
  await page.getByText(`${location} is hamburg`).waitFor();
  await page.getByRole("link", { name: "Change it" }).click();
  await places.getByRole("combobox").first().selectOption("berlin");
  await page.getByRole("button", { name: "Keep it so" }).click();
  await until("the other map", async () => (await world.api("GET", "/v1/channels/shopify-a")).settings.location_map[0].location === "berlin");
  await page.setViewportSize({ ...PHONE, width: 360 });
  assert.equal(await overflow(page), 0);
  await page.context().close();
});

test("one's own password and second factor: a code of the app, then logging in wants it", async () => {
  const { createHmac } = await import("node:crypto");
  const page = await world.open("/settings", { login: false });
  const logIn = async (password, code) => {
    await page.getByLabel("Name").fill("anna");
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Log in" }).click();
    if (code) {
      await page.getByLabel("Code").fill(code());
      await page.getByRole("button", { name: "Log in" }).click();
    }
    await page.locator("main#main h1").first().waitFor();
  };
  await logIn("four hedges beside a kiln");
  await page.getByLabel("The one you have").fill("four hedges beside a kiln");
  await page.getByLabel("The new one").fill("a quiet lorry full of plums");
  await page.getByLabel("Once more").fill("a quiet lorry full of plums");
  await page.getByRole("button", { name: "Change it" }).click();
  await page.getByText("Your password is changed").waitFor();

  await page.getByRole("button", { name: "Set it up" }).click();
  await page.getByRole("img", { name: "QR code of the key" }).waitFor();
  assert.deepEqual(await axe(page), []);
  const secret = (await page.locator("code.key").innerText()).replace(/\s/g, "");
  /** RFC 6238 by hand: what an app does. Each code is good once, so the next step's is used after it. */
  const codeOf = (steps) => {
    let bits = "";
    for (const c of secret) bits += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0");
    const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
    const mac = createHmac("sha1", key).update(counter).digest();
    const at = mac[19] & 15;
    return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
  };
  await page.getByLabel("The six digits").fill(codeOf(0));
  await page.getByRole("button", { name: "Switch it on" }).click();
  await page.getByText("Logging in wants a code").first().waitFor();
  await page.getByRole("button", { name: "Log out" }).click();
  await logIn("a quiet lorry full of plums", () => codeOf(1));
});

test("a second person is added, may look only, and cannot press what is beyond that", async () => {
  const page = await world.open("/", { login: false });
  await world.api("POST", "/v1/users", { name: "ben", role: "read", password: "seven empty teapots at sea" });
  await page.getByLabel("Name").fill("ben");
  await page.getByLabel("Password").fill("seven empty teapots at sea");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.locator("main#main h1").first().waitFor();
  await page.getByRole("link", { name: "Stock takes" }).click();
  assert.ok(await page.getByRole("button", { name: "Start a stock take" }).first().isDisabled());
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("button", { name: "People" }).click();
  await page.getByText("Only an administrator").waitFor();
});

test("nothing was refused by the page's own policy, and nothing threw", () => {
  assert.deepEqual(world.faults, []);
});
