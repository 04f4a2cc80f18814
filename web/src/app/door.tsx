// SPDX-License-Identifier: Apache-2.0
// Before anybody is known: log in, or make the first account with the code that the server printed.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError } from "../api/client.ts";
import { Mark } from "../ui/icons.tsx";
import { Field, Form } from "../ui/parts.tsx";
import { here, navigate } from "./router.ts";
import { logIn, setUp, useSession } from "./session.ts";

function Door({ title, children }: { title: string; children: ComponentChildren }) {
  useEffect(() => {
    document.title = `${title} · truecount`;
  }, [title]);
  return (
    <main class="door">
      <div>
        <div class="mark">
          <Mark />
          <span>truecount</span>
        </div>
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}

function asksForCode(error: unknown): boolean {
  return error instanceof ApiError && `${error.problem.title} ${error.problem.detail}`.includes("totp_needed");
}

export function Login() {
  const { state, user } = useSession();
  const [name, setName] = useState(user?.name ?? "");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [needsCode, setNeedsCode] = useState(false);
  const submit = async () => {
    try {
      await logIn(name.trim(), password, code.trim() || undefined);
      if (/^\/(login|setup)$/.test(here().path)) {
        navigate("/", { replace: true });
      }
    } catch (error) {
      if (asksForCode(error) && !needsCode) {
        setNeedsCode(true);
        return;
      }
      throw error;
    }
  };
  return (
    <Door title="Log in">
      <p class="soft">{state === "lost" ? "You were logged out after a while without use. You come back to where you were." : "To see and keep the counts of this shop."}</p>
      <Form send="Log in" onSubmit={submit}>
        <Field label="Name">
          <input name="name" autocomplete="username" required autofocus value={name} onInput={(e) => setName(e.currentTarget.value)} />
        </Field>
        <Field label="Password">
          <input name="password" type="password" autocomplete="current-password" required value={password} onInput={(e) => setPassword(e.currentTarget.value)} />
        </Field>
        {needsCode && (
          <Field label="Code" help="The six digits that your authenticator app shows now.">
            <input name="totp" inputMode="numeric" autocomplete="one-time-code" pattern="[0-9 ]{6,7}" required autofocus value={code} onInput={(e) => setCode(e.currentTarget.value)} />
          </Field>
        )}
      </Form>
    </Door>
  );
}

export function Setup() {
  const [code, setCode] = useState(here().hash.slice(1));
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const fromLink = here().hash.length > 1;
  const submit = async () => {
    if (password !== again) {
      throw new Error("The two passwords differ. Type it once more.");
    }
    await setUp(code.trim(), name.trim(), password);
    navigate("/start", { replace: true });
  };
  return (
    <Door title="Make the first account">
      <p class="soft">
        Nobody has an account on this server yet. {fromLink ? "Yours will be the first, and may do everything." : "The code stands in the address that the server printed when it started."}
      </p>
      <Form send="Make the account" onSubmit={submit}>
        {!fromLink && (
          <Field label="Code" help="What follows the # in that address.">
            <input name="code" required autocomplete="off" spellcheck={false} value={code} onInput={(e) => setCode(e.currentTarget.value)} />
          </Field>
        )}
        <Field label="Your name">
          <input name="name" autocomplete="username" required value={name} onInput={(e) => setName(e.currentTarget.value)} />
        </Field>
        <Field label="Password" help="Fifteen characters or more are best: a few words that do not belong together.">
          <input name="password" type="password" autocomplete="new-password" required minLength={8} value={password} onInput={(e) => setPassword(e.currentTarget.value)} />
        </Field>
        <Field label="Once more">
          <input name="again" type="password" autocomplete="new-password" required value={again} onInput={(e) => setAgain(e.currentTarget.value)} />
        </Field>
      </Form>
    </Door>
  );
}

export function Silent() {
  return (
    <Door title="The server does not answer">
      <p class="soft">This page tries again by itself. See whether the server runs, and whether you are online.</p>
    </Door>
  );
}
