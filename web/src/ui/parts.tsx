// SPDX-License-Identifier: Apache-2.0
// The parts that screens are made of: heads, cards, tables, buttons, empty states.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { sentence } from "../api/client.ts";
import { type Role, may } from "../app/session.ts";
import type { Query } from "../app/query.ts";
import { toast } from "./toast.tsx";

/** A screen: its name (also the tab's), one line below it, and what can be done here. */
export function Page({ title, sub, acts, children, tab }: { title: ComponentChildren; sub?: ComponentChildren; acts?: ComponentChildren; children: ComponentChildren; tab?: string }) {
  const name = tab ?? (typeof title === "string" ? title : "");
  useEffect(() => {
    document.title = name ? `${name} · truecount` : "truecount";
  }, [name]);
  return (
    <>
      <div class="head">
        <div>
          <h1>{title}</h1>
          {sub && <div class="sub">{sub}</div>}
        </div>
        {acts && <div class="acts">{acts}</div>}
      </div>
      {children}
    </>
  );
}

export function Card({ title, aside, children, bare, class: extra = "" }: { title?: ComponentChildren; aside?: ComponentChildren; children?: ComponentChildren; bare?: boolean; class?: string }) {
  return (
    <section class={`card ${extra}`}>
      {title && (
        <header>
          <h2>{title}</h2>
          {aside && <div class="small soft">{aside}</div>}
        </header>
      )}
      {bare ? children : <div class="in">{children}</div>}
    </section>
  );
}

/** A table that scrolls by itself when it is too wide. `label` names it for who cannot see it. */
export function Table({ head, label, children }: { head: ComponentChildren; label: string; children: ComponentChildren }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      <table>
        <thead>
          <tr>{head}</tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

export function Empty({ title, children, acts }: { title: string; children?: ComponentChildren; acts?: ComponentChildren }) {
  return (
    <div class="empty">
      <h3>{title}</h3>
      {children && <p>{children}</p>}
      {acts && <div class="acts">{acts}</div>}
    </div>
  );
}

export function Bones({ rows = 4 }: { rows?: number }) {
  return (
    <div class="bones" role="status" aria-label="Reading">
      {Array.from({ length: rows }, (_, i) => (
        <i key={i} />
      ))}
    </div>
  );
}

export function Failed({ error, retry }: { error: unknown; retry?: () => void }) {
  return (
    <div class="note now row" role="alert">
      <span class="grow break">{sentence(error)}</span>
      {retry && (
        <button type="button" class="button small" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** What a query shows while it is read, when it failed, and when it is there. */
export function Loaded<T>({ query, children, rows }: { query: Query<T>; children: (data: T) => ComponentChildren; rows?: number }) {
  if (query.data !== null) {
    return (
      <>
        {query.error ? <Failed error={query.error} retry={() => void query.reload()} /> : null}
        {children(query.data)}
      </>
    );
  }
  if (query.error) {
    return <Failed error={query.error} retry={() => void query.reload()} />;
  }
  return <Bones rows={rows ?? 4} />;
}

interface ButtonProps {
  children: ComponentChildren;
  /** May take its time: the button waits, and says what went wrong. */
  onClick?: () => unknown;
  kind?: "first" | "danger" | "bare";
  small?: boolean;
  big?: boolean;
  needs?: Role;
  disabled?: boolean;
  type?: "button" | "submit";
  title?: string;
  label?: string;
  class?: string;
}

export function Button({ children, onClick, kind, small, big, needs = "read", disabled, type = "button", title, label, class: extra }: ButtonProps) {
  const [busy, setBusy] = useState(false);
  const allowed = may(needs);
  const press = async () => {
    const result = onClick?.();
    if (result instanceof Promise) {
      setBusy(true);
      try {
        await result;
      } catch (error) {
        toast(sentence(error), "now");
      } finally {
        setBusy(false);
      }
    }
  };
  const classes = ["button", kind, small && "small", big && "big", extra].filter(Boolean).join(" ");
  return (
    <button
      type={type}
      class={classes}
      disabled={busy || disabled || !allowed}
      aria-busy={busy}
      aria-label={label}
      title={allowed ? title : `Your role does not reach: this needs ${needs}.`}
      onClick={() => void press()}
    >
      {children}
    </button>
  );
}

export function Field({ label, help, children }: { label: ComponentChildren; help?: ComponentChildren; children: ComponentChildren }) {
  return (
    <label class="field">
      <span>{label}</span>
      {children}
      {help && <span class="help">{help}</span>}
    </label>
  );
}

/** A form that sends once, waits, and shows what the server says no with. */
export function Form({ onSubmit, children, send, acts, kind = "first", disabled }: { onSubmit: () => Promise<unknown>; children: ComponentChildren; send: string; acts?: ComponentChildren; kind?: "first" | "danger"; disabled?: boolean }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await onSubmit();
    } catch (failed) {
      setError(failed);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="form" onSubmit={(event) => void submit(event)}>
      {children}
      {error ? <Failed error={error} /> : null}
      <div class="acts">
        {acts}
        <button class={`button first ${kind === "danger" ? "danger" : ""}`} disabled={busy || disabled} aria-busy={busy}>
          {send}
        </button>
      </div>
    </form>
  );
}

export interface Option<T extends string> {
  value: T;
  label: ComponentChildren;
}

/** Several choices side by side, of which one holds. */
export function Choice<T extends string>({ label, value, options, onChange }: { label: string; value: T; options: Option<T>[]; onChange: (value: T) => void }) {
  return (
    <div class="choice" role="group" aria-label={label}>
      {options.map((option) => (
        <button key={option.value} type="button" aria-pressed={option.value === value} onClick={() => onChange(option.value)}>
          {option.label}
        </button>
      ))}
    </div>
  );
}

export function Figure({ label, children }: { label: ComponentChildren; children: ComponentChildren }) {
  return (
    <div class="figure">
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
