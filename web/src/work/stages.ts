// SPDX-License-Identifier: Apache-2.0
/*
 * stages - where the time of a push went: theirs (their event to our receipt), ours (receipt to
 * commit, commit to sending), theirs again (sending to their confirmation).
 */

export interface LatencyMs {
  their_event_to_receipt: number | null;
  receipt_to_commit: number | null;
  commit_to_send: number | null;
  send_to_confirmation: number | null;
}

export type StageName = "theirs_in" | "commit" | "send" | "theirs_out";

export interface Stage {
  name: StageName;
  label: string;
  ms: number;
  /** of the whole, 0 to 100 */
  percent: number;
}

const STAGES: [StageName, keyof LatencyMs, string][] = [
  ["theirs_in", "their_event_to_receipt", "their sale to us"],
  ["commit", "receipt_to_commit", "booked here"],
  ["send", "commit_to_send", "waited to leave"],
  ["theirs_out", "send_to_confirmation", "until they confirmed"],
];

/** The stages that were measured. A clock of theirs that is ahead makes a stage 0, never negative. */
export function stagesOf(latency: LatencyMs | null): Stage[] {
  if (!latency) {
    return [];
  }
  const measured = STAGES.flatMap(([name, key, label]) => {
    const ms = latency[key];
    return ms === null || ms === undefined ? [] : [{ name, label, ms: Math.max(0, ms) }];
  });
  const total = measured.reduce((sum, s) => sum + s.ms, 0);
  return measured.map((s) => ({ ...s, percent: total > 0 ? (100 * s.ms) / total : 0 }));
}

export function totalMs(stages: readonly Stage[]): number {
  return stages.reduce((sum, s) => sum + s.ms, 0);
}

/** "840 ms", "3.2 s", "4 min 10 s": as exact as a person can use. */
export function took(ms: number | null): string {
  if (ms === null) {
    return "\u2013";
  }
  if (ms < 1000) {
    return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  }
  if (ms < 60_000) {
    return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  }
  const seconds = Math.round(ms / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h} h ${m} min` : `${m} min ${s} s`;
}
