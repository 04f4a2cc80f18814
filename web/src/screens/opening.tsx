// SPDX-License-Identifier: Apache-2.0
// The first figure of each SKU at a location: what everyone says, where they disagree, booking a choice.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { post } from "../api/client.ts";
import type { Opening as Booked, OpeningRow } from "../api/types.ts";
import { useParam } from "../app/router.ts";
import { Confirm } from "../ui/dialog.tsx";
import { plural } from "../ui/format.ts";
import { Bones, Button, Card, Choice, Empty, Failed, Page } from "../ui/parts.tsx";
import { Age, Num, Said, SkuLink, Tag, type Tone } from "../ui/text.tsx";
import { toast } from "../ui/toast.tsx";
import { Cell, Download, Fold, LocationSelect, More, Text, useLocations, usePages } from "../work/kit.tsx";

type Voice = OpeningRow["said"][number];

const STATES: Record<OpeningRow["state"], [Tone, string]> = {
  agree: ["good", "all agree"],
  disagree: ["soon", "they disagree"],
  missing: ["plain", "somebody is silent"],
};

const SILENCES: Record<string, string> = {
  never_read: "never read: import its catalogue",
  uncounted: "does not count it",
  several_places: "adds up several locations",
  packs: "counts packs",
  below_zero: "owes units",
  not_in_file: "not in the file",
  our_own: "shows what we told it",
};

function nameOf(voice: Voice): string {
  return voice.by === "channel" ? (voice.channel ?? "a channel") : voice.by === "file" ? "the file" : "the ledger";
}

function sourceOf(voice: Voice): string | null {
  return voice.quantity === null ? null : voice.by === "channel" ? `channel:${voice.channel}` : voice.by === "file" ? "file" : null;
}

type Choices = Record<string, { from?: string; quantity?: string }>;

export default function Opening() {
  const locations = useLocations();
  const [chosen, setLocation] = useParam("location");
  const [state, setState] = useParam("state");
  const [choices, setChoices] = useState<Choices>({});
  const [asking, setAsking] = useState<"agreed" | "chosen" | null>(null);
  const location = chosen || (locations.length === 1 ? (locations[0]?.code ?? "") : "");
  const pages = usePages<OpeningRow>(location ? "/v1/opening" : null, { location, state });
  const items = Object.entries(choices)
    .filter(([, c]) => c.from || /^\d{1,10}$/.test(c.quantity ?? ""))
    .map(([sku, c]) => (c.from ? { sku, from: c.from } : { sku, quantity: Number(c.quantity) }));
  const choose = (sku: string, choice: Choices[string] | null) => {
    const next = { ...choices };
    if (choice) {
      next[sku] = choice;
    } else {
      delete next[sku];
    }
    setChoices(next);
  };
  const done = (booked: number, units: number) => {
    toast(`Booked: ${plural(booked, "SKU")}, ${plural(units, "unit")}.`);
    setChoices({});
    pages.reload();
  };
  const bookChosen = async (reason: string) => {
    const answer = await post<Booked>("/v1/opening", { location, reason, items });
    done(answer.booked, answer.units);
  };
  const bookAgreed = async (reason: string) => {
    let [booked, units, cursor]: [number, number, string | null] = [0, 0, null];
    do {
      const answer: Booked = await post<Booked>("/v1/opening", { location, reason, from: "agreed", ...(cursor ? { cursor } : {}) });
      booked += answer.booked;
      units += answer.units;
      cursor = answer.next;
    } while (cursor);
    done(booked, units);
  };
  return (
    <Page
      title="Opening balance"
      sub="The first figure of each SKU at a location. A SKU that never moved is never pushed: until you choose, every shop keeps its numbers."
      acts={
        location && (
          <>
            <Download href={`/v1/opening.csv?location=${encodeURIComponent(location)}`} name={`opening-${location}.csv`}>
              As a table
            </Download>
            <FileButton location={location} onDone={pages.reload} />
          </>
        )
      }
    >
      <div class="stack-s">
        <div class="filters">
          <LocationSelect hidden value={location} onChange={setLocation} />
          <Choice
            label="Which SKUs"
            value={state}
            onChange={setState}
            options={[
              { value: "", label: "All" },
              { value: "agree", label: "Agree" },
              { value: "disagree", label: "Disagree" },
              { value: "missing", label: "Silent" },
            ]}
          />
        </div>
        {!location ? (
          <Card>
            <Empty title="Where?" acts={locations.length === 0 ? <a class="button first" href="/rules">Add a location</a> : null}>
              {locations.length === 0 ? "There is no location yet. Say first where your stock lies." : "Choose the location whose stock you begin with."}
            </Empty>
          </Card>
        ) : (
          <>
            <div class="row">
              <span class="beside soft">Where all say the same, one press takes it. Where they do not, choose one, type what you know, or count.</span>
              <a class="button small" href="/counts">
                Count instead
              </a>
              <Button small needs="operate" onClick={() => setAsking("agreed")}>
                Take all that agree
              </Button>
              <Button small kind="first" needs="operate" disabled={items.length === 0} onClick={() => setAsking("chosen")}>
                {items.length > 0 ? `Book ${plural(items.length, "choice")}` : "Book choices"}
              </Button>
            </div>
            <Card bare>
              {pages.error ? <Failed error={pages.error} retry={pages.reload} /> : null}
              {pages.isLoading ? (
                <Bones />
              ) : pages.rows.length === 0 && !pages.error ? (
                <Empty title={state ? "None like that" : "No SKU to open here"}>{state ? null : "Import a channel's catalogue, or create SKUs: they are listed here with what everyone says."}</Empty>
              ) : (
                <Fold label="What everyone says" head={["SKU", "What they say", "Verdict", ["First figure", "num"]]}>
                  {pages.rows.map((row) => (
                    <Row key={row.sku} row={row} choice={choices[row.sku] ?? null} onChoose={(c) => choose(row.sku, c)} />
                  ))}
                </Fold>
              )}
              <More pages={pages} what="SKUs" />
            </Card>
          </>
        )}
      </div>
      {asking === "agreed" && (
        <Book title="Take every figure that all agree on?" onClose={() => setAsking(null)} onBook={bookAgreed}>
          Every SKU that never moved at <bdi>{location}</bdi> and of which nobody says anything else gets its first figure. The others are left as they are.
        </Book>
      )}
      {asking === "chosen" && (
        <Book title={`Book ${plural(items.length, "first figure")}?`} onClose={() => setAsking(null)} onBook={bookChosen}>
          They become the stock at <bdi>{location}</bdi>, and live channels are told at once.
        </Book>
      )}
    </Page>
  );
}

