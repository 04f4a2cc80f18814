// SPDX-License-Identifier: Apache-2.0
// The screens for the work of every day, in a real browser over the real server and look-alike shops.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { BY_LOOK, axe, go, overflow, PHONE, startWorld, until } from "./harness.mjs";
import { HOSTILE, seed } from "./seed.mjs";

let world;
before(async () => {
  world = await startWorld({ shops: { shopify: 1, woocommerce: 1 }, skus: 40 });
  await seed(world);
  // A sale on one shop, so that the other is told.
  await world.sandbox("POST", "/sandbox/shops/shopify-a/buy", { sku: "HOO-0001-M-GRY", quantity: 2 });
  await until("a push", async () => (await world.api("GET", "/v1/pushes?limit=1")).items[0]?.state === "confirmed");
});
after(async () => {
  await world?.end();
});

const SCREENS = {
  now: "/",
  incidents: "/incidents",
  incident: "/incidents/1",
  stock: "/stock",
  item: "/item/MUG",
  bundle: "/item/GIFT-SET",
  channels: "/channels",
  "channel-speed": "/channels/shopify-a?tab=speed",
  "channel-agreement": "/channels/shopify-a?tab=shadow",
  "channel-over": "/channels/shopify-a?tab=over",
  "channel-connect": "/channels/shopify-a?tab=connect",
  "channel-settings": "/channels/till?tab=rules",
  start: "/start",
  orders: "/orders",
  order: "/orders/till/R-1005",
  holds: "/holds",
  hold: "/holds/1",
  transfers: "/transfers",
  transfer: "/transfers/2",
  counts: "/counts",
  "count-scan": "/counts/1",
  "count-review": "/counts/2",
  ledger: "/ledger",
  links: "/links",
  opening: "/links/opening?location=berlin",
  rules: "/rules",
  deliveries: "/deliveries",
  delivery: "/deliveries/1",
  replay: "/deliveries/replay",
  pushes: "/pushes",
  drills: "/drills",
  settings: "/settings",
  "settings-people": "/settings?tab=people",
  "settings-tokens": "/settings?tab=tokens",
  "settings-alerts": "/settings?tab=alerts",
  "settings-audit": "/settings?tab=audit",
  "settings-safe": "/settings?tab=safe",
};

const digits = async (locator) => Number((await locator.innerText()).replace(/\D/g, ""));

test("every screen passes axe and fits its window, wide and on a small phone, light and dark", async () => {
  for (const [size, dark] of [[{ width: 1280, height: 900 }, false], [{ ...PHONE, width: 360 }, true]]) {
    const page = await world.open("/", { size, dark });
    for (const [name, path] of Object.entries(SCREENS)) {
      await go(page, path);
      assert.deepEqual(await axe(page, dark ? { rules: BY_LOOK } : {}), [], `${name} at ${size.width}`);
      assert.equal(await overflow(page), 0, `${name} at ${size.width} is too wide`);
    }
    await page.context().close();
  }
});

const DIALOGS = [
  ["/", /^Pause till/],
  ["/stock", "Tables"],
  ["/item/MUG", "Move units"],
  ["/item/MUG", "Rules"],
  ["/channels", "Connect a channel"],
  ["/channels/till", /^Pause/],
  ["/channels/shopify-a?tab=over", /^Take it back/],
  ["/transfers", "Plan a transfer"],
  ["/transfers/1", "Ship"],
  ["/transfers/1", "Call it off"],
  ["/transfers/2", "Receive"],
  ["/counts", "Start a stock take"],
  ["/counts/2", "Book the differences"],
  ["/holds", "Keep units"],
  ["/holds/1", "Let go"],
  ["/holds/1", "Make it an order"],
  ["/rules", "Add a location"],
  ["/rules", "Limits of till"],
  ["/rules", "Route of till"],
  ["/links", /^Link by hand/],
  ["/settings?tab=people", "Add a person"],
  ["/settings?tab=tokens", "Make a token"],
  ["/settings?tab=alerts", "Add an address"],
];

