# Step 6: AssumeRole, signed with the server's own identity, as the CLI finds it. AWS believes what it says of the person.
aws sts assume-role --region 'eu-west-1' \
  --role-arn 'arn:aws:iam::111122223333:role/portal-analyst' \
  --role-session-name 'b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41' \
  --source-identity 'b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41' \
  --tags '[{"Key":"subject","Value":"b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41"}]' \
  --duration-seconds 900 \
  --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text > credentials

