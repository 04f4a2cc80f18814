// SPDX-License-Identifier: Apache-2.0
// Stock takes: those under way, those to look over, and the start of a new one.
import { useState } from "preact/hooks";
import { post, seg } from "../api/client.ts";
import type { Count } from "../api/types.ts";
import { may } from "../app/session.ts";
import { navigate, useParam } from "../app/router.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Bones, Button, Card, Choice, Empty, Failed, Form, Page } from "../ui/parts.tsx";
import { Age, Said, Tag, type Tone } from "../ui/text.tsx";
import { Cell, Fold, LocationSelect, More, Text, useLocations, usePages } from "../work/kit.tsx";

type State = Count["state"];

const STATES: Record<State, [Tone, string]> = {
  open: ["good", "counting"],
  review: ["soon", "to look over"],
  posted: ["plain", "booked"],
  cancelled: ["plain", "given up"],
};

export function CountState({ state }: { state: State }) {
  const [tone, text] = STATES[state];
  return <Tag tone={tone}>{text}</Tag>;
}

export default function Counts() {
  const [state, setState] = useParam("state");
  const [isStarting, setStarting] = useState(false);
  const pages = usePages<Count>("/v1/counts", { state });
  const start = (
    <Button kind="first" needs="operate" onClick={() => setStarting(true)}>
      Start a stock take
    </Button>
  );
  return (
    <Page title="Stock takes" sub="Count with a phone or a scanner while the shop goes on selling: each figure is compared with the ledger of its own instant." acts={start}>
      <div class="stack-s">
        <Choice
          label="Which stock takes"
          value={state}
          onChange={setState}
          options={[
            { value: "", label: "All" },
            { value: "open", label: "Counting" },
            { value: "review", label: "To look over" },
            { value: "posted", label: "Booked" },
          ]}
        />
        <Card bare>
          {pages.error ? <Failed error={pages.error} retry={pages.reload} /> : null}
          {pages.isLoading ? (
            <Bones />
          ) : pages.rows.length === 0 && !pages.error ? (
            <Empty title={state ? "None like that" : "Nothing was counted yet"} acts={state ? null : start}>
              Pick a location and scan what lies there. Nothing is booked before somebody has looked at the differences.
            </Empty>
          ) : (
            <Fold label="Stock takes" head={["Location", "Reference", "State", "Started", "Ended"]}>
              {pages.rows.map((c) => (
                <tr key={c.id} class="go" onClick={() => navigate(`/counts/${seg(c.id)}`)}>
                  <th scope="row">
                    <a href={`/counts/${seg(c.id)}`}>
                      <Said>{c.location}</Said>
                    </a>
                  </th>
                  <Cell h="Reference">{c.reference ? <Said>{c.reference}</Said> : <span class="faint">none</span>}</Cell>
                  <Cell h="State">
                    <CountState state={c.state} /> {c.blind && <Tag>blind</Tag>}
                  </Cell>
                  <Cell h="Started">
                    <Age at={c.created_at} />
                  </Cell>
                  <Cell h="Ended">
                    <Age at={c.closed_at} none="–" />
                  </Cell>
                </tr>
              ))}
            </Fold>
          )}
          <More pages={pages} what="stock takes" />
        </Card>
      </div>
      {isStarting && <Start onClose={() => setStarting(false)} />}
    </Page>
  );
}

function Start({ onClose }: { onClose: () => void }) {
  const locations = useLocations();
  const only = locations.length === 1 ? (locations[0]?.code ?? "") : "";
  const [location, setLocation] = useState("");
  const [reference, setReference] = useState("");
  const [isBlind, setBlind] = useState(true);
  const [skus, setSkus] = useState("");
  const where = location || only;
  const begin = async () => {
    const wanted = skus.split("\n").map((s) => s.trim()).filter(Boolean);
    const made = await post<Count>("/v1/counts", {
      location: where,
      blind: isBlind,
      ...(reference.trim() ? { reference: reference.trim() } : {}),
      ...(wanted.length > 0 ? { skus: wanted } : {}),
    });
    navigate(`/counts/${seg(made.id)}`);
  };
  return (
    <Dialog title="Start a stock take" onClose={onClose}>
      <Form
        onSubmit={begin}
        send="Begin counting"
        disabled={!where || !may("operate")}
        acts={
          <button type="button" class="button" onClick={onClose}>
            Not now
          </button>
        }
      >
        <LocationSelect label="Where" value={where} onChange={setLocation} />
        <Text label="Reference" value={reference} onChange={setReference} help="For you: the shelf, the person, the reason." attributes={{ maxLength: 255 }} />
        <label class="check">
          <input type="checkbox" checked={isBlind} onChange={(e) => setBlind(e.currentTarget.checked)} />
          <span>
            Blind
            <span class="help soft small"> – nobody sees what the ledger has before the end. People who know the figure find the figure.</span>
          </span>
        </label>
        <details>
          <summary>Only some SKUs</summary>
          <label class="field">
            <span class="help">One a line. Left empty, anything that lies there may be counted.</span>
            <textarea rows={4} value={skus} aria-label="SKUs to count, one a line" onInput={(e) => setSkus(e.currentTarget.value)} />
          </label>
        </details>
      </Form>
    </Dialog>
  );
}
