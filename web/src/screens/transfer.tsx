// SPDX-License-Identifier: Apache-2.0
// One transfer: ship it, receive it in parts, say what is damaged and what never came.
import { useState } from "preact/hooks";
import { post, seg } from "../api/client.ts";
import type { Transfer as TransferRow, TransferLine } from "../api/types.ts";
import { useQuery } from "../app/query.ts";
import type { ScreenProps } from "../app/routes.ts";
import { Confirm, Dialog } from "../ui/dialog.tsx";
import { plural, stretch } from "../ui/format.ts";
import { Button, Card, Form, Loaded, Page } from "../ui/parts.tsx";
import { Num, Said, SkuLink, Time } from "../ui/text.tsx";
import { toast } from "../ui/toast.tsx";
import { Cell, Fold, Units } from "../work/kit.tsx";
import { LONG_S, TransferState, unitsOf } from "./transfers.tsx";

type Asking = "ship" | "receive" | "cancel" | null;

export default function Transfer({ params }: ScreenProps) {
  const id = params.id ?? "";
  const path = `/v1/transfers/${seg(id)}`;
  const query = useQuery<TransferRow>(path, { on: ["stock"] });
  const [asking, setAsking] = useState<Asking>(null);
  const row = query.data;
  const step = async (what: string, body: unknown, done: string) => {
    await post(`${path}/${what}`, body);
    await query.reload();
    toast(done);
  };
  return (
    <Page
      tab="Transfer"
      title={
        row ? (
          <>
            <Said>{row.from}</Said> → <Said>{row.to}</Said>
          </>
        ) : (
          "Transfer"
        )
      }
      sub={
        row ? (
          <>
            <TransferState transfer={row} /> {row.reference && <Said>{row.reference}</Said>}
          </>
        ) : null
      }
      acts={row && <Acts row={row} onAsk={setAsking} />}
    >
      <Loaded query={query}>{(data) => <Body row={data} />}</Loaded>
      {row && asking === "ship" && (
        <Confirm title="Ship it?" send="It has left" onClose={() => setAsking(null)} onConfirm={() => step("ship", {}, "On the road.")}>
          <p>
            {plural(unitsOf(row), "unit")} leave <bdi>{row.from}</bdi> and are on sale nowhere until they arrive. All lines or none.
          </p>
        </Confirm>
      )}
      {row && asking === "cancel" && (
        <Confirm title="Call it off?" send="Call it off" kind="danger" onClose={() => setAsking(null)} onConfirm={() => step("cancel", {}, "Called off.")}>
          <p>
            {row.state === "draft" ? "Nothing has left yet, so nothing is booked." : <>What is still on the road goes back to <bdi>{row.from}</bdi>.</>}
          </p>
        </Confirm>
      )}
      {row && asking === "receive" && <Receive row={row} onClose={() => setAsking(null)} onSend={(lines) => step("receive", { lines }, "Booked what arrived.")} />}
    </Page>
  );
}

function Acts({ row, onAsk }: { row: TransferRow; onAsk: (what: Asking) => void }) {
  if (row.state !== "draft" && row.state !== "in_transit") {
    return null;
  }
  return (
    <>
      <Button needs="operate" onClick={() => onAsk("cancel")}>
        Call it off
      </Button>
      {row.state === "draft" ? (
        <Button kind="first" needs="operate" onClick={() => onAsk("ship")}>
          Ship
        </Button>
      ) : (
        <Button kind="first" needs="operate" onClick={() => onAsk("receive")}>
          Receive
        </Button>
      )}
    </>
  );
}