test("every dialog passes axe, closes by Escape, and gives the focus back to what opened it", async () => {
  const page = await world.open("/");
  for (const [path, name] of DIALOGS) {
    await go(page, path);
    const opener = page.getByRole("main").getByRole("button", { name, ...(typeof name === "string" ? { exact: true } : {}) }).first();
    await opener.focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    assert.ok(await page.evaluate(() => document.querySelector("dialog").contains(document.activeElement)), `${path} ${name}: the focus is inside`);
    assert.deepEqual(await axe(page), [], `${path} ${name}`);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    assert.ok(await opener.evaluate((e) => e === document.activeElement), `${path} ${name}: the focus is back`);
  }
  await page.context().close();
});

test("who cannot see the screen hears that something wants a hand, and that it is over", async () => {
  const page = await world.open("/rules");
  const spoken = page.locator("[data-test=spoken]");
  await page.waitForTimeout(2000);
  assert.equal(await spoken.innerText(), ""); // what is so when one comes is on the screen
  await world.api("POST", "/v1/orders", { channel: "till", id: "R-2001", version: "1", lines: [{ id: "1", sku: "HOSTILE-4", ordered: 900 }] });
  await spoken.getByText(/wants? a hand now/).waitFor();
  await page.context().close();
});

test("incidents name what can be pressed here, and lead there", async () => {
  const page = await world.open("/incidents");
  const { items } = await world.api("GET", "/v1/incidents?state=open");
  assert.ok(new Set(items.map((i) => i.code)).size >= 2, "there is more than one kind");
  for (const it of items.slice(0, 8)) {
    await go(page, `/incidents/${it.id}`);
    assert.doesNotMatch(await page.getByRole("main").innerText(), /\/v1\/|truecount [a-z]+ [A-Z]|location_map|\b1 units\b/, it.code);
    const step = page.getByRole("main").locator(".head a.button.first");
    assert.equal(await step.count(), 1, it.code);
    assert.ok((await page.request.get(await step.getAttribute("href"))).ok());
  }
  await page.context().close();
});

test("hostile titles are text on every screen, and run nothing", async () => {
  const page = await world.open("/");
  await world.api("POST", "/v1/transfers", { from: "berlin", to: "store", reference: HOSTILE[0], lines: [{ sku: "HOSTILE-1", quantity: 1 }] });
  await world.api("POST", "/v1/movements", { movements: [{ kind: "adjust", sku: "HOSTILE-3", location: "store", quantity: -1, reason: HOSTILE[3], reference: HOSTILE[1] }] });
  await world.api("POST", "/v1/tokens", { name: HOSTILE[0], scope: "read" });
  for (const [path, shows] of [
    ["/links/opening?location=berlin", HOSTILE[0]],
    ["/transfers", HOSTILE[0]],
    ["/ledger", HOSTILE[3]],
    ["/orders/till/R-1004", "HOSTILE-1"],
    ["/settings?tab=tokens", HOSTILE[0]],
    ["/counts/2", "TEE-M-BLUE"],
  ]) {
    await go(page, path);
    await page.getByText(shows, { exact: true }).first().waitFor();
    assert.equal(await page.locator("main img, main script").count(), 0, path);
    assert.equal(await overflow(page), 0, path);
  }
  // What turns round does so within its own element.
  await go(page, "/ledger");
  const around = await page.getByText("turns round").first().evaluate((e) => e.closest("bdi") !== null);
  assert.ok(around);
  assert.equal(await page.evaluate(() => globalThis.hurt), undefined);
});

