"""Places people live at: countries by their two letters (ISO 3166-1), or parts of one (ISO 3166-2, like UA-43)."""


def is_place(text: str) -> bool:
    """Whether ``text`` is the code of a country or of a part of one."""
    # Imported late: the tables are read at the first question.
    import pycountry  # noqa: PLC0415

    if len(text) == 2:
        return text.isascii() and text.isupper() and pycountry.countries.get(alpha_2=text) is not None
    known = pycountry.subdivisions.get(code=text)  # type: ignore[no-untyped-call]  # it types its countries only
    return len(text) <= 6 and text.isascii() and known is not None
