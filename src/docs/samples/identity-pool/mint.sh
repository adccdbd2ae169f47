# Step 6: the pool gives the server's own identity a token in the person's name; STS takes that, and the call is not signed.
pool='eu-west-1:0a1b2c3d-4e5f-4711-8a2b-0123456789ab'
aws cognito-identity get-open-id-token-for-developer-identity --region "${pool%%:*}" \
  --identity-pool-id "$pool" \
  --logins '{"login.portal":"b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41"}' \
  --principal-tags '{"subject":"b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41"}' \
  --token-duration 120 \
  --query Token --output text | tr -d '\n' > token
aws sts assume-role-with-web-identity --no-sign-request --region 'eu-west-1' \
  --role-arn 'arn:aws:iam::111122223333:role/portal-analyst' \
  --role-session-name 'b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41' \
  --web-identity-token file://token \
  --duration-seconds 900 \
  --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text > credentials
rm token

