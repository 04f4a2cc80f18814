// SPDX-License-Identifier: Apache-2.0
// Who may log in, and what they may do.
import { useState } from "preact/hooks";
import { type List, patch, post, seg, send } from "../api/client.ts";
import { useQuery } from "../app/query.ts";
import { may, type Role, useSession } from "../app/session.ts";
import { Confirm, Dialog } from "../ui/dialog.tsx";
import { Button, Card, Form, Loaded } from "../ui/parts.tsx";
import { Age, Said, Tag } from "../ui/text.tsx";
import { toast } from "../ui/toast.tsx";
import { Cell, Fold, Select, Text } from "../work/kit.tsx";
import { NeedsAdmin } from "./settings_tokens.tsx";

interface Person {
  name: string;
  role: Role;
  totp: boolean;
  created_at: string;
  last_login_at: string | null;
  disabled: boolean;
  advice?: string;
}

export const ROLE_OPTIONS: [string, string][] = [
  ["read", "Looks only"],
  ["operate", "Works with stock"],
  ["admin", "Administrator"],
];

type Asking = { what: "password" | "delete" | "totp"; who: Person } | null;

export function People() {
  const isAdmin = may("admin");
  const query = useQuery<List<Person>>(isAdmin ? "/v1/users?limit=1000" : null);
  const { user } = useSession();
  const [isAdding, setAdding] = useState(false);
  const [asking, setAsking] = useState<Asking>(null);
  if (!isAdmin) {
    return <NeedsAdmin what="Who may log in" />;
  }
  const change = async (who: Person, body: unknown, done: string) => {
    await patch(`/v1/users/${seg(who.name)}`, body);
    await query.reload();
    toast(done);
  };
  return (
    <Card
      title="People"
      bare
      aside={
        <Button small kind="first" onClick={() => setAdding(true)}>
          Add a person
        </Button>
      }
    >
      <Loaded query={query}>
        {({ items }) => (
          <Fold label="People" head={["Name", "May", "Second factor", "Last logged in", "State", ""]}>
            {items.map((p) => (
              <tr key={p.name}>
                <th scope="row">
                  <Said>{p.name}</Said> {p.name === user?.name && <Tag>you</Tag>}
                </th>
                <Cell h="May">
                  <Role person={p} onChange={(role) => change(p, { role }, `${p.name} is told apart as that from now on.`)} />
                </Cell>
                <Cell h="Second factor">
                  {p.totp ? (
                    <>
                      <Tag tone="good">on</Tag>{" "}
                      <Button small kind="bare" label={`Take away the second factor of ${p.name}`} onClick={() => setAsking({ what: "totp", who: p })}>
                        Take away
                      </Button>
                    </>
                  ) : (
                    <Tag>off</Tag>
                  )}
                </Cell>
                <Cell h="Last logged in">
                  <Age at={p.last_login_at} />
                </Cell>
                <Cell h="State">{p.disabled ? <Tag tone="soon">shut out</Tag> : <Tag tone="good">may log in</Tag>}</Cell>
                <Cell class="acts-cell">
                  <Button small label={`New password of ${p.name}`} onClick={() => setAsking({ what: "password", who: p })}>
                    New password
                  </Button>
                  <Button small label={`${p.disabled ? "Let in" : "Shut out"} ${p.name}`} onClick={() => change(p, { disabled: !p.disabled }, p.disabled ? `${p.name} may log in again.` : `${p.name} is shut out.`)}>
                    {p.disabled ? "Let in" : "Shut out"}
                  </Button>
                  <Button small kind="danger" label={`Remove ${p.name}`} onClick={() => setAsking({ what: "delete", who: p })}>
                    Remove
                  </Button>
                </Cell>
              </tr>
            ))}
          </Fold>
        )}
      </Loaded>
      {isAdding && <Add onClose={() => setAdding(false)} onDone={query.reload} />}
      {asking?.what === "delete" && (
        <Confirm
          title={
            <>
              Remove <Said>{asking.who.name}</Said>?
            </>
          }
          send="Remove"
          kind="danger"
          onClose={() => setAsking(null)}
          onConfirm={async () => {
            await send("DELETE", `/v1/users/${seg(asking.who.name)}`);
            await query.reload();
          }}
        >
          <p>They are logged out at once. What they did stays in the log.</p>
        </Confirm>
      )}
      {asking?.what === "totp" && (
        <Confirm
          title={
            <>
              Take away the second factor of <Said>{asking.who.name}</Said>?
            </>
          }
          send="Take it away"
          kind="danger"
          onClose={() => setAsking(null)}
          onConfirm={() => change(asking.who, { totp: false }, "Taken away.")}
        >
          <p>For who has lost their phone. Until they set up another one, the password alone lets them in.</p>
        </Confirm>
      )}
      {asking?.what === "password" && <NewPassword who={asking.who} onClose={() => setAsking(null)} onSend={(password) => change(asking.who, { password }, `${asking.who.name} has another password, and is logged out everywhere.`)} />}
    </Card>
  );
}

function Role({ person, onChange }: { person: Person; onChange: (role: string) => Promise<void> }) {
  const [error, setError] = useState<unknown>(null);
  return (
    <>
      <Select
        label={`What ${person.name} may do`}
        hidden
        value={person.role}
        onChange={(role) => {
          setError(null);
          onChange(role).catch(setError);
        }}
        options={ROLE_OPTIONS}
      />
      {error instanceof Error && <small class="now">{error.message}</small>}
    </>
  );
}

function Add({ onClose, onDone }: { onClose: () => void; onDone: () => Promise<void> }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState("operate");
  const [password, setPassword] = useState("");
  const send = async () => {
    const made = await post<Person>("/v1/users", { name: name.trim(), role, password });
    await onDone();
    toast(made.advice ? `${made.name} may log in. ${made.advice}` : `${made.name} may log in.`);
    onClose();
  };
  return (
    <Dialog title="Add a person" onClose={onClose}>
      <Form
        onSubmit={send}
        send="Add"
        disabled={!name.trim() || !password}
        acts={
          <button type="button" class="button" onClick={onClose}>
            Not now
          </button>
        }
      >
        <Text label="Name" value={name} onChange={setName} required help="Letters, digits, '.', '_' and '-'." attributes={{ maxLength: 64, autocapitalize: "off", autocomplete: "off" }} />
        <Select label="What they may do" value={role} onChange={setRole} options={ROLE_OPTIONS} />
        <Text label="First password" type="password" value={password} onChange={setPassword} required help="They can change it themselves." attributes={{ autocomplete: "new-password", minLength: 8 }} />
      </Form>
    </Dialog>
  );
}

function NewPassword({ who, onClose, onSend }: { who: Person; onClose: () => void; onSend: (password: string) => Promise<void> }) {
  const [password, setPassword] = useState("");
  return (
    <Confirm
      title={
        <>
          New password of <Said>{who.name}</Said>
        </>
      }
      send="Set it"
      onClose={onClose}
      onConfirm={() => onSend(password)}
    >
      <Text label="Password" type="password" value={password} onChange={setPassword} required attributes={{ autocomplete: "new-password", minLength: 8 }} />
    </Confirm>
  );
}
