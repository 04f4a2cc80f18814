// SPDX-License-Identifier: Apache-2.0
// Every screen: its address, its place in the rail, its key, and where its code is. A screen's code
// is loaded when it is opened. First segments also stand in src/web/web.c.
import type { ComponentType } from "preact";
import { match } from "./router.ts";
import { workRoutes } from "./routes_work.ts";

export interface ScreenProps {
  params: Record<string, string>;
}

export interface Route {
  path: string;
  load: () => Promise<{ default: ComponentType<ScreenProps> }>;
  /** In the rail, under its group; `key` goes there after `g`. */
  nav?: { label: string; group: Group; key: string };
}

export type Group = "watch" | "stock" | "channels" | "more";

export const GROUPS: Record<Group, string> = {
  watch: "Watch",
  stock: "Stock",
  channels: "Channels",
  more: "More",
};

export const routes: Route[] = [
  { path: "/", load: () => import("../screens/now.tsx"), nav: { label: "Now", group: "watch", key: "n" } },
  { path: "/incidents", load: () => import("../screens/incidents.tsx"), nav: { label: "Incidents", group: "watch", key: "i" } },
  { path: "/incidents/:id", load: () => import("../screens/incident.tsx") },
  { path: "/stock", load: () => import("../screens/stock.tsx"), nav: { label: "Stock", group: "stock", key: "s" } },
  { path: "/item/:sku", load: () => import("../screens/item.tsx") },
  { path: "/channels", load: () => import("../screens/channels.tsx"), nav: { label: "Channels", group: "channels", key: "c" } },
  { path: "/channels/:code", load: () => import("../screens/channel.tsx") },
  ...workRoutes,
];

export interface Found {
  route: Route;
  params: Record<string, string>;
}

export function find(path: string): Found | null {
  for (const route of routes) {
    const params = match(route.path, path);
    if (params) {
      return { route, params };
    }
  }
  return null;
}
