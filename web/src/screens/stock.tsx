// SPDX-License-Identifier: Apache-2.0
// All items: found as one types, filtered, and their buffers changed many at a time.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { all, patch, seg, serverNow } from "../api/client.ts";
import type { Difference, Listing, Sku, Stock } from "../api/types.ts";
import { listen } from "../app/live.ts";
import { useParam } from "../app/router.ts";
import { may } from "../app/session.ts";
import { Confirm } from "../ui/dialog.tsx";
import { age, count, plural } from "../ui/format.ts";
import { Bones, Button, Card, Choice, Empty, Failed, Field, Page } from "../ui/parts.tsx";
import { Num, Said, SkuLink, Tag } from "../ui/text.tsx";
import { toast } from "../ui/toast.tsx";
import { VirtualRows } from "../ui/virtual.tsx";
import { FILTERS, type Filter, LOW, type SortKey, type StockRow, passes, sortRows, stockRows } from "./stock_rows.ts";
import { Tables } from "./stock_tables.tsx";

const ROW = 52;
const MOST = 1_000_000;
const AT_ONCE = 6;

const NAMES: Record<Filter, string> = {
  all: "All",
  low: `Low (${LOW} or fewer)`,
  negative: "Owed",
  drifting: "Differing",
  unlinked: "On no channel",
  stale: "Not confirmed for a day",
  bundle: "Bundles",
};

interface Lists {
  skus: Sku[];
  stocks: Map<string, Stock>;
  listings: Listing[];
  differences: Difference[];
  isWhole: boolean;
}

/** Everything once, then only what moves: what the stream says of a SKU is put into its row. */
function useLists() {
  const [lists, setLists] = useState<Lists | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [turn, setTurn] = useState(0);
  const moved = useRef(new Map<string, number>());
  useEffect(() => {
    const abort = new AbortController();
    let skus: Sku[] = [];
    let stocks: Stock[] = [];
    const show = (listings: Listing[], differences: Difference[], isWhole: boolean) =>
      setLists({ skus: [...skus], stocks: new Map(stocks.map((s) => [s.sku, s])), listings, differences, isWhole });
    const read = async () => {
      let last = 0;
      const partly = () => {
        if (Date.now() - last > 700) {
          last = Date.now();
          show([], [], false);
        }
      };
      await Promise.all([
        all<Sku>("/v1/skus", {}, MOST, (rows) => { skus = rows; partly(); }, abort.signal),
        all<Stock>("/v1/stock", {}, MOST, (rows) => { stocks = rows; partly(); }, abort.signal),
      ]);
      show([], [], false);
      const [listings, differences] = await Promise.all([
        all<Listing>("/v1/listings", {}, MOST, undefined, abort.signal),
        all<Difference>("/v1/drift", { state: "open" }, 10_000, undefined, abort.signal),
      ]);
      show(listings, differences, true);
      setError(null);
    };
    read().catch((failed: unknown) => {
      if (!abort.signal.aborted) {
        setError(failed);
      }
    });
    return () => abort.abort();
  }, [turn]);
  useEffect(() => {
    const stop = listen(({ type, data }) => {
      if (type === "stock") {
        const { sku, available } = data as { sku: string; available: number };
        moved.current.set(sku, available);
      }
    });
    const timer = setInterval(() => {
      if (moved.current.size && !document.hidden) {
        const news = moved.current;
        moved.current = new Map();
        setLists((now) => {
          if (!now) {
            return now;
          }
          const stocks = new Map(now.stocks);
          for (const [sku, available] of news) {
            const known = stocks.get(sku);
            if (known) {
              // What left available went to orders, as far as this list can know; opening the item tells.
              stocks.set(sku, { ...known, available });
            }
          }
          return { ...now, stocks };
        });
      }
    }, 1000);
    return () => {
      stop();
      clearInterval(timer);
    };
  }, []);
  return { lists, error, reload: () => setTurn((n) => n + 1) };
}