function Body({ row }: { row: TransferRow }) {
  const seconds = row.in_transit_seconds;
  return (
    <div class="stack">
      {seconds !== null && seconds > LONG_S && (
        <p class="note soon">
          On the road for {stretch(seconds * 1000)}. When it is lost, receive it with what never came as missing.
        </p>
      )}
      <Card bare>
        <Fold label="What goes" head={["SKU", ["Units", "num"], ["Arrived", "num"], ["Damaged", "num"], ["Missing", "num"], ["On the road", "num"]]}>
          {row.lines.map((line) => (
            <tr key={line.sku}>
              <th scope="row">
                <SkuLink sku={line.sku} />
              </th>
              <Cell h="Units" num>
                <Num value={line.quantity} />
              </Cell>
              <Cell h="Arrived" num>
                <Num value={line.received} />
              </Cell>
              <Cell h="Damaged" num class={line.damaged ? "differs" : ""}>
                <Num value={line.damaged} />
              </Cell>
              <Cell h="Missing" num class={line.short ? "differs" : ""}>
                <Num value={line.short} />
              </Cell>
              <Cell h="On the road" num>
                <b>
                  <Num value={line.in_transit} />
                </b>
              </Cell>
            </tr>
          ))}
        </Fold>
      </Card>
      <dl class="pairs">
        <dt>Planned</dt>
        <dd>
          <Time at={row.created_at} long />
        </dd>
        <dt>Left</dt>
        <dd>
          <Time at={row.shipped_at} long none="not yet" />
        </dd>
        <dt>Ended</dt>
        <dd>
          <Time at={row.closed_at} long none="not yet" />
        </dd>
      </dl>
      {row.reference && (
        <p>
          <a href={`/ledger?span=all&reference=${encodeURIComponent(row.reference)}`}>Its lines in the ledger</a>
        </p>
      )}
    </div>
  );
}

interface Arrival {
  received: string;
  damaged: string;
  short: string;
}

const number = (text: string) => (/^\d{1,10}$/.test(text) ? Number(text) : 0);
const sum = (a: Arrival) => number(a.received) + number(a.damaged) + number(a.short);

function Receive({ row, onClose, onSend }: { row: TransferRow; onClose: () => void; onSend: (lines: unknown[]) => Promise<void> }) {
  const lines = row.lines.filter((l) => l.in_transit > 0);
  const [arrivals, setArrivals] = useState<Record<string, Arrival>>(
    Object.fromEntries(lines.map((l) => [l.sku, { received: String(l.in_transit), damaged: "0", short: "0" }])),
  );
  const change = (sku: string, part: Partial<Arrival>) => setArrivals({ ...arrivals, [sku]: { ...arrivals[sku]!, ...part } });
  const over = lines.filter((l) => sum(arrivals[l.sku]!) > l.in_transit);
  const booked = lines.filter((l) => sum(arrivals[l.sku]!) > 0);
  const left = lines.reduce((n, l) => n + Math.max(0, l.in_transit - sum(arrivals[l.sku]!)), 0);
  const send = async () => {
    await onSend(
      booked.map((l) => {
        const a = arrivals[l.sku]!;
        return { sku: l.sku, received: number(a.received), damaged: number(a.damaged), short: number(a.short) };
      }),
    );
    onClose();
  };
  return (
    <Dialog title={<>What arrived at <bdi>{row.to}</bdi>?</>} onClose={onClose}>
      <Form
        onSubmit={send}
        send="Book it"
        disabled={over.length > 0 || booked.length === 0}
        acts={
          <button type="button" class="button" onClick={onClose}>
            Not now
          </button>
        }
      >
        <ul class="arrivals">
          {lines.map((line) => (
            <ArrivalLine key={line.sku} line={line} arrival={arrivals[line.sku]!} onChange={(part) => change(line.sku, part)} />
          ))}
        </ul>
        <p class="soft" role="status">
          {over.length > 0
            ? "More than is on the road: book the rest as received goods."
            : left > 0
              ? `${plural(left, "unit stays", "units stay")} on the road and can be received later.`
              : "With this, everything is accounted for."}
        </p>
      </Form>
    </Dialog>
  );
}

function ArrivalLine({ line, arrival, onChange }: { line: TransferLine; arrival: Arrival; onChange: (part: Partial<Arrival>) => void }) {
  const isOver = sum(arrival) > line.in_transit;
  return (
    <li>
      <div class="row">
        <b class="grow">
          <Said>{line.sku}</Said>
        </b>
        <span class={isOver ? "now" : "soft"}>{plural(line.in_transit, "unit")} on the road</span>
      </div>
      <div class="three">
        <Units label="Arrived well" value={arrival.received} max={line.in_transit} onChange={(received) => onChange({ received })} />
        <Units label="Damaged" value={arrival.damaged} max={line.in_transit} onChange={(damaged) => onChange({ damaged })} />
        <Units label="Never came" value={arrival.short} max={line.in_transit} onChange={(short) => onChange({ short })} />
      </div>
    </li>
  );
}
