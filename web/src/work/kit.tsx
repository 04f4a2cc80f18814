// SPDX-License-Identifier: Apache-2.0
// What the screens for the work of every day share beside ui/: lists that are read page by page, fields
// for SKUs, places and channels, what waits for a job, what asks before it does.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import { all, get, type List, pathOf, seg } from "../api/client.ts";
import type { Channel, Job, Location, StockList } from "../api/types.ts";
import { type EventType, listen } from "../app/live.ts";
import { useQuery } from "../app/query.ts";

/* ---- lists, page by page ---- */

export interface Pages<T> {
  rows: T[];
  error: unknown;
  isLoading: boolean;
  hasMore: boolean;
  isReading: boolean;
  more: () => void;
  reload: () => void;
}

type Params = Record<string, string | number | boolean | null | undefined>;

const PAGE = 50;
/** Of many rows a filter may leave none on a page: so many pages are asked for at once. */
const PAGES_AT_ONCE = 8;

async function readPage<T>(path: string, params: Params, cursor: string | null, signal: AbortSignal): Promise<List<T>> {
  const rows: T[] = [];
  let next = cursor;
  for (let i = 0; i < PAGES_AT_ONCE; i++) {
    const page: List<T> = await get<List<T>>(path, { limit: PAGE, ...params, cursor: next }, signal);
    rows.push(...page.items);
    next = page.next;
    if (!next || rows.length >= PAGE) {
      break;
    }
  }
  return { items: rows, next };
}