test("a stock take on a phone: scanner, barcode, correction, blind, then booked", async () => {
  const page = await world.open("/counts", { size: PHONE });
  await page.getByRole("button", { name: "Start a stock take" }).first().click();
  await page.getByLabel("Where").selectOption("store");
  await page.getByLabel("Reference").fill("shelf 9");
  await page.getByRole("button", { name: "Begin counting" }).click();
  const field = page.getByLabel("Scan or type a code");
  await field.waitFor();

  // A scanner that types into the field, by barcode: a UPC as the EAN that it also is.
  for (const code of ["0036000291452", "036000291452", "tee-m-blue"]) {
    await field.fill(code);
    await field.press("Enter");
  }
  await page.locator("[data-test=units]").getByText("3", { exact: true }).waitFor();
  // A scanner that types while nothing has the focus.
  await page.evaluate(() => {
    document.activeElement.blur();
    // All in one go: on a machine that is busy the browser's remote control is no faster than a person.
    for (const key of [..."4006381333931", "Enter"]) document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  });
  await page.locator("[data-test=units]").getByText("4", { exact: true }).waitFor();
  // A code that nobody knows is not counted; one barcode of two SKUs asks which.
  await field.fill("NOBODY-KNOWS-IT");
  await field.press("Enter");
  await page.getByText("It was not counted").waitFor();
  assert.equal(await digits(page.locator("[data-test=units]")), 4);
  await field.fill("shared-1");
  await field.press("Enter");
  await page.getByRole("button", { name: /^SCARF/ }).click();
  await field.fill("shared-1");
  await field.press("Enter"); // remembered
  await page.locator("[data-test=units]").getByText("6", { exact: true }).waitFor();
  // Taken back, corrected, and seen by no one: it is blind.
  await page.getByRole("button", { name: "Take the last step back" }).click();
  await page.locator("[data-test=units]").getByText("5", { exact: true }).waitFor();
  await page.getByRole("button", { name: /^MUG/ }).click();
  await page.getByLabel("Units of MUG").fill("6");
  await page.getByLabel("Units of MUG").press("Enter");
  await page.locator("[data-test=units]").getByText("9", { exact: true }).waitFor();
  assert.equal(await page.getByText("Ledger had").count(), 0);
  assert.deepEqual(await axe(page), []);
  assert.equal(await overflow(page), 0);

  // A reload loses nothing, sent or not.
  await page.getByRole("button", { name: "One more" }).click();
  await page.reload();
  await page.locator("[data-test=units]").getByText("10", { exact: true }).waitFor();

  const before = await world.api("GET", "/v1/stock/MUG");
  await page.getByRole("button", { name: "Finish and look it over" }).last().click();
  await page.getByRole("button", { name: "Show the differences" }).click();
  await page.getByText("Ledger had").first().waitFor({ state: "attached" });
  const id = page.url().split("/").at(-1);
  const said = await world.api("GET", `/v1/counts/${id}`);
  assert.deepEqual(said.lines.map((l) => [l.sku, l.counted]).sort(), [["MUG", 7], ["SCARF", 1], ["TEE-M-BLUE", 2]]);
  const mug = said.lines.find((l) => l.sku === "MUG");
  await page.getByRole("button", { name: "Book the differences" }).click();
  await page.getByLabel("Reason").fill("shelf 9, by phone");
  await page.getByRole("button", { name: "Book them" }).click();
  await page.getByText("booked", { exact: true }).first().waitFor();
  const after_ = await world.api("GET", "/v1/stock/MUG");
  assert.equal(after_.on_hand - before.on_hand, mug.difference);
});

/**
 * Debian's Chromium reads no barcodes: that part of the browser, and nothing of the page, is stood in for.
 * What it "sees" in the picture is what the test puts into globalThis.inView. The camera is Chromium's own
 * false one, and what is asked of it is written down.
 */
function standInForTheBrowsersEyes() {
  globalThis.inView = [];
  globalThis.streams = [];
  globalThis.looks = 0;
  globalThis.BarcodeDetector = class {
    static getSupportedFormats() {
      return Promise.resolve(["ean_13", "code_128"]);
    }
    constructor({ formats }) {
      globalThis.formats = formats;
    }
    detect(video) {
      if (!(video instanceof HTMLVideoElement) || video.videoWidth === 0) return Promise.reject(new Error("there is no picture"));
      globalThis.looks++;
      return Promise.resolve(globalThis.inView.map((rawValue) => ({ rawValue })));
    }
  };
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    globalThis.asked = wanted;
    if (globalThis.refuses) throw new DOMException("Permission denied", "NotAllowedError");
    const stream = await real(wanted);
    globalThis.streams.push(stream);
    return stream;
  };
}

