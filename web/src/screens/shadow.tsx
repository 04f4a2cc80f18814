// SPDX-License-Identifier: Apache-2.0
// The evidence of shadow mode, the checklist, and taking a channel over: with a watch, and a way back.
import { useState } from "preact/hooks";
import { newKey, post, seg } from "../api/client.ts";
import { plainWords } from "../api/plain_words.ts";
import type { Channel, CutoverChecklist, Difference, JobStarted, ShadowReport } from "../api/types.ts";
import { useQuery } from "../app/query.ts";
import { Confirm } from "../ui/dialog.tsx";
import { count, plural, stretch } from "../ui/format.ts";
import { Button, Card, Empty, Failed, Field, Figure, Loaded, Table } from "../ui/parts.tsx";
import { Age, Num, Said, SkuLink, Tag, Time } from "../ui/text.tsx";
import { toast } from "../ui/toast.tsx";
import { Progress, useJob } from "./job.tsx";

const CAUSES: Record<Difference["cause"], string> = {
  unknown: "nobody knows yet",
  foreign_write: "somebody else wrote it",
  late_write: "a late write of ours",
  flag: "it is not counted there",
  late_shop: "the shop was told late by its own tool",
  late_event: "its message came late",
};

const CHECKS: Record<string, string> = {
  settings: "Settings and secrets do",
  locations: "Places are mapped",
  channel_sound: "It answers, and its messages arrive",
  listings: "Something is linked",
  opening_balance: "Everything has an opening balance",
  listings_sound: "No listing is refused",
  shadow: "Shadow mode agreed long enough",
};

/** What to do, where the server's own words are for programs. */
const ACTIONS: Record<string, string> = {
  shadow: "Let it run in shadow, and look at what differs under Agreement.",
  opening_balance: "Count them, or book what the channels say, under Links.",
  listings_sound: "See the incidents of this channel.",
};

export function Evidence({ channel }: { channel: Channel }) {
  const query = useQuery<ShadowReport>(`/v1/reports/shadow/${seg(channel.code)}`, { every: 15_000 });
  return (
    <Loaded query={query}>
      {(report) => (
        <>
          <Card title="What the readings say">
            <div class="stack-s">
              <dl class="figures">
                <Figure label="of readings agree">{report.days.some((d) => d.readings) ? `${report.agreement.toFixed(1)} %` : "–"}</Figure>
                <Figure label={`days in a row, of ${report.bar_days} asked for`}>{report.days_in_a_row}</Figure>
                <Figure label="differences nobody explains">{count(report.unexplained)}</Figure>
                {report.order_delay.orders > 0 && <Figure label="95 of 100 orders known within">{stretch(report.order_delay.p95_ms)}</Figure>}
              </dl>
              {report.missing && <p class="soft">Not ready: {report.missing}.</p>}
            </div>
          </Card>
          <Card title="Listings that differ" bare aside={report.has_more ? "the newest" : undefined}>
            {report.differences.length === 0 ? (
              <Empty title="None">Every count that was read is what it should be.</Empty>
            ) : (
              <Table
                label="Listings that differ"
                head={
                  <>
                    <th>Item</th>
                    <th class="num">Shows</th>
                    <th class="num">Should be</th>
                    <th>Why</th>
                    <th class="roomy">Since</th>
                  </>
                }
              >
                {report.differences.slice(0, 100).map((d) => (
                  <tr key={d.id}>
                    <th scope="row">
                      <SkuLink sku={d.sku} />
                    </th>
                    <td class="num">
                      <Num value={d.shown} />
                    </td>
                    <td class="num">
                      <Num value={d.computed} />
                    </td>
                    <td>
                      <Tag tone={d.state === "open" ? "soon" : "plain"}>{d.state === "open" ? CAUSES[d.cause] : `over: ${CAUSES[d.cause]}`}</Tag>
                      {d.about && (
                        <div class="small soft">
                          <Said>{d.about}</Said>
                        </div>
                      )}
                    </td>
                    <td class="small roomy">
                      <Age at={d.began_at} />
                    </td>
                  </tr>
                ))}
              </Table>
            )}
          </Card>
        </>
      )}
    </Loaded>
  );
}

