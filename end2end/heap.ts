// Searches all memory of a page: every string of the JavaScript heap, every buffer, and the memory of the wasm program.

import type { CDPSession, Page } from '@playwright/test';

/** Bytes of a secret that count as finding it, in several places of it: a part is as bad as the whole. */
const PIECE = 20;

/** Where pieces of `secrets` are in the page's memory; empty when nowhere. */
export async function find(page: Page, secrets: string[]): Promise<string[]> {
  const debug = await page.context().newCDPSession(page);
  try {
    await debug.send('HeapProfiler.collectGarbage');
    const pieces = secrets.flatMap(piecesOf);
    const strings = await snapshot(debug);
    const found = pieces.filter((piece) => strings.includes(piece)).map((piece) => `a string with ${piece.slice(0, 4)}…`);
    // Memory of wasm and buffers are not in the snapshot. Read afterwards, since the search itself leaves traces.
    for (const kind of ['WebAssembly.Memory', 'ArrayBuffer']) {
      const hits = await searchBuffers(debug, kind, pieces);
      found.push(...hits.map((at) => `${kind} with ${pieces[at]?.slice(0, 4)}…`));
    }
    return found;
  } finally {
    await debug.detach();
  }
}

/** Beginning, middle and end. */
export function piecesOf(secret: string): string[] {
  const middle = Math.floor((secret.length - PIECE) / 2);
  return [secret.slice(0, PIECE), secret.slice(middle, middle + PIECE), secret.slice(-PIECE)];
}

async function snapshot(debug: CDPSession): Promise<string> {
  const chunks: string[] = [];
  const keep = ({ chunk }: { chunk: string }): unknown => chunks.push(chunk);
  debug.on('HeapProfiler.addHeapSnapshotChunk', keep);
  await debug.send('HeapProfiler.enable');
  await debug.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  debug.off('HeapProfiler.addHeapSnapshotChunk', keep);
  await debug.send('HeapProfiler.disable');
  return chunks.join('');
}

/** Numbers of the pieces that are in an object of this kind. */
async function searchBuffers(debug: CDPSession, kind: string, pieces: string[]): Promise<number[]> {
  const prototype = await debug.send('Runtime.evaluate', { expression: `${kind}.prototype` });
  const { objects } = await debug.send('Runtime.queryObjects', { prototypeObjectId: prototype.result.objectId ?? '' });
  // The pieces go there with each byte raised by one, so that the search does not find itself.
  const disguised = pieces.map((piece) => [...Buffer.from(piece)].map((byte) => byte + 1));
  const answer = await debug.send('Runtime.callFunctionOn', {
    objectId: objects.objectId ?? '',
    functionDeclaration: `function (pieces) {
      const has = (bytes, piece) => {
        for (let at = bytes.indexOf(piece[0] - 1); at >= 0; at = bytes.indexOf(piece[0] - 1, at + 1)) {
          if (piece.every((byte, place) => bytes[at + place] === byte - 1)) return true;
        }
        return false;
      };
      const buffers = [...this].map((one) => new Uint8Array(one.buffer ?? one)).filter(({ length }) => length > 0);
      return { bytes: buffers.reduce((sum, { length }) => sum + length, 0),
               hits: pieces.flatMap((piece, number) => buffers.some((bytes) => has(bytes, piece)) ? [number] : []) };
    }`,
    arguments: [{ value: disguised }],
    returnByValue: true,
  });
  if (answer.exceptionDetails) throw new Error(`the search of ${kind} failed: ${answer.exceptionDetails.exception?.description}`);
  return (answer.result.value as { hits: number[] }).hits;
}
