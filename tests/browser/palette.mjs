// SPDX-License-Identifier: Apache-2.0
// Makes a screenshot small: a PNG of 8 bits a channel becomes one of at most 256 colours, which a page of
// text and plain surfaces does not miss.
import { deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const COLOURS = 256;

function chunks(png) {
  const found = [];
  for (let at = SIGNATURE.length; at < png.length; ) {
    const size = png.readUInt32BE(at);
    found.push({ type: png.toString("latin1", at + 4, at + 8), data: png.subarray(at + 8, at + 8 + size) });
    at += size + 12;
  }
  return found;
}

function paeth(a, b, c) {
  const p = a + b - c;
  const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

/** Rows of bytes without their filters (PNG, 9.2). */
function unfiltered(raw, rows, stride, step) {
  const out = Buffer.alloc(rows * stride);
  for (let y = 0; y < rows; y++) {
    const filter = raw[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x;
      const left = x >= step ? out[at - step] : 0;
      const up = y > 0 ? out[at - stride] : 0;
      const corner = x >= step && y > 0 ? out[at - stride - step] : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
      out[at] = (raw[y * (stride + 1) + 1 + x] + guess) & 255;
    }
  }
  return out;
}

/** One number a pixel: red, green, blue. */
export function pixels(png) {
  const all = chunks(png);
  const head = all.find((c) => c.type === "IHDR").data;
  const [width, height, depth, colour] = [head.readUInt32BE(0), head.readUInt32BE(4), head[8], head[9]];
  if (depth !== 8 || (colour !== 2 && colour !== 6) || head[12] !== 0) throw new Error("not a screenshot of 8 bits a channel");
  const step = colour === 2 ? 3 : 4;
  const raw = inflateSync(Buffer.concat(all.filter((c) => c.type === "IDAT").map((c) => c.data)));
  const bytes = unfiltered(raw, height, width * step, step);
  return { width, height, rgb: Uint32Array.from({ length: width * height }, (_, i) => (bytes[i * step] << 16) | (bytes[i * step + 1] << 8) | bytes[i * step + 2]) };
}

const distance = (a, b) => ((a >> 16) - (b >> 16)) ** 2 + (((a >> 8) & 255) - ((b >> 8) & 255)) ** 2 + ((a & 255) - (b & 255)) ** 2;

/** The most common colours, but none so near another that it adds nothing while there is no room. */
function paletteOf(rgb) {
  const counts = new Map();
  for (const colour of rgb) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const common = [...counts].sort((a, b) => b[1] - a[1]).map(([colour]) => colour);
  if (common.length <= COLOURS) return common;
  const palette = [];
  for (const far of [300, 100, 24, 0]) {
    for (const colour of common) {
      if (palette.length === COLOURS) return palette;
      if (palette.every((known) => distance(known, colour) > far)) palette.push(colour);
    }
  }
  return palette;
}

const TABLE = Int32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n;
});

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  let crc = -1;
  for (const byte of body) crc = TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeInt32BE(~crc, 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

export function withPalette(png) {
  const { width, height, rgb } = pixels(png);
  const palette = paletteOf(rgb);
  const nearest = new Map(palette.map((colour, i) => [colour, i]));
  const indexOf = (colour) => {
    let best = nearest.get(colour);
    if (best === undefined) {
      best = 0;
      for (let i = 1; i < palette.length; i++) if (distance(palette[i], colour) < distance(palette[best], colour)) best = i;
      nearest.set(colour, best);
    }
    return best;
  };
  const raw = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) raw[y * (width + 1) + 1 + x] = indexOf(rgb[y * width + x]);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const colours = Buffer.from(palette.flatMap((c) => [c >> 16, (c >> 8) & 255, c & 255]));
  return Buffer.concat([SIGNATURE, chunk("IHDR", head), chunk("PLTE", colours), chunk("IDAT", deflateSync(raw, { level: 9 })), chunk("IEND", Buffer.alloc(0))]);
}
