"""Logs: for people on a terminal, as JSON lines elsewhere; always on standard error.

Why here: standard output belongs to answers of commands.
"""

import logging
import os
import sys

import structlog


def configure_logging(level: int = logging.INFO, *, human: bool | None = None) -> None:
    """Send structlog and the standard library's logs to standard error; ``human`` None asks whether it is a terminal."""
    readable = sys.stderr.isatty() if human is None else human
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[structlog.typing.Processor] = (
        # Tracebacks without the values of variables: there would be secrets among them.
        [
            structlog.dev.ConsoleRenderer(
                colors=not os.environ.get("NO_COLOR"), exception_formatter=structlog.dev.plain_traceback
            )
        ]
        if readable
        else [
            structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(),
        ]
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # Every request as a line would drown the rest; metrics count them.
    for noisy in ("uvicorn.access", "alembic", "asyncio", "picows"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # It warns of everything that is no HTTP, which would let any stranger fill the disk.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
