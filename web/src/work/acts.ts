// SPDX-License-Identifier: Apache-2.0
// The names of administrative acts, as people say them. What is not here is shown as the server says it.
export const ACTS: Record<string, string> = {
  logIn: "logged in",
  logOut: "logged out",
  setUp: "made the first account",
  changePassword: "changed their password",
  beginTotp: "began a second factor",
  confirmTotp: "switched their second factor on",
  removeTotp: "took their second factor away",
  createUser: "added a person",
  changeUser: "changed a person",
  deleteUser: "removed a person",
  createToken: "made a token",
  deleteToken: "ended a token",
  createChannel: "made a channel",
  changeChannel: "changed a channel",
  connectChannel: "connected a channel",
  importChannel: "imported a catalogue",
  auditChannel: "read all counts of a channel",
  takeOver: "took a channel over",
  rollBack: "took a channel back to shadow",
  pausePushes: "paused pushes",
  resumePushes: "resumed pushes",
  createLocations: "added a location",
  changeLocation: "changed a location",
  replayDelivery: "replayed a message",
  replayDeliveries: "replayed a range of messages",
  createWebhook: "added an address for alerts",
  changeWebhook: "changed an address for alerts",
  deleteWebhook: "removed an address for alerts",
  rotateWebhook: "gave an address another secret",
  testWebhook: "sent a test message",
};

/** "rotateKeys" is "rotate keys". */
export function actText(action: string): string {
  return ACTS[action] ?? action.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
