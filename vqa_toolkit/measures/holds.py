"""Holds that belong to the programme: slides, terminals and pages that are read, as in screen recordings.

A picture that stalls while its programme goes on jumps when it is back, by what was missed, and moves on; one that was
paused goes on at the pace at which it stopped. A recorded screen stands most of the time; it goes on with one change after
which it stands again (a line, a page), or with motion of another pace that begins as it goes on (scrolling, a transition).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from operator import attrgetter

import numpy as np

from vqa_toolkit.core import Signal
from vqa_toolkit.events import Span

AROUND_S = 15.0  # s on each side of a hold that tell whether the picture stands as a rule
ENOUGH_S = 4.0  # s of them that there must be
SHORTEST_S = 0.3  # s: shorter repeats are cadence (drawings on threes, 8 pictures a second)
HOLD_S = 0.7  # s: shorter stretches have no say in how the picture goes on
HOLDS, AGREE = 3, 2 / 3  # how many holds around must tell, and the share of them that must be a screen's
AFTER_S = 1.0  # s after a hold whose changes the first one is measured against
MISSED = 1.15  # times the largest of them: most recorded screens begin with up to 1.1, stalls jump by 1.3 to 14
AGAIN_S = 0.1  # s after a hold within which the next one begins where there was one change only
PACE_S = (0.2, 0.5)  # s before and after a hold over which changes are averaged
SAME_PACE = 1.35  # times: most paused films go on within 0.75 to 1.3 of the pace at which they stopped


def is_habit(found: Sequence[Span], hold: Span, step: Signal, least: float) -> bool:
    """Whether ``hold``, one of the ``found`` still stretches, is one of many that make up a share of ``least`` of the time
    around it, and most of them are a recorded screen's. ``step`` is the mean change from frame to frame."""
    low, high = max(hold.start - AROUND_S, 0.0), min(hold.end + AROUND_S, float(step.ends[-1]))
    near = found[bisect_left(found, low, key=attrgetter("end")) : bisect_left(found, high, key=attrgetter("start"))]
    around = high - low - (hold.end - hold.start)
    others = [s for s in near if s.last != hold.last and s.end - s.start >= SHORTEST_S]
    still = sum(min(s.end, high) - max(s.start, low) for s in others)
    if around < ENOUGH_S or still < least * around:
        return False
    votes = [goes_on_like_a_screen(found, s, step) for s in near if s.end - s.start >= HOLD_S]
    said = [v for v in votes if v is not None]
    return len(said) >= HOLDS and sum(said) >= AGREE * len(said)


def goes_on_like_a_screen(found: Sequence[Span], hold: Span, step: Signal) -> bool | None:
    """Whether the picture stands again right after ``hold``, or goes on with a change no larger than those that follow and
    at another pace than before. None where the hold runs to the end."""
    first = hold.last + 1
    if first >= len(step.v):
        return None
    back = float(step.t[first])
    following = found[bisect_right(found, back, key=attrgetter("start")) :][:1]
    if any(s.start <= back + AGAIN_S and s.end - s.start >= SHORTEST_S for s in following):
        return True
    after = step.v[first + 1 : _index(step, back + AFTER_S)]
    missed = float(step.v[first]) > MISSED * float(np.max(after, initial=0.0))
    return not missed and not _same_pace(hold, step)


def _same_pace(hold: Span, step: Signal) -> bool:
    """Whether the picture changes as much just before ``hold`` as just after it, over both of :data:`PACE_S`."""
    stop, go = float(step.t[hold.first]), float(step.t[hold.last + 1])
    for seconds in PACE_S:
        before = step.v[_index(step, stop - seconds) : hold.first]
        after = step.v[hold.last + 1 : _index(step, go + seconds)]
        slow, fast = sorted(float(v.mean()) if v.size else 0.0 for v in (before, after))
        if fast > SAME_PACE * slow:
            return False
    return True


def _index(step: Signal, t: float) -> int:
    return int(np.searchsorted(step.t, t))
