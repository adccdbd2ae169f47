# Step 6: the pool gives the server's own identity a token in the person's name, and for that credentials of its own role.
POOL = "eu-west-1:0a1b2c3d-4e5f-4711-8a2b-0123456789ab"
PROVIDER = "login.portal"


def minted(person: dict, access_token: str) -> dict:
    tags = tags_of(person)
    pool = boto3.client("cognito-identity", region_name=POOL.split(":")[0])
    identity = pool.get_open_id_token_for_developer_identity(
        IdentityPoolId=POOL, Logins={PROVIDER: person["sub"]}, PrincipalTags=tags, TokenDuration=120
    )
    keys = pool.get_credentials_for_identity(
        IdentityId=identity["IdentityId"], Logins={"cognito-identity.amazonaws.com": identity["Token"]}
    )["Credentials"]
    return {**keys, "SecretAccessKey": keys["SecretKey"]}


