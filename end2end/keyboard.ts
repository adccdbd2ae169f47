// A folder that is worked in by keys, with what such tests look at.

import { DeleteObjectsCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Page } from '@playwright/test';
import type { BrowsePage } from './pages/browse';
import { Operations } from './pages/operations';
import { Overlay } from './pages/overlay';
import { expect, place, test as base } from './portal';
import { Visitor } from './visitor';

export const BUCKET = 'uploads';
export const many = place('analyst', 'reports', 'team/many/');
export const team = place('analyst', 'reports', 'team/');

export const test = base.extend<{ operations: Operations; overlay: Overlay; s3: S3Client; prefix: string }>({
  operations: async ({ page }, use) => use(new Operations(page)),
  overlay: async ({ page }, use) => use(new Overlay(page)),
  s3: async ({ sandbox }, use) => {
    const visitor = await Visitor.signIn(sandbox, 'analyst');
    const { AccessKeyId, SecretAccessKey, SessionToken } = await visitor.credentials('uploader');
    const s3 = new S3Client({
      region: 'eu-west-1',
      endpoint: sandbox.endpoints.s3,
      forcePathStyle: true,
      credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
    });
    await use(s3);
    s3.destroy();
  },
  prefix: async ({ s3 }, use, info) => {
    const prefix = `keyboard-${info.parallelIndex}-${info.testId}-${info.repeatEachIndex}/`;
    await use(prefix);
    for (let left = await keys(s3, prefix); left.length > 0; left = await keys(s3, prefix)) {
      const Objects = left.slice(0, 1_000).map((name) => ({ Key: prefix + name }));
      await s3.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects } }));
    }
  },
});

export async function put(s3: S3Client, key: string): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: key }));
}

/** The keys below `prefix`, without it. */
export async function keys(s3: S3Client, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for (let token: string | undefined, first = true; first || token; first = false) {
    const page = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: prefix, ContinuationToken: token }));
    found.push(...(page.Contents ?? []).map(({ Key = '' }) => Key.slice(prefix.length)));
    token = page.NextContinuationToken;
  }
  return found;
}

/** Opens a folder, with everything that keys need. */
export async function open(page: Page, browse: BrowsePage, signIn: (persona: 'analyst', to: string) => Promise<void>, to: string, found: string): Promise<void> {
  await signIn('analyst', to);
  await browse.complete(found);
  await ready(page);
  await browse.grid.focus();
}

export async function ready(page: Page): Promise<void> {
  await expect(page.getByRole('checkbox', { name: 'Select all' })).toBeAttached();
  await expect(page.getByRole('button', { name: 'With subfolders' })).toBeAttached();
}

/** The names of the rows in view that are selected. */
export function selected(browse: BrowsePage): Promise<string[]> {
  return browse.grid
    .locator('[role=row][aria-selected=true]:not([hidden])')
    .evaluateAll((rows) => rows.map((row) => row.querySelector('.entry__name')?.textContent ?? ''));
}

export const record = (at: number) => `record-${String(at).padStart(5, '0')}.txt`;
export const active = (browse: BrowsePage) => browse.active().locator('.entry__name');
export const count = (page: Page) => page.locator('.selected');
export const said = (page: Page) => page.locator('#said');
