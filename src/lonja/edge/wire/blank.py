"""Rows with nothing in them: every documented key, each with the value that stands for its absence."""


class OrNull(dict[str, object]):
    """The keys of an object that is null where it does not apply."""


def blank(names: str, **others: object) -> dict[str, object]:
    """A row in which the keys ``names``, separated by spaces, are "", and ``others`` are what they are."""
    return {**dict.fromkeys(names.split(), ""), **others}
