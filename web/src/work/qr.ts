// SPDX-License-Identifier: Apache-2.0
/*
 * qr - a text as a QR code (ISO/IEC 18004): bytes, error correction M, versions 1 to 10.
 *
 * Enough for an address of a second factor (213 bytes), drawn here so that its secret is shown to
 * nobody else. Gives modules, true is dark; `qrPath` makes them one path of an svg.
 */

const CORRECTION = [0, 10, 16, 26, 18, 24, 16, 18, 22, 22, 26]; // bytes a block, by version
const BLOCKS = [0, 1, 1, 1, 2, 2, 4, 4, 4, 5, 5];
const VERSION_MAX = 10;

/** Bits that are not part of any pattern of the standard. */
function rawBits(version: number): number {
  let bits = (16 * version + 128) * version + 64;
  if (version >= 2) {
    const aligned = Math.floor(version / 7) + 2;
    bits -= (25 * aligned - 10) * aligned - 55;
    bits -= version >= 7 ? 36 : 0;
  }
  return bits;
}

function at(list: ArrayLike<number>, i: number): number {
  return list[i] ?? 0;
}

function dataBytes(version: number): number {
  return (rawBits(version) >> 3) - at(CORRECTION, version) * at(BLOCKS, version);
}

/* ---- Reed-Solomon over GF(2^8), polynomial 0x11d ---- */

function times(a: number, b: number): number {
  let product = 0;
  for (let i = 7; i >= 0; i--) {
    product = (product << 1) ^ ((product >>> 7) * 0x11d);
    product ^= ((b >>> i) & 1) * a;
  }
  return product;
}

function divisor(degree: number): Uint8Array {
  const result = new Uint8Array(degree);
  result[degree - 1] = 1;
  let root = 1;
  for (let i = 0; i < degree; i++) {
    for (let j = 0; j < degree; j++) {
      result[j] = times(at(result, j), root) ^ (j + 1 < degree ? at(result, j + 1) : 0);
    }
    root = times(root, 2);
  }
  return result;
}

function remainder(data: Uint8Array, by: Uint8Array): Uint8Array {
  const result = new Uint8Array(by.length);
  for (const byte of data) {
    const factor = byte ^ at(result, 0);
    result.copyWithin(0, 1);
    result[result.length - 1] = 0;
    for (let i = 0; i < by.length; i++) {
      result[i] = at(result, i) ^ times(at(by, i), factor);
    }
  }
  return result;
}

/* ---- the bytes, in blocks, interleaved ---- */

function payload(text: Uint8Array, version: number): Uint8Array {
  const bits: number[] = [];
  const put = (value: number, length: number) => {
    for (let i = length - 1; i >= 0; i--) {
      bits.push((value >>> i) & 1);
    }
  };
  put(0b0100, 4);
  put(text.length, version < 10 ? 8 : 16);
  for (const byte of text) {
    put(byte, 8);
  }
  const room = dataBytes(version) * 8;
  put(0, Math.min(4, room - bits.length));
  put(0, (8 - (bits.length % 8)) % 8);
  for (let pad = 0xec; bits.length < room; pad ^= 0xec ^ 0x11) {
    put(pad, 8);
  }
  const bytes = new Uint8Array(bits.length / 8);
  bits.forEach((bit, i) => {
    bytes[i >> 3] = at(bytes, i >> 3) | (bit << (7 - (i & 7)));
  });
  return bytes;
}

function interleaved(data: Uint8Array, version: number): number[] {
  const blocks = at(BLOCKS, version);
  const correction = at(CORRECTION, version);
  const raw = rawBits(version) >> 3;
  const short = blocks - (raw % blocks);
  const length = Math.floor(raw / blocks) - correction;
  const by = divisor(correction);
  const parts: { data: Uint8Array; check: Uint8Array }[] = [];
  let from = 0;
  for (let i = 0; i < blocks; i++) {
    const part = data.slice(from, from + length + (i < short ? 0 : 1));
    from += part.length;
    parts.push({ data: part, check: remainder(part, by) });
  }
  const out: number[] = [];
  for (let i = 0; i <= length; i++) {
    for (const part of parts) {
      if (i < part.data.length) {
        out.push(at(part.data, i));
      }
    }
  }
  for (let i = 0; i < correction; i++) {
    for (const part of parts) {
      out.push(at(part.check, i));
    }
  }
  return out;
}

