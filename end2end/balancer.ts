// A load balancer and its identity provider, written from AWS's documentation and from tokens seen in the wild, and
// from nothing of the portal's own code: what the portal verifies here was not made by its authors' other hand.
//
// Three servers, as in the world outside: the balancer that a browser talks to, the key server whose keys every
// customer of a region shares, and the provider with its discovery document and JWKS. The latter two can be told to
// fail; `Outside` has the ways.
import { createSign, generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** Somebody whom the provider knows. */
export interface Person {
  readonly subject: string;
  readonly name: string;
  readonly email: string;
  readonly groups: readonly string[];
  /** `aud` of the access token. Cognito's have none unless they are bound to a resource. */
  readonly audience?: string;
}

/** The signer: a balancer in an account that is nobody's. */
export const SIGNER = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/portal/50dc6c495c0c9188';
/** The app client that the balancer signs people in with. */
export const CLIENT = '1example23456789';
const COOKIE = 'AWSELBAuthSessionCookie';

/** Who signs, for which client, by whose word: where a stack has made them. */
export interface Named {
  readonly signer: string;
  readonly client: string;
  readonly issuer: string;
}
/** Life of a data header, in seconds. */
const DATA_LIFE = 60;
/** Life of an access token, in seconds. */
const TOKEN_LIFE = 3_600;

/** A server on a free port of 127.0.0.1. Stopped, it refuses connections; it can start again at the same address. */
export class Loopback {
  readonly #answer: (incoming: IncomingMessage, outgoing: ServerResponse) => void;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  constructor(answer: (incoming: IncomingMessage, outgoing: ServerResponse) => void) {
    this.#answer = answer;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const server = createServer(this.#answer);
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

/** How a service outside answers: as it should, not at all, with an error, or with something that is not its kind. */
export type Mood = 'well' | 'silent' | 'failing' | 'babbling';

/** A service of the world outside, with a mood. For "down", stop it. */
export class Outside extends Loopback {
  mood: Mood = 'well';
  /** Paths that were asked for. */
  readonly asked: string[] = [];

  constructor(answer: (incoming: IncomingMessage, outgoing: ServerResponse) => void) {
    super((incoming, outgoing) => {
      this.asked.push(incoming.url ?? '');
      if (this.mood === 'well') return answer(incoming, outgoing);
      if (this.mood === 'silent') return;
      outgoing.writeHead(this.mood === 'failing' ? 500 : 200, { 'Content-Type': 'text/html' });
      outgoing.end('<html><body>Down for maintenance</body></html>');
    });
  }
}

const base64url = (content: string | Buffer) => Buffer.from(content).toString('base64url');
/** The balancer keeps the padding, and signs it. */
const padded = (content: string | Buffer) => Buffer.from(content).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
const seconds = () => Math.floor(Date.now() / 1_000);

/** The balancer with everything behind it but the portal. */
export class Balancer {
  readonly front: Loopback;
  readonly keys: Outside;
  readonly provider: Outside;
  /** Where requests go. */
  portal = '';

  readonly #people: ReadonlyMap<string, Person>;
  readonly #named: Named | undefined;
  readonly #sessions = new Map<string, Person>();
  readonly #kid = randomUUID();
  readonly #data = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  readonly #tokenKid = `${randomUUID()}=`;
  readonly #token = generateKeyPairSync('rsa', { modulusLength: 2_048 });

  private constructor(people: Readonly<Record<string, Person>>, named: Named | undefined) {
    this.#people = new Map(Object.entries(people));
    this.#named = named;
    this.front = new Loopback((incoming, outgoing) => this.#forward(incoming, outgoing));
    this.keys = new Outside((incoming, outgoing) => this.#publish(incoming, outgoing));
    this.provider = new Outside((incoming, outgoing) => this.#describe(incoming, outgoing));
  }

  static async start(people: Readonly<Record<string, Person>>, named?: Named): Promise<Balancer> {
    const balancer = new Balancer(people, named);
    await Promise.all([balancer.front.start(), balancer.keys.start(), balancer.provider.start()]);
    return balancer;
  }

  async stop(): Promise<void> {
    await Promise.all([this.front.stop(), this.keys.stop(), this.provider.stop()]);
  }

  /** What people type. */
  get origin(): string {
    return this.front.origin;
  }

  /** The issuer, with a path as a user pool's has one. */
  get issuer(): string {
    return this.#named?.issuer ?? `${this.provider.origin}/eu-west-1_EXAMPLE`;
  }

  /** Where the keys of its tokens are, whatever the issuer is called. */
  get jwksUrl(): string {
    return `${this.provider.origin}/eu-west-1_EXAMPLE/.well-known/jwks.json`;
  }

  /** The address that signs somebody in without a form, then shows a page. */
  signInAddress(id: string, to = '/'): string {
    return `${this.origin}/stand-in/sign-in?${new URLSearchParams({ as: id, to })}`;
  }

  /** The three headers, as the balancer would send them now. */
  headers(id: string, changed: { data?: Record<string, unknown>; payload?: Record<string, unknown> } = {}): Record<string, string> {
    const person = this.#person(id);
    return {
      'x-amzn-oidc-data': this.#dataToken(person, changed),
      'x-amzn-oidc-identity': person.subject,
      'x-amzn-oidc-accesstoken': this.#accessToken(person),
    };
  }

  #person(id: string): Person {
    const person = this.#people.get(id);
    if (!person) throw new Error(`nobody is called ${id}`);
    return person;
  }

  #dataToken(person: Person, changed: { data?: Record<string, unknown>; payload?: Record<string, unknown> }): string {
    const exp = seconds() + DATA_LIFE;
    const { client, signer } = this.#named ?? { client: CLIENT, signer: SIGNER };
    const header = { typ: 'JWT', kid: this.#kid, alg: 'ES256', iss: this.issuer, client, signer, exp, ...changed.data };
    const payload = {
      sub: person.subject,
      // A string: that is how Cognito's userInfo has it.
      email_verified: 'true',
      name: person.name,
      email: person.email,
      username: person.subject,
      exp,
      iss: this.issuer,
      ...changed.payload,
    };
    const signed = `${padded(JSON.stringify(header))}.${padded(JSON.stringify(payload))}`;
    const signature = sign('sha256', Buffer.from(signed), { key: this.#data.privateKey, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${padded(signature)}`;
  }

  #accessToken(person: Person): string {
    const iat = seconds();
    const header = { kid: this.#tokenKid, alg: 'RS256' };
    const payload = {
      sub: person.subject,
      'cognito:groups': person.groups,
      iss: this.issuer,
      version: 2,
      client_id: this.#named?.client ?? CLIENT,
      ...(person.audience === undefined ? {} : { aud: person.audience }),
      token_use: 'access',
      scope: 'openid profile email',
      auth_time: iat,
      iat,
      exp: iat + TOKEN_LIFE,
      jti: randomUUID(),
      username: person.subject,
    };
    return jwt(header, payload, this.#token.privateKey);
  }

  #publish(incoming: IncomingMessage, outgoing: ServerResponse): void {
    if (incoming.url !== `/${this.#kid}`) {
      outgoing.writeHead(404).end();
      return;
    }
    outgoing.writeHead(200, { 'Content-Type': 'binary/octet-stream' });
    outgoing.end(this.#data.publicKey.export({ type: 'spki', format: 'pem' }));
  }

  #describe(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const path = new URL(incoming.url ?? '', this.provider.origin).pathname;
    const json = (body: unknown) => outgoing.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    if (path === '/eu-west-1_EXAMPLE/.well-known/openid-configuration') {
      json({
        issuer: this.issuer,
        jwks_uri: this.jwksUrl,
        authorization_endpoint: `${this.provider.origin}/authorize`,
        token_endpoint: `${this.provider.origin}/token`,
        userinfo_endpoint: `${this.provider.origin}/userinfo`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      });
    } else if (path === '/eu-west-1_EXAMPLE/.well-known/jwks.json') {
      json({ keys: [{ ...this.#token.publicKey.export({ format: 'jwk' }), kid: this.#tokenKid, alg: 'RS256', use: 'sig' }] });
    } else if (path === '/authorize') {
      outgoing.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>Sign in</title><h1>Sign in</h1>');
    } else {
      outgoing.writeHead(404).end();
    }
  }

  #forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const path = incoming.url ?? '/';
    if (path.startsWith('/stand-in/sign-in?')) return this.#signIn(new URL(path, this.origin).searchParams, outgoing);
    const person = this.#signedIn(incoming);
    const isOpen = ['/healthz', '/readyz', '/signed-out'].includes(path) || path.startsWith('/pkg/') || path.startsWith('/favicon.');
    if (!person && !isOpen) return this.#turnAway(path, outgoing);

    // As a balancer says it of a target group without targets.
    if (this.portal === '') return void outgoing.writeHead(503, { Server: 'awselb/2.0' }).end();

    const headers: string[] = [];
    for (let at = 0; at + 1 < incoming.rawHeaders.length; at += 2) {
      const [name = '', value = ''] = incoming.rawHeaders.slice(at, at + 2);
      // What a client sends under these names never gets through, in any spelling.
      if (!name.toLowerCase().replaceAll('_', '-').startsWith('x-amzn-oidc-')) headers.push(name, value);
    }
    headers.push('X-Forwarded-For', incoming.socket.remoteAddress ?? '', 'X-Forwarded-Proto', 'https', 'X-Forwarded-Port', '443');
    if (person && !isOpen) {
      const id = [...this.#people].find(([, other]) => other === person)?.[0] ?? '';
      for (const [name, value] of Object.entries(this.headers(id))) headers.push(name, value);
    }
    const onward = request(`${this.portal}${path}`, { method: incoming.method ?? 'GET', headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
    });
    onward.on('error', (error) => {
      // The words end up in a failed test's report.
      if (outgoing.headersSent) outgoing.destroy();
      else outgoing.writeHead(502, { 'Content-Type': 'text/plain' }).end(`The stand-in's way to the portal broke: ${error.message}`);
    });
    incoming.pipe(onward);
  }

  /** `deny` for calls, `authenticate` for pages. */
  #turnAway(path: string, outgoing: ServerResponse): void {
    if (path.startsWith('/api/')) outgoing.writeHead(401, { Server: 'awselb/2.0' }).end();
    else outgoing.writeHead(302, { Location: `${this.provider.origin}/authorize?client_id=${CLIENT}` }).end();
  }

  #signIn(query: URLSearchParams, outgoing: ServerResponse): void {
    const session = randomUUID();
    this.#sessions.set(session, this.#person(query.get('as') ?? ''));
    outgoing.writeHead(302, {
      Location: query.get('to') ?? '/',
      'Set-Cookie': `${COOKIE}-0=${session}; Path=/; HttpOnly; Secure; SameSite=None`,
    });
    outgoing.end();
  }

  #signedIn(incoming: IncomingMessage): Person | undefined {
    const cookies = (incoming.headers.cookie ?? '').split('; ').map((pair) => pair.split('='));
    const session = cookies.find(([name]) => name === `${COOKIE}-0`)?.[1];
    return session === undefined ? undefined : this.#sessions.get(session);
  }
}

function jwt(header: unknown, payload: unknown, key: KeyObject): string {
  const signed = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(payload))}`;
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key).toString('base64url')}`;
}
