"""Identity files, cards and passphrases."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import age, signing
from crypto.errors import IdentityFileError
from crypto.hybrid import HybridIdentity
from crypto.identity_file import (
    Card,
    PersonKeys,
    make_person,
    open_identity_file,
    renew_person,
    seal_identity_file,
)
from crypto.keyfiles import parse_identities
from crypto.scrypt import ScryptIdentity, ScryptRecipient

MEMBER = make_person("vocal-1", "2026-11", 3)
STAFF = make_person("María de triaje", None)
SEALED = seal_identity_file(MEMBER, "frase", 1)


@pytest.mark.parametrize("keys", [MEMBER, STAFF])
def test_an_identity_file_survives_both_ways(keys: PersonKeys) -> None:
    assert open_identity_file(seal_identity_file(keys, "frase", 1), "frase") == keys


def test_inside_is_an_identity_file_that_stock_age_reads() -> None:
    inside = age.open_sealed(SEALED, [ScryptIdentity("frase")])
    identities = parse_identities(inside)
    assert identities == (MEMBER.lasting, *(MEMBER.epochs[epoch] for epoch in sorted(MEMBER.epochs)))
    comments = [line for line in inside.decode().splitlines() if line.startswith("#")]
    assert comments == [
        "# resguardo member vocal-1",
        "# lasting",
        "# epoch 2026-11",
        "# epoch 2026-12",
        "# epoch 2027-01",
    ]


def test_another_passphrase_does_not_open_and_is_not_repeated() -> None:
    with pytest.raises(IdentityFileError) as caught:
        open_identity_file(SEALED, "canario")
    assert "canario" not in str(caught.value)
    with pytest.raises(IdentityFileError):
        open_identity_file(SEALED, "")


def test_a_file_does_not_choose_how_much_work_a_login_costs() -> None:
    sealed = seal_identity_file(MEMBER, "frase", 1)
    head, rest = sealed.split(b"\n", 2)[:2], sealed.split(b"\n", 2)[2]
    words = head[1].split(b" ")
    assert words[:2] == [b"->", b"scrypt"]
    for factor in (21, 22, 40):
        dear = b"\n".join([head[0], b" ".join([*words[:3], str(factor).encode()]), rest])
        with pytest.raises(IdentityFileError):
            open_identity_file(dear, "frase")


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_our_error_inside_and_outside(data: bytes) -> None:
    with pytest.raises(IdentityFileError):
        open_identity_file(data, "frase")
    with pytest.raises(IdentityFileError):
        open_identity_file(age.seal(data, [ScryptRecipient("frase", 1)]), "frase")


LINES = age.open_sealed(SEALED, [ScryptIdentity("frase")]).decode().splitlines()


@pytest.mark.parametrize(
    "lines",
    [
        LINES[1:],
        LINES[:1],
        LINES[:-1],
        [LINES[0].replace("member", "king"), *LINES[1:]],
        [LINES[0].replace("vocal-1", "a/b"), *LINES[1:]],
        [*LINES[:5], *LINES[7:]],
        [line.replace("# epoch", "# month") for line in LINES],
        [line.replace("2026-12", "abcd-12") for line in LINES],
        [line.lower() for line in LINES],
    ],
)
def test_a_file_that_lacks_something_is_refused(lines: list[str]) -> None:
    inside = "\n".join(lines).encode()
    with pytest.raises(IdentityFileError):
        open_identity_file(age.seal(inside, [ScryptRecipient("frase", 1)]), "frase")


def test_the_identities_of_a_day_come_nearest_month_first_and_lasting_last() -> None:
    epochs = MEMBER.epochs
    order = MEMBER.for_day(date(2026, 12, 31))
    assert order[0] == epochs["2026-12"]
    assert set(map(str, order[1:3])) == {str(epochs["2026-11"]), str(epochs["2027-01"])}
    assert order[-1] == MEMBER.lasting
    assert MEMBER.for_day(date(2030, 1, 1))[0] == epochs["2027-01"]
    assert STAFF.for_day(date(2026, 11, 20)) == [STAFF.lasting]


def test_months_run_over_the_end_of_the_year() -> None:
    keys = make_person("vocal-1", "2026-11")
    assert len(keys.epochs) == 13
    assert sorted(keys.epochs)[-1] == "2027-11"


def test_renewed_keys_stay_the_persons_and_keep_the_months_they_have() -> None:
    new = renew_person(MEMBER, "2027-01", epochs=3)
    assert new.lasting == MEMBER.lasting
    assert sorted(new.epochs) == ["2026-11", "2026-12", "2027-01", "2027-02", "2027-03"]
    assert all(new.epochs[epoch] == MEMBER.epochs[epoch] for epoch in MEMBER.epochs)
    assert sorted(renew_person(MEMBER, "2027-01", "2026-12", 2).epochs) == ["2026-12", "2027-01", "2027-02"]


def test_keys_are_not_renewed_with_a_gap_between_months() -> None:
    with pytest.raises(IdentityFileError, match="consecutive"):
        renew_person(MEMBER, "2027-06")
    with pytest.raises(IdentityFileError, match="YYYY-MM"):
        renew_person(MEMBER, "junio")


@pytest.mark.parametrize(("label", "epoch"), [("", None), ("a/b", None), ("a", "2026-13"), ("a", "pronto-1")])
def test_keys_with_a_bad_label_or_month_are_not_made(label: str, epoch: str | None) -> None:
    with pytest.raises(IdentityFileError):
        make_person(label, epoch)


def test_the_derived_keys_are_the_persons_own_and_differ() -> None:
    again = open_identity_file(SEALED, "frase")
    assert again.signing_seed == MEMBER.signing_seed
    assert again.vault_key == MEMBER.vault_key
    secrets = {
        MEMBER.signing_seed,
        MEMBER.vault_key,
        MEMBER.lasting.seed,
        STAFF.signing_seed,
        STAFF.vault_key,
    }
    assert len(secrets) == 5
    assert {len(secret) for secret in secrets} == {32}


@pytest.mark.parametrize("keys", [MEMBER, STAFF])
def test_a_card_survives_both_ways_and_holds_no_secret(keys: PersonKeys) -> None:
    card = Card.of(keys)
    assert Card.from_bytes(card.to_bytes()) == card
    assert Card.from_bytes(card.to_bytes() + b" \n") == card
    assert card.verification_key == signing.verification_key(keys.signing_seed)
    assert card.lasting == keys.lasting.recipient
    assert b"SECRET" not in card.to_bytes()
    assert len(card.fingerprint) == 26


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 5000), st.integers(1, 255))
def test_a_mutated_card_gives_our_error_or_another_card(place: int, difference: int) -> None:
    data = bytearray(Card.of(MEMBER).to_bytes())
    data[place % len(data)] ^= difference
    try:
        card = Card.from_bytes(bytes(data))
    except IdentityFileError:
        return
    assert card.fingerprint != Card.of(MEMBER).fingerprint


@given(st.binary(max_size=100))
def test_any_bytes_are_no_card(data: bytes) -> None:
    with pytest.raises(IdentityFileError):
        Card.from_bytes(data)


def test_keys_do_not_show_themselves() -> None:
    assert repr(MEMBER) == "PersonKeys(label='vocal-1')"
    assert str(HybridIdentity.generate()) not in repr(MEMBER)