/* ---- the square ---- */

class Square {
  readonly size: number;
  readonly dark: Uint8Array;
  private readonly fixed: Uint8Array;

  constructor(readonly version: number) {
    this.size = version * 4 + 17;
    this.dark = new Uint8Array(this.size * this.size);
    this.fixed = new Uint8Array(this.size * this.size);
    this.patterns();
  }

  private set(x: number, y: number, dark: boolean): void {
    if (x >= 0 && y >= 0 && x < this.size && y < this.size) {
      this.dark[y * this.size + x] = dark ? 1 : 0;
      this.fixed[y * this.size + x] = 1;
    }
  }

  private rings(x: number, y: number, radius: number): void {
    for (let dy = -radius; dy <= radius; dy++) {
      for (let dx = -radius; dx <= radius; dx++) {
        const ring = Math.max(Math.abs(dx), Math.abs(dy));
        this.set(x + dx, y + dy, radius === 4 ? ring !== 2 && ring !== 4 : ring !== 1);
      }
    }
  }

  private patterns(): void {
    const far = this.size - 7;
    for (let i = 0; i < this.size; i++) {
      this.set(6, i, i % 2 === 0);
      this.set(i, 6, i % 2 === 0);
    }
    this.rings(3, 3, 4);
    this.rings(far + 3, 3, 4);
    this.rings(3, far + 3, 4);
    const places = this.alignments();
    for (const [i, x] of places.entries()) {
      for (const [j, y] of places.entries()) {
        const last = places.length - 1;
        if (!((i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0))) {
          this.rings(x, y, 2);
        }
      }
    }
    this.format(0);
    if (this.version >= 7) {
      this.versionBits();
    }
  }

  private alignments(): number[] {
    if (this.version === 1) {
      return [];
    }
    const count = Math.floor(this.version / 7) + 2;
    const step = Math.ceil((this.size - 13) / (count * 2 - 2)) * 2;
    const places = [6];
    for (let place = this.size - 7; places.length < count; place -= step) {
      places.splice(1, 0, place);
    }
    return places;
  }

  /** Which correction (M is 0) and which mask, twice. */
  format(mask: number): void {
    let rest = mask;
    for (let i = 0; i < 10; i++) {
      rest = (rest << 1) ^ ((rest >>> 9) * 0x537);
    }
    const bits = ((mask << 10) | rest) ^ 0x5412;
    const bit = (i: number) => ((bits >>> i) & 1) === 1;
    for (let i = 0; i <= 5; i++) {
      this.set(8, i, bit(i));
    }
    this.set(8, 7, bit(6));
    this.set(8, 8, bit(7));
    this.set(7, 8, bit(8));
    for (let i = 9; i < 15; i++) {
      this.set(14 - i, 8, bit(i));
    }
    for (let i = 0; i < 8; i++) {
      this.set(this.size - 1 - i, 8, bit(i));
    }
    for (let i = 8; i < 15; i++) {
      this.set(8, this.size - 15 + i, bit(i));
    }
    this.set(8, this.size - 8, true);
  }

  private versionBits(): void {
    let rest = this.version;
    for (let i = 0; i < 12; i++) {
      rest = (rest << 1) ^ ((rest >>> 11) * 0x1f25);
    }
    const bits = (this.version << 12) | rest;
    for (let i = 0; i < 18; i++) {
      const dark = ((bits >>> i) & 1) === 1;
      const a = this.size - 11 + (i % 3);
      const b = Math.floor(i / 3);
      this.set(a, b, dark);
      this.set(b, a, dark);
    }
  }

