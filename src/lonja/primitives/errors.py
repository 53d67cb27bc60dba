"""The error tree of lonja: what may be raised across a door.

    LonjaError                    every error with a message for people
      DataError                   a data folder or file cannot be used
        DataLockedError           another process uses the folder
        DataCorruptError          stored bytes are not what was written
        DataVersionError          written by another version or layout
      EngineUnavailableError      a command was not taken; nothing happened
        EngineBusyError           the queue is full: try again shortly
        EngineReadOnlyError       the journal cannot be written: reading goes on
        EngineStoppedError        the engine is shutting down
        EngineTooLateError        the command waited until its sender no longer wanted it
      EngineOutcomeUnknownError   a command may or may not have been carried out
      SettingsError               start-up options that do not fit
      RefusedError                a person's request that the rules refuse, with a code for programs

Refusals of commands are values (``core.rejections``), never exceptions.
"""


class LonjaError(Exception):
    """Base of all: ``message`` says what happened, ``remedy`` what to do next (may be empty)."""

    def __init__(self, message: str, remedy: str = "") -> None:
        """Keep both sentences for the caller to show."""
        super().__init__(message if not remedy else f"{message} {remedy}")
        self.message = message
        self.remedy = remedy


class DataError(LonjaError):
    """A data folder or file cannot be used."""


class DataLockedError(DataError):
    """Another process uses the folder."""


class DataCorruptError(DataError):
    """Stored bytes are not what was written."""


class DataVersionError(DataError):
    """Written by another version or layout."""


class EngineUnavailableError(LonjaError):
    """A command was not taken; nothing happened."""


class EngineBusyError(EngineUnavailableError):
    """The queue is full; try again shortly."""


class EngineReadOnlyError(EngineUnavailableError):
    """The journal cannot be written; reading goes on."""


class EngineStoppedError(EngineUnavailableError):
    """The engine is shutting down."""


class EngineTooLateError(EngineUnavailableError):
    """The command waited in the queue for longer than its sender wanted it carried out."""


class EngineOutcomeUnknownError(LonjaError):
    """A command was handed to the journal, and the engine ended before it could say what became of it."""


class SettingsError(LonjaError):
    """Start-up options that do not fit."""


class RefusedError(LonjaError):
    """A request of a person, or of staff, that the rules refuse: ``code`` is snake_case and never changes."""

    def __init__(self, code: str, message: str, remedy: str = "", retry_s: int = 0) -> None:
        """Keep the code beside the sentences, and in how many seconds it is worth asking again (0: waiting is no use)."""
        super().__init__(message, remedy)
        self.code = code
        self.retry_s = retry_s
