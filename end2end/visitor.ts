// Somebody who talks to the sandbox without a browser: the second opinion on what a page shows.

import { S3Client } from '@aws-sdk/client-s3';
import type { Sandbox } from './sandbox';

/** The personas of the sandbox. */
export type Persona = 'analyst' | 'admin' | 'outsider' | 'no-audience' | 'expiring';

/** What `/api/credentials` answers. */
export interface PortalCredentials {
  AccessKeyId: string;
  SecretAccessKey: string;
  SessionToken: string;
  Expiration: string;
}

/** A signed-in program. */
export class Visitor {
  private constructor(
    private readonly sandbox: Sandbox,
    private readonly cookie: string,
  ) {}

  /** Signs in by the sandbox's link. */
  static async signIn(sandbox: Sandbox, persona: Persona): Promise<Visitor> {
    const answer = await fetch(`${sandbox.endpoints.balancer}/sandbox/sign-in?as=${persona}`, { redirect: 'manual' });
    const cookies = answer.headers.getSetCookie().map((line) => line.split(';')[0]);
    return new Visitor(sandbox, cookies.join('; '));
  }

  /** Asks the balancer. */
  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.sandbox.endpoints.balancer + path, { redirect: 'manual', headers: { cookie: this.cookie, ...headers } });
  }

  /** Calls the portal's API. */
  call(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.sandbox.endpoints.balancer + path, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: this.cookie, 'content-type': 'application/json', 'x-vestibule-client': 'end2end', ...headers },
      body: JSON.stringify(body),
    });
  }

  /** Posts a form. */
  form(path: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.sandbox.endpoints.balancer + path, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: this.cookie, 'content-type': 'application/x-www-form-urlencoded', 'x-vestibule-client': 'end2end', ...headers },
      body,
    });
  }

  /** Credentials for a role. */
  async credentials(role: string): Promise<PortalCredentials> {
    const answer = await this.call('/api/credentials', { role });
    if (!answer.ok) throw new Error(`no credentials for ${role}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as PortalCredentials;
  }

  /** Ids of this person's sessions: the newest hundred, of which other tests may have made all. */
  async sessions(): Promise<string[]> {
    const { sessions } = (await (await this.call('/api/sessions/mine', {})).json()) as { sessions: { id: string }[] };
    return sessions.map(({ id }) => id);
  }

  /** AWS's own S3 client, with a role's credentials. */
  async s3(role: string): Promise<S3Client> {
    const { AccessKeyId, SecretAccessKey, SessionToken } = await this.credentials(role);
    return new S3Client({
      region: 'eu-west-1',
      endpoint: this.sandbox.endpoints.s3,
      forcePathStyle: true,
      credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
    });
  }
}
