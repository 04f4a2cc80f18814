// SPDX-License-Identifier: Apache-2.0
// Units kept for checkouts: who keeps them, and until when.
import { useState } from "preact/hooks";
import { post, seg } from "../api/client.ts";
import type { Hold } from "../api/types.ts";
import { useNow } from "../app/clock.ts";
import { navigate, useParam } from "../app/router.ts";
import { Dialog } from "../ui/dialog.tsx";
import { stretch } from "../ui/format.ts";
import { Bones, Button, Card, Choice, Empty, Failed, Form, Page } from "../ui/parts.tsx";
import { Age, Num, Said, Tag, type Tone } from "../ui/text.tsx";
import { Cell, ChannelSelect, Fold, More, Select, SkuField, Text, useLater, usePages } from "../work/kit.tsx";
import { type Draft, NO_LINES, SkuLines, linesOf } from "../work/sku_lines.tsx";

const STATES: Record<Hold["state"], [Tone, string]> = {
  open: ["good", "kept"],
  released: ["plain", "let go"],
  expired: ["soon", "ran out"],
  committed: ["plain", "became an order"],
};

export function HoldState({ state }: { state: Hold["state"] }) {
  const [tone, text] = STATES[state];
  return <Tag tone={tone}>{text}</Tag>;
}

/** How long an open one is kept, ticking. */
export function TimeLeft({ hold }: { hold: Hold }) {
  const left = Date.parse(hold.expires_at) - useNow();
  if (hold.state !== "open") {
    return <Age at={hold.expires_at} />;
  }
  return <span class={left < 60_000 ? "soon nowrap" : "nowrap"}>{left > 0 ? `in ${stretch(Math.ceil(left / 1000) * 1000)}` : "now"}</span>;
}

export function heldUnits(hold: Hold): number {
  return hold.lines.reduce((sum, l) => sum + l.quantity, 0);
}

export default function Holds() {
  const [state, setState] = useParam("state", "open");
  const [sku, setSku] = useParam("sku");
  const [isMaking, setMaking] = useState(false);
  const asked = useLater(sku.trim(), 300);
  const pages = usePages<Hold>("/v1/holds", { state: state === "all" ? "" : state, sku: asked, newest_first: true }, ["stock"]);
  const make = (
    <Button kind="first" needs="operate" onClick={() => setMaking(true)}>
      Keep units
    </Button>
  );
  return (
    <Page title="Holds" sub="Units kept for a checkout: on sale nowhere until it is paid, let go, or its time runs out." acts={make}>
      <div class="stack-s">
        <div class="row">
          <Choice
            label="Which holds"
            value={state}
            onChange={setState}
            options={[
              { value: "open", label: "Kept now" },
              { value: "committed", label: "Became orders" },
              { value: "expired", label: "Ran out" },
              { value: "released", label: "Let go" },
              { value: "all", label: "All" },
            ]}
          />
          <SkuField label="SKU" hidden value={sku} onChange={setSku} />
        </div>
        <Card bare>
          {pages.error ? <Failed error={pages.error} retry={pages.reload} /> : null}
          {pages.isLoading ? (
            <Bones />
          ) : pages.rows.length === 0 && !pages.error ? (
            <Empty title={state === "open" ? "Nothing is kept at the moment" : "None like that"} acts={state === "open" ? make : null}>
              A shop keeps units while a buyer pays, by POST /v1/holds; you can keep some by hand, for a customer on the telephone.
            </Empty>
          ) : (
            <Fold label="Holds" head={["For", "What", ["Units", "num"], "Channel", "State", "Runs out"]}>
              {pages.rows.map((h) => (
                <tr key={h.id} class="go" onClick={() => navigate(`/holds/${seg(h.id)}`)}>
                  <th scope="row">
                    <a href={`/holds/${seg(h.id)}`}>
                      <Said>{h.owner}</Said>
                    </a>
                  </th>
                  <Cell h="What">
                    <Said cut>{h.lines.map((l) => l.sku).join(", ")}</Said>
                  </Cell>
                  <Cell h="Units" num>
                    <Num value={heldUnits(h)} />
                  </Cell>
                  <Cell h="Channel">{h.channel ? <Said>{h.channel}</Said> : <span class="faint">any</span>}</Cell>
                  <Cell h="State">
                    <HoldState state={h.state} />
                  </Cell>
                  <Cell h={h.state === "open" ? "Runs out" : "Until"}>
                    <TimeLeft hold={h} />
                  </Cell>
                </tr>
              ))}
            </Fold>
          )}
          <More pages={pages} what="holds" />
        </Card>
      </div>
      {isMaking && <Make sku={sku} onClose={() => setMaking(false)} />}
    </Page>
  );
}

const LENGTHS: [string, string][] = [
  ["900", "15 minutes"],
  ["3600", "an hour"],
  ["14400", "4 hours"],
  ["86400", "a day"],
];

function Make({ sku, onClose }: { sku: string; onClose: () => void }) {
  const [owner, setOwner] = useState("");
  const [channel, setChannel] = useState("");
  const [length, setLength] = useState("3600");
  const [lines, setLines] = useState<Draft[]>(sku ? [{ sku, quantity: "1" }] : NO_LINES);
  const goods = linesOf(lines);
  const send = async () => {
    const made = await post<Hold>("/v1/holds", {
      owner: owner.trim(),
      ...(channel ? { channel } : {}),
      expires_in: Number(length),
      lines: goods,
    });
    navigate(`/holds/${seg(made.id)}`);
  };
  return (
    <Dialog title="Keep units" onClose={onClose}>
      <Form
        onSubmit={send}
        send="Keep them"
        disabled={!owner.trim() || goods === null}
        acts={
          <Button onClick={onClose}>Not now</Button>
        }
      >
        <Text label="For" value={owner} onChange={setOwner} required help="A name, a cart. Who keeps something already has it replaced by this." attributes={{ maxLength: 255 }} />
        <div class="two">
          <ChannelSelect label="Sold on" none="Any channel" value={channel} onChange={setChannel} />
          <Select label="For how long" value={length} onChange={setLength} options={LENGTHS} />
        </div>
        <SkuLines legend="What is kept" lines={lines} onChange={setLines} />
      </Form>
    </Dialog>
  );
}
