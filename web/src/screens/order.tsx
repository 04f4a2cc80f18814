// SPDX-License-Identifier: Apache-2.0
// One order: what is open, from where it is served and why, and what it moved.
import { useState } from "preact/hooks";
import { post, seg } from "../api/client.ts";
import type { Delivery, Incident, Movement, Order as OrderRow, OrderLine, Routing } from "../api/types.ts";
import { useQuery } from "../app/query.ts";
import type { ScreenProps } from "../app/routes.ts";
import { plural } from "../ui/format.ts";
import { Button, Card, Empty, Failed, Loaded, Page } from "../ui/parts.tsx";
import { Age, ChannelLink, Num, Said, SkuLink, Tag, Time } from "../ui/text.tsx";
import { Cell, Fold, More, usePages } from "../work/kit.tsx";
import { MovementTable } from "../work/movements.tsx";
import { Verdicts } from "../work/verdicts.tsx";
import { DeliveryState } from "./deliveries.tsx";
import { openUnits, OrderState } from "./orders.tsx";

export default function Order({ params }: ScreenProps) {
  const { channel = "", order = "" } = params;
  const query = useQuery<OrderRow>(`/v1/orders/${seg(channel)}/${seg(order)}`, { on: ["delivery", "stock"] });
  return (
    <Page
      tab={`Order ${order}`}
      title={
        <>
          Order <Said>{order}</Said>
        </>
      }
      sub={
        <>
          <ChannelLink code={channel} /> {query.data && <OrderState order={query.data} />}
        </>
      }
    >
      <Loaded query={query}>
        {(row) => (
          <div class="stack">
            <Incidents channel={channel} order={order} />
            <Lines lines={row.lines} />
            <Where row={row} />
            <Facts row={row} />
            <Moved channel={channel} order={order} />
            <Told channel={channel} order={order} />
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function Incidents({ channel, order }: { channel: string; order: string }) {
  const pages = usePages<Incident>("/v1/incidents", { channel, order, state: "open" }, ["incident"]);
  return (
    <>
      {pages.rows.map((i) => (
        <p key={i.id} class={`note ${i.urgency === "now" ? "now" : "soon"}`}>
          <a href={`/incidents/${seg(i.id)}`}>
            <Said>{i.title}</Said>
          </a>
        </p>
      ))}
    </>
  );
}

function Lines({ lines }: { lines: OrderLine[] }) {
  return (
    <Card title="Lines" bare>
      <Fold label="Lines of the order" head={["What", ["Ordered", "num"], ["Cancelled", "num"], ["Shipped", "num"], ["Came back", "num"], ["Back on sale", "num"], ["Open", "num"], "Served from"]}>
        {lines.map((line) => (
          <tr key={line.id}>
            <th scope="row">
              {line.sku ? <SkuLink sku={line.sku} /> : <Said>{line.remote}</Said>}
              {line.parked && (
                <small class="under">
                  <Tag tone="soon">waits: no listing names it</Tag>
                </small>
              )}
            </th>
            <Cell h="Ordered" num>
              <Num value={line.ordered} />
            </Cell>
            <Cell h="Cancelled" num>
              <Num value={line.cancelled} />
            </Cell>
            <Cell h="Shipped" num>
              <Num value={line.fulfilled} />
            </Cell>
            <Cell h="Came back" num>
              <Num value={line.returned} />
            </Cell>
            <Cell h="Back on sale" num>
              <Num value={line.restocked} />
            </Cell>
            <Cell h="Open" num>
              <b>
                <Num value={openUnits(line)} />
              </b>
            </Cell>
            <Cell h="Served from">
              {line.allocations.length === 0 && <span class="faint">nowhere</span>}
              {line.allocations.map((a) => (
                <span key={`${a.sku} ${a.location}`} class="piece">
                  <Said>{a.location}</Said>
                  <small class="soft">
                    {" "}
                    {a.sku !== line.sku && <Said>{a.sku}</Said>} {[a.reserved && `${a.reserved} reserved`, a.shipped && `${a.shipped} shipped`, a.returned && `${a.returned} back`].filter(Boolean).join(", ")}
                  </small>
                </span>
              ))}
            </Cell>
          </tr>
        ))}
      </Fold>
    </Card>
  );
}

/** Why a location was chosen: the route's own words, as it would decide with the stock of this moment. */
function Where({ row }: { row: OrderRow }) {
  const [routing, setRouting] = useState<Routing | null>(null);
  const [error, setError] = useState<unknown>(null);
  const lines = row.lines.filter((l) => l.sku).map((l) => ({ sku: l.sku!, quantity: openUnits(l) || l.ordered }));
  const named = row.lines.filter((l) => l.location);
  const ask = async () => {
    setError(null);
    try {
      setRouting(await post<Routing>("/v1/routing/try", { channel: row.channel, ...(row.country ? { country: row.country } : {}), ...(row.region ? { region: row.region } : {}), lines }));
    } catch (failed) {
      setError(failed);
    }
  };
  if (lines.length === 0) {
    return null;
  }
  return (
    <Card
      title="Why from there"
      aside={
        <Button small onClick={ask}>
          Ask the route now
        </Button>
      }
    >
      <div class="stack-s">
        {named.length > 0 && (
          <p>
            The channel itself says where {plural(named.length, "line is", "lines are")} served from: {named.map((l) => l.location).join(", ")}. It decides by itself.
          </p>
        )}
        {!routing && !error && (
          <p class="soft">
            One location that has everything comes first, then the route's order. Where units stand was decided when the order came; asking shows how the route would decide with the stock of this moment.
          </p>
        )}
        {error ? <Failed error={error} /> : null}
        {routing && <Verdicts routing={routing} />}
      </div>
    </Card>
  );
}

function Facts({ row }: { row: OrderRow }) {
  return (
    <dl class="pairs">
      <dt>Placed</dt>
      <dd>
        <Time at={row.placed_at} long none="the channel does not say" />
      </dd>
      <dt>Goes to</dt>
      <dd>{[row.region, row.country].filter(Boolean).join(", ") || <span class="faint">not said</span>}</dd>
      <dt>Version</dt>
      <dd>
        <Said>{row.version}</Said>
      </dd>
    </dl>
  );
}

function Moved({ channel, order }: { channel: string; order: string }) {
  const pages = usePages<Movement>("/v1/movements", { channel, order }, ["stock", "delivery"]);
  return (
    <Card title="What it moved" bare>
      {pages.rows.length === 0 && !pages.isLoading ? <Empty title="Nothing was moved by it" /> : <MovementTable rows={pages.rows} label="Movements of the order" />}
      <More pages={pages} what="movements" />
    </Card>
  );
}

function Told({ channel, order }: { channel: string; order: string }) {
  const pages = usePages<Delivery>("/v1/deliveries", { channel, order }, ["delivery"]);
  return (
    <Card title="What the channel told of it" bare>
      {pages.rows.length === 0 && !pages.isLoading ? (
        <Empty title="No message">It was read, or sent by the API.</Empty>
      ) : (
        <Fold label="Messages about the order" head={["Received", "About", "Version", "Outcome"]}>
          {pages.rows.map((d) => (
            <tr key={d.id}>
              <Cell h="Received">
                <a href={`/deliveries/${seg(d.id)}`}>
                  <Age at={d.received_at} />
                </a>
              </Cell>
              <Cell h="About">
                <Said>{d.topic}</Said>
              </Cell>
              <Cell h="Version">
                <Said>{d.version ?? "–"}</Said>
              </Cell>
              <Cell h="Outcome">
                <DeliveryState state={d.state} />
              </Cell>
            </tr>
          ))}
        </Fold>
      )}
      <More pages={pages} what="messages" />
    </Card>
  );
}
