// In a page on the portal's origin: temporary credentials from the portal, then S3 straight from the browser.
import { S3Client, ListObjectsV2Command } from '@aws-sdk/client-s3';

const portal = ''; // the page's own origin: https://portal.example.com
const settings = { role: 'analyst', region: 'eu-west-1', bucket: 'reports', prefix: 'team/', ...globalThis.settings };

// Steps 6 and 7: the portal verifies who asks, and mints.
/** A credential provider of the AWS SDK: it is asked again when `expiration` comes near. */
async function credentials() {
  const response = await fetch(`${portal}/api/credentials`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ role: settings.role }),
    redirect: 'manual', // an ended sign-in is a redirect to the identity provider, which no script can follow
  });
  if (response.type === 'opaqueredirect') throw new Error('The sign-in has ended: load the page again.');
  const answer = await response.json();
  if (!response.ok) throw new Error(`${answer.message} ${answer.next_step}`);
  return {
    accessKeyId: answer.AccessKeyId,
    secretAccessKey: answer.SecretAccessKey,
    sessionToken: answer.SessionToken,
    expiration: new Date(answer.Expiration), // a Date, not a text
  };
}

// Step 8: straight to S3; the SDK signs.
const s3 = new S3Client({
  region: settings.region,
  credentials,
  ...(settings.endpoint && { endpoint: settings.endpoint, forcePathStyle: true }), // only where S3 is not AWS's
});
const page = await s3.send(new ListObjectsV2Command({ Bucket: settings.bucket, Prefix: settings.prefix }));
document.body.append(Object.assign(document.createElement('pre'), {
  id: 'listed',
  textContent: (page.Contents ?? []).map((object) => object.Key).join('\n'),
}));
