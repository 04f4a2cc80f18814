// SPDX-License-Identifier: Apache-2.0
// Who looks at this page. The session is a cookie that scripts cannot read; here lives only who it is.
import { ApiError, get, post, send, setCsrf, setOnLost } from "../api/client.ts";
import { startLive, stopLive } from "./live.ts";
import { forgetAll } from "./query.ts";
import { type Watchers, tellAll, useWatch } from "./watch.ts";

export type Role = "read" | "operate" | "admin";

export interface User {
  name: string;
  role: Role;
  totp?: boolean;
}

interface SessionAnswer {
  user: User;
  csrf: string;
  expires_at: string;
}

export interface Session {
  /** asking: not known yet; setup: nobody exists yet; lost: the server no longer knows us. */
  state: "asking" | "out" | "in" | "lost" | "setup" | "silent";
  user: User | null;
}

const watchers: Watchers = new Set();
let session: Session = { state: "asking", user: null };

function enter(next: Session): void {
  session = next;
  if (next.state === "in") {
    startLive();
  } else {
    stopLive();
  }
  tellAll(watchers);
}

function welcome(answer: SessionAnswer): void {
  setCsrf(answer.csrf);
  enter({ state: "in", user: answer.user });
}

setOnLost(() => {
  if (session.state === "in") {
    enter({ state: "lost", user: session.user });
  }
});

export async function resume(): Promise<void> {
  try {
    welcome(await get<SessionAnswer>("/v1/session"));
  } catch (error) {
    if (!(error instanceof ApiError)) {
      enter({ state: "silent", user: null });
      setTimeout(() => void resume(), 3000);
      return;
    }
    const setup = await get<{ needed: boolean }>("/v1/setup").catch(() => ({ needed: false }));
    enter({ state: setup.needed ? "setup" : "out", user: null });
  }
}

/** Throws what the server says; `needsCode` of the error's problem is told by its type. */
export async function logIn(name: string, password: string, totp?: string): Promise<void> {
  const before = session.user;
  const answer = await post<SessionAnswer>("/v1/session", { name, password, ...(totp ? { totp } : {}) });
  // The cookie is for secure connections alone: a browser that dropped it would be asked again and again.
  await get("/v1/session").catch((error: unknown) => {
    if (error instanceof ApiError && error.status === 401) {
      throw new Error("Your browser did not keep the session, which travels only over a secure connection. Open this page by its https address.");
    }
    throw error;
  });
  if (before && before.name !== answer.user.name) {
    forgetAll();
  }
  welcome(answer);
}

export async function setUp(code: string, name: string, password: string): Promise<void> {
  welcome(await post<SessionAnswer>("/v1/setup", { code, name, password }));
}

export async function logOut(): Promise<void> {
  await send("DELETE", "/v1/session").catch(() => undefined);
  setCsrf("");
  forgetAll();
  enter({ state: "out", user: null });
}

export function useSession(): Session {
  useWatch(watchers);
  return session;
}

const RANK: Record<Role, number> = { read: 0, operate: 1, admin: 2 };

/** What the role does not reach is shown, and cannot be pressed. */
export function may(role: Role): boolean {
  return RANK[session.user?.role ?? "read"] >= RANK[role];
}
