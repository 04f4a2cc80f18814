// SPDX-License-Identifier: Apache-2.0
// The one way to the server: typed reads, writes that may be sent twice, refusals as sentences.
import { plainWords } from "./plain_words.ts";
import type { Problem, Shortage } from "./types.ts";

export interface List<T> {
  items: T[];
  next: string | null;
}

type Params = Record<string, string | number | boolean | null | undefined>;

/** What the server says no with, and a sentence for whoever reads it. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Partial<Problem>,
    readonly retryAfter: number | null,
  ) {
    super(sentenceOf(status, problem));
  }
}

function shortageText(s: Shortage): string {
  return `${s.sku} at ${s.location}: ${s.requested} asked for, ${s.available} there`;
}

function sentenceOf(status: number, problem: Partial<Problem>): string {
  const said = [(problem.detail && plainWords(problem.detail)) || problem.title || `The server answered ${status}.`];
  if (problem.shortages?.length) {
    said.push(problem.shortages.map(shortageText).join("; "));
  }
  const text = said.join(". ").replace(/\.\. /g, ". ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Any error as one sentence that says what to do. */
export function sentence(error: unknown): string {
  if (error instanceof ApiError) {
    return error.message;
  }
  if (error instanceof TypeError) {
    return "The server does not answer. See whether it runs, and whether you are online; this page goes on by itself.";
  }
  return error instanceof Error ? error.message : String(error);
}

// What every request carries; set by app/session.ts, in memory alone.
let csrf = "";
let onLost: () => void = () => {};
let clockOff = 0;

export function setCsrf(token: string): void {
  csrf = token;
}

/** Called when the server no longer knows us. */
export function setOnLost(lost: () => void): void {
  onLost = lost;
}

/** The server's time: ages are told by it, for this computer's clock may be off. */
export function serverNow(): number {
  return Date.now() + clockOff;
}

function noteClock(response: Response): void {
  const date = Date.parse(response.headers.get("Date") ?? "");
  const off = date + 500 - Date.now();
  // The header is of whole seconds, so a small difference says nothing.
  clockOff = Number.isFinite(off) && Math.abs(off) > 3000 ? off : 0;
}

export function pathOf(path: string, params?: Params): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params ?? {})) {
    if (value !== null && value !== undefined && value !== "") {
      query.set(name, String(value));
    }
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

async function failure(response: Response): Promise<ApiError> {
  const problem: Partial<Problem> = await response.json().catch(() => ({}));
  const after = Number(response.headers.get("Retry-After"));
  return new ApiError(response.status, problem, after > 0 ? after : null);
}

async function call(path: string, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers);
  if (init.method && init.method !== "GET" && csrf) {
    headers.set("X-CSRF-Token", csrf);
  }
  const response = await fetch(path, { ...init, headers, credentials: "same-origin", cache: "no-store" });
  noteClock(response);
  if (response.ok) {
    return response;
  }
  const error = await failure(response);
  if (error.status === 401 && !path.startsWith("/v1/session") && !path.startsWith("/v1/setup")) {
    onLost();
  }
  throw error;
}

export async function get<T>(path: string, params?: Params, signal?: AbortSignal): Promise<T> {
  const response = await call(pathOf(path, params), signal ? { signal } : {});
  return (await response.json()) as T;
}

/** Every page of a list, up to `max` rows. `onPage` sees the rows as they come. */
export async function all<T>(path: string, params: Params = {}, max = 10_000, onPage?: (rows: T[]) => void, signal?: AbortSignal): Promise<T[]> {
  const rows: T[] = [];
  let cursor: string | null = null;
  do {
    const page: List<T> = await get<List<T>>(path, { limit: 1000, ...params, cursor }, signal);
    rows.push(...page.items);
    onPage?.(rows);
    cursor = page.next;
  } while (cursor && rows.length < max);
  return rows;
}

/** A key of its own for a write; without crypto.randomUUID, which plain http on a LAN has not. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

export interface SendOptions {
  ifMatch?: string;
  key?: string;
  /** The body is a table, or another text, and not JSON. */
  type?: string;
}

/**
 * A write. It carries an Idempotency-Key, so that a lost answer costs nothing: it is sent once more
 * with the same key, and the server does not do it twice.
 */
export async function send<T>(method: "POST" | "PATCH" | "DELETE", path: string, body?: unknown, options: SendOptions = {}): Promise<T> {
  const headers = new Headers({ "Idempotency-Key": options.key ?? newKey() });
  if (body !== undefined) {
    headers.set("Content-Type", options.type ?? "application/json");
  }
  if (options.ifMatch) {
    headers.set("If-Match", options.ifMatch);
  }
  const init: RequestInit = { method, headers };
  if (body !== undefined) {
    init.body = typeof body === "string" || body instanceof Blob ? body : JSON.stringify(body);
  }
  let response: Response;
  try {
    response = await call(path, init);
  } catch (error) {
    if (!(error instanceof TypeError)) {
      throw error;
    }
    await new Promise((done) => setTimeout(done, 800));
    response = await call(path, init);
  }
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

export function post<T>(path: string, body?: unknown, options?: SendOptions): Promise<T> {
  return send<T>("POST", path, body, options);
}

export function patch<T>(path: string, body: unknown, options?: SendOptions): Promise<T> {
  return send<T>("PATCH", path, body, options);
}

/** One row together with the tag of its settings, for a change that must not overwrite another's. */
export async function getTagged<T>(path: string): Promise<{ row: T; etag: string }> {
  const response = await call(path, {});
  return { row: (await response.json()) as T, etag: response.headers.get("ETag") ?? "" };
}

/** A segment of a path: a SKU may hold anything. */
export function seg(text: string): string {
  return encodeURIComponent(text);
}
