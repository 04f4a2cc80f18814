// SPDX-License-Identifier: Apache-2.0
// Every attempt to tell a channel: what was written, what became of it, and where the time went.
import { useEffect, useRef, useState } from "preact/hooks";
import { post, seg } from "../api/client.ts";
import type { Push } from "../api/types.ts";
import { useParam } from "../app/router.ts";
import { stretch } from "../ui/format.ts";
import { Bones, Button, Card, Empty, Failed, Page } from "../ui/parts.tsx";
import { Age, ChannelLink, Num, Said, SkuLink, Tag, Time, type Tone } from "../ui/text.tsx";
import { toast } from "../ui/toast.tsx";
import { Cell, ChannelSelect, Fold, More, Select, SkuField, SPANS, useLater, usePages, useSpan } from "../work/kit.tsx";
import { type LatencyMs, type Stage, stagesOf, totalMs } from "../work/stages.ts";

const STATES: Record<Push["state"], [Tone, string, string]> = {
  in_flight: ["plain", "on its way", "It has left and is not answered yet."],
  confirmed: ["good", "confirmed", "The channel took it."],
  accepted: ["plain", "accepted", "The channel took it and will carry it out later."],
  failed: ["soon", "refused", "It did not land. What is wanted is tried again, unless the channel refuses it for certain."],
  unknown: ["soon", "not known", "Its answer was lost: it may have landed. The count is read before anything else is written."],
};

export default function Pushes() {
  const [channel, setChannel] = useParam("channel");
  const [sku, setSku] = useParam("sku");
  const [span, setSpan] = useParam("span", "all");
  const [listing] = useParam("listing");
  const asked = useLater(sku.trim(), 400);
  const pages = usePages<Push>("/v1/pushes", { channel, sku: asked, listing, from: useSpan(span) }, ["push"]);
  const slowest = Math.max(1, ...pages.rows.map((p) => totalMs(stagesOf(p.latency_ms as LatencyMs | null))));
  return (
    <Page title="Pushes" sub="Every attempt to tell a channel its count, newest first." acts={<Legend />}>
      <div class="stack-s">
        <div class="filters">
          <ChannelSelect hidden value={channel} onChange={setChannel} />
          <Select label="Time" hidden value={span} onChange={setSpan} options={SPANS} />
          <SkuField label="SKU" hidden value={sku} onChange={setSku} />
        </div>
        <Card bare>
          {pages.error ? <Failed error={pages.error} retry={pages.reload} /> : null}
          {pages.isLoading ? (
            <Bones />
          ) : pages.rows.length === 0 && !pages.error ? (
            <Empty title={channel || asked || span !== "all" ? "None like that" : "No channel was told anything yet"}>
              Channels in shadow mode are never written to. A live one is told within a second of each change.
            </Empty>
          ) : (
            <Fold label="Pushes" head={["Left", "Channel", "SKU", ["Count", "num"], "Outcome", "Where the time went", ""]}>
              {pages.rows.map((p) => (
                <Row key={p.id} push={p} slowest={slowest} />
              ))}
            </Fold>
          )}
          <More pages={pages} what="pushes" />
        </Card>
      </div>
    </Page>
  );
}

function Row({ push, slowest }: { push: Push; slowest: number }) {
  const [tone, text, means] = STATES[push.state];
  const [isOpen, setOpen] = useState(false);
  const stages = stagesOf(push.latency_ms as LatencyMs | null);
  const force = async () => {
    await post(`/v1/listings/${seg(push.listing)}/push`, {});
    toast(`${push.sku} on ${push.channel} is looked at again now.`);
  };
  return (
    <>
      <tr>
        <Cell h="Left">
          <Age at={push.sent_at ?? push.committed_at} none="not yet" />
        </Cell>
        <Cell h="Channel">
          <ChannelLink code={push.channel} />
        </Cell>
        <Cell h="SKU">
          <SkuLink sku={push.sku} />
        </Cell>
        <Cell h="Count" num>
          <b>
            <Num value={push.value} />
          </b>
          {push.compare !== null && (
            <small class="soft under">
              was <Num value={push.compare} />
            </small>
          )}
        </Cell>
        <Cell h="Outcome">
          <Tag tone={tone} title={means}>
            {text}
          </Tag>
          {push.reason && (
            <small class="soft under">
              <Said>{push.reason}</Said>
            </small>
          )}
        </Cell>
        <Cell h="Where the time went">
          <Bar stages={stages} slowest={slowest} />
        </Cell>
        <Cell class="acts-cell">
          <Button small kind="bare" label={`${isOpen ? "Less" : "Details"} of the push of ${push.sku} to ${push.channel}`} onClick={() => setOpen(!isOpen)}>
            {isOpen ? "Less" : "Details"}
          </Button>
          <Button small needs="operate" label={`Push again: ${push.sku} to ${push.channel}`} title="Looks at the listing again now, and lifts its quarantine." onClick={force}>
            Push again
          </Button>
        </Cell>
      </tr>
      {isOpen && (
        <tr class="more-of">
          <td colSpan={7}>
            <dl class="pairs">
              {stages.map((s) => (
                <>
                  <dt>
                    <i class={`swatch ${s.name}`} /> {s.label}
                  </dt>
                  <dd>{stretch(s.ms)}</dd>
                </>
              ))}
              <dt>Their sale</dt>
              <dd>
                <Time at={push.happened_at} long none="no sale caused it, or the channel does not say when" />
              </dd>
              <dt>Reached us</dt>
              <dd>
                <Time at={push.received_at} long />
              </dd>
              <dt>Booked</dt>
              <dd>
                <Time at={push.committed_at} long />
              </dd>
              <dt>Left</dt>
              <dd>
                <Time at={push.sent_at} long />
              </dd>
              <dt>Answered</dt>
              <dd>
                <Time at={push.answered_at} long />
              </dd>
            </dl>
          </td>
        </tr>
      )}
    </>
  );
}

/** Longer is slower: bars of one screen are of one scale, of which the square root is drawn. */
function Bar({ stages, slowest }: { stages: Stage[]; slowest: number }) {
  const ref = useRef<HTMLSpanElement>(null);
  const total = totalMs(stages);
  useEffect(() => {
    const bar = ref.current;
    if (!bar) {
      return;
    }
    bar.style.width = `${Math.max(3, 100 * Math.sqrt(total / slowest))}%`;
    stages.forEach((s, i) => ((bar.children[i] as HTMLElement).style.flexGrow = String(Math.max(0.5, s.percent))));
  }, [stages, slowest, total]);
  if (stages.length === 0) {
    return <span class="faint">not measured</span>;
  }
  return (
    <span class="took">
      <span class="stages">
        <span ref={ref} role="img" aria-label={stages.map((s) => `${s.label}: ${stretch(s.ms)}`).join(", ")} title={stages.map((s) => `${s.label}: ${stretch(s.ms)}`).join("\n")}>
          {stages.map((s) => (
            <i key={s.name} class={s.name} />
          ))}
        </span>
      </span>
      <span class="nowrap">{stretch(total)}</span>
    </span>
  );
}

function Legend() {
  return (
    <ul class="push-legend small soft" aria-label="What the bars show">
      <li>
        <i class="swatch theirs_in" /> their sale to us
      </li>
      <li>
        <i class="swatch commit" /> booked
      </li>
      <li>
        <i class="swatch send" /> waited to leave
      </li>
      <li>
        <i class="swatch theirs_out" /> confirmed
      </li>
    </ul>
  );
}
