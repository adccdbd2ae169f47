// Makes the wasm that every page loads smaller on the wire, without a change to what it does: functions that resemble each
// other are put side by side, where brotli sees more of what they share (5 of 166 kB), and the table's initial elements
// lose the places that are empty anyway until a part of the program is loaded (0.5 kB). What the program asks of its script
// goes by short names in both (5.6 kB).
//
// The order is decided here and carried out by wasm-opt, which sorts functions by their names and knows every place that
// refers to one.
//
// node .dev/pack.mjs FILE.wasm: writes the file anew, and FILE.js, each with its twins .br and .gz.
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const [CUSTOM, IMPORT, FUNCTION, ELEMENT, CODE] = [0, 2, 3, 9, 10];
/** Bytes that two functions must have in common to count as alike there. */
const SHINGLE = 5;
/** What so many functions have says nothing. */
const COMMON = 200;
/** By what name the program asks for the script's functions. */
const [GLUE, GLUE_SHORT] = ["./vestibule_bg.js", "$"];
/** Ways to pack that differ in nothing but how long the packer looks before it decides, and a few codes: which is best changes
 * with the program, by some hundred bytes. Size of a block (its logarithm), and distances with a code of their own. */
const WAYS = [[16, 0], [17, 15], [18, 15], [20, 0]];
const FEATURES = ["bulk-memory", "multivalue", "mutable-globals", "nontrapping-float-to-int", "reference-types", "sign-ext"];

/** Reads the binary format (https://webassembly.github.io/spec/core/binary/). */
class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  byte() {
    return this.bytes[this.at++];
  }

  expect(...values) {
    for (const value of values) if (this.byte() !== value) throw new Error(`byte ${this.at - 1} is not ${value}`);
  }

  /** An unsigned number. */
  number() {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  /** A signed number, from 0 up. */
  signed() {
    const from = this.at;
    const value = this.number();
    if (this.bytes[this.at - 1] & 64) throw new Error(`a number below zero at ${from}`);
    return value;
  }

  /** As many as are told. */
  *list() {
    for (let left = this.number(); left > 0; left -= 1) yield this;
  }

  skip(length) {
    this.at += length;
  }

  slice(length) {
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}

function number(value) {
  const bytes = [];
  do {
    bytes.push((value % 128) | (value > 127 ? 128 : 0));
    value = Math.floor(value / 128);
  } while (value > 0);
  return bytes;
}

/** A signed number, from 0 up: the highest bit of its last seven is a sign. */
function signed(value) {
  const bytes = number(value);
  if (bytes.at(-1) & 64) bytes.push(bytes.pop() | 128, 0);
  return bytes;
}

function* sections(bytes) {
  const reader = new Reader(bytes, 8);
  while (reader.at < bytes.length) {
    const from = reader.at;
    const kind = reader.byte();
    const length = reader.number();
    const start = reader.at;
    reader.skip(length);
    yield { kind, whole: bytes.subarray(from, reader.at), body: bytes.subarray(start, reader.at) };
  }
}

const section = (kind, body) => Buffer.from([kind, ...number(body.length), ...body]);

/** What comes from outside: from where, by which name, of which kind, and the rest of it as it stands. */
function imports(body) {
  const found = [];
  for (const reader of new Reader(body).list()) {
    const [module, name] = [0, 1].map(() => reader.slice(reader.number()).toString());
    const from = reader.at;
    const kind = reader.byte();
    const limits = () => {
      const flags = reader.byte();
      reader.number();
      if (flags & 1) reader.number();
    };
    if (kind === 0) reader.number();
    else if (kind === 1) {
      reader.byte();
      limits();
    } else if (kind === 2) limits();
    else if (kind === 3) reader.skip(2);
    else throw new Error(`an import of kind ${kind}`);
    found.push({ module, name, kind, rest: reader.bytes.subarray(from, reader.at) });
  }
  return found;
}

/** New names for what the script gives to the program: each ends in sixteen digits at random, which stand in both files. */
const shortened = (all) => new Map(all.filter(({ module }) => module === GLUE).map(({ name }, at) => [name, `$${at.toString(36)}`]));

function renamed(all, names) {
  const text = (written) => [...number(Buffer.byteLength(written)), ...Buffer.from(written)];
  const short = ({ module, name }) => (module === GLUE ? [GLUE_SHORT, names.get(name)] : [module, name]);
  return section(IMPORT, [...number(all.length), ...all.flatMap((one) => [...short(one).flatMap(text), ...one.rest])]);
}

/** The script, which has them as the members of one object. */
function glue(script, names) {
  const member = (name) => new RegExp(`(?<![\\w$.])${name}(?=[:(])`, "g");
  let after = script;
  for (const [long, short] of [[`"${GLUE}"`, GLUE_SHORT], ...names]) {
    if (after.includes(short) && short !== GLUE_SHORT) throw new Error(`the script has ${short} already`);
    const found = after.match(member(long))?.length;
    if (found !== 1) throw new Error(`the script gives ${long} ${found ?? 0} times`);
    after = after.replace(member(long), () => short);
  }
  return after;
}

/** The elements that are there, as runs of function numbers. */
function elements(body) {
  const table = new Map();
  for (const reader of new Reader(body).list()) {
    const form = reader.number();
    if (form !== 0 && form !== 4) throw new Error(`elements of the form ${form}`);
    reader.expect(0x41);
    let slot = reader.signed();
    reader.expect(0x0b);
    for (const item of reader.list()) {
      if (form === 0) table.set(slot, item.number());
      else if (item.byte() === 0xd2) {
        table.set(slot, item.number());
        item.expect(0x0b);
      } else item.skip(2);
      slot += 1;
    }
  }
  const runs = [];
  for (const slot of [...table.keys()].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last && last.slot + last.functions.length === slot) last.functions.push(table.get(slot));
    else runs.push({ slot, functions: [table.get(slot)] });
  }
  const segment = ({ slot, functions }) => [0, 0x41, ...signed(slot), 0x0b, ...number(functions.length), ...functions.flatMap(number)];
  return section(ELEMENT, [...number(runs.length), ...runs.flatMap(segment)]);
}

