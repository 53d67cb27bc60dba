"""Proofs of address as PDF: taken when they are nothing else and do nothing, and never drawn by the house."""

import zlib
from datetime import timedelta

import pytest

from lonja.modules.verification.api import Address, Part
from lonja.modules.verification.file_types import is_active, media_type_of
from lonja.modules.verification.pictures import PictureLimits
from lonja.modules.verification.proofs import check_pdf
from tests.modules.backoffice.conftest import refused
from tests.modules.verification.bureau import ANN, KAY, Bureau

BYTES_MAX = PictureLimits().bytes_max


def pdf(body: bytes = b"1 0 obj <</Type /Catalog>> endobj") -> bytes:
    return b"%PDF-1.7\n" + body + b"\nstartxref\n0\n%%EOF\n"


def packed(objects: bytes, head: bytes = b"/Type /ObjStm /Filter /FlateDecode", end: bytes = b"") -> bytes:
    return b"4 0 obj <<" + head + b">>\nstream\r\n" + zlib.compress(objects) + end + b"\nendstream endobj"


SCRIPT = b"5 0 <</S /JavaScript /JS (app.alert(1))>>"
TAKEN = {
    "plain": pdf(),
    "with packed objects": pdf(packed(b"5 0 <</Type /Page>>")),
    "with packed pages": pdf(packed(b"0 0 595 842 re", b"/Filter /FlateDecode")),
    "with a picture behind packed objects": pdf(
        packed(b"5 0 <<>>") + packed(bytes(30_000), b"/Filter /FlateDecode /DecodeParms <</Predictor 15>>")
    ),
    "with objects that are not packed": pdf(b"4 0 obj <</Type /ObjStm>> stream\n5 0 <<>>\nendstream endobj"),
    "with a picture": pdf(b"3 0 obj <</Filter /FlateDecode>> stream\n" + zlib.compress(b"points") + b"\nendstream"),
    "with bytes that look like names": pdf(b"3 0 obj <<>> stream\n\x8f/JS\x91\xf2\nendstream"),
    "ended by Windows": pdf()[:-1] + b"\r\n",
}


@pytest.mark.parametrize("what", TAKEN)
def test_taken_as_it_is(what: str) -> None:
    assert check_pdf(TAKEN[what], BYTES_MAX) == TAKEN[what]


HIDDEN = packed(SCRIPT)
TWICE = b"/Type /ObjStm /Filter [/FlateDecode /FlateDecode]"
SHIFTED = b"/Type /ObjStm /Filter /FlateDecode /DecodeParms <</Predictor 12 /Columns 3>>"
TEXT = b"/Type /ObjStm /Note (stream 5 0 <<>>) "


def in_rows(objects: bytes) -> bytes:
    """``objects`` as PNG keeps rows of three bytes, each behind how it was written."""
    return b"".join(b"\0" + objects[at : at + 3] for at in range(0, len(objects), 3))


def often(objects: bytes) -> bytes:
    for _ in range(6):
        objects = zlib.compress(objects)
    return objects


