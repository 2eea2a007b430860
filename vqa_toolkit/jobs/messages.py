"""What the app and the analysis process say to each other: one JSON object per line, checked at both ends."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError


class Message(BaseModel):
    """Base of all messages: unknown keys are an error, so that two versions never misunderstand each other quietly."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class JobSpec(Message):
    """What to analyse, how, and within which bounds. The first and only line of the child's standard input."""

    run_id: str
    path: str
    name: str  # what the person calls the clip: text
    result: str  # where the child saves the AnalysisResult
    report: str  # where it writes the HTML report with stills
    proxy: str = ""  # where it writes a playable copy when a browser cannot play the original; "" = nowhere
    source: str = ""  # the clean clip that ``path`` is to be made from; "" = ``path`` is there
    faults: list[str] = Field(default_factory=list)
    seed: int = 0
    profile: str = "default"
    detectors: list[str] | None = None
    device: str = "cpu"
    memory_bytes: int = Field(default=0, ge=0)  # address space of a CPU child; 0 = unlimited
    open_files: int = Field(default=256, ge=32)


class ErrandSpec(Message):
    """Which work of :mod:`vqa_toolkit.jobs.errand_worker`, on what, in which folder of its own."""

    kind: str
    values: dict[str, Any]
    folder: str


class Answered(Message):
    """An errand is done; ``answer`` is plain JSON."""

    kind: Literal["answered"] = "answered"
    answer: Any


class Opened(Message):
    """The file was probed: its length in seconds (None when the container does not say)."""

    kind: Literal["opened"] = "opened"
    duration: float | None


class Beat(Message):
    """Progress was made. ``share`` is in [0, 1]."""

    kind: Literal["beat"] = "beat"
    stage: str
    share: float = Field(ge=0.0, le=1.0)
    seconds_left: float | None = None
    message: str = ""


class Ended(Message):
    """The result is saved. ``sha256`` is the content's hash; counts are by severity."""

    kind: Literal["ended"] = "ended"
    sha256: str
    verdict: Literal["pass", "fail", "incomplete"]
    reason: str
    blockers: int
    issues: int
    fyis: int


class Refused(Message):
    """The toolkit said no on purpose: one sentence for the person. Trying again would end the same way."""

    kind: Literal["refused"] = "refused"
    sentence: str
    cancelled: bool = False


class Crashed(Message):
    """Something the toolkit did not foresee: one sentence for the person; the traceback is in the run's log."""

    kind: Literal["crashed"] = "crashed"
    sentence: str


Report = Annotated[Opened | Beat | Ended | Answered | Refused | Crashed, Field(discriminator="kind")]

_REPORT: TypeAdapter[Report] = TypeAdapter(Report)


def parse_report(line: str) -> Report | None:
    """One line from the child as a message, or None when it is not one."""
    try:
        return _REPORT.validate_json(line)
    except ValidationError:
        return None
