// SPDX-License-Identifier: Apache-2.0
// Addresses of the page's own: plain links work, also opened in a new tab, and filters live in the
// query, so that what one sees can be sent to a colleague.
import { type Watchers, tellAll, useWatch } from "./watch.ts";

export interface Place {
  path: string;
  query: URLSearchParams;
  hash: string;
}

const watchers: Watchers = new Set();
let place = read();

function read(): Place {
  return { path: location.pathname, query: new URLSearchParams(location.search), hash: location.hash };
}

function moved(): void {
  place = read();
  tellAll(watchers);
}

export function here(): Place {
  return place;
}

export function navigate(to: string, options: { replace?: boolean } = {}): void {
  const url = new URL(to, location.href);
  const changesPath = url.pathname !== location.pathname;
  if (options.replace) {
    history.replaceState(null, "", url);
  } else {
    history.pushState(null, "", url);
  }
  moved();
  if (changesPath) {
    window.scrollTo(0, 0);
  }
}

export function usePlace(): Place {
  useWatch(watchers);
  return place;
}

/** One parameter of the query as state. The default is not written. */
export function useParam(name: string, fallback = ""): [string, (value: string) => void] {
  const { query } = usePlace();
  const set = (value: string) => {
    const next = new URLSearchParams(place.query);
    if (value === fallback || value === "") {
      next.delete(name);
    } else {
      next.set(name, value);
    }
    const text = next.toString();
    navigate(`${place.path}${text ? `?${text}` : ""}`, { replace: true });
  };
  return [query.get(name) ?? fallback, set];
}

/** Which paths are screens; the rest (the API, files) is the browser's own to open. */
function isOurs(url: URL): boolean {
  return url.origin === location.origin && !/^\/(v1|assets|hooks|connect|healthz|readyz|metrics|openapi\.json)(\/|$)/.test(url.pathname);
}

function onClick(event: MouseEvent): void {
  const link = (event.target as Element | null)?.closest?.("a[href]");
  if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) {
    return;
  }
  const anchor = link as HTMLAnchorElement;
  const url = new URL(anchor.href);
  if ((anchor.target && anchor.target !== "_self") || anchor.hasAttribute("download") || !isOurs(url)) {
    return;
  }
  if (url.pathname === location.pathname && url.search === location.search && url.hash) {
    return; // a jump within the page
  }
  event.preventDefault();
  navigate(url.href);
}

export function startRouter(): void {
  window.addEventListener("popstate", moved);
  document.addEventListener("click", onClick);
}

/** Matches "/item/:sku". Null: it does not. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const want = pattern.split("/");
  const have = path.replace(/(.)\/$/, "$1").split("/");
  if (want.length !== have.length) {
    return null;
  }
  const params: Record<string, string> = {};
  for (let i = 0; i < want.length; i++) {
    const part = want[i]!;
    if (part.startsWith(":")) {
      try {
        params[part.slice(1)] = decodeURIComponent(have[i]!);
      } catch {
        return null;
      }
    } else if (part !== have[i]) {
      return null;
    }
  }
  return params;
}
