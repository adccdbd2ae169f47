#!/bin/sh
# With the AWS CLI, by hand, to try a role.
set -eu
umask 077

# Steps 3, 4 and 6: STS verifies the person's access token (x-amzn-oidc-accesstoken) itself. It stands in the file `token`,
# mode 0600, and must have an audience (aud or azp). The call is not signed: the token counts.
aws sts assume-role-with-web-identity --no-sign-request --region 'eu-west-1' \
  --role-arn 'arn:aws:iam::111122223333:role/portal-analyst' \
  --role-session-name "$(id -un)" \
  --web-identity-token file://token \
  --duration-seconds 900 \
  --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text > credentials
rm token

# Steps 7 and 8: with what AWS answered, to S3.
read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN < credentials
rm credentials
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
aws s3api list-objects-v2 --region 'eu-west-1' --bucket 'reports' --prefix 'team/' --query 'Contents[].Key' --output text
