"""Logging: structlog everywhere, the standard library's records through the same pipe, one line each."""

import logging.config
import re
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

# A basket's id is a capability, so is the link to a shopper's file, a client secret pays: none is of use to whoever
# reads logs.
SECRETS = re.compile(r"(bsk_\w{4})\w+|(upl_\w{4})[\w.-]+|(_secret_)\w+|\b((?:sk|whsec|rk)_\w{4})\w+")


def redact(logger: Any, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Shorten secrets wherever they turn up in a line, tracebacks included."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = SECRETS.sub(lambda hit: f"{next(filter(None, hit.groups()))}…", value)
    return event


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure(options: Mapping[str, str]) -> None:
    """Django's LOGGING_CONFIG. `log_format` is `json` for machines, `console` for people."""
    log_format, level = options["log_format"], options["level"]
    last: list[Any] = (
        [structlog.processors.JSONRenderer()]
        if log_format == "json"
        else [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "line": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": SHARED,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        # Plain tracebacks: ones with local variables would carry addresses and secrets.
                        structlog.processors.format_exc_info,
                        redact,
                        *last,
                    ],
                }
            },
            "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"handlers": ["out"], "level": level},
            # One line a request is ours; these say the same again.
            "loggers": {"django.request": {"level": "ERROR"}, "procrastinate": {"level": "WARNING"}},
        }
    )
    structlog.configure(
        # What is not logged at this level is not composed either.
        processors=[structlog.stdlib.filter_by_level, *SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
