// MiniStack: STS, IAM, S3 and Lambda that we did not write. It checks SigV4, IAM's policies, trust conditions, session
// tags, the session policies of AssumeRole, expiry and bucket CORS. It does not check the signature of a web identity
// token, ignores the session policies that come with one, and knows no source identity; tests of those are the sandbox's.
import { PutBucketCorsCommand, CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateFunctionCommand, LambdaClient, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answers, environment, freePorts, Program } from './programs';
import { storedZip } from './zip';

/** The account of everything; MiniStack takes an access key id of twelve digits for the root user of that account. */
export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';
const ROOT = { accessKeyId: ACCOUNT, secretAccessKey: 'test' };

/** A long-term access key. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What the portal answers to a mint, as far as signing needs it. */
export interface Minted {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken: string;
}

/** A policy, as IAM holds it. */
export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Readonly<Record<string, unknown>>[];
}

export class MiniStack {
  readonly endpoint: string;
  readonly s3: S3Client;
  readonly lambda: LambdaClient;
  readonly #program: Program;
  readonly #folder: string;

  private constructor(endpoint: string, program: Program, folder: string) {
    this.endpoint = endpoint;
    this.#program = program;
    this.#folder = folder;
    const client = { endpoint, region: REGION, credentials: ROOT };
    this.s3 = new S3Client({ ...client, forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' });
    this.lambda = new LambdaClient(client);
  }

  static async start(): Promise<MiniStack> {
    const command = process.env['MINISTACK'];
    if (!command || !existsSync(command)) {
      throw new Error('MINISTACK does not name the program ministack: run ./.dev/test, which installs it and says where it is');
    }
    const [port] = await freePorts(1);
    const folder = await mkdtemp(join(tmpdir(), 'ministack-'));
    const program = new Program(command, [], {
      cwd: folder,
      // Without the last three it listens on every address of the machine.
      env: environment({
        AUTH: 'true',
        GATEWAY_PORT: String(port),
        STATE_DIR: folder,
        BIND_HOST: '127.0.0.1',
        IOT_MTLS_ENABLED: '0',
        SFTP_ENABLED: '0',
      }),
    });
    const endpoint = `http://127.0.0.1:${port}`;
    await program.until('MiniStack', () => answers(`${endpoint}/_ministack/health`), 60_000);
    return new MiniStack(endpoint, program, folder);
  }

  async stop(): Promise<void> {
    this.s3.destroy();
    this.lambda.destroy();
    await this.#program.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Registers an issuer with IAM. Gives the trust policy of a role for its people whose subjects are like this. */
  async trustIssuer(issuer: string, audience: string, subjects = '*'): Promise<PolicyDocument> {
    await this.#iam('CreateOpenIDConnectProvider', { Url: issuer, 'ClientIDList.member.1': audience });
    const name = issuer.replace(/^https?:\/\//, '');
    return {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${name}` },
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: { StringEquals: { [`${name}:aud`]: audience }, StringLike: { [`${name}:sub`]: subjects } },
        },
      ],
    };
  }

  /** S3 for whoever holds these credentials. */
  s3With({ AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken }: Minted): S3Client {
    const credentials = { accessKeyId, secretAccessKey, sessionToken };
    return new S3Client({ endpoint: this.endpoint, region: REGION, forcePathStyle: true, maxAttempts: 1, credentials });
  }

  /** Makes a role. Gives its ARN. */
  async createRole(name: string, trust: PolicyDocument, permissions: PolicyDocument): Promise<string> {
    await this.#iam('CreateRole', { RoleName: name, AssumeRolePolicyDocument: JSON.stringify(trust) });
    await this.#iam('PutRolePolicy', { RoleName: name, PolicyName: 'portal', PolicyDocument: JSON.stringify(permissions) });
    return `arn:aws:iam::${ACCOUNT}:role/${name}`;
  }

  /** Makes a user with an access key of its own. */
  async createUser(name: string, permissions: PolicyDocument): Promise<AccessKey> {
    await this.#iam('CreateUser', { UserName: name });
    await this.#iam('PutUserPolicy', { UserName: name, PolicyName: 'own', PolicyDocument: JSON.stringify(permissions) });
    const answer = await this.#iam('CreateAccessKey', { UserName: name });
    const element = (tag: string) => new RegExp(`<${tag}>([^<]+)</${tag}>`).exec(answer)?.[1] ?? '';
    return { accessKeyId: element('AccessKeyId'), secretAccessKey: element('SecretAccessKey') };
  }

  /** Makes a bucket that pages of `origin` may read, and write where they say so. */
  async createBucket(name: string, origin: string, written = false): Promise<void> {
    await this.s3.send(new CreateBucketCommand({ Bucket: name, CreateBucketConfiguration: { LocationConstraint: REGION } }));
    const rule = {
      AllowedOrigins: [origin],
      AllowedMethods: written ? ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'] : ['GET', 'HEAD'],
      AllowedHeaders: [...(written ? ['content-type', 'content-disposition', 'content-encoding', 'cache-control'] : []), 'authorization', 'x-amz-*', 'amz-sdk-*', 'range', 'if-none-match'],
      ExposeHeaders: [
        'ETag',
        'Date',
        'x-amz-request-id',
        'x-amz-id-2',
        'x-amz-bucket-region',
        'x-amz-version-id',
        'Content-Range',
        'Content-Disposition',
        'Content-Encoding',
      ],
      MaxAgeSeconds: 3_000,
    };
    await this.s3.send(new PutBucketCorsCommand({ Bucket: name, CORSConfiguration: { CORSRules: [rule] } }));
  }

  /** Has a bucket keep every version of its objects. */
  async keepVersions(bucket: string): Promise<void> {
    await this.s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  }

  async putObject(bucket: string, key: string, content: string | Buffer): Promise<void> {
    await this.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: content }));
  }

  /** Makes a function of Python source whose handler is `handler`. */
  async createFunction(name: string, source: string, role: string): Promise<void> {
    await this.lambda.send(
      new CreateFunctionCommand({
        FunctionName: name,
        Runtime: 'python3.11',
        Handler: 'lambda_function.handler',
        Role: role,
        Code: { ZipFile: storedZip('lambda_function.py', Buffer.from(source)) },
        Timeout: 10,
      }),
    );
    await waitUntilFunctionActiveV2({ client: this.lambda, maxWaitTime: 30 }, { FunctionName: name });
  }

  /** Makes a DynamoDB table, as CreateTable takes it. */
  async createTable(table: unknown): Promise<void> {
    await this.json('dynamodb', 'DynamoDB_20120810.CreateTable', table);
  }

  /** An inline policy of a role; nothing where there is none. */
  async rolePolicy(role: string, name: string): Promise<PolicyDocument | undefined> {
    const answer = await this.#iam('GetRolePolicy', { RoleName: role, PolicyName: name }).catch(() => '');
    const document = /<PolicyDocument>([^<]+)<\/PolicyDocument>/.exec(answer)?.[1];
    if (document === undefined) return undefined;
    const plain = document.replaceAll('&quot;', '"').replaceAll('&#34;', '"').replaceAll('&amp;', '&');
    return JSON.parse(decodeURIComponent(plain)) as PolicyDocument;
  }

  /** IAM's Query API, as the root user. */
  async #iam(action: string, parameters: Readonly<Record<string, string>>): Promise<string> {
    return this.query('iam', '2010-05-08', action, parameters, { region: 'us-east-1' });
  }

  /** A Query API, as the root user of an account. */
  async query(
    service: string,
    version: string,
    action: string,
    parameters: Readonly<Record<string, string>> = {},
    place: { region?: string; account?: string } = {},
  ): Promise<string> {
    const answer = await fetch(this.endpoint, {
      method: 'POST',
      headers: { Authorization: authorization(service, place) },
      body: new URLSearchParams({ Action: action, Version: version, ...parameters }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${action}: ${answer.status} ${text}`);
    return text;
  }

  /** A JSON API, such as `DynamoDB_20120810.CreateTable`. */
  async json(service: string, target: string, body: unknown): Promise<unknown> {
    const answer = await fetch(this.endpoint, {
      method: 'POST',
      headers: {
        Authorization: authorization(service),
        'Content-Type': 'application/x-amz-json-1.1',
        'X-Amz-Target': target,
      },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${target}: ${answer.status} ${text}`);
    return JSON.parse(text || 'null');
  }
}

/** MiniStack does not check the root user's signature, so there is none. */
function authorization(service: string, { region = REGION, account = ACCOUNT }: { region?: string; account?: string } = {}): string {
  const scope = `${account}/${new Date().toISOString().slice(0, 10).replaceAll('-', '')}/${region}/${service}/aws4_request`;
  return `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`;
}
