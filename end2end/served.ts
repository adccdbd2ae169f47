// `vestibule serve`, as it is deployed: a configuration file, and a balancer in front that is not the sandbox's.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLIENT, SIGNER, type Balancer } from './balancer';
import { answers, BINARY, environment, freePorts, Program } from './programs';

/** A TOML table; lists of tables become `[[…]]`. */
export type Table = { readonly [key: string]: Value };
type Value = string | number | boolean | readonly string[] | Table | readonly Table[];

/** What every configuration of these tests shares. */
export function configuration(balancer: Balancer, aws: Table, roles: readonly Table[]): Table {
  return {
    web: { public_url: balancer.origin },
    alb: { signers: [SIGNER], clients: [CLIENT], issuer: balancer.issuer, key_url: balancer.keys.origin },
    idp: { jwks_url: balancer.jwksUrl, admin_groups: ['portal-admins'] },
    aws,
    roles,
  };
}

export class Served {
  readonly origin: string;
  readonly #program: Program;
  readonly #folder: string;

  private constructor(origin: string, program: Program, folder: string) {
    this.origin = origin;
    this.#program = program;
    this.#folder = folder;
  }

  /** Starts it, with these variables in its environment, and, where there is one, puts it behind the balancer. */
  static async start(configured: Table, balancer?: Balancer, variables: Readonly<Record<string, string>> = {}): Promise<Served> {
    const [port] = await freePorts(1);
    const folder = await mkdtemp(join(tmpdir(), 'vestibule-'));
    const file = join(folder, 'portal.toml');
    const web = { ...(configured['web'] as Table), listen: `127.0.0.1:${port}` };
    const sessions = configured['sessions'] ?? { path: join(folder, 'sessions.db') };
    await writeFile(file, toml({ ...configured, web, sessions }));
    const origin = `http://127.0.0.1:${port}`;
    const program = new Program(BINARY, ['serve', '--config', file], { env: environment(variables) });
    await program.until('vestibule serve', () => answers(`${origin}/healthz`));
    if (balancer) balancer.portal = origin;
    return new Served(origin, program, folder);
  }

  /** Its log so far. */
  get log(): string {
    return this.#program.output;
  }

  /** Calls the API as a program that stands where the balancer stands. */
  async call(path: string, body: unknown, headers: Readonly<Record<string, string>>): Promise<Response> {
    return fetch(`${this.origin}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Vestibule-Client': 'end2end', ...headers },
      body: JSON.stringify(body),
    });
  }

  /** As when the machine takes the process away: nothing is finished first. */
  async kill(): Promise<void> {
    await this.#program.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async stop(): Promise<void> {
    await this.#program.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Writes TOML. Strings of JSON are strings of TOML as long as they hold no control character, and these do not. */
export function toml(table: Table, path = ''): string {
  const plain: string[] = [];
  const tables: string[] = [];
  for (const [key, value] of Object.entries(table)) {
    const below = path === '' ? key : `${path}.${key}`;
    if (Array.isArray(value) && value.some((item) => typeof item === 'object')) {
      for (const item of value as readonly Table[]) tables.push(`[[${below}]]\n${toml(item, below)}`);
    } else if (typeof value === 'object' && !Array.isArray(value)) {
      tables.push(`[${below}]\n${toml(value as Table, below)}`);
    } else {
      plain.push(`${key} = ${JSON.stringify(value)}\n`);
    }
  }
  return plain.join('') + tables.join('');
}
