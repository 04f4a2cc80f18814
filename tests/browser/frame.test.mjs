// SPDX-License-Identifier: Apache-2.0
// The frame: what is served, logging in, going about by keys, and that nothing is inline or foreign.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { axe, overflow, root, startWorld, PHONE } from "./harness.mjs";

let world;
before(async () => {
  world = await startWorld({ shops: null });
});
after(async () => {
  await world?.end();
});

test("every screen's address gives the page, and what is not the page's stays as it was", async () => {
  const source = readFileSync(join(root, "src/web/web.c"), "utf8");
  const screens = [...source.match(/screens\[\] = \{([^}]*)\}/)[1].matchAll(/"([^"]*)"/g)].map((m) => m[1]);
  assert.ok(screens.length > 10);
  for (const screen of screens) {
    const response = await fetch(`${world.url}/${screen}`);
    assert.equal(response.status, 200, screen);
    assert.match(response.headers.get("content-type"), /text\/html/);
    assert.match(response.headers.get("content-security-policy"), /default-src 'self'/);
  }
  for (const [path, status] of [["/v1/skus", 401], ["/nothing", 404], ["/v1/nothing", 404], ["/healthz", 200], ["/openapi.json", 200], ["/hooks/none", 404], ["/assets/none.js", 404]]) {
    const response = await fetch(world.url + path);
    assert.equal(response.status, status, path);
    assert.doesNotMatch(response.headers.get("content-type") ?? "", /text\/html/);
  }
  assert.equal((await fetch(`${world.url}/`, { method: "POST" })).status, 405);
});

test("the page is looked up again and its parts are kept for ever, as small as the browser takes them", async () => {
  const index = await fetch(`${world.url}/`);
  assert.equal(index.headers.get("cache-control"), "no-cache");
  assert.equal((await fetch(`${world.url}/stock`, { headers: { "If-None-Match": index.headers.get("etag"), "Accept-Encoding": "gzip, deflate" } })).status, 304);
  const html = await index.text();
  const script = html.match(/src="(\/assets\/[^"]+)"/)[1];
  const sizes = {};
  for (const encoding of ["identity", "gzip", "br"]) {
    const response = await fetch(world.url + script, { headers: { "Accept-Encoding": encoding } });
    assert.equal(response.headers.get("cache-control"), "public, max-age=31536000, immutable");
    sizes[encoding] = Number(response.headers.get("content-length"));
    assert.equal(response.headers.get("content-encoding"), encoding === "identity" ? null : encoding);
  }
  assert.ok(sizes.br < sizes.gzip && sizes.gzip < sizes.identity, JSON.stringify(sizes));
  assert.doesNotMatch(html, /<style|style=|<script>|onclick|https?:/);
});

test("the page's types are those of the server", async () => {
  const openapi = await (await fetch(`${world.url}/openapi.json`)).text();
  const made = execFileSync(process.execPath, [join(root, "web/tools/types.mjs")], { input: openapi }).toString();
  assert.equal(readFileSync(join(root, "web/src/api/types.ts"), "utf8"), made);
});

test("who is not logged in is asked, sees what is wrong, and comes to where they wanted", async () => {
  const page = await world.open("/?from=a-friend", { login: false });
  await page.getByLabel("Name").fill("keeper");
  await page.getByLabel("Password").fill("wrong");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("alert").waitFor();
  assert.deepEqual(await axe(page), []);
  await world.logIn(page);
  assert.match(page.url(), /\?from=a-friend$/);
});

test("keys: ? lists them, / searches, g and a letter goes", async () => {
  const page = await world.open("/");
  await page.keyboard.press("?");
  await page.getByRole("dialog").getByText("this list").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("/");
  await page.waitForFunction(() => document.activeElement?.getAttribute("aria-label") === "Find an item by SKU, barcode or title");
  await page.keyboard.press("Escape");
  assert.deepEqual(await axe(page), []);
});

test("the frame fits a small phone, and its menu opens", async () => {
  const page = await world.open("/", { size: { ...PHONE, width: 360 } });
  await page.getByRole("button", { name: "More" }).click();
  await page.locator("nav.rail.open").waitFor();
  assert.equal(await overflow(page), 0);
  assert.deepEqual(await axe(page), []);
});

test("nothing of it was refused by the page's own policy, and nothing threw", () => {
  assert.deepEqual(world.faults, []);
});