/** `path` null: nothing is read. Read again from the top when one of `on` happens and only a page is shown. */
export function usePages<T>(path: string | null, params: Params = {}, on: EventType[] = []): Pages<T> {
  const key = path === null ? null : pathOf(path, params);
  const [state, set] = useState<{ key: string | null; rows: T[]; next: string | null; pages: number; error: unknown }>({
    key: null,
    rows: [],
    next: null,
    pages: 0,
    error: null,
  });
  const [turn, setTurn] = useState(0);
  const [isReading, setReading] = useState(false);
  const abort = useRef<AbortController | null>(null);
  const latest = useRef({ path, params, state });
  latest.current = { path, params, state };

  const read = async (cursor: string | null) => {
    const { path: from, params: by, state: was } = latest.current;
    if (from === null) {
      return;
    }
    abort.current?.abort();
    const mine = new AbortController();
    abort.current = mine;
    setReading(true);
    try {
      const page = await readPage<T>(from, by, cursor, mine.signal);
      const rows = cursor ? [...was.rows, ...page.items] : page.items;
      set({ key, rows, next: page.next, pages: cursor ? was.pages + 1 : 1, error: null });
    } catch (error) {
      if (!mine.signal.aborted) {
        set({ ...was, key, rows: was.key === key ? was.rows : [], error });
      }
    } finally {
      if (!mine.signal.aborted) {
        setReading(false);
      }
    }
  };

  useEffect(() => {
    void read(null);
    return () => abort.current?.abort();
  }, [key, turn]);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = listen(({ type }) => {
      if ((type === "reset" || on.includes(type)) && on.length > 0 && latest.current.state.pages <= 1 && !document.hidden) {
        timer ??= setTimeout(() => {
          timer = undefined;
          void read(null);
        }, 1000);
      }
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [key]);

  const isMine = state.key === key;
  return {
    rows: isMine ? state.rows : [],
    error: isMine ? state.error : null,
    isLoading: key !== null && !isMine,
    hasMore: isMine && state.next !== null,
    isReading,
    more: () => void read(state.next),
    reload: () => setTurn((n) => n + 1),
  };
}

/* ---- what is there: places, channels ---- */

export function useLocations(): Location[] {
  return useQuery<List<Location>>("/v1/locations?limit=1000").data?.items ?? [];
}

export function useChannels(): Channel[] {
  return useQuery<List<Channel>>("/v1/channels?limit=1000", { on: ["channel"] }).data?.items ?? [];
}

type Change = (value: string) => void;

export function Select(props: { label: string; value: string; onChange: Change; options: [string, string][]; hidden?: boolean; required?: boolean }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id} class={props.hidden ? "said" : undefined}>
        {props.label}
      </label>
      <select id={id} value={props.value} required={props.required} onChange={(e) => props.onChange(e.currentTarget.value)}>
        {props.options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

export function LocationSelect(props: { label?: string; value: string; onChange: Change; none?: string; hidden?: boolean }) {
  const options: [string, string][] = useLocations().filter((l) => l.active || l.code === props.value).map((l) => [l.code, l.name ? `${l.name} (${l.code})` : l.code]);
  return <Select label={props.label ?? "Location"} value={props.value} onChange={props.onChange} hidden={props.hidden ?? false} options={[["", props.none ?? "Choose a location"], ...options]} />;
}

export function ChannelSelect(props: { label?: string; value: string; onChange: Change; none?: string; hidden?: boolean; only?: (c: Channel) => boolean }) {
  const options: [string, string][] = useChannels().filter(props.only ?? (() => true)).map((c) => [c.code, c.code]);
  return <Select label={props.label ?? "Channel"} value={props.value} onChange={props.onChange} hidden={props.hidden ?? false} options={[["", props.none ?? "All channels"], ...options]} />;
}

export function Text(props: {
  label: string;
  value: string;
  onChange: Change;
  help?: string;
  hidden?: boolean;
  type?: "text" | "number" | "search" | "password" | "datetime-local";
  placeholder?: string;
  required?: boolean;
  attributes?: Record<string, unknown>;
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id} class={props.hidden ? "said" : undefined}>
        {props.label}
      </label>
      <input
        id={id}
        value={props.value}
        required={props.required}
        placeholder={props.placeholder}
        aria-describedby={props.help ? `${id}-help` : undefined}
        onInput={(e) => props.onChange(e.currentTarget.value)}
        {...({ type: props.type ?? "text", ...props.attributes } as Record<string, unknown>)}
      />
      {props.help && (
        <span id={`${id}-help`} class="help">
          {props.help}
        </span>
      )}
    </div>
  );
}

/** Units: digits alone, with the number pad on a phone. */
export function Units(props: { label: string; value: string; onChange: Change; hidden?: boolean; required?: boolean; min?: number; max?: number; help?: string }) {
  return (
    <Text
      label={props.label}
      value={props.value}
      onChange={props.onChange}
      hidden={props.hidden ?? false}
      required={props.required ?? false}
      type="number"
      {...(props.help ? { help: props.help } : {})}
      attributes={{ inputMode: "numeric", min: props.min ?? 0, max: props.max ?? 1_000_000_000, step: 1 }}
    />
  );
}

/* ---- a SKU, typed in part or scanned ---- */

export function SkuField(props: { label: string; value: string; onChange: Change; hidden?: boolean; required?: boolean }) {
  const id = useId();
  const asked = useLater(props.value.trim(), 200);
  const found = useQuery<StockList>(asked.length >= 2 ? pathOf("/v1/stock-list", { q: asked, limit: 8 }) : null).data?.items ?? [];
  return (
    <div class="field">
      <label for={id} class={props.hidden ? "said" : undefined}>
        {props.label}
      </label>
      <input
        id={id}
        list={`${id}-list`}
        value={props.value}
        required={props.required}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        placeholder="Code or title"
        onInput={(e) => props.onChange(e.currentTarget.value)}
      />
      <datalist id={`${id}-list`}>
        {found.map((s) => (
          <option key={s.id} value={s.sku}>
            {s.title}
          </option>
        ))}
      </datalist>
    </div>
  );
}

export function useLater<T>(value: T, ms: number): T {
  const [later, set] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => set(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return later;
}

/* ---- a job, until it has ended ---- */

const ENDED = ["done", "failed", "cancelled"];

export function useJob(id: string | null): Job | null {
  const [job, set] = useState<Job | null>(null);
  useEffect(() => {
    set(null);
    if (id === null) {
      return undefined;
    }
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const look = async () => {
      try {
        const now = await get<Job>(`/v1/jobs/${seg(id)}`, undefined, abort.signal);
        set(now);
        if (ENDED.includes(now.state)) {
          return;
        }
      } catch {
        // It is asked again: a job goes on without anybody looking.
      }
      if (!abort.signal.aborted) {
        timer = setTimeout(look, 400);
      }
    };
    void look();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [id]);
  return job;
}

export function hasEnded(job: Job | null): boolean {
  return job !== null && ENDED.includes(job.state);
}

export function JobProgress({ job, what }: { job: Job | null; what: string }) {
  const part = job && job.total > 0 ? Math.min(1, job.done / job.total) : 0;
  const bar = useRef<HTMLElement>(null);
  useEffect(() => {
    if (bar.current) {
      bar.current.style.width = `${Math.max(4, part * 100)}%`;
    }
  }, [part]);
  return (
    <div class="stack-s" role="status">
      <p class="soft">
        {what} {job && job.total > 0 ? `${job.done.toLocaleString("en")} of ${job.total.toLocaleString("en")}` : ""}
      </p>
      <div class="progress">
        <i ref={bar} />
      </div>
    </div>
  );
}

/* ---- everything of a list that has bounds ---- */

export function useAll<T>(path: string | null, params: Params = {}, max = 10_000): { rows: T[]; isDone: boolean; error: unknown; reload: () => void } {
  const key = path === null ? null : pathOf(path, params);
  const [turn, again] = useState(0);
  const [state, set] = useState<{ key: string | null; rows: T[]; isDone: boolean; error: unknown }>({ key: null, rows: [], isDone: false, error: null });
  useEffect(() => {
    if (path === null) {
      return undefined;
    }
    const abort = new AbortController();
    all<T>(path, params, max, (rows) => set({ key, rows: [...rows], isDone: false, error: null }), abort.signal)
      .then((rows) => set({ key, rows, isDone: true, error: null }))
      .catch((error: unknown) => !abort.signal.aborted && set({ key, rows: [], isDone: true, error }));
    return () => abort.abort();
  }, [key, turn]);
  const isMine = state.key === key;
  return { rows: isMine ? state.rows : [], isDone: isMine && state.isDone, error: isMine ? state.error : null, reload: () => again((n) => n + 1) };
}

/** Runs a write once at a time and keeps what went wrong with it. */
export function useDoing(): { isBusy: boolean; error: unknown; run: (what: () => Promise<unknown>) => Promise<boolean>; clear: () => void } {
  const [state, set] = useState<{ isBusy: boolean; error: unknown }>({ isBusy: false, error: null });
  const isAlive = useRef(true);
  useEffect(() => () => {
    isAlive.current = false;
  }, []);
  const run = async (what: () => Promise<unknown>) => {
    set({ isBusy: true, error: null });
    let error: unknown = null;
    try {
      await what();
    } catch (thrown) {
      error = thrown;
    }
    if (isAlive.current) {
      set({ isBusy: false, error });
    }
    return error === null;
  };
  return { ...state, run, clear: () => set({ isBusy: false, error: null }) };
}

/* ---- links by what they mean ---- */

export function OrderLink({ channel, order }: { channel: string; order: string }) {
  return (
    <a href={`/orders/${seg(channel)}/${seg(order)}`}>
      <bdi>{order}</bdi>
    </a>
  );
}

/* ---- tables that fold into cards on a phone ---- */

export function Fold(props: { label: string; head: (string | [string, "num"])[]; children: ComponentChildren }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={props.label}>
      <table class="fold">
        <thead>
          <tr>
            {props.head.map((h, i) =>
              Array.isArray(h) ? (
                <th key={i} scope="col" class="num">
                  {h[0]}
                </th>
              ) : (
                <th key={i} scope="col">
                  {h || <span class="said">What can be done</span>}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>{props.children}</tbody>
      </table>
    </div>
  );
}

/** A cell of a table that folds: on a phone its heading stands before it. */
export function Cell(props: { h?: string; num?: boolean; children?: ComponentChildren; class?: string }) {
  return (
    <td data-h={props.h} class={[props.num ? "num" : "", props.class ?? ""].join(" ").trim() || undefined}>
      {props.children}
    </td>
  );
}

export function More({ pages, what }: { pages: Pages<unknown>; what: string }) {
  if (!pages.hasMore) {
    return null;
  }
  return (
    <p class="more">
      <button type="button" class="button" disabled={pages.isReading} onClick={pages.more}>
        {pages.isReading ? "Reading…" : `More ${what}`}
      </button>
    </p>
  );
}

/** Ranges of time for logs: the last so many hours, or all of it. */
export const SPANS: [string, string][] = [
  ["1h", "The last hour"],
  ["24h", "The last day"],
  ["7d", "The last 7 days"],
  ["31d", "The last 31 days"],
  ["all", "Any time"],
];

const SPAN_MS: Record<string, number> = { "1h": 3.6e6, "24h": 8.64e7, "7d": 6.048e8, "31d": 2.6784e9 };

/** Rounded to a minute, so that the same question has the same answer kept. */
export function useSpan(span: string): string | undefined {
  return useMemo(() => {
    const ms = SPAN_MS[span];
    return ms === undefined ? undefined : new Date(Math.floor((Date.now() - ms) / 60_000) * 60_000).toISOString();
  }, [span]);
}

/** What a download is called, and where it comes from. */
export function Download(props: { href: string; name: string; children: ComponentChildren; small?: boolean }) {
  return (
    <a class={props.small ? "button small" : "button"} href={props.href} download={props.name}>
      {props.children}
    </a>
  );
}
