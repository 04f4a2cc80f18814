// SPDX-License-Identifier: Apache-2.0
// One's own account: another password, and a second factor by an authenticator app.
import { useState } from "preact/hooks";
import { post, send } from "../api/client.ts";
import { type User, useSession } from "../app/session.ts";
import { useQuery } from "../app/query.ts";
import { Confirm } from "../ui/dialog.tsx";
import { Button, Card, Form } from "../ui/parts.tsx";
import { Said, Tag } from "../ui/text.tsx";
import { toast } from "../ui/toast.tsx";
import { Text } from "../work/kit.tsx";
import { qr, qrPath } from "../work/qr.ts";

const ROLES: Record<User["role"], string> = {
  read: "may look at everything and change nothing",
  operate: "may look, and change stock, listings, orders and counts",
  admin: "may do everything",
};

export function Me() {
  const { user } = useSession();
  const session = useQuery<{ user: User }>("/v1/session");
  const hasTotp = session.data?.user.totp ?? user?.totp ?? false;
  return (
    <div class="cards">
      <Card title={<Said>{user?.name ?? "You"}</Said>} aside={<Tag>{user?.role}</Tag>}>
        <p class="soft">
          This account {user ? ROLES[user.role] : ""}. You are logged out after half an hour without use.
        </p>
      </Card>
      <Password />
      <SecondFactor hasTotp={hasTotp} onChange={session.reload} />
    </div>
  );
}

function Password() {
  const [old, setOld] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const change = async () => {
    if (password !== again) {
      throw new Error("The two new passwords differ. Type it once more.");
    }
    const answer = await post<{ advice?: string } | undefined>("/v1/session/password", { old, new: password });
    setOld("");
    setPassword("");
    setAgain("");
    toast(answer?.advice ? `Changed. ${answer.advice}` : "Your password is changed. Other sessions of yours have ended.");
  };
  return (
    <Card title="Another password">
      <Form onSubmit={change} send="Change it" disabled={!old || !password}>
        <Text label="The one you have" type="password" value={old} onChange={setOld} required attributes={{ autocomplete: "current-password" }} />
        <Text
          label="The new one"
          type="password"
          value={password}
          onChange={setPassword}
          required
          help="Fifteen characters or more are best: a few words that do not belong together."
          attributes={{ autocomplete: "new-password", minLength: 8 }}
        />
        <Text label="Once more" type="password" value={again} onChange={setAgain} required attributes={{ autocomplete: "new-password" }} />
      </Form>
    </Card>
  );
}

interface Begun {
  secret: string;
  uri: string;
}

function SecondFactor({ hasTotp, onChange }: { hasTotp: boolean; onChange: () => Promise<void> }) {
  const [begun, setBegun] = useState<Begun | null>(null);
  const [code, setCode] = useState("");
  const [isRemoving, setRemoving] = useState(false);
  const [password, setPassword] = useState("");
  const confirm = async () => {
    await post("/v1/session/totp/confirm", { code: code.replace(/\s/g, "") });
    setBegun(null);
    setCode("");
    await onChange();
    toast("From now on, logging in wants a code of your app.");
  };
  return (
    <Card title="Second factor" aside={hasTotp ? <Tag tone="good">on</Tag> : <Tag>off</Tag>}>
      {hasTotp ? (
        <div class="stack-s">
          <p class="soft">Logging in wants a code of your authenticator app beside the password.</p>
          <Button kind="danger" onClick={() => setRemoving(true)}>
            Take it away
          </Button>
        </div>
      ) : begun ? (
        <Form onSubmit={confirm} send="Switch it on" disabled={code.replace(/\s/g, "").length !== 6}>
          <p>Scan this with your authenticator app, then type the six digits that it shows.</p>
          <Code uri={begun.uri} />
          <p class="small soft">
            No camera? Type this key there: <code class="key">{begun.secret.replace(/(.{4})/g, "$1 ").trim()}</code>
          </p>
          <Text label="The six digits" value={code} onChange={setCode} required attributes={{ inputMode: "numeric", autocomplete: "one-time-code", maxLength: 7 }} />
        </Form>
      ) : (
        <div class="stack-s">
          <p class="soft">A code of an app on your phone beside the password: who finds out the password alone cannot log in.</p>
          <Button kind="first" onClick={async () => setBegun(await post<Begun>("/v1/session/totp", {}))}>
            Set it up
          </Button>
        </div>
      )}
      {isRemoving && (
        <Confirm
          title="Take the second factor away?"
          send="Take it away"
          kind="danger"
          onClose={() => setRemoving(false)}
          onConfirm={async () => {
            await send("DELETE", "/v1/session/totp", { password });
            setPassword("");
            await onChange();
          }}
        >
          <Text label="Your password" type="password" value={password} onChange={setPassword} required attributes={{ autocomplete: "current-password" }} />
        </Confirm>
      )}
    </Card>
  );
}

/** Drawn here, so that the key is shown to nobody else. Dark on light also in the dark: apps want it so. */
function Code({ uri }: { uri: string }) {
  const code = qr(uri);
  if (!code) {
    return null;
  }
  return (
    <svg class="qr" viewBox={`-4 -4 ${code.size + 8} ${code.size + 8}`} role="img" aria-label="QR code of the key" shape-rendering="crispEdges">
      <rect x="-4" y="-4" width={code.size + 8} height={code.size + 8} fill="#fff" />
      <path d={qrPath(code)} fill="#000" />
    </svg>
  );
}
