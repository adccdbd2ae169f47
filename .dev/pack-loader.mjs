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
if (numbers.length === 0 || numbers.length !== all || written.includes("$") || /\w\.wasm/.test(written)) throw new Error(`${file} is written in another way than this knows`);
const once = `
function part(name, needs) {
return makeLoad(() => {
const src = fetch(new URL("./" + name + ".wasm", import.meta.url));
return async (imports) => WebAssembly.instantiateStreaming(src, imports);
}, needs);
}
const shared = [];
for (let number = ${Math.min(...numbers)}; number <= ${Math.max(...numbers)}; number++) shared[number] = part("chunk_" + number, []);
const those = (...numbers) => numbers.map((number) => shared[number]);
`;
let first = true;
const after = written
  .replace(SHARED, () => (first ? ((first = false), once) : ""))
  .replace(/\[((?:__chunk_\d+(?:, )?)+)\]/g, (_, list) => `those(${list.replace(/__chunk_/g, "").replace(/, /g, ",")})`)
  .replace(/\n\s*/g, "\n")
  .replace(/\w+/g, (word) => (LONG.includes(word) ? `$${LONG.indexOf(word)}` : word));
if (after.includes("__chunk_")) throw new Error(`${file} names what is shared in another way than this knows`);
writeFileSync(file, after);
writeFileSync(`${file}.br`, brotliCompressSync(after, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: after.length } }));
writeFileSync(`${file}.gz`, gzipSync(after, { level: 9 }));
