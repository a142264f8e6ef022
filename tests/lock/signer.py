"""A Sigstore of one's own: a certificate authority, a log of certificates, a log of signatures.

What it signs is like what `actions/attest` makes; its trusted root is all that is to be trusted
for it. Formats: RFC 6962 (logs), https://github.com/sigstore/protobuf-specs (bundle, trusted root),
https://github.com/secure-systems-lab/dsse (what is signed).
"""

from __future__ import annotations

import hashlib
import json
import struct
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pareta_plan.lock.attestation import GITHUB, PAYLOAD, STATEMENT
from pareta_plan.lock.provenance import PREDICATE_TYPE

WORKFLOW = "https://github.com/acme/models/.github/workflows/attest.yml@refs/heads/main"
_SCTS = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_ISSUER = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.1")
_SHA256_ECDSA = b"\x04\x03"
_ORIGIN = "rekor.acme.test"


class Certified(NamedTuple):
    """A key with the certificate that says whose it is."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


class Sigstore:
    """Signs statements for whatever identity it is asked to."""

    def __init__(self) -> None:
        self.start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
        self._rekor, self._ctfe = _key(), _key()
        self._authority = self._certified()

    def bundle(
        self,
        statement: dict[str, Any],
        identity: str = WORKFLOW,
        issuer: str = GITHUB,
        kind: str = PAYLOAD,
    ) -> dict[str, Any]:
        """A bundle with what is signed for an identity."""
        signer = self._signer(identity, issuer)
        payload = json.dumps(statement).encode()
        signed = b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)
        signature = _signed(signer.key, signed)
        return {
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": {
                "certificate": {"rawBytes": _b64(signer.certificate.public_bytes(Encoding.DER))},
                "tlogEntries": [self._logged(signer.certificate, payload, signature)],
            },
            "dsseEnvelope": {
                "payload": _b64(payload),
                "payloadType": kind,
                "signatures": [{"sig": _b64(signature)}],
            },
        }

    def trusted_root(self) -> dict[str, Any]:
        """What is to be trusted for its signatures to hold."""
        return {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [self._log(self._rekor, f"https://{_ORIGIN}")],
            "ctlogs": [self._log(self._ctfe, "https://ctfe.acme.test")],
            "certificateAuthorities": [
                {
                    "subject": {"organization": "acme", "commonName": "acme"},
                    "uri": "https://fulcio.acme.test",
                    "certChain": {
                        "certificates": [
                            {
                                "rawBytes": _b64(
                                    self._authority.certificate.public_bytes(Encoding.DER)
                                )
                            }
                        ]
                    },
                    "validFor": {"start": self.start.isoformat()},
                }
            ],
        }

    def _log(self, key: ec.EllipticCurvePrivateKey, url: str) -> dict[str, Any]:
        return {
            "baseUrl": url,
            "hashAlgorithm": "SHA2_256",
            "publicKey": {
                "rawBytes": _b64(_public(key)),
                "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                "validFor": {"start": self.start.isoformat()},
            },
            "logId": {"keyId": _b64(_id(key))},
        }

    def _certified(self) -> Certified:
        key = _key()
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "acme")])
        made = (
            self._certificate(key)
            .subject_name(name)
            .issuer_name(name)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(certificates=True), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
        )
        return Certified(key, made.sign(key, hashes.SHA256()))

    def _signer(self, identity: str, issuer: str) -> Certified:
        """A key for an identity, with a certificate that is logged."""
        key, authority = _key(), self._authority
        uses, name = x509.ExtendedKeyUsage, x509.UniformResourceIdentifier(identity)
        made = (
            self._certificate(key)
            .subject_name(x509.Name([]))
            .issuer_name(authority.certificate.subject)
            .add_extension(_usage(certificates=False), critical=True)
            .add_extension(uses([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
            .add_extension(x509.SubjectAlternativeName([name]), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()),
                critical=False,
            )
            .add_extension(x509.UnrecognizedExtension(_ISSUER, issuer.encode()), critical=False)
        )
        before = made.sign(authority.key, hashes.SHA256())
        stamps = x509.UnrecognizedExtension(_SCTS, self._timestamps(before))
        signed = made.add_extension(stamps, critical=False).sign(authority.key, hashes.SHA256())
        return Certified(key, signed)

    def _certificate(self, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.start)
            .not_valid_after(self.start + timedelta(days=7))
        )

    def _timestamps(self, certificate: x509.Certificate) -> bytes:
        """The log's promise to have the certificate, as the certificate itself then has it."""
        when = struct.pack("!Q", int(self.start.timestamp() * 1000))
        body = certificate.tbs_certificate_bytes
        entry = _id(self._authority.key) + struct.pack("!I", len(body))[1:] + body
        signed = _signed(self._ctfe, b"\0\0" + when + b"\0\1" + entry + b"\0\0")
        stamp = b"\0" + _id(self._ctfe) + when + b"\0\0" + _SHA256_ECDSA + _counted(signed)
        return _octets(_counted(_counted(stamp)))

    def _logged(
        self, certificate: x509.Certificate, payload: bytes, signature: bytes
    ) -> dict[str, Any]:
        """The entry of a log that has no other."""
        pem = certificate.public_bytes(Encoding.PEM)
        body = _json(
            {
                "apiVersion": "0.0.1",
                "kind": "dsse",
                "spec": {
                    "envelopeHash": {"algorithm": "sha256", "value": "0" * 64},
                    "payloadHash": {
                        "algorithm": "sha256",
                        "value": hashlib.sha256(payload).hexdigest(),
                    },
                    "signatures": [{"signature": _b64(signature), "verifier": _b64(pem)}],
                },
            }
        )
        when, log = int(self.start.timestamp()) + 60, _id(self._rekor)
        promised = {
            "body": _b64(body), "integratedTime": when, "logID": log.hex(), "logIndex": 0,
        }  # fmt: skip
        root = hashlib.sha256(b"\0" + body).digest()
        note = f"{_ORIGIN}\n1\n{_b64(root)}\n"
        stamp = _b64(log[:4] + _signed(self._rekor, note.encode()))
        return {
            "logIndex": "0",
            "logId": {"keyId": _b64(log)},
            "kindVersion": {"kind": "dsse", "version": "0.0.1"},
            "integratedTime": str(when),
            "inclusionPromise": {
                "signedEntryTimestamp": _b64(_signed(self._rekor, _json(promised)))
            },
            "inclusionProof": {
                "logIndex": "0",
                "rootHash": _b64(root),
                "treeSize": "1",
                "hashes": [],
                "checkpoint": {"envelope": f"{note}\n\N{EM DASH} {_ORIGIN} {stamp}\n"},
            },
            "canonicalizedBody": _b64(body),
        }


