// SPDX-License-Identifier: Apache-2.0
// Why a unit was sold twice, drawn: a row per channel, the moments on it, and the window between both
// sales. Below it the same as a list, for who cannot see it.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Autopsy, AutopsyMoment } from "../api/types.ts";
import { plural, stretch } from "../ui/format.ts";
import { Card } from "../ui/parts.tsx";
import { Said, SkuLink, Tag, Time } from "../ui/text.tsx";

const ROW = 46;
const PAD = 14;
const APART = 22;

const MOMENTS: Record<AutopsyMoment["what"], (a: Autopsy) => string> = {
  first_sale: (a) => (a.first?.order ? `order ${a.first.order} takes the last unit` : "the last unit is taken"),
  received: () => "its message is here",
  committed: () => "it is booked",
  push_sent: () => "the count that tells of it leaves",
  push_confirmed: () => "the channel shows it",
  second_sale: (a) => `order ${a.order} takes it again`,
  second_committed: () => "that is booked, as owed",
};

const STAGES: Record<Autopsy["stage"], string> = {
  their_event: "the first channel told us late",
  our_commit: "we booked it late",
  our_sending: "we sent the new count late",
  their_confirmation: "the second channel carried it out late",
  after_confirmation: "the channel sold what it no longer showed",
  second_event: "the second channel told us late",
  never_pushed: "the channel was never told",
};

/** Round steps for an axis of so many milliseconds. Pure. */
export function ticks(span: number): number[] {
  const rough = span / 5;
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? power * 10;
  const out: number[] = [];
  for (let at = 0; at <= span; at += step) {
    out.push(at);
  }
  return out;
}

/** Moments that fall on one another stand side by side, within the drawing. Pure. */
export function beside(at: { row: number; x: number }[], right: number): number[] {
  const out = at.map((p) => p.x);
  const rows = new Map<number, number[]>();
  at.forEach((p, i) => rows.set(p.row, [...(rows.get(p.row) ?? []), i]));
  for (const row of rows.values()) {
    row.sort((a, b) => at[a]!.x - at[b]!.x || a - b);
    for (let i = 1; i < row.length; i++) {
      out[row[i]!] = Math.max(out[row[i]!]!, out[row[i - 1]!]! + APART);
    }
    let limit = right;
    for (let i = row.length - 1; i >= 0; i--) {
      out[row[i]!] = Math.min(out[row[i]!]!, limit);
      limit = out[row[i]!]! - APART;
    }
  }
  return out;
}

function useWidth() {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    watch.observe(ref.current!);
    return () => watch.disconnect();
  }, []);
  return { ref, width };
}

function Drawing({ autopsy, width }: { autopsy: Autopsy; width: number }) {
  const rows = [...new Set(autopsy.timeline.map((m) => m.channel ?? "truecount"))];
  const left = width < 520 ? 0 : 130;
  const labelAbove = left === 0;
  const rowHeight = labelAbove ? ROW + 16 : ROW;
  const moments = autopsy.timeline;
  const start = Math.min(0, ...moments.map((m) => m.ms));
  const end = Math.max(1, ...moments.map((m) => m.ms));
  const inner = width - left - 2 * PAD;
  const x = (ms: number) => left + PAD + ((ms - start) / (end - start)) * inner;
  const y = (channel: string | null) => rows.indexOf(channel ?? "truecount") * rowHeight + (labelAbove ? 40 : 30);
  const bottom = rows.length * rowHeight + 12;
  const first = moments.find((m) => m.what === "first_sale");
  const second = moments.find((m) => m.what === "second_sale");
  const spread = beside(moments.map((m) => ({ row: rows.indexOf(m.channel ?? "truecount"), x: x(m.ms) })), width - PAD);
  return (
    <svg class="autopsy" width={width} height={bottom + 26} role="img" aria-label={`Timeline: ${stretch(Math.abs(autopsy.window_ms))} between both sales`}>
      {first && second && (
        <g>
          <rect x={x(Math.min(first.ms, second.ms))} y={0} width={Math.max(2, Math.abs(x(second.ms) - x(first.ms)))} height={bottom} class="window" />
          <text x={(x(first.ms) + x(second.ms)) / 2} y={11} text-anchor="middle" class="window-text">
            {stretch(Math.abs(autopsy.window_ms))}
          </text>
        </g>
      )}
      {rows.map((channel) => (
        <g key={channel}>
          <line x1={left + PAD} x2={width - PAD} y1={y(channel)} y2={y(channel)} class="lane" />
          <text x={labelAbove ? PAD : 0} y={labelAbove ? y(channel) - 16 : y(channel) + 4} class="name">
            {channel}
          </text>
        </g>
      ))}
      {moments.map((m, i) => {
        const cx = spread[i]!;
        return (
          <g key={i} class={m.what.endsWith("_sale") ? "moment sale" : "moment"}>
            <circle cx={cx} cy={y(m.channel)} r={9.5} />
            <text x={cx} y={y(m.channel) + 4} text-anchor="middle">
              {i + 1}
            </text>
          </g>
        );
      })}
      {ticks(end - start).map((at) => (
        <g key={at} class="axis">
          <line x1={x(start + at)} x2={x(start + at)} y1={bottom - 4} y2={bottom} />
          <text x={x(start + at)} y={bottom + 16} text-anchor={at === 0 ? "start" : x(start + at) > width - 40 ? "end" : "middle"}>
            {at === 0 ? "0" : stretch(at)}
          </text>
        </g>
      ))}
    </svg>
  );
}

export function AutopsyCard({ autopsy }: { autopsy: Autopsy }) {
  const { ref, width } = useWidth();
  return (
    <Card
      title={
        <>
          {plural(autopsy.units, "unit")} of <SkuLink sku={autopsy.sku} /> sold twice
        </>
      }
      aside={autopsy.location ? `at ${autopsy.location}` : undefined}
    >
      <div class="stack-s">
        <p>
          <Tag tone="now">{STAGES[autopsy.stage]}</Tag> <Said>{autopsy.blame}</Said>
          {autopsy.stage_ms > 0 && <span class="soft"> ({stretch(autopsy.stage_ms)})</span>}.
        </p>
        <div ref={ref} class="drawing">
          {width > 0 && autopsy.timeline.length > 0 && <Drawing autopsy={autopsy} width={width} />}
        </div>
        <ol class="moments">
          {autopsy.timeline.map((m, i) => (
            <li key={i}>
              <span class={m.what.endsWith("_sale") ? "mark-n sale" : "mark-n"}>{i + 1}</span>
              <span class="num small">{stretch(Math.max(0, m.ms))}</span>
              <span>
                {m.channel && <b>{m.channel}: </b>}
                <Said>{MOMENTS[m.what](autopsy)}</Said>{" "}
                <span class="small soft">
                  <Time at={m.at} />
                </span>
              </span>
            </li>
          ))}
        </ol>
        <p>
          {autopsy.smallest_buffer > 0 ? (
            <>
              A buffer of <b>{autopsy.smallest_buffer}</b> on {autopsy.channel} would have prevented it.
              <span class="soft"> {autopsy.shown !== null ? `It showed ${autopsy.shown} then; others` : "Others"} had taken {autopsy.taken_by_others} since it was told last.</span>
            </>
          ) : (
            <span class="soft">A buffer would not have prevented it: nobody else had taken a unit.</span>
          )}
        </p>
      </div>
    </Card>
  );
}
