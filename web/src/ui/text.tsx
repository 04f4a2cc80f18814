// SPDX-License-Identifier: Apache-2.0
// Small pieces of text: figures, times, names that strangers wrote.
import type { ComponentChildren } from "preact";
import { serverNow } from "../api/client.ts";
import { useNow } from "../app/clock.ts";
import { age, count, difference, longTime, shortTime, stretch, utc } from "./format.ts";

export type Tone = "plain" | "good" | "soon" | "now";

/** Signs that turn what follows round are left out: a name must not be able to pose as another. */
export function straight(text: string): string {
  return text.replace(/[\u202a-\u202e\u2066-\u2069]/g, "");
}

/** What a merchant or a stranger wrote: kept from turning the line's direction, broken anywhere. */
export function Said({ children: given, cut }: { children: ComponentChildren; cut?: boolean }) {
  const children = typeof given === "string" ? straight(given) : given;
  return cut ? (
    <bdi class="cut" title={typeof children === "string" ? children : undefined}>
      {children}
    </bdi>
  ) : (
    <bdi>{children}</bdi>
  );
}

export function Num({ value, signed, none = "–" }: { value: number | null | undefined; signed?: boolean; none?: string }) {
  if (value === null || value === undefined) {
    return <span class="faint">{none}</span>;
  }
  return <>{signed ? difference(value) : count(value)}</>;
}

/** How long ago, ticking; the exact time on hover. `bare`: "12 s" alone. */
export function Age({ at, none = "never", bare }: { at: string | null | undefined; none?: string; bare?: boolean }) {
  const now = useNow();
  if (!at) {
    return <span class="faint">{none}</span>;
  }
  const time = new Date(at);
  return (
    <time dateTime={at} title={`${longTime(time)}\n${utc(time)}`} class="nowrap">
      {bare ? stretch(Math.max(0, Math.round((now - time.getTime()) / 1000) * 1000)).replace(/^0 ms$/, "a moment").replace(".0 s", " s") : age(time.getTime(), now)}
    </time>
  );
}

/** A moment in the viewer's zone; UTC on hover. */
export function Time({ at, long, none = "–" }: { at: string | null | undefined; long?: boolean; none?: string }) {
  if (!at) {
    return <span class="faint">{none}</span>;
  }
  const time = new Date(at);
  return (
    <time dateTime={at} title={utc(time)} class="nowrap">
      {long ? longTime(time) : shortTime(time, new Date(serverNow()))}
    </time>
  );
}

export function Tag({ tone = "plain", children, title }: { tone?: Tone; children: ComponentChildren; title?: string }) {
  return (
    <span class={`tag ${tone}`} title={title}>
      {children}
    </span>
  );
}

export function Dot({ tone = "plain" }: { tone?: Tone }) {
  return <span class={`dot ${tone}`} aria-hidden="true" />;
}

export function itemPath(sku: string): string {
  return `/item/${encodeURIComponent(sku)}`;
}

export function SkuLink({ sku }: { sku: string }) {
  return (
    <a href={itemPath(sku)}>
      <bdi>{straight(sku)}</bdi>
    </a>
  );
}

export function ChannelLink({ code }: { code: string }) {
  return <a href={`/channels/${encodeURIComponent(code)}`}>{code}</a>;
}
