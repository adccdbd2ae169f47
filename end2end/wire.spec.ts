// What can only be sent over a bare socket: header lines twice, broken requests, and requests that never end.
import { expect, test as base } from '@playwright/test';
import { connect } from 'node:net';
import { Balancer } from './balancer';
import { configuration, Served } from './served';

const PEOPLE = {
  ana: { subject: 'b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41', name: 'Ana Pires', email: 'ana@example.com', groups: ['analysts'], audience: 'x' },
  ben: { subject: 'b1e5c0de-0002-4a6b-8c3d-5f0e7a9b2c41', name: 'Ben Other', email: 'ben@example.com', groups: ['analysts'], audience: 'x' },
};
const ROLE = { id: 'analyst', arn: 'arn:aws:iam::111122223333:role/portal-analyst', groups: ['analysts'] };

const test = base.extend<{}, { world: { balancer: Balancer; served: Served } }>({
  world: [
    async ({}, use) => {
      const balancer = await Balancer.start(PEOPLE);
      try {
        const served = await Served.start(configuration(balancer, { sts_endpoint: 'http://127.0.0.1:9' }, [ROLE]), balancer);
        await use({ balancer, served });
        await served.stop();
      } finally {
        await balancer.stop();
      }
    },
    { scope: 'worker' },
  ],
});

/** Sends bytes and reads to the end of the connection. */
function exchange(origin: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes, 'latin1'));
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('close', () => resolve(answer));
    socket.on('error', (error) => (answer === '' ? reject(error) : resolve(answer)));
    socket.setTimeout(10_000, () => socket.destroy(new Error('no end within ten seconds')));
  });
}

/** A call of whoami with these header lines. */
function whoami(lines: readonly (readonly [string, string])[], body = '{}'): string {
  const head = [['Host', 'portal'], ['Connection', 'close'], ['Content-Type', 'application/json'], ['X-Vestibule-Client', 'end2end'], ...lines];
  return `POST /api/whoami HTTP/1.1\r\n${head.map(([name, value]) => `${name}: ${value}\r\n`).join('')}Content-Length: ${body.length}\r\n\r\n${body}`;
}

function verdict(answer: string): { status: number; code?: string; rule?: string } {
  const status = Number(answer.slice(9, 12));
  const body = answer.slice(answer.indexOf('\r\n\r\n') + 4);
  const { code, rule } = JSON.parse(body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1)) as { code?: string; rule?: string };
  return { status, ...(code && { code }), ...(rule && { rule }) };
}

test('the three headers once each are a person', async ({ world }) => {
  const answer = await exchange(world.served.origin, whoami(Object.entries(world.balancer.headers('ana'))));
  expect(verdict(answer)).toEqual({ status: 200 });
  expect(answer).toContain('"email":"ana@example.com"');
});

test('a header line that comes twice is refused, whichever it is', async ({ world }) => {
  const [ana, ben] = [world.balancer.headers('ana'), world.balancer.headers('ben')];
  for (const name of ['x-amzn-oidc-data', 'x-amzn-oidc-identity', 'x-amzn-oidc-accesstoken'] as const) {
    for (const lines of [
      [...Object.entries(ana), [name, ana[name] ?? '']],
      [...Object.entries(ana), [name, ben[name] ?? '']],
      [[name.toUpperCase(), ben[name] ?? ''], ...Object.entries(ana)],
    ] as [string, string][][]) {
      expect(verdict(await exchange(world.served.origin, whoami(lines))), name).toEqual({ status: 401, code: 'header_rejected', rule: 'duplicate' });
    }
  }
});

test('one header of the three alone is nobody', async ({ world }) => {
  const ana = world.balancer.headers('ana');
  expect(verdict(await exchange(world.served.origin, whoami([])))).toEqual({ status: 401, code: 'not_signed_in' });
  for (const name of Object.keys(ana)) {
    const found = verdict(await exchange(world.served.origin, whoami([[name, ana[name] ?? '']])));
    expect(found.status, name).toBe(401);
  }
});