ATTACKS = {
    "script": (pdf(SCRIPT), "proof_active"),
    "script without its type": (pdf(b"<</S /Rendition /JS 9 0 R>>"), "proof_active"),
    "escaped script": (pdf(b"/J#61vaScript (x)"), "proof_active"),
    "program": (pdf(b"/Launch /F (calc.exe)"), "proof_active"),
    "file inside": (pdf(b"/EmbeddedFiles 7 0 R"), "proof_active"),
    "form program": (pdf(b"/XFA 7 0 R"), "proof_active"),
    "locked": (pdf(b"/Encrypt 7 0 R"), "proof_active"),
    "packed script": (pdf(HIDDEN), "proof_active"),
    "packed script with an escaped name": (pdf(HIDDEN.replace(b"/ObjStm", b"/Obj#53tm")), "proof_active"),
    "packed script behind another stream": (pdf(packed(b"5 0 <<>>") + b"\n" + HIDDEN), "proof_active"),
    "packed script behind a false end": (pdf(b"%endstream\n" + HIDDEN), "proof_active"),
    "packed script behind a false beginning": (pdf(HIDDEN.replace(b">>\n", b">> %stream\n")), "proof_active"),
    "objects packed otherwise": (
        pdf(packed(SCRIPT, b"/Type /ObjStm /Filter [/ASCIIHexDecode]").replace(b"\r\nx", b"\r\n00")),
        "proof_active",
    ),
    "objects shifted": (pdf(packed(SCRIPT, b"/Type /ObjStm /Filter /FlateDecode /Predictor 12")), "proof_active"),
    "packed script that does not say so": (pdf(packed(SCRIPT, b"/Filter /FlateDecode")), "proof_active"),
    "script packed twice": (pdf(packed(zlib.compress(SCRIPT), TWICE)), "proof_active"),
    "script packed twice that does not say so": (pdf(packed(zlib.compress(SCRIPT), b"")), "proof_active"),
    "script packed too often": (pdf(packed(often(SCRIPT), TWICE)), "proof_active"),
    "script in rows": (pdf(packed(in_rows(SCRIPT), SHIFTED)), "proof_active"),
    "script in rows of which nothing is said": (pdf(packed(in_rows(SCRIPT))), "proof_active"),
    "packed script behind a beginning in a text": (pdf(packed(SCRIPT, TEXT + b"/Filter /FlateDecode")), "proof_active"),
    "objects packed otherwise behind a beginning in a text": (
        pdf(packed(SCRIPT, TEXT + b"/Filter /ASCIIHexDecode").replace(b"\r\nx", b"\r\n00")),
        "proof_active",
    ),
    "objects cut off": (pdf(packed(b"5 0 <<>>").replace(b"\nendstream", b"")[:-20]), "proof_active"),
    "objects that never end": (pdf(packed(bytes(21_000_000))), "proof_active"),
    "archive behind": (pdf() + b"PK\x03\x04", "proof_type"),
    "page behind": (pdf() + b"<script>alert(1)</script>", "proof_type"),
    "only the name": (b"%PDF-1.7\n", "proof_type"),
    "no version": (b"%PDF-x.y\n%%EOF\n", "proof_type"),
    "too large": (pdf(bytes(BYTES_MAX)), "proof_too_large"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_refused_proofs(attack: str) -> None:
    content, code = ATTACKS[attack]
    with refused(code):
        check_pdf(content, BYTES_MAX)


def test_a_pdf_is_judged_in_time_whatever_is_in_it() -> None:
    # Each of these would take hours where every word were looked at from the start.
    small = b"/ObjStm /Filter stream\n" + zlib.compress(b"5 0 <<>>")
    for words in (b"stream ", b"endstream ", b"#4", b"/ObjStm stream ", b"<</ObjStm", small):
        content = pdf(words * (1_000_000 // len(words)))
        assert media_type_of(content) == "application/pdf"
        is_active(content)


def address(bureau: Bureau) -> Address:
    shown = (bureau.today - timedelta(days=20)).isoformat()
    return Address("Calle de la Lonja 1", "46001", "Valencia", "utility_bill", shown)


def test_a_pdf_proves_an_address_and_reaches_staff_as_it_is(bureau: Bureau) -> None:
    bureau.verify()
    bureau.applications.state_address(ANN, address(bureau))
    bureau.applications.hand_in(ANN, "address_proof", pdf())
    bureau.applications.submit(ANN, Part.ADDRESS)
    bureau.verification.keep_house()
    (number,) = bureau.queue("kyc")
    bureau.office.cases.take(KAY, number)
    (proof,) = [name for name in bureau.office.cases.read(KAY, number).evidence if name.startswith("upload:")]
    shown = bureau.office.evidence.read(KAY, number, proof)
    assert (shown.media_type, shown.content, shown.name) == ("application/pdf", pdf(), "address_proof")


def test_only_an_address_is_proven_by_a_pdf(bureau: Bureau) -> None:
    for slot in ("document_front", "document_back", "face"):
        with refused("picture_type"):
            bureau.applications.hand_in(ANN, slot, pdf())