function TakeOver({ channel, list, onClose, onStarted }: { channel: Channel; list: CutoverChecklist; onClose: () => void; onStarted: (job: string) => void }) {
  const [watch, setWatch] = useState("30");
  const [force, setForce] = useState("");
  const [key] = useState(newKey);
  const missing = list.checks.filter((c) => !c.ok);
  return (
    <Confirm
      title={`Take ${channel.code} over?`}
      send="Take it over"
      onClose={onClose}
      onConfirm={async () => {
        const started = await post<JobStarted>(`/v1/channels/${seg(channel.code)}/cutover`, { watch_minutes: Number(watch), ...(missing.length ? { force: force.trim() } : {}) }, { key });
        onStarted(started.job);
      }}
    >
      <p>From now on its counts are written from here. Whatever kept them before must be stopped for this channel first: two writers undo each other.</p>
      <p class="soft">It begins slowly, and what was written is read back. When too much differs, the channel falls back to shadow by itself.</p>
      <Field label="Watch for so many minutes">
        <input name="watch" type="number" min={1} max={10080} required value={watch} onInput={(e) => setWatch(e.currentTarget.value)} />
      </Field>
      {missing.length > 0 && (
        <Field label={`Why in spite of ${plural(missing.length, "open line")} of the checklist`} help="It is kept in the log.">
          <input name="force" required maxLength={255} value={force} onInput={(e) => setForce(e.currentTarget.value)} />
        </Field>
      )}
    </Confirm>
  );
}

function RollBack({ channel, onClose, onDone }: { channel: Channel; onClose: () => void; onDone: () => unknown }) {
  const [reason, setReason] = useState("");
  return (
    <Confirm
      title={`Take ${channel.code} back to shadow?`}
      send="Take it back"
      kind="danger"
      onClose={onClose}
      onConfirm={async () => {
        await post(`/v1/channels/${seg(channel.code)}/rollback`, reason.trim() ? { reason: reason.trim() } : {});
        toast(`${channel.code} is in shadow: nothing is written to it any more.`);
        await onDone();
      }}
    >
      <p>Its counts stay as they are, and its orders are booked as before. Whoever kept its counts must keep them again.</p>
      <Field label="Why" help="May be left out.">
        <input name="reason" maxLength={255} value={reason} onInput={(e) => setReason(e.currentTarget.value)} />
      </Field>
    </Confirm>
  );
}

export function Cutover({ channel, onDone }: { channel: Channel; onDone: () => unknown }) {
  const query = useQuery<CutoverChecklist>(`/v1/channels/${seg(channel.code)}/cutover`, { every: 5000 });
  const [doing, setDoing] = useState<"over" | "back" | null>(null);
  const [started, setStarted] = useState<string | null>(null);
  const job = useJob(started ?? query.data?.job ?? null, () => void onDone());
  const live = channel.mode === "live";
  const required = query.data?.checks.some((c) => c.required && !c.ok);
  return (
    <Card title={live ? "It is live" : "Take it over"}>
      <Loaded query={query}>
        {(list) => (
          <div class="stack">
            <ul class="checks" aria-label="Checklist">
              {list.checks.map((c) => (
                <li key={c.check}>
                  <Tag tone={c.ok ? "good" : c.required ? "now" : "soon"}>{c.ok ? "right" : c.required ? "missing" : "not yet"}</Tag>
                  <span>
                    <b>{CHECKS[c.check] ?? c.check}</b>
                    <span class="soft">
                      {" "}
                      <Said>{c.detail}</Said>
                      {!c.ok && (ACTIONS[c.check] ?? c.action) && <>. {ACTIONS[c.check] ?? plainWords(c.action)}</>}
                    </span>
                  </span>
                </li>
              ))}
            </ul>
            {job && (job.state === "running" || job.state === "queued") && (
              <div class="stack-s" data-job={job.state}>
                <p>
                  Being taken over and watched{list.watch_until && <>, until <Time at={list.watch_until} /></>}. {plural(job.done, "listing")} {job.total > 0 && `of ${count(job.total)}`} looked at.
                </p>
                <Progress job={job} />
              </div>
            )}
            {job?.state === "failed" && <Failed error={new Error(job.error ?? "It fell back to shadow.")} />}
            {live && list.cutover_at && (
              <p class="soft">
                Live since <Time at={list.cutover_at} long />.
              </p>
            )}
            <div class="acts">
              {live ? (
                <Button kind="danger" needs="operate" onClick={() => setDoing("back")}>
                  Take it back to shadow
                </Button>
              ) : (
                <Button kind="first" needs="admin" disabled={required} title={required ? "A line of the checklist is missing that nothing goes past." : undefined} onClick={() => setDoing("over")}>
                  Take it over
                </Button>
              )}
            </div>
            {doing === "over" && <TakeOver channel={channel} list={list} onClose={() => setDoing(null)} onStarted={(id) => { setStarted(id); void onDone(); void query.reload(); }} />}
            {doing === "back" && <RollBack channel={channel} onClose={() => setDoing(null)} onDone={async () => { setStarted(null); await Promise.all([onDone(), query.reload()]); }} />}
          </div>
        )}
      </Loaded>
    </Card>
  );
}
