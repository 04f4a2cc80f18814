// SPDX-License-Identifier: Apache-2.0
// All items: found as one types, filtered, and their buffers changed many at a time.
import { useState } from "preact/hooks";
import { patch, seg, serverNow } from "../api/client.ts";
import type { StockLine } from "../api/types.ts";
import { useParam } from "../app/router.ts";
import { may } from "../app/session.ts";
import { Confirm } from "../ui/dialog.tsx";
import { age, count, plural } from "../ui/format.ts";
import { Bones, Button, Card, Choice, Empty, Failed, Field, Page } from "../ui/parts.tsx";
import { Num, Said, SkuLink, Tag } from "../ui/text.tsx";
import { toast } from "../ui/toast.tsx";
import { VirtualRows } from "../ui/virtual.tsx";
import { FILTERS, type Filter, LOW, type SortKey, readLines, useStockRows } from "./stock_rows.ts";
import { Tables } from "./stock_tables.tsx";

const ROW = 52;
const AT_ONCE = 6;
const LINES = 200;

const NAMES: Record<Filter, string> = {
  all: "All",
  low: `Low (${LOW} or fewer)`,
  owed: "Owed",
  differs: "Differing",
  unlisted: "On no channel",
  stale: "Not confirmed for a day",
  bundle: "Bundles",
};

function BulkBuffer({ ids, onClose, onDone }: { ids: string[]; onClose: () => void; onDone: () => void }) {
  const [buffer, setBuffer] = useState("");
  const [done, setDone] = useState(0);
  const confirm = async () => {
    const value = buffer === "" ? null : Number(buffer);
    const failed: string[] = [];
    for (let at = 0; at < ids.length; at += LINES) {
      const queue = await readLines(ids.slice(at, at + LINES));
      const work = async () => {
        for (let line = queue.shift(); line; line = queue.shift()) {
          try {
            await patch(`/v1/skus/${seg(line.sku)}`, { buffer: value });
          } catch {
            failed.push(line.sku);
          }
          setDone((n) => n + 1);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
    }
    if (failed.length) {
      throw new Error(`${plural(failed.length, "item was", "items were")} not changed: ${failed.slice(0, 5).join(", ")}. Try them again.`);
    }
    toast(`${plural(ids.length, "item")}: the buffer is ${value === null ? "no longer set" : value}.`);
    onDone();
  };
  return (
    <Confirm title={`Buffer of ${plural(ids.length, "item")}`} send="Set it" onClose={onClose} onConfirm={confirm}>
      <Field label="Units held back" help="On every channel that has no rule of its own. Empty: none is set.">
        <input name="buffer" type="number" min={0} step={1} autofocus value={buffer} onInput={(e) => setBuffer(e.currentTarget.value)} />
      </Field>
      {done > 0 && <progress class="bar" max={ids.length} value={done} aria-label="Changed so far" />}
    </Confirm>
  );
}

function Row({ id, line, picked, onPick, now }: { id: string; line: StockLine | undefined; picked: boolean; onPick: (on: boolean) => void; now: number }) {
  if (!line) {
    return (
      <div class="stock-row" role="row" aria-busy="true" data-id={id}>
        <span role="cell" />
        <span role="cell" class="name">
          <i class="bone" />
        </span>
      </div>
    );
  }
  const seenAt = line.confirmed_at ? Date.parse(line.confirmed_at) : 0;
  return (
    <div class="stock-row" role="row">
      <span role="cell">
        <input type="checkbox" aria-label={`Choose ${line.sku}`} checked={picked} onChange={(e) => onPick(e.currentTarget.checked)} />
      </span>
      <span role="cell" class="name">
        <span class="cut">
          <SkuLink sku={line.sku} /> {line.is_bundle && <Tag>bundle</Tag>} {line.differs && <Tag tone="soon">differs</Tag>}
        </span>
        <span class="cut small soft">
          <Said>{[line.product, line.title].filter(Boolean).join(", ")}</Said>
        </span>
      </span>
      <span role="cell" class={`num ${line.available < 0 ? "now" : ""}`}>
        <b>
          <Num value={line.available} />
        </b>
      </span>
      <span role="cell" class="num roomy">
        <Num value={line.reserved} />
      </span>
      <span role="cell" class="num roomy">
        <Num value={line.on_hand} />
      </span>
      <span role="cell" class="num roomy">
        <Num value={line.buffer} none="" />
      </span>
      <span role="cell" class="num roomy">{line.listings || <span class="faint">none</span>}</span>
      <span role="cell" class="num roomy small soft">{seenAt ? age(seenAt, now) : line.listings ? "never" : ""}</span>
    </div>
  );
}

export default function StockScreen() {
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
  const { ids, isCurrent, line, onView, error, reload } = useStockRows({ q, filter, sort: sortKey, down });
  const chosen = picked.size ? (ids ?? []).filter((id) => picked.has(id)) : [];
  const isAll = filter === "all" && q.trim() === "";
  const pick = (id: string, on: boolean) => {
    const next = new Set(picked);
    if (on) {
      next.add(id);
    } else {
      next.delete(id);
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
      sub={<span role="status">{ids && isCurrent ? `${plural(ids.length, "item")}${isAll ? "" : " like that"}` : "Looking…"}</span>}
      acts={<Button onClick={() => setTables(true)}>Tables</Button>}
    >
      <div class="stack-s">
        <div class="row">
          <input class="filter" type="search" aria-label="Filter by SKU, barcode or title" placeholder="SKU, barcode or title" value={q} onInput={(e) => setQ(e.currentTarget.value)} />
          <Choice label="Filter" value={filter} options={FILTERS.map((f) => ({ value: f, label: NAMES[f] }))} onChange={setFilter} />
        </div>
        {error ? <Failed error={error} retry={reload} /> : null}
        {!ids ? (
          !error && <Card bare><Bones rows={10} /></Card>
        ) : ids.length === 0 && isAll && isCurrent ? (
          <Card>
            <Empty title="No item yet" acts={<><a class="button first" href="/channels">Connect a channel</a><Button onClick={() => setTables(true)}>Bring a table in</Button></>}>
              Connect a channel and import its catalogue, or bring a table of items in.
            </Empty>
          </Card>
        ) : (
          <Card bare class="stock-list">
            <div role="table" aria-label="Items" aria-rowcount={ids.length + 1}>
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
                      <input type="checkbox" aria-label={`Choose all ${count(ids.length)}`} checked={false} disabled={!may("operate")} onChange={() => setPicked(new Set(ids))} />
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
              <VirtualRows rows={ids} height={ROW} label="Items" onView={onView}>
                {(id) => <Row key={id} id={id} line={line(id)} picked={picked.has(id)} onPick={(on) => pick(id, on)} now={now} />}
              </VirtualRows>
            </div>
            {ids.length === 0 && (
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
          ids={chosen}
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