test('tokens of two people do not mix', async ({ world }) => {
  const [ana, ben] = [world.balancer.headers('ana'), world.balancer.headers('ben')];
  const mixed = (name: string) => Object.entries({ ...ana, [name]: ben[name] ?? '' });
  expect(verdict(await exchange(world.served.origin, whoami(mixed('x-amzn-oidc-identity'))))).toEqual({ status: 401, code: 'header_rejected', rule: 'identity' });
  expect(verdict(await exchange(world.served.origin, whoami(mixed('x-amzn-oidc-accesstoken'))))).toEqual({ status: 401, code: 'token_rejected', rule: 'subject' });
});

test('a genuine signature over claims that are not ours is refused by its rule, before a key is fetched', async ({ world }) => {
  const asked = world.balancer.keys.asked.length;
  const other = { kid: '11111111-2222-4333-8444-555555555555' };
  for (const [rule, data] of [
    ['signer', { ...other, signer: 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/portal/50dc6c495c0c9188x' }],
    ['client', { ...other, client: 'another' }],
    ['issuer', { ...other, iss: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_OTHER' }],
    ['expired', { ...other, exp: Math.floor(Date.now() / 1_000) - 60 }],
    ['kid', { kid: '../../latest/meta-data' }],
    ['alg', { ...other, alg: 'none' }],
  ] as const) {
    const found = verdict(await exchange(world.served.origin, whoami(Object.entries(world.balancer.headers('ana', { data })))));
    expect(found, rule).toEqual({ status: 401, code: 'header_rejected', rule });
  }
  expect(world.balancer.keys.asked).toHaveLength(asked);
});

test('a signature does not survive other padding', async ({ world }) => {
  const { 'x-amzn-oidc-data': data = '', ...rest } = world.balancer.headers('ana');
  const send = (changed: string) => exchange(world.served.origin, whoami([['x-amzn-oidc-data', changed], ...Object.entries(rest)]));
  expect(verdict(await send(data)).status).toBe(200);
  expect(data, 'the stand-in pads as the balancer does').toMatch(/=$/);
  for (const changed of [data.replaceAll('=', ''), `${data}=`, data.replace('.', '=.'), `${data} , x`, data.replace('.', '..')]) {
    const found = verdict(await send(changed));
    expect([found.status, found.code], changed.slice(-8)).toEqual([401, 'header_rejected']);
  }
});

test('a header that is too long is refused by its length', async ({ world }) => {
  const { 'x-amzn-oidc-data': data = '', ...rest } = world.balancer.headers('ana');
  const found = verdict(await exchange(world.served.origin, whoami([['x-amzn-oidc-data', data + 'A'.repeat(17_000)], ...Object.entries(rest)])));
  expect(found).toEqual({ status: 401, code: 'header_rejected', rule: 'size' });
});

test('requests that are none are ended, and nothing breaks', async ({ world }) => {
  for (const bytes of [
    '\0\0\0\r\n\r\n',
    'GET\r\n\r\n',
    'POST /api/whoami HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x',
    'POST /api/whoami HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n',
    `GET /${'a'.repeat(200_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  ]) {
    const answer = await exchange(world.served.origin, bytes);
    expect(answer, JSON.stringify(bytes.slice(0, 40))).toMatch(/^(HTTP\/1\.[01] 4\d\d|$)/);
  }
  expect((await fetch(`${world.served.origin}/healthz`)).status).toBe(200);
  expect(world.served.log).not.toContain('panicked');
});

test('bodies of the wrong kind are refused in the shape of the contract', async ({ world }) => {
  const lines = Object.entries(world.balancer.headers('ana'));
  for (const body of ['', 'null', '[1', '{"role":', 'x'.repeat(65 * 1_024)]) {
    const found = verdict(await exchange(world.served.origin, whoami(lines, body).replace('/api/whoami', '/api/credentials')));
    expect(found, body.slice(0, 10)).toEqual({ status: 400, code: 'bad_request' });
  }
});