def statement(name: str, content: bytes, predicate: dict[str, Any], kind: str) -> dict[str, Any]:
    """What `actions/attest` makes of a subject and a predicate."""
    digest = {"sha256": hashlib.sha256(content).hexdigest()}
    return {
        "_type": STATEMENT,
        "subject": [{"name": name, "digest": digest}],
        "predicateType": kind,
        "predicate": predicate,
    }


def attest(
    sigstore: Sigstore,
    root: Path,
    name: str,
    predicate: str = "provenance.json",
    predicate_type: str = PREDICATE_TYPE,
    **signed: str,
) -> None:
    """Write what has a file attested, as `bundle.json`, and what to trust, as `root.json`."""
    said = json.loads((root / predicate).read_bytes())
    made = statement(name, (root / name).read_bytes(), said, predicate_type)
    (root / "bundle.json").write_text(json.dumps(sigstore.bundle(made, **signed)), "utf-8")
    (root / "root.json").write_text(json.dumps(sigstore.trusted_root()), "utf-8")


def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _public(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _id(key: ec.EllipticCurvePrivateKey) -> bytes:
    return hashlib.sha256(_public(key)).digest()


def _signed(key: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    return key.sign(data, ec.ECDSA(hashes.SHA256()))


def _usage(*, certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _b64(data: bytes) -> str:
    return b64encode(data).decode()


def _counted(data: bytes) -> bytes:
    return struct.pack("!H", len(data)) + data


def _octets(data: bytes) -> bytes:
    """An OCTET STRING of DER, of less than 256 bytes."""
    return b"\x04" + (b"\x81" if len(data) > 127 else b"") + bytes([len(data)]) + data
