// Where the doctor's fixes are tried: MiniStack in AWS's place, a configuration in a folder, `vestibule doctor` as it ships,
// and the AWS CLI, which is given the commands that it prints as they stand.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Balancer } from './balancer';
import { ACCOUNT, MiniStack, REGION } from './ministack';
import { BINARY, environment } from './programs';
import { configuration, toml, type Table } from './served';

const execute = promisify(execFile);

export interface Part {
  readonly kind: 'say' | 'run' | 'configure' | 'document';
  readonly text: string;
}
export interface Finding {
  readonly code: string;
  readonly severity: string;
  readonly why: string;
  readonly fix: readonly Part[];
}
export interface Check {
  readonly subject: string;
  readonly outcome: string;
  readonly detail: string;
}
export interface Report {
  readonly findings: readonly Finding[];
  readonly checks: readonly Check[];
  /** What went to standard error. */
  readonly log: string;
}

export const AUDIENCE = 'https://portal.example.com';
/** What changes something; the doctor's other commands look. */
const MENDS = /^aws (iam (create|update|put)-|s3api (create|put)-|elbv2 (create|modify)-)/m;

export class Clinic {
  /** The server's own identity, and whoever mends. */
  readonly #own = { AWS_ACCESS_KEY_ID: ACCOUNT, AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: REGION, AWS_DEFAULT_REGION: REGION, AWS_EC2_METADATA_DISABLED: 'true' };

  private constructor(
    readonly ministack: MiniStack,
    readonly balancer: Balancer,
    readonly folder: string,
  ) {}

  static async open(): Promise<Clinic> {
    const ministack = await MiniStack.start();
    const ana = { subject: 'b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41', name: 'Ana', email: 'ana@example.com', groups: ['analysts'], audience: AUDIENCE };
    return new Clinic(ministack, await Balancer.start({ ana }), await mkdtemp(join(tmpdir(), 'doctor-')));
  }

  async stop(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
    await this.balancer.stop();
    await this.ministack.stop();
  }

  /** The issuer as IAM names it. */
  get issuer(): string {
    return this.balancer.issuer.replace(/^https?:\/\//, '');
  }

  /** A trust policy for who has a token of this audience. */
  trust(audience: string) {
    const Principal = { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${this.issuer}` };
    const Condition = { StringEquals: { [`${this.issuer}:aud`]: audience } };
    return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRoleWithWebIdentity', Condition }] } as const;
  }

  /** Configures a portal with one role, which is `analyst`. */
  async configure(role: Table, changed: Table = {}): Promise<void> {
    const { endpoint } = this.ministack;
    const aws = { region: REGION, sts_endpoint: endpoint, s3_endpoint: endpoint, lambda_endpoint: endpoint };
    const arn = `arn:aws:iam::${ACCOUNT}:role/portal-analyst`;
    const shared = configuration(this.balancer, aws, [{ id: 'analyst', title: 'Data analyst', arn, groups: ['analysts'], duration_seconds: 3_600, ...role }]);
    const configured = { ...shared, revocation: { iam: true, iam_endpoint: endpoint }, sessions: { path: join(this.folder, 'sessions.db') }, log: { format: 'json' }, ...changed };
    await writeFile(join(this.folder, 'portal.toml'), toml(configured));
  }

  /** Runs the doctor: as Ana with trial mints, or as nobody. */
  async examined({ mint = true }: { mint?: boolean } = {}): Promise<Report> {
    const headers = join(this.folder, 'headers');
    const lines = Object.entries(this.balancer.headers('ana')).map(([header, value]) => `${header}: ${value}\n`);
    await rm(headers, { force: true });
    await writeFile(headers, lines.join(''), { mode: 0o600 });
    const given = ['doctor', '--config', join(this.folder, 'portal.toml'), '--json', ...(mint ? ['--headers', headers, '--mint'] : [])];
    const { stdout, stderr } = await execute(BINARY, given, { env: environment(this.#own), timeout: 60_000 }).catch((ended: { stdout: string; stderr: string }) => ended);
    return { ...(JSON.parse(stdout) as Omit<Report, 'log'>), log: stderr };
  }

  /** Gives a command to a shell, as a person would, and tells what it printed. */
  async run(command: string): Promise<string> {
    // MiniStack's folder has the AWS CLI where the machine has none.
    const path = `${dirname(process.env['MINISTACK'] ?? '')}:${process.env['PATH'] ?? ''}`;
    const env = environment({ ...this.#own, PATH: path, AWS_ENDPOINT_URL: this.ministack.endpoint, AWS_PAGER: '' });
    const { stdout } = await execute('sh', ['-e', '-c', command], { env, timeout: 60_000 });
    return stdout;
  }

  /**
   * Examines, and applies the first command of each fix that changes something, until nothing that counts is found. Tells
   * what was found on the way, and what was said at last.
   */
  async mended(counts: (finding: Finding) => boolean, rounds = 6, options: { mint?: boolean } = {}): Promise<{ found: Set<string>; last: Report }> {
    const found = new Set<string>();
    let last = await this.examined(options);
    for (let round = 1; round <= rounds && last.findings.some(counts); round++) {
      const wrong = last.findings.filter(counts);
      for (const { code } of wrong) found.add(code);
      const commands = new Set(wrong.map(mending).filter((command) => command !== undefined));
      if (commands.size === 0) break;
      for (const command of commands) await this.run(command);
      last = await this.examined(options);
    }
    return { found, last };
  }
}

/** The first commands of a fix that change something, with what only a person knows. */
export function mending({ fix }: Finding): string | undefined {
  const part = fix.find(({ kind, text }) => kind === 'run' && MENDS.test(text));
  return part?.text.replaceAll('CLIENT-SECRET', 'a-secret');
}
