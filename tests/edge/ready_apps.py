"""Applications of the account and staff APIs, each made once and lent to one test after another.

To make one takes the framework a tenth of a second and more, and it is the same for every test: what differs is only
what its operations are given, and that is put in anew. Where operations are made with the application, they may remember
something: such an application is made anew for each test.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from litestar import Litestar

from lonja.edge.account import building

Form = tuple[object, ...]

_free: defaultdict[Form, list[Litestar]] = defaultdict(list)


@contextmanager
def lent_apps() -> Iterator[None]:
    """Whatever application is made inside is one that another test had, if there is one of the same form."""
    lent: list[tuple[Form, Litestar]] = []

    def lend(**options: Any) -> Litestar:
        form, given = _form_of(options), options["dependencies"]
        if form is None:
            return Litestar(**options)
        app = _free[form].pop() if _free[form] else Litestar(**options)
        for name, provided in given.items():
            app.dependencies[name].dependency = provided.dependency
        lent.append((form, app))
        return app

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "Litestar", lend)
        yield
    for form, app in lent:
        _free[form].append(app)


def _form_of(options: dict[str, Any]) -> Form | None:
    """All that applications of one form have in common; None where operations are made with the application."""
    routes = [route for router in options["route_handlers"] for route in router.routes]
    found = [handler.fn for route in routes for handler in route.route_handlers]
    # The others are the framework's own answers to OPTIONS.
    handlers = [handler for handler in found if handler.__module__.startswith("lonja.")]
    if any("<locals>" in handler.__qualname__ for handler in handlers):
        return None
    file = options["openapi_config"]
    choices = tuple(repr(plugin._choices) for plugin in file.render_plugins)
    return (file.title, *handlers, *sorted(options["dependencies"]), options["request_max_body_size"], *choices)
