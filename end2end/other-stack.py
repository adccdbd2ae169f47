"""An application of another kind behind the same balancer, which lists objects as the person who asks.

Python's standard library and boto3. It asks the portal for credentials with the three headers that came with the
request; the portal verifies them, so a request that did not come through the balancer gets none.

    PORTAL=https://portal.internal ROLE=analyst BUCKET=reports PREFIX=team/ PORT=8080 python other-stack.py

Nothing that is minted is logged, kept or given to anybody else: each request uses its own person's and forgets them.
An application that keeps them keeps them by person and role, in memory, until five minutes before `Expiration`, and only
once it has verified the person itself (the sample list.py does): a header is worth nothing before that.
"""

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3

PORTAL = os.environ["PORTAL"]
HEADERS = ("x-amzn-oidc-identity", "x-amzn-oidc-data", "x-amzn-oidc-accesstoken")

if urllib.parse.urlsplit(PORTAL).scheme != "https" and urllib.parse.urlsplit(PORTAL).hostname not in ("127.0.0.1", "localhost"):
    raise SystemExit("PORTAL is not an https address: the person's tokens and keys would go in clear.")


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """The headers are secrets: they go to the portal and nowhere it may point to."""

    def redirect_request(self, *arguments):
        return None


PORTAL_ONLY = urllib.request.build_opener(NoRedirects, urllib.request.ProxyHandler({}))


class Refused(Exception):
    """What the portal says, for the person."""

    def __init__(self, status, error):
        super().__init__(error.get("code", "unreadable"))
        self.status, self.error = status, error


def credentials_of(request_headers, role):
    """The person's credentials, from the portal."""
    headers = {"Content-Type": "application/json", "Accept": "application/json", "X-Vestibule-Client": "other-stack"}
    for name in HEADERS:
        lines = request_headers.get_all(name) or []
        if len(lines) != 1:
            raise Refused(401, {"code": "not_signed_in", "message": "This request did not come through the balancer."})
        headers[name] = lines[0]
    body = json.dumps({"role": role}).encode()
    request = urllib.request.Request(PORTAL + "/api/credentials", body, headers, method="POST")
    try:
        with PORTAL_ONLY.open(request, timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        try:
            raise Refused(error.code, json.load(error)) from None
        except ValueError:
            raise Refused(502, {"code": "unreadable", "message": "The portal did not answer."}) from None


def listed(minted):
    """Keys of the bucket, as the person."""
    s3 = boto3.Session(
        aws_access_key_id=minted["AccessKeyId"],
        aws_secret_access_key=minted["SecretAccessKey"],
        aws_session_token=minted["SessionToken"],
        region_name=os.environ.get("REGION", "eu-west-1"),
    ).client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=os.environ["BUCKET"], Prefix=os.environ.get("PREFIX", ""))
    return [item["Key"] for page in pages for item in page.get("Contents", [])]


class Application(BaseHTTPRequestHandler):
    """One page: what the person may list."""

    def do_GET(self):
        try:
            self.answer(200, listed(credentials_of(self.headers, os.environ["ROLE"])))
        except Refused as refused:
            self.answer(refused.status, refused.error)

    def answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        """Nothing: what is logged of a request is to be chosen, and never its headers."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8080"))), Application).serve_forever()
