"""What nobody's browser sends to the pages of sign-in is no error of ours."""

import json

import pytest
from allauth.mfa.totp.internal.auth import TOTP

from tests.clinic.accounts.signing_in import KEY, PASSWORD

pytestmark = pytest.mark.once
RESPONSE = {"clientDataJSON": "e30", "authenticatorData": "AAAA", "signature": "AA", "userHandle": "MQ"}
CREDENTIALS = [
    "", "x", "[]", "{}", "null", "1", '"text"', '{"id": 1}', '{"id": "AA", "response": {}}', "[" * 5000,
    json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": RESPONSE}),
    json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": RESPONSE | {"userHandle": "é"}}),
    json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": {"attestationObject": "AA"}}),
]  # fmt: skip


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_a_credential_that_is_none_is_refused(client, post, rosa, credential):
    client.get("/admin/login/passkey/", headers={"accept": "application/json"})
    assert client.post("/admin/login/passkey/", {"credential": credential}).status_code in (200, 302)
    TOTP.activate(rosa, KEY)
    post()
    assert client.post("/admin/login/second-step/", {"credential": credential}).status_code == 200
    client.force_login(rosa)
    client.post("/admin/account/password/", {"password": PASSWORD})
    client.get("/admin/account/passkeys/add/")
    assert client.post("/admin/account/passkeys/add/", {"credential": credential}).status_code == 200
    assert "_auth_user_id" in client.session


@pytest.mark.parametrize(
    "address",
    [
        "reset/MQ/x-y/", "reset/____/a-b/", f"reset/{'z' * 40}/0-0/", "invitation/MQ/set-password/",
        "reset/MQ/zzzzzzzzzzzzzzzzzzzz-0/", "reset/OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5/a-b/",
    ],
)  # fmt: skip
def test_a_link_that_is_none_opens_nothing(client, clinic, address):
    assert "This link no longer works" in client.get(f"/admin/login/{address}", follow=True).content.decode()
    assert client.post(f"/admin/login/{address}", {"new_password1": "x"}).status_code == 200


@pytest.mark.parametrize("who", ["", " ", "x" * 255, "a\u2028b", "'; --", "%00", "\ud7ff"])
def test_a_name_that_is_none_is_answered(client, clinic, who, monkeypatch):
    monkeypatch.setattr("clinic.accounts.sign_in.password_views.SAME_TIME", 0)
    assert client.post("/admin/login/forgot/", {"who": who}).status_code == 200
    assert client.post("/admin/login/", {"username": who, "password": "x" * 5000}).status_code == 200


@pytest.mark.parametrize("method", ["put", "delete", "options", "head"])
@pytest.mark.parametrize(
    "address", ["login/", "login/second-step/", "login/set-up/", "login/passkey/", "login/forgot/"]
)
def test_another_method_is_no_error(client, clinic, method, address):
    assert getattr(client, method)(f"/admin/{address}").status_code < 500
