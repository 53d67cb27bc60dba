"""An index source that says what it was told to say: for houses whose prices come from elsewhere, and for tests."""

from lonja.modules.pricing.ports import SourcePrice


class MemoryIndexSource:
    """Prices told by hand."""

    def __init__(self, name: str) -> None:
        """It knows nothing yet."""
        self._name = name
        self._told: dict[str, SourcePrice] = {}

    @property
    def name(self) -> str:
        """By which the terms weigh it."""
        return self._name

    def tell(self, index_id: str, price: int, time_ms: int) -> None:
        """The index is worth ``price`` (10 ** -18) since ``time_ms``."""
        self._told[index_id] = SourcePrice(price, time_ms)

    def price(self, index_id: str) -> SourcePrice | None:
        """What was told last."""
        return self._told.get(index_id)
