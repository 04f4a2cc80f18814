// SPDX-License-Identifier: Apache-2.0
// What the page's screens reckon, without a browser: node --test tests/browser/work_units.test.mjs
import assert from "node:assert/strict";
import { test } from "node:test";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { inflateSync } from "node:zlib";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { build } = createRequire(`${root}/web/package.json`)("esbuild");

/** A module of the page, compiled as the page compiles it. */
async function pageModule(name, room = "work") {
  const made = await build({
    entryPoints: [`${root}/web/src/${room}/${name}.ts`],
    bundle: true,
    format: "esm",
    write: false,
    logLevel: "error",
  });
  return import(`data:text/javascript;base64,${Buffer.from(made.outputFiles[0].contents).toString("base64")}`);
}

const count = await pageModule("count_model");
const scan = await pageModule("scan");
const { SkuIndex } = await pageModule("sku_index");
const { changesOf, signed } = await pageModule("replay_model");
const stages = await pageModule("stages");
const { qr, qrPath } = await pageModule("qr");
const { readDrill } = await pageModule("drill_report");
const { plainWords } = await pageModule("plain_words", "api");
const { startSteps } = await pageModule("start_model");

const at = (n) => `2026-11-27T10:00:${String(n).padStart(2, "0")}.000Z`;
const empty = () => count.countFrom([]);

test("each scan raises the SKU's own figure and stamps it with its own instant", () => {
  let state = empty();
  state = count.countScan(state, "TEE", at(1));
  state = count.countScan(state, "MUG", at(2));
  state = count.countScan(state, "TEE", at(3));
  assert.deepEqual(count.countUnsent(state), [
    { sku: "TEE", quantity: 2, counted_at: at(3) },
    { sku: "MUG", quantity: 1, counted_at: at(2) },
  ]);
  assert.deepEqual(count.countSums(state), { skus: 2, units: 3, asked: 0, waiting: 2 });
  assert.deepEqual(count.countNewest(state).map((l) => l.sku), ["TEE", "MUG"]);
});

test("counting goes on from what the server has", () => {
  const state = count.countScan(
    count.countFrom([
      { sku: "TEE", counted: 7, counted_at: at(0) },
      { sku: "MUG", counted: null, counted_at: null },
    ]),
    "TEE",
    at(1),
  );
  assert.deepEqual(count.countUnsent(state), [{ sku: "TEE", quantity: 8, counted_at: at(1) }]);
  assert.equal(count.countSums(state).asked, 1);
});

test("a first scan taken back before it was sent is no zero", () => {
  let state = count.countScan(empty(), "TEE", at(1));
  assert.ok(count.countUndoable(state));
  state = count.countUndo(state, at(2));
  assert.deepEqual(count.countUnsent(state), []);
  assert.equal(state.lines.get("TEE").counted, null);
});

test("a first scan that the server has heard of cannot be taken back", () => {
  let state = count.countScan(empty(), "TEE", at(1));
  state = count.countSent(state, [{ sku: "TEE", quantity: 1 }]);
  assert.equal(count.countUndoable(state), false);
  assert.equal(count.countUndo(state, at(2)).lines.get("TEE").counted, 1);
});

test("what was sent and taken back is sent again, as of now", () => {
  let state = count.countScan(count.countScan(empty(), "TEE", at(1)), "TEE", at(2));
  state = count.countSent(state, [{ sku: "TEE", quantity: 2 }]);
  state = count.countUndo(state, at(9));
  assert.deepEqual(count.countUnsent(state), [{ sku: "TEE", quantity: 1, counted_at: at(9) }]);
});

test("what is scanned while an answer is under way is not lost", () => {
  let state = count.countScan(empty(), "TEE", at(1));
  const sending = count.countUnsent(state);
  state = count.countScan(state, "TEE", at(2));
  state = count.countSent(state, sending);
  assert.deepEqual(count.countUnsent(state), [{ sku: "TEE", quantity: 2, counted_at: at(2) }]);
});

test("figures out of bounds change nothing", () => {
  for (const figure of [-1, 1.5, NaN, Infinity, 1_000_000_001]) {
    assert.equal(count.countUnsent(count.countSet(empty(), "TEE", figure, at(1))).length, 0);
  }
});

test("a reload keeps what was not sent; the later figure wins", () => {
  const state = count.countScan(empty(), "TEE", at(5));
  const kept = count.countRemember(state);
  const older = count.countFrom([{ sku: "TEE", counted: 9, counted_at: at(1) }]);
  const newer = count.countFrom([{ sku: "TEE", counted: 9, counted_at: at(8) }]);
  assert.equal(count.countRecall(older, kept).lines.get("TEE").counted, 1);
  assert.equal(count.countRecall(newer, kept).lines.get("TEE").counted, 9);
  assert.equal(count.countRecall(empty(), "{broken").lines.size, 0);
  assert.equal(count.countRecall(empty(), '[{"sku":"TEE","quantity":-4},null,3]').lines.size, 0);
  assert.equal(count.countRemember(count.countSent(state, count.countUnsent(state))), null);
});

