// SPDX-License-Identifier: Apache-2.0
// Bundles the page and lists what came of it for tools/webgen.c.
//
//   node build.mjs OUT
//
// OUT/files.txt has one line a file and encoding: its path on the server, its type, its encoding
// (`-` for none), whether it may be kept for ever, its hash, and where it lies. Names of what may be
// kept carry a hash of the content.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? "build");
const FIRST_PAGE_MAX = 150_000; // bytes, compressed: what a phone on a bad line waits for
const TYPES = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  html: "text/html; charset=utf-8",
};

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

const result = await build({
  absWorkingDir: here,
  entryPoints: { app: "src/main.tsx", style: "src/style.css", icon: "src/icon.svg" },
  outdir: out,
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["es2022", "chrome109", "firefox115", "safari16"],
  jsx: "automatic",
  jsxImportSource: "preact",
  minify: true,
  metafile: true,
  entryNames: "[name]-[hash]",
  chunkNames: "part-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".svg": "copy" },
  logLevel: "warning",
});

const outputs = Object.entries(result.metafile.outputs).map(([path, meta]) => ({
  name: path.split("/").pop(),
  file: resolve(here, path),
  meta,
}));
const entry = (source) => outputs.find((o) => o.meta.entryPoint === source && !o.name.endsWith(".map"));
const app = entry("src/main.tsx");
const style = entry("src/style.css");
const icon = outputs.find((o) => o.name.startsWith("icon-") && o.name.endsWith(".svg"));
if (!app || !style || !icon) throw new Error("a bundle is missing: app, style or icon");

// What the first page loads before it shows anything: the entry and what it imports at once.
const first = [app.name, ...app.meta.imports.filter((i) => i.kind === "import-statement").map((i) => i.path.split("/").pop())];

const index = readFileSync(join(here, "src/index.html"), "utf8")
  .replace(/<!--[^]*?-->\s*/, "")
  .replace("{style}", `/assets/${style.name}`)
  .replace("{icon}", `/assets/${icon.name}`)
  .replace("{app}", `/assets/${app.name}`)
  .replace("{parts}", first.slice(1).map((n) => `<link rel="modulepreload" href="/assets/${n}">`).join("\n"));
writeFileSync(join(out, "index.html"), index);

const lines = [];
let firstPage = 0;
let whole = 0;
function list(path, file, isHashed) {
  const bytes = readFileSync(file);
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  const type = TYPES[file.split(".").pop()];
  if (!type) throw new Error(`${file}: of what type is it?`);
  const gzip = gzipSync(bytes, { level: 9 });
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  writeFileSync(`${file}.gz`, gzip);
  writeFileSync(`${file}.br`, brotli);
  for (const [encoding, suffix] of [["-", ""], ["gzip", ".gz"], ["br", ".br"]]) {
    lines.push([path, type, encoding, isHashed ? 1 : 0, hash, file + suffix].join("\t"));
  }
  whole += gzip.length;
  if (!isHashed || first.includes(file.split("/").pop()) || file === style.file) firstPage += gzip.length;
}
list("/", join(out, "index.html"), false);
for (const output of outputs) list(`/assets/${output.name}`, output.file, true);
writeFileSync(join(out, "files.txt"), `${lines.join("\n")}\n`);

if (process.env.TC_WEB_QUIET !== "1") {
  console.log(`page: first ${Math.round(firstPage / 1000)} kB, all ${Math.round(whole / 1000)} kB, gzip`);
}
if (firstPage > FIRST_PAGE_MAX) {
  console.error(`the first page takes ${firstPage} bytes compressed; ${FIRST_PAGE_MAX} are the most: load a screen later (app/routes.ts)`);
  process.exit(1);
}
