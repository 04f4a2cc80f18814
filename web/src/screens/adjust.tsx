// SPDX-License-Identifier: Apache-2.0
// Moving units by hand, with a reason: what a person does when goods come, break or are counted.
import { useState } from "preact/hooks";
import { type List, newKey, post } from "../api/client.ts";
import type { Location, NewMovement, Stock } from "../api/types.ts";
import { useQuery } from "../app/query.ts";
import { Dialog } from "../ui/dialog.tsx";
import { count, difference } from "../ui/format.ts";
import { Field, Form } from "../ui/parts.tsx";
import { Said } from "../ui/text.tsx";
import { toast } from "../ui/toast.tsx";

type Kind = NewMovement["kind"];

const WAYS: { kind: Kind; label: string; about: string }[] = [
  { kind: "receive", label: "Receive", about: "Units came in and are on sale." },
  { kind: "count", label: "Count", about: "You counted what lies there; the difference is booked." },
  { kind: "adjust", label: "Adjust", about: "More or fewer, for a reason that you give. Below zero takes away." },
  { kind: "damage", label: "Damaged", about: "Still there, and no longer on sale." },
  { kind: "set_aside", label: "Set aside", about: "Kept from sale for now." },
  { kind: "restore", label: "Put back", about: "What was damaged or set aside is on sale again." },
  { kind: "write_off", label: "Write off", about: "Lost or thrown away." },
  { kind: "return", label: "Came back", about: "A return that still has to be looked at." },
  { kind: "restock", label: "Restock a return", about: "A return that was looked at is on sale again." },
  { kind: "scrap", label: "Scrap a return", about: "A return that cannot be sold." },
  { kind: "ship", label: "Ship", about: "Units left without an order." },
];

export function isWay(kind: string): kind is Kind {
  return WAYS.some((w) => w.kind === kind);
}

export function Adjust({ sku, stock, start, onClose, onDone }: { sku: string; stock: Stock; start: Kind; onClose: () => void; onDone: () => unknown }) {
  const locations = useQuery<List<Location>>("/v1/locations?limit=1000");
  const [kind, setKind] = useState<Kind>(start);
  const [place, setPlace] = useState("");
  const [quantity, setQuantity] = useState("");
  const [reason, setReason] = useState("");
  const [key] = useState(newKey); // pressed twice it is still booked once
  const active = locations.data?.items.filter((l) => l.active) ?? [];
  const location = place || stock.locations[0]?.location || active[0]?.code || "";
  const there = stock.locations.find((l) => l.location === location);
  const way = WAYS.find((w) => w.kind === kind)!;
  const n = Number(quantity);
  const counted = kind === "count" && quantity !== "" && Number.isInteger(n) ? n - (there?.on_hand ?? 0) : null;
  const submit = async () => {
    const movement: NewMovement = { kind, sku, location, quantity: n, ...(reason.trim() ? { reason: reason.trim() } : {}) };
    await post("/v1/movements", { movements: [movement] }, { key });
    toast(`${way.label}: ${sku} is booked, and every channel that sells it is told.`);
    onClose();
    await onDone();
  };
  return (
    <Dialog title="Move units by hand" onClose={onClose}>
      <p class="soft">
        <Said>{sku}</Said>
      </p>
      <Form send="Book it" onSubmit={submit} disabled={!location} acts={<button type="button" class="button" onClick={onClose}>Leave it</button>}>
        <Field label="What happened" help={way.about}>
          <select name="kind" value={kind} onChange={(e) => setKind(e.currentTarget.value as Kind)}>
            {WAYS.map((w) => (
              <option key={w.kind} value={w.kind}>
                {w.label}
              </option>
            ))}
          </select>
        </Field>
        <div class="two">
          <Field label="Where" help={there ? `${count(there.available)} available of ${count(there.on_hand)} on hand` : "nothing there yet"}>
            <select name="location" value={location} onChange={(e) => setPlace(e.currentTarget.value)}>
              {active.map((l) => (
                <option key={l.code} value={l.code}>
                  {l.name || l.code}
                </option>
              ))}
            </select>
          </Field>
          <Field label={kind === "count" ? "Counted" : "Units"} help={counted === null ? undefined : counted === 0 ? "as it is here" : `${difference(counted)} to what is here`}>
            <input name="quantity" type="number" step={1} min={kind === "adjust" ? undefined : kind === "count" ? 0 : 1} max={1_000_000_000} required autofocus value={quantity} onInput={(e) => setQuantity(e.currentTarget.value)} />
          </Field>
        </div>
        <Field label="Why" help="It stands in the history.">
          <input name="reason" maxLength={255} required={kind === "adjust" || kind === "write_off"} value={reason} onInput={(e) => setReason(e.currentTarget.value)} />
        </Field>
      </Form>
    </Dialog>
  );
}
