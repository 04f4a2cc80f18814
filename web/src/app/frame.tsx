// SPDX-License-Identifier: Apache-2.0
// What stands round every screen: where one can go, the search, whether this page is live.
import type { ComponentType } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { Incident } from "../api/types.ts";
import type { List } from "../api/client.ts";
import { grouped } from "../screens/groups.ts";
import { Icon, Mark } from "../ui/icons.tsx";
import { plural } from "../ui/format.ts";
import { Bones, Button, Empty, Failed } from "../ui/parts.tsx";
import { Dot } from "../ui/text.tsx";
import { Toasts } from "../ui/toast.tsx";
import { StartNote } from "../work/start_note.tsx";
import { Keys } from "./keys.tsx";
import { useLiveState } from "./live.ts";
import { useQuery } from "./query.ts";
import { usePlace } from "./router.ts";
import { GROUPS, type Group, type Route, type ScreenProps, find, routes } from "./routes.ts";
import { Search } from "./search.tsx";
import { logOut, useSession } from "./session.ts";

const loaded = new Map<Route, ComponentType<ScreenProps>>();

/** The screen of the address; its code is fetched once. */
function Screen() {
  const { path } = usePlace();
  const found = find(path);
  const [, redraw] = useState(0);
  const [error, setError] = useState<unknown>(null);
  const route = found?.route;
  const View = route && loaded.get(route);
  useEffect(() => {
    let gone = false;
    setError(null);
    if (route && !loaded.has(route)) {
      route
        .load()
        .then((module) => {
          loaded.set(route, module.default);
          if (!gone) {
            redraw((n) => n + 1);
          }
        })
        .catch((failed: unknown) => {
          if (!gone) {
            setError(failed);
          }
        });
    }
    return () => {
      gone = true;
    };
  }, [route]);
  if (!found) {
    return (
      <Empty title="There is no such screen" acts={<a class="button" href="/">Go to Now</a>}>
        The address leads nowhere. It may have been cut when it was copied.
      </Empty>
    );
  }
  if (error) {
    // The server was replaced by a newer one, whose files have other names.
    return <Failed error={new Error("This screen could not be loaded. Load the page again: the server may have been updated.")} retry={() => location.reload()} />;
  }
  // Keyed by the path: another item is another screen, with nothing left of the one before.
  return View ? <View key={path} params={found.params} /> : <Bones rows={6} />;
}

function isAt(route: Route, path: string): boolean {
  return route.path === "/" ? path === "/" : path === route.path || path.startsWith(`${route.path}/`) || (route.path === "/stock" && path.startsWith("/item/"));
}

function useUrgent(): number {
  const query = useQuery<List<Incident>>("/v1/incidents?state=open&limit=1000", { on: ["incident"] });
  return grouped(query.data?.items ?? []).filter((g) => g.urgency === "now").length;
}

const SAY_GAP_MS = 10_000;

/** What changes by itself, for who cannot see it: how much wants a hand, and no more often than needed. */
function Spoken({ urgent }: { urgent: number }) {
  const [text, setText] = useState("");
  const said = useRef<{ urgent: number; at: number } | null>(null);
  useEffect(() => {
    const before = said.current;
    if (before === null || before.urgent === urgent) {
      // The first answer is what the screen itself begins with.
      const timer = setTimeout(() => (said.current ??= { urgent, at: 0 }), 1500);
      return () => clearTimeout(timer);
    }
    const timer = setTimeout(
      () => {
        said.current = { urgent, at: Date.now() };
        setText(urgent > 0 ? `${plural(urgent, "matter wants", "matters want")} a hand now.` : "Nothing wants a hand any more.");
      },
      Math.max(0, before.at + SAY_GAP_MS - Date.now()),
    );
    return () => clearTimeout(timer);
  }, [urgent]);
  return (
    <div class="said" role="status" aria-live="polite" data-test="spoken">
      {text}
    </div>
  );
}

function Count({ n }: { n: number }) {
  return n > 0 ? (
    <span class="count">
      {n > 99 ? "99+" : n}
      <span class="said">{n === 1 ? " wants" : " want"} a hand now</span>
    </span>
  ) : null;
}