test("a stock take by camera: it is asked for, shown, each code counts once, and it is off when one leaves", async () => {
  const count = await world.api("POST", "/v1/counts", { location: "store", blind: true, reference: "by camera" });
  const page = await world.open("/counts", { size: PHONE });
  await page.addInitScript(standInForTheBrowsersEyes);
  await page.goto(`/counts/${count.id}`);
  const units = page.locator("[data-test=units]");
  await page.getByRole("button", { name: "Camera", exact: true }).click();
  const video = page.getByLabel("What the camera sees");
  await video.waitFor();
  assert.equal(await page.evaluate(() => globalThis.asked.audio), false);
  assert.equal(await page.evaluate(() => globalThis.asked.video.facingMode), "environment");
  await until("its picture", () => video.evaluate((v) => v.videoWidth > 0 && !v.paused));
  assert.deepEqual(await page.evaluate(() => globalThis.formats), ["ean_13", "code_128"]);

  // In view for a second: one unit. Gone and back: another one.
  const show = (codes) => page.evaluate((c) => { globalThis.inView = c; }, codes);
  const looksPass = async (n) => {
    const from = await page.evaluate(() => globalThis.looks);
    await until(`${n} looks`, () => page.evaluate((at) => globalThis.looks >= at, from + n));
  };
  await show(["4006381333931"]);
  await units.getByText("1", { exact: true }).waitFor();
  await looksPass(6);
  assert.equal(await digits(units), 1);
  await show([]);
  await page.waitForTimeout(1200);
  await show(["4006381333931", "036000291452"]);
  await units.getByText("3", { exact: true }).waitFor();
  await show([]);
  const before = await page.evaluate(() => globalThis.streams.map((s) => s.getTracks().map((t) => t.readyState)).flat());
  assert.deepEqual(before, ["live"]);
  assert.deepEqual(await axe(page), []);

  const isOff = () => page.evaluate(() => globalThis.streams.every((s) => s.getTracks().every((t) => t.readyState === "ended")));
  await page.getByRole("button", { name: "Camera off" }).click();
  await video.waitFor({ state: "detached" });
  assert.ok(await isOff());
  // Left while it is still starting, and by going to another screen.
  await page.getByRole("button", { name: "Camera", exact: true }).click();
  await go(page, "/counts");
  await until("the camera to be off", async () => (await page.evaluate(() => globalThis.streams.length)) === 2 && (await isOff()));
  const looks = await page.evaluate(() => globalThis.looks);
  await page.waitForTimeout(400);
  assert.equal(await page.evaluate(() => globalThis.looks), looks);

  // Refused: said, and counting goes on by hand.
  await go(page, `/counts/${count.id}`);
  await page.evaluate(() => { globalThis.refuses = true; });
  await page.getByRole("button", { name: "Camera", exact: true }).click();
  await page.getByText("The camera was not allowed").waitFor();
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByLabel("Scan or type a code").fill("MUG");
  await page.getByLabel("Scan or type a code").press("Enter");
  await units.getByText("4", { exact: true }).waitFor();
  await page.context().close();
});

test("without the browser's help with barcodes the camera cannot be pressed, and says why", async () => {
  const page = await world.open("/counts/1", { size: PHONE });
  const camera = page.getByRole("button", { name: "Camera", exact: true });
  await camera.waitFor();
  assert.ok(await camera.isDisabled());
  await page.getByText("This browser cannot read barcodes by itself").waitFor();
  await page.context().close();
});

