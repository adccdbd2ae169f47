"""A server behind the load balancer, without Vestibule: verifies the balancer's header, takes the role for the person,
and lists the bucket in their name. pip install boto3 cryptography"""
import base64
import json
import os
import time
import urllib.request
from wsgiref.simple_server import make_server

import boto3
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

REGION = os.environ.get("REGION", "eu-west-1")
SIGNER = os.environ.get("SIGNER", "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/portal/50dc6c495c0c9188")
CLIENT = os.environ.get("CLIENT", "1example23456789")
ISSUER = os.environ.get("ISSUER", "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE")
KEYS = os.environ.get("KEYS", "https://public-keys.auth.elb.eu-west-1.amazonaws.com")
BUCKET = os.environ.get("BUCKET", "reports")
PREFIX = os.environ.get("PREFIX", "team/")


# Step 2: what the balancer signed.
def verified(data: str) -> dict:
    """The claims of x-amzn-oidc-data. No JWT library takes it: its parts are padded, and the padding is signed."""
    header, payload, signature = data.split(".")
    head = json.loads(base64.urlsafe_b64decode(header))
    # Every customer's balancer of a region signs with the same keys: the signer makes it yours.
    if (head["alg"], head["signer"], head["client"], head["iss"]) != ("ES256", SIGNER, CLIENT, ISSUER):
        raise PermissionError("signed by another balancer, or for another client or issuer")
    if head["exp"] <= time.time() - 10:
        raise PermissionError("expired")
    if not all(char in "0123456789abcdef-" for char in head["kid"]):
        raise PermissionError("a kid that must not reach a URL")
    with urllib.request.urlopen(f"{KEYS}/{head['kid']}", timeout=5) as answer:
        key = load_pem_public_key(answer.read())
    raw = base64.urlsafe_b64decode(signature)
    der = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key.verify(der, f"{header}.{payload}".encode(), ec.ECDSA(SHA256()))
    return json.loads(base64.urlsafe_b64decode(payload))


# Steps 3, 4 and 6: STS verifies the access token itself. It must have an audience (aud or azp).
from botocore import UNSIGNED
from botocore.config import Config

ROLE = os.environ.get("ROLE", "arn:aws:iam::111122223333:role/portal-analyst")


def minted(person: dict, access_token: str) -> dict:
    sts = boto3.client("sts", region_name="eu-west-1", config=Config(signature_version=UNSIGNED))
    return sts.assume_role_with_web_identity(
        RoleArn=ROLE, RoleSessionName=person["sub"][:64], WebIdentityToken=access_token, DurationSeconds=900
    )["Credentials"]


# Steps 7 and 8: with what AWS answered, to S3.
def listed(keys: dict) -> list[str]:
    s3 = boto3.client(
        "s3",
        region_name=REGION,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    return [found["Key"] for found in s3.list_objects_v2(Bucket=BUCKET, Prefix=PREFIX).get("Contents", [])]


# Step 1: the headers as they come.
def application(environ, start_response):
    try:
        person = verified(environ["HTTP_X_AMZN_OIDC_DATA"])
        body = listed(minted(person, environ["HTTP_X_AMZN_OIDC_ACCESSTOKEN"]))
        status = "200 OK"
    except Exception as error:  # Its kind only: messages of STS can repeat the token.
        body, status = {"refused": type(error).__name__}, "403 Forbidden"
    start_response(status, [("Content-Type", "application/json"), ("Cache-Control", "no-store")])
    return [json.dumps(body).encode()]


if __name__ == "__main__":
    make_server("127.0.0.1", int(os.environ.get("PORT", "8000")), application).serve_forever()
