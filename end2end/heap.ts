// Searches the memory of a page: every string of the JavaScript heap, the memory of the wasm program, and the buffers
// that answers arrived in.
//
// Chromium 156 never comes back from looking through the heap for objects (`Runtime.queryObjects`) once a program that
// comes in parts is loaded, so the page's memory and buffers are noted as they are made.

import type { BrowserContext, Page } from '@playwright/test';

/** Bytes of a secret that count as finding it, in several places of it: a part is as bad as the whole. */
const PIECE = 20;

interface Watched extends Window {
  watchedBuffers: (ArrayBuffer | WebAssembly.Memory)[];
}

/** Notes the memory of wasm programs and the buffers of answers, in every page that opens from now on. */
export async function watch(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const buffers: (ArrayBuffer | WebAssembly.Memory)[] = [];
    (window as unknown as Watched).watchedBuffers = buffers;
    const instantiate = WebAssembly.instantiateStreaming.bind(WebAssembly);
    WebAssembly.instantiateStreaming = async (source, imports) => {
      const made = await instantiate(source, imports);
      for (const exported of Object.values(made.instance.exports)) if (exported instanceof WebAssembly.Memory) buffers.push(exported);
      return made;
    };
    const arrayBuffer = Response.prototype.arrayBuffer;
    Response.prototype.arrayBuffer = async function (this: Response) {
      const made = await arrayBuffer.call(this);
      buffers.push(made);
      return made;
    };
  });
}

/** Where pieces of `secrets` are in the memory of a page that is watched; empty when nowhere. */
export async function find(page: Page, secrets: string[]): Promise<string[]> {
  const pieces = secrets.flatMap(piecesOf);
  const strings = await snapshot(page);
  const found = pieces.filter((piece) => strings.includes(piece)).map((piece) => `a string with ${piece.slice(0, 4)}…`);
  // Afterwards, since the search itself leaves traces. The pieces go there with each byte raised by one, so that it does
  // not find itself.
  const disguised = pieces.map((piece) => [...Buffer.from(piece)].map((byte) => byte + 1));
  const { length, hits } = await page.evaluate((pieces) => {
    const buffers = (window as unknown as Watched).watchedBuffers.map((one) => new Uint8Array(one instanceof ArrayBuffer ? one : one.buffer));
    const has = (bytes: Uint8Array, piece: number[]): boolean => {
      const first = (piece[0] ?? 0) - 1;
      for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
        if (piece.every((byte, place) => bytes[at + place] === byte - 1)) return true;
      }
      return false;
    };
    return {
      length: buffers.reduce((sum, { length }) => sum + length, 0),
      hits: pieces.flatMap((piece, number) => (buffers.some((bytes) => has(bytes, piece)) ? [number] : [])),
    };
  }, disguised);
  // The program's own memory is more than this: less means that it was not noted.
  if (length < 1_000_000) throw new Error(`only ${length} bytes of memory were noted`);
  return [...found, ...hits.map((at) => `a buffer with ${pieces[at]?.slice(0, 4)}…`)];
}

/** Beginning, middle and end. */
export function piecesOf(secret: string): string[] {
  const middle = Math.floor((secret.length - PIECE) / 2);
  return [secret.slice(0, PIECE), secret.slice(middle, middle + PIECE), secret.slice(-PIECE)];
}

async function snapshot(page: Page): Promise<string> {
  const debug = await page.context().newCDPSession(page);
  try {
    const chunks: string[] = [];
    debug.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk));
    await debug.send('HeapProfiler.enable');
    await debug.send('HeapProfiler.collectGarbage');
    await debug.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
    return chunks.join('');
  } finally {
    await debug.detach();
  }
}
