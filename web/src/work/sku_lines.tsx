// SPDX-License-Identifier: Apache-2.0
// Lines of a document that somebody types: a SKU and how many of it, as many as there are.
import { Button } from "../ui/parts.tsx";
import { SkuField, Units } from "./kit.tsx";

export interface Draft {
  sku: string;
  quantity: string;
}

export const NO_LINES: Draft[] = [{ sku: "", quantity: "" }];

/** As the server wants them; null while one is half written, or there is none. */
export function linesOf(drafts: readonly Draft[]): { sku: string; quantity: number }[] | null {
  const begun = drafts.filter((l) => l.sku.trim() || l.quantity);
  const isWhole = begun.length > 0 && begun.every((l) => l.sku.trim() && Number(l.quantity) > 0);
  return isWhole ? begun.map((l) => ({ sku: l.sku.trim(), quantity: Number(l.quantity) })) : null;
}

export function SkuLines({ legend, lines, onChange }: { legend: string; lines: Draft[]; onChange: (lines: Draft[]) => void }) {
  const change = (i: number, part: Partial<Draft>) => onChange(lines.map((l, at) => (at === i ? { ...l, ...part } : l)));
  return (
    <fieldset class="lines">
      <legend>{legend}</legend>
      {lines.map((line, i) => (
        <div key={i} class="line">
          <SkuField label={`SKU of line ${i + 1}`} hidden value={line.sku} onChange={(sku) => change(i, { sku })} />
          <Units label={`Units of line ${i + 1}`} hidden value={line.quantity} min={1} onChange={(quantity) => change(i, { quantity })} />
          <Button small label={`Remove line ${i + 1}`} disabled={lines.length === 1} onClick={() => onChange(lines.filter((_, at) => at !== i))}>
            ×
          </Button>
        </div>
      ))}
      <Button small onClick={() => onChange([...lines, ...NO_LINES])}>
        Another line
      </Button>
    </fieldset>
  );
}
