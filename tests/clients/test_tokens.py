"""Tokens that were tampered with, or are used where another is meant, are refused."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace

import pytest
import requests

from support import rest
from support.boto import TOKEN_ERRORS, Client, MakeClient, missing, refused, token_refused
from support.names import unique_name
from support.target import Keys, Target


@pytest.fixture(scope="module")
def session(target: Target, bearer: str) -> Keys:
    """Keys with a good S3 session token."""
    assert target.login is not None
    keys = rest.credentials(target, target.login)
    assert keys.session_token, "/credentials gave no session_token"
    return keys


def encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def with_header(token: str, **changes: str) -> str:
    """The token with another JOSE header and its old signature."""
    head, rest_of_it = token.split(".", 1)
    return f"{encode(json.dumps(json.loads(decode(head)) | changes).encode())}.{rest_of_it}"


def with_claims(token: str, **changes: object) -> str:
    """The token with other claims and its old signature."""
    head, claims, signature = token.split(".")
    changed = encode(json.dumps(json.loads(decode(claims)) | changes).encode())
    return f"{head}.{changed}.{signature}"


def tampered(token: str) -> dict[str, str]:
    """The token broken in every way that an attacker begins with."""
    head, claims, signature = token.split(".")
    nothing = with_header(token, alg="none").rpartition(".")[0]
    # Not the last digit: some of its bits say nothing.
    middle = len(signature) // 2
    other = "A" if signature[middle] != "A" else "B"
    return {
        "empty": "",
        "no-token": "x.y.z",
        "alg-none": f"{nothing}.",
        "alg-None": f"{with_header(token, alg='None').rpartition('.')[0]}.",
        "alg-none-with-signature": f"{nothing}.{signature}",
        "alg-hs512": with_header(token, alg="HS512"),
        "alg-rs256": with_header(token, alg="RS256"),
        "signature-missing": f"{head}.{claims}",
        "signature-empty": f"{head}.{claims}.",
        "signature-changed": f"{head}.{claims}.{signature[:middle]}{other}{signature[middle + 1 :]}",
        "signature-cut": token[:-1],
        "half": token[: len(token) // 2],
        "other-user": with_claims(token, sub="somebody-else"),
        "other-tenant": with_claims(token, tenant="somebody-elses"),
        "later-end": with_claims(token, exp=4_102_444_800),
        "more-parts": f"{token}.{signature}",
    }


CASES = list(tampered("e30.e30.AAAAAAAA"))


def test_the_login_token_is_good(target: Target, bearer: str) -> None:
    assert rest.get(target, "/credentials", bearer).status_code == 200


@pytest.mark.parametrize("case", CASES)
def test_a_tampered_login_token_is_refused(target: Target, bearer: str, case: str) -> None:
    answer = rest.get(target, "/credentials", tampered(bearer)[case])
    assert answer.status_code in {401, 403}
    assert "access_key_id" not in answer.text


def test_the_session_token_is_good(make_client: MakeClient, session: Keys) -> None:
    assert "Buckets" in make_client(use=session).list_buckets()


@pytest.mark.parametrize("case", ["half", "cut", "changed", "doubled", "made-up"])
def test_a_tampered_session_token_is_refused(make_client: MakeClient, session: Keys, case: str) -> None:
    token = session.session_token
    middle = len(token) // 2
    broken = {
        "half": token[:middle],
        "cut": token[:-2],
        "changed": token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :],
        "doubled": token + token,
        "made-up": "made.up.token",
    }[case]
    with token_refused():
        make_client(use=replace(session, session_token=broken)).list_buckets()


def test_the_login_token_is_no_session_token(make_client: MakeClient, session: Keys, bearer: str) -> None:
    with token_refused():
        make_client(use=replace(session, session_token=bearer)).list_buckets()


def test_the_session_token_is_no_login_token(target: Target, session: Keys) -> None:
    answer = rest.get(target, "/credentials", session.session_token)
    assert answer.status_code in {401, 403}


def turned_away(answer: requests.Response) -> bool:
    """Refused for want of a proof; AWS answers a bad token with 400."""
    bad_token = answer.status_code == 400 and any(
        f"<Code>{code}</Code>" in answer.text for code in TOKEN_ERRORS
    )
    return bad_token or answer.status_code in {401, 403}


@pytest.mark.parametrize("case", CASES)
def test_a_tampered_login_token_is_refused_at_the_s3_door(
    target: Target, s3: Client, bearer: str, bucket: str, case: str
) -> None:
    s3.put_object(Bucket=bucket, Key="closed", Body=b"closed")
    broken = tampered(bearer)[case]
    answer = rest.s3(target, "GET", f"/{bucket}/closed", broken)
    assert turned_away(answer), answer.text
    assert turned_away(rest.s3(target, "PUT", f"/{bucket}/slipped-in", broken, data=b"x"))
    assert missing(s3, bucket, "slipped-in")


def test_the_session_token_alone_opens_nothing(target: Target, session: Keys) -> None:
    """It lies open in links and logs, so without a signature it must be worth nothing."""
    token = {"X-Amz-Security-Token": session.session_token}
    for headers, query in ((token, {}), ({}, token)):
        answer = requests.get(target.s3, query, headers=headers, timeout=rest.TIMEOUT, verify=target.verify)
        assert turned_away(answer), answer.text
    assert turned_away(rest.s3(target, "GET", "/", session.session_token))


def test_a_wrong_secret_beside_a_good_token_is_refused(make_client: MakeClient, session: Keys) -> None:
    with refused(403, code="SignatureDoesNotMatch"):
        make_client(use=replace(session, secret_key="0" * 32)).list_buckets()


def test_another_access_key_beside_a_good_token_is_refused(make_client: MakeClient, session: Keys) -> None:
    """The signature is good, as it is made with the token's secret."""
    with refused(403):
        make_client(use=replace(session, access_key="c29tZWJvZHk=")).list_buckets()


def test_a_login_with_a_wrong_password_opens_nothing(target: Target, make_client: MakeClient) -> None:
    """On HCP the login itself checks nothing, the store does; elsewhere there is nobody else to check."""
    if not target.api or target.login is None:
        pytest.skip("no PORTICO_API with a user")
    who = replace(target.login, password="not the password")
    if not target.hcp:
        with pytest.raises(requests.HTTPError, match="401"):
            rest.login(target, who)
        return
    wrong = rest.credentials(target, who)
    with refused(403):
        make_client(use=wrong).list_buckets()
    with refused(403):
        make_client(use=wrong).create_bucket(Bucket=unique_name("wrong-password"))
