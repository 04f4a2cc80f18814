// SPDX-License-Identifier: Apache-2.0
// The screens for the work of every day. Part of the table in routes.ts.
import type { Route } from "./routes.ts";

export const workRoutes: Route[] = [];