/** The functions in an order in which each is followed by the one that it has most in common with. */
function order(bodies) {
  const shingles = bodies.map((body) => {
    const found = new Set();
    for (let at = 0; at + SHINGLE <= body.length; at += 1) found.add(body.toString("latin1", at, at + SHINGLE));
    return found;
  });
  const having = new Map();
  shingles.forEach((found, body) => {
    for (const shingle of found) having.get(shingle)?.push(body) ?? having.set(shingle, [body]);
  });
  const left = new Set(bodies.keys());
  const ordered = [];
  let current = bodies.reduce((longest, body, at) => (body.length > bodies[longest].length ? at : longest), 0);
  for (;;) {
    left.delete(current);
    ordered.push(current);
    if (left.size === 0) return ordered;
    const shared = new Map();
    for (const shingle of shingles[current]) {
      const others = having.get(shingle);
      if (others.length < COMMON) for (const other of others) if (left.has(other)) shared.set(other, (shared.get(other) ?? 0) + 1);
    }
    let [next, best] = [undefined, 0];
    for (const [other, count] of shared) {
      const alike = count / (shingles[current].size + shingles[other].size);
      if (alike > best) [next, best] = [other, alike];
    }
    current = next ?? left.values().next().value;
  }
}

function pack(bytes) {
  const all = [...sections(bytes)];
  const of = (kind) => all.find((one) => one.kind === kind)?.body;
  const outside = imports(of(IMPORT));
  // Functions from outside are counted first.
  const first = outside.filter(({ kind }) => kind === 0).length;
  const short = shortened(outside);
  const bodies = [];
  for (const reader of new Reader(of(CODE)).list()) bodies.push(reader.slice(reader.number()));
  const names = [];
  order(bodies).forEach((body, place) => (names[body] = `f${String(place).padStart(6, "0")}`));
  const map = [...number(names.length), ...names.flatMap((name, body) => [...number(first + body), ...number(name.length), ...Buffer.from(name)])];
  const named = section(CUSTOM, [4, ...Buffer.from("name"), 1, ...number(map.length), ...map]);
  const anew = { [ELEMENT]: elements, [IMPORT]: () => renamed(outside, short) };
  const kept = all.filter(({ kind }) => kind !== CUSTOM).map(({ kind, whole, body }) => anew[kind]?.(body) ?? whole);
  return { packed: Buffer.concat([bytes.subarray(0, 8), ...kept, named]), short };
}

// Where in the crates that this builds on a panic would say that it happened: paths of the machine that built it. What went
// wrong, the line, and the files of our own stay.
const REGISTRY = join(process.env.CARGO_HOME ?? join(homedir(), ".cargo"), "registry/src/").replace(/[.+]/g, "\\$&");
const FOREIGN = new RegExp(`(?:${REGISTRY}|/rustc/[0-9a-f]{40}/)[-\\w/.]+?\\.rs`, "g");
const unplaced = (bytes) => Buffer.from(bytes.toString("latin1").replace(FOREIGN, (path) => " ".repeat(path.length)), "latin1");

/** The smallest of some ways to pack. */
function brotli(bytes) {
  const packed = WAYS.map(([block, direct]) =>
    brotliCompressSync(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 11,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
        [constants.BROTLI_PARAM_LGBLOCK]: block,
        [constants.BROTLI_PARAM_NDIRECT]: direct,
      },
    }),
  );
  return packed.reduce((best, one) => (one.length < best.length ? one : best));
}

/** A file with its twins. */
function write(file, content) {
  const bytes = Buffer.from(content);
  writeFileSync(file, bytes);
  writeFileSync(`${file}.br`, brotli(bytes));
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
}

const [file] = process.argv.slice(2);
const script = file.replace(/\.wasm$/, ".js");
const working = `${file}.packing`;
try {
  const { packed, short } = pack(readFileSync(file));
  const written = glue(readFileSync(script, "utf8"), short);
  writeFileSync(working, packed);
  execFileSync("wasm-opt", [working, "-g", "-o", working, ...FEATURES.map((name) => `--enable-${name}`), "--reorder-functions-by-name"]);
  const sorted = readFileSync(working);
  const kept = [...sections(sorted)].filter(({ kind }) => kind !== CUSTOM).map(({ whole }) => whole);
  write(file, unplaced(Buffer.concat([sorted.subarray(0, 8), ...kept])));
  write(script, written);
} finally {
  rmSync(working, { force: true });
}
