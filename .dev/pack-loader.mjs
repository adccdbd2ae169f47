// Puts each part of the program into one file, without a change to what it does. The splitter writes what several parts
// share into some two hundred files, up to a hundred for one part, and each is a request. A part's file is its own
// module; the modules that it shares with others stand in sections of it that a browser reads over
// (https://webassembly.github.io/spec/core/appendix/custom.html). What another part has brought is not taken twice.
//
// node .dev/pack-loader.mjs FILE.js: writes it anew, which every page loads before its first row, and the parts beside it,
// all with their twins .br and .gz.
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** A file's own lines, before the list of those that it needs. */
const LOADER = /makeLoad\(\(\) => \{\s*const src = fetch\(new URL\("\.\/(\w+)\.wasm", import\.meta\.url\)\);\s*return async \(imports\) => \(WebAssembly\.instantiateStreaming\(src, imports\)\);\s*\}\s*, /g;
/** What several parts share. It needs nothing itself. */
const SHARED = /const __chunk_(\d+) = part\("chunk_\1", \[\]\);/g;
const PART = /part\("(split_\w+)", \[((?:__chunk_\d+(?:, )?)*)\]\)/g;
/** How the splitter loads a file, after those that it needs. */
const MAKE_LOAD = /function makeLoad\(fetcher, deps\) \{[\s\S]*?\n\}/;
/** The splitter's own names for what only this script has. */
const LONG = ["getSharedImports", "sharedImports", "wrapAsyncCb", "callbackIndex", "callbackData"];
const SECTION = "shared";

/** Once and for all, but for what failed: that is tried again when it is wanted again. */
const LOAD = `
const brought = {};
function once(name, load) {
return brought[name] ??= load().catch((error) => {
delete brought[name];
throw error;
});
}
function part(name) {
return () => once(name, async () => {
const module = await WebAssembly.compileStreaming(fetch(new URL("./" + name + ".wasm", import.meta.url)));
const imports = getSharedImports();
const shared = WebAssembly.Module.customSections(module, "${SECTION}");
await Promise.all(shared.map((bytes) => once(new Uint8Array(bytes)[0], () => WebAssembly.instantiate(bytes.slice(1), imports))));
await WebAssembly.instantiate(module, imports);
});
}
`;

/** An unsigned number as wasm writes it. */
const number = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...number(value >>> 7)]);

function section(content) {
  const name = [...number(SECTION.length), ...Buffer.from(SECTION)];
  return Buffer.concat([Buffer.from([0, ...number(name.length + content.length), ...name]), content]);
}

function write(path, bytes) {
  writeFileSync(path, bytes);
  const size = Buffer.byteLength(bytes);
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: size } }));
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
}

const [file] = process.argv.slice(2);
const folder = dirname(file);
const written = readFileSync(file, "utf8").replace(/\/\*[^*]*\*\//g, "").replace(/^\s*\/\/.*$/gm, "").replace(LOADER, 'part("$1", ');
const numbers = [...written.matchAll(SHARED)].map(([, number]) => Number(number));
const parts = [...written.matchAll(PART)].map(([, name, list]) => ({ name, needs: (list.match(/\d+/g) ?? []).map(Number) }));
const first = Math.min(...numbers);
const isKnown = numbers.length > 0 && parts.length > 0 && MAKE_LOAD.test(written) && !written.includes("$");
if (!isKnown) throw new Error(`${file} is written in another way than this knows`);
if (Math.max(...numbers) - first > 255) throw new Error(`${file} shares more than one byte counts: give the numbers in the sections two`);

const read = (name) => readFileSync(join(folder, `${name}.wasm`));
for (const { name, needs } of parts) {
  const shared = needs.map((number) => section(Buffer.concat([Buffer.from([number - first]), read(`chunk_${number}`)])));
  write(join(folder, `${name}.wasm`), Buffer.concat([read(name), ...shared]));
}
// What a server may have browsers load early.
const manifest = join(folder, "__wasm_split_manifest.json");
const files = Object.entries(JSON.parse(readFileSync(manifest, "utf8"))).map(([part, files]) => [part, files.filter((name) => !name.startsWith("chunk_"))]);
write(manifest, JSON.stringify(Object.fromEntries(files)));
for (const name of readdirSync(folder)) if (/^chunk_\d+\.wasm/.test(name)) rmSync(join(folder, name));

const after = written
  .replace(SHARED, "")
  .replace(PART, 'part("$1")')
  .replace(MAKE_LOAD, () => LOAD)
  .replace(/\n\s*/g, "\n")
  .replace(/\w+/g, (word) => (LONG.includes(word) ? `$${LONG.indexOf(word)}` : word));
if (after.includes("__chunk_") || after.includes("makeLoad")) throw new Error(`${file} names what is shared in another way than this knows`);
write(file, after);
