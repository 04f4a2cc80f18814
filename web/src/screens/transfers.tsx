// SPDX-License-Identifier: Apache-2.0
// Units on their way from one location to another: what is planned, on the road, arrived.
import { useState } from "preact/hooks";
import { post, seg } from "../api/client.ts";
import type { Transfer } from "../api/types.ts";
import { navigate, useParam } from "../app/router.ts";
import { Dialog } from "../ui/dialog.tsx";
import { stretch } from "../ui/format.ts";
import { Bones, Button, Card, Choice, Empty, Failed, Form, Page } from "../ui/parts.tsx";
import { Age, Num, Said, Tag, type Tone } from "../ui/text.tsx";
import { Cell, Fold, LocationSelect, More, Text, usePages } from "../work/kit.tsx";
import { type Draft, NO_LINES, SkuLines, linesOf } from "../work/sku_lines.tsx";

const STATES: Record<Transfer["state"], [Tone, string]> = {
  draft: ["plain", "planned"],
  in_transit: ["good", "on the road"],
  received: ["plain", "arrived"],
  cancelled: ["plain", "called off"],
};
/** A van that is on the road for longer than this may be lost. */
export const LONG_S = 3 * 86_400;

export function TransferState({ transfer }: { transfer: Transfer }) {
  const [tone, text] = STATES[transfer.state];
  const isLong = (transfer.in_transit_seconds ?? 0) > LONG_S;
  return <Tag tone={isLong ? "soon" : tone}>{text}</Tag>;
}

export function unitsOf(transfer: Transfer): number {
  return transfer.lines.reduce((sum, l) => sum + l.quantity, 0);
}

export default function Transfers() {
  const [state, setState] = useParam("state");
  const [isMaking, setMaking] = useState(false);
  const pages = usePages<Transfer>("/v1/transfers", { state });
  const make = (
    <Button kind="first" needs="operate" onClick={() => setMaking(true)}>
      Plan a transfer
    </Button>
  );
  return (
    <Page title="Transfers" sub="Units in transit are on sale nowhere until they arrive." acts={make}>
      <div class="stack-s">
        <Choice
          label="Which transfers"
          value={state}
          onChange={setState}
          options={[
            { value: "", label: "All" },
            { value: "draft", label: "Planned" },
            { value: "in_transit", label: "On the road" },
            { value: "received", label: "Arrived" },
            { value: "cancelled", label: "Called off" },
          ]}
        />
        <Card bare>
          {pages.error ? <Failed error={pages.error} retry={pages.reload} /> : null}
          {pages.isLoading ? (
            <Bones />
          ) : pages.rows.length === 0 && !pages.error ? (
            <Empty title={state ? "None like that" : "No transfer yet"} acts={state ? null : make}>
              Say what goes from where to where, ship it when the van leaves, and receive it in as many parts as it comes.
            </Empty>
          ) : (
            <Fold label="Transfers" head={["From and to", "Reference", ["Units", "num"], ["On the road", "num"], "State", "Planned"]}>
              {pages.rows.map((t) => (
                <tr key={t.id} class="go" onClick={() => navigate(`/transfers/${seg(t.id)}`)}>
                  <th scope="row">
                    <a href={`/transfers/${seg(t.id)}`}>
                      <Said>{t.from}</Said> → <Said>{t.to}</Said>
                    </a>
                  </th>
                  <Cell h="Reference">{t.reference ? <Said>{t.reference}</Said> : <span class="faint">none</span>}</Cell>
                  <Cell h="Units" num>
                    <Num value={unitsOf(t)} />
                  </Cell>
                  <Cell h="On the road" num>
                    <Num value={t.lines.reduce((sum, l) => sum + l.in_transit, 0)} />
                  </Cell>
                  <Cell h="State">
                    <TransferState transfer={t} />
                    {t.in_transit_seconds !== null && <small class="soft"> for {stretch(t.in_transit_seconds * 1000)}</small>}
                  </Cell>
                  <Cell h="Planned">
                    <Age at={t.created_at} />
                  </Cell>
                </tr>
              ))}
            </Fold>
          )}
          <More pages={pages} what="transfers" />
        </Card>
      </div>
      {isMaking && <Make onClose={() => setMaking(false)} />}
    </Page>
  );
}

function Make({ onClose }: { onClose: () => void }) {
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const [reference, setReference] = useState("");
  const [lines, setLines] = useState<Draft[]>(NO_LINES);
  const goods = linesOf(lines);
  const send = async () => {
    const made = await post<Transfer>("/v1/transfers", {
      from,
      to,
      ...(reference.trim() ? { reference: reference.trim() } : {}),
      lines: goods,
    });
    navigate(`/transfers/${seg(made.id)}`);
  };
  const isWhole = from !== "" && to !== "" && from !== to && goods !== null;
  return (
    <Dialog title="Plan a transfer" onClose={onClose}>
      <Form
        onSubmit={send}
        send="Plan it"
        disabled={!isWhole}
        acts={
          <button type="button" class="button" onClick={onClose}>
            Not now
          </button>
        }
      >
        <div class="two">
          <LocationSelect label="From" value={from} onChange={setFrom} />
          <LocationSelect label="To" value={to} onChange={setTo} />
        </div>
        {from !== "" && from === to && <p class="soon small">From and to are the same place.</p>}
        <Text label="Reference" value={reference} onChange={setReference} help="The van, the delivery note; it stands in the ledger." attributes={{ maxLength: 255 }} />
        <SkuLines legend="What goes" lines={lines} onChange={setLines} />
      </Form>
    </Dialog>
  );
}
