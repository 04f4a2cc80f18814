// SPDX-License-Identifier: Apache-2.0
// A read that stays fresh: again when something it is about happens, at most once a second; every five
// seconds while there is no live stream. What was read before is shown at once when one comes back.
import { useEffect, useRef, useState } from "preact/hooks";
import { get, serverNow } from "../api/client.ts";
import { type EventType, listen, liveState } from "./live.ts";

const GAP_MS = 1000;
const POLL_MS = 5000;
const KEPT = 200;

interface Kept {
  data: unknown;
  at: number;
}
const kept = new Map<string, Kept>();

function keep(path: string, data: unknown, at: number): void {
  kept.delete(path);
  kept.set(path, { data, at });
  if (kept.size > KEPT) {
    kept.delete(kept.keys().next().value!);
  }
}

/** Nothing of one person is shown to the next. */
export function forgetAll(): void {
  kept.clear();
}

export interface Query<T> {
  data: T | null;
  error: unknown;
  /** When the data was read, by the server's clock; 0 before. */
  at: number;
  isLoading: boolean;
  reload: () => Promise<void>;
}

export interface QueryOptions {
  /** Read again when one of these happens. */
  on?: EventType[];
  /** Of these, only those that pass. */
  only?: (type: EventType, data: Record<string, unknown>) => boolean;
  /** Read again every so many milliseconds, whatever happens. */
  every?: number;
  /** While another path is read, show what the one before gave: a window of time that moves on. */
  keep?: boolean;
}

/** `path` null: nothing is read yet. */
export function useQuery<T>(path: string | null, options: QueryOptions = {}): Query<T> {
  const [, redraw] = useState(0);
  const latest = useRef(options);
  latest.current = options;
  const errors = useRef<{ path: string; error: unknown } | null>(null);
  const reloads = useRef<() => Promise<void>>(async () => {});

  useEffect(() => {
    if (path === null) {
      return undefined;
    }
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last = 0;
    let running = false;
    let again = false;

    const load = async () => {
      if (running) {
        again = true;
        return;
      }
      running = true;
      last = Date.now();
      try {
        const data = await get<T>(path, undefined, abort.signal);
        keep(path, data, serverNow());
        errors.current = null;
      } catch (error) {
        if (abort.signal.aborted) {
          return;
        }
        errors.current = { path, error };
      } finally {
        running = false;
      }
      redraw((n) => n + 1);
      if (again) {
        again = false;
        soon();
      }
    };
    const soon = () => {
      timer ??= setTimeout(
        () => {
          timer = undefined;
          void load();
        },
        Math.max(0, last + GAP_MS - Date.now()),
      );
    };
    const stop = listen(({ type, data }) => {
      const { on, only } = latest.current;
      if (!on || document.hidden) {
        return;
      }
      if (type === "reset" || (on.includes(type) && (!only || only(type, data as Record<string, unknown>)))) {
        soon();
      }
    });
    const beat = setInterval(() => {
      const { on, every } = latest.current;
      const due = every ?? (on && liveState() !== "live" ? POLL_MS : Infinity);
      // Also after an error: a server that was started again is found without a hand.
      if (!document.hidden && Date.now() - last >= (errors.current ? Math.min(due, POLL_MS) : due)) {
        void load();
      }
    }, 500);
    const onShow = () => {
      if (!document.hidden && latest.current.on) {
        soon();
      }
    };
    document.addEventListener("visibilitychange", onShow);
    reloads.current = load;
    void load();
    return () => {
      abort.abort();
      stop();
      clearInterval(beat);
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", onShow);
    };
  }, [path]);

  const before = useRef<Kept | undefined>(undefined);
  const known = path === null ? undefined : (kept.get(path) ?? (options.keep ? before.current : undefined));
  before.current = known;
  const error = errors.current?.path === path ? errors.current?.error : null;
  return {
    data: (known?.data as T | undefined) ?? null,
    error,
    at: known?.at ?? 0,
    isLoading: path !== null && !known && !error,
    reload: () => reloads.current(),
  };
}