test("who comes back to a stock take goes on from where they left, not from what was read before", () => {
  const left = count.countSent(count.countScan(count.countScan(empty(), "TEE", at(1)), "TEE", at(2)), [{ sku: "TEE", quantity: 2 }]);
  const stale = count.countFrom([]);
  const resumed = count.countScan(count.countResume(stale, left), "TEE", at(5));
  assert.deepEqual(count.countUnsent(resumed), [{ sku: "TEE", quantity: 3, counted_at: at(5) }]);
  const byAnother = count.countFrom([{ sku: "TEE", counted: 9, counted_at: at(8) }]);
  assert.equal(count.countResume(byAnother, left).lines.get("TEE").counted, 9);
  assert.equal(count.countResume(stale, undefined), stale);
});

test("a UPC and the same as an EAN are one barcode; a wrong last digit is told", () => {
  assert.equal(scan.barcodeKey("036000291452"), scan.barcodeKey("0036000291452"));
  assert.ok(scan.barcodeFits("036000291452"));
  assert.ok(!scan.barcodeFits("036000291453"));
  assert.ok(scan.barcodeFits("SHELF 7"));
});

test("a scanner's keys are a code, a person's are not", () => {
  const wedge = new scan.Wedge();
  const type = (text, gap, from = 0) => [...text, "Enter"].map((key, i) => wedge.key(key, from + i * gap)).at(-1);
  assert.equal(type("4006381333931", 8), "4006381333931");
  assert.equal(type("4006381333931", 150, 10_000), null);
  assert.equal(type("g", 8, 20_000), null);
  wedge.key("x", 30_000);
  assert.equal(type("TEE-M-BLUE", 5, 31_000), "TEE-M-BLUE");
});

test("a code that stays in view counts once, and again when it comes back", () => {
  const repeats = new scan.Repeats();
  let seen = 0;
  for (let ms = 0; ms < 3000; ms += 120) seen += repeats.fresh(["A", "A"], ms).length;
  assert.equal(seen, 1);
  assert.deepEqual(repeats.fresh(["A", "B"], 3100), ["B"]);
  assert.deepEqual(repeats.fresh([], 3200), []);
  assert.deepEqual(repeats.fresh(["A"], 3300), []); // a look that missed it is no absence
  assert.deepEqual(repeats.fresh([], 4500), []);
  assert.deepEqual(repeats.fresh(["A"], 4600), ["A"]);
});

test("on a phone that looks once in two seconds a code in view counts once, too", () => {
  const repeats = new scan.Repeats();
  let seen = 0;
  for (let ms = 0; ms < 20_000; ms += 2000) seen += repeats.fresh(["A"], ms).length;
  assert.equal(seen, 1);
});

test("scanned codes find SKUs by code, alias and barcode; a shared barcode finds none by itself", () => {
  const index = new SkuIndex();
  index.add([
    { sku: "TEE M", title: "Shirt", barcode: "036000291452", aliases: ["OLD-1"] },
    { sku: "MUG", title: "Mug", barcode: "SHARED" },
    { sku: "CAP", title: "Cap, blue", barcode: "shared" },
  ]);
  assert.equal(index.find(" teem ").sku.sku, "TEE M");
  assert.equal(index.find("old-1").sku.sku, "TEE M");
  assert.equal(index.find("0036000291452").sku.sku, "TEE M");
  assert.equal(index.find("Shared").kind, "several");
  assert.equal(index.find("nothing").kind, "none");
  assert.deepEqual(index.like("blue", 5).map((s) => s.sku), ["CAP"]);
  index.add([{ sku: "tee m", title: "again", barcode: "" }]);
  assert.equal(index.size, 3);
});

test("movements fold into what each figure gains and loses", () => {
  const here = (bucket, location = "berlin") => ({ bucket, location });
  const rows = changesOf([
    { kind: "reserve", sku: "TEE", quantity: 3, from: here("available"), to: here("reserved") },
    { kind: "ship", sku: "TEE", quantity: 2, from: here("reserved"), to: { bucket: "outside", location: null } },
    { kind: "reserve", sku: "MUG", quantity: 1, from: here("available"), to: here("reserved") },
    { kind: "release", sku: "MUG", quantity: 1, from: here("reserved"), to: here("available") },
  ]);
  assert.deepEqual(rows.map((r) => [r.sku, r.available, r.reserved]), [["TEE", -3, 1]]);
  assert.deepEqual([signed(4), signed(-1200), signed(0)], ["+4", "\u22121,200", "0"]);
});

