// SPDX-License-Identifier: Apache-2.0
// One item: where its units are, what every channel shows of it and why, and how it came to that.
import { useState } from "preact/hooks";
import { type List, getTagged, patch, pathOf, seg } from "../api/client.ts";
import type { Availability, Incident, Listing, Movement, Sku, Stock, StockAt } from "../api/types.ts";
import { useQuery } from "../app/query.ts";
import { useParam } from "../app/router.ts";
import type { ScreenProps } from "../app/routes.ts";
import { Dialog } from "../ui/dialog.tsx";
import { count } from "../ui/format.ts";
import { Bones, Button, Card, Empty, Failed, Field, Figure, Form, Page, Table } from "../ui/parts.tsx";
import { Num, Said, SkuLink, Tag } from "../ui/text.tsx";
import { toast } from "../ui/toast.tsx";
import { Adjust, isWay } from "./adjust.tsx";
import { ItemHistory } from "./item_history.tsx";
import { ItemListings } from "./item_listings.tsx";
import { availableLine } from "./item_past.ts";
import { ItemTime } from "./item_time.tsx";
import { incidentName } from "./words.ts";

const HISTORY = 500;

function unavailableText(by: Stock["unavailable_by"]): string {
  return Object.entries(by)
    .map(([reason, n]) => `${reason.replace(/_/g, " ")} ${n}`)
    .join(", ");
}

function Vector({ stock, past }: { stock: Stock; past: boolean }) {
  const row = (at: StockAt) => (
    <tr key={at.location}>
      <th scope="row">{at.location}</th>
      <td class={`num ${at.available < 0 ? "now" : ""}`}>
        <b>
          <Num value={at.available} />
        </b>
      </td>
      <td class="num">
        <Num value={at.reserved} />
      </td>
      <td class="num">
        <Num value={at.held} />
      </td>
      <td class="num">
        <Num value={at.unavailable} />
        {at.unavailable > 0 && <div class="xs soft">{unavailableText(at.unavailable_by)}</div>}
      </td>
      <td class="num">
        <Num value={at.on_hand} />
      </td>
      <td class="num">
        <Num value={at.in_transit} />
      </td>
    </tr>
  );
  return (
    <Card title={past ? "Where its units were" : "Where its units are"} bare>
      {stock.locations.length === 0 ? (
        <Empty title={past ? "It had not moved by then" : "Nowhere yet"} />
      ) : (
        <Table
          label="Units per location"
          head={
            <>
              <th>Location</th>
              <th class="num">Available</th>
              <th class="num">Reserved</th>
              <th class="num">Held</th>
              <th class="num">Unavailable</th>
              <th class="num">On hand</th>
              <th class="num">On its way</th>
            </>
          }
        >
          {stock.locations.map(row)}
        </Table>
      )}
    </Card>
  );
}

function ItemRules({ sku, onClose, onDone }: { sku: Sku; onClose: () => void; onDone: () => unknown }) {
  const [buffer, setBuffer] = useState(sku.buffer?.toString() ?? "");
  const [oversell, setOversell] = useState(sku.oversell);
  const submit = async () => {
    const path = `/v1/skus/${seg(sku.sku)}`;
    const { etag } = await getTagged<Sku>(path);
    await patch(path, { buffer: buffer === "" ? null : Number(buffer), oversell }, { ifMatch: etag });
    toast("The rules hold from now on, on every channel.");
    onClose();
    await onDone();
  };
  return (
    <Dialog title="Rules of this item" onClose={onClose}>
      <Form send="Keep" onSubmit={submit} acts={<button type="button" class="button" onClick={onClose}>Leave it</button>}>
        <Field label="Buffer" help="Units held back on every channel that has no rule of its own. Empty: none is set.">
          <input name="buffer" type="number" min={0} step={1} value={buffer} onInput={(e) => setBuffer(e.currentTarget.value)} />
        </Field>
        <Field label="When it is sold beyond stock" help="Either way the order is booked.">
          <select value={oversell} onChange={(e) => setOversell(e.currentTarget.value as Sku["oversell"])}>
            <option value="deny">that is an incident</option>
            <option value="backorder">it is agreed: the buyer waits</option>
          </select>
        </Field>
      </Form>
    </Dialog>
  );
}

function Open({ incidents }: { incidents: Incident[] }) {
  if (incidents.length === 0) {
    return null;
  }
  return (
    <div class={`note ${incidents.some((i) => i.urgency === "now") ? "now" : "soon"}`}>
      <ul class="stack-s">
        {incidents.slice(0, 3).map((i) => (
          <li key={i.id}>
            <a class="plain-link" href={`/incidents/${i.id}`}>
              <b>{incidentName(i.code)}</b>: <Said>{i.title}</Said>
            </a>
          </li>
        ))}
      </ul>
      {incidents.length > 3 && <a href={`/incidents?sku=${encodeURIComponent(incidents[0]!.sku ?? "")}`}>all {incidents.length}</a>}
    </div>
  );
}

