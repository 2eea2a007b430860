"""Stored signals × labels × a stated cost → limits, with an interval and a check on titles they were not chosen on.

::

    session = Session.open("corpus/", "black")          # signals from disk; nothing is decoded
    session.tally(session.limits(min_duration=0.4))     # one slider move: counts per title
    sweep(session, "min_duration", Cost())              # cost over a limit's whole range
    propose(session, Cost()).profile()                  # the best limits, as a profile to save
    flips(before, after)                                # which findings come and go between two profiles
"""

from __future__ import annotations

from vqa_toolkit.tune.cost import Cost
from vqa_toolkit.tune.flips import Flip, flips
from vqa_toolkit.tune.propose import Proposal, propose
from vqa_toolkit.tune.rejudge import Standing
from vqa_toolkit.tune.session import Session
from vqa_toolkit.tune.sweep import Sweep, sweep

__all__ = ["Cost", "Flip", "Proposal", "Session", "Standing", "Sweep", "flips", "propose", "sweep"]