test("a stage that was not measured is left out, a negative one is nothing", () => {
  const parts = stages.stagesOf({
    their_event_to_receipt: -20,
    receipt_to_commit: 30,
    commit_to_send: null,
    send_to_confirmation: 90,
  });
  assert.deepEqual(parts.map((p) => [p.name, p.ms, p.percent]), [["theirs_in", 0, 0], ["commit", 30, 25], ["theirs_out", 90, 75]]);
  assert.equal(stages.totalMs(parts), 120);
  assert.deepEqual([5.25, 840, 3210, 250_000, 7_500_000].map(stages.took), ["5.3 ms", "840 ms", "3.2 s", "4 min 10 s", "2 h 5 min"]);
});

test("a QR code has its corners, its size by the standard, and a bound", () => {
  const code = qr("otpauth://totp/truecount:anna?secret=JBSWY3DPEHPK3PXP&issuer=truecount");
  assert.equal((code.size - 17) % 4, 0);
  const dark = (x, y) => code.dark[y * code.size + x] === 1;
  for (const [x, y] of [[0, 0], [code.size - 7, 0], [0, code.size - 7]]) {
    assert.ok(dark(x, y) && dark(x + 6, y + 6) && dark(x + 3, y + 3) && !dark(x + 1, y + 1));
  }
  assert.equal(qr("x".repeat(214)), null);
  assert.ok(qr("x".repeat(213)));
});

