// SPDX-License-Identifier: Apache-2.0
// Why a listing may show exactly this number: the steps of docs/availability.md, in words.
import type { AvailabilityStep } from "../api/types.ts";
import { count } from "../ui/format.ts";
import { Said } from "../ui/text.tsx";

function stepText(step: AvailabilityStep, isBundle: boolean) {
  const n = count(step.quantity);
  switch (step.step) {
    case "location":
      return (
        <>
          <b>
            <Said>{step.location}</Said>
          </b>{" "}
          adds {n}
          {isBundle && step.component && (
            <span class="soft">
              {" "}
              as far as <Said>{step.component}</Said> lasts
            </span>
          )}
        </>
      );
    case "component":
      return (
        <>
          <Said>{step.component}</Said> allows {n}
        </>
      );
    case "debt":
      return <>{n} {n === "1" ? "is" : "are"} owed to buyers, wherever</>;
    case "buffer":
      return <>buffer: {n} held back</>;
    case "percent":
      return <>{n} % of it is shown here</>;
    case "pack_size":
      return <>sold in packs of {n}</>;
    case "cap":
      return <>never more than {n}</>;
    case "min_to_list":
      return <>nothing, when fewer than {n} {n === "1" ? "is" : "are"} left</>;
    case "share":
      return (
        <>
          of that, at <Said>{step.location}</Said>: {n}
        </>
      );
    default:
      return step.step;
  }
}

export function Why({ steps, sellable, sku }: { steps: AvailabilityStep[]; sellable: number; sku: string }) {
  const isBundle = steps.some((s) => s.component && s.component !== sku);
  return (
    <ol class="why" aria-label="Why this number">
      {steps.map((step, i) => (
        <li key={i}>
          <span>{stepText(step, isBundle)}</span>
          <span class="num">{count(step.value)}</span>
        </li>
      ))}
      {steps.length === 0 && (
        <li>
          <span>its route leads to no location with stock</span>
          <span class="num">0</span>
        </li>
      )}
      <li class="sum">
        <span>so it may show</span>
        <span class="num">{count(sellable)}</span>
      </li>
    </ol>
  );
}
