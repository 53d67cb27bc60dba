"""Adding a row that may be there already."""

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lonja.modules.identity.people.tables import Base
from lonja.primitives.errors import RefusedError


def add_new(session: Session, row: Base, taken: RefusedError) -> None:
    """Add ``row``, with its number. Raises ``taken`` when another one is in its way; the transaction is void then."""
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise taken from error
