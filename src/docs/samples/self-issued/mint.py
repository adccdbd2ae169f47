# Step 6: a token of the server's own issuer, which the account's IAM OIDC provider names. Whoever may have this key sign is
# anybody. It is an RSA key in AWS KMS (a P-256 key signs ES256, and its answer has to become r and s); the issuer's key
# set has it under this kid.
import secrets

from botocore import UNSIGNED
from botocore.config import Config

ROLE = "arn:aws:iam::111122223333:role/portal-analyst"
OWN_ISSUER = "https://portal.example.com"
AUDIENCE = "urn:vestibule:analyst"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
KID = "the-kid"


def signed(claims: dict) -> str:
    def part(content: bytes) -> str:
        return base64.urlsafe_b64encode(content).rstrip(b"=").decode()

    header = {"alg": "RS256", "kid": KID, "typ": "JWT"}
    text = ".".join(part(json.dumps(value).encode()) for value in (header, claims))
    kms = boto3.client("kms", region_name=KEY.split(":")[3])
    answer = kms.sign(KeyId=KEY, Message=text.encode(), SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256")
    return f"{text}.{part(answer['Signature'])}"


def minted(person: dict, access_token: str) -> dict:
    tags = tags_of(person)
    now = int(time.time())
    token = signed(
        {
            "iss": OWN_ISSUER,
            "sub": person["sub"],
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_hex(16),
            "https://aws.amazon.com/tags": {"principal_tags": {key: [value] for key, value in tags.items()}},
            "https://aws.amazon.com/source_identity": person["sub"],
        }
    )
    sts = boto3.client("sts", region_name="eu-west-1", config=Config(signature_version=UNSIGNED))
    return sts.assume_role_with_web_identity(
        RoleArn=ROLE, RoleSessionName=person["sub"], WebIdentityToken=token, DurationSeconds=900
    )["Credentials"]


