# Step 6: the pool gives the server's own identity a token in the person's name; STS takes that, and the call is not signed.
from botocore import UNSIGNED
from botocore.config import Config

ROLE = "arn:aws:iam::111122223333:role/portal-analyst"
POOL = "eu-west-1:0a1b2c3d-4e5f-4711-8a2b-0123456789ab"
PROVIDER = "login.portal"


def minted(person: dict, access_token: str) -> dict:
    tags = tags_of(person)
    pool = boto3.client("cognito-identity", region_name=POOL.split(":")[0])
    identity = pool.get_open_id_token_for_developer_identity(
        IdentityPoolId=POOL, Logins={PROVIDER: person["sub"]}, PrincipalTags=tags, TokenDuration=120
    )
    sts = boto3.client("sts", region_name="eu-west-1", config=Config(signature_version=UNSIGNED))
    return sts.assume_role_with_web_identity(
        RoleArn=ROLE, RoleSessionName=person["sub"], WebIdentityToken=identity["Token"], DurationSeconds=900
    )["Credentials"]


