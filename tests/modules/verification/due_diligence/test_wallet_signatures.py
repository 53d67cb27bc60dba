"""Signed texts are judged as the wallets that publish vectors judge them, and nothing else passes."""

import json
from base64 import b64encode
from hashlib import sha3_256, sha256
from pathlib import Path

import pytest
from coincurve import PrivateKey

from lonja.modules.verification.due_diligence.bitcoin_addresses import hash_160, read_address
from lonja.modules.verification.due_diligence.keccak import keccak_256
from lonja.modules.verification.due_diligence.wallet_signatures import (
    Chain,
    checksum_address,
    is_signed_by,
    normal_address,
    personal_digest,
    recover_ethereum,
)
from lonja.primitives.errors import RefusedError

EXAMPLE, LONG = "This is an example of a signed message.", "VeryLongMessage!" * 64
LEGACY, NESTED = "1JAd7XCBzGudGpJQSDSfpmJhiygtLQWaGL", "3L6TyTisPBmrDAj6RoKmDzNnj4eQi54gD2"
SEGWIT = "bc1qannfxke2tfd4l7vhepehpvt05y83v3qsf6nfkk"
BITCOIN = [
    # address, text, signature in hex (header 27.. uncompressed, 31.. compressed, 35.. nested, 39.. segwit)
    (
        LEGACY,
        EXAMPLE,
        "20fd8f2f7db5238fcdd077d5204c3e6949c261d700269cefc1d9d2dcef6b95023630ee617f6c8acf9eb40c8edd704c9ca74ea4afc393f43f35b4e8958324cbdd1c",
    ),
    (
        LEGACY,
        LONG,
        "200a46476ceb84d06ef5784828026f922c8815f57aac837b8c013007ca8a8460db63ef917dbebaebd108b1c814bbeea6db1f2b2241a958e53fe715cc86b199d9c3",
    ),
    (
        NESTED,
        EXAMPLE,
        "23744de4516fac5c140808015664516a32fead94de89775cec7e24dbc24fe133075ac09301c4cc8e197bea4b6481661d5b8e9bf19d8b7b8a382ecdb53c2ee0750d",
    ),
    (
        NESTED,
        EXAMPLE,
        "1f744de4516fac5c140808015664516a32fead94de89775cec7e24dbc24fe133075ac09301c4cc8e197bea4b6481661d5b8e9bf19d8b7b8a382ecdb53c2ee0750d",
    ),
    (
        SEGWIT,
        EXAMPLE,
        "28b55d7600d9e9a7e2a49155ddf3cfdb8e796c207faab833010fa41fb7828889bc47cf62348a7aaa0923c0832a589fab541e8f12eb54fb711c90e2307f0f66b194",
    ),
    (
        SEGWIT,
        EXAMPLE,
        "20b55d7600d9e9a7e2a49155ddf3cfdb8e796c207faab833010fa41fb7828889bc47cf62348a7aaa0923c0832a589fab541e8f12eb54fb711c90e2307f0f66b194",
    ),
]
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
KEY = PrivateKey(sha256(b"lonja").digest())


def address_of(key: PrivateKey) -> str:
    return checksum_address("0x" + keccak_256(key.public_key.format(compressed=False)[1:])[-20:].hex())


def personal_sign(key: PrivateKey, text: str) -> str:
    raw = key.sign_recoverable(personal_digest(text), hasher=None)
    return "0x" + (raw[:64] + bytes([raw[64] + 27])).hex()


def base58_bytes(text: str) -> bytes:
    number = 0
    for character in text:
        number = number * 58 + BASE58.index(character)
    return number.to_bytes(37, "big")


def legacy_address(public_key: bytes) -> str:
    payload = b"\0" + hash_160(public_key)
    number = int.from_bytes(payload + sha256(sha256(payload).digest()).digest()[:4], "big")
    digits = ""
    while number:
        number, digit = divmod(number, 58)
        digits = BASE58[digit] + digits
    return "1" + digits


