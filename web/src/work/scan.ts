// SPDX-License-Identifier: Apache-2.0
/*
 * scan - what scanners say, and what it is called.
 *
 * Two kinds of scanners: one that types very fast and presses Enter (a Wedge tells it from a
 * person), and a camera that sees the same code thirty times a second (Repeats lets each through
 * once, and again when it had gone from view).
 */

/** Codes of SKUs are the same whatever their case and the spaces in and around them. */
export function codeKey(text: string): string {
  return text.replace(/\s+/gu, "").toLowerCase();
}

/** A barcode by what it means: a UPC and the same as an EAN are one, so zeros stand in front. */
export function barcodeKey(text: string): string {
  const plain = text.trim();
  return /^(\d{8}|\d{12,14})$/.test(plain) ? plain.padStart(14, "0") : codeKey(plain);
}

/** Does the last digit of a GTIN fit? What is no GTIN is never called wrong. */
export function barcodeFits(text: string): boolean {
  const key = barcodeKey(text);
  if (!/^\d{14}$/.test(key)) {
    return true;
  }
  let sum = 0;
  for (let i = 0; i < 13; i++) {
    sum += Number(key[i]) * (i % 2 === 0 ? 3 : 1);
  }
  return (10 - (sum % 10)) % 10 === Number(key[13]);
}

/** No person types a whole code with less than this between the keys. */
const KEY_GAP_MS = 60;
const CODE_LENGTH_MIN = 3;

/** Reads keys pressed outside of any field; a code is given when a scanner ends it with Enter. */
export class Wedge {
  private typed = "";
  private lastMs = -Infinity;

  key(key: string, atMs: number): string | null {
    if (atMs - this.lastMs > KEY_GAP_MS) {
      this.typed = "";
    }
    this.lastMs = atMs;
    if (key === "Enter" || key === "Tab") {
      const code = this.typed.trim();
      this.typed = "";
      return code.length >= CODE_LENGTH_MIN ? code : null;
    }
    if (key.length === 1) {
      this.typed += key;
    }
    return null;
  }

  /** Is a scanner typing at this moment? Then its keys are no shortcuts. */
  get busy(): boolean {
    return this.typed.length > 1;
  }
}

const GONE_AFTER_MS = 900;

/**
 * Lets a code through when it comes into view, not while it stays there. Gone is what a look did not
 * find a moment after it was last seen: a slow phone looks seldom, and its looks alone make nothing new.
 */
export class Repeats {
  private seen = new Map<string, number>();

  fresh(codes: readonly string[], atMs: number): string[] {
    for (const [code, lastMs] of this.seen) {
      if (!codes.includes(code) && atMs - lastMs > GONE_AFTER_MS) {
        this.seen.delete(code);
      }
    }
    const fresh = codes.filter((code, i) => !this.seen.has(code) && codes.indexOf(code) === i);
    for (const code of codes) {
      this.seen.set(code, atMs);
    }
    return fresh;
  }
}

/* ---- the camera, where the browser can read barcodes ---- */

interface Detector {
  detect(source: CanvasImageSource): Promise<{ rawValue: string }[]>;
}
interface DetectorKind {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats(): Promise<string[]>;
}

const FORMATS = ["ean_13", "ean_8", "upc_a", "upc_e", "code_128", "code_39", "itf", "qr_code",
  "data_matrix"];

function detectorKind(): DetectorKind | undefined {
  return (globalThis as { BarcodeDetector?: DetectorKind }).BarcodeDetector;
}

/** Why the camera cannot be used here; null: it can be tried. */
export function cameraObstacle(): string | null {
  if (!globalThis.isSecureContext || !navigator.mediaDevices?.getUserMedia) {
    return "This browser gives the camera only to pages that come by https.";
  }
  if (!detectorKind()) {
    return "This browser cannot read barcodes by itself; Chrome on Android can. A scanner " +
      "that types works everywhere.";
  }
  return null;
}

/** Shows the camera in `video` and tells every code that comes into view. Call what it gives to end it. */
export async function cameraStart(
  video: HTMLVideoElement,
  onCode: (code: string) => void,
): Promise<() => void> {
  const kind = detectorKind();
  if (!kind) {
    throw new Error(cameraObstacle() ?? "no barcode detector");
  }
  const offered = await kind.getSupportedFormats();
  const detector = new kind({ formats: FORMATS.filter((format) => offered.includes(format)) });
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: "environment", width: { ideal: 1280 } },
    audio: false,
  });
  const repeats = new Repeats();
  let timer = 0;
  let ended = false;
  const release = () => {
    for (const track of stream.getTracks()) {
      track.stop();
    }
    video.srcObject = null;
  };
  video.srcObject = stream;
  try {
    await video.play();
  } catch (error) {
    release(); // whoever left meanwhile must not leave the camera on
    throw error;
  }
  const look = async () => {
    try {
      const found = await detector.detect(video);
      for (const code of repeats.fresh(found.map((f) => f.rawValue), performance.now())) {
        onCode(code);
      }
    } catch {
      // A frame that cannot be read is followed by another one.
    }
    if (!ended) {
      timer = window.setTimeout(look, 120);
    }
  };
  void look();
  return () => {
    ended = true;
    window.clearTimeout(timer);
    release();
  };
}