function BulkBuffer({ rows, onClose, onDone }: { rows: StockRow[]; onClose: () => void; onDone: () => void }) {
  const [buffer, setBuffer] = useState("");
  const [done, setDone] = useState(0);
  const confirm = async () => {
    const value = buffer === "" ? null : Number(buffer);
    const queue = [...rows];
    const failed: string[] = [];
    const work = async () => {
      for (let row = queue.shift(); row; row = queue.shift()) {
        try {
          await patch(`/v1/skus/${seg(row.sku.sku)}`, { buffer: value });
        } catch {
          failed.push(row.sku.sku);
        }
        setDone((n) => n + 1);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    if (failed.length) {
      throw new Error(`${plural(failed.length, "item was", "items were")} not changed: ${failed.slice(0, 5).join(", ")}. Try them again.`);
    }
    toast(`${plural(rows.length, "item")}: the buffer is ${value === null ? "no longer set" : value}.`);
    onDone();
  };
  return (
    <Confirm title={`Buffer of ${plural(rows.length, "item")}`} send="Set it" onClose={onClose} onConfirm={confirm}>
      <Field label="Units held back" help="On every channel that has no rule of its own. Empty: none is set.">
        <input name="buffer" type="number" min={0} step={1} autofocus value={buffer} onInput={(e) => setBuffer(e.currentTarget.value)} />
      </Field>
      {done > 0 && <progress class="bar" max={rows.length} value={done} aria-label="Changed so far" />}
    </Confirm>
  );
}

function Row({ row, picked, onPick, now }: { row: StockRow; picked: boolean; onPick: (on: boolean) => void; now: number }) {
  const { sku, stock } = row;
  const isBundle = sku.components.length > 0;
  return (
    <div class="stock-row" role="row">
      <span role="cell">
        <input type="checkbox" aria-label={`Choose ${sku.sku}`} checked={picked} onChange={(e) => onPick(e.currentTarget.checked)} />
      </span>
      <span role="cell" class="name">
        <span class="cut">
          <SkuLink sku={sku.sku} /> {isBundle && <Tag>bundle</Tag>} {row.differs && <Tag tone="soon">differs</Tag>}
        </span>
        <span class="cut small soft">
          <Said>{[sku.product, sku.title].filter(Boolean).join(", ")}</Said>
        </span>
      </span>
      <span role="cell" class={`num ${(stock?.available ?? 0) < 0 ? "now" : ""}`}>
        <b>
          <Num value={stock?.available} />
        </b>
      </span>
      <span role="cell" class="num roomy">
        <Num value={stock?.reserved} />
      </span>
      <span role="cell" class="num roomy">
        <Num value={stock?.on_hand} />
      </span>
      <span role="cell" class="num roomy">
        <Num value={sku.buffer} none="" />
      </span>
      <span role="cell" class="num roomy">{row.listings || <span class="faint">none</span>}</span>
      <span role="cell" class="num roomy small soft">{row.seenAt ? age(row.seenAt, now) : row.seenAt === 0 ? "never" : ""}</span>
    </div>
  );
}

export default function StockScreen() {
  const { lists, error, reload } = useLists();
  const [q, setQ] = useParam("q");
  const [filterText, setFilter] = useParam("filter", "all");
  const [sortText, setSort] = useParam("sort");
  const [tables, setTables] = useState(false);
  const [bulk, setBulk] = useState(false);
  const [picked, setPicked] = useState<Set<string>>(new Set());
  const filter = FILTERS.find((f) => f === filterText) ?? "all";
  const down = sortText.startsWith("-");
  const sortKey = sortText.replace("-", "") as SortKey | "";
  const now = serverNow();
  const rows = useMemo(() => (lists ? stockRows(lists.skus, [...lists.stocks.values()], lists.listings, lists.differences) : []), [lists]);
  const shown = useMemo(() => {
    const words = q.toLowerCase().split(/\s+/).filter(Boolean);
    const kept = rows.filter((row) => passes(row, filter, words, now));
    return sortKey ? sortRows(kept, sortKey, down) : kept;
  }, [rows, q, filter, sortKey, down]);
  const chosen = shown.filter((row) => picked.has(row.sku.sku));
  const pick = (sku: string, on: boolean) => {
    const next = new Set(picked);
    if (on) {
      next.add(sku);
    } else {
      next.delete(sku);
    }
    setPicked(next);
  };
  const head = (key: SortKey, label: string, extra = "") => (
    <span role="columnheader" class={`${key === "sku" ? "" : "num"} ${extra}`} aria-sort={sortKey === key ? (down ? "descending" : "ascending") : "none"}>
      <button type="button" class="sort" onClick={() => setSort(sortKey === key ? (down ? "" : `-${key}`) : key)}>
        {label}
        {sortKey === key && (down ? " ↓" : " ↑")}
      </button>
    </span>
  );
  return (
    <Page
      title="Stock"
      sub={lists ? `${plural(lists.skus.length, "item")}${lists.isWhole ? "" : ", still reading"}` : undefined}
      acts={<Button onClick={() => setTables(true)}>Tables</Button>}
    >
      <div class="stack-s">
        <div class="row">
          <input class="filter" type="search" aria-label="Filter by SKU, barcode or title" placeholder="SKU, barcode or title" value={q} onInput={(e) => setQ(e.currentTarget.value)} />
          <Choice label="Filter" value={filter} options={FILTERS.map((f) => ({ value: f, label: NAMES[f] }))} onChange={setFilter} />
        </div>
        {error ? <Failed error={error} retry={reload} /> : null}
        {!lists ? (
          !error && <Card bare><Bones rows={10} /></Card>
        ) : lists.skus.length === 0 ? (
          <Card>
            <Empty title="No item yet" acts={<><a class="button first" href="/channels">Connect a channel</a><Button onClick={() => setTables(true)}>Bring a table in</Button></>}>
              Connect a channel and import its catalogue, or bring a table of items in.
            </Empty>
          </Card>
        ) : (
          <Card bare class="stock-list">
            <div role="table" aria-label="Items" aria-rowcount={shown.length + 1}>
              <div role="rowgroup" class="stock-head">
                {chosen.length > 0 ? (
                  <div class="row picked" role="row">
                    <span role="cell" class="grow">
                      <b>{plural(chosen.length, "item")}</b> chosen
                    </span>
                    <span role="cell" class="acts">
                      <Button small needs="operate" onClick={() => setBulk(true)}>
                        Set buffer
                      </Button>
                      <Button small kind="bare" onClick={() => setPicked(new Set())}>
                        Choose none
                      </Button>
                    </span>
                  </div>
                ) : (
                  <div class="stock-row" role="row">
                    <span role="columnheader">
                      <input type="checkbox" aria-label={`Choose all ${count(shown.length)}`} checked={false} disabled={!may("operate")} onChange={() => setPicked(new Set(shown.map((r) => r.sku.sku)))} />
                    </span>
                    {head("sku", "Item")}
                    {head("available", "Available")}
                    {head("reserved", "Reserved", "roomy")}
                    {head("on_hand", "On hand", "roomy")}
                    <span role="columnheader" class="num roomy">Buffer</span>
                    <span role="columnheader" class="num roomy">Channels</span>
                    <span role="columnheader" class="num roomy">Confirmed</span>
                  </div>
                )}
              </div>
              <VirtualRows rows={shown} height={ROW} label="Items">
                {(row) => <Row key={row.sku.id} row={row} picked={picked.has(row.sku.sku)} onPick={(on) => pick(row.sku.sku, on)} now={now} />}
              </VirtualRows>
            </div>
            {shown.length === 0 && (
              <Empty title="No item is like that" acts={<Button onClick={() => { setFilter("all"); setQ(""); }}>Show all</Button>}>
                {q ? "Nothing here has that in its SKU, barcode or title." : "That is good news for most of these filters."}
              </Empty>
            )}
          </Card>
        )}
      </div>
      {tables && <Tables onClose={() => setTables(false)} onDone={reload} />}
      {bulk && (
        <BulkBuffer
          rows={chosen}
          onClose={() => setBulk(false)}
          onDone={() => {
            setPicked(new Set());
            reload();
          }}
        />
      )}
    </Page>
  );
}
