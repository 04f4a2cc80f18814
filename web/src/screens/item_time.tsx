// SPDX-License-Identifier: Apache-2.0
// The slider through an item's past: what was available is drawn behind it, and `?at=` keeps the
// moment in the address, so that it can be sent to a colleague.
import { useParam } from "../app/router.ts";
import { useNow } from "../app/clock.ts";
import { count, longTime, utc } from "../ui/format.ts";
import { Button } from "../ui/parts.tsx";
import type { Point } from "./item_past.ts";

const STEPS = 1000;
const WIDTH = 1000;
const HEIGHT = 64;

function path(points: Point[], from: number, to: number): { line: string; zero: number | null } {
  const inside = points.filter((p) => p.at >= from);
  const before = points.filter((p) => p.at < from).pop()?.available ?? 0;
  const values = [before, 0, ...inside.map((p) => p.available)];
  const top = Math.max(...values, 1);
  const low = Math.min(...values, 0);
  const x = (at: number) => Math.max(0, Math.min(WIDTH, ((at - from) / (to - from)) * WIDTH));
  const y = (n: number) => HEIGHT - 2 - ((n - low) / (top - low)) * (HEIGHT - 6);
  let d = `M0 ${y(before).toFixed(1)}`;
  for (const p of inside) {
    d += `H${x(p.at).toFixed(1)}V${y(p.available).toFixed(1)}`;
  }
  return { line: `${d}H${WIDTH}`, zero: low < 0 ? y(0) : null };
}

export function ItemTime({ points }: { points: Point[] }) {
  const [at, setAt] = useParam("at");
  const now = useNow();
  const first = points[0]?.at;
  if (first === undefined || now - first < 1000) {
    return null;
  }
  const from = first - (now - first) * 0.02;
  const to = now;
  const time = at ? Date.parse(at) : now;
  const value = Math.round(((time - from) / (to - from)) * STEPS);
  const { line, zero } = path(points, from, to);
  const slide = (step: number) => setAt(step >= STEPS ? "" : new Date(from + ((to - from) * step) / STEPS).toISOString());
  const there = at ? points.filter((p) => p.at <= time).pop() : undefined;
  return (
    <div class="past">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {zero !== null && <line x1="0" x2={WIDTH} y1={zero} y2={zero} class="zero" />}
        <path d={line} vector-effect="non-scaling-stroke" />
        {at && <line x1={(value / STEPS) * WIDTH} x2={(value / STEPS) * WIDTH} y1="0" y2={HEIGHT} class="hand" vector-effect="non-scaling-stroke" />}
      </svg>
      <input
        type="range"
        min={0}
        max={STEPS}
        value={at ? Math.max(0, Math.min(STEPS, value)) : STEPS}
        aria-label="Moment in its past"
        aria-valuetext={at ? longTime(new Date(time)) : "now"}
        onInput={(e) => slide(Number(e.currentTarget.value))}
      />
      <div class="row small">
        {at ? (
          <>
            <span title={utc(new Date(time))}>
              As it was on <b>{longTime(new Date(time))}</b>
              {there && <>: {count(there.available)} available</>}
            </span>
            <Button small onClick={() => setAt("")}>
              Back to now
            </Button>
          </>
        ) : (
          <span class="soft">Available units since {longTime(new Date(first))}. Pull the handle to see any past moment.</span>
        )}
      </div>
    </div>
  );
}
