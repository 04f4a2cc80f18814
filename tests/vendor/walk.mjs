// SPDX-License-Identifier: Apache-2.0
// Runs vendor_requests for one connector and answers it, line by line.
import { spawn } from 'node:child_process';
import readline from 'node:readline';

/**
 * For each request `answer(request)` is awaited and gives {status, headers, body}; for each exchange that
 * ended `ended(end)` is called. A request's body is a Buffer, its headers are pairs as they were written.
 */
export async function walk(program, connector, answer, ended) {
  const child = spawn(program, [connector], { stdio: ['pipe', 'pipe', 'inherit'] });
  const gone = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? signal));
  });
  child.stdin.on('error', () => {}); // it died: its code says so
  for await (const text of readline.createInterface({ input: child.stdout })) {
    const line = JSON.parse(text);
    if (line.method === undefined) {
      ended(line);
      continue;
    }
    const { status, headers, body } = await answer({ ...line, body: Buffer.from(line.body, 'base64') });
    const texts = Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]);
    child.stdin.write(JSON.stringify({ status, headers: Object.fromEntries(texts), body: String(body ?? '') }) + '\n');
  }
  const code = await gone;
  if (code !== 0) {
    throw new Error(`vendor_requests ${connector} ended with ${code}`);
  }
}
