// SPDX-License-Identifier: Apache-2.0
// What channels told us: every message, and what became of it.
import { seg } from "../api/client.ts";
import type { Delivery } from "../api/types.ts";
import { navigate, useParam } from "../app/router.ts";
import { Bones, Card, Empty, Failed, Page } from "../ui/parts.tsx";
import { Age, ChannelLink, Said, Tag, type Tone } from "../ui/text.tsx";
import { Cell, ChannelSelect, Fold, More, OrderLink, Select, SPANS, Text, useLater, usePages, useSpan } from "../work/kit.tsx";

export const DELIVERY_STATES: Record<Delivery["state"], { tone: Tone; text: string; means: string }> = {
  applied: { tone: "good", text: "booked", means: "It said something new, and that was booked." },
  duplicate: { tone: "plain", text: "nothing new", means: "It said what was known already; nothing changed." },
  stale: { tone: "plain", text: "older", means: "It told of an older version of the order than the one that is booked; nothing changed." },
  parked: { tone: "soon", text: "waits", means: "It is authentic and kept, and could not be booked, or not whole." },
  ignored: { tone: "plain", text: "left alone", means: "It is kept, and nothing was to be booked of it." },
};

export function DeliveryState({ state }: { state: Delivery["state"] }) {
  const { tone, text, means } = DELIVERY_STATES[state];
  return (
    <Tag tone={tone} title={means}>
      {text}
    </Tag>
  );
}

export default function Deliveries() {
  const [channel, setChannel] = useParam("channel");
  const [state, setState] = useParam("state");
  const [order, setOrder] = useParam("order");
  const [span, setSpan] = useParam("span", "all");
  const asked = useLater(order.trim(), 300);
  const pages = usePages<Delivery>("/v1/deliveries", { channel, state, order: asked, from: useSpan(span) }, ["delivery"]);
  const isFiltered = Boolean(channel || state || asked || span !== "all");
  const replay = `/deliveries/replay?${new URLSearchParams([...Object.entries({ channel, state, order: asked })].filter(([, v]) => v)).toString()}`;
  return (
    <Page
      title="Messages"
      sub="Everything the channels told us, newest first, and what became of it."
      acts={
        <a class="button" href={replay}>
          Replay a range
        </a>
      }
    >
      <div class="stack-s">
        <div class="filters">
          <ChannelSelect hidden value={channel} onChange={setChannel} />
          <Select
            label="Outcome"
            hidden
            value={state}
            onChange={setState}
            options={[["", "Any outcome"], ...Object.entries(DELIVERY_STATES).map(([value, { text }]): [string, string] => [value, text])]}
          />
          <Select label="Time" hidden value={span} onChange={setSpan} options={SPANS} />
          <Text label="Order" hidden placeholder="Order" value={order} onChange={setOrder} type="search" />
        </div>
        <Card bare>
          {pages.error ? <Failed error={pages.error} retry={pages.reload} /> : null}
          {pages.isLoading ? (
            <Bones />
          ) : pages.rows.length === 0 && !pages.error ? (
            <Empty title={isFiltered ? "None like that" : "No channel has told us anything yet"}>
              {isFiltered ? "Take a filter away, or look at a longer time." : "Connect a channel: its orders arrive here within a second of being placed."}
            </Empty>
          ) : (
            <Fold label="Messages of channels" head={["Received", "Channel", "About", "Order", "Outcome"]}>
              {pages.rows.map((d) => (
                <tr key={d.id} class="go" onClick={() => navigate(`/deliveries/${seg(d.id)}`)}>
                  <Cell h="Received">
                    <a href={`/deliveries/${seg(d.id)}`}>
                      <Age at={d.received_at} />
                    </a>
                  </Cell>
                  <Cell h="Channel">
                    <ChannelLink code={d.channel} />
                  </Cell>
                  <Cell h="About">
                    <Said>{d.topic || "–"}</Said>
                  </Cell>
                  <Cell h="Order">{d.order ? <OrderLink channel={d.channel} order={d.order} /> : <span class="faint">none</span>}</Cell>
                  <Cell h="Outcome">
                    <DeliveryState state={d.state} />
                    {d.reason && d.state !== "duplicate" && (
                      <small class="soft under">
                        <Said>{d.reason}</Said>
                      </small>
                    )}
                  </Cell>
                </tr>
              ))}
            </Fold>
          )}
          <More pages={pages} what="messages" />
        </Card>
      </div>
    </Page>
  );
}
