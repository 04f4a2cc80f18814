// SPDX-License-Identifier: Apache-2.0
// A stock take on this device: what was scanned, told to the server a moment later, kept over a reload.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { all, ApiError, get, type List, post, seg, serverNow } from "../api/client.ts";
import type { Count, Sku } from "../api/types.ts";
import * as model from "./count_model.ts";
import { codeKey } from "./scan.ts";
import { type Found, SkuIndex } from "./sku_index.ts";

const SEND_AFTER_MS = 2500;
const AGAIN_AFTER_MS = 5000;
const SKUS_MAX = 200_000;

/** As stock takes were left on this page: what a screen is given first may be from before that. */
const left = new Map<string, model.CountState>();

function storeKey(id: string): string {
  return `truecount-count-${id}`;
}

function remember(id: string, text: string | null): void {
  try {
    if (text === null) {
      localStorage.removeItem(storeKey(id));
    } else {
      localStorage.setItem(storeKey(id), text);
    }
  } catch {
    // Storage that is full or shut only means that a reload forgets what was not sent.
  }
}

function recall(id: string): string | null {
  try {
    return localStorage.getItem(storeKey(id));
  } catch {
    return null;
  }
}

export function nowText(): string {
  return new Date(serverNow()).toISOString();
}

/** Every SKU's codes and barcodes, on the device. `isWhole`: all of them are here. */
export function useSkuIndex(): { index: SkuIndex; isWhole: boolean; error: unknown } {
  const index = useRef(new SkuIndex());
  const [state, set] = useState<{ isWhole: boolean; error: unknown; size: number }>({ isWhole: false, error: null, size: 0 });
  useEffect(() => {
    const abort = new AbortController();
    all<Sku>(
      "/v1/skus",
      {},
      SKUS_MAX,
      (rows) => {
        index.current.add(rows.slice(index.current.size));
        set({ isWhole: false, error: null, size: index.current.size });
      },
      abort.signal,
    )
      .then(() => set({ isWhole: true, error: null, size: index.current.size }))
      .catch((error: unknown) => !abort.signal.aborted && set({ isWhole: false, error, size: index.current.size }));
    return () => abort.abort();
  }, []);
  return { index: index.current, isWhole: state.isWhole, error: state.error };
}

/** A code or a barcode that is not on the device yet may be known to the server. */
export async function askServer(index: SkuIndex, code: string): Promise<Found> {
  try {
    const row = await get<Sku>(`/v1/skus/${seg(code)}`);
    index.add([row]);
    return { kind: "one", sku: row };
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) {
      throw error;
    }
  }
  index.add((await get<List<Sku>>("/v1/skus", { q: code, limit: 50 })).items);
  return index.find(code);
}

export interface Counting {
  state: model.CountState;
  scan: (sku: string) => void;
  set: (sku: string, figure: number) => void;
  undo: () => void;
  /** Sends what waits; true when the server has all of it. */
  flush: () => Promise<boolean>;
  error: unknown;
}

export function useCounting(count: Count): Counting {
  const [state, setState] = useState(() =>
    model.countRecall(model.countResume(model.countFrom(count.lines ?? []), left.get(count.id)), recall(count.id)),
  );
  const [error, setError] = useState<unknown>(null);
  const latest = useRef(state);
  const sending = useRef<Promise<boolean> | null>(null);

  const change = useCallback((next: model.CountState) => {
    latest.current = next;
    left.set(count.id, next);
    remember(count.id, model.countRemember(next));
    setState(next);
  }, []);

  const flush = useCallback(async (): Promise<boolean> => {
    if (sending.current) {
      await sending.current;
    }
    const lines = model.countUnsent(latest.current);
    if (lines.length === 0) {
      return true;
    }
    const run = (async () => {
      try {
        await post(`/v1/counts/${seg(count.id)}/lines`, { lines });
        change(model.countSent(latest.current, lines));
        setError(null);
        return true;
      } catch (failed) {
        setError(failed);
        return false;
      } finally {
        sending.current = null;
      }
    })();
    sending.current = run;
    return run;
  }, []);

  useEffect(() => {
    if (model.countUnsent(state).length === 0) {
      return undefined;
    }
    const timer = setTimeout(() => void flush(), error ? AGAIN_AFTER_MS : SEND_AFTER_MS);
    return () => clearTimeout(timer);
  }, [state, error]);

  useEffect(() => {
    const leave = () => document.hidden && void flush();
    document.addEventListener("visibilitychange", leave);
    return () => {
      document.removeEventListener("visibilitychange", leave);
      void flush();
    };
  }, []);

  return {
    state,
    error,
    flush,
    scan: (sku) => change(model.countScan(latest.current, sku, nowText())),
    set: (sku, figure) => change(model.countSet(latest.current, sku, figure, nowText())),
    undo: () => change(model.countUndo(latest.current, nowText())),
  };
}

/** The same code scanned again means the same SKU, also one that a person had to choose. */
export class Chosen {
  private by = new Map<string, string>();

  get(code: string): string | undefined {
    return this.by.get(codeKey(code));
  }

  set(code: string, sku: string): void {
    this.by.set(codeKey(code), sku);
  }
}

let sound: AudioContext | null = null;

/** A person with a scanner looks at the shelf, not at the screen. */
export function ring(good: boolean): void {
  navigator.vibrate?.(good ? 40 : [120, 60, 120]);
  try {
    sound ??= new AudioContext();
    const tone = sound.createOscillator();
    const loud = sound.createGain();
    loud.gain.value = 0.08;
    tone.frequency.value = good ? 1320 : 220;
    tone.connect(loud).connect(sound.destination);
    tone.start();
    tone.stop(sound.currentTime + (good ? 0.06 : 0.3));
  } catch {
    // Without sound it is shown.
  }
}
