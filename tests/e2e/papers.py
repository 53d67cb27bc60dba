"""Papers of somebody who does not exist: the specimen of ICAO Doc 9303, as a camera would see it."""

from io import BytesIO
from typing import Any, NamedTuple

from PIL import Image, ImageDraw, ImageFont

from tests.e2e.browser import Tab

RENEWED = "350415"


class Specimen(NamedTuple):
    """The passport of Anna Maria Eriksson of Utopia; the printed one has expired."""

    expires: str = "120415"
    expires_check: str = "9"
    check: str = "0"
    number: str = "L898902C3"

    def lines(self) -> tuple[str, str]:
        """The machine readable zone, as printed in part 4 of the standard."""
        names = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
        number = self.number + _check_digit(self.number)
        return names, f"{number}UTO7408122F{self.expires}{self.expires_check}ZE184226B<<<<<1{self.check}"

    def stated(self, residence: str) -> dict[str, str]:
        """What its holder types."""
        year, month, day = self.expires[:2], self.expires[2:4], self.expires[4:]
        return {
            "surname": "Eriksson",
            "given_names": "Anna Maria",
            "birth_date": "1974-08-12",
            "document_kind": "passport",
            "document_country": "UTO",
            "document_number": self.number,
            "document_expires": f"20{year}-{month}-{day}",
            "residence": residence,
        }

    def picture(self) -> bytes:
        """The page with the zone."""
        page = Image.new("RGB", (1400, 900), (225, 228, 232))
        brush, font = ImageDraw.Draw(page), ImageFont.truetype("DejaVuSansMono.ttf", 36)
        brush.text((80, 80), "PASSPORT  UTOPIA", font=font, fill=(30, 30, 60))
        for number, line in enumerate(self.lines()):
            brush.text((60, 650 + number * 70), line, font=font, fill=(20, 20, 20))
        return _jpeg(page)


def renewed(number: str = Specimen().number, until: str = RENEWED) -> Specimen:
    """The same passport, valid ``until`` a day (YYMMDD); of another ``number`` for somebody else, as each has one owner."""
    expires = Specimen(until, _check_digit(until), number=number)
    line = expires.lines()[1]
    return expires._replace(check=_check_digit(line[:10] + line[13:20] + line[21:43]))


def face() -> bytes:
    """Somebody's picture: nobody looks at it by machine."""
    drawn = Image.new("RGB", (900, 900), (200, 190, 180))
    brush = ImageDraw.Draw(drawn)
    for at in range(0, 900, 12):
        brush.line((0, at, 900, 900 - at), fill=(at % 200, 60, 90), width=3)
    brush.ellipse((250, 150, 650, 700), outline=(20, 20, 20), width=8)
    return _jpeg(drawn)


def hand_in_identity(at: Tab, specimen: Specimen, residence: str) -> dict[str, Any]:
    """State everything, hand the pictures in and submit; what is said then."""
    preview = at.call("GET", "/verification/preview/identity").body
    agreed = at.call("PUT", "/verification/consent", {"text_hashes": [text["text_hash"] for text in preview["texts"]]})
    assert agreed.status == 200, agreed
    answers = {"occupation": "employed", "income_source": "salary", "uses": ["trade"]}
    for path, body in (("person", specimen.stated(residence)), ("answers", answers)):
        stated = at.call("PUT", f"/verification/{path}", body)
        assert stated.status == 200, stated
    for slot, picture in (("document_front", specimen.picture()), ("face", face())):
        handed = at.upload(f"/verification/pictures/{slot}", picture)
        assert handed.status == 200, handed
    submitted = at.call("POST", "/verification/identity/submit")
    assert submitted.status == 202, submitted
    return dict(submitted.body)


def identity_of(at: Tab) -> dict[str, Any]:
    """How far the identity is."""
    (part,) = [part for part in at.call("GET", "/verification").body["parts"] if part["part"] == "identity"]
    return dict(part)


def _jpeg(page: Image.Image) -> bytes:
    written = BytesIO()
    page.save(written, "JPEG", quality=92)
    return written.getvalue()


def _check_digit(text: str) -> str:
    """The standard's own sum, weights 7, 3, 1."""
    values = [int(one, 36) if one.isalnum() else 0 for one in text]
    return str(sum(value * (7, 3, 1)[at % 3] for at, value in enumerate(values)) % 10)
