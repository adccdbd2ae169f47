# Step 6: a token of the server's own issuer, which the account's IAM OIDC provider names. Whoever may have this key sign is
# anybody. It is an RSA key in AWS KMS (a P-256 key signs ES256, and its answer has to become r and s); the issuer's key
# set has it under this kid.
key='arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
kid='the-kid'
claims='{"iss":"https://portal.example.com","sub":"b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41","aud":"urn:vestibule:analyst","https://aws.amazon.com/tags":{"principal_tags":{"subject":["b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41"]}},"https://aws.amazon.com/source_identity":"b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41"}'
part() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
now=$(date +%s)
jti=$(openssl rand -hex 16)
{
  printf '{"alg":"RS256","kid":"%s","typ":"JWT"}' "$kid" | part
  printf .
  printf '%s,"iat":%s,"exp":%s,"jti":"%s"}' "${claims%\}}" "$now" "$((now + 120))" "$jti" | part
} > text
region=${key#arn:*:kms:}
aws kms sign --region "${region%%:*}" --key-id "$key" --message fileb://text --signing-algorithm RSASSA_PKCS1_V1_5_SHA_256 \
  --query Signature --output text | tr '+/' '-_' | tr -d '=\n' > signature
{ cat text; printf .; cat signature; } > token
rm text signature
aws sts assume-role-with-web-identity --no-sign-request --region 'eu-west-1' \
  --role-arn 'arn:aws:iam::111122223333:role/portal-analyst' \
  --role-session-name 'b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41' \
  --web-identity-token file://token \
  --duration-seconds 900 \
  --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text > credentials
rm token

