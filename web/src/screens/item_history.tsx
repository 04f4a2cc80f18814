// SPDX-License-Identifier: Apache-2.0
// An item's history like a bank statement: when, what, who, and what was there after it.
import { useState } from "preact/hooks";
import { type List, get } from "../api/client.ts";
import type { Event, Movement, Stock } from "../api/types.ts";
import { difference } from "../ui/format.ts";
import { Button, Card, Empty, Table } from "../ui/parts.tsx";
import { Num, Said, Time } from "../ui/text.tsx";
import { type PastRow, pastRows } from "./item_past.ts";
import { activity } from "./words.ts";

const STEP = 50;

function Who({ movement: m }: { movement: Movement }) {
  if (m.channel && m.order) {
    return (
      <a href={`/orders/${encodeURIComponent(m.channel)}/${encodeURIComponent(m.order)}`}>
        {m.channel} <bdi>{m.order}</bdi>
      </a>
    );
  }
  return (
    <span class="soft">
      {m.channel ?? "by hand"}
      {m.reference && (
        <>
          , <Said>{m.reference}</Said>
        </>
      )}
    </span>
  );
}

/** The log's event behind a movement. The log lists backwards, so the one before the next is it. */
function Source({ id }: { id: string }) {
  const [event, setEvent] = useState<Event | null | "asking">(null);
  const open = async () => {
    setEvent("asking");
    const page = await get<List<Event>>("/v1/events", { cursor: String(BigInt(id) + 1n), limit: 1 });
    setEvent(page.items[0] ?? null);
  };
  if (event === null || event === "asking") {
    return (
      <Button small kind="bare" onClick={open} label={`Source of event ${id}`}>
        {event === "asking" ? "…" : `event ${id}`}
      </Button>
    );
  }
  return (
    <details open class="source">
      <summary class="small">
        event {event.id}, {event.kind}, <Time at={event.at} />
      </summary>
      <pre class="xs mono">{JSON.stringify(event.facts, null, 1)}</pre>
    </details>
  );
}

function change({ movement: m }: PastRow): number {
  return (m.to.bucket === "available" ? m.quantity : 0) - (m.from.bucket === "available" ? m.quantity : 0);
}

export function ItemHistory({ movements, stock, hasMore }: { movements: Movement[]; stock: Stock; hasMore: boolean }) {
  const [shown, setShown] = useState(STEP);
  const rows = pastRows(movements, stock);
  const places = new Set(rows.map((r) => r.location)).size;
  if (rows.length === 0) {
    return (
      <Card title="History">
        <Empty title="It never moved">Count it, or receive units: that is its opening balance. Until then no channel is told anything of it, so that an empty ledger never sells a shop out.</Empty>
      </Card>
    );
  }
  return (
    <Card title="History" bare>
      <Table
        label="History of this item"
        head={
          <>
            <th>When</th>
            <th>Activity</th>
            <th class="roomy">Who</th>
            {places > 1 && <th class="roomy">Where</th>}
            <th class="num">Available</th>
            <th class="num roomy">Reserved</th>
            <th class="num roomy">Held</th>
            <th class="num roomy">Unavailable</th>
            <th class="num roomy">On its way</th>
            <th class="roomy">Source</th>
          </>
        }
      >
        {rows.slice(0, shown).map((row) => {
          const { movement: m, after } = row;
          const moved = change(row);
          return (
            <tr key={m.id}>
              <td>
                <Time at={m.recorded_at} />
              </td>
              <td>
                {activity(m.kind)}
                {moved === 0 && <span class="soft"> ({m.quantity})</span>}
                <div class="small tight-only">
                  <Who movement={m} />
                </div>
                {m.reason && (
                  <div class="small soft">
                    <Said>{m.reason}</Said>
                  </div>
                )}
              </td>
              <td class="roomy">
                <Who movement={m} />
              </td>
              {places > 1 && <td class="roomy">{row.location}</td>}
              <td class="num">
                {moved !== 0 && <span class={`small ${moved < 0 ? "soft" : "good"}`}>{difference(moved)}</span>} <b>{after.available}</b>
              </td>
              <td class="num roomy">
                <Num value={after.reserved} />
              </td>
              <td class="num roomy">
                <Num value={after.held} />
              </td>
              <td class="num roomy">
                <Num value={after.unavailable} />
              </td>
              <td class="num roomy">
                <Num value={after.in_transit} />
              </td>
              <td class="roomy">{m.event && <Source id={m.event} />}</td>
            </tr>
          );
        })}
      </Table>
      {(rows.length > shown || hasMore) && (
        <div class="in row">
          {rows.length > shown && (
            <Button small onClick={() => setShown(shown + 200)}>
              Older
            </Button>
          )}
          {hasMore && shown >= rows.length && <a href={`/ledger?sku=${encodeURIComponent(stock.sku)}`}>All of it stands in the ledger</a>}
        </div>
      )}
    </Card>
  );
}
