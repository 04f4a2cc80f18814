// SPDX-License-Identifier: Apache-2.0
// Orders of all channels, as they stand now.
import type { Order, OrderLine } from "../api/types.ts";
import { seg } from "../api/client.ts";
import { navigate, useParam } from "../app/router.ts";
import { Bones, Card, Empty, Failed, Page } from "../ui/parts.tsx";
import { Age, ChannelLink, Num, Said, SkuLink, Tag } from "../ui/text.tsx";
import { Cell, ChannelSelect, Fold, More, OrderLink, Select, SkuField, SPANS, useLater, usePages, useSpan } from "../work/kit.tsx";

/** Units of a line that somebody still waits for. */
export function openUnits(line: OrderLine): number {
  return Math.max(0, line.ordered - line.cancelled - line.fulfilled);
}

/** Where an order stands, in a word. */
export function OrderState({ order }: { order: Order }) {
  const sum = (of: (l: OrderLine) => number) => order.lines.reduce((n, l) => n + of(l), 0);
  const ordered = sum((l) => l.ordered);
  const open = sum(openUnits);
  return (
    <span class="tags">
      {order.lines.some((l) => l.parked) && <Tag tone="soon">a line waits</Tag>}
      {order.test && <Tag>test</Tag>}
      {order.baseline && <Tag title="It was placed before truecount owned the count: what had left by then moves nothing.">from before</Tag>}
      {ordered > 0 && sum((l) => l.cancelled) >= ordered ? (
        <Tag>cancelled</Tag>
      ) : open > 0 ? (
        <Tag tone="good">{open < ordered ? "partly shipped" : "open"}</Tag>
      ) : sum((l) => l.returned) > 0 ? (
        <Tag>shipped, units came back</Tag>
      ) : (
        <Tag>shipped</Tag>
      )}
    </span>
  );
}

export default function Orders() {
  const [channel, setChannel] = useParam("channel");
  const [sku, setSku] = useParam("sku");
  const [span, setSpan] = useParam("span", "all");
  const asked = useLater(sku.trim(), 400);
  const pages = usePages<Order>("/v1/orders", { channel, sku: asked, from: useSpan(span) }, ["delivery"]);
  const isFiltered = Boolean(channel || asked || span !== "all");
  return (
    <Page title="Orders" sub="As each channel reports them now. An order is a state with a version: told twice, late or out of turn, it is booked once.">
      <div class="stack-s">
        <div class="filters">
          <ChannelSelect hidden value={channel} onChange={setChannel} />
          <Select label="Time" hidden value={span} onChange={setSpan} options={SPANS} />
          <SkuField label="SKU" hidden value={sku} onChange={setSku} />
        </div>
        <Card bare>
          {pages.error ? <Failed error={pages.error} retry={pages.reload} /> : null}
          {pages.isLoading ? (
            <Bones />
          ) : pages.rows.length === 0 && !pages.error ? (
            <Empty title={isFiltered ? "None like that" : "No order yet"}>
              {isFiltered ? "Take a filter away, or look at a longer time." : "They appear as channels tell of them."}
            </Empty>
          ) : (
            <Fold label="Orders" head={["Order", "Channel", "Placed", "To", "What", ["Units", "num"], "State"]}>
              {pages.rows.map((o) => (
                <tr key={`${o.channel} ${o.id}`} class="go" onClick={() => navigate(`/orders/${seg(o.channel)}/${seg(o.id)}`)}>
                  <th scope="row">
                    <OrderLink channel={o.channel} order={o.id} />
                  </th>
                  <Cell h="Channel">
                    <ChannelLink code={o.channel} />
                  </Cell>
                  <Cell h="Placed">
                    <Age at={o.placed_at} none="not said" />
                  </Cell>
                  <Cell h="To">{o.country ?? <span class="faint">not said</span>}</Cell>
                  <Cell h="What">
                    <What lines={o.lines} />
                  </Cell>
                  <Cell h="Units" num>
                    <Num value={o.lines.reduce((n, l) => n + l.ordered, 0)} />
                  </Cell>
                  <Cell h="State">
                    <OrderState order={o} />
                  </Cell>
                </tr>
              ))}
            </Fold>
          )}
          <More pages={pages} what="orders" />
        </Card>
      </div>
    </Page>
  );
}

function What({ lines }: { lines: OrderLine[] }) {
  const first = lines[0];
  if (!first) {
    return <span class="faint">nothing</span>;
  }
  return (
    <>
      {first.sku ? <SkuLink sku={first.sku} /> : <Said>{first.remote}</Said>}
      {lines.length > 1 && <small class="soft"> and {lines.length - 1} more</small>}
    </>
  );
}