function Book({ title, children, onClose, onBook }: { title: string; children: ComponentChildren; onClose: () => void; onBook: (reason: string) => Promise<void> }) {
  const [reason, setReason] = useState("opening balance");
  return (
    <Confirm title={title} send="Book" onClose={onClose} onConfirm={() => onBook(reason)}>
      <p>{children}</p>
      <Text label="Reason" value={reason} onChange={setReason} help="It stands in the log with each figure." attributes={{ maxLength: 255 }} />
    </Confirm>
  );
}

function Row({ row, choice, onChoose }: { row: OpeningRow; choice: Choices[string] | null; onChoose: (choice: Choices[string] | null) => void }) {
  const [tone, text] = STATES[row.state];
  return (
    <tr>
      <th scope="row">
        <SkuLink sku={row.sku} />
        {row.title && (
          <small class="soft under">
            <Said>{row.title}</Said>
          </small>
        )}
      </th>
      <Cell h="What they say">
        <div class="choice voices" role="group" aria-label={`What is said of ${row.sku}`}>
          {row.said.map((voice) => {
            const source = sourceOf(voice);
            const name = nameOf(voice);
            if (source === null || row.has_moved) {
              return (
                <span key={name} class="voice" title={voice.at ?? undefined}>
                  <Said>{name}</Said>{" "}
                  {voice.quantity === null ? <span class="faint">{SILENCES[voice.silence ?? ""] ?? "unknown"}</span> : <b><Num value={voice.quantity} /></b>}
                </span>
              );
            }
            return (
              <button key={name} type="button" aria-pressed={choice?.from === source} onClick={() => onChoose(choice?.from === source ? null : { from: source })}>
                <Said>{name}</Said> <b><Num value={voice.quantity} /></b>
              </button>
            );
          })}
          {row.said.length === 0 && <span class="faint">nobody says anything</span>}
        </div>
        {row.said[0]?.at && (
          <small class="faint under">
            read <Age at={row.said[0].at} />
          </small>
        )}
      </Cell>
      <Cell h="Verdict">
        <Tag tone={tone} title={row.why ?? undefined}>
          {text}
        </Tag>
        {row.why && !row.has_moved && (
          <small class="soft under">
            <Said>{row.why}</Said>
          </small>
        )}
      </Cell>
      <Cell h="First figure" num>
        {row.has_moved ? (
          <span title="It has moved here already: count it.">
            <Num value={row.on_hand} /> <Tag>in the ledger</Tag>
          </span>
        ) : (
          <input
            class="figure-field"
            inputMode="numeric"
            aria-label={`First figure of ${row.sku}`}
            placeholder={choice?.from ? "chosen" : row.quantity === null ? "?" : String(row.quantity)}
            value={choice?.quantity ?? ""}
            onInput={(e) => onChoose(e.currentTarget.value ? { quantity: e.currentTarget.value } : null)}
          />
        )}
      </Cell>
    </tr>
  );
}

function FileButton({ location, onDone }: { location: string; onDone: () => void }) {
  const [error, setError] = useState<unknown>(null);
  const send = async (file: File | undefined) => {
    if (!file) {
      return;
    }
    setError(null);
    try {
      await post(`/v1/opening/file?location=${encodeURIComponent(location)}`, file, { type: "text/csv" });
      toast("The file speaks along now. Nothing is booked of it yet.");
      onDone();
    } catch (failed) {
      setError(failed);
    }
  };
  return (
    <>
      <label class="button">
        Add a file
        <input type="file" class="said" accept=".csv,text/csv,.txt" onChange={(e) => void send(e.currentTarget.files?.[0])} />
      </label>
      {error ? <Failed error={error} /> : null}
    </>
  );
}
