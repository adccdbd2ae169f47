# Step 6: the pool gives the server's own identity a token in the person's name, and for that credentials of its own role.
pool='eu-west-1:0a1b2c3d-4e5f-4711-8a2b-0123456789ab'
aws cognito-identity get-open-id-token-for-developer-identity --region "${pool%%:*}" \
  --identity-pool-id "$pool" \
  --logins '{"login.portal":"b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41"}' \
  --principal-tags '{"subject":"b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41"}' \
  --token-duration 120 \
  --query '[IdentityId,Token]' --output text > token
read -r identity token < token
printf '{"%s":"%s"}' 'cognito-identity.amazonaws.com' "$token" > token
aws cognito-identity get-credentials-for-identity --region "${pool%%:*}" \
  --identity-id "$identity" \
  --logins file://token \
  --query 'Credentials.[AccessKeyId,SecretKey,SessionToken]' --output text > credentials
rm token

