// SPDX-License-Identifier: Apache-2.0
// The screens for the work of every day. Part of the table in routes.ts.
import type { Route } from "./routes.ts";

export const workRoutes: Route[] = [
  { path: "/orders", load: () => import("../screens/orders.tsx"), nav: { label: "Orders", group: "stock", key: "o" } },
  { path: "/orders/:channel/:order", load: () => import("../screens/order.tsx") },
  { path: "/holds", load: () => import("../screens/holds.tsx"), nav: { label: "Holds", group: "stock", key: "h" } },
  { path: "/holds/:id", load: () => import("../screens/hold.tsx") },
  { path: "/transfers", load: () => import("../screens/transfers.tsx"), nav: { label: "Transfers", group: "stock", key: "t" } },
  { path: "/transfers/:id", load: () => import("../screens/transfer.tsx") },
  { path: "/counts", load: () => import("../screens/counts.tsx"), nav: { label: "Stock takes", group: "stock", key: "k" } },
  { path: "/counts/:id", load: () => import("../screens/count.tsx") },
  { path: "/ledger", load: () => import("../screens/ledger.tsx"), nav: { label: "Ledger", group: "stock", key: "l" } },
  { path: "/links", load: () => import("../screens/links.tsx"), nav: { label: "Links", group: "channels", key: "d" } },
  { path: "/links/opening", load: () => import("../screens/opening.tsx") },
  { path: "/rules", load: () => import("../screens/rules.tsx"), nav: { label: "Rules and routes", group: "channels", key: "r" } },
  { path: "/deliveries", load: () => import("../screens/deliveries.tsx"), nav: { label: "Messages", group: "channels", key: "m" } },
  { path: "/deliveries/replay", load: () => import("../screens/replays.tsx") },
  { path: "/deliveries/:id", load: () => import("../screens/delivery.tsx") },
  { path: "/pushes", load: () => import("../screens/pushes.tsx"), nav: { label: "Pushes", group: "channels", key: "p" } },
  { path: "/start", load: () => import("../screens/start.tsx"), nav: { label: "First steps", group: "more", key: "f" } },
  { path: "/drills", load: () => import("../screens/drills.tsx"), nav: { label: "Drills", group: "more", key: "y" } },
  { path: "/settings", load: () => import("../screens/settings.tsx"), nav: { label: "Settings", group: "more", key: "e" } },
];
