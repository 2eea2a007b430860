"""Limits found where they must be: between the longest blink and the shortest real black."""

from __future__ import annotations

import pytest

from tests.tune.made import Blank, clip, session
from vqa_toolkit.detectors.black import Black
from vqa_toolkit.errors import ConfigurationError, UsageError
from vqa_toolkit.profile import Profile, parse_profile
from vqa_toolkit.tune import Cost, Session, flips, propose, sweep
from vqa_toolkit.tune.session import DEVELOPMENT, HELD_OUT


def test_cost_by_hand() -> None:
    # 8 of 10 events found, 3 alarms in 2 hours: 0.5 events/h × 10 × 0.2 + 1.5 × 2 = 4.
    assert Cost(miss=10, alarm=2, events_per_hour=0.5).per_hour([8, 2, 3, 2.0]) == pytest.approx(4.0)
    assert Cost().per_hour([0, 0, 0, 0.0]) == 0.0


@pytest.mark.parametrize("prices", [(-1, 1, 1), (0, 0, 1), (float("nan"), 1, 1)])
def test_prices_that_mean_nothing_are_refused(prices: tuple[float, float, float]) -> None:
    with pytest.raises(ConfigurationError, match="from 0 up and not all 0"):
        Cost(*prices)


def test_a_tally_counts_per_title() -> None:
    made = session(3)
    table = made.tally(made.limits())
    assert table[:, :3].tolist() == [[1, 0, 1]] * 3
    assert table[:, 3] == pytest.approx([20 / 3600] * 3)
    assert made.tally(made.limits(min_duration=0.3))[:, :3].tolist() == [[1, 0, 0]] * 3
    assert made.tally(made.limits(min_duration=0.7))[:, :3].tolist() == [[0, 1, 0]] * 3


def test_the_cheapest_limit_lies_between_blinks_and_events() -> None:
    found = sweep(session(), "min_duration", Cost())
    assert 0.2 < found.best <= 0.6
    assert found.current == 0.1
    assert found.costs[found.values == 0.1] == pytest.approx(180.0)  # one alarm in every 20 s
    assert found.costs[found.values == found.best] == pytest.approx(0.0)
    assert found.gain == pytest.approx(180.0)
    assert found.interval == (found.best, found.best)  # every title says the same


def test_a_limit_that_changes_nothing_stays() -> None:
    found = sweep(session(), "blocker_duration", Cost())
    assert (found.best, found.gain) == (found.current, 0.0)


def test_a_proposal_is_checked_on_titles_it_was_not_chosen_on() -> None:
    made = session()
    names = {h: {m.clip.group for m in made.half(h).clips} for h in (DEVELOPMENT, HELD_OUT)}
    assert names[DEVELOPMENT] | names[HELD_OUT] == set(made.groups)
    assert not names[DEVELOPMENT] & names[HELD_OUT]
    proposal = propose(made, Cost())
    assert list(proposal.changes) == ["min_duration"]
    assert proposal.saved == pytest.approx(180.0)
    assert proposal.verdict.startswith("Holds")
    again = parse_profile(proposal.profile("mine").to_toml())
    assert again.limits(Black) == made.limits(**proposal.changes)


def test_over_fitting_is_said() -> None:
    made = session()
    titles = {h: [m.clip.group for m in made.half(h).clips] for h in (DEVELOPMENT, HELD_OUT)}
    # On the development titles blinks are unwanted; on the others the very same blinks are the events.
    clips = [clip(n, 20.0, [(3, 3.6), (12, 12.2)], [(3, 3.6)]) for n in titles[DEVELOPMENT]]
    clips += [clip(n, 20.0, [(3, 3.6), (12, 12.2)], [(3, 3.6), (12, 12.2)]) for n in titles[HELD_OUT]]
    proposal = propose(Session(Blank, tuple(clips), Profile()), Cost())
    assert not proposal.holds
    assert proposal.saved == pytest.approx(-5.0)  # half of the events missed, ten each
    assert proposal.verdict.startswith("Over-fitted: on titles it was not chosen on it costs 5 more per hour")


def test_without_labels_nothing_is_proposed() -> None:
    empty = Session(Blank, tuple(clip(f"t{i}", 20.0, [(3, 4)], []) for i in range(6)), Profile())
    with pytest.raises(ConfigurationError, match="No event of black is labelled"):
        propose(empty, Cost())


@pytest.mark.parametrize("call", [lambda s: sweep(s, "length", Cost()), lambda s: s.limits(length=1.0)])
def test_an_unknown_limit_names_the_known_ones(call: object) -> None:
    with pytest.raises(ConfigurationError, match=r"black has no limit 'length'\. It has: area, structure"):
        call(session(2))  # type: ignore[operator]


def test_flips_name_what_comes_and_goes() -> None:
    made = session(2)
    before, after = made.judged(made.limits()), made.judged(made.limits(min_duration=0.3))
    gone = flips(before, after)
    assert [(f.clip.id, f.finding.start, f.change, f.right) for f in gone] == [
        ("title0", 12.0, "vanishes", False), ("title1", 12.0, "vanishes", False),
    ]  # fmt: skip
    assert [f.change for f in flips(after, before)] == ["appears", "appears"]
    assert flips(before, before) == []
    with pytest.raises(UsageError, match="same clips"):
        flips(before, after[:1])
