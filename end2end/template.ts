// What `vestibule template` prints and what a configuration says, each read by a parser that nobody here wrote: PyYAML
// and Python's tomllib, from the environment that MiniStack runs in.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from './programs';
import { toml, type Table } from './served';

/** Anything that JSON holds. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonTable = { readonly [key: string]: Json };

/** A CloudFormation template. */
export interface Template {
  readonly Parameters: Readonly<Record<string, JsonTable>>;
  readonly Mappings: Readonly<Record<string, JsonTable>>;
  readonly Conditions: Readonly<Record<string, Json>>;
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: Json }>>;
  readonly [key: string]: unknown;
}

export interface Resource {
  readonly Type: string;
  readonly Condition?: string;
  readonly DependsOn?: Json;
  readonly DeletionPolicy?: string;
  readonly Properties: JsonTable;
}

/** A program of that environment. */
export function program(name: string): string {
  const ministack = process.env['MINISTACK'];
  if (!ministack) throw new Error('MINISTACK does not name the program ministack: run ./.dev/test, which installs it and says where it is');
  return join(dirname(ministack), name);
}

// Short forms become the long ones, as CloudFormation has them.
const READ = `
import json, sys, tomllib, yaml
class Loader(yaml.SafeLoader):
    def construct_mapping(self, node, deep=False):
        names = [key.value for key, _ in node.value]
        assert len(names) == len(set(names)), f"a name twice among {names}"
        return super().construct_mapping(node, deep=deep)
def function(loader, name, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if name == "GetAtt":
        value = value.split(".", 1)
    return {name if name in ("Ref", "Condition") else "Fn::" + name: value}
Loader.add_multi_constructor("!", function)
text = sys.stdin.read()
print(json.dumps(tomllib.loads(text) if sys.argv[1] == "toml" else yaml.load(text, Loader), default=str))
`;

function read(language: 'toml' | 'yaml', text: string): unknown {
  const ended = spawnSync(program('python'), ['-c', READ, language], { input: text, encoding: 'utf8' });
  if (ended.status !== 0) throw new Error(`no ${language}: ${ended.stderr}\n${text}`);
  return JSON.parse(ended.stdout);
}

export const readYaml = (text: string): Template => read('yaml', text) as Template;
export const readToml = (text: string): JsonTable => read('toml', text) as JsonTable;

/** Prints a template from a configuration; gives the exit code too. */
export function printed(name: string, configuration: string): { code: number | null; stdout: string; stderr: string } {
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-'));
  try {
    const file = join(folder, 'vestibule.toml');
    writeFileSync(file, configuration);
    return run(['template', name, '--config', file]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The template of a configuration. */
export function cloudformation(configuration: string): { text: string; template: Template } {
  const { code, stdout, stderr } = printed('cloudformation', configuration);
  if (code !== 0) throw new Error(`vestibule template cloudformation ended with ${code}: ${stderr}`);
  return { text: stdout, template: readYaml(stdout) };
}

/** What AWS's own checker says of a template; nothing when it has nothing to say. */
export function lint(text: string, region: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-'));
  try {
    const file = join(folder, 'stack.yaml');
    writeFileSync(file, text);
    const ended = spawnSync(program('cfn-lint'), ['--regions', region, '--format', 'parseable', file], { encoding: 'utf8' });
    if (ended.error) throw ended.error;
    return `${ended.stdout}${ended.stderr}`.replaceAll(folder, '');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The values of references by their names, such as `UserPool`, `PortalRole.Arn` and `AWS::Region`. */
export type Values = Readonly<Record<string, string>>;

function resolvedText(text: string, named: (name: string) => string): string {
  return text.replaceAll(/\$\{(!?)([^}]*)\}/g, (_, literal: string, inner: string) => (literal ? `\${${inner}}` : named(inner)));
}

/** A value of a template with its references in place, as CloudFormation would have it. */
export function resolved(value: Json, values: Values): Json {
  const named = (name: string): string => {
    const found = values[name];
    if (found === undefined) throw new Error(`nothing is known of ${name}`);
    return found;
  };
  if (Array.isArray(value)) return value.map((item: Json) => resolved(item, values));
  if (value === null || typeof value !== 'object') return value;
  const [first, ...more] = Object.entries(value as JsonTable);
  if (first && more.length === 0) {
    const [name, argument] = first;
    if (name === 'Ref') return named(String(argument));
    if (name === 'Fn::GetAtt') return named((argument as string[]).join('.'));
    if (name === 'Fn::Sub') {
      const [text, own] = Array.isArray(argument) ? (argument as [string, Record<string, string>]) : [String(argument), {}];
      return resolvedText(text, (inner) => own[inner] ?? named(inner));
    }
  }
  return Object.fromEntries(Object.entries(value as JsonTable).map(([name, inner]) => [name, resolved(inner, values)]));
}

/** A policy document of a template, whether it stands there as a table or as text. */
export function policy(value: Json | undefined, values: Values): Policy {
  const document = resolved(value ?? null, values);
  return (typeof document === 'string' ? JSON.parse(document) : document) as Policy;
}

export interface Policy {
  readonly Version: string;
  readonly Statement: readonly JsonTable[];
}

/** Text of a configuration. */
export const configured = (table: Table): string => toml(table);
