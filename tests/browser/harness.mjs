// SPDX-License-Identifier: Apache-2.0
// A real server, look-alike shops and a real browser for one file of tests.
//
//   const world = await startWorld({ shops: { shopify: 1, api: 1 }, skus: 20 });
//   const page = await world.open("/");          // logged in, at a size
//   await world.api("POST", "/v1/locations", { code: "berlin" });
//   await world.sandbox("POST", "/sandbox/shops/api-a/buy", { sku, quantity: 1 });
//   await world.end();
//
// TRUECOUNT names the binary. Ports are free ones, the data directory and the browser's profile are
// new, and all of it is gone afterwards.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { withPalette } from "./palette.mjs";

const here = dirname(fileURLToPath(import.meta.url));
export const root = resolve(here, "../..");
export const binary = process.env.TRUECOUNT ?? join(root, "build/dev/truecount");
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const TOKEN = "browser-tests-admin-token-0123456789";
export const KEEPER = { name: "keeper", password: "six wet herons dance" };
const SECRET = "truecount-test-secret"; // the sandbox's default

export const WIDE = { width: 1280, height: 900 };
export const PHONE = { width: 390, height: 844 };
/** Screenshots are taken when asked: node --test ... with SCREENS=1 (./dev web-test --screens). */
export const screens = process.env.SCREENS === "1";

