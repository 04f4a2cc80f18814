// SPDX-License-Identifier: Apache-2.0
// What lets programs in: tokens, each with what it may do.
import { useState } from "preact/hooks";
import { type List, post, seg, send } from "../api/client.ts";
import type { Token } from "../api/types.ts";
import { useQuery } from "../app/query.ts";
import { may } from "../app/session.ts";
import { Confirm, Dialog } from "../ui/dialog.tsx";
import { Button, Card, Empty, Form, Loaded } from "../ui/parts.tsx";
import { Age, Said, Tag, Time } from "../ui/text.tsx";
import { toast } from "../ui/toast.tsx";
import { Cell, Fold, Select, Text, Units } from "../work/kit.tsx";

/** Fields that newer servers have. */
type Shown = Token & { expires_at?: string | null; last_used_on?: string | null; made_by?: string | null };

const SCOPES: [string, string][] = [
  ["read", "Read"],
  ["operate", "Read, and work with stock"],
  ["admin", "Everything"],
];

export function NeedsAdmin({ what }: { what: string }) {
  return (
    <Card>
      <Empty title={what}>Only an administrator sees and changes this.</Empty>
    </Card>
  );
}

export function Tokens() {
  const isAdmin = may("admin");
  const query = useQuery<List<Shown>>(isAdmin ? "/v1/tokens?limit=1000" : null);
  const [isMaking, setMaking] = useState(false);
  const [ending, setEnding] = useState<Shown | null>(null);
  if (!isAdmin) {
    return <NeedsAdmin what="Programs" />;
  }
  return (
    <Card
      title="Programs"
      bare
      aside={
        <Button small kind="first" onClick={() => setMaking(true)}>
          Make a token
        </Button>
      }
    >
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No token yet">A shop of your own, a script or a till comes in with a token, and may do what the token may.</Empty>
          ) : (
            <Fold label="Tokens" head={["Name", "May", "Made", "Until", "State", ""]}>
              {items.map((t) => (
                <tr key={t.id}>
                  <th scope="row">
                    <Said>{t.name}</Said>
                  </th>
                  <Cell h="May">{SCOPES.find(([s]) => s === t.scope)?.[1] ?? t.scope}</Cell>
                  <Cell h="Made">
                    <Age at={t.created_at} />
                    {t.made_by && (
                      <small class="soft under">
                        by <Said>{t.made_by}</Said>
                      </small>
                    )}
                  </Cell>
                  <Cell h="Until">
                    <Time at={t.expires_at} none="no end" />
                  </Cell>
                  <Cell h="State">{t.revoked ? <Tag>ended</Tag> : <Tag tone="good">good</Tag>}</Cell>
                  <Cell class="acts-cell">
                    {!t.revoked && (
                      <Button small kind="danger" label={`End it: the token ${t.name}`} onClick={() => setEnding(t)}>
                        End it
                      </Button>
                    )}
                  </Cell>
                </tr>
              ))}
            </Fold>
          )
        }
      </Loaded>
      {isMaking && <Make onClose={() => setMaking(false)} onDone={query.reload} />}
      {ending && (
        <Confirm
          title={
            <>
              End <Said>{ending.name}</Said>?
            </>
          }
          send="End it"
          kind="danger"
          onClose={() => setEnding(null)}
          onConfirm={async () => {
            await send("DELETE", `/v1/tokens/${seg(ending.id)}`);
            await query.reload();
            toast("Ended. It opens nothing any more.");
          }}
        >
          <p>Whatever comes with it is refused from that moment on.</p>
        </Confirm>
      )}
    </Card>
  );
}

function Make({ onClose, onDone }: { onClose: () => void; onDone: () => Promise<void> }) {
  const [name, setName] = useState("");
  const [scope, setScope] = useState("operate");
  const [days, setDays] = useState("");
  const [made, setMade] = useState<Token | null>(null);
  const make = async () => {
    setMade(await post<Token>("/v1/tokens", { name: name.trim(), scope, ...(days ? { expires_in_days: Number(days) } : {}) }));
    await onDone();
  };
  if (made) {
    return <Once title="Its token" what="The token" secret={made.token ?? ""} onClose={onClose} />;
  }
  return (
    <Dialog title="Make a token" onClose={onClose}>
      <Form
        onSubmit={make}
        send="Make it"
        disabled={!name.trim()}
        acts={
          <button type="button" class="button" onClick={onClose}>
            Not now
          </button>
        }
      >
        <Text label="For which program" value={name} onChange={setName} required attributes={{ maxLength: 255 }} />
        <Select label="What it may do" value={scope} onChange={setScope} options={SCOPES} />
        <Units label="Good for so many days" value={days} min={1} max={3650} onChange={setDays} help="Empty: until you end it." />
      </Form>
    </Dialog>
  );
}

/** A secret that is shown this one time. */
export function Once({ title, what, secret, onClose }: { title: string; what: string; secret: string; onClose: () => void }) {
  const copy = async () => {
    await navigator.clipboard.writeText(secret);
    toast("Copied.");
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="stack-s">
        <p>{what} is shown only now. Keep it where your program finds it.</p>
        <code class="secret" data-test="secret">
          {secret}
        </code>
        <div class="acts">
          {navigator.clipboard && <Button onClick={copy}>Copy</Button>}
          <Button kind="first" onClick={onClose}>
            I have it
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