const canReadCodes = spawnSync("zbarimg", ["--version"]).status === 0;
test("a reader reads every size of QR code that is drawn", { skip: canReadCodes ? false : "zbarimg is not installed" }, () => {
  const dir = mkdtempSync(join(tmpdir(), "truecount-qr-"));
  try {
    for (const length of [10, 14, 26, 42, 62, 84, 106, 122, 152, 180, 213]) {
      const text = Array.from({ length }, (_, i) => "otpauth://totp/A1b?=&-%"[i % 23]).join("");
      const code = qr(text);
      const side = (code.size + 8) * 6;
      const rows = [];
      for (let y = 0; y < side; y++) {
        let row = "";
        for (let x = 0; x < side; x++) {
          const [mx, my] = [Math.floor(x / 6) - 4, Math.floor(y / 6) - 4];
          const inside = mx >= 0 && my >= 0 && mx < code.size && my < code.size;
          row += inside && code.dark[my * code.size + mx] ? "1 " : "0 ";
        }
        rows.push(row);
      }
      writeFileSync(join(dir, "code.pbm"), `P1\n${side} ${side}\n${rows.join("\n")}\n`);
      const read = spawnSync("zbarimg", ["-q", "--raw", join(dir, "code.pbm")], { encoding: "utf8" });
      assert.equal(read.stdout.trimEnd(), text, `of ${length} bytes, size ${code.size}`);
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("the drawn path covers exactly the dark modules", () => {
  const code = qr("truecount");
  let area = 0;
  for (const part of qrPath(code).matchAll(/h(\d+)v1/g)) area += Number(part[1]);
  assert.equal(area, code.dark.reduce((sum, d) => sum + d, 0));
});

test("what is no report of a drill is told in a sentence", () => {
  assert.match(readDrill("<html>").why, /not JSON/);
  assert.match(readDrill("{}").why, /no report of a drill/);
  assert.match(readDrill('{"report":"truecount drill","version":9}').why, /version 9/);
  assert.match(readDrill('{"report":"truecount drill","version":1,"scenarios":[{"name":"burst"}]}').why, /has no orders/);
});

test("the first steps are told by what is there, and exactly one is next", () => {
  const facts = { locations: 0, channels: [], skus: 0, listings: 0, unlinked: 0, moved: false };
  const next = (more) => startSteps({ ...facts, ...more }).find((s) => s.state === "next")?.id;
  assert.equal(next({}), "locations");
  assert.equal(next({ locations: 1 }), "channel");
  const shop = [{ code: "a", connector: "shopify", mode: "shadow" }];
  assert.equal(next({ locations: 1, channels: shop }), "import");
  assert.equal(next({ locations: 1, channels: shop, listings: 5, unlinked: 2 }), "doctor");
  assert.equal(next({ locations: 1, channels: shop, listings: 5 }), "opening");
  assert.equal(next({ locations: 1, channels: shop, listings: 5, moved: true }), "shadow");
  assert.equal(next({ locations: 1, channels: [{ ...shop[0], mode: "live" }], listings: 5, moved: true }), undefined);
});

/** Every text of the server's rooms that people read, as C joins its pieces. */
function serverTexts() {
  const texts = [];
  for (const room of ["engine", "push"]) {
    for (const file of readdirSync(join(root, "src", room)).filter((f) => f.endsWith(".c"))) {
      const source = readFileSync(join(root, "src", room, file), "utf8");
      for (const [literal] of source.matchAll(/"(?:[^"\\\n]|\\.)*"(?:\s*(?:PRI\w+\s*)?"(?:[^"\\\n]|\\.)*")*/g)) {
        texts.push({ file, text: literal.replace(/"\s*PRI\w+\s*"/g, "7").replace(/"\s*"/g, "").slice(1, -1).replace(/%\.?\*?\w/g, "7").replace(/%7/g, "7") });
      }
    }
  }
  return texts;
}

test("where the server names a command or a route, the page names its own buttons", () => {
  const command = /(?:GET|POST|PATCH|DELETE) \/v1|truecount (?:channel|opening|autopsy|webhook|drift|incidents|report|move|user)\b|location_map/;
  const texts = serverTexts().filter(({ file, text }) => command.test(text) && !/^(?:doctor|notify_digest)\.c$/.test(file));
  assert.ok(texts.length > 25, `${texts.length} found`);
  for (const { file, text } of texts) {
    const said = plainWords(text);
    assert.doesNotMatch(said, command, `${file}: ${text}`);
    assert.doesNotMatch(said, /  | \.|\(\)/, `${file}: ${said}`);
  }
  assert.equal(plainWords("Connect the channel again: truecount channel connect. Pushes are kept and sent then."), "Connect the channel again, under its Connection. Pushes are kept and sent then.");
  assert.equal(plainWords("After the cause is mended: POST /v1/deliveries/12/replay"), "After the cause is mended: apply message 12 again, on its own screen");
  assert.equal(plainWords("Nothing of it is a command."), "Nothing of it is a command.");
});

test("a picture of few colours is the same with a palette, and many become near ones", async () => {
  const { pixels, withPalette } = await import("./palette.mjs");
  const { deflateSync } = await import("node:zlib");
  const picture = (width, height, colour) => {
    const raw = Buffer.alloc(height * (width * 3 + 1));
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) raw.set(colour(x, y), y * (width * 3 + 1) + 1 + x * 3);
    const part = (type, data) => {
      const size = Buffer.alloc(4);
      size.writeUInt32BE(data.length);
      return Buffer.concat([size, Buffer.from(type), data, Buffer.alloc(4)]);
    };
    const head = Buffer.alloc(13);
    head.writeUInt32BE(width, 0);
    head.writeUInt32BE(height, 4);
    head.set([8, 2], 8);
    return Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), part("IHDR", head), part("IDAT", deflateSync(raw)), part("IEND", Buffer.alloc(0))]);
  };
  /** Back again, as a viewer does. */
  const colours = (png) => {
    const at = (type) => png.indexOf(type);
    const data = (type) => png.subarray(at(type) + 4, at(type) + 4 + png.readUInt32BE(at(type) - 4));
    const raw = inflateSync(data("IDAT"));
    const palette = data("PLTE");
    const width = png.readUInt32BE(16);
    return Array.from({ length: png.readUInt32BE(20) * width }, (_, i) => palette.readUIntBE(raw[Math.floor(i / width) * (width + 1) + 1 + (i % width)] * 3, 3));
  };
  const plain = picture(9, 5, (x, y) => [x * 20, y * 40, 7]);
  assert.deepEqual(colours(withPalette(plain)), [...pixels(plain).rgb]);
  const busy = picture(64, 64, (x, y) => [x * 4, y * 4, (x * y) & 255]);
  const before = pixels(busy).rgb;
  const far = colours(withPalette(busy)).map((c, i) => Math.max(Math.abs((c >> 16) - (before[i] >> 16)), Math.abs((c & 255) - (before[i] & 255))));
  assert.ok(Math.max(...far) < 64, `${Math.max(...far)}`);
});

test("every kind of incident has a name for people", () => {
  const codes = [...readFileSync(join(root, "src/engine/incident.c"), "utf8").matchAll(/^ *X\("([A-Z-]+)"/gm)].map((m) => m[1]);
  const words = readFileSync(join(root, "web/src/screens/words.ts"), "utf8").match(/INCIDENTS[^{]*\{([^}]*)\}/)[1];
  assert.ok(codes.length > 20);
  for (const code of codes) assert.match(words, new RegExp(`(?:^|\\s)"?${code}"?:`), code);
});

test("one unit is one unit", () => {
  assert.equal(plainWords("It showed 1 units more than every order explains."), "It showed 1 unit more than every order explains.");
  assert.equal(plainWords("1 listings are linked, 21 units wait"), "1 listing is linked, 21 units wait");
  assert.equal(plainWords("1 orders were read in 11 days"), "1 order was read in 11 days");
  assert.equal(plainWords("0.1 units, 1,001 units"), "0.1 units, 1,001 units");
});