  fill(bytes: readonly number[]): void {
    let i = 0;
    for (let right = this.size - 1; right >= 1; right -= 2) {
      right = right === 6 ? 5 : right;
      for (let step = 0; step < this.size; step++) {
        for (let j = 0; j < 2; j++) {
          const x = right - j;
          const up = ((right + 1) & 2) === 0;
          const y = up ? this.size - 1 - step : step;
          const place = y * this.size + x;
          if (!this.fixed[place] && i < bytes.length * 8) {
            this.dark[place] = (at(bytes, i >> 3) >>> (7 - (i & 7))) & 1;
            i++;
          }
        }
      }
    }
  }

  mask(which: number): void {
    for (let y = 0; y < this.size; y++) {
      for (let x = 0; x < this.size; x++) {
        const place = y * this.size + x;
        if (!this.fixed[place] && inverts(which, x, y)) {
          this.dark[place] = at(this.dark, place) ^ 1;
        }
      }
    }
  }

  /** How hard it is to read: runs, blocks, what looks like a corner, too much of one colour. */
  penalty(): number {
    const { size, dark } = this;
    let sum = 0;
    let darks = 0;
    for (let line = 0; line < size; line++) {
      let row = "";
      let column = "";
      for (let i = 0; i < size; i++) {
        row += at(dark, line * size + i);
        column += at(dark, i * size + line);
        darks += at(dark, line * size + i);
        if (line > 0 && i > 0) {
          const four = at(dark, line * size + i) + at(dark, line * size + i - 1) +
            at(dark, (line - 1) * size + i) + at(dark, (line - 1) * size + i - 1);
          sum += four === 0 || four === 4 ? 3 : 0;
        }
      }
      for (const text of [row, column]) {
        for (const run of text.match(/0{5,}|1{5,}/g) ?? []) {
          sum += run.length - 2;
        }
        for (const corner of ["10111010000", "00001011101"]) {
          for (let i = text.indexOf(corner); i >= 0; i = text.indexOf(corner, i + 1)) {
            sum += 40;
          }
        }
      }
    }
    const off = Math.abs(darks * 20 - size * size * 10);
    return sum + Math.floor(off / (size * size)) * 10;
  }
}

function inverts(mask: number, x: number, y: number): boolean {
  switch (mask) {
    case 0: return (x + y) % 2 === 0;
    case 1: return y % 2 === 0;
    case 2: return x % 3 === 0;
    case 3: return (x + y) % 3 === 0;
    case 4: return (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0;
    case 5: return ((x * y) % 2) + ((x * y) % 3) === 0;
    case 6: return (((x * y) % 2) + ((x * y) % 3)) % 2 === 0;
    default: return (((x + y) % 2) + ((x * y) % 3)) % 2 === 0;
  }
}

export interface Qr {
  size: number;
  dark: Uint8Array;
}

/** null: the text is too long for it. */
export function qr(text: string): Qr | null {
  const bytes = new TextEncoder().encode(text);
  let version = 1;
  const fits = (v: number) => bytes.length + (v < 10 ? 2 : 3) <= dataBytes(v);
  while (version <= VERSION_MAX && !fits(version)) {
    version++;
  }
  if (version > VERSION_MAX) {
    return null;
  }
  const all = interleaved(payload(bytes, version), version);
  let best: Square | null = null;
  let least = Infinity;
  for (let mask = 0; mask < 8; mask++) {
    const square = new Square(version);
    square.fill(all);
    square.mask(mask);
    square.format(mask);
    const penalty = square.penalty();
    if (penalty < least) {
      [best, least] = [square, penalty];
    }
  }
  return best;
}

/** One path of unit squares, for a viewBox of `size` with the quiet zone outside. */
export function qrPath(code: Qr): string {
  let path = "";
  for (let y = 0; y < code.size; y++) {
    for (let x = 0; x < code.size; x++) {
      if (!code.dark[y * code.size + x]) {
        continue;
      }
      let end = x;
      while (end < code.size && code.dark[y * code.size + end]) {
        end++;
      }
      path += `M${x} ${y}h${end - x}v1h-${end - x}z`;
      x = end;
    }
  }
  return path;
}