@pytest.mark.parametrize(
    ("message", "digest"),
    [
        (b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        (b"abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
        (
            b"The quick brown fox jumps over the lazy dog",
            "4d741b6f1eb29cb2a9b9911c82f56fa8d73b04959d3d9d222895df6c0b28aa15",
        ),
        (b"transfer(address,uint256)", "a9059cbb2ab09eb219583f4a59a5d0623ade346d962bcd4e46b11da047c9049b"),
    ],
)
def test_keccak_256_gives_the_published_digests(message: bytes, digest: str) -> None:
    assert keccak_256(message).hex() == digest


def test_keccak_gives_the_digests_of_the_eip_712_example(shared_folder: Path) -> None:
    vector = json.loads((shared_folder / "data/wallet_vectors/eip712_mail.json").read_text())
    assert "0x" + keccak_256(vector["encode_type_Mail"].encode()).hex() == vector["type_hash_Mail"]
    assert "0x" + keccak_256(bytes.fromhex(vector["encode_data"][2:])).hex() == vector["hash_struct_message"]
    framed = bytes.fromhex("1901" + vector["domain_separator"][2:] + vector["hash_struct_message"][2:])
    assert "0x" + keccak_256(framed).hex() == vector["digest"]


@pytest.mark.parametrize("length", [0, 1, 134, 135, 136, 137, 271, 272, 273, 1000])
def test_the_sponge_is_that_of_sha3_but_for_one_byte(length: int) -> None:
    """With the padding of FIPS 202 the same code must give what the standard library gives, around every block end."""
    message = bytes(range(256)) * 4
    assert keccak_256(message[:length], padding=6) == sha3_256(message[:length]).digest()


def test_the_signer_of_the_eip_712_example_is_recovered(shared_folder: Path) -> None:
    vector = json.loads((shared_folder / "data/wallet_vectors/eip712_mail.json").read_text())
    signature = bytes.fromhex(vector["r"][2:] + vector["s"][2:]) + bytes([vector["v"]])
    assert recover_ethereum(bytes.fromhex(vector["digest"][2:]), signature) == vector["signer"]
    cow = PrivateKey(keccak_256(b"cow"))
    assert address_of(cow).lower() == vector["signer"]


def test_addresses_have_the_capitals_of_eip_55(shared_folder: Path) -> None:
    for address in json.loads((shared_folder / "data/wallet_vectors/eip55_addresses.json").read_text()):
        assert checksum_address(address.lower()) == address
        assert normal_address(Chain.ETHEREUM, address) == address
        assert normal_address(Chain.POLYGON, address.lower()) == address


def test_the_published_personal_sign_of_web3_holds() -> None:
    address, text = "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23", "Some data"
    signature = (
        "0xb91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd"
        "6007e74cd82e037b800186422fc2da167c747ef045e5d18a5f5d4300f8e1a0291c"
    )
    assert personal_digest(text).hex() == "1da44b586eb0729ff70a73c326926f6ed5a25f5b056e7f47fbc6e58d86871655"
    assert is_signed_by(Chain.ETHEREUM, address, text, signature)
    assert is_signed_by(Chain.ETHEREUM, address, text, signature[2:-2] + "01")
    assert not is_signed_by(Chain.ETHEREUM, address, text + " ", signature)


@pytest.mark.parametrize(("address", "text", "signature"), BITCOIN)
def test_published_signed_messages_of_bitcoin_hold(address: str, text: str, signature: str) -> None:
    encoded = b64encode(bytes.fromhex(signature)).decode()
    assert is_signed_by(Chain.BITCOIN, address, text, encoded)
    assert not is_signed_by(Chain.BITCOIN, address, text + ".", encoded)
    others = {LEGACY, NESTED, SEGWIT} - {address}
    assert not any(is_signed_by(Chain.BITCOIN, other, text, encoded) for other in others)
    assert not is_signed_by(Chain.ETHEREUM, address, text, encoded)


def test_uncompressed_keys_have_a_legacy_address_of_their_own() -> None:
    compressed = "H9L5yLFjti0QTHhPyFrZCT1V/MMnBtXKmoiKDZ78NDBjERki6ZTQZdSMCtkgoNmp17By9ItJr8o7ChX0XxY91nk="
    assert is_signed_by(Chain.BITCOIN, "1F3sAm6ZtwLAUnj7d38pGFxtP3RVEvtsbV", EXAMPLE, compressed)
    uncompressed = "G19XLC0OYWN5ftv3N01s1PSt9Zpy0ZRKL2THZA46qGb0Jax29+SFmsdlsup0QKFeGJYN+m2HQTG1Na+YxcjU9ew="
    secret = base58_bytes("5JqSfbkoVDrzM5i7PH7939G5fwWVDWmnFTSMbVctAmet3tYMq2S")[1:33]
    key = PrivateKey(secret).public_key
    assert is_signed_by(Chain.BITCOIN, legacy_address(key.format(compressed=False)), EXAMPLE, uncompressed)
    assert not is_signed_by(Chain.BITCOIN, legacy_address(key.format(compressed=True)), EXAMPLE, uncompressed)


@pytest.mark.parametrize(
    "altered",
    [
        "",
        "0x",
        "not hexadecimal",
        "0x" + "00" * 65,
        "0x" + "ff" * 65,
        "0x" + "11" * 64,
        "0x" + "11" * 66,
        "1" * 100_000,
        "\N{FULLWIDTH DIGIT ONE}" * 130,
    ],
)
def test_what_is_no_signature_proves_nothing(altered: str) -> None:
    assert not is_signed_by(Chain.ETHEREUM, address_of(KEY), "text", altered)
    assert not is_signed_by(Chain.BITCOIN, LEGACY, "text", altered)


def test_the_other_value_of_s_and_a_transaction_signature_prove_nothing() -> None:
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    good = bytes.fromhex(personal_sign(KEY, "text")[2:])
    high = (order - int.from_bytes(good[32:64], "big")).to_bytes(32, "big")
    twin = good[:32] + high + bytes([27 + (1 - (good[64] - 27))])
    assert is_signed_by(Chain.ETHEREUM, address_of(KEY), "text", good.hex())
    assert not is_signed_by(Chain.ETHEREUM, address_of(KEY), "text", twin.hex())
    assert not is_signed_by(Chain.ETHEREUM, address_of(KEY), "text", (good[:64] + bytes([good[64] + 10])).hex())


@pytest.mark.parametrize(
    ("chain", "address"),
    [
        (Chain.BITCOIN, "1JAd7XCBzGudGpJQSDSfpmJhiygtLQWaGM"),
        (Chain.BITCOIN, "bc1qannfxke2tfd4l7vhepehpvt05y83v3qsf6nfkl"),
        (Chain.BITCOIN, "Bc1qannfxke2tfd4l7vhepehpvt05y83v3qsf6nfkk"),
        (Chain.BITCOIN, "bc1ptxs597p3fnpd8gwut5p467ulsydae3rp9z75hd99w8k3ljr9g9rqx6ynaw"),
        (Chain.BITCOIN, "0x52908400098527886E0F7030069857D2E4169EE7"),
        (Chain.BITCOIN, ""),
        (Chain.ETHEREUM, "0x52908400098527886E0F7030069857D2E4169EE"),
        (Chain.ETHEREUM, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD"),
        (Chain.ETHEREUM, LEGACY),
    ],
)
def test_an_address_with_a_wrong_digit_is_refused(chain: Chain, address: str) -> None:
    with pytest.raises(RefusedError, check=lambda error: error.code == "wallet_address_invalid"):
        normal_address(chain, address)


def test_a_bech32_address_may_be_written_in_capitals() -> None:
    assert normal_address(Chain.BITCOIN, SEGWIT.upper()) == SEGWIT
    assert read_address(SEGWIT.upper()) == read_address(SEGWIT)