export default function Item({ params }: ScreenProps) {
  const code = params.sku!;
  const path = `/v1/skus/${seg(code)}`;
  const isIt = (_: unknown, data: Record<string, unknown>) => data.sku === undefined || String(data.sku).toUpperCase() === code.toUpperCase();
  const [at] = useParam("at");
  const [doing, setDoing] = useParam("do");
  const [rules, setRules] = useState(false);
  const sku = useQuery<Sku>(path, { every: 30_000 });
  const stock = useQuery<Stock>(`/v1/stock/${seg(code)}`, { on: ["stock"], only: isIt });
  const then = useQuery<Stock>(at ? pathOf(`/v1/stock/${seg(code)}`, { at }) : null, { keep: true });
  const listings = useQuery<List<Listing>>(pathOf("/v1/listings", { sku: code, limit: 1000 }), { on: ["stock", "push"], only: isIt });
  const availability = useQuery<Availability>(`/v1/availability/${seg(code)}`, { on: ["stock"], only: isIt });
  const movements = useQuery<List<Movement>>(pathOf("/v1/movements", { sku: code, newest_first: true, limit: HISTORY }), { on: ["stock"], only: isIt });
  const incidents = useQuery<List<Incident>>(pathOf("/v1/incidents", { sku: code, state: "open" }), { on: ["incident"] });
  const reload = () => Promise.all([sku, stock, listings, availability, movements, incidents].map((q) => q.reload()));

  if (sku.error && !sku.data) {
    return (
      <Page title="No such item">
        <Failed error={sku.error} retry={() => void sku.reload()} />
        <Empty title="Perhaps it is called otherwise" acts={<a class="button" href={`/stock?q=${encodeURIComponent(code)}`}>Look for it</a>} />
      </Page>
    );
  }
  if (!sku.data || !stock.data) {
    return (
      <Page title={<Said>{code}</Said>} tab={code}>
        {stock.error ? <Failed error={stock.error} /> : <Bones rows={8} />}
      </Page>
    );
  }
  const item = sku.data;
  const now = stock.data;
  const shown = at && then.data ? then.data : now;
  const isBundle = item.components.length > 0;
  const about = [item.product, item.title].filter(Boolean).join(", ");
  return (
    <Page
      title={<Said>{item.sku}</Said>}
      tab={item.sku}
      sub={
        <div class="row tight">
          {about && (
            <span class="clamp" title={about}>
              <Said>{about}</Said>
            </span>
          )}
          {item.barcode && (
            <span class="mono small" title="Barcode">
              <bdi>{item.barcode}</bdi>
            </span>
          )}
          {isBundle && <Tag>bundle</Tag>}
          {item.buffer !== null && <Tag>buffer {item.buffer}</Tag>}
          {item.oversell === "backorder" && <Tag>backorder agreed</Tag>}
        </div>
      }
      acts={
        <>
          <Button needs="operate" onClick={() => setRules(true)}>
            Rules
          </Button>
          {!isBundle && (
            <Button kind="first" needs="operate" onClick={() => setDoing("receive")}>
              Move units
            </Button>
          )}
        </>
      }
    >
      <div class="stack">
        <Open incidents={incidents.data?.items ?? []} />
        <Card>
          <dl class="figures">
            <Figure label="available">
              <span class={shown.available < 0 ? "now" : ""}>{count(shown.available)}</span>
            </Figure>
            <Figure label="reserved for orders">{count(shown.reserved)}</Figure>
            <Figure label="held at checkouts">{shown.held > 0 && !at ? <a href={`/holds?sku=${seg(item.sku)}`}>{count(shown.held)}</a> : count(shown.held)}</Figure>
            <Figure label="unavailable">{count(shown.unavailable)}</Figure>
            <Figure label="on hand">{count(shown.on_hand)}</Figure>
            <Figure label="on its way">{count(shown.in_transit)}</Figure>
          </dl>
          {movements.data && <ItemTime points={availableLine(movements.data.items, now)} />}
          {at && then.error ? <Failed error={then.error} /> : null}
          {isBundle && (
            <p class="small soft">
              A bundle owns no stock; it is made of{" "}
              {item.components.map((c, i) => (
                <>
                  {i > 0 && ", "}
                  {c.quantity} × <SkuLink sku={c.sku} />
                </>
              ))}
              .
            </p>
          )}
        </Card>
        {!isBundle && <Vector stock={shown} past={!!at} />}
        {!at && <ItemListings listings={listings.data?.items ?? []} availability={availability.data} onDone={reload} />}
        {movements.data && !isBundle && <ItemHistory movements={movements.data.items} stock={now} hasMore={movements.data.next !== null} />}
      </div>
      {isWay(doing) && <Adjust sku={item.sku} stock={now} start={doing} onClose={() => setDoing("")} onDone={reload} />}
      {rules && <ItemRules sku={item} onClose={() => setRules(false)} onDone={reload} />}
    </Page>
  );
}
