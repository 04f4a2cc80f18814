// SPDX-License-Identifier: Apache-2.0
/*
 * drill_report - a file that `truecount drill --report FILE` wrote, read on this device and nowhere
 * else. What is no such file is told in a sentence.
 */

export interface Spread {
  count: number;
  mean_ms: number;
  p50_ms: number;
  p95_ms: number;
  p99_ms: number;
  max_ms: number;
}

export interface DrillWay {
  way: string;
  oversold: number;
  above_longest_ms: number;
  [figure: string]: unknown;
}

export interface DrillScenario {
  name: string;
  good: boolean;
  settled: boolean;
  verified: boolean;
  orders: number;
  orders_booked: number;
  units: number;
  units_booked_wrong: number;
  refused: number;
  deliveries: number;
  duplicates: number;
  pushes: number;
  pushes_saved: number;
  listings: number;
  disagreeing: number;
  oversold: number;
  converged_ms: number;
  above_longest_ms: number;
  above_longest_where: string;
  exposure?: number;
  all_channels?: Record<string, Spread>;
  otherwise?: DrillWay[];
  samples?: unknown[];
}

export interface DrillReport {
  started_at: string;
  seed: number;
  seconds: number;
  orders_per_second: number;
  channels: string;
  good: boolean;
  scenarios: DrillScenario[];
}

export type ReadDrill = { ok: true; report: DrillReport } | { ok: false; why: string };

export const DRILL_BYTES_MAX = 16 * 1024 * 1024;
const VERSION = 1;
const FIGURES = ["orders", "orders_booked", "units", "oversold", "converged_ms", "disagreeing",
  "pushes", "deliveries"] as const;

function no(why: string): ReadDrill {
  return { ok: false, why };
}

export function readDrill(text: string): ReadDrill {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return no("This file is not JSON. Choose the one that was written by --report.");
  }
  const file = (value ?? {}) as Record<string, unknown>;
  if (file.report !== "truecount drill") {
    return no("This is JSON, and no report of a drill.");
  }
  if (file.version !== VERSION) {
    return no(`This report is of version ${String(file.version)}; this page reads ${VERSION}.`);
  }
  const scenarios = file.scenarios;
  if (!Array.isArray(scenarios) || scenarios.length === 0) {
    return no("This report has no scenarios: the drill was ended before its first one was.");
  }
  for (const scenario of scenarios as Record<string, unknown>[]) {
    const bad = FIGURES.find((name) => typeof scenario?.[name] !== "number");
    if (typeof scenario?.name !== "string" || bad) {
      return no(`A scenario of this report has no ${bad ?? "name"}.`);
    }
  }
  return { ok: true, report: file as unknown as DrillReport };
}