test("a transfer is planned, shipped, received in part with damage, and closed with what never came", async () => {
  const page = await world.open("/transfers");
  await page.getByRole("button", { name: "Plan a transfer" }).first().click();
  await page.getByLabel("From").selectOption("berlin");
  await page.getByLabel("To", { exact: true }).selectOption("paris");
  await page.getByLabel("Reference").fill("van 12");
  await page.getByLabel("SKU of line 1").fill("SCARF");
  await page.getByLabel("Units of line 1").fill("999");
  await page.getByRole("button", { name: "Plan it" }).click();
  // More than there is: the refusal says what is missing, and nothing has left.
  await page.getByRole("button", { name: "Ship" }).click();
  await page.getByRole("button", { name: "It has left" }).click();
  await page.getByRole("alert").getByText(/SCARF.*999/).waitFor();
  await page.getByRole("button", { name: "Leave it" }).click();
  await page.getByRole("button", { name: "Call it off" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Call it off" }).click();
  await page.getByText("called off").first().waitFor();

  const made = await world.api("POST", "/v1/transfers", { from: "berlin", to: "paris", reference: "van 13", lines: [{ sku: "SCARF", quantity: 20 }] });
  await go(page, `/transfers/${made.id}`);
  await page.getByRole("button", { name: "Ship" }).click();
  await page.getByRole("button", { name: "It has left" }).click();
  await page.getByRole("button", { name: "Receive" }).click();
  assert.equal(await page.getByLabel("Arrived well").inputValue(), "20");
  await page.getByLabel("Arrived well").fill("17");
  await page.getByLabel("Damaged").fill("4");
  assert.ok(await page.getByRole("button", { name: "Book it" }).isDisabled()); // 21 of 20
  await page.getByLabel("Damaged").fill("1");
  await page.getByText("2 units stay on the road").waitFor();
  assert.deepEqual(await axe(page), []);
  await page.getByRole("button", { name: "Book it" }).click();
  await until("the first part", async () => (await world.api("GET", `/v1/transfers/${made.id}`)).lines[0].in_transit === 2);
  await page.getByRole("button", { name: "Receive" }).click();
  await page.getByLabel("Arrived well").fill("0");
  await page.getByLabel("Never came").fill("2");
  await page.getByRole("button", { name: "Book it" }).click();
  await page.getByText("arrived", { exact: true }).first().waitFor();
  const [line] = (await world.api("GET", `/v1/transfers/${made.id}`)).lines;
  assert.deepEqual([line.received, line.damaged, line.short, line.in_transit], [17, 1, 2, 0]);
});

test("units are kept by hand, found from the item, kept longer, made an order's, and let go", async () => {
  const stock = () => world.api("GET", "/v1/stock/TEE-L-BLUE");
  const before = await stock();
  const page = await world.open("/holds");
  await page.getByRole("link", { name: "cart-17" }).waitFor(); // open ones are shown first
  await page.getByRole("button", { name: "Keep units" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("For", { exact: true }).fill("Mrs Sommer, by telephone");
  await dialog.getByLabel("Sold on").selectOption("till");
  await dialog.getByLabel("SKU of line 1").fill("TEE-L-BLUE");
  await dialog.getByLabel("Units of line 1").fill("9999");
  await dialog.getByRole("button", { name: "Keep them" }).click();
  await dialog.getByRole("alert").getByText(/TEE-L-BLUE.*9999/).waitFor(); // more than there is: all or nothing
  await dialog.getByLabel("Units of line 1").fill("3");
  assert.deepEqual(await axe(page), []);
  await dialog.getByRole("button", { name: "Keep them" }).click();
  await page.getByRole("heading", { name: "Mrs Sommer, by telephone" }).waitFor();
  assert.equal((await stock()).held - before.held, 3);
  const id = page.url().split("/").at(-1);
  const left = (await world.api("GET", `/v1/holds/${id}`)).expires_in;
  await page.getByRole("button", { name: "15 minutes more" }).click();
  await until("it to be kept longer", async () => (await world.api("GET", `/v1/holds/${id}`)).expires_in > left + 600);

  await go(page, "/item/TEE-L-BLUE");
  await page.locator("dl.figures").getByRole("link", { name: "3" }).click();
  await page.getByRole("link", { name: "Mrs Sommer, by telephone" }).click();
  await page.getByRole("button", { name: "Make it an order" }).click();
  assert.deepEqual(await axe(page), []);
  await dialog.getByLabel("Number of the order").fill("T-77");
  await dialog.getByRole("button", { name: "Make it one" }).click();
  await page.waitForURL(/orders\/till\/T-77$/);
  const after_ = await stock();
  assert.deepEqual([after_.held - before.held, after_.reserved - before.reserved], [0, 3]);

  const other = await world.api("POST", "/v1/holds", { owner: "cart-18", lines: [{ sku: "TEE-L-BLUE", quantity: 2 }] });
  await go(page, `/holds/${other.id}`);
  await page.getByRole("button", { name: "Let go" }).click();
  await dialog.getByRole("button", { name: "Let go" }).click();
  await page.getByText("let go", { exact: true }).first().waitFor();
  assert.equal((await stock()).available, after_.available);
});

test("a replay is rehearsed, keeps nothing, and then books what the rehearsal showed", async () => {
  // A channel that was off only kept what it was told; switched on, its messages can be applied.
  await world.api("PATCH", "/v1/channels/shopify-a", { mode: "off" });
  const sold = await world.sandbox("POST", "/sandbox/shops/shopify-a/buy", { sku: "HOO-0001-L-GRY", quantity: 3 });
  const find = async () => (await world.api("GET", "/v1/deliveries?channel=shopify-a&state=ignored")).items.filter((d) => d.topic === "orders/create");
  await until("the message", async () => (await find()).length > 0);
  // Its API is down, so that the order is not read meanwhile, as orders that were missed are.
  await world.sandbox("POST", "/sandbox/shops/shopify-a/faults", { api_error: 1000 });
  await world.api("PATCH", "/v1/channels/shopify-a", { mode: "shadow" });
  const delivery = (await find())[0];
  const stock = () => world.api("GET", "/v1/stock/HOO-0001-L-GRY");
  const before = await stock();
  const page = await world.open(`/deliveries/${delivery.id}`);
  await page.getByRole("button", { name: "Rehearse" }).click();
  await page.getByText("This is what would be booked").waitFor();
  await page.getByRole("cell", { name: "\u22123" }).first().waitFor();
  assert.deepEqual(await stock(), before);

  await go(page, "/deliveries/replay?channel=shopify-a&state=ignored");
  await page.getByRole("button", { name: "Rehearse" }).click();
  const rehearsed = page.locator("[data-test=rehearsed]");
  await rehearsed.getByText("HOO-0001-L-GRY").first().waitFor();
  assert.deepEqual(await stock(), before);
  assert.deepEqual(await axe(page), []);
  assert.ok(await page.getByRole("button", { name: "Apply it" }).isDisabled());
  await page.getByLabel("Reason").fill("it was off");
  await page.getByRole("button", { name: "Apply it" }).click();
  await page.locator("[data-test=applied]").getByText("HOO-0001-L-GRY").first().waitFor();
  const now = await stock();
  assert.equal(before.available - now.available, 3);
  assert.equal(now.reserved - before.reserved, 3);
  await world.sandbox("POST", "/sandbox/shops/shopify-a/faults", { api_error: 0 });
});

test("an item that no SKU names is linked by hand, with a new SKU", async () => {
  const page = await world.open("/links?channel=woo-a");
  await page.getByText("To link 10").waitFor();
  await page.getByRole("button", { name: "Link by hand: MUG-0003-GRN" }).click();
  await page.getByLabel("Units in one sold there").fill("2");
  assert.deepEqual(await axe(page), []);
  await page.getByRole("dialog").getByRole("button", { name: "Link" }).click();
  await page.getByText("To link 9").waitFor();
  const listings = await world.all("/v1/listings?channel=woo-a&sku=MUG-0003-GRN");
  assert.deepEqual(listings.map((l) => l.pack_size), [2]);
});

test("first figures: one voice is chosen, another typed, and both are booked", async () => {
  await world.api("POST", "/v1/skus", { sku: "NEW-1", title: "new" });
  const page = await world.open("/links/opening?location=berlin&state=missing");
  await page.getByLabel("First figure of NEW-1").fill("12");
  await page.getByRole("button", { name: "All", exact: true }).click();
  await page.getByRole("group", { name: "What is said of HOO-0001-XS-GRY" }).getByRole("button", { name: /shopify-a 86/ }).click();
  await page.getByRole("button", { name: "Book 2 choices" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Book" }).click();
  await page.getByText("Booked: 2 SKUs, 98 units").waitFor();
  assert.equal((await world.api("GET", "/v1/stock/NEW-1")).on_hand, 12);
});

test("a route is tried, then changed; a stale change does not overwrite another's", async () => {
  const page = await world.open("/rules");
  await page.getByLabel("An order on").selectOption("till");
  await page.getByLabel("SKU of line 1").fill("CAP");
  await page.getByLabel("Units of line 1").fill("3");
  await page.getByRole("button", { name: "Where would it come from?" }).click();
  await page.locator("[data-test=verdicts]").getByText("serves all of it").waitFor();
  await page.getByRole("button", { name: "Limits of till" }).click();
  await page.getByLabel("Units held back").fill("4");
  await world.api("PATCH", "/v1/channels/till", { cap: 500 });
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("dialog").getByRole("alert").waitFor();
  assert.equal((await world.api("GET", "/v1/channels/till")).buffer, 1);
  await page.getByRole("button", { name: "Leave it" }).click();
  await page.getByRole("button", { name: "Limits of till" }).click();
  await page.getByLabel("Units held back").fill("4");
  await page.getByRole("button", { name: "Save" }).click();
  await until("saved", async () => (await world.api("GET", "/v1/channels/till")).buffer === 4);
});

test("a push is shown with where its time went, and forced once more", async () => {
  const page = await world.open("/pushes?channel=woo-a");
  await page.getByRole("img", { name: /their sale to us.*until they confirmed/ }).first().waitFor();
  await page.getByRole("button", { name: /^Details of the push/ }).first().click();
  await page.getByText("Answered").first().waitFor();
  await page.getByRole("button", { name: /^Push again/ }).first().click();
  await page.getByText("is looked at again now").waitFor();
});

test("a drill's report is read in the browser; what is none is told", async () => {
  const page = await world.open("/drills");
  const file = (content) => ({ name: "drill.json", mimeType: "application/json", buffer: Buffer.from(content) });
  await page.getByLabel("Choose a report").setInputFiles(file("{}"));
  await page.getByText("no report of a drill").waitFor();
  const spread = { count: 9, mean_ms: 20, p50_ms: 15.4, p95_ms: 51, p99_ms: 90, max_ms: 128 };
  const scenario = { name: "burst", good: true, settled: true, verified: true, orders: 1288, orders_booked: 1288, units: 1660, units_booked_wrong: 0,
    refused: 87, deliveries: 4955, duplicates: 631, pushes: 900, pushes_saved: 80, listings: 1000, disagreeing: 0, oversold: 17, converged_ms: 9120,
    above_longest_ms: 7100, above_longest_where: HOSTILE[0], all_channels: { ours: spread }, otherwise: [{ way: "every 15 minutes", oversold: 42, above_longest_ms: 860000 }] };
  const report = { report: "truecount drill", version: 1, seed: 1, started_at: "2026-11-27T10:00:00.000Z", channels: "five", orders_per_second: 200, seconds: 15, good: true, scenarios: [scenario] };
  await page.getByLabel("Choose a report").setInputFiles(file(JSON.stringify(report)));
  await page.getByText("1,288").first().waitFor();
  await page.getByRole("cell", { name: "42", exact: true }).waitFor();
  assert.deepEqual(await axe(page), []);
});

test("a token is shown once, and ended", async () => {
  const page = await world.open("/settings?tab=tokens");
  await page.getByRole("button", { name: "Make a token" }).click();
  await page.getByLabel("For which program").fill("a script");
  await page.getByLabel("What it may do").selectOption("read");
  await page.getByLabel("Good for so many days").fill("30");
  await page.getByRole("button", { name: "Make it" }).click();
  const token = (await page.locator("[data-test=secret]").innerText()).trim();
  const ask = () => fetch(`${world.url}/v1/skus?limit=1`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal((await ask()).status, 200);
  await page.getByRole("button", { name: "I have it" }).click();
  await page.getByRole("button", { name: "End it: the token a script" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "End it" }).click();
  await page.getByText("It opens nothing any more").waitFor();
  assert.equal((await ask()).status, 401);
});

test("nothing was refused by the page's own policy, and nothing threw", () => {
  assert.deepEqual(world.faults, []);
});
