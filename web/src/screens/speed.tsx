// SPDX-License-Identifier: Apache-2.0
// Where the time goes between a sale and this channel showing it, drawn by stage.
import { useEffect, useMemo, useRef } from "preact/hooks";
import uPlot from "uplot";
import { type List, pathOf } from "../api/client.ts";
import type { LatencyReport, Push } from "../api/types.ts";
import { useNow } from "../app/clock.ts";
import { useQuery } from "../app/query.ts";
import { useParam } from "../app/router.ts";
import { count, shortTime, stretch } from "../ui/format.ts";
import { Card, Choice, Empty, Failed, Table } from "../ui/parts.tsx";

const HOURS = { "1": "Hour", "24": "Day", "168": "Week" } as const;
const STAGES: Record<string, string> = {
  theirs_in: "their message comes",
  ours: "we book and send it",
  commit: "of that, booking",
  send: "of that, waiting to leave",
  theirs_out: "this channel confirms",
  total: "all of it",
};
const BUCKETS = 60;

/** Averages per stretch of time, stacked: [times, in, in+ours, in+ours+out], in seconds. Pure. */
export function stacked(pushes: Push[]): [number[], number[], number[], number[]] {
  const rows = pushes
    .filter((p) => p.sent_at && p.latency_ms && p.latency_ms.their_event_to_receipt !== null && p.latency_ms.send_to_confirmation !== null)
    .map((p) => {
      const l = p.latency_ms!;
      return {
        at: Date.parse(p.sent_at!) / 1000,
        in: (l.their_event_to_receipt ?? 0) / 1000,
        ours: ((l.receipt_to_commit ?? 0) + (l.commit_to_send ?? 0)) / 1000,
        out: (l.send_to_confirmation ?? 0) / 1000,
      };
    })
    .sort((a, b) => a.at - b.at);
  const out: [number[], number[], number[], number[]] = [[], [], [], []];
  if (rows.length === 0) {
    return out;
  }
  const from = rows[0]!.at;
  const width = Math.max(1, (rows[rows.length - 1]!.at - from) / BUCKETS);
  for (let i = 0; i < rows.length; ) {
    const bucket = Math.floor((rows[i]!.at - from) / width);
    let n = 0;
    const sum = { in: 0, ours: 0, out: 0 };
    for (; i < rows.length && Math.floor((rows[i]!.at - from) / width) === bucket; i++, n++) {
      sum.in += rows[i]!.in;
      sum.ours += rows[i]!.ours;
      sum.out += rows[i]!.out;
    }
    out[0].push(from + (bucket + 0.5) * width);
    out[1].push(sum.in / n);
    out[2].push((sum.in + sum.ours) / n);
    out[3].push((sum.in + sum.ours + sum.out) / n);
  }
  return out;
}

function Chart({ pushes }: { pushes: Push[] }) {
  const ref = useRef<HTMLDivElement>(null);
  const data = useMemo(() => stacked(pushes), [pushes]);
  useEffect(() => {
    const box = ref.current!;
    const css = getComputedStyle(document.documentElement);
    const colour = (name: string) => css.getPropertyValue(name).trim();
    const axis = { stroke: colour("--faint"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
    const plot = new uPlot(
      {
        width: box.clientWidth,
        height: 220,
        legend: { show: false },
        cursor: { show: false },
        scales: { y: { range: (_u, _lo, hi) => [0, Math.max(hi * 1.1, 0.1)] } },
        axes: [{ ...axis, space: 90, values: (_u, values) => values.map((v) => shortTime(new Date(v * 1000), new Date())) }, { ...axis, size: 62, values: (_u, values) => values.map((v) => stretch(v * 1000)) }],
        series: [
          {},
          { points: { show: false }, stroke: colour("--line-strong"), width: 1, fill: colour("--sunk") },
          { points: { show: false }, stroke: colour("--accent"), width: 1.5 },
          { points: { show: false }, stroke: colour("--ink"), width: 1.5 },
        ],
        bands: [
          { series: [2, 1], fill: colour("--accent") },
          { series: [3, 2], fill: colour("--line") },
        ],
      },
      data as uPlot.AlignedData,
      box,
    );
    const watch = new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: 220 }));
    watch.observe(box);
    return () => {
      watch.disconnect();
      plot.destroy();
    };
  }, [data]);
  return <div ref={ref} class="chart" role="img" aria-label="Time from a sale to this channel, by stage; the same is in the table below" />;
}

export function Speed({ code }: { code: string }) {
  const [hours, setHours] = useParam("hours", "24");
  const minute = Math.floor(useNow() / 60_000) * 60_000;
  const from = new Date(minute - Number(hours) * 3_600_000).toISOString();
  const report = useQuery<LatencyReport>(pathOf("/v1/reports/latency", { from, channel: code }), { keep: true });
  const pushes = useQuery<List<Push>>(pathOf("/v1/pushes", { from, channel: code, limit: 1000 }), { keep: true });
  const mine = report.data?.channels.find((c) => c.channel === code);
  const measured = (pushes.data?.items ?? []).filter((p) => p.latency_ms?.their_event_to_receipt != null);
  return (
    <Card
      title="From a sale to this channel"
      aside={<Choice label="Time" value={hours as keyof typeof HOURS} options={Object.entries(HOURS).map(([value, label]) => ({ value: value as keyof typeof HOURS, label }))} onChange={setHours} />}
      bare
    >
      <div class="in">
        {report.error ? <Failed error={report.error} /> : null}
        {measured.length > 1 ? (
          <>
            <Chart pushes={measured} />
            <p class="row small soft legend">
              <span>
                <i class="k-in" /> their message comes
              </span>
              <span>
                <i class="k-ours" /> we book and send it
              </span>
              <span>
                <i class="k-out" /> this channel confirms
              </span>
            </p>
          </>
        ) : (
          <Empty title="Nothing to measure in this time">When a sale elsewhere changes a count here, it shows how long each part of the way took.</Empty>
        )}
      </div>
      {mine && (
        <Table
          label="Latency by stage"
          head={
            <>
              <th>Stage</th>
              <th class="num">Half within</th>
              <th class="num">95 of 100</th>
              <th class="num roomy">99 of 100</th>
              <th class="num roomy">Longest</th>
            </>
          }
        >
          {mine.stages.map((s) => (
            <tr key={s.stage}>
              <th scope="row" class={s.stage === "commit" || s.stage === "send" ? "soft" : ""}>
                {STAGES[s.stage] ?? s.stage}
              </th>
              {[s.p50, s.p95].map((ms, i) => (
                <td key={i} class="num">
                  {ms === null ? "–" : stretch(ms)}
                </td>
              ))}
              {[s.p99, s.max].map((ms, i) => (
                <td key={i} class="num roomy">
                  {ms === null ? "–" : stretch(ms)}
                </td>
              ))}
            </tr>
          ))}
        </Table>
      )}
      {mine && (
        <p class="in small soft">
          {count(mine.pushes)} told, {count(mine.confirmed)} confirmed, {count(mine.failed)} failed, {count(mine.unknown)} with a lost answer; {count(mine.late)} later than 5 s.{" "}
          <a href={pathOf("/v1/reports/latency", { from, channel: code, format: "html" })} target="_blank">
            To keep or print
          </a>
        </p>
      )}
    </Card>
  );
}
