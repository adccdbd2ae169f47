// Writes the script that loads the parts of the program shorter, without a change to what it does: every page loads it
// before its first row. The splitter writes the same few lines for each of its files, and beside each which parts need it.
//
// node .dev/pack-loader.mjs FILE.js: writes the file anew, with its twins .br and .gz.
import { readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** A file's own lines, before the list of those that it needs. */
const LOADER = /makeLoad\(\(\) => \{\s*const src = fetch\(new URL\("\.\/(\w+)\.wasm", import\.meta\.url\)\);\s*return async \(imports\) => \(WebAssembly\.instantiateStreaming\(src, imports\)\);\s*\}\s*, /g;
/** What several parts share. It needs nothing itself. */
const SHARED = /const __chunk_(\d+) = part\("chunk_\1", \[\]\);/g;
/** The splitter's own names for what only this script has. */
const LONG = ["getSharedImports", "sharedImports", "wrapAsyncCb", "callbackIndex", "callbackData", "parallelStuff", "loadingModule", "thisLoad", "instantiate"];

const [file] = process.argv.slice(2);
const written = readFileSync(file, "utf8").replace(/\/\*[^*]*\*\//g, "").replace(/^\s*\/\/.*$/gm, "").replace(LOADER, 'part("$1", ');
const numbers = [...written.matchAll(SHARED)].map(([, number]) => Number(number));
const all = written.match(/__chunk_\d+ =/g)?.length;
const first = Math.min(...numbers);
if (numbers.length === 0 || numbers.length !== all || Math.max(...numbers) - first + 1 !== all || written.includes("$") || /\w\.wasm/.test(written)) throw new Error(`${file} is written in another way than this knows`);
const LIST = /\[((?:__chunk_\d+(?:, )?)+)\]/g;
// What is shared is shared by some of the parts: a number with a bit for each. Written one after the other as the difference to
// the one before, which is small, since the splitter has them in about that order.
const parts = [...written.matchAll(LIST)].map(([, list]) => new Set(list.match(/\d+/g).map(Number)));
if (parts.length > 31) throw new Error(`${file} has more parts than a number has bits`);
const sharers = numbers.map((_, at) => parts.reduce((sum, needs, part) => sum + (needs.has(first + at) ? 2 ** part : 0), 0));
const steps = sharers.map((sharer, at) => (sharer - (sharers[at - 1] ?? 0)).toString(36)).join();
const once = `
function part(name, needs) {
return makeLoad(() => {
const src = fetch(new URL("./" + name + ".wasm", import.meta.url));
return async (imports) => WebAssembly.instantiateStreaming(src, imports);
}, needs);
}
let sharer = 0;
const shared = "${steps}".split(",").map((step, at) => [sharer += parseInt(step, 36), part("chunk_" + (at + ${first}), [])]);
const those = (part) => shared.filter(([sharer]) => sharer >> part & 1).map(([, load]) => load);
`;
let [isFirst, number] = [true, 0];
const after = written
  .replace(SHARED, () => (isFirst ? ((isFirst = false), once) : ""))
  .replace(LIST, () => `those(${number++})`)
  .replace(/\n\s*/g, "\n")
  .replace(/\w+/g, (word) => (LONG.includes(word) ? `$${LONG.indexOf(word)}` : word));
if (after.includes("__chunk_")) throw new Error(`${file} names what is shared in another way than this knows`);
writeFileSync(file, after);
writeFileSync(`${file}.br`, brotliCompressSync(after, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: after.length } }));
writeFileSync(`${file}.gz`, gzipSync(after, { level: 9 }));
