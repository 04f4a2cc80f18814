// SPDX-License-Identifier: Apache-2.0
// Whether this person, on this device, wants to be reminded of the first steps.
const KEY = "truecount-start-dismissed";

export function isStartDismissed(): boolean {
  try {
    return localStorage.getItem(KEY) === "1";
  } catch {
    return false;
  }
}

export function dismissStart(): void {
  try {
    localStorage.setItem(KEY, "1");
  } catch {
    // Then it is asked again.
  }
}
