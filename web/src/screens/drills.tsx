// SPDX-License-Identifier: Apache-2.0
// Drills are run from a terminal; their reports are read here, on this device alone.
import { useState } from "preact/hooks";
import { count, stretch } from "../ui/format.ts";
import { Card, Figure, Page } from "../ui/parts.tsx";
import { Num, Said, Tag, Time } from "../ui/text.tsx";
import { DRILL_BYTES_MAX, type DrillReport, type DrillScenario, readDrill } from "../work/drill_report.ts";
import { Cell, Fold } from "../work/kit.tsx";

const ABOUT: Record<string, string> = {
  burst: "Many sales of one SKU while its pushes are under way.",
  variations: "One product with many variations; buyers who change their minds.",
  duplicates: "Each message comes up to five times, shuffled and late.",
  outage: "One shop's API refuses every call for half of the time.",
};

const STAGES: [string, string][] = [
  ["channel_in", "their event to our receipt"],
  ["ours", "our receipt to our request"],
  ["channel_out", "our request to their confirmation"],
  ["total", "their event to their confirmation"],
  ["shown", "a sale in one shop to the count in another"],
];

export default function Drills() {
  const [read, setRead] = useState<{ name: string; report: DrillReport } | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [isOver, setOver] = useState(false);
  const open = async (file: File | undefined) => {
    if (!file) {
      return;
    }
    setRead(null);
    setError(null);
    if (file.size > DRILL_BYTES_MAX) {
      setError("This file is larger than any report.");
      return;
    }
    const result = readDrill(await file.text());
    if (result.ok) {
      setRead({ name: file.name, report: result.report });
    } else {
      setError(result.why);
    }
  };
  return (
    <Page title="Drills" sub="A measured rehearsal: the real server, look-alike shops, and buyers in bursts, storms and an outage.">
      <div class="stack">
        <Card title="Run one">
          <div class="stack-s">
            <p>A drill has shops and a ledger of its own and touches nothing of yours. On the machine of the server, in a terminal:</p>
            <pre class="command" tabIndex={0} role="region" aria-label="Command">
              truecount drill --report drill.json
            </pre>
            <p class="soft">It takes about two minutes. Run it before a big day, and after an update: the report says how fast sales reached the other shops, how many units were at risk meanwhile, and what the same buyers would have met with a synchronisation every 15, 5 or 1 minutes.</p>
          </div>
        </Card>
        <Card title="Read a report">
          <div
            class={isOver ? "drop over" : "drop"}
            onDragOver={(e) => {
              e.preventDefault();
              setOver(true);
            }}
            onDragLeave={() => setOver(false)}
            onDrop={(e) => {
              e.preventDefault();
              setOver(false);
              void open(e.dataTransfer?.files[0]);
            }}
          >
            <label class="button first">
              Choose a report
              <input type="file" class="said" accept=".json,application/json" onChange={(e) => void open(e.currentTarget.files?.[0])} />
            </label>
            <span class="soft">or drop the file here. It is read in this browser and sent nowhere.</span>
          </div>
          {error && (
            <p class="note soon" role="alert">
              {error}
            </p>
          )}
        </Card>
        {read && <Report name={read.name} report={read.report} />}
      </div>
    </Page>
  );
}

function Report({ name, report }: { name: string; report: DrillReport }) {
  return (
    <section class="stack" aria-label="The report">
      <div class="row">
        <h2 class="grow">
          <Said>{name}</Said>
        </h2>
        <Tag tone={report.good ? "good" : "now"}>{report.good ? "good" : "not good"}</Tag>
      </div>
      <p class="soft">
        Run <Time at={report.started_at} long />, {report.channels === "all" ? "one shop of each platform" : "five shops"}, up to {count(report.orders_per_second)} orders a second, seed {report.seed}.
      </p>
      {report.scenarios.map((s) => (
        <Scenario key={s.name} scenario={s} />
      ))}
    </section>
  );
}

function Scenario({ scenario: s }: { scenario: DrillScenario }) {
  const spreads = STAGES.flatMap(([key, text]) => {
    const spread = s.all_channels?.[key];
    return spread && typeof spread.p50_ms === "number" ? [{ text, spread }] : [];
  });
  return (
    <Card title={<Said>{s.name}</Said>} aside={<Tag tone={s.good ? "good" : "now"}>{s.good ? "good" : "not good"}</Tag>}>
      <div class="stack-s">
        {ABOUT[s.name] && <p class="soft">{ABOUT[s.name]}</p>}
        <dl class="figures">
          <Figure label="orders">
            <Num value={s.orders} />
          </Figure>
          <Figure label="booked once">
            <Num value={s.orders_booked} />
          </Figure>
          <Figure label="units oversold">
            <Num value={s.oversold} />
          </Figure>
          <Figure label="listings that disagree">
            <Num value={s.disagreeing} />
          </Figure>
          <Figure label="until all was at rest">{stretch(s.converged_ms)}</Figure>
        </dl>
        {s.orders !== s.orders_booked && <p class="note now">Orders placed and orders booked differ.</p>}
        {spreads.length > 0 && (
          <Fold label="How long it took" head={["Stretch", ["Half within", "num"], ["95 of 100", "num"], ["99 of 100", "num"], ["Longest", "num"]]}>
            {spreads.map(({ text, spread }) => (
              <tr key={text}>
                <th scope="row">{text}</th>
                <Cell h="Half within" num>
                  {stretch(spread.p50_ms)}
                </Cell>
                <Cell h="95 of 100" num>
                  {stretch(spread.p95_ms)}
                </Cell>
                <Cell h="99 of 100" num>
                  {stretch(spread.p99_ms)}
                </Cell>
                <Cell h="Longest" num>
                  {stretch(spread.max_ms)}
                </Cell>
              </tr>
            ))}
          </Fold>
        )}
        {s.otherwise && s.otherwise.length > 0 && (
          <Fold label="The same buyers otherwise" head={["The same buyers, synchronised", ["Units oversold", "num"], ["Longest above", "num"]]}>
            <tr>
              <th scope="row">by truecount, measured</th>
              <Cell h="Units oversold" num>
                <b>
                  <Num value={s.oversold} />
                </b>
              </Cell>
              <Cell h="Longest above" num>
                {stretch(s.above_longest_ms)}
              </Cell>
            </tr>
            {s.otherwise.map((w) => (
              <tr key={w.way}>
                <th scope="row">
                  <Said>{w.way}</Said>
                </th>
                <Cell h="Units oversold" num>
                  {w.oversold.toLocaleString(undefined, { maximumFractionDigits: 1 })}
                </Cell>
                <Cell h="Longest above" num>
                  {stretch(w.above_longest_ms)}
                </Cell>
              </tr>
            ))}
          </Fold>
        )}
      </div>
    </Card>
  );
}
