"""Workers that die, hang, babble or refuse: each gives an incomplete run that says why, and the next run is served."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from vqa_toolkit.jobs.supervisor import Supervisor
from vqa_toolkit.store.clips import Clip
from vqa_toolkit.store.runs import Run, enqueue, request_cancel

Supervise = Callable[..., Supervisor]
Over = Callable[[Run], Run]
Until = Callable[[Run, Callable[[Run], bool]], Run]

SAY = (
    "import sys, json, time\nspec = json.loads(sys.stdin.readline())\ndef say(**m): print(json.dumps(m), flush=True)\n"
)
WELL = SAY + "say(kind='ended', sha256='b' * 64, verdict='fail', reason='', blockers=1, issues=2, fyis=3)\n"
BUSY = SAY + "say(kind='beat', stage='measure', share=0.25, seconds_left=9.0, message='Measured 1 s of 4 s')\n"


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def submit(clip: Clip) -> Run:
    return enqueue(clip, profile="default", device="cpu")


def test_a_run_that_ends_well(clip: Clip, supervise: Supervise, over: Over) -> None:
    supervise(WELL)
    run = over(submit(clip))
    assert (run.state, run.verdict, run.blockers, run.issues, run.fyis, run.attempt) == ("done", "fail", 1, 2, 3, 1)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            SAY + "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
            "SIGKILL, as the system does when memory runs out",
        ),
        (SAY + "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV, a crash inside a decoder"),
        (SAY + "sys.exit(7)", "exit status 7"),
        (SAY + "print('{\"kind\": \"ended\"}'); print('<b>'); print('null')", "it ended without an answer"),
        (SAY + "say(kind='crashed', sentence='It needed more memory than it may use.')", "needed more memory"),
    ],
)
def test_a_worker_that_dies_is_tried_once_more_then_incomplete(
    clip: Clip, supervise: Supervise, over: Over, source: str, said: str
) -> None:
    supervise(source)
    run = over(submit(clip))
    assert (run.state, run.verdict, run.attempt) == ("incomplete", "incomplete", 2)
    assert said in run.reason and run.reason.endswith("The clip is kept: run it again.")


def test_a_second_attempt_may_succeed(
    clip: Clip, supervise: Supervise, over: Over, home_folder: os.PathLike[str]
) -> None:
    mark = f"{os.fspath(home_folder)}/tried"
    supervise(SAY + f"import os\nif not os.path.exists({mark!r}): open({mark!r}, 'w'); os.abort()\n" + WELL[len(SAY) :])
    run = over(submit(clip))
    assert (run.state, run.attempt) == ("done", 2)


def test_a_refusal_is_not_tried_again(clip: Clip, supervise: Supervise, over: Over) -> None:
    supervise(SAY + "say(kind='refused', sentence='clip.mp4: this is text. Choose a media file.')")
    run = over(submit(clip))
    assert (run.state, run.reason, run.attempt) == ("incomplete", "clip.mp4: this is text. Choose a media file.", 1)


def test_silence_is_a_hang(clip: Clip, supervise: Supervise, over: Over) -> None:
    supervise(BUSY + "time.sleep(600)", open_s=1.0, silent_s=1.0, blocked_s=1.5, attempts=1)
    run = over(submit(clip))
    assert "gave no sign of life" in run.reason


def test_an_endless_loop_is_a_hang(clip: Clip, supervise: Supervise, over: Over) -> None:
    supervise(BUSY + "while True: pass", silent_s=0.5, attempts=1)
    assert "gave no sign of life" in over(submit(clip)).reason


def test_a_stopped_process_is_a_hang_and_is_killed(clip: Clip, supervise: Supervise, until: Until) -> None:
    supervise(BUSY + "time.sleep(600)", open_s=2.0, silent_s=2.0, blocked_s=2.0, attempts=1)
    run = until(submit(clip), lambda r: r.pid is not None and r.share > 0)
    assert run.pid is not None
    os.kill(run.pid, signal.SIGSTOP)
    assert until(run, lambda r: r.over).state == "incomplete"
    assert not alive(run.pid)


def test_whoever_babbles_for_ever_meets_the_clock(clip: Clip, supervise: Supervise, over: Over) -> None:
    supervise(BUSY + "say(kind='opened', duration=0.1)\nwhile True: time.sleep(0.05); say(kind='beat', stage='x', share=0)",
              wall_base_s=1.0, wall_per_second=10.0, attempts=1)  # fmt: skip
    assert "longer than the 2 s this clip may take" in over(submit(clip)).reason


def test_cancel_is_passed_on_and_a_deaf_worker_is_killed(clip: Clip, supervise: Supervise, until: Until) -> None:
    supervise(BUSY + "time.sleep(600)", open_s=2.0)
    run = until(submit(clip), lambda r: r.share > 0)
    assert (run.stage, run.seconds_left, run.message) == ("measure", 9.0, "Measured 1 s of 4 s")
    request_cancel(run.id, "ann")
    after = until(run, lambda r: r.over)
    assert (after.state, after.verdict) == ("cancelled", "incomplete")
    assert run.pid is not None and not alive(run.pid)


def test_the_app_going_away_takes_its_worker_along(clip: Clip, supervise: Supervise, until: Until) -> None:
    supervisor = supervise(BUSY + "time.sleep(600)")
    run = until(submit(clip), lambda r: r.share > 0)
    supervisor.stop()
    supervisor.join(timeout=20)
    assert not supervisor.is_alive()
    assert "The app was stopped" in until(run, lambda r: r.over).reason
    assert run.pid is not None and not alive(run.pid)


def test_one_worker_per_device_and_the_app_goes_on(clip: Clip, supervise: Supervise, over: Over) -> None:
    first, second = supervise(WELL), supervise(WELL)
    runs = [over(submit(clip)) for _ in range(3)]
    assert [r.state for r in runs] == ["done"] * 3
    assert first.is_alive() and second.is_alive()  # the second waits for the device and would take over


def test_a_clip_that_went_away_is_said_before_anything_starts(clip: Clip, supervise: Supervise, over: Over) -> None:
    run = submit(clip)
    clip.path.unlink()
    supervise(WELL)
    assert "no longer there" in over(run).reason
