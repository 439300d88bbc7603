"""A passkey or security key in software: what a browser and its authenticator answer (WebAuthn Level 2)."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

Json = dict[str, Any]
ORIGIN = "http://localhost:8000"
FLAGS = AuthenticatorData.FLAG


class SoftAuthenticator:
    """Holds one key (ES256). `verifies` is whether it asks its owner for a finger or a PIN."""

    def __init__(self, *, origin: str = ORIGIN, verifies: bool = True) -> None:
        self.origin = origin
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = secrets.token_bytes(16)
        self.user_handle = ""
        self.flags = FLAGS.UP | (FLAGS.UV if verifies else FLAGS(0))
        self.counter = 0

    def create(self, options: Json) -> Json:
        """Answers `creation_options`: the public key, attested by nobody."""
        asked = options["publicKey"]
        self.user_handle = asked["user"]["id"]
        public = ES256.from_cryptography_key(self.key.public_key())
        attested = AttestedCredentialData.create(b"\0" * 16, self.credential_id, public)
        data = AuthenticatorData.create(self._rp_hash(asked["rp"]["id"]), self.flags | FLAGS.AT, 0, attested)
        return self._answer({
            "clientDataJSON": coded(self._client_data("webauthn.create", asked["challenge"])),
            "attestationObject": coded(bytes(AttestationObject.create("none", data, {}))),
        })  # fmt: skip

    def get(self, options: Json) -> Json:
        """Answers `request_options` with a signature."""
        asked = options["publicKey"]
        self.counter += 1
        data = AuthenticatorData.create(self._rp_hash(asked["rpId"]), self.flags, self.counter)
        client_data = self._client_data("webauthn.get", asked["challenge"])
        signed = data + hashlib.sha256(client_data).digest()
        return self._answer({
            "clientDataJSON": coded(client_data),
            "authenticatorData": coded(data),
            "signature": coded(self.key.sign(signed, ec.ECDSA(SHA256()))),
            "userHandle": self.user_handle,
        })  # fmt: skip

    def _answer(self, response: Json) -> Json:
        name = coded(self.credential_id)
        return {
            "type": "public-key",
            "id": name,
            "rawId": name,
            "response": response,
            "clientExtensionResults": {"credProps": {"rk": True}},
            "authenticatorAttachment": "platform",
        }

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _rp_hash(self, rp_id: str) -> bytes:
        return hashlib.sha256(rp_id.encode()).digest()


def coded(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
