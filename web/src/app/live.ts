// SPDX-License-Identifier: Apache-2.0
// What happens, as it happens: one EventSource on /v1/stream for the whole page. Where it cannot be
// had, whoever listens asks again every few seconds (app/query.ts).
import { type Watchers, tellAll, useWatch } from "./watch.ts";

export interface Events {
  stock: { sku: string; available: number; version: number };
  push: { listing: string; channel: string; quantity: number; state: string; latency_ms: number | null };
  delivery: { channel: string; order: string | null; state: string; received_at: string };
  incident: { id: string; code: string; state: "open" | "resolved"; title: string };
  channel: { channel?: string; code?: string };
}
export type EventType = keyof Events;
export type LiveState = "off" | "connecting" | "live" | "polling";

const TYPES: EventType[] = ["stock", "push", "delivery", "incident", "channel"];
const AGAIN_MS = 15_000;

type Listener = (event: { type: EventType | "reset"; data: unknown }) => void;

const listeners = new Set<Listener>();
const stateWatchers: Watchers = new Set();
let source: EventSource | null = null;
let again: ReturnType<typeof setTimeout> | undefined;
let state: LiveState = "off";

function enter(next: LiveState): void {
  if (state !== next) {
    state = next;
    tellAll(stateWatchers);
  }
}

function tell(type: EventType | "reset", data: unknown): void {
  for (const listener of [...listeners]) {
    listener({ type, data });
  }
}

function onEvent(type: EventType, event: MessageEvent<string>): void {
  try {
    tell(type, JSON.parse(event.data));
  } catch {
    tell("reset", null); // what cannot be read may have said anything
  }
}

function open(): void {
  clearTimeout(again);
  source?.close();
  enter(state === "polling" ? "polling" : "connecting");
  const stream = new EventSource("/v1/stream");
  source = stream;
  stream.onopen = () => {
    enter("live");
    tell("reset", null); // what happened while it was shut is not known
  };
  stream.addEventListener("reset", () => tell("reset", null));
  for (const type of TYPES) {
    stream.addEventListener(type, (event) => onEvent(type, event as MessageEvent<string>));
  }
  stream.onerror = () => {
    enter("polling");
    if (stream.readyState === EventSource.CLOSED) {
      again = setTimeout(open, AGAIN_MS); // it was refused: the browser does not try again by itself
    }
  };
}

export function startLive(): void {
  if (!source) {
    open();
  }
}

export function stopLive(): void {
  clearTimeout(again);
  source?.close();
  source = null;
  enter("off");
}

export function liveState(): LiveState {
  return state;
}

export function useLiveState(): LiveState {
  useWatch(stateWatchers);
  return state;
}

/** Everything that happens; `reset` means that something may have been missed. Gives back how to stop. */
export function listen(listener: Listener): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}
