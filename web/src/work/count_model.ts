// SPDX-License-Identifier: Apache-2.0
/*
 * count_model - what a person has counted on this device, and how much of it the server knows.
 *
 * Pure: every function gives a new state. A figure per SKU; each scan raises it by one and stamps
 * it with its own instant, for the server compares it with the ledger at that instant. What was
 * not sent yet survives a reload (`remember`, `recall`) and a stock room without reception.
 *
 * Nothing here ever makes a zero by itself. "0 counted" is a claim that books units away, so the
 * first scan of a SKU can be taken back only as long as the server has not heard of it.
 */

export interface Line {
  sku: string;
  /** null: nobody has counted it yet (the session asks for it). */
  counted: number | null;
  countedAt: string | null;
  /** What the server has; null: nothing. */
  sent: number | null;
}

export interface CountState {
  lines: ReadonlyMap<string, Line>;
  /** Newest last: what scans did, to take them back. */
  undo: readonly { sku: string; before: number | null; beforeAt: string | null }[];
  last: string | null;
}

export interface ServerLine {
  sku: string;
  counted: number | null;
  counted_at: string | null;
}

export const QUANTITY_MAX = 1_000_000_000;
const UNDO_MAX = 50;

export function countFrom(lines: readonly ServerLine[]): CountState {
  return {
    lines: new Map(
      lines.map((line) => [
        line.sku,
        {
          sku: line.sku,
          counted: line.counted,
          countedAt: line.counted_at,
          sent: line.counted,
        },
      ]),
    ),
    undo: [],
    last: null,
  };
}

function withLine(state: CountState, line: Line, undo: CountState["undo"]): CountState {
  const lines = new Map(state.lines);
  lines.set(line.sku, line);
  return { lines, undo, last: line.sku };
}

/** The figure that a person typed, or that a scan made. Out of bounds changes nothing. */
export function countSet(state: CountState, sku: string, figure: number, at: string): CountState {
  if (!Number.isInteger(figure) || figure < 0 || figure > QUANTITY_MAX) {
    return state;
  }
  const was = state.lines.get(sku);
  const before = was?.counted ?? null;
  const beforeAt = was?.countedAt ?? null;
  const undo = [...state.undo, { sku, before, beforeAt }].slice(-UNDO_MAX);
  const line = { sku, counted: figure, countedAt: at, sent: was?.sent ?? null };
  return withLine(state, line, undo);
}

export function countScan(state: CountState, sku: string, at: string): CountState {
  return countSet(state, sku, (state.lines.get(sku)?.counted ?? 0) + 1, at);
}

/** Can the last step be taken back? Not to "never counted" once the server has heard of it. */
export function countUndoable(state: CountState): boolean {
  const step = state.undo.at(-1);
  if (!step) {
    return false;
  }
  return step.before !== null || (state.lines.get(step.sku)?.sent ?? null) === null;
}

export function countUndo(state: CountState, at: string): CountState {
  const step = state.undo.at(-1);
  if (!step || !countUndoable(state)) {
    return state;
  }
  const undo = state.undo.slice(0, -1);
  const was = state.lines.get(step.sku);
  const sent = was?.sent ?? null;
  // What the server has of it was replaced: the figure that comes back is a new thing to say.
  const countedAt = step.before === sent ? step.beforeAt : at;
  const line = { sku: step.sku, counted: step.before, countedAt, sent };
  return { ...withLine(state, line, undo), last: undo.at(-1)?.sku ?? null };
}

/** What the server must be told, in its words. */
export function countUnsent(
  state: CountState,
): { sku: string; quantity: number; counted_at: string | null }[] {
  const out = [];
  for (const line of state.lines.values()) {
    if (line.counted !== null && line.counted !== line.sent) {
      out.push({ sku: line.sku, quantity: line.counted, counted_at: line.countedAt });
    }
  }
  return out;
}

/** The server has taken these figures. What was scanned meanwhile stays to be sent. */
export function countSent(
  state: CountState,
  taken: readonly { sku: string; quantity: number }[],
): CountState {
  const lines = new Map(state.lines);
  for (const { sku, quantity } of taken) {
    const line = lines.get(sku);
    if (line) {
      lines.set(sku, { ...line, sent: quantity });
    }
  }
  return { ...state, lines };
}

export interface CountSums {
  skus: number;
  units: number;
  asked: number;
  waiting: number;
}

export function countSums(state: CountState): CountSums {
  const sums = { skus: 0, units: 0, asked: 0, waiting: 0 };
  for (const line of state.lines.values()) {
    if (line.counted === null) {
      sums.asked++;
      continue;
    }
    sums.skus++;
    sums.units += line.counted;
    sums.waiting += line.counted === line.sent ? 0 : 1;
  }
  return sums;
}

/** Newest first, as a person expects to see what was just scanned. */
export function countNewest(state: CountState): Line[] {
  return [...state.lines.values()]
    .filter((line) => line.counted !== null)
    .sort((a, b) => (b.countedAt ?? "").localeCompare(a.countedAt ?? ""));
}

/**
 * What this page itself had counted when its screen was left, over what it was given now, which may
 * have been read before: of each SKU the later figure wins.
 */
export function countResume(state: CountState, left: CountState | undefined): CountState {
  if (!left) {
    return state;
  }
  const lines = new Map(state.lines);
  for (const line of left.lines.values()) {
    if ((line.countedAt ?? "") > (lines.get(line.sku)?.countedAt ?? "")) {
      lines.set(line.sku, line);
    }
  }
  return { ...state, lines };
}

/* ---- over a reload ---- */

export function countRemember(state: CountState): string | null {
  const waiting = countUnsent(state);
  return waiting.length > 0 ? JSON.stringify(waiting) : null;
}

/** What was not sent before the reload, over what the server has: the later figure wins. */
export function countRecall(state: CountState, remembered: string | null): CountState {
  if (!remembered) {
    return state;
  }
  let rows: unknown;
  try {
    rows = JSON.parse(remembered);
  } catch {
    return state;
  }
  const lines = new Map(state.lines);
  for (const row of Array.isArray(rows) ? rows : []) {
    const { sku, quantity, counted_at } = (row ?? {}) as Record<string, unknown>;
    if (typeof sku !== "string" || typeof quantity !== "number" ||
      !Number.isInteger(quantity) || quantity < 0) {
      continue;
    }
    const was = lines.get(sku);
    const at = typeof counted_at === "string" ? counted_at : null;
    if (!was || !was.countedAt || (at && at > was.countedAt)) {
      lines.set(sku, { sku, counted: quantity, countedAt: at, sent: was?.sent ?? null });
    }
  }
  return { ...state, lines };
}
