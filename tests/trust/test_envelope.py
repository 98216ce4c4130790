"""Envelopes: what was signed is what is read, to the bit."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from kernel.core import canonical
from kernel.core.errors import BadSignature
from kernel.trust import envelope, sshsig
from kernel.trust.keys import SigningKey
from tests.trust.conftest import SMALL_PLAN, SOON, Approve, NewKey

Envelope = dict[str, Any]


def hand_made(key: SigningKey, payload: object, namespace: str = sshsig.PLAN, payload_type: str = envelope.PAYLOAD_TYPE) -> str:
    """A line with a valid signature over whatever is wanted."""
    data = payload if isinstance(payload, bytes) else canonical.encode(payload)
    signature = sshsig.sign(key, envelope.pre_authentication_encoding(payload_type, data), namespace)
    sig = {"sig": base64.b64encode(signature).decode()}
    return json.dumps({"payload": base64.b64encode(data).decode(), "payloadType": payload_type, "signatures": [sig]})


def statement(**changes: object) -> dict[str, object]:
    return {"_type": envelope.STATEMENT, "subject": [{"name": "plan.json", "digest": {"sha256": "0" * 64}}],
            "predicateType": envelope.PREDICATES[sshsig.PLAN], "predicate": {}} | changes


def test_a_statement_comes_back_as_it_was_signed(new_key: NewKey, as_author: Approve) -> None:
    key = new_key("alice")
    (signed,) = envelope.verify_lines([as_author(key, origin="CI run 7")])
    assert (signed.key, signed.namespace, signed.subject) == (key.public, sshsig.PLAN, envelope.subject_of(SMALL_PLAN))
    assert signed.predicate == {"expires": envelope.as_text(SOON), "origin": "CI run 7"}


def test_the_same_facts_have_the_same_bytes(new_key: NewKey, as_author: Approve) -> None:
    key = new_key("alice")
    assert as_author(key) == as_author(key)
    assert "\n" not in as_author(key)


def test_the_encoding_is_the_one_of_the_standard() -> None:
    encoded = envelope.pre_authentication_encoding("http://example.com/HelloWorld", b"hello world")
    assert encoded == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


def test_each_changed_character_of_payload_type_and_signature_is_refused(new_key: NewKey, as_author: Approve) -> None:
    line = json.loads(as_author(new_key("alice")))
    fields: list[tuple[str, Callable[[str], Envelope]]] = [
        (line["payload"], lambda text: {**line, "payload": text}),
        (line["payloadType"], lambda text: {**line, "payloadType": text}),
        (line["signatures"][0]["sig"], lambda text: {**line, "signatures": [{"sig": text}]}),
    ]
    tried = 0
    for text, put in fields:
        for at, character in enumerate(text):
            for other in {"A", "B", "/", "=", "\n", chr(ord(character) ^ 1)} - {character}:
                tried += 1
                with pytest.raises(BadSignature):
                    envelope.verify_lines([json.dumps(put(text[:at] + other + text[at + 1 :]))])
    assert tried > 3000


def test_both_alphabets_are_accepted_but_not_mixed(new_key: NewKey) -> None:
    key = new_key("alice")
    lines = (envelope.sign_statement(SMALL_PLAN, sshsig.PLAN, {"note": f"{number}???>>>"}, key) for number in range(100))
    line = next(line for line in lines if "+" in json.loads(line)["signatures"][0]["sig"] and "/" in json.loads(line)["signatures"][0]["sig"])
    plain = json.loads(line)
    sig = plain["signatures"][0]["sig"]
    other = str.maketrans("+/", "-_")
    url_safe = {**plain, "payload": plain["payload"].translate(other), "signatures": [{"sig": sig.translate(other)}]}
    assert envelope.verify_lines([json.dumps(url_safe)]) == envelope.verify_lines([line])
    with pytest.raises(BadSignature):
        envelope.verify_lines([json.dumps({**plain, "signatures": [{"sig": sig.replace("+", "-")}]})])


@pytest.mark.parametrize("keyid", [None, "", "SHA256:somebody-else"])
def test_the_key_id_decides_nothing(new_key: NewKey, as_author: Approve, keyid: str | None) -> None:
    line = json.loads(as_author(new_key("alice")))
    other = {"sig": line["signatures"][0]["sig"]} | ({} if keyid is None else {"keyid": keyid})
    assert envelope.verify_lines([json.dumps({**line, "signatures": [other]})]) == envelope.verify_lines([json.dumps(line)])


@pytest.mark.parametrize("line", [
    "{", "[]", "null", "{}", '{"payload": 1}', '{"payload":"","payloadType":"","signatures":[]}', "[" * 100_000, "<<<<<<< HEAD", "x" * 1_000_001,
    '{"payload":"","payloadType":"application/vnd.in-toto+json","signatures":[{"sig":"AAAA"}]}', '{"a":1,"a":1}', "\ud800",
], ids=lambda line: line[:20])
def test_what_is_not_an_envelope_is_refused_with_its_line(line: str) -> None:
    with pytest.raises(BadSignature) as caught:
        envelope.verify_lines(["", line])
    assert caught.value.where == "plan.intoto.jsonl:2"


def test_two_signatures_in_one_envelope_are_refused(new_key: NewKey, as_author: Approve) -> None:
    line = json.loads(as_author(new_key("alice")))
    with pytest.raises(BadSignature, match="not a signed statement"):
        envelope.verify_lines([json.dumps({**line, "signatures": line["signatures"] * 2})])


def test_signed_nonsense_is_refused_after_its_signature(new_key: NewKey) -> None:
    key = new_key("alice")
    subject = [{"digest": {"sha256": "0" * 64}}]
    nonsense: list[object] = [b"{", b"[" * 100_000, b'{"a":1,"a":1}', {}, []]
    nonsense += [statement(_type="https://in-toto.io/Statement/v0.1"), statement(predicate=[]), statement(predicateType=1)]
    nonsense += [statement(subject=[]), statement(subject=subject * 2), statement(subject=[{"digest": {}}])]
    for payload in nonsense:
        with pytest.raises(BadSignature):
            envelope.verify_lines([hand_made(key, payload)])
    with pytest.raises(BadSignature) as caught:
        envelope.verify_lines([hand_made(key, statement(), payload_type="text/plain")])
    assert "text/plain" in caught.value.why


@pytest.mark.parametrize(("namespace", "says"), [
    (sshsig.PLAN, sshsig.APPROVE), (sshsig.APPROVE, sshsig.PLAN), (sshsig.AUDIT, sshsig.PLAN), ("file", sshsig.APPROVE),
])
def test_a_signature_for_one_purpose_cannot_say_another(new_key: NewKey, namespace: str, says: str) -> None:
    with pytest.raises(BadSignature) as caught:
        envelope.verify_lines([hand_made(new_key("alice"), statement(predicateType=envelope.PREDICATES[says]), namespace)])
    assert namespace in caught.value.why


def test_too_many_lines_are_not_looked_at() -> None:
    with pytest.raises(BadSignature, match="too many"):
        envelope.verify_lines(["x"] * 1001)
