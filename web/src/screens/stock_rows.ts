// SPDX-License-Identifier: Apache-2.0
// The stock list: the server finds and sorts, this keeps which SKUs it named and reads their lines as
// they come into view, with some to spare on both sides.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { get } from "../api/client.ts";
import type { StockLine, StockList } from "../api/types.ts";
import { liveState, listen } from "../app/live.ts";

export const FILTERS = ["all", "low", "owed", "differs", "unlisted", "stale", "bundle"] as const;
export type Filter = (typeof FILTERS)[number];
export type SortKey = "sku" | "available" | "reserved" | "on_hand";

export const LOW = 5;

export interface StockWish {
  q: string;
  filter: Filter;
  sort: SortKey | "";
  down: boolean;
}

const PAGE = 100;
/** A list that depends on what moves is asked for again, no more often than this. */
const LIST_GAP_MS = 5000;
const LINES_GAP_MS = 1000;
const TYPING_MS = 120;

function listQuery(wish: StockWish) {
  return { q: wish.q.trim(), is: wish.filter === "all" ? "" : wish.filter, sort: wish.sort, down: wish.sort && wish.down ? true : "", ids: true, limit: PAGE };
}

export function readLines(ids: readonly string[], signal?: AbortSignal): Promise<StockLine[]> {
  return get<{ items: StockLine[] }>("/v1/stock-list/lines", { ids: ids.join(",") }, signal).then((answer) => answer.items);
}

export interface StockRows {
  /** While one types the answer before stays, and is not `isCurrent`. */
  ids: readonly string[] | null;
  isCurrent: boolean;
  line: (id: string) => StockLine | undefined;
  onView: (first: number, last: number) => void;
  error: unknown;
  reload: () => void;
}

/** Lines by id. Read page by page, the one that is looked at first; a page that moved is read again. */
function useLines(ids: readonly string[] | null) {
  const [, redraw] = useState(0);
  const [error, setError] = useState<unknown>(null);
  const known = useRef(new Map<string, StockLine>());
  const reading = useRef(new Set<number>());
  const view = useRef({ first: 0, last: 0 });
  const all = useRef(ids);
  if (all.current !== ids) {
    all.current = ids;
    reading.current = new Set();
  }

  const keep = useCallback((lines: readonly StockLine[]) => {
    for (const line of lines) {
      known.current.set(line.id, line);
    }
    redraw((n) => n + 1);
  }, []);
  const readPage = useCallback((page: number) => {
    const of = all.current;
    const wanted = of?.slice(page * PAGE, (page + 1) * PAGE).filter((id) => !known.current.has(id)) ?? [];
    if (!wanted.length || reading.current.has(page)) {
      return;
    }
    const mine = reading.current;
    mine.add(page);
    readLines(wanted)
      .then((lines) => {
        setError(null);
        keep(lines);
      })
      .catch(setError)
      .finally(() => mine.delete(page));
  }, []);
  const onView = useCallback((first: number, last: number) => {
    view.current = { first, last };
    const from = Math.floor(first / PAGE);
    const to = Math.floor(Math.max(first, last - 1) / PAGE);
    for (let page = from; page <= to; page++) {
      readPage(page);
    }
    readPage(to + 1);
    if (from > 0) {
      readPage(from - 1);
    }
  }, []);
  const readSeen = useCallback(() => {
    const { first, last } = view.current;
    const seen = all.current?.slice(first, last) ?? [];
    if (seen.length) {
      readLines(seen).then(keep, () => undefined);
    }
  }, []);
  return { known, keep, error, onView, readSeen };
}

export function useStockRows(wish: StockWish): StockRows {
  const key = JSON.stringify(listQuery(wish));
  const [{ of, ids }, setAnswer] = useState<{ of: string; ids: readonly string[] | null }>({ of: "", ids: null });
  const [error, setError] = useState<unknown>(null);
  const [turn, setTurn] = useState(0);
  const lines = useLines(ids);
  const asked = useRef("");

  useEffect(() => {
    const abort = new AbortController();
    const isTyping = asked.current !== "" && asked.current !== key;
    asked.current = key;
    const timer = setTimeout(
      () => {
        get<StockList>("/v1/stock-list", listQuery(wish), abort.signal)
          .then((list) => {
            lines.keep(list.items);
            setAnswer({ of: key, ids: list.ids ?? [] });
            setError(null);
          })
          .catch((failed: unknown) => !abort.signal.aborted && setError(failed));
      },
      isTyping ? TYPING_MS : 0,
    );
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [key, turn]);

  const followed = useRef(false);
  followed.current = wish.filter !== "all" || (wish.sort !== "" && wish.sort !== "sku");
  useEffect(() => {
    let linesAt = 0;
    let listAt = Date.now();
    let moved = false;
    const stop = listen(({ type, data }) => {
      if (type === "reset") {
        moved = true;
        lines.known.current.clear();
      } else if (type === "stock") {
        moved = true;
        const { sku, available } = data as { sku: string; available: number };
        for (const line of lines.known.current.values()) {
          if (line.sku === sku) {
            lines.keep([{ ...line, available }]);
            break;
          }
        }
      } else if (type === "push") {
        moved = true;
      }
    });
    const timer = setInterval(() => {
      const due = moved || liveState() !== "live";
      if (document.hidden || !due) {
        return;
      }
      if (Date.now() - linesAt >= (liveState() === "live" ? LINES_GAP_MS : LIST_GAP_MS)) {
        linesAt = Date.now();
        moved = false;
        lines.readSeen();
      }
      if (followed.current && Date.now() - listAt >= LIST_GAP_MS) {
        listAt = Date.now();
        setTurn((n) => n + 1);
      }
    }, 500);
    return () => {
      stop();
      clearInterval(timer);
    };
  }, []);

  const reload = useCallback(() => {
    lines.known.current.clear();
    setTurn((n) => n + 1);
  }, []);
  return { ids, isCurrent: of === key, line: (id) => lines.known.current.get(id), onView: lines.onView, error: error ?? lines.error, reload };
}
