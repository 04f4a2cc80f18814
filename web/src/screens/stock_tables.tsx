// SPDX-License-Identifier: Apache-2.0
// Tables for spreadsheets, out and in: a file is tried first, and what it would change is shown.
import { useState } from "preact/hooks";
import { ApiError, newKey, post } from "../api/client.ts";
import type { TableImport } from "../api/types.ts";
import { Dialog } from "../ui/dialog.tsx";
import { count, plural } from "../ui/format.ts";
import { Choice, Field, Form } from "../ui/parts.tsx";
import { Said } from "../ui/text.tsx";
import { toast } from "../ui/toast.tsx";

const KINDS = ["skus", "stock", "listings", "bundles", "movements"] as const;
type Kind = (typeof KINDS)[number];

const ABOUT: Record<Kind, string> = {
  skus: "Items with title, barcode and rules.",
  stock: "Counts: each line is a count of one item at one place.",
  listings: "What each channel sells, with rules.",
  bundles: "What bundles are made of.",
  movements: "The ledger; brought in, units are moved.",
};

function Errors({ of }: { of: Pick<TableImport, "errors" | "errors_count"> }) {
  return (
    <div class="note soon" role="alert">
      <p>
        Nothing was changed. {plural(of.errors_count, "line is", "lines are")} not right:
      </p>
      <ul class="small">
        {of.errors.slice(0, 8).map((e, i) => (
          <li key={i}>
            line {e.line}
            {e.column && <>, {e.column}</>}: <Said>{e.detail}</Said>
          </li>
        ))}
      </ul>
    </div>
  );
}

export function Tables({ onClose, onDone }: { onClose: () => void; onDone: () => unknown }) {
  const [kind, setKind] = useState<Kind>("stock");
  const [file, setFile] = useState<File | null>(null);
  const [tried, setTried] = useState<TableImport | null>(null);
  const [errors, setErrors] = useState<Pick<TableImport, "errors" | "errors_count"> | null>(null);
  const [key, setKey] = useState(newKey);
  const reset = () => {
    setTried(null);
    setErrors(null);
    setKey(newKey());
  };
  const send = async () => {
    if (!file) {
      return;
    }
    setErrors(null);
    const dry = tried === null;
    try {
      const said = await post<TableImport>(`/v1/csv/${kind}${dry ? "?dry_run=true" : ""}`, file, { type: "text/csv", key: dry ? newKey() : key });
      if (dry) {
        setTried(said);
        return;
      }
      toast(`${plural(said.created + said.changed, "line")} booked.`);
      onClose();
      await onDone();
    } catch (error) {
      if (error instanceof ApiError && error.problem.errors) {
        setErrors({ errors: error.problem.errors, errors_count: error.problem.errors_count ?? error.problem.errors.length });
        return;
      }
      throw error;
    }
  };
  return (
    <Dialog title="Tables for spreadsheets" onClose={onClose}>
      <div class="stack">
        <div class="stack-s">
          <Choice label="Which table" value={kind} options={KINDS.map((k) => ({ value: k, label: k }))} onChange={(k) => { setKind(k); reset(); }} />
          <p class="small soft">{ABOUT[kind]}</p>
          <div class="acts">
            <a class="button" href={`/v1/csv/${kind}`} download={`${kind}.csv`}>
              Download {kind}
            </a>
            <a class="button" href={`/v1/csv/${kind}?bom=true`} download={`${kind}.csv`} title="Begins with a mark by which Excel knows the letters">
              for Excel
            </a>
          </div>
        </div>
        <Form send={tried ? `Book ${plural(tried.created + tried.changed, "line")}` : "Try it"} onSubmit={send} disabled={!file || (tried !== null && tried.created + tried.changed === 0)} acts={<button type="button" class="button" onClick={onClose}>Close</button>}>
          <Field label={`Bring a table of ${kind} in`} help="It is tried first: you see what would change before anything does.">
            <input type="file" accept=".csv,text/csv" onChange={(e) => { setFile(e.currentTarget.files?.[0] ?? null); reset(); }} />
          </Field>
          {tried && (
            <div class="note">
              {plural(tried.lines, "line")}: {count(tried.created)} new, {count(tried.changed)} changed, {count(tried.unchanged)} as they are. Nothing is booked yet.
            </div>
          )}
          {errors && <Errors of={errors} />}
        </Form>
      </div>
    </Dialog>
  );
}