function Rail({ open, urgent, path }: { open: boolean; urgent: number; path: string }) {
  const { user } = useSession();
  return (
    <nav class={open ? "rail open" : "rail"} aria-label="Screens">
      <a class="mark" href="/">
        <Mark />
        <span>truecount</span>
      </a>
      {(Object.keys(GROUPS) as Group[]).map((group) => {
        const there = routes.filter((r) => r.nav?.group === group);
        return there.length ? (
          <>
            <div class="rail-group" id={`group-${group}`}>
              {GROUPS[group]}
            </div>
            <ul aria-labelledby={`group-${group}`}>
              {there.map((r) => (
                <li key={r.path}>
                  <a class="go" href={r.path} aria-current={isAt(r, path) ? "page" : undefined}>
                    {r.nav!.label}
                    {r.path === "/incidents" && <Count n={urgent} />}
                  </a>
                </li>
              ))}
            </ul>
          </>
        ) : null;
      })}
      <div class="foot">
        <div class="me">
          <bdi class="cut soft">{user?.name}</bdi>
          <Button small kind="bare" onClick={logOut}>
            Log out
          </Button>
        </div>
      </div>
    </nav>
  );
}

const DOCK: { path: string; label: string; icon: "now" | "stock" | "incidents" | "channels" }[] = [
  { path: "/", label: "Now", icon: "now" },
  { path: "/stock", label: "Stock", icon: "stock" },
  { path: "/incidents", label: "Incidents", icon: "incidents" },
  { path: "/channels", label: "Channels", icon: "channels" },
];

function Dock({ path, open, setOpen, urgent }: { path: string; open: boolean; setOpen: (open: boolean) => void; urgent: number }) {
  return (
    <nav class="dock" aria-label="Most used">
      {DOCK.map((d) => {
        const at = d.path === "/" ? path === "/" : path.startsWith(d.path) || (d.path === "/stock" && path.startsWith("/item/"));
        return (
          <a key={d.path} href={d.path} aria-current={at && !open ? "page" : undefined}>
            <Icon name={d.icon} />
            {d.label}
            {d.path === "/incidents" && <Count n={urgent} />}
          </a>
        );
      })}
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="more" />
        More
      </button>
    </nav>
  );
}

function Pulse() {
  const state = useLiveState();
  const [tone, text, about] =
    state === "live"
      ? (["good", "live", "What happens is shown as it happens."] as const)
      : (["plain", "every 5 s", "There is no live stream at the moment: the page asks again every five seconds."] as const);
  return (
    <span class="pulse" title={about} data-live={state}>
      <Dot tone={tone} />
      <span class="what">{text}</span>
    </span>
  );
}

export function Frame() {
  const { path } = usePlace();
  const [open, setOpen] = useState(false);
  const input = useRef<HTMLInputElement | null>(null);
  const main = useRef<HTMLElement>(null);
  const onMount = useCallback((element: HTMLInputElement | null) => {
    input.current = element;
  }, []);
  const onSearch = useCallback(() => {
    input.current?.focus();
    input.current?.select();
  }, []);
  const urgent = useUrgent();
  const first = useRef(true);
  useEffect(() => {
    setOpen(false);
    if (!first.current) {
      main.current?.focus({ preventScroll: true }); // who cannot see hears that this is another screen
    }
    first.current = false;
  }, [path]);
  return (
    <>
      <a class="skip" href="#main">
        Skip to the screen
      </a>
      <div class="frame">
        <Rail open={open} urgent={urgent} path={path} />
        <div class="side">
          <header class="top">
            <a class="mark" href="/" aria-label="truecount">
              <Mark />
            </a>
            <Search onMount={onMount} />
            <Pulse />
          </header>
          <main class="main" id="main" ref={main} tabIndex={-1}>
            <StartNote />
            <Screen />
          </main>
        </div>
        <Dock path={path} open={open} setOpen={setOpen} urgent={urgent} />
      </div>
      <Keys onSearch={onSearch} />
      <Spoken urgent={urgent} />
      <Toasts />
    </>
  );
}
