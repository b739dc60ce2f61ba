"""What can go wrong in the engine, and what to do about it.

    EngineError                 anything below; `kind` is stored with the failed run
    ├── SpecError               a setting is out of range or settings contradict each other
    ├── DataError               a row of the data can't be used (row number and field named)
    ├── ModelError              weights can't be found, read, or don't fit the method
    ├── OutOfMemory             the device's memory ran out
    ├── DiskError               the disk is full or not writable
    ├── Diverged                the loss is NaN or infinite
    ├── SandboxError            code was to be run and no sandbox can be had
    └── PushError               an export did not arrive where it was sent
        ├── CredentialsRefused  the token or the keys are missing, wrong, or may not do this
        ├── TargetRefused       there is no such bucket or owner, or the target takes no export
        └── Unreachable         the other side doesn't answer, or is too busy; worth another try

Every error carries `message` (what, where) and `remedy` (what to do next): English, as strings, with
the parts beside by which the studio tells them in its reader's language (`engine.words`).
"""

from collections.abc import Mapping

from engine.words import Words, _, listed

NOTHING = _("")


class EngineError(Exception):
    """Base of all engine errors. `kind` is a short stable word for the database."""

    kind = "internal"

    def __init__(self, message: Words, remedy: Words = NOTHING) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class SpecError(EngineError):
    """A setting is out of range or contradicts another. `fields` maps field to message."""

    kind = "spec"

    def __init__(self, fields: Mapping[str, Words]) -> None:
        super().__init__(listed(fields), _("Change these settings and launch again."))
        self.fields = dict(fields)


class DataError(EngineError):
    kind = "data"


class ModelError(EngineError):
    kind = "model"


class OutOfMemory(EngineError):
    kind = "out_of_memory"


class DiskError(EngineError):
    kind = "disk"


class Diverged(EngineError):
    kind = "diverged"


class SandboxError(EngineError):
    kind = "sandbox"


class PushError(EngineError):
    kind = "push"


class CredentialsRefused(PushError):
    kind = "credentials"


class TargetRefused(PushError):
    kind = "target"


class Unreachable(PushError):
    kind = "unreachable"