function freePort() {
  return new Promise((done, failed) => {
    const server = createServer();
    server.on("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

export async function until(what, test, ms = 20_000) {
  const end = Date.now() + ms;
  let last;
  while (Date.now() < end) {
    try {
      last = await test();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    await new Promise((r) => setTimeout(r, 50));
  }
  throw new Error(`waited ${ms} ms for ${what}; the last was ${last}`);
}

function run(args, env) {
  const child = spawn(binary, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  child.said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (bytes) => {
      child.said = (child.said + bytes).slice(-200_000);
    });
  }
  child.ended = new Promise((done) => child.on("exit", done));
  return child;
}

async function stop(child) {
  if (child && child.exitCode === null) {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await child.ended;
    clearTimeout(timer);
  }
}

async function json(method, url, body, headers = {}) {
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
    body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text.slice(0, 500)}`);
  return text ? JSON.parse(text) : null;
}

/** What the browser said went wrong; a test of a screen fails on any of it. */
function watchPage(page, faults) {
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("console", (message) => {
    // A refused request is a line of the browser's own; the page shows it to whoever reads.
    if (message.type() === "error" && !/Failed to load resource/.test(message.text())) {
      faults.push(`console: ${message.text()}`);
    }
  });
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
}

class World {
  faults = [];

  api(method, path, body) {
    return json(method, this.url + path, body, { Authorization: `Bearer ${TOKEN}` });
  }

  sandbox(method, path, body) {
    return json(method, this.shopsUrl + path, body);
  }

  async all(path) {
    const rows = [];
    let cursor = "";
    do {
      const page = await this.api("GET", `${path}${path.includes("?") ? "&" : "?"}limit=1000${cursor && `&cursor=${cursor}`}`);
      rows.push(...page.items);
      cursor = page.next;
    } while (cursor);
    return rows;
  }

  /** Waits for a job to end, and gives it back. */
  job(id, ms = 60_000) {
    return until(`job ${id}`, async () => {
      const job = await this.api("GET", `/v1/jobs/${id}`);
      return job.state === "queued" || job.state === "running" ? null : job;
    }, ms);
  }

  /** Connects a shop of the sandbox as the channel of the same name, imports it, and waits for both. */
  async connect(name, { connector, mode = "live", settings = {}, secrets = {}, route } = {}) {
    const kind = connector ?? { shopify: "shopify", woo: "woocommerce", api: "api" }[name.split("-")[0]];
    const base = { base_url: `${this.shopsUrl}/${name}` };
    const known = {
      shopify: { settings: { ...base, shop: name }, secrets: { access_token: "sandbox-token", webhook_secret: SECRET } },
      woocommerce: { settings: base, secrets: { consumer_key: "sandbox-token", consumer_secret: "sandbox-secret", webhook_secret: SECRET } },
      api: { settings: base, secrets: { webhook_secret: SECRET } },
    }[kind];
    await this.api("POST", "/v1/channels", {
      code: name,
      connector: kind,
      mode,
      settings: { ...known?.settings, ...settings },
      secrets: { ...known?.secrets, ...secrets },
      ...(route ? { route } : {}),
    });
  }

  /** A page of the operator's, logged in. */
  async open(path = "/", { size = WIDE, dark = false, login = true } = {}) {
    const context = await this.browser.newContext({
      viewport: size,
      colorScheme: dark ? "dark" : "light",
      ...(size.width < 500 ? { isMobile: true, hasTouch: true } : {}),
      locale: "en-GB",
      timezoneId: "Europe/Berlin",
      reducedMotion: "reduce",
      baseURL: this.url,
    });
    this.contexts.push(context);
    if (login && this.cookies) await context.addCookies(this.cookies);
    const page = await context.newPage();
    watchPage(page, this.faults);
    await page.goto(path);
    if (login) {
      if (!this.cookies) {
        await this.logIn(page);
        this.cookies = await context.cookies();
      }
      await page
        .locator("main#main h1")
        .first()
        .waitFor()
        .catch(async (error) => {
          throw new Error(`${path}: ${error.message}\nthe page says: ${await page.evaluate(() => document.body.innerText)}\n${this.faults.join("\n")}`);
        });
    }
    return page;
  }

  /** The address that the server printed for the first account. */
  setupUrl() {
    return this.server.said.match(/"url":"([^"]*\/setup#[^"]+)"/)?.[1];
  }

  /** The first account, made as its page does. */
  async setUp() {
    const url = await until("the setup address", () => this.setupUrl());
    await json("POST", `${this.url}/v1/setup`, { code: url.split("#")[1], ...KEEPER });
  }

  async logIn(page) {
    await page.getByLabel("Name").fill(KEEPER.name);
    await page.getByLabel("Password").fill(KEEPER.password);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.locator("main#main h1").first().waitFor();
  }

  async end() {
    for (const context of this.contexts) await context.close().catch(() => {});
    await this.browser?.close().catch(() => {});
    await stop(this.shops);
    await stop(this.server);
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** `shops`: how many of each look-alike, as the sandbox's flags; null: no sandbox. */
export async function startWorld({ shops = { shopify: 1, woocommerce: 1, api: 1 }, skus = 20, seed = 1, browser = true, account = true } = {}) {
  if (!existsSync(binary)) throw new Error(`there is no ${binary}: build it first`);
  const world = new World();
  world.dir = mkdtempSync(join(tmpdir(), "truecount-browser-"));
  world.contexts = [];
  try {
    const port = await freePort();
    world.url = `http://127.0.0.1:${port}`;
    world.server = run(["serve", "--data", join(world.dir, "data"), "--listen", `127.0.0.1:${port}`, "--allow-private-channels"], {
      TRUECOUNT_ADMIN_TOKEN: TOKEN,
    });
    if (shops) {
      const shopsPort = await freePort();
      world.shopsUrl = `http://127.0.0.1:${shopsPort}`;
      const flags = Object.entries({ shopify: 0, woocommerce: 0, api: 0, ...shops }).flatMap(([k, n]) => [`--${k}`, String(n)]);
      world.shops = run(["sandbox", "--listen", `127.0.0.1:${shopsPort}`, "--skus", String(skus), "--seed", String(seed), "--hooks", `${world.url}/hooks`, ...flags], {});
      await until("the sandbox", () => fetch(`${world.shopsUrl}/sandbox/shops`).then((r) => r.ok));
    }
    await until("the server", () => fetch(`${world.url}/readyz`).then((r) => r.ok));
    if (account) await world.setUp();
    if (browser) {
      world.browser = await chromium.launch({
        executablePath: CHROMIUM,
        args: ["--headless=new", "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--force-color-profile=srgb", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
      });
    }
    return world;
  } catch (error) {
    await world.end();
    throw new Error(`${error.message}\n${world.server?.said ?? ""}\n${world.shops?.said ?? ""}`);
  }
}

/** What may differ by the size of the window and its colours; the rest is in the page itself. */
export const BY_LOOK = ["color-contrast", "link-in-text-block", "scrollable-region-focusable"];

const axeSource = readFileSync(join(here, "node_modules/axe-core/axe.min.js"), "utf8");

/** Nothing serious by axe-core; gives back the faults as lines. Of an open dialog alone, where there is one: what is behind it is shut. */
export async function axe(page, { rules } = {}) {
  if (!(await page.evaluate(() => "axe" in globalThis))) {
    // By the debugger's way in: the page's own policy forbids scripts from elsewhere.
    await page.evaluate(axeSource);
  }
  const { violations } = await page.evaluate(
    (only) => globalThis.axe.run(document.querySelector("dialog[open]") ?? document, { resultTypes: ["violations"], ...(only ? { runOnly: only } : {}) }),
    rules ?? null,
  );
  return violations
    .filter((v) => v.impact === "serious" || v.impact === "critical")
    .map((v) => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(" | ")}`);
}

/** Another screen within the page, as a link would. */
export async function go(page, path) {
  await page.evaluate((to) => {
    history.pushState(null, "", to);
    dispatchEvent(new PopStateEvent("popstate"));
  }, path);
  await page.locator("main h1").first().waitFor();
  await page.waitForFunction(() => !document.querySelector("main .bones, main [role=alert].now"));
}

/** No screen is wider than its window. */
export function overflow(page) {
  return page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth));
}

const PICTURE_MAX = 120_000; // bytes

/** docs/screens/NAME-{wide,phone}-{light,dark}.png; what is on the page may be older than a second. */
export async function shoot(world, path, name, { ready, dark = false, login = true } = {}) {
  mkdirSync(join(root, "docs/screens"), { recursive: true });
  for (const [size, sizeName] of [[WIDE, "wide"], [PHONE, "phone"]]) {
    for (const isDark of dark ? [false, true] : [false]) {
      const page = await world.open(path, { size, dark: isDark, login });
      await page.waitForFunction(() => !document.querySelector(".bones, [aria-busy=true].stock-row"));
      if (ready) await ready(page);
      await page.waitForTimeout(300);
      const picture = withPalette(await page.screenshot());
      const file = `${name}-${sizeName}-${isDark ? "dark" : "light"}.png`;
      if (picture.length > PICTURE_MAX) throw new Error(`${file} has ${picture.length} bytes`);
      writeFileSync(join(root, "docs/screens", file), picture);
      await page.context().close();
    }
  }
}
