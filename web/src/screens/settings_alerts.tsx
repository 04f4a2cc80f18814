// SPDX-License-Identifier: Apache-2.0
// Who is told of incidents: addresses of programs, and how each fares.
import { useState } from "preact/hooks";
import { type List, patch, post, seg, send } from "../api/client.ts";
import type { Webhook, WebhookTrial } from "../api/types.ts";
import { useQuery } from "../app/query.ts";
import { may } from "../app/session.ts";
import { Confirm, Dialog } from "../ui/dialog.tsx";
import { plural, stretch } from "../ui/format.ts";
import { Button, Card, Empty, Form, Loaded } from "../ui/parts.tsx";
import { Age, Said, Tag } from "../ui/text.tsx";
import { toast } from "../ui/toast.tsx";
import { Text } from "../work/kit.tsx";
import { NeedsAdmin, Once } from "./settings_tokens.tsx";

const EVENTS: [string, string][] = [
  ["incident.opened", "an incident opens"],
  ["incident.updated", "it is seen again"],
  ["incident.resolved", "it is over"],
];

export function Alerts() {
  const isAdmin = may("admin");
  const query = useQuery<List<Webhook>>(isAdmin ? "/v1/webhooks?limit=100" : null, { on: ["incident"] });
  const [isAdding, setAdding] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  if (!isAdmin) {
    return <NeedsAdmin what="Alerts" />;
  }
  return (
    <div class="stack">
      <Card
        title="Addresses that are told"
        aside={
          <Button small kind="first" onClick={() => setAdding(true)}>
            Add an address
          </Button>
        }
      >
        <Loaded query={query}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title="Nobody is told yet">Whoever does not look here all day is told: a chat, a pager, a program of yours. Each message is signed.</Empty>
            ) : (
              <ul class="stack">
                {items.map((w) => (
                  <Address key={w.id} row={w} onChange={query.reload} onSecret={setSecret} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </Card>
      <Card title="By mail">
        <p class="soft">
          Mail goes through a relay of yours, which the server is told when it is started: <code>--smtp-url</code>, <code>--smtp-from</code>, <code>--smtp-to</code>.
        </p>
      </Card>
      {isAdding && <Add onClose={() => setAdding(false)} onDone={query.reload} onSecret={setSecret} />}
      {secret && <Once title="Its secret" what="The secret that signs the messages" secret={secret} onClose={() => setSecret(null)} />}
    </div>
  );
}

function Address({ row, onChange, onSecret }: { row: Webhook; onChange: () => Promise<void>; onSecret: (secret: string) => void }) {
  const [isRemoving, setRemoving] = useState(false);
  const [trial, setTrial] = useState<WebhookTrial | null>(null);
  const url = `/v1/webhooks/${seg(row.id)}`;
  const test = async () => {
    setTrial(await post<WebhookTrial>(`${url}/test`, {}));
    await onChange();
  };
  const flip = async () => {
    await patch(url, { state: row.state === "active" ? "disabled" : "active" });
    await onChange();
  };
  const rotate = async () => {
    const made = await post<Webhook>(`${url}/rotate`, {});
    await onChange();
    onSecret(made.secret ?? "");
  };
  return (
    <li class="stack-s">
      <div class="row">
        <b class="grow break">
          <Said>{row.url}</Said>
        </b>
        {row.state === "disabled" ? <Tag tone="soon">switched off</Tag> : row.failing_since ? <Tag tone="soon">nothing arrives</Tag> : <Tag tone="good">told</Tag>}
      </div>
      <p class="small soft">
        When {row.events.map((e) => EVENTS.find(([name]) => name === e)?.[1] ?? e).join(", ")}.
        {row.pending > 0 && ` ${row.pending >= 1000 ? "A thousand or more messages wait" : `${plural(row.pending, "message waits", "messages wait")}`}.`}
        {row.last_at && (
          <>
            {" "}
            Last tried <Age at={row.last_at} />
            {row.last_status !== null ? `, answered ${row.last_status}` : ""}.
          </>
        )}
        {row.failing_since && (
          <>
            {" "}
            Failing since <Age at={row.failing_since} />; tried again <Age at={row.next_at} />.
          </>
        )}
      </p>
      {row.last_error && (
        <p class="note soon break">
          <Said>{row.last_error}</Said>
        </p>
      )}
      {trial && (
        <p class={trial.arrived ? "note" : "note soon"} role="status">
          {trial.arrived ? `The test message arrived after ${stretch(trial.took_ms)}.` : `The test message did not arrive: ${trial.error ?? `it answered ${trial.status}`}`}
        </p>
      )}
      <div class="acts">
        <Button small label={`Send a test to ${row.url}`} onClick={test}>
          Send a test
        </Button>
        <Button small onClick={rotate}>
          New secret
        </Button>
        <Button small onClick={flip}>
          {row.state === "active" ? "Switch off" : "Switch on"}
        </Button>
        <Button small kind="danger" onClick={() => setRemoving(true)}>
          Remove
        </Button>
      </div>
      {isRemoving && (
        <Confirm
          title="Remove this address?"
          send="Remove"
          kind="danger"
          onClose={() => setRemoving(false)}
          onConfirm={async () => {
            await send("DELETE", url);
            await onChange();
            toast("Removed.");
          }}
        >
          <p class="break">
            <Said>{row.url}</Said> is told nothing any more, also not of what waits.
          </p>
        </Confirm>
      )}
    </li>
  );
}

function Add({ onClose, onDone, onSecret }: { onClose: () => void; onDone: () => Promise<void>; onSecret: (secret: string) => void }) {
  const [url, setUrl] = useState("https://");
  const [events, setEvents] = useState<string[]>(EVENTS.map(([name]) => name));
  const add = async () => {
    const made = await post<Webhook>("/v1/webhooks", { url: url.trim(), events });
    await onDone();
    onClose();
    onSecret(made.secret ?? "");
  };
  return (
    <Dialog title="Add an address" onClose={onClose}>
      <Form
        onSubmit={add}
        send="Add"
        disabled={events.length === 0 || url.length < 10}
        acts={
          <button type="button" class="button" onClick={onClose}>
            Not now
          </button>
        }
      >
        <Text label="Address" value={url} onChange={setUrl} required help="https, and a host on the internet." attributes={{ inputMode: "url", maxLength: 2000 }} />
        <fieldset class="lines">
          <legend>Told when</legend>
          {EVENTS.map(([name, text]) => (
            <label key={name} class="check">
              <input type="checkbox" checked={events.includes(name)} onChange={(e) => setEvents(e.currentTarget.checked ? [...events, name] : events.filter((n) => n !== name))} />
              <span>{text}</span>
            </label>
          ))}
        </fieldset>
      </Form>
    </Dialog>
  );
}
