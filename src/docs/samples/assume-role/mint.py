# Step 6: AssumeRole, signed with the server's own identity, as boto3 finds it.
ROLE = "arn:aws:iam::111122223333:role/portal-analyst"


def minted(person: dict, access_token: str) -> dict:
    tags = tags_of(person)
    return boto3.client("sts", region_name="eu-west-1").assume_role(
        RoleArn=ROLE,
        RoleSessionName=person["sub"],
        SourceIdentity=person["sub"],
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        DurationSeconds=900,
    )["Credentials"]


